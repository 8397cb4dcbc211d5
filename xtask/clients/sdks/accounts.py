"""Accounts beside their creation: names, regions, identities, an end; and a key that is taken away and given back."""

from party import CUSTOMER, PROVIDER, VAULT, ended, items, refused, tell, value
from walkthrough import account, find_application, new_account


async def life():
    own = PROVIDER.cosmos.database_accounts
    for operation, name in [("taken name of an account", "by-put"), ("free name of an account", "by-nobody")]:
        tell(operation, is_=await value(own.check_name_exists(name)))
    regions = await items(PROVIDER.cosmos.locations.list())
    tell("regions", is_={"known": "West Europe" in [one.name for one in regions]})
    region = await value(PROVIDER.cosmos.locations.get("westeurope"))
    properties = region.properties
    allowed = properties.is_subscription_region_access_allowed_for_regular
    tell("region", is_={"name": region.name, "zones": properties.supports_availability_zone, "allowed": allowed})
    tell("accounts of the subscription", is_=sorted(one.name for one in await items(own.list())))

    identities = PROVIDER.identities.user_assigned_identities
    first = await value(identities.get("rg", "cmk-identity"))
    second = await value(identities.create_or_update("rg", "second", {"location": "westeurope"}))
    both = {"type": "UserAssigned", "userAssignedIdentities": {first.id: {}, second.id: {}}}
    changed = await ended(own.begin_update("rg", "by-put", {"identity": both}))
    clients = sorted(one.client_id for one in changed.identity.user_assigned_identities.values())
    tell("second identity", is_={"both": clients == sorted([first.client_id, second.client_id])})
    less = {"type": "UserAssigned", "userAssignedIdentities": {second.id: None}}
    changed = await ended(own.begin_update("rg", "by-put", {"identity": less}))
    tell("second identity taken away", is_={"number": len(changed.identity.user_assigned_identities)})
    await key_off_and_on(first)
    await ended(own.begin_delete("rg", "by-update"))
    await refused("deleted account", lambda: value(own.get("rg", "by-update")))


async def key_off_and_on(identity):
    """The customer disables the key of an account, and enables it again."""
    await value(CUSTOMER.keys.create_rsa_key("switch", size=3072))
    app = await find_application()
    federated = f"UserAssignedIdentity={identity.id}&FederatedClientId={app.app_id}"
    body = new_account(identity.id, federated, f"https://{VAULT}.vault.azure.net/keys/switch")
    await ended(PROVIDER.cosmos.database_accounts.begin_create_or_update("rg", "by-switch", body))
    for operation, enabled in [("account whose key is disabled", False), ("account whose key is enabled again", True)]:
        await value(CUSTOMER.keys.update_key_properties("switch", enabled=enabled))
        tell(operation, is_={"status": (await account("by-switch"))["status"]})
