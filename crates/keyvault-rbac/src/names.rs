//! Names of vaults, managed HSMs, keys and versions, and the id of a vault.

use cmk_core::{ResourceType, Scope, TypedResourceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A text that is no name of a vault, a managed HSM, a key or a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}, got {got:?}")]
pub struct InvalidName {
    what: &'static str,
    problem: &'static str,
    got: String,
}

impl InvalidName {
    pub(crate) fn new(what: &'static str, problem: &'static str, got: &str) -> Self {
        Self {
            what,
            problem,
            got: got.chars().take(64).collect(),
        }
    }
}

/// The name of a vault: 3 to 24 letters, digits and hyphens, starting with a letter, ending with a letter or digit, without
/// two hyphens in a row. Unique over all tenants; compared without case.
///
/// [Naming rules](https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftkeyvault)
///
/// ```
/// use keyvault_rbac::VaultName;
///
/// let name: VaultName = "contoso-cmk".parse()?;
/// assert_eq!(name, "Contoso-CMK".parse()?);
/// let error = "1st".parse::<VaultName>().unwrap_err();
/// assert_eq!(error.to_string(), r#"vault name must start with a letter, got "1st""#);
/// # Ok::<(), keyvault_rbac::InvalidName>(())
/// ```
#[derive(Debug, Clone)]
pub struct VaultName(String);

/// The name of a managed HSM, by the rules of a [`VaultName`].
#[derive(Debug, Clone)]
pub struct HsmName(String);

/// The name of a key: 1 to 127 letters, digits and hyphens. Compared without case.
#[derive(Debug, Clone)]
pub struct KeyName(String);

/// A version of a key: 32 hexadecimal digits, kept in lower case.
#[derive(Debug, Clone)]
pub struct KeyVersion(String);

impl FromStr for VaultName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        store_name("vault name", text).map(Self)
    }
}

impl FromStr for HsmName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        store_name("managed HSM name", text).map(Self)
    }
}

fn store_name(what: &'static str, text: &str) -> Result<String, InvalidName> {
    let refuse = |problem| Err(InvalidName::new(what, problem, text));
    if !(3..=24).contains(&text.len()) {
        return refuse("must have 3 to 24 characters");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return refuse("may hold ASCII letters, digits and hyphens only");
    }
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return refuse("must start with a letter");
    }
    if text.ends_with('-') || text.contains("--") {
        return refuse("must not end with a hyphen or hold two in a row");
    }
    Ok(text.to_owned())
}

impl FromStr for KeyName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let refuse = |problem| Err(InvalidName::new("key name", problem, text));
        if !(1..=127).contains(&text.len()) {
            return refuse("must have 1 to 127 characters");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return refuse("may hold ASCII letters, digits and hyphens only");
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for KeyVersion {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidName::new(
                "key version",
                "must be 32 hexadecimal digits",
                text,
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Text, equality and hashing without case, and serde through text.
macro_rules! caseless_names {
    ($($name:ident),*) => {$(
        impl $name {
            /// The name as given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.to_ascii_lowercase().hash(state);
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
caseless_names!(VaultName, HsmName, KeyName, KeyVersion);

impl VaultName {
    /// The name as a host's label.
    pub(crate) fn label(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl HsmName {
    /// The name as a host's label.
    pub(crate) fn label(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// The type of vaults.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "has no values: it only names the type"
)]
pub enum VaultType {}

impl ResourceType for VaultType {
    const TYPE: &'static str = "Microsoft.KeyVault/vaults";
    const NOUN: &'static str = "vault id";
    type Name = VaultName;
}

/// The id of a vault.
pub type VaultId = TypedResourceId<VaultType>;

/// The scope of one key of a vault, the narrowest at which a role can be given: `…/vaults/{vault}/keys/{key}`, without version.
///
/// ```
/// use keyvault_rbac::{VaultId, key_scope};
///
/// let vault: VaultId = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-cmk".parse()?;
/// let scope = key_scope(&vault, &"cosmos".parse()?);
/// assert_eq!(scope.to_string(), format!("{vault}/keys/cosmos"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "the parts of a vault's id and a key's name are bounded and hold no character that an id refuses"
)]
pub fn key_scope(vault: &VaultId, key: &KeyName) -> Scope {
    vault
        .as_resource_id()
        .child("keys", key.as_str())
        .map(Scope::Resource)
        .expect("a vault's id and a key's name make an id")
}
