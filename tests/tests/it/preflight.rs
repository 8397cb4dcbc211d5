//! Before the first write, what is known to fail later is told at once and all together.

use crate::{
    flow::{Flow, VAULT, account_spec, key_spec, options, provider_spec},
    plan::planned,
};
use azure_sim::DirectoryRole;
use cross_tenant_cmk::{
    CustomerClients, Phase, ProviderClients, Reason, RunOptions, TenantContext,
    apply_customer_grant, apply_encrypted_account, apply_provider_setup, cmk_core::Cloud,
    cosmos_cmk::CmkStatus, grant_access, plan_customer_grant, plan_encrypted_account,
};
use serde_json::json;
use std::time::Duration;

/// What stands in the way, in one line each.
fn obstacles(plan: &cross_tenant_cmk::Plan, phase: Phase) -> Vec<String> {
    let obstacles = &plan.phase(phase).unwrap().obstacles;
    obstacles.iter().map(|one| one.detail.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn missing_permissions_are_told_each_and_before_anything_is_written() {
    let flow = Flow::typical();
    let (sim, both) = (&flow.sim, &flow.both);
    let offer = flow.phase1().await.unwrap().output.offer(None);
    // May admit applications and work in the vault, and may neither make groups nor give roles.
    let helper = sim.add_service_principal(
        &both.customer.tenant,
        "helper",
        &[DirectoryRole::ApplicationReadWriteAll],
    );
    let subscription = flow.customer.subscription();
    let scope = format!("/subscriptions/{subscription}");
    assert!(sim.grant(&helper, "Key Vault Contributor", &scope));
    let clients = CustomerClients::new(Cloud::Public, sim.credential(&helper), Some(options(sim)));
    let at = TenantContext::new(
        Cloud::Public,
        flow.customer.tenant(),
        subscription,
        clients.unwrap(),
    );
    tokio::time::advance(Duration::from_secs(60)).await;
    let before = sim.writes();
    let provider = flow.provider_tenant();
    let plan = plan_customer_grant(&at, &offer, provider, &key_spec(), None).await;
    let group = format!("{scope}/resourceGroups/contoso-keys");
    assert_eq!(
        obstacles(&plan, Phase::CustomerGrant),
        [
            format!(
                "{scope} refused: the credential does not hold Microsoft.Resources/subscriptions/resourceGroups/write there"
            ),
            format!(
                "{group}/providers/Microsoft.KeyVault/vaults/{VAULT}/keys/cosmos refused: the credential does not hold Microsoft.Authorization/roleAssignments/write there"
            ),
        ]
    );
    let error = apply_customer_grant(&at, &offer, provider, &key_spec(), &plan, None)
        .await
        .unwrap_err();
    let reasons: Vec<Reason> = error
        .errors()
        .iter()
        .filter_map(|error| Some(error.refusal()?.reason()))
        .collect();
    assert_eq!(reasons, [Reason::PermissionMissing; 2]);
    assert_eq!(sim.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_forbids_the_writes_is_told_and_one_that_forbids_deletes_is_not() {
    let flow = Flow::typical();
    let subscription = flow.customer.subscription();
    let lock = |name: &str, level: &str| {
        flow.customer_put(
            &format!(
                "https://management.azure.com/subscriptions/{subscription}/providers/Microsoft.Authorization/locks/{name}?api-version=2020-05-01"
            ),
            &json!({ "properties": { "level": level } }),
        );
    };
    lock("keep", "CanNotDelete");
    let plan = planned(&flow).await;
    assert!(plan.can_be_applied(), "{plan}");
    lock("frozen", "ReadOnly");
    let plan = planned(&flow).await;
    let told = obstacles(&plan, Phase::CustomerGrant);
    assert_eq!(
        told.first().map(String::as_str),
        Some(
            format!(
                "/subscriptions/{subscription} refused: lock frozen on /subscriptions/{subscription} forbids to write"
            )
            .as_str()
        ),
        "{told:?}"
    );
    // The provider's subscription is another one.
    assert_eq!(obstacles(&plan, Phase::ProviderSetup), [""; 0]);
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let before = flow.sim.writes();
    let provider = flow.provider_tenant();
    let error = apply_customer_grant(&flow.customer, &offer, provider, &key_spec(), &plan, None)
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().reason(), Reason::LockInTheWay);
    assert_eq!(flow.sim.writes(), before);
}

#[tokio::test(start_paused = true)]
async fn policies_that_may_have_a_say_are_named() {
    let flow = Flow::typical();
    let subscription = flow.customer.subscription();
    let scope = format!("https://management.azure.com/subscriptions/{subscription}");
    let definition = format!(
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/policyDefinitions/no-westeurope"
    );
    flow.customer_put(
        &format!("https://management.azure.com{definition}?api-version=2025-03-01"),
        &json!({ "properties": { "policyType": "Custom", "mode": "All", "policyRule": {
            "if": { "field": "location", "equals": "westeurope" },
            "then": { "effect": "deny" }
        } } }),
    );
    flow.customer_put(
        &format!(
            "{scope}/providers/Microsoft.Authorization/policyAssignments/regions?api-version=2025-03-01"
        ),
        &json!({ "properties": {
            "displayName": "Allowed regions",
            "policyDefinitionId": definition
        } }),
    );
    let plan = planned(&flow).await;
    let notes = &plan.phase(Phase::CustomerGrant).unwrap().notes;
    assert!(
        notes
            .iter()
            .all(|note| note
                .contains("whether one denies only the write will tell: Allowed regions"))
            && !notes.is_empty(),
        "{notes:?}"
    );
    // It is no obstacle by itself: that it denies, only the service can say.
    assert!(plan.can_be_applied(), "{plan}");
    assert_eq!(plan.phase(Phase::ProviderSetup).unwrap().notes, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_preflight_that_may_not_look_says_so_and_stops_nothing() {
    let flow = Flow::typical();
    let plan = planned(&flow).await;
    flow.sim.inject(azure_sim::Fault {
        path_contains: String::from("Microsoft.Authorization/"),
        count: usize::MAX,
        ..azure_sim::Fault::new(azure_sim::Effect::Status {
            code: 403,
            body: None,
            retry_after: None,
        })
    });
    let done = apply_provider_setup(
        &flow.provider,
        &provider_spec(),
        &plan,
        Some(RunOptions::default()),
    )
    .await;
    assert_eq!(done.unwrap().report.steps.len(), 6);
    let blind = planned(&flow).await;
    let notes = blind
        .phase(Phase::EncryptedAccount)
        .unwrap()
        .notes
        .join("\n");
    for unread in ["which permissions are held at", "locks at", "policies at"] {
        assert!(notes.contains(unread), "{notes}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_roles_that_phase_3_asks_for_are_enough_and_none_of_them_is_too_many() {
    let flow = Flow::with_prompt_roles();
    let setup = flow.phase1().await.unwrap().output;
    let offer = setup.offer(None);
    let grant = flow.phase2(&offer).await.unwrap().output;
    tokio::time::advance(Duration::from_secs(600)).await;
    let (sim, both) = (&flow.sim, &flow.both);
    let subscription = format!("/subscriptions/{}", flow.provider.subscription());
    let identity = setup.identity_id.to_string();
    let roles = [
        ("Reader", subscription.clone()),
        (
            "DocumentDB Account Contributor",
            format!("{subscription}/resourceGroups/contoso-data"),
        ),
        ("Managed Identity Operator", identity.clone()),
    ];
    flow.provider_put_group("contoso-data");
    let (record, spec) = (flow.record(&offer), account_spec(&setup, &grant));
    for left_out in [Some(1), Some(2), None] {
        let operator = sim.add_service_principal(
            &both.provider.tenant,
            "operator",
            &[DirectoryRole::ApplicationReadWriteAll],
        );
        let given = roles
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != left_out);
        for (_, (role, scope)) in given {
            assert!(sim.grant(&operator, role, scope), "{role}");
        }
        let clients =
            ProviderClients::new(Cloud::Public, sim.credential(&operator), Some(options(sim)));
        let at = TenantContext::new(
            Cloud::Public,
            flow.provider.tenant(),
            flow.provider.subscription(),
            clients.unwrap(),
        );
        let plan = plan_encrypted_account(&at, &setup, &grant, &record, &spec, None).await;
        let told = obstacles(&plan, Phase::EncryptedAccount).join("; ");
        match left_out {
            Some(1) => assert!(told.contains("databaseAccounts/write"), "{plan}"),
            Some(_) => assert!(
                told.starts_with(&identity) && told.contains("assign/action"),
                "{plan}"
            ),
            None => {
                assert_eq!(told, "", "{plan}");
                let done =
                    apply_encrypted_account(&at, &setup, &grant, &record, &spec, &plan, None).await;
                assert_eq!(done.unwrap().output.cmk_status, Some(CmkStatus::Confirmed));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_phase_without_a_plan_can_look_first_too() {
    let flow = Flow::typical();
    let offer = flow.phase1().await.unwrap().output.offer(None);
    let subscription = flow.customer.subscription();
    flow.customer_put(
        &format!(
            "https://management.azure.com/subscriptions/{subscription}/providers/Microsoft.Authorization/locks/frozen?api-version=2020-05-01"
        ),
        &json!({ "properties": { "level": "ReadOnly" } }),
    );
    let before = flow.sim.writes();
    let run = |preflight| {
        let (at, offer) = (flow.customer.clone(), offer.clone());
        let options = RunOptions {
            preflight,
            ..RunOptions::default()
        };
        let provider = flow.provider_tenant();
        async move { grant_access(&at, &offer, provider, &key_spec(), Some(options)).await }
    };
    let error = run(true).await.unwrap_err();
    assert!(error.errors().len() > 2, "{error:?}");
    assert_eq!(flow.sim.writes(), before);
    // Else the steps look one after the other, and what does not need the locked subscription is made.
    let error = run(false).await.unwrap_err();
    assert_eq!(error.errors().len(), 1, "{error:?}");
    assert_ne!(flow.sim.writes(), before);
}
