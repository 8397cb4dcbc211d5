//! From two empty tenants to an encrypted account, once and again.

use crate::flow::{Flow, account_spec, key_spec, provider_spec};
use azure_sim::{Lag, SimOptions, Span, TwoTenants};
use cross_tenant_cmk::{
    Error, Event, KeyCreation, Observer, Outcome, RoleScope, RunOptions, StepId,
    cmk_core::Kind,
    cosmos_cmk::{CmkStatus, DefaultIdentity},
    create_encrypted_account, set_up_provider,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

#[tokio::test(start_paused = true)]
async fn two_empty_tenants_end_in_an_account_under_the_customers_key() {
    let flow = Flow::typical();
    let done = flow.everything().await;
    assert_eq!(
        done.account.key_uri,
        "https://contoso-keys.vault.azure.net/keys/cosmos"
    );
    assert_eq!(done.account.cmk_status, Some(CmkStatus::Confirmed));
    assert_eq!(
        done.account.account.default_identity,
        DefaultIdentity::Federated {
            identity: done.setup.identity_id.as_resource_id().clone(),
            client_id: done.setup.application_client_id,
        }
    );
    assert_eq!(
        done.account.endpoint.as_deref(),
        Some("https://contoso-orders.documents.azure.com:443/")
    );
    flow.assert_modelled();
}

#[tokio::test(start_paused = true)]
async fn a_second_run_leaves_one_of_each_and_changes_nothing() {
    let flow = Flow::typical();
    let first = flow.everything().await;
    let resources = flow.sim.resources();
    let writes = flow.sim.writes().len();

    let setup = flow.phase1().await.unwrap();
    let grant = flow.phase2(&first.offer).await.unwrap();
    let account = flow
        .phase3(&first.setup, &first.grant, &first.record)
        .await
        .unwrap();

    assert_eq!(setup.output, first.setup);
    assert_eq!(grant.output, first.grant);
    assert_eq!(account.output.id, first.account.id);
    for report in [&setup.report, &grant.report, &account.report] {
        assert!(report.changed_nothing(), "{report}");
        assert!(
            report
                .steps
                .iter()
                .all(|step| matches!(step.outcome, Outcome::Existing | Outcome::Checked)),
            "{report}"
        );
    }
    assert_eq!(flow.sim.resources(), resources);
    assert_eq!(
        flow.sim.writes().len(),
        writes,
        "the second run wrote something"
    );
    assert_eq!(
        resources
            .iter()
            .filter(|line| line.contains("databaseAccounts"))
            .count(),
        1,
        "{resources:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_run_says_what_it_created() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap();
    for step in [
        StepId::Application,
        StepId::ManagedIdentity,
        StepId::FederatedCredential,
        StepId::ResourceGroup,
    ] {
        assert_eq!(
            setup.report.outcome(step),
            Some(&Outcome::Created),
            "{step}"
        );
    }
    assert_eq!(
        setup.report.outcome(StepId::ResourceProvider),
        Some(&Outcome::Existing)
    );
}

#[tokio::test(start_paused = true)]
async fn unregistered_resource_providers_are_registered() {
    let flow = Flow::of(TwoTenants::unregistered(SimOptions {
        seed: 3,
        lag: Lag::typical(),
        ..SimOptions::default()
    }));
    let setup = flow.phase1().await.unwrap();
    assert_eq!(
        setup.report.outcome(StepId::ResourceProvider),
        Some(&Outcome::Updated {
            before: String::from("NotRegistered")
        })
    );
    let again = flow.phase1().await.unwrap();
    assert!(again.report.changed_nothing(), "{}", again.report);
}

#[tokio::test(start_paused = true)]
async fn the_worst_day_of_azure_ends_the_same() {
    let flow = Flow::new(SimOptions {
        seed: 11,
        lag: Lag::worst(),
        ..SimOptions::default()
    });
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let record = flow.record(&offer);
    // The role takes ten minutes to spread, so the creation fails, is cleared away, and the name stays taken for longer than
    // anybody should wait inside one run.
    let error = flow.phase3(&setup, &grant, &record).await.unwrap_err();
    let [Error::Step { source, .. }] = error.errors() else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), Kind::OperationFailed);
    let is_account = |line: &String| line.contains("databaseAccounts");
    assert!(!flow.sim.resources().iter().any(is_account));

    tokio::time::advance(Duration::from_secs(7_200)).await;
    let done = flow.phase3(&setup, &grant, &record).await.unwrap();
    assert_eq!(done.output.cmk_status, Some(CmkStatus::Confirmed));
    flow.assert_modelled();
}

