//! JSON Web Tokens: the simulator's signing key, and the claims that Entra ID puts into access tokens.

use crate::{
    DirectoryRole,
    route::Service,
    tokens::{CallerKind, EXCHANGE_APPLICATION, Token},
    world::World,
};
use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use azure_core::base64::{decode_url_safe, encode_url_safe};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Value, json};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0x5a7e_0000_0000_4000_8000_0000_0000_0002);

/// The key with which a simulator signs. It is new in each, and no seed decides it.
pub(crate) struct Signer {
    pair: KeyPair,
    id: String,
    modulus: String,
}

impl Signer {
    pub(crate) fn generate() -> Option<Self> {
        Some(Self::of(KeyPair::generate(KeySize::Rsa2048).ok()?))
    }

    fn of(pair: KeyPair) -> Self {
        let modulus = pair
            .public_key()
            .modulus()
            .big_endian_without_leading_zero();
        let id = digest(&SHA1_FOR_LEGACY_USE_ONLY, modulus);
        Self {
            id: encode_url_safe(id.as_ref()),
            modulus: encode_url_safe(modulus),
            pair,
        }
    }

    /// The token of some claims, signed by RS256.
    pub(crate) fn sign(&self, claims: &Value) -> Option<String> {
        let header = json!({"typ": "JWT", "alg": "RS256", "x5t": self.id, "kid": self.id});
        let text = format!(
            "{}.{}",
            encode_url_safe(header.to_string()),
            encode_url_safe(claims.to_string())
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(format!("{text}.{}", encode_url_safe(signature)))
    }

    /// The public half as Entra publishes it.
    pub(crate) fn public(&self, issuer: &str) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id,
            "x5t": self.id,
            "n": self.modulus,
            "e": "AQAB",
            "issuer": issuer,
        })
    }
}

/// Written as its private key: PKCS #8 in base64url.
impl Serialize for Signer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let der = self.pair.as_der().map_err(S::Error::custom)?;
        serializer.serialize_str(&encode_url_safe(der.as_ref()))
    }
}

impl<'de> Deserialize<'de> for Signer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let der = decode_url_safe(text).map_err(|_| D::Error::custom("a key is no base64url"))?;
        let pair = KeyPair::from_pkcs8(&der).map_err(D::Error::custom)?;
        Ok(Self::of(pair))
    }
}

/// Header and claims of what looks like a token, whoever made it.
pub(crate) fn peek(text: &str) -> Option<(Value, Value)> {
    let mut parts = text.split('.');
    let mut next = || {
        let bytes = decode_url_safe(parts.next()?).ok()?;
        serde_json::from_slice::<Value>(&bytes)
            .ok()
            .filter(Value::is_object)
    };
    let (header, claims) = (next()?, next()?);
    let signature = parts.next().is_some() && parts.next().is_none();
    signature.then_some((header, claims))
}

/// The claims of a token. Resource Manager, Microsoft Graph and Key Vault take the form of version 1, the exchange of
/// tokens that of version 2: <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>
pub(crate) fn claims(world: &World, token: &Token, asked: &str) -> Value {
    let cloud = world.options.cloud;
    let caller = &token.caller;
    let (issued, expires) = token.validity.unwrap_or_default();
    let (tenant, oid) = (caller.tenant.as_str(), caller.oid.as_str());
    let unique = Uuid::new_v5(
        &NAMESPACE,
        format!("{oid}|{asked}|{issued}|{}", caller.appid).as_bytes(),
    );
    let unique = encode_url_safe(unique.as_bytes());
    let user = caller.kind == CallerKind::User;
    // 2 is an assertion or a certificate, 1 a secret, 0 a public client.
    let proof = match caller.kind {
        CallerKind::User => "0",
        CallerKind::ManagedIdentity => "2",
        CallerKind::Application if token.federated => "2",
        CallerKind::Application => "1",
    };
    let mut claims = json!({
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "aio": unique,
        "idtyp": if user { "user" } else { "app" },
        "oid": oid,
        "rh": format!("1.{unique}."),
        "sub": oid,
        "tid": tenant,
        "uti": unique,
    });
    let own = if token.audience == cloud.exchange_audience() {
        json!({
            "aud": EXCHANGE_APPLICATION,
            "iss": cloud.issuer(tenant),
            "azp": caller.appid,
            "azpacr": proof,
            "ver": "2.0",
        })
    } else {
        let issuer = cloud.legacy_issuer(tenant);
        json!({
            "aud": asked,
            "iss": issuer,
            "idp": issuer,
            "appid": caller.appid,
            "appidacr": proof,
            "ver": "1.0",
        })
    };
    add(&mut claims, own);
    if user {
        add(
            &mut claims,
            json!({
                "amr": ["pwd"],
                "name": caller.name,
                "scp": "user_impersonation",
                "unique_name": caller.name,
                "upn": caller.name,
            }),
        );
    }
    if token.audience == cloud.audience(&Service::Graph) && !user {
        let roles: Vec<&str> = world
            .directory
            .roles(oid)
            .iter()
            .filter_map(|role| match role {
                DirectoryRole::ApplicationReadWriteAll => Some("Application.ReadWrite.All"),
                DirectoryRole::ApplicationReadWriteOwnedBy => Some("Application.ReadWrite.OwnedBy"),
                _ => None,
            })
            .collect();
        // An application without permissions gets a token all the same, without this claim:
        // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
        if !roles.is_empty() {
            add(&mut claims, json!({"roles": roles}));
        }
    }
    let mut identities = world.arm.identities.values();
    if let Some(identity) = identities.find(|identity| identity.principal_id == oid) {
        add(&mut claims, json!({"xms_mirid": identity.id}));
    }
    claims
}

fn add(claims: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (claims.as_object_mut(), more) {
        members.extend(more);
    }
}
