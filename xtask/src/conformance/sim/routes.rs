//! Which recorded requests are of which family, and which the simulator models.

use crate::conformance::address::{
    Address,
    Host::{self, Arm, Graph, ManagedHsm, Vault},
    Parts,
};
use std::fmt;

/// Requests of one form. The first that fits has an exchange.
pub(super) struct Route {
    pub(super) family: &'static str,
    host: Host,
    /// Empty: any.
    methods: &'static [&'static str],
    template: &'static str,
    pub(super) what: What,
}

/// What becomes of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The simulator models it.
    Modelled(Kind),
    /// It does not.
    Skipped(Reason),
}

/// What a request is about, and so what must be there before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Nothing,
    Group,
    Identity,
    Identities,
    Vault,
    Vaults,
    DeletedVault,
    DeletedVaults,
    /// A managed HSM.
    Pool,
    Pools,
    DeletedPool,
    DeletedPools,
    Key,
    Keys,
    DeletedKey,
    DeletedKeys,
    /// Local roles of a managed HSM.
    Local,
    Account,
    Accounts,
    AccountName,
    RoleAssignment,
    RoleAssignments,
    Applications,
    Application,
    Credential,
    Principals,
    Principal,
    /// Objects of the directory, of any kind.
    Objects,
    /// A poll of an operation.
    Poll(Operation),
}

/// What a poll asks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    GroupDeletion,
    VaultPurge,
    PoolWrite,
    AccountWrite,
}

/// Why an exchange is not replayed. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The simulator answers 501 to it, which is checked.
    NotModelled,
    /// A service of Azure broke down: no request implies that.
    Outage,
    /// It makes an account out of another's backup, or is about such an account.
    Restore,
    /// Groups of people are not modelled: a role is given to one.
    Group,
    /// It shows the managed identity of a service that is not modelled.
    ServiceIdentity,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotModelled => "not modelled",
            Self::Outage => "outage",
            Self::Restore => "restore",
            Self::Group => "group",
            Self::ServiceIdentity => "identity of another service",
        })
    }
}

/// The families in the order of the table.
pub(super) const FAMILIES: [&str; 12] = [
    "arm-rg",
    "arm-msi",
    "arm-kv",
    "arm-role-assignment",
    "arm-role-definition",
    "arm-cosmos",
    "kv-keys",
    "hsm",
    "graph-applications",
    "graph-fic",
    "graph-sp",
    "graph-other",
];

const fn on(
    family: &'static str,
    host: Host,
    methods: &'static [&'static str],
    template: &'static str,
    kind: Kind,
) -> Route {
    Route {
        family,
        host,
        methods,
        template,
        what: What::Modelled(kind),
    }
}

const fn not(
    family: &'static str,
    host: Host,
    methods: &'static [&'static str],
    template: &'static str,
    reason: Reason,
) -> Route {
    Route {
        family,
        host,
        methods,
        template,
        what: What::Skipped(reason),
    }
}

const ANY: &[&str] = &[];
const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const ONE: &[&str] = &["GET", "PATCH", "DELETE"];

