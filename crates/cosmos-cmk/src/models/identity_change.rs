//! Which managed identities an account gets and loses in one request.

use super::is_managed_identity;
use cmk_core::ResourceId;

/// Which user-assigned managed identities an account gets and loses in one request. Those that are not named stay.
///
/// ```
/// use cosmos_cmk::{IdentityChange, ResourceId};
///
/// let added: ResourceId = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/\
///     Microsoft.ManagedIdentity/userAssignedIdentities/id2".parse()?;
/// let change = IdentityChange { add: vec![added], ..Default::default() };
/// assert!(change.remove.is_empty());
/// # Ok::<(), cmk_core::InvalidResource>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityChange {
    /// Identities that the account gets. One that it has already stays.
    pub add: Vec<ResourceId>,
    /// Identities that the account loses. Look at its default identity first: the service does not stop the removal of
    /// the one that it stands on.
    pub remove: Vec<ResourceId>,
}

impl IdentityChange {
    /// Why it cannot be sent, if so.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        let all = || self.add.iter().chain(&self.remove);
        if all().next().is_none() {
            return Some("the change of identities is empty");
        }
        if !all().all(is_managed_identity) {
            return Some(
                "identities must be user-assigned managed identities (Microsoft.ManagedIdentity/userAssignedIdentities)",
            );
        }
        let repeated = all()
            .enumerate()
            .any(|(at, id)| all().take(at).any(|earlier| earlier == id));
        repeated.then_some("an identity is named twice")
    }
}
