//! What does not fit, as Azure shows it: refused with the reason, and nothing is sent afterwards.

use crate::{
    account, customer,
    customer::{expected_provider, find_key, find_principal, find_vault, vault_at},
    literals::{
        CONTOSO, CREDENTIAL, FABRIKAM, IDENTITY, VAULT, application, credential, identity,
        no_resource, subscription, the_account, the_key, the_vault,
    },
    provider::{self, BY_NAME, CREDENTIALS, find_identity, identity_at, page, setup},
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph, whose_subscription},
};
use cross_tenant_cmk::{
    CustomerRecord, Grant, IdentityChoice, KeySpec, PhaseError, ProviderSetup, ProviderSpec,
    Reason, StepId, VaultChoice, create_encrypted_account, grant_access,
    keyvault_rbac::{KeyType, NewKey},
    set_up_provider,
};
use serde_json::{Value, json};

/// Something of Azure's with one member set otherwise.
pub(crate) fn with(mut value: Value, pointer: &str, to: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[name] = to;
    value
}

pub(crate) fn reason(error: &PhaseError) -> Reason {
    error
        .refusal()
        .unwrap_or_else(|| panic!("no refusal: {error:?}"))
        .reason()
}

pub(crate) async fn phase_1(spec: &ProviderSpec, plan: Plan) -> Reason {
    let wire = Wire::start().await;
    let provider = wire.provider();
    let run = set_up_provider(&provider, spec, server::at_once());
    let plan = in_order![whose_subscription(&FABRIKAM), plan];
    reason(&wire.play(plan, run).await.unwrap_err())
}

/// Phase 1 in which everything is there and these are the credentials.
async fn phase_1_with(credentials: &[Value]) -> Reason {
    let plan = in_order![
        at_once![
            graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
            find_identity()
        ],
        graph(&FABRIKAM, "GET", CREDENTIALS).answers(200, page(credentials)),
    ];
    phase_1(&provider::spec(), plan).await
}

#[tokio::test]
async fn a_single_tenant_application_under_our_name() {
    let single = with(application(), "/signInAudience", json!("AzureADMyOrg"));
    let plan = at_once![
        graph(&FABRIKAM, "GET", BY_NAME).answers(200, single),
        find_identity()
    ];
    assert_eq!(
        phase_1(&provider::spec(), plan).await,
        Reason::SingleTenantApplication
    );
}

#[tokio::test]
async fn an_identity_of_another_tenant() {
    let theirs = with(identity(), "/properties/tenantId", json!(CONTOSO.tenant));
    let plan = at_once![
        graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
        identity_at(theirs)
    ];
    assert_eq!(
        phase_1(&provider::spec(), plan).await,
        Reason::IdentityInOtherTenant
    );
}

#[tokio::test]
async fn an_identity_that_was_said_to_exist_and_does_not() {
    let mut spec = provider::spec();
    spec.identity = IdentityChoice::Existing(IDENTITY.parse().unwrap());
    let plan = at_once![
        graph(&FABRIKAM, "GET", BY_NAME).answers(200, application()),
        arm(
            &FABRIKAM,
            "GET",
            format!("{IDENTITY}?api-version=2024-11-30")
        )
        .answers(
            404,
            no_resource(
                "Microsoft.ManagedIdentity/userAssignedIdentities",
                "fabrikam-cmk",
                "fabrikam-cmk"
            )
        ),
    ];
    assert_eq!(phase_1(&spec, plan).await, Reason::Missing);
}

