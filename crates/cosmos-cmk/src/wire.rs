//! The JSON of the service.

pub(crate) mod account;
pub(crate) mod new_account;
pub(crate) mod region;
