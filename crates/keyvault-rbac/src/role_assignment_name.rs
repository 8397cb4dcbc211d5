//! The name of a role assignment: a GUID that is derived, so that a second run finds the first.

use crate::{InvalidName, Role};
use azure_core::Uuid;
use cmk_core::{PrincipalId, Scope};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The name of a role assignment: a GUID that its maker chooses, unique over all subscriptions.
///
/// ```
/// use keyvault_rbac::{Role, RoleAssignmentName};
///
/// let scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg".parse()?;
/// let principal = "22222222-2222-4222-8222-222222222222".parse()?;
/// let name = RoleAssignmentName::derive(&scope, principal, Role::KeyVaultCryptoServiceEncryptionUser);
/// assert_eq!(name.to_string(), "dfe5cbb9-702d-5c21-a584-5e2bbc436984");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleAssignmentName(Uuid);

impl RoleAssignmentName {
    /// The namespace of derived names, of this crate alone: changing it would make every assignment a stranger to the
    /// next run.
    pub const NAMESPACE: Uuid = Uuid::from_u128(0x7d0c3c56_5c1e_4b0b_9a53_6e6f1d1c2a84);

    /// The name that the same scope, principal and role always get: a version 5 UUID in [`NAMESPACE`](Self::NAMESPACE) over
    /// `{scope}|{principal}|{role GUID}` in lower case.
    ///
    /// Properties of an assignment cannot be changed later, so all that makes it what it is goes into the name
    /// ([source](https://learn.microsoft.com/azure/role-based-access-control/troubleshooting)).
    #[must_use]
    pub fn derive(scope: &Scope, principal: PrincipalId, role: Role) -> Self {
        let text = format!("{scope}|{principal}|{}", role.id()).to_lowercase();
        Self(Uuid::new_v5(&Self::NAMESPACE, text.as_bytes()))
    }

    /// Reads a name that the service sent.
    pub(crate) fn from_service(text: &str) -> Result<Self, InvalidName> {
        Uuid::try_parse(text).map(Self).map_err(|_| invalid(text))
    }
}

fn invalid(text: &str) -> InvalidName {
    InvalidName::new("role assignment name", "must be a GUID", text)
}

impl FromStr for RoleAssignmentName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        // Only the hyphenated form, which the service writes too.
        if text.len() != 36 {
            return Err(invalid(text));
        }
        let name = Self::from_service(text)?;
        if name.0.is_nil() {
            return Err(InvalidName::new(
                "role assignment name",
                "must not be the nil GUID",
                text,
            ));
        }
        Ok(name)
    }
}

impl fmt::Display for RoleAssignmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.as_hyphenated(), f)
    }
}

impl Serialize for RoleAssignmentName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleAssignmentName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
