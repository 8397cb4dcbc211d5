//! The consent page: its address, and what it sends back.

use crate::support::{CLIENT, TENANT};
use azure_core::http::Url;
use entra_graph::{
    AdminConsentAnswer, AdminConsentOptions, Cloud, ConsentTenant, DomainName, InvalidAdminConsent,
    admin_consent_url, admin_consent_url_v2,
};
use proptest::prelude::{any, proptest};

fn tenant() -> ConsentTenant {
    ConsentTenant::Tenant(TENANT.parse().unwrap())
}

#[test]
fn the_first_form_is_on_the_issuer_host_of_each_cloud() {
    let page = |cloud| admin_consent_url(cloud, tenant(), CLIENT.parse().unwrap(), None);
    let rest = format!("/{TENANT}/adminconsent?client_id={CLIENT}");
    for (cloud, host) in [
        (Cloud::Public, "https://login.microsoftonline.com"),
        (Cloud::UsGovernment, "https://login.microsoftonline.us"),
        (Cloud::China, "https://login.partner.microsoftonline.cn"),
    ] {
        assert_eq!(page(cloud), format!("{host}{rest}"));
    }
}

#[test]
fn the_first_form_takes_a_redirect_and_a_state() {
    let options = AdminConsentOptions {
        redirect_uri: Some("https://app.contoso.example/done?x=1".to_owned()),
        state: Some("a b&c".to_owned()),
    };
    let organizations = ConsentTenant::Organizations;
    assert_eq!(
        admin_consent_url(
            Cloud::Public,
            organizations,
            CLIENT.parse().unwrap(),
            Some(options)
        ),
        format!(
            "https://login.microsoftonline.com/organizations/adminconsent?client_id={CLIENT}&redirect_uri=https%3A%2F%2Fapp.contoso.example%2Fdone%3Fx%3D1&state=a%20b%26c"
        )
    );
}

#[test]
fn a_verified_domain_names_the_tenant_too() {
    let domain: DomainName = "Contoso.onmicrosoft.com".parse().unwrap();
    let client_id = CLIENT.parse().unwrap();
    assert_eq!(
        admin_consent_url(Cloud::Public, domain.into(), client_id, None),
        format!(
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/adminconsent?client_id={CLIENT}"
        )
    );
}

#[test]
fn the_second_form_asks_for_a_scope() {
    let url = admin_consent_url_v2(
        Cloud::China,
        tenant(),
        CLIENT.parse().unwrap(),
        "https://microsoftgraph.chinacloudapi.cn/.default",
        "https://localhost/done",
        "k7",
    );
    assert_eq!(
        url,
        format!(
            "https://login.partner.microsoftonline.cn/{TENANT}/v2.0/adminconsent?client_id={CLIENT}&scope=https%3A%2F%2Fmicrosoftgraph.chinacloudapi.cn%2F.default&redirect_uri=https%3A%2F%2Flocalhost%2Fdone&state=k7"
        )
    );
}

fn parse(query: &str) -> Result<AdminConsentAnswer, InvalidAdminConsent> {
    AdminConsentAnswer::parse(&format!("https://localhost/done?{query}"), Some("k7"))
}

#[test]
fn a_grant_names_a_tenant() {
    assert_eq!(
        parse(&format!(
            "admin_consent=True&tenant={TENANT}&state=k7&scope=https%3a%2f%2fgraph.microsoft.com%2f.default"
        )),
        Ok(AdminConsentAnswer::Granted {
            claimed_tenant: TENANT.parse().unwrap(),
            scope: Some("https://graph.microsoft.com/.default".to_owned()),
        })
    );
}

#[test]
fn an_error_counts_although_consent_stands_beside_it() {
    let answer = parse(&format!(
        "error=consent_required&error_description=AADSTS65004%3a+The+resource+owner+denied+the+request.&admin_consent=True&tenant={TENANT}&state=k7"
    ));
    assert_eq!(
        answer,
        Ok(AdminConsentAnswer::Refused {
            error: "consent_required".to_owned(),
            description: Some("AADSTS65004: The resource owner denied the request.".to_owned()),
        })
    );
}

