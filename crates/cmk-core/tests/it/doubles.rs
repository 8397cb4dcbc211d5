//! A user's double of a client: every trait can be implemented outside, and every model be made.

use crate::server::subscription;
use cmk_core::{
    ArmClient, DeleteResourceGroupOptions, EnforcementMode, Error, Kind, Location, LockLevel,
    LocksApi, ManagementLock, PolicyRestrictions, PutResourceGroupOptions, RegistrationState,
    ResourceGroup, ResourceGroupName, ResourceGroupsApi, Result, Scope, SubscriptionId,
    lro::Accepted,
    testing::{management_lock, policy_assignment, resource_group, resource_provider},
};

/// Has one group, and refuses everything else.
#[derive(Debug)]
struct OneGroup;

#[async_trait::async_trait]
impl ResourceGroupsApi for OneGroup {
    async fn put_resource_group(
        &self,
        _subscription: SubscriptionId,
        name: &ResourceGroupName,
        location: &Location,
        _options: Option<PutResourceGroupOptions>,
    ) -> Result<ResourceGroup> {
        Ok(resource_group(name, location))
    }

    async fn get_resource_group(
        &self,
        _subscription: SubscriptionId,
        _name: &ResourceGroupName,
    ) -> Result<ResourceGroup> {
        Err(Error::unsupported("get_resource_group"))
    }

    async fn resource_group_exists(
        &self,
        _subscription: SubscriptionId,
        _name: &ResourceGroupName,
    ) -> Result<bool> {
        Err(Error::unsupported("resource_group_exists"))
    }

    async fn delete_resource_group(
        &self,
        _subscription: SubscriptionId,
        _name: &ResourceGroupName,
        _options: Option<DeleteResourceGroupOptions>,
    ) -> Result<Accepted<()>> {
        Ok(Accepted::new((), None))
    }
}

#[tokio::test]
async fn a_double_stands_in_for_the_client() {
    let groups: &dyn ResourceGroupsApi = &OneGroup;
    let (name, location) = ("rg".parse().unwrap(), "West Europe".parse().unwrap());
    let made = groups
        .put_resource_group(subscription(), &name, &location, None)
        .await
        .unwrap();
    assert_eq!(
        (made.name.as_str(), made.location.as_str()),
        ("rg", "westeurope")
    );
    assert_eq!(made.received.pointer("/location").unwrap(), "westeurope");
    let error = groups
        .get_resource_group(subscription(), &name)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
}

#[test]
fn a_provider_is_made_for_a_double() {
    let provider = resource_provider("Microsoft.KeyVault", RegistrationState::Registering);
    assert_eq!(provider.namespace, "Microsoft.KeyVault");
    assert_eq!(provider.registration_state.as_str(), "Registering");
}

/// Has one lock everywhere.
#[derive(Debug)]
struct OneLock;

#[async_trait::async_trait]
impl LocksApi for OneLock {
    async fn list_locks(&self, scope: &Scope) -> Result<Vec<ManagementLock>> {
        Ok(vec![management_lock("keep", scope, LockLevel::ReadOnly)])
    }
}

#[tokio::test]
async fn a_lock_is_made_for_a_double() {
    let locks: &dyn LocksApi = &OneLock;
    let scope = Scope::Subscription(subscription());
    let lock = locks.list_locks(&scope).await.unwrap().remove(0);
    assert_eq!(
        lock.id,
        format!("{scope}/providers/Microsoft.Authorization/locks/keep")
    );
    assert!(lock.holds_at(&scope));
    assert_eq!(lock.blocks_writes(), Some(true));
    assert_eq!(
        lock.received.pointer("/properties/level").unwrap(),
        "ReadOnly"
    );
}

#[test]
fn policies_are_made_for_a_double() {
    let scope = Scope::Subscription(subscription());
    let assignment = policy_assignment("regions", &scope, "/the/definition");
    assert_eq!(assignment.scope, scope.to_string());
    assert_eq!(
        assignment.policy_definition_id.as_deref(),
        Some("/the/definition")
    );
    assert_eq!(assignment.enforcement_mode, EnforcementMode::Default);
    assert!(!assignment.leaves_out(&scope));
    assert_eq!(PolicyRestrictions::default().evaluations, []);
}

/// Clients are shared between tasks.
const _: fn() = || {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ArmClient>();
};
