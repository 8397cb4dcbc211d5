//! The customer's vault exists and can hold a key for Cosmos DB.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, write},
};
use crate::{
    Customer, Result, TenantContext,
    error::{Problem, Reason, Refusal, refuse_first},
    mark,
    run::Waits,
};
use cmk_core::{
    TenantId,
    lro::{Accepted, OperationHandle, wait_until_done},
    settle::{Probe, settle},
};
use keyvault_rbac::{
    NetworkAcls, NetworkAction, NetworkBypass, NewVault, PublicNetworkAccess, Vault, VaultId,
};

/// Finds or creates the vault. An existing one is never changed: it is taken as it is, or refused with the reason.
#[derive(Debug)]
pub struct EnsureVault<'a> {
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The vault's id.
    pub id: &'a VaultId,
    /// What it is made as, if it is created. `None`: it must be there.
    pub new: Option<&'a NewVault>,
}

impl Step for EnsureVault<'_> {
    type Output = Vault;

    fn id(&self) -> StepId {
        StepId::Vault
    }

    fn target(&self) -> String {
        format!("vault {}", self.id.name())
    }

    fn settings(&self) -> Vec<String> {
        self.new.map(described).unwrap_or_default()
    }

    async fn find(&self, waits: &Waits) -> Result<Found<Vault>> {
        let read = self.read().await.map_err(|error| self.failed(error))?;
        if read.is_some() {
            let vault = self.ready(None, waits).await?;
            self.check(&vault)?;
            let ours = mark::is_in(&vault.tags);
            return Ok(Made::found(vault, ours).into());
        }
        check_new_vault(self.wanted()?, &self.target())?;
        self.refuse_taken_name().await?;
        Ok(Found::MISSING)
    }

    async fn make(&self, _gap: Gap<Vault>, waits: &Waits) -> Result<Made<Vault>> {
        let vaults = &self.at.clients().vaults;
        let mut wanted = self.wanted()?.clone();
        wanted.tags.extend(mark::tags());
        let accepted = write(
            "create_vault",
            &self.target(),
            waits,
            || async { Ok(self.read().await?.map(|vault| Accepted::new(vault, None))) },
            || vaults.create_vault(self.id, &wanted, None),
        )
        .await
        .map_err(|error| self.failed(error))?;
        let vault = self.ready(accepted.operation, waits).await?;
        // Read back: an Azure Policy may have changed what was asked for.
        self.check(&vault)?;
        Ok(Made::created(vault))
    }
}

impl EnsureVault<'_> {
    async fn read(&self) -> cmk_core::Result<Option<Vault>> {
        found(self.at.clients().vaults.get_vault(self.id).await)
    }

    fn wanted(&self) -> Result<&NewVault> {
        self.new
            .ok_or_else(|| Refusal::new(Reason::Missing, self.target(), "there is none").into())
    }

    /// The vault once its name resolves.
    async fn ready(&self, operation: Option<OperationHandle>, waits: &Waits) -> Result<Vault> {
        let clients = self.at.clients();
        if let Some(operation) = operation {
            wait_until_done(&*clients.vault_operations, &operation, &waits.operations)
                .await
                .map_err(|error| self.failed(error))?;
        }
        // The operation may be done while the name does not resolve yet, and an existing vault may be a moment old.
        settle("get_vault", &self.target(), &waits.propagation, || async {
            match found(clients.vaults.get_vault(self.id).await)? {
                None => Ok(Probe::NotYet(String::from("it cannot be seen yet"))),
                Some(vault) => Ok(match vault.provisioning_state.as_deref() {
                    Some(state) if !state.eq_ignore_ascii_case("Succeeded") => {
                        Probe::NotYet(format!("it is {state}"))
                    }
                    _ => Probe::Ready(vault),
                }),
            }
        })
        .await
        .map_err(|error| self.failed(error))
    }

    /// Names of vaults are unique in the world, deleted ones included: told before the write is refused.
    async fn refuse_taken_name(&self) -> Result<()> {
        let vaults = &self.at.clients().vaults;
        let subscription = self.id.subscription();
        let availability = vaults
            .check_vault_name(subscription, self.id.name())
            .await
            .map_err(|error| self.failed(error))?;
        if availability.available {
            return Ok(());
        }
        // A deleted vault can lie in another region than the one that is wanted now. Who cannot list them hears the service's words.
        let deleted = vaults
            .list_deleted_vaults(subscription)
            .await
            .unwrap_or_default()
            .into_iter()
            .find(|deleted| deleted.vault_id.name() == self.id.name());
        if let Some(deleted) = deleted {
            return Err(Refusal::new(
                Reason::VaultSoftDeleted,
                self.target(),
                format!(
                    "a deleted vault of this subscription, in {}, holds the name{}",
                    deleted.location,
                    deleted
                        .scheduled_purge
                        .map_or_else(String::new, |date| format!(" until {date}"))
                ),
            )
            .into());
        }
        Err(Refusal::new(
            Reason::VaultNameUnavailable,
            self.target(),
            availability
                .message
                .unwrap_or_else(|| String::from("the name is taken")),
        )
        .into())
    }

    fn check(&self, vault: &Vault) -> Result<()> {
        refuse_first(&self.target(), vault_problems(vault, self.at.tenant()))
    }
}

