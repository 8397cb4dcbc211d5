//! What the errors of Cosmos DB's resource provider mean, as data.
//!
//! A creation fails in two ways: refused at once, with an HTTP status, or minutes later as a failed operation, which has a code and a
//! text and no status. So the rows here match by text, which is the same both ways.

use cmk_core::{Hint, Kind, Rule};

const GUIDE: &str = "https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk";
const REVOKE_GUIDE: &str = "https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide";
const OPERATOR: &str = "https://github.com/Azure/azure-service-operator";

/// Refused for good: another request is needed.
const fn refused(text: &'static str) -> Rule {
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .text(text)
        .source(GUIDE)
}

/// The vault's own refusal, which the service hands on as text inside its own, or whole.
const fn firewall() -> Rule {
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .help("the vault's firewall shuts Cosmos DB out: the customer must let trusted Microsoft services bypass it, or open the vault to all networks")
        .source(GUIDE)
}

/// What may not have spread yet, and what is missing if it has.
const fn spreading(text: &'static str, help: &'static str) -> Rule {
    Rule::new(Kind::Forbidden, Hint::Propagation)
        .text(text)
        .help(help)
        .source(GUIDE)
}

/// The beginning of the text with which a creation or change fails that did not get to its key, whatever the reason.
///
/// [`RULES`] calls it final, since the documented reasons are. Whether a role or credential that has not spread yet gives it too is not
/// documented: who made one of them minutes ago may try once more, after deleting what the failed creation left.
pub const KEY_VAULT_UNREACHABLE: &str = "Error contacting the Azure Key Vault resource";

const ROLE_MISSING: &str = "the application's service principal in the customer's tenant may not use the key: a role given less than ten minutes ago may not have spread, else the customer must assign Key Vault Crypto Service Encryption User on the key to it";
const PRINCIPAL_MISSING: &str = "the application has no service principal in the customer's tenant, or it was made minutes ago: the customer must admit the application";
const CREDENTIAL_MISSING: &str = "the application has no federated identity credential that fits the managed identity, or it was made minutes ago: compare its issuer, subject and audience";

