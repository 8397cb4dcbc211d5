//! A fault plan: requests that are lost, refused or answered badly on purpose.

mod answer;
mod carry_out;
mod check;

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use uuid::Uuid;

pub(crate) use carry_out::carry_out;

/// Faults to come. Plain data, that a program writes or a file holds; see [`Fault`] and [`Effect`] for the members.
///
/// ```
/// let plan = r#"{
///     "seed": 3,
///     "faults": [
///         { "method": "PUT", "path_contains": "/vaults/", "effect": "reset-after" },
///         { "host": "graph.microsoft.com", "probability": 0.1, "count": 1000,
///           "effect": { "status": { "code": 429, "retry_after_seconds": 5 } } }
///     ]
/// }"#;
/// let plan: azure_sim::FaultPlan = serde_json::from_str(plan)?;
/// let azure = azure_sim::TwoTenants::new(azure_sim::SimOptions::default());
/// azure.sim.inject(plan);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written as a literal"
)]
pub struct FaultPlan {
    /// Decides which requests a [`probability`](Fault::probability) hits: the same seed and the same requests, the same faults.
    pub seed: u64,
    /// The faults, in the order in which they are tried: the first that matches a request is used.
    pub faults: Vec<Fault>,
}

/// A fault for requests that match. In a file only `effect` is required.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written with struct update"
)]
pub struct Fault {
    /// The host, or a domain above it: `vault.azure.net` stands for every vault. Empty for every host.
    #[serde(default)]
    pub host: String,
    /// The method in capitals; empty for every method.
    #[serde(default)]
    pub method: String,
    /// What host and path together contain, compared without case; empty for every path.
    #[serde(default)]
    pub path_contains: String,
    /// How many matching requests pass first.
    #[serde(default)]
    pub skip: usize,
    /// How many matching requests then meet the fault. In a file 1 if absent.
    #[serde(default = "once")]
    pub count: usize,
    /// How likely a matching request meets the fault, above 0 and at most 1. In a file 1 if absent.
    #[serde(default = "always")]
    pub probability: f64,
    /// What happens to them.
    pub effect: Effect,
}

const fn once() -> usize {
    1
}

const fn always() -> f64 {
    1.0
}

impl Fault {
    /// This effect for the next request, whatever it is.
    #[must_use]
    pub const fn new(effect: Effect) -> Self {
        Self {
            host: String::new(),
            method: String::new(),
            path_contains: String::new(),
            skip: 0,
            count: once(),
            probability: always(),
            effect,
        }
    }
}

impl From<Fault> for FaultPlan {
    fn from(fault: Fault) -> Self {
        Self {
            seed: 0,
            faults: vec![fault],
        }
    }
}

/// What happens to a request that meets a fault. In a file: its name in lower case with hyphens, and its members below that
/// (`"reset-before"`, `{ "status": { "code": 503 } }`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the simulator names every effect that it has"
)]
pub enum Effect {
    /// The connection breaks before anything happened.
    ResetBefore,
    /// What was asked happens, and the answer is lost.
    ResetAfter,
    /// Nothing happens and no answer comes.
    Silence,
    /// This answer, and nothing happens.
    Status {
        /// The status code, from 200 to 599.
        #[serde(deserialize_with = "status")]
        code: u16,
        /// The body, as text; absent, the service's own for this status.
        #[serde(default)]
        body: Option<String>,
        /// The `Retry-After`; `retry_after_seconds` in a file.
        #[serde(default, rename = "retry_after_seconds", with = "seconds")]
        retry_after: Option<Duration>,
    },
    /// What was asked happens, and this is the answer, as of a gateway that lost patience.
    StatusAfter {
        /// The status code, from 200 to 599.
        #[serde(deserialize_with = "status")]
        code: u16,
        /// The body, as text; absent, the service's own for this status.
        #[serde(default)]
        body: Option<String>,
        /// The `Retry-After`; `retry_after_seconds` in a file.
        #[serde(default, rename = "retry_after_seconds", with = "seconds")]
        retry_after: Option<Duration>,
    },
    /// What was asked happens, and the connection ends in the middle of the answer's body.
    TruncatedBody,
    /// What was asked happens, and the body is no JSON although its type says so.
    MalformedBody,
    /// What was asked happens, and the answer calls itself `text/html`.
    WrongContentType,
    /// The long-running operation that the request starts ends as `Failed`, with this error.
    OperationFails {
        /// The error's code.
        code: String,
        /// The error's message.
        message: String,
    },
    /// The long-running operation that the request starts ends as `Canceled`, with this error.
    OperationCanceled {
        /// The error's code.
        code: String,
        /// The error's message.
        message: String,
    },
    /// 401 in the service's own words for a token that has expired. The next request may use the same token again.
    ExpiredToken,
    /// 401 with a claims challenge of continuous access evaluation. The token endpoint does not challenge.
    ClaimsChallenge,
}

