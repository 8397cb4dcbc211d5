//! A vault's tenant, read out of the challenge that refuses a request without token.

use crate::support::{
    Canned, KEYS, Reply, TENANT, VAULT_HOST, challenge_over, no_body, request, server,
};
use cmk_core::testing::loopback_transport;
use keyvault_rbac::{Error, Hint, Kind, TenantId, VaultTenantApi as _};
use proptest::{
    prelude::{ProptestConfig, Strategy, prop_oneof, proptest},
    sample::select,
};
use wiremock::ResponseTemplate;

const URL: &str = "https://contoso-cmk.vault.azure.net/";
const MISSING: &str = r#"{"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}}"#;

/// What comes of asking this vault when it answers 401 with this challenge.
async fn ask(vault: &str, challenge: &str) -> Result<TenantId, Error> {
    let challenge = vec![("www-authenticate", challenge.to_owned())];
    let canned = Canned::new([Reply::Answer(401, challenge, MISSING.as_bytes().to_vec())]);
    let answer = challenge_over(canned.transport())
        .get_vault_tenant(&vault.parse().unwrap())
        .await;
    assert_eq!(canned.calls(), [format!("GET {vault}keys?{KEYS}")]);
    assert_eq!(canned.tokens(), [None]);
    answer
}

#[tokio::test]
async fn the_question_has_no_token_and_no_body_and_its_refusal_names_the_tenant() {
    let mock = request(VAULT_HOST, "GET", "/keys", KEYS)
        .and(no_body)
        .and(|request: &wiremock::Request| !request.headers.contains_key("authorization"));
    let answer = ResponseTemplate::new(401)
        .insert_header("www-authenticate", format!(r#"Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="https://vault.azure.net""#))
        .set_body_raw(MISSING, "application/json");
    let server = server(mock, answer, 1).await;
    let tenant = challenge_over(loopback_transport(&server.uri()).unwrap())
        .get_vault_tenant(&URL.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(tenant, TENANT.parse().unwrap());
}

#[tokio::test]
async fn every_cloud_and_both_kinds_of_stores_have_challenges_of_their_own() {
    for (vault, login, resource) in [
        (URL, "login.microsoftonline.com", "vault.azure.net"),
        // The older login host.
        (URL, "login.windows.net", "vault.azure.net"),
        (
            "https://contoso-cmk.vault.usgovcloudapi.net/",
            "login.microsoftonline.us",
            "vault.usgovcloudapi.net",
        ),
        (
            "https://contoso-cmk.vault.azure.cn/",
            "login.chinacloudapi.cn",
            "vault.azure.cn",
        ),
        (
            "https://contoso-cmk.vault.azure.cn/",
            "login.partner.microsoftonline.cn",
            "vault.azure.cn",
        ),
        (
            "https://contoso-hsm.managedhsm.azure.net/",
            "login.microsoftonline.com",
            "managedhsm.azure.net",
        ),
        (
            "https://contoso-hsm.managedhsm.usgovcloudapi.net/",
            "login.microsoftonline.us",
            "managedhsm.usgovcloudapi.net",
        ),
        (
            "https://contoso-hsm.managedhsm.azure.cn/",
            "login.chinacloudapi.cn",
            "managedhsm.azure.cn",
        ),
    ] {
        for challenge in [
            format!(
                r#"Bearer authorization="https://{login}/{TENANT}", resource="https://{resource}""#
            ),
            // The newer form, other names, order and case.
            format!(
                r#"bearer scope="https://{resource}/.default", AUTHORIZATION_URI="https://{login}/{TENANT}/""#
            ),
        ] {
            let tenant = ask(vault, &challenge).await.unwrap();
            assert_eq!(tenant, TENANT.parse().unwrap(), "{challenge}");
        }
    }
}

#[tokio::test]
async fn a_hostile_challenge_verifies_nothing() {
    let login = format!("https://login.microsoftonline.com/{TENANT}");
    let of = |authorization: &str, resource: &str| {
        format!(r#"Bearer authorization="{authorization}", resource="{resource}""#)
    };
    for (challenge, reason) in [
        // Another domain, or one that only looks like the vault's.
        (
            of(&login, "https://management.azure.com"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://vault.azure.net.evil.example"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://contoso-cmk.vault.azure.net"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://azure.net"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://vault.usgovcloudapi.net"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://managedhsm.azure.net"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://evil.example/https://vault.azure.net"),
            "not the domain of the vault",
        ),
        (
            of(&login, "https://vault.azure.net@evil.example"),
            "no https URL",
        ),
        (of(&login, "https://vault.azure.net:8443"), "no https URL"),
        (of(&login, "http://vault.azure.net"), "no https URL"),
        (of(&login, ""), "no https URL"),
        // Another authority.
        (
            of(
                &format!("https://login.evil.example/{TENANT}"),
                "https://vault.azure.net",
            ),
            "not the login host",
        ),
        (
            of(
                &format!("https://login.microsoftonline.us/{TENANT}"),
                "https://vault.azure.net",
            ),
            "not the login host",
        ),
        (
            of(
                &format!("https://login.microsoftonline.com@evil.example/{TENANT}"),
                "https://vault.azure.net",
            ),
            "no https URL",
        ),
        (
            of(
                &format!("http://login.microsoftonline.com/{TENANT}"),
                "https://vault.azure.net",
            ),
            "no https URL",
        ),
        // No tenant.
        (
            of(
                "https://login.microsoftonline.com",
                "https://vault.azure.net",
            ),
            "names no tenant",
        ),
        (
            of(
                "https://login.microsoftonline.com/common",
                "https://vault.azure.net",
            ),
            "names no tenant",
        ),
        (
            of(
                "https://login.microsoftonline.com/contoso.example",
                "https://vault.azure.net",
            ),
            "names no tenant",
        ),
        (
            of(
                "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000",
                "https://vault.azure.net",
            ),
            "names no tenant",
        ),
        (
            of(
                &format!("https://login.microsoftonline.com/../{TENANT}"),
                "https://vault.azure.net",
            ),
            "names no tenant",
        ),
        // Two answers, half an answer, none.
        (
            format!(
                r#"{}, authorization="https://login.microsoftonline.com/55555555-5555-4555-8555-555555555555""#,
                of(&login, "https://vault.azure.net")
            ),
            "contradicts itself",
        ),
        (
            format!(
                r#"{}, scope="https://storage.azure.com/.default""#,
                of(&login, "https://vault.azure.net")
            ),
            "contradicts itself",
        ),
        (
            format!(r#"Bearer authorization="{login}""#),
            "cannot be read",
        ),
        (
            r#"Bearer resource="https://vault.azure.net""#.to_owned(),
            "cannot be read",
        ),
        (
            format!(r#"Bearer authorization="{login}, resource="#),
            "cannot be read",
        ),
        (
            format!("Bearer authorization={login}, resource=https://vault.azure.net"),
            "cannot be read",
        ),
        ("Bearer".to_owned(), "cannot be read"),
        (String::new(), "cannot be read"),
        (
            format!(r#"Basic realm="{login}", resource="https://vault.azure.net""#),
            "no bearer token",
        ),
    ] {
        let error = ask(URL, &challenge).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.hint()),
            (Kind::Other, Some(Hint::Permanent)),
            "{challenge}"
        );
        let failure = error.failure();
        assert_eq!(
            (failure.operation(), failure.target()),
            ("get_vault_tenant", VAULT_HOST)
        );
        assert!(
            failure.message().unwrap().contains(reason),
            "{challenge}: {failure}"
        );
        assert!(error.help().unwrap().contains("send no token to this host"));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_refusal_verifies_nothing() {
    for (reply, reason) in [
        (Reply::from((200, r#"{"value":[]}"#)), "did not challenge"),
        (Reply::from((401, MISSING)), "has no challenge"),
    ] {
        let canned = Canned::new([reply]);
        let error = challenge_over(canned.transport())
            .get_vault_tenant(&URL.parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Other);
        assert!(
            error.failure().message().unwrap().contains(reason),
            "{error}"
        );
        assert_eq!(canned.calls().len(), 1);
    }
}

#[tokio::test]
async fn another_refusal_keeps_its_own_meaning_and_is_not_followed() {
    for (status, kind) in [
        (403, Kind::Forbidden),
        (307, Kind::Other),
        (404, Kind::NotFound),
        (429, Kind::Throttled),
    ] {
        let elsewhere = vec![("location", "https://evil.example/keys".to_owned())];
        let canned = Canned::new([Reply::Answer(status, elsewhere, Vec::new())]);
        let error = challenge_over(canned.transport())
            .get_vault_tenant(&URL.parse().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(canned.calls().len(), 1, "{status}");
    }
}

/// Pieces of real challenges in any order.
fn challenges() -> impl Strategy<Value = String> {
    let known = select(vec![
        "Bearer ",
        "bearer",
        "authorization=\"",
        "authorization_uri=\"",
        "resource=\"",
        "scope=\"",
        "https://login.microsoftonline.com/",
        "https://login.windows.net/",
        "https://evil.example/",
        "22222222-2222-4222-8222-222222222222",
        "https://vault.azure.net",
        "https://vault.azure.net/.default",
        "\"",
        ", ",
        "=",
        " ",
        "@",
    ])
    .prop_map(str::to_owned);
    let piece = prop_oneof![4 => known, 1 => "[ -~\u{e9}]{0,4}"];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_challenge_panics_and_the_tenant_is_the_one_behind_the_login_host(challenge in challenges()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        if let Ok(tenant) = runtime.block_on(ask(URL, &challenge)) {
            let behind = |host: &str| challenge.contains(&format!("https://{host}/{tenant}"));
            assert!(behind("login.microsoftonline.com") || behind("login.windows.net"), "{challenge}");
            assert!(challenge.contains("\"https://vault.azure.net"), "{challenge}");
        }
    }

    #[test]
    fn the_tenant_survives_whatever_stands_around_it(name in "[a-z_]{1,12}", value in "[ -!#-~]{0,20}", spaces in " {0,3}") {
        let challenge = format!(r#"Bearer {spaces}x{name}="{value}",{spaces}authorization="https://login.microsoftonline.com/{TENANT}",{spaces}resource="https://vault.azure.net"{spaces}"#);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(ask(URL, &challenge)).unwrap(), TENANT.parse().unwrap());
    }
}
