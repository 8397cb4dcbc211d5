//! Who may do what in a directory, by role, permission or ownership.

use super::{GraphCall, answer};
use crate::{DirectoryRole, SimResponse, directory::Application, tokens::CallerKind, world::World};

/// Roles and permissions with which every application and service principal of the tenant can be managed.
const MANAGERS: &[DirectoryRole] = &[
    DirectoryRole::GlobalAdministrator,
    DirectoryRole::ApplicationAdministrator,
    DirectoryRole::CloudApplicationAdministrator,
    DirectoryRole::ApplicationReadWriteAll,
];

fn holds(world: &World, call: &GraphCall<'_>, roles: &[DirectoryRole]) -> bool {
    let own = world.directory.roles(&call.caller.oid);
    own.iter().any(|role| roles.contains(role))
}

fn require(allowed: bool) -> Result<(), SimResponse> {
    if allowed {
        Ok(())
    } else {
        Err(answer::denied())
    }
}

/// Every member of a tenant may read; an application needs a permission. With `OwnedBy` nothing can be listed:
/// <https://github.com/hashicorp/terraform-provider-azuread/issues/116>
pub(super) fn may_read(world: &World, call: &GraphCall<'_>, list: bool) -> Result<(), SimResponse> {
    let owned_by = holds(world, call, &[DirectoryRole::ApplicationReadWriteOwnedBy]);
    require(
        call.caller.kind == CallerKind::User || holds(world, call, MANAGERS) || (owned_by && !list),
    )
}

/// A plain user may register applications unless the tenant says no:
/// <https://learn.microsoft.com/graph/api/application-upsert>
pub(super) fn may_create_application(
    world: &World,
    call: &GraphCall<'_>,
) -> Result<(), SimResponse> {
    const CREATORS: &[DirectoryRole] = &[
        DirectoryRole::ApplicationDeveloper,
        DirectoryRole::ApplicationReadWriteOwnedBy,
    ];
    let tenant = world.directory.tenants.get(&call.caller.tenant);
    let open = tenant.is_some_and(|tenant| tenant.users_register_applications);
    require(
        holds(world, call, MANAGERS)
            || holds(world, call, CREATORS)
            || (open && call.caller.kind == CallerKind::User),
    )
}

/// Managers, and owners: users, or applications with `Application.ReadWrite.OwnedBy`.
pub(super) fn may_manage(
    world: &World,
    call: &GraphCall<'_>,
    app: &Application,
) -> Result<(), SimResponse> {
    let owner = app.owners.contains(&call.caller.oid);
    let as_owner = call.caller.kind == CallerKind::User
        || holds(world, call, &[DirectoryRole::ApplicationReadWriteOwnedBy]);
    require(holds(world, call, MANAGERS) || (owner && as_owner))
}

/// For a multitenant application an administrator's role is needed; for an application of another tenant nothing less
/// than that can do: <https://learn.microsoft.com/graph/api/serviceprincipal-upsert>,
/// <https://github.com/microsoftgraph/microsoft-graph-docs/issues/16138>
pub(super) fn may_create_principal(
    world: &World,
    call: &GraphCall<'_>,
    app: &Application,
) -> Result<(), SimResponse> {
    if holds(world, call, MANAGERS) {
        return Ok(());
    }
    let owned_by = holds(world, call, &[DirectoryRole::ApplicationReadWriteOwnedBy]);
    if owned_by && app.tenant != call.caller.tenant {
        // Sic: https://github.com/hashicorp/terraform-provider-azuread/issues/504
        return Err(answer::error(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the local tenant",
        ));
    }
    let owner = app.owners.contains(&call.caller.oid);
    let developer = call.caller.kind == CallerKind::User && app.sign_in_audience == "AzureADMyOrg";
    require(owner && (owned_by || developer))
}

/// Service principals are managed by administrators.
pub(super) fn may_manage_principals(
    world: &World,
    call: &GraphCall<'_>,
) -> Result<(), SimResponse> {
    require(holds(world, call, MANAGERS))
}