impl fmt::Display for Effect {
    /// The name as it stands in a file, and the status if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::Silence => "silence",
            Self::Status { code, .. } => return write!(f, "status {code}"),
            Self::StatusAfter { code, .. } => return write!(f, "status-after {code}"),
            Self::TruncatedBody => "truncated-body",
            Self::MalformedBody => "malformed-body",
            Self::WrongContentType => "wrong-content-type",
            Self::OperationFails { .. } => "operation-fails",
            Self::OperationCanceled { .. } => "operation-canceled",
            Self::ExpiredToken => "expired-token",
            Self::ClaimsChallenge => "claims-challenge",
        })
    }
}

fn status<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let code = u16::deserialize(deserializer)?;
    if (200..=599).contains(&code) {
        Ok(code)
    } else {
        Err(serde::de::Error::custom(format!(
            "a status is from 200 to 599, got {code}"
        )))
    }
}

/// A duration as whole seconds.
mod seconds {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .map(|duration| duration.as_secs())
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = Option::<u64>::deserialize(deserializer)?;
        Ok(seconds.map(Duration::from_secs))
    }
}

/// The faults that are still to come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Faults(Vec<Planned>);

#[derive(Debug, Serialize, Deserialize)]
struct Planned {
    fault: Fault,
    /// Of its plan, and its place there.
    seed: (u64, usize),
    /// How many matching requests came after those that it skips.
    seen: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, plan: FaultPlan) {
        let seed = plan.seed;
        let faults = plan.faults.into_iter().enumerate();
        self.0.extend(faults.map(|(index, fault)| Planned {
            fault,
            seed: (seed, index),
            seen: 0,
        }));
    }

    /// The fault of this request, and one less of it is left.
    pub(crate) fn take(&mut self, method: &str, host: &str, path: &str) -> Option<Effect> {
        let target = format!("{host}{path}").to_lowercase();
        self.0
            .iter_mut()
            .find_map(|planned| planned.take(method, host, &target))
    }
}

