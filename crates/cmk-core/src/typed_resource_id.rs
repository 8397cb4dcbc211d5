//! Resource ids of one known type: a vault's id cannot stand where an identity's belongs.

use crate::{InvalidResource, ResourceGroupName, ResourceId, Scope, SubscriptionId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

/// A type of resource. Service crates implement it on an empty type and alias [`TypedResourceId`] for it.
pub trait ResourceType: 'static {
    /// The full type, such as `Microsoft.KeyVault/vaults`.
    const TYPE: &'static str;
    /// The words for an id of it in messages, such as `vault id`.
    const NOUN: &'static str;
    /// The name of such a resource, which its [`FromStr`] checks.
    type Name: FromStr<Err: fmt::Display> + fmt::Display + Clone + fmt::Debug + Send + Sync;
}

/// The id of a resource of type `T`, with its name checked by the rules of that type. Compared without case.
pub struct TypedResourceId<T: ResourceType> {
    id: ResourceId,
    name: T::Name,
    of: PhantomData<fn() -> T>,
}

impl<T: ResourceType> TypedResourceId<T> {
    /// The id of the resource of this name in a resource group. For top-level types; a child's id is parsed from text.
    ///
    /// # Errors
    /// [`InvalidResource`] if `T` is the type of a child resource.
    pub fn new(
        subscription: SubscriptionId,
        group: &ResourceGroupName,
        name: &T::Name,
    ) -> Result<Self, InvalidResource> {
        ResourceId::new(subscription, group, T::TYPE, &name.to_string())?.try_into()
    }

    /// The name of the resource.
    #[must_use]
    pub fn name(&self) -> &T::Name {
        &self.name
    }

    /// The subscription.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        self.id.subscription()
    }

    /// The resource group.
    #[must_use]
    pub fn resource_group(&self) -> &ResourceGroupName {
        self.id.resource_group()
    }

    /// The id without its type.
    #[must_use]
    pub fn as_resource_id(&self) -> &ResourceId {
        &self.id
    }

    /// The resource as a scope for roles.
    #[must_use]
    pub fn to_scope(&self) -> Scope {
        Scope::Resource(self.id.clone())
    }
}

impl<T: ResourceType> TryFrom<ResourceId> for TypedResourceId<T> {
    type Error = InvalidResource;

    fn try_from(id: ResourceId) -> Result<Self, InvalidResource> {
        if !id.is_of_type(T::TYPE) {
            return Err(InvalidResource::new(
                T::NOUN,
                format!("must be of type {}", T::TYPE),
                &id.to_string(),
            ));
        }
        let name = id.name().parse().map_err(|error| {
            InvalidResource::new(T::NOUN, format!("is refused: {error}"), id.name())
        })?;
        Ok(Self {
            id,
            name,
            of: PhantomData,
        })
    }
}

impl<T: ResourceType> FromStr for TypedResourceId<T> {
    type Err = InvalidResource;

    fn from_str(text: &str) -> Result<Self, InvalidResource> {
        text.parse::<ResourceId>()?.try_into()
    }
}

impl<T: ResourceType> fmt::Display for TypedResourceId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl<T: ResourceType> fmt::Debug for TypedResourceId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", T::NOUN, self.id)
    }
}

impl<T: ResourceType> Clone for TypedResourceId<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            name: self.name.clone(),
            of: PhantomData,
        }
    }
}

impl<T: ResourceType> PartialEq for TypedResourceId<T> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<T: ResourceType> Eq for TypedResourceId<T> {}

impl<T: ResourceType> Hash for TypedResourceId<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<T: ResourceType> Serialize for TypedResourceId<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: ResourceType> Deserialize<'de> for TypedResourceId<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourceType, TypedResourceId};
    use crate::ResourceGroupName;

    enum Group {}
    impl ResourceType for Group {
        const TYPE: &'static str = "Microsoft.Example/things";
        const NOUN: &'static str = "thing id";
        // Any name with rules serves.
        type Name = ResourceGroupName;
    }
    type ThingId = TypedResourceId<Group>;

    const THING: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Example/things/t1";

    #[test]
    fn an_id_of_another_type_is_refused() {
        let error = THING
            .replace("things", "widgets")
            .parse::<ThingId>()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("thing id must be of type Microsoft.Example/things"),
            "{error}"
        );
    }

    #[test]
    fn a_name_against_the_rules_of_the_type_is_refused() {
        assert!(THING.replace("t1", "t1.").parse::<ThingId>().is_err());
    }

    #[test]
    fn ids_round_trip_and_are_compared_without_case() {
        let id: ThingId = THING.parse().unwrap();
        assert_eq!(id.to_string(), THING);
        let shouted: ThingId = THING.replace("things/t1", "THINGS/T1").parse().unwrap();
        assert_eq!(id, shouted);
        let made = ThingId::new(id.subscription(), id.resource_group(), id.name()).unwrap();
        assert_eq!(made, id);
    }
}
