//! Registration of resource providers in a subscription.

use crate::{
    ArmClient, Error, Result, SubscriptionId,
    send::{Answer, Connection},
};
use azure_core::http::Method;
use serde::Deserialize;
use std::fmt;

/// A resource provider, as a subscription sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceProvider {
    /// Its namespace, such as `Microsoft.KeyVault`.
    pub namespace: String,
    /// Whether it may be used in the subscription.
    pub registration_state: RegistrationState,
}

/// Whether a provider may be used in a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationState {
    /// It may.
    Registered,
    /// Region by region: a region that is done can be used already.
    Registering,
    /// It may not.
    NotRegistered,
    /// Soon it may not.
    Unregistering,
    /// A word that this version does not know.
    Unknown(String),
}

impl RegistrationState {
    /// The service's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Registered => "Registered",
            Self::Registering => "Registering",
            Self::NotRegistered => "NotRegistered",
            Self::Unregistering => "Unregistering",
            Self::Unknown(word) => word,
        }
    }

    fn read(word: String) -> Self {
        [
            Self::Registered,
            Self::Registering,
            Self::NotRegistered,
            Self::Unregistering,
        ]
        .into_iter()
        .find(|state| state.as_str().eq_ignore_ascii_case(&word))
        .unwrap_or(Self::Unknown(word))
    }
}

/// Resource providers of a subscription.
#[async_trait::async_trait]
pub trait ResourceProvidersApi: fmt::Debug + Send + Sync {
    /// Reads whether a provider is registered.
    ///
    /// One `GET`.
    ///
    /// * `subscription`: where it is registered
    /// * `namespace`: such as `Microsoft.KeyVault`
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a namespace that is none; [`Error::NotFound`] if there is no such provider;
    /// [`Error::Forbidden`] without `Microsoft.Resources/subscriptions/providers/read`.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/providers/get)
    async fn get_resource_provider(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<ResourceProvider>;

    /// Registers a provider. Idempotent.
    ///
    /// One `POST`. Registration goes on region by region: create in the region that is wanted and try again, rather than wait for `Registered`.
    ///
    /// * `subscription`: where it is registered
    /// * `namespace`: such as `Microsoft.KeyVault`
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a namespace that is none; [`Error::Forbidden`] without the provider's `/register/action` at the subscription, which Contributor and Owner of the subscription hold.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/providers/register)
    async fn register_resource_provider(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<ResourceProvider>;
}

const _: fn(&dyn ResourceProvidersApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl ResourceProvidersApi for ArmClient {
    async fn get_resource_provider(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<ResourceProvider> {
        let path = path("get_resource_provider", subscription, namespace)?;
        let answer = self
            .connection
            .request("get_resource_provider", Method::Get, &path)
            .api_version(&self.options.providers_api_version)
            .send()
            .await?;
        read(&answer)
    }

    async fn register_resource_provider(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<ResourceProvider> {
        let path = path("register_resource_provider", subscription, namespace)? + "/register";
        let answer = self
            .connection
            .request("register_resource_provider", Method::Post, &path)
            .api_version(&self.options.providers_api_version)
            .repeatable()
            .send()
            .await?;
        read(&answer)
    }
}

fn path(operation: &'static str, subscription: SubscriptionId, namespace: &str) -> Result<String> {
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if !namespace.split('.').all(is_word) {
        return Err(Error::invalid_input(
            operation,
            format!("a provider's namespace looks like Microsoft.KeyVault, got {namespace:?}"),
        ));
    }
    Ok(format!(
        "/subscriptions/{subscription}/providers/{}",
        Connection::segment(namespace)
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    namespace: String,
    registration_state: String,
}

fn read(answer: &Answer) -> Result<ResourceProvider> {
    let (wire, _) = answer.decode::<Wire>()?;
    Ok(ResourceProvider {
        namespace: wire.namespace,
        registration_state: RegistrationState::read(wire.registration_state),
    })
}
