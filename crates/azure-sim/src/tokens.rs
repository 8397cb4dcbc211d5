//! Access tokens: opaque texts in process, signed JSON Web Tokens for clients that look into them.

use crate::{
    fading::Fading,
    jwt::{self, Signer},
    pairs,
    world::World,
};
use azure_core::time::OffsetDateTime;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use uuid::Uuid;

/// Who asks, as a token says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    pub(crate) oid: String,
    pub(crate) appid: String,
    pub(crate) kind: CallerKind,
    /// What error texts call it: a sign-in name or a client id.
    pub(crate) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum CallerKind {
    User,
    /// A service principal of an application.
    Application,
    /// A managed identity.
    ManagedIdentity,
}

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) caller: Caller,
    /// Without trailing slash.
    pub(crate) audience: String,
    /// Whether it came from a federated credential.
    pub(crate) federated: bool,
    /// From when to when it holds, in seconds since 1970 by the real clock; opaque tokens hold for ever.
    pub(crate) validity: Option<(i64, i64)>,
}

/// The tokens that were handed out, each until a day after it has expired.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// By a digest of their text.
    known: Fading<Uuid, Token>,
    /// The platform's cache of tokens of managed identities.
    #[serde(with = "pairs")]
    identities: BTreeMap<(String, String), String>,
    /// Whether tokens are signed JSON Web Tokens.
    signed: bool,
    /// Seconds since 1970 by the real clock: clients refresh by that one.
    #[serde(skip, default = "real_clock")]
    clock: Box<dyn Fn() -> i64 + Send>,
    /// Made when first needed.
    signer: Option<Signer>,
}

/// The resource behind tokens for exchange, as a token of it names itself in `aud`: the same in every tenant.
pub(crate) const EXCHANGE_APPLICATION: &str = "fb60f99c-7a34-4190-8149-302f77469936";
const NAMESPACE: Uuid = Uuid::from_u128(0x5a7e_0000_0000_4000_8000_0000_0000_0001);
/// A token of an application, less the seconds that the answer takes.
pub(crate) const LIFETIME: i64 = 3599;
/// A token of a managed identity lives about a day:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq>
pub(crate) const IDENTITY_LIFETIME: i64 = 86_399;
/// So long an expired token is told from a text that is none.
const KEPT: i64 = 24 * 60 * 60;
/// Entra dates tokens back so far.
const BACKDATED: i64 = 300;

impl Default for Tokens {
    fn default() -> Self {
        Self {
            known: Fading::default(),
            identities: BTreeMap::new(),
            signed: false,
            clock: real_clock(),
            signer: None,
        }
    }
}

fn real_clock() -> Box<dyn Fn() -> i64 + Send> {
    Box::new(|| OffsetDateTime::now_utc().unix_timestamp())
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.known.len())
    }
}

impl Tokens {
    pub(crate) const fn sign(&mut self) {
        self.signed = true;
    }

    #[cfg(test)]
    pub(crate) fn set_clock(&mut self, clock: impl Fn() -> i64 + Send + 'static) {
        self.clock = Box::new(clock);
    }

    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    fn keep(&mut self, text: &str, token: Token) {
        let now = self.now();
        self.known.insert(digest(text), token, |own| {
            own.validity
                .is_some_and(|(_, expires)| expires + KEPT < now)
        });
    }

    pub(crate) fn signer(&mut self) -> Option<&Signer> {
        if self.signer.is_none() {
            self.signer = Signer::generate();
        }
        self.signer.as_ref()
    }
}

