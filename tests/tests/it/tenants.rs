//! A credential or a subscription of another tenant than the one that is meant: told before anything is written.

use crate::flow::{Flow, key_spec, options, provider_spec};
use cross_tenant_cmk::{
    CustomerClients, ProviderClients, Reason, TenantContext, cmk_core::Cloud, grant_access,
    set_up_provider,
};
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn a_provider_with_a_credential_of_another_tenant_makes_nothing_there() {
    let flow = Flow::typical();
    // Microsoft Graph would take this credential, and make the application in the customer's directory.
    let clients = ProviderClients::new(
        Cloud::Public,
        Arc::clone(&flow.both.customer.credential),
        Some(options(&flow.sim)),
    )
    .unwrap();
    let wrong = TenantContext::new(
        Cloud::Public,
        flow.provider.tenant(),
        flow.provider.subscription(),
        clients,
    );
    let error = set_up_provider(&wrong, &provider_spec(), None)
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::OtherTenant);
    assert_eq!(flow.sim.resources(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_customer_whose_subscription_is_of_another_tenant_than_he_says_makes_nothing() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let clients = CustomerClients::new(
        Cloud::Public,
        Arc::clone(&flow.both.customer.credential),
        Some(options(&flow.sim)),
    )
    .unwrap();
    let wrong = TenantContext::new(
        Cloud::Public,
        "99999999-9999-4999-8999-999999999999".parse().unwrap(),
        flow.customer.subscription(),
        clients,
    );
    let writes = flow.sim.writes().len();
    let error = grant_access(&wrong, &offer, flow.provider_tenant(), &key_spec(), None)
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::OtherTenant);
    assert_eq!(flow.sim.writes().len(), writes);
}
