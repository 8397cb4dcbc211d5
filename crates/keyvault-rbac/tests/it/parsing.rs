//! The parsers: what is refused and why, and texts that mean the same.

use crate::support::{KEY, KEY_VERSION, PRINCIPAL, VAULT};
use keyvault_rbac::{
    HsmName, KeyName, KeyUri, KeyVersion, Role, RoleAssignmentName, RotationPeriod, Scope,
    VaultName,
};
use std::collections::HashSet;

#[test]
fn a_url_that_only_looks_like_a_key_is_refused_and_says_why() {
    for (text, problem) in [
        ("", "must start with https://"),
        (
            "contoso-cmk.vault.azure.net/keys/cosmos",
            "must start with https://",
        ),
        (
            "http://contoso-cmk.vault.azure.net/keys/cosmos",
            "must start with https://",
        ),
        (
            "https:contoso-cmk.vault.azure.net/keys/cosmos",
            "must start with https://",
        ),
        (
            " https://contoso-cmk.vault.azure.net/keys/cosmos",
            "must start with https://",
        ),
        (
            "https://contoso-cmk.vault.azure.net@evil.example/keys/cosmos",
            "must not hold user information",
        ),
        (
            "https://user:pass@contoso-cmk.vault.azure.net/keys/cosmos",
            "must not hold user information",
        ),
        (
            "https://contoso-cmk.vault.azure.net:8443/keys/cosmos",
            "must use port 443",
        ),
        (
            "https://contoso-cmk.vault.azure.net:0443/keys/cosmos",
            "must use port 443",
        ),
        (
            "https://contoso-cmk.vault.azure.net:/keys/cosmos",
            "must use port 443",
        ),
        (
            "https://contoso-cmk.vault.azure.net.evil.example/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://evil.example/contoso-cmk.vault.azure.net/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://evil.example\\.vault.azure.net/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://a.b.vault.azure.net/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://vault.azure.net/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://contoso-cmk.vault.azure.net./keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://contoso-cmk%2evault.azure.net/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        (
            "https://127.0.0.1/keys/cosmos",
            "must be on a host of a vault or a managed HSM",
        ),
        ("https://[::1]/keys/cosmos", "must use port 443"),
        (
            "https://.vault.azure.net/keys/cosmos",
            "vault name must have 3 to 24 characters",
        ),
        (
            "https://c\u{f6}ntoso.vault.azure.net/keys/cosmos",
            "vault name may hold ASCII letters, digits and hyphens only",
        ),
        (
            "https://xn--contoso.vault.azure.net/keys/cosmos",
            "vault name must not end with a hyphen or hold two in a row",
        ),
        (
            "https://contoso-cmk.vault.azure.net",
            "must be of the form https://{vault}/keys/{name}[/{version}]",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys",
            "must be of the form",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/",
            "must be of the form",
        ),
        (
            "https://contoso-cmk.vault.azure.net/secrets/cosmos",
            "must name a key",
        ),
        (
            "https://contoso-cmk.vault.azure.net//keys/cosmos",
            "must name a key",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/cosmos/latest",
            "key version must be 32 hexadecimal digits",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/cosmos//",
            "key version must be 32 hexadecimal digits",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/cosmos?x=/keys/other",
            "must be of the form",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/cosmos?api-version=1",
            "key name may hold",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/cosmos#fragment",
            "key name may hold",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/..",
            "key name may hold",
        ),
        (
            "https://contoso-cmk.vault.azure.net/keys/a%2fb",
            "key name may hold",
        ),
    ] {
        let error = text.parse::<KeyUri>().unwrap_err().to_string();
        assert!(
            error.starts_with("key URI ") && error.contains(problem),
            "{text}: {error}"
        );
    }
    let long = format!(
        "https://contoso-cmk.vault.azure.net/keys/{}",
        "a".repeat(100_000)
    );
    let error = long.parse::<KeyUri>().unwrap_err().to_string();
    assert!(error.contains("is too long") && error.len() < 400);
}

