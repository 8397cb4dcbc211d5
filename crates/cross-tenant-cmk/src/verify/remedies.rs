//! The remedy of each check, with the names that are known in its command.

use super::{
    Actor, CheckId, Remedy,
    remedy::{AT_ONCE, CREDENTIAL, HOUR, MINUTES, ROLE},
};

/// The names that the commands are about, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) account: Option<String>,
    pub(crate) account_group: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) identity_group: Option<String>,
    pub(crate) identity_name: Option<String>,
    pub(crate) identity_principal: Option<String>,
    pub(crate) application: Option<String>,
    pub(crate) application_object: Option<String>,
    pub(crate) credential: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) graph: Option<String>,
    pub(crate) principal: Option<String>,
    pub(crate) vault: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) key_uri: Option<String>,
    pub(crate) key_scope: Option<String>,
    pub(crate) version: Option<String>,
}

/// A known name, or what to put in its place.
fn or<'a>(known: &'a Option<String>, placeholder: &'a str) -> &'a str {
    known.as_deref().unwrap_or(placeholder)
}

/// The remedy of a failed check.
pub(crate) fn remedy(check: CheckId, known: &Known) -> Remedy {
    use Actor::{Caller, Customer, Provider};

    let account = format!(
        "--resource-group {} --name {}",
        or(&known.account_group, "<group>"),
        or(&known.account, "<account>")
    );
    let identity = or(&known.identity, "<identity resource id>");
    let application = or(&known.application, "<application client id>");
    let principal = or(&known.principal, "<service principal object id>");
    let vault = or(&known.vault, "<vault>");
    let key = format!("--vault-name {vault} --name {}", or(&known.key, "<key>"));
    let by = |who, action: &str, command: Option<String>, call, healing| Remedy {
        who,
        action: action.to_owned(),
        command,
        call,
        healing,
    };
    match check {
        CheckId::ProviderTenant | CheckId::CustomerTenant => by(
            Caller,
            "give the tenant that the subscription belongs to, and a credential of that tenant",
            Some(String::from("az login --tenant <tenant id>")),
            None,
            AT_ONCE,
        ),
        CheckId::TenantsDiffer => by(
            Provider,
            "a key across tenants needs two tenants: correct the record of the customer, or use a key of the account's own tenant without this flow",
            None,
            None,
            AT_ONCE,
        ),
        CheckId::RecordsAgree => by(
            Provider,
            "do not use this Grant: ask the customer, over a channel that you trust, for one that answers the Offer in your record",
            None,
            Some("cross_tenant_cmk::grant_access (the customer)"),
            AT_ONCE,
        ),
        CheckId::AccountAtRest => by(
            Provider,
            "wait until the account is at rest; create it if there is none; delete what a failed creation left before creating it again",
            Some(format!("az cosmosdb show {account}")),
            Some("cross_tenant_cmk::create_encrypted_account"),
            MINUTES,
        ),
        CheckId::AccountIdentity => by(
            Provider,
            "assign the managed identity to the account, and afterwards, in a request of its own, set the default identity again",
            Some(format!(
                "az cosmosdb identity assign {account} --identities {identity}"
            )),
            Some("cosmos_cmk::DatabaseAccountsApi::set_identities"),
            HOUR,
        ),
        CheckId::DefaultIdentity => by(
            Provider,
            "set the default identity, in a request of its own, once the identity is on the account",
            Some(format!(
                "az cosmosdb update {account} --default-identity \"UserAssignedIdentity={identity}&FederatedClientId={application}\""
            )),
            Some("cosmos_cmk::DatabaseAccountsApi::set_default_identity"),
            HOUR,
        ),
        CheckId::AccountKey => by(
            Provider,
            "find out why the account has another key; a key of the same tenant can be set, without a version, in a request of its own",
            Some(format!(
                "az cosmosdb update {account} --key-uri {}",
                or(&known.key_uri, "<key URI without version>")
            )),
            Some("cosmos_cmk::DatabaseAccountsApi::set_key_uri"),
            MINUTES,
        ),
        CheckId::KeyStatus => by(
            Provider,
            "heal the link that is broken: the other checks and the diagnosis of the status name it; then wait",
            Some(format!(
                "az cosmosdb show {account} --query customerManagedKeyStatus"
            )),
            Some("cross_tenant_cmk::diagnose_account"),
            HOUR,
        ),
        CheckId::IdentityUnchanged => by(
            Provider,
            "a deleted identity cannot be restored: make a new one and its federated credential (phase 1 does both), assign it to the account, set it as default identity, and remove the dead one from the account",
            Some(format!(
                "az identity create --resource-group {} --name {}",
                or(&known.identity_group, "<group>"),
                or(&known.identity_name, "<name>")
            )),
            Some("cross_tenant_cmk::set_up_provider"),
            CREDENTIAL,
        ),
        CheckId::Application => by(
            Provider,
            "restore the deleted application, which is possible for 30 days; if it is there and blocked, ask Microsoft why",
            Some(format!(
                "az rest --method POST --url {}/v1.0/directory/deletedItems/{}/restore",
                or(&known.graph, "https://graph.microsoft.com"),
                or(&known.application_object, "<application object id>")
            )),
            Some("entra_graph::DeletedApplicationsApi::restore_deleted_application"),
            HOUR,
        ),
        CheckId::Audience => by(
            Provider,
            "open the application to other tenants",
            Some(format!(
                "az ad app update --id {application} --sign-in-audience AzureADMultipleOrgs"
            )),
            Some("entra_graph::ApplicationsApi::update_application"),
            HOUR,
        ),
        CheckId::FederatedCredential => by(
            Provider,
            "write the federated credential that names the identity's principal id; correct or delete one that holds the same issuer and subject",
            Some(format!(
                r#"az ad app federated-credential create --id {application} --parameters '{{"name":"{}","issuer":"{}","subject":"{}","audiences":["{}"]}}'"#,
                or(&known.credential, "<name>"),
                or(&known.issuer, "<authority>/<provider tenant id>/v2.0"),
                or(&known.identity_principal, "<identity principal id>"),
                or(&known.audience, "api://AzureADTokenExchange"),
            )),
            Some("cross_tenant_cmk::set_up_provider"),
            CREDENTIAL,
        ),
        CheckId::ServicePrincipal => by(
            Customer,
            "admit the application again and give its new service principal the role: it has another object id",
            Some(format!("az ad sp create --id {application}")),
            Some("cross_tenant_cmk::grant_access"),
            ROLE,
        ),
        CheckId::PrincipalEnabled => by(
            Customer,
            "enable the service principal again, if it was not switched off on purpose",
            Some(format!(
                "az ad sp update --id {principal} --set accountEnabled=true"
            )),
            None,
            HOUR,
        ),
        CheckId::HomeTenant => by(
            Customer,
            "do not go on: the application is not the provider's; take its role away, delete its service principal, and tell the provider",
            Some(format!("az ad sp delete --id {principal}")),
            Some("entra_graph::ServicePrincipalsApi::delete_service_principal"),
            AT_ONCE,
        ),
        CheckId::KeyRole => by(
            Customer,
            "give the service principal the role on the key, without a condition",
            Some(format!(
                "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role \"Key Vault Crypto Service Encryption User\" --scope {}",
                or(&known.key_scope, "<vault resource id>/keys/<key>")
            )),
            Some("cross_tenant_cmk::grant_access"),
            ROLE,
        ),
        CheckId::Vault => by(
            Customer,
            "recover the deleted vault, then give the role on the key again: a vault comes back without its role assignments",
            Some(format!("az keyvault recover --name {vault}")),
            Some("keyvault_rbac::VaultsApi::recover_vault, then cross_tenant_cmk::grant_access"),
            ROLE,
        ),
        CheckId::VaultTenant | CheckId::VaultChallenge => by(
            Customer,
            "do not go on before it is known whose vault this is; after a subscription moved, set the vault's tenant to the new one and give the roles again",
            Some(format!(
                "az keyvault show --name {vault} --query properties.tenantId"
            )),
            None,
            ROLE,
        ),
        CheckId::SoftDelete | CheckId::PurgeProtection => by(
            Customer,
            "turn soft delete and purge protection on; neither can be turned off again",
            Some(format!(
                "az keyvault update --name {vault} --enable-purge-protection true"
            )),
            Some("keyvault_rbac::VaultsApi::update_vault"),
            AT_ONCE,
        ),
        CheckId::PermissionModel => by(
            Customer,
            "switch the vault to Azure roles, which ends all of its access policies at once, and give the role; or let the application get, wrapKey and unwrapKey by an access policy",
            Some(format!(
                "az keyvault update --name {vault} --enable-rbac-authorization true"
            )),
            Some("keyvault_rbac::VaultsApi::update_vault"),
            ROLE,
        ),
        CheckId::VaultNetwork => by(
            Customer,
            "let trusted Microsoft services bypass the vault's firewall, or open it to all networks",
            Some(format!(
                "az keyvault update --name {vault} --bypass AzureServices"
            )),
            None,
            HOUR,
        ),
        CheckId::Key => by(
            Customer,
            "recover the deleted key with all its versions",
            Some(format!("az keyvault key recover {key}")),
            Some("keyvault_rbac::KeysApi::recover_deleted_key"),
            HOUR,
        ),
        CheckId::KeyEnabled => by(
            Customer,
            "enable the key; rotate it only once the account is online again",
            Some(format!(
                "az keyvault key set-attributes {key} --enabled true"
            )),
            Some("keyvault_rbac::KeysApi::update_key"),
            HOUR,
        ),
        CheckId::KeyDates => by(
            Customer,
            "move the key's dates; rotate it only once the account is online again, since a revoked account follows no rotation",
            Some(format!(
                "az keyvault key set-attributes {key} --expires <date in the future>"
            )),
            Some("keyvault_rbac::KeysApi::update_key"),
            HOUR,
        ),
        CheckId::KeyExpiry => by(
            Customer,
            "rotate the key, or move its expiry, before that day; leave the old version enabled until the account has followed",
            Some(format!("az keyvault key rotate {key}")),
            Some("keyvault_rbac::KeysApi::rotate_key"),
            "the account follows a new version, usually within 1 hour; keep the old one enabled for 24 hours",
        ),
        CheckId::KeyType | CheckId::KeySize => by(
            Customer,
            "a key's type and size cannot be changed: make an RSA key of 3072 bits under another name, and send a new Grant",
            Some(format!(
                "az keyvault key create --vault-name {vault} --name <new name> --kty RSA --size 3072 --ops wrapKey unwrapKey"
            )),
            Some("cross_tenant_cmk::grant_access"),
            AT_ONCE,
        ),
        CheckId::KeyOperations => by(
            Customer,
            "allow the key to wrap and unwrap; no role helps here",
            Some(format!(
                "az keyvault key set-attributes {key} --ops wrapKey unwrapKey"
            )),
            Some("keyvault_rbac::KeysApi::update_key"),
            HOUR,
        ),
        CheckId::VersionInUse => by(
            Customer,
            "enable that version again; it must stay usable until the vault's log shows no more use by Cosmos DB",
            Some(format!(
                "az keyvault key set-attributes {key} --version {} --enabled true",
                or(&known.version, "<version>")
            )),
            Some("keyvault_rbac::KeysApi::update_key"),
            HOUR,
        ),
        CheckId::ProofToken => by(
            Provider,
            "run the proof where the managed identity can be reached, and check that the identity exists",
            Some(format!("az identity show --ids {identity}")),
            None,
            AT_ONCE,
        ),
        CheckId::ProofExchange => by(
            Provider,
            "compare identity, application and federated credential with the setup, and ask the customer whether the service principal is there and enabled",
            Some(format!(
                "az ad app federated-credential list --id {application}"
            )),
            Some("cross_tenant_cmk::diagnose (with the error)"),
            CREDENTIAL,
        ),
        CheckId::ProofRead | CheckId::ProofWrap | CheckId::ProofUnwrap => by(
            Customer,
            "give the service principal the role on the key, and see that the key is enabled, within its dates, and may wrap and unwrap",
            Some(format!("az keyvault key show {key}")),
            Some("cross_tenant_cmk::diagnose (with the error)"),
            ROLE,
        ),
    }
}
