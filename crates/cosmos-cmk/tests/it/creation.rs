//! The creation on the wire: its body, and an answer that is not the end.

use crate::support::{
    ACCOUNT, CLIENT, Canned, IDENTITY, KEY, OTHER_IDENTITY, POLL, VERSION, account_id, client_at,
    json, new_account, request, server,
};
use cmk_core::testing::StaticCredential;
use cosmos_cmk::{
    AccountKind, AccountLocation, BackupPolicy, BackupStorageRedundancy, Cloud, ConsistencyLevel,
    ConsistencyPolicy, ContinuousTier, DatabaseAccountsApi as _, DatabaseAccountsClient,
    DatabaseAccountsClientOptions, DefaultIdentity, Error, Hint, Kind, MinimalTlsVersion,
    NetworkAclBypass, OperationsApi as _, Progress, PublicNetworkAccess, VirtualNetworkRule,
};
use std::time::Duration;
use wiremock::matchers::body_json_string;

/// What the service answers to a creation that it has begun.
const CREATING: &str = r#"{
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/acct-1",
    "name": "acct-1", "type": "Microsoft.DocumentDB/databaseAccounts", "location": "East US 2", "kind": "GlobalDocumentDB", "tags": {},
    "properties": { "provisioningState": "Creating", "defaultIdentity": "", "locations": [] },
    "identity": { "type": "None" }
}"#;

/// The body of the walkthrough at https://learn.microsoft.com/azure/cosmos-db/how-to-setup-cross-tenant-customer-managed-keys.
fn walkthrough() -> String {
    format!(
        r#"{{
            "kind": "GlobalDocumentDB",
            "location": "eastus2",
            "identity": {{ "type": "UserAssigned", "userAssignedIdentities": {{ "{IDENTITY}": {{}} }} }},
            "properties": {{
                "locations": [{{ "locationName": "eastus2", "failoverPriority": 0, "isZoneRedundant": false }}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": "{KEY}",
                "defaultIdentity": "UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT}"
            }}
        }}"#
    )
}

#[tokio::test]
async fn a_creation_is_one_put_with_the_walkthroughs_body() {
    let answer = json(200, CREATING).insert_header("azure-asyncoperation", POLL);
    let mock = request("PUT", ACCOUNT, VERSION)
        .and(wiremock::matchers::header(
            "content-type",
            "application/json",
        ))
        .and(body_json_string(walkthrough()));
    let server = server(mock, answer, 1).await;
    let accepted = client_at(&server)
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap();
    assert_eq!(accepted.resource.id, account_id());
    assert_eq!(accepted.resource.default_identity, DefaultIdentity::NotSent);
    let operation = accepted.operation.expect("a 200 is not the end");
    assert_eq!(operation.operation(), "create_account");
    assert_eq!(operation.resource(), ACCOUNT);
}

