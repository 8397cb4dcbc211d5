//! What the customer sends back.

use super::{InvalidDocument, OfferDigest, VersionOne, constant_member, read};
use cmk_core::{ClientId, Cloud, PrincipalId, TenantId};
use keyvault_rbac::KeyUri;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The JSON Schema of a [`Grant`].
pub const GRANT_SCHEMA: &str = include_str!("../../schemas/grant.v1.schema.json");

constant_member!(GrantKind, "cross-tenant-cmk/grant");

/// What a customer answers to an Offer: the key that the provider's application may use.
///
/// It holds nothing secret. Whatever it claims, phase 3 takes the customer's tenant from the provider's own record and the
/// key's tenant from the vault.
///
/// ```
/// use cross_tenant_cmk::Grant;
///
/// let grant = Grant::from_json(r#"{
///     "kind": "cross-tenant-cmk/grant",
///     "version": 1,
///     "cloud": "public",
///     "offerDigest": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
///     "customerTenantId": "44444444-4444-4444-8444-444444444444",
///     "applicationClientId": "22222222-2222-4222-8222-222222222222",
///     "servicePrincipalId": "55555555-5555-4555-8555-555555555555",
///     "keyUri": "https://contoso-keys.vault.azure.net/keys/cosmos"
/// }"#)?;
/// assert_eq!(grant.key_uri.name().as_str(), "cosmos");
/// # Ok::<(), cross_tenant_cmk::InvalidDocument>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Grant {
    kind: GrantKind,
    version: VersionOne,
    /// The cloud of the key.
    pub cloud: Cloud,
    /// Which Offer it answers.
    pub offer_digest: OfferDigest,
    /// The tenant that the customer claims to be.
    pub customer_tenant_id: TenantId,
    /// The application that was admitted.
    pub application_client_id: ClientId,
    /// The object id of its service principal in the customer's tenant: what holds the role.
    pub service_principal_id: PrincipalId,
    /// The key. Phase 2 writes it without a version; a version that somebody pasted is taken off in phase 3.
    #[serde(deserialize_with = "as_written_by_us")]
    pub key_uri: KeyUri,
}

/// A document holds a key URI in one form only, so that whoever compares texts compares keys.
fn as_written_by_us<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KeyUri, D::Error> {
    let text = String::deserialize(deserializer)?;
    let uri: KeyUri = text.parse().map_err(D::Error::custom)?;
    if uri.to_string() == text {
        return Ok(uri);
    }
    Err(D::Error::custom(format!("keyUri must be written {uri}")))
}

impl Grant {
    /// A Grant for what a customer has set up by other means than phase 2.
    #[must_use]
    pub fn new(
        cloud: Cloud,
        offer: OfferDigest,
        customer: TenantId,
        application: ClientId,
        service_principal: PrincipalId,
        key_uri: KeyUri,
    ) -> Self {
        Self {
            kind: GrantKind::Only,
            version: VersionOne,
            cloud,
            offer_digest: offer,
            customer_tenant_id: customer,
            application_client_id: application,
            service_principal_id: service_principal,
            key_uri,
        }
    }

    /// Reads a Grant.
    ///
    /// # Errors
    /// [`InvalidDocument`] if the text is no Grant of version 1, in every member.
    pub fn from_json(text: &str) -> Result<Self, InvalidDocument> {
        read("grant", "cross-tenant-cmk/grant", text)
    }

    /// The Grant as JSON, ready to send.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
