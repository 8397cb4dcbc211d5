//! Long-running operations: started now, decided when they end.

use crate::{
    SimResponse,
    agenda::{Due, Work},
    fading::Fading,
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// So long an operation can surely be asked for after its end. No document has a figure.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Operations(Fading<String, Operation>);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    /// Lower case; polls must come through the same one.
    pub(crate) subscription: String,
    /// Object id of whoever began it, if a request did.
    #[serde(default)]
    begun_by: Option<String>,
    pub(crate) started: Duration,
    pub(crate) finishes: Duration,
    /// Unknown until it ends.
    pub(crate) outcome: Option<Outcome>,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Succeeded,
    Failed { code: String, message: String },
    Canceled { code: String, message: String },
}

impl Outcome {
    /// The error of an operation that did not succeed.
    pub(crate) fn error(&self) -> Option<(&str, &str)> {
        match self {
            Self::Succeeded => None,
            Self::Failed { code, message } | Self::Canceled { code, message } => {
                Some((code, message))
            }
        }
    }
}

/// Ends an operation.
pub(crate) fn end(world: &mut World, id: &str, work: Work, doom: Option<Outcome>) {
    let outcome = work.finish(world, doom);
    if let Some(operation) = world.operations.0.get_mut(&id.to_owned()) {
        operation.outcome = Some(outcome);
    }
}

impl World {
    /// Starts an operation that takes so long; how it ends is decided when its work is done, at its end. Returns its id.
    pub(crate) fn begin_operation(
        &mut self,
        subscription: &str,
        takes: Duration,
        work: Work,
    ) -> String {
        let id = self.new_guid();
        let now = self.now;
        let finishes = now + takes;
        self.operations.0.insert(
            id.clone(),
            Operation {
                subscription: subscription.to_lowercase(),
                begun_by: self.caller.clone(),
                started: now,
                finishes,
                outcome: None,
            },
            |own| own.outcome.is_some() && own.finishes + KEPT < now,
        );
        let end = Due::OperationEnd {
            id: id.clone(),
            work,
            doom: self.doom.take(),
        };
        self.schedule(finishes, end);
        id
    }

    /// An operation of a subscription, if whoever asks may know of it.
    pub(crate) fn find_operation(&self, subscription: &str, id: &str) -> Option<&Operation> {
        self.operations
            .0
            .get(&id.to_owned())
            .filter(|operation| operation.subscription.eq_ignore_ascii_case(subscription))
            .filter(|operation| self.may_poll(operation))
    }

    /// Providers should check that it is the identity which began the operation:
    /// <https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md>
    fn may_poll(&self, operation: &Operation) -> bool {
        match (&operation.begun_by, &self.caller) {
            (Some(begun_by), Some(caller)) => {
                begun_by == caller || self.options.assumptions.anybody_may_poll
            }
            _ => true,
        }
    }
}

impl Operation {
    /// Recorded of Cosmos DB: `Enqueued`, `Dequeued`, `Succeeded` or `Failed`.
    pub(crate) fn status(&self, now: Duration) -> &'static str {
        match self.outcome {
            Some(Outcome::Succeeded) => "Succeeded",
            Some(Outcome::Failed { .. }) => "Failed",
            Some(Outcome::Canceled { .. }) => "Canceled",
            None if now < self.started + (self.finishes - self.started) / 4 => "Enqueued",
            None => "Dequeued",
        }
    }

    /// The answer of an `Azure-AsyncOperation` URL: always 200 (recorded, also for a failure).
    pub(crate) fn status_answer(&self, now: Duration) -> SimResponse {
        let mut body = json!({"status": self.status(now)});
        let error = self.outcome.as_ref().and_then(Outcome::error);
        if let (Some((code, message)), Some(members)) = (error, body.as_object_mut()) {
            members.insert(
                "error".to_owned(),
                json!({"code": code, "message": message}),
            );
        }
        SimResponse::json(200, &body)
    }
}

#[cfg(test)]
mod tests {
    use crate::{SimOptions, agenda::Work, world::World};
    use std::time::Duration;

    const SUBSCRIPTION: &str = "5ca1ab1e-0000-4000-8000-000000000002";

    #[test]
    fn an_operation_is_known_for_a_day_after_its_end_and_not_for_ever() {
        let mut world = World::new(SimOptions::default());
        let hour = Duration::from_secs(3600);
        let mut begun = Vec::new();
        for number in 0..1_000 {
            world.tick(hour * number);
            begun.push(world.begin_operation(SUBSCRIPTION, hour / 2, Work::Nothing));
            let known = |id: &String| world.find_operation(SUBSCRIPTION, id).is_some();
            assert!(begun.iter().rev().take(24).all(known), "{number}");
            // Those of a day, twice over, and a few.
            assert!(world.operations.0.len() <= 64 + 2 * 26 + 1, "{number}");
        }
    }
}
