//! Where things can be made: in the regions of the cloud, and nowhere else.

use crate::kit::{As, at_once, code, identity_path, message, text};
use azure_sim::{SimCloud, SimOptions, TwoTenants};
use serde_json::{Value, json};

const GROUPS: &str = "2025-04-01";
const IDENTITIES: &str = "2024-11-30";
const VAULTS: &str = "2026-02-01";

fn vault(azure: &TwoTenants, location: &str) -> Value {
    json!({"location": location, "properties": {
        "tenantId": azure.provider.tenant_id,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
    }})
}

#[test]
fn nothing_is_made_in_a_region_that_does_not_exist() {
    let azure = at_once();
    let provider = As::admin(&azure, &azure.provider);
    let subscription = &azure.provider.subscription_id;
    let group = format!("/subscriptions/{subscription}/resourceGroups/rg");
    let atlantis = json!({"location": "Atlantis"});
    let refused = provider.arm("PUT", &group, GROUPS, atlantis.clone());
    assert_eq!(refused.status, 400);
    assert_eq!(code(&refused), "LocationNotAvailableForResourceGroup");
    assert!(message(&refused).starts_with(
        "The provided location 'atlantis' is not available for resource group. List of available regions is 'australiacentral,"
    ));

    provider.make_identity(subscription);
    let before = azure.sim.resources();
    let identity = identity_path(subscription).replace("/identity", "/other");
    let vaults = format!("{group}/providers/Microsoft.KeyVault/vaults/contoso-keys");
    let hsms = format!("{group}/providers/Microsoft.KeyVault/managedHSMs/pool");
    for (kind, path, version, body) in [
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            &identity,
            IDENTITIES,
            atlantis.clone(),
        ),
        (
            "Microsoft.KeyVault/vaults",
            &vaults,
            VAULTS,
            vault(&azure, "Atlantis"),
        ),
        ("Microsoft.KeyVault/managedHSMs", &hsms, VAULTS, atlantis),
    ] {
        let refused = provider.arm("PUT", path, version, body);
        assert_eq!(refused.status, 400, "{kind}");
        assert_eq!(code(&refused), "LocationNotAvailableForResourceType");
        let text = format!(
            "The provided location 'atlantis' is not available for resource type '{kind}'. List of available regions for the resource type is '"
        );
        assert!(message(&refused).starts_with(&text), "{kind}");
    }
    assert_eq!(azure.sim.resources(), before);
}

#[test]
fn each_cloud_has_regions_of_its_own() {
    for (cloud, host, own, foreign) in [
        (
            SimCloud::UsGovernment,
            "https://management.usgovcloudapi.net",
            "USGov Virginia",
            "eastus",
        ),
        (
            SimCloud::China,
            "https://management.chinacloudapi.cn",
            "China North 3",
            "usgovvirginia",
        ),
    ] {
        let azure = TwoTenants::new(SimOptions {
            cloud,
            ..SimOptions::default()
        });
        let provider = As::admin(&azure, &azure.provider);
        let subscription = &azure.provider.subscription_id;
        let path = format!("/subscriptions/{subscription}/resourceGroups/rg?api-version={GROUPS}");
        let put =
            |location: &str| provider.send("PUT", host, &path, &[], &json!({"location": location}));
        assert_eq!(code(&put(foreign)), "LocationNotAvailableForResourceGroup");
        assert_eq!(put(own).status, 201, "{own}");
        let path = format!("/subscriptions/{subscription}/locations?api-version=2022-12-01");
        let listed = provider
            .send("GET", host, &path, &[], &Value::Null)
            .body_json();
        let listed = listed["value"].as_array().unwrap();
        let names: Vec<String> = listed.iter().map(|one| text(one, "/displayName")).collect();
        assert!(names.contains(&own.to_owned()), "{names:?}");
        assert!(!names.contains(&"East US".to_owned()), "{names:?}");
    }
}
