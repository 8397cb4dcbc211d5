//! The key serves no other customer of the provider.

use super::{Made, Step, StepId};
use crate::{
    Provider, Result, TenantContext,
    error::{Reason, Refusal},
    handoff::CustomerReference,
    mark::{self, CUSTOMER_TAG},
    run::Waits,
};
use cosmos_cmk::AccountId;
use keyvault_rbac::KeyUri;

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

    async fn run(&self, _waits: &Waits) -> Result<Made<()>> {
        let accounts = self
            .at
            .clients()
            .accounts
            .list_accounts(self.at.subscription(), None)
            .await;
        let accounts = match accounts {
            // A subscription that never used Cosmos DB has no account of it.
            Err(error) if error.failure().code() == Some("MissingSubscriptionRegistration") => {
                Vec::new()
            }
            listed => listed.map_err(|error| self.failed(error))?,
        };
        let key = self.key.versionless();
        let stranger = accounts
            .iter()
            .filter(|account| account.id != *self.account)
            .filter(|account| {
                account
                    .key_vault_key_uri
                    .as_deref()
                    .and_then(|uri| uri.parse::<KeyUri>().ok())
                    .is_some_and(|uri| uri.versionless() == key)
            })
            .find(|account| mark::tag(&account.tags, CUSTOMER_TAG) != Some(self.customer.as_str()));
        match stranger {
            None => Ok(Made::checked(())),
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
