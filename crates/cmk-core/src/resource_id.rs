//! Names and ids of Resource Manager: locations, resource groups, resources, scopes. Compared without case, as Azure does.

use crate::SubscriptionId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A text that is no name, id or scope of Resource Manager.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}, got {got:?}")]
pub struct InvalidResource {
    what: &'static str,
    problem: String,
    got: String,
}

impl InvalidResource {
    /// A refusal of `got`: `{what} {problem}, got {got:?}`, cut where it is long.
    #[must_use]
    pub fn new(what: &'static str, problem: impl Into<String>, got: &str) -> Self {
        Self {
            what,
            problem: problem.into(),
            got: got.chars().take(128).collect(),
        }
    }
}

/// Longest id that is read: far above what Azure makes, far below what hurts.
const MAX_ID_LENGTH: usize = 2_048;

/// The name of a resource group: 1 to 90 letters, digits, `_`, `-`, `.`, `(`, `)`, not ending with a period.
///
/// [Naming rules](https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules)
#[derive(Debug, Clone)]
pub struct ResourceGroupName(String);

impl ResourceGroupName {
    /// The name as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResourceGroupName {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let refuse =
            |problem: &str| Err(InvalidResource::new("resource group name", problem, text));
        if text.is_empty() || text.chars().count() > 90 {
            return refuse("must have 1 to 90 characters");
        }
        if !text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.()".contains(c))
        {
            return refuse("may hold letters, digits, '_', '-', '.', '(' and ')' only");
        }
        if text.ends_with('.') {
            return refuse("must not end with a period");
        }
        Ok(Self(text.to_owned()))
    }
}

/// A region of Azure in its programmatic form (`eastus2`); display names (`East US 2`) are folded into it.
#[derive(Debug, Clone)]
pub struct Location(String);

impl Location {
    /// The programmatic name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Location {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let folded: String = text
            .chars()
            .filter(|c| *c != ' ')
            .flat_map(char::to_lowercase)
            .collect();
        if folded.is_empty()
            || folded.len() > 64
            || !folded.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return Err(InvalidResource::new(
                "location",
                "must be a region of letters and digits, such as eastus2",
                text,
            ));
        }
        Ok(Self(folded))
    }
}

/// The id of a resource:
/// `/subscriptions/{id}/resourceGroups/{name}/providers/{namespace}/{type}/{name}`, with further type and name pairs for children.
///
/// ```
/// use cmk_core::ResourceId;
///
/// let id: ResourceId = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/Microsoft.KeyVault/vaults/v1".parse()?;
/// assert_eq!(id.name(), "v1");
/// assert_eq!(id.resource_type(), "Microsoft.KeyVault/vaults");
/// let same: ResourceId = id.to_string().to_uppercase().replace("SUBSCRIPTIONS", "subscriptions").parse()?;
/// assert_eq!(id, same);
/// # Ok::<(), cmk_core::InvalidResource>(())
/// ```
#[derive(Debug, Clone)]
pub struct ResourceId {
    subscription: SubscriptionId,
    group: ResourceGroupName,
    namespace: String,
    segments: Vec<(String, String)>,
}

