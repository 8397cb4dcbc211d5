//! What other people do meanwhile: changes that no request of the tested client makes.

use crate::{Sim, cosmos, world::World};

impl Sim {
    /// Changes the world as somebody else, then lets everything that watches see it.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let world = &mut *self.world();
        let result = act(world);
        cosmos::observe(world);
        result
    }

    /// Lets or forbids a service principal to sign in, by object id. Returns whether there is one.
    pub fn enable_service_principal(&self, object_id: &str, enabled: bool) -> bool {
        self.change(|world| {
            world.principal_changes(object_id);
            let mut principals = world.directory.service_principals.iter_mut();
            let found = principals.find(|principal| principal.id == object_id);
            found.map(|principal| principal.enabled = enabled).is_some()
        })
    }

    /// Deletes a service principal softly, by object id. Returns whether there was one.
    pub fn delete_service_principal(&self, object_id: &str) -> bool {
        self.change(|world| world.delete_principal(object_id))
    }

    /// Deletes an application softly, by object id, and with it its service principal at home. Returns whether there was one.
    pub fn delete_application(&self, object_id: &str) -> bool {
        self.change(|world| world.delete_application(object_id))
    }

    /// Gives an application another `signInAudience`, by object id. Returns whether there is one.
    pub fn set_sign_in_audience(&self, object_id: &str, audience: &str) -> bool {
        self.change(|world| {
            world.application_changes(object_id);
            let mut apps = world.directory.applications.iter_mut();
            let found = apps.find(|app| app.id == object_id && app.deleted.is_none());
            found
                .map(|app| audience.clone_into(&mut app.sign_in_audience))
                .is_some()
        })
    }

    /// Removes a federated identity credential by name from the application with this object id. Returns whether it was there.
    pub fn remove_federated_credential(&self, application: &str, name: &str) -> bool {
        self.change(|world| world.remove_credential(application, name))
    }

    /// Deletes a managed identity by its resource id. Returns whether there was one.
    pub fn delete_managed_identity(&self, id: &str) -> bool {
        self.change(|world| world.remove_identity(&id.to_lowercase()))
    }

    /// Removes a role assignment by its GUID; it is honoured a little longer. Returns whether there was one.
    pub fn remove_role_assignment(&self, name: &str) -> bool {
        self.change(|world| world.remove_assignment(name))
    }

    /// Deletes a resource group by its id at once, with everything in it. Returns whether there was one.
    pub fn delete_resource_group(&self, id: &str) -> bool {
        self.change(|world| world.remove_group(&id.to_lowercase()))
    }

    /// Lets or forbids users of a tenant to register applications. Returns whether there is such a tenant.
    pub fn allow_user_registrations(&self, tenant_id: &str, allowed: bool) -> bool {
        self.change(|world| {
            let tenant = world.directory.tenants.get_mut(tenant_id);
            tenant
                .map(|tenant| tenant.users_register_applications = allowed)
                .is_some()
        })
    }
}
