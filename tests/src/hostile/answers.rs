//! What services answer: errors, bodies of every kind, tokens, challenges; and what people paste.

use super::{
    Held, LONGEST,
    azure::{Answer, Azure, Credential, TOKEN, block_on},
    holds, same, tame, text,
};
use azure_core::{credentials::Secret, http::ClientOptions};
use cross_tenant_cmk::{
    CustomerClients, ProviderClients, Symptom,
    cmk_core::{Cloud, Error, Failure, Kind, Scope, ServiceError, SubscriptionId},
    cosmos_cmk::CmkStatus,
    diagnose,
    entra_graph::{
        ApplicationTokensApi as _, ApplicationTokensClient, ApplicationTokensClientOptions,
    },
    keyvault_rbac::{
        ChallengeClient, ChallengeClientOptions, VaultTenantApi as _, VaultUrl, WrapAlgorithm,
    },
};
use serde_json::Value;
use std::{error::Error as StdError, fmt::Display, str::FromStr, sync::Arc};

/// The body of an error is read, whatever it is, and no more is kept of it than a person can read.
pub(super) fn service_error(input: &[u8]) -> Held {
    let error = ServiceError::parse(input);
    let short = |what: &str, said: Option<&str>, longest: usize| {
        let length = said.map_or(0, |said| said.chars().count());
        holds(
            &format!("the {what} has {length} characters"),
            length <= longest,
        )
    };
    short("message", error.message(), 4_096)?;
    short("code", error.code(), 128)?;
    short("finest code", error.finest_code(), 128)?;
    for code in error.inner_codes() {
        short("inner code", Some(code), 128)?;
    }
    holds("too many codes", error.inner_codes().count() <= 65)?;
    same("the second reading", &error, &ServiceError::parse(input))
}

/// The origins that belong to a party of the public cloud.
const ORIGINS: [&str; 3] = [
    "https://graph.microsoft.com",
    "https://management.azure.com",
    "https://contoso-keys.vault.azure.net",
];

/// The first byte chooses the status, the rest is the body: every read ends, and shows no token.
pub(super) fn answer(input: &[u8]) -> Held {
    const STATUSES: [u16; 12] = [200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 429, 503];
    let (first, body) = input.split_first().unwrap_or((&0, &[]));
    let status = STATUSES.get(usize::from(*first) % STATUSES.len());
    let azure = Azure::new([Answer::new(status.copied().unwrap_or(200), body)]);
    block_on(async {
        as_provider(azure.options()).await?;
        as_customer(azure.options()).await
    })?;
    azure.asked_only(&ORIGINS)
}

const SUBSCRIPTION: &str = "11111111-1111-4111-8111-111111111111";
const GROUP: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg";

async fn as_provider(options: ClientOptions) -> Held {
    let clients =
        ProviderClients::new(Cloud::Public, Arc::new(Credential), Some(options)).map_err(said)?;
    let object = parsed("33333333-3333-4333-8333-333333333333")?;
    let subscription: SubscriptionId = parsed(SUBSCRIPTION)?;
    shown(clients.subscriptions.get_subscription(subscription).await)?;
    shown(clients.applications.get_application(object, None).await)?;
    shown(
        clients
            .federated_credentials
            .list_federated_credentials(object)
            .await,
    )?;
    let identity = parsed(&format!(
        "{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1"
    ))?;
    shown(clients.identities.get_identity(&identity).await)?;
    let account = parsed(&format!(
        "{GROUP}/providers/Microsoft.DocumentDB/databaseAccounts/a-1"
    ))?;
    shown(clients.accounts.get_account(&account).await)?;
    shown(clients.accounts.list_accounts(subscription, None).await)?;
    shown(clients.accounts.delete_account(&account).await)
}

async fn as_customer(options: ClientOptions) -> Held {
    let clients =
        CustomerClients::new(Cloud::Public, Arc::new(Credential), Some(options)).map_err(said)?;
    let principal = parsed("44444444-4444-4444-8444-444444444444")?;
    let (vault, key) = (
        parsed(&format!(
            "{GROUP}/providers/Microsoft.KeyVault/vaults/contoso-keys"
        ))?,
        parsed("cosmos")?,
    );
    shown(
        clients
            .service_principals
            .get_service_principal(principal)
            .await,
    )?;
    shown(clients.signed_in.get_signed_in_principal().await)?;
    shown(clients.vaults.get_vault(&vault).await)?;
    shown(clients.arm_keys.get_arm_key(&vault, &key).await)?;
    let scope: Scope = parsed(GROUP)?;
    shown(
        clients
            .roles
            .list_role_assignments(&scope, principal, None)
            .await,
    )?;
    let keys = clients
        .keys
        .keys_of(&parsed("contoso-keys")?)
        .map_err(said)?;
    shown(keys.get_key(&key, None).await)?;
    shown(keys.list_key_versions(&key).await)?;
    shown(keys.get_rotation_policy(&key).await)?;
    let algorithm = WrapAlgorithm::RsaOaep256;
    shown(keys.wrap_key(&key, None, algorithm, &[7; 32]).await)
}

