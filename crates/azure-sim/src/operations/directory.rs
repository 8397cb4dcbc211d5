//! Operations of Microsoft Graph.

use super::Operation;

const LISTS: &str =
    "filters of more than one comparison; `$orderby`, `$search`, `$count`, `$expand`, delta";
const FIELDS: &str = "`$expand`";
const SECRETS: &str = "secrets do not expire";

/// One line a row, as a table. Alternate keys stand for ids: `applications(appId='…')`, `applications(uniqueName='…')`,
/// `servicePrincipals(appId='…')`, `federatedIdentityCredentials(name='…')`.
#[rustfmt::skip]
pub(super) const GRAPH: &[Operation] = &[
    graph("GET", "/v1.0/me", "everything of a user beside name and id; `$select`"),
    graph("GET", "/v1.0/applications", LISTS),
    graph("POST", "/v1.0/applications", "certificates are stored, and no token is given for them; owners are not shown"),
    graph("GET", "/v1.0/applications/{application-id}", FIELDS),
    graph("PATCH", "/v1.0/applications(uniqueName='{uniqueName}')", "certificates are stored, and no token is given for them; owners are not shown"),
    graph("PATCH", "/v1.0/applications/{application-id}", "certificates are stored, and no token is given for them"),
    graph("DELETE", "/v1.0/applications/{application-id}", ""),
    graph("POST", "/v1.0/applications/{application-id}/addPassword", SECRETS),
    graph("POST", "/v1.0/applications/{application-id}/removePassword", ""),
    graph("GET", "/v1.0/applications/{application-id}/federatedIdentityCredentials", LISTS),
    graph("POST", "/v1.0/applications/{application-id}/federatedIdentityCredentials", "claims-matching expressions"),
    graph("GET", "/v1.0/applications/{application-id}/federatedIdentityCredentials/{credential-id}", ""),
    graph("PATCH", "/v1.0/applications/{application-id}/federatedIdentityCredentials/{credential-id}", "claims-matching expressions"),
    graph("DELETE", "/v1.0/applications/{application-id}/federatedIdentityCredentials/{credential-id}", ""),
    graph("GET", "/v1.0/servicePrincipals", LISTS),
    graph("POST", "/v1.0/servicePrincipals", "owners, app role assignments"),
    graph("GET", "/v1.0/servicePrincipals/{servicePrincipal-id}", FIELDS),
    graph("PATCH", "/v1.0/servicePrincipals(appId='{appId}')", "owners, app role assignments"),
    graph("PATCH", "/v1.0/servicePrincipals/{servicePrincipal-id}", ""),
    graph("DELETE", "/v1.0/servicePrincipals/{servicePrincipal-id}", ""),
    graph("POST", "/v1.0/servicePrincipals/{servicePrincipal-id}/addPassword", SECRETS),
    graph("POST", "/v1.0/servicePrincipals/{servicePrincipal-id}/removePassword", ""),
    graph("POST", "/v1.0/directoryObjects/getByIds", "objects other than users and service principals; the profile of a user"),
    graph("GET", "/v1.0/directory/deletedItems/microsoft.graph.application", LISTS),
    graph("GET", "/v1.0/directory/deletedItems/microsoft.graph.servicePrincipal", LISTS),
    graph("GET", "/v1.0/directory/deletedItems/{directoryObject-id}", "final deletion after thirty days"),
    graph("POST", "/v1.0/directory/deletedItems/{directoryObject-id}/restore", "final deletion after thirty days"),
    graph("DELETE", "/v1.0/directory/deletedItems/{directoryObject-id}", ""),
];

const fn graph(method: &'static str, path: &'static str, leaves_out: &'static str) -> Operation {
    Operation::new("Microsoft Graph", method, path, leaves_out)
}
