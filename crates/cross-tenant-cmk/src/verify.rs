//! Verification of a finished (or half-finished) chain from outside: each link a named check with its evidence and its remedy.

mod account;
mod check;
mod customer;
mod findings;
mod junit;
mod key;
mod proof;
mod proved;
mod provider;
mod remedies;
mod remedy;
mod report;

pub use check::{Check, CheckId, Severity, Verdict};
pub use proof::{IdentityProof, KeyProof, Proof, ProofLink};
pub use remedy::{Actor, Remedy};
pub use report::Verification;

pub(crate) use proof::is_our_address;
pub(crate) use remedies::{Known, remedy};
pub(crate) use remedy::{AT_ONCE, DNS, HOUR, MINUTES, ROLE};

use crate::{Customer, CustomerRecord, Grant, Offer, Provider, ProviderSetup, TenantContext};
use azure_core::time::OffsetDateTime;
use cmk_core::{ClientId, TenantId};
use cosmos_cmk::AccountId;
use findings::Findings;
use keyvault_rbac::{KeyName, KeyUri, VaultId};
use std::{sync::Arc, time::Duration};

/// What the provider's side looks at.
#[derive(Debug, Clone, Copy)]
pub struct ProviderSide<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// What phase 1 left.
    pub setup: &'a ProviderSetup,
    /// The provider's own record of the customer.
    pub customer: &'a CustomerRecord,
    /// The account.
    pub account: &'a AccountId,
    /// What the customer sent, if it is at hand. Without it, the key is the one that the account names.
    pub grant: Option<&'a Grant>,
}

/// What the customer's side looks at.
#[derive(Debug, Clone, Copy)]
pub struct CustomerSide<'a> {
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The application that was admitted.
    pub application: ClientId,
    /// The provider's tenant, from the customer's own record.
    pub expected_provider: TenantId,
    /// The vault.
    pub vault: &'a VaultId,
    /// The key.
    pub key: &'a KeyName,
}

impl<'a> CustomerSide<'a> {
    /// The side of a customer who has an Offer, before or after the Grant is handed over.
    #[must_use]
    pub fn of_offer(
        at: &'a TenantContext<Customer>,
        offer: &Offer,
        expected_provider: TenantId,
        vault: &'a VaultId,
        key: &'a KeyName,
    ) -> Self {
        Self {
            at,
            application: offer.application_client_id,
            expected_provider,
            vault,
            key,
        }
    }

    pub(crate) fn key_uri(&self) -> KeyUri {
        KeyUri::new(self.at.cloud(), self.vault.name(), self.key)
    }
}

/// How a verification is run.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// The moment by which dates are judged. Default: the machine's clock.
    pub now: Option<OffsetDateTime>,
    /// A key that expires sooner than this is a warning. Default 30 days.
    pub expiry_notice: Duration,
    /// Goes the way to the key as the managed identity, if it can be reached. Default: the proof's checks are unknown.
    pub key_proof: Option<Arc<dyn KeyProof>>,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            now: None,
            expiry_notice: Duration::from_secs(30 * 24 * 3_600),
            key_proof: None,
        }
    }
}

impl VerifyOptions {
    fn now(&self) -> OffsetDateTime {
        self.now.unwrap_or_else(OffsetDateTime::now_utc)
    }
}

/// Checks the chain as the provider sees it: account, identity, application, federated credential, and the tenant that the
/// vault names. What lies in the customer's tenant is unknown, unless a key proof tells.
///
/// Only reads, all at the same time, and never fails: a read that fails makes its checks unknown and hides no other.
/// Needs Reader on account and identity, and to read the application.
pub async fn verify_as_provider(
    side: &ProviderSide<'_>,
    options: Option<VerifyOptions>,
) -> Verification {
    verify(Some(side), None, &options.unwrap_or_default()).await
}

/// Checks the chain as the customer sees it: service principal, role, vault and key. What lies in the provider's tenant is
/// unknown.
///
/// Can be run before the Grant is handed over, as a dry run of what the provider will need, and on any later day. Only reads, all
/// at the same time, and never fails. Needs Reader on the vault, and to read the directory.
pub async fn verify_as_customer(
    side: &CustomerSide<'_>,
    options: Option<VerifyOptions>,
) -> Verification {
    verify(None, Some(side), &options.unwrap_or_default()).await
}

/// Checks the whole chain, where the credentials of both parties are at hand.
///
/// As [`verify_as_provider`] and [`verify_as_customer`] together.
pub async fn verify_both(
    provider: &ProviderSide<'_>,
    customer: &CustomerSide<'_>,
    options: Option<VerifyOptions>,
) -> Verification {
    verify(Some(provider), Some(customer), &options.unwrap_or_default()).await
}

async fn verify(
    provider: Option<&ProviderSide<'_>>,
    customer: Option<&CustomerSide<'_>>,
    options: &VerifyOptions,
) -> Verification {
    let mut findings = Findings::default();
    let looks_at_provider = async {
        match provider {
            Some(side) => Some(provider::look(side).await),
            None => None,
        }
    };
    let looks_at_customer = async {
        match customer {
            Some(side) => Some(customer::look(side).await),
            None => None,
        }
    };
    let (seen_by_provider, seen_by_customer) =
        futures::future::join(looks_at_provider, looks_at_customer).await;
    let mut subject = String::new();
    if let (Some(side), Some(seen)) = (provider, &seen_by_provider) {
        subject = format!("account {}", side.account.name());
        provider::judge(
            side,
            seen,
            customer.map(CustomerSide::key_uri),
            &mut findings,
        );
    }
    if let (Some(side), Some(seen)) = (customer, &seen_by_customer) {
        if subject.is_empty() {
            subject = format!("key {}", side.key_uri());
        }
        let version = seen_by_provider
            .as_ref()
            .and_then(|seen| seen.key_version());
        customer::judge(side, seen, options, &mut findings);
        key::judge_version_in_use(side, version, &mut findings).await;
    }
    if let Some(proof) = &options.key_proof {
        let way = provider
            .and_then(|side| {
                let uri = side.grant.map(|grant| grant.key_uri.clone());
                let uri = uri.or_else(|| seen_by_provider.as_ref()?.key_uri());
                Some((
                    side.customer.tenant_id,
                    side.setup.application_client_id,
                    uri?,
                ))
            })
            .or_else(|| {
                let side = customer?;
                Some((side.at.tenant(), side.application, side.key_uri()))
            });
        if let Some((tenant, application, key)) = way {
            let proof = proof.prove(tenant, application, &key).await;
            proved::judge(&proof, options, &mut findings);
        }
    }
    findings.into_verification(subject)
}
