"""Both parties and a reader with their clients, and how an operation is told: one line of JSON on standard output."""

import importlib
import inspect
import json
import re
import sys

from azure.core.exceptions import HttpResponseError
from msgraph import GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

FLAVOUR = sys.argv[1]
PARTIES = json.load(sys.stdin)
VAULT = "contoso-keys"


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


def text(member):
    """A member of an enumeration that an SDK may know or not."""
    return str(getattr(member, "value", member))


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
        self.locks = arm("azure.mgmt.resource.locks", "ManagementLockClient")
        self.policies = arm("azure.mgmt.resource.policy", "PolicyClient")
        self.subscriptions = client("azure.mgmt.resource.subscriptions", "SubscriptionClient")(self.credential)
        self.keys = self.keys_of(VAULT)

    def keys_of(self, vault):
        return client("azure.keyvault.keys", "KeyClient")(f"https://{vault}.vault.azure.net", self.credential)

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


PROVIDER, CUSTOMER, READER = (Party(**PARTIES[name]) for name in ("provider", "customer", "reader"))
VAULT_ID = f"/subscriptions/{CUSTOMER.subscription}/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/{VAULT}"
