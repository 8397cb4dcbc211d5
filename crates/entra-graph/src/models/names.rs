//! Names that callers choose, checked before anything is sent.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A text that is no name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}, got {got:?}")]
pub struct InvalidName {
    what: &'static str,
    problem: &'static str,
    got: String,
}

impl InvalidName {
    fn new(what: &'static str, problem: &'static str, got: &str) -> Self {
        Self {
            what,
            problem,
            got: got.chars().take(128).collect(),
        }
    }
}

/// The `uniqueName` of an application: the key that its owner chooses, unique in the tenant and never changed again.
///
/// 1 to 120 letters, digits and hyphens. Microsoft documents no rule for it; this one fits every URL as it is.
///
/// ```
/// use entra_graph::UniqueName;
///
/// let name: UniqueName = "cmk-contoso-prod".parse()?;
/// assert_eq!(name.as_str(), "cmk-contoso-prod");
/// assert!("it's".parse::<UniqueName>().is_err());
/// # Ok::<(), entra_graph::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueName(String);

impl FromStr for UniqueName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const WHAT: &str = "unique name";
        if text.is_empty() || text.len() > 120 {
            return Err(InvalidName::new(
                WHAT,
                "must have 1 to 120 characters",
                text,
            ));
        }
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(InvalidName::new(
                WHAT,
                "may hold letters, digits and '-' only",
                text,
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of a federated identity credential of an application: 3 to 120 letters, digits, `-` and `_`, the first one a
/// letter or a digit. Never changed again.
///
/// [Rules](https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FederatedCredentialName(String);

impl FromStr for FederatedCredentialName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_name("federated credential name", text, 120, TO_120).map(Self)
    }
}

/// The name of a user-assigned managed identity: 3 to 128 letters, digits, `-` and `_`, the first one a letter or a digit.
/// Compared without case, as Resource Manager does.
///
/// [Rules](https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmanagedidentity)
#[derive(Debug, Clone)]
pub struct IdentityName(String);

impl FromStr for IdentityName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_name("managed identity name", text, 128, TO_128).map(Self)
    }
}

/// A domain that a tenant has verified, such as `contoso.com` or `contoso.onmicrosoft.com`: labels of letters, digits and
/// hyphens, two at least. Kept in lower case; a name in another alphabet is given in its `xn--` form.
///
/// ```
/// use entra_graph::DomainName;
///
/// assert_eq!("Contoso.com".parse::<DomainName>()?.as_str(), "contoso.com");
/// assert!("organizations".parse::<DomainName>().is_err());
/// # Ok::<(), entra_graph::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl FromStr for DomainName {
    type Err = InvalidName;

    // https://datatracker.ietf.org/doc/html/rfc1123#section-2.1
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() > 253 || !text.contains('.') || !text.split('.').all(is_label) {
            return Err(InvalidName::new(
                "domain name",
                "must be labels of letters, digits and '-', separated by periods",
                text,
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

impl PartialEq for IdentityName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for IdentityName {}

impl Hash for IdentityName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

const TO_120: &str = "must have 3 to 120 characters";
const TO_128: &str = "must have 3 to 128 characters";

/// The rule that federated credentials and identities share but for the longest length.
fn check_name(
    what: &'static str,
    text: &str,
    longest: usize,
    length_problem: &'static str,
) -> Result<String, InvalidName> {
    if text.len() < 3 || text.len() > longest {
        return Err(InvalidName::new(what, length_problem, text));
    }
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Err(InvalidName::new(
            what,
            "must start with a letter or a digit",
            text,
        ));
    }
    if !text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        return Err(InvalidName::new(
            what,
            "may hold letters, digits, '-' and '_' only",
            text,
        ));
    }
    Ok(text.to_owned())
}

macro_rules! text_forms {
    ($($name:ident)*) => {$(
        impl $name {
            /// The name as given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
text_forms!(UniqueName FederatedCredentialName IdentityName DomainName);
