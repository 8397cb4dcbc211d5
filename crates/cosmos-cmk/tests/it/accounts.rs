//! Reading, listing and deleting accounts, and whether a name is free.

use crate::support::{
    ACCOUNT, CLIENT, IDENTITY, KEY, SUBSCRIPTION, VERSION, account_id, client_at, json, request,
    server,
};
use cosmos_cmk::{
    AccountKind, CmkStatus, DatabaseAccountsApi as _, DefaultIdentity, Error, Hint, IdentityType,
    Kind, ListAccountsOptions, NameAvailability, OperationsApi as _, Progress, PublicNetworkAccess,
    RevocationCause,
};
use wiremock::{Mock, ResponseTemplate};

/// An account as newer api-versions show it, with a key in another tenant that cannot be found.
fn revoked() -> String {
    format!(
        r#"{{
            "id": "{ACCOUNT}", "name": "acct-1", "type": "Microsoft.DocumentDB/databaseAccounts",
            "location": "East US 2", "kind": "GlobalDocumentDB", "tags": {{ "owner": "team", "odd": null }},
            "systemData": {{ "createdAt": "2026-01-01T00:00:00Z" }},
            "identity": {{
                "type": "SystemAssigned,UserAssigned",
                "principalId": "55555555-5555-4555-8555-555555555555",
                "tenantId": "66666666-6666-4666-8666-666666666666",
                "userAssignedIdentities": {{
                    "{identity}": {{
                        "principalId": "77777777-7777-4777-8777-777777777777", "clientId": "88888888-8888-4888-8888-888888888888"
                    }}
                }}
            }},
            "properties": {{
                "provisioningState": "Succeeded",
                "documentEndpoint": "https://acct-1.documents.azure.com:443/",
                "publicNetworkAccess": "Disabled",
                "disableLocalAuth": true,
                "keyVaultKeyUri": "{KEY}",
                "keyVaultKeyUriVersion": "0123456789abcdef0123456789abcdef",
                "defaultIdentity": "UserAssignedIdentity={identity}&FederatedClientId={CLIENT}",
                "customerManagedKeyStatus": "Access to your account is currently revoked because the correspondent key is not found on the specified Key Vault; for more details about this error and how to restore access to your account please visit https://learn.microsoft.com/en-us/azure/cosmos-db/cmk-troubleshooting-guide#azure-key-vault-resource-not-found (4003).",
                "analyticalStorageConfiguration": null,
                "locations": [
                    {{ "id": "acct-1-westus", "locationName": "West US", "provisioningState": "Succeeded", "failoverPriority": 1, "isZoneRedundant": false }},
                    {{ "id": "acct-1-eastus2", "locationName": "East US 2", "provisioningState": "Succeeded", "failoverPriority": 0, "isZoneRedundant": true }}
                ],
                "capabilities": [{{ "name": "EnableServerless" }}]
            }}
        }}"#,
        identity = IDENTITY.replace("resourceGroups", "resourcegroups"),
    )
}

#[tokio::test]
async fn an_account_is_read_with_its_key_identities_and_status() {
    let server = server(request("GET", ACCOUNT, VERSION), json(200, &revoked()), 1).await;
    let account = client_at(&server).get_account(&account_id()).await.unwrap();
    assert_eq!(account.id, account_id());
    assert_eq!(account.location, "East US 2");
    assert_eq!(account.kind, AccountKind::GlobalDocumentDb);
    assert_eq!(account.provisioning_state.as_deref(), Some("Succeeded"));
    assert_eq!(
        account.document_endpoint.as_deref(),
        Some("https://acct-1.documents.azure.com:443/")
    );
    assert_eq!(account.key_vault_key_uri.as_deref(), Some(KEY));
    assert_eq!(
        account.key_vault_key_uri_version.as_deref(),
        Some("0123456789abcdef0123456789abcdef")
    );
    assert_eq!(
        account.default_identity,
        DefaultIdentity::Federated {
            identity: IDENTITY.parse().unwrap(),
            client_id: CLIENT.parse().unwrap(),
        }
    );
    let cause = account
        .cmk_status
        .as_ref()
        .and_then(CmkStatus::revocation_cause);
    assert_eq!(cause, Some(RevocationCause::KeyVaultKeyNotFound));
    assert_eq!(account.identity.kind, IdentityType::SystemAndUserAssigned);
    assert_eq!(
        account.identity.principal_id.unwrap().to_string(),
        "55555555-5555-4555-8555-555555555555"
    );
    let assigned = account
        .identity
        .find(&IDENTITY.parse().unwrap())
        .expect("found although the service changed its case");
    assert_eq!(
        assigned.principal_id.unwrap().to_string(),
        "77777777-7777-4777-8777-777777777777"
    );
    assert_eq!(
        assigned.client_id.unwrap().to_string(),
        "88888888-8888-4888-8888-888888888888"
    );
    assert_eq!(account.tags.get("owner").map(String::as_str), Some("team"));
    let regions: Vec<_> = account
        .locations
        .iter()
        .map(|region| (region.name.as_str(), region.failover_priority))
        .collect();
    assert_eq!(regions, [("East US 2", Some(0)), ("West US", Some(1))]);
    assert_eq!(account.capabilities, ["EnableServerless"]);
    assert_eq!(
        account.public_network_access,
        Some(PublicNetworkAccess::Disabled)
    );
    assert_eq!(account.disable_local_auth, Some(true));
    assert_eq!(
        account
            .received
            .pointer("/systemData/createdAt")
            .and_then(|at| at.as_str()),
        Some("2026-01-01T00:00:00Z")
    );
}

