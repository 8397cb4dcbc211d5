//! What the customer's credentials see.

use super::{
    CheckId, CustomerSide, VerifyOptions,
    findings::{Findings, Seen, has},
    key::{KEY, judge_key},
    provider::{acts_in_tenant, judge_challenge, judge_tenant},
};
use crate::{
    error::Reason,
    steps::{covers, is_unconditional, principal_problems, vault_problems},
};
use cmk_core::TenantId;
use entra_graph::ServicePrincipal;
use futures::future::join5;
use keyvault_rbac::{
    ArmKey, ListRoleAssignmentsOptions, Role, RoleAssignment, RoleAssignmentFilter, Vault,
    key_scope,
};

/// What was read, each by itself.
#[derive(Debug)]
pub(super) struct SeenByCustomer {
    tenant: crate::Result<bool>,
    principal: Seen<ServicePrincipal>,
    /// The principal's assignments at the key; `None` if there is no principal to ask for.
    roles: Option<Seen<Vec<RoleAssignment>>>,
    vault: Seen<Vault>,
    key: Seen<ArmKey>,
    challenge: Seen<TenantId>,
}

const ROLE: Role = Role::KeyVaultCryptoServiceEncryptionUser;
/// The built-in roles that let a key be read, wrap and unwrap
/// (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security>).
const ENOUGH: [Role; 4] = [
    ROLE,
    Role::KeyVaultCryptoUser,
    Role::KeyVaultCryptoOfficer,
    Role::KeyVaultAdministrator,
];

/// Reads everything at the same time.
pub(super) async fn look(side: &CustomerSide<'_>) -> SeenByCustomer {
    let clients = side.at.clients();
    let scope = key_scope(side.vault, side.key);
    let principal = async {
        let principals = &clients.service_principals;
        let principal = Seen::of(
            principals
                .get_service_principal_by_client_id(side.application)
                .await,
        );
        let roles = match principal.there() {
            Some(found) => {
                let options = ListRoleAssignmentsOptions {
                    filter: RoleAssignmentFilter::HoldsHere,
                };
                let roles = &clients.roles;
                Some(Seen::of(
                    roles
                        .list_role_assignments(&scope, found.id, Some(options))
                        .await,
                ))
            }
            None => None,
        };
        (principal, roles)
    };
    let uri = side.key_uri();
    let ((principal, roles), vault, key, tenant, challenge) = join5(
        principal,
        clients.vaults.get_vault(side.vault),
        clients.arm_keys.get_arm_key(side.vault, side.key),
        acts_in_tenant(
            &*clients.subscriptions,
            side.at.subscription(),
            side.at.tenant(),
        ),
        clients.vault_tenants.get_vault_tenant(uri.vault_url()),
    )
    .await;
    SeenByCustomer {
        principal: principal.in_directory_of(&tenant),
        tenant,
        roles,
        vault: Seen::of(vault),
        key: Seen::of(key),
        challenge: Seen::of(challenge),
    }
}

/// What it means.
pub(super) fn judge(
    side: &CustomerSide<'_>,
    seen: &SeenByCustomer,
    options: &VerifyOptions,
    findings: &mut Findings,
) {
    let known = &mut findings.known;
    known.application = Some(side.application.to_string());
    known.vault = Some(side.vault.name().to_string());
    known.key = Some(side.key.to_string());
    known.key_uri = Some(side.key_uri().to_string());
    known.key_scope = Some(key_scope(side.vault, side.key).to_string());
    if let Some(principal) = seen.principal.there() {
        known.principal = Some(principal.id.to_string());
    }
    let tenant = match &seen.tenant {
        Ok(checked) => Ok(*checked),
        Err(error) => Err(error),
    };
    judge_tenant(CheckId::CustomerTenant, side.at.tenant(), tenant, findings);
    let (provider, customer) = (side.expected_provider, side.at.tenant());
    if provider == customer {
        findings.failed(
            CheckId::TenantsDiffer,
            format!("provider and customer are both tenant {provider}"),
        );
    } else {
        findings.ok(
            CheckId::TenantsDiffer,
            format!("the provider is {provider}, the customer {customer}"),
        );
    }
    judge_challenge(&seen.challenge, customer, findings);
    // The directory of another tenant says nothing of this one.
    if !findings.has_failed(CheckId::CustomerTenant) {
        judge_principal(side, seen, findings);
        judge_role(side, seen, findings);
    }
    judge_vault(side, seen, findings);
    if seen.vault.is_missing() {
        for check in KEY {
            findings.unknown(check, format!("rests on {}, which failed", CheckId::Vault));
        }
        return;
    }
    judge_key(&seen.key, options, findings);
}

