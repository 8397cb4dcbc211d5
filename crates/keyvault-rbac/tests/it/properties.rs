//! The parsers under any input: what they take they write as itself, and nothing hides behind it.

use crate::support::{KEY_VERSION, VAULT};
use keyvault_rbac::{
    Cloud, HsmName, KeyName, KeyStore, KeyUri, KeyVersion, PrincipalId, Role, RoleAssignmentName,
    RotationPeriod, Scope, VaultId, VaultName, VaultUrl, key_scope,
};
use proptest::{
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_assert_ne, prop_oneof, proptest},
    sample::select,
};

const SUFFIXES: [(&str, Cloud, bool); 6] = [
    ("vault.azure.net", Cloud::Public, false),
    ("vault.usgovcloudapi.net", Cloud::UsGovernment, false),
    ("vault.azure.cn", Cloud::China, false),
    ("managedhsm.azure.net", Cloud::Public, true),
    ("managedhsm.usgovcloudapi.net", Cloud::UsGovernment, true),
    ("managedhsm.azure.cn", Cloud::China, true),
];

/// A label that a vault can have.
fn labels() -> impl Strategy<Value = String> {
    "[a-zA-Z](-?[a-zA-Z0-9]){2,11}"
}

/// Pieces of real URLs in any order, so that prefixes and suffixes are hit often.
fn pieces() -> impl Strategy<Value = String> {
    let known = select(vec![
        "https://",
        "HTTPS://",
        "http://",
        "contoso-cmk",
        ".vault.azure.net",
        ".managedhsm.azure.net",
        "vault.azure.net",
        "/keys/",
        "/secrets/",
        "/keys",
        "cosmos",
        KEY_VERSION,
        "/",
        "//",
        "@",
        ":443",
        ":8443",
        "\\",
        "?",
        "#",
        "%2f",
        "%00",
        "\t",
        "\n",
        " ",
        "..",
        ".",
        "evil.example",
        "\u{3002}",
        "\u{ff0f}",
    ])
    .prop_map(str::to_owned);
    let piece = prop_oneof![6 => known, 1 => ".{0,4}"];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_key_uri_is_read_as_what_it_names_and_written_as_itself(
        label in labels(),
        (suffix, cloud, hsm) in select(SUFFIXES.to_vec()),
        name in "[a-zA-Z0-9-]{1,127}",
        version in proptest::option::of("[0-9a-f]{32}"),
        port in select(vec!["", ":443"]),
        slash in select(vec!["", "/"]),
    ) {
        let tail = version.as_ref().map_or_else(String::new, |version| format!("/{version}"));
        let uri: KeyUri = format!("https://{label}.{suffix}{port}/keys/{name}{tail}{slash}").parse().unwrap();
        let label = label.to_lowercase();
        prop_assert_eq!(uri.to_string(), format!("https://{label}.{suffix}/keys/{name}{tail}"));
        prop_assert_eq!(uri.cloud(), cloud);
        prop_assert_eq!(matches!(uri.store(), KeyStore::ManagedHsm(_)), hsm);
        prop_assert_eq!(uri.host(), format!("{label}.{suffix}"));
        prop_assert_eq!(uri.name().as_str(), &name);
        prop_assert_eq!(uri.version().map(KeyVersion::as_str), version.as_deref());
        prop_assert_eq!(uri.to_string().parse::<KeyUri>(), Ok(uri.clone()));
        let json = serde_json::to_string(&uri).unwrap();
        prop_assert_eq!(serde_json::from_str::<KeyUri>(&json).unwrap(), uri);
    }

    #[test]
    fn no_text_panics_and_no_uri_means_another_place_to_a_url_parser(text in pieces()) {
        if let Ok(uri) = text.parse::<KeyUri>() {
            let url = azure_core::http::Url::parse(&text).unwrap();
            let host = uri.host();
            prop_assert_eq!(url.host_str(), Some(host.as_str()));
            prop_assert_eq!(url.port_or_known_default(), Some(443));
            prop_assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
            let ours = uri.to_string();
            let theirs = url.to_string();
            prop_assert!(theirs.trim_end_matches('/').eq_ignore_ascii_case(&ours), "{} {}", theirs, ours);
        }
        if let Ok(vault) = text.parse::<VaultUrl>() {
            let url = azure_core::http::Url::parse(&text).unwrap();
            prop_assert_eq!(url.to_string(), vault.to_string());
        }
    }

    #[test]
    fn a_vault_url_round_trips_and_the_key_in_it_knows_it(label in labels(), (suffix, cloud, hsm) in select(SUFFIXES.to_vec()), key in "[a-z0-9-]{1,20}") {
        let url: VaultUrl = format!("https://{label}.{suffix}").parse().unwrap();
        let made = if hsm {
            VaultUrl::managed_hsm(cloud, &label.parse().unwrap())
        } else {
            VaultUrl::new(cloud, &label.parse().unwrap())
        };
        prop_assert_eq!(&made, &url);
        prop_assert_eq!(url.to_string().parse::<VaultUrl>(), Ok(url.clone()));
        let uri = KeyUri::of(url.clone(), &key.parse().unwrap());
        prop_assert_eq!(uri.vault_url(), &url);
        prop_assert_eq!(uri.to_string(), format!("{url}keys/{key}"));
        if !hsm {
            prop_assert_eq!(KeyUri::new(cloud, &label.parse().unwrap(), &key.parse().unwrap()), uri);
        }
    }

    #[test]
    fn a_vault_name_is_taken_by_the_rule_and_by_nothing_else(text in prop_oneof![labels(), "[a-zA-Z0-9-]{0,30}".prop_map(String::from), ".{0,26}".prop_map(String::from)]) {
        let fits = (3..=24).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && !text.ends_with('-')
            && !text.contains("--");
        prop_assert_eq!(text.parse::<VaultName>().is_ok(), fits);
        prop_assert_eq!(text.parse::<HsmName>().is_ok(), fits);
        if let Ok(name) = text.parse::<VaultName>() {
            prop_assert_eq!(name.as_str(), &text);
            prop_assert_eq!(name, text.to_uppercase().parse().unwrap());
        }
    }

    #[test]
    fn a_key_name_is_taken_by_the_rule_and_by_nothing_else(text in prop_oneof!["[a-zA-Z0-9-]{0,130}", ".{0,8}"]) {
        let fits = (1..=127).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        prop_assert_eq!(text.parse::<KeyName>().is_ok(), fits);
        if let Ok(name) = text.parse::<KeyName>() {
            let vault: VaultId = VAULT.parse().unwrap();
            let scope = key_scope(&vault, &name);
            prop_assert_eq!(scope.to_string(), format!("{VAULT}/keys/{text}"));
            prop_assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope);
        }
    }

    #[test]
    fn a_version_is_32_hexadecimal_digits(text in prop_oneof!["[0-9a-fA-F]{30,34}", "[0-9a-g]{32}", ".{32}"]) {
        let fits = text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit());
        prop_assert_eq!(text.parse::<KeyVersion>().is_ok(), fits);
        if let Ok(version) = text.parse::<KeyVersion>() {
            prop_assert_eq!(version.as_str(), text.to_lowercase());
        }
    }

    #[test]
    fn a_period_is_read_as_itself_or_refused(text in prop_oneof!["P([0-9]{1,3}[YMWD]){0,3}(T([0-9]{1,3}[HMS]){0,2})?", ".{0,10}"]) {
        if let Ok(period) = text.parse::<RotationPeriod>() {
            prop_assert_eq!(period.as_str(), &text);
        }
    }

    #[test]
    fn an_assignment_has_the_same_name_however_its_scope_is_written(group in "[a-zA-Z0-9]{1,10}", vault in labels(), key in "[a-z0-9]{1,10}", principal in any::<u128>(), role in select(Role::ALL.to_vec())) {
        let at = |group: &str, vault: &str, key: &str| -> Scope {
            format!("/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{vault}/keys/{key}").parse().unwrap()
        };
        let someone = |number: u128| -> PrincipalId {
            azure_core::Uuid::from_u128(number | 1).to_string().parse().unwrap()
        };
        let scope = at(&group, &vault, &key);
        let name = RoleAssignmentName::derive(&scope, someone(principal), role);
        let shouted = at(&group.to_uppercase(), &vault.to_uppercase(), &key.to_uppercase());
        prop_assert_eq!(RoleAssignmentName::derive(&shouted, someone(principal), role), name);
        let azure: Scope = scope.to_string().replace("resourceGroups", "resourcegroups").parse().unwrap();
        prop_assert_eq!(RoleAssignmentName::derive(&azure, someone(principal), role), name);
        prop_assert_eq!(name.to_string().parse::<RoleAssignmentName>().unwrap(), name);
        // Version 5, the variant of RFC 9562.
        let text = name.to_string();
        prop_assert_eq!(text.as_bytes()[14], b'5');
        prop_assert!(b"89ab".contains(&text.as_bytes()[19]));

        let other_role = if role == Role::Owner { Role::Reader } else { Role::Owner };
        prop_assert_ne!(RoleAssignmentName::derive(&scope, someone(principal), other_role), name);
        prop_assert_ne!(RoleAssignmentName::derive(&scope, someone(principal ^ 2), role), name);
        prop_assert_ne!(RoleAssignmentName::derive(&at(&group, &vault, &format!("{key}x")), someone(principal), role), name);
    }
}
