//! The key exists in the vault, made through Resource Manager, and can wrap for Cosmos DB.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, write},
};
use crate::{
    Customer, Result, TenantContext,
    error::{Problem, Reason, refuse_first},
    mark,
    run::Waits,
};
use azure_core::time::{OffsetDateTime, to_rfc3339};
use keyvault_rbac::{
    ArmKey, Key, KeyAttributes, KeyName, KeyOperation, KeyType, KeyUri, NewKey, VaultId,
};

/// Finds or creates the key through Resource Manager: needs no data-plane role, and the vault's firewall does not matter.
#[derive(Debug)]
pub struct EnsureKey<'a> {
    /// The customer.
    pub at: &'a TenantContext<Customer>,
    /// The vault.
    pub vault: &'a VaultId,
    /// The key.
    pub name: &'a KeyName,
    /// What it is made as, if it is created.
    pub new: &'a NewKey,
    /// The moment by which the key's dates are judged. Default: the machine's clock.
    pub now: Option<OffsetDateTime>,
}

impl Step for EnsureKey<'_> {
    type Output = KeyUri;

    fn id(&self) -> StepId {
        StepId::Key
    }

    fn target(&self) -> String {
        format!("key {} in vault {}", self.name, self.vault.name())
    }

    fn settings(&self) -> Vec<String> {
        described(self.new)
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<KeyUri>> {
        if let Some(key) = self.read().await.map_err(|error| self.failed(error))? {
            KeyFacts::from(&key).check(&self.target(), self.now)?;
            let ours = mark::is_in(&key.tags);
            return Ok(Made::found(key.key_uri.versionless(), ours).into());
        }
        KeyFacts::from(self.new).check(&self.target(), self.now)?;
        Ok(Found::MISSING)
    }

    async fn make(&self, _gap: Gap<KeyUri>, waits: &Waits) -> Result<Made<KeyUri>> {
        let keys = &self.at.clients().arm_keys;
        let mut wanted = self.new.clone();
        wanted.tags.extend(mark::tags());
        let key = write(
            "create_key_if_absent",
            &self.target(),
            waits,
            || self.read(),
            || keys.create_key_if_absent(self.vault, self.name, &wanted, None),
        )
        .await
        .map_err(|error| self.failed(error))?;
        KeyFacts::from(&key).check(&self.target(), self.now)?;
        Ok(Made::created(key.key_uri.versionless()))
    }
}

impl EnsureKey<'_> {
    async fn read(&self) -> cmk_core::Result<Option<ArmKey>> {
        let keys = &self.at.clients().arm_keys;
        found(keys.get_arm_key(self.vault, self.name).await)
    }
}

/// What is made, for a plan.
pub(super) fn described(new: &NewKey) -> Vec<String> {
    let NewKey {
        kty,
        size,
        ops,
        attributes,
        tags,
        ..
    } = new;
    let operations: Vec<&str> = ops.iter().map(KeyOperation::as_str).collect();
    let mut lines = vec![format!("type {}", kty.as_str())];
    lines.extend(size.map(|size| format!("{} bits", size.bits())));
    lines.push(match operations.as_slice() {
        [] => String::from("operations: all that the type can do"),
        some => format!("operations {}", some.join(", ")),
    });
    let KeyAttributes {
        enabled,
        not_before,
        expires,
        ..
    } = attributes;
    lines.extend(enabled.map(|enabled| format!("enabled {enabled}")));
    lines.extend(not_before.map(|time| format!("not before {}", to_rfc3339(&time))));
    lines.extend(expires.map(|time| format!("expires {}", to_rfc3339(&time))));
    lines.extend(mark::lines(tags));
    lines
}

/// What decides whether a key fits, whichever way it was read.
#[derive(Debug)]
pub(crate) struct KeyFacts<'a> {
    pub(crate) key_type: Option<&'a KeyType>,
    pub(crate) bits: Option<u32>,
    pub(crate) operations: &'a [KeyOperation],
    pub(crate) enabled: Option<bool>,
    pub(crate) not_before: Option<OffsetDateTime>,
    pub(crate) expires: Option<OffsetDateTime>,
}

impl<'a> From<&'a ArmKey> for KeyFacts<'a> {
    fn from(key: &'a ArmKey) -> Self {
        Self {
            key_type: key.kty.as_ref(),
            bits: key.size,
            operations: &key.ops,
            enabled: key.attributes.enabled,
            not_before: key.attributes.not_before,
            expires: key.attributes.expires,
        }
    }
}

impl<'a> From<&'a Key> for KeyFacts<'a> {
    fn from(key: &'a Key) -> Self {
        Self {
            key_type: Some(&key.kty),
            bits: key.size,
            operations: &key.ops,
            enabled: Some(key.enabled),
            not_before: key.not_before,
            expires: key.expires,
        }
    }
}

impl<'a> From<&'a NewKey> for KeyFacts<'a> {
    fn from(key: &'a NewKey) -> Self {
        Self {
            key_type: Some(&key.kty),
            // Every size that can be asked for is long enough.
            bits: None,
            operations: &key.ops,
            enabled: key.attributes.enabled,
            not_before: key.attributes.not_before,
            expires: key.attributes.expires,
        }
    }
}

impl KeyFacts<'_> {
    /// `now`: the moment by which its dates are judged. Default: the machine's clock.
    pub(crate) fn check(&self, target: &str, now: Option<OffsetDateTime>) -> Result<()> {
        let now = now.unwrap_or_else(OffsetDateTime::now_utc);
        refuse_first(target, self.problems(now))
    }

    /// Everything about the key that does not fit.
    pub(crate) fn problems(&self, now: OffsetDateTime) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !self.key_type.is_some_and(KeyType::is_rsa) {
            problems.push((
                Reason::KeyTypeUnfit,
                format!(
                    "it is of type {}, which cannot wrap for Cosmos DB",
                    self.key_type.map_or("unknown", KeyType::as_str)
                ),
            ));
        }
        if let Some(bits) = self.bits.filter(|bits| *bits < 2_048) {
            problems.push((Reason::KeyTooShort, format!("it has {bits} bits")));
        }
        // No list at all is no limit.
        let has = |operation| self.operations.is_empty() || self.operations.contains(&operation);
        if !has(KeyOperation::WrapKey) || !has(KeyOperation::UnwrapKey) {
            problems.push((
                Reason::KeyOperationsMissing,
                String::from("its operations do not hold both wrapKey and unwrapKey"),
            ));
        }
        if self.enabled == Some(false) {
            problems.push((Reason::KeyDisabled, String::from("it is disabled")));
        }
        if self.expires.is_some_and(|end| end <= now)
            || self.not_before.is_some_and(|start| start > now)
        {
            problems.push((
                Reason::KeyOutsideDates,
                String::from("it has expired, or is not valid yet"),
            ));
        }
        problems
    }
}
