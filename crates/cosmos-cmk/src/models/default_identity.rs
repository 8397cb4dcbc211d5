//! `defaultIdentity`: in whose name an account asks for its key, packed by the service into one string.

use super::is_managed_identity;
use cmk_core::{ClientId, ResourceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{convert::Infallible, fmt, str::FromStr};

/// In whose name an account asks for its key.
///
/// The service knows it as one string. Reading never fails: a form that this crate does not know is kept as it came and
/// written back unchanged. Ids of identities are compared without case, since the service changes their case.
///
/// ```
/// use cosmos_cmk::DefaultIdentity;
///
/// let text = "UserAssignedIdentity=/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/\
///     Microsoft.ManagedIdentity/userAssignedIdentities/id1&FederatedClientId=22222222-2222-4222-8222-222222222222";
/// let Ok(identity) = text.parse::<DefaultIdentity>();
/// assert!(matches!(identity, DefaultIdentity::Federated { .. }));
/// assert_eq!(identity.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DefaultIdentity {
    /// `FirstPartyIdentity`: Cosmos DB's own application in the account's tenant. The key must be in that tenant.
    FirstParty,
    /// `SystemAssignedIdentity`: the account's own identity. The key must be in the account's tenant.
    SystemAssigned,
    /// `UserAssignedIdentity=<id>`: a managed identity of the account. The key must be in the account's tenant.
    UserAssigned(ResourceId),
    /// `UserAssignedIdentity=<id>&FederatedClientId=<client id>`: a managed identity of the account, speaking for an
    /// application that the key's tenant knows. The only form that works across tenants.
    Federated {
        /// The managed identity.
        identity: ResourceId,
        /// The multitenant application.
        client_id: ClientId,
    },
    /// `Undefined`: the identity that was the default was removed from the account. It loses its key unless a valid one is set.
    Undefined,
    /// Empty, or missing: what the answer to a creation says that did not name one. The account becomes
    /// [`FirstParty`](Self::FirstParty).
    NotSent,
    /// Any other text, as the service wrote it.
    Other(String),
}

const FIRST_PARTY: &str = "FirstPartyIdentity";
const SYSTEM_ASSIGNED: &str = "SystemAssignedIdentity";
const USER_ASSIGNED: &str = "UserAssignedIdentity=";
const FEDERATED: &str = "&FederatedClientId=";
const UNDEFINED: &str = "Undefined";
/// Named in https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide, their form described nowhere.
const DELEGATED: [&str; 2] = [
    "DelegatedSystemAssignedIdentity",
    "DelegatedUserAssignedIdentity",
];

impl DefaultIdentity {
    /// The managed identity that it names.
    #[must_use]
    pub fn identity(&self) -> Option<&ResourceId> {
        match self {
            Self::UserAssigned(identity) | Self::Federated { identity, .. } => Some(identity),
            _ => None,
        }
    }

    /// The application that it speaks for in the key's tenant.
    #[must_use]
    pub fn client_id(&self) -> Option<ClientId> {
        match self {
            Self::Federated { client_id, .. } => Some(*client_id),
            _ => None,
        }
    }

    /// Why the service would not take it on an existing account, if that is known.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::FirstParty | Self::SystemAssigned => None,
            Self::UserAssigned(identity) | Self::Federated { identity, .. } => {
                (!is_managed_identity(identity)).then_some(
                    "default identity must name a user-assigned managed identity (Microsoft.ManagedIdentity/userAssignedIdentities)",
                )
            }
            Self::Undefined => Some("default identity Undefined can be read but not set"),
            Self::NotSent => Some(
                "default identity must not be empty: the account would fall back to FirstPartyIdentity",
            ),
            Self::Other(text) if text.to_lowercase().contains("federatedclientid") => Some(
                "default identity takes a FederatedClientId only behind a user-assigned managed identity",
            ),
            Self::Other(text) => (!DELEGATED.iter().any(|form| after(text, form).is_some()))
                .then_some("default identity has a form that the service does not know"),
        }
    }
}

/// What follows `prefix`, compared without case.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.get(..prefix.len())
        .filter(|start| start.eq_ignore_ascii_case(prefix))
        .and_then(|_| text.get(prefix.len()..))
}

