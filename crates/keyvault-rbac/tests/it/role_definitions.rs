//! Role definitions on the wire.

use crate::support::{Canned, ROLES, VAULT, arm, json, no_body, roles_at, roles_over, server};
use keyvault_rbac::{Hint, Kind, ListRoleDefinitionsOptions, Role, RoleDefinitionsApi as _, Scope};

// As recorded; a list that a custom role leaves open can be null.
const DEFINITION: &str = r#"{
    "properties": {
        "roleName": "Key Vault Crypto Service Encryption User", "type": "BuiltInRole", "description": "d",
        "assignableScopes": ["/"],
        "permissions": [
            {"actions": ["Microsoft.EventGrid/eventSubscriptions/write"], "notActions": [],
             "dataActions": ["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/wrap/action"], "notDataActions": null},
            {"dataActions": ["Microsoft.KeyVault/vaults/keys/unwrap/action"], "notActions": ["*/delete"], "notDataActions": ["x/y"]}
        ]
    },
    "id": "/subscriptions/11111111-1111-4111-8111-111111111111/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "type": "Microsoft.Authorization/roleDefinitions",
    "name": "e147488a-f6f5-4113-8e2d-b22465e65bf6"
}"#;

fn collection() -> String {
    format!("{VAULT}/providers/Microsoft.Authorization/roleDefinitions")
}

fn scope() -> Scope {
    VAULT.parse().unwrap()
}

#[tokio::test]
async fn a_definition_tells_what_the_role_allows() {
    let path = format!("{}/e147488a-f6f5-4113-8e2d-b22465e65bf6", collection());
    let server = server(
        arm("GET", &path, ROLES).and(no_body),
        json(200, DEFINITION),
        1,
    )
    .await;
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let found = roles_at(&server)
        .get_role_definition(&scope(), role.id())
        .await
        .unwrap();
    assert_eq!(found.role(), Some(role));
    assert_eq!(found.role_name, role.display_name());
    assert_eq!(found.role_type.as_deref(), Some("BuiltInRole"));
    assert_eq!(
        found.actions,
        ["Microsoft.EventGrid/eventSubscriptions/write"]
    );
    assert_eq!(found.not_actions, ["*/delete"]);
    assert_eq!(
        found.data_actions,
        [
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action"
        ]
    );
    assert_eq!(found.not_data_actions, ["x/y"]);
}

#[tokio::test]
async fn a_role_that_the_scope_does_not_know_is_not_found() {
    let body = r#"{"error":{"code":"RoleDefinitionDoesNotExist","message":"The specified role definition with ID 'e147488af6f541138e2db22465e65bf6' does not exist."}}"#;
    let canned = Canned::new([(404, body)]);
    let error = roles_over(canned.transport())
        .get_role_definition(&scope(), Role::KeyVaultCryptoServiceEncryptionUser.id())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (Kind::NotFound, Some(Hint::Permanent))
    );
    assert!(error.help().unwrap().contains("check the GUID"));
}

#[tokio::test]
async fn definitions_are_listed_page_by_page_and_an_odd_one_costs_only_itself() {
    let at = collection();
    let custom = DEFINITION
        .replace(
            "e147488a-f6f5-4113-8e2d-b22465e65bf6",
            "55555555-5555-4555-8555-555555555555",
        )
        .replace("BuiltInRole", "CustomRole");
    let first = format!(
        r#"{{"value": [{DEFINITION}, {{"name": "nope"}}], "nextLink": "https://management.azure.com{at}?$skipToken=2"}}"#
    );
    let second = format!(r#"{{"value": [{custom}]}}"#);
    let server = server(arm("GET", &at, ROLES).and(no_body), json(200, &first), 1).await;
    arm("GET", &at, "$skipToken=2")
        .respond_with(json(200, &second))
        .expect(1)
        .mount(&server)
        .await;
    let found = roles_at(&server)
        .list_role_definitions(&scope(), None)
        .await
        .unwrap();
    let roles: Vec<_> = found
        .iter()
        .map(keyvault_rbac::RoleDefinition::role)
        .collect();
    assert_eq!(
        roles,
        [Some(Role::KeyVaultCryptoServiceEncryptionUser), None]
    );
}

#[tokio::test]
async fn a_name_with_a_quote_stays_a_name() {
    let asked = "api-version=2022-04-01&$filter=roleName%20eq%20%27Contoso%27%27s%20R%26D%27";
    let server = server(
        arm("GET", &collection(), asked),
        json(200, r#"{"value":[]}"#),
        1,
    )
    .await;
    let options = ListRoleDefinitionsOptions {
        role_name: Some("Contoso's R&D".to_owned()),
    };
    let found = roles_at(&server)
        .list_role_definitions(&scope(), Some(options))
        .await
        .unwrap();
    assert_eq!(found.len(), 0);
}
