//! Why an account lost its key: the service's numbers, and who can do what about each.

use std::fmt;

macro_rules! causes {
    ($($code:literal $name:ident, $heals:ident, $doc:literal, $help:expr;)*) => {
        /// Why an account lost its key. The numbers are those at the end of `customerManagedKeyStatus`, and of the header
        /// `x-ms-substatus` beside a 403 of the data plane
        /// ([list](https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb)).
        ///
        /// ```
        /// use cosmos_cmk::RevocationCause;
        ///
        /// let cause = RevocationCause::from_code(4015);
        /// assert_eq!(cause.to_string(), "UndefinedDefaultIdentity (4015)");
        /// assert!(cause.help().starts_with("provider: set the default identity again"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RevocationCause {
            $(#[doc = $doc] $name,)*
            /// A number that this crate does not know.
            Unlisted(u16),
            /// The service gave no number.
            Unstated,
        }

        impl RevocationCause {
            /// Every cause that has a name.
            pub const NAMED: &[Self] = &[$(Self::$name,)*];

            /// The cause behind a number.
            #[must_use]
            pub const fn from_code(code: u16) -> Self {
                match code {
                    $($code => Self::$name,)*
                    other => Self::Unlisted(other),
                }
            }

            /// The number, if the service gave one.
            #[must_use]
            pub const fn code(self) -> Option<u16> {
                match self {
                    $(Self::$name => Some($code),)*
                    Self::Unlisted(code) => Some(code),
                    Self::Unstated => None,
                }
            }

            /// The service's name for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                    Self::Unlisted(_) => "Unlisted",
                    Self::Unstated => "Unstated",
                }
            }

            /// Who must act, and what that person does.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)*
                    Self::Unlisted(_) | Self::Unstated => CHECKLIST,
                }
            }

            /// Whether the fault is on the side of the services, so that waiting helps. Everything else needs a person; once
            /// the cause is gone the account comes back within an hour.
            ///
            /// Read from the names; Microsoft gives no such list.
            #[must_use]
            pub const fn heals_by_waiting(self) -> bool {
                match self {
                    $(Self::$name => heals!($heals),)*
                    Self::Unlisted(_) | Self::Unstated => false,
                }
            }
        }
    };
}
macro_rules! heals {
    (waits) => {
        true
    };
    (person) => {
        false
    };
}

// https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk, section on the revoke state.
const CHECKLIST: &str = "customer: check in this order that the vault exists, the key exists, is enabled and has not expired, the vault's firewall lets trusted Microsoft services in, and the application's service principal has get, wrapKey and unwrapKey on the key (role Key Vault Crypto Service Encryption User); provider: check that the application, its federated credential and the managed identity exist; then wait up to an hour";
const TOKEN: &str = "provider: check that the managed identity of the default identity, the application and its federated credential exist and match; customer: check that the application's service principal exists and is enabled; a deleted identity cannot be restored: assign a new one, give it a federated credential and make it the default identity";
const SERVICE: &str = "nobody: a service that the account depends on is disturbed; if it lasts longer than two hours, contact Azure support";
const REQUEST: &str =
    "contact Azure support: the services sent each other something that they do not take";
const URI: &str = "provider: the account's key URI is not of the form https://{vault}/keys/{name}; set the right one";

