//! The limits of each service, and what a request takes of them.

use super::{Limit, Throttling, Want, whole_seconds};
use crate::{
    SimCloud, SimRequest, SimResponse,
    arm::{ArmCall, error, guard::only_asks},
    graph,
    tokens::Caller,
    vault_data,
    world::World,
};
use serde_json::Value;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// The kinds that Resource Manager counts apart. Recorded: a `POST` counts as a write, but for the check of a managed HSM's name,
/// whose answer says nothing of writes. Its permission is one to read, as is that of the check of a vault's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
    Delete,
}

impl Kind {
    pub(crate) fn of(request: &SimRequest) -> Self {
        match &*request.method {
            "GET" | "HEAD" => Self::Read,
            "POST" if only_asks(request.url.path()) => Self::Read,
            "DELETE" => Self::Delete,
            _ => Self::Write,
        }
    }

    /// As error texts call it.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
        }
    }
}

/// Whether Resource Manager of this cloud has token buckets: the others still count by the hour.
///
/// <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>
pub(crate) const fn has_buckets(cloud: SimCloud) -> bool {
    matches!(cloud, SimCloud::Public)
}

/// Headers that say what is left.
pub(crate) type Budget = Vec<(String, String)>;

/// The subscription's bucket over all principals is so many times that of one.
const GLOBAL: u32 = 15;

const fn arm_limit(cloud: SimCloud, kind: Kind) -> Limit {
    match (has_buckets(cloud), kind) {
        (true, Kind::Read) => Limit::Bucket {
            size: 250,
            every: Duration::from_millis(40),
        },
        (true, Kind::Write | Kind::Delete) => Limit::Bucket {
            size: 200,
            every: Duration::from_millis(100),
        },
        (false, Kind::Read) => by_the_hour(12_000),
        (false, Kind::Write) => by_the_hour(1_200),
        (false, Kind::Delete) => by_the_hour(15_000),
    }
}

const fn by_the_hour(size: u32) -> Limit {
    Limit::Window { size, length: HOUR }
}

/// Counts a request to Resource Manager, per subscription (or tenant), principal and kind. Returns the headers that say
/// what is left; recorded: only what is not refused at the gateway carries them.
pub(crate) fn count_arm(
    world: &mut World,
    request: &SimRequest,
    subscription: Option<&str>,
    caller: &Caller,
) -> Result<Budget, SimResponse> {
    let cloud = world.options.cloud;
    let kind = Kind::of(request);
    let limit = arm_limit(cloud, kind);
    let (scope, word) = match subscription {
        Some(id) => (id.to_lowercase(), "subscription"),
        None => (caller.tenant.clone(), "tenant"),
    };
    let own = format!("arm/{scope}/{}/{}", caller.oid, kind.noun());
    let mut wants = vec![Want {
        meter: own.clone(),
        limit,
        cost: 1,
    }];
    let header = format!("x-ms-ratelimit-remaining-{word}-{}s", kind.noun());
    let mut names = vec![header];
    if let (Some(_), Limit::Bucket { size, every }) = (subscription, limit) {
        wants.push(Want {
            meter: format!("arm/{scope}/{}", kind.noun()),
            limit: Limit::Bucket {
                size: size * GLOBAL,
                every: every / GLOBAL,
            },
            cost: 1,
        });
        names.push(format!(
            "x-ms-ratelimit-remaining-subscription-global-{}s",
            kind.noun()
        ));
    }
    let now = world.now;
    let left = match world.options.throttling {
        Throttling::Off => wants.iter().map(|want| want.limit.size() - 1).collect(),
        Throttling::On => {
            // Who calls earlier than he was told is refused, and waits anew.
            let held = world.meters.held.get(&own).copied();
            let held = held.and_then(|until| until.checked_sub(now));
            let held = held.filter(|left| !left.is_zero());
            let taken = match held {
                Some(left) => Err(left),
                None => world.meters.take(now, &wants),
            };
            match taken {
                Ok(left) => left,
                Err(wait) => {
                    let seconds = whole_seconds(wait);
                    let until = now + Duration::from_secs(seconds);
                    world.meters.held.insert(own, until);
                    return Err(super::arm_refusal(world, request, seconds));
                }
            }
        }
    };
    let left = left.iter().map(u32::to_string);
    Ok(names.into_iter().zip(left).collect())
}

/// Takes from meters that have nothing to show.
fn take(world: &mut World, wants: &[Want]) -> Result<(), u64> {
    if world.options.throttling == Throttling::Off {
        return Ok(());
    }
    let taken = world.meters.take(world.now, wants);
    taken.map(|_| ()).map_err(whole_seconds)
}

