#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod arm;
mod clock;
mod cloud;
mod error;
mod id;
mod locks;
pub mod lro;
mod permissions;
mod policy_assignments;
mod policy_restrictions;
mod resource_groups;
mod resource_id;
mod resource_providers;
mod retry;
mod rules;
pub mod send;
mod set_on;
pub mod settle;
mod subscriptions;
#[cfg(feature = "test-util")]
pub mod testing;
mod token_rules;
mod transport;
mod typed_resource_id;
mod waiting;

pub use arm::{ArmClient, ArmClientOptions};
pub use cloud::{Cloud, UnknownCloud};
pub use error::{Error, Failure, FailureBuilder, Hint, Kind, Result, ServiceError};
pub use id::{
    ApplicationObjectId, ClientId, Id, IdKind, InvalidId, PrincipalId, SubscriptionId, TenantId,
    kind,
};
pub use locks::{LockLevel, LocksApi, ManagementLock};
pub use permissions::{ActionSet, GrantedPermissions, PermissionsApi, action_matches};
pub use policy_assignments::{EnforcementMode, PolicyAssignment, PolicyAssignmentsApi};
pub use policy_restrictions::{
    CheckPolicyRestrictionsOptions, FieldRestriction, PendingField, PolicyEvaluation,
    PolicyReference, PolicyRestrictions, PolicyRestrictionsApi,
};
pub use resource_groups::{
    DeleteResourceGroupOptions, PutResourceGroupOptions, ResourceGroup, ResourceGroupsApi,
};
pub use resource_id::{InvalidResource, Location, ResourceGroupName, ResourceId, Scope};
pub use resource_providers::{RegistrationState, ResourceProvider, ResourceProvidersApi};
pub use retry::{ReadRetry, ReadRetryOptions};
pub use rules::Rule;
pub use send::Received;
pub use subscriptions::{Subscription, SubscriptionsApi};
pub use token_rules::TOKEN_RULES;
pub use transport::default_transport;
pub use typed_resource_id::{ResourceType, TypedResourceId};
pub use waiting::{Wait, WaitObserver};
