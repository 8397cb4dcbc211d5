//! Templates of Resource Manager: parameters, variables and the functions that templates of this domain use.

use serde_json::{Map, Value};

/// Why a template cannot be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The template is wrong, in Azure's sense.
    Invalid(String),
    /// It uses what is not modelled, by name.
    NotModelled(String),
}

type Evaluated<T = Value> = Result<T, Problem>;

/// What expressions can refer to.
pub(super) struct Surroundings<'a> {
    pub(super) subscription: &'a str,
    pub(super) tenant: &'a str,
    pub(super) group: &'a str,
    pub(super) location: &'a str,
    pub(super) parameters: Map<String, Value>,
    pub(super) variables: Map<String, Value>,
}

impl Surroundings<'_> {
    /// Replaces every expression within a value, names of members included.
    pub(super) fn resolve(&self, value: &Value) -> Evaluated {
        Ok(match value {
            Value::String(text) => self.text(text)?,
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.resolve(item))
                    .collect::<Evaluated<_>>()?,
            ),
            Value::Object(members) => {
                let mut resolved = Map::new();
                for (name, value) in members {
                    let name = text_of(self.text(name)?)?;
                    resolved.insert(name, self.resolve(value)?);
                }
                Value::Object(resolved)
            }
            other => other.clone(),
        })
    }

    /// A text: an expression if it stands in brackets, and itself if not.
    fn text(&self, text: &str) -> Evaluated {
        let inside = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        match inside {
            Some(_) if text.starts_with("[[") => Ok(Value::from(text.get(1..).unwrap_or_default())),
            Some(expression) => {
                let mut parser = Parser {
                    around: self,
                    rest: expression,
                    whole: text,
                };
                let value = parser.expression()?;
                parser.skip_space();
                if parser.rest.is_empty() {
                    Ok(value)
                } else {
                    Err(parser.unreadable())
                }
            }
            None => Ok(Value::from(text)),
        }
    }

    fn group_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.subscription, self.group
        )
    }

    /// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>
    fn call(&self, function: &str, arguments: Vec<Value>) -> Evaluated {
        let first = || arguments.first().cloned().unwrap_or_default();
        match function.to_lowercase().as_str() {
            "parameters" => lookup(&self.parameters, "parameter", first()),
            "variables" => {
                let value = lookup(&self.variables, "variable", first())?;
                self.resolve(&value)
            }
            "concat" => concat(arguments),
            "format" => format_text(arguments),
            "tolower" => Ok(Value::from(text_of(first())?.to_lowercase())),
            "toupper" => Ok(Value::from(text_of(first())?.to_uppercase())),
            "resourcegroup" => Ok(serde_json::json!({
                "id": self.group_id(),
                "name": self.group,
                "location": self.location,
            })),
            "subscription" => Ok(serde_json::json!({
                "id": format!("/subscriptions/{}", self.subscription),
                "subscriptionId": self.subscription,
                "tenantId": self.tenant,
            })),
            "tenant" => Ok(serde_json::json!({"tenantId": self.tenant})),
            "resourceid" => self.resource_id(arguments).map(Value::from),
            "subscriptionresourceid" => {
                let mut texts = texts(arguments)?;
                let scope = match type_at(&texts)? {
                    0 => self.subscription.to_owned(),
                    _ => texts.remove(0),
                };
                provider_id(&format!("/subscriptions/{scope}"), Some(texts.as_slice()))
                    .map(Value::from)
            }
            "extensionresourceid" => {
                let texts = texts(arguments)?;
                let scope = texts.first().cloned().unwrap_or_default();
                provider_id(&scope, texts.get(1..)).map(Value::from)
            }
            _ => Err(Problem::NotModelled(format!(
                "template function {function}"
            ))),
        }
    }

    /// `resourceId([subscription], [group], type, name, …)`.
    fn resource_id(&self, arguments: Vec<Value>) -> Evaluated<String> {
        let texts = texts(arguments)?;
        let at = type_at(&texts)?;
        let before = texts.get(..at).unwrap_or_default();
        let (subscription, group) = match before {
            [] => (self.subscription, self.group),
            [group] => (self.subscription, group.as_str()),
            [subscription, group, ..] => (subscription.as_str(), group.as_str()),
        };
        provider_id(
            &format!("/subscriptions/{subscription}/resourceGroups/{group}"),
            texts.get(at..),
        )
    }
}

