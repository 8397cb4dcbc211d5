//! The service's enumerations: known words, and whatever else it says.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{convert::Infallible, fmt, str::FromStr};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$word_doc])* $word,)*
            /// A word that this crate does not know, as the service wrote it.
            Unknown(String),
        }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                $(if text.eq_ignore_ascii_case($text) {
                    return Ok(Self::$word);
                })*
                Ok(Self::Unknown(text.to_owned()))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                let Ok(word) = text.parse();
                word
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
            }
        }
    )*};
}

words! {
    /// What an account speaks; fixed at its creation. Capabilities refine it.
    AccountKind {
        /// NoSQL, and with a capability Cassandra, Gremlin or Table.
        GlobalDocumentDb = "GlobalDocumentDB",
        /// MongoDB.
        MongoDb = "MongoDB",
        /// Parse.
        Parse = "Parse",
    }
    /// Which managed identities an account has.
    IdentityType {
        /// None.
        None = "None",
        /// Its own.
        SystemAssigned = "SystemAssigned",
        /// One or more that exist apart from it.
        UserAssigned = "UserAssigned",
        /// Both.
        SystemAndUserAssigned = "SystemAssigned,UserAssigned",
    }
    /// Whether the account can be reached from the internet.
    PublicNetworkAccess {
        /// Yes, within its firewall rules.
        Enabled = "Enabled",
        /// No: private endpoints only.
        Disabled = "Disabled",
        /// As its network security perimeter says.
        SecuredByPerimeter = "SecuredByPerimeter",
    }
    /// Which services of Azure pass the account's firewall.
    NetworkAclBypass {
        /// None.
        None = "None",
        /// Azure services.
        AzureServices = "AzureServices",
    }
    /// The oldest version of TLS that the account takes.
    MinimalTlsVersion {
        /// TLS 1.0.
        Tls = "Tls",
        /// TLS 1.1.
        Tls11 = "Tls11",
        /// TLS 1.2.
        Tls12 = "Tls12",
    }
    /// How much a read may lag behind the writes.
    ConsistencyLevel {
        /// Any amount, in any order.
        Eventual = "Eventual",
        /// Any amount, in order.
        ConsistentPrefix = "ConsistentPrefix",
        /// Not at all within one session.
        Session = "Session",
        /// A bounded amount.
        BoundedStaleness = "BoundedStaleness",
        /// Not at all.
        Strong = "Strong",
    }
    /// How copies of periodic backups are spread.
    BackupStorageRedundancy {
        /// Over two regions.
        Geo = "Geo",
        /// Within one place.
        Local = "Local",
        /// Over the zones of a region.
        Zone = "Zone",
    }
    /// How far back a continuous backup reaches.
    ContinuousTier {
        /// Seven days.
        Continuous7Days = "Continuous7Days",
        /// Thirty days.
        Continuous30Days = "Continuous30Days",
    }
}
