//! Phase 3, request by request.

use crate::{
    customer::{grant, offer},
    exchange::Exchange,
    literals::{
        ACCOUNT, CLIENT_ID, DATA_GROUP, FABRIKAM, IDENTITY, KEY_URI, application, credential,
        group, identity, marked, no_group, no_resource, resource_provider, the_account,
        unfinished_account,
    },
    provider::{BY_ID, CREDENTIALS, page, setup},
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph, vault_without_token, whose_subscription},
};
use cross_tenant_cmk::{
    AccountSpec, CustomerRecord, Done, EncryptedAccount, Outcome, PhaseError, StepId,
    cosmos_cmk::CmkStatus, create_encrypted_account,
};
use serde_json::{Value, json};

const COSMOS: &str =
    "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/providers/Microsoft.DocumentDB";

/// What the provider's own records say.
pub(crate) fn record() -> CustomerRecord {
    CustomerRecord {
        reference: "contoso".parse().unwrap(),
        tenant_id: "cccccccc-cccc-4ccc-8ccc-cccccccccccc".parse().unwrap(),
        offer_digest: offer().digest(),
    }
}

pub(crate) fn spec() -> AccountSpec {
    AccountSpec::new(
        &setup(),
        &grant(),
        "contoso-data".parse().unwrap(),
        "contoso-orders".parse().unwrap(),
        "westeurope".parse().unwrap(),
    )
    .unwrap()
}

/// Phase 3 for the typical account.
pub(crate) async fn run(wire: &Wire, plan: Plan) -> Result<Done<EncryptedAccount>, PhaseError> {
    let provider = wire.provider();
    let (setup, grant, record, spec) = (setup(), grant(), record(), spec());
    let run =
        create_encrypted_account(&provider, &setup, &grant, &record, &spec, server::at_once());
    wire.play(plan, run).await
}

/// With nothing there but what phases 1 and 2 made.
pub(crate) fn first_run() -> Plan {
    in_order![before_the_account(), none_there(), come_up()]
}

/// The checks and what an account needs, with its group to be made.
pub(crate) fn before_the_account() -> Plan {
    in_order![
        checks(&[]),
        at_once![
            registered(),
            in_order![
                arm(
                    &FABRIKAM,
                    "GET",
                    format!("{DATA_GROUP}?api-version=2025-04-01")
                )
                .answers(404, no_group("contoso-data")),
                arm(
                    &FABRIKAM,
                    "PUT",
                    format!("{DATA_GROUP}?api-version=2025-04-01")
                )
                .sends(json!({ "location": "westeurope", "tags": marked() }))
                .answers(201, group(DATA_GROUP)),
            ],
        ],
    ]
}

fn registered() -> Exchange {
    arm(&FABRIKAM, "GET", format!("{COSMOS}?api-version=2024-11-01"))
        .answers(200, resource_provider("Microsoft.DocumentDB", "Registered"))
}

/// The accounts of the provider's subscription, looked through for one of another customer's under the key.
pub(crate) fn whose_accounts(accounts: &[Value]) -> Exchange {
    arm(
        &FABRIKAM,
        "GET",
        format!("{COSMOS}/databaseAccounts?api-version=2026-03-15"),
    )
    .answers(200, json!({ "value": accounts }))
}

/// Whose key it is, whether phase 1 still holds, and whose accounts there are: before anything is written.
pub(crate) fn checks(accounts: &[Value]) -> Plan {
    checks_with(accounts, &[credential()])
}

/// The same with these credentials.
pub(crate) fn checks_with(accounts: &[Value], credentials: &[Value]) -> Plan {
    let application = graph(&FABRIKAM, "GET", BY_ID).answers(200, application());
    checks_of(application, accounts, credentials)
}