// One line a route, as a table.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    // Role assignments and definitions stand at the end of any path, so they come first.
    on("arm-role-assignment", Arm, GET, "/{*scope}/providers/Microsoft.Authorization/roleAssignments", Kind::RoleAssignments),
    on("arm-role-assignment", Arm, &["GET", "PUT", "DELETE"], "/{*scope}/providers/Microsoft.Authorization/roleAssignments/{name}", Kind::RoleAssignment),
    on("arm-role-definition", Arm, GET, "/{*scope}/providers/Microsoft.Authorization/roleDefinitions", Kind::Nothing),
    on("arm-role-definition", Arm, GET, "/{*scope}/providers/Microsoft.Authorization/roleDefinitions/{name}", Kind::Nothing),
    not("arm-role-definition", Arm, &["PUT", "DELETE"], "/{*scope}/providers/Microsoft.Authorization/roleDefinitions/{name}", Reason::NotModelled),
    on("arm-rg", Arm, &["GET", "PUT", "HEAD", "PATCH", "DELETE"], "/subscriptions/{s}/resourceGroups/{group}", Kind::Group),
    on("arm-rg", Arm, GET, "/subscriptions/{s}/operationresults/{id}", Kind::Poll(Operation::GroupDeletion)),
    on("arm-msi", Arm, &["GET", "PUT", "DELETE"], "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}", Kind::Identity),
    on("arm-msi", Arm, GET, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities", Kind::Identities),
    on("arm-msi", Arm, GET, "/subscriptions/{s}/providers/Microsoft.ManagedIdentity/userAssignedIdentities", Kind::Identities),
    // The recordings make the identity of each credential themselves.
    on("arm-msi", Arm, ANY, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}/federatedIdentityCredentials", Kind::Nothing),
    on("arm-msi", Arm, ANY, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}/federatedIdentityCredentials/{credential}", Kind::Nothing),
    not("arm-msi", Arm, ANY, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}/{*child}", Reason::NotModelled),
    not("arm-msi", Arm, GET, "/providers/Microsoft.ManagedIdentity/operations", Reason::NotModelled),
    on("arm-kv", Arm, &["GET", "PUT", "PATCH", "DELETE"], "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}", Kind::Vault),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults", Kind::Vaults),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/vaults", Kind::Vaults),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/deletedVaults", Kind::DeletedVaults),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}", Kind::DeletedVault),
    on("arm-kv", Arm, POST, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}/purge", Kind::DeletedVault),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/operationResults/{id}", Kind::Poll(Operation::VaultPurge)),
    not("arm-kv", Arm, ANY, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}/{*child}", Reason::NotModelled),
    on("arm-kv", Arm, &["GET", "PUT", "PATCH", "DELETE"], "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs/{name}", Kind::Pool),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs", Kind::Pools),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/managedHSMs", Kind::Pools),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/deletedManagedHSMs", Kind::DeletedPools),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{name}", Kind::DeletedPool),
    on("arm-kv", Arm, POST, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{name}/purge", Kind::DeletedPool),
    on("arm-kv", Arm, GET, "/subscriptions/{s}/providers/Microsoft.KeyVault/locations/{location}/managedHsmOperationResults/{id}", Kind::Poll(Operation::PoolWrite)),
    on("arm-kv", Arm, POST, "/subscriptions/{s}/providers/Microsoft.KeyVault/checkMhsmNameAvailability", Kind::Nothing),
    // Private endpoints.
    not("arm-kv", Arm, ANY, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.KeyVault/managedHSMs/{name}/{*child}", Reason::NotModelled),
    on("arm-cosmos", Arm, &["GET", "PUT", "PATCH", "DELETE"], "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}", Kind::Account),
    on("arm-cosmos", Arm, GET, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts", Kind::Accounts),
    on("arm-cosmos", Arm, &["HEAD"], "/providers/Microsoft.DocumentDB/databaseAccountNames/{name}", Kind::AccountName),
    on("arm-cosmos", Arm, GET, "/subscriptions/{s}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{id}", Kind::Poll(Operation::AccountWrite)),
    not("arm-cosmos", Arm, POST, "/subscriptions/{s}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}/failoverPriorityChange", Reason::NotModelled),
    on("kv-keys", Vault, GET, "/keys", Kind::Keys),
    on("kv-keys", Vault, GET, "/keys/{key}/versions", Kind::Key),
    on("kv-keys", Vault, &["GET", "PUT"], "/keys/{key}/rotationpolicy", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/{key}/create", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/{key}/rotate", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/{key}/backup", Kind::Key),
    on("kv-keys", Vault, &["PUT"], "/keys/{key}", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/{key}/{version}/sign", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/{key}/{version}/decrypt", Kind::Key),
    on("kv-keys", Vault, POST, "/keys/restore", Kind::Keys),
    on("kv-keys", Vault, ONE, "/keys/{key}", Kind::Key),
    on("kv-keys", Vault, ONE, "/keys/{key}/{version}", Kind::Key),
    on("kv-keys", Vault, &["GET", "DELETE"], "/deletedkeys/{key}", Kind::DeletedKey),
    on("kv-keys", Vault, POST, "/deletedkeys/{key}/recover", Kind::DeletedKey),
    // Local roles stand at the end of `/`, `/keys` and `/keys/{name}`.
    on("hsm", ManagedHsm, GET, "/providers/Microsoft.Authorization/roleDefinitions", Kind::Local),
    on("hsm", ManagedHsm, GET, "/{*scope}/providers/Microsoft.Authorization/roleDefinitions", Kind::Local),
    on("hsm", ManagedHsm, GET, "/providers/Microsoft.Authorization/roleAssignments", Kind::Local),
    on("hsm", ManagedHsm, GET, "/{*scope}/providers/Microsoft.Authorization/roleAssignments", Kind::Local),
    on("hsm", ManagedHsm, &["PUT", "DELETE"], "/providers/Microsoft.Authorization/roleAssignments/{name}", Kind::Local),
    on("hsm", ManagedHsm, &["PUT", "DELETE"], "/{*scope}/providers/Microsoft.Authorization/roleAssignments/{name}", Kind::Local),
    on("hsm", ManagedHsm, GET, "/keys", Kind::Keys),
    on("hsm", ManagedHsm, GET, "/keys/{key}/versions", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/create", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/encrypt", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/decrypt", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/{version}/encrypt", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/{version}/decrypt", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/{key}/backup", Kind::Key),
    on("hsm", ManagedHsm, POST, "/keys/restore", Kind::Keys),
    on("hsm", ManagedHsm, &["PUT"], "/keys/{key}", Kind::Key),
    on("hsm", ManagedHsm, ONE, "/keys/{key}", Kind::Key),
    on("hsm", ManagedHsm, ONE, "/keys/{key}/{version}", Kind::Key),
    on("hsm", ManagedHsm, GET, "/deletedkeys", Kind::DeletedKeys),
    on("hsm", ManagedHsm, &["GET", "DELETE"], "/deletedkeys/{key}", Kind::DeletedKey),
    on("hsm", ManagedHsm, POST, "/deletedkeys/{key}/recover", Kind::DeletedKey),
    on("graph-fic", Graph, ANY, "/v1.0/applications/{id}/federatedIdentityCredentials", Kind::Credential),
    on("graph-fic", Graph, ANY, "/v1.0/applications/{id}/federatedIdentityCredentials/{name}", Kind::Credential),
    on("graph-applications", Graph, &["GET", "POST"], "/v1.0/applications", Kind::Applications),
    on("graph-applications", Graph, ONE, "/v1.0/applications/{id}", Kind::Application),
    on("graph-applications", Graph, POST, "/v1.0/applications/{id}/addPassword", Kind::Application),
    on("graph-applications", Graph, POST, "/v1.0/applications/{id}/removePassword", Kind::Application),
    not("graph-applications", Graph, ANY, "/v1.0/applications/{id}/{*child}", Reason::NotModelled),
    on("graph-sp", Graph, &["GET", "POST"], "/v1.0/servicePrincipals", Kind::Principals),
    on("graph-sp", Graph, ONE, "/v1.0/servicePrincipals/{id}", Kind::Principal),
    on("graph-sp", Graph, POST, "/v1.0/servicePrincipals/{id}/addPassword", Kind::Principal),
    on("graph-sp", Graph, POST, "/v1.0/servicePrincipals/{id}/removePassword", Kind::Principal),
    not("graph-sp", Graph, ANY, "/v1.0/servicePrincipals/{id}/{*child}", Reason::NotModelled),
    on("graph-other", Graph, GET, "/v1.0/me", Kind::Nothing),
    on("graph-other", Graph, POST, "/v1.0/directoryObjects/getByIds", Kind::Objects),
    not("graph-other", Graph, ANY, "/v1.0/{*rest}", Reason::NotModelled),
];

/// The route of an exchange.
pub(super) fn route(address: &Address, method: &str) -> Option<(&'static Route, Parts)> {
    ROUTES.iter().find_map(|route| {
        let fits = Some(route.host) == address.host
            && (route.methods.is_empty() || route.methods.contains(&method));
        let parts = fits.then(|| address.matches(route.template)).flatten()?;
        Some((route, parts))
    })
}
