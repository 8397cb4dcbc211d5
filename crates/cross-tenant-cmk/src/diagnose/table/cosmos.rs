//! Messages of Cosmos DB: control plane, data plane, other features, leftovers.

use super::{Cause, Entry, Pattern};
use crate::{
    diagnose::Waiting::{self, Heals, Never},
    verify::{AT_ONCE, Actor, CheckId, MINUTES},
};

const GUIDE: &str = "https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk";
const REVOKE: &str = "https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide";
const OPERATOR: &str = "https://github.com/Azure/azure-service-operator";
const EXISTING: &str = "https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys-existing-accounts";

const CALLER: &[Cause] = &[Cause::By(Actor::Caller)];
const PROVIDER: &[Cause] = &[Cause::By(Actor::Provider)];
const NOBODY: &[Cause] = &[Cause::By(Actor::Nobody)];
const DEFAULT_IDENTITY: &[Cause] = &[Cause::Link(CheckId::DefaultIdentity)];
/// The revoke checklist of the guide, in its order, with the links of the token chain that it does not list.
const CHECKLIST: &[Cause] = &[
    Cause::Act(
        Actor::Provider,
        "read the account, not the data plane: its customerManagedKeyStatus says whether the key is the cause, and which link (az cosmosdb show --query customerManagedKeyStatus)",
        AT_ONCE,
    ),
    Cause::Link(CheckId::KeyStatus),
];

const fn row(
    text: &'static str,
    meaning: &'static str,
    waiting: Waiting,
    causes: &'static [Cause],
    source: &'static str,
) -> Entry {
    Entry::new(Pattern::Text(text), meaning, waiting, causes, source)
}