/// What came of it shows no token and no more than a log can take.
fn shown<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Held {
    let text = match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => {
            holds("the error is too long", all_of(&error).len() <= 64 * 1_024)?;
            all_of(&error)
        }
    };
    holds("the token is shown", !text.contains(TOKEN))
}

/// Everything that an error shows.
fn all_of(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.help());
    let mut source = error.source();
    while let Some(inner) = source {
        text += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    text
}

/// The token endpoint's answer: a token that nobody sees, or an error that quotes neither it nor the assertion.
pub(super) fn token(input: &[u8]) -> Held {
    const ASSERTION: &str = "eyJhbGciOiJSUzI1NiJ9.the-assertion.of-the-identity";
    let azure = Azure::new([Answer::new(200, input)]);
    let client = ApplicationTokensClient::new(
        Cloud::Public,
        Some(ApplicationTokensClientOptions {
            client_options: azure.options(),
        }),
    )
    .map_err(said)?;
    let (tenant, application) = (
        parsed("55555555-5555-4555-8555-555555555555")?,
        parsed("22222222-2222-4222-8222-222222222222")?,
    );
    let outcome = block_on(async {
        let assertion = Secret::new(ASSERTION);
        let scope = Cloud::Public.vault_scope();
        Ok(client
            .get_token(tenant, application, &assertion, &scope)
            .await)
    })?;
    // Too short a token is found in any text.
    let sent = serde_json::from_slice::<Value>(input).ok();
    let sent = sent
        .as_ref()
        .and_then(|body| body.get("access_token")?.as_str());
    let secrets = sent
        .into_iter()
        .filter(|token| token.len() > 16)
        .chain([ASSERTION]);
    let text = match &outcome {
        Ok(token) => {
            holds("a token of nothing", !token.token.secret().is_empty())?;
            format!("{token:?}")
        }
        Err(error) => all_of(error),
    };
    for secret in secrets {
        holds("a secret is shown", !text.contains(secret))?;
    }
    azure.asked_only(&["https://login.microsoftonline.com"])
}

/// A challenge names a tenant by the login host of the vault's cloud and the vault's own domain, or none. No token goes out.
pub(super) fn challenge(input: &[u8]) -> Held {
    let text = text(input).into_owned();
    let azure = Azure::new([Answer::new(401, "{}").with("www-authenticate", text.clone())]);
    let vault: VaultUrl = parsed("https://contoso-keys.vault.azure.net/")?;
    let client = ChallengeClient::new(Some(ChallengeClientOptions {
        client_options: azure.options(),
        ..Default::default()
    }));
    let outcome = block_on(async { Ok(client.get_vault_tenant(&vault).await) })?;
    match outcome {
        Ok(tenant) => {
            let folded = text.to_lowercase();
            let named = ["login.microsoftonline.com", "login.windows.net"]
                .iter()
                .any(|host| folded.contains(&format!("\"https://{host}/{tenant}")));
            holds(&format!("{tenant} out of {text:?}"), named)?;
            holds(
                "another resource",
                folded.contains("\"https://vault.azure.net"),
            )?;
        }
        Err(error) => tame("the refusal", &error.to_string(), LONGEST)?,
    }
    azure.got_no_token()?;
    azure.asked_only(&["https://contoso-keys.vault.azure.net"])
}

/// Any text is diagnosed, or said to be unknown, in words of ours.
pub(super) fn diagnosis(input: &[u8]) -> Held {
    let text = text(input);
    let status = CmkStatus::from(&*text);
    let failure = Failure::builder("get_account")
        .status(503)
        .service_error(ServiceError::parse(input))
        .build(Kind::Other);
    for symptom in [
        Symptom::Text(&text),
        Symptom::Status(&status),
        Symptom::Error(&failure),
    ] {
        let told = diagnose(symptom);
        tame("the diagnosis", &told.to_string(), 256 * 1_024)?;
        same("the second diagnosis", &told, &diagnose(symptom))?;
        holds(
            "neither a reading nor what to collect",
            told.is_known() == told.collect.is_empty(),
        )?;
        serde_json::to_string(&told).map_err(|error| error.to_string())?;
    }
    same(
        "the status",
        &status.to_string().parse::<CmkStatus>(),
        &Ok(status),
    )
}

fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn said(error: Error) -> String {
    error.to_string()
}
