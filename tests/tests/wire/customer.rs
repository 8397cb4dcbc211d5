//! Phase 2 with a key through Resource Manager, request by request.

use crate::{
    exchange::Exchange,
    literals::{
        CLIENT_ID, CONTOSO, CUSTOMER_GROUP, ENCRYPTION_USER, KEY, KEY_ROLE, SERVICE_PRINCIPAL,
        VAULT, VAULT_ROLE, assignment, group, key_role, marked, no_group, no_resource,
        not_in_graph, resource_provider, service_principal, the_key, the_vault,
    },
    provider,
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph, whose_subscription},
};
use azure_core::time::OffsetDateTime;
use cross_tenant_cmk::{
    Grant, KeySpec, Offer, OfferOptions, Outcome, RoleScope, StepId, VaultChoice,
    cmk_core::TenantId, grant_access,
};
use serde_json::{Value, json};

const PRINCIPAL: &str = "/v1.0/servicePrincipals(appId='aaaaaaaa-0000-4000-8000-000000000002')";
const KEY_VAULT: &str =
    "/subscriptions/cccccccc-0000-4000-8000-000000000001/providers/Microsoft.KeyVault";
/// The query that finds what a principal holds at a scope, above it included.
pub(crate) const HELD_BY_PRINCIPAL: &str = "api-version=2022-04-01&$filter=atScope()%20and%20assignedTo(%27cccccccc-0000-4000-8000-000000000003%27)";

/// The moment of the Offer and of the phase.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

pub(crate) fn offer() -> Offer {
    provider::setup().offer(Some(OfferOptions {
        now: Some(now()),
        nonce: Some("33333333-3333-4333-8333-333333333333".parse().unwrap()),
        ..Default::default()
    }))
}

/// The provider's tenant, from the customer's own record.
pub(crate) fn expected_provider() -> TenantId {
    "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa".parse().unwrap()
}

pub(crate) fn spec() -> KeySpec {
    let mut spec = KeySpec::new(
        VaultChoice::Named("contoso-keys".parse().unwrap()),
        "cosmos".parse().unwrap(),
        "contoso-keys".parse().unwrap(),
        "westeurope".parse().unwrap(),
    );
    spec.now = Some(now());
    spec
}

/// In an empty tenant.
pub(crate) fn first_run() -> Plan {
    in_order![
        whose_subscription(&CONTOSO),
        at_once![admit_application(), in_order![make_vault(), make_key()]],
        give_role()
    ]
}

fn admit_application() -> Plan {
    in_order![
        graph(&CONTOSO, "GET", PRINCIPAL).answers(404, not_in_graph(CLIENT_ID)),
        // The key again and nothing else: whatever it held would be written onto one that is there.
        graph(&CONTOSO, "PATCH", PRINCIPAL)
            .create_if_missing()
            .sends(json!({ "appId": CLIENT_ID }))
            .answers(201, service_principal()),
        graph(&CONTOSO, "GET", PRINCIPAL).answers(404, not_in_graph(CLIENT_ID)),
        graph(&CONTOSO, "GET", PRINCIPAL).answers(200, service_principal()),
    ]
}

fn make_vault() -> Plan {
    in_order![
        at_once![
            arm(
                &CONTOSO,
                "GET",
                format!("{KEY_VAULT}?api-version=2024-11-01")
            )
            .answers(200, resource_provider("Microsoft.KeyVault", "Registered")),
            in_order![
                arm(
                    &CONTOSO,
                    "GET",
                    format!("{CUSTOMER_GROUP}?api-version=2025-04-01")
                )
                .answers(404, no_group("contoso-keys")),
                arm(
                    &CONTOSO,
                    "PUT",
                    format!("{CUSTOMER_GROUP}?api-version=2025-04-01")
                )
                .sends(json!({ "location": "westeurope", "tags": marked() }))
                .answers(201, group(CUSTOMER_GROUP)),
            ],
        ],
        no_vault(),
        check_name().answers(200, json!({ "nameAvailable": true })),
        arm(&CONTOSO, "PUT", format!("{VAULT}?api-version=2026-02-01"))
            .sends(json!({
                "location": "westeurope",
                "tags": marked(),
                "properties": {
                    "tenantId": "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
                    "sku": { "family": "A", "name": "standard" },
                    "accessPolicies": [],
                    "enableRbacAuthorization": true,
                    "enableSoftDelete": true,
                    "softDeleteRetentionInDays": 90,
                    "enablePurgeProtection": true,
                },
            }))
            // Done is what the state says, not the status.
            .answers(200, the_vault("RegisteringDns")),
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01"))
            .answers(200, the_vault("RegisteringDns")),
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01"))
            .answers(200, the_vault("Succeeded")),
        // Read back, since a policy may have changed what was asked for.
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01"))
            .answers(200, the_vault("Succeeded")),
    ]
}