impl World {
    /// A token for a caller and an audience. Opaque ones follow from their content.
    pub(crate) fn mint(&mut self, caller: Caller, audience: &str, federated: bool) -> String {
        let asked = audience.strip_suffix("/.default").unwrap_or(audience);
        let mut token = Token {
            audience: self.audience_for(asked),
            caller,
            federated,
            validity: None,
        };
        if !self.tokens.signed {
            let content = format!(
                "{}|{}|{}|{}|{:?}|{federated}|{}",
                token.caller.tenant,
                token.caller.oid,
                token.caller.appid,
                token.audience,
                token.caller.kind,
                self.options.seed
            );
            let name = Uuid::new_v5(&NAMESPACE, content.as_bytes());
            let text = format!("sim.{}", name.simple());
            self.tokens.keep(&text, token);
            return text;
        }
        let cached = (token.caller.oid.clone(), token.audience.clone());
        let of_identity = token.caller.kind == CallerKind::ManagedIdentity;
        if of_identity && let Some(text) = self.fresh_identity_token(&cached) {
            return text;
        }
        let now = self.tokens.now();
        let lifetime = if of_identity {
            IDENTITY_LIFETIME
        } else {
            LIFETIME
        };
        let issued = now - BACKDATED;
        token.validity = Some((issued, now + lifetime + 1));
        let claims = jwt::claims(self, &token, asked);
        // Without a key there is no token: what cannot be signed is refused as malformed wherever it is shown.
        let text = self
            .tokens
            .signer()
            .and_then(|signer| signer.sign(&claims))
            .unwrap_or_default();
        if of_identity {
            self.tokens.identities.insert(cached, text.clone());
        }
        self.tokens.keep(&text, token);
        text
    }

    /// A cached token with more than half of its life before it.
    fn fresh_identity_token(&self, key: &(String, String)) -> Option<String> {
        let text = self.tokens.identities.get(key)?;
        let (_, expires) = self.tokens.known.get(&digest(text))?.validity?;
        (expires - self.tokens.now() > IDENTITY_LIFETIME / 2).then(|| text.clone())
    }

    /// What a token says, if this simulator made it and it has not expired.
    pub(crate) fn read_token(&self, text: &str) -> Option<&Token> {
        self.find_token(text).filter(|token| !self.is_stale(token))
    }

    /// What a token says, if this simulator made it.
    pub(crate) fn find_token(&self, text: &str) -> Option<&Token> {
        self.tokens.known.get(&digest(text))
    }

    /// Whether a token has expired.
    pub(crate) fn is_stale(&self, token: &Token) -> bool {
        token
            .validity
            .is_some_and(|(_, expires)| expires <= self.tokens.now())
    }

    /// When a token expires, in seconds since 1970; an opaque one counts from now.
    pub(crate) fn expiry(&self, text: &str) -> i64 {
        let validity = self.find_token(text).and_then(|token| token.validity);
        validity.map_or_else(|| self.tokens.now() + IDENTITY_LIFETIME, |(_, to)| to)
    }

    /// The audience by which a resource is known here.
    fn audience_for(&self, asked: &str) -> String {
        let audience = audience_of(asked);
        if audience == EXCHANGE_APPLICATION {
            self.options.cloud.exchange_audience().to_owned()
        } else {
            audience
        }
    }
}

fn digest(text: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}

/// The audience that a scope or a resource asks for: without `/.default` and trailing slashes.
pub(crate) fn audience_of(scope: &str) -> String {
    scope
        .strip_suffix("/.default")
        .unwrap_or(scope)
        .trim_end_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Caller, CallerKind};
    use crate::{SimOptions, world::World};
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    };

    #[test]
    fn expired_tokens_are_held_for_a_day_and_not_for_ever() {
        let mut world = World::new(SimOptions::default());
        world.tokens.sign();
        let clock = Arc::new(AtomicI64::new(1_800_000_000));
        let read = Arc::clone(&clock);
        world.tokens.set_clock(move || read.load(Relaxed));
        let caller = Caller {
            tenant: "5ca1ab1e-0000-4000-8000-000000000001".to_owned(),
            oid: "5ca1ab1e-0000-4000-8000-000000000003".to_owned(),
            appid: "5ca1ab1e-0000-4000-8000-000000000004".to_owned(),
            kind: CallerKind::Application,
            name: "robot".to_owned(),
        };
        let mut last = String::new();
        for _ in 0..500 {
            last = world.mint(caller.clone(), "https://vault.azure.net", false);
            clock.fetch_add(3600, Relaxed);
        }
        // Those of 25 hours, twice over, and a few.
        assert!(world.tokens.known.len() <= 64 + 2 * 27 + 1);
        let told = world.find_token(&last).map(|token| world.is_stale(token));
        assert_eq!(told, Some(true));
    }
}
