//! From which api-version on an account has a member
//! (<https://github.com/Azure/azure-resource-manager-schemas>, `Microsoft.DocumentDB.json` of each version).

use serde_json::{Value, json};

/// The first stable version that has a member, and the first preview.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since {
    stable: &'static str,
    preview: &'static str,
}

pub(super) const IDENTITY: Since = Since {
    stable: "2021-01-15",
    preview: "2020-06-01-preview",
};
pub(super) const DEFAULT_IDENTITY: Since = Since {
    stable: "2021-03-15",
    preview: "2021-04-01-preview",
};
const LOCAL_AUTH: Since = Since {
    stable: "2021-06-15",
    preview: "2021-07-01-preview",
};
const NETWORK_BYPASS: Since = Since {
    stable: "2021-01-15",
    preview: "2020-06-01-preview",
};
const IP_RULES: Since = Since {
    stable: "2020-04-01",
    preview: "2020-06-01-preview",
};

/// Takes out of an account what an older api-version does not show (recorded at 2020-03-01).
pub(super) fn cut(api_version: &str, account: &mut Value) {
    let Some(members) = account.as_object_mut() else {
        return;
    };
    if !IDENTITY.includes(api_version) {
        members.remove("identity");
    }
    let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (since, own) in [
        (DEFAULT_IDENTITY, "defaultIdentity"),
        (LOCAL_AUTH, "disableLocalAuth"),
        (NETWORK_BYPASS, "networkAclBypass"),
        (NETWORK_BYPASS, "networkAclBypassResourceIds"),
    ] {
        if !since.includes(api_version) {
            properties.remove(own);
        }
    }
    if !IP_RULES.includes(api_version) {
        let rules = properties.remove("ipRules");
        let rules = rules.as_ref().and_then(Value::as_array);
        let addresses: Vec<&str> = rules
            .into_iter()
            .flatten()
            .filter_map(|rule| rule.get("ipAddressOrRange").and_then(Value::as_str))
            .collect();
        properties.insert("ipRangeFilter".to_owned(), json!(addresses.join(",")));
        properties.insert("analyticalStorageConfiguration".to_owned(), Value::Null);
    }
}

impl Since {
    /// Whether an api-version has it. Versions are written so that they sort by age.
    pub(super) fn includes(self, api_version: &str) -> bool {
        let first = if api_version.ends_with("-preview") {
            self.preview
        } else {
            self.stable
        };
        api_version >= first
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_IDENTITY, IDENTITY, cut};
    use serde_json::json;

    #[test]
    fn an_old_version_shows_what_it_knows_in_its_own_way() {
        let account = json!({"identity": {}, "properties": {
            "defaultIdentity": "FirstPartyIdentity",
            "disableLocalAuth": false,
            "ipRules": [{"ipAddressOrRange": "203.0.113.1"}, {"ipAddressOrRange": "203.0.113.2"}],
            "networkAclBypass": "None",
        }});
        let mut old = account.clone();
        cut("2020-03-01", &mut old);
        assert_eq!(
            old,
            json!({"properties": {
                "analyticalStorageConfiguration": null,
                "ipRangeFilter": "203.0.113.1,203.0.113.2",
            }})
        );
        let mut new = account.clone();
        cut("2021-06-15", &mut new);
        assert_eq!(new, account);
    }

    #[test]
    fn stable_versions_and_previews_come_to_a_member_at_their_own_time() {
        assert!(!IDENTITY.includes("2020-09-01"));
        assert!(IDENTITY.includes("2020-06-01-preview"));
        assert!(IDENTITY.includes("2021-01-15"));
        assert!(!DEFAULT_IDENTITY.includes("2021-01-15"));
        assert!(DEFAULT_IDENTITY.includes("2021-03-15"));
        assert!(DEFAULT_IDENTITY.includes("2022-05-15"));
    }
}
