//! Microsoft's own Rust crates, unmodified, in a process of their own: all that they know of the simulator is in the
//! environment.

use super::{
    expected::{Line, Said},
    ours::{Ours, identity_of},
    python,
    requests::Request,
    stage::{Stage, Who, run},
};
use crate::Outcome;
use azure_core::{
    Error,
    credentials::{Secret, TokenCredential},
    error::ErrorKind,
    http::{
        self, ClientMethodOptions, ClientOptions, Context, Method, Pipeline, RawResponse, Response,
        Url, policies::auth::BearerTokenAuthorizationPolicy,
    },
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientSecretCredential, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use azure_security_keyvault_keys::{
    KeyClient,
    models::{
        CreateKeyParameters, EncryptionAlgorithm, Key, KeyAttributes, KeyOperationParameters,
        KeyType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{env, io::Read as _, path::PathBuf, sync::Arc};

const VAULT: &str = "https://contoso-keys.vault.azure.net/";
const FOR_VAULTS: &str = "https://vault.azure.net/.default";
const FOR_EXCHANGE: &str = "api://AzureADTokenExchange/.default";
const FOR_ARM: &str = "https://management.azure.com/.default";

/// What the process is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Task {
    /// Only the token of the managed identity, as in App Service.
    app_service: bool,
    provider: Principal,
    customer: Principal,
    /// Client id of the application.
    app: String,
    /// Client id of the managed identity.
    identity: String,
    /// Where the assertion is written, as a platform would.
    token_file: PathBuf,
    /// The managed identity and the account in Resource Manager.
    identity_id: String,
    account_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Principal {
    tenant: String,
    client_id: String,
    secret: String,
}

/// Lets our facade make everything, then runs the crates on it. Returns what they said and what they asked for.
pub(super) async fn run_on(stage: &Stage, ours: &Ours) -> Outcome<(Vec<Line>, Vec<Request>)> {
    let setup = ours.make().await?;
    let identities = &ours.provider.clients().identities;
    let identity = identities.get_identity(&setup.identity_id).await?;
    let principal = |who: Who| {
        let own = stage.of(who);
        Principal {
            tenant: own.tenant_id.clone(),
            client_id: own.client_id.clone(),
            secret: own.secret.clone(),
        }
    };
    let mut task = Task {
        app_service: false,
        provider: principal(Who::Provider),
        customer: principal(Who::Customer),
        app: setup.application_client_id.to_string(),
        identity: identity.client_id.to_string(),
        token_file: stage.path("assertion"),
        identity_id: setup.identity_id.to_string(),
        account_id: format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/ours",
            stage.provider.subscription_id
        ),
    };
    let plain = stage.environment(Who::Provider);
    stage.new_requests();
    let mut lines = Vec::new();
    for environment in [plain.clone(), plain.with_app_service()] {
        let mut command = stage.command(env::current_exe()?, &environment);
        command.arg("official-crates");
        let output = run(command, &serde_json::to_string(&task)?)?;
        lines.extend(python::lines(&output)?);
        task.app_service = true;
    }
    let requests = stage.new_requests();
    for (operation, name, deleted) in [
        ("our client reads the crates' key", "cmk", false),
        ("our client reads the crates' disabled key", "off", false),
        ("our client reads the crates' deleted key", "gone", true),
    ] {
        lines.push(Line {
            op: operation.to_owned(),
            said: Said::Is(ours.key("contoso-keys", name, deleted).await?),
        });
    }
    Ok((lines, requests))
}

/// The process: reads its task from standard input, writes a line for each operation.
pub(crate) fn child() -> Outcome {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let task: Task = serde_json::from_str(&text)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(act(&task))
}

async fn act(task: &Task) -> Outcome {
    let identity = managed_identity(task)?;
    if task.app_service {
        return token(
            "token by managed identity, App Service",
            &*identity,
            FOR_ARM,
        )
        .await;
    }
    let customer = secret(&task.customer)?;
    token("token by secret", &*customer, FOR_VAULTS).await?;
    token(
        "token by managed identity, metadata address",
        &*identity,
        FOR_ARM,
    )
    .await?;
    let assertion = Assertion(Arc::clone(&identity));
    let (tenant, app) = (task.customer.tenant.clone(), task.app.clone());
    let by_assertion: Arc<dyn TokenCredential> =
        ClientAssertionCredential::new(tenant.clone(), app.clone(), assertion, None)?;
    token("token by assertion", &*by_assertion, FOR_VAULTS).await?;
    let written = identity.get_token(&[FOR_EXCHANGE], None).await?;
    std::fs::write(&task.token_file, written.token.secret())?;
    let by_file = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        tenant_id: Some(tenant),
        client_id: Some(app),
        token_file_path: Some(task.token_file.clone()),
        ..Default::default()
    }))?;
    token("token by workload identity file", &*by_file, FOR_VAULTS).await?;

    let applications = KeyClient::new(VAULT, by_assertion, None)?;
    tell("application's own unwrap", opens(&applications).await)?;
    let created = create(&applications, "other", true).await;
    refused("key without a role", created)?;
    let abroad = KeyClient::new(VAULT, secret(&task.provider)?, None)?;
    refused("vault of another tenant", abroad.get_key("cmk", None).await)?;

    let keys = KeyClient::new(VAULT, customer, None)?;
    tell(
        "reads our key",
        keys.get_key("cmk", None).await.and_then(shown),
    )?;
    tell("key", create(&keys, "cmk", true).await.and_then(shown))?;
    tell("wrap and unwrap", opens(&keys).await)?;
    tell("rotated key", rotate(&keys).await)?;
    create(&keys, "off", false).await?;
    refused("disabled key", round_trip(&keys, "off").await)?;
    create(&keys, "gone", true).await?;
    keys.delete_key("gone", None).await?;
    refused("name of a deleted key", create(&keys, "gone", true).await)?;
    for (operation, name) in [("key in the end", "cmk"), ("disabled key, read", "off")] {
        tell(operation, keys.get_key(name, None).await.and_then(shown))?;
    }
    refused("mixed PATCH", patch_at_once(task).await)
}

