//! Operations of Entra ID, and of the endpoints that give tokens to managed identities.

use super::Operation;

/// One line a row, as a table.
#[rustfmt::skip]
pub(super) const LOGIN: &[Operation] = &[
    login("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "what it names beside token endpoint and keys is not served"),
    login("GET", "/{tenant}/.well-known/openid-configuration", "what it names beside token endpoint and keys is not served"),
    login("GET", "/{tenant}/discovery/v2.0/keys", "one key for all tenants, and no rotation of it"),
    login("GET", "/{tenant}/discovery/keys", "one key for all tenants, and no rotation of it"),
    login("GET", "/common/discovery/instance", ""),
    login("POST", "/{tenant}/oauth2/v2.0/token", "grants other than client credentials; certificates; assertions by issuers other than this directory"),
    login("GET", "/{tenant}/adminconsent", "who is signed in is chosen on the page: no passwords, no sessions"),
    login("POST", "/{tenant}/adminconsent", "who is signed in is chosen on the page: no passwords, no sessions"),
    login("GET", "/{tenant}/v2.0/adminconsent", "who is signed in is chosen on the page: no passwords, no sessions"),
    login("POST", "/{tenant}/v2.0/adminconsent", "who is signed in is chosen on the page: no passwords, no sessions"),
];

#[rustfmt::skip]
pub(super) const MANAGED_IDENTITY: &[Operation] = &[
    identity("/metadata/identity/oauth2/token", "system-assigned identities; every user-assigned one counts as assigned"),
    identity("/msi/token", "system-assigned identities; every user-assigned one counts as assigned; the texts of its refusals have no source"),
];

const fn login(method: &'static str, path: &'static str, leaves_out: &'static str) -> Operation {
    Operation::new("Entra ID", method, path, leaves_out)
}

const fn identity(path: &'static str, leaves_out: &'static str) -> Operation {
    Operation::new("managed identities of a machine", "GET", path, leaves_out)
}
