//! What the quick start tells besides its progress.

use crate::arguments::Arguments;
use console::style;
use cosmos_cmk::{CmkStatus, DatabaseAccount};
use examples::{Parties, Progress, time};
use serde_json::Value;

pub(crate) fn opening(progress: &Progress, arguments: &Arguments, parties: &Parties) {
    let (seed, lag) = (
        arguments.seed,
        format!("{:?}", arguments.lag).to_lowercase(),
    );
    progress.say(format_args!(
        "A simulated Azure in this process (seed {seed}, lag {lag}). Nothing leaves this machine."
    ));
    progress.say(format_args!(
        "  Fabrikam, the provider    tenant {}",
        parties.provider.tenant()
    ));
    progress.say(format_args!(
        "  Contoso, the customer     tenant {}",
        parties.customer.tenant()
    ));
}

pub(crate) fn document(progress: &Progress, title: &str, json: &str) {
    progress.say(format_args!("\n  {title}"));
    for line in json.lines() {
        progress.say(format_args!("  {}", style(line).cyan()));
    }
}

pub(crate) fn account(progress: &Progress, account: &DatabaseAccount) {
    progress.say("\n  The account, as Cosmos DB reports it:");
    for (name, pointer) in [
        ("name", "/name"),
        ("documentEndpoint", "/properties/documentEndpoint"),
        ("keyVaultKeyUri", "/properties/keyVaultKeyUri"),
        ("keyVaultKeyUriVersion", "/properties/keyVaultKeyUriVersion"),
        ("defaultIdentity", "/properties/defaultIdentity"),
    ] {
        if let Some(value) = account.received.pointer(pointer).and_then(Value::as_str) {
            row(progress, name, value, &['/', '&']);
        }
    }
    status(progress, account);
}

/// The service's own sentence, and what `cosmos-cmk` reads out of it.
pub(crate) fn status(progress: &Progress, account: &DatabaseAccount) {
    let sentence = account
        .received
        .pointer("/properties/customerManagedKeyStatus");
    let sentence = sentence.and_then(Value::as_str).unwrap_or("not reported");
    row(progress, "customerManagedKeyStatus", sentence, &[' ']);
    if let Some(cause) = account
        .cmk_status
        .as_ref()
        .and_then(CmkStatus::revocation_cause)
    {
        row(progress, "cause", &cause.to_string(), &[' ']);
        row(progress, "what to do", cause.help(), &[' ']);
    }
}

pub(crate) fn closing(progress: &Progress, parties: &Parties) {
    let (requests, writes) = (parties.sim.requests().len(), parties.sim.writes().len());
    let passed = time(progress.elapsed());
    progress.say(format_args!(
        "\n{passed} of simulated time passed, with {requests} requests, {writes} of which changed something."
    ));
}

/// A name and its value, which goes on in the next line where a part would not fit.
fn row(progress: &Progress, name: &str, value: &str, separators: &[char]) {
    const WIDTH: usize = 80;
    let mut lines = vec![String::new()];
    for part in value.split_inclusive(separators) {
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.len() + part.len() <= WIDTH => {
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    for (number, line) in lines.iter().enumerate() {
        let name = if number == 0 { name } else { "" };
        progress.say(format_args!("    {name:<24}  {}", line.trim_end()));
    }
}
