"""Applications, their credentials and their service principals: read, changed, deleted and brought back."""

from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.applications.item.add_password.add_password_post_request_body import AddPasswordPostRequestBody
from msgraph.generated.directory.deleted_items.graph_application.graph_application_request_builder import (
    GraphApplicationRequestBuilder,
)
from msgraph.generated.directory_objects.get_by_ids.get_by_ids_post_request_body import GetByIdsPostRequestBody
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal

from party import CUSTOMER, PROVIDER, refused, tell
from walkthrough import application, credential, find_application, principal, trust


async def directory():
    graph = PROVIDER.graph
    app = await find_application()
    own = graph.applications.by_application_id(app.id)
    tell("application by id", is_=application(await own.get()))
    tell("application by client id", is_=application(await graph.applications_with_app_id(app.app_id).get()))
    named = await graph.applications_with_unique_name("fabrikam-cmk").get()
    tell("application by unique name", is_={"name": named.display_name, "uniqueName": named.unique_name})
    absent = graph.applications_with_unique_name("fabrikam-nothing")
    await refused("application by an unknown unique name", absent.get)

    retired = await graph.applications.post(Application(display_name="retired", sign_in_audience="AzureADMultipleOrgs"))
    own = graph.applications.by_application_id(retired.id)
    # An update answers 204, without a body.
    updated = await own.patch(Application(display_name="renamed", tags=["cmk"]))
    now = await own.get()
    tell("updated application", is_={"answer": updated, "name": now.display_name, "tags": now.tags})
    secret = AddPasswordPostRequestBody(password_credential=PasswordCredential(display_name="spare"))
    secret = await own.add_password.post(secret)
    tell("secret of an application", is_={"name": secret.display_name, "shown": bool(secret.secret_text)})
    await credentials(own)
    await principals(retired.app_id)
    await deleted(own, retired)
    await refused("signed-in user of an application", graph.me.get)


async def credentials(app):
    """One federated credential, to its end."""
    all_of_them = app.federated_identity_credentials
    made = await all_of_them.post(trust("22222222-2222-4222-8222-222222222222"))
    own = all_of_them.by_federated_identity_credential_id(made.id)
    tell("federated credential by id", is_=credential(await own.get()))
    found = await app.federated_identity_credentials_with_name("cmk-identity").get()
    tell("federated credential by name", is_={"same": found.id == made.id})
    await own.patch(FederatedIdentityCredential(description="kept", subject="33333333-3333-4333-8333-333333333333"))
    now = await own.get()
    tell("updated federated credential", is_={"subject": now.subject, "description": now.description})
    again = trust("33333333-3333-4333-8333-333333333333")
    again.name = "other"
    await refused("issuer and subject a second time", lambda: all_of_them.post(again))
    await own.delete()
    tell("federated credentials after a deletion", is_=[one.name for one in (await all_of_them.get()).value])
    await refused("deleted federated credential", own.get)


async def principals(app_id):
    """The service principal of an application, to its end."""
    graph = CUSTOMER.graph
    made = await graph.service_principals.post(ServicePrincipal(app_id=app_id))
    by_app = graph.service_principals_with_app_id(app_id)
    own = graph.service_principals.by_service_principal_id(made.id)
    found = await by_app.get()
    tell("service principal by client id", is_={"same": found.id == made.id, "owner": principal(found)["owner"]})
    found = await own.get()
    tell("service principal by id", is_={"same": found.app_id == app_id, "enabled": found.account_enabled})
    await own.patch(ServicePrincipal(account_enabled=False))
    tell("disabled service principal", is_={"enabled": (await own.get()).account_enabled})
    ids = GetByIdsPostRequestBody(ids=[made.id], types=["servicePrincipal"])
    found = await graph.directory_objects.get_by_ids.post(ids)
    tell("objects by their ids", is_=[{"type": one.odata_type, "name": one.display_name} for one in found.value])
    await own.delete()
    await refused("deleted service principal", by_app.get)


async def deleted(own, app):
    """An application that is deleted, found among the deleted ones, and restored."""
    await own.delete()
    await refused("deleted application", own.get)
    items = PROVIDER.graph.directory.deleted_items
    query = GraphApplicationRequestBuilder.GraphApplicationRequestBuilderGetQueryParameters(
        filter="displayName eq 'renamed'"
    )
    for operation, query in [("deleted applications", None), ("deleted applications of a name", query)]:
        found = await items.graph_application.get(query and RequestConfiguration(query_parameters=query))
        tell(operation, is_=[{"name": one.display_name, "same": one.id == app.id} for one in found.value])
    one = items.by_directory_object_id(app.id)
    found = await one.get()
    tell("deleted item", is_={"type": found.odata_type, "deleted": found.deleted_date_time is not None})
    back = await one.restore.post()
    tell("restored application", is_={"same": back.id == app.id, "name": (await own.get()).display_name})
    await own.delete()
    await one.delete()
    await refused("purged application", one.get)
