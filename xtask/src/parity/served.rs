//! The table of the simulator's operations.

use super::exchanges;
use crate::{
    Outcome,
    conformance::{
        Seen,
        sim::replayed::{Replayed, name_of},
    },
};
use azure_core::http::Url;
use azure_sim::{Operation, SimCloud};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

const HEAD: &str = "\
## Operations of the simulator

As `azure_sim::Operation` lists them. What is in no row is not served: it answers 501 and is counted. A test of the simulator
has every one of them answered.

- *recording*: so many recorded exchanges were answered as recorded in `cargo xtask conformance --sim`.
- *real client*: a client that nobody here wrote was answered well.
- *document only*: neither; it follows its reference.

In a path `{scope}` is any number of segments, and what is in brackets may be absent.

| service | operation | proof | leaves out or does otherwise |
| --- | --- | --- | --- |
";

/// The table, with its numbers below it.
pub(super) fn render(replayed: &Replayed, seen: &[Seen]) -> Outcome<String> {
    let clients = clients(seen)?;
    let mut text = String::from(HEAD);
    let mut counts = BTreeMap::<&str, usize>::new();
    for operation in Operation::all() {
        let recorded = replayed.get(&name_of(operation)).copied();
        let clients = clients.get(operation);
        let mut words = Vec::new();
        if let Some(recorded) = recorded {
            words.push(format!("recording: {}", exchanges(recorded)));
        }
        if let Some(clients) = clients {
            let clients: Vec<&str> = clients.iter().copied().collect();
            words.push(format!("real client: {}", clients.join(", ")));
        }
        if words.is_empty() {
            words.push("document only".to_owned());
        }
        let kind = super::kind(recorded.is_some(), clients.is_some(), true);
        *counts.entry(kind).or_default() += 1;
        let Operation {
            service,
            method,
            path,
            leaves_out,
            ..
        } = operation;
        let words = words.join("; ");
        writeln!(
            text,
            "| {service} | `{method} {path}` | {words} | {leaves_out} |"
        )?;
    }
    text.push('\n');
    for (kind, count) in counts {
        writeln!(text, "- {kind}: {count}")?;
    }
    Ok(text)
}

/// Who was seen to use an operation.
fn clients(seen: &[Seen]) -> Outcome<BTreeMap<&'static Operation, BTreeSet<&str>>> {
    let mut clients = BTreeMap::<_, BTreeSet<&str>>::new();
    for Seen {
        client,
        method,
        url,
        ..
    } in seen
    {
        let operation = SimCloud::Public.operation(method, &Url::parse(url)?);
        // What was answered well is served, so in the table.
        let operation = operation.ok_or_else(|| format!("{method} {url} is no operation"))?;
        clients.entry(operation).or_default().insert(client);
    }
    Ok(clients)
}

#[cfg(test)]
mod tests {
    use super::{Seen, render};
    use crate::conformance::sim::replayed::Replayed;

    #[test]
    fn each_operation_says_what_speaks_for_it() {
        let seen = |method: &str, url: &str| Seen {
            client: "az".to_owned(),
            method: method.to_owned(),
            url: url.to_owned(),
            members: Vec::new(),
        };
        let replayed = Replayed::from([("Key Vault: GET /keys".to_owned(), 2)]);
        let keys = [seen("GET", "https://v.vault.azure.net/keys")];
        let page = render(&replayed, &keys).unwrap();
        for row in [
            "| Key Vault | `GET /keys` | recording: 2 exchanges; real client: az |  |\n",
            "| Managed HSM | `GET /keys` | document only |  |\n",
        ] {
            assert!(page.contains(row), "{row}");
        }
        assert!(
            page.ends_with("- a recording and a real client: 1\n"),
            "{page}"
        );
        let unknown = [seen("PUT", "https://graph.microsoft.com/v1.0/me")];
        assert_eq!(
            render(&replayed, &unknown).unwrap_err().to_string(),
            "PUT https://graph.microsoft.com/v1.0/me is no operation"
        );
    }
}