/// Sends an account an identity and a key in one `PATCH`.
///
/// There is no official crate for Resource Manager: this is azure_core's pipeline with the credential of azure_identity, as
/// one would be made.
async fn patch_at_once(task: &Task) -> azure_core::Result<RawResponse> {
    let policy = BearerTokenAuthorizationPolicy::new(secret(&task.provider)?, [FOR_ARM]);
    let pipeline = Pipeline::new(
        option_env!("CARGO_PKG_NAME"),
        option_env!("CARGO_PKG_VERSION"),
        ClientOptions::default(),
        Vec::new(),
        vec![Arc::new(policy)],
        None,
    );
    let account = format!("https://management.azure.com{}", task.account_id);
    let mut url = Url::parse(&account)?;
    url.query_pairs_mut()
        .append_pair("api-version", "2022-05-15");
    let mut request = http::Request::new(url, Method::Patch);
    request.insert_header("content-type", "application/json");
    request.set_json(&json!({
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {task.identity_id.as_str(): {}}},
        "properties": {"keyVaultKeyUri": "https://contoso-keys.vault.azure.net/keys/cmk"},
    }))?;
    pipeline.send(&Context::new(), &mut request, None).await
}

fn managed_identity(task: &Task) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let credential = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        user_assigned_id: Some(UserAssignedId::ClientId(task.identity.clone())),
        ..Default::default()
    }))?;
    Ok(credential)
}

fn secret(own: &Principal) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let secret = Secret::new(own.secret.clone());
    Ok(ClientSecretCredential::new(
        &own.tenant,
        own.client_id.clone(),
        secret,
        None,
    )?)
}

/// The identity's token as the application's assertion.
#[derive(Debug)]
struct Assertion(Arc<dyn TokenCredential>);

#[async_trait::async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let token = self.0.get_token(&[FOR_EXCHANGE], None).await?;
        Ok(token.token.secret().to_owned())
    }
}

async fn token(operation: &str, credential: &dyn TokenCredential, scope: &str) -> Outcome {
    let token = credential.get_token(&[scope], None).await;
    let said = match token {
        Ok(token) => Said::Is(identity_of(token.token.secret())?),
        Err(error) => Said::Failed(error.to_string()),
    };
    print(operation, &said)
}