#[tokio::test]
async fn every_field_of_a_new_account_has_its_member() {
    let subnet = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n1/subnets/s1";
    let mut account = new_account();
    account.kind = AccountKind::MongoDb;
    account.identities.push(OTHER_IDENTITY.parse().unwrap());
    account.locations = vec![
        AccountLocation {
            name: "eastus2".parse().unwrap(),
            failover_priority: 0,
            zone_redundant: true,
        },
        AccountLocation {
            name: "westus".parse().unwrap(),
            failover_priority: 1,
            zone_redundant: false,
        },
    ];
    account.public_network_access = Some(PublicNetworkAccess::Enabled);
    account.ip_rules = vec!["203.0.113.0/24".into()];
    account.virtual_network_rules = vec![VirtualNetworkRule {
        subnet: subnet.parse().unwrap(),
        ignore_missing_service_endpoint: true,
    }];
    account.is_virtual_network_filter_enabled = Some(true);
    account.network_acl_bypass = Some(NetworkAclBypass::AzureServices);
    account.disable_local_auth = Some(true);
    account.minimal_tls_version = Some(MinimalTlsVersion::Tls12);
    account.consistency = Some(ConsistencyPolicy {
        default_level: ConsistencyLevel::BoundedStaleness,
        max_interval_in_seconds: Some(300),
        max_staleness_prefix: Some(100_000),
    });
    account.capabilities = vec!["EnableMongo".into()];
    account.backup = Some(BackupPolicy::Periodic {
        interval_minutes: Some(240),
        retention_hours: Some(8),
        redundancy: Some(BackupStorageRedundancy::Zone),
    });
    account.automatic_failover = Some(true);
    account.multiple_write_locations = Some(false);
    account.tags.insert("owner".into(), "team".into());
    account.further.insert(
        "apiProperties".into(),
        serde_json::json!({ "serverVersion": "7.0" }),
    );
    let body = format!(
        r#"{{
            "kind": "MongoDB",
            "location": "eastus2",
            "tags": {{ "owner": "team" }},
            "identity": {{ "type": "UserAssigned", "userAssignedIdentities": {{ "{IDENTITY}": {{}}, "{OTHER_IDENTITY}": {{}} }} }},
            "properties": {{
                "databaseAccountOfferType": "Standard",
                "locations": [
                    {{ "locationName": "eastus2", "failoverPriority": 0, "isZoneRedundant": true }},
                    {{ "locationName": "westus", "failoverPriority": 1, "isZoneRedundant": false }}
                ],
                "keyVaultKeyUri": "{KEY}",
                "defaultIdentity": "UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT}",
                "publicNetworkAccess": "Enabled",
                "ipRules": [{{ "ipAddressOrRange": "203.0.113.0/24" }}],
                "virtualNetworkRules": [{{ "id": "{subnet}", "ignoreMissingVNetServiceEndpoint": true }}],
                "isVirtualNetworkFilterEnabled": true,
                "networkAclBypass": "AzureServices",
                "disableLocalAuth": true,
                "minimalTlsVersion": "Tls12",
                "consistencyPolicy": {{
                    "defaultConsistencyLevel": "BoundedStaleness", "maxIntervalInSeconds": 300, "maxStalenessPrefix": 100000
                }},
                "capabilities": [{{ "name": "EnableMongo" }}],
                "backupPolicy": {{
                    "type": "Periodic",
                    "periodicModeProperties": {{
                        "backupIntervalInMinutes": 240, "backupRetentionIntervalInHours": 8, "backupStorageRedundancy": "Zone"
                    }}
                }},
                "enableAutomaticFailover": true,
                "enableMultipleWriteLocations": false,
                "apiProperties": {{ "serverVersion": "7.0" }}
            }}
        }}"#
    );
    let mock = request("PUT", ACCOUNT, VERSION).and(body_json_string(body));
    let server = server(mock, json(200, CREATING), 1).await;
    let accepted = client_at(&server)
        .create_account(&account_id(), &account, None)
        .await
        .unwrap();
    assert_eq!(
        accepted.resource.provisioning_state.as_deref(),
        Some("Creating")
    );
}

#[tokio::test]
async fn continuous_backup_names_its_tier_and_first_party_sends_no_identity() {
    let mut continuous = new_account();
    continuous.backup = Some(BackupPolicy::Continuous {
        tier: ContinuousTier::Continuous30Days,
    });
    let mut first_party = new_account();
    first_party.identities.clear();
    first_party.default_identity = DefaultIdentity::FirstParty;
    for (account, pointer, expected) in [
        (
            &continuous,
            "/properties/backupPolicy",
            serde_json::json!({ "type": "Continuous", "continuousModeProperties": { "tier": "Continuous30Days" } }),
        ),
        (
            &first_party,
            "/properties/defaultIdentity",
            serde_json::json!("FirstPartyIdentity"),
        ),
    ] {
        let server = server(request("PUT", ACCOUNT, VERSION), json(200, CREATING), 1).await;
        client_at(&server)
            .create_account(&account_id(), account, None)
            .await
            .unwrap();
        let sent = server.received_requests().await.unwrap();
        let body: serde_json::Value = sent[0].body_json().unwrap();
        assert_eq!(body.pointer(pointer), Some(&expected));
        assert_eq!(
            body.get("identity").is_some(),
            !account.identities.is_empty()
        );
    }
}

