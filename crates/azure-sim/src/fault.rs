//! A fault plan: requests that are lost or refused on purpose.

use std::time::Duration;

/// A fault for requests that match. The first fault that matches a request is used.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written as a literal"
)]
pub struct Fault {
    /// The method in capitals; empty for every method.
    pub method: String,
    /// What host and path together contain, compared without case.
    pub path_contains: String,
    /// How many matching requests pass first.
    pub skip: usize,
    /// How many matching requests then meet the fault.
    pub count: usize,
    /// What happens to them.
    pub effect: Effect,
}

/// What happens to a request that meets a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the simulator names every effect that it has"
)]
pub enum Effect {
    /// The connection breaks before anything happened.
    ResetBefore,
    /// What was asked happens, and the answer is lost.
    ResetAfter,
    /// This answer, and nothing happens.
    Status {
        /// The status code.
        code: u16,
        /// The body, as text.
        body: String,
        /// The `Retry-After`, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// Nothing happens and no answer comes.
    Silence,
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan(Vec<Fault>);

impl FaultPlan {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The fault of this request, and one less of it is left.
    pub(crate) fn take(&mut self, method: &str, host_and_path: &str) -> Option<Effect> {
        let target = host_and_path.to_lowercase();
        for fault in &mut self.0 {
            let matches = (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
                && target.contains(&fault.path_contains.to_lowercase());
            if !matches || fault.count == 0 {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.count -= 1;
            return Some(fault.effect.clone());
        }
        None
    }
}