async fn create(keys: &KeyClient, name: &str, enabled: bool) -> azure_core::Result<Response<Key>> {
    let wanted = CreateKeyParameters {
        kty: Some(KeyType::Rsa),
        key_size: Some(2048),
        key_attributes: Some(KeyAttributes {
            enabled: Some(enabled),
            ..Default::default()
        }),
        ..Default::default()
    };
    keys.create_key(name, wanted.try_into()?, None).await
}

fn shown(key: Response<Key>) -> azure_core::Result<Value> {
    let key = key.into_model()?;
    let enabled = key.attributes.and_then(|attributes| attributes.enabled);
    let own = key.key.unwrap_or_default();
    let kty = own.kty.map(|kty| kty.to_string());
    Ok(json!({"uri": own.kid, "kty": kty, "enabled": enabled}))
}

async fn opens(keys: &KeyClient) -> azure_core::Result<Value> {
    Ok(json!(round_trip(keys, "cmk").await? == SECRET))
}

const SECRET: &[u8] = b"data encryption key";

/// Wraps and unwraps, both by the vault.
async fn round_trip(keys: &KeyClient, name: &str) -> azure_core::Result<Vec<u8>> {
    let parameters = |value: Vec<u8>| KeyOperationParameters {
        algorithm: Some(EncryptionAlgorithm::RsaOaep256),
        value: Some(value),
        ..Default::default()
    };
    let content = parameters(SECRET.to_vec()).try_into()?;
    let wrapped = keys.wrap_key(name, content, None).await?.into_model()?;
    let version = wrapped.kid.unwrap_or_default();
    let version = version.rsplit('/').next().unwrap_or_default();
    let content = parameters(wrapped.result.unwrap_or_default()).try_into()?;
    let plain = keys.unwrap_key(name, version, content, None).await?;
    Ok(plain.into_model()?.result.unwrap_or_default())
}

async fn rotate(keys: &KeyClient) -> azure_core::Result<Value> {
    let kid = |key: Response<Key>| {
        let key = key.into_model()?.key;
        azure_core::Result::Ok(key.and_then(|key| key.kid))
    };
    let before = kid(keys.get_key("cmk", None).await?)?;
    let rotated = kid(keys.rotate_key("cmk", None).await?)?;
    let current = kid(keys.get_key("cmk", None).await?)?;
    Ok(json!({"new": rotated != before, "current": rotated == current}))
}

fn tell(operation: &str, ended: azure_core::Result<Value>) -> Outcome {
    let said = match ended {
        Ok(value) => Said::Is(value),
        Err(error) => Said::Failed(error.to_string()),
    };
    print(operation, &said)
}

fn refused<T>(operation: &str, ended: azure_core::Result<T>) -> Outcome {
    let said = match ended {
        Ok(_) => Said::Failed("it was not refused".to_owned()),
        Err(error) => {
            code_of(&error).map_or_else(|| Said::Failed(error.to_string()), Said::Refused)
        }
    };
    print(operation, &said)
}

/// Azure's code: the inner one where there is one. azure_core 1.1.0 takes the status for the code if the message has an
/// escaped letter, as the line break before Azure Cosmos DB's activity, so the body is read here.
fn code_of(error: &Error) -> Option<String> {
    let ErrorKind::HttpResponse {
        error_code,
        raw_response,
        ..
    } = error.kind()
    else {
        return None;
    };
    let body = raw_response.as_ref().map(|raw| raw.body().as_ref());
    let body: Value = serde_json::from_slice(body.unwrap_or_default()).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    let inner = text("/error/innererror/code");
    let akv = text("/error/message").and_then(|message| message.split(':').next());
    let akv = akv.filter(|code| code.starts_with("AKV"));
    inner
        .or(akv)
        .or_else(|| text("/error/code"))
        .map(str::to_owned)
        .or_else(|| error_code.clone())
}

fn print(operation: &str, said: &Said) -> Outcome {
    let line = Line {
        op: operation.to_owned(),
        said: said.clone(),
    };
    println!("{}", serde_json::to_string(&line)?);
    Ok(())
}
