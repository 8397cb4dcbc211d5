//! The rules, held against texts as the guides and issues print them.

use super::RULES;
use cmk_core::{Hint, Kind, Rule, ServiceError};

/// What the guides and issues print, as answer bodies, with what each must mean.
const KNOWN: &[(&str, &str, Kind, Hint)] = &[
    (
        "Forbidden",
        "Database account creation failed. Operation Id: 1, Error : {\\\"error\\\":{\\\"code\\\":\\\"Forbidden\\\",\\\"message\\\":\\\"Client address is not authorized and caller was ignored because bypass is set to None\\\"}}",
        Kind::Forbidden,
        Hint::NeedsPermission,
    ),
    (
        "ServiceUnavailable",
        "Database account creation failed. Operation Id: 1, Error : Error contacting the Azure Key Vault resource. Please try again.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Provided KeyVaultKeyUri http://mykeyvault.vault1.azure2.net3/keys4/mykey is Invalid.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Updating KeyVaultKeyUri is not supported",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "No Update is allowed on Database Account with Customer Managed Key in Revoked Status\\r\\nActivityId: 1",
        Kind::Conflict,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Database account creation failed. Operation Id: 1, Error : Updating default identity not allowed. Cannot set SystemAssignedIdentity as the default identity during provision.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "The tenant for the new Key Vault a does not match the one in the old Key Vault b. New Key Vaults must be on the same tenant as the old ones.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Cross-tenant CMK is not supported with System Assigned identities as Default identities. Please use a User Assigned Identity instead.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Cross-tenant CMK is not supported with First Party identities as Default identities. Please use a User Assigned identity instead",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Cannot update Customer Managed Key settings and other properties at the same time.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "Setting Non-FPI default identity is required for dedicated storage account features. Please set a valid System or User Assigned Identity to default and retry the request.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
    (
        "PreconditionFailed",
        "There is already an operation in progress which requires exclusive lock on this service account1. Please retry the operation after sometime.",
        Kind::Conflict,
        Hint::Busy,
    ),
    (
        "PreconditionFailed",
        "There is another user operation in progress which requires an exclusive lock on [account1]. Please retry after sometime.",
        Kind::Conflict,
        Hint::Busy,
    ),
    (
        "BadRequest",
        "Dns record for account1 under zone Document is already taken. Please use a different name for the account.",
        Kind::Conflict,
        Hint::Permanent,
    ),
    (
        "BadRequest",
        "DatabaseAccount account1 is in a failed provisioning state because the previous attempt to create it was not successful. Please delete the previous instance before attempting to recreate this account.",
        Kind::Conflict,
        Hint::Permanent,
    ),
    (
        "ServiceUnavailable",
        "Sorry, we are currently experiencing high demand in this region, and cannot fulfill your request at this time.",
        Kind::Other,
        Hint::Permanent,
    ),
    (
        "InvalidIdentityValues",
        "The 'UserAssignedIdentities' property keys should only be empty json objects, null or the resource existing property.",
        Kind::InvalidRequest,
        Hint::Permanent,
    ),
];

#[test]
fn every_known_text_means_what_the_facts_say_with_and_without_a_status() {
    for (code, message, kind, hint) in KNOWN {
        let body = format!(r#"{{"code":"{code}","message":"{message}"}}"#);
        let error = ServiceError::parse(body.as_bytes());
        for status in [None, Some(400), Some(503)] {
            let rule = Rule::first_match(&[RULES], "create_account", status, &error)
                .unwrap_or_else(|| panic!("no rule for {message}"));
            assert_eq!((rule.kind(), rule.hint()), (*kind, *hint), "{message}");
        }
    }
}

/// Texts of the guide about keys beside other features: all of them are final, and all come with advice.
const OTHER_FEATURES: &[&str] = &[
    "Continuous backup mode and multiple write locations cannot be enabled together for a global database account",
    "Customer Managed Key enablement on an existing Analytical Store/Continuous Backup/Materialized View/Full Fidelity Change Feed enabled Account is not supported",
    "EnableAnalyticalStorage cannot be disabled once it is enabled on an account.",
    "Continuous backup mode cannot be disabled once it is enabled on the account.",
    "EnableMaterializedViews cannot be disabled once it is enabled on an account.",
    "Cannot update continuous backup mode and other properties at the same time.",
    "Continuous backup mode cannot be enabled together with Storage Analytics feature.",
    "Customer Managed Key and Full Fidelity Change Feed cannot be enabled together for a global database account",
    "Cannot enable Materialized View when continuous backup mode is already enabled.",
    "Cannot enable continuous backup mode when Materialized View is already enabled.",
    "Cannot enable full fidelity change feed when materialized view is already enabled.",
    "MaterializedViews is not supported on this account type.",
    "Continuous backup mode cannot be enabled together with Cassandra database account",
    "Continuous backup mode cannot be enabled together with Gremlin V1 enabled database account",
    "Continuous backup mode cannot be enabled together with table enabled database account",
    "The given default identity for account1 is not valid. The format for the default identity is not valid, please use 'FirstPartyIdentity'/'SystemAssignedIdentity'/'UserAssignedIdentity=<UA_resource_id>'",
];

#[test]
fn what_cannot_be_had_together_is_final_and_comes_with_advice() {
    for message in OTHER_FEATURES {
        let error = ServiceError::new("BadRequest", *message);
        for operation in ["create_account", "set_key_uri"] {
            let rule = Rule::first_match(&[RULES], operation, None, &error)
                .unwrap_or_else(|| panic!("no rule for {message}"));
            assert_eq!(
                (rule.kind(), rule.hint()),
                (Kind::InvalidRequest, Hint::Permanent),
                "{message}"
            );
            assert!(rule.advice().is_some(), "{message}");
        }
    }
}

#[test]
fn what_is_advised_for_analytical_storage_is_its_own() {
    let text = "Continuous backup mode cannot be enabled together with Storage Analytics feature.";
    let error = ServiceError::new("BadRequest", text);
    let rule = Rule::first_match(&[RULES], "create_account", None, &error).unwrap();
    assert!(rule.advice().unwrap().contains("afterwards"));
}

#[test]
fn what_nobody_explained_matches_nothing() {
    for text in [
        "Request url is invalid.",
        "The request timed out. Diagnostic information: x",
    ] {
        let error = ServiceError::new("NotFound", text);
        assert!(
            Rule::first_match(&[RULES], "create_account", None, &error).is_none(),
            "{text}"
        );
    }
}

#[test]
fn the_503_that_says_try_again_is_never_called_transient() {
    let body = r#"{"code":"ServiceUnavailable","message":"Error contacting the Azure Key Vault resource. Please try again."}"#;
    let error = ServiceError::parse(body.as_bytes());
    let rule = Rule::first_match(&[RULES], "create_account", Some(503), &error).unwrap();
    assert!(rule.advice().unwrap().contains("&FederatedClientId="));
}

#[test]
fn every_row_says_where_it_is_known_from_and_what_to_do() {
    for rule in RULES {
        assert!(rule.known_from().starts_with("https://"), "{rule:?}");
        assert!(rule.advice().is_some(), "{rule:?}");
    }
}

#[test]
fn a_vault_that_shuts_the_account_out_is_known_by_its_inner_code_too() {
    for inner in ["ForbiddenByFirewall", "ForbiddenByConnection"] {
        let body = format!(
            r#"{{"error":{{"code":"Forbidden","message":"m","innererror":{{"code":"{inner}"}}}}}}"#
        );
        let error = ServiceError::parse(body.as_bytes());
        let rule = Rule::first_match(&[RULES], "set_key_uri", None, &error).unwrap();
        assert_eq!(rule.hint(), Hint::NeedsPermission);
        assert!(rule.advice().unwrap().contains("bypass"), "{inner}");
    }
}
