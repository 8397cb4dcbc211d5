//! What belongs to no provider beside resource groups: subscriptions, registrations, permissions, locks and policies.

use super::arm_rg::client;
use crate::conformance::{
    address::Host::Arm,
    compare::{Field, How, compare, compare_list},
    family::{Call, Family, Replaying, Route, What, parse},
    refusals,
};
use cmk_core::{
    ActionSet, LocksApi as _, ManagementLock, PermissionsApi as _, PolicyAssignment,
    PolicyAssignmentsApi as _, PolicyEvaluation, PolicyRestrictionsApi as _, ResourceProvider,
    ResourceProvidersApi as _, Subscription, SubscriptionsApi as _,
};
use serde_json::{Value, json};

pub(crate) const FAMILY: Family = Family {
    name: "arm-other",
    is_ours: true,
    routes: ROUTES,
    refusals: &[refusals::ARM],
    poller: None,
    bodies: &[],
};

const SUBSCRIPTION: &str = "/subscriptions/{subscription}";
const PROVIDER: &str = "/subscriptions/{subscription}/providers/{namespace}";
const REGISTER: &str = "/subscriptions/{subscription}/providers/{namespace}/register";
const PERMISSIONS: &str = "/{*scope}/providers/Microsoft.Authorization/permissions";
const LOCKS: &str = "/{*scope}/providers/Microsoft.Authorization/locks";
const POLICIES: &str = "/{*scope}/providers/Microsoft.Authorization/policyAssignments";
const RESTRICTIONS: &str = "/{*scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions";

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", SUBSCRIPTION, What::Ours(get_subscription)),
    Route::new(Arm, "GET", PROVIDER, What::Ours(get_provider)),
    Route::new(Arm, "POST", REGISTER, What::Ours(register)),
    Route::new(Arm, "GET", PERMISSIONS, What::Ours(permissions)),
    Route::new(Arm, "GET", LOCKS, What::Ours(locks)),
    Route::new(Arm, "GET", POLICIES, What::Ours(policies)),
    Route::new(Arm, "POST", RESTRICTIONS, What::Ours(restrictions)),
];

const FIELDS: &[Field<ResourceProvider>] = &[
    Field::new("/namespace", How::Exactly, |it| json!(it.namespace)),
    Field::new("/registrationState", How::Exactly, |it| {
        json!(it.registration_state.as_str())
    }),
];

const SUBSCRIPTION_FIELDS: &[Field<Subscription>] = &[
    Field::new("/subscriptionId", How::Exactly, |it| json!(it.id)),
    Field::new("/tenantId", How::Exactly, |it| json!(it.tenant_id)),
    Field::new("/displayName", How::Exactly, |it| json!(it.display_name)),
    Field::new("/state", How::Exactly, |it| json!(it.state)),
];

fn get_subscription<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let subscription = client.get_subscription(call.part("subscription")?).await?;
        Ok(compare(
            SUBSCRIPTION_FIELDS,
            &subscription,
            &call.exchange.response_body,
        )
        .into())
    })
}

const SET_FIELDS: &[Field<ActionSet>] = &[
    Field::new("/actions", How::Exactly, |it| json!(it.actions)),
    Field::new("/notActions", How::Exactly, |it| json!(it.not_actions)),
    Field::new("/dataActions", How::Exactly, |it| json!(it.data_actions)),
    Field::new("/notDataActions", How::Exactly, |it| {
        json!(it.not_data_actions)
    }),
];

fn get_provider<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let provider = client
            .get_resource_provider(call.part("subscription")?, call.parts.get("namespace"))
            .await?;
        Ok(compare(FIELDS, &provider, &call.exchange.response_body).into())
    })
}

fn register<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let provider = client
            .register_resource_provider(call.part("subscription")?, call.parts.get("namespace"))
            .await?;
        Ok(compare(FIELDS, &provider, &call.exchange.response_body).into())
    })
}

fn permissions<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let scope = parse(&format!("/{}", call.parts.get("scope")))?;
        let granted = client.get_permissions(&scope).await?;
        Ok(compare_list(SET_FIELDS, &granted.sets, &call.exchange.response_body).into())
    })
}

const LOCK_FIELDS: &[Field<ManagementLock>] = &[
    Field::new("/id", How::Exactly, |it| json!(it.id)),
    Field::new("/name", How::Exactly, |it| json!(it.name)),
    Field::new("/properties/level", How::Exactly, |it| {
        json!(it.level.as_str())
    }),
    Field::new("/properties/notes", How::Exactly, |it| json!(it.notes)),
];

fn locks<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let scope = parse(&format!("/{}", call.parts.get("scope")))?;
        let locks = client.list_locks(&scope).await?;
        Ok(compare_list(LOCK_FIELDS, &locks, &call.exchange.response_body).into())
    })
}

const POLICY_FIELDS: &[Field<PolicyAssignment>] = &[
    Field::new("/id", How::Exactly, |it| json!(it.id)),
    Field::new("/name", How::Exactly, |it| json!(it.name)),
    Field::new("/properties/displayName", How::Exactly, |it| {
        json!(it.display_name)
    }),
    Field::new("/properties/scope", How::Caseless, |it| json!(it.scope)),
    Field::new("/properties/notScopes", How::Exactly, |it| {
        json!(it.not_scopes)
    }),
    Field::new("/properties/policyDefinitionId", How::Exactly, |it| {
        json!(it.policy_definition_id)
    }),
    Field::new("/properties/parameters", How::Exactly, |it| {
        it.parameters.value().clone()
    }),
];

fn policies<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let scope = parse(&format!("/{}", call.parts.get("scope")))?;
        let policies = client.list_policy_assignments(&scope).await?;
        Ok(compare_list(POLICY_FIELDS, &policies, &call.exchange.response_body).into())
    })
}

const EVALUATION_FIELDS: &[Field<PolicyEvaluation>] = &[
    Field::new("/policyInfo/policyAssignmentId", How::Exactly, |it| {
        json!(it.policy.assignment_id)
    }),
    Field::new("/evaluationResult", How::Exactly, |it| json!(it.result)),
    Field::new("/effectDetails/policyEffect", How::Exactly, |it| {
        json!(it.effect)
    }),
];

fn restrictions<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let scope = parse(&format!("/{}", call.parts.get("scope")))?;
        let asked = call
            .exchange
            .request_body
            .pointer("/resourceDetails/resourceContent");
        let found = client
            .check_policy_restrictions(&scope, asked.unwrap_or(&Value::Null), None)
            .await?;
        let evaluations = call
            .exchange
            .response_body
            .pointer("/contentEvaluationResult/policyEvaluations");
        let recorded = json!({ "value": evaluations });
        Ok(compare_list(EVALUATION_FIELDS, &found.evaluations, &recorded).into())
    })
}
