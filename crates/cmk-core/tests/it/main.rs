//! What cmk-core puts on the wire and makes of the answers, held against literals.

#![cfg(test)]

mod bounds;
mod compile;
mod doubles;
mod errors;
mod locks;
mod operations;
mod paging;
mod permissions;
mod policies;
mod properties;
mod resource_groups;
mod resource_providers;
mod script;
mod secrets;
mod server;
mod strangers;
mod subscriptions;
mod tokens;
mod transport;
mod waits;
