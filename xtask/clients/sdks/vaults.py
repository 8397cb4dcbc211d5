"""Vaults: found, changed, deleted and brought back; their access policies and their firewall."""

from party import CUSTOMER, VAULT, ended, items, refused, tell, text, value
from walkthrough import new_vault

GONE = "contoso-gone"


async def vaults():
    own = CUSTOMER.vaults.vaults
    free = {"name": "contoso-free", "type": "Microsoft.KeyVault/vaults"}
    told = await value(own.check_name_availability(free))
    tell("free name of a vault", is_={"available": told.name_available, "reason": told.reason})
    told = await value(own.check_name_availability({**free, "name": VAULT}))
    tell("taken name of a vault", is_={"available": told.name_available, "reason": text(told.reason)})
    for operation, pages in [
        ("vaults of the group", own.list_by_resource_group("keys")),
        ("vaults of the subscription", own.list_by_subscription()),
    ]:
        tell(operation, is_=sorted(one.name for one in await items(pages)))

    tags = await value(own.update("keys", VAULT, {"tags": {"a": "b"}}))
    tell("updated vault", is_={"tags": tags.tags, "rbac": tags.properties.enable_rbac_authorization})
    unprotected = {"properties": {"enablePurgeProtection": False}}
    await refused("purge protection switched off", lambda: value(own.update("keys", VAULT, unprotected)))
    await access_policies()
    await firewall()
    await key_of_resource_manager()
    found = await items(CUSTOMER.roles.permissions.list_for_resource_group("keys"))
    tell("permissions", is_=[{"actions": one.actions, "notActions": one.not_actions} for one in found])
    await deleted()


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
        return [text(key) for key in made.properties.access_policies[0].permissions["keys"]]

    added = await change("add", ["get", "wrapKey"])
    tell("access policy, one by one", is_={"added": added, "removed": await change("remove", ["get"])})


async def firewall():
    """A vault that lets nobody in but trusted services."""
    own = CUSTOMER.vaults.vaults
    rules = lambda action: {"properties": {"networkAcls": {"bypass": "AzureServices", "defaultAction": action}}}
    closed = await value(own.update("keys", VAULT, rules("Deny")))
    acls = closed.properties.network_acls
    tell("closed vault", is_={"bypass": text(acls.bypass), "action": text(acls.default_action)})
    await refused("key behind a firewall", lambda: value(CUSTOMER.keys.get_key("cmk")))
    await value(own.update("keys", VAULT, rules("Allow")))
    tell("key behind an open firewall", is_={"name": (await value(CUSTOMER.keys.get_key("cmk"))).name})


async def key_of_resource_manager():
    """The key of `create_if_not_exist`, as Resource Manager shows it."""
    keys = CUSTOMER.vaults.keys
    own = await value(keys.get("keys", VAULT, "once"))
    operations = sorted(text(one) for one in own.properties.key_ops)
    tell("key of Resource Manager", is_={"uri": own.properties.key_uri, "operations": operations})
    await refused("absent key of Resource Manager", lambda: value(keys.get("keys", VAULT, "never")))


async def deleted():
    """The vault that was deleted before, found, not purged, and recovered."""
    own = CUSTOMER.vaults.vaults
    tell("deleted vaults", is_=[one.name for one in await items(own.list_deleted())])
    found = await value(own.get_deleted(GONE, "westeurope"))
    properties = found.properties
    told = {"name": found.name, "vault": properties.vault_id, "location": properties.location}
    tell("deleted vault", is_={**told, "protected": properties.purge_protection_enabled})
    await refused("purge of a vault under purge protection", lambda: ended(own.begin_purge_deleted(GONE, "westeurope")))
    body = new_vault()
    body["properties"]["createMode"] = "recover"
    back = await ended(own.begin_create_or_update("keys", GONE, body))
    tell("recovered vault (of the SDKs)", is_={"name": back.name, "state": text(back.properties.provisioning_state)})
    await refused("deleted vault, recovered", lambda: value(own.get_deleted(GONE, "westeurope")))
