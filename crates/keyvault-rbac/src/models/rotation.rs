//! When a key is rotated by itself.

use super::service_enum::service_enum;
use cmk_core::send::Received;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// When a key gets a new version by itself.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RotationPolicy {
    /// What happens, and when.
    pub lifetime_actions: Vec<LifetimeAction>,
    /// How long each new version may be used. Versions that are there stay as they are.
    pub expiry: Option<RotationPeriod>,
    /// The policy as received; empty for one to be sent.
    pub received: Received,
}

impl RotationPolicy {
    /// A policy of these actions whose versions expire after `expiry`.
    #[must_use]
    pub fn new(lifetime_actions: Vec<LifetimeAction>, expiry: Option<RotationPeriod>) -> Self {
        Self {
            lifetime_actions,
            expiry,
            received: Received::default(),
        }
    }

    /// Why it cannot be sent, if it cannot: an action whose time could not be read would lose it.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.lifetime_actions
            .iter()
            .find(|action| action.trigger.is_none())
            .map(|action| format!("the action {} must say when", action.action))
    }
}

/// One thing that happens in the life of a version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifetimeAction {
    /// What happens.
    pub action: RotationAction,
    /// When; `None` where the service says it in a way that is not known here.
    pub trigger: Option<RotationTrigger>,
}

impl LifetimeAction {
    /// An action and its time.
    #[must_use]
    pub fn new(action: RotationAction, trigger: RotationTrigger) -> Self {
        Self {
            action,
            trigger: Some(trigger),
        }
    }
}

service_enum! {
    /// What happens in the life of a version of a key.
    RotationAction {
        /// A new version is made.
        Rotate = "Rotate",
        /// An event is sent.
        Notify = "Notify",
    }
}

/// When something happens in the life of a version of a key. The service wants at least seven days either way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationTrigger {
    /// So long after the version was made.
    AfterCreate(RotationPeriod),
    /// So long before it expires.
    BeforeExpiry(RotationPeriod),
}

/// A span of time as ISO 8601 writes it: `P90D`, `P18M`, `P2Y`. Calendar months and years have no fixed length, so it stays text.
///
/// ```
/// use keyvault_rbac::RotationPeriod;
///
/// assert_eq!("P18M".parse::<RotationPeriod>()?.as_str(), "P18M");
/// assert!("18 months".parse::<RotationPeriod>().is_err());
/// # Ok::<(), keyvault_rbac::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RotationPeriod(String);

impl RotationPeriod {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RotationPeriod {
    type Err = crate::InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused =
            || crate::InvalidName::new("period", "must be an ISO 8601 duration such as P90D", text);
        let rest = text.strip_prefix('P').ok_or_else(refused)?;
        let (date, time) = match rest.split_once('T') {
            Some((_, "")) => return Err(refused()),
            Some((date, time)) => (date, time),
            None => (rest, ""),
        };
        if rest.is_empty() || !is_parts(date, "YMWD") || !is_parts(time, "HMS") {
            return Err(refused());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether the text is numbers, each with one of the units behind it, in the order of the units.
fn is_parts(text: &str, units: &str) -> bool {
    let mut units = units.chars();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        let mut after = rest.chars().skip(digits);
        let Some(unit) = after.next() else {
            return false;
        };
        if !units.any(|known| known == unit) {
            return false;
        }
        rest = rest.get(digits + 1..).unwrap_or_default();
    }
    true
}

impl fmt::Display for RotationPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RotationPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RotationPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
