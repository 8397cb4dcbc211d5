//! Throttling: meters that fill up again, and who is refused when one is empty.

mod limits;

use crate::{SimRequest, SimResponse, arm, arm::path::ArmPath, world::World};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

pub(crate) use limits::{Budget, count_arm, count_graph, count_identity, count_vault};

/// Whether the services refuse who asks too often: 429, by documented limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "on and off")]
pub enum Throttling {
    /// As the documented limits say.
    #[default]
    On,
    /// Nobody is refused; the headers show meters that are full.
    Off,
}

/// How much may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// A bucket of so many tokens, one of which comes back after each `every`.
    Bucket { size: u32, every: Duration },
    /// So many within each period.
    Window { size: u32, length: Duration },
}

impl Limit {
    pub(crate) const fn size(self) -> u32 {
        match self {
            Self::Bucket { size, .. } | Self::Window { size, .. } => size,
        }
    }
}

/// What a request takes from one meter.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) meter: String,
    pub(crate) limit: Limit,
    pub(crate) cost: u32,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Meter {
    /// A bucket: when it is full again. A window: when it ends.
    until: Duration,
    /// What a window has spent.
    used: u32,
}

/// Every meter that was ever used, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Meters {
    meters: BTreeMap<String, Meter>,
    /// Until when who was refused may not come back.
    held: BTreeMap<String, Duration>,
}

impl Meters {
    /// Takes from every meter or from none. Returns what is left in each, or how long until all have enough.
    pub(crate) fn take(&mut self, now: Duration, wants: &[Want]) -> Result<Vec<u32>, Duration> {
        let mut taken = Vec::with_capacity(wants.len());
        let mut wait = Duration::ZERO;
        for want in wants {
            let meter = self.meters.get(&want.meter).copied().unwrap_or_default();
            match meter.take(now, want.limit, want.cost) {
                Ok(after) => taken.push(after),
                Err(missing) => wait = wait.max(missing),
            }
        }
        if wait > Duration::ZERO {
            return Err(wait);
        }
        let mut left = Vec::with_capacity(wants.len());
        for (want, (meter, rest)) in wants.iter().zip(taken) {
            self.meters.insert(want.meter.clone(), meter);
            left.push(rest);
        }
        Ok(left)
    }
}

impl Meter {
    /// The meter afterwards and what is left in it.
    fn take(self, now: Duration, limit: Limit, cost: u32) -> Result<(Self, u32), Duration> {
        match limit {
            Limit::Bucket { size, every } => {
                let until = self.until.max(now) + every * cost;
                let deepest = now + every * size;
                if until > deepest {
                    return Err(until - deepest);
                }
                let left = (deepest - until).as_nanos() / every.as_nanos().max(1);
                let left = u32::try_from(left).unwrap_or(size);
                Ok((Self { until, used: 0 }, left))
            }
            Limit::Window { size, length } => {
                let fresh = now >= self.until;
                let until = if fresh { now + length } else { self.until };
                let used = if fresh { cost } else { self.used + cost };
                if used > size {
                    return Err(until - now);
                }
                Ok((Self { until, used }, size - used))
            }
        }
    }
}

/// Whole seconds, one at least.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}

/// Resource Manager's refusal of who asks too often: `SubscriptionRequestsThrottled`.
///
/// Texts: <https://github.com/velero-io/velero/issues/9171> for token buckets,
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling> for the older model.
pub(crate) fn arm_refusal(world: &World, request: &SimRequest, seconds: u64) -> SimResponse {
    let path = ArmPath::parse(&request.segments());
    let actor = request.token().and_then(|text| world.read_token(text));
    let actor = actor.map_or("", |token| token.caller.oid.as_str());
    let advice = if limits::has_buckets(world.options.cloud) {
        " after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional information."
    } else {
        "."
    };
    let (code, owner) = match &path.subscription {
        Some(id) => (
            "SubscriptionRequestsThrottled",
            format!("subscription '{id}'"),
        ),
        // The same for a tenant has no source.
        None => ("TenantRequestsThrottled", "tenant".to_owned()),
    };
    let message = format!(
        "Number of '{}' requests for {owner} actor '{actor}' exceeded. Please try again after '{seconds}' seconds{advice}",
        limits::Kind::of(request).noun()
    );
    arm::error::gateway(429, code, message).header("retry-after", seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Limit, Meters, Want};
    use std::time::Duration;

    const BUCKET: Limit = Limit::Bucket {
        size: 3,
        every: Duration::from_millis(100),
    };
    const WINDOW: Limit = Limit::Window {
        size: 3,
        length: Duration::from_secs(10),
    };

    fn want(limit: Limit) -> Vec<Want> {
        vec![Want {
            meter: format!("{limit:?}"),
            limit,
            cost: 1,
        }]
    }

    #[test]
    fn a_bucket_fills_up_one_by_one() {
        let mut meters = Meters::default();
        let at = Duration::from_millis;
        for left in [2, 1, 0] {
            assert_eq!(meters.take(at(0), &want(BUCKET)), Ok(vec![left]));
        }
        assert_eq!(meters.take(at(30), &want(BUCKET)), Err(at(70)));
        assert_eq!(meters.take(at(100), &want(BUCKET)), Ok(vec![0]));
        assert_eq!(meters.take(at(9_000), &want(BUCKET)), Ok(vec![2]));
    }

    #[test]
    fn a_window_starts_anew_when_it_ends() {
        let mut meters = Meters::default();
        let at = Duration::from_secs;
        for (second, left) in [(5, 2), (6, 1), (7, 0)] {
            assert_eq!(meters.take(at(second), &want(WINDOW)), Ok(vec![left]));
        }
        assert_eq!(meters.take(at(8), &want(WINDOW)), Err(at(7)));
        assert_eq!(meters.take(at(15), &want(WINDOW)), Ok(vec![2]));
    }

    #[test]
    fn one_empty_meter_refuses_and_the_others_keep_what_they_have() {
        let mut meters = Meters::default();
        let mut both = want(BUCKET);
        both.extend(want(WINDOW));
        let now = Duration::ZERO;
        assert_eq!(meters.take(now, &both), Ok(vec![2, 2]));
        assert_eq!(meters.take(now, &want(WINDOW)), Ok(vec![1]));
        assert_eq!(meters.take(now, &want(WINDOW)), Ok(vec![0]));
        assert_eq!(meters.take(now, &both), Err(Duration::from_secs(10)));
        assert_eq!(meters.take(now, &want(BUCKET)), Ok(vec![1]));
    }
}
