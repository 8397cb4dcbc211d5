//! GUIDs that mean something: one type per kind, so that two ids cannot change places.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};
use uuid::Uuid;

/// A GUID of one kind. Written as the bare GUID in lower case; `Debug` shows the kind.
///
/// ```
/// use cmk_core::{ClientId, TenantId};
///
/// let tenant: TenantId = "11111111-1111-4111-8111-111111111111".parse()?;
/// assert_eq!(tenant.to_string(), "11111111-1111-4111-8111-111111111111");
/// let error = "nope".parse::<ClientId>().unwrap_err();
/// assert_eq!(error.to_string(), r#"client id must be a GUID, got "nope""#);
/// # Ok::<(), cmk_core::InvalidId>(())
/// ```
pub struct Id<K: IdKind>(Uuid, PhantomData<fn() -> K>);

/// The directory (tenant) of an organisation in Microsoft Entra ID.
pub type TenantId = Id<kind::Tenant>;
/// A subscription of Azure.
pub type SubscriptionId = Id<kind::Subscription>;
/// The client id of an application or of a managed identity. Microsoft Graph calls it `appId`.
pub type ClientId = Id<kind::Client>;
/// The object id of an application object, which lives in its home tenant only. Not the [`ClientId`].
pub type ApplicationObjectId = Id<kind::Application>;
/// The object id of a principal (service principal, managed identity, user) in one tenant: what roles are given to.
pub type PrincipalId = Id<kind::Principal>;

mod sealed {
    #[expect(unnameable_types, reason = "seals `IdKind`: nobody outside names it")]
    pub trait Sealed {}
}

/// What kind of thing an [`Id`] names. Sealed: the kinds are those of this crate.
pub trait IdKind: sealed::Sealed + 'static {
    /// The words for it in messages.
    const NAME: &'static str;
}

/// The kinds of ids.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident = $name:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            #[non_exhaustive]
            pub struct $kind;
            impl super::sealed::Sealed for $kind {}
            impl super::IdKind for $kind {
                const NAME: &'static str = $name;
            }
        )*};
    }
    kinds! {
        /// See [`TenantId`](super::TenantId).
        Tenant = "tenant id";
        /// See [`SubscriptionId`](super::SubscriptionId).
        Subscription = "subscription id";
        /// See [`ClientId`](super::ClientId).
        Client = "client id";
        /// See [`ApplicationObjectId`](super::ApplicationObjectId).
        Application = "application object id";
        /// See [`PrincipalId`](super::PrincipalId).
        Principal = "principal id";
    }
}

impl<K: IdKind> Id<K> {
    /// The GUID itself, for namespaced (version 5) names.
    #[must_use]
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// Reads an id that a service sent, where the nil GUID means "none" or is masked. What a person or the other
    /// party sent goes through [`FromStr`], which refuses nil.
    ///
    /// # Errors
    /// [`InvalidId`] if it is no GUID.
    pub fn from_service(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text)
            .map(|uuid| Self(uuid, PhantomData))
            .map_err(|_| InvalidId::new::<K>(text, "must be a GUID"))
    }

    /// The serde form of [`Id::from_service`], for `#[serde(deserialize_with = ..)]` in mirrors of responses.
    ///
    /// # Errors
    /// If the value is no string that holds a GUID.
    pub fn deserialize_from_service<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_service(&text).map_err(D::Error::custom)
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        // Only the hyphenated form: Azure compares some of these as text.
        if text.len() != 36 {
            return Err(InvalidId::new::<K>(text, "must be a GUID"));
        }
        let id = Self::from_service(text)?;
        if id.0.is_nil() {
            return Err(InvalidId::new::<K>(text, "must not be the nil GUID"));
        }
        Ok(id)
    }
}

/// A text that is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {problem}, got {got:?}")]
pub struct InvalidId {
    kind: &'static str,
    problem: &'static str,
    got: String,
}

impl InvalidId {
    fn new<K: IdKind>(got: &str, problem: &'static str) -> Self {
        Self {
            kind: K::NAME,
            problem,
            got: got.chars().take(64).collect(),
        }
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.as_hyphenated(), f)
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", K::NAME, self.0.as_hyphenated())
    }
}

impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: IdKind> Copy for Id<K> {}

impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: IdKind> Eq for Id<K> {}

impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K: IdKind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientId, PrincipalId, TenantId};

    const GUID: &str = "2A9B1F0C-6D3E-4F5A-8B7C-0123456789AB";

    #[test]
    fn upper_case_is_read_and_written_as_lower_case() {
        let id: TenantId = GUID.parse().unwrap();
        assert_eq!(id.to_string(), GUID.to_lowercase());
    }

    #[test]
    fn nil_is_refused_from_people_and_kept_from_services() {
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(
            nil.parse::<PrincipalId>().unwrap_err().to_string(),
            format!("principal id must not be the nil GUID, got {nil:?}")
        );
        assert_eq!(PrincipalId::from_service(nil).unwrap().to_string(), nil);
    }

    #[test]
    fn other_spellings_of_a_guid_are_refused() {
        for text in [
            "",
            "{2a9b1f0c-6d3e-4f5a-8b7c-0123456789ab}",
            "2a9b1f0c6d3e4f5a8b7c0123456789ab",
        ] {
            assert!(text.parse::<ClientId>().is_err(), "{text} was taken");
        }
    }

    #[test]
    fn a_long_hostile_text_is_cut_in_the_message() {
        let error = "x".repeat(100_000).parse::<ClientId>().unwrap_err();
        assert!(error.to_string().len() < 120);
    }

    #[test]
    fn debug_names_the_kind() {
        let id: ClientId = GUID.parse().unwrap();
        assert_eq!(
            format!("{id:?}"),
            format!("client id {}", GUID.to_lowercase())
        );
    }
}