/// The same with what is answered about the application.
pub(crate) fn checks_of(application: Exchange, accounts: &[Value], credentials: &[Value]) -> Plan {
    in_order![
        whose_subscription(&FABRIKAM),
        at_once![
            vault_without_token("GET", "/keys?api-version=2026-04-01")
                .answers(
                    401,
                    json!({ "error": {
                        "code": "Unauthorized",
                        "message": "AKV10000: Request is missing a Bearer or PoP token.",
                    } })
                )
                .answer_header(
                    "www-authenticate",
                    r#"Bearer authorization="https://login.microsoftonline.com/cccccccc-cccc-4ccc-8ccc-cccccccccccc", resource="https://vault.azure.net""#
                ),
            application,
            arm(&FABRIKAM, "GET", format!("{IDENTITY}?api-version=2024-11-30"))
                .answers(200, identity()),
            graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(credentials)),
            whose_accounts(accounts),
        ],
    ]
}

/// There is no account, its name is free, and the region may be used.
pub(crate) fn none_there() -> Plan {
    none_there_with(404, true)
}

/// There is no account; what the name's status says, and whether the region may be used.
pub(crate) fn none_there_with(name_status: u16, region: bool) -> Plan {
    let mut found = west_europe();
    found["properties"]["isSubscriptionRegionAccessAllowedForRegular"] = json!(region);
    found["properties"]["isSubscriptionRegionAccessAllowedForAz"] = json!(region);
    none_there_in(name_status, found)
}

/// A region that has everything and is open.
pub(crate) fn west_europe() -> Value {
    json!({
        "id": format!("{COSMOS}/locations/westeurope"),
        "name": "West Europe",
        "type": "Microsoft.DocumentDB/locations",
        "properties": {
            "supportsAvailabilityZone": true,
            "isResidencyRestricted": false,
            "backupStorageRedundancies": ["Geo", "Zone", "Local"],
            "isSubscriptionRegionAccessAllowedForRegular": true,
            "isSubscriptionRegionAccessAllowedForAz": true,
            "status": "Online",
        },
    })
}

/// There is no account; what the name's status says, and what the region is.
pub(crate) fn none_there_in(name_status: u16, region: Value) -> Plan {
    in_order![
        read().answers(
            404,
            no_resource(
                "Microsoft.DocumentDB/databaseAccounts",
                "contoso-orders",
                "contoso-data"
            )
        ),
        at_once![
            arm(
                &FABRIKAM,
                "HEAD",
                "/providers/Microsoft.DocumentDB/databaseAccountNames/contoso-orders?api-version=2026-03-15"
            )
            .answers_nothing(name_status),
            arm(
                &FABRIKAM,
                "GET",
                format!("{COSMOS}/locations/westeurope?api-version=2026-03-15")
            )
            .answers(200, region),
        ],
    ]
}

/// Reading the account.
pub(crate) fn read() -> Exchange {
    arm(
        &FABRIKAM,
        "GET",
        format!("{ACCOUNT}?api-version=2026-03-15"),
    )
}

/// The creation, in one request with key, identity and default identity.
pub(crate) fn create() -> Exchange {
    arm(&FABRIKAM, "PUT", format!("{ACCOUNT}?api-version=2026-03-15")).sends(json!({
        "location": "westeurope",
        "kind": "GlobalDocumentDB",
        "tags": { "managed-by": "cross-tenant-cmk", "cross-tenant-cmk-customer": "contoso" },
        "identity": { "type": "UserAssigned", "userAssignedIdentities": { IDENTITY: {} } },
        "properties": {
            "databaseAccountOfferType": "Standard",
            "keyVaultKeyUri": "https://contoso-keys.vault.azure.net/keys/cosmos",
            "defaultIdentity": format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT_ID}"),
            "locations": [{ "locationName": "westeurope", "failoverPriority": 0, "isZoneRedundant": false }],
        },
    }))
}