#[tokio::test(start_paused = true)]
async fn a_role_that_spreads_too_late_costs_a_second_creation_and_no_second_run() {
    let flow = Flow::new(SimOptions {
        seed: 7,
        lag: Lag {
            role_assignment: Span::secs(200, 200),
            account_name: Span::ZERO,
            ..Lag::typical()
        },
        ..SimOptions::default()
    });
    let done = flow.everything().await;
    assert_eq!(done.account.cmk_status, Some(CmkStatus::Confirmed));
    let creations =
        flow.sim.requests().into_iter().filter(|request| {
            request.method == "PUT" && request.path.contains("/databaseAccounts/")
        });
    assert_eq!(creations.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_key_can_be_made_through_the_data_plane_by_the_signed_in_person() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let mut spec = key_spec();
    spec.key_creation = KeyCreation::DataPlane { creator: None };
    let offer = setup.offer(None);
    let first = flow.phase2_with(&offer, &spec).await.unwrap();
    assert_eq!(
        first.report.outcome(StepId::KeyCreatorRole),
        Some(&Outcome::Created)
    );
    assert_eq!(first.report.outcome(StepId::Key), Some(&Outcome::Created));

    let again = flow.phase2_with(&offer, &spec).await.unwrap();
    assert!(again.report.changed_nothing(), "{}", again.report);
    assert_eq!(again.output, first.output);
    // A repeated create would have made a second version. By then every node of the vault honours the role.
    let keys = flow.customer_keys();
    tokio::time::advance(Duration::from_secs(600)).await;
    use cross_tenant_cmk::keyvault_rbac::KeysApi as _;
    let versions = keys
        .list_key_versions(&"cosmos".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(versions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_role_can_be_given_on_the_vault() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let mut spec = key_spec();
    spec.role_scope = RoleScope::Vault;
    let offer = setup.offer(None);
    flow.phase2_with(&offer, &spec).await.unwrap();
    // The wider role covers the key: asking for it there finds it.
    let again = flow.phase2(&offer).await.unwrap();
    assert!(again.report.changed_nothing(), "{}", again.report);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_somebody_pasted_is_taken_off_and_said_so() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let mut grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    grant.key_uri = grant
        .key_uri
        .with_version("0123456789abcdef0123456789abcdef".parse().unwrap());
    let done = flow
        .phase3(&setup, &grant, &flow.record(&offer))
        .await
        .unwrap();
    assert_eq!(
        done.output.key_uri,
        "https://contoso-keys.vault.azure.net/keys/cosmos"
    );
    let notes: Vec<_> = done
        .report
        .steps
        .iter()
        .flat_map(|step| &step.notes)
        .collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("was taken off the key URI")),
        "{notes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_account_gets_what_a_production_account_needs() {
    let flow = Flow::typical();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    let mut spec = account_spec(&setup, &grant);
    spec.account.disable_local_auth = Some(true);
    spec.account
        .tags
        .insert(String::from("cost-center"), String::from("4711"));
    let done = create_encrypted_account(
        &flow.provider,
        &setup,
        &grant,
        &flow.record(&offer),
        &spec,
        None,
    )
    .await
    .unwrap();
    let account = done.output.account;
    assert_eq!(account.disable_local_auth, Some(true));
    assert_eq!(
        account.tags.get("cost-center").map(String::as_str),
        Some("4711")
    );
    assert_eq!(
        account
            .tags
            .get("cross-tenant-cmk-customer")
            .map(String::as_str),
        Some("contoso")
    );
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl Observer for Seen {
    fn observe(&self, event: &Event) {
        let line = match event {
            Event::Started { step, .. } => format!("{step} started"),
            Event::Finished { report, .. } => format!("{} {}", report.step, report.outcome),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test(start_paused = true)]
async fn independent_steps_run_at_the_same_time_and_are_told_as_they_happen() {
    let flow = Flow::typical();
    let seen = Arc::new(Seen::default());
    let observer: Arc<dyn Observer> = Arc::clone(&seen) as Arc<dyn Observer>;
    set_up_provider(
        &flow.provider,
        &provider_spec(),
        Some(RunOptions {
            observer: Some(observer),
            ..Default::default()
        }),
    )
    .await
    .unwrap();
    let seen = seen.0.lock().unwrap().clone();
    let at = |line: &str| {
        seen.iter()
            .position(|seen| seen == line)
            .unwrap_or_else(|| panic!("{line} is missing in {seen:#?}"))
    };
    assert!(
        at("resource-provider started") < at("application created"),
        "{seen:#?}"
    );
    assert!(at("federated-credential started") > at("managed-identity created"));
    assert!(at("federated-credential started") > at("application created"));
}
