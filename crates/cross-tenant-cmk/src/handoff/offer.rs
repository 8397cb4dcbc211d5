//! What the provider sends to a customer.

use super::{DisplayName, InvalidDocument, OfferDigest, VersionOne, constant_member, read};
use azure_core::{Uuid, time::OffsetDateTime};
use cmk_core::{ClientId, Cloud, TenantId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr, time::Duration};

/// The JSON Schema of an [`Offer`].
pub const OFFER_SCHEMA: &str = include_str!("../../schemas/offer.v1.schema.json");

constant_member!(OfferKind, "cross-tenant-cmk/offer");

/// What a provider asks of a customer: to admit one application, and to give it one role on one key.
///
/// It holds nothing secret and nothing of other customers. Made by [`ProviderSetup::offer`](crate::ProviderSetup::offer).
///
/// ```
/// use cross_tenant_cmk::Offer;
///
/// let text = r#"{
///     "kind": "cross-tenant-cmk/offer",
///     "version": 1,
///     "cloud": "public",
///     "providerTenantId": "11111111-1111-4111-8111-111111111111",
///     "applicationClientId": "22222222-2222-4222-8222-222222222222",
///     "applicationName": "Contoso data platform",
///     "role": "Key Vault Crypto Service Encryption User",
///     "expiresAt": "2027-01-31T00:00:00Z",
///     "nonce": "33333333-3333-4333-8333-333333333333"
/// }"#;
/// let offer = Offer::from_json(text)?;
/// assert_eq!(offer.application_name.as_str(), "Contoso data platform");
/// assert!(Offer::from_json(&text.replace("\"nonce\"", "\"nounce\"")).is_err());
/// # Ok::<(), cross_tenant_cmk::InvalidDocument>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Offer {
    kind: OfferKind,
    version: VersionOne,
    /// The cloud that both parties are in: a key cannot be reached from another.
    pub cloud: Cloud,
    /// The tenant that the provider claims to be. Phase 2 holds it against the customer's own record.
    pub provider_tenant_id: TenantId,
    /// The application that asks for the key.
    pub application_client_id: ClientId,
    /// The name under which the customer will see it. It proves nothing: names are not unique.
    pub application_name: DisplayName,
    /// The role that it asks for.
    pub role: OfferedRole,
    /// After this moment the Offer is not taken any more.
    #[serde(with = "utc")]
    pub expires_at: OffsetDateTime,
    /// Makes each Offer one of its own, so that its digest names this one.
    pub nonce: Nonce,
}

/// The role that an Offer can ask for. There is one: to read, wrap and unwrap with a key, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OfferedRole {
    /// Key Vault Crypto Service Encryption User
    #[serde(rename = "Key Vault Crypto Service Encryption User")]
    KeyVaultCryptoServiceEncryptionUser,
}

/// How an Offer is made.
#[derive(Debug, Clone)]
pub struct OfferOptions {
    /// How long it is good for. Default 30 days.
    pub valid_for: Duration,
    /// From when on. Default: the machine's clock.
    pub now: Option<OffsetDateTime>,
    /// Its nonce. Default: a random one.
    pub nonce: Option<Nonce>,
}

impl Default for OfferOptions {
    fn default() -> Self {
        Self {
            valid_for: Duration::from_secs(30 * 24 * 3_600),
            now: None,
            nonce: None,
        }
    }
}

impl Offer {
    pub(crate) fn new(
        cloud: Cloud,
        provider: TenantId,
        application: ClientId,
        name: DisplayName,
        options: &OfferOptions,
    ) -> Self {
        let now = options.now.unwrap_or_else(OffsetDateTime::now_utc);
        let expires = now.saturating_add(
            options
                .valid_for
                .try_into()
                .unwrap_or(azure_core::time::Duration::MAX),
        );
        Self {
            kind: OfferKind::Only,
            version: VersionOne,
            cloud,
            provider_tenant_id: provider,
            application_client_id: application,
            application_name: name,
            role: OfferedRole::KeyVaultCryptoServiceEncryptionUser,
            expires_at: in_utc(expires),
            nonce: options.nonce.unwrap_or_else(Nonce::random),
        }
    }

    /// Reads an Offer.
    ///
    /// # Errors
    /// [`InvalidDocument`] if the text is no Offer of version 1, in every member.
    pub fn from_json(text: &str) -> Result<Self, InvalidDocument> {
        read("offer", "cross-tenant-cmk/offer", text)
    }

    /// The Offer as JSON, ready to send.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The digest of the Offer: the same for the same content, however the JSON was laid out.
    #[must_use]
    pub fn digest(&self) -> OfferDigest {
        OfferDigest::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Whether the Offer is past its date at `now`.
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.expires_at
    }
}

/// What makes one Offer differ from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(Uuid);

impl Nonce {
    /// A random nonce.
    #[must_use]
    pub fn random() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "a nonce must not be derived: two Offers with the same content are two Offers"
        )]
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for Nonce {
    type Err = InvalidDocument;

    fn from_str(text: &str) -> Result<Self, InvalidDocument> {
        Uuid::try_parse(text)
            .ok()
            .filter(|uuid| text.len() == 36 && !uuid.is_nil())
            .map(Self)
            .ok_or_else(|| InvalidDocument {
                kind: "nonce",
                problem: String::from("it must be a GUID"),
            })
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// A moment in UTC, written with `Z`.
/// Whole seconds in UTC, of a year with four digits: the canonical form, and with it the digest, survives any JSON tool.
fn in_utc(moment: OffsetDateTime) -> OffsetDateTime {
    const YEAR_0: i64 = -62_167_219_200;
    const END_OF_YEAR_9999: i64 = 253_402_300_799;
    let second = moment.unix_timestamp().clamp(YEAR_0, END_OF_YEAR_9999);
    OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

mod utc {
    use azure_core::time::{OffsetDateTime, parse_rfc3339, to_rfc3339};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        moment: &OffsetDateTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_rfc3339(moment))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<OffsetDateTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_rfc3339(&text)
            .ok()
            .filter(|_| text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T'))
            .ok_or_else(|| {
                D::Error::custom("expiresAt must be a moment in UTC such as 2027-01-31T00:00:00Z")
            })
    }
}
