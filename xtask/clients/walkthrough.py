"""The cross-tenant walkthrough by the Azure SDKs for Python: one line of JSON for each operation.

Usage: walkthrough.py sync|aio PART..., with both parties as JSON on standard input. The synchronous and the asynchronous
clients run the same lines; Microsoft Graph has an asynchronous client only.
"""

import asyncio
import importlib
import inspect
import json
import re
import sys
import uuid

from azure.core.exceptions import HttpResponseError
from azure.keyvault.keys import JsonWebKey
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder

FLAVOUR, PARTS = sys.argv[1], sys.argv[2:]
PARTIES = json.load(sys.stdin)
AUDIENCE = "api://AzureADTokenExchange"
KEY_OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
KEY_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
VAULT = "contoso-keys"
KEY_URI = f"https://{VAULT}.vault.azure.net/keys/cmk"


def client(module, name):
    """A class of an SDK, of the flavour that is asked for."""
    return getattr(importlib.import_module(module + (".aio" if FLAVOUR == "aio" else "")), name)


async def value(result):
    """What a call gives, now or later."""
    return await result if inspect.isawaitable(result) else result


async def ended(poller):
    """The result of a long-running operation."""
    return await value((await value(poller)).result())


async def items(pages):
    """All items of a paged list."""
    return [item async for item in pages] if hasattr(pages, "__aiter__") else list(pages)


class Party:
    """The clients of one party."""

    def __init__(self, tenant, subscription, client_id, secret):
        self.tenant, self.subscription, self.client_id = tenant, subscription, client_id
        self.credential = client("azure.identity", "ClientSecretCredential")(tenant, client_id, secret)
        self.graph = GraphServiceClient(self.credential, ["https://graph.microsoft.com/.default"])
        arm = lambda module, name: client(module, name)(self.credential, subscription)
        self.resources = arm("azure.mgmt.resource.resources", "ResourceManagementClient")
        self.identities = arm("azure.mgmt.msi", "ManagedServiceIdentityClient")
        self.vaults = arm("azure.mgmt.keyvault", "KeyVaultManagementClient")
        self.roles = arm("azure.mgmt.authorization", "AuthorizationManagementClient")
        self.cosmos = arm("azure.mgmt.cosmosdb", "CosmosDBManagementClient")
        self.keys = client("azure.keyvault.keys", "KeyClient")(f"https://{VAULT}.vault.azure.net", self.credential)

    def unwrapping(self, key):
        return client("azure.keyvault.keys.crypto", "CryptographyClient")(key, self.credential)


def tell(operation, **what):
    # `is` is a word of Python's own.
    print(json.dumps({"op": operation, **{name.strip("_"): said for name, said in what.items()}}), flush=True)


async def refused(operation, call):
    """Runs what must be refused, and tells Azure's code."""
    try:
        await call()
    except HttpResponseError as error:
        inner = getattr(error.error, "innererror", None) or {}
        code = inner.get("code") or getattr(error.error, "code", None)
        entra = re.search(r"AADSTS\d+", error.message)
        tell(operation, refused=code or (entra and entra.group()) or error.message)
    except ODataError as error:
        tell(operation, refused=error.error.code)
    else:
        tell(operation, failed="it was not refused")


PROVIDER, CUSTOMER = (Party(**PARTIES[name]) for name in ("provider", "customer"))
VAULT_ID = f"/subscriptions/{CUSTOMER.subscription}/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/{VAULT}"


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
    return {"uri": own.id, "kty": str(own.key_type.value), "enabled": own.properties.enabled}


async def assign(role, principal_id):
    wanted = {
        "role_definition_id": f"/subscriptions/{CUSTOMER.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "principal_id": principal_id,
        "principal_type": "ServicePrincipal",
    }
    models = CUSTOMER.roles.models("2022-04-01")
    wanted = models.RoleAssignmentCreateParameters(**wanted)
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


