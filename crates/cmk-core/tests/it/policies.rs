//! The wire shape of assigned policies, and of the question what they would do.

use crate::server::{SUBSCRIPTION, asked, assert_only_request, client, start};
use cmk_core::{
    CheckPolicyRestrictionsOptions, EnforcementMode, Kind, PendingField, PolicyAssignment,
    PolicyAssignmentsApi as _, PolicyRestrictions, PolicyRestrictionsApi as _, Scope,
};
use serde_json::{Value, json};
use wiremock::{Mock, ResponseTemplate, matchers::method};

const ASSIGNMENTS: &str = "providers/Microsoft.Authorization/policyAssignments";
const DEFINITION: &str =
    "/providers/Microsoft.Authorization/policyDefinitions/44444444-4444-4444-8444-444444444444";
const MANAGEMENT_GROUP: &str = "/providers/Microsoft.Management/managementGroups/corp";

fn scope(tail: &str) -> Scope {
    format!("/subscriptions/{SUBSCRIPTION}{tail}")
        .parse()
        .unwrap()
}

fn assignment(scope: &str, properties: Value) -> Value {
    json!({
        "id": format!("{scope}/{ASSIGNMENTS}/regions"),
        "type": "Microsoft.Authorization/policyAssignments",
        "name": "regions",
        "properties": properties,
    })
}

async fn listed(scope: &Scope, sent: &[Value]) -> cmk_core::Result<Vec<PolicyAssignment>> {
    let server = start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "value": sent })))
        .mount(&server)
        .await;
    let listed = client(&server).list_policy_assignments(scope).await;
    let line = format!("GET {scope}/{ASSIGNMENTS}?api-version=2025-03-01&$filter=atScope()");
    assert_only_request(&server, &line, None).await;
    listed
}

