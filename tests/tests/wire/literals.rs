//! The two parties and what is theirs, written out: ids, and the JSON in which Azure shows each thing.

use serde_json::{Value, json};

/// A party: the name in its tokens, its tenant and its subscription.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) name: &'static str,
    pub(crate) tenant: &'static str,
    pub(crate) subscription: &'static str,
}

/// The provider.
pub(crate) const FABRIKAM: Party = Party {
    name: "fabrikam",
    tenant: "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
    subscription: "aaaaaaaa-0000-4000-8000-000000000001",
};

/// The customer.
pub(crate) const CONTOSO: Party = Party {
    name: "contoso",
    tenant: "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
    subscription: "cccccccc-0000-4000-8000-000000000001",
};

pub(crate) const CLIENT_ID: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub(crate) const APPLICATION_ID: &str = "aaaaaaaa-0000-4000-8000-000000000003";
pub(crate) const IDENTITY_PRINCIPAL: &str = "aaaaaaaa-0000-4000-8000-000000000005";
pub(crate) const SERVICE_PRINCIPAL: &str = "cccccccc-0000-4000-8000-000000000003";
pub(crate) const PERSON: &str = "cccccccc-0000-4000-8000-000000000004";

pub(crate) const PROVIDER_GROUP: &str =
    "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/fabrikam-cmk";
pub(crate) const IDENTITY: &str = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/fabrikam-cmk/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fabrikam-cmk";
pub(crate) const CUSTOMER_GROUP: &str =
    "/subscriptions/cccccccc-0000-4000-8000-000000000001/resourceGroups/contoso-keys";
pub(crate) const VAULT: &str = "/subscriptions/cccccccc-0000-4000-8000-000000000001/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/contoso-keys";
pub(crate) const KEY: &str = "/subscriptions/cccccccc-0000-4000-8000-000000000001/resourceGroups/contoso-keys/providers/Microsoft.KeyVault/vaults/contoso-keys/keys/cosmos";
pub(crate) const KEY_URI: &str = "https://contoso-keys.vault.azure.net/keys/cosmos";
pub(crate) const KEY_VERSION: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const DATA_GROUP: &str =
    "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/contoso-data";
pub(crate) const ACCOUNT: &str = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourceGroups/contoso-data/providers/Microsoft.DocumentDB/databaseAccounts/contoso-orders";

// Names that are derived, worked out beside the code: version 5 UUIDs, in the namespace of URLs over the identity's id in
// lower case, and in the namespace of role assignments over scope, principal and role.
pub(crate) const CREDENTIAL: &str = "cmk-a1e2044b-7347-5f9e-8eb4-daa2889aa71c";
pub(crate) const KEY_ROLE: &str = "cc3a02d4-2a84-54a5-b66c-18b4fa5e456a";
pub(crate) const VAULT_ROLE: &str = "676d9da2-f9a7-5fe3-8d5a-b2a51666d1cd";
pub(crate) const OFFICER_ROLE: &str = "120d7f89-f9f3-50d7-b46d-a002cb96e50e";

/// The Offer's digest: SHA-256 over its members in their order, without blanks.
pub(crate) const DIGEST: &str =
    "sha256:159b4ceaca47e3892a59a481d3ae456df6a99d44e386f2a31326fb6900524dcd";

pub(crate) fn marked() -> Value {
    json!({ "managed-by": "cross-tenant-cmk" })
}

pub(crate) fn application() -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications/$entity",
        "id": APPLICATION_ID,
        "deletedDateTime": null,
        "appId": CLIENT_ID,
        "uniqueName": "fabrikam-cmk",
        "applicationTemplateId": null,
        "createdDateTime": "2026-06-29T07:04:14.9860467Z",
        "displayName": "Fabrikam data platform",
        "identifierUris": [],
        "publisherDomain": "fabrikam.onmicrosoft.com",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": ["cross-tenant-cmk"],
        "keyCredentials": [],
        "passwordCredentials": [],
    })
}