#[tokio::test]
async fn what_is_known_to_be_refused_is_not_sent() {
    let canned = Canned::new([]);
    let mut account = new_account();
    account.identities.clear();
    let error = canned
        .client()
        .create_account(&account_id(), &account, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    assert_eq!(error.hint(), Some(Hint::Permanent));
    assert!(canned.calls().is_empty());
}

#[tokio::test]
async fn a_creation_is_sent_once_whatever_the_status_says() {
    for status in [429, 500, 502, 503, 504] {
        let server = server(request("PUT", ACCOUNT, VERSION), json(status, "{}"), 1).await;
        let options = DatabaseAccountsClientOptions {
            client_options: azure_core::http::ClientOptions {
                transport: Some(cmk_core::testing::loopback_transport(&server.uri()).unwrap()),
                ..Default::default()
            },
            ..Default::default()
        };
        let client = DatabaseAccountsClient::new(
            Cloud::Public,
            StaticCredential::new("token"),
            Some(options),
        )
        .unwrap();
        let error = client
            .create_account(&account_id(), &new_account(), None)
            .await
            .unwrap_err();
        assert_eq!(error.failure().status(), Some(status));
    }
}

#[tokio::test]
async fn an_unreadable_success_leaves_the_outcome_unknown() {
    let server = server(request("PUT", ACCOUNT, VERSION), json(200, "<html>"), 1).await;
    let error = client_at(&server)
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
}

#[tokio::test]
async fn a_polling_url_on_another_host_is_refused_and_the_write_stays_unclear() {
    let elsewhere = "https://management.example.com/operationsStatus/1";
    let answer = json(200, CREATING).insert_header("azure-asyncoperation", elsewhere);
    let server = server(request("PUT", ACCOUNT, VERSION), answer, 1).await;
    let error = client_at(&server)
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    let chain = std::iter::successors(std::error::Error::source(&error), |source| source.source());
    let reasons: Vec<String> = chain.map(ToString::to_string).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("another host")),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn the_operation_is_polled_with_its_own_query_until_it_has_ended() {
    let poll = || {
        let (at, query) = POLL
            .strip_prefix("https://management.azure.com")
            .unwrap()
            .split_once('?')
            .unwrap();
        request("GET", at, query)
    };
    let canned = Canned::new([(
        200,
        vec![("azure-asyncoperation", POLL)],
        CREATING.as_bytes().to_vec(),
    )]);
    let handle = canned
        .client()
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap()
        .operation
        .unwrap();

    for word in ["Enqueued", "Dequeued"] {
        let body = format!(r#"{{"status":"{word}"}}"#);
        let answer = json(200, &body).insert_header("retry-after", "0");
        let server = server(poll(), answer, 1).await;
        let progress = client_at(&server).poll_operation(&handle).await.unwrap();
        let Progress::Running {
            status,
            retry_after,
            ..
        } = progress
        else {
            panic!("{progress:?} is not running");
        };
        assert_eq!((status.as_str(), retry_after), (word, Some(Duration::ZERO)));
    }
    let server = server(poll(), json(200, r#"{"status":"Succeeded"}"#), 1).await;
    let progress = client_at(&server).poll_operation(&handle).await.unwrap();
    assert_eq!(progress, Progress::Done);
}

#[tokio::test]
async fn without_its_url_the_accounts_own_state_tells_where_the_operation_is() {
    let canned = Canned::new([(200, Vec::new(), CREATING.as_bytes().to_vec())]);
    let handle = canned
        .client()
        .create_account(&account_id(), &new_account(), None)
        .await
        .unwrap()
        .operation
        .expect("Creating is not the end");
    let server = server(request("GET", ACCOUNT, VERSION), json(200, CREATING), 2).await;
    let client = client_at(&server);
    for progress in [
        client.poll_operation(&handle).await.unwrap(),
        client.read_provisioning_state(&handle).await.unwrap(),
    ] {
        assert!(
            matches!(&progress, Progress::Running { status, .. } if status == "Creating"),
            "{progress:?}"
        );
    }
}

#[tokio::test]
async fn an_api_version_that_knows_no_tls_version_is_not_asked_for_one() {
    let canned = Canned::new([]);
    let options = DatabaseAccountsClientOptions {
        api_version: "2022-08-15".to_owned(),
        ..canned.options()
    };
    let client =
        DatabaseAccountsClient::new(Cloud::Public, StaticCredential::new("token"), Some(options))
            .unwrap();
    let mut account = new_account();
    account.minimal_tls_version = Some(MinimalTlsVersion::Tls12);
    let error = client
        .create_account(&account_id(), &account, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
    let message = error.failure().message().unwrap();
    assert!(message.contains("2022-11-15 or later"), "{message}");
    assert!(canned.calls().is_empty());
}