impl Planned {
    fn take(&mut self, method: &str, host: &str, target: &str) -> Option<Effect> {
        let fault = &mut self.fault;
        let matches = (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
            && is_within(host, &fault.host)
            && target.contains(&fault.path_contains.to_lowercase());
        if !matches || fault.count == 0 {
            return None;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        self.seen += 1;
        if draw(self.seed, self.seen) >= fault.probability {
            return None;
        }
        fault.count -= 1;
        Some(fault.effect.clone())
    }
}

/// Whether a host is this one or below this domain.
fn is_within(host: &str, domain: &str) -> bool {
    let domain = domain.to_lowercase();
    host.strip_suffix(&domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.') || domain.is_empty())
}

/// From 0 to just below 1.
fn draw((seed, index): (u64, usize), seen: u64) -> f64 {
    let name = format!("{seed}/{index}/{seen}");
    let drawn = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u128();
    f64::from(u32::try_from(drawn & u128::from(u32::MAX)).unwrap_or_default())
        / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::{Effect, Fault, FaultPlan, Faults};
    use serde_json::json;
    use std::time::Duration;

    fn plan(seed: u64, probability: f64) -> Faults {
        let mut faults = Faults::default();
        faults.add(FaultPlan {
            seed,
            faults: vec![Fault {
                probability,
                count: usize::MAX,
                ..Fault::new(Effect::Silence)
            }],
        });
        faults
    }

    fn hits(faults: &mut Faults) -> Vec<usize> {
        let hit = |faults: &mut Faults| faults.take("GET", "host", "/").is_some();
        (0..1000).filter(|_| hit(faults)).collect()
    }

    #[test]
    fn a_probability_hits_about_so_many_and_the_same_for_the_same_seed() {
        assert_eq!(hits(&mut plan(1, 0.0)).len(), 0);
        assert_eq!(hits(&mut plan(1, 1.0)).len(), 1000);
        let quarter = hits(&mut plan(1, 0.25));
        assert!((200..300).contains(&quarter.len()), "{}", quarter.len());
        assert_eq!(quarter, hits(&mut plan(1, 0.25)));
        assert_ne!(quarter, hits(&mut plan(2, 0.25)));
    }

    #[test]
    fn a_host_stands_for_what_is_below_it() {
        let mut faults = Faults::default();
        faults.add(
            Fault {
                host: "vault.azure.net".to_owned(),
                count: usize::MAX,
                ..Fault::new(Effect::Silence)
            }
            .into(),
        );
        for (host, hit) in [
            ("vault.azure.net", true),
            ("keys.vault.azure.net", true),
            ("notvault.azure.net", false),
            ("vault.azure.net.example", false),
        ] {
            assert_eq!(faults.take("GET", host, "/").is_some(), hit, "{host}");
        }
    }

    #[test]
    fn a_plan_is_read_and_written_as_it_is_documented() {
        let text = json!({
            "seed": 9,
            "faults": [
                {"method": "PUT", "path_contains": "/vaults/", "effect": "reset-after"},
                {"host": "management.azure.com", "skip": 2, "count": 3, "probability": 0.5,
                 "effect": {"status": {"code": 429, "retry_after_seconds": 7}}},
                {"effect": {"operation-fails": {"code": "Conflict", "message": "no"}}},
            ],
        });
        let plan: FaultPlan = serde_json::from_value(text).unwrap();
        assert_eq!(plan.seed, 9);
        assert_eq!(
            plan.faults[0],
            Fault {
                method: "PUT".to_owned(),
                path_contains: "/vaults/".to_owned(),
                ..Fault::new(Effect::ResetAfter)
            }
        );
        assert_eq!(
            plan.faults[1],
            Fault {
                host: "management.azure.com".to_owned(),
                skip: 2,
                count: 3,
                probability: 0.5,
                ..Fault::new(Effect::Status {
                    code: 429,
                    body: None,
                    retry_after: Some(Duration::from_secs(7)),
                })
            }
        );
        let written = serde_json::to_value(&plan).unwrap();
        assert_eq!(serde_json::from_value::<FaultPlan>(written).unwrap(), plan);
    }

    #[test]
    fn a_plan_with_a_slip_is_refused() {
        for (text, told) in [
            (
                json!({"faults": [{"path_contain": "x", "effect": "silence"}]}),
                "path_contain",
            ),
            (json!({"faults": [{"method": "PUT"}]}), "effect"),
            (
                json!({"faults": [{"effect": {"status": {"code": 42}}}]}),
                "from 200 to 599",
            ),
            (
                json!({"faults": [{"effect": {"status": {"code": 429, "after": 1}}}]}),
                "after",
            ),
        ] {
            let error = serde_json::from_value::<FaultPlan>(text).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }
}
