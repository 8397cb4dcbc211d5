//! What belongs to no provider beside resource groups: subscriptions, registrations and permissions.

use super::arm_rg::client;
use crate::conformance::{
    address::Host::Arm,
    compare::{Field, How, compare, compare_list},
    family::{Call, Family, Replaying, Route, What, parse},
    refusals,
};
use cmk_core::{
    ActionSet, PermissionsApi as _, ResourceProvider, ResourceProvidersApi as _, Subscription,
    SubscriptionsApi as _,
};
use serde_json::json;

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

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", SUBSCRIPTION, What::Ours(get_subscription)),
    Route::new(Arm, "GET", PROVIDER, What::Ours(get_provider)),
    Route::new(Arm, "POST", REGISTER, What::Ours(register)),
    Route::new(Arm, "GET", PERMISSIONS, What::Ours(permissions)),
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
