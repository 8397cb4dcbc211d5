//! Tokens and what clients ask before and after: discovery, keys, claims.

use crate::kit::{ARM, Azure, GRAPH, LOGIN, claims};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use azure_core::base64::decode_url_safe;
use serde_json::{Value, json};

async fn get(azure: &Azure, url: &str) -> (u16, Value) {
    let answer = azure.client.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_token_verifies_by_the_published_key() {
    let azure = Azure::start().await;
    let tenant = &azure.provider.tenant_id;
    let (status, document) = get(
        &azure,
        &format!("{LOGIN}/{tenant}/v2.0/.well-known/openid-configuration"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(document["issuer"], format!("{LOGIN}/{tenant}/v2.0"));
    assert_eq!(
        document["token_endpoint"],
        format!("{LOGIN}/{tenant}/oauth2/v2.0/token")
    );
    let (_, keys) = get(&azure, document["jwks_uri"].as_str().unwrap()).await;
    let token = azure
        .token(&azure.provider, &format!("{ARM}/.default"))
        .await;
    let header: Value =
        serde_json::from_slice(&decode_url_safe(token.split('.').next().unwrap()).unwrap())
            .unwrap();
    assert_eq!(header["alg"], "RS256");
    let key = &keys["keys"][0];
    assert_eq!(header["kid"], key["kid"]);
    let number = |name: &str| decode_url_safe(key[name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = decode_url_safe(signature).unwrap();
    public
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .unwrap();
}

#[tokio::test]
async fn a_token_carries_the_claims_of_version_1() {
    let azure = Azure::start().await;
    let who = &azure.provider;
    // The doubled slash is how clients ask for an audience that ends in one.
    let token = azure
        .token(who, "https://management.core.windows.net//.default")
        .await;
    let claims = claims(&token);
    assert_eq!(claims["aud"], "https://management.core.windows.net/");
    let issuer = format!("https://sts.windows.net/{}/", who.tenant_id);
    assert_eq!(claims["iss"], issuer);
    assert_eq!(claims["idp"], issuer);
    assert_eq!(claims["tid"], who.tenant_id);
    assert_eq!(claims["appid"], who.client_id);
    assert_eq!(claims["appidacr"], "1");
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["oid"], claims["sub"]);
    assert_eq!(claims["nbf"], claims["iat"]);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 3900);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_entras_words() {
    let azure = Azure::start().await;
    let scope = format!("{GRAPH}/.default");
    let (status, body) = azure.ask_token(&azure.provider, "wrong", &scope).await;
    assert_eq!(status, 401);
    assert_eq!(body["error"], "invalid_client");
    assert_eq!(body["error_codes"], json!([7_000_215]));
}

#[tokio::test]
async fn a_damaged_token_opens_nothing() {
    let azure = Azure::start().await;
    let mut token = azure
        .token(&azure.provider, &format!("{ARM}/.default"))
        .await;
    token.truncate(token.len() - 4);
    let url = format!(
        "{ARM}/subscriptions/{}?api-version=2022-12-01",
        azure.provider.subscription_id
    );
    let answer = azure.client.get(url).bearer_auth(token).send().await;
    assert_eq!(answer.unwrap().status(), 401);
}

#[tokio::test]
async fn every_authority_tells_of_all_clouds() {
    let azure = Azure::start().await;
    for host in ["login.microsoftonline.com", "login.microsoftonline.us"] {
        let url = format!(
            "https://{host}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.microsoftonline.us/common/oauth2/v2.0/authorize"
        );
        let (status, body) = get(&azure, &url).await;
        assert_eq!(status, 200);
        assert_eq!(
            body["tenant_discovery_endpoint"],
            "https://login.microsoftonline.us/common/v2.0/.well-known/openid-configuration"
        );
        assert_eq!(body["metadata"].as_array().unwrap().len(), 3);
    }
    let url = format!(
        "{LOGIN}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.example/common/oauth2/v2.0/authorize"
    );
    let (status, body) = get(&azure, &url).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_instance")));
}

#[tokio::test]
async fn another_clouds_authority_sends_a_tenant_home() {
    let azure = Azure::start().await;
    let url = format!(
        "https://login.microsoftonline.us/{}/v2.0/.well-known/openid-configuration",
        azure.provider.tenant_id
    );
    let (status, body) = get(&azure, &url).await;
    assert_eq!(status, 400);
    assert_eq!(body["error_codes"], json!([90038]));
    let text = body["error_description"].as_str().unwrap();
    assert!(text.contains("redirected to the National Cloud 'MicrosoftOnline.COM'."));
}
