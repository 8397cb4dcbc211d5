//! The finished chain, and how both parties look at it.

use cosmos_cmk::AccountId;
use cross_tenant_cmk::{
    CustomerRecord, CustomerSide, Diagnosis, Grant, Offer, ProviderSetup, ProviderSide, Report,
    create_encrypted_account, diagnose_account,
};
use examples::{Failed, Parties, VAULT, account_spec, key_spec, record};
use keyvault_rbac::{KeyName, VaultId};

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

    /// Both parties look at the account and at every link.
    pub(crate) async fn diagnose(&self) -> Result<Diagnosis, Failed> {
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
