#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod agenda;
mod arm;
mod assumptions;
mod chain;
mod change;
mod cosmos;
mod directory;
mod entra;
mod fading;
mod fault;
#[cfg(test)]
mod flow_tests;
mod graph;
mod hsm_data;
mod jwt;
mod key_vault;
mod lag;
mod managed_hsm;
mod mount;
mod operations;
mod pairs;
mod party;
mod past;
mod provider_call;
mod regions;
mod request;
mod route;
#[cfg(feature = "serve")]
pub mod serve;
mod setup;
mod sim;
mod snapshot;
mod spread;
#[cfg(test)]
mod test_kit;
mod throttle;
mod tokens;
mod vault_data;
mod world;

pub use assumptions::{Assumptions, CreationRefusal, DatesRefusal};
pub use chain::Chain;
pub use fault::{Effect, Fault, FaultPlan};
pub use key_vault::customer::VaultNetwork;
pub use lag::{Lag, Span};
#[cfg(feature = "wiremock")]
pub use mount::wiremock::SimResponder;
pub use operations::Operation;
pub use party::{Party, TwoTenants};
pub use request::{Reply, SimRequest, SimResponse};
pub use route::SimCloud;
pub use setup::{DirectoryRole, Principal, TenantHandle};
pub use sim::{Recorded, RsaKeys, Sim, SimOptions};
pub use snapshot::StateError;
pub use throttle::Throttling;
