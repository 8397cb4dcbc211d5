//! `defaultIdentity`: which identity of a Cosmos DB account reaches the key, as one string.

/// The forms that Azure Cosmos DB reads
/// (<https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide>; the wrong form is refused with the text of
/// <https://github.com/Azure/azure-cli/issues/28511>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DefaultIdentity {
    /// `FirstPartyIdentity`, also what an account has that never said anything.
    FirstParty { federated: Option<String> },
    /// `SystemAssignedIdentity`.
    SystemAssigned { federated: Option<String> },
    /// `UserAssignedIdentity=<resource id>`.
    UserAssigned {
        id: String,
        federated: Option<String>,
    },
    /// `Delegated…`: documented by name only, kept as it came, never a way to a key here.
    Delegated,
    /// `Undefined`: what is left when the identity that was the default is removed.
    Undefined,
}

impl DefaultIdentity {
    /// Reads a value that is stored on an account or sent to it. `None`: the format is not valid.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::FirstParty { federated: None });
        }
        if text == "Undefined" {
            return Some(Self::Undefined);
        }
        if text.starts_with("DelegatedSystemAssignedIdentity")
            || text.starts_with("DelegatedUserAssignedIdentity")
        {
            return Some(Self::Delegated);
        }
        let (kind, federated) = match text.split_once('&') {
            None => (text, None),
            Some((kind, suffix)) => {
                let client = suffix.strip_prefix("FederatedClientId=")?;
                uuid::Uuid::try_parse(client).ok()?;
                (kind, Some(client.to_lowercase()))
            }
        };
        match kind {
            "FirstPartyIdentity" => Some(Self::FirstParty { federated }),
            "SystemAssignedIdentity" => Some(Self::SystemAssigned { federated }),
            _ => {
                let id = kind.strip_prefix("UserAssignedIdentity=")?;
                // Without the leading slash the service refuses it (https://github.com/MicrosoftDocs/azure-docs/issues/123121).
                if !id.to_lowercase().starts_with("/subscriptions/") {
                    return None;
                }
                Some(Self::UserAssigned {
                    id: id.to_owned(),
                    federated,
                })
            }
        }
    }

    /// The application whose service principal in the other tenant holds the key.
    pub(crate) fn federated_client(&self) -> Option<&str> {
        match self {
            Self::FirstParty { federated }
            | Self::SystemAssigned { federated }
            | Self::UserAssigned { federated, .. } => federated.as_deref(),
            Self::Delegated | Self::Undefined => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DefaultIdentity;

    const ID: &str = "/subscriptions/s/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
    const CLIENT: &str = "11111111-1111-4111-8111-111111111111";

    #[test]
    fn the_federated_form_names_identity_and_application() {
        let text = format!("UserAssignedIdentity={ID}&FederatedClientId={CLIENT}");
        let parsed = DefaultIdentity::parse(&text).unwrap();
        assert_eq!(parsed.federated_client(), Some(CLIENT));
        assert_eq!(
            parsed,
            DefaultIdentity::UserAssigned {
                id: ID.to_owned(),
                federated: Some(CLIENT.to_owned())
            }
        );
    }

    #[test]
    fn a_suffix_on_the_other_forms_is_read_so_that_it_can_be_refused_by_rule() {
        let system = DefaultIdentity::parse(&format!(
            "SystemAssignedIdentity&FederatedClientId={CLIENT}"
        ));
        assert_eq!(
            system.unwrap(),
            DefaultIdentity::SystemAssigned {
                federated: Some(CLIENT.to_owned())
            }
        );
    }

    #[test]
    fn other_formats_are_not_valid() {
        for text in [
            "SystemAssignedIdentity=subscriptions/x",
            "UserAssignedIdentity=subscriptions/x",
            "UserAssignedIdentity",
            "firstPartyIdentity",
            "SystemAssignedIdentity&FederatedClientId=nobody",
        ] {
            assert_eq!(DefaultIdentity::parse(text), None, "{text}");
        }
    }
}