fn make_key() -> Plan {
    in_order![
        no_key(),
        arm(&CONTOSO, "PUT", format!("{KEY}?api-version=2026-02-01"))
            .sends(json!({
                "tags": marked(),
                "properties": {
                    "kty": "RSA",
                    "keySize": 3072,
                    "keyOps": ["wrapKey", "unwrapKey"],
                },
            }))
            .answers(200, the_key()),
    ]
}

/// The role on the key, once the directory behind Resource Manager has seen the service principal.
fn give_role() -> Plan {
    let name = format!(
        "{KEY}/providers/Microsoft.Authorization/roleAssignments/{KEY_ROLE}?api-version=2022-04-01"
    );
    let body = role_body(ENCRYPTION_USER, SERVICE_PRINCIPAL, "ServicePrincipal");
    in_order![
        arm(
            &CONTOSO,
            "GET",
            format!("{KEY}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PRINCIPAL}")
        )
        .answers(200, json!({ "value": [] })),
        arm(&CONTOSO, "PUT", name.clone()).sends(body.clone()).answers(
            400,
            json!({ "error": {
                "code": "PrincipalNotFound",
                "message": "Principal cccccccc000040008000000000000003 does not exist in the directory cccccccc-cccc-4ccc-8ccc-cccccccccccc.",
            } })
        ),
        arm(&CONTOSO, "PUT", name).sends(body).answers(201, key_role()),
    ]
}

pub(crate) fn role_body(role: &str, principal: &str, kind: &str) -> Value {
    json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/cccccccc-0000-4000-8000-000000000001/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal,
        "principalType": kind,
        "description": "cross-tenant-cmk",
    } })
}

/// When everything is there: reads alone.
pub(crate) fn second_run() -> Plan {
    in_order![
        whose_subscription(&CONTOSO),
        at_once![find_principal(), in_order![find_vault(), find_key()]],
        arm(
            &CONTOSO,
            "GET",
            format!("{KEY}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PRINCIPAL}")
        )
        .answers(200, json!({ "value": [key_role()] }))
    ]
}

pub(crate) fn find_principal() -> Plan {
    principal_at(service_principal())
}

/// The service principal is there, like this.
pub(crate) fn principal_at(principal: Value) -> Plan {
    graph(&CONTOSO, "GET", PRINCIPAL)
        .answers(200, principal)
        .into()
}

pub(crate) fn find_vault() -> Plan {
    vault_at(the_vault("Succeeded"))
}

/// The vault is there, like this.
pub(crate) fn vault_at(vault: Value) -> Plan {
    in_order![
        at_once![
            arm(
                &CONTOSO,
                "GET",
                format!("{KEY_VAULT}?api-version=2024-11-01")
            )
            .answers(200, resource_provider("Microsoft.KeyVault", "Registered")),
            arm(
                &CONTOSO,
                "GET",
                format!("{CUSTOMER_GROUP}?api-version=2025-04-01")
            )
            .answers(200, group(CUSTOMER_GROUP)),
        ],
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01")).answers(200, vault.clone()),
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01")).answers(200, vault),
    ]
}

