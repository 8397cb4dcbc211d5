//! Phase 1, request by request.

use crate::{
    literals::{
        APPLICATION_ID, CLIENT_ID, CREDENTIAL, FABRIKAM, IDENTITY, IDENTITY_PRINCIPAL,
        PROVIDER_GROUP, application, credential, group, identity, marked, no_group, no_resource,
        not_in_graph, resource_provider,
    },
    script::{Plan, at_once, in_order},
    server::{arm, graph, whose_subscription},
};
use cross_tenant_cmk::{ApplicationChoice, IdentityChoice, ProviderSetup, ProviderSpec};
use serde_json::{Value, json};

pub(crate) const BY_NAME: &str = "/v1.0/applications(uniqueName='fabrikam-cmk')";
pub(crate) const BY_ID: &str = "/v1.0/applications/aaaaaaaa-0000-4000-8000-000000000003";
pub(crate) const CREDENTIALS: &str =
    "/v1.0/applications/aaaaaaaa-0000-4000-8000-000000000003/federatedIdentityCredentials";
const REGISTRATION: &str =
    "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.ManagedIdentity";

pub(crate) fn spec() -> ProviderSpec {
    ProviderSpec {
        application: ApplicationChoice::Named {
            unique_name: "fabrikam-cmk".parse().unwrap(),
            display_name: "Fabrikam data platform".parse().unwrap(),
        },
        identity: IdentityChoice::Named("fabrikam-cmk".parse().unwrap()),
        resource_group: "fabrikam-cmk".parse().unwrap(),
        location: "westeurope".parse().unwrap(),
        credential_name: None,
    }
}

/// In an empty tenant.
pub(crate) fn first_run() -> Plan {
    in_order![
        whose_subscription(&FABRIKAM),
        at_once![make_application(), make_identity()],
        make_credential()
    ]
}

fn make_application() -> Plan {
    in_order![
        graph(&FABRIKAM, "GET", BY_NAME).answers(404, not_in_graph("fabrikam-cmk")),
        graph(
            &FABRIKAM,
            "GET",
            "/v1.0/directory/deletedItems/microsoft.graph.application"
        )
        .answers(200, json!({ "value": [] })),
        graph(&FABRIKAM, "PATCH", BY_NAME)
            .create_if_missing()
            .sends(json!({
                "displayName": "Fabrikam data platform",
                "signInAudience": "AzureADMultipleOrgs",
                "tags": ["cross-tenant-cmk"],
            }))
            .answers(201, application())
            .answer_header(
                "location",
                "https://graph.microsoft.com/v2/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/directoryObjects/aaaaaaaa-0000-4000-8000-000000000003/Microsoft.DirectoryServices.Application"
            ),
        // It spreads, and is looked for until it is seen.
        graph(&FABRIKAM, "GET", BY_ID).answers(404, not_in_graph(APPLICATION_ID)),
        graph(&FABRIKAM, "GET", BY_ID).answers(200, application()),
    ]
}

fn make_identity() -> Plan {
    in_order![
        at_once![
            in_order![
        arm(&FABRIKAM, "GET", format!("{REGISTRATION}?api-version=2024-11-01")).answers(
            200,
            resource_provider("Microsoft.ManagedIdentity", "NotRegistered")
        ),
        arm(
            &FABRIKAM,
            "POST",
            format!("{REGISTRATION}/register?api-version=2024-11-01")
        )
        .answers(
            200,
            resource_provider("Microsoft.ManagedIdentity", "Registering")
        ),
        arm(&FABRIKAM, "GET", format!("{REGISTRATION}?api-version=2024-11-01")).answers(
            200,
            resource_provider("Microsoft.ManagedIdentity", "Registering")
        ),
        arm(&FABRIKAM, "GET", format!("{REGISTRATION}?api-version=2024-11-01")).answers(
            200,
            resource_provider("Microsoft.ManagedIdentity", "Registered")
        ),
            ],
            in_order![
        arm(&FABRIKAM, "GET", format!("{PROVIDER_GROUP}?api-version=2025-04-01"))
            .answers(404, no_group("fabrikam-cmk")),
        arm(&FABRIKAM, "PUT", format!("{PROVIDER_GROUP}?api-version=2025-04-01"))
            .sends(json!({ "location": "westeurope", "tags": marked() }))
            .answers(201, group(PROVIDER_GROUP)),
            ],
        ],
        arm(&FABRIKAM, "GET", format!("{IDENTITY}?api-version=2024-11-30")).answers(
            404,
            no_resource(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "fabrikam-cmk",
                "fabrikam-cmk"
            )
        ),
        arm(&FABRIKAM, "PUT", format!("{IDENTITY}?api-version=2024-11-30"))
            .sends(json!({ "location": "westeurope", "tags": marked() }))
            .answers(201, identity())
            .answer_header(
                "location",
                "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourcegroups/fabrikam-cmk/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fabrikam-cmk"
            ),
    ]
}

fn make_credential() -> Plan {
    in_order![
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[])),
        graph(
            &FABRIKAM,
            "PATCH",
            format!("{CREDENTIALS}(name='{CREDENTIAL}')")
        )
        .create_if_missing()
        .sends(json!({
            "issuer": "https://login.microsoftonline.com/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/v2.0",
            "subject": IDENTITY_PRINCIPAL,
            "audiences": ["api://AzureADTokenExchange"],
            "description": "cross-tenant-cmk",
        }))
        .answers(201, credential()),
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[])),
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
    ]
}

/// A page of Graph.
pub(crate) fn page(items: &[Value]) -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications('aaaaaaaa-0000-4000-8000-000000000003')/federatedIdentityCredentials",
        "value": items,
    })
}

/// When everything is there: reads alone.
pub(crate) fn second_run() -> Plan {
    in_order![
        whose_subscription(&FABRIKAM),
        at_once![
            graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()]))
    ]
}

pub(crate) fn find_identity() -> Plan {
    identity_at(identity())
}

/// The identity is there, like this.
pub(crate) fn identity_at(identity: Value) -> Plan {
    in_order![
        at_once![
            arm(
                &FABRIKAM,
                "GET",
                format!("{REGISTRATION}?api-version=2024-11-01")
            )
            .answers(
                200,
                resource_provider("Microsoft.ManagedIdentity", "Registered")
            ),
            arm(
                &FABRIKAM,
                "GET",
                format!("{PROVIDER_GROUP}?api-version=2025-04-01")
            )
            .answers(200, group(PROVIDER_GROUP)),
        ],
        arm(
            &FABRIKAM,
            "GET",
            format!("{IDENTITY}?api-version=2024-11-30")
        )
        .answers(200, identity),
    ]
}

/// What phase 1 leaves, as the provider keeps it.
pub(crate) fn setup() -> ProviderSetup {
    serde_json::from_value(setup_json()).unwrap()
}

pub(crate) fn setup_json() -> Value {
    json!({
        "cloud": "public",
        "tenantId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        "subscriptionId": "aaaaaaaa-0000-4000-8000-000000000001",
        "applicationClientId": CLIENT_ID,
        "applicationObjectId": APPLICATION_ID,
        "applicationName": "Fabrikam data platform",
        "identityId": IDENTITY,
        "identityPrincipalId": IDENTITY_PRINCIPAL,
        "federatedCredentialName": CREDENTIAL,
    })
}