pub(crate) fn credential() -> Value {
    json!({
        "id": "dddddddd-0000-4000-8000-000000000001",
        "name": CREDENTIAL,
        "issuer": "https://login.microsoftonline.com/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/v2.0",
        "subject": IDENTITY_PRINCIPAL,
        "description": "cross-tenant-cmk",
        "audiences": ["api://AzureADTokenExchange"],
    })
}

/// The identity as its provider writes it: `resourcegroups` in lower case.
pub(crate) fn identity() -> Value {
    json!({
        "location": "westeurope",
        "tags": { "managed-by": "cross-tenant-cmk" },
        "id": "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourcegroups/fabrikam-cmk/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fabrikam-cmk",
        "name": "fabrikam-cmk",
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "properties": {
            "tenantId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
            "principalId": IDENTITY_PRINCIPAL,
            "clientId": "aaaaaaaa-0000-4000-8000-000000000006",
        },
    })
}

pub(crate) fn group(id: &str) -> Value {
    json!({
        "id": id,
        "name": id.rsplit('/').next(),
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "tags": { "managed-by": "cross-tenant-cmk" },
        "properties": { "provisioningState": "Succeeded" },
    })
}

/// A subscription, by whose it is.
pub(crate) fn subscription(party: &Party) -> Value {
    json!({
        "id": format!("/subscriptions/{}", party.subscription),
        "authorizationSource": "RoleBased",
        "subscriptionId": party.subscription,
        "tenantId": party.tenant,
        "displayName": party.name,
        "state": "Enabled",
        "subscriptionPolicies": { "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off" },
    })
}

pub(crate) fn resource_provider(namespace: &str, state: &str) -> Value {
    json!({ "namespace": namespace, "registrationState": state, "resourceTypes": [] })
}

pub(crate) fn service_principal() -> Value {
    json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals/$entity",
        "id": SERVICE_PRINCIPAL,
        "deletedDateTime": null,
        "accountEnabled": true,
        "appDisplayName": "Fabrikam data platform",
        "appId": CLIENT_ID,
        "appOwnerOrganizationId": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        "appRoleAssignmentRequired": false,
        "displayName": "Fabrikam data platform",
        "servicePrincipalNames": [CLIENT_ID],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs",
        "tags": [],
    })
}

/// A vault while its name is registered has an address without trailing slash, and with one afterwards.
pub(crate) fn the_vault(state: &str) -> Value {
    let address = match state {
        "RegisteringDns" => "https://contoso-keys.vault.azure.net",
        _ => "https://contoso-keys.vault.azure.net/",
    };
    json!({
        "id": VAULT,
        "name": "contoso-keys",
        "type": "Microsoft.KeyVault/vaults",
        "location": "westeurope",
        "tags": { "managed-by": "cross-tenant-cmk" },
        "systemData": { "createdByType": "User", "createdAt": "2026-06-29T07:10:31.233Z" },
        "properties": {
            "sku": { "family": "A", "name": "standard" },
            "tenantId": "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
            "accessPolicies": [],
            "enabledForDeployment": false,
            "enableSoftDelete": true,
            "softDeleteRetentionInDays": 90,
            "enableRbacAuthorization": true,
            "enablePurgeProtection": true,
            "vaultUri": address,
            "provisioningState": state,
            "publicNetworkAccess": "Enabled",
        },
    })
}

pub(crate) fn the_key() -> Value {
    json!({
        "id": KEY,
        "name": "cosmos",
        "type": "Microsoft.KeyVault/vaults/keys",
        "location": "westeurope",
        "tags": { "managed-by": "cross-tenant-cmk" },
        "properties": {
            "attributes": { "enabled": true, "created": 1_782_717_000, "updated": 1_782_717_000, "recoveryLevel": "Recoverable", "exportable": false },
            "kty": "RSA",
            "keySize": 3072,
            "keyOps": ["wrapKey", "unwrapKey"],
            "keyUri": "https://contoso-keys.vault.azure.net/keys/cosmos",
            "keyUriWithVersion": "https://contoso-keys.vault.azure.net/keys/cosmos/0123456789abcdef0123456789abcdef",
        },
    })
}