/// A type and as many names as it has parts, below a scope.
fn provider_id(scope: &str, type_and_names: Option<&[String]>) -> Evaluated<String> {
    let (full_type, names) = type_and_names
        .and_then(<[String]>::split_first)
        .ok_or_else(|| Problem::Invalid("a resource id needs a type and names".to_owned()))?;
    id_below(scope, full_type, names)
}

/// The id of a resource below a scope: every part of the type with its name.
pub(super) fn id_below<S: AsRef<str>>(
    scope: &str,
    full_type: &str,
    names: &[S],
) -> Evaluated<String> {
    let mut parts = full_type.split('/');
    let namespace = parts.next().unwrap_or_default();
    let types: Vec<&str> = parts.collect();
    if types.is_empty() || types.len() != names.len() {
        return Err(Problem::Invalid(format!(
            "the type '{full_type}' needs {} names, got {}",
            types.len(),
            names.len()
        )));
    }
    let mut id = format!("{}/providers/{namespace}", scope.trim_end_matches('/'));
    for (kind, name) in types.iter().zip(names) {
        id.push_str(&format!("/{kind}/{}", name.as_ref()));
    }
    Ok(id)
}

/// Where the type stands: the first text with a slash in it that is no id.
fn type_at(texts: &[String]) -> Evaluated<usize> {
    texts
        .iter()
        .position(|text| text.contains('/') && !text.starts_with('/'))
        .ok_or_else(|| Problem::Invalid("a resource id needs a type".to_owned()))
}

fn lookup(known: &Map<String, Value>, what: &str, name: Value) -> Evaluated {
    let name = text_of(name)?;
    let mut members = known.iter();
    members
        .find(|(own, _)| own.eq_ignore_ascii_case(&name))
        .map(|(_, value)| value.clone())
        .ok_or_else(|| Problem::Invalid(format!("The template {what} '{name}' is not found.")))
}

fn concat(arguments: Vec<Value>) -> Evaluated {
    if arguments.iter().any(Value::is_array) {
        let items = arguments.into_iter().flat_map(|argument| match argument {
            Value::Array(items) => items,
            other => vec![other],
        });
        return Ok(Value::Array(items.collect()));
    }
    Ok(Value::from(texts(arguments)?.concat()))
}

/// `format('{0}-{1}', …)`, without widths.
fn format_text(arguments: Vec<Value>) -> Evaluated {
    let texts = texts(arguments)?;
    let (pattern, values) = texts
        .split_first()
        .ok_or_else(|| Problem::Invalid("format needs a text".to_owned()))?;
    let mut text = pattern.clone();
    for (index, value) in values.iter().enumerate() {
        text = text.replace(&format!("{{{index}}}"), value);
    }
    Ok(Value::from(text))
}

fn texts(values: Vec<Value>) -> Evaluated<Vec<String>> {
    values.into_iter().map(text_of).collect()
}

fn text_of(value: Value) -> Evaluated<String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        other => Err(Problem::Invalid(format!("expected a text, got {other}"))),
    }
}

/// Reads one expression from left to right.
struct Parser<'a> {
    around: &'a Surroundings<'a>,
    rest: &'a str,
    whole: &'a str,
}

