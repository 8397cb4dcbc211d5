//! The same flow in every cloud, each with its own hosts, audiences and suffixes.

use crate::flow::{ACCOUNT, Flow, provider_spec};
use azure_sim::{Lag, SimCloud, SimOptions, TwoTenants};
use cross_tenant_cmk::{
    AccountSpec, Error, ProviderSpec, StepId, cmk_core::Cloud, cosmos_cmk::CmkStatus,
    create_encrypted_account, set_up_provider,
};

/// In a region of that cloud.
async fn flow_in(sim_cloud: SimCloud, cloud: Cloud, region: &str) -> (Flow, String, String) {
    let both = TwoTenants::new(SimOptions {
        seed: 7,
        lag: Lag::typical(),
        cloud: sim_cloud,
        ..SimOptions::default()
    });
    let mut flow = Flow::in_cloud(both, cloud);
    flow.key.location = region.parse().unwrap();
    let spec = ProviderSpec {
        location: region.parse().unwrap(),
        ..provider_spec()
    };
    let done = set_up_provider(&flow.provider, &spec, None).await;
    let setup = done.unwrap().output;
    let offer = setup.offer(None);
    assert_eq!(offer.cloud, cloud);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let spec = AccountSpec::new(
        &setup,
        &grant,
        "contoso-data".parse().unwrap(),
        ACCOUNT.parse().unwrap(),
        region.parse().unwrap(),
    );
    let spec = spec.unwrap();
    let record = flow.record(&offer);
    let done = create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, None).await;
    let account = done.unwrap().output;
    assert_eq!(account.cmk_status, Some(CmkStatus::Confirmed));
    flow.assert_modelled();
    let credentials = flow
        .provider
        .clients()
        .federated_credentials
        .list_federated_credentials(setup.application_object_id)
        .await
        .unwrap();
    let issuer = credentials[0].issuer.clone();
    (flow, account.key_uri, issuer)
}

#[tokio::test(start_paused = true)]
async fn us_government_has_its_own_hosts() {
    let (flow, key, issuer) =
        flow_in(SimCloud::UsGovernment, Cloud::UsGovernment, "usgovvirginia").await;
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
    let (flow, key, issuer) = flow_in(SimCloud::China, Cloud::China, "chinanorth3").await;
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
