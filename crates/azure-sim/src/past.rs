//! What an object was before its latest changes: replicas that have not heard of them still show it so.

use crate::{spread::Spread, world::World};
use serde::{Deserialize, Serialize};

/// Earlier versions, oldest first, each with the change that ended it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Past<T>(Vec<(T, Spread)>);

impl<T> Default for Past<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Past<T> {
    /// Keeps what was until a change, and forgets what nobody shows any more.
    pub(crate) fn keep(&mut self, was: T, change: Spread, world_now: std::time::Duration) {
        self.0.retain(|(_, change)| !change.is_known(world_now));
        if !change.is_known(world_now) {
            self.0.push((was, change));
        }
    }

    /// The version that whoever looks now is shown: the newest one that he has heard of.
    pub(crate) fn shown<'a>(&'a self, world: &World, newest: &'a T) -> &'a T {
        let unheard = self.0.iter().rev();
        let unheard = unheard.take_while(|(_, change)| !world.sees(change));
        unheard.last().map_or(newest, |(was, _)| was)
    }

    /// What whoever looks now has not heard the end of, latest end first.
    pub(crate) fn lingering<'a>(&'a self, world: &'a World) -> impl Iterator<Item = &'a T> {
        let unheard = self.0.iter().rev();
        let unheard = unheard.filter(|(_, change)| !world.sees(change));
        unheard.map(|(was, _)| was)
    }
}

#[cfg(test)]
mod tests {
    use super::Past;
    use crate::{SimOptions, spread::Spread, world::World};
    use std::time::Duration;

    #[test]
    fn whoever_has_heard_of_a_later_change_needs_not_hear_of_an_earlier_one() {
        let seconds = Duration::from_secs;
        let mut world = World::new(SimOptions::default());
        let mut past = Past::default();
        past.keep(
            "first",
            Spread::of([seconds(9), seconds(3), seconds(9)]),
            Duration::ZERO,
        );
        past.keep(
            "second",
            Spread::of([seconds(4), seconds(9), seconds(9)]),
            Duration::ZERO,
        );
        world.now = seconds(5);
        for (replica, shown) in [(0, "third"), (1, "second"), (2, "first")] {
            world.replica = Some(replica);
            assert_eq!(past.shown(&world, &"third"), &shown, "{replica}");
        }
        world.now = seconds(9);
        assert_eq!(past.shown(&world, &"third"), &"third");
    }

    #[test]
    fn what_nobody_shows_any_more_is_forgotten() {
        let seconds = Duration::from_secs;
        let mut past = Past::default();
        past.keep(1, Spread::at(seconds(5)), Duration::ZERO);
        past.keep(2, Spread::at(seconds(7)), seconds(5));
        past.keep(3, Spread::at(seconds(5)), seconds(5));
        assert_eq!(past.0.len(), 1);
    }
}
