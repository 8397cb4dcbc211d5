//! A resource provider is registered in a subscription.

use super::{Found, Gap, Made, Step, StepId};
use crate::{Outcome, Result, run::Waits};
use cmk_core::{
    Error, RegistrationState, ResourceProvidersApi, SubscriptionId,
    settle::{Probe, settle},
};

/// Registers a resource provider, if it is not registered yet.
///
/// The service registers region by region, so a wait that runs out is no failure: the step that needs the provider finds out.
#[derive(Debug)]
pub struct RegisterResourceProvider<'a> {
    /// Where.
    pub providers: &'a dyn ResourceProvidersApi,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The namespace, such as `Microsoft.KeyVault`.
    pub namespace: &'a str,
}

impl Step for RegisterResourceProvider<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::ResourceProvider
    }

    fn target(&self) -> String {
        format!("resource provider {}", self.namespace)
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<()>> {
        let read = self
            .providers
            .get_resource_provider(self.subscription, self.namespace)
            .await;
        match read {
            Ok(provider) => Ok(match provider.registration_state {
                RegistrationState::Registered => Found::There(Made::found((), true)),
                other => Found::Gap(Gap::Differs {
                    value: (),
                    before: other.as_str().to_owned(),
                }),
            }),
            // Reading it takes a role on the subscription, which somebody who owns one resource group lacks.
            Err(Error::Forbidden(_)) => Ok(Found::There(
                Made::new((), Outcome::Unverified)
                    .note("its registration could not be read: no role on the subscription"),
            )),
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn make(&self, gap: Gap<()>, waits: &Waits) -> Result<Made<()>> {
        let before = match gap {
            Gap::Differs { before, .. } => before,
            Gap::Missing => String::new(),
        };
        if before != RegistrationState::Registering.as_str() {
            self.providers
                .register_resource_provider(self.subscription, self.namespace)
                .await
                .map_err(|error| self.failed(error))?;
        }
        let settled = settle(
            "register_resource_provider",
            self.namespace,
            &waits.propagation,
            || {
                let state = self
                    .providers
                    .get_resource_provider(self.subscription, self.namespace);
                async {
                    Ok(match state.await?.registration_state {
                        RegistrationState::Registered => Probe::Ready(()),
                        other => Probe::NotYet(format!("it is {}", other.as_str())),
                    })
                }
            },
        )
        .await;
        let made = Made::new((), Outcome::Updated { before });
        match settled {
            Ok(()) => Ok(made),
            Err(Error::TimedOut(_)) => {
                Ok(made.note("it is still registering; regions that are done can be used"))
            }
            Err(error) => Err(self.failed(error)),
        }
    }
}