#[test]
fn two_texts_of_one_key_are_one_key() {
    let uris: HashSet<KeyUri> = [
        format!("{KEY}/{KEY_VERSION}"),
        format!(
            "HTTPS://CONTOSO-CMK.VAULT.AZURE.NET:443/KEYS/COSMOS/{}/",
            KEY_VERSION.to_uppercase()
        ),
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    assert_eq!(uris.len(), 1);
    let uri = uris.into_iter().next().unwrap();
    assert_eq!(uri.versionless(), KEY.parse().unwrap());
    assert_ne!(uri.versionless(), uri);
    assert_eq!(
        uri.versionless().with_version(KEY_VERSION.parse().unwrap()),
        uri
    );
}

#[test]
fn a_refused_name_says_what_and_why() {
    fn refusal<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> String {
        text.parse::<T>()
            .map_or_else(|error| error.to_string(), |_| String::new())
    }
    for (said, expected) in [
        (
            refusal::<VaultName>("ab"),
            r#"vault name must have 3 to 24 characters, got "ab""#,
        ),
        (
            refusal::<VaultName>("1ab"),
            r#"vault name must start with a letter, got "1ab""#,
        ),
        (
            refusal::<VaultName>("ab-"),
            r#"vault name must not end with a hyphen or hold two in a row, got "ab-""#,
        ),
        (
            refusal::<HsmName>("a_b"),
            r#"managed HSM name may hold ASCII letters, digits and hyphens only, got "a_b""#,
        ),
        (
            refusal::<KeyName>(""),
            r#"key name must have 1 to 127 characters, got """#,
        ),
        (
            refusal::<KeyName>("a.b"),
            r#"key name may hold ASCII letters, digits and hyphens only, got "a.b""#,
        ),
        (
            refusal::<KeyVersion>("01"),
            r#"key version must be 32 hexadecimal digits, got "01""#,
        ),
        (
            refusal::<RoleAssignmentName>("44444444444444448444444444444444"),
            r#"role assignment name must be a GUID, got "44444444444444448444444444444444""#,
        ),
        (
            refusal::<RoleAssignmentName>("00000000-0000-0000-0000-000000000000"),
            r#"role assignment name must not be the nil GUID, got "00000000-0000-0000-0000-000000000000""#,
        ),
        (
            refusal::<RotationPeriod>("P"),
            r#"period must be an ISO 8601 duration such as P90D, got "P""#,
        ),
    ] {
        assert_eq!(said, expected);
    }
    assert!(refusal::<KeyName>(&"x".repeat(100_000)).len() < 200);
}

#[test]
fn periods_have_their_units_once_and_in_order() {
    for text in [
        "P90D",
        "P18M",
        "P2Y",
        "P1Y6M",
        "P1W",
        "P1Y2M3W4DT5H6M7S",
        "PT1H",
    ] {
        assert_eq!(text.parse::<RotationPeriod>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "P",
        "PT",
        "P1DT",
        "90D",
        "P1",
        "PD",
        "P1D1Y",
        "P1D1D",
        "P-1D",
        "P1.5D",
        "P1\u{e9}",
        "p1d",
        "P1H",
        "P1234567890D",
        "P1D ",
    ] {
        assert!(text.parse::<RotationPeriod>().is_err(), "{text}");
    }
}

#[test]
fn every_role_is_found_again_under_its_own_guid() {
    let guids: HashSet<_> = Role::ALL.iter().map(|role| role.id()).collect();
    assert_eq!(guids.len(), Role::ALL.len());
    for role in Role::ALL {
        let id = role.definition_id("11111111-1111-4111-8111-111111111111".parse().unwrap());
        assert_eq!(Role::from_definition_id(&id), Some(*role));
        assert_eq!(Role::from_definition_id(&id.to_uppercase()), Some(*role));
        let tenant_wide = format!(
            "/providers/Microsoft.Authorization/roleDefinitions/{}",
            role.id()
        );
        assert_eq!(Role::from_definition_id(&tenant_wide), Some(*role));
    }
    let elsewhere = format!("/providers/x/roleAssignments/{}", Role::Owner.id());
    assert_eq!(Role::from_definition_id(&elsewhere), None);
}

#[test]
fn a_derived_name_is_the_same_in_every_release() {
    let scope: Scope = format!("{VAULT}/keys/cosmos").parse().unwrap();
    let principal = PRINCIPAL.parse().unwrap();
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let name = RoleAssignmentName::derive(&scope, principal, role);
    assert_eq!(name.to_string(), "822f4dbb-275f-598f-9210-984d4dc55d80");
}
