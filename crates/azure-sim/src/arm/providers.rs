//! Registration of resource providers in subscriptions.

use crate::{SimResponse, arm::ArmState, world::World};
use serde_json::json;
use std::time::Duration;

/// A provider in a subscription.
#[derive(Debug, Clone)]
pub(crate) struct Registration {
    /// In its own spelling.
    pub(crate) namespace: String,
    /// When it is or was registered; `None` if nobody asked.
    pub(crate) registered: Option<Duration>,
}

impl Registration {
    pub(crate) fn state(&self, now: Duration) -> &'static str {
        match self.registered {
            None => "NotRegistered",
            Some(at) if at > now => "Registering",
            Some(_) => "Registered",
        }
    }
}

/// Refuses where a provider is not registered in the subscription.
///
/// <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider>; a
/// provider that is still being registered can be used already where its region is done, so `Registering` passes.
pub(crate) fn require_provider(
    world: &World,
    subscription: &str,
    namespace: &str,
) -> Result<(), SimResponse> {
    let registered = find(&world.arm, subscription, namespace)
        .is_some_and(|registration| registration.registered.is_some());
    if registered {
        return Ok(());
    }
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions."
    );
    Err(SimResponse::json(
        409,
        &json!({"error": {
            "code": "MissingSubscriptionRegistration",
            "message": message,
            "details": [{
                "code": "MissingSubscriptionRegistration",
                "target": namespace,
                "message": message,
            }],
        }}),
    ))
}

pub(crate) fn find<'a>(
    arm: &'a ArmState,
    subscription: &str,
    namespace: &str,
) -> Option<&'a Registration> {
    arm.subscriptions
        .get(&subscription.to_lowercase())?
        .providers
        .get(&namespace.to_lowercase())
}
