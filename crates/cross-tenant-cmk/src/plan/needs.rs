//! What the writes of the steps take: permissions, and time.

use crate::{report::Phase, steps::StepId};
use cmk_core::Scope;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// One of the two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Party {
    /// The provider's credential.
    Provider,
    /// The customer's credential.
    Customer,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Provider => "provider",
            Self::Customer => "customer",
        })
    }
}

impl Phase {
    /// Who runs it.
    #[must_use]
    pub fn party(self) -> Party {
        match self {
            Self::CustomerGrant => Party::Customer,
            Self::ProviderSetup | Self::EncryptedAccount => Party::Provider,
        }
    }
}

/// A permission that a step takes, and who must hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Need {
    /// The action of Azure's role-based access control, or the permission of Microsoft Graph.
    pub permission: String,
    /// Who must hold it.
    pub held_by: Party,
    /// Where: the directory, or the scope in Resource Manager at or above which it is held.
    pub at: String,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} needs {} at {}",
            self.held_by, self.permission, self.at
        )
    }
}

/// How long the write of a step takes until the next one can build on it, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Takes {
    /// On an ordinary day.
    pub usually_seconds: u64,
    /// On a bad day, as documented or reported.
    pub at_most_seconds: u64,
}

impl Takes {
    pub(crate) const NOTHING: Self = Self::seconds(0, 0);

    const fn seconds(usually_seconds: u64, at_most_seconds: u64) -> Self {
        Self {
            usually_seconds,
            at_most_seconds,
        }
    }

    /// On an ordinary day.
    #[must_use]
    pub fn usually(self) -> Duration {
        Duration::from_secs(self.usually_seconds)
    }

    /// On a bad day, as documented or reported.
    #[must_use]
    pub fn at_most(self) -> Duration {
        Duration::from_secs(self.at_most_seconds)
    }

    pub(crate) fn then(self, next: Self) -> Self {
        Self::seconds(
            self.usually_seconds.saturating_add(next.usually_seconds),
            self.at_most_seconds.saturating_add(next.at_most_seconds),
        )
    }

    pub(crate) fn beside(self, other: Self) -> Self {
        Self::seconds(
            self.usually_seconds.max(other.usually_seconds),
            self.at_most_seconds.max(other.at_most_seconds),
        )
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, at most {}",
            Told(self.usually_seconds),
            Told(self.at_most_seconds)
        )
    }
}

/// Seconds as people say them.
struct Told(u64);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds < 120 => write!(f, "{seconds} s"),
            seconds => write!(f, "{} min", seconds.div_ceil(60)),
        }
    }
}

/// Where the permissions of a step are held.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At<'a> {
    /// In the party's directory.
    Directory,
    /// In Resource Manager.
    Scope(&'a Scope),
    /// For an account: in Resource Manager, at its group, and at the managed identity that it gets, once that is known.
    Account(&'a Scope, Option<&'a Scope>),
    /// In the data plane of this vault: the role that is given before covers it.
    DataPlane(&'a Scope),
}

/// What giving an identity to an account takes, on the identity
/// (<https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-assign-app-role-managed-identity>).
pub(crate) const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

impl StepId {
    /// The permissions that its write takes, as Microsoft's reference of each operation names them.
    pub(crate) fn permissions(self, phase: Phase) -> &'static [&'static str] {
        match self {
            Self::ResourceProvider => match phase {
                Phase::ProviderSetup => &["Microsoft.ManagedIdentity/register/action"],
                Phase::CustomerGrant => &["Microsoft.KeyVault/register/action"],
                Phase::EncryptedAccount => &["Microsoft.DocumentDB/register/action"],
            },
            Self::ResourceGroup => &["Microsoft.Resources/subscriptions/resourceGroups/write"],
            Self::Application => {
                &["Application.ReadWrite.OwnedBy, or the role Application Developer"]
            }
            Self::FederatedCredential => {
                &["Application.ReadWrite.OwnedBy, or to own the application"]
            }
            Self::ManagedIdentity => &["Microsoft.ManagedIdentity/userAssignedIdentities/write"],
            Self::AdmitApplication => {
                &["Application.ReadWrite.All, or the role Cloud Application Administrator"]
            }
            Self::Vault => &["Microsoft.KeyVault/vaults/write"],
            Self::KeyCreatorRole | Self::KeyRole => {
                &["Microsoft.Authorization/roleAssignments/write"]
            }
            Self::Key => &["Microsoft.KeyVault/vaults/keys/write"],
            // Beside it, on the identity: `ASSIGN`.
            Self::Account => &["Microsoft.DocumentDB/databaseAccounts/write"],
            Self::Subscription
            | Self::Setup
            | Self::KeyTenant
            | Self::KeyBinding
            | Self::KeyProof => &[],
        }
    }

    /// How long its write takes until the next step can build on it.
    pub(crate) fn takes(self) -> Takes {
        match self {
            // "articles speak of seconds": https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra
            Self::Application => Takes::seconds(8, 60),
            Self::AdmitApplication => Takes::seconds(30, 180),
            // "a few seconds" to "several minutes":
            // https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
            Self::FederatedCredential => Takes::seconds(60, 300),
            // "up to 10 minutes": https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
            Self::KeyCreatorRole | Self::KeyRole => Takes::seconds(120, 600),
            Self::ResourceProvider => Takes::seconds(60, 300),
            Self::ResourceGroup | Self::ManagedIdentity | Self::Key => Takes::seconds(5, 60),
            Self::Vault => Takes::seconds(30, 120),
            // Recorded creations took about 100 s; with several regions more.
            Self::Account => Takes::seconds(110, 600),
            Self::Subscription
            | Self::Setup
            | Self::KeyTenant
            | Self::KeyBinding
            | Self::KeyProof => Takes::NOTHING,
        }
    }

    /// The steps of the same phase that must have ended before it begins.
    pub(crate) fn follows(self, phase: Phase) -> &'static [Self] {
        match self {
            Self::Subscription => &[],
            Self::Application
            | Self::AdmitApplication
            | Self::Setup
            | Self::KeyTenant
            | Self::KeyBinding => &[Self::Subscription],
            Self::ResourceProvider | Self::ResourceGroup => match phase {
                Phase::EncryptedAccount => &[Self::KeyProof],
                Phase::ProviderSetup | Phase::CustomerGrant => &[Self::Subscription],
            },
            Self::ManagedIdentity | Self::Vault => &[Self::ResourceProvider, Self::ResourceGroup],
            Self::FederatedCredential => &[Self::Application, Self::ManagedIdentity],
            Self::KeyCreatorRole => &[Self::Vault],
            Self::Key => &[Self::KeyCreatorRole],
            Self::KeyRole => &[Self::AdmitApplication, Self::Key],
            Self::KeyProof => &[Self::Setup, Self::KeyTenant, Self::KeyBinding],
            Self::Account => &[Self::ResourceProvider, Self::ResourceGroup],
        }
    }
}
