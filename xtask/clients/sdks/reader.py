"""What a principal is refused that has the role Reader and no rights in the directory."""

import uuid

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.models.application import Application
from msgraph.generated.models.service_principal import ServicePrincipal

from party import CUSTOMER, READER, VAULT, VAULT_ID, ended, refused, tell, value
from walkthrough import KEY_OFFICER, find_application, find_principal, new_vault, role_of


async def reader():
    tell("vault, read by a reader", is_=(await value(READER.vaults.vaults.get("keys", VAULT))).name)
    group = lambda: value(READER.resources.resource_groups.create_or_update("other", {"location": "westeurope"}))
    await refused("group by a reader", group)
    vault = lambda: ended(READER.vaults.vaults.begin_create_or_update("keys", "contoso-other", new_vault()))
    await refused("vault by a reader", vault)
    wanted = role_of(KEY_OFFICER, (await find_principal(READER.client_id)).id)
    assign = READER.roles.role_assignments.create
    await refused("role assignment by a reader", lambda: value(assign(VAULT_ID, str(uuid.uuid4()), wanted)))

    graph = READER.graph
    app = await find_application()
    await refused("application by a reader", lambda: graph.applications.post(Application(display_name="other")))
    principal = ServicePrincipal(app_id=app.app_id)
    await refused("service principal by a reader", lambda: graph.service_principals.post(principal))
    await refused("applications, read by a reader", graph.applications.get)
    # The same is the customer's to do.
    query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(filter="displayName eq 'nothing'")
    found = await CUSTOMER.graph.applications.get(RequestConfiguration(query_parameters=query))
    tell("applications, read by the customer", is_=len(found.value))
