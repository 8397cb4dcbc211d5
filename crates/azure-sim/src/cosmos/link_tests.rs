//! The chain, link by link: at the creation of an account and after it.

use super::text::{CONFIRMED, Revocation};
use crate::{
    Assumptions, CreationRefusal, Lag, SimOptions, Span, VaultNetwork,
    test_kit::{APP_OBJECT, APP_PRINCIPAL, KEY, Kit, VAULT},
    world::World,
};
use serde_json::json;
use std::time::Duration;

const TRY_AGAIN: &str = "Error contacting the Azure Key Vault resource. Please try again.";

fn change(kit: &Kit, act: impl FnOnce(&mut World)) {
    kit.both.sim.change(act);
}

/// A link: its name, what breaks it, and what an account shows that had come up before.
type Link = (&'static str, fn(&Kit), Revocation);

fn links() -> Vec<Link> {
    vec![
        (
            "identity",
            |kit| {
                let id = kit.identity_id().to_lowercase();
                change(kit, |world| {
                    world.arm.identities.remove(&id);
                });
            },
            Revocation::NoToken,
        ),
        (
            "credential",
            |kit| {
                change(kit, |world| {
                    world
                        .directory
                        .applications
                        .iter_mut()
                        .for_each(|app| app.credentials.clear())
                })
            },
            Revocation::NoToken,
        ),
        (
            "application",
            |kit| {
                change(kit, |world| {
                    let now = world.now;
                    let app = world
                        .directory
                        .applications
                        .iter_mut()
                        .find(|app| app.id == APP_OBJECT);
                    app.unwrap().deleted = Some(now);
                });
            },
            Revocation::NoToken,
        ),
        (
            "audience of the application",
            |kit| {
                change(kit, |world| {
                    let app = world
                        .directory
                        .applications
                        .iter_mut()
                        .find(|app| app.id == APP_OBJECT);
                    app.unwrap().sign_in_audience = "AzureADMyOrg".to_owned();
                });
            },
            Revocation::NoToken,
        ),
        (
            "service principal",
            |kit| assert!(kit.both.sim.enable_service_principal(APP_PRINCIPAL, false)),
            Revocation::NoToken,
        ),
        (
            "vault",
            |kit| assert!(kit.both.sim.delete_vault(VAULT)),
            Revocation::VaultNotFound,
        ),
        (
            "role",
            |kit| {
                change(kit, |world| {
                    world
                        .arm
                        .role_assignments
                        .retain(|assignment| assignment.principal_id != APP_PRINCIPAL);
                });
            },
            Revocation::NotAuthorized,
        ),
        (
            "key",
            |kit| assert!(kit.both.sim.delete_key(VAULT, KEY)),
            Revocation::KeyNotFound,
        ),
        (
            "enabled key",
            |kit| assert!(kit.both.sim.enable_key(VAULT, KEY, None, false)),
            Revocation::DisabledOrExpired,
        ),
        (
            "dates of the key",
            |kit| {
                assert!(
                    kit.both
                        .sim
                        .set_key_expiry(VAULT, KEY, Some(Duration::ZERO))
                )
            },
            Revocation::DisabledOrExpired,
        ),
        (
            "operations of the key",
            |kit| assert!(kit.both.sim.set_key_operations(VAULT, KEY, &["wrapKey"])),
            Revocation::CannotUnwrap,
        ),
    ]
}

#[test]
fn a_creation_says_try_again_whatever_link_is_missing() {
    for (link, break_it, _) in links() {
        let kit = Kit::with_chain(SimOptions {
            lag: Lag {
                account_create: Lag::typical().account_create,
                ..Lag::strict()
            },
            ..SimOptions::default()
        });
        // What counts is how things stand when the operation ends.
        let answer = kit.account("PUT", &kit.account_body());
        break_it(&kit);
        kit.pass(120);
        let end = kit.poll(&answer);
        assert_eq!(end["status"], "Failed", "{link}");
        assert_eq!(end["error"]["code"], "ServiceUnavailable", "{link}");
        let message = end["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("Database account creation failed. Operation Id: "),
            "{message}"
        );
        assert!(
            message.contains(&format!(", Error : {TRY_AGAIN}\r\nActivityId: ")),
            "{message}"
        );
    }
}

#[test]
fn a_broken_link_revokes_the_account_after_a_while_with_its_own_sentence() {
    for (link, break_it, code) in links() {
        let kit = Kit::with_chain(SimOptions {
            lag: Lag {
                revoke: Span::secs(300, 300),
                ..Lag::strict()
            },
            ..SimOptions::default()
        });
        assert_eq!(kit.create_account()["status"], "Succeeded", "{link}");
        break_it(&kit);
        kit.pass(299);
        assert_eq!(kit.key_status(), CONFIRMED, "{link}");
        kit.pass(1);
        assert_eq!(kit.key_status(), code.to_string(), "{link}");
    }
}

#[test]
fn a_closed_firewall_is_told_apart_with_the_vaults_own_body() {
    let kit = Kit::with_chain(SimOptions::default());
    kit.both.sim.set_vault_network(VAULT, VaultNetwork::Closed);
    let end = kit.create_account();
    assert_eq!(end["error"]["code"], "Forbidden");
    let message = end["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("caller was ignored because bypass is set to None\\r\\nClient address: "),
        "{message}"
    );
    assert!(
        message.contains(&format!("Vault: {VAULT};location=eastus")),
        "{message}"
    );
    assert!(
        message.contains("\"innererror\":{\"code\":\"ForbiddenByFirewall\"}"),
        "{message}"
    );
}

#[test]
fn trusted_services_pass_a_firewall_that_lets_them() {
    for network in [VaultNetwork::TrustedServices, VaultNetwork::PrivateTrusted] {
        let kit = Kit::with_chain(SimOptions::default());
        kit.both.sim.set_vault_network(VAULT, network);
        assert_eq!(kit.create_account()["status"], "Succeeded", "{network:?}");
        kit.both.sim.set_vault_network(VAULT, VaultNetwork::Closed);
        assert_eq!(kit.key_status(), Revocation::Outbound.to_string());
    }
}

#[test]
fn what_a_missing_role_says_is_an_assumption() {
    let kit = Kit::with_chain(SimOptions {
        assumptions: Assumptions {
            account_creation_refusal: CreationRefusal::Quoted,
            ..Assumptions::default()
        },
        ..SimOptions::default()
    });
    change(&kit, |world| {
        world
            .arm
            .role_assignments
            .retain(|assignment| assignment.principal_id != APP_PRINCIPAL);
    });
    let end = kit.create_account();
    assert_eq!(end["error"]["code"], "Forbidden");
    assert!(
        end["error"]["message"]
            .as_str()
            .unwrap()
            .contains("ForbiddenByRbac")
    );
}

#[test]
fn a_forgotten_suffix_looks_in_the_wrong_tenant() {
    let kit = Kit::with_chain(SimOptions::default());
    let mut body = kit.account_body();
    body["properties"]["defaultIdentity"] =
        json!(format!("UserAssignedIdentity={}", kit.identity_id()));
    let answer = kit.account("PUT", &body);
    let end = kit.poll(&answer);
    assert_eq!(end["error"]["code"], "ServiceUnavailable");
    assert!(
        end["error"]["message"]
            .as_str()
            .unwrap()
            .contains(TRY_AGAIN)
    );
}

#[test]
fn a_vault_without_purge_protection_is_of_no_use() {
    let kit = Kit::with_chain(SimOptions::default());
    change(&kit, |world| {
        world.key_vault.live_mut(VAULT).unwrap().purge_protection = false
    });
    assert_eq!(kit.create_account()["error"]["code"], "ServiceUnavailable");
}

#[test]
fn an_access_policy_is_as_good_as_a_role_if_the_vault_has_them() {
    let kit = Kit::with_chain(SimOptions::default());
    change(&kit, |world| {
        world.key_vault.live_mut(VAULT).unwrap().rbac = Some(false)
    });
    assert!(
        kit.both
            .sim
            .set_access_policy(VAULT, APP_PRINCIPAL, &["get", "wrapKey", "unwrapKey"])
    );
    assert_eq!(kit.create_account()["status"], "Succeeded");
    assert!(
        kit.both
            .sim
            .set_access_policy(VAULT, APP_PRINCIPAL, &["get", "wrapKey"])
    );
    assert_eq!(kit.key_status(), Revocation::NotAuthorized.to_string());
}

#[test]
fn a_key_expires_by_the_clock() {
    let kit = Kit::with_chain(SimOptions {
        lag: Lag {
            revoke: Span::secs(300, 300),
            ..Lag::typical()
        },
        ..SimOptions::default()
    });
    kit.create_account();
    let expiry = kit.now() + Duration::from_secs(86_400);
    kit.both.sim.set_key_expiry(VAULT, KEY, Some(expiry));
    // It is lenient for five minutes, and noticed within five.
    kit.pass(86_400 + 300 + 299);
    assert_eq!(kit.key_status(), CONFIRMED);
    kit.pass(1);
    assert_eq!(kit.key_status(), Revocation::DisabledOrExpired.to_string());
}

#[test]
fn a_version_that_is_gone_cannot_unwrap() {
    let kit = Kit::with_chain(SimOptions::default());
    assert_eq!(kit.create_account()["status"], "Succeeded");
    change(&kit, |world| {
        let vault = world.key_vault.live_mut(VAULT).unwrap();
        vault.keys.get_mut(KEY).unwrap().versions[0].id = "0".repeat(32);
    });
    assert_eq!(kit.key_status(), Revocation::CannotUnwrap.to_string());
}

#[test]
fn a_vault_that_was_purged_or_is_being_named_does_not_resolve() {
    let kit = Kit::with_chain(SimOptions::default());
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let later = kit.now() + Duration::from_secs(60);
    change(&kit, |world| {
        world.key_vault.live_mut(VAULT).unwrap().resolves_at = later
    });
    assert_eq!(kit.key_status(), Revocation::VaultNotResolved.to_string());
    kit.pass(60);
    assert_eq!(kit.key_status(), CONFIRMED);
    change(&kit, |world| world.key_vault.vaults.clear());
    assert_eq!(kit.key_status(), Revocation::VaultNotResolved.to_string());
}

#[test]
fn a_recovered_vault_stays_revoked_until_the_role_is_given_again() {
    let kit = Kit::with_chain(SimOptions::default());
    assert_eq!(kit.create_account()["status"], "Succeeded");
    assert!(kit.both.sim.delete_vault(VAULT));
    assert_eq!(kit.key_status(), Revocation::VaultNotFound.to_string());
    assert!(kit.both.sim.recover_vault(VAULT));
    assert_eq!(kit.key_status(), Revocation::NotAuthorized.to_string());
    kit.grant_key_role();
    assert_eq!(kit.key_status(), CONFIRMED);
}

#[test]
fn a_role_that_is_honoured_a_little_longer_keeps_the_account_that_long() {
    let kit = Kit::with_chain(SimOptions {
        lag: Lag {
            revoke: Span::secs(300, 300),
            ..Lag::strict()
        },
        ..SimOptions::default()
    });
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let until = kit.now() + Duration::from_secs(90);
    change(&kit, |world| {
        let assignments = world.arm.role_assignments.iter_mut();
        for assignment in assignments.filter(|one| one.principal_id == APP_PRINCIPAL) {
            assignment.removed = Some(crate::spread::Spread::at(until));
        }
        world.changed();
    });
    kit.pass(389);
    assert_eq!(kit.key_status(), CONFIRMED);
    // It is seen at the next look, which is at most a minute later.
    kit.pass(61);
    assert_eq!(kit.key_status(), Revocation::NotAuthorized.to_string());
}

#[test]
fn the_account_follows_another_identity_of_the_same_application() {
    let kit = Kit::with_chain(SimOptions::default());
    assert_eq!(kit.create_account()["status"], "Succeeded");
    let id = kit.identity_id().to_lowercase();
    // Made again under its old name, an identity has a new principal that the credential does not name.
    change(&kit, |world| {
        let principal = world.new_guid();
        let identity = world.arm.identities.get_mut(&id).unwrap();
        let before = std::mem::replace(&mut identity.principal_id, principal.clone());
        let found = world
            .directory
            .service_principals
            .iter_mut()
            .find(|one| one.id == before);
        found.unwrap().id = principal;
    });
    assert_eq!(kit.key_status(), Revocation::NoToken.to_string());
    change(&kit, |world| {
        let principal = world.arm.identities[&id].principal_id.clone();
        world.directory.applications.iter_mut().for_each(|app| {
            app.credentials
                .iter_mut()
                .for_each(|credential| credential.subject.clone_from(&principal));
        });
    });
    assert_eq!(kit.key_status(), CONFIRMED);
}