async def data_plane():
    """The key in use: wrapped here, unwrapped by the vault, rotated."""
    own = await value(CUSTOMER.keys.get_key("cmk"))
    client_of_key = CUSTOMER.unwrapping(own)
    wrapped = await value(client_of_key.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"7" * 32))
    plain = await value(client_of_key.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key))
    tell("wrap and unwrap", is_=plain.key == b"7" * 32)
    rotated = await value(CUSTOMER.keys.rotate_key("cmk"))
    current = await value(CUSTOMER.keys.get_key("cmk"))
    tell("rotated key", is_={"new": rotated.id != own.id, "current": rotated.id == current.id})
    sealed = await value(client_of_key.encrypt(EncryptionAlgorithm.rsa_oaep_256, b"secret"))
    plain = await value(client_of_key.decrypt(EncryptionAlgorithm.rsa_oaep_256, sealed.ciphertext))
    tell("encrypt and decrypt", is_=plain.plaintext == b"secret")
    tell("signature of an RSA key", is_=await signs(own, SignatureAlgorithm.ps256, 32))
    curve = await value(CUSTOMER.keys.create_ec_key("curve", curve="P-521"))
    tell("signature of an EC key", is_=await signs(curve, SignatureAlgorithm.es512, 64))
    numbers = ec.generate_private_key(ec.SECP256K1()).private_numbers()
    point = numbers.public_numbers
    halves = {"x": point.x, "y": point.y, "d": numbers.private_value}
    halves = {name: number.to_bytes(32, "big") for name, number in halves.items()}
    jwk = JsonWebKey(kty="EC", crv="P-256K", key_ops=["sign", "verify"], **halves)
    imported = await value(CUSTOMER.keys.import_key("imported", jwk))
    tell("signature of an imported key", is_=await signs(imported, SignatureAlgorithm.es256_k, 32))
    broken = JsonWebKey(kty="EC", crv="P-256K", **{**halves, "x": halves["y"]})
    await refused("import of what is no key", lambda: value(CUSTOMER.keys.import_key("broken", broken)))
    # The client looks at a key that it knows before it asks, so it is given the id alone.
    await value(CUSTOMER.keys.update_key_properties("imported", enabled=False))
    disabled = CUSTOMER.unwrapping(imported.id)
    await refused("signature by a disabled key", lambda: value(disabled.sign(SignatureAlgorithm.es256_k, b"7" * 32)))
    backup = await value(CUSTOMER.keys.backup_key("curve"))
    await refused("backup of a key that is there", lambda: value(CUSTOMER.keys.restore_key_backup(backup)))
    await access_policies()
    found = await items(CUSTOMER.roles.permissions.list_for_resource_group("keys"))
    tell("permissions", is_=[{"actions": one.actions, "notActions": one.not_actions} for one in found])


async def signs(own, algorithm, length):
    """Whether the vault verifies what it signs."""
    client_of_key = CUSTOMER.unwrapping(own)
    signed = await value(client_of_key.sign(algorithm, b"7" * length))
    return (await value(client_of_key.verify(algorithm, b"7" * length, signed.signature))).is_valid


async def access_policies():
    """One access policy, of nobody in particular, in a vault where roles count."""

    async def change(kind, keys):
        policy = {
            "tenantId": CUSTOMER.tenant,
            "objectId": "22222222-2222-4222-8222-222222222222",
            "permissions": {"keys": keys},
        }
        body = {"properties": {"accessPolicies": [policy]}}
        made = await value(CUSTOMER.vaults.vaults.update_access_policy("keys", VAULT, kind, body))
        return [str(getattr(key, "value", key)) for key in made.properties.access_policies[0].permissions["keys"]]

    added = await change("add", ["get", "wrapKey"])
    tell("access policy, one by one", is_={"added": added, "removed": await change("remove", ["get"])})


