//! The same flow in every cloud, each with its own hosts, audiences and suffixes.

use crate::flow::Flow;
use azure_sim::{Lag, SimCloud, SimOptions, TwoTenants};
use cross_tenant_cmk::{Error, StepId, cmk_core::Cloud, cosmos_cmk::CmkStatus};

async fn flow_in(sim_cloud: SimCloud, cloud: Cloud) -> (Flow, String, String) {
    let both = TwoTenants::new(SimOptions {
        seed: 7,
        lag: Lag::typical(),
        cloud: sim_cloud,
        ..SimOptions::default()
    });
    let flow = Flow::in_cloud(both, cloud);
    let done = flow.everything().await;
    assert_eq!(done.account.cmk_status, Some(CmkStatus::Confirmed));
    assert_eq!(done.offer.cloud, cloud);
    flow.assert_modelled();
    let credentials = flow
        .provider
        .clients()
        .federated_credentials
        .list_federated_credentials(done.setup.application_object_id)
        .await
        .unwrap();
    let issuer = credentials[0].issuer.clone();
    (flow, done.account.key_uri, issuer)
}

#[tokio::test(start_paused = true)]
async fn us_government_has_its_own_hosts() {
    let (flow, key, issuer) = flow_in(SimCloud::UsGovernment, Cloud::UsGovernment).await;
    assert_eq!(
        key,
        "https://contoso-keys.vault.usgovcloudapi.net/keys/cosmos"
    );
    assert_eq!(
        issuer,
        format!(
            "https://login.microsoftonline.us/{}/v2.0",
            flow.provider_tenant()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn china_has_its_own_hosts() {
    let (flow, key, issuer) = flow_in(SimCloud::China, Cloud::China).await;
    assert_eq!(key, "https://contoso-keys.vault.azure.cn/keys/cosmos");
    assert_eq!(
        issuer,
        format!(
            "https://login.partner.microsoftonline.cn/{}/v2.0",
            flow.provider_tenant()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_cloud_reach_nothing_of_another() {
    let both = TwoTenants::new(SimOptions {
        cloud: SimCloud::China,
        ..SimOptions::default()
    });
    let flow = Flow::in_cloud(both, Cloud::Public);
    let error = flow.phase1().await.unwrap_err();
    let [Error::Step { step, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(*step, StepId::Subscription);
    assert_eq!(flow.sim.resources(), Vec::<String>::new());
}
