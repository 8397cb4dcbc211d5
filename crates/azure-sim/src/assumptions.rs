//! What no source settles: named switches, so that a flow can be run with both answers.

/// Behaviour of Azure for which no source was found. The default is what seems likeliest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "set-up data of tests, written with struct update"
)]
pub struct Assumptions {
    /// Whether a create-if-missing `PATCH` of Microsoft Graph finds an object that reads do not see yet. If not, it is
    /// refused as a duplicate while the object replicates.
    pub upsert_sees_fresh_objects: bool,
    /// What Microsoft Graph answers to a twenty-first federated identity credential: status and code.
    pub federated_credential_limit: (u16, &'static str),
    /// Whether deleting a role assignment that is absent answers 204; if not, 404.
    pub absent_role_assignment_deletes: bool,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            upsert_sees_fresh_objects: true,
            federated_credential_limit: (400, "Request_BadRequest"),
            absent_role_assignment_deletes: true,
        }
    }
}
