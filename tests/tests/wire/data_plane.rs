//! Phase 2 with a key through the vault's data plane, as Microsoft's walkthrough makes it.

use crate::{
    customer::{
        HELD_BY_PRINCIPAL, expected_provider, find_principal, find_vault, grant, offer, role_body,
        spec,
    },
    literals::{
        CONTOSO, CRYPTO_OFFICER, KEY, KEY_VERSION, OFFICER_ROLE, PERSON, VAULT, assignment,
        key_role, marked,
    },
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph, vault, whose_subscription},
};
use cross_tenant_cmk::{
    Done, Grant, KeyCreation, KeyCreator, Outcome, PhaseError, Reason, StepId, grant_access,
    keyvault_rbac::PrincipalType,
};
use serde_json::{Value, json};

const HELD_BY_PERSON: &str = "api-version=2022-04-01&$filter=atScope()%20and%20assignedTo(%27cccccccc-0000-4000-8000-000000000004%27)";
/// The modulus of a key of 2,048 bits, in base64url.
const MODULUS: &str = "lh4MynpPC75ZXJDmulvXxrUMMcfvbF7TZKH1PD6xR0Sg5371XJwN8vvkpbwXDQgmvVyKYRZJWy659-IbCTyR8oH30h6nUiZRVOcipIKg1fWvpnRvBsrrNYNac0HA3imk9i-GLkZZfdrYXjHwT838Jdu6WfWSxr07Rs-bYKfxDqY2SLpskzqh3bMMibYfcuBcmmehxmbkFHaZFPeKriy9gWQvjdG0QqERg10juuDiaMlzA0ZbrZryWlCJklds-o811CyXPx0_Pu496Rg3X2fv3lPnxixDaXG3a9BVrKIU1rvK-kRC2qDHr8XgUcq23orH5DjT_VNrEDoaOcxF4HDIvQ";

async fn run(wire: &Wire, plan: Plan) -> Result<Done<Grant>, PhaseError> {
    run_as(wire, None, plan).await
}

async fn run_as(
    wire: &Wire,
    creator: Option<KeyCreator>,
    plan: Plan,
) -> Result<Done<Grant>, PhaseError> {
    let customer = wire.customer();
    let (offer, mut spec) = (offer(), spec());
    spec.key_creation = KeyCreation::DataPlane { creator };
    let run = grant_access(
        &customer,
        &offer,
        expected_provider(),
        &spec,
        server::at_once(),
    );
    let plan = in_order![whose_subscription(&CONTOSO), plan];
    wire.play(plan, run).await
}

fn who_is_signed_in() -> Plan {
    graph(&CONTOSO, "GET", "/v1.0/me")
        .answers(
            200,
            json!({
                "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
                "businessPhones": [],
                "displayName": "Key administrator",
                "userPrincipalName": "keys@contoso.example",
                "id": PERSON,
            }),
        )
        .into()
}

fn officer() -> Value {
    assignment(VAULT, OFFICER_ROLE, CRYPTO_OFFICER, PERSON, "User")
}

fn make_officer() -> Plan {
    in_order![
        arm(
            &CONTOSO,
            "GET",
            format!("{VAULT}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PERSON}")
        )
        .answers(200, json!({ "value": [] })),
        arm(
            &CONTOSO,
            "PUT",
            format!("{VAULT}/providers/Microsoft.Authorization/roleAssignments/{OFFICER_ROLE}?api-version=2022-04-01")
        )
        .sends(role_body(CRYPTO_OFFICER, PERSON, "User"))
        .answers(201, officer()),
    ]
}

fn key() -> Value {
    json!({
        "key": {
            "kid": format!("https://contoso-keys.vault.azure.net/keys/cosmos/{KEY_VERSION}"),
            "kty": "RSA",
            "key_ops": ["wrapKey", "unwrapKey"],
            "n": MODULUS,
            "e": "AQAB",
        },
        "attributes": { "enabled": true, "created": 1_782_717_000, "updated": 1_782_717_000, "recoveryLevel": "Recoverable", "recoverableDays": 90, "exportable": false },
        "tags": { "managed-by": "cross-tenant-cmk" },
    })
}

/// What the vault says while a role has not reached it.
fn no_role_yet(action: &str) -> Value {
    json!({ "error": {
        "code": "Forbidden",
        "message": format!("Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nAction: '{action}'"),
        "innererror": { "code": "ForbiddenByRbac" },
    } })
}

fn no_key() -> Value {
    json!({ "error": {
        "code": "KeyNotFound",
        "message": "A key with (name/id) cosmos was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
    } })
}

fn give_role() -> Plan {
    arm(
        &CONTOSO,
        "GET",
        format!("{KEY}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PRINCIPAL}"),
    )
    .answers(200, json!({ "value": [key_role()] }))
    .into()
}