#[tokio::test]
async fn a_credential_with_the_issuer_and_subject_that_are_needed_and_another_audience() {
    // Under whatever name: issuer and subject are unique within an application.
    for name in [CREDENTIAL, "by-hand"] {
        let wrong = with(
            with(credential(), "/name", json!(name)),
            "/audiences",
            json!(["api://AzureADTokenExchangeChina"]),
        );
        assert_eq!(
            phase_1_with(&[wrong]).await,
            Reason::WrongAudience,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_credential_of_our_name_that_trusts_somebody_else() {
    let issuer = with(
        with(
            credential(),
            "/issuer",
            json!("https://token.actions.githubusercontent.com"),
        ),
        "/subject",
        json!("repo:fabrikam/app:ref:refs/heads/main"),
    );
    assert_eq!(phase_1_with(&[issuer]).await, Reason::CredentialNameTaken);
    // Another subject, and not made by us.
    let not_ours = with(
        with(
            credential(),
            "/subject",
            json!("aaaaaaaa-0000-4000-8000-00000000000f"),
        ),
        "/description",
        Value::Null,
    );
    assert_eq!(phase_1_with(&[not_ours]).await, Reason::CredentialNameTaken);
}

#[tokio::test]
async fn the_twenty_first_credential() {
    let others: Vec<_> = (10..30)
        .map(|number| {
            let subject = format!("aaaaaaaa-0000-4000-8000-0000000000{number}");
            with(
                with(credential(), "/subject", json!(subject)),
                "/name",
                json!(format!("other-{number}")),
            )
        })
        .collect();
    assert_eq!(phase_1_with(&others).await, Reason::CredentialLimit);
}

pub(crate) async fn phase_2(spec: &KeySpec, plan: Plan) -> PhaseError {
    let wire = Wire::start().await;
    let (customer, offer) = (wire.customer(), customer::offer());
    let run = grant_access(
        &customer,
        &offer,
        expected_provider(),
        spec,
        server::at_once(),
    );
    let plan = in_order![whose_subscription(&CONTOSO), plan];
    wire.play(plan, run).await.unwrap_err()
}

#[tokio::test]
async fn a_vault_that_does_not_fit() {
    let acls = |default, bypass| json!({ "bypass": bypass, "defaultAction": default, "ipRules": [], "virtualNetworkRules": [] });
    for (pointer, value, expected) in [
        (
            "/properties/tenantId",
            json!(FABRIKAM.tenant),
            Reason::VaultInOtherTenant,
        ),
        (
            "/properties/enableRbacAuthorization",
            json!(false),
            Reason::VaultUsesAccessPolicies,
        ),
        (
            "/properties/enableRbacAuthorization",
            Value::Null,
            Reason::VaultUsesAccessPolicies,
        ),
        (
            "/properties/enableSoftDelete",
            json!(false),
            Reason::VaultWithoutSoftDelete,
        ),
        (
            "/properties/enablePurgeProtection",
            Value::Null,
            Reason::VaultWithoutPurgeProtection,
        ),
        (
            "/properties/networkAcls",
            acls("Deny", "None"),
            Reason::VaultFirewall,
        ),
    ] {
        let unfit = with(the_vault("Succeeded"), pointer, value.clone());
        let plan = at_once![find_principal(), vault_at(unfit)];
        let error = phase_2(&customer::spec(), plan).await;
        assert_eq!(reason(&error), expected, "{pointer} {value}");
        assert!(!error.refusal().unwrap().help().is_empty());
    }
}

#[tokio::test]
async fn a_closed_vault_is_judged_by_its_bypass() {
    for (bypass, fits) in [("AzureServices", true), ("None", false)] {
        let closed = with(
            with(
                the_vault("Succeeded"),
                "/properties/publicNetworkAccess",
                json!("Disabled"),
            ),
            "/properties/networkAcls",
            json!({ "bypass": bypass, "defaultAction": "Allow" }),
        );
        // The next thing after a vault that fits is its key; here an unfit one ends the phase.
        let short = with(the_key(), "/properties/keySize", json!(1024));
        let after = if fits { key_at(short) } else { in_order![] };
        let plan = at_once![find_principal(), in_order![vault_at(closed), after]];
        let expected = if fits {
            Reason::KeyTooShort
        } else {
            Reason::VaultFirewall
        };
        let error = phase_2(&customer::spec(), plan).await;
        assert_eq!(reason(&error), expected, "{bypass}");
    }
}

#[tokio::test]
async fn a_vault_that_was_said_to_exist_and_does_not() {
    let mut spec = customer::spec();
    spec.vault = VaultChoice::Existing(VAULT.parse().unwrap());
    let plan = at_once![
        find_principal(),
        arm(&CONTOSO, "GET", format!("{VAULT}?api-version=2026-02-01")).answers(
            404,
            no_resource("Microsoft.KeyVault/vaults", "contoso-keys", "contoso-keys")
        ),
    ];
    assert_eq!(reason(&phase_2(&spec, plan).await), Reason::Missing);
}

#[tokio::test]
async fn a_vault_name_that_somebody_in_the_world_has() {
    let plan = at_once![find_principal(), customer::vault_name_taken()];
    let error = phase_2(&customer::spec(), plan).await;
    assert_eq!(reason(&error), Reason::VaultNameUnavailable);
    // In the service's own words.
    assert!(
        error
            .to_string()
            .contains("The vault name 'contoso-keys' is already in use."),
        "{error}"
    );
}

/// The key is there, like this.
fn key_at(key: Value) -> Plan {
    customer::key_at(key)
}

#[tokio::test]
async fn a_key_that_does_not_fit() {
    for (pointer, value, expected) in [
        ("/properties/kty", json!("EC"), Reason::KeyTypeUnfit),
        ("/properties/kty", json!("EC-HSM"), Reason::KeyTypeUnfit),
        ("/properties/kty", json!("oct-HSM"), Reason::KeyTypeUnfit),
        ("/properties/keySize", json!(1024), Reason::KeyTooShort),
        (
            "/properties/keyOps",
            json!(["encrypt", "decrypt", "wrapKey"]),
            Reason::KeyOperationsMissing,
        ),
        (
            "/properties/attributes/enabled",
            json!(false),
            Reason::KeyDisabled,
        ),
        (
            "/properties/attributes/exp",
            json!(1_600_000_000),
            Reason::KeyOutsideDates,
        ),
        (
            "/properties/attributes/nbf",
            json!(4_000_000_000_u64),
            Reason::KeyOutsideDates,
        ),
    ] {
        let unfit = with(the_key(), pointer, value.clone());
        let plan = at_once![find_principal(), in_order![find_vault(), key_at(unfit)]];
        let error = phase_2(&customer::spec(), plan).await;
        assert_eq!(reason(&error), expected, "{pointer} {value}");
        assert_eq!(error.report().outcome(StepId::KeyRole), None);
    }
}

#[tokio::test]
async fn a_key_that_would_not_fit_is_refused_before_anything_is_asked() {
    let wire = Wire::start().await;
    let (customer, offer, mut spec) = (wire.customer(), customer::offer(), customer::spec());
    spec.new_key = NewKey::new(KeyType::Ec);
    let run = grant_access(
        &customer,
        &offer,
        expected_provider(),
        &spec,
        server::at_once(),
    );
    let error = wire.play(in_order![], run).await.unwrap_err();
    assert_eq!(reason(&error), Reason::KeyTypeUnfit);
}

#[tokio::test]
async fn an_application_of_another_provider_gets_no_role() {
    let plan = at_once![
        customer::principal_at(with(
            crate::literals::service_principal(),
            "/appOwnerOrganizationId",
            json!("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")
        )),
        in_order![find_vault(), find_key()]
    ];
    let error = phase_2(&customer::spec(), plan).await;
    assert_eq!(reason(&error), Reason::ForeignApplication);
    assert!(
        error
            .to_string()
            .contains("belongs to bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"),
        "{error}"
    );
}

/// Phase 3 with these documents and records.
async fn phase_3(
    setup: &ProviderSetup,
    grant: &Grant,
    record: &CustomerRecord,
    plan: Plan,
) -> Reason {
    let wire = Wire::start().await;
    let (provider, spec) = (wire.provider(), account::spec());
    let run = create_encrypted_account(
        &provider,
        setup,
        grant,
        record,
        &spec,
        server::with_one_look(),
    );
    reason(&wire.play(plan, run).await.unwrap_err())
}

fn changed_grant(member: &str, to: Value) -> Grant {
    let mut json = customer::grant_json();
    json[member] = to;
    Grant::from_json(&json.to_string()).unwrap()
}

fn changed_setup(member: &str, to: Value) -> ProviderSetup {
    let mut json = provider::setup_json();
    json[member] = to;
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn documents_that_the_providers_records_do_not_bear_out_are_refused_before_anything_is_asked()
{
    let (setup, grant, record) = (setup(), customer::grant(), account::record());
    let other = json!("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb");
    let nothing = || in_order![];

    for member in ["tenantId", "subscriptionId"] {
        let foreign = changed_setup(member, other.clone());
        let got = phase_3(&foreign, &grant, &record, nothing()).await;
        assert_eq!(got, Reason::OtherContext, "{member}");
    }
    let digest = json!("sha256:0000000000000000000000000000000000000000000000000000000000000000");
    for (member, to, expected) in [
        ("cloud", json!("china"), Reason::OtherCloud),
        (
            "keyUri",
            json!("https://contoso-keys.vault.azure.cn/keys/cosmos"),
            Reason::OtherCloud,
        ),
        ("offerDigest", digest, Reason::OfferMismatch),
        (
            "customerTenantId",
            other.clone(),
            Reason::UnexpectedCustomer,
        ),
        (
            "applicationClientId",
            other.clone(),
            Reason::OtherApplication,
        ),
    ] {
        let lying = changed_grant(member, to);
        let got = phase_3(&setup, &lying, &record, nothing()).await;
        assert_eq!(got, expected, "{member}");
    }
    let ourselves = CustomerRecord {
        tenant_id: setup.tenant_id,
        ..record
    };
    let got = phase_3(&setup, &grant, &ourselves, nothing()).await;
    assert_eq!(got, Reason::SameTenant);
}

#[tokio::test]
async fn a_setup_whose_credential_is_gone_or_was_changed() {
    let changed = with(credential(), "/audiences", json!(["api://other"]));
    for credentials in [vec![], vec![changed]] {
        let plan = account::checks_with(&[], &credentials);
        let got = phase_3(&setup(), &customer::grant(), &account::record(), plan).await;
        assert_eq!(got, Reason::CredentialMissing, "{credentials:?}");
    }
}

#[tokio::test]
async fn a_region_that_the_subscription_may_not_use() {
    let plan = in_order![
        account::before_the_account(),
        account::none_there_with(404, false)
    ];
    let got = phase_3(&setup(), &customer::grant(), &account::record(), plan).await;
    assert_eq!(got, Reason::RegionAccessDenied);
}

#[tokio::test]
async fn an_account_name_that_somebody_in_the_world_has() {
    let plan = in_order![
        account::before_the_account(),
        account::none_there_with(200, true)
    ];
    let got = phase_3(&setup(), &customer::grant(), &account::record(), plan).await;
    assert_eq!(got, Reason::AccountNameUnavailable);
}

#[tokio::test]
async fn an_account_that_is_there_and_not_as_asked_for() {
    let other_identity = format!(
        "UserAssignedIdentity={IDENTITY}&FederatedClientId=bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
    );
    for (pointer, to) in [
        ("/tags/cross-tenant-cmk-customer", json!("litware")),
        ("/properties/keyVaultKeyUri", Value::Null),
        (
            "/properties/keyVaultKeyUri",
            json!("https://contoso-keys.vault.azure.net/keys/other"),
        ),
        ("/properties/defaultIdentity", json!("FirstPartyIdentity")),
        (
            "/properties/defaultIdentity",
            json!(format!("UserAssignedIdentity={IDENTITY}")),
        ),
        ("/properties/defaultIdentity", json!(other_identity)),
        ("/identity", json!({ "type": "None" })),
    ] {
        let unfit = with(the_account(), pointer, to.clone());
        let plan = in_order![
            account::found_group(&[]),
            account::read().answers(200, unfit)
        ];
        let got = phase_3(&setup(), &customer::grant(), &account::record(), plan).await;
        assert_eq!(got, Reason::AccountUnfit, "{pointer} {to}");
    }
}

#[tokio::test]
async fn a_key_that_another_customers_account_has() {
    // With a version and in other case it is the same key.
    let theirs = with(
        with(
            with(the_account(), "/id", json!(account_id("litware-orders"))),
            "/tags/cross-tenant-cmk-customer",
            json!("litware"),
        ),
        "/properties/keyVaultKeyUri",
        json!("https://contoso-keys.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef"),
    );
    let plan = account::checks(&[theirs]);
    let got = phase_3(&setup(), &customer::grant(), &account::record(), plan).await;
    assert_eq!(got, Reason::KeyOfOtherCustomer);
}

fn account_id(name: &str) -> String {
    format!(
        "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/contoso-data/providers/Microsoft.DocumentDB/databaseAccounts/{name}"
    )
}

#[tokio::test]
async fn a_subscription_of_another_tenant_is_told_before_anything_is_written() {
    let wire = Wire::start().await;
    let (provider, spec) = (wire.provider(), provider::spec());
    let run = set_up_provider(&provider, &spec, server::at_once());
    let plan = arm(
        &FABRIKAM,
        "GET",
        "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001?api-version=2022-12-01",
    )
    .answers(
        200,
        with(
            subscription(&FABRIKAM),
            "/tenantId",
            json!("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"),
        ),
    );
    let error = wire.play(plan.into(), run).await.unwrap_err();
    assert_eq!(reason(&error), Reason::OtherTenant);
}
