//! The checks of a new account, each against an account that it must refuse.

use super::check;
use crate::models::{
    AccountKind, AccountLocation, BackupPolicy, ConsistencyLevel, ConsistencyPolicy,
    ContinuousTier, DefaultIdentity, MinimalTlsVersion, NewDatabaseAccount, VirtualNetworkRule,
};
use cmk_core::ResourceId;
use serde_json::json;

const IDENTITY: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1";
const SUBNET: &str = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v1/subnets/s1";

fn account() -> NewDatabaseAccount {
    NewDatabaseAccount::new(
        "westeurope".parse().unwrap(),
        IDENTITY.parse().unwrap(),
        "22222222-2222-4222-8222-222222222222".parse().unwrap(),
        "https://customer.vault.azure.net/keys/cosmos"
            .parse()
            .unwrap(),
    )
}

fn region(name: &str, failover_priority: u32) -> AccountLocation {
    AccountLocation {
        name: name.parse().unwrap(),
        failover_priority,
        zone_redundant: true,
    }
}

/// The reason for which the account is refused after a change.
fn refusal(change: impl FnOnce(&mut NewDatabaseAccount)) -> String {
    let mut account = account();
    change(&mut account);
    check(&account).expect_err("the account was taken")
}

#[test]
fn a_production_account_is_taken() {
    let mut account = account();
    account.locations.push(region("northeurope", 1));
    account.ip_rules = vec![
        "203.0.113.0/24".into(),
        "203.0.113.7".into(),
        "2001:db8::/32".into(),
    ];
    account.virtual_network_rules = vec![VirtualNetworkRule {
        subnet: SUBNET.parse().unwrap(),
        ignore_missing_service_endpoint: false,
    }];
    account.capabilities = vec!["EnableGremlin".into()];
    account.backup = Some(BackupPolicy::Continuous {
        tier: ContinuousTier::Continuous7Days,
    });
    account
        .further
        .insert("enableFreeTier".into(), json!(false));
    assert_eq!(check(&account), Ok(()));
}

#[test]
fn identities_that_azure_refuses_are_refused_before() {
    let other: ResourceId = SUBNET.parse().unwrap();
    assert!(refusal(|a| a.identities.push(other)).contains("must be user-assigned"));
    assert!(refusal(|a| a.identities.clear()).contains("must be among the identities"));
    assert!(refusal(|a| a.identities.push(IDENTITY.parse().unwrap())).contains("named twice"));
    assert!(
        refusal(|a| a.default_identity = DefaultIdentity::SystemAssigned)
            .contains("cannot be SystemAssignedIdentity at creation")
    );
    assert!(refusal(|a| a.default_identity = DefaultIdentity::Undefined).contains("Undefined"));
    assert!(
        refusal(|a| {
            a.default_identity = DefaultIdentity::FirstParty;
            a.backup = Some(BackupPolicy::Continuous {
                tier: ContinuousTier::Continuous30Days,
            });
        })
        .contains("continuous backup")
    );
}

#[test]
fn locations_must_be_there_and_in_order() {
    assert!(refusal(|a| a.locations.clear()).contains("must not be empty"));
    assert!(refusal(|a| a.locations.push(region("northeurope", 0))).contains("0, 1, 2"));
    assert!(refusal(|a| a.locations.push(region("northeurope", 2))).contains("0, 1, 2"));
    assert!(refusal(|a| a.locations.push(region("West Europe", 1))).contains("named twice"));
}

#[test]
fn capabilities_must_belong_to_the_kind() {
    assert!(refusal(|a| a.capabilities = vec!["EnableMongo".into()]).contains("does not belong"));
    assert!(
        refusal(|a| {
            a.kind = AccountKind::MongoDb;
            a.capabilities = vec!["enablecassandra".into()];
        })
        .contains("EnableCassandra")
    );
    assert!(
        refusal(|a| {
            a.capabilities = vec!["EnableServerless".into()];
            a.locations.push(region("northeurope", 1));
        })
        .contains("serverless")
    );
}

#[test]
fn firewall_rules_must_be_addresses_and_subnets() {
    for bad in ["", "10.0.0.0/33", "10.0.0", "example.com", "10.0.0.0/x"] {
        assert!(
            refusal(|a| a.ip_rules = vec![bad.into()]).contains("IP rule"),
            "{bad}"
        );
    }
    let rule = VirtualNetworkRule {
        subnet: IDENTITY.parse().unwrap(),
        ignore_missing_service_endpoint: false,
    };
    assert!(refusal(|a| a.virtual_network_rules = vec![rule]).contains("must name subnets"));
}

