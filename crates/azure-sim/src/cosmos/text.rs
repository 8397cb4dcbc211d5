//! What Azure Cosmos DB says: the exact sentences of its troubleshooting guides and of observed answers.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an account can no longer reach its key. The sentences are those of `customerManagedKeyStatus`
/// (<https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide>, enum of api-version 2023-09-15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Revocation {
    /// 4000: no token for the default identity.
    NoToken,
    /// 4002: the key refuses the default identity.
    NotAuthorized,
    /// 4003: the key does not exist.
    KeyNotFound,
    /// 4005: wrap or unwrap fails, for instance because the version is gone.
    CannotUnwrap,
    /// 4009: the vault's host does not resolve.
    VaultNotResolved,
    /// 4015: `defaultIdentity` is undefined.
    UndefinedIdentity,
    /// 4016: network rules are in the way.
    Outbound,
    /// 4017: the vault does not exist.
    VaultNotFound,
    /// 4018: the key is disabled or expired.
    DisabledOrExpired,
}

impl Revocation {
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::NoToken => 4000,
            Self::NotAuthorized => 4002,
            Self::KeyNotFound => 4003,
            Self::CannotUnwrap => 4005,
            Self::VaultNotResolved => 4009,
            Self::UndefinedIdentity => 4015,
            Self::Outbound => 4016,
            Self::VaultNotFound => 4017,
            Self::DisabledOrExpired => 4018,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::NoToken => {
                "the Azure Cosmos DB service is unable to obtain the AAD authentication token for the account's default identity"
            }
            Self::NotAuthorized => {
                "the current default identity no longer has permission to the associated Key Vault key"
            }
            Self::KeyNotFound => "the correspondent key is not found on the specified Key Vault",
            Self::CannotUnwrap => "the Azure Cosmos DB service is unable to wrap or unwrap the key",
            Self::VaultNotResolved => {
                "the Azure Key Vault DNS name specified by the account's keyvaultkeyuri property could not be resolved"
            }
            Self::UndefinedIdentity => {
                "the Azure Cosmos DB account has an undefined default identity"
            }
            Self::Outbound => {
                "the access rules are blocking outbound requests to the Azure Key Vault service"
            }
            Self::VaultNotFound => "the correspondent Azure Key Vault was not found",
            Self::DisabledOrExpired => "the correspondent key is either disabled or expired",
        }
    }

    /// The part of the guide that the sentence links to. The network rules have none, so their sentence links to the page.
    const fn anchor(self) -> &'static str {
        match self {
            Self::NoToken => "#azure-active-directory-token-acquisition-error",
            Self::NotAuthorized => {
                "#default-identity-is-unauthorized-to-access-the-azure-key-vault-key"
            }
            Self::KeyNotFound | Self::VaultNotFound => "#azure-key-vault-resource-not-found",
            Self::CannotUnwrap => "#internal-unwrapping-procedure-error",
            Self::VaultNotResolved => "#unable-to-resolve-the-key-vaults-dns",
            Self::UndefinedIdentity => "#invalid-azure-cosmos-db-default-identity",
            Self::Outbound => "",
            Self::DisabledOrExpired => "#azure-key-disabled-or-expired",
        }
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Access to your account is currently revoked because {}; for more details about this error and how to restore \
             access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide{} ({}).",
            self.reason(),
            self.anchor(),
            self.code()
        )
    }
}

/// `customerManagedKeyStatus` of an account that reaches its key: recorded with a blank at the end.
pub(crate) const CONFIRMED: &str = "Access to the configured customer managed key confirmed. ";

/// 1.2 of <https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk>.
pub(crate) const CONTACTING_KEY_VAULT: &str =
    "Error contacting the Azure Key Vault resource. Please try again.";
/// 1.4
pub(crate) const KEY_URI_NOT_SUPPORTED: &str = "Updating KeyVaultKeyUri is not supported";
/// 1.5
pub(crate) const NO_UPDATE_WHILE_REVOKED: &str =
    "No Update is allowed on Database Account with Customer Managed Key in Revoked Status";
/// 1.6, the inner part.
pub(crate) const SYSTEM_ASSIGNED_AT_CREATION: &str = "Updating default identity not allowed. Cannot set SystemAssignedIdentity as the default identity during provision.";
/// 1.8
pub(crate) const FEDERATED_SYSTEM_ASSIGNED: &str = "Cross-tenant CMK is not supported with System Assigned identities as Default identities. Please use a User Assigned Identity instead.";
/// 1.9
pub(crate) const FEDERATED_FIRST_PARTY: &str = "Cross-tenant CMK is not supported with First Party identities as Default identities. Please use a User Assigned identity instead";
/// 3.2
pub(crate) const FIRST_PARTY_WITH_DEDICATED_STORAGE: &str = "Setting Non-FPI default identity is required for dedicated storage account features. Please set a valid System or User Assigned Identity to default and retry the request.";
/// 3.4
pub(crate) const ANALYTICS_STAY: &str =
    "EnableAnalyticalStorage cannot be disabled once it is enabled on an account.";