impl Parser<'_> {
    fn unreadable(&self) -> Problem {
        Problem::Invalid(format!(
            "The language expression '{}' could not be read at '{}'.",
            self.whole, self.rest
        ))
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign, if it comes next.
    fn takes(&mut self, sign: char) -> bool {
        self.skip_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expression(&mut self) -> Evaluated {
        self.skip_space();
        let mut value = if self.rest.starts_with('\'') {
            self.literal()?
        } else if self
            .rest
            .starts_with(|c: char| c.is_ascii_digit() || c == '-')
        {
            let word = self.word(|c| c.is_ascii_digit() || c == '-');
            let number: i64 = word.parse().map_err(|_| self.unreadable())?;
            Value::from(number)
        } else {
            let name = self.word(|c| c.is_ascii_alphanumeric()).to_owned();
            if name.is_empty() || !self.takes('(') {
                return Err(self.unreadable());
            }
            let arguments = self.arguments()?;
            self.around.call(&name, arguments)?
        };
        loop {
            let member = if self.takes('.') {
                Value::from(self.word(|c| c.is_ascii_alphanumeric() || c == '_'))
            } else if self.takes('[') {
                let index = self.expression()?;
                if !self.takes(']') {
                    return Err(self.unreadable());
                }
                index
            } else {
                return Ok(value);
            };
            let found = match &member {
                Value::Number(index) => index
                    .as_u64()
                    .and_then(|index| usize::try_from(index).ok())
                    .and_then(|index| value.get(index)),
                other => other.as_str().and_then(|name| value.get(name)),
            };
            value = found.cloned().ok_or_else(|| {
                Problem::Invalid(format!(
                    "The language expression property {member} doesn't exist."
                ))
            })?;
        }
    }

    fn arguments(&mut self) -> Evaluated<Vec<Value>> {
        let mut arguments = Vec::new();
        if self.takes(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.takes(')') {
                return Ok(arguments);
            }
            if !self.takes(',') {
                return Err(self.unreadable());
            }
        }
    }

    /// A text in quotes; a doubled quote is one.
    fn literal(&mut self) -> Evaluated {
        let mut text = String::new();
        let mut rest = self.rest.get(1..).unwrap_or_default();
        while let Some(end) = rest.find('\'') {
            text.push_str(rest.get(..end).unwrap_or_default());
            rest = rest.get(end + 1..).unwrap_or_default();
            let Some(after) = rest.strip_prefix('\'') else {
                self.rest = rest;
                return Ok(Value::from(text));
            };
            text.push('\'');
            rest = after;
        }
        Err(self.unreadable())
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, Surroundings};
    use serde_json::{Map, Value, json};

    fn resolve(value: &Value) -> Result<Value, Problem> {
        let mut parameters = Map::new();
        parameters.insert("name".to_owned(), json!("orders"));
        parameters.insert("regions".to_owned(), json!(["westeurope"]));
        let mut variables = Map::new();
        variables.insert(
            "full".to_owned(),
            json!("[concat('x-', parameters('name'))]"),
        );
        Surroundings {
            subscription: "s",
            tenant: "t",
            group: "rg",
            location: "westeurope",
            parameters,
            variables,
        }
        .resolve(value)
    }

    #[test]
    fn expressions_become_values() {
        let cases = [
            ("plain", json!("plain")),
            ("[[literal]", json!("[literal]")),
            ("[parameters('NAME')]", json!("orders")),
            ("[variables('full')]", json!("x-orders")),
            (
                "[concat('it''s ', toUpper(parameters('name')))]",
                json!("it's ORDERS"),
            ),
            ("[format('{0}/{1}', 'a', 1)]", json!("a/1")),
            ("[resourceGroup().location]", json!("westeurope")),
            ("[parameters('regions')[0]]", json!("westeurope")),
            ("[subscription().tenantId]", json!("t")),
            (
                "[resourceId('Microsoft.KeyVault/vaults/keys', 'v', 'k')]",
                json!(
                    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/keys/k"
                ),
            ),
            (
                "[resourceId('other', 'Microsoft.KeyVault/vaults', 'v')]",
                json!(
                    "/subscriptions/s/resourceGroups/other/providers/Microsoft.KeyVault/vaults/v"
                ),
            ),
            (
                "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')]",
                json!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r"),
            ),
        ];
        for (text, value) in cases {
            assert_eq!(resolve(&json!(text)), Ok(value), "{text}");
        }
    }

    #[test]
    fn names_of_members_are_expressions_too() {
        let body = json!({"[parameters('name')]": {}});
        assert_eq!(resolve(&body), Ok(json!({"orders": {}})));
    }

    #[test]
    fn what_is_wrong_and_what_is_not_modelled_are_told_apart() {
        assert_eq!(
            resolve(&json!("[uniqueString('x')]")),
            Err(Problem::NotModelled(
                "template function uniqueString".to_owned()
            ))
        );
        for text in [
            "[parameters('other')]",
            "[concat('a']",
            "[concat('a') b]",
            "['a]",
        ] {
            assert!(
                matches!(resolve(&json!(text)), Err(Problem::Invalid(_))),
                "{text}"
            );
        }
    }
}
