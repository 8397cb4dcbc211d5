//! Names and ids that callers choose: what is taken comes back, what is not is refused in few words.

use crate::managed_identities::IDENTITY_ID;
use entra_graph::{
    DomainName, FederatedCredentialName, IdentityId, IdentityName, InvalidName, SignInAudience,
    UniqueName,
};
use proptest::prelude::proptest;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::HashSet,
    fmt::{Debug, Display},
    str::FromStr,
};

fn round_trips<T>(text: &str)
where
    T: FromStr<Err: Debug> + Display + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let name: T = text.parse().unwrap();
    assert_eq!(name.to_string(), text);
    let json = serde_json::to_value(&name).unwrap();
    assert_eq!(json, text);
    assert_eq!(serde_json::from_value::<T>(json).unwrap(), name);
}

#[test]
fn a_refusal_says_what_and_why() {
    let error = "it's".parse::<UniqueName>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"unique name may hold letters, digits and '-' only, got "it's""#
    );
    let error = "-ab".parse::<FederatedCredentialName>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"federated credential name must start with a letter or a digit, got "-ab""#
    );
    let error = "ab".parse::<IdentityName>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"managed identity name must have 3 to 128 characters, got "ab""#
    );
}

#[test]
fn a_domain_is_two_labels_at_least_and_nothing_that_leaves_its_segment() {
    let longest = ["x".repeat(63).as_str(); 3].join(".") + "." + &"y".repeat(61);
    for good in ["contoso.com", "a.b", "xn--mller-kva.example", &longest] {
        round_trips::<DomainName>(good);
    }
    let too_long = format!("{longest}y");
    for bad in [
        "",
        "common",
        "organizations",
        ".",
        "..",
        "contoso.",
        ".com",
        "a..b",
        "-a.com",
        "a-.com",
        "a/b.com",
        "a.com?x",
        "a.com#x",
        "a b.com",
        "müller.example",
        "a@b.com",
        &too_long,
    ] {
        let error = bad.parse::<DomainName>().unwrap_err().to_string();
        assert!(error.starts_with("domain name must be labels"), "{error}");
    }
}

#[test]
fn the_longest_names_are_taken_and_longer_ones_are_not() {
    fn longest<T: FromStr<Err = InvalidName> + Debug>(length: usize) {
        assert!("x".repeat(length).parse::<T>().is_ok(), "{length}");
        assert!("x".repeat(length + 1).parse::<T>().is_err(), "{length}");
        let error = "x".repeat(100_000).parse::<T>().unwrap_err();
        assert!(error.to_string().len() < 250);
    }
    longest::<UniqueName>(120);
    longest::<FederatedCredentialName>(120);
    longest::<IdentityName>(128);
}

#[test]
fn identities_are_compared_without_case() {
    let names: HashSet<IdentityName> = ["cmk-id", "CMK-ID"]
        .into_iter()
        .map(|name| name.parse().unwrap())
        .collect();
    assert_eq!(names.len(), 1);
    let id: IdentityId = IDENTITY_ID.parse().unwrap();
    let shouted = IDENTITY_ID.replace("resourceGroups", "resourcegroups");
    assert_eq!(shouted.parse::<IdentityId>().unwrap(), id);
    let vault = IDENTITY_ID.replace(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.KeyVault/vaults",
    );
    assert!(vault.parse::<IdentityId>().is_err());
}

#[test]
fn audiences_have_microsofts_spelling() {
    for word in [
        "AzureADMyOrg",
        "AzureADMultipleOrgs",
        "AzureADandPersonalMicrosoftAccount",
        "PersonalMicrosoftAccount",
    ] {
        round_trips::<SignInAudience>(word);
        let known = SignInAudience::from(word);
        assert!(!matches!(known, SignInAudience::Unknown(_)), "{word}");
    }
    round_trips::<SignInAudience>("SomethingNew");
}

proptest! {
    #[test]
    fn what_fits_the_rule_round_trips(
        unique in "[A-Za-z0-9-]{1,120}",
        credential in "[A-Za-z0-9][A-Za-z0-9_-]{2,119}",
        identity in "[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
        word in ".*",
    ) {
        round_trips::<UniqueName>(&unique);
        round_trips::<FederatedCredentialName>(&credential);
        round_trips::<IdentityName>(&identity);
        let audience = SignInAudience::from(word.as_str());
        assert!(audience.as_str().eq_ignore_ascii_case(&word));
    }

    #[test]
    fn what_could_leave_its_place_in_a_url_is_refused(before in ".{0,5}", bad in "[/'?#%&=;: \\\\()\u{e9}]", after in ".{0,5}") {
        let text = format!("{before}{bad}{after}");
        assert!(text.parse::<UniqueName>().is_err());
        assert!(text.parse::<FederatedCredentialName>().is_err());
        assert!(text.parse::<IdentityName>().is_err());
    }
}
