//! What the errors of these services mean, as data.

mod graph;
mod managed_identity;

pub use graph::RULES;
pub use managed_identity::MANAGED_IDENTITY_RULES;
