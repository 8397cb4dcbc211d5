//! A plan says what a run would do, and reads only.

use crate::{
    dropped::dropped_after,
    flow::{ACCOUNT, Flow, VAULT, account_spec, key_spec, provider_spec},
};
use cross_tenant_cmk::{
    AccountPlace, AccountSpec, Action, ChainSpec, Event, KeyCreation, Outcome, Phase, Plan, Report,
    RunOptions, StepId,
    cosmos_cmk::{NewDatabaseAccount, PublicNetworkAccess},
    create_encrypted_account, event_stream, grant_access, plan_chain, plan_encrypted_account,
    plan_provider_setup, set_up_provider,
};
use futures::StreamExt as _;
use serde_json::json;
use std::{sync::Arc, time::Duration};

pub(crate) fn chain_spec() -> ChainSpec {
    ChainSpec {
        provider: provider_spec(),
        key: key_spec(),
        customer: "contoso".parse().unwrap(),
        account: AccountPlace {
            resource_group: "contoso-data".parse().unwrap(),
            name: ACCOUNT.parse().unwrap(),
            location: "westeurope".parse().unwrap(),
        },
    }
}

pub(crate) async fn planned(flow: &Flow) -> Plan {
    plan_chain(&flow.provider, &flow.customer, &chain_spec(), None).await
}

fn words(plan: &Plan, phase: Phase) -> Vec<(StepId, &'static str)> {
    let part = plan.phase(phase).unwrap();
    let steps = part.steps.iter();
    steps.map(|step| (step.step, step.action.word())).collect()
}

