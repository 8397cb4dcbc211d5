//! What the numbers of the token service mean, whoever asked for the token.

use crate::support::{CLIENT, Canned};
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind,
    http::{ClientOptions, Method},
};
use cmk_core::send::{Authority, Connection, ConnectionSpec};
use entra_graph::{
    Cloud, Error, GraphClient, GraphClientOptions, Hint, Kind, ServicePrincipalsApi as _,
    TOKEN_RULES,
};
use std::sync::Arc;

/// A credential that the token service refuses with this text.
#[derive(Debug)]
struct Refused(String);

#[async_trait::async_trait]
impl TokenCredential for Refused {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Err(azure_core::Error::with_message(
            ErrorKind::Credential,
            self.0.clone(),
        ))
    }
}

async fn refused_with(text: &str) -> Error {
    let canned = Canned::new([]);
    let options = GraphClientOptions {
        client_options: ClientOptions {
            transport: Some(canned.transport()),
            ..Default::default()
        },
        ..Default::default()
    };
    let credential = Arc::new(Refused(text.to_owned()));
    let error = GraphClient::new(Cloud::Public, credential, Some(options))
        .unwrap()
        .create_service_principal_if_missing(CLIENT.parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(canned.calls(), [""; 0], "nothing is sent without a token");
    let throttled = ["AADSTS90055", "AADSTS50196"].contains(&text.split(':').next().unwrap());
    let kind = if throttled {
        Kind::Throttled
    } else {
        Kind::Unauthenticated
    };
    assert_eq!(error.kind(), kind, "{text}");
    error
}

#[tokio::test]
async fn the_whole_number_decides() {
    let transient = Hint::Transient { after: None };
    let cases = [
        (
            "AADSTS70021: No matching federated identity record found for presented assertion. Trace ID: x",
            Hint::Propagation,
            "takes minutes",
        ),
        (
            "AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://sts.windows.net/x/'.",
            Hint::Propagation,
            "issuer",
        ),
        (
            "AADSTS700212: No matching federated identity record found for presented assertion audience 'api://AzureADTokenExchangeChina'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
            Hint::Propagation,
            "audience",
        ),
        (
            "AADSTS7002121: No matching federated identity record found for presented assertion audience 'https://management.azure.com'.",
            Hint::Permanent,
            "another audience",
        ),
        (
            "AADSTS700213: No matching federated identity record found for presented assertion subject '33333333-3333-4333-8333-333333333333'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
            Hint::Propagation,
            "principal id",
        ),
        (
            "AADSTS7002138: No matching federated identity record found for presented assertion subject 'X'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison.",
            Hint::Permanent,
            "letter case",
        ),
        (
            "AADSTS70025: The client 'cmk' has no configured federated identity credentials.",
            Hint::Propagation,
            "create it",
        ),
        (
            "AADSTS700016: Application with identifier '33333333-3333-4333-8333-333333333333' was not found in the directory 'Contoso'.",
            Hint::Propagation,
            "service principal",
        ),
        (
            "AADSTS7000229: The client application 33333333-3333-4333-8333-333333333333 is missing service principal in the tenant 11111111-1111-4111-8111-111111111111. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
            Hint::Propagation,
            "create it there",
        ),
        (
            "AADSTS7000112: Application '33333333-3333-4333-8333-333333333333'(cmk) is disabled.",
            Hint::NeedsPermission,
            "only the customer",
        ),
        (
            "AADSTS700222: AAD-issued tokens may not be used for federated identity flows.",
            Hint::Permanent,
            "on an application",
        ),
        (
            "AADSTS700226: Only MSI tokens may be used as Federated Identity Credentials for AAD issuer.",
            Hint::Permanent,
            "managed identity",
        ),
        (
            "AADSTS700231: Token obtained using a federated identity credential may not be used as a federated identity credential",
            Hint::Permanent,
            "itself got by federation",
        ),
        (
            "AADSTS700236: Entra ID tokens issued by issuer 'x/v2.0' may not be used for federated identity credential flows for applications or managed identities registered in this tenant",
            Hint::Permanent,
            "different tenants",
        ),
        (
            "AADSTS700024: Client assertion is not within its valid time range.",
            transient,
            "fresh",
        ),
        ("AADSTS650059: x", Hint::Permanent, "AzureADMultipleOrgs"),
        (
            "AADSTS50194: Application 'x'(y) isn't configured as a multitenant application.",
            Hint::Permanent,
            "AzureADMultipleOrgs",
        ),
        (
            "AADSTS90002: Tenant 'x' not found.",
            Hint::Permanent,
            "cloud",
        ),
        ("AADSTS90055: TenantThrottlingError", transient, "too many"),
        ("AADSTS50033: RetryableError", transient, "passing"),
        ("AADSTS90036: NonRetryableError", Hint::Permanent, "support"),
        (
            "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
            Hint::NeedsPermission,
            "Conditional Access",
        ),
    ];
    for (text, hint, help) in cases {
        let error = refused_with(text).await;
        assert_eq!(error.hint(), Some(hint), "{text}");
        let advice = error.help().unwrap_or_default();
        assert!(advice.contains(help), "{text}: {advice}");
        let number = text.split(':').next();
        assert_eq!(error.failure().code(), number, "{text}");
    }
}

#[tokio::test]
async fn every_number_of_the_catalogue_is_known() {
    for number in [
        700016, 7000229, 70021, 700211, 700212, 700213, 7002121, 7002137, 7002138, 70025, 700222,
        700223, 700238, 700226, 700227, 700229, 700231, 700236, 700024, 700027, 700021, 50027,
        5002738, 7000215, 7000218, 7000222, 7000112, 70001, 1000031, 7000113, 500011, 50001,
        501051, 50105, 65001, 65004, 650051, 650052, 650056, 650057, 50011, 900971, 650059, 50194,
        50020, 50034, 90072, 50076, 50079, 53003, 530032, 530035, 500212, 500213, 90094, 90095,
        90099, 90002, 900023, 90038, 900382, 900432, 70011, 50196, 90055, 50033, 90006, 90012,
        90024, 90033, 90090, 90036, 90092, 50086, 900439,
    ] {
        let error = refused_with(&format!("AADSTS{number}: text")).await;
        assert!(error.hint().is_some(), "AADSTS{number}");
        assert!(error.help().is_some(), "AADSTS{number}");
    }
}

#[tokio::test]
async fn an_unknown_number_is_no_opinion() {
    for text in ["AADSTS1000401: text", "AADSTS7000: text", "no number"] {
        let error = refused_with(text).await;
        assert_eq!((error.hint(), error.help()), (None, None), "{text}");
    }
}

/// The error of a token request that gets this answer straight from the token endpoint.
async fn answered_with(status: u16, body: &str) -> Error {
    let canned = Canned::new([(status, body.as_bytes().to_vec())]);
    let spec = ConnectionSpec {
        crate_name: "it",
        crate_version: "0.0.0",
        endpoint: Cloud::Public.token_authority().to_owned(),
        authority: Authority::Anonymous,
        api_version: None,
        client_request_id_header: "client-request-id",
        rules: &[TOKEN_RULES],
        client_options: ClientOptions {
            transport: Some(canned.transport()),
            ..Default::default()
        },
    };
    Connection::new(spec)
        .unwrap()
        .request("get_token", Method::Post, "/tenant/oauth2/v2.0/token")
        .send()
        .await
        .unwrap_err()
}

#[tokio::test]
async fn the_token_endpoints_own_answer_means_the_same() {
    let disabled = r#"{"error":"unauthorized_client","error_description":"AADSTS7000112: Application '33333333-3333-4333-8333-333333333333'(cmk) is disabled. Trace ID: x","error_codes":[7000112],"timestamp":"2026-01-02 03:04:05Z"}"#;
    let error = answered_with(400, disabled).await;
    assert_eq!(error.kind(), Kind::Unauthenticated);
    assert_eq!(error.hint(), Some(Hint::NeedsPermission));
    assert!(error.help().unwrap().contains("only the customer"));

    // Without `error_codes` the number stands in the text.
    let missing = r#"{"error":"invalid_client","error_description":"AADSTS7000229: The client application 33333333-3333-4333-8333-333333333333 is missing service principal in the tenant 11111111-1111-4111-8111-111111111111."}"#;
    let error = answered_with(401, missing).await;
    assert_eq!(error.hint(), Some(Hint::Propagation));

    let throttled = r#"{"error":"temporarily_unavailable","error_description":"AADSTS90055: x","error_codes":[90055]}"#;
    let error = answered_with(400, throttled).await;
    assert_eq!(error.kind(), Kind::Throttled);
    assert_eq!(error.hint(), Some(Hint::Transient { after: None }));
}
