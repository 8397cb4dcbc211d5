//! Access tokens: opaque texts that only this simulator understands.

use crate::world::World;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who asks, as a token says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    pub(crate) oid: String,
    pub(crate) appid: String,
    pub(crate) kind: CallerKind,
    /// What error texts call it: a sign-in name or a client id.
    pub(crate) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum CallerKind {
    User,
    /// A service principal of an application.
    Application,
    /// A managed identity.
    ManagedIdentity,
}

/// What a token says.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) caller: Caller,
    /// Without trailing slash.
    pub(crate) audience: String,
    /// Whether it came from a federated credential.
    pub(crate) federated: bool,
}

/// Every token that was handed out.
#[derive(Debug, Default)]
pub(crate) struct Tokens(BTreeMap<String, Token>);

const NAMESPACE: Uuid = Uuid::from_u128(0x5a7e_0000_0000_4000_8000_0000_0000_0001);

impl World {
    /// A token for a caller and an audience; the same content is the same token.
    pub(crate) fn mint(&mut self, caller: Caller, audience: &str, federated: bool) -> String {
        let audience = audience_of(audience);
        let content = format!(
            "{}|{}|{}|{audience}|{:?}|{federated}|{}",
            caller.tenant, caller.oid, caller.appid, caller.kind, self.options.seed
        );
        let text = format!(
            "sim.{}",
            Uuid::new_v5(&NAMESPACE, content.as_bytes()).simple()
        );
        self.tokens.0.insert(
            text.clone(),
            Token {
                caller,
                audience,
                federated,
            },
        );
        text
    }

    /// What a token says, if this simulator made it.
    pub(crate) fn read_token(&self, text: &str) -> Option<&Token> {
        self.tokens.0.get(text)
    }
}

/// The audience that a scope or a resource asks for: without `/.default` and trailing slashes.
pub(crate) fn audience_of(scope: &str) -> String {
    scope
        .strip_suffix("/.default")
        .unwrap_or(scope)
        .trim_end_matches('/')
        .to_owned()
}