/// Cosmos DB's rules. They stand before Resource Manager's own.
///
/// ```
/// use cmk_core::ServiceError;
/// use cosmos_cmk::{Hint, RULES, Rule};
///
/// // A 503 that says "try again", and does not mean it.
/// let error = ServiceError::new("ServiceUnavailable", "Error contacting the Azure Key Vault resource. Please try again.");
/// let rule = Rule::first_match(&[RULES], "create_account", Some(503), &error);
/// assert_eq!(rule.map(Rule::hint), Some(Hint::Permanent));
/// ```
pub const RULES: &[Rule] = &[
    // The account's way to the key.
    firewall().text("caller was ignored because bypass is set to None"),
    firewall().text("ForbiddenByFirewall"),
    firewall().inner_code("ForbiddenByFirewall"),
    firewall().text("ForbiddenByConnection"),
    firewall().inner_code("ForbiddenByConnection"),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .text(KEY_VAULT_UNREACHABLE)
        .help("trying again does not help by itself: the vault or key does not exist as seen from the tenant, or the default identity lacks &FederatedClientId=, or the application is gone. Whether a role or credential that has not spread yet says the same is not documented: if one was made less than ten minutes ago, one more try is worth it, once the account that the failed creation left is deleted")
        .source(GUIDE),
    // The other side's own words, should the service hand them on: what was made a moment ago may not have spread.
    spreading("ForbiddenByRbac", ROLE_MISSING),
    Rule::new(Kind::Forbidden, Hint::Propagation)
        .inner_code("ForbiddenByRbac")
        .help(ROLE_MISSING)
        .source(GUIDE),
    // With the colon, since one number can be the beginning of another that means something else.
    spreading("AADSTS700016:", PRINCIPAL_MISSING),
    spreading("AADSTS7000229:", PRINCIPAL_MISSING),
    spreading("AADSTS70021:", CREDENTIAL_MISSING),
    spreading("AADSTS700211:", CREDENTIAL_MISSING),
    spreading("AADSTS700212:", CREDENTIAL_MISSING),
    spreading("AADSTS700213:", CREDENTIAL_MISSING),
    spreading("AADSTS70025:", CREDENTIAL_MISSING),
    refused("Provided KeyVaultKeyUri")
        .help("give the key's URI without version and without trailing slash: https://{vault}/keys/{name}"),
    refused("Updating KeyVaultKeyUri is not supported")
        .help("a customer-managed key cannot be turned off; with an api-version before 2019-12-12 it cannot be set either"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .text("No Update is allowed on Database Account with Customer Managed Key in Revoked Status")
        .source(GUIDE)
        .help("the account has lost its key: give it access again and wait up to an hour; until then only its identities can be changed, and it can be deleted"),
    refused("Cannot set SystemAssignedIdentity as the default identity during provision")
        .help("create the account with a user-assigned identity"),
    refused("New Key Vaults must be on the same tenant as the old ones")
        .help("an account is bound to the tenant of its first key: another customer tenant needs another account"),
    refused("Cross-tenant CMK is not supported with System Assigned identities")
        .help("use a user-assigned identity with &FederatedClientId="),
    refused("Cross-tenant CMK is not supported with First Party identities")
        .help("use a user-assigned identity with &FederatedClientId="),
    refused("Cannot update Customer Managed Key settings and other properties at the same time")
        .help("change the key alone: identity and default identity each in a request of their own, before it")
        .source("https://github.com/Azure/azure-service-operator/issues/5560"),
    refused("The format for the default identity is not valid")
        .help("write FirstPartyIdentity, SystemAssignedIdentity or UserAssignedIdentity=<id>, the last with &FederatedClientId=<client id> across tenants")
        .source("https://github.com/Azure/azure-cli/issues/28511"),
    Rule::new(Kind::InvalidRequest, Hint::Permanent)
        .code("InvalidIdentityValues")
        .help("send an empty object or null for each identity, not what a read returned")
        .source("https://github.com/Azure/terraform-provider-azapi/issues/840"),
    // Revoked, as a read or an operation says it.
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .text("Access to your account is currently revoked")
        .help("the account has lost its key; the number at the end of the text is the cause")
        .source(REVOKE_GUIDE),
    Rule::new(Kind::Forbidden, Hint::NeedsPermission)
        .text("Request is blocked due to Customer Managed Key not being accessible")
        .help("the account has lost its key: read its customerManagedKeyStatus for the cause")
        .source(GUIDE),
    // Other features beside a customer-managed key.
    refused("Setting Non-FPI default identity is required for dedicated storage account features")
        .help("set a user-assigned default identity first"),
    refused("Customer Managed Key enablement on an existing")
        .help("set a managed identity as default identity before the key; if it is still refused, only a new account can have both"),
    refused("Continuous backup mode and multiple write locations cannot be enabled together").help(EXCLUSIVE),
    refused("EnableAnalyticalStorage cannot be disabled once it is enabled").help(ONE_WAY),
    refused("Continuous backup mode cannot be disabled once it is enabled").help(ONE_WAY),
    refused("EnableMaterializedViews cannot be disabled once it is enabled").help(ONE_WAY),
    refused("Cannot update continuous backup mode and other properties at the same time")
        .help("change the backup policy in a request of its own"),
    refused("Continuous backup mode cannot be enabled together with Storage Analytics feature")
        .help("create the account with continuous backup, and enable analytical storage afterwards"),
    refused("Continuous backup mode cannot be enabled together with")
        .help("create the account without the other feature"),
    refused("Customer Managed Key and Full Fidelity Change Feed cannot be enabled together").help(EXCLUSIVE),
    refused("Cannot enable Materialized View when continuous backup mode is already enabled").help(EXCLUSIVE),
    refused("Cannot enable continuous backup mode when Materialized View is already enabled").help(EXCLUSIVE),
    refused("Cannot enable full fidelity change feed when materialized view is already enabled").help(EXCLUSIVE),
    refused("MaterializedViews is not supported on this account type")
        .help("materialized views are for NoSQL and Cassandra accounts"),
    Rule::new(Kind::Other, Hint::Transient { after: None })
        .text("Unexpected error on document scan for CMK Migration")
        .help("the scan was throttled: raise the throughput for a while, or use the scanner")
        .source("https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys-existing-accounts"),
    // One write at a time.
    Rule::new(Kind::Conflict, Hint::Busy)
        .text("requires exclusive lock")
        .help("another operation is under way on the account: it is waited for")
        .source("https://github.com/hashicorp/terraform-provider-azurerm/issues/15842"),
    Rule::new(Kind::Conflict, Hint::Busy)
        .text("requires an exclusive lock")
        .help("another operation is under way on the account: it is waited for")
        .source("https://github.com/hashicorp/terraform-provider-azurerm/issues/15842"),
    // Names and leftovers.
    Rule::new(Kind::Conflict, Hint::Permanent)
        .text("Dns record for")
        .help("the name is taken somewhere in the world, or was until a while ago: choose another")
        .source("https://github.com/OfficeDev/microsoft-teams-apps-callrecord-insights/issues/26"),
    Rule::new(Kind::Conflict, Hint::Permanent)
        .text("is in a failed provisioning state because the previous attempt to create it was not successful")
        .help("delete what the failed creation left, wait until it is gone, then create again")
        .source(OPERATOR),
    // Capacity: as final as it gets, whatever the status says.
    Rule::new(Kind::Other, Hint::Permanent)
        .text("currently experiencing high demand")
        .help("the region has no capacity for this subscription: choose another region, or ask support for quota")
        .source(OPERATOR),
];

const ONE_WAY: &str = "this feature cannot be switched off again";
const EXCLUSIVE: &str = "the two features cannot be had together: leave one out";

#[cfg(test)]
mod tests;
