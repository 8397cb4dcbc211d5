//! Eventual consistency: a change reaches each replica at a time of its own, and each request asks one of them.

use crate::{Span, world::World};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many replicas answer for a service. That there are several is known, their number is not:
/// <https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra>
pub(crate) const REPLICAS: usize = 3;

/// When each replica learns of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spread([Duration; REPLICAS]);

impl Spread {
    /// A change that all replicas learn of at the same time.
    pub(crate) const fn at(time: Duration) -> Self {
        Self([time; REPLICAS])
    }

    #[cfg(test)]
    pub(crate) const fn of(times: [Duration; REPLICAS]) -> Self {
        Self(times)
    }

    /// Whether all replicas know of it.
    pub(crate) fn is_known(&self, now: Duration) -> bool {
        self.known_to(None) <= now
    }

    /// When a replica knows; without one, when the last one does.
    fn known_to(&self, replica: Option<usize>) -> Duration {
        let last = || self.0.iter().copied().max().unwrap_or_default();
        replica
            .and_then(|replica| self.0.get(replica).copied())
            .unwrap_or_else(last)
    }
}

impl World {
    /// A change that reaches each replica after a delay of its own within a span.
    pub(crate) fn spread(&mut self, span: Span) -> Spread {
        let drawn = self.draw();
        let mut times = [self.now; REPLICAS];
        for (replica, time) in times.iter_mut().enumerate() {
            *time += self.within(span, &format!("{drawn}/{replica}"));
        }
        let change = Spread(times);
        self.note_moment(change.known_to(None));
        change
    }

    /// A change of what is there already, which Microsoft Graph's replicas learn of as they learn of what is new.
    pub(crate) fn spread_change(&mut self) -> Spread {
        self.spread_within(self.options.lag.directory)
    }

    /// A change of a federated identity credential, which nodes of the token endpoint learn of as they learn of a new one.
    pub(crate) fn spread_credential(&mut self) -> Spread {
        self.spread_within(self.options.lag.federated_credential)
    }

    /// A change of a vault's access policies.
    pub(crate) fn spread_policies(&mut self) -> Spread {
        self.spread_within(self.options.lag.access_policy)
    }

    fn spread_within(&mut self, span: Span) -> Spread {
        match span {
            // Without delays nothing is drawn, so ids do not depend on changes.
            Span::ZERO => Spread::at(self.now),
            span => self.spread(span),
        }
    }

    /// Whether whoever looks now knows of a change: the replica that answers the request, or, outside of requests, all of them.
    pub(crate) fn sees(&self, change: &Spread) -> bool {
        change.known_to(self.replica) <= self.now
    }

    /// Draws the replica that answers the request that comes next.
    pub(crate) fn draw_replica(&self) -> usize {
        let count = u128::try_from(REPLICAS).unwrap_or(1);
        let drawn = self.hash(&format!("replica/{}", self.handled)) % count;
        usize::try_from(drawn).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;
    use crate::{SimOptions, Span, world::World};
    use std::time::Duration;

    #[test]
    fn a_change_lies_within_its_span_at_every_replica_and_differs_between_them() {
        let mut world = World::new(SimOptions::default());
        world.now = Duration::from_secs(100);
        let mut uneven = 0;
        for _ in 0..100 {
            let change = world.spread(Span::secs(5, 65));
            for time in change.0 {
                assert!((105..=165).contains(&time.as_secs()), "{time:?}");
            }
            uneven += usize::from(change.0[0] != change.0[1]);
        }
        assert!(uneven > 90, "{uneven}");
    }

    #[test]
    fn without_a_replica_the_last_one_counts() {
        let mut world = World::new(SimOptions::default());
        let seconds = |seconds| Duration::from_secs(seconds);
        let change = Spread([seconds(3), seconds(9), seconds(1)]);
        world.now = seconds(8);
        assert!(!world.sees(&change));
        for (replica, sees) in [(0, true), (1, false), (2, true)] {
            world.replica = Some(replica);
            assert_eq!(world.sees(&change), sees, "{replica}");
        }
        world.replica = None;
        world.now = seconds(9);
        assert!(world.sees(&change));
    }

    #[test]
    fn every_replica_answers_now_and_then() {
        let mut world = World::new(SimOptions::default());
        let mut answered = [0; super::REPLICAS];
        for _ in 0..90 {
            answered[world.draw_replica()] += 1;
            world.handled += 1;
        }
        assert!(answered.iter().all(|count| *count > 15), "{answered:?}");
    }
}
