//! The table of our clients' operations.

use super::{NOTHING, exchanges, joined};
use crate::{Outcome, conformance::Proof, tidy::OperationOfRole};
use azure_sim::Operation;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// What operations ask the simulator for, as method and path, where no recorded request and none of a real client shows it.
const ASKS: &[(&str, &str)] = &[
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

const HEAD: &str = "\
## Operations of our clients

- *recording*: so many recorded exchanges, or long-running operations, go through the operation in `cargo xtask conformance`;
  *by another request*: our client reads the recorded answer, and asks for it otherwise.
- *real client*: a client that nobody here wrote was answered well by the simulator on the same method and path.
- *document only*: neither; the request follows the REST reference that its documentation links.
- *nothing*: not even that.

| role | operation | proof | the simulator leaves out or does otherwise |
| --- | --- | --- | --- |
";

/// The table of operations, with their numbers below it.
pub(super) fn render(
    operations: &[OperationOfRole],
    proofs: &BTreeMap<String, Proof>,
) -> Outcome<String> {
    let mut text = String::from(HEAD);
    let mut operations: Vec<&OperationOfRole> = operations.iter().collect();
    operations.sort_by_key(|operation| &operation.name);
    let mut counts = BTreeMap::from([(NOTHING, 0)]);
    for OperationOfRole {
        name: operation,
        reference,
    } in operations
    {
        let (role, name) = operation.split_once("::").unwrap_or((operation, ""));
        let none = Proof::default();
        let proof = proofs.get(name).unwrap_or(&none);
        let left_out = left_out(operation, proof)?;
        let (kind, words) = proven(reference.as_deref(), proof);
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

fn proven(reference: Option<&str>, proof: &Proof) -> (&'static str, String) {
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
    match proof.operations {
        0 => {}
        1 => words.push("recording: 1 long-running operation".to_owned()),
        number => words.push(format!("recording: {number} long-running operations")),
    }
    if !proof.clients.is_empty() {
        let clients: Vec<&str> = proof.clients.iter().map(String::as_str).collect();
        words.push(format!("real client: {}", clients.join(", ")));
    }
    let kind = super::kind(
        proof.recorded + proof.recorded_otherwise + proof.operations > 0,
        !proof.clients.is_empty(),
        reference.is_some(),
    );
    if words.is_empty() {
        words.push(match reference {
            Some(link) => format!("document only: [REST reference]({link})"),
            None => NOTHING.to_owned(),
        });
    }
    (kind, words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::{ASKS, NOT_SERVED, left_out, render};
    use crate::{
        conformance::Proof,
        tidy::{self, OperationOfRole},
    };
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
            assert!(
                operations.iter().any(|own| own.name == *operation),
                "{operation}"
            );
            left_out(operation, &Proof::default()).unwrap();
        }
        for operation in NOT_SERVED {
            assert!(
                operations.iter().any(|own| own.name == *operation),
                "{operation}"
            );
        }
    }

    #[test]
    fn each_operation_says_what_speaks_for_it() {
        let operation = |name: &str, reference: Option<&str>| OperationOfRole {
            name: name.to_owned(),
            reference: reference.map(str::to_owned),
        };
        let operations = [
            operation("KeysApi::get_key", Some("https://get")),
            operation("KeysApi::wrap", None),
            operation("OperationsApi::poll_operation", Some("https://poll")),
            operation("SomeApi::get_key_too", Some("https://read")),
            operation("SomeApi::list_keys", None),
        ];
        let proof = |recorded, clients: &[&str], asks| Proof {
            recorded,
            clients: clients.iter().map(|&client| client.to_owned()).collect(),
            asks,
            ..Proof::default()
        };
        let get = proof(3, &["az", "rust"], asks("GET", "/keys/k"));
        let wrap = proof(0, &["rust"], asks("POST", "/keys/k/wrapkey"));
        let polls = Proof {
            operations: 1,
            ..Proof::default()
        };
        let mut proofs = BTreeMap::from([
            ("get_key".to_owned(), get),
            ("wrap".to_owned(), wrap),
            ("poll_operation".to_owned(), polls),
            (
                "get_key_too".to_owned(),
                proof(0, &[], asks("GET", "/keys")),
            ),
            ("list_keys".to_owned(), proof(0, &[], asks("GET", "/keys"))),
        ]);
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
        for (row, words) in [
            (2, "recording: 1 long-running operation |"),
            (3, "document only: [REST reference](https://read) |"),
            (4, "nothing |"),
        ] {
            assert!(rows[row].contains(words), "{}", rows[row]);
        }
        assert!(page.ends_with(
            "- a document only: 1\n- a real client: 1\n- a recording: 1\n- a recording and a real client: 1\n- nothing: 1\n"
        ));
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
