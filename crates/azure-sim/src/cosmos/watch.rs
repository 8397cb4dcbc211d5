//! Over time: an account that loses its key is revoked, one that has it back heals, and new versions are followed.

use super::{chain, key_uri::KeyUri};
use crate::{agenda::Due, world::World};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    time::Duration,
};

/// Whom to look at, and when to look again without being asked.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    armed: bool,
    changes: u64,
    /// Until then something that takes time can still be under way.
    busy_until: Duration,
    /// Whose key may be out of reach or back in it since the last look.
    touched: Touched,
    /// Times to come at which something that was written takes effect.
    moments: BTreeSet<Duration>,
    /// The accounts whose keys are in a vault or managed HSM, by its name. One that left is looked at in vain.
    by_vault: BTreeMap<String, BTreeSet<String>>,
}

/// What changed. With thousands of accounts not all can be looked at after each change, so changes of one account or one
/// vault say so; every other one means all.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Touched {
    all: bool,
    vaults: BTreeSet<String>,
    accounts: BTreeSet<String>,
}

const INTERVAL: Duration = Duration::from_secs(60);
/// Longer than any lag of roles and credentials.
const BUSY: Duration = Duration::from_secs(2 * 60 * 60);

impl World {
    /// Any account may have lost its key or have it back.
    pub(crate) const fn touch_all(&mut self) {
        self.cosmos.watch.touched.all = true;
    }

    /// An account may have lost its key or have it back.
    pub(crate) fn touch_account(&mut self, name: &str) {
        let accounts = &mut self.cosmos.watch.touched.accounts;
        accounts.insert(name.to_lowercase());
    }

    /// Accounts with keys in this vault may have lost them or have them back.
    pub(crate) fn touch_vault(&mut self, name: &str) {
        let vaults = &mut self.cosmos.watch.touched.vaults;
        vaults.insert(name.to_lowercase());
    }

    /// Something that was written takes effect then, wherever that matters.
    pub(crate) fn note_moment(&mut self, at: Duration) {
        if at > self.now {
            self.cosmos.watch.moments.insert(at);
        }
    }
}

/// Looks whether the accounts still reach their keys; called after every request, actor's change and timed event. While
/// something can be under way, all of them are looked at once a minute besides.
pub(crate) fn observe(world: &mut World) {
    let now = world.now;
    let watch = &mut world.cosmos.watch;
    let mut touched = mem::take(&mut watch.touched);
    while watch.moments.first().is_some_and(|at| *at <= now) {
        watch.moments.pop_first();
        touched.all = true;
    }
    if touched.all {
        touched.accounts = world.cosmos.accounts.keys().cloned().collect();
    } else {
        let vaults = touched.vaults.iter();
        let among = vaults.filter_map(|vault| watch.by_vault.get(vault));
        touched.accounts.extend(among.flatten().cloned());
    }
    for name in &touched.accounts {
        look(world, name);
    }
    let changes = world.changes();
    let watch = &mut world.cosmos.watch;
    if watch.by_vault.is_empty() {
        return;
    }
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
    let account = world.cosmos.accounts.get(name);
    let Some(account) = account.filter(|account| account.is_watched()).cloned() else {
        return;
    };
    let Some(key) = account.key.as_ref() else {
        return;
    };
    if let Some(uri) = KeyUri::parse(&key.uri, world.options.cloud) {
        let accounts = world.cosmos.watch.by_vault.entry(uri.vault).or_default();
        accounts.insert(name.to_owned());
    }
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