#[tokio::test]
async fn the_signed_in_person_gets_the_role_first_and_the_key_waits_until_the_vault_knows() {
    let wire = Wire::start().await;
    let create = || {
        vault("POST", "/keys/cosmos/create?api-version=2026-04-01").sends(json!({
            "kty": "RSA",
            "key_size": 3072,
            "key_ops": ["wrapKey", "unwrapKey"],
            "tags": marked(),
        }))
    };
    let make_key = in_order![
        vault("GET", "/keys/cosmos?api-version=2026-04-01")
            .answers(403, no_role_yet("Microsoft.KeyVault/vaults/keys/read")),
        vault("GET", "/keys/cosmos?api-version=2026-04-01")
            .answers(403, no_role_yet("Microsoft.KeyVault/vaults/keys/read")),
        vault("GET", "/keys/cosmos?api-version=2026-04-01").answers(404, no_key()),
        vault("GET", "/deletedkeys/cosmos?api-version=2026-04-01").answers(404, no_key()),
        // One node of the vault knows, and the next does not yet.
        create().answers(
            403,
            no_role_yet("Microsoft.KeyVault/vaults/keys/create/action")
        ),
        create().answers(200, key()),
    ];
    let plan = in_order![
        at_once![
            find_principal(),
            in_order![find_vault(), who_is_signed_in(), make_officer(), make_key]
        ],
        give_role(),
    ];
    let done = run(&wire, plan).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::KeyCreatorRole),
        Some(&Outcome::Created)
    );
    assert_eq!(done.report.outcome(StepId::Key), Some(&Outcome::Created));
    // Without the version that the vault named.
    assert_eq!(done.output, grant());
}

#[tokio::test]
async fn a_second_run_makes_no_second_version() {
    let wire = Wire::start().await;
    let plan = in_order![
        at_once![
            find_principal(),
            in_order![
                find_vault(),
                who_is_signed_in(),
                arm(
                    &CONTOSO,
                    "GET",
                    format!(
                        "{VAULT}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PERSON}"
                    )
                )
                .answers(200, json!({ "value": [officer()] })),
                vault("GET", "/keys/cosmos?api-version=2026-04-01").answers(200, key()),
            ]
        ],
        give_role(),
    ];
    let done = run(&wire, plan).await.unwrap();
    assert!(done.report.changed_nothing(), "{}", done.report);
    assert_eq!(done.output, grant());
}

#[tokio::test]
async fn a_deleted_key_in_the_way_is_told_before_the_vault_refuses() {
    let wire = Wire::start().await;
    let mut deleted = key();
    deleted["recoveryId"] = json!("https://contoso-keys.vault.azure.net/deletedkeys/cosmos");
    deleted["deletedDate"] = json!(1_782_800_000);
    deleted["scheduledPurgeDate"] = json!(1_790_576_000);
    let plan = at_once![
        find_principal(),
        in_order![
            find_vault(),
            who_is_signed_in(),
            make_officer(),
            vault("GET", "/keys/cosmos?api-version=2026-04-01").answers(404, no_key()),
            vault("GET", "/deletedkeys/cosmos?api-version=2026-04-01").answers(200, deleted),
        ]
    ];
    let error = run(&wire, plan).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::KeySoftDeleted);
}

#[tokio::test]
async fn an_application_that_is_signed_in_must_be_named() {
    let wire = Wire::start().await;
    let plan = at_once![
        find_principal(),
        in_order![
            find_vault(),
            graph(&CONTOSO, "GET", "/v1.0/me").answers(
                400,
                json!({ "error": {
                    "code": "BadRequest",
                    "message": "/me request is only valid with delegated authentication flow.",
                    "innerError": { "date": "2026-06-29T07:31:25", "request-id": "eeeeeeee-0000-4000-8000-000000000001", "client-request-id": "eeeeeeee-0000-4000-8000-000000000001" },
                } })
            ),
        ]
    ];
    let error = run(&wire, plan).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().reason(),
        Reason::SignedInPrincipalUnknown
    );
}

/// An application of the customer's that makes keys.
const KEY_MAKER: &str = "cccccccc-0000-4000-8000-000000000007";

fn key_maker() -> Option<KeyCreator> {
    Some(KeyCreator {
        id: KEY_MAKER.parse().unwrap(),
        principal_type: PrincipalType::ServicePrincipal,
    })
}

#[tokio::test]
async fn a_named_application_is_looked_up_before_it_gets_a_role() {
    let wire = Wire::start().await;
    let mut found = crate::literals::service_principal();
    found["id"] = json!(KEY_MAKER);
    let held = format!(
        "{VAULT}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()%20and%20assignedTo(%27{KEY_MAKER}%27)"
    );
    let name = "e0ba1b3c-4a3b-59b5-9a4f-000000000000";
    let officer = assignment(VAULT, name, CRYPTO_OFFICER, KEY_MAKER, "ServicePrincipal");
    let plan = in_order![
        at_once![
            find_principal(),
            in_order![
                find_vault(),
                graph(
                    &CONTOSO,
                    "GET",
                    format!("/v1.0/servicePrincipals/{KEY_MAKER}")
                )
                .answers(200, found),
                arm(&CONTOSO, "GET", held).answers(200, json!({ "value": [officer] })),
                vault("GET", "/keys/cosmos?api-version=2026-04-01").answers(200, key()),
            ]
        ],
        give_role(),
    ];
    let done = run_as(&wire, key_maker(), plan).await.unwrap();
    assert_eq!(done.output, grant());
}

#[tokio::test]
async fn a_named_application_that_the_directory_does_not_know_gets_no_role() {
    let wire = Wire::start().await;
    let plan = at_once![
        find_principal(),
        in_order![
            find_vault(),
            graph(
                &CONTOSO,
                "GET",
                format!("/v1.0/servicePrincipals/{KEY_MAKER}")
            )
            .answers(404, crate::literals::not_in_graph(KEY_MAKER)),
        ]
    ];
    let error = run_as(&wire, key_maker(), plan).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::UnknownPrincipal);
    assert_eq!(error.report().outcome(StepId::KeyCreatorRole), None);
}
