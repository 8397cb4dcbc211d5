"""Subscriptions, resource providers, groups, identities, roles, locks and policies, as Resource Manager has them."""

import uuid

from azure.mgmt.resource.locks.models import ManagementLockObject

from party import CUSTOMER, PROVIDER, VAULT, VAULT_ID, ended, items, refused, tell, text, value
from walkthrough import KEY_OFFICER, KEY_USER, find_principal, identity

AUTHORIZATION = "providers/Microsoft.Authorization"


async def resources():
    await subscriptions()
    await providers()
    await groups()
    await identities()
    await roles()
    await locks()
    await policies()


async def subscriptions():
    own = PROVIDER.subscriptions
    found = await value(own.subscriptions.get(PROVIDER.subscription))
    told = {"subscription": found.subscription_id, "tenant": found.tenant_id, "state": text(found.state)}
    tell("subscription", is_=told)
    tell("subscriptions", is_=[one.subscription_id for one in await items(own.subscriptions.list())])
    tell("tenants", is_=[one.tenant_id for one in await items(own.tenants.list())])
    found = await items(own.subscriptions.list_locations(PROVIDER.subscription))
    tell("locations", is_={"known": "westeurope" in [one.name for one in found]})
    await refused(
        "subscription of another tenant, itself", lambda: value(own.subscriptions.get(CUSTOMER.subscription))
    )


async def providers():
    own = PROVIDER.resources.providers
    for namespace in ["Microsoft.DocumentDB", "Microsoft.Storage"]:
        found = await value(own.get(namespace))
        tell(f"resource provider {namespace}", is_={"name": found.namespace, "state": found.registration_state})
    asked = await value(own.register("Microsoft.Storage"))
    found = await value(own.get("Microsoft.Storage"))
    tell("registered provider", is_={"name": asked.namespace, "state": found.registration_state})
    await refused("unknown resource provider", lambda: value(own.get("Microsoft.Nothing")))


async def groups():
    own = PROVIDER.resources.resource_groups
    await value(own.create_or_update("passing", {"location": "westeurope", "tags": {"a": "b"}}))
    found = await value(own.get("passing"))
    tell("group, read", is_={"id": found.id, "tags": found.tags})
    names = sorted(one.name for one in await items(own.list()))
    tell("groups", is_=names)
    tell("group exists", is_={"there": await value(own.check_existence("passing"))})
    await ended(own.begin_delete("passing"))
    tell("group exists, deleted", is_={"there": await value(own.check_existence("passing"))})
    await refused("deleted group", lambda: value(own.get("passing")))
    found = await items(PROVIDER.resources.resources.list_by_resource_group("rg"))
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
    tell("identities of the group, as resources", is_=sorted(one.name for one in found if one.type == kind))


async def identities():
    own = PROVIDER.identities
    for operation, pages in [
        ("identities of the group", own.user_assigned_identities.list_by_resource_group("rg")),
        ("identities of the subscription", own.user_assigned_identities.list_by_subscription()),
    ]:
        tell(operation, is_=sorted(one.name for one in await items(pages)))
    tell("identity, read", is_=identity(await value(own.user_assigned_identities.get("rg", "cmk-identity"))))
    changed = await value(own.user_assigned_identities.update("rg", "second", {"tags": {"a": "b"}}))
    tell("updated identity", is_={"name": changed.name, "tags": changed.tags})
    credentials = own.federated_identity_credentials
    found = await items(credentials.list("rg", "cmk-identity"))
    one = await value(credentials.get("rg", "cmk-identity", "release"))
    tell("credentials of the identity", is_={"names": [one.name for one in found], "issuer": one.issuer})
    await value(credentials.delete("rg", "cmk-identity", "release"))
    await refused("deleted credential of the identity", lambda: value(credentials.get("rg", "cmk-identity", "release")))
    await value(own.user_assigned_identities.delete("rg", "second"))
    await refused("deleted identity", lambda: value(own.user_assigned_identities.get("rg", "second")))


