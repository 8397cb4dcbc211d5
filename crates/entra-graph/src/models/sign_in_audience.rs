//! Who may sign in to an application.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{convert::Infallible, fmt, str::FromStr};

/// Who may sign in to an application, and so in which tenants it can have a service principal.
///
/// [Values](https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation)
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInAudience {
    /// Its own tenant only. What Microsoft Graph takes where nothing is sent.
    AzureAdMyOrg,
    /// Any tenant of Microsoft Entra ID: what cross-tenant keys need.
    AzureAdMultipleOrgs,
    /// Any tenant, and personal accounts. Not in national clouds.
    AzureAdAndPersonalMicrosoftAccount,
    /// Personal accounts only. Not in national clouds.
    PersonalMicrosoftAccount,
    /// A word that this version does not know.
    Unknown(String),
}

impl SignInAudience {
    /// Microsoft's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AzureAdMyOrg => "AzureADMyOrg",
            Self::AzureAdMultipleOrgs => "AzureADMultipleOrgs",
            Self::AzureAdAndPersonalMicrosoftAccount => "AzureADandPersonalMicrosoftAccount",
            Self::PersonalMicrosoftAccount => "PersonalMicrosoftAccount",
            Self::Unknown(word) => word,
        }
    }

    /// The longest display name that goes with it.
    pub(crate) fn longest_display_name(&self) -> usize {
        match self {
            Self::AzureAdAndPersonalMicrosoftAccount | Self::PersonalMicrosoftAccount => 90,
            _ => 120,
        }
    }
}

impl From<&str> for SignInAudience {
    fn from(word: &str) -> Self {
        [
            Self::AzureAdMyOrg,
            Self::AzureAdMultipleOrgs,
            Self::AzureAdAndPersonalMicrosoftAccount,
            Self::PersonalMicrosoftAccount,
        ]
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(word))
        .unwrap_or_else(|| Self::Unknown(word.to_owned()))
    }
}

impl FromStr for SignInAudience {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word.into())
    }
}

impl fmt::Display for SignInAudience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SignInAudience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SignInAudience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|word| word.as_str().into())
    }
}
