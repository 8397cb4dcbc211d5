//! What a world must look like in the end, however it came there.

use crate::flow::Flow;
use azure_sim::Recorded;
use cross_tenant_cmk::{
    EncryptedAccount, Error, PhaseError, Reason,
    cosmos_cmk::{AccountId, CmkStatus},
};
use serde_json::{Value, json};
use std::time::Duration;

/// Things that belong to others, beside those of the run: their names all hold this word.
const OTHERS: &str = "bystander";

/// Puts things of others beside those of the run.
pub fn settle_others(flow: &Flow) {
    flow.provider_post(
        "https://graph.microsoft.com/v1.0/applications",
        &json!({ "displayName": OTHERS, "signInAudience": "AzureADMultipleOrgs" }),
    );
    let group = format!(
        "https://management.azure.com/subscriptions/{}/resourceGroups/{OTHERS}",
        flow.customer.subscription()
    );
    flow.customer_put(
        &format!("{group}?api-version=2024-03-01"),
        &json!({ "location": "westeurope" }),
    );
    flow.customer_put(
        &format!("{group}/providers/Microsoft.KeyVault/vaults/{OTHERS}?api-version=2023-07-01"),
        &json!({ "location": "westeurope", "properties": {
            "tenantId": flow.customer.tenant().to_string(),
            "sku": { "family": "A", "name": "standard" },
            "accessPolicies": [],
            "enableRbacAuthorization": true
        } }),
    );
}

/// What there is, by names that do not depend on the seed: subscriptions by whose they are, and role assignments without their
/// names, which are derived from object ids.
#[must_use]
pub fn kinds(flow: &Flow) -> Vec<String> {
    let provider = flow.provider.subscription().to_string();
    let customer = flow.customer.subscription().to_string();
    let without_ids = |line: String| {
        let line = line
            .replace(&provider, "provider's")
            .replace(&customer, "customer's");
        // Derived from the subscription, too.
        let line = line.split("/cmk-").next().unwrap_or_default().to_owned();
        match line.rsplit_once("/roleAssignments/") {
            Some((scope, _)) => format!("{scope}/roleAssignments"),
            None => line,
        }
    };
    let mut kinds: Vec<String> = flow.sim.resources().into_iter().map(without_ids).collect();
    kinds.sort();
    kinds
}

/// How often a run is begun again before the world is given up.
const TRIES: usize = 12;

/// How the run came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Recovery {
    /// How often it was begun again.
    pub runs: usize,
    /// How often a person had to remove what a failed creation left behind.
    pub removed_by_hand: usize,
}

/// Runs all three phases again and again, as an operator does, until they succeed. What is left of a failed creation whose end
/// nobody saw is removed by hand, as its refusal says.
///
/// # Errors
/// The last error, if it never does.
pub async fn recover(flow: &Flow) -> Result<(EncryptedAccount, Recovery), String> {
    let mut recovery = Recovery::default();
    let mut last = String::new();
    while recovery.runs < TRIES {
        recovery.runs += 1;
        match Box::pin(flow.try_everything()).await {
            Ok(done) => return Ok((done.account, recovery)),
            Err(error) => {
                last = told(&error);
                if has_husk(&error) {
                    recovery.removed_by_hand += 1;
                    remove_account(flow).await;
                }
            }
        }
        // What has to spread, has.
        tokio::time::advance(Duration::from_secs(900)).await;
    }
    Err(format!("no success in {TRIES} runs; last: {last}"))
}

fn told(error: &PhaseError) -> String {
    let mut text = error.to_string();
    for error in error.errors() {
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
    }
    text
}

fn has_husk(error: &PhaseError) -> bool {
    error.errors().iter().any(|error| {
        matches!(error, Error::HuskLeft { .. })
            || error
                .refusal()
                .is_some_and(|refusal| refusal.reason() == Reason::AccountHusk)
    })
}

async fn remove_account(flow: &Flow) {
    let id = AccountId::new(
        flow.provider.subscription(),
        &"contoso-data".parse().unwrap(),
        &crate::flow::ACCOUNT.parse().unwrap(),
    )
    .unwrap();
    // Twice in a row nothing is there: as good as removed.
    let _ = flow.provider.clients().accounts.delete_account(&id).await;
    tokio::time::advance(Duration::from_secs(3_600)).await;
}

/// What is wrong with the world after a recovery, a line each.
#[must_use]
pub fn problems(flow: &Flow, expected: &[String], account: &EncryptedAccount) -> Vec<String> {
    let mut problems = Vec::new();
    if account.cmk_status != Some(CmkStatus::Confirmed) {
        problems.push(format!("the key is {:?}", account.cmk_status));
    }
    problems.extend(unencrypted(flow));
    let there = kinds(flow);
    for line in there.iter().filter(|line| !expected.contains(line)) {
        problems.push(format!("one too many: {line}"));
    }
    for line in expected.iter().filter(|line| !there.contains(line)) {
        problems.push(format!("missing: {line}"));
    }
    if there.len() != expected.len() {
        problems.push(format!("{} things, not {}", there.len(), expected.len()));
    }
    let names_others = |one: &Recorded| one.path.contains(OTHERS);
    let writes = flow.sim.writes();
    // The first ones are their owners'.
    let touched = writes
        .iter()
        .skip(OWN_WRITES)
        .filter(|one| names_others(one));
    problems.extend(touched.map(|one| format!("somebody else's: {one}")));
    let is_account = |one: &Recorded| one.path.to_lowercase().contains("/databaseaccounts/");
    let removed = writes
        .iter()
        .filter(|one| one.method == "DELETE" && !is_account(one));
    problems.extend(removed.map(|one| format!("removed: {one}")));
    problems.extend(flow.sim.unmodelled());
    problems.extend(flow.sim.unknown_members());
    problems
}

/// What Azure itself says of the account's key, read without any client of ours.
fn unencrypted(flow: &Flow) -> Option<String> {
    let account = flow.provider_get(&format!(
        "https://management.azure.com/subscriptions/{}/resourceGroups/contoso-data/providers/Microsoft.DocumentDB/databaseAccounts/{}?api-version=2025-10-15",
        flow.provider.subscription(),
        crate::flow::ACCOUNT
    ));
    let member = |name: &str| {
        let member = account.pointer(&format!("/properties/{name}"));
        member.and_then(Value::as_str).unwrap_or_default()
    };
    let key = format!("https://{}.vault.azure.net/keys/cosmos", crate::flow::VAULT);
    let status = member("customerManagedKeyStatus");
    let is_encrypted = member("keyVaultKeyUri") == key
        && member("defaultIdentity").contains("&FederatedClientId=")
        && status.starts_with("Access to the configured customer managed key confirmed.");
    (!is_encrypted).then(|| format!("Azure says: {status} (key {})", member("keyVaultKeyUri")))
}

/// How many writes [`settle_others`] makes.
const OWN_WRITES: usize = 3;
