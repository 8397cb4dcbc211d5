"""What must be refused."""

from azure.keyvault.keys.crypto import KeyWrapAlgorithm

from party import CUSTOMER, FLAVOUR, PARTIES, PROVIDER, VAULT, client, ended, refused, value
from walkthrough import KEY_URI, find_application, new_account, new_vault


async def refusals():
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
