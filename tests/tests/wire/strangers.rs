//! Addresses elsewhere in what services and the other party send: whatever is asked there would be a request that is not in the
//! script, and there is none.

use crate::{
    account, customer,
    literals::{CONTOSO, FABRIKAM, application, credential, identity, the_account},
    provider::{self, BY_ID, BY_NAME, CREDENTIALS, find_identity, page, setup},
    refusals::{reason, with},
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph, vault_without_token, whose_subscription},
};
use cross_tenant_cmk::{
    Error, Grant, Outcome, PhaseError, Reason, StepId, cmk_core::Kind, create_encrypted_account,
    set_up_provider,
};
use serde_json::json;

/// The client's error of the one step that failed.
fn kind(error: &PhaseError) -> Kind {
    match error.errors() {
        [Error::Step { source, .. }] => source.kind(),
        other => panic!("{other:?}"),
    }
}

async fn phase_1(plan: Plan) -> PhaseError {
    let wire = Wire::start().await;
    let (provider, spec) = (wire.provider(), provider::spec());
    let run = set_up_provider(&provider, &spec, server::at_once());
    let plan = in_order![whose_subscription(&FABRIKAM), plan];
    wire.play(plan, run).await.unwrap_err()
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_read() {
    for link in [
        "https://evil.example/v1.0/next",
        "https://graph.microsoft.com.evil.example/v1.0/next",
        "https://graph.microsoft.com@evil.example/v1.0/next",
        "//evil.example/v1.0/next",
    ] {
        let mut first = page(&[]);
        first["@odata.nextLink"] = json!(link);
        let plan = in_order![
            at_once![
                graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
                find_identity()
            ],
            graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, first),
        ];
        assert_eq!(kind(&phase_1(plan).await), Kind::InvalidRequest, "{link}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_error() {
    for status in [301, 302, 307, 308] {
        let plan = at_once![
            graph(&FABRIKAM, "GET", BY_NAME)
                .answers_nothing(status)
                .answer_header("location", "https://evil.example/v1.0/applications"),
            find_identity()
        ];
        assert_eq!(kind(&phase_1(plan).await), Kind::Other, "{status}");
    }
}

async fn phase_3(
    plan: Plan,
) -> Result<cross_tenant_cmk::Done<cross_tenant_cmk::EncryptedAccount>, PhaseError> {
    let wire = Wire::start().await;
    account::run(&wire, plan).await
}

#[tokio::test]
async fn a_challenge_that_names_another_authority_or_resource_verifies_nothing_and_gets_no_token() {
    let tenant = CONTOSO.tenant;
    for challenge in [
        format!(
            r#"Bearer authorization="https://evil.example/{tenant}", resource="https://vault.azure.net""#
        ),
        format!(
            r#"Bearer authorization="https://login.microsoftonline.com.evil.example/{tenant}", resource="https://vault.azure.net""#
        ),
        format!(
            r#"Bearer authorization="https://login.microsoftonline.com@evil.example/{tenant}", resource="https://vault.azure.net""#
        ),
        format!(
            r#"Bearer authorization="https://login.microsoftonline.com/{tenant}", resource="https://management.azure.com""#
        ),
        format!(
            r#"Bearer authorization="https://login.microsoftonline.com/{tenant}", resource="https://vault.azure.net.evil.example""#
        ),
    ] {
        let plan = in_order![
            whose_subscription(&FABRIKAM),
            at_once![
                vault_without_token("GET", "/keys?api-version=2026-04-01")
                    .answers(
                        401,
                        json!({ "error": { "code": "Unauthorized", "message": "AKV10000" } })
                    )
                    .answer_header("www-authenticate", challenge.clone()),
                graph(&FABRIKAM, "GET", BY_ID).answers(200, application()),
                arm(
                    &FABRIKAM,
                    "GET",
                    format!("{}?api-version=2024-11-30", crate::literals::IDENTITY)
                )
                .answers(200, identity()),
                graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(&[credential()])),
                account::whose_accounts(&[]),
            ],
        ];
        let error = phase_3(plan).await.unwrap_err();
        assert_eq!(reason(&error), Reason::KeyTenantUnverified, "{challenge}");
    }
}

#[tokio::test]
async fn an_operation_elsewhere_is_not_asked_after_and_the_account_is_looked_at_instead() {
    for (header, status) in [("azure-asyncoperation", 200), ("location", 202)] {
        let created = account::create()
            .answers(status, crate::literals::unfinished_account("Creating"))
            .answer_header(
                header,
                "https://management.azure.com.evil.example/operations/1",
            );
        let plan = in_order![
            account::before_the_account(),
            account::none_there(),
            created,
            // The service has taken it, and nobody says how far it is but the account.
            account::read().answers(200, the_account()),
            account::read().answers(200, the_account()),
            account::whose_accounts(&[the_account()]),
        ];
        let done = phase_3(plan).await.unwrap();
        assert_eq!(
            done.report.outcome(StepId::Account),
            Some(&Outcome::Created),
            "{header}"
        );
        account::assert_is_the_account(&done.output);
    }
}

#[tokio::test]
async fn a_key_on_a_host_that_is_not_azures_makes_no_grant() {
    for uri in [
        "https://contoso-keys.vault.azure.net.evil.example/keys/cosmos",
        "https://contoso-keys.vault.azure.net@evil.example/keys/cosmos",
        "https://user:word@contoso-keys.vault.azure.net/keys/cosmos",
        "https://contoso-keys.vault.azure.net:8443/keys/cosmos",
        "https://evil.example/contoso-keys.vault.azure.net/keys/cosmos",
        "https://evil.example\\.vault.azure.net/keys/cosmos",
        "https://evil.example#.vault.azure.net/keys/cosmos",
        "https://c\u{f6}ntoso.vault.azure.net/keys/cosmos",
        "https://xn--cntoso-9ya.vault.azure.net/keys/cosmos/../..",
        "https://contoso-keys\u{3002}vault\u{3002}azure\u{3002}net/keys/cosmos",
        "https://contoso-keys.vault.\u{ff41}zure.net/keys/cosmos",
        "https://a.contoso-keys.vault.azure.net/keys/cosmos",
        "https://127.0.0.1/keys/cosmos",
        "http://contoso-keys.vault.azure.net/keys/cosmos",
    ] {
        let grant = with(customer::grant_json(), "/keyUri", json!(uri));
        assert!(Grant::from_json(&grant.to_string()).is_err(), "{uri}");
    }
    // The control: the same Grant with a key of Azure's is one, and phase 3 asks that host.
    let wire = Wire::start().await;
    let (provider, spec) = (wire.provider(), account::spec());
    let (setup, grant, record) = (setup(), customer::grant(), account::record());
    let run =
        create_encrypted_account(&provider, &setup, &grant, &record, &spec, server::at_once());
    wire.play(account::second_run(), run).await.unwrap();
}