pub(in crate::diagnose) const ENTRIES: &[Entry] = &[
    // Section 1 of the guide: creating and changing.
    row("caller was ignored because bypass is set to None", "the vault's firewall is on and trusted services do not bypass it: Cosmos DB cannot reach the key", Never, &[Cause::Link(CheckId::VaultNetwork)], GUIDE),
    row(
        "Error contacting the Azure Key Vault resource",
        "Cosmos DB did not get to the key. Documented causes: the default identity lacks &FederatedClientId=, so that it looks in its own tenant; vault or key do not exist; the application is gone. Whether a role or credential that has not spread yet says the same is not documented: one more try is worth it if one was made less than ten minutes ago, once what the failed creation left is deleted",
        Never,
        &[
            Cause::Link(CheckId::DefaultIdentity),
            Cause::Link(CheckId::Vault),
            Cause::Link(CheckId::Key),
            Cause::Link(CheckId::Application),
            Cause::Link(CheckId::ServicePrincipal),
            Cause::Link(CheckId::PrincipalEnabled),
            Cause::Link(CheckId::Audience),
            Cause::Link(CheckId::FederatedCredential),
            Cause::Link(CheckId::KeyRole),
        ],
        GUIDE,
    )
    .lies("it is a 503 that says \"Please try again\", and trying again never heals any of its documented causes"),
    row("Provided KeyVaultKeyUri", "the key URI is malformed: it is https://{vault}/keys/{name}, without version and without trailing slash", Never, CALLER, GUIDE),
    row("Updating KeyVaultKeyUri is not supported", "a customer-managed key cannot be turned off; with an api-version before 2019-12-12 it cannot be set either", Never, CALLER, GUIDE),
    row("No Update is allowed on Database Account with Customer Managed Key in Revoked Status", "the account has lost its key: until it has it back only its identities and default identity can be changed, and it can be deleted", Never, CHECKLIST, GUIDE),
    row("Cannot set SystemAssignedIdentity as the default identity during provision", "an account cannot be created with its own identity as default: use a user-assigned one", Never, DEFAULT_IDENTITY, GUIDE),
    row("New Key Vaults must be on the same tenant as the old ones", "an account is bound for life to the tenant of its first key: another customer tenant needs another account", Never, PROVIDER, GUIDE),
    row("Cross-tenant CMK is not supported with System Assigned identities", "across tenants only a user-assigned identity with &FederatedClientId= works", Never, DEFAULT_IDENTITY, GUIDE),
    row("Cross-tenant CMK is not supported with First Party identities", "across tenants only a user-assigned identity with &FederatedClientId= works", Never, DEFAULT_IDENTITY, GUIDE),
    row("The format for the default identity is not valid", "the default identity is not of the form UserAssignedIdentity=<id>&FederatedClientId=<client id>; the id starts with a slash", Never, DEFAULT_IDENTITY, "https://github.com/Azure/azure-cli/issues/28511")
        .lies("the forms that it lists leave &FederatedClientId= out, which is taken all the same"),
    row("is not assigned to the database account", "the identity must be on the account before it becomes the default identity", Never, &[Cause::Link(CheckId::AccountIdentity)], "https://github.com/hashicorp/terraform-provider-azurerm/issues/28095"),
    row("Database account creation failed", "the creation failed; the reason stands behind the words Error :, and is none that is known", Never,
        &[Cause::Act(Actor::Provider, "delete what the failed creation left, wait until it is gone, and look at the chain before creating again", MINUTES)], GUIDE)
        .wraps(),
    // Section 2: the data plane of a revoked account.
    row("Request is blocked due to Customer Managed Key not being accessible", "the account has lost its key", Never, CHECKLIST, GUIDE)
        .wraps(),
    row(r#"{"readyState":4,"responseText":"","status":401,"statusText":"error"}"#, "a Cassandra account that has lost its key answers so, and other refusals do too", Never, CHECKLIST, GUIDE)
        .lies("it does not name the key: only the account does"),
    row("An exception occurred while opening a connection to the server", "a MongoDB account that has lost its key answers so, and other faults do too", Never, CHECKLIST, GUIDE)
        .lies("it is a 500 that does not name the key: only the account does"),
    row("Request timed out.", "an account that has lost its key answers so to changes of collections and documents, and a busy one does too", Never, CHECKLIST, GUIDE)
        .lies("it is a 408 that does not name the key: only the account does"),
    // Section 3: together with other features.
    row("Continuous backup mode and multiple write locations cannot be enabled together", "the two features exclude each other", Never, CALLER, GUIDE),
    row("Setting Non-FPI default identity is required for dedicated storage account features", "continuous backup, analytical storage and change feed need a managed identity as default identity first", Never, DEFAULT_IDENTITY, GUIDE),
    row("Customer Managed Key enablement on an existing", "set a managed identity as default identity before the key; if it is still refused, only a new account can have both", Never, PROVIDER, GUIDE),
    row("EnableAnalyticalStorage cannot be disabled once it is enabled", "this cannot be turned off again", Never, CALLER, GUIDE),
    row("Continuous backup mode cannot be disabled once it is enabled", "this cannot be turned off again", Never, CALLER, GUIDE),
    row("EnableMaterializedViews cannot be disabled once it is enabled", "this cannot be turned off again", Never, CALLER, GUIDE),
    row("Cannot update continuous backup mode and other properties at the same time", "change the backup policy in a request of its own", Never, CALLER, GUIDE),
    row("Continuous backup mode cannot be enabled together with Storage Analytics feature", "create the account with continuous backup, and enable analytical storage afterwards", Never, CALLER, GUIDE),
    row("Customer Managed Key and Full Fidelity Change Feed cannot be enabled together", "the two features exclude each other", Never, CALLER, GUIDE),
    row("Cannot enable Materialized View when continuous backup mode is already enabled", "the two features exclude each other", Never, CALLER, GUIDE),
    row("Cannot enable continuous backup mode when Materialized View is already enabled", "the two features exclude each other", Never, CALLER, GUIDE),
    row("Cannot enable full fidelity change feed when materialized view is already enabled", "the two features exclude each other", Never, CALLER, GUIDE),
    // Sections 4 and 5: kinds of accounts, Synapse.
    row("MaterializedViews is not supported on this account type", "materialized views are for NoSQL and Cassandra accounts", Never, CALLER, GUIDE),
    row("Continuous backup mode cannot be enabled together with Cassandra database account", "this kind of account has no continuous backup beside a customer-managed key", Never, CALLER, GUIDE),
    row("Continuous backup mode cannot be enabled together with Gremlin V1 enabled database account", "this kind of account has no continuous backup beside a customer-managed key", Never, CALLER, GUIDE),
    row("Continuous backup mode cannot be enabled together with table enabled database account", "this kind of account has no continuous backup beside a customer-managed key", Never, CALLER, GUIDE),
    row("The key vault key is not found to unwrap the encryption key", "the account's dedicated storage has lost the key, and the account with it", Never, CHECKLIST, GUIDE)
        .lies("it speaks of a key that is not found also where the rights on it are gone"),
    // Names of the classes of errors in the guide on revocation, as people quote them.
    row("is unauthorized to access the Azure Key Vault key", "as status 4002: the application's service principal may not use the key", Never,
        &[Cause::Link(CheckId::KeyRole), Cause::Link(CheckId::PermissionModel), Cause::Link(CheckId::KeyEnabled), Cause::Link(CheckId::KeyDates)], REVOKE)
        .wraps(),
    row("Token Acquisition error", "as status 4000: no token for the default identity", Never,
        &[Cause::Link(CheckId::IdentityUnchanged), Cause::Link(CheckId::FederatedCredential), Cause::Link(CheckId::Application), Cause::Link(CheckId::Audience), Cause::Link(CheckId::ServicePrincipal), Cause::Link(CheckId::PrincipalEnabled)], REVOKE)
        .wraps(),
    row("Azure Key Vault Resource not found", "as status 4003 or 4017: vault or key are gone", Never, &[Cause::Link(CheckId::Vault), Cause::Link(CheckId::Key)], REVOKE)
        .wraps(),
    row("Customer Managed Key does not exist", "as status 4003 or 4017: vault or key are gone", Never, &[Cause::Link(CheckId::Vault), Cause::Link(CheckId::Key)], REVOKE)
        .wraps(),
    row("Azure key Disabled or expired", "as status 4018: the key is disabled or has expired", Never, &[Cause::Link(CheckId::KeyEnabled), Cause::Link(CheckId::KeyDates), Cause::Link(CheckId::Key)], REVOKE)
        .wraps(),
    row("Invalid Azure Cosmos DB default identity", "as status 4015: no valid default identity", Never, &[Cause::Link(CheckId::DefaultIdentity), Cause::Link(CheckId::AccountIdentity)], REVOKE)
        .wraps(),
    row("Improper Syntax Detected on the Key Vault URI Property", "as status 4006: the stored key URI is malformed", Never, &[Cause::Link(CheckId::AccountKey)], REVOKE)
        .wraps(),
    row("Internal unwrapping procedure error", "as status 4005: unwrapping failed", Never, &[Cause::Link(CheckId::VersionInUse), Cause::Link(CheckId::KeyOperations), Cause::Link(CheckId::Key), Cause::Link(CheckId::Vault)], REVOKE)
        .wraps(),
    row("Unable to Resolve the Key Vault's DNS", "as status 4009: the vault's host does not resolve", Waiting::HealsIfRecent, &[Cause::Link(CheckId::Vault)], REVOKE)
        .wraps(),
    // An existing account that is being encrypted.
    row("Unexpected error on document scan for CMK Migration", "the scan was throttled: raise the throughput for a while, or use the scanner", Heals, PROVIDER, EXISTING),
    // One write at a time; names; leftovers; capacity.
    row("requires exclusive lock", "another operation is under way on the account", Heals, NOBODY, "https://github.com/hashicorp/terraform-provider-azurerm/issues/15842")
        .lies("it is a 412, and heals by itself"),
    row("requires an exclusive lock", "another operation is under way on the account", Heals, NOBODY, "https://github.com/hashicorp/terraform-provider-azurerm/issues/15842")
        .lies("it is a 412, and heals by itself"),
    row("under zone Document is already taken", "the name is taken somewhere in the world, or was until a while ago: choose another", Never, CALLER, "https://github.com/OfficeDev/microsoft-teams-apps-callrecord-insights/issues/26"),
    row("currently experiencing high demand", "the region has no capacity for this subscription: another region, or a request for quota", Never,
        &[Cause::By(Actor::Provider), Cause::Act(Actor::Microsoft, "open a support request for access to the region", "as support says")], OPERATOR)
        .lies("it is a 503, and trying again does not help"),
    row("is in a failed provisioning state because the previous attempt to create it was not successful", "a failed creation left something behind: delete it, wait until it is gone, then create again", Never, &[Cause::Link(CheckId::AccountAtRest)], OPERATOR),
    row("Cannot update Customer Managed Key settings and other properties at the same time", "change the key URI in a request of its own: identity and default identity each in another, before it", Never, CALLER, "https://github.com/Azure/azure-service-operator/issues/5560")
        .lies("the mere presence of identity or defaultIdentity counts as a change, even if it is the same"),
    Entry::new(Pattern::Code("InvalidIdentityValues"), "send an empty object or null for each identity, not what a read returned", Never, CALLER, "https://github.com/Azure/terraform-provider-azapi/issues/840"),
    row("Request url is invalid.", "seen once on a creation; its cause is not established: read the account before writing again", Never, CALLER, "https://github.com/Azure/azure-cli/issues/17206"),
    row("The gateway did not receive a response from", "Resource Manager gave up waiting: the service may have done it; read before writing again", Heals, CALLER, "https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations"),
    row("The request timed out. Diagnostic information", "Resource Manager gave up waiting: the service may have done it; read before writing again", Heals, CALLER, "https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations"),
];
