//! The key serves no other customer of the provider.

use super::{Found, Made, Step, StepId};
use crate::{
    Provider, Result, TenantContext,
    error::{Reason, Refusal},
    handoff::CustomerReference,
    mark::{self, CUSTOMER_TAG},
    run::Waits,
};
use cosmos_cmk::{AccountId, ListedAccounts};
use keyvault_rbac::KeyUri;
use serde_json::Value;

/// Looks through the accounts of the provider's subscription for one that is encrypted under the key and belongs to another
/// customer reference: two customers in one tenant cannot be told apart by the tenant.
///
/// It sees this subscription only. A provider with several must keep its own record of which key is whose.
#[derive(Debug)]
pub struct CheckKeyBinding<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// The key.
    pub key: &'a KeyUri,
    /// The customer.
    pub customer: &'a CustomerReference,
    /// The account that this run is about: it may have the key.
    pub account: &'a AccountId,
}

impl Step for CheckKeyBinding<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::KeyBinding
    }

    fn target(&self) -> String {
        format!("key {}", self.key.versionless())
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<()>> {
        let listed = self
            .at
            .clients()
            .accounts
            .list_accounts(self.at.subscription(), None)
            .await;
        let listed = match listed {
            // A subscription that never used Cosmos DB has no account of it.
            Err(error) if error.failure().code() == Some("MissingSubscriptionRegistration") => {
                ListedAccounts::default()
            }
            listed => listed.map_err(|error| self.failed(error))?,
        };
        let key = self.key.versionless();
        // An account that cannot be read has an owner too.
        if let Some(odd) = listed.unreadable.iter().find(|odd| {
            let id = odd.pointer("/id").and_then(Value::as_str);
            let is_own = id.is_some_and(|id| id.eq_ignore_ascii_case(&self.account.to_string()));
            !is_own && names_key(odd.value(), &key)
        }) {
            return Err(Refusal::new(
                Reason::KeyOfOtherCustomer,
                self.target(),
                format!(
                    "account {} is encrypted under it and cannot be read",
                    odd.pointer("/id").unwrap_or(&Value::Null)
                ),
            )
            .into());
        }
        let stranger = listed
            .accounts
            .iter()
            .filter(|account| account.id != *self.account)
            .filter(|account| names_key(account.received.value(), &key))
            .find(|account| mark::tag(&account.tags, CUSTOMER_TAG) != Some(self.customer.as_str()));
        match stranger {
            None => Ok(Made::checked(()).into()),
            Some(account) => Err(Refusal::new(
                Reason::KeyOfOtherCustomer,
                self.target(),
                format!(
                    "account {} is encrypted under it and belongs to {}",
                    account.id.name(),
                    mark::tag(&account.tags, CUSTOMER_TAG).map_or_else(
                        || String::from("no customer that this subscription's tags name"),
                        |other| format!("customer {other}")
                    )
                ),
            )
            .into()),
        }
    }
}

/// Whether the key stands anywhere in the JSON, in any letter case, with any port and with any version.
fn names_key(json: &Value, key: &KeyUri) -> bool {
    match json {
        Value::String(text) => {
            let text = text.to_lowercase();
            let name = key.name().as_str().to_lowercase();
            let path = text.split_once("/keys/").map(|(_, path)| path);
            text.contains(&key.host().to_lowercase())
                && path.is_some_and(|path| path.split('/').next() == Some(&*name))
        }
        Value::Array(items) => items.iter().any(|item| names_key(item, key)),
        Value::Object(members) => members.values().any(|member| names_key(member, key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::names_key;
    use serde_json::json;

    #[test]
    fn a_key_is_seen_wherever_it_stands_and_no_other_is_taken_for_it() {
        let key = "https://contoso-keys.vault.azure.net/keys/cosmos"
            .parse()
            .unwrap();
        for named in [
            "https://contoso-keys.vault.azure.net/keys/cosmos",
            "https://Contoso-Keys.vault.azure.net:443/keys/Cosmos/",
            "https://contoso-keys.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef",
        ] {
            let account = json!({ "id": 7, "properties": [{ "keyVaultKeyUri": named }] });
            assert!(names_key(&account, &key), "{named}");
        }
        for other in [
            "https://contoso-keys.vault.azure.net/keys/cosmos2",
            "https://contoso.vault.azure.net/keys/cosmos",
            "",
        ] {
            let account = json!({ "properties": { "keyVaultKeyUri": other } });
            assert!(!names_key(&account, &key), "{other}");
        }
    }
}
