//! Microsoft's own Rust clients, unmodified, over the served simulator.

use crate::kit::{ARM, Azure, GRAPH};
use azure_core::{
    credentials::{Secret, TokenCredential},
    http::{
        ClientOptions, Context, Method, Pipeline, Request, RetryOptions, Transport, Url,
        policies::{Policy, auth::BearerTokenAuthorizationPolicy},
    },
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use azure_security_keyvault_keys::{
    KeyClient, KeyClientOptions,
    models::{CreateKeyParameters, EncryptionAlgorithm, KeyOperationParameters, KeyType},
};
use serde_json::{Value, json};
use std::sync::Arc;

fn options(azure: &Azure) -> ClientOptions {
    ClientOptions {
        transport: Some(Transport::new(Arc::new(azure.client.clone()))),
        retry: RetryOptions::none(),
        ..Default::default()
    }
}

async fn send(
    azure: &Azure,
    credential: &Arc<dyn TokenCredential>,
    method: Method,
    url: &str,
    body: &Value,
) -> (u16, Value) {
    let url: Url = url.parse().unwrap();
    let scope = format!("{}/.default", url.origin().ascii_serialization());
    let auth: Arc<dyn Policy> = Arc::new(BearerTokenAuthorizationPolicy::new(
        Arc::clone(credential),
        [scope],
    ));
    let pipeline = Pipeline::new(None, None, options(azure), Vec::new(), vec![auth], None);
    let mut request = Request::new(url, method);
    request.set_json(body).unwrap();
    let answer = pipeline
        .send(&Context::new(), &mut request, None)
        .await
        .unwrap();
    let status = u16::from(answer.status());
    (status, serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test]
async fn token_group_application_and_key_come_to_be() {
    let azure = Azure::start().await;
    let who = &azure.provider;
    let credential: Arc<dyn TokenCredential> = ClientSecretCredential::new(
        &who.tenant_id,
        who.client_id.clone(),
        Secret::new(who.secret.clone()),
        Some(ClientSecretCredentialOptions {
            client_options: options(&azure),
        }),
    )
    .unwrap();
    let group = format!(
        "{ARM}/subscriptions/{}/resourceGroups/rg",
        who.subscription_id
    );
    let version = "api-version=2024-11-01";
    let (status, made) = send(
        &azure,
        &credential,
        Method::Put,
        &format!("{group}?{version}"),
        &json!({"location": "westeurope"}),
    )
    .await;
    assert_eq!((status, &made["name"]), (201, &json!("rg")));
    let (status, made) = send(
        &azure,
        &credential,
        Method::Post,
        &format!("{GRAPH}/v1.0/applications"),
        &json!({"displayName": "cmk", "signInAudience": "AzureADMultipleOrgs"}),
    )
    .await;
    assert_eq!((status, &made["displayName"]), (201, &json!("cmk")));

    let vault = format!("{group}/providers/Microsoft.KeyVault/vaults/kvserve1");
    let (status, _) = send(
        &azure,
        &credential,
        Method::Put,
        &format!("{vault}?api-version=2023-07-01"),
        &json!({"location": "westeurope", "properties": {
            "tenantId": who.tenant_id,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": true,
            "accessPolicies": [],
        }}),
    )
    .await;
    assert!(matches!(status, 200 | 201), "{status}");
    // Key Vault Crypto Officer, for the service principal that the token names.
    let token = azure.token(who, &format!("{ARM}/.default")).await;
    let oid = crate::kit::claims(&token)["oid"].clone();
    let role = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
        who.subscription_id
    );
    let (status, _) = send(
        &azure,
        &credential,
        Method::Put,
        &format!(
            "{vault}/providers/Microsoft.Authorization/roleAssignments/5ca1ab1e-0000-4000-8000-00000000000a?api-version=2022-04-01"
        ),
        &json!({"properties": {"roleDefinitionId": role, "principalId": oid, "principalType": "ServicePrincipal"}}),
    )
    .await;
    assert_eq!(status, 201);

    let keys = KeyClient::new(
        "https://kvserve1.vault.azure.net/",
        Arc::clone(&credential),
        Some(KeyClientOptions {
            client_options: options(&azure),
            ..Default::default()
        }),
    )
    .unwrap();
    let wanted = CreateKeyParameters {
        kty: Some(KeyType::Rsa),
        key_size: Some(2048),
        ..Default::default()
    };
    let made = keys
        .create_key("cmk", wanted.try_into().unwrap(), None)
        .await
        .unwrap()
        .into_model()
        .unwrap();
    let kid = made.key.unwrap().kid.unwrap();
    let version = kid
        .strip_prefix("https://kvserve1.vault.azure.net/keys/cmk/")
        .unwrap();

    let parameters = |value: Vec<u8>| KeyOperationParameters {
        algorithm: Some(EncryptionAlgorithm::RsaOaep256),
        value: Some(value),
        ..Default::default()
    };
    let plain = b"data encryption key".to_vec();
    let wrapped = keys
        .wrap_key("cmk", parameters(plain.clone()).try_into().unwrap(), None)
        .await
        .unwrap()
        .into_model()
        .unwrap();
    let unwrapped = keys
        .unwrap_key(
            "cmk",
            version,
            parameters(wrapped.result.unwrap()).try_into().unwrap(),
            None,
        )
        .await
        .unwrap()
        .into_model()
        .unwrap();
    assert_eq!(unwrapped.result.unwrap(), plain);
    assert_eq!(azure.server.sim().unmodelled(), Vec::<String>::new());
    assert_eq!(azure.server.refused(), Vec::<String>::new());
}