#[test]
fn the_pass_through_cannot_reach_what_has_a_field_in_any_letter_case() {
    for owned in [
        "keyVaultKeyUri",
        "KEYVAULTKEYURI",
        "defaultidentity",
        "Identity",
        "locations",
    ] {
        assert!(
            refusal(|a| {
                a.further.insert(owned.into(), json!("x"));
            })
            .contains("is not set this way"),
            "{owned}"
        );
    }
    assert!(
        refusal(|a| {
            a.further
                .insert("cors".into(), json!([{ "allowedOrigins": null }]));
        })
        .contains("holds null")
    );
    assert!(
        refusal(|a| {
            a.further.insert("keyVaultKeyUr\u{131}".into(), json!("x"));
        })
        .contains("letters and digits")
    );
}

/// The account with this feature switched on.
fn with(feature: &str) -> impl FnOnce(&mut NewDatabaseAccount) {
    let feature = feature.to_owned();
    |account| {
        account.further.insert(feature, json!(true));
    }
}

fn continuous(account: &mut NewDatabaseAccount) {
    account.backup = Some(BackupPolicy::Continuous {
        tier: ContinuousTier::Continuous30Days,
    });
}

#[test]
fn every_feature_with_storage_of_its_own_needs_a_managed_identity() {
    for feature in [
        "enableAnalyticalStorage",
        "enablematerializedviews",
        "enableFullFidelityChangeFeed",
    ] {
        let reason = refusal(|a| {
            a.default_identity = DefaultIdentity::FirstParty;
            with(feature)(a);
        });
        assert!(reason.contains("not FirstPartyIdentity"), "{reason}");
    }
}

#[test]
fn features_that_cannot_be_created_together_are_refused() {
    assert!(refusal(with("enableFullFidelityChangeFeed")).contains("full-fidelity"));
    assert!(
        refusal(|a| {
            continuous(a);
            with("EnableAnalyticalStorage")(a);
        })
        .contains("on the existing account")
    );
    assert!(
        refusal(|a| {
            continuous(a);
            a.capabilities = vec!["EnableCassandra".into()];
        })
        .contains("EnableCassandra")
    );
    for capability in ["EnableGremlin", "EnableTable"] {
        let reason = refusal(|a| {
            a.capabilities = vec![capability.into()];
            with("enableMaterializedViews")(a);
        });
        assert!(reason.contains("for NoSQL and Cassandra"), "{reason}");
    }
    assert!(
        refusal(|a| {
            a.kind = AccountKind::MongoDb;
            with("enableMaterializedViews")(a);
        })
        .contains("for NoSQL and Cassandra")
    );
}

#[test]
fn a_feature_alone_and_one_that_is_switched_off_are_taken() {
    for feature in ["enableAnalyticalStorage", "enableMaterializedViews"] {
        let mut account = account();
        with(feature)(&mut account);
        assert_eq!(check(&account), Ok(()), "{feature}");
    }
    let mut account = account();
    continuous(&mut account);
    account
        .further
        .insert("enableAnalyticalStorage".into(), json!(false));
    assert_eq!(check(&account), Ok(()));
}

#[test]
fn bounded_staleness_has_both_of_its_bounds() {
    let policy = |seconds, versions| {
        let mut account = account();
        account.consistency = Some(ConsistencyPolicy {
            default_level: ConsistencyLevel::BoundedStaleness,
            max_interval_in_seconds: seconds,
            max_staleness_prefix: versions,
        });
        check(&account)
    };
    assert_eq!(policy(Some(300), Some(100_000)), Ok(()));
    for (seconds, versions) in [(None, None), (Some(300), None), (None, Some(100_000))] {
        let reason = policy(seconds, versions).unwrap_err();
        assert!(reason.contains("needs both"), "{reason}");
    }
}

#[test]
fn old_versions_of_tls_are_refused_where_the_service_knows_none() {
    for (kind, capability) in [
        (AccountKind::MongoDb, None),
        (AccountKind::GlobalDocumentDb, Some("EnableCassandra")),
    ] {
        for (version, taken) in [
            (MinimalTlsVersion::Tls, false),
            (MinimalTlsVersion::Tls11, false),
            (MinimalTlsVersion::Tls12, true),
        ] {
            let mut account = account();
            account.kind = kind.clone();
            account.capabilities = capability.map(str::to_owned).into_iter().collect();
            account.minimal_tls_version = Some(version);
            assert_eq!(check(&account).is_ok(), taken, "{account:?}");
        }
    }
    let mut account = account();
    account.minimal_tls_version = Some(MinimalTlsVersion::Tls);
    assert_eq!(check(&account), Ok(()), "NoSQL still takes it");
}
