//! Rotation policies in JSON.

use super::or_default;
use crate::{LifetimeAction, RotationAction, RotationPeriod, RotationPolicy, RotationTrigger};
use cmk_core::send::Received;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotationPolicyWire {
    #[serde(default, deserialize_with = "or_default")]
    lifetime_actions: Vec<LifetimeActionWire>,
    #[serde(default, deserialize_with = "or_default")]
    attributes: Attributes,
}

#[derive(Deserialize, Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_time: Option<RotationPeriod>,
}

#[derive(Deserialize, Serialize)]
struct LifetimeActionWire {
    action: ActionWire,
    #[serde(default, deserialize_with = "or_default")]
    trigger: TriggerWire,
}

#[derive(Deserialize, Serialize)]
struct ActionWire {
    #[serde(rename = "type")]
    kind: RotationAction,
}

#[derive(Deserialize, Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct TriggerWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    time_after_create: Option<RotationPeriod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_before_expiry: Option<RotationPeriod>,
}

impl RotationPolicyWire {
    pub(crate) fn into_model(self, received: Received) -> RotationPolicy {
        let actions = self.lifetime_actions.into_iter().map(|wire| {
            let trigger = match (
                wire.trigger.time_after_create,
                wire.trigger.time_before_expiry,
            ) {
                (Some(period), _) => Some(RotationTrigger::AfterCreate(period)),
                (None, Some(period)) => Some(RotationTrigger::BeforeExpiry(period)),
                (None, None) => None,
            };
            LifetimeAction {
                action: wire.action.kind,
                trigger,
            }
        });
        RotationPolicy {
            lifetime_actions: actions.collect(),
            expiry: self.attributes.expiry_time,
            received,
        }
    }
}

impl From<&RotationPolicy> for RotationPolicyWire {
    fn from(policy: &RotationPolicy) -> Self {
        let actions = policy.lifetime_actions.iter().map(|action| {
            let (after, before) = match &action.trigger {
                Some(RotationTrigger::AfterCreate(period)) => (Some(period.clone()), None),
                Some(RotationTrigger::BeforeExpiry(period)) => (None, Some(period.clone())),
                None => (None, None),
            };
            LifetimeActionWire {
                action: ActionWire {
                    kind: action.action.clone(),
                },
                trigger: TriggerWire {
                    time_after_create: after,
                    time_before_expiry: before,
                },
            }
        });
        Self {
            lifetime_actions: actions.collect(),
            attributes: Attributes {
                expiry_time: policy.expiry.clone(),
            },
        }
    }
}
