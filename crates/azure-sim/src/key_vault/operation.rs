//! What is done with a key, and what its state and its list of operations allow.

use super::key::KeyVersion;
use crate::{DatesRefusal, world::World};

/// What a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Encrypt,
    Decrypt,
    Wrap,
    Unwrap,
    Sign,
    Verify,
}

/// Why a key does not do it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Barred {
    pub(crate) message: String,
    pub(crate) inner: Option<&'static str>,
}

impl Operation {
    /// By the last segment of a path, in lower case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "encrypt" => Some(Self::Encrypt),
            "decrypt" => Some(Self::Decrypt),
            "wrapkey" => Some(Self::Wrap),
            "unwrapkey" => Some(Self::Unwrap),
            "sign" => Some(Self::Sign),
            "verify" => Some(Self::Verify),
            _ => None,
        }
    }

    /// As `key_ops` and refusals have it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrapKey",
            Self::Unwrap => "unwrapKey",
            Self::Sign => "sign",
            Self::Verify => "verify",
        }
    }

    /// Whether it is about a signature, and so about a digest.
    pub(crate) const fn is_of_signatures(self) -> bool {
        matches!(self, Self::Sign | Self::Verify)
    }

    /// Whether it makes a ciphertext.
    pub(crate) const fn seals(self) -> bool {
        matches!(self, Self::Encrypt | Self::Wrap)
    }

    /// Whether a disabled key does it: <https://github.com/Azure/azure-sdk-for-python/issues/45342>.
    const fn works_disabled(self) -> bool {
        matches!(self, Self::Encrypt | Self::Wrap | Self::Verify)
    }

    /// Whether a key does it outside of its dates, so that what is there already can be read:
    /// <https://learn.microsoft.com/azure/key-vault/keys/about-keys-details>.
    const fn works_out_of_dates(self) -> bool {
        matches!(self, Self::Decrypt | Self::Unwrap | Self::Verify)
    }

    /// What the version's state, its dates and its list of operations allow now.
    pub(crate) fn check(self, found: &KeyVersion, world: &World) -> Result<(), Barred> {
        let name = self.name();
        let refuse = |state: &str, inner| {
            Err(Barred {
                message: format!("Operation {name} is not allowed on {state}."),
                inner,
            })
        };
        if !found.enabled && !self.works_disabled() {
            return refuse("a disabled key", Some("KeyDisabled"));
        }
        if !found.in_dates(world) && !self.works_out_of_dates() {
            let now = world.unix_time().cast_unsigned();
            let early = found.not_before.is_some_and(|from| now < from);
            // No source has these words.
            return match (world.options.assumptions.key_dates_refusal, early) {
                (DatesRefusal::LikeDisabled, true) => refuse("a key that is not yet valid", None),
                (DatesRefusal::LikeDisabled, false) => refuse("an expired key", None),
                (DatesRefusal::LikeSecret, true) => {
                    refuse("a not yet valid key", Some("KeyNotYetValid"))
                }
                (DatesRefusal::LikeSecret, false) => refuse("a expired key", Some("KeyExpired")),
            };
        }
        if !found.may(name) {
            return Err(Barred {
                message: format!("Operation {name} is not permitted on this key."),
                inner: Some("KeyOperationForbidden"),
            });
        }
        Ok(())
    }

    /// What this simulator cannot do with a version, though the service can.
    pub(crate) fn absent(self, found: &KeyVersion, algorithm: &str, kid: &str) -> Option<String> {
        let too_small = found.rsa().is_some_and(|rsa| !rsa.is_usable());
        (too_small || algorithm == "RSNULL").then(|| {
            format!(
                "{} by {} with {} key of {kid}",
                self.name(),
                if algorithm.is_empty() { "?" } else { algorithm },
                if too_small { "the too small" } else { "the" }
            )
        })
    }
}
