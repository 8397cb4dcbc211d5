//! What a body may say of a vault: truth values, access policies and network rules. Errors are the texts of refusals.

use super::model::invalid_value;
use crate::world::World;
use serde_json::Value;
use std::net::Ipv4Addr;
use uuid::Uuid;

/// At most so many (<https://learn.microsoft.com/azure/key-vault/general/assign-access-policy>).
const MOST_POLICIES: usize = 1024;
/// What can be allowed (specification of `Microsoft.KeyVault`); case does not matter (recorded).
const PERMISSIONS: [(&str, &[&str]); 4] = [
    (
        "keys",
        &[
            "all",
            "encrypt",
            "decrypt",
            "wrapkey",
            "unwrapkey",
            "sign",
            "verify",
            "get",
            "list",
            "create",
            "update",
            "import",
            "delete",
            "backup",
            "restore",
            "recover",
            "purge",
            "release",
            "rotate",
            "getrotationpolicy",
            "setrotationpolicy",
        ],
    ),
    (
        "secrets",
        &[
            "all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge",
        ],
    ),
    (
        "certificates",
        &[
            "all",
            "get",
            "list",
            "delete",
            "create",
            "import",
            "update",
            "managecontacts",
            "getissuers",
            "listissuers",
            "setissuers",
            "deleteissuers",
            "manageissuers",
            "recover",
            "purge",
            "backup",
            "restore",
        ],
    ),
    (
        "storage",
        &[
            "all",
            "get",
            "list",
            "delete",
            "set",
            "update",
            "regeneratekey",
            "recover",
            "purge",
            "backup",
            "restore",
            "setsas",
            "listsas",
            "getsas",
            "deletesas",
        ],
    ),
];
/// Ranges that a rule cannot admit, with their length.
const PRIVATE: [(Ipv4Addr, u32, &str); 3] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8, "10.0.0.0–10.255.255.255"),
    (
        Ipv4Addr::new(172, 16, 0, 0),
        12,
        "172.16.0.0–172.31.255.255",
    ),
    (
        Ipv4Addr::new(192, 168, 0, 0),
        16,
        "192.168.0.0–192.168.255.255",
    ),
];

/// A value of another type than its member has (<https://github.com/Azure/azure-cli/issues/8840>).
pub(super) fn bad_json(value: &Value, kind: &str, member: &str) -> String {
    format!(
        "Bad JSON content found in the request. Error converting value {value} to type 'System.{kind}'. Path 'properties.{member}'."
    )
}

/// A truth value; `null` is as good as absent.
pub(super) fn truth(properties: &Value, member: &str) -> Result<Option<bool>, String> {
    match properties.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(sent)) => Ok(Some(*sent)),
        Some(other) => Err(bad_json(other, "Boolean", member)),
    }
}

/// The tenant that a body names, in lower case.
pub(super) fn tenant(properties: &Value) -> Result<Option<String>, String> {
    match properties.get("tenantId") {
        None | Some(Value::Null) => Ok(None),
        Some(sent) => match sent.as_str() {
            Some(text) if Uuid::try_parse(text).is_ok() => Ok(Some(text.to_lowercase())),
            _ => Err(bad_json(sent, "Guid", "tenantId")),
        },
    }
}

/// Refuses a tenant that is no directory. It need not be the subscription's
/// (<https://github.com/Azure/azure-cli/issues/7607>). The text has no source.
pub(crate) fn require_directory(world: &World, properties: &Value) -> Result<(), String> {
    let named = properties.get("tenantId").and_then(Value::as_str);
    let known = named.is_none_or(|named| {
        let named = named.to_lowercase();
        Uuid::try_parse(&named).is_err() || world.directory.tenants.contains_key(&named)
    });
    if known {
        Ok(())
    } else {
        Err(invalid_value("tenantId"))
    }
}

/// Refuses policies of which one is of another tenant than the vault, names nobody, or allows what there is not
/// (<https://github.com/Azure/azure-cli/issues/18430>, <https://github.com/Azure/azure-libraries-for-net/issues/361>).
pub(super) fn check_policies(policies: &[Value], tenant: &str) -> Result<(), String> {
    let fit = |policy: &Value| {
        is_of_tenant(policy, tenant) && names_somebody(policy) && is_allowed(policy)
    };
    if policies.iter().all(fit) {
        check_number(policies)
    } else {
        Err(invalid_value("accessPolicies"))
    }
}

/// Refuses more policies than a vault has.
pub(super) fn check_number(policies: &[Value]) -> Result<(), String> {
    if policies.len() <= MOST_POLICIES {
        Ok(())
    } else {
        Err(invalid_value("accessPolicies"))
    }
}

fn is_of_tenant(policy: &Value, tenant: &str) -> bool {
    let own = policy.get("tenantId").and_then(Value::as_str);
    own.is_some_and(|own| own.eq_ignore_ascii_case(tenant))
}