impl ResourceId {
    /// An id from its parts. `resource_type` is `Namespace/type`.
    ///
    /// # Errors
    /// [`InvalidResource`] if the type or the name has a character that no id holds.
    pub fn new(
        subscription: SubscriptionId,
        group: &ResourceGroupName,
        resource_type: &str,
        name: &str,
    ) -> Result<Self, InvalidResource> {
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{resource_type}/{name}"
        )
        .parse()
    }

    /// The id of a child resource, such as a key of a vault.
    ///
    /// # Errors
    /// [`InvalidResource`] if the type or the name has a character that no id holds.
    pub fn child(&self, child_type: &str, name: &str) -> Result<Self, InvalidResource> {
        format!("{self}/{child_type}/{name}").parse()
    }

    /// The subscription.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        self.subscription
    }

    /// The resource group.
    #[must_use]
    pub fn resource_group(&self) -> &ResourceGroupName {
        &self.group
    }

    /// The namespace of the resource provider, such as `Microsoft.KeyVault`.
    #[must_use]
    pub fn provider_namespace(&self) -> &str {
        &self.namespace
    }

    /// The full type, such as `Microsoft.KeyVault/vaults/keys`.
    #[must_use]
    pub fn resource_type(&self) -> String {
        self.segments
            .iter()
            .fold(self.namespace.clone(), |all, (kind, _)| all + "/" + kind)
    }

    /// Whether the type is `resource_type`, compared without case.
    #[must_use]
    pub fn is_of_type(&self, resource_type: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(resource_type)
    }

    /// The name of the resource: the last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.segments.last().map_or("", |(_, name)| name)
    }

    /// The id of the resource that this one is a child of.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.segments.split_last()?;
        (!above.is_empty()).then(|| Self {
            segments: above.to_vec(),
            ..self.clone()
        })
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subscription,
            group,
            namespace,
            ..
        } = self;
        write!(
            f,
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}"
        )?;
        self.segments
            .iter()
            .try_for_each(|(kind, name)| write!(f, "/{kind}/{name}"))
    }
}

impl FromStr for ResourceId {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let refuse = |problem: &str| InvalidResource::new("resource id", problem, text);
        if text.len() > MAX_ID_LENGTH {
            return Err(refuse("is too long"));
        }
        let mut parts = text
            .strip_prefix('/')
            .ok_or_else(|| refuse("must start with a slash"))?
            .split('/');
        let mut keyword = |word: &str| {
            parts
                .next()
                .filter(|part| part.eq_ignore_ascii_case(word))
                .and_then(|_| parts.next())
        };
        let subscription = keyword("subscriptions")
            .ok_or_else(|| refuse("must start with /subscriptions/{id}"))?
            .parse()
            .map_err(|_| refuse("must hold a subscription id"))?;
        let group = keyword("resourceGroups")
            .ok_or_else(|| refuse("must name a resource group"))?
            .parse()
            .map_err(|_| refuse("must hold a valid resource group name"))?;
        let namespace = keyword("providers").ok_or_else(|| refuse("must name a provider"))?;
        let rest: Vec<&str> = parts.collect();
        let (pairs, odd) = rest.as_chunks::<2>();
        if pairs.is_empty() || !odd.is_empty() {
            return Err(refuse("must end with pairs of type and name"));
        }
        if !std::iter::once(&namespace)
            .chain(rest.iter())
            .all(|segment| is_segment(segment))
        {
            return Err(refuse(
                "has an empty segment or a character that no id holds",
            ));
        }
        Ok(Self {
            subscription,
            group,
            namespace: namespace.to_owned(),
            segments: pairs
                .iter()
                .map(|[kind, name]| ((*kind).to_owned(), (*name).to_owned()))
                .collect(),
        })
    }
}

/// Whether Azure could use this between two slashes. Stricter than Azure where a character would change the meaning of a
/// URL or of a `defaultIdentity` string that carries the id.
fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment.len() <= 260
        && segment
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.()".contains(c))
}

/// Where a role is given or looked up: a subscription, a resource group or a resource.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Scope {
    /// A whole subscription.
    Subscription(SubscriptionId),
    /// A resource group.
    ResourceGroup(SubscriptionId, ResourceGroupName),
    /// One resource, such as a vault or a key.
    Resource(ResourceId),
}

impl Scope {
    /// The subscription that the scope lies in.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        match self {
            Self::Subscription(id) | Self::ResourceGroup(id, _) => *id,
            Self::Resource(id) => id.subscription(),
        }
    }

    /// Whether a role given at this scope holds at `other` too.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        let (above, below) = (folded(self), folded(other));
        below == above || below.starts_with(&(above + "/"))
    }
}

