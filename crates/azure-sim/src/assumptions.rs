//! What no source settles: named switches, so that a flow can be run with both answers.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Behaviour of Azure for which no source was found. The default is what seems likeliest. A file may hold it, too, and name
/// some members only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written with struct update"
)]
pub struct Assumptions {
    /// Whether a create-if-missing `PATCH` of Microsoft Graph finds an object that reads do not see yet. If not, it is
    /// refused as a duplicate while the object replicates.
    pub upsert_sees_fresh_objects: bool,
    /// What Microsoft Graph answers to a twenty-first federated identity credential: status and code.
    pub federated_credential_limit: (u16, Cow<'static, str>),
    /// Whether deleting a role assignment that is absent answers 204; if not, 404.
    pub absent_role_assignment_deletes: bool,
    /// Status of the refusal of a role assignment beyond the limit of a subscription; its code is documented.
    pub role_assignment_limit_status: u16,
    /// What the creation of a Cosmos DB account says where the role, the federated credential or the service principal
    /// is what is missing. Only a missing vault, key or application and a forgotten suffix are documented.
    pub account_creation_refusal: CreationRefusal,
    /// Whether a creation of a Cosmos DB account that fails on its key leaves the account behind, `Failed`, as one does that
    /// fails for want of capacity. If not, nothing of it stays.
    pub failed_creation_leaves_husk: bool,
    /// Whether Cosmos DB passes a firewall as a trusted service when it comes as an application of another tenant. If not, it
    /// is refused like any caller from an address that is not admitted.
    pub federated_application_is_trusted: bool,
    /// `provisioningState` of a Cosmos DB account that has lost its key.
    pub revoked_provisioning_state: Cow<'static, str>,
    /// Whether a request without a token gets the challenge of a vault or managed HSM whose firewall blocks its address. If
    /// not, it is refused for its address.
    pub challenge_passes_firewall: bool,
    /// Whether a vault's refusal by access policy has the inner code `ForbiddenByPolicy`; if not, it has `AccessDenied`. Both
    /// were seen with the same text.
    pub policy_refusal_is_forbidden_by_policy: bool,
    /// For how many seconds before and after its dates a key still does everything: documented as a few minutes at most.
    pub key_dates_leeway_seconds: u64,
    /// In which words a vault or managed HSM refuses what a key outside of its dates does not do.
    pub key_dates_refusal: DatesRefusal,
    /// Whether a list of Resource Manager or Microsoft Graph that has pages begins with an empty one.
    pub lists_begin_with_an_empty_page: bool,
    /// Whether another principal than the one that began a long-running operation may poll it. If not, the operation is not
    /// found.
    pub anybody_may_poll: bool,
    /// Whether an update that holds `identity` and `defaultIdentity` succeeds and changes nothing (Azure bug 2209567); if
    /// not, both are changed.
    pub identity_beside_default_is_ignored: bool,
}

/// How the creation of a Cosmos DB account words a refusal that no document words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two answers that a test runs with"
)]
pub enum CreationRefusal {
    /// `Error contacting the Azure Key Vault resource. Please try again.`, as for everything else that is missing.
    #[default]
    #[serde(alias = "TryAgain")]
    TryAgain,
    /// What Key Vault or the token endpoint said, as it is quoted for a firewall.
    #[serde(alias = "Quoted")]
    Quoted,
}

/// How a key outside of its dates is refused: no source has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the two answers that a test runs with"
)]
pub enum DatesRefusal {
    /// As a disabled key is, without an inner code.
    #[default]
    LikeDisabled,
    /// As an expired secret is reported to be (<https://github.com/Azure/AzureKeyVault/issues/19>), with an inner code.
    LikeSecret,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            upsert_sees_fresh_objects: true,
            federated_credential_limit: (400, Cow::Borrowed("Request_BadRequest")),
            absent_role_assignment_deletes: true,
            role_assignment_limit_status: 400,
            account_creation_refusal: CreationRefusal::TryAgain,
            failed_creation_leaves_husk: true,
            federated_application_is_trusted: true,
            revoked_provisioning_state: Cow::Borrowed("Succeeded"),
            challenge_passes_firewall: true,
            policy_refusal_is_forbidden_by_policy: false,
            key_dates_leeway_seconds: 300,
            key_dates_refusal: DatesRefusal::LikeDisabled,
            lists_begin_with_an_empty_page: false,
            anybody_may_poll: false,
            identity_beside_default_is_ignored: true,
        }
    }
}

#[cfg(test)]
mod tests;
