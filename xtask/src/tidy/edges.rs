//! Dependencies point one way.

use super::Finding;
use crate::tool::{Dependency, Package};

/// What a package of the workspace may depend on among the others.
enum May {
    /// These; in tests the simulator too.
    UseThese(&'static [&'static str]),
    /// None, in tests neither: the simulator must not share our mistakes.
    StandAlone,
    /// Any; nothing depends on it.
    UseAll,
    /// Any, and one of those that nothing else depends on.
    UseAllAnd(&'static str),
}

const CORE: &str = "cmk-core";
const SIMULATOR: &str = "azure-sim";

const EDGES: &[(&str, May)] = &[
    (CORE, May::UseThese(&[])),
    ("entra-graph", May::UseThese(&[CORE])),
    ("keyvault-rbac", May::UseThese(&[CORE])),
    ("cosmos-cmk", May::UseThese(&[CORE])),
    (
        "cross-tenant-cmk",
        May::UseThese(&[CORE, "entra-graph", "keyvault-rbac", "cosmos-cmk"]),
    ),
    (SIMULATOR, May::StandAlone),
    ("flow-tests", May::UseAll),
    ("examples", May::UseAll),
    // What fuzzing runs.
    ("xtask", May::UseAllAnd("flow-tests")),
];

/// Never a dependency of what is published, but in tests: the caller brings the credential.
const CALLERS_CHOICE: &str = "azure_identity";

/// Every edge that the arrows do not have.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let members: Vec<&str> = packages.iter().map(|package| &*package.name).collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = &package.name;
        let Some((_, may)) = EDGES.iter().find(|(known, _)| known == name) else {
            findings.push(format!(
                "{name}: a new member needs a row in the table of edges"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let internal = members.contains(&&*dependency.name);
            let problem = if internal {
                problem_between_members(may, dependency, package.is_published())
            } else if dependency.name == CALLERS_CHOICE
                && package.is_published()
                && !is_for_tests(dependency)
            {
                Some("is the caller's choice, and a dev-dependency only")
            } else {
                None
            };
            if let Some(problem) = problem {
                findings.push(format!("{name} -> {}: {problem}", dependency.name));
            }
        }
    }
    findings
}

fn problem_between_members(
    may: &May,
    dependency: &Dependency,
    is_published: bool,
) -> Option<&'static str> {
    let to = &*dependency.name;
    let for_tests = is_for_tests(dependency);
    let is_used = !matches!(
        EDGES.iter().find(|(known, _)| *known == to),
        Some((_, May::UseAll | May::UseAllAnd(_))) | None
    );
    let allowed = match may {
        May::UseThese(these) => these.contains(&to) || (for_tests && to == SIMULATOR),
        May::StandAlone => false,
        May::UseAll => is_used,
        May::UseAllAnd(further) => is_used || to == *further,
    };
    let has_version = dependency.req != "*";
    match (allowed, is_published, for_tests, has_version) {
        (false, ..) => Some("an edge that the layout does not have"),
        (true, true, false, false) => Some("needs a version beside its path, to be published"),
        (true, true, true, true) => {
            Some("must have no version in dev-dependencies, so that packaging works")
        }
        (true, ..) => None,
    }
}

fn is_for_tests(dependency: &Dependency) -> bool {
    dependency.kind.as_deref() == Some("dev")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tool::Package;
    use serde_json::{Value, json};

    fn package(name: &str, dependencies: &[(&str, &str, Option<&str>)]) -> Package {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|(name, req, kind)| json!({ "name": name, "req": req, "kind": kind }))
            .collect();
        let publish = ["xtask", "examples"].contains(&name).then(|| json!([]));
        serde_json::from_value(json!({
            "name": name, "manifest_path": "/x/Cargo.toml", "dependencies": dependencies,
            "targets": [], "features": {}, "publish": publish,
        }))
        .expect("a package")
    }

    fn workspace(with: Package) -> Vec<Package> {
        let mut all: Vec<Package> = [
            "cmk-core",
            "entra-graph",
            "cosmos-cmk",
            "azure-sim",
            "xtask",
        ]
        .into_iter()
        .filter(|name| *name != with.name)
        .map(|name| package(name, &[]))
        .collect();
        all.push(with);
        all
    }

    #[test]
    fn the_arrows_of_the_layout_pass() {
        let entra = package(
            "entra-graph",
            &[
                ("cmk-core", "^0.1.0", None),
                ("cmk-core", "*", Some("dev")),
                ("azure-sim", "*", Some("dev")),
                ("serde", "^1", None),
            ],
        );
        assert_eq!(check(&workspace(entra)), Vec::<String>::new());
    }

    #[test]
    fn edges_against_the_arrows_are_found() {
        let cases = [
            ("entra-graph", ("cosmos-cmk", "^0.1.0", None), "an edge"),
            ("cmk-core", ("entra-graph", "^0.1.0", None), "an edge"),
            ("azure-sim", ("cmk-core", "*", Some("dev")), "an edge"),
            ("entra-graph", ("azure-sim", "^0.1.0", None), "an edge"),
            ("cosmos-cmk", ("xtask", "*", Some("dev")), "an edge"),
            ("entra-graph", ("cmk-core", "*", None), "needs a version"),
            (
                "entra-graph",
                ("cmk-core", "^0.1.0", Some("dev")),
                "must have no version",
            ),
            ("cmk-core", ("azure_identity", "^1", None), "is the caller"),
        ];
        for (from, edge, problem) in cases {
            let found = check(&workspace(package(from, &[edge])));
            assert_eq!(found.len(), 1, "{from} {edge:?}: {found:?}");
            assert!(
                found[0].starts_with(&format!("{from} -> {}: {problem}", edge.0)),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_member_without_a_row_is_found() {
        let found = check(&workspace(package("new-crate", &[])));
        assert_eq!(
            found,
            ["new-crate: a new member needs a row in the table of edges"]
        );
    }
}