fn judge_principal(side: &CustomerSide<'_>, seen: &SeenByCustomer, findings: &mut Findings) {
    let Some(principal) = seen.principal.there() else {
        return findings.exists(
            CheckId::ServicePrincipal,
            &seen.principal,
            "",
            &[
                CheckId::PrincipalEnabled,
                CheckId::HomeTenant,
                CheckId::KeyRole,
            ],
        );
    };
    findings.ok(
        CheckId::ServicePrincipal,
        format!("its object id is {}", principal.id),
    );
    let problems = principal_problems(principal, side.expected_provider);
    match principal.account_enabled {
        None => findings.unknown(CheckId::PrincipalEnabled, "the answer does not say"),
        Some(_) => findings.judge(
            CheckId::PrincipalEnabled,
            has(&problems, Reason::ServicePrincipalDisabled),
            "its sign-in is on",
        ),
    }
    match principal.app_owner_organization_id {
        None => findings.unknown(
            CheckId::HomeTenant,
            "the directory does not say whose it is",
        ),
        Some(home) => findings.judge(
            CheckId::HomeTenant,
            has(&problems, Reason::ForeignApplication),
            format!("its application belongs to tenant {home}"),
        ),
    }
}

fn judge_role(side: &CustomerSide<'_>, seen: &SeenByCustomer, findings: &mut Findings) {
    const CHECK: CheckId = CheckId::KeyRole;
    let (Some(principal), Some(roles)) = (seen.principal.there(), &seen.roles) else {
        return;
    };
    if seen.vault.is_missing() {
        return findings.unknown(
            CHECK,
            "the vault is gone, and its role assignments with it: give the role again once it is back",
        );
    }
    if seen
        .vault
        .there()
        .is_some_and(|vault| vault.rbac_authorization != Some(true))
    {
        return findings.unknown(
            CHECK,
            "the vault uses access policies, where no role counts; its policies are not read",
        );
    }
    let roles = match roles {
        Seen::There(roles) => roles,
        Seen::Missing(why) | Seen::Unseen(why) => return findings.unknown(CHECK, why.clone()),
    };
    let scope = key_scope(side.vault, side.key);
    let held: Vec<(Role, &RoleAssignment)> = ENOUGH
        .iter()
        .flat_map(|role| roles.iter().map(|held| (*role, held)))
        .filter(|(role, held)| covers(held, principal.id, *role, &scope))
        .collect();
    if let Some((role, held)) = held.iter().find(|(_, held)| is_unconditional(held)) {
        let at = held
            .scope
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        return findings.ok(CHECK, format!("{role} at {at}"));
    }
    if let Some((role, held)) = held.first() {
        let condition = held.condition.as_deref().unwrap_or_default();
        return findings.failed(
            CHECK,
            format!("{role} is given under a condition ({condition})"),
        );
    }
    // A role of the customer's own, or one given to a group, may allow as much: nobody can tell from its id here.
    match roles.iter().find(|other| other.role().is_none() || other.principal_id != principal.id) {
        Some(other) => findings.unknown(
            CHECK,
            format!(
                "{ROLE} is not given; role {} is, of which is not known whether it lets the key be read, wrap and unwrap",
                other.role_definition_id
            ),
        ),
        None => findings.failed(CHECK, format!("{ROLE} is given neither at the key nor above")),
    }
}

fn judge_vault(side: &CustomerSide<'_>, seen: &SeenByCustomer, findings: &mut Findings) {
    let Some(vault) = seen.vault.there() else {
        return findings.exists(
            CheckId::Vault,
            &seen.vault,
            "",
            &[
                CheckId::VaultTenant,
                CheckId::SoftDelete,
                CheckId::PurgeProtection,
                CheckId::PermissionModel,
                CheckId::VaultNetwork,
            ],
        );
    };
    let state = vault.provisioning_state.as_deref().unwrap_or("there");
    findings.ok(CheckId::Vault, format!("it is {state}"));
    let problems = vault_problems(vault, side.at.tenant());
    for (check, reason, good) in [
        (
            CheckId::VaultTenant,
            Reason::VaultInOtherTenant,
            format!("it belongs to tenant {}", vault.tenant_id),
        ),
        (
            CheckId::SoftDelete,
            Reason::VaultWithoutSoftDelete,
            match vault.soft_delete {
                Some(_) => String::from("soft delete is on"),
                None => String::from("not told, and on in every vault made since 2020"),
            },
        ),
        (
            CheckId::PurgeProtection,
            Reason::VaultWithoutPurgeProtection,
            String::from("purge protection is on"),
        ),
        (
            CheckId::PermissionModel,
            Reason::VaultUsesAccessPolicies,
            String::from("it uses Azure roles"),
        ),
        (
            CheckId::VaultNetwork,
            Reason::VaultFirewall,
            String::from("it lets all networks or trusted services in"),
        ),
    ] {
        // Some answers mask the tenant.
        if check == CheckId::VaultTenant && vault.tenant_id.as_uuid().is_nil() {
            findings.unknown(check, "the answer does not say");
            continue;
        }
        findings.judge(check, has(&problems, reason), good);
    }
}
