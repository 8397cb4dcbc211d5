//! Each operation of a public role links its REST reference and says what can go wrong.

use super::{Finding, Source};

const LINK: &str = "[REST reference](https://learn.microsoft.com/";
const ERRORS: &str = "# Errors";

/// The operations of every `pub trait …Api` in the file whose documentation lacks a part. Relies on rustfmt's layout.
pub(super) fn check(Source { path, text }: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in operations(path, text) {
        let Operation {
            role,
            name,
            documentation,
        } = operation;
        for (part, what) in [(LINK, "link to the REST reference"), (ERRORS, "# Errors")] {
            if !documentation.contains(part) {
                findings.push(format!("{path}: {role}::{name} has no {what}"));
            }
        }
    }
    findings
}

/// One operation of a public role.
pub(super) struct Operation<'a> {
    pub(super) role: &'a str,
    pub(super) name: &'a str,
    documentation: String,
}

impl Operation<'_> {
    /// The REST reference that the documentation links.
    pub(super) fn reference(&self) -> Option<&str> {
        let (_, rest) = self.documentation.split_once("[REST reference](")?;
        rest.split(')').next()
    }
}

/// The operations of every `pub trait …Api` in a file of a crate.
pub(super) fn operations<'a>(path: &str, text: &'a str) -> Vec<Operation<'a>> {
    let mut operations = Vec::new();
    if !path.starts_with("crates/") || !path.contains("/src/") || !path.ends_with(".rs") {
        return operations;
    }
    let mut role = None;
    let mut documentation = String::new();
    for line in text.lines() {
        if let Some(name) = role_that_opens(line) {
            role = Some(name);
        } else if line == "}" {
            role = None;
        }
        let Some(role) = role else { continue };
        let code = line.trim_start();
        if code.starts_with("///") {
            documentation.push_str(code);
            documentation.push('\n');
        } else if let Some(operation) = line.strip_prefix("    async fn ") {
            operations.push(Operation {
                role,
                name: operation.split(['(', '<']).next().unwrap_or_default(),
                documentation: std::mem::take(&mut documentation),
            });
        } else if !code.starts_with("#[") {
            documentation.clear();
        }
    }
    operations
}

fn role_that_opens(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub trait ")?;
    let name = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    name.ends_with("Api").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{check, operations};
    use crate::tidy::Source;

    const GOOD: &str = "\
//! Things.
#[async_trait]
pub trait ThingsApi: Debug + Send + Sync {
    /// Reads a thing.
    ///
    /// # Errors
    /// Never.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/things/get)
    #[must_use]
    async fn get_thing(&self) -> Result<Thing>;
}
";

    fn findings(text: &str) -> Vec<String> {
        check(&Source {
            path: String::from("crates/things/src/api.rs"),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_documented_operation_passes() {
        assert_eq!(findings(GOOD), Vec::<String>::new());
    }

    #[test]
    fn an_operation_tells_its_reference() {
        let path = "crates/things/src/api.rs";
        let found = operations(path, GOOD);
        let reference = "https://learn.microsoft.com/rest/api/things/get";
        assert_eq!(found[0].reference(), Some(reference));
        let text = GOOD.replace("[REST reference]", "[reference]");
        assert_eq!(operations(path, &text)[0].reference(), None);
    }

    #[test]
    fn an_operation_without_its_link_is_found() {
        let text = GOOD.replace("[REST reference]", "[reference]");
        assert_eq!(
            findings(&text),
            ["crates/things/src/api.rs: ThingsApi::get_thing has no link to the REST reference"]
        );
    }

    #[test]
    fn the_link_of_the_operation_above_does_not_count() {
        let undocumented = "    async fn list_things(&self) -> Result<Vec<Thing>>;\n}\n";
        let text = GOOD.strip_suffix("}\n").expect("the end").to_owned() + undocumented;
        assert_eq!(
            findings(&text),
            [
                "crates/things/src/api.rs: ThingsApi::list_things has no link to the REST reference",
                "crates/things/src/api.rs: ThingsApi::list_things has no # Errors",
            ]
        );
    }

    #[test]
    fn traits_that_are_no_roles_of_a_service_are_left_alone() {
        let text = GOOD
            .replace("ThingsApi", "Journal")
            .replace("[REST reference]", "");
        assert_eq!(findings(&text), Vec::<String>::new());
    }
}
