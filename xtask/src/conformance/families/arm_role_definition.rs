//! Role definitions, which we never read: the roles that we assign are known by their GUIDs.

use crate::conformance::{
    address::Host::Arm,
    family::{Family, Reason, Route, What},
};

pub(crate) const FAMILY: Family = Family {
    name: "arm-role-definition",
    is_ours: false,
    routes: ROUTES,
    refusals: &[],
    poller: None,
    bodies: &[],
};

const ALL: &str = "/{*scope}/providers/Microsoft.Authorization/roleDefinitions";
const ONE: &str = "/{*scope}/providers/Microsoft.Authorization/roleDefinitions/{name}";
const NOT_OURS: What = What::Skipped(Reason::NoSuchOperation);

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", ALL, NOT_OURS),
    Route::new(Arm, "GET", ONE, NOT_OURS),
    Route::new(Arm, "PUT", ONE, NOT_OURS),
    Route::new(Arm, "DELETE", ONE, NOT_OURS),
];
