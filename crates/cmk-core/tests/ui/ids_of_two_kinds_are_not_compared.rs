//! The object id of an application and that of its service principal are never equal, so asking is a mistake.
use cmk_core::{ApplicationObjectId, PrincipalId};

fn same(application: ApplicationObjectId, principal: PrincipalId) -> bool {
    application == principal
}

fn main() {}