#[tokio::test]
async fn assignments_are_asked_at_each_form_of_scope() {
    for tail in [
        "",
        "/resourceGroups/rg",
        "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1",
    ] {
        assert_eq!(listed(&scope(tail), &[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_assignment_of_a_management_group_is_read() {
    let left_out = scope("/resourceGroups/sandbox").to_string();
    let sent = assignment(
        MANAGEMENT_GROUP,
        json!({
            "displayName": "Regions of the company",
            "policyDefinitionId": DEFINITION,
            "scope": MANAGEMENT_GROUP,
            "notScopes": [left_out],
            "enforcementMode": "DoNotEnforce",
            "parameters": { "regions": { "value": ["westeurope"] } },
        }),
    );
    let [read] = &listed(&scope(""), std::slice::from_ref(&sent))
        .await
        .unwrap()[..]
    else {
        panic!("one assignment");
    };
    assert_eq!(read.id, format!("{MANAGEMENT_GROUP}/{ASSIGNMENTS}/regions"));
    assert_eq!(read.name, "regions");
    assert_eq!(read.display_name.as_deref(), Some("Regions of the company"));
    assert_eq!(read.scope, MANAGEMENT_GROUP);
    assert_eq!(read.policy_definition_id.as_deref(), Some(DEFINITION));
    assert_eq!(read.enforcement_mode, EnforcementMode::DoNotEnforce);
    assert_eq!(
        read.parameters.pointer("/regions/value/0"),
        Some(&json!("westeurope"))
    );
    assert_eq!(read.received.value(), &sent);
    assert!(read.leaves_out(&scope(
        "/resourcegroups/Sandbox/providers/Microsoft.KeyVault/vaults/v1"
    )));
    assert!(!read.leaves_out(&scope("/resourceGroups/sandbox2")));
    assert!(!read.leaves_out(&scope("")));
}

#[tokio::test]
async fn an_assignment_that_says_little_is_an_enforced_one() {
    let at = scope("/resourceGroups/rg");
    for properties in [
        json!({}),
        json!({ "notScopes": null, "parameters": null, "enforcementMode": null, "displayName": null }),
    ] {
        let sent = assignment(&at.to_string(), properties);
        let read = listed(&at, &[sent]).await.unwrap().remove(0);
        assert_eq!(read.scope.parse::<Scope>().unwrap(), at);
        assert_eq!(read.enforcement_mode, EnforcementMode::Default);
        assert_eq!(read.not_scopes, Vec::<String>::new());
        assert_eq!(read.parameters.value(), &Value::Null);
    }
}

#[tokio::test]
async fn the_word_of_a_mode_is_kept() {
    for (word, mode) in [
        ("Default", EnforcementMode::Default),
        ("donotenforce", EnforcementMode::DoNotEnforce),
        ("Enroll", EnforcementMode::Enroll),
        (
            "Sometimes",
            EnforcementMode::Unknown("Sometimes".to_owned()),
        ),
    ] {
        let sent = assignment(&scope("").to_string(), json!({ "enforcementMode": word }));
        let read = listed(&scope(""), &[sent]).await.unwrap().remove(0);
        assert_eq!(read.enforcement_mode, mode);
    }
}

#[tokio::test]
async fn an_assignment_that_cannot_be_read_is_not_left_out() {
    let mut odd = assignment(&scope("").to_string(), json!({}));
    odd["id"] = json!("regions");
    let error = listed(&scope(""), &[odd]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Other);
    assert_eq!(
        error.failure().message(),
        Some("the answer could not be read")
    );
}

fn vault() -> Value {
    json!({
        "type": "Microsoft.KeyVault/vaults",
        "location": "westeurope",
        "properties": { "enableRbacAuthorization": true },
    })
}

async fn checked(
    scope: &Scope,
    options: Option<CheckPolicyRestrictionsOptions>,
    expected: Value,
    answer: Value,
) -> cmk_core::Result<PolicyRestrictions> {
    let server = start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&server)
        .await;
    let checked = client(&server)
        .check_policy_restrictions(scope, &vault(), options)
        .await;
    let line = format!(
        "POST {scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2024-10-01"
    );
    assert_only_request(&server, &line, Some(expected)).await;
    checked
}

#[tokio::test]
async fn a_resource_is_held_against_policies_as_it_would_be_sent() {
    for tail in ["", "/resourceGroups/rg"] {
        let found = checked(
            &scope(tail),
            None,
            json!({ "resourceDetails": { "resourceContent": vault() } }),
            json!({ "fieldRestrictions": [], "contentEvaluationResult": { "policyEvaluations": [] } }),
        )
        .await
        .unwrap();
        assert_eq!((found.evaluations.len(), found.fields.len()), (0, 0));
    }
}

#[tokio::test]
async fn a_denial_and_what_is_demanded_of_a_field_are_read() {
    let assignment = format!("{MANAGEMENT_GROUP}/{ASSIGNMENTS}/regions");
    let policy = json!({
        "policyAssignmentId": assignment,
        "policyDefinitionId": DEFINITION,
        "policySetDefinitionId": "/the/set",
        "policyDefinitionReferenceId": "within",
    });
    let evaluation = |effect: &str| {
        json!({
            "policyInfo": policy,
            "evaluationResult": "NonCompliant",
            "evaluationDetails": { "evaluatedExpressions": [], "reason": "no public access" },
            "effectDetails": { "policyEffect": effect },
        })
    };
    let options = CheckPolicyRestrictionsOptions {
        resource_api_version: Some("2026-02-01".to_owned()),
        pending_fields: vec![
            PendingField {
                field: "location".to_owned(),
                values: vec!["westeurope".to_owned()],
            },
            PendingField {
                field: "tags".to_owned(),
                ..Default::default()
            },
        ],
    };
    let found = checked(
        &scope("/resourceGroups/rg"),
        Some(options),
        json!({
            "resourceDetails": { "resourceContent": vault(), "apiVersion": "2026-02-01" },
            "pendingFields": [{ "field": "location", "values": ["westeurope"] }, { "field": "tags" }],
        }),
        json!({
            "fieldRestrictions": [{ "field": "tags.owner", "restrictions": [
                { "result": "Required", "defaultValue": "nobody", "values": ["a", "b"], "policyEffect": "Deny", "reason": "tags.owner is required", "policy": policy },
                { "result": "Removed" },
            ] }],
            "contentEvaluationResult": { "policyEvaluations": [evaluation("deny"), evaluation("Audit")] },
        }),
    )
    .await
    .unwrap();
    let [denied, audited] = &found.evaluations[..] else {
        panic!("two evaluations");
    };
    assert_eq!(
        (denied.denies(), audited.denies()),
        (Some(true), Some(false))
    );
    assert_eq!(denied.reason.as_deref(), Some("no public access"));
    assert_eq!(denied.policy.assignment_id.as_deref(), Some(&*assignment));
    assert_eq!(denied.policy.definition_id.as_deref(), Some(DEFINITION));
    assert_eq!(denied.policy.set_definition_id.as_deref(), Some("/the/set"));
    assert_eq!(denied.policy.reference_id.as_deref(), Some("within"));
    let [required, removed] = &found.fields[..] else {
        panic!("two restrictions");
    };
    assert_eq!(
        (&*required.field, &*removed.field),
        ("tags.owner", "tags.owner")
    );
    assert_eq!(required.result.as_deref(), Some("Required"));
    assert_eq!(required.values, ["a", "b"]);
    assert_eq!(required.default_value.as_deref(), Some("nobody"));
    assert_eq!(required.effect.as_deref(), Some("Deny"));
    assert_eq!(required.reason.as_deref(), Some("tags.owner is required"));
    assert_eq!(required.policy, denied.policy);
    assert_eq!(removed.result.as_deref(), Some("Removed"));
}

#[tokio::test]
async fn a_policy_that_was_not_evaluated_is_no_verdict() {
    for evaluation in [
        json!({ "evaluationResult": "Error", "effectDetails": { "policyEffect": "Deny" } }),
        json!({ "evaluationResult": "NonCompliant" }),
        json!({ "effectDetails": { "policyEffect": "Deny" } }),
    ] {
        let found = checked(
            &scope(""),
            None,
            json!({ "resourceDetails": { "resourceContent": vault() } }),
            json!({ "contentEvaluationResult": { "policyEvaluations": [evaluation] } }),
        )
        .await
        .unwrap();
        assert_eq!(found.evaluations[0].denies(), None, "{evaluation}");
    }
}

#[tokio::test]
async fn an_answer_without_evaluation_does_not_pass_for_no_denial() {
    for answer in [json!({}), json!({ "contentEvaluationResult": {} })] {
        let asked = json!({ "resourceDetails": { "resourceContent": vault() } });
        let error = checked(&scope(""), None, asked, answer).await.unwrap_err();
        // Nothing was written: there is no outcome that could be unknown.
        assert_eq!(error.kind(), Kind::Other);
    }
}

#[tokio::test]
async fn a_question_that_failed_is_asked_again() {
    let server = start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({ "contentEvaluationResult": { "policyEvaluations": [] } })),
        )
        .mount(&server)
        .await;
    let found = client(&server)
        .check_policy_restrictions(&scope(""), &vault(), None)
        .await
        .unwrap();
    assert_eq!(found.evaluations, []);
    assert_eq!(asked(&server).await.len(), 2);
}

#[tokio::test]
async fn policies_are_not_asked_at_a_resource() {
    let server = start().await;
    let vault_scope = scope("/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1");
    let error = client(&server)
        .check_policy_restrictions(&vault_scope, &vault(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(asked(&server).await, Vec::<String>::new());
}
