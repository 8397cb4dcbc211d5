//! Registration of resource providers in subscriptions.

use crate::{
    SimResponse,
    arm::{ArmCall, ArmState, error},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A provider in a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    let refusal = SimResponse::json(
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
    );
    // Recorded.
    Err(refusal.header("x-ms-failure-cause", "gateway"))
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

/// The providers that this Azure has.
const KNOWN: &[&str] = &[
    "Microsoft.Authorization",
    "Microsoft.DocumentDB",
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.Storage",
];

/// Whether this Azure has a provider, by its name without case.
#[cfg(feature = "serve")]
pub(crate) fn is_known(namespace: &str) -> bool {
    KNOWN.iter().any(|own| own.eq_ignore_ascii_case(namespace))
}

/// Answers `/subscriptions/{s}/providers/{namespace}` and its `register`.
pub(crate) fn handle(
    world: &mut World,
    call: &ArmCall<'_>,
    namespace: &str,
) -> Result<SimResponse, SimResponse> {
    let scope = format!("/subscriptions/{}", call.path.subscription());
    let Some(known) = KNOWN.iter().find(|own| own.eq_ignore_ascii_case(namespace)) else {
        return Err(error::gateway(
            404,
            "InvalidResourceNamespace",
            format!("The resource namespace '{namespace}' is invalid."),
        ));
    };
    let action = call
        .path
        .types
        .first()
        .map(|(action, _)| action.to_lowercase());
    match (call.method, action.as_deref()) {
        ("GET", None) => {
            world.authorize(&call.caller, &format!("{known}/read"), &scope)?;
        }
        ("POST", Some("register")) => {
            world.authorize(&call.caller, &format!("{known}/register/action"), &scope)?;
            let registered = world.after(world.options.lag.provider_registration);
            let subscription = call.path.subscription().to_lowercase();
            if let Some(own) = world.arm.subscriptions.get_mut(&subscription) {
                let key = known.to_lowercase();
                let registration = own.providers.entry(key).or_insert_with(|| Registration {
                    namespace: (*known).to_owned(),
                    registered: None,
                });
                if registration.registered.is_none() {
                    registration.registered = Some(registered);
                    world.changed();
                }
            }
        }
        _ => return Ok(world.not_modelled(call.request)),
    }
    Ok(SimResponse::json(
        200,
        &entity(world, call.path.subscription(), known),
    ))
}

fn entity(world: &World, subscription: &str, namespace: &str) -> Value {
    let found = find(&world.arm, subscription, namespace);
    // Always on: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
    let state = match found {
        _ if namespace == "Microsoft.Authorization" => "Registered",
        Some(registration) => registration.state(world.now),
        None => "NotRegistered",
    };
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{namespace}"),
        "namespace": found.map_or(namespace, |own| own.namespace.as_str()),
        "registrationState": state,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
    })
}
