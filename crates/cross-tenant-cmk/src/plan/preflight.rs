//! What can be known to fail later: missing roles, locks, and the policies that may have a say.

use super::planner::Planner;
use crate::{
    Error,
    error::{Reason, Refusal},
};
use cmk_core::{
    EnforcementMode, Error as ClientError, GrantedPermissions, LocksApi, ManagementLock,
    PermissionsApi, PolicyAssignment, PolicyAssignmentsApi, Result as ClientResult, Scope,
};
use std::future::Future;

/// What the preflight asks.
pub(crate) struct Authorities<'a> {
    pub(crate) permissions: &'a dyn PermissionsApi,
    pub(crate) locks: &'a dyn LocksApi,
    pub(crate) policies: &'a dyn PolicyAssignmentsApi,
}

/// One scope in Resource Manager that the phase would write at.
struct Place {
    scope: Scope,
    /// The permissions that the writes take.
    permissions: Vec<&'static str>,
}

/// Looks at every place that the phase would write at. What cannot be read is no obstacle: the write will tell.
pub(crate) async fn look(planner: &mut Planner, authorities: &Authorities<'_>) {
    let places = places(planner.writes());
    for place in &places {
        look_at(planner, authorities, place).await;
    }
    let mut groups: Vec<Scope> = Vec::new();
    for place in &places {
        let group = group(&place.scope);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for group in groups {
        let listed = at_or_above(&group, |scope| async move {
            authorities.policies.list_policy_assignments(&scope).await
        });
        match listed.await {
            Ok(policies) => planner.note_policies(&policies, &group),
            Err(error) => planner.note(format!("policies at {group} could not be read: {error}")),
        }
    }
}

async fn look_at(planner: &mut Planner, authorities: &Authorities<'_>, place: &Place) {
    let scope = &place.scope;
    let permissions = at_or_above(scope, |scope| async move {
        authorities.permissions.get_permissions(&scope).await
    });
    let locks = at_or_above(scope, |scope| async move {
        authorities.locks.list_locks(&scope).await
    });
    let (permissions, locks) = futures::future::join(permissions, locks).await;
    match permissions {
        Ok(granted) => {
            for error in missing(&granted, &place.permissions, scope) {
                planner.obstacle(error);
            }
        }
        Err(error) => planner.note(format!(
            "which permissions are held at {scope} could not be read: {error}"
        )),
    }
    match locks {
        Ok(locks) => {
            for error in in_the_way(&locks, scope) {
                planner.obstacle(error);
            }
        }
        Err(error) => planner.note(format!("locks at {scope} could not be read: {error}")),
    }
}

/// The scopes of all writes, each once, with the permissions that they take there.
fn places(writes: &[(Scope, &'static str)]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (scope, permission) in writes {
        match places.iter_mut().find(|place| place.scope == *scope) {
            Some(place) if place.permissions.contains(permission) => {}
            Some(place) => place.permissions.push(permission),
            None => places.push(Place {
                scope: scope.clone(),
                permissions: vec![permission],
            }),
        }
    }
    places
}

/// Asks at the scope, or at the next one above it that is there.
async fn at_or_above<T, F, Fut>(scope: &Scope, ask: F) -> ClientResult<T>
where
    F: Fn(Scope) -> Fut,
    Fut: Future<Output = ClientResult<T>>,
{
    let mut scope = scope.clone();
    loop {
        match ask(scope.clone()).await {
            Err(ClientError::NotFound(failure)) => match above(&scope) {
                Some(parent) => scope = parent,
                None => return Err(ClientError::NotFound(failure)),
            },
            answer => return answer,
        }
    }
}

/// The group that a scope lies in: policies are rarely assigned to a single resource.
fn group(scope: &Scope) -> Scope {
    match scope {
        Scope::Resource(id) => Scope::ResourceGroup(id.subscription(), id.resource_group().clone()),
        other => other.clone(),
    }
}

/// The scope that holds another one.
fn above(scope: &Scope) -> Option<Scope> {
    match scope {
        Scope::ResourceGroup(subscription, _) => Some(Scope::Subscription(*subscription)),
        Scope::Resource(id) => {
            let text = id.to_string();
            let (parent, _name) = text.rsplit_once('/')?;
            let (parent, _type) = parent.rsplit_once('/')?;
            match parent.rsplit_once("/providers/") {
                // A type of the provider itself: above it is the group.
                Some((group, namespace)) if !namespace.contains('/') => group.parse().ok(),
                _ => parent.parse().ok(),
            }
        }
        _ => None,
    }
}

fn missing(granted: &GrantedPermissions, wanted: &[&'static str], scope: &Scope) -> Vec<Error> {
    wanted
        .iter()
        .filter(|permission| !granted.allows(permission))
        .map(|permission| {
            Refusal::new(
                Reason::PermissionMissing,
                scope,
                format!("the credential does not hold {permission} there"),
            )
            .into()
        })
        .collect()
}

fn in_the_way(locks: &[ManagementLock], scope: &Scope) -> Vec<Error> {
    locks
        .iter()
        .filter(|lock| lock.holds_at(scope) && lock.blocks_writes() == Some(true))
        .map(|lock| {
            Refusal::new(
                Reason::LockInTheWay,
                scope,
                format!("lock {} on {} forbids to write", lock.name, lock.scope),
            )
            .into()
        })
        .collect()
}

impl Planner {
    /// Says which policies may have a say. Whether one denies, only the service can tell.
    fn note_policies(&mut self, policies: &[PolicyAssignment], scope: &Scope) {
        let enforced: Vec<&str> = policies
            .iter()
            .filter(|policy| policy.enforcement_mode == EnforcementMode::Default)
            .filter(|policy| !policy.leaves_out(scope))
            .map(|policy| policy.display_name.as_deref().unwrap_or(&policy.name))
            .collect();
        if !enforced.is_empty() {
            self.note(format!(
                "policies are enforced at {scope}, and whether one denies only the write will tell: {}",
                enforced.join(", ")
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::above;
    use cmk_core::Scope;

    #[test]
    fn what_lies_above_a_scope() {
        let subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
        let key = format!(
            "{subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso/keys/cosmos"
        );
        let mut scope: Scope = key.parse().unwrap();
        let mut seen = Vec::new();
        while let Some(parent) = above(&scope) {
            seen.push(parent.to_string());
            scope = parent;
        }
        assert_eq!(
            seen,
            [
                format!(
                    "{subscription}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso"
                ),
                format!("{subscription}/resourceGroups/rg"),
                subscription.to_owned(),
            ]
        );
    }
}
