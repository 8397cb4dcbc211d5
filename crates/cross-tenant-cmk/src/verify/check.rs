//! The checks: their stable ids, what each asks, how bad it is, and what is needed to see it.

use super::Remedy;
use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! checks {
    ($($name:ident $id:literal $severity:ident, $title:literal, $needs:expr;)*) => {
        /// A check. Its id never changes, and has a page in the repository's `docs/checks`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum CheckId {
            $(#[doc = concat!($id, ": ", $title, ".")] $name,)*
        }

        impl CheckId {
            /// Every check, in the order of its id.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable id, such as `CMK-021`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// What holds if the check is ok.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// How bad it is if it fails.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }

            /// What it takes to see it.
            #[must_use]
            pub const fn needs(self) -> &'static str {
                match self {
                    $(Self::$name => $needs,)*
                }
            }
        }
    };
}

const PROVIDER_READER: &str = "the provider's credentials, with Reader on the subscription";
const CUSTOMER_READER: &str = "the customer's credentials, with Reader on the subscription";
const ACCOUNT: &str =
    "the provider's credentials, with Reader or Cosmos DB Account Reader on the account";
const APPLICATION: &str = "the provider's credentials, with the permission Application.Read.All or as owner of the application";
const DIRECTORY: &str = "the customer's credentials, with the permission Application.Read.All or as a member of the directory";
const VAULT: &str = "the customer's credentials, with Microsoft.KeyVault/vaults/read on the vault (Key Vault Reader)";
const KEY: &str = "the customer's credentials, with Microsoft.KeyVault/vaults/keys/read on the vault (Key Vault Reader), or a key proof";
const PROOF: &str = "a credential of the managed identity, where it can be reached";

checks! {
    ProviderTenant "CMK-001" Error, "The provider's credentials act in the provider's tenant", PROVIDER_READER;
    CustomerTenant "CMK-002" Error, "The customer's credentials act in the customer's tenant", CUSTOMER_READER;
    TenantsDiffer "CMK-003" Error, "Provider and customer are two tenants", "the tenants of both parties";
    RecordsAgree "CMK-004" Error, "Setup, Grant and the provider's record of the customer agree", "the provider's records and the Grant";
    AccountAtRest "CMK-010" Error, "The account exists and is at rest", ACCOUNT;
    AccountIdentity "CMK-011" Error, "The managed identity is on the account", ACCOUNT;
    DefaultIdentity "CMK-012" Error, "The account asks for its key with this identity and this application", ACCOUNT;
    AccountKey "CMK-013" Error, "The account names the key, without a version", ACCOUNT;
    KeyStatus "CMK-014" Error, "The service confirms the access to the key", ACCOUNT;
    IdentityUnchanged "CMK-020" Error, "The managed identity exists and is the one of the setup", "the provider's credentials, with Managed Identity Operator or Reader on the identity";
    Application "CMK-021" Error, "The application exists and is not disabled", APPLICATION;
    Audience "CMK-022" Error, "The application is open to other tenants", APPLICATION;
    FederatedCredential "CMK-023" Error, "A federated credential names the identity: issuer, subject and audience", APPLICATION;
    ServicePrincipal "CMK-030" Error, "The application has a service principal in the key's tenant", DIRECTORY;
    PrincipalEnabled "CMK-031" Error, "The service principal is enabled", DIRECTORY;
    HomeTenant "CMK-032" Error, "The application's home is the provider's tenant", DIRECTORY;
    KeyRole "CMK-033" Error, "The service principal may use the key, whatever is asked", "the customer's credentials, with Microsoft.Authorization/roleAssignments/read on the key (Reader), or a key proof";
    Vault "CMK-040" Error, "The vault exists", VAULT;
    VaultTenant "CMK-041" Error, "The vault belongs to the customer's tenant", VAULT;
    SoftDelete "CMK-042" Error, "The vault keeps deleted keys (soft delete)", VAULT;
    PurgeProtection "CMK-043" Error, "Nobody can purge deleted keys (purge protection)", VAULT;
    PermissionModel "CMK-044" Error, "The vault is governed by Azure roles", VAULT;
    VaultNetwork "CMK-045" Error, "The vault's firewall lets Cosmos DB in", VAULT;
    VaultChallenge "CMK-046" Error, "The vault itself names the customer's tenant", "a network path to the vault; no credential";
    Key "CMK-050" Error, "The key exists", KEY;
    KeyEnabled "CMK-051" Error, "The key is enabled", KEY;
    KeyDates "CMK-052" Error, "The key is within its dates", KEY;
    KeyExpiry "CMK-053" Warning, "The key does not expire soon", KEY;
    KeyType "CMK-054" Error, "The key is an RSA key", KEY;
    KeySize "CMK-055" Error, "The key has 2048 bits or more", KEY;
    KeyOperations "CMK-056" Error, "The key may wrap and unwrap", KEY;
    VersionInUse "CMK-057" Error, "The version of the key that the account uses is there and enabled", "the account's keyVaultKeyUriVersion, and Microsoft.KeyVault/vaults/keys/read in the vault's data plane (Key Vault Crypto User) for the customer";
    ProofToken "CMK-060" Error, "The managed identity gets its token", PROOF;
    ProofExchange "CMK-061" Error, "The token is exchanged for the application's in the key's tenant", PROOF;
    ProofRead "CMK-062" Error, "The application reads the key", PROOF;
    ProofWrap "CMK-063" Error, "The application wraps with the key", PROOF;
    ProofUnwrap "CMK-064" Error, "The application unwraps with the key", PROOF;
}

impl CheckId {
    /// Where its page lies in the repository.
    #[must_use]
    pub fn page(self) -> String {
        format!("docs/checks/{self}.md")
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How bad a failed check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Severity {
    /// The account has lost its key, will lose it, or is not safe.
    Error,
    /// It will fail later, if nobody acts.
    Warning,
}

/// What came out of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Verdict {
    /// It was read, and holds.
    Ok,
    /// It was read, and does not hold.
    Failed,
    /// It could not be read, or rests on something that could not.
    Unknown,
}

impl Verdict {
    /// The word for tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// What holds if it is ok.
    pub title: &'static str,
    /// What came out.
    pub verdict: Verdict,
    /// How bad it is if it fails.
    pub severity: Severity,
    /// What was read, or why nothing was. Holds no secret.
    pub evidence: String,
    /// Of a failed check: who must act, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// Of an unknown check: what it takes to see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<&'static str>,
}