#[test]
fn the_first_form_refuses_without_tenant_and_state() {
    let answer = parse("error=permission_denied&error_description=The+admin+canceled+the+request");
    assert_eq!(
        answer,
        Ok(AdminConsentAnswer::Refused {
            error: "permission_denied".to_owned(),
            description: Some("The admin canceled the request".to_owned()),
        })
    );
}

#[test]
fn a_request_without_state_is_answered_without_one() {
    let granted = format!("https://localhost/done?admin_consent=True&tenant={TENANT}");
    assert_eq!(
        AdminConsentAnswer::parse(&granted, None),
        Ok(AdminConsentAnswer::Granted {
            claimed_tenant: TENANT.parse().unwrap(),
            scope: None,
        })
    );
    assert_eq!(
        AdminConsentAnswer::parse(&format!("{granted}&state=k7"), None),
        Err(InvalidAdminConsent::WrongState)
    );
}

#[test]
fn what_is_no_answer_to_the_request_is_refused() {
    let granted = format!("admin_consent=True&tenant={TENANT}");
    for (query, error) in [
        (granted.clone(), InvalidAdminConsent::WrongState),
        (
            format!("{granted}&state=other"),
            InvalidAdminConsent::WrongState,
        ),
        (
            "error=x&state=other".to_owned(),
            InvalidAdminConsent::WrongState,
        ),
        (
            format!("{granted}&state=k7&state=k7"),
            InvalidAdminConsent::Ambiguous,
        ),
        (
            format!("{granted}&tenant={CLIENT}&state=k7"),
            InvalidAdminConsent::Ambiguous,
        ),
        (
            "admin_consent=True&state=k7".to_owned(),
            InvalidAdminConsent::NoAnswer,
        ),
        (
            "admin_consent=True&tenant=contoso.example&state=k7".to_owned(),
            InvalidAdminConsent::NoAnswer,
        ),
        (
            format!("admin_consent=False&tenant={TENANT}&state=k7"),
            InvalidAdminConsent::NoAnswer,
        ),
        ("state=k7".to_owned(), InvalidAdminConsent::NoAnswer),
    ] {
        assert_eq!(parse(&query), Err(error), "{query}");
    }
    let long = format!("https://localhost/?state=k7&x={}", "x".repeat(20_000));
    for no_url in ["", "/done?state=k7", &long] {
        assert_eq!(
            AdminConsentAnswer::parse(no_url, Some("k7")),
            Err(InvalidAdminConsent::NoUrl)
        );
    }
}

proptest! {
    #[test]
    fn what_goes_into_the_page_comes_out_as_it_was(scope: String, redirect: String, state: String) {
        let url = admin_consent_url_v2(
            Cloud::Public, tenant(), CLIENT.parse().unwrap(), &scope, &redirect, &state,
        );
        let url = Url::parse(&url).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let expected = [("client_id", CLIENT), ("scope", &scope), ("redirect_uri", &redirect), ("state", &state)];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(url.host_str(), Some("login.microsoftonline.com"));
    }

    #[test]
    fn a_hostile_redirect_is_never_a_grant_without_the_state(redirect: String, tail in any::<Vec<u8>>()) {
        let tail = String::from_utf8_lossy(&tail).into_owned();
        for url in [redirect.clone(), format!("https://localhost/?{redirect}#{tail}"), format!("https://localhost/{tail}?admin_consent=True&tenant={TENANT}&{redirect}")] {
            let granted = matches!(AdminConsentAnswer::parse(&url, Some("a state nobody guesses")), Ok(AdminConsentAnswer::Granted { .. }));
            assert!(!granted, "{url}");
        }
    }
}