fn known(text: &str) -> Option<DefaultIdentity> {
    if text.is_empty() {
        return Some(DefaultIdentity::NotSent);
    }
    for (word, identity) in [
        (FIRST_PARTY, DefaultIdentity::FirstParty),
        (SYSTEM_ASSIGNED, DefaultIdentity::SystemAssigned),
        (UNDEFINED, DefaultIdentity::Undefined),
    ] {
        if text.eq_ignore_ascii_case(word) {
            return Some(identity);
        }
    }
    let rest = after(text, USER_ASSIGNED)?;
    // An id holds no `&`, so the first one starts the suffix.
    let end = rest.find('&').unwrap_or(rest.len());
    let (identity, suffix) = rest.split_at_checked(end)?;
    let identity: ResourceId = identity.parse().ok()?;
    if suffix.is_empty() {
        return Some(DefaultIdentity::UserAssigned(identity));
    }
    let client_id = after(suffix, FEDERATED)?.parse().ok()?;
    Some(DefaultIdentity::Federated {
        identity,
        client_id,
    })
}

impl FromStr for DefaultIdentity {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(known(text).unwrap_or_else(|| Self::Other(text.to_owned())))
    }
}

impl From<&str> for DefaultIdentity {
    fn from(text: &str) -> Self {
        let Ok(identity) = text.parse();
        identity
    }
}

impl fmt::Display for DefaultIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstParty => f.write_str(FIRST_PARTY),
            Self::SystemAssigned => f.write_str(SYSTEM_ASSIGNED),
            Self::UserAssigned(identity) => write!(f, "{USER_ASSIGNED}{identity}"),
            Self::Federated {
                identity,
                client_id,
            } => write!(f, "{USER_ASSIGNED}{identity}{FEDERATED}{client_id}"),
            Self::Undefined => f.write_str(UNDEFINED),
            Self::NotSent => Ok(()),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Serialize for DefaultIdentity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DefaultIdentity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::DefaultIdentity;

    const IDENTITY: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1";
    const CLIENT: &str = "22222222-2222-4222-8222-222222222222";

    #[test]
    fn every_form_of_the_service_is_read() {
        let identity = || IDENTITY.parse().unwrap();
        for (text, expected) in [
            (String::new(), DefaultIdentity::NotSent),
            ("FirstPartyIdentity".into(), DefaultIdentity::FirstParty),
            (
                "SystemAssignedIdentity".into(),
                DefaultIdentity::SystemAssigned,
            ),
            ("Undefined".into(), DefaultIdentity::Undefined),
            (
                format!("UserAssignedIdentity={IDENTITY}"),
                DefaultIdentity::UserAssigned(identity()),
            ),
            (
                format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT}"),
                DefaultIdentity::Federated {
                    identity: identity(),
                    client_id: CLIENT.parse().unwrap(),
                },
            ),
        ] {
            assert_eq!(DefaultIdentity::from(text.as_str()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_written_back_unchanged() {
        for text in [
            "SystemAssignedIdentity&FederatedClientId=22222222-2222-4222-8222-222222222222",
            "FirstPartyIdentity&FederatedClientId=22222222-2222-4222-8222-222222222222",
            "SystemAssignedIdentity=subscriptions/x",
            "DelegatedUserAssignedIdentity=whatever",
            "UserAssignedIdentity=",
            "UserAssignedIdentity=/subscriptions/x&FederatedClientId=",
            " FirstPartyIdentity",
        ] {
            let identity = DefaultIdentity::from(text);
            assert_eq!(identity, DefaultIdentity::Other(text.to_owned()));
            assert_eq!(identity.to_string(), text);
        }
    }

    #[test]
    fn identities_are_compared_without_case() {
        let text = format!("UserAssignedIdentity={IDENTITY}");
        let shouted = text.replace("/rg/", "/RG/");
        assert_eq!(
            DefaultIdentity::from(text.as_str()),
            DefaultIdentity::from(shouted.as_str())
        );
    }

    #[test]
    fn what_azure_refuses_is_refused_before_it_is_sent() {
        let vault = IDENTITY.replace(
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            "Microsoft.KeyVault/vaults",
        );
        let refused = |text: &str| DefaultIdentity::from(text).refusal().is_some();
        assert!(refused(""));
        assert!(refused("Undefined"));
        assert!(refused("SystemAssignedIdentity&FederatedClientId=x"));
        assert!(refused("SystemAssignedIdentity=subscriptions/x"));
        assert!(refused(&format!("UserAssignedIdentity={vault}")));
        assert!(!refused(&format!("UserAssignedIdentity={IDENTITY}")));
        assert!(!refused("FirstPartyIdentity"));
        assert!(!refused("DelegatedUserAssignedIdentity=x"));
        assert!(!refused("delegatedSystemAssignedIdentity"));
    }
}
