//! The finished chain, and how both parties look at it.

use cmk_core::settle::{Probe, SettleOptions, settle};
use cosmos_cmk::{AccountId, CmkStatus};
use cross_tenant_cmk::{
    CheckId, CustomerRecord, CustomerSide, Diagnosis, Grant, Offer, ProviderSetup, ProviderSide,
    Report, SuspectState, create_encrypted_account, diagnose_account,
};
use examples::{Failed, Parties, VAULT, account_spec, key_spec, record, time};
use keyvault_rbac::{KeyName, VaultId};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) struct Chain {
    pub(crate) parties: Parties,
    pub(crate) setup: ProviderSetup,
    pub(crate) offer: Offer,
    pub(crate) grant: Grant,
    pub(crate) vault: VaultId,
    pub(crate) key: KeyName,
    pub(crate) account: AccountId,
    record: CustomerRecord,
}

impl Chain {
    /// All three phases.
    pub(crate) async fn finished() -> Result<Self, Failed> {
        let parties = Parties::typical()?;
        let setup = parties.play_provider().await?;
        let offer = setup.offer(None);
        let grant = parties.play_customer(&offer).await?;
        let record = record(parties.customer.tenant(), &offer)?;
        let (provider, spec) = (&parties.provider, account_spec(&setup, &grant)?);
        let done = create_encrypted_account(provider, &setup, &grant, &record, &spec, None).await?;
        let (subscription, spec) = (parties.customer.subscription(), key_spec()?);
        Ok(Self {
            vault: VaultId::new(subscription, &spec.resource_group, &VAULT.parse()?)?,
            key: spec.key,
            account: done.output.id,
            parties,
            setup,
            offer,
            grant,
            record,
        })
    }

    /// Fabrikam's monitoring looks until the account has lost its key.
    pub(crate) async fn alarm(&self) -> Result<(), Failed> {
        self.look_until(|status| matches!(status, CmkStatus::Revoked { .. }))
            .await
    }

    /// Fabrikam looks until the account has its key again.
    pub(crate) async fn healed(&self) -> Result<(), Failed> {
        self.look_until(|status| *status == CmkStatus::Confirmed)
            .await?;
        println!("{}", self.diagnose().await?);
        Ok(())
    }

    async fn look_until(&self, is_it: impl Fn(&CmkStatus) -> bool) -> Result<(), Failed> {
        let (start, accounts) = (Instant::now(), &self.parties.provider.clients().accounts);
        let seen = settle("get_account", "account", &PATIENCE, || async {
            let account = accounts.get_account(&self.account).await?;
            let status = account.cmk_status.filter(&is_it);
            Ok(status.map_or(Probe::NotYet(String::from("as before")), Probe::Ready))
        });
        let status = seen.await?;
        println!("   {} later: {status}", time(start.elapsed()));
        Ok(())
    }

    /// Both parties look at the chain: the link that is broken must be among what is proved.
    pub(crate) async fn expect(&self, link: CheckId) -> Result<(), Failed> {
        let told = self.diagnose().await?;
        println!("{told}");
        let mut proved = told.suspects_that_are(SuspectState::Proved);
        match proved.any(|suspect| suspect.check == Some(link)) {
            true => Ok(()),
            false => Err(std::io::Error::other(format!("{link} was not found")).into()),
        }
    }

    async fn diagnose(&self) -> Result<Diagnosis, Failed> {
        let provider = ProviderSide {
            at: &self.parties.provider,
            setup: &self.setup,
            customer: &self.record,
            account: &self.account,
            grant: Some(&self.grant),
        };
        let (at, expected) = (&self.parties.customer, self.parties.provider.tenant());
        let customer = CustomerSide::of_offer(at, &self.offer, expected, &self.vault, &self.key);
        Ok(diagnose_account(&provider, Some(&customer), None).await?)
    }
}

/// What a phase changed.
pub(crate) fn changes(report: &Report) {
    let changed = |step: &&cross_tenant_cmk::StepReport| !step.outcome.changed_nothing();
    for step in report.steps.iter().filter(changed) {
        println!("   {step}");
    }
}

/// A look every minute, for three hours at most: Azure takes up to an hour to revoke and to heal.
const PATIENCE: SettleOptions = SettleOptions {
    deadline: Duration::from_secs(10_800),
    first_delay: Duration::from_secs(60),
    max_delay: Duration::from_secs(60),
};
