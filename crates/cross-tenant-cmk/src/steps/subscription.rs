//! The subscription belongs to the tenant that is meant, and the credential acts there.

use super::{Found, Made, Step, StepId};
use crate::{
    Outcome, Result,
    error::{Reason, Refusal},
    run::Waits,
};
use cmk_core::{Error, SubscriptionId, SubscriptionsApi, TenantId};

/// Reads the subscription before anything is written: Microsoft Graph takes a credential of any tenant, and would make its objects there.
#[derive(Debug)]
pub struct CheckSubscription<'a> {
    /// Subscriptions, with the credential of the party.
    pub subscriptions: &'a dyn SubscriptionsApi,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The tenant that it must belong to.
    pub tenant: TenantId,
}

impl Step for CheckSubscription<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::Subscription
    }

    fn target(&self) -> String {
        format!("subscription {}", self.subscription)
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<()>> {
        match self.subscriptions.get_subscription(self.subscription).await {
            Ok(found) if found.tenant_id == self.tenant => Ok(Made::checked(()).into()),
            Ok(found) => Err(Refusal::new(
                Reason::OtherTenant,
                self.target(),
                format!(
                    "it belongs to tenant {}, and tenant {} is meant",
                    found.tenant_id, self.tenant
                ),
            )
            .into()),
            // The answer to a token of another tenant than the subscription's.
            Err(Error::Unauthenticated(failure))
                if failure.code() == Some("InvalidAuthenticationTokenTenant") =>
            {
                Err(Refusal::new(
                    Reason::OtherTenant,
                    self.target(),
                    "the credential acts in another tenant than the subscription's",
                )
                .into())
            }
            // Who holds roles further down only. The token was taken, so it is of the subscription's tenant, whichever that is.
            Err(Error::Forbidden(_)) => Ok(Made::new((), Outcome::Unverified)
                .note("its tenant could not be read: no role on the subscription")
                .into()),
            Err(error) => Err(self.failed(error)),
        }
    }
}