/// Taken: a 200, which does not mean done.
pub(crate) fn created() -> Exchange {
    create()
        .answers(200, unfinished_account("Creating"))
        .answer_header("azure-asyncoperation", operation("1"))
        .answer_header(
            "location",
            format!("https://management.azure.com{ACCOUNT}/operationResults/99999999-0000-4000-8000-000000000001?api-version=2026-03-15"),
        )
}

/// Where the service is asked after an operation, with what it signed.
pub(crate) fn operation(number: &str) -> String {
    format!("https://management.azure.com{}", operation_target(number))
}

fn operation_target(number: &str) -> String {
    format!(
        "{COSMOS}/locations/westeurope/operationsStatus/99999999-0000-4000-8000-00000000000{number}?api-version=2026-03-15&t=638623591973917266&c=MIIHhzCCBm-gAwIBAgIT&s=a_b-c&h=d"
    )
}

/// Asking after an operation.
pub(crate) fn poll(number: &str) -> Exchange {
    arm(&FABRIKAM, "GET", operation_target(number))
}

/// The creation and its operation, with all that was recorded on the way: a page of a gateway, and another address to ask at.
fn come_up() -> Plan {
    in_order![
        created(),
        poll("1").answers(200, json!({ "status": "Enqueued" })),
        poll("1").answers_text(
            503,
            "text/html",
            "<!DOCTYPE html><html><body>Our services aren't available right now</body></html>"
        ),
        poll("1")
            .answers(200, json!({ "status": "Dequeued" }))
            .answer_header("azure-asyncoperation", operation("2"))
            .answer_header("retry-after", "0"),
        poll("2").answers(200, json!({ "status": "Succeeded" })),
        // The operation is done before the account says so.
        read().answers(200, unfinished_account("Creating")),
        read().answers(200, the_account()),
        // Another customer's run may have looked at the same moment.
        whose_accounts(&[the_account()]),
    ]
}

/// When everything is there: reads alone.
pub(crate) fn second_run() -> Plan {
    in_order![
        found_group(&[the_account()]),
        read().answers(200, the_account())
    ]
}

/// The checks, and the group that is there.
pub(crate) fn found_group(accounts: &[Value]) -> Plan {
    in_order![
        checks(accounts),
        at_once![
            registered(),
            arm(
                &FABRIKAM,
                "GET",
                format!("{DATA_GROUP}?api-version=2025-04-01")
            )
            .answers(200, group(DATA_GROUP)),
        ],
    ]
}

pub(crate) fn assert_is_the_account(output: &EncryptedAccount) {
    assert_eq!(output.id.to_string(), ACCOUNT);
    assert_eq!(
        output.endpoint.as_deref(),
        Some("https://contoso-orders.documents.azure.com:443/")
    );
    assert_eq!(output.key_uri, KEY_URI);
    assert_eq!(
        output.key_version.as_deref(),
        Some("0123456789abcdef0123456789abcdef")
    );
    assert_eq!(output.cmk_status, Some(CmkStatus::Confirmed));
    assert_eq!(
        output.account.default_identity.to_string(),
        format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT_ID}")
    );
}

#[tokio::test]
async fn an_account_that_somebody_is_changing_is_waited_for() {
    let wire = Wire::start().await;
    let mut changing = the_account();
    changing["properties"]["provisioningState"] = json!("Updating");
    let plan = in_order![
        found_group(&[]),
        read().answers(200, changing.clone()),
        read().answers(200, changing),
        read().answers(200, the_account()),
    ];
    let done = run(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Existing)
    );
    assert_is_the_account(&done.output);
}

#[tokio::test]
async fn an_account_that_somebody_else_made_under_the_key_is_adopted_as_it_is() {
    let wire = Wire::start().await;
    let mut theirs = the_account();
    theirs["tags"] = json!({});
    let plan = in_order![found_group(&[theirs.clone()]), read().answers(200, theirs)];
    let done = run(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::Account),
        Some(&Outcome::Adopted)
    );
    assert_is_the_account(&done.output);
}