causes! {
    4000 AadClientCredentialsGrantFailure, person, "4000: no token for the default identity.", TOKEN;
    4001 AadServiceUnavailable, waits, "4001: Microsoft Entra ID did not answer.", SERVICE;
    4002 KeyVaultAuthenticationFailure, person, "4002: the default identity may not use the key, or the key is disabled.",
        "customer: give the application's service principal get, wrapKey and unwrapKey on the key again (role Key Vault Crypto Service Encryption User, in the permission model that the vault uses), and check that the key is enabled and has not expired";
    4003 KeyVaultKeyNotFound, person, "4003: the key was not found in the vault.", "customer: recover the deleted key (it stays recoverable under purge protection)";
    4004 KeyVaultServiceUnavailable, waits, "4004: the vault did not answer.", SERVICE;
    4005 KeyVaultWrapUnwrapFailure, person, "4005: the vault did not wrap or unwrap, for instance because an old version of the key is gone.",
        "customer: recover the vault, the key and every version of it that was in use, and enable them; rotate only once the account is online again";
    4006 InvalidKeyVaultKeyUri, person, "4006: the account's key URI is malformed.", URI;
    4007 InvalidInputBytes, person, "4007: the vault was sent bytes that it does not take.", REQUEST;
    4008 KeyVaultInternalServerError, waits, "4008: the vault had an internal error.", SERVICE;
    4009 KeyVaultDnsNotResolved, waits, "4009: the vault's host was not resolved.",
        "customer: recover the vault if it was deleted; if it is there, wait up to two hours";
    4010 InvalidKeyVaultCertUri, person, "4010: the certificate's URI is malformed.", URI;
    4011 InvalidKeyVaultKeyAndCertUri, person, "4011: the URIs of the key and the certificate are malformed.", URI;
    4012 CustomerKeyRotated, person, "4012: the key that was wrapped again does not match the one in use.",
        "customer: enable the earlier versions of the key again; they must stay usable until the vault's log shows no use by Cosmos DB";
    4013 MissingRequestParameter, person, "4013: a parameter was missing.", REQUEST;
    4014 InvalidKeyVaultSecretUri, person, "4014: the secret's URI is malformed.", URI;
    4015 UndefinedDefaultIdentity, person, "4015: the account has no valid default identity.",
        "provider: set the default identity again (UserAssignedIdentity=<id>&FederatedClientId=<client id>); adding a removed identity again is not enough";
    4016 KeyVaultOutboundDeniedByNsp, person, "4016: access rules keep the account from calling the vault.",
        "provider and customer: let the account's outbound calls to the vault through the network security perimeter";
    4017 KeyVaultNotFound, person, "4017: the vault was not found.", "customer: recover the deleted vault (it stays recoverable under purge protection), then give its role assignments again if they are gone";
    4018 KeyDisabledOrExpired, person, "4018: the key is disabled or has expired.",
        "customer: enable the key, or move its expiry; rotate only once the account is online again, since a revoked account does not follow a rotation";
    4019 MasterServiceUnavailable, waits, "4019: a service of Cosmos DB did not answer.", SERVICE;
}

/// Beginnings of the sentences, in lower case, for those that carry no number.
// Published as an enumeration with api-version 2023-09-15; 4018 from answers of the data plane.
const SENTENCES: [(&str, RevocationCause); 10] = [
    (
        "unable to obtain the aad authentication token",
        RevocationCause::AadClientCredentialsGrantFailure,
    ),
    (
        "no longer has permission to the associated key vault key",
        RevocationCause::KeyVaultAuthenticationFailure,
    ),
    (
        "the correspondent key is not found",
        RevocationCause::KeyVaultKeyNotFound,
    ),
    (
        "unable to wrap or unwrap the key",
        RevocationCause::KeyVaultWrapUnwrapFailure,
    ),
    (
        "key uri does not follow the expected format",
        RevocationCause::InvalidKeyVaultKeyUri,
    ),
    (
        "could not be resolved",
        RevocationCause::KeyVaultDnsNotResolved,
    ),
    (
        "undefined default identity",
        RevocationCause::UndefinedDefaultIdentity,
    ),
    (
        "blocking outbound requests",
        RevocationCause::KeyVaultOutboundDeniedByNsp,
    ),
    (
        "the correspondent azure key vault was not found",
        RevocationCause::KeyVaultNotFound,
    ),
    (
        "the correspondent key is either disabled or expired",
        RevocationCause::KeyDisabledOrExpired,
    ),
];

impl RevocationCause {
    /// The cause that a sentence without number tells. `folded` is in lower case.
    pub(super) fn from_sentence(folded: &str) -> Self {
        SENTENCES
            .iter()
            .find(|(part, _)| folded.contains(part))
            .map_or(Self::Unstated, |(_, cause)| *cause)
    }
}

impl fmt::Display for RevocationCause {
    /// The name, with the number where there is one: `KeyVaultKeyNotFound (4003)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => write!(f, "{} ({code})", self.as_str()),
            None => f.write_str(self.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RevocationCause;

    #[test]
    fn every_number_of_the_list_has_a_name_and_comes_back() {
        for code in 4000..=4019 {
            let cause = RevocationCause::from_code(code);
            assert!(!matches!(cause, RevocationCause::Unlisted(_)), "{code}");
            assert_eq!(cause.code(), Some(code));
            assert!(RevocationCause::NAMED.contains(&cause));
        }
        assert_eq!(RevocationCause::NAMED.len(), 20);
        assert_eq!(
            RevocationCause::from_code(4020),
            RevocationCause::Unlisted(4020)
        );
    }

    #[test]
    fn only_faults_of_services_heal_by_waiting() {
        let waits: Vec<_> = RevocationCause::NAMED
            .iter()
            .filter(|cause| cause.heals_by_waiting())
            .filter_map(|cause| cause.code())
            .collect();
        assert_eq!(waits, [4001, 4004, 4008, 4009, 4019]);
        assert!(!RevocationCause::Unstated.heals_by_waiting());
    }

    #[test]
    fn every_cause_says_who_acts() {
        for cause in RevocationCause::NAMED {
            let help = cause.help();
            let actor = ["customer", "provider", "nobody", "contact"]
                .iter()
                .any(|who| help.starts_with(who));
            assert!(actor, "{cause}: {help}");
        }
    }
}
