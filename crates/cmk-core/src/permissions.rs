//! What the caller may do at a scope, as far as Resource Manager tells.

use crate::{ArmClient, Result, Scope};
use azure_core::http::Method;
use serde::Deserialize;
use std::fmt;

/// What the caller holds at a scope.
///
/// An indication, not a promise: conditions, deny assignments, locks and policies do not show in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantedPermissions {
    /// One set per role that the caller holds there.
    pub sets: Vec<ActionSet>,
}

/// The actions of one role: what is in `actions` and not in `not_actions`. `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ActionSet {
    /// Control-plane actions.
    pub actions: Vec<String>,
    /// Control-plane actions that are taken out again, in this set only.
    pub not_actions: Vec<String>,
    /// Data-plane actions.
    pub data_actions: Vec<String>,
    /// Data-plane actions that are taken out again, in this set only.
    pub not_data_actions: Vec<String>,
}

impl GrantedPermissions {
    /// Permissions made of these sets: for doubles.
    #[must_use]
    pub fn new(sets: Vec<ActionSet>) -> Self {
        Self { sets }
    }

    /// Whether some role of the caller holds the control-plane action.
    ///
    /// ```
    /// use cmk_core::{ActionSet, GrantedPermissions};
    ///
    /// let mut contributor = ActionSet::default();
    /// contributor.actions = vec!["*".to_owned()];
    /// contributor.not_actions = vec!["Microsoft.Authorization/*/Write".to_owned()];
    /// let granted = GrantedPermissions::new(vec![contributor]);
    /// assert!(granted.allows("Microsoft.KeyVault/vaults/write"));
    /// assert!(!granted.allows("Microsoft.Authorization/roleAssignments/write"));
    /// ```
    #[must_use]
    pub fn allows(&self, action: &str) -> bool {
        self.sets.iter().any(|set| {
            let in_any = |patterns: &[String]| {
                patterns
                    .iter()
                    .any(|pattern| action_matches(pattern, action))
            };
            in_any(&set.actions) && !in_any(&set.not_actions)
        })
    }
}

/// Whether an action falls under a pattern with `*`, compared without case. A segment `*` stands for none, too: the role Managed
/// Identity Operator holds `…/userAssignedIdentities/*/read` and `…/*/assign/action`, and with them
/// `…/userAssignedIdentities/read` and `…/assign/action`
/// (<https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity#managed-identity-operator>).
#[must_use]
pub fn action_matches(pattern: &str, action: &str) -> bool {
    stands_for(pattern, action) || stands_for(&pattern.replace("/*/", "/"), action)
}

fn stands_for(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        // Each part as early as it comes; the last one must end the action.
        if let Some(previous) = last.replace(part) {
            let Some(at) = rest.find(previous) else {
                return false;
            };
            rest = rest.get(at + previous.len()..).unwrap_or_default();
        }
    }
    last.map_or(rest.is_empty(), |end| rest.ends_with(end))
}

/// The caller's permissions.
#[async_trait::async_trait]
pub trait PermissionsApi: fmt::Debug + Send + Sync {
    /// Reads what the caller holds at a scope.
    ///
    /// One `GET` for each page. Roles given a moment ago can be missing for up to 10 minutes.
    ///
    /// * `scope`: subscription, resource group or resource
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) if the scope does not exist; [`Error::Forbidden`](crate::Error::Forbidden)
    /// without `Microsoft.Authorization/permissions/read`, which every role with `*/read` holds.
    ///
    /// [REST reference](https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource)
    async fn get_permissions(&self, scope: &Scope) -> Result<GrantedPermissions>;
}

const _: fn(&dyn PermissionsApi) = |_| ();

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl PermissionsApi for ArmClient {
    async fn get_permissions(&self, scope: &Scope) -> Result<GrantedPermissions> {
        let request = self
            .connection
            .request(
                "get_permissions",
                Method::Get,
                &format!("{scope}/providers/Microsoft.Authorization/permissions"),
            )
            .api_version(&self.options.permissions_api_version)
            .target(scope.to_string());
        let sets = self.connection.list::<ActionSet>(request).await?;
        Ok(GrantedPermissions {
            sets: sets.into_iter().map(|(set, _)| set).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::action_matches;

    #[test]
    fn patterns_match_as_azures_do() {
        let cases = [
            ("*", "Microsoft.KeyVault/vaults/write", true),
            ("*/read", "Microsoft.KeyVault/vaults/read", true),
            ("*/read", "Microsoft.KeyVault/vaults/write", false),
            (
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/roleAssignments/write",
                true,
            ),
            (
                "Microsoft.Authorization/*",
                "Microsoft.AuthorizationX/roleAssignments/write",
                false,
            ),
            (
                "microsoft.managedidentity/userassignedidentities/*/assign/action",
                "Microsoft.ManagedIdentity/userAssignedIdentities/x/assign/action",
                true,
            ),
            (
                "microsoft.managedidentity/userassignedidentities/*/assign/action",
                "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
                true,
            ),
            (
                "Microsoft.KeyVault/vaults/read",
                "Microsoft.KeyVault/vaults/read",
                true,
            ),
            (
                "Microsoft.KeyVault/vaults/read",
                "Microsoft.KeyVault/vaults/readX",
                false,
            ),
            ("a*b*c", "abc", true),
            ("a*bc*c", "abc", false),
        ];
        for (pattern, action, expected) in cases {
            assert_eq!(
                action_matches(pattern, action),
                expected,
                "{pattern} {action}"
            );
        }
    }
}