/// There is no vault, and somebody in another subscription has the name.
pub(crate) fn vault_name_taken() -> Plan {
    in_order![
        at_once![
        arm(&CONTOSO, "GET", format!("{KEY_VAULT}?api-version=2024-11-01"))
            .answers(200, resource_provider("Microsoft.KeyVault", "Registered")),
        arm(&CONTOSO, "GET", format!("{CUSTOMER_GROUP}?api-version=2025-04-01"))
            .answers(200, group(CUSTOMER_GROUP)),
        ],
        no_vault(),
        check_name().answers(
            200,
            json!({
                "nameAvailable": false,
                "reason": "AlreadyExists",
                "message": "The vault name 'contoso-keys' is already in use. Vault names are globally unique so it is possible that the name is already taken.",
            })
        ),
        // No deleted one of this subscription either, wherever it was.
        arm(
            &CONTOSO,
            "GET",
            format!("{KEY_VAULT}/deletedVaults?api-version=2026-02-01")
        )
        .answers(200, json!({ "value": [] })),
    ]
}

fn no_vault() -> Exchange {
    arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01")).answers(
        404,
        no_resource("Microsoft.KeyVault/vaults", "contoso-keys", "contoso-keys"),
    )
}

fn check_name() -> Exchange {
    arm(
        &CONTOSO,
        "POST",
        format!("{KEY_VAULT}/checkNameAvailability?api-version=2026-02-01"),
    )
    .sends(json!({ "name": "contoso-keys", "type": "Microsoft.KeyVault/vaults" }))
}

pub(crate) fn find_key() -> Plan {
    key_at(the_key())
}

/// The key is there, like this.
pub(crate) fn key_at(key: Value) -> Plan {
    arm(&CONTOSO, "GET", format!("{KEY}?api-version=2026-02-01"))
        .answers(200, key)
        .into()
}

/// There is no key.
fn no_key() -> Exchange {
    arm(&CONTOSO, "GET", format!("{KEY}?api-version=2026-02-01")).answers(
        404,
        no_resource(
            "Microsoft.KeyVault/vaults",
            "contoso-keys/keys/cosmos",
            "contoso-keys",
        ),
    )
}

/// What phase 2 answers.
pub(crate) fn grant() -> Grant {
    Grant::from_json(&grant_json().to_string()).unwrap()
}

pub(crate) fn grant_json() -> Value {
    json!({
        "kind": "cross-tenant-cmk/grant",
        "version": 1,
        "cloud": "public",
        "offerDigest": crate::literals::DIGEST,
        "customerTenantId": "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
        "applicationClientId": CLIENT_ID,
        "servicePrincipalId": SERVICE_PRINCIPAL,
        "keyUri": "https://contoso-keys.vault.azure.net/keys/cosmos",
    })
}

#[tokio::test]
async fn on_request_the_role_is_given_on_the_vault() {
    let wire = Wire::start().await;
    let mut spec = spec();
    spec.role_scope = RoleScope::Vault;
    let plan = in_order![
        whose_subscription(&CONTOSO),
        at_once![find_principal(), in_order![find_vault(), find_key()]],
        arm(
            &CONTOSO,
            "GET",
            format!("{VAULT}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PRINCIPAL}")
        )
        // One on the key alone is not enough for the vault.
        .answers(200, json!({ "value": [key_role()] })),
        arm(
            &CONTOSO,
            "PUT",
            format!("{VAULT}/providers/Microsoft.Authorization/roleAssignments/{VAULT_ROLE}?api-version=2022-04-01")
        )
        .sends(role_body(ENCRYPTION_USER, SERVICE_PRINCIPAL, "ServicePrincipal"))
        .answers(
            201,
            assignment(VAULT, VAULT_ROLE, ENCRYPTION_USER, SERVICE_PRINCIPAL, "ServicePrincipal")
        )
    ];
    let (customer, offer) = (wire.customer(), offer());
    let run = grant_access(
        &customer,
        &offer,
        expected_provider(),
        &spec,
        server::at_once(),
    );
    let done = wire.play(plan, run).await.unwrap();
    assert_eq!(
        done.report.outcome(StepId::KeyRole),
        Some(&Outcome::Created)
    );
    assert_eq!(done.output, grant());
}
