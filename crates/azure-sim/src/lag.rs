//! How long Azure takes: the delays of one simulated Azure.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A delay between two bounds; where in between is drawn from the seed. What spreads over replicas draws for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "two bounds, and that is all")]
pub struct Span {
    /// The shortest.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
}

impl Span {
    /// No delay.
    pub const ZERO: Self = Self::secs(0, 0);

    /// Between so many seconds.
    #[must_use]
    pub const fn secs(min: u64, max: u64) -> Self {
        Self {
            min: Duration::from_secs(min),
            max: Duration::from_secs(max),
        }
    }
}

/// Every delay of the simulator. Plain data: start from one of the three profiles ([`strict`](Self::strict),
/// [`typical`](Self::typical), [`worst`](Self::worst)) and change what matters.
///
/// What is written reaches each of three replicas at a time of its own, and a request is answered by one of them, drawn
/// from the seed: a read may see it and the next one not, or see what was there before. What is written acts on what is,
/// whichever replica is asked. Once the longest delay has passed all of them agree. What
/// watches by itself, such as an account its key, counts a change when the last replica has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written with struct update"
)]
pub struct Lag {
    /// Until a replica of Microsoft Graph shows what was just written: a new object, a changed one as it is now, a deleted
    /// one no more.
    pub directory: Span,
    /// Until a replica abroad knows a new application, so that another tenant can make a service principal of it.
    pub application_abroad: Span,
    /// Until a node of the token endpoint knows a new service principal.
    pub principal_tokens: Span,
    /// Until a replica that Resource Manager asks finds a new principal.
    pub principal_arm: Span,
    /// Until a node of the token endpoint honours a new federated identity credential.
    pub federated_credential: Span,
    /// Until a node of Resource Manager or of a vault honours a new role assignment.
    pub role_assignment: Span,
    /// Until a node no longer honours a removed role assignment.
    pub role_removal: Span,
    /// Until a node of a vault honours changed access policies.
    pub access_policy: Span,
    /// Until a resource provider that is being registered is.
    pub provider_registration: Span,
    /// Until a deleted resource group is gone.
    pub group_delete: Span,
    /// Until the host of a new vault has an address.
    pub vault_dns: Span,
    /// Until a deleted or recovered key has settled.
    pub key_settle: Span,
    /// How long the creation of a managed HSM takes.
    pub hsm_create: Span,
    /// How long an update, deletion, recovery or purge of a managed HSM takes.
    pub hsm_change: Span,
    /// How long the creation of a Cosmos DB account takes.
    pub account_create: Span,
    /// How long an update of a Cosmos DB account takes.
    pub account_update: Span,
    /// How long the deletion of a Cosmos DB account takes.
    pub account_delete: Span,
    /// How long the name of a deleted Cosmos DB account stays taken.
    pub account_name: Span,
    /// Until an account whose key is out of reach is revoked.
    pub revoke: Span,
    /// Until a revoked account whose key is back in reach is healed.
    pub heal: Span,
    /// Until an account follows a new version of its key.
    pub key_rotation: Span,
}

impl Lag {
    /// An Azure that does everything at once: what was written is seen by the next read.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            directory: Span::ZERO,
            application_abroad: Span::ZERO,
            principal_tokens: Span::ZERO,
            principal_arm: Span::ZERO,
            federated_credential: Span::ZERO,
            role_assignment: Span::ZERO,
            role_removal: Span::ZERO,
            access_policy: Span::ZERO,
            provider_registration: Span::ZERO,
            group_delete: Span::ZERO,
            vault_dns: Span::ZERO,
            key_settle: Span::ZERO,
            hsm_create: Span::ZERO,
            hsm_change: Span::ZERO,
            account_create: Span::ZERO,
            account_update: Span::ZERO,
            account_delete: Span::ZERO,
            account_name: Span::ZERO,
            revoke: Span::ZERO,
            heal: Span::ZERO,
            key_rotation: Span::ZERO,
        }
    }

    /// An Azure on an ordinary day.
    #[must_use]
    pub const fn typical() -> Self {
        Self {
            // "articles speak of seconds": https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra
            directory: Span::secs(1, 8),
            application_abroad: Span::secs(5, 30),
            principal_tokens: Span::secs(5, 30),
            principal_arm: Span::secs(5, 30),
            // "a few seconds" to "several minutes":
            // https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
            federated_credential: Span::secs(10, 60),
            // Public modules sleep 60 to 120 s: https://github.com/hashicorp/terraform-provider-azurerm/issues/23927
            role_assignment: Span::secs(60, 120),
            role_removal: Span::secs(60, 120),
            // "may still yield 403: retry periodically", without a figure:
            // https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
            access_policy: Span::secs(5, 30),
            provider_registration: Span::secs(20, 60),
            group_delete: Span::secs(30, 90),
            vault_dns: Span::secs(10, 30),
            key_settle: Span::secs(5, 15),
            // Recorded: 514 to 975 seconds, and 122 to 216.
            hsm_create: Span::secs(510, 980),
            hsm_change: Span::secs(120, 220),
            account_create: Span::secs(90, 110),
            account_update: Span::secs(30, 60),
            account_delete: Span::secs(300, 400),
            // "minutes to hours", say those who met it.
            account_name: Span::secs(300, 900),
            // No figure is documented for a revocation.
            revoke: Span::secs(120, 600),
            heal: Span::secs(600, 3600),
            // "Usually under 1 hour": https://github.com/MicrosoftDocs/azure-docs/issues/55546
            key_rotation: Span::secs(600, 3600),
        }
    }

    /// An Azure on a bad day, at the limits that are documented or reported.
    #[must_use]
    pub const fn worst() -> Self {
        Self {
            directory: Span::secs(15, 60),
            application_abroad: Span::secs(60, 180),
            principal_tokens: Span::secs(60, 180),
            principal_arm: Span::secs(60, 180),
            federated_credential: Span::secs(180, 300),
            // "up to 10 minutes": https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
            role_assignment: Span::secs(540, 600),
            role_removal: Span::secs(540, 600),
            access_policy: Span::secs(120, 300),
            provider_registration: Span::secs(180, 300),
            group_delete: Span::secs(300, 600),
            vault_dns: Span::secs(60, 120),
            key_settle: Span::secs(30, 60),
            hsm_create: Span::secs(1200, 1800),
            hsm_change: Span::secs(300, 600),
            account_create: Span::secs(300, 600),
            account_update: Span::secs(120, 300),
            account_delete: Span::secs(600, 900),
            account_name: Span::secs(3600, 7200),
            revoke: Span::secs(300, 3600),
            // "up to 1 hour", and two for an address: https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide
            heal: Span::secs(3600, 7200),
            // The earlier version is in use no more "24 hours after":
            // https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys
            key_rotation: Span::secs(3600, 86_400),
        }
    }
}

impl Default for Lag {
    fn default() -> Self {
        Self::strict()
    }
}
