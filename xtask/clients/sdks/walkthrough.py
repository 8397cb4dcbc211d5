"""Microsoft's walkthrough in both tenants, and the same read back where our own SDK has made everything."""

import uuid

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder

from party import CUSTOMER, PROVIDER, VAULT, VAULT_ID, ended, items, refused, tell, text, value

AUDIENCE = "api://AzureADTokenExchange"
KEY_OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
KEY_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
KEY_URI = f"https://{VAULT}.vault.azure.net/keys/cmk"


async def provider():
    """Group, application, identity, and the credential between the two."""
    made = await value(PROVIDER.resources.resource_groups.create_or_update("rg", {"location": "westeurope"}))
    tell("group", is_={"name": made.name, "location": made.location, "state": made.properties.provisioning_state})
    wanted = Application(display_name="cmk", sign_in_audience="AzureADMultipleOrgs")
    app = await PROVIDER.graph.applications.post(wanted)
    tell("application", is_=application(app))
    identities = PROVIDER.identities
    own = await value(
        identities.user_assigned_identities.create_or_update("rg", "cmk-identity", {"location": "westeurope"})
    )
    tell("identity", is_=identity(own))
    credentials = PROVIDER.graph.applications.by_application_id(app.id).federated_identity_credentials
    tell("federated credential", is_=credential(await credentials.post(trust(own.principal_id))))
    tell("federated credentials", is_=[credential(one) for one in (await credentials.get()).value])
    outside = {
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:fabrikam/orders:ref:refs/heads/main",
        "audiences": [AUDIENCE],
    }
    made = await value(
        identities.federated_identity_credentials.create_or_update("rg", "cmk-identity", "release", outside)
    )
    tell("credential of the identity", is_={"name": made.name, "subject": made.subject})


def trust(principal_id):
    return FederatedIdentityCredential(
        name="cmk-identity",
        issuer=f"https://login.microsoftonline.com/{PROVIDER.tenant}/v2.0",
        subject=principal_id,
        audiences=[AUDIENCE],
    )


def application(app):
    return {"id": app.id, "appId": app.app_id, "name": app.display_name, "audience": app.sign_in_audience}


def identity(own):
    return {
        "id": own.id,
        "principalId": own.principal_id,
        "clientId": own.client_id,
        "tenantId": own.tenant_id,
    }


def credential(own):
    return {"name": own.name, "issuer": own.issuer, "subject": own.subject, "audiences": own.audiences}


def principal(own):
    return {"id": own.id, "appId": own.app_id, "owner": str(own.app_owner_organization_id)}


async def find_application():
    query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(filter="displayName eq 'cmk'")
    found = await PROVIDER.graph.applications.get(RequestConfiguration(query_parameters=query))
    return found.value[0]


async def find_principal(app_id):
    query = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters(
        filter=f"appId eq '{app_id}'"
    )
    found = await CUSTOMER.graph.service_principals.get(RequestConfiguration(query_parameters=query))
    return found.value[0]


async def customer():
    """Service principal, vault, key and roles."""
    app = await find_application()
    own = await CUSTOMER.graph.service_principals.post(ServicePrincipal(app_id=app.app_id))
    tell("service principal", is_=principal(own))
    made = await value(CUSTOMER.resources.resource_groups.create_or_update("keys", {"location": "westeurope"}))
    tell("customer's group", is_={"name": made.name, "location": made.location, "state": made.properties.provisioning_state})
    tell("vault", is_=vault(await ended(CUSTOMER.vaults.vaults.begin_create_or_update("keys", VAULT, new_vault()))))
    await refused("key without a role", lambda: value(CUSTOMER.keys.create_rsa_key("cmk", size=3072)))
    me = await find_principal(CUSTOMER.client_id)
    tell("role of the key officer", is_=await assign(KEY_OFFICER, me.id))
    tell("key", is_=key(await value(CUSTOMER.keys.create_rsa_key("cmk", size=3072))))
    tell("role of the application", is_=await assign(KEY_USER, own.id))
    tell("roles of the vault", is_=await roles())


def new_vault():
    return {
        "location": "westeurope",
        "properties": {
            "tenantId": CUSTOMER.tenant,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
            "enableRbacAuthorization": True,
            "enablePurgeProtection": True,
            "softDeleteRetentionInDays": 7,
        },
    }


