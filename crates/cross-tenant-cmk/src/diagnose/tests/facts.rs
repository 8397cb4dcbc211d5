//! What the services are known to say, written down by hand and apart from the table: message, first suspect, waiting.

use super::{Actor, CheckId, Waiting, diagnose};
use crate::diagnose::table::entries;
use std::collections::BTreeSet;

/// Every number of the catalogue of the token service that this chain can meet.
pub(super) const AADSTS: &[&str] = &[
    "700016", "7000229", "70021", "700211", "700212", "700213", "7002121", "7002137", "7002138",
    "70025", "700222", "700223", "700238", "700226", "700227", "700229", "700231", "700236",
    "700024", "700027", "700021", "50027", "5002738", "7000215", "7000218", "7000222", "7000112",
    "70001", "1000031", "7000113", "500011", "50001", "501051", "50105", "65001", "65004",
    "650051", "650052", "650056", "650057", "50011", "900971", "650059", "50194", "50020", "50034",
    "90072", "50076", "50079", "53003", "530032", "530035", "500212", "500213", "90094", "90095",
    "90099", "90002", "900023", "90038", "900382", "900432", "70011", "50196", "90055", "50033",
    "90006", "90012", "90024", "90033", "90090", "90036", "90092", "50086", "900439",
];

#[test]
fn every_number_of_the_catalogue_is_known_with_its_meaning() {
    let mut rows: BTreeSet<&str> = BTreeSet::new();
    for entry in entries() {
        if let crate::diagnose::table::Pattern::Aadsts(number) = entry.pattern {
            assert!(!entry.meaning().is_empty(), "{number}");
            rows.insert(number);
        }
    }
    assert_eq!(rows, AADSTS.iter().copied().collect());
}

#[test]
fn what_may_be_spreading_is_told_from_what_is_final() {
    let spreading: BTreeSet<&str> = [
        "700016", "7000229", "70021", "700211", "700212", "700213", "70025",
    ]
    .into();
    let passing: BTreeSet<&str> = [
        "700024", "650051", "90055", "50033", "90006", "90012", "90024", "90033", "90090",
    ]
    .into();
    for number in AADSTS {
        let found = diagnose(format!("AADSTS{number}: x").as_str());
        let expected = if spreading.contains(number) {
            HealsIfRecent
        } else if passing.contains(number) {
            Heals
        } else {
            Never
        };
        assert_eq!(found.readings[0].waiting, expected, "{number}");
    }
}

/// Who or what is suspected first.
#[derive(Debug, PartialEq)]
pub(super) enum First {
    Link(CheckId),
    Who(Actor),
}
use First::{Link, Who};
use Waiting::{Heals, HealsIfRecent, Never};

pub(super) fn check(cases: &[(&str, First, Waiting)]) {
    for (message, first, waiting) in cases {
        let found = diagnose(*message);
        assert!(found.is_known(), "{message}");
        assert_eq!(found.readings[0].waiting, *waiting, "{message}");
        let suspect = &found.suspects[0];
        let seen = suspect.check.map_or(Who(suspect.remedy.who), Link);
        assert_eq!(seen, *first, "{message}");
    }
}

const ACTIVITY: &str =
    "\r\nActivityId: 00000000-0000-0000-0000-000000000000, Microsoft.Azure.Documents.Common/2.14.0";

#[test]
fn the_sentences_of_the_key_status_are_known_without_their_numbers_too() {
    const START: &str = "Access to your account is currently revoked because ";
    for (sentence, first) in [
        (
            "the Azure Cosmos DB service is unable to obtain the AAD authentication token for the account's default identity",
            CheckId::IdentityUnchanged,
        ),
        (
            "the current default identity no longer has permission to the associated Key Vault key",
            CheckId::KeyRole,
        ),
        (
            "the correspondent key is not found on the specified Key Vault",
            CheckId::Key,
        ),
        (
            "the Azure Cosmos DB service is unable to wrap or unwrap the key",
            CheckId::VersionInUse,
        ),
        (
            "the Azure Cosmos DB account's key vault key URI does not follow the expected format",
            CheckId::AccountKey,
        ),
        (
            "the Azure Key Vault DNS name specified by the account's keyvaultkeyuri property could not be resolved",
            CheckId::Vault,
        ),
        (
            "the Azure Cosmos DB account has an undefined default identity",
            CheckId::DefaultIdentity,
        ),
        (
            "the access rules are blocking outbound requests to the Azure Key Vault service",
            CheckId::VaultNetwork,
        ),
        (
            "the correspondent Azure Key Vault was not found",
            CheckId::Vault,
        ),
        (
            "the correspondent key is either disabled or expired",
            CheckId::KeyEnabled,
        ),
    ] {
        let found = diagnose(format!("{START}{sentence}.").as_str());
        assert_eq!(found.suspects[0].check, Some(first), "{sentence}");
    }
    let bare = diagnose(
        "Access to your account is currently revoked; for more details about this error and how to restore access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide",
    );
    assert_eq!(bare.suspects[0].check, Some(CheckId::Vault));
    assert!(bare.suspects.len() > 10, "every link can be behind it");
    assert!(!diagnose("Access to the configured customer managed key confirmed. ").is_known());
}