#[tokio::test]
async fn an_account_without_key_has_no_status_and_masked_ids_do_not_lose_it() {
    let body = r#"{
        "id": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/acct-1",
        "location": "East US 2", "kind": "GlobalDocumentDB", "tags": null,
        "identity": { "type": "UserAssigned", "principalId": "masked", "userAssignedIdentities": { "masked": null } },
        "properties": { "keyVaultKeyUri": "", "customerManagedKeyStatus": " ", "defaultIdentity": "Undefined" }
    }"#;
    let server = server(request("GET", ACCOUNT, VERSION), json(200, body), 1).await;
    let account = client_at(&server).get_account(&account_id()).await.unwrap();
    assert_eq!(account.id, account_id());
    assert_eq!(account.cmk_status, None);
    assert_eq!(account.key_vault_key_uri, None);
    assert_eq!(account.identity.principal_id, None);
    assert!(account.identity.user_assigned.is_empty());
    assert_eq!(account.default_identity, DefaultIdentity::Undefined);
}

#[tokio::test]
async fn a_missing_account_is_not_found() {
    let body = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.DocumentDB/databaseAccounts/acct-1' under resource group 'rg' was not found."}}"#;
    let server = server(request("GET", ACCOUNT, VERSION), json(404, body), 1).await;
    let error = client_at(&server)
        .get_account(&account_id())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("get_account {ACCOUNT} failed: 404 ResourceNotFound")
    );
}

#[tokio::test]
async fn accounts_are_listed_page_by_page_and_an_odd_one_is_kept_apart() {
    let all =
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DocumentDB/databaseAccounts");
    let odd = ACCOUNT.replace("acct-1", "From_Before");
    let first = format!(
        r#"{{ "value": [ {account}, {{ "id": "{odd}" }}, {{ "id": 7 }} ], "nextLink": "https://management.azure.com{all}?page=2" }}"#,
        account = revoked()
    );
    let second = format!(
        r#"{{ "value": [ {{ "id": "{}" }} ] }}"#,
        ACCOUNT.replace("acct-1", "acct-2")
    );
    let server = server(request("GET", &all, VERSION), json(200, &first), 1).await;
    request("GET", &all, "page=2")
        .respond_with(json(200, &second))
        .expect(1)
        .mount(&server)
        .await;
    let listed = client_at(&server)
        .list_accounts(SUBSCRIPTION.parse().unwrap(), None)
        .await
        .unwrap();
    let names: Vec<_> = listed
        .accounts
        .iter()
        .map(|account| account.id.name().as_str())
        .collect();
    assert_eq!(names, ["acct-1", "acct-2"]);
    let mut odd: Vec<String> = listed
        .unreadable
        .iter()
        .map(|it| it.pointer("/id").unwrap().to_string())
        .collect();
    odd.sort();
    assert_eq!(
        odd,
        [
            format!("\"{}\"", ACCOUNT.replace("acct-1", "From_Before")),
            "7".to_owned()
        ]
    );
}

