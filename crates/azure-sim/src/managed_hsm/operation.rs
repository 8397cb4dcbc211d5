//! Long-running writes on managed HSMs: 202 with a `location`, whose last answer is the new HSM or empty (recorded).

use super::{
    Answer, deleted,
    pool::{Phase, Pool, Settings},
};
use crate::{
    SimResponse, Span,
    agenda::Work,
    arm::{ArmCall, error, operations::Outcome},
    world::World,
};
use serde::{Deserialize, Serialize};

/// What an operation does to the HSM when it ends.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Write {
    Create,
    Change(Box<Settings>),
    Delete,
    Recover,
    Purge,
}

/// Which operation on which HSM: the same name may come to stand for another one.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// The security domain of the HSM.
    domain: String,
    number: u64,
}

impl Turn {
    fn of(pool: &Pool) -> Self {
        Self {
            domain: pool.domain.clone(),
            number: pool.turn,
        }
    }
}

/// Before this version an operation was asked after at the resource itself (recorded).
const RESULTS_SINCE: &str = "2023-02-01";
/// The codes of those operations, in base64 as recorded.
const DELETING: &str = "eyJjb2RlIjoiU29mdERlbGV0ZU1hbmFnZWRIc21Bc3luYyJ9";
const PURGING: &str = "eyJjb2RlIjoiUHVyZ2VNYW5hZ2VkSHNtQXN5bmMifQ";

impl Write {
    fn span(&self, world: &World) -> Span {
        let lag = &world.options.lag;
        match self {
            Self::Create => lag.hsm_create,
            _ => lag.hsm_change,
        }
    }
}

/// Starts an operation on the HSM of this lower-case name.
pub(super) fn start(
    world: &mut World,
    call: &ArmCall<'_>,
    name: &str,
    write: Write,
) -> SimResponse {
    world.changed();
    let takes = world.delay(write.span(world));
    let creates = matches!(write, Write::Create);
    let now = world.now;
    let begun = world.managed_hsm.pools.get_mut(name).map(|pool| {
        pool.turn += 1;
        pool.phase = match write {
            Write::Create => Phase::Provisioning(now, now + takes),
            Write::Change(_) | Write::Recover => Phase::Updating,
            Write::Delete => Phase::Deleting,
            Write::Purge => Phase::Purging,
        };
        (pool.settings.location.clone(), Turn::of(pool))
    });
    let (location, turn) = begun.unwrap_or_default();
    let older = match write {
        Write::Delete if call.api_version.as_str() < RESULTS_SINCE => Some(DELETING),
        Write::Purge if call.api_version.as_str() < RESULTS_SINCE => Some(PURGING),
        _ => None,
    };
    let subscription = call.path.subscription();
    let work = Work::HsmWrite {
        hsm: name.to_owned(),
        turn,
        write,
    };
    let id = world.begin_operation(subscription, takes, work);
    if creates {
        world
            .managed_hsm
            .creations
            .insert(id.clone(), name.to_owned());
    }
    let host = format!("https://{}", world.options.cloud.arm_host());
    let version = &call.api_version;
    let url = match older {
        Some(code) => {
            let path = call.path.id();
            let path = path.trim_end_matches("/purge");
            format!("{host}{path}?api-version={version}&kv-operation={code}")
        }
        None => format!(
            "{host}/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/managedHsmOperationResults/{id}?api-version={version}"
        ),
    };
    SimResponse::empty(202).header("location", url)
}

/// An operation has come to its end; a fault may have decided how. One that was overtaken, as by the deletion of the resource
/// group, changes nothing any more.
pub(crate) fn finish(
    world: &mut World,
    name: &str,
    turn: &Turn,
    write: Write,
    doom: Option<Outcome>,
) -> Outcome {
    let pool = world.managed_hsm.pools.get_mut(name);
    let Some(pool) = pool.filter(|pool| Turn::of(pool) == *turn) else {
        return doom.unwrap_or(Outcome::Succeeded);
    };
    pool.phase = Phase::Ready;
    if let Some(doom) = doom {
        pool.failed |= matches!(write, Write::Create);
        return doom;
    }
    match write {
        Write::Create => {}
        Write::Change(settings) => pool.settings = *settings,
        Write::Delete => super::soft_delete(world, name),
        // Keys and local roles come back with it.
        Write::Recover => pool.deleted = None,
        Write::Purge => {
            world.managed_hsm.pools.remove(name);
        }
    }
    Outcome::Succeeded
}

/// Recorded: 202 without a body while it runs, then 200, with the HSM if it was a creation.
pub(super) fn result(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let id = call.path.name(1).unwrap_or_default();
    let operation = world
        .find_operation(call.path.subscription(), id)
        .ok_or_else(deleted::not_found)?;
    let Some(outcome) = &operation.outcome else {
        let left = operation.finishes.saturating_sub(world.now).as_secs();
        return Ok(running(call).header("retry-after", left.clamp(1, 10).to_string()));
    };
    if let Some((code, message)) = outcome.error() {
        return Err(error::error(409, code, message));
    }
    let made = world.managed_hsm.creations.get(id);
    let made = made.and_then(|name| world.managed_hsm.live(name));
    Ok(match made {
        Some(pool) => super::resource::show(world, call, pool),
        None => SimResponse::empty(200),
    })
}

fn running(call: &ArmCall<'_>) -> SimResponse {
    SimResponse::empty(202).header("location", call.request.url.as_str())
}

/// The answer to the older form of asking, while the operation runs.
pub(super) fn still_running(call: &ArmCall<'_>, phase: Phase) -> Option<SimResponse> {
    let asked = call.request.query("kv-operation")?;
    let runs = match phase {
        Phase::Deleting => asked == DELETING,
        Phase::Purging => asked == PURGING,
        _ => false,
    };
    runs.then(|| running(call))
}
