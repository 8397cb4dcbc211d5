//! Over time: an account that loses its key is revoked, one that has it back heals, and new versions are followed.

use super::{account::State, chain};
use crate::{agenda::Due, world::World};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When to look again without being asked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    armed: bool,
    changes: u64,
    /// Until then something that takes time can still be under way.
    busy_until: Duration,
}

const INTERVAL: Duration = Duration::from_secs(60);
/// Longer than any lag of roles and credentials.
const BUSY: Duration = Duration::from_secs(2 * 60 * 60);

/// Looks whether the accounts still reach their keys; called after every request, actor's change and timed event.
pub(crate) fn observe(world: &mut World) {
    let names: Vec<String> = world
        .cosmos
        .accounts
        .iter()
        .filter(|(_, account)| {
            account.key.is_some() && matches!(account.state, State::Succeeded | State::Updating)
        })
        .map(|(name, _)| name.clone())
        .collect();
    if names.is_empty() {
        return;
    }
    for name in &names {
        look(world, name);
    }
    let (now, changes) = (world.now, world.changes());
    let watch = &mut world.cosmos.watch;
    if watch.changes != changes {
        watch.changes = changes;
        watch.busy_until = now + BUSY;
    }
    if !watch.armed && now < watch.busy_until {
        watch.armed = true;
        world.schedule(now + INTERVAL, Due::AccountWatch);
    }
}

/// Lets the next look be armed.
pub(crate) const fn again(world: &mut World) {
    world.cosmos.watch.armed = false;
}

/// What the account shows and what it does next.
fn look(world: &mut World, name: &str) {
    let Some(account) = world.cosmos.accounts.get(name).cloned() else {
        return;
    };
    let Some(key) = account.key.as_ref() else {
        return;
    };
    let found = chain::reach(world, &account);
    let now = world.now;
    let lag = &world.options.lag;
    let (revoke, heal, follow) = (lag.revoke, lag.heal, lag.key_rotation);
    let mut next = key.clone();
    match (&found, key.revoked) {
        // Whole, or broken and known to be: nothing is to turn.
        (Ok(_), None) => next.turns_at = None,
        (Err(broken), Some(_)) => {
            next.turns_at = None;
            next.revoked = Some(broken.code);
        }
        // "up to 1 hour": https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide
        (Ok(_), Some(_)) => {
            let at = turn(world, key.turns_at, heal);
            next.turns_at = Some(at);
            if at <= now {
                next.revoked = None;
                next.turns_at = None;
            }
        }
        (Err(broken), None) => {
            let at = turn(world, key.turns_at, revoke);
            next.turns_at = Some(at);
            if at <= now {
                next.revoked = Some(broken.code);
                next.turns_at = None;
            }
        }
    }
    // A new version is picked up only while the account is not revoked.
    match &found {
        Ok(latest) if next.revoked.is_none() && key.version.as_ref() != Some(latest) => {
            let at = turn(world, key.follows_at, follow);
            next.follows_at = Some(at);
            if at <= now {
                next.version = Some(latest.clone());
                next.follows_at = None;
            }
        }
        _ => next.follows_at = None,
    }
    if let Some(account) = world.cosmos.accounts.get_mut(name) {
        account.key = Some(next);
    }
}

/// The planned time, planned now if it was not; the clock will stop there.
fn turn(world: &mut World, planned: Option<Duration>, lag: crate::Span) -> Duration {
    planned.unwrap_or_else(|| {
        let at = world.after(lag);
        if at > world.now {
            world.schedule(at, Due::Look);
        }
        at
    })
}