async def roles():
    """Definitions are read; an assignment is made, found, and removed twice."""
    own, subscription = CUSTOMER.roles, f"/subscriptions/{CUSTOMER.subscription}"
    found = await value(own.role_definitions.get(VAULT_ID, KEY_USER))
    actions = sorted(found.permissions[0].data_actions)
    tell("role definition", is_={"name": found.role_name, "type": found.role_type, "actions": actions})
    found = await items(own.role_definitions.list(VAULT_ID, filter="roleName eq 'Key Vault Crypto Officer'"))
    tell("role definitions of a name", is_=[one.name for one in found])

    me = (await find_principal(CUSTOMER.client_id)).id
    # The same role and principal as on the vault, below it.
    key = f"{VAULT_ID}/keys/cmk"
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, key))
    role = f"{subscription}/{AUTHORIZATION}/roleDefinitions/{KEY_OFFICER}"
    wanted = own.models("2022-04-01").RoleAssignmentCreateParameters(role_definition_id=role, principal_id=me)
    # This SDK calls everybody a user whose type it is not told.
    create = lambda name: value(own.role_assignments.create(key, name, wanted))
    await refused("role of a service principal as a user", lambda: create(name))
    wanted.principal_type = "ServicePrincipal"
    made = await create(name)
    read = await value(own.role_assignments.get(key, name))
    told = {"scope": read.scope, "type": text(read.principal_type)}
    tell("role assignment", is_={"same": read.id == made.id and read.principal_id == me, **told})
    await refused("role assigned a second time", lambda: create(str(uuid.uuid4())))
    for operation, filter in [
        ("role assignments of a principal", f"principalId eq '{me}'"),
        ("role assignments assigned to a principal", f"assignedTo('{me}')"),
    ]:
        found = await items(own.role_assignments.list_for_scope(VAULT_ID, filter=filter))
        tell(operation, is_=sorted(one.scope for one in found))
    gone = await value(own.role_assignments.delete(key, name))
    again = await value(own.role_assignments.delete(key, name))
    tell("removed role assignment", is_={"same": gone.id == made.id, "again": again})
    await refused("removed role assignment, read", lambda: value(own.role_assignments.get(key, name)))
    found = await items(own.permissions.list_for_resource("keys", "Microsoft.KeyVault", "", "vaults", VAULT))
    told = [{"actions": one.actions, "data": one.data_actions} for one in found]
    tell("permissions at the vault", is_=told)


async def locks():
    own, vault = CUSTOMER.locks.management_locks, ("keys", "Microsoft.KeyVault", "", "vaults", VAULT)
    lock = ManagementLockObject(level="CanNotDelete", notes="kept")
    made = await value(own.create_or_update_at_resource_level(*vault, "keep", lock))
    tell("lock of a vault", is_={"id": made.id, "level": text(made.level), "notes": made.notes})
    tell("locks of a vault", is_=[one.name for one in await items(own.list_at_resource_level(*vault))])
    tell("locks of the group", is_=[one.name for one in await items(own.list_at_resource_group_level("keys"))])
    await refused("locked vault", lambda: value(CUSTOMER.vaults.vaults.delete("keys", VAULT)))
    await value(own.delete_at_resource_level(*vault, "keep"))
    tell("locks after the deletion", is_=[one.name for one in await items(own.list_at_resource_level(*vault))])


async def policies():
    own, group = CUSTOMER.policies, f"/subscriptions/{CUSTOMER.subscription}/resourceGroups/keys"
    identities = {"field": "type", "equals": "Microsoft.ManagedIdentity/userAssignedIdentities"}
    rule = {"if": identities, "then": {"effect": "deny"}}
    definition = {"properties": {"policyRule": rule, "mode": "All", "policyType": "Custom"}}
    made = await value(own.policy_definitions.create_or_update("nobody", definition))
    assignment = {"properties": {"policyDefinitionId": made.id}}
    await value(own.policy_assignments.create(group, "nobody", assignment))
    found = await items(own.policy_assignments.list_for_resource_group("keys"))
    told = [{"name": one.name, "scope": one.properties.scope} for one in found]
    tell("policies of the group", is_=told)
    create = CUSTOMER.identities.user_assigned_identities.create_or_update
    await refused("identity that a policy denies", lambda: value(create("keys", "denied", {"location": "westeurope"})))
    await value(own.policy_assignments.delete(group, "nobody"))
    await value(own.policy_definitions.delete("nobody"))
    left = await items(own.policy_assignments.list_for_resource_group("keys"))
    tell("policies after the deletion", is_=[one.name for one in left])