/// 3.5
pub(crate) const CONTINUOUS_STAYS: &str =
    "Continuous backup mode cannot be disabled once it is enabled on the account.";
/// 3.7
pub(crate) const CONTINUOUS_BESIDE_OTHERS: &str =
    "Cannot update continuous backup mode and other properties at the same time.";
/// 3.8
pub(crate) const CONTINUOUS_WITH_ANALYTICS: &str =
    "Continuous backup mode cannot be enabled together with Storage Analytics feature.";
/// 4.2
pub(crate) const CONTINUOUS_WITH_CASSANDRA: &str =
    "Continuous backup mode cannot be enabled together with Cassandra database account";
/// <https://github.com/Azure/azure-service-operator/issues/5560>
pub(crate) const KEY_BESIDE_OTHERS: &str =
    "Cannot update Customer Managed Key settings and other properties at the same time.";
/// <https://github.com/Azure/terraform-provider-azapi/issues/840>
pub(crate) const INVALID_IDENTITY_VALUES: &str = "The identity values are invalid. The 'UserAssignedIdentities' property keys should only be empty json objects, null or the resource existing property.";
/// No public text: that the service checks it is known from
/// <https://github.com/hashicorp/terraform-provider-azurerm/issues/28095>.
pub(crate) const IDENTITY_NOT_ON_ACCOUNT: &str =
    "The given default identity is not assigned to the database account.";

/// 1.3
pub(crate) fn invalid_key_uri(uri: &str) -> String {
    format!("Provided KeyVaultKeyUri {uri} is Invalid.")
}

/// 1.7
pub(crate) fn other_key_tenant(new: &str, old: &str) -> String {
    format!(
        "The tenant for the new Key Vault {new} does not match the one in the old Key Vault {old}. New Key Vaults must be on the same tenant as the old ones."
    )
}

/// <https://github.com/Azure/azure-cli/issues/28511>
pub(crate) fn invalid_default_identity(account: &str) -> String {
    format!(
        "The given default identity for {account} is not valid. The format for the default identity is not valid, please use 'FirstPartyIdentity'/'SystemAssignedIdentity'/'UserAssignedIdentity=<UA_resource_id>'"
    )
}

/// <https://github.com/OfficeDev/microsoft-teams-apps-callrecord-insights/issues/26>
pub(crate) fn dns_name_taken(account: &str) -> String {
    format!(
        "Dns record for {account} under zone Document is already taken. Please use a different name for the account."
    )
}

/// The text that operators of template deployments report; 412, not 409.
pub(crate) fn exclusive_lock(account: &str) -> String {
    format!(
        "There is already an operation in progress which requires exclusive lock on this service {account}. Please retry the operation after sometime."
    )
}

/// Azure Service Operator's DatabaseAccount extension waits on this text.
pub(crate) fn failed_provisioning_state(account: &str) -> String {
    format!(
        "DatabaseAccount {account} is in a failed provisioning state because the previous attempt to create it was not successful. Please delete the previous instance before attempting to recreate this account."
    )
}

/// How the error of an ended creation wraps what went wrong: on the wire with a blank before the colon.
pub(crate) fn creation_failed(operation: &str, inner: &str) -> String {
    format!("Database account creation failed. Operation Id: {operation}, Error : {inner}")
}

/// Every message of the service ends with the activity.
pub(crate) fn with_activity(message: &str, activity: &str) -> String {
    format!("{message}\r\nActivityId: {activity}, Microsoft.Azure.Documents.Common/2.14.0")
}

#[cfg(test)]
mod tests {
    use super::{Revocation, creation_failed};

    #[test]
    fn a_status_sentence_ends_with_its_code_in_parentheses() {
        assert_eq!(
            Revocation::KeyNotFound.to_string(),
            "Access to your account is currently revoked because the correspondent key is not found on the specified Key Vault; for more details about this error and how to restore access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide#azure-key-vault-resource-not-found (4003)."
        );
        assert!(
            Revocation::Outbound
                .to_string()
                .ends_with("/cmk-troubleshooting-guide (4016).")
        );
    }

    #[test]
    fn a_failed_creation_has_a_blank_before_the_colon() {
        assert_eq!(
            creation_failed("11111111-1111-4111-8111-111111111111", "x"),
            "Database account creation failed. Operation Id: 11111111-1111-4111-8111-111111111111, Error : x"
        );
    }
}
