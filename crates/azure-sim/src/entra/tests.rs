//! Assertions that a mount cannot make: expired, damaged, of strangers.

use super::assertion;
use crate::{
    DirectoryRole, Principal, Sim, SimOptions, TwoTenants, directory::FederatedCredential,
    spread::Spread,
};
use azure_core::base64::encode_url_safe;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

const NOON: i64 = 1_770_000_000;
const EXTERNAL: &str = "https://issuer.example/";

/// A simulator that signs, with a clock that the test moves, and an application that trusts an issuer of its own.
fn azure() -> (Sim, Principal, Arc<AtomicI64>) {
    let azure = TwoTenants::new(SimOptions::default());
    let robot = azure.sim.add_service_principal(
        &azure.provider.tenant,
        "robot",
        &[DirectoryRole::ApplicationDeveloper],
    );
    let clock = Arc::new(AtomicI64::new(NOON));
    let hand = Arc::clone(&clock);
    let world = &mut *azure.sim.world();
    world.tokens.set_clock(move || hand.load(Ordering::Relaxed));
    world.tokens.sign();
    let app = world.directory.applications.last_mut().unwrap();
    app.credentials.push(FederatedCredential {
        id: "c".to_owned(),
        name: "external".to_owned(),
        issuer: EXTERNAL.to_owned(),
        subject: "s".to_owned(),
        description: None,
        audiences: vec!["api://AzureADTokenExchange".to_owned()],
        visible: Spread::at(Duration::ZERO),
        effective: Spread::at(Duration::ZERO),
        past: crate::past::Past::default(),
        past_honoured: crate::past::Past::default(),
    });
    (azure.sim.clone(), robot, clock)
}

fn refusal(sim: &Sim, robot: &Principal, assertion: &str) -> (u16, u32) {
    let world = &*sim.world();
    let app = world
        .directory
        .application_by_app_id(robot.app_id.as_deref().unwrap())
        .unwrap();
    let refusal = assertion::check(world, app, assertion).unwrap_err();
    (refusal.status, refusal.code)
}

fn unsigned(algorithm: &str, claims: &Value) -> String {
    format!(
        "{}.{}.c2ln",
        encode_url_safe(json!({"alg": algorithm}).to_string()),
        encode_url_safe(claims.to_string())
    )
}

#[test]
fn an_assertion_is_refused_when_its_time_is_over() {
    let (sim, robot, clock) = azure();
    let assertion = sim.token(&robot, "api://AzureADTokenExchange").unwrap();
    // Only what is wrong with a live one: an application vouches for nobody.
    assert_eq!(refusal(&sim, &robot, &assertion), (401, 700_226));
    clock.store(NOON + 3599, Ordering::Relaxed);
    assert_eq!(refusal(&sim, &robot, &assertion), (401, 700_226));
    clock.store(NOON + 3600, Ordering::Relaxed);
    assert_eq!(refusal(&sim, &robot, &assertion), (401, 700_024));
    assert!(sim.world().read_token(&assertion).is_none());
}

/// The catalogue of codes: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
#[test]
fn what_a_stranger_signed_has_a_code_for_each_fault() {
    let (sim, robot, _) = azure();
    let own = robot.app_id.clone().unwrap();
    let of = |issuer: &str, subject: &str| json!({"iss": issuer, "sub": subject, "aud": "x", "exp": NOON + 60});
    let cases = [
        ("no token at all", "a.b".to_owned(), (400, 50027)),
        (
            "no signature",
            format!("{}.e30", encode_url_safe("{}")),
            (400, 50027),
        ),
        (
            "a shared secret",
            unsigned("HS256", &of(EXTERNAL, "s")),
            (401, 5_002_738),
        ),
        (
            "expired",
            unsigned("RS256", &json!({"iss": EXTERNAL, "exp": NOON})),
            (401, 700_024),
        ),
        (
            "self-signed for another",
            unsigned("RS256", &of("other", "other")),
            (401, 700_021),
        ),
        (
            "self-signed, unknown key",
            unsigned("PS256", &of(&own, &own)),
            (401, 700_027),
        ),
        (
            "trusted issuer, unknown key",
            unsigned("RS256", &of(EXTERNAL, "s")),
            (401, 700_027),
        ),
        (
            "unknown issuer",
            unsigned("RS256", &of("https://else.example/", "s")),
            (401, 700_211),
        ),
    ];
    for (name, assertion, expected) in cases {
        assert_eq!(refusal(&sim, &robot, &assertion), expected, "{name}");
    }
}

#[test]
fn a_token_of_an_identity_is_cached_for_half_a_day() {
    let (sim, _, clock) = azure();
    let id = {
        let world = &mut *sim.world();
        let tenant = world.directory.tenants.keys().next().unwrap().clone();
        let mut principal = world.new_principal(&tenant, "client", "identity");
        principal.kind = crate::directory::PrincipalKind::ManagedIdentity;
        let id = "/subscriptions/s/identity".to_owned();
        world.arm.identities.insert(
            id.clone(),
            crate::arm::ManagedIdentity {
                id: id.clone(),
                name: "identity".to_owned(),
                location: "westeurope".to_owned(),
                tags: json!({}),
                tenant,
                principal_id: principal.id.clone(),
                client_id: "client".to_owned(),
                isolation_scope: None,
                credentials: Vec::new(),
            },
        );
        world.directory.service_principals.push(principal);
        id
    };
    let ask = || sim.identity_token(&id, "https://vault.azure.net").unwrap();
    let first = ask();
    clock.store(NOON + 12 * 3600 - 1, Ordering::Relaxed);
    assert_eq!(ask(), first);
    clock.store(NOON + 12 * 3600 + 1, Ordering::Relaxed);
    assert_ne!(ask(), first);
}

#[test]
fn a_token_for_microsoft_graph_names_its_permissions() {
    let (sim, plain, _) = azure();
    let tenant = {
        let world = &*sim.world();
        let found = world.directory.tenants.get(&plain.tenant_id).unwrap();
        crate::TenantHandle {
            id: found.id.clone(),
            name: found.name.clone(),
        }
    };
    let able = sim.add_service_principal(
        &tenant,
        "able",
        &[
            DirectoryRole::ApplicationAdministrator,
            DirectoryRole::ApplicationReadWriteAll,
        ],
    );
    let roles = |who: &Principal, scope: &str| {
        let (_, claims) = crate::jwt::peek(&sim.token(who, scope).unwrap()).unwrap();
        claims["roles"].clone()
    };
    let graph = "https://graph.microsoft.com/.default";
    assert_eq!(roles(&able, graph), json!(["Application.ReadWrite.All"]));
    assert_eq!(roles(&plain, graph), Value::Null);
    assert_eq!(
        roles(&able, "https://vault.azure.net/.default"),
        Value::Null
    );
}