/// Counts a request to a managed identity, or to a list of them: so many per second in the tenant, in the subscription, and
/// of the resource alone.
///
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>; that no more than a
/// second's worth can be saved up is taken as likely.
pub(crate) fn count_identity(world: &mut World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let millis = Duration::from_millis;
    let (word, per_tenant, per_subscription, per_resource) = match (call.method, call.path.name(0))
    {
        ("GET", Some(_)) => ("get", 30, 10, millis(2_000)),
        ("GET", None) => ("list", 15, 5, millis(4_000)),
        (method, _) => (method, 10, 2, millis(4_000)),
    };
    let id = call.path.id().to_lowercase();
    let subscription = call.path.subscription().to_lowercase();
    let want = |meter: &str, size: u32, every| Want {
        meter: format!("msi/{word}/{meter}"),
        limit: Limit::Bucket { size, every },
        cost: 1,
    };
    let second = Duration::from_secs(1);
    let wants = [
        want(&call.caller.tenant, per_tenant, second / per_tenant),
        want(&subscription, per_subscription, second / per_subscription),
        want(&id, 1, per_resource),
    ];
    take(world, &wants).map_err(|seconds| {
        // https://github.com/microsoft/onefuzz/issues/249
        let message = format!(
            "Request is temporarily throttled because resource {id} has issued too many requests. Retry after {seconds} seconds."
        );
        error::error(429, "429", message).header("retry-after", seconds.to_string())
    })
}

/// Counts a request to Microsoft Graph's directory: `units` of its own currency, and one write if it is one.
///
/// <https://learn.microsoft.com/graph/throttling-limits>, of the limits those for an application in a tenant of fewer than
/// 50 users, in fixed windows. A 429 below the published limits is left to faults.
pub(crate) fn count_graph(
    world: &mut World,
    caller: &Caller,
    units: u32,
    writes: bool,
) -> Result<(), SimResponse> {
    let meter = |kind: &str| format!("graph/{}/{}/{kind}", caller.tenant, caller.appid);
    let mut wants = vec![Want {
        meter: meter("units"),
        limit: Limit::Window {
            size: 3_500,
            length: Duration::from_secs(10),
        },
        cost: units,
    }];
    if writes {
        wants.push(Want {
            meter: meter("writes"),
            limit: Limit::Window {
                size: 3_000,
                length: Duration::from_secs(150),
            },
            cost: 1,
        });
    }
    take(world, &wants).map_err(|seconds| {
        let (code, message) = graph::THROTTLED;
        let information = if writes {
            "WriteLimitExceeded"
        } else {
            "ResourceUnitLimitExceeded"
        };
        graph::answer::error(429, code, message)
            .header("retry-after", seconds.to_string())
            .header(
                "x-ms-throttle-scope",
                format!(
                    "Tenant_Application/{}/{}/{}",
                    if writes { "Write" } else { "ReadWrite" },
                    caller.appid,
                    caller.tenant
                ),
            )
            .header("x-ms-throttle-information", information)
    })
}

/// Counts a request to a vault: keys made and everything else, each within ten seconds, for the vault and for its
/// subscription, which may ask five times as much.
///
/// <https://learn.microsoft.com/azure/key-vault/general/service-limits>. Everything else is counted as what costs least;
/// the lower figures for larger keys are left out. `Retry-After` is not promised there, and not sent.
pub(crate) fn count_vault(
    world: &mut World,
    vault: &str,
    request: &SimRequest,
) -> Result<(), SimResponse> {
    let segments = request.segments();
    let creates = request.method == "POST"
        && segments
            .last()
            .is_some_and(|last| last.eq_ignore_ascii_case("create"));
    let (word, size) = if creates {
        let body = request.body_json().unwrap_or_default();
        let kind = body.get("kty").and_then(Value::as_str).unwrap_or_default();
        if kind.to_uppercase().ends_with("-HSM") {
            ("create-hsm", 10)
        } else {
            ("create", 20)
        }
    } else {
        ("other", 4_000)
    };
    let found = world.key_vault.live(vault);
    let subscription = found.map(|found| found.subscription.to_lowercase());
    let want = |owner: &str, size| Want {
        meter: format!("vault/{word}/{owner}"),
        limit: Limit::Window {
            size,
            length: Duration::from_secs(10),
        },
        cost: 1,
    };
    let wants = [
        want(&vault.to_lowercase(), size),
        want(&subscription.unwrap_or_default(), size * 5),
    ];
    take(world, &wants).map_err(|_| {
        let (code, message) = vault_data::THROTTLED;
        vault_data::error::refused(429, code, message, None)
    })
}