#[tokio::test]
async fn the_accounts_of_one_group_have_a_path_of_their_own() {
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-(1)/providers/Microsoft.DocumentDB/databaseAccounts"
    );
    let server = server(
        request("GET", &path, VERSION),
        json(200, r#"{"value":[]}"#),
        1,
    )
    .await;
    let options = ListAccountsOptions {
        resource_group: Some("rg-(1)".parse().unwrap()),
    };
    let listed = client_at(&server)
        .list_accounts(SUBSCRIPTION.parse().unwrap(), Some(options))
        .await
        .unwrap();
    assert_eq!((listed.accounts.len(), listed.unreadable.len()), (0, 0));
}

#[tokio::test]
async fn a_deletion_goes_on_until_the_account_cannot_be_read() {
    let answer = json(202, r#"{"status":"Enqueued"}"#).insert_header(
        "location",
        format!("https://management.azure.com{ACCOUNT}/operationResults/1?api-version=2026-03-15"),
    );
    let deleting = server(request("DELETE", ACCOUNT, VERSION), answer, 1).await;
    let accepted = client_at(&deleting)
        .delete_account(&account_id())
        .await
        .unwrap();
    let handle = accepted.operation.expect("a 202 is not the end");

    let gone = r#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#;
    let reading = server(request("GET", ACCOUNT, VERSION), json(404, gone), 1).await;
    let progress = client_at(&reading)
        .read_provisioning_state(&handle)
        .await
        .unwrap();
    assert_eq!(progress, Progress::Done);
}

#[tokio::test]
async fn deleting_what_is_not_there_is_done() {
    for answer in [
        ResponseTemplate::new(204),
        json(
            404,
            r#"{"error":{"code":"ResourceNotFound","message":"m"}}"#,
        ),
        json(
            404,
            r#"{"error":{"code":"ResourceGroupNotFound","message":"m"}}"#,
        ),
    ] {
        let server = server(request("DELETE", ACCOUNT, VERSION), answer, 1).await;
        let accepted = client_at(&server)
            .delete_account(&account_id())
            .await
            .unwrap();
        assert_eq!(accepted.operation, None);
    }
}

#[tokio::test]
async fn deleting_in_a_subscription_that_does_not_exist_is_a_mistake() {
    let body = r#"{"error":{"code":"SubscriptionNotFound","message":"m"}}"#;
    let server = server(request("DELETE", ACCOUNT, VERSION), json(404, body), 1).await;
    let error = client_at(&server)
        .delete_account(&account_id())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::NotFound, Some(Hint::Permanent))
    );
}

#[tokio::test]
async fn a_name_is_free_when_nobody_answers_to_it() {
    let path = "/providers/Microsoft.DocumentDB/databaseAccountNames/acct-1";
    for (status, expected) in [
        (200, NameAvailability::Taken),
        (404, NameAvailability::Available),
    ] {
        let server = server(
            request("HEAD", path, VERSION),
            ResponseTemplate::new(status),
            1,
        )
        .await;
        let answer = client_at(&server)
            .check_account_name(&"acct-1".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_refused_name_check_says_nothing_about_the_name() {
    let path = "/providers/Microsoft.DocumentDB/databaseAccountNames/acct-1";
    let server = server(
        request("HEAD", path, VERSION),
        ResponseTemplate::new(401),
        1,
    )
    .await;
    let error = client_at(&server)
        .check_account_name(&"acct-1".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unauthenticated);
}

#[tokio::test]
async fn a_read_is_repeated_and_a_write_is_not() {
    let server = wiremock::MockServer::start().await;
    Mock::given(wiremock::matchers::method("GET"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "0"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::method("GET"))
        .respond_with(json(200, &revoked()))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::method("DELETE"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "0"))
        .expect(1)
        .mount(&server)
        .await;
    let options = cosmos_cmk::DatabaseAccountsClientOptions {
        client_options: azure_core::http::ClientOptions {
            transport: Some(cmk_core::testing::loopback_transport(&server.uri()).unwrap()),
            ..Default::default()
        },
        ..Default::default()
    };
    let client = cosmos_cmk::DatabaseAccountsClient::new(
        cosmos_cmk::Cloud::Public,
        cmk_core::testing::StaticCredential::new("token"),
        Some(options),
    )
    .unwrap();
    assert_eq!(
        client.get_account(&account_id()).await.unwrap().id,
        account_id()
    );
    let error = client.delete_account(&account_id()).await.unwrap_err();
    assert_eq!(error.failure().status(), Some(503));
}