/// What a run reports is what was planned.
fn assert_as_planned(plan: &Plan, report: &Report, when: &str) {
    let part = plan.phase(report.phase).unwrap();
    let planned: Vec<StepId> = part.steps.iter().map(|step| step.step).collect();
    for done in &report.steps {
        assert!(
            planned.contains(&done.step),
            "{when}: {done} was not planned"
        );
        let planned = part.step(done.step).unwrap();
        let is_so = match (&planned.action, &done.outcome) {
            (Action::KnownAfterApply, _) => true,
            (Action::Create { .. }, Outcome::Created) => true,
            (Action::Update { before, .. }, Outcome::Updated { before: was }) => before == was,
            (Action::Keep, Outcome::Existing) => true,
            (Action::Adopt, Outcome::Adopted) => true,
            (Action::Check, Outcome::Checked) => true,
            _ => false,
        };
        assert!(is_so, "{when}: planned {}, and {done}", planned.action);
    }
    for step in planned {
        assert!(report.outcome(step).is_some(), "{when}: {step} did not run");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_everything_writes_nothing_and_names_every_write() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    assert_eq!(flow.sim.writes(), []);
    assert!(plan.can_be_applied(), "{plan}");
    assert!(!plan.changes_nothing());
    assert_eq!(
        words(&plan, Phase::ProviderSetup),
        [
            (StepId::Subscription, "check"),
            (StepId::Application, "create"),
            (StepId::ResourceProvider, "keep"),
            (StepId::ResourceGroup, "create"),
            (StepId::ManagedIdentity, "create"),
            (StepId::FederatedCredential, "create"),
        ]
    );
    assert_eq!(
        words(&plan, Phase::CustomerGrant),
        [
            (StepId::Subscription, "check"),
            (StepId::AdmitApplication, "create"),
            (StepId::ResourceProvider, "keep"),
            (StepId::ResourceGroup, "create"),
            (StepId::Vault, "create"),
            (StepId::Key, "create"),
            (StepId::KeyRole, "create"),
        ]
    );
    assert_eq!(
        words(&plan, Phase::EncryptedAccount),
        [
            (StepId::Subscription, "check"),
            (StepId::KeyTenant, "known after apply"),
            (StepId::Setup, "known after apply"),
            (StepId::KeyBinding, "known after apply"),
            (StepId::ResourceProvider, "keep"),
            (StepId::ResourceGroup, "create"),
            (StepId::Account, "create"),
        ]
    );
    flow.assert_modelled();
}

#[tokio::test(start_paused = true)]
async fn a_plan_says_what_is_made_who_needs_which_permission_and_how_long_it_takes() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    let customer = plan.phase(Phase::CustomerGrant).unwrap();
    let vault = customer.step(StepId::Vault).unwrap();
    let Action::Create { settings } = &vault.action else {
        panic!("{vault:?}");
    };
    assert!(
        settings.contains(&String::from("location westeurope")),
        "{settings:?}"
    );
    let needs: Vec<String> = vault.needs.iter().map(ToString::to_string).collect();
    assert_eq!(
        needs,
        [format!(
            "customer needs Microsoft.KeyVault/vaults/write at /subscriptions/{}/resourceGroups/contoso-keys",
            flow.customer.subscription()
        )]
    );
    // What runs at the same time counts once: the group beside the application, and the role after both branches.
    let takes: u64 = customer
        .steps
        .iter()
        .filter_map(|step| step.takes)
        .map(|takes| takes.usually_seconds)
        .sum();
    assert!(customer.takes().usually_seconds < takes);
    let table = plan.to_string();
    for line in [
        "phase 2 (customer grant) by the customer",
        "create                vault                vault contoso-keys",
        "create                admit-application    (known after apply)",
        "    takes 30 s, at most 2 min",
    ] {
        assert!(table.contains(line), "{line:?} is not in\n{table}");
    }
    let chart = plan.mermaid();
    for line in [
        "flowchart TD\n",
        "subgraph p2[\"phase 2 (customer grant) (customer)\"]",
        "p2_vault --> p2_key\n",
        "p1_federated_credential --> p2_subscription\n",
        "p2_key_role --> p3_subscription\n",
        "p3_resource_group --> p3_account\n",
    ] {
        assert!(chart.contains(line), "{line:?} is not in\n{chart}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_everything_the_plan_has_nothing_to_do() {
    let flow = Flow::with_prompt_roles();
    flow.everything().await;
    tokio::time::advance(Duration::from_secs(600)).await;
    let before = flow.sim.writes();
    let plan = planned(&flow).await;
    assert!(plan.changes_nothing() && plan.can_be_applied(), "{plan}");
    assert_eq!(plan.to_string().matches("nothing to do").count(), 3);
    assert_eq!(flow.sim.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn from_anywhere_on_the_way_the_rest_goes_as_planned() {
    let mut polls = 0;
    loop {
        let flow = Flow::with_prompt_roles();
        let ended = dropped_after(polls, Box::pin(flow.everything())).await;
        // What is under way comes to its end, and what was made has spread.
        tokio::time::advance(Duration::from_secs(1_200)).await;
        let plan = planned(&flow).await;
        let when = format!("after poll {polls}");
        assert!(plan.can_be_applied(), "{when}: {plan}");
        let first = flow.phase1().await.unwrap();
        assert_as_planned(&plan, &first.report, &when);
        let offer = first.output.offer(None);
        let second = flow.phase2(&offer).await.unwrap();
        assert_as_planned(&plan, &second.report, &when);
        let record = flow.record(&offer);
        let third = flow
            .phase3(&first.output, &second.output, &record)
            .await
            .unwrap();
        assert_as_planned(&plan, &third.report, &when);
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 50, "only {polls} polls to drop at");
}

/// The edges of a plan's drawing within one phase.
fn edges(plan: &Plan, number: usize) -> Vec<(String, String)> {
    let prefix = format!("p{number}_");
    let name = |node: &str| Some(node.trim().strip_prefix(&prefix)?.replace('_', "-"));
    let chart = plan.mermaid();
    let arrows = chart.lines().filter_map(|line| line.split_once(" --> "));
    arrows
        .filter_map(|(from, to)| Some((name(from)?, name(to)?)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn no_step_begins_before_those_that_the_plan_draws_in_front_of_it() {
    let flow = Flow::with_prompt_roles();
    let plan = planned(&flow).await;
    let (observer, events) = event_stream();
    let options = || {
        Some(RunOptions {
            observer: Some(Arc::clone(&observer)),
            ..RunOptions::default()
        })
    };
    let setup = set_up_provider(&flow.provider, &provider_spec(), options())
        .await
        .unwrap()
        .output;
    let offer = setup.offer(None);
    let provider = flow.provider_tenant();
    let grant = grant_access(&flow.customer, &offer, provider, &key_spec(), options())
        .await
        .unwrap()
        .output;
    let (record, spec) = (flow.record(&offer), account_spec(&setup, &grant));
    create_encrypted_account(&flow.provider, &setup, &grant, &record, &spec, options())
        .await
        .unwrap();
    drop(observer);
    let events: Vec<Event> = events.collect().await;
    let phases = [
        Phase::ProviderSetup,
        Phase::CustomerGrant,
        Phase::EncryptedAccount,
    ];
    let mut checked = 0;
    for (index, of) in phases.into_iter().enumerate() {
        let at = |name: &str, ends: bool| {
            events.iter().position(|event| match event {
                Event::Started { phase, step, .. } => {
                    *phase == of && !ends && step.as_str() == name
                }
                Event::Finished { phase, report } => {
                    *phase == of && ends && report.step.as_str() == name
                }
                _ => false,
            })
        };
        for (from, to) in edges(&plan, index + 1) {
            let (Some(ended), Some(begun)) = (at(&from, true), at(&to, false)) else {
                panic!("{of}: {from} --> {to}: one of them did not run");
            };
            assert!(ended < begun, "{of}: {from} --> {to}");
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked}");
}

#[tokio::test(start_paused = true)]
async fn a_key_through_the_data_plane_is_planned_as_far_as_it_can_be_seen() {
    let flow = Flow::typical();
    let mut spec = chain_spec();
    spec.key.key_creation = KeyCreation::DataPlane { creator: None };
    let plan = plan_chain(&flow.provider, &flow.customer, &spec, None).await;
    let customer = plan.phase(Phase::CustomerGrant).unwrap();
    let word = |step| customer.step(step).unwrap().action.word();
    assert_eq!(word(StepId::KeyCreatorRole), "known after apply");
    assert_eq!(word(StepId::Key), "create");
    let offer = flow.phase1().await.unwrap().output.offer(None);
    flow.phase2_with(&offer, &spec.key).await.unwrap();
    tokio::time::advance(Duration::from_secs(600)).await;
    let plan = plan_chain(&flow.provider, &flow.customer, &spec, None).await;
    let customer = plan.phase(Phase::CustomerGrant).unwrap();
    assert!(
        customer
            .steps
            .iter()
            .all(|step| step.action.writes_nothing()),
        "{plan}"
    );
}

#[tokio::test(start_paused = true)]
async fn everything_that_stands_in_the_way_is_told_at_once() {
    let flow = Flow::typical();
    let somewhere = "https://management.azure.com/subscriptions";
    let customer = flow.customer.subscription();
    // A vault of access policies under the customer's name, and a single-tenant application under the provider's.
    flow.customer_put(
        &format!("{somewhere}/{customer}/resourceGroups/contoso-keys?api-version=2024-03-01"),
        &json!({ "location": "westeurope" }),
    );
    flow.customer_put(
        &format!(
            "{somewhere}/{customer}/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/{VAULT}?api-version=2023-07-01"
        ),
        &json!({ "location": "westeurope", "properties": {
            "tenantId": flow.customer.tenant().to_string(),
            "sku": { "family": "A", "name": "standard" },
            "accessPolicies": []
        } }),
    );
    flow.provider_post(
        "https://graph.microsoft.com/v1.0/applications",
        &json!({ "displayName": "Fabrikam", "uniqueName": "fabrikam-cmk", "signInAudience": "AzureADMyOrg" }),
    );
    tokio::time::advance(Duration::from_secs(120)).await;
    let before = flow.sim.writes();
    let plan = planned(&flow).await;
    let refused: Vec<StepId> = plan
        .phases
        .iter()
        .flat_map(|phase| &phase.steps)
        .filter(|step| matches!(step.action, Action::Refuse { .. }))
        .map(|step| step.step)
        .collect();
    assert!(
        refused.starts_with(&[StepId::Application, StepId::Vault]),
        "{plan}"
    );
    assert!(!plan.can_be_applied());
    let customer = plan.phase(Phase::CustomerGrant).unwrap();
    let word = |step| customer.step(step).unwrap().action.word();
    // What hangs on something refused is open, and no promise.
    assert_eq!(word(StepId::AdmitApplication), "known after apply");
    assert_eq!(word(StepId::Key), "known after apply");
    assert_eq!(flow.sim.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn a_credential_of_another_tenant_is_told_and_nothing_further_is_looked_at() {
    let flow = Flow::typical();
    let stranger = crate::flow::provider_context(&flow.sim, &flow.both.customer);
    let wrong = cross_tenant_cmk::TenantContext::new(
        stranger.cloud(),
        flow.provider.tenant(),
        flow.provider.subscription(),
        stranger.clients().clone(),
    );
    let plan = plan_provider_setup(&wrong, &provider_spec(), None).await;
    assert_eq!(
        words(&plan, Phase::ProviderSetup),
        [(StepId::Subscription, "refuse")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_a_document() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    let json = plan.to_json();
    assert_eq!(json.parse::<Plan>().unwrap(), plan);
    let newer = json.replace("\"version\": 1", "\"version\": 2");
    let error = newer.parse::<Plan>().unwrap_err();
    assert!(
        error.to_string().contains("this release reads version 1"),
        "{error}"
    );
    let more = json.replace("\"phases\"", "\"owner\": \"me\", \"phases\"");
    assert!(more.parse::<Plan>().is_err());
}

#[tokio::test(start_paused = true)]
async fn where_the_federated_credential_alone_is_missing_nothing_else_is_said_to_be() {
    let flow = Flow::with_prompt_roles();
    let done = flow.everything().await;
    let application = done.setup.application_object_id.to_string();
    let name = done.setup.federated_credential_name.to_string();
    assert!(flow.sim.remove_federated_credential(&application, &name));
    tokio::time::advance(Duration::from_secs(600)).await;
    let plan = planned(&flow).await;
    let created: Vec<StepId> = plan
        .phases
        .iter()
        .flat_map(|phase| &phase.steps)
        .filter(|step| matches!(step.action, Action::Create { .. }))
        .map(|step| step.step)
        .collect();
    assert_eq!(created, [StepId::FederatedCredential], "{plan}");
}

#[tokio::test(start_paused = true)]
async fn whatever_an_account_is_asked_to_be_stands_in_its_plan() {
    let flow = Flow::with_prompt_roles();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    let record = flow.record(&offer);
    let plain = account_spec(&setup, &grant);
    let planned = async |spec: &AccountSpec| {
        let plan = plan_encrypted_account(&flow.provider, &setup, &grant, &record, spec, None);
        let plan = plan.await;
        let part = plan.phase(Phase::EncryptedAccount).unwrap();
        part.step(StepId::Account).unwrap().action.clone()
    };
    let before = planned(&plain).await;
    let changes: [fn(&mut NewDatabaseAccount); 8] = [
        |account| account.ip_rules = vec![String::from("203.0.113.0/24")],
        |account| account.disable_local_auth = Some(true),
        |account| account.public_network_access = Some(PublicNetworkAccess::Disabled),
        |account| account.capabilities = vec![String::from("EnableServerless")],
        |account| account.automatic_failover = Some(true),
        |account| account.multiple_write_locations = Some(true),
        |account| account.is_virtual_network_filter_enabled = Some(false),
        |account| account.tags = [(String::from("cost"), String::from("7"))].into(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut spec = plain.clone();
        change(&mut spec.account);
        assert_ne!(planned(&spec).await, before, "change {index}");
    }
}
