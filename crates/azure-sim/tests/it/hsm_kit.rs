//! A customer's managed HSM `pool`, and those who use it.

use crate::kit::As;
use azure_sim::{Principal, TwoTenants};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const ARM_VERSION: &str = "2023-07-01";

/// The customer with a resource group.
pub(crate) fn customer(azure: &TwoTenants) -> As<'_> {
    let admin = As::admin(azure, &azure.customer);
    let group = format!(
        "/subscriptions/{}/resourceGroups/rg",
        azure.customer.subscription_id
    );
    let made = admin.arm("PUT", &group, "2025-04-01", json!({"location": "uksouth"}));
    assert_eq!(made.status, 201);
    admin
}

pub(crate) fn path(azure: &TwoTenants) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/pool",
        azure.customer.subscription_id
    )
}

pub(crate) fn body(azure: &TwoTenants) -> Value {
    json!({
        "location": "uksouth",
        "sku": {"family": "B", "name": "Standard_B1"},
        "properties": {
            "tenantId": azure.customer.tenant_id,
            "initialAdminObjectIds": [azure.customer.admin.object_id],
            "softDeleteRetentionInDays": 7,
        },
    })
}

/// An HSM that is made and activated, whose administrator is the customer's.
pub(crate) fn pool(azure: &TwoTenants) -> As<'_> {
    let admin = customer(azure);
    let made = admin.arm("PUT", &path(azure), ARM_VERSION, body(azure));
    assert_eq!(made.status, 202, "{}", made.body_json());
    assert_eq!(
        admin
            .hsm("POST", "/securitydomain/download", certificates(3))
            .status,
        202
    );
    admin
}

pub(crate) fn certificates(count: usize) -> Value {
    json!({"certificates": vec![json!({"kty": "RSA"}); count], "required": 2})
}

/// Somebody of the customer's tenant with a local role.
pub(crate) fn with_role(azure: &TwoTenants, role: &str, scope: &str) -> Principal {
    let somebody = azure
        .sim
        .add_user(&azure.customer.tenant, &format!("{role} of {scope}"), &[]);
    assert!(
        azure
            .sim
            .grant_local_role("pool", &somebody.object_id, role, scope)
    );
    somebody
}

pub(crate) fn acting<'a>(azure: &'a TwoTenants, who: &'a Principal) -> As<'a> {
    As {
        sim: &azure.sim,
        who,
        now: Duration::ZERO,
    }
}
