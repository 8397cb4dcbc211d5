//! Subscriptions, as far as it matters whose they are.

use crate::{ArmClient, Received, Result, SubscriptionId, TenantId};
use azure_core::http::Method;
use serde::Deserialize;
use std::fmt;

/// A subscription.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The tenant that it belongs to.
    pub tenant_id: TenantId,
    /// Its name.
    pub display_name: Option<String>,
    /// The service's word for its state, such as `Enabled`.
    pub state: Option<String>,
    /// The answer as received.
    pub received: Received,
}

/// Subscriptions.
#[async_trait::async_trait]
pub trait SubscriptionsApi: fmt::Debug + Send + Sync {
    /// Reads a subscription, and with it which tenant it belongs to.
    ///
    /// One `GET`. It changes nothing, so it is a cheap proof that a credential acts in the tenant that is meant.
    ///
    /// * `subscription`: its id
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) with the code `InvalidAuthenticationTokenTenant` if the credential is of another tenant than
    /// the subscription; [`Error::NotFound`](crate::Error::NotFound) if there is no such subscription, or none that the caller can see;
    /// [`Error::Forbidden`](crate::Error::Forbidden) without any role in it.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/resources/subscriptions/get)
    async fn get_subscription(&self, subscription: SubscriptionId) -> Result<Subscription>;
}

const _: fn(&dyn SubscriptionsApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl SubscriptionsApi for ArmClient {
    async fn get_subscription(&self, subscription: SubscriptionId) -> Result<Subscription> {
        let answer = self
            .connection
            .request(
                "get_subscription",
                Method::Get,
                &format!("/subscriptions/{subscription}"),
            )
            .api_version(&self.options.subscriptions_api_version)
            .send()
            .await?;
        let (wire, received) = answer.decode::<Wire>()?;
        Ok(Subscription {
            id: wire.subscription_id,
            tenant_id: wire.tenant_id,
            display_name: wire.display_name,
            state: wire.state,
            received,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    subscription_id: SubscriptionId,
    tenant_id: TenantId,
    display_name: Option<String>,
    state: Option<String>,
}
