//! The three changes of a live account, each alone in its request.

use crate::support::{
    ACCOUNT, CLIENT, Canned, IDENTITY, KEY, OTHER_IDENTITY, POLL, VERSION, account_id, client_at,
    json, request, server,
};
use cosmos_cmk::{
    DatabaseAccountsApi as _, DefaultIdentity, Hint, IdentityChange, Kind, SystemAssigned,
};
use wiremock::{MockServer, matchers::body_json_string};

/// The service answers a change with the old values.
const UPDATING: &str = r#"{
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/acct-1",
    "location": "East US 2", "kind": "GlobalDocumentDB",
    "properties": { "provisioningState": "Updating", "defaultIdentity": "FirstPartyIdentity" },
    "identity": { "type": "None" }
}"#;

async fn patched(body: String) -> MockServer {
    let answer = json(200, UPDATING).insert_header("azure-asyncoperation", POLL);
    let mock = request("PATCH", ACCOUNT, VERSION).and(body_json_string(body));
    server(mock, answer, 1).await
}

fn change(add: &[&str], remove: &[&str]) -> IdentityChange {
    let parsed = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect();
    IdentityChange {
        add: parsed(add),
        remove: parsed(remove),
    }
}

#[tokio::test]
async fn identities_are_added_as_empty_objects_and_removed_as_null_and_nothing_else_is_sent() {
    let server = patched(format!(
        r#"{{ "identity": {{ "type": "UserAssigned", "userAssignedIdentities": {{ "{OTHER_IDENTITY}": {{}}, "{IDENTITY}": null }} }} }}"#
    ))
    .await;
    let change = change(&[OTHER_IDENTITY], &[IDENTITY]);
    let accepted = client_at(&server)
        .set_identities(&account_id(), &change, SystemAssigned::Absent)
        .await
        .unwrap();
    let operation = accepted.operation.expect("a 200 is not the end");
    assert_eq!(operation.operation(), "set_identities");
}

#[tokio::test]
async fn the_accounts_own_identity_stays_if_the_caller_says_so() {
    let server = patched(format!(
        r#"{{ "identity": {{ "type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {{ "{IDENTITY}": {{}} }} }} }}"#
    ))
    .await;
    let present = SystemAssigned::Present;
    let accepted = client_at(&server)
        .set_identities(&account_id(), &change(&[IDENTITY], &[]), present)
        .await
        .unwrap();
    assert_eq!(
        accepted.resource.provisioning_state.as_deref(),
        Some("Updating")
    );
}

#[tokio::test]
async fn the_default_identity_is_set_alone_and_the_answer_shows_the_old_one() {
    let text = format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT}");
    let server = patched(format!(
        r#"{{ "properties": {{ "defaultIdentity": "{text}" }} }}"#
    ))
    .await;
    let accepted = client_at(&server)
        .set_default_identity(&account_id(), &DefaultIdentity::from(text.as_str()))
        .await
        .unwrap();
    assert_eq!(
        accepted.resource.default_identity,
        DefaultIdentity::FirstParty
    );
    assert_eq!(
        accepted.operation.unwrap().operation(),
        "set_default_identity"
    );
}

#[tokio::test]
async fn the_key_is_set_alone() {
    let server = patched(format!(
        r#"{{ "properties": {{ "keyVaultKeyUri": "{KEY}" }} }}"#
    ))
    .await;
    let accepted = client_at(&server)
        .set_key_uri(&account_id(), &KEY.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(accepted.operation.unwrap().operation(), "set_key_uri");
}

#[tokio::test]
async fn a_change_of_identities_that_makes_no_sense_is_not_sent() {
    let shouted = IDENTITY.replace("/rg/", "/RG/");
    let vault = IDENTITY.replace(
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.KeyVault/vaults",
    );
    let canned = Canned::new([]);
    for (change, reason) in [
        (change(&[], &[]), "empty"),
        (change(&[IDENTITY], &[&shouted]), "named twice"),
        (change(&[IDENTITY, &shouted], &[]), "named twice"),
        (change(&[&vault], &[]), "must be user-assigned"),
    ] {
        let error = canned
            .client()
            .set_identities(&account_id(), &change, SystemAssigned::Absent)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.hint()),
            (Kind::InvalidRequest, Some(Hint::Permanent))
        );
        let message = error.failure().message().unwrap();
        assert!(message.contains(reason), "{message}");
    }
    assert!(canned.calls().is_empty());
}

#[tokio::test]
async fn a_default_identity_that_azure_refuses_is_not_sent() {
    let canned = Canned::new([]);
    for text in [
        "",
        "Undefined",
        "SystemAssignedIdentity&FederatedClientId=22222222-2222-4222-8222-222222222222",
        "FirstPartyIdentity&FederatedClientId=22222222-2222-4222-8222-222222222222",
        "SystemAssignedIdentity=subscriptions/x",
    ] {
        let error = canned
            .client()
            .set_default_identity(&account_id(), &DefaultIdentity::from(text))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{text}");
    }
    assert!(canned.calls().is_empty());
}
