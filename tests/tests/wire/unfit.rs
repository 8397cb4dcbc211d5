//! What fits in all but one thing: refused with the reason, before anything is written.

use crate::{
    account, customer,
    customer::{HELD_BY_PRINCIPAL, find_key, find_principal, find_vault},
    literals::{
        APPLICATION_ID, CONTOSO, FABRIKAM, KEY, VAULT, application, credential, key_role,
        not_in_graph,
    },
    provider::{self, BY_ID, BY_NAME, find_identity, setup},
    refusals::{phase_1, phase_2, reason, with},
    script::{Plan, at_once, in_order},
    server::{self, Wire, arm, graph},
};
use cross_tenant_cmk::{
    AccountSpec, Outcome, PhaseError, Reason, StepId, create_encrypted_account,
};
use serde_json::{Value, json};

#[tokio::test]
async fn an_application_whose_name_no_customer_may_be_shown() {
    for name in [
        String::new(),
        "n".repeat(121),
        // Shown as "Fabrikam" with the rest turned round.
        String::from("Fabrikam \u{202e}tfosorciM"),
        String::from("Fabrikam\nMicrosoft"),
    ] {
        let plan = at_once![
            graph(&FABRIKAM, "GET", BY_NAME).answers(
                200,
                with(application(), "/displayName", json!(name.clone()))
            ),
            find_identity()
        ];
        assert_eq!(
            phase_1(&provider::spec(), plan).await,
            Reason::ApplicationNameUnfit,
            "{name:?}"
        );
    }
}

/// Phase 3 with one look at what is not there, and with this account asked for.
async fn phase_3(spec: AccountSpec, plan: Plan) -> PhaseError {
    let wire = Wire::start().await;
    let (provider, setup) = (wire.provider(), setup());
    let (grant, record) = (customer::grant(), account::record());
    let options = server::with_one_look();
    let run = create_encrypted_account(&provider, &setup, &grant, &record, &spec, options);
    wire.play(plan, run).await.unwrap_err()
}

#[tokio::test]
async fn a_setup_whose_application_is_gone() {
    let gone = graph(&FABRIKAM, "GET", BY_ID).answers(404, not_in_graph(APPLICATION_ID));
    let plan = account::checks_of(gone, &[], &[credential()]);
    let error = phase_3(account::spec(), plan).await;
    assert_eq!(reason(&error), Reason::ApplicationMissing);
    assert_eq!(error.report().outcome(StepId::Account), None);
}

/// The role on the key under a condition, which lies at this scope.
fn conditional(scope: &str) -> Value {
    let condition = json!("@Resource[Microsoft.KeyVault/vaults/keys:name] StringEquals 'other'");
    with(
        with(key_role(), "/properties/condition", condition),
        "/properties/scope",
        json!(scope),
    )
}

#[tokio::test]
async fn a_role_on_the_key_that_holds_under_a_condition_only() {
    let listed = arm(
        &CONTOSO,
        "GET",
        format!("{KEY}/providers/Microsoft.Authorization/roleAssignments?{HELD_BY_PRINCIPAL}"),
    )
    .answers(
        200,
        json!({ "value": [conditional(VAULT), conditional(KEY)] }),
    );
    let plan = in_order![
        at_once![find_principal(), in_order![find_vault(), find_key()]],
        listed,
    ];
    let error = phase_2(&customer::spec(), plan).await;
    assert_eq!(reason(&error), Reason::RoleUnderCondition);
    let text = error.to_string();
    assert!(text.contains("StringEquals 'other'"), "{text}");
    assert_eq!(
        error.report().outcome(StepId::Key),
        Some(&Outcome::Existing)
    );
}

#[tokio::test]
async fn an_account_over_zones_in_a_region_that_has_none() {
    let mut spec = account::spec();
    spec.account.locations[0].zone_redundant = true;
    let region = with(
        account::west_europe(),
        "/properties/supportsAvailabilityZone",
        json!(false),
    );
    let plan = in_order![
        account::before_the_account(),
        account::none_there_in(404, region)
    ];
    assert_eq!(
        reason(&phase_3(spec, plan).await),
        Reason::RegionWithoutZones
    );
}