def vault(own):
    properties = own.properties
    return {
        "id": own.id,
        "tenantId": properties.tenant_id,
        "uri": properties.vault_uri,
        "rbac": properties.enable_rbac_authorization,
        "purgeProtection": properties.enable_purge_protection,
        "retention": properties.soft_delete_retention_in_days,
    }


def key(own):
    return {"uri": own.id, "kty": text(own.key_type), "enabled": own.properties.enabled}


def role_of(role, principal_id):
    wanted = {
        "role_definition_id": f"/subscriptions/{CUSTOMER.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "principal_id": principal_id,
        "principal_type": "ServicePrincipal",
    }
    return CUSTOMER.roles.models("2022-04-01").RoleAssignmentCreateParameters(**wanted)


async def assign(role, principal_id):
    wanted = role_of(role, principal_id)
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{role} {principal_id}"))
    made = await value(CUSTOMER.roles.role_assignments.create(VAULT_ID, name, wanted))
    return {"principalId": made.principal_id, "role": made.role_definition_id, "scope": made.scope}


async def roles():
    found = await items(CUSTOMER.roles.role_assignments.list_for_scope(VAULT_ID, filter="atScope()"))
    own = [
        {"principalId": one.principal_id, "role": one.role_definition_id} for one in found if one.scope == VAULT_ID
    ]
    return sorted(own, key=lambda one: one["role"])


async def accounts():
    """The account by a generic PUT, in one request, and step by step."""
    app = await find_application()
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    federated = f"UserAssignedIdentity={own.id}&FederatedClientId={app.app_id}"
    resource = f"/subscriptions/{PROVIDER.subscription}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts"
    generic = PROVIDER.resources.resources.begin_create_or_update_by_id
    await ended(generic(f"{resource}/by-put", new_account(own.id, federated, KEY_URI), api_version="2022-05-15"))
    tell("account by PUT", is_=await account("by-put"))
    create = PROVIDER.cosmos.database_accounts.begin_create_or_update
    await ended(create("rg", "by-create", new_account(own.id, federated, KEY_URI)))
    tell("account by creation", is_=await account("by-create"))
    await ended(create("rg", "by-update", new_account(own.id, f"UserAssignedIdentity={own.id}")))
    update = PROVIDER.cosmos.database_accounts.begin_update
    await ended(update("rg", "by-update", {"properties": {"defaultIdentity": federated}}))
    await ended(update("rg", "by-update", {"properties": {"keyVaultKeyUri": KEY_URI}}))
    tell("account by updates", is_=await account("by-update"))
    found = await items(PROVIDER.cosmos.database_accounts.list_by_resource_group("rg"))
    tell("accounts (of the SDKs)", is_=sorted(one.name for one in found))


def new_account(identity_id, default_identity, key_uri=None):
    properties = {
        "locations": [{"locationName": "westeurope", "failoverPriority": 0, "isZoneRedundant": False}],
        "databaseAccountOfferType": "Standard",
        "defaultIdentity": default_identity,
    }
    if key_uri:
        properties["keyVaultKeyUri"] = key_uri
    return {
        "location": "westeurope",
        "tags": {"cross-tenant-cmk-customer": "contoso"},
        "kind": "GlobalDocumentDB",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity_id: {}}},
        "properties": properties,
    }


async def account(name):
    own = await value(PROVIDER.cosmos.database_accounts.get("rg", name))
    properties = own.properties
    return {
        "name": own.name,
        "state": properties.provisioning_state,
        "defaultIdentity": properties.default_identity,
        "key": properties.key_vault_key_uri,
        "status": properties.customer_managed_key_status,
    }


async def ours():
    """Reads what the Rust SDK made."""
    app = await find_application()
    tell("reads our application", is_=application(app))
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    tell("reads our identity", is_=identity(own))
    credentials = PROVIDER.graph.applications.by_application_id(app.id).federated_identity_credentials
    tell("reads our credentials", is_=[credential(one) for one in (await credentials.get()).value])
    tell("reads our service principal", is_=principal(await find_principal(app.app_id)))
    tell("reads our vault", is_=vault(await value(CUSTOMER.vaults.vaults.get("keys", VAULT))))
    tell("reads our key", is_=key(await value(CUSTOMER.keys.get_key("cmk"))))
    tell("reads our roles", is_=await roles())
    tell("reads our account", is_=await account("ours"))
