//! What several examples share: two parties on a simulated Azure, what they make, and a display of what happens.

mod failed;
mod parties;
mod progress;
mod specs;

pub use failed::Failed;
pub use parties::{Parties, SPREAD};
pub use progress::{Pace, Progress, time};
pub use specs::{VAULT, account_spec, key_spec, provider_spec, record};
