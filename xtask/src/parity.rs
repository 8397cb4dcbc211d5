//! The page of parity: what proves each operation of our clients, and what the simulator leaves out of it.

use crate::{
    Outcome, clients,
    conformance::{Proof, Seen, proofs},
    tidy,
    tool::workspace,
};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

const PAGE: &str = "docs/parity.md";

/// What the simulator leaves out of a role's operations, or does otherwise; its README says more.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "ApplicationsApi",
        "secrets and certificates beside `addPassword`; owners; `$orderby`, `$search`, delta",
    ),
    (
        "ApplicationTokensApi",
        "grants other than client credentials; certificates",
    ),
    ("DeletedApplicationsApi", "final deletion after thirty days"),
    ("FederatedCredentialsApi", "claims-matching expressions"),
    ("ServicePrincipalsApi", "app role assignments, owners"),
    ("SignedInApi", "everything of a user beside name and id"),
    (
        "ManagedIdentitiesApi",
        "system-assigned identities; tokens by credentials of an identity",
    ),
    ("ResourceGroupsApi", "policies with effects beside `deny`"),
    (
        "ResourceProvidersApi",
        "types and regions of a provider; unregistering",
    ),
    (
        "SubscriptionsApi",
        "spending limits, policies, states other than enabled",
    ),
    ("PermissionsApi", "deny assignments"),
    ("LocksApi", "nothing"),
    (
        "PolicyAssignmentsApi",
        "Azure's own definitions, initiatives, exemptions; management groups and resources",
    ),
    ("PolicyRestrictionsApi", "all of it"),
    ("OperationsApi", "cancelling, but by a fault"),
    ("RoleDefinitionsApi", "custom roles"),
    (
        "RoleAssignmentsApi",
        "groups of principals, custom roles, conditions other than that of Key Vault Data Access Administrator",
    ),
    (
        "VaultsApi",
        "private endpoints; virtual networks are stored, not evaluated",
    ),
    ("VaultTenantApi", "nothing"),
    ("ArmKeysApi", "keys of managed HSMs"),
    (
        "KeysApi",
        "keys that an HSM has wrapped for their import, release policies",
    ),
    (
        "DatabaseAccountsApi",
        "restore, failover, keys of accounts, data plane",
    ),
];

/// Writes the page.
pub(crate) fn write(recordings: &Path) -> Outcome {
    fs::write(workspace().join(PAGE), page(recordings)?)?;
    println!("{PAGE}");
    Ok(())
}

/// Fails if the page is not what would be written.
pub(crate) fn check(recordings: &Path) -> Outcome {
    let there = fs::read_to_string(workspace().join(PAGE)).unwrap_or_default();
    if there == page(recordings)? {
        Ok(())
    } else {
        Err(format!("{PAGE} is not current: cargo xtask parity --recordings DIR").into())
    }
}

fn page(recordings: &Path) -> Outcome<String> {
    let mut seen = Vec::new();
    for (client, requests) in clients::requests()? {
        seen.extend(requests.into_iter().map(|request| Seen {
            client: client.clone(),
            method: request.method,
            url: request.url,
        }));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let proofs = runtime.block_on(proofs(recordings, &seen))?;
    render(&tidy::operations_of_roles()?, &proofs)
}

fn render(operations: &[String], proofs: &BTreeMap<String, Proof>) -> Outcome<String> {
    let mut text = String::from(HEAD);
    let mut operations: Vec<&String> = operations.iter().collect();
    operations.sort();
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut last = "";
    for operation in operations {
        let (role, name) = operation.split_once("::").unwrap_or((operation, ""));
        let left_out = LEFT_OUT.iter().find(|(own, _)| *own == role);
        let (_, left_out) = left_out
            .ok_or_else(|| format!("{role} is not in the list of what the simulator leaves out"))?;
        let none = Proof::default();
        let (kind, words) = proven(operation, proofs.get(name).unwrap_or(&none));
        *counts.entry(kind).or_default() += 1;
        // Once for each role.
        let note = if role == last { "" } else { *left_out };
        last = role;
        writeln!(text, "| `{role}` | `{name}` | {words} | {note} |")?;
    }
    text.push('\n');
    for (kind, count) in counts {
        writeln!(text, "- {kind}: {count}")?;
    }
    Ok(text)
}

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
    let kind = match (
        proof.recorded + proof.recorded_otherwise,
        proof.clients.len(),
    ) {
        (0, 0) => "a document only",
        (0, _) => "a real client",
        (_, 0) => "a recording",
        _ => "a recording and a real client",
    };
    if words.is_empty() {
        // Every operation links its reference, which tidy checks.
        words.push("document only: its REST reference".to_owned());
    }
    (kind, words.join("; "))
}

fn exchanges(number: usize) -> String {
    match number {
        1 => "1 exchange".to_owned(),
        _ => format!("{number} exchanges"),
    }
}

const HEAD: &str = "\
# Parity

What proves that each operation of our clients is Azure's, and what the simulator leaves out of it or does otherwise.
Written by `cargo xtask parity` from recorded traffic and from what `cargo xtask clients` saw; not by hand.

- *recording*: so many recorded exchanges go through the operation in `cargo xtask conformance`.
- *real client*: a client that nobody here wrote was answered well by the simulator on the same method and path.
- *document only*: neither; the request follows its REST reference, and tests hold it literally.

| role | operation | proof | the simulator leaves out |
| --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::{LEFT_OUT, render};
    use crate::{conformance::Proof, tidy};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_role_has_its_row_and_no_row_is_left_over() {
        let operations = tidy::operations_of_roles().unwrap();
        let roles: BTreeSet<&str> = operations
            .iter()
            .filter_map(|operation| Some(operation.split_once("::")?.0))
            .collect();
        let known: BTreeSet<&str> = LEFT_OUT.iter().map(|(role, _)| *role).collect();
        assert_eq!(roles, known);
    }

    #[test]
    fn each_operation_says_what_speaks_for_it() {
        let operations = ["KeysApi::get_key", "KeysApi::purge", "KeysApi::wrap"].map(str::to_owned);
        let proof = |recorded, clients: &[&str]| Proof {
            recorded,
            clients: clients.iter().map(|&client| client.to_owned()).collect(),
            ..Proof::default()
        };
        let proofs = BTreeMap::from([
            ("get_key".to_owned(), proof(3, &["az", "rust"])),
            ("wrap".to_owned(), proof(0, &["rust"])),
        ]);
        let page = render(&operations, &proofs).unwrap();
        let rows: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        assert!(rows[0].starts_with(
            "| `KeysApi` | `get_key` | recording: 3 exchanges; real client: az, rust | keys that"
        ));
        assert_eq!(
            rows[1],
            "| `KeysApi` | `purge` | document only: its REST reference |  |"
        );
        assert_eq!(rows[2], "| `KeysApi` | `wrap` | real client: rust |  |");
        assert!(page.ends_with(
            "- a document only: 1\n- a real client: 1\n- a recording and a real client: 1\n"
        ));
        assert!(render(&["OtherApi::x".to_owned()], &proofs).is_err());
    }
}
