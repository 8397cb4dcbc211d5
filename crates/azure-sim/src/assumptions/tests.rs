//! Switches in both positions, as a client sees them; those of one service are tried beside it.

use super::Assumptions;
use crate::{
    SimOptions, SimRequest, SimResponse, VaultNetwork,
    test_kit::{ACCOUNT, KEY, Kit, VAULT},
};
use azure_core::http::Url;
use serde_json::{Value, json};

fn kit(assumptions: Assumptions) -> Kit {
    Kit::with_chain(SimOptions {
        assumptions,
        ..SimOptions::default()
    })
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

#[test]
fn a_failed_creation_leaves_a_husk_or_nothing() {
    for husk in [true, false] {
        let kit = kit(Assumptions {
            failed_creation_leaves_husk: husk,
            ..Assumptions::default()
        });
        assert!(kit.both.sim.enable_key(VAULT, KEY, None, false));
        assert_eq!(kit.create_account()["status"], "Failed");
        let left = kit.account("GET", &Value::Null).status;
        let again = kit.account("PUT", &kit.account_body()).status;
        let expected = if husk { (200, 400) } else { (404, 200) };
        assert_eq!((left, again), expected);
    }
}

#[test]
fn a_federated_application_passes_a_firewall_as_a_trusted_service_or_not() {
    for trusted in [true, false] {
        let kit = kit(Assumptions {
            federated_application_is_trusted: trusted,
            ..Assumptions::default()
        });
        let trusted_only = VaultNetwork::TrustedServices;
        assert!(kit.both.sim.set_vault_network(VAULT, trusted_only));
        let end = kit.create_account();
        if trusted {
            assert_eq!(end["status"], "Succeeded");
            continue;
        }
        assert_eq!(end["error"]["code"], "Forbidden");
        let message = text(&end, "/error/message");
        assert!(
            message.contains("caller is not a trusted service"),
            "{message}"
        );
    }
}

#[test]
fn a_revoked_account_is_in_the_state_that_is_assumed() {
    for state in ["Succeeded", "Revoked"] {
        let kit = kit(Assumptions {
            revoked_provisioning_state: state.into(),
            ..Assumptions::default()
        });
        assert_eq!(kit.create_account()["status"], "Succeeded");
        let shown = || {
            let account = kit.account("GET", &Value::Null).body_json();
            text(&account, "/properties/provisioningState")
        };
        assert_eq!(shown(), "Succeeded");
        assert!(kit.both.sim.enable_key(VAULT, KEY, None, false));
        kit.pass(7200);
        assert_eq!(shown(), state);
        assert!(kit.both.sim.enable_key(VAULT, KEY, None, true));
        kit.pass(7200);
        assert_eq!(shown(), "Succeeded");
        assert_ne!(kit.both.sim.key_status(ACCOUNT), None);
    }
}

#[test]
fn a_firewall_answers_before_or_after_the_challenge() {
    let path = format!("/keys/{KEY}");
    let challenged = |answer: &SimResponse| answer.find_header("www-authenticate").is_some();
    for passes in [true, false] {
        let kit = kit(Assumptions {
            challenge_passes_firewall: passes,
            ..Assumptions::default()
        });
        let ask = || kit.answer(Kit::anonymous("GET", &path, &Value::Null));
        assert!(challenged(&ask()), "without a firewall");
        for network in [VaultNetwork::TrustedServices, VaultNetwork::PrivateTrusted] {
            assert!(kit.both.sim.set_vault_network(VAULT, network));
            let answer = ask();
            assert_eq!(challenged(&answer), passes, "{network:?}");
            assert_eq!(answer.status, if passes { 401 } else { 403 });
        }
    }
}

#[test]
fn an_operation_is_found_by_whoever_began_it_and_by_others_or_not() {
    for anybody in [true, false] {
        let kit = kit(Assumptions {
            anybody_may_poll: anybody,
            ..Assumptions::default()
        });
        let (sim, party) = (&kit.both.sim, &kit.both.provider);
        let other = sim.add_user(&party.tenant, "other@provider.example", &[]);
        let scope = format!("/subscriptions/{}", party.subscription_id);
        assert!(sim.grant(&other, "Owner", &scope));
        let begun = kit.account("PUT", &kit.account_body());
        for header in ["azure-asyncoperation", "location"] {
            let url = Url::parse(begun.find_header(header).unwrap()).unwrap();
            let poll = |who| {
                let token = sim.token(who, "https://management.azure.com/.default");
                let request = SimRequest::new("GET", url.clone()).bearer(&token.unwrap());
                kit.answer(request).status
            };
            assert_eq!(poll(&party.admin), 200, "{header}");
            assert_eq!(poll(&other), if anybody { 200 } else { 404 }, "{header}");
        }
    }
}

/// The pages of a list, by its links.
fn pages(kit: &Kit, url: &str, items: &str, link: &str) -> Vec<usize> {
    let admin = &kit.both.customer.admin;
    let mut next = Some(url.to_owned());
    let mut sizes = Vec::new();
    while let Some(url) = next {
        let url = Url::parse(&url).unwrap();
        let scope = format!("https://{}/.default", url.host_str().unwrap());
        let token = kit.both.sim.token(admin, &scope).unwrap();
        let page = kit.answer(SimRequest::new("GET", url).bearer(&token));
        assert_eq!(page.status, 200);
        let page = page.body_json();
        sizes.push(page[items].as_array().unwrap().len());
        next = page[link].as_str().map(str::to_owned);
    }
    sizes
}

#[test]
fn a_list_begins_with_its_items_or_with_an_empty_page() {
    for empty in [true, false] {
        let kit = kit(Assumptions {
            lists_begin_with_an_empty_page: empty,
            ..Assumptions::default()
        });
        let subscription = &kit.both.customer.subscription_id;
        let groups = format!(
            "https://management.azure.com/subscriptions/{subscription}/resourcegroups?api-version=2025-04-01"
        );
        let principals = "https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId eq '5ca1ab1e-0000-4000-8000-00000000ffff'";
        let groups = pages(&kit, &groups, "value", "nextLink");
        let principals = pages(&kit, principals, "value", "@odata.nextLink");
        if empty {
            assert_eq!((groups, principals), (vec![0, 1], vec![0, 0]));
        } else {
            assert_eq!((groups, principals), (vec![1], vec![0]));
        }
    }
}

#[test]
fn a_managed_hsm_challenges_as_a_vault_does() {
    for passes in [true, false] {
        let kit = Kit::new(SimOptions {
            assumptions: Assumptions {
                challenge_passes_firewall: passes,
                ..Assumptions::default()
            },
            ..SimOptions::default()
        });
        let customer = &kit.both.customer;
        let path = format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/pool",
            customer.subscription_id
        );
        let wanted = json!({
            "location": "uksouth",
            "sku": {"family": "B", "name": "Standard_B1"},
            "properties": {
                "tenantId": customer.tenant_id,
                "initialAdminObjectIds": [customer.admin.object_id],
                "softDeleteRetentionInDays": 7,
                "networkAcls": {"bypass": "None", "defaultAction": "Deny"},
            },
        });
        let made = kit.arm(true, "PUT", &path, "2023-07-01", &wanted);
        assert_eq!(made.status, 202, "{}", made.body_json());
        kit.pass(7200);
        let url = Url::parse("https://pool.managedhsm.azure.net/keys?api-version=7.6").unwrap();
        let answer = kit.answer(SimRequest::new("GET", url));
        assert_eq!(answer.status, if passes { 401 } else { 403 });
    }
}