fn names_somebody(policy: &Value) -> bool {
    let is_guid = |id: &Value| id.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
    let application = policy.get("applicationId").filter(|id| !id.is_null());
    policy.get("objectId").is_some_and(is_guid) && application.is_none_or(is_guid)
}

fn is_allowed(policy: &Value) -> bool {
    let Some(permissions) = policy.get("permissions").and_then(Value::as_object) else {
        return false;
    };
    PERMISSIONS
        .iter()
        .all(|(of, known)| match permissions.get(*of) {
            None | Some(Value::Null) => true,
            Some(words) => words.as_array().is_some_and(|words| {
                words.iter().all(|word| {
                    let word = word.as_str().unwrap_or_default().to_lowercase();
                    known.contains(&word.as_str())
                })
            }),
        })
}

/// The IP rules of `networkAcls`: addresses and ranges of the internet.
pub(super) fn ip_rules(rules: &Value) -> Result<Vec<Value>, String> {
    let sent = list(rules, "ipRules")?;
    for (at, rule) in sent.iter().enumerate() {
        let value = rule.get("value").and_then(Value::as_str);
        let text = value.unwrap_or_default();
        let wrong = |why: &str| {
            Err(format!(
                "Invalid value found at properties.networkAcls.ipRules[{at}].value: {text}{why}"
            ))
        };
        let Some((address, _)) = range(text) else {
            return wrong("");
        };
        let within = |own: &&(Ipv4Addr, u32, &str)| {
            let shift = 32 - own.1;
            u32::from(address) >> shift == u32::from(own.0) >> shift
        };
        // https://github.com/Azure/azure-powershell/issues/11471
        if let Some((_, _, range)) = PRIVATE.iter().find(within) {
            return wrong(&format!(
                " belongs to forbidden range {range} (private IP addresses)"
            ));
        }
    }
    Ok(sent)
}

/// The rules of virtual networks, each with the id of a subnet.
pub(super) fn network_rules(rules: &Value) -> Result<Vec<Value>, String> {
    let sent = list(rules, "virtualNetworkRules")?;
    if sent
        .iter()
        .all(|rule| rule.get("id").is_some_and(Value::is_string))
    {
        Ok(sent)
    } else {
        Err(invalid_value("networkAcls"))
    }
}

fn list(rules: &Value, member: &str) -> Result<Vec<Value>, String> {
    match rules.get(member) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(sent)) => Ok(sent.clone()),
        Some(_) => Err(invalid_value("networkAcls")),
    }
}

/// An address, or one with the length of its range.
fn range(text: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    let length = length.parse().ok().filter(|length| *length <= 32)?;
    Some((address.parse().ok()?, length))
}

/// Whether a rule admits an address.
pub(crate) fn admits(rule: &Value, address: Ipv4Addr) -> bool {
    let text = rule.get("value").and_then(Value::as_str);
    text.and_then(range).is_some_and(|(from, length)| {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or_default();
        u32::from(from) & mask == u32::from(address) & mask
    })
}

#[cfg(test)]
mod tests {
    use super::{admits, ip_rules};
    use serde_json::json;
    use std::net::Ipv4Addr;

    #[test]
    fn a_rule_is_an_address_or_a_range_of_the_internet() {
        let of = |text: &str| ip_rules(&json!({"ipRules": [{"value": text}]}));
        for fit in [
            "203.0.113.10",
            "203.0.113.0/24",
            "172.32.0.0/12",
            "0.0.0.0/0",
        ] {
            assert!(of(fit).is_ok(), "{fit}");
        }
        for unfit in [
            "x",
            "203.0.113",
            "203.0.113.0/33",
            "203.0.113.0/",
            "::1",
            "",
        ] {
            let said = of(unfit).unwrap_err();
            let text = format!("properties.networkAcls.ipRules[0].value: {unfit}");
            assert!(said.ends_with(&text), "{said}");
        }
        assert_eq!(
            of("10.0.0.0/8").unwrap_err(),
            "Invalid value found at properties.networkAcls.ipRules[0].value: 10.0.0.0/8 belongs to forbidden range 10.0.0.0–10.255.255.255 (private IP addresses)"
        );
        assert!(of("192.168.4.4").is_err() && of("172.31.0.1").is_err());
    }

    #[test]
    fn a_range_admits_what_is_in_it() {
        let address = Ipv4Addr::new(203, 0, 113, 10);
        for (rule, expected) in [
            ("203.0.113.10", true),
            ("203.0.113.10/32", true),
            ("203.0.113.0/24", true),
            ("203.0.113.0/29", false),
            ("0.0.0.0/0", true),
            ("203.0.113.11", false),
        ] {
            assert_eq!(admits(&json!({"value": rule}), address), expected, "{rule}");
        }
    }
}
