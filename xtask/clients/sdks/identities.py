"""Tokens without a secret: of a managed identity, and of the application by that identity's token."""

import base64
import json
import tempfile

from party import CUSTOMER, PROVIDER, client, tell, value
from walkthrough import find_application

FOR_ARM = "https://management.azure.com/.default"
FOR_EXCHANGE = "api://AzureADTokenExchange/.default"
FOR_VAULTS = "https://vault.azure.net/.default"


async def identities():
    own = await value(PROVIDER.identities.user_assigned_identities.get("rg", "cmk-identity"))
    managed = client("azure.identity", "ManagedIdentityCredential")
    by_client = managed(client_id=own.client_id)
    await token("token by managed identity, metadata address", by_client, FOR_ARM)
    by_resource = managed(identity_config={"resource_id": own.id})
    await token("token by managed identity, by resource id", by_resource, FOR_ARM)

    assertion = (await value(by_client.get_token(FOR_EXCHANGE))).token
    app = await find_application()
    # A platform writes the file; here it is the identity's own token, which the application trusts.
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(assertion)
        file.flush()
        workload = client("azure.identity", "WorkloadIdentityCredential")
        by_file = workload(tenant_id=CUSTOMER.tenant, client_id=app.app_id, token_file_path=file.name)
        await token("token by workload identity file", by_file, FOR_VAULTS)


async def token(operation, credential, scope):
    """Says whose token it is."""
    middle = (await value(credential.get_token(scope))).token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    tell(operation, is_={"tenant": claims["tid"], "app": claims["appid"]})