async def upserts():
    """What our own SDK sends by default: PATCH with create-if-missing, and a key that is created once."""
    missing = RequestConfiguration()
    missing.headers.add("Prefer", "create-if-missing")
    by_name = PROVIDER.graph.applications_with_unique_name("fabrikam-cmk")
    wanted = Application(display_name="upserted", sign_in_audience="AzureADMultipleOrgs")
    made = await by_name.patch(wanted, missing)
    tell("application with unique name", is_={"made": made is not None, "name": made and made.unique_name})
    # An update answers 204, without a body.
    tell("application with unique name, again", is_={"made": await by_name.patch(wanted, missing) is not None})
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    credentials = PROVIDER.graph.applications.by_application_id(made.id)
    by_name = credentials.federated_identity_credentials_with_name("cmk-identity")
    wanted = trust(own.principal_id)
    wanted.name = None
    tell("credential with name", is_=credential(await by_name.patch(wanted, missing)))
    tell("credential with name, again", is_={"made": await by_name.patch(wanted, missing) is not None})
    by_app = CUSTOMER.graph.service_principals_with_app_id(made.app_id)
    admitted = await by_app.patch(ServicePrincipal(), missing)
    tell("service principal with app id", is_={"owner": str(admitted.app_owner_organization_id)})
    again = await by_app.patch(ServicePrincipal(), missing)
    tell("service principal with app id, again", is_={"made": again is not None})
    once = {"properties": {"kty": "RSA", "keySize": 3072, "keyOps": ["wrapKey", "unwrapKey"]}}
    first = await value(CUSTOMER.vaults.keys.create_if_not_exist("keys", VAULT, "once", once))
    tell("key created once", is_={"uri": first.properties.key_uri, "size": first.properties.key_size})
    second = await value(CUSTOMER.vaults.keys.create_if_not_exist("keys", VAULT, "once", once))
    same = first.properties.key_uri_with_version == second.properties.key_uri_with_version
    tell("key created once, again", is_={"same": same})


async def refusals():
    """What must be refused."""
    abroad = client("azure.identity", "ClientSecretCredential")(
        PROVIDER.tenant, PROVIDER.client_id, PARTIES["provider"]["secret"], additionally_allowed_tenants=["*"]
    )
    keys = client("azure.keyvault.keys", "KeyClient")(f"https://{VAULT}.vault.azure.net", abroad)
    await refused("vault of another tenant", lambda: value(keys.get_key("cmk")))
    arm = client("azure.mgmt.resource.resources", "ResourceManagementClient")(PROVIDER.credential, CUSTOMER.subscription)
    await refused("subscription of another tenant", lambda: value(arm.resource_groups.get("keys")))
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    mixed = {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {own.id: {}}},
        "properties": {"keyVaultKeyUri": KEY_URI},
    }
    await refused("mixed PATCH", lambda: ended(PROVIDER.cosmos.database_accounts.begin_update("rg", "by-put", mixed)))

    off = await value(CUSTOMER.keys.create_rsa_key("off", size=2048, enabled=False))
    client_of_key = CUSTOMER.unwrapping(off)
    wrapped = await value(client_of_key.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"7" * 32))
    await refused("disabled key", lambda: value(client_of_key.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key)))
    app = await find_application()
    federated = f"UserAssignedIdentity={own.id}&FederatedClientId={app.app_id}"
    body = new_account(own.id, federated, f"https://{VAULT}.vault.azure.net/keys/off")
    create = PROVIDER.cosmos.database_accounts.begin_create_or_update
    await refused("account under a disabled key", lambda: ended(create("rg", "under-off", body)))

    await value(CUSTOMER.keys.create_rsa_key("gone", size=2048))
    # Only the synchronous client has a poller for it.
    await (ended(CUSTOMER.keys.begin_delete_key("gone")) if FLAVOUR == "sync" else CUSTOMER.keys.delete_key("gone"))
    await refused("name of a deleted key", lambda: value(CUSTOMER.keys.create_rsa_key("gone", size=2048)))
    vaults = CUSTOMER.vaults.vaults
    await ended(vaults.begin_create_or_update("keys", "contoso-gone", new_vault()))
    await value(vaults.delete("keys", "contoso-gone"))
    again = lambda: ended(vaults.begin_create_or_update("keys", "contoso-gone", new_vault()))
    await refused("name of a deleted vault", again)


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


async def main():
    for part in PARTS:
        try:
            await globals()[part]()
        except Exception as error:  # told with the operation that comes next, which is missing
            tell(f"{part} to its end", failed=f"{type(error).__name__}: {error}")


asyncio.run(main())
