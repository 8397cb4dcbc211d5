"""What our own SDK sends by default: PATCH with create-if-missing, and a key that is created once."""

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.application import Application
from msgraph.generated.models.service_principal import ServicePrincipal

from party import CUSTOMER, PROVIDER, VAULT, tell, value
from walkthrough import credential, trust


async def upserts():
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