#[test]
fn the_guides_first_section_is_known() {
    check(&[
        (
            r#"Database account creation failed. Operation Id: 1, Error: {\"error\":{\"code\":\"Forbidden\",\"message\":\"Client address is not authorized and caller was ignored because bypass is set to None\r\nClient address: xx.xx.xx.xx\r\nCaller: name=Unknown/unknown;appid=1;oid=1\r\nVault: mykeyvault;location=eastus\",\"innererror\":{\"code\":\"ForbiddenByFirewall\"}}}"#,
            Link(CheckId::VaultNetwork),
            Never,
        ),
        (
            "Database account creation failed. Operation Id: 1, Error: Error contacting the Azure Key Vault resource. Please try again.",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "Provided KeyVaultKeyUri http://mykeyvault.vault1.azure2.net3/keys4/mykey is Invalid.",
            Who(Actor::Caller),
            Never,
        ),
        (
            "Updating KeyVaultKeyUri is not supported",
            Who(Actor::Caller),
            Never,
        ),
        (
            "No Update is allowed on Database Account with Customer Managed Key in Revoked Status",
            Who(Actor::Provider),
            Never,
        ),
        (
            "Database account creation failed. Operation Id: 1, Error: Updating default identity not allowed. Cannot set SystemAssignedIdentity as the default identity during provision.",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "The tenant for the new Key Vault 1 does not match the one in the old Key Vault 2. New Key Vaults must be on the same tenant as the old ones.",
            Who(Actor::Provider),
            Never,
        ),
        (
            "Cross-tenant CMK is not supported with System Assigned identities as Default identities. Please use a User Assigned Identity instead.",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "Cross-tenant CMK is not supported with First Party identities as Default identities. Please use a User Assigned identity instead",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "The given default identity for x is not valid. The format for the default identity is not valid, please use 'FirstPartyIdentity'/'SystemAssignedIdentity'/'UserAssignedIdentity=<UA_resource_id>'",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
    ]);
}

#[test]
fn data_plane_errors_that_do_not_name_the_key_lead_to_the_account() {
    let cases = [
        r#"{"Errors":["Request is blocked due to Customer Managed Key not being accessible."]} ActivityId: 1, Request URI: /apps/1/"#,
        r#"{"readyState":4,"responseText":"","status":401,"statusText":"error"}"#,
        "Error querying documents: An exception occurred while opening a connection to the server., Payload: {<redacted>}",
        "Request timed out.",
    ];
    for message in cases {
        let found = diagnose(message);
        assert!(
            found
                .suspects
                .iter()
                .any(|one| one.check == Some(CheckId::KeyStatus)),
            "{message}: {found:?}"
        );
    }
    for silent in &cases[1..] {
        let lie = diagnose(*silent).readings[0].misleading.unwrap();
        assert!(lie.contains("does not name the key"), "{silent}");
    }
    let named = diagnose(
        r#"Status code: 403 Sub-status: 4018 {"Errors":["Access to your account is currently revoked because the correspondent key is either disabled or expired."]}"#,
    );
    assert_eq!(named.suspects[0].check, Some(CheckId::KeyEnabled));
}

#[test]
fn the_guides_other_sections_are_known() {
    let by_caller = [
        "Continuous backup mode and multiple write locations cannot be enabled together for a global database account",
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
    ];
    for message in by_caller {
        let message = format!("{message}{ACTIVITY}");
        let found = diagnose(message.as_str());
        assert_eq!(found.readings.len(), 1, "{message}");
        assert_eq!(found.suspects[0].remedy.who, Actor::Caller, "{message}");
    }
    check(&[
        (
            "Setting Non-FPI default identity is required for dedicated storage account features. Please set a valid System or User Assigned Identity to default and retry the request.",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "Customer Managed Key enablement on an existing Analytical Store/Continuous Backup/Materialized View/Full Fidelity Change Feed enabled Account is not supported",
            Who(Actor::Provider),
            Never,
        ),
        (
            "Caused by: com.microsoft.azure.storage.StorageException: The key vault key is not found to unwrap the encryption key.",
            Who(Actor::Provider),
            Never,
        ),
        (
            "Default Identity is unauthorized to access the Azure Key Vault key",
            Link(CheckId::KeyRole),
            Never,
        ),
        (
            "Microsoft Entra Token Acquisition error",
            Link(CheckId::IdentityUnchanged),
            Never,
        ),
        (
            "Azure Active Directory Token Acquisition error",
            Link(CheckId::IdentityUnchanged),
            Never,
        ),
        (
            "Azure Key Vault Resource not found",
            Link(CheckId::Vault),
            Never,
        ),
        (
            "Customer Managed Key does not exist",
            Link(CheckId::Vault),
            Never,
        ),
        (
            "Azure key Disabled or expired",
            Link(CheckId::KeyEnabled),
            Never,
        ),
        (
            "Invalid Azure Cosmos DB default identity",
            Link(CheckId::DefaultIdentity),
            Never,
        ),
        (
            "Improper Syntax Detected on the Key Vault URI Property",
            Link(CheckId::AccountKey),
            Never,
        ),
        (
            "Internal unwrapping procedure error",
            Link(CheckId::VersionInUse),
            Never,
        ),
        (
            "Unable to Resolve the Key Vault's DNS",
            Link(CheckId::Vault),
            HealsIfRecent,
        ),
    ]);
}

#[test]
fn the_resource_providers_own_errors_are_known() {
    check(&[
        (
            "Dns record for x under zone Document is already taken. Please use a different name for the account.",
            Who(Actor::Caller),
            Never,
        ),
        (
            "There is already an operation in progress which requires exclusive lock on this service x. Please retry the operation after sometime.",
            Who(Actor::Nobody),
            Heals,
        ),
        (
            "There is another user operation in progress which requires an exclusive lock on [x]. Please retry after sometime.",
            Who(Actor::Nobody),
            Heals,
        ),
        (
            "Sorry, we are currently experiencing high demand in this region, and cannot fulfill your request at this time. … http://aka.ms/azuresupport.",
            Who(Actor::Provider),
            Never,
        ),
        (
            "DatabaseAccount x is in a failed provisioning state because the previous attempt to create it was not successful. Please delete the previous instance before attempting to recreate this account.",
            Link(CheckId::AccountAtRest),
            Never,
        ),
        (
            "Cannot update Customer Managed Key settings and other properties at the same time.",
            Who(Actor::Caller),
            Never,
        ),
        (
            r#"{"error":{"code":"InvalidIdentityValues","message":"x The 'UserAssignedIdentities' property keys should only be empty json objects, null or the resource existing property."}}"#,
            Who(Actor::Caller),
            Never,
        ),
        ("Request url is invalid.", Who(Actor::Caller), Never),
        (
            "The gateway did not receive a response from 'Microsoft.DocumentDB' within the specified time period.",
            Who(Actor::Caller),
            Heals,
        ),
        (
            "The request timed out. Diagnostic information: timestamp '1'",
            Who(Actor::Caller),
            Heals,
        ),
        (
            "ERROR: (InternalServerError) Unexpected error on document scan for CMK Migration. Please retry the operation.",
            Who(Actor::Provider),
            Heals,
        ),
        (
            "The given default identity is not assigned to the database account.",
            Link(CheckId::AccountIdentity),
            Never,
        ),
    ]);
}

#[test]
fn messages_that_mislead_are_said_to() {
    for (message, word) in [
        (
            "Error contacting the Azure Key Vault resource. Please try again.",
            "503",
        ),
        ("PrincipalNotFound", "400"),
        ("RoleAssignmentExists", "409"),
        ("(4002).", "disabled"),
        ("Sub-status: 4018", "still wraps"),
        ("KeyDisabled", "wrapping"),
        (
            "403 Forbidden: Operation wrapKey is not what this key does now.",
            "unwrapping",
        ),
        (
            "we are currently experiencing high demand in this region",
            "503",
        ),
        ("requires exclusive lock", "412"),
        ("(4015).", "not enough"),
    ] {
        let found = diagnose(message);
        let lie = found.readings[0].misleading.unwrap_or_default();
        assert!(lie.contains(word), "{message}: {lie}");
    }
}