/// Everything about a vault of this tenant's that does not fit.
pub(crate) fn vault_problems(vault: &Vault, tenant: TenantId) -> Vec<Problem> {
    let mut problems = Vec::new();
    if vault.tenant_id != tenant {
        problems.push((
            Reason::VaultInOtherTenant,
            format!(
                "it belongs to tenant {}, and the customer is {tenant}",
                vault.tenant_id
            ),
        ));
    }
    if vault.rbac_authorization != Some(true) {
        problems.push((
            Reason::VaultUsesAccessPolicies,
            String::from("it uses access policies, where a role has no effect"),
        ));
    }
    if vault.soft_delete == Some(false) {
        problems.push((
            Reason::VaultWithoutSoftDelete,
            String::from("soft delete is off"),
        ));
    }
    if vault.purge_protection != Some(true) {
        problems.push((
            Reason::VaultWithoutPurgeProtection,
            String::from("purge protection is off: a purged key would lose the data for good"),
        ));
    }
    if shuts_services_out(
        vault.public_network_access.as_ref(),
        vault.network_acls.as_ref(),
    ) {
        problems.push((
            Reason::VaultFirewall,
            String::from("its firewall admits neither all networks nor trusted Microsoft services"),
        ));
    }
    problems
}

/// What is made, for a plan.
fn described(new: &NewVault) -> Vec<String> {
    let NewVault {
        location,
        tenant_id: _,
        sku,
        retention_days,
        network_acls,
        public_network_access,
        tags,
        ..
    } = new;
    let mut lines = vec![
        format!("location {location}"),
        format!("SKU {}", sku.as_str()),
        String::from("Azure role-based access control, purge protection"),
        format!("deleted keys can be recovered for {retention_days} days"),
    ];
    if let Some(access) = public_network_access {
        lines.push(format!("public network access {}", access.as_str()));
    }
    if let Some(acls) = network_acls {
        lines.push(format!(
            "firewall {} by default, bypass {}",
            acls.default_action.as_str(),
            acls.bypass.as_str(),
        ));
        let rules = acls.ip_rules.iter().chain(&acls.virtual_network_rules);
        lines.extend(rules.map(|rule| format!("firewall lets in {rule}")));
    }
    lines.extend(mark::lines(tags));
    lines
}

/// What shall be made, before it is: a vault that shuts Cosmos DB out would be refused once it is there, and its name taken.
pub(crate) fn check_new_vault(new: &NewVault, target: &str) -> Result<()> {
    if shuts_services_out(
        new.public_network_access.as_ref(),
        new.network_acls.as_ref(),
    ) {
        return Err(Refusal::new(
            Reason::VaultFirewall,
            target,
            "as asked for, its firewall would admit neither all networks nor trusted Microsoft services",
        )
        .into());
    }
    Ok(())
}

/// Cosmos DB reaches a vault that is open to all networks, or one that lets trusted services bypass its firewall
/// (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys>). A closed vault that names no bypass is
/// taken to have none (<https://github.com/hashicorp/terraform-provider-azurerm/issues/18450>).
fn shuts_services_out(access: Option<&PublicNetworkAccess>, acls: Option<&NetworkAcls>) -> bool {
    let closed = access == Some(&PublicNetworkAccess::Disabled);
    match acls {
        None => closed,
        Some(acls) => {
            (closed || acls.default_action == NetworkAction::Deny)
                && acls.bypass != NetworkBypass::AzureServices
        }
    }
}
