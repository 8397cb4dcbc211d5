//! The other clouds: what the Azure CLI asks of them before it can do anything.

use crate::kit::{claims, trusting};
use azure_sim::{
    Sim, SimCloud, SimOptions,
    serve::{Seed, ServeOptions, Server},
};
use reqwest::Proxy;
use serde_json::Value;

/// The Azure CLI's own table (`azure/cli/core/cloud.py`): its authority, its audience for Resource Manager, and the host
/// of that.
const TABLE: [(SimCloud, &str, &str, &str); 3] = [
    (
        SimCloud::Public,
        "https://login.microsoftonline.com",
        "https://management.core.windows.net/",
        "https://management.azure.com",
    ),
    (
        SimCloud::UsGovernment,
        "https://login.microsoftonline.us",
        "https://management.core.usgovcloudapi.net/",
        "https://management.usgovcloudapi.net",
    ),
    (
        SimCloud::China,
        "https://login.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn/",
        "https://management.chinacloudapi.cn",
    ),
];

#[tokio::test]
async fn a_token_for_the_audience_of_the_azure_cli_opens_resource_manager() {
    for (cloud, authority, audience, host) in TABLE {
        let sim = Sim::today(SimOptions {
            cloud,
            ..SimOptions::default()
        });
        let seeded = Seed::two_tenants().unwrap().plant(&sim).unwrap();
        let who = seeded.principal("provider").unwrap();
        let server = Server::start(sim, ServeOptions::default()).await.unwrap();
        let proxy = Proxy::all(server.proxy_url()).unwrap();
        let client = trusting(&server).proxy(proxy).build().unwrap();
        let ask = async |scope: &str| {
            let form = format!(
                "grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}",
                who.client_id, who.secret
            );
            let answer = client
                .post(format!("{authority}/{}/oauth2/v2.0/token", who.tenant_id))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form)
                .send()
                .await
                .unwrap();
            let status = answer.status();
            let body = answer.bytes().await.unwrap();
            (status, serde_json::from_slice::<Value>(&body).unwrap())
        };
        let (status, body) = ask(&format!("{audience}/.default")).await;
        assert_eq!(status, 200, "{cloud:?} {body}");
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(claims(token)["aud"], audience);
        let url = format!("{host}/subscriptions?api-version=2022-12-01");
        let answer = client.get(url).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{cloud:?}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["value"][0]["subscriptionId"], who.subscription_id);

        // Those of the other clouds are unknown here.
        for (_, _, foreign, _) in TABLE.iter().filter(|(other, ..)| *other != cloud) {
            let (status, body) = ask(&format!("{foreign}/.default")).await;
            assert_eq!(status, 400, "{cloud:?} {foreign}");
            assert_eq!(body["error_codes"][0], 500_011);
        }
    }
}
