//! What a verification cannot see: unknown, never ok, and no accusation.

use crate::{
    flow::options,
    verify::{Chain, ids},
};
use azure_sim::{DirectoryRole, Effect, Fault};
use cross_tenant_cmk::{
    CustomerClients, ProviderClients, TenantContext, Verdict, cmk_core::Cloud, verify_as_customer,
    verify_as_provider, verify_both,
};
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn what_the_credentials_may_not_see_is_unknown() {
    let chain = Chain::finished().await;
    let (sim, both) = (&chain.flow.sim, &chain.flow.both);
    let stranger = sim.add_service_principal(&both.provider.tenant, "stranger", &[]);
    let clients =
        ProviderClients::new(Cloud::Public, sim.credential(&stranger), Some(options(sim)));
    let at = TenantContext::new(
        Cloud::Public,
        chain.flow.provider.tenant(),
        chain.flow.provider.subscription(),
        clients.unwrap(),
    );
    let found = verify_as_provider(&chain.provider_at(&at), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0], "{found}");
    // Records, and what the vault tells everyone.
    assert_eq!(ids(&found, Verdict::Ok), ["CMK-003", "CMK-004", "CMK-046"]);

    let stranger = sim.add_service_principal(&both.customer.tenant, "stranger", &[]);
    let clients =
        CustomerClients::new(Cloud::Public, sim.credential(&stranger), Some(options(sim)));
    let at = TenantContext::new(
        Cloud::Public,
        chain.flow.customer.tenant(),
        chain.flow.customer.subscription(),
        clients.unwrap(),
    );
    let found = verify_as_customer(&chain.customer_at(&at), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0], "{found}");
    assert_eq!(ids(&found, Verdict::Ok), ["CMK-003", "CMK-046"]);
}

#[tokio::test(start_paused = true)]
async fn a_role_in_one_place_shows_that_place_only() {
    let chain = Chain::finished().await;
    let (sim, both) = (&chain.flow.sim, &chain.flow.both);
    let reader = sim.add_service_principal(
        &both.customer.tenant,
        "directory reader",
        &[DirectoryRole::ApplicationReadWriteAll],
    );
    let clients = CustomerClients::new(Cloud::Public, sim.credential(&reader), Some(options(sim)));
    let at = TenantContext::new(
        Cloud::Public,
        chain.flow.customer.tenant(),
        chain.flow.customer.subscription(),
        clients.unwrap(),
    );
    let found = verify_as_customer(&chain.customer_at(&at), chain.options()).await;
    assert_eq!(
        ids(&found, Verdict::Ok),
        ["CMK-003", "CMK-030", "CMK-031", "CMK-032", "CMK-046"]
    );
    assert_eq!(ids(&found, Verdict::Failed), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_hides_no_other_check() {
    let chain = Chain::finished().await;
    let whole = verify_both(&chain.provider(), &chain.customer(), chain.options()).await;
    let whole = ids(&whole, Verdict::Ok);
    for (path, lost) in [
        (
            "/databaseAccounts/",
            &["CMK-010", "CMK-011", "CMK-012", "CMK-013", "CMK-014"][..],
        ),
        ("/userAssignedIdentities/", &["CMK-020"]),
        ("/federatedIdentityCredentials", &["CMK-023"]),
        (
            "/servicePrincipals(appId=",
            &["CMK-030", "CMK-031", "CMK-032", "CMK-033"],
        ),
        ("/roleAssignments", &["CMK-033"]),
        (
            "/keys/cosmos",
            // Roles are asked for at a scope that has the key's name in it.
            &[
                "CMK-033", "CMK-050", "CMK-051", "CMK-052", "CMK-053", "CMK-054", "CMK-055",
                "CMK-056",
            ],
        ),
        ("vault.azure.net", &["CMK-046"]),
    ] {
        let chain = Chain::finished().await;
        chain.flow.sim.inject(Fault {
            method: String::from("GET"),
            path_contains: path.to_owned(),
            count: 100,
            ..Fault::new(Effect::Status {
                code: 400,
                body: Some(String::from("<html>not today</html>")),
                retry_after: None,
            })
        });
        let found = verify_both(&chain.provider(), &chain.customer(), chain.options()).await;
        assert_eq!(ids(&found, Verdict::Failed), [""; 0], "{path}: {found}");
        let expected: Vec<&str> = whole
            .iter()
            .copied()
            .filter(|id| !lost.contains(id))
            .collect();
        assert_eq!(ids(&found, Verdict::Ok), expected, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_of_another_tenant_accuses_nobody() {
    let chain = Chain::finished().await;
    let clients = ProviderClients::new(
        Cloud::Public,
        Arc::clone(&chain.flow.both.customer.credential),
        Some(options(&chain.flow.sim)),
    );
    let at = TenantContext::new(
        Cloud::Public,
        chain.flow.provider.tenant(),
        chain.flow.provider.subscription(),
        clients.unwrap(),
    );
    let found = verify_as_provider(&chain.provider_at(&at), chain.options()).await;
    // The application cannot be seen from the other directory, which does not mean that it is gone.
    assert_eq!(ids(&found, Verdict::Failed), ["CMK-001"], "{found}");
}

#[tokio::test(start_paused = true)]
async fn a_directory_of_nobody_knows_whom_accuses_nobody() {
    let chain = Chain::finished().await;
    // The customer's credential, and no word on whose subscription this is: Graph answers from the customer's directory.
    chain.flow.sim.inject(Fault {
        method: String::from("GET"),
        path_contains: String::from("management.azure.com"),
        count: 100,
        ..Fault::new(Effect::Status {
            code: 400,
            body: Some(String::from("<html>not today</html>")),
            retry_after: None,
        })
    });
    let clients = ProviderClients::new(
        Cloud::Public,
        Arc::clone(&chain.flow.both.customer.credential),
        Some(options(&chain.flow.sim)),
    );
    let at = TenantContext::new(
        Cloud::Public,
        chain.flow.provider.tenant(),
        chain.flow.provider.subscription(),
        clients.unwrap(),
    );
    let found = verify_as_provider(&chain.provider_at(&at), chain.options()).await;
    assert_eq!(ids(&found, Verdict::Failed), [""; 0], "{found}");
}
