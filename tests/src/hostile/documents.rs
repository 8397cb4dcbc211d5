//! The documents that pass between the parties, and the one that stays.

use super::{Held, LONGEST, holds, same, tame, text};
use cross_tenant_cmk::{
    Grant, InvalidDocument, JournalEntry, MAX_DOCUMENT_BYTES, Offer, Plan, ProviderSetup,
};

/// An Offer is read as it will be written again, with the same digest, or refused in few words.
pub(super) fn offer(input: &[u8]) -> Held {
    let text = text(input);
    let offer = match Offer::from_json(&text) {
        Ok(offer) => offer,
        Err(error) => return refused(&error),
    };
    fits(&text)?;
    tame("the name", offer.application_name.as_str(), 4 * 120)?;
    let again = read_again(Offer::from_json(&offer.to_json()))?;
    same("the Offer", &offer, &again)?;
    same("its digest", &offer.digest(), &again.digest())?;
    // A longer validity, another nonce: every member is in the digest.
    let mut other = offer.clone();
    other.application_client_id = another(&offer.application_client_id.to_string())?;
    holds(
        "another application has the same digest",
        other.digest() != offer.digest(),
    )
}

/// A GUID that differs in its last digit.
fn another<T: std::str::FromStr<Err: std::fmt::Display>>(guid: &str) -> Result<T, String> {
    let (start, last) = guid.split_at(guid.len() - 1);
    let other = if last == "1" { "2" } else { "1" };
    format!("{start}{other}")
        .parse()
        .map_err(|error| format!("{error}"))
}

/// A Grant is read as it will be written again, its key in one form only, or refused in few words.
pub(super) fn grant(input: &[u8]) -> Held {
    let text = text(input);
    let grant = match Grant::from_json(&text) {
        Ok(grant) => grant,
        Err(error) => return refused(&error),
    };
    fits(&text)?;
    super::addresses::is_of_azure(&grant.key_uri)?;
    let again = read_again(Grant::from_json(&grant.to_json()))?;
    same("the Grant", &grant, &again)
}

/// The provider's own record: what it reads, it writes again.
pub(super) fn provider_setup(input: &[u8]) -> Held {
    let text = text(input);
    let Ok(setup) = serde_json::from_str::<ProviderSetup>(&text) else {
        return Ok(());
    };
    let written = serde_json::to_string(&setup).map_err(|error| error.to_string())?;
    let again = serde_json::from_str(&written).map_err(|error| format!("{error}: {written}"))?;
    same("the setup", &setup, &again)?;
    let offer = setup.offer(None);
    let again = read_again(Offer::from_json(&offer.to_json()))?;
    same("its Offer", &offer, &again)
}

/// A plan is read as it will be written again, and can be shown and drawn, or is refused in few words.
pub(super) fn plan(input: &[u8]) -> Held {
    let text = text(input);
    let plan: Plan = match text.parse() {
        Ok(plan) => plan,
        Err(error) => return refused(&error),
    };
    let again = read_again(plan.to_json().parse())?;
    same("the plan", &plan, &again)?;
    holds(
        "it says nothing",
        !plan.to_string().is_empty() || plan.phases.is_empty(),
    )?;
    // However its texts look, they stay within the quotes of their nodes.
    let odd = |line: &str| line.matches('"').count() % 2 == 1;
    holds(
        "a text breaks out of its node",
        !plan.mermaid().lines().any(odd),
    )
}

/// An entry of a journal is one line, and is read as it will be written again.
pub(super) fn journal_entry(input: &[u8]) -> Held {
    let text = text(input);
    let Ok(entry) = serde_json::from_str::<JournalEntry>(&text) else {
        return Ok(());
    };
    let written = serde_json::to_string(&entry).map_err(|error| error.to_string())?;
    holds("an entry takes two lines", !written.contains('\n'))?;
    let again = serde_json::from_str(&written).map_err(|error| format!("{error}: {written}"))?;
    same("the entry", &entry, &again)
}

fn fits(text: &str) -> Held {
    holds("it is too long", text.len() <= MAX_DOCUMENT_BYTES)
}

fn refused(error: &InvalidDocument) -> Held {
    tame("the refusal", &error.to_string(), LONGEST)
}

fn read_again<T>(read: Result<T, InvalidDocument>) -> Result<T, String> {
    read.map_err(|error| format!("what it writes it does not read: {error}"))
}
