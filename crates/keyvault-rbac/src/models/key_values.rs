//! The words that describe keys: types, sizes, operations, algorithms, how well a deleted one is kept.

use super::service_enum::service_enum;

service_enum! {
    /// The type of a key.
    KeyType {
        /// RSA, protected by software.
        Rsa = "RSA",
        /// RSA, protected by hardware: premium vaults and managed HSMs.
        RsaHsm = "RSA-HSM",
        /// Elliptic curve. Cannot wrap.
        Ec = "EC",
        /// Elliptic curve, protected by hardware. Cannot wrap.
        EcHsm = "EC-HSM",
        /// AES, of managed HSMs.
        OctHsm = "oct-HSM",
    }
}

impl KeyType {
    /// Whether it is RSA, in software or hardware: what Cosmos DB takes.
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        matches!(self, Self::Rsa | Self::RsaHsm)
    }
}

/// The size of an RSA key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RsaKeySize {
    /// 2048 bits.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

impl RsaKeySize {
    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }
}

service_enum! {
    /// What a key may be used for. A key refuses every other operation, whatever role the caller has.
    KeyOperation {
        /// Encrypting.
        Encrypt = "encrypt",
        /// Decrypting.
        Decrypt = "decrypt",
        /// Signing.
        Sign = "sign",
        /// Verifying a signature.
        Verify = "verify",
        /// Wrapping another key.
        WrapKey = "wrapKey",
        /// Unwrapping another key.
        UnwrapKey = "unwrapKey",
        /// Importing.
        Import = "import",
        /// Exporting.
        Export = "export",
    }
}

service_enum! {
    /// How a key is wrapped.
    WrapAlgorithm {
        /// RSAES-OAEP with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// RSAES-OAEP with SHA-1.
        RsaOaep = "RSA-OAEP",
        /// RSAES-PKCS1-v1_5.
        Rsa15 = "RSA1_5",
    }
}

service_enum! {
    /// How well a deleted key is kept. Every level without `Purgeable` means purge protection.
    RecoveryLevel {
        /// Gone when deleted.
        Purgeable = "Purgeable",
        /// Kept for 90 days unless purged.
        RecoverablePurgeable = "Recoverable+Purgeable",
        /// Kept for 90 days.
        Recoverable = "Recoverable",
        /// Kept for 90 days, and the subscription cannot be deleted meanwhile.
        RecoverableProtectedSubscription = "Recoverable+ProtectedSubscription",
        /// Kept for 7 to 89 days unless purged.
        CustomizedRecoverablePurgeable = "CustomizedRecoverable+Purgeable",
        /// Kept for 7 to 89 days.
        CustomizedRecoverable = "CustomizedRecoverable",
        /// Kept for 7 to 89 days, and the subscription cannot be deleted meanwhile.
        CustomizedRecoverableProtectedSubscription = "CustomizedRecoverable+ProtectedSubscription",
    }
}

impl RecoveryLevel {
    /// Whether a deleted key of this level cannot be purged. A level that is not known protects nothing.
    #[must_use]
    pub fn purge_protected(&self) -> bool {
        matches!(
            self,
            Self::Recoverable
                | Self::RecoverableProtectedSubscription
                | Self::CustomizedRecoverable
                | Self::CustomizedRecoverableProtectedSubscription
        )
    }
}