impl From<ResourceId> for Scope {
    fn from(id: ResourceId) -> Self {
        Self::Resource(id)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subscription(id) => write!(f, "/subscriptions/{id}"),
            Self::ResourceGroup(id, group) => {
                write!(f, "/subscriptions/{id}/resourceGroups/{group}")
            }
            Self::Resource(id) => id.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            ["", word, id] if word.eq_ignore_ascii_case("subscriptions") => id
                .parse()
                .map(Self::Subscription)
                .map_err(|_| InvalidResource::new("scope", "must hold a subscription id", text)),
            ["", word, id, groups, group]
                if word.eq_ignore_ascii_case("subscriptions")
                    && groups.eq_ignore_ascii_case("resourceGroups") =>
            {
                let id = id.parse().map_err(|_| {
                    InvalidResource::new("scope", "must hold a subscription id", text)
                })?;
                Ok(Self::ResourceGroup(id, group.parse()?))
            }
            _ => text.parse().map(Self::Resource),
        }
    }
}

fn folded(value: &impl fmt::Display) -> String {
    value.to_string().to_lowercase()
}

/// Equality and hashing without case, and serde through text, for what Azure compares without case.
macro_rules! caseless_text {
    ($($name:ident),*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                folded(self) == folded(other)
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                folded(self).hash(state);
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
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
caseless_text!(ResourceGroupName, Location, ResourceId, Scope);

impl fmt::Display for ResourceGroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, ResourceGroupName, ResourceId, Scope};

    const VAULT: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1";

    #[test]
    fn ids_are_compared_without_case() {
        let a: ResourceId = VAULT.parse().unwrap();
        let b: ResourceId = VAULT
            .replace("resourceGroups/rg", "resourcegroups/RG")
            .parse()
            .unwrap();
        assert_eq!(a, b);
    }

    #[test]
    fn a_key_is_the_child_of_its_vault() {
        let vault: ResourceId = VAULT.parse().unwrap();
        let key = vault.child("keys", "k1").unwrap();
        assert_eq!(key.to_string(), format!("{VAULT}/keys/k1"));
        assert_eq!(key.resource_type(), "Microsoft.KeyVault/vaults/keys");
        assert_eq!(key.parent(), Some(vault.clone()));
        assert_eq!(vault.parent(), None);
    }

    #[test]
    fn what_would_change_a_url_or_a_default_identity_is_refused() {
        for end in [
            "v1/",
            "",
            "v1?x=y",
            "v1#f",
            "a%2Fb",
            "..",
            "v1&FederatedClientId=x",
            "v1/keys",
            "v 1",
        ] {
            let text = VAULT.replace("v1", end);
            assert!(text.parse::<ResourceId>().is_err(), "{text} was taken");
        }
        assert!("x".repeat(10_000).parse::<ResourceId>().is_err());
    }

    #[test]
    fn a_scope_contains_what_lies_under_it_and_no_namesake() {
        let vault: Scope = VAULT.parse().unwrap();
        let key: Scope = format!("{VAULT}/keys/k1").parse().unwrap();
        let namesake: Scope = format!("{VAULT}0").parse().unwrap();
        let group: Scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/RG"
            .parse()
            .unwrap();
        assert!(vault.contains(&key) && group.contains(&key) && vault.contains(&vault));
        assert!(!vault.contains(&namesake) && !key.contains(&vault));
    }

    #[test]
    fn a_display_name_is_the_same_location() {
        let location: Location = "East US 2".parse().unwrap();
        assert_eq!(location.as_str(), "eastus2");
        assert!("".parse::<Location>().is_err());
    }

    #[test]
    fn group_names_follow_azures_rules() {
        assert!("rg-1_(a).b".parse::<ResourceGroupName>().is_ok());
        for bad in ["", "ends.", "a b", "a/b", &"x".repeat(91)] {
            assert!(bad.parse::<ResourceGroupName>().is_err(), "{bad} was taken");
        }
    }
}
