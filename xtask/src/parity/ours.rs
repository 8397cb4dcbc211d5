//! The table of our clients' operations.

use super::{exchanges, joined};
use crate::{Outcome, conformance::Proof};
use azure_sim::Operation;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Operations that neither a recording nor a real client shows at work, with what they ask the simulator for: method and path.
const ASKS: &[(&str, &str)] = &[
    (
        "ApplicationTokensApi::get_token",
        "POST /{tenant}/oauth2/v2.0/token",
    ),
    (
        "DeletedApplicationsApi::find_deleted_application",
        "GET /v1.0/directory/deletedItems/microsoft.graph.application",
    ),
    (
        "OperationsApi::poll_operation",
        "GET /subscriptions/{subscriptionId}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{operationId}",
    ),
    (
        "OperationsApi::poll_operation",
        "GET /subscriptions/{subscriptionId}/operationresults/{operationId}",
    ),
    (
        "OperationsApi::read_provisioning_state",
        "GET /subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.DocumentDB/databaseAccounts/{accountName}",
    ),
    ("VaultTenantApi::get_vault_tenant", "GET /keys"),
];

/// Operations that the simulator does not serve.
const NOT_SERVED: &[&str] = &["PolicyRestrictionsApi::check_policy_restrictions"];

/// Proven in another way than by the operation's own name.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "OperationsApi::poll_operation",
        "recording: every recorded operation",
    ),
    (
        "OperationsApi::read_provisioning_state",
        "recording: every recorded operation",
    ),
    (
        "VaultTenantApi::get_vault_tenant",
        "recording: every recorded 401 of a vault",
    ),
];

const HEAD: &str = "\
## Operations of our clients

- *recording*: so many recorded exchanges go through the operation in `cargo xtask conformance`.
- *real client*: a client that nobody here wrote was answered well by the simulator on the same method and path.
- *document only*: neither; the request follows its REST reference, and tests hold it literally.

| role | operation | proof | the simulator leaves out or does otherwise |
| --- | --- | --- | --- |
";

/// The table of operations by `Role::name`, with their numbers below it.
pub(super) fn render(operations: &[String], proofs: &BTreeMap<String, Proof>) -> Outcome<String> {
    let mut text = String::from(HEAD);
    let mut operations: Vec<&String> = operations.iter().collect();
    operations.sort();
    let mut counts = BTreeMap::<&str, usize>::new();
    for operation in operations {
        let (role, name) = operation.split_once("::").unwrap_or((operation, ""));
        let none = Proof::default();
        let proof = proofs.get(name).unwrap_or(&none);
        let left_out = left_out(operation, proof)?;
        let (kind, words) = proven(operation, proof);
        *counts.entry(kind).or_default() += 1;
        writeln!(text, "| `{role}` | `{name}` | {words} | {left_out} |")?;
    }
    text.push('\n');
    for (kind, count) in counts {
        writeln!(text, "- {kind}: {count}")?;
    }
    Ok(text)
}

/// What the simulator leaves out of what an operation asks it for.
fn left_out(operation: &str, proof: &Proof) -> Outcome<String> {
    if NOT_SERVED.contains(&operation) {
        return Ok("all of it".to_owned());
    }
    let rows = ASKS.iter().filter(|(own, _)| *own == operation);
    let mut asked = BTreeSet::new();
    for (_, wanted) in rows {
        let found = Operation::all().find(|own| format!("{} {}", own.method, own.path) == *wanted);
        asked.insert(found.ok_or_else(|| format!("{operation}: no operation is {wanted}"))?);
    }
    match (proof.asks.is_empty(), asked.is_empty()) {
        (true, true) => Err(format!("{operation}: what it asks for is not in the table").into()),
        (false, false) => Err(format!("{operation} was seen, and stands in the table").into()),
        _ => Ok(joined(proof.asks.union(&asked).map(|own| own.leaves_out))),
    }
}

fn proven(operation: &str, proof: &Proof) -> (&'static str, String) {
    if let Some((_, words)) = OTHERWISE.iter().find(|(own, _)| *own == operation) {
        return ("a recording", (*words).to_owned());
    }
    let mut words = Vec::new();
    if proof.recorded > 0 {
        words.push(format!("recording: {}", exchanges(proof.recorded)));
    }
    if proof.recorded_otherwise > 0 {
        words.push(format!(
            "recording, by another request: {}",
            exchanges(proof.recorded_otherwise)
        ));
    }
    if !proof.clients.is_empty() {
        let clients: Vec<&str> = proof.clients.iter().map(String::as_str).collect();
        words.push(format!("real client: {}", clients.join(", ")));
    }
    let kind = super::kind(
        proof.recorded + proof.recorded_otherwise > 0,
        !proof.clients.is_empty(),
    );
    if words.is_empty() {
        // Every operation links its reference, which tidy checks.
        words.push("document only: its REST reference".to_owned());
    }
    (kind, words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::{ASKS, NOT_SERVED, left_out, render};
    use crate::{conformance::Proof, tidy};
    use azure_sim::{Operation, SimCloud};
    use std::collections::{BTreeMap, BTreeSet};

    fn asks(method: &str, path: &str) -> BTreeSet<&'static Operation> {
        let url = format!("https://v.vault.azure.net{path}").parse().unwrap();
        BTreeSet::from([SimCloud::Public.operation(method, &url).unwrap()])
    }

    #[test]
    fn every_row_is_of_an_operation_and_says_what_is_served() {
        let operations = tidy::operations_of_roles().unwrap();
        for (operation, _) in ASKS {
            assert!(operations.iter().any(|own| own == operation), "{operation}");
            left_out(operation, &Proof::default()).unwrap();
        }
        for operation in NOT_SERVED {
            assert!(operations.iter().any(|own| own == operation), "{operation}");
        }
    }

    #[test]
    fn each_operation_says_what_speaks_for_it() {
        let operations = ["KeysApi::get_key", "KeysApi::wrap"].map(str::to_owned);
        let proof = |recorded, clients: &[&str], asks| Proof {
            recorded,
            clients: clients.iter().map(|&client| client.to_owned()).collect(),
            asks,
            ..Proof::default()
        };
        let get = proof(3, &["az", "rust"], asks("GET", "/keys/k"));
        let wrap = proof(0, &["rust"], asks("POST", "/keys/k/wrapkey"));
        let mut proofs = BTreeMap::from([("get_key".to_owned(), get), ("wrap".to_owned(), wrap)]);
        let page = render(&operations, &proofs).unwrap();
        let rows: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        assert_eq!(
            rows[0],
            "| `KeysApi` | `get_key` | recording: 3 exchanges; real client: az, rust | release policies |"
        );
        assert!(
            rows[1].starts_with("| `KeysApi` | `wrap` | real client: rust | RSA keys"),
            "{}",
            rows[1]
        );
        assert!(page.ends_with("- a real client: 1\n- a recording and a real client: 1\n"));
        proofs.remove("wrap");
        let unknown = render(&operations, &proofs).unwrap_err().to_string();
        assert_eq!(
            unknown,
            "KeysApi::wrap: what it asks for is not in the table"
        );
    }

    #[test]
    fn a_row_of_what_was_seen_is_left_over() {
        let seen = Proof {
            asks: asks("GET", "/keys"),
            ..Proof::default()
        };
        let found = left_out("OperationsApi::poll_operation", &seen);
        assert_eq!(
            found.unwrap_err().to_string(),
            "OperationsApi::poll_operation was seen, and stands in the table"
        );
        let document = left_out("OperationsApi::poll_operation", &Proof::default());
        assert_eq!(document.unwrap(), "cancelling, but by a fault");
    }
}