/// A role assignment of the customer's, by the GUIDs of its name and its role.
pub(crate) fn assignment(
    scope: &str,
    name: &str,
    role: &str,
    principal: &str,
    kind: &str,
) -> Value {
    json!({
        "properties": {
            "roleDefinitionId": format!("/subscriptions/cccccccc-0000-4000-8000-000000000001/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "principalId": principal,
            "principalType": kind,
            "scope": scope,
            "condition": null,
            "conditionVersion": null,
            "createdOn": "2026-06-29T07:11:04.9478060Z",
            "updatedOn": "2026-06-29T07:11:05.4068135Z",
            "createdBy": null,
            "updatedBy": PERSON,
            "delegatedManagedIdentityResourceId": null,
            "description": "cross-tenant-cmk",
        },
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    })
}

/// The GUID of Key Vault Crypto Service Encryption User.
pub(crate) const ENCRYPTION_USER: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
/// The GUID of Key Vault Crypto Officer.
pub(crate) const CRYPTO_OFFICER: &str = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603";

pub(crate) fn key_role() -> Value {
    assignment(
        KEY,
        KEY_ROLE,
        ENCRYPTION_USER,
        SERVICE_PRINCIPAL,
        "ServicePrincipal",
    )
}

/// The account as creating it answers, and as it is read until it has come up: without endpoint.
pub(crate) fn unfinished_account(state: &str) -> Value {
    json!({
        "id": ACCOUNT,
        "name": "contoso-orders",
        "location": "West Europe",
        "type": "Microsoft.DocumentDB/databaseAccounts",
        "kind": "GlobalDocumentDB",
        "tags": { "managed-by": "cross-tenant-cmk", "cross-tenant-cmk-customer": "contoso" },
        "systemData": { "createdAt": "2026-06-29T07:17:28.8130071Z" },
        "properties": {
            "provisioningState": state,
            "publicNetworkAccess": "Enabled",
            "databaseAccountOfferType": "Standard",
            "keyVaultKeyUri": KEY_URI,
            "defaultIdentity": format!("UserAssignedIdentity={IDENTITY}&FederatedClientId={CLIENT_ID}"),
            "disableLocalAuth": false,
            "locations": [{ "id": "contoso-orders-westeurope", "locationName": "West Europe", "provisioningState": state, "failoverPriority": 0, "isZoneRedundant": false }],
            "capabilities": [],
        },
        "identity": {
            "type": "UserAssigned",
            "userAssignedIdentities": {
                "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001/resourcegroups/fabrikam-cmk/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fabrikam-cmk": {
                    "clientId": "aaaaaaaa-0000-4000-8000-000000000006",
                    "principalId": IDENTITY_PRINCIPAL,
                },
            },
        },
    })
}

/// The account once it has come up.
pub(crate) fn the_account() -> Value {
    let mut account = unfinished_account("Succeeded");
    account["properties"]["documentEndpoint"] =
        json!("https://contoso-orders.documents.azure.com:443/");
    account["properties"]["keyVaultKeyUriVersion"] = json!(KEY_VERSION);
    account["properties"]["customerManagedKeyStatus"] =
        json!("Access to the configured customer managed key confirmed. ");
    account
}

pub(crate) fn not_in_graph(id: &str) -> Value {
    json!({ "error": {
        "code": "Request_ResourceNotFound",
        "message": format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present."),
        "innerError": {
            "date": "2026-06-29T07:31:25",
            "request-id": "eeeeeeee-0000-4000-8000-000000000001",
            "client-request-id": "eeeeeeee-0000-4000-8000-000000000001",
        },
    } })
}

pub(crate) fn no_group(name: &str) -> Value {
    json!({ "error": {
        "code": "ResourceGroupNotFound",
        "message": format!("Resource group '{name}' could not be found."),
    } })
}

pub(crate) fn no_resource(kind: &str, name: &str, group: &str) -> Value {
    json!({ "error": {
        "code": "ResourceNotFound",
        "message": format!("The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"),
    } })
}
