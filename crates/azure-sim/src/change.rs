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

    /// Lets or forbids a service principal to sign in. Returns whether there is one.
    pub fn enable_service_principal(&self, object_id: &str, enabled: bool) -> bool {
        self.change(|world| {
            let mut principals = world.directory.service_principals.iter_mut();
            let found = principals.find(|principal| principal.id == object_id);
            found.map(|principal| principal.enabled = enabled).is_some()
        })
    }
}
