//! The chain from an account to its key: identity, credential, application, principal, vault or HSM, network, role, key.

use super::{
    account::Account, default_identity::DefaultIdentity, holder::Holder, key_uri::KeyUri,
    text::Revocation,
};
use crate::{
    entra,
    key_vault::key::KeyState,
    tokens::{Caller, CallerKind},
    world::World,
};

/// The service's own application, which reaches keys of the account's tenant
/// (<https://learn.microsoft.com/azure/cosmos-db/how-to-setup-customer-managed-keys>).
const FIRST_PARTY: &str = "a232010e-820c-4083-83bb-3ace5fc29d0b";

/// The first link that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// What an account that had reached its key shows.
    pub(super) code: Revocation,
    /// What the other side said: code and text.
    pub(super) quote: Option<(&'static str, String)>,
}

impl From<Revocation> for Broken {
    fn from(code: Revocation) -> Self {
        Self { code, quote: None }
    }
}

/// Walks the chain. Returns the current version of the key.
pub(super) fn reach(world: &mut World, account: &Account) -> Result<String, Broken> {
    let default =
        DefaultIdentity::parse(&account.default_identity).unwrap_or(DefaultIdentity::Undefined);
    if matches!(
        default,
        DefaultIdentity::Undefined | DefaultIdentity::Delegated
    ) {
        return Err(Revocation::UndefinedIdentity.into());
    }
    let assertion = match &default {
        DefaultIdentity::UserAssigned { id, .. } => {
            if !account.identity.carries(&default) {
                return Err(Revocation::NoToken.into());
            }
            let audience = world.options.cloud.exchange_audience();
            let token = entra::managed::identity_token(world, id, audience);
            token.ok_or(Revocation::NoToken)?
        }
        _ => String::new(),
    };
    let world = &*world;
    let cloud = world.options.cloud;
    let uri = account
        .key
        .as_ref()
        .and_then(|key| KeyUri::parse(&key.uri, cloud))
        .ok_or(Revocation::KeyNotFound)?;
    let holder = Holder::find(world, &uri)?;
    let caller = caller(world, account, &default, &assertion, holder.tenant())?;
    if caller.tenant != holder.tenant() {
        return Err(Revocation::NotAuthorized.into());
    }
    holder.check(world, &caller, &uri.key)?;
    let key = holder
        .keys()
        .get(&uri.key.to_lowercase())
        .filter(|key| key.state(world.now) == KeyState::Live)
        .ok_or(Revocation::KeyNotFound)?;
    let current = key.current().ok_or(Revocation::KeyNotFound)?;
    let in_use = account.key.as_ref().and_then(|key| key.version.as_deref());
    // What was wrapped by a version that is gone cannot be unwrapped by another.
    let used = key.version(in_use).ok_or(Revocation::CannotUnwrap)?;
    for version in [used, current] {
        if version.rsa().is_none() || !version.may("wrapKey") || !version.may("unwrapKey") {
            return Err(Revocation::CannotUnwrap.into());
        }
        // Disabling the latest version is a documented way to revoke.
        if !version.enabled || !version.in_dates(world) {
            return Err(Revocation::DisabledOrExpired.into());
        }
    }
    Ok(current.id.clone())
}

/// Who stands before the vault.
fn caller(
    world: &World,
    account: &Account,
    default: &DefaultIdentity,
    assertion: &str,
    vault_tenant: &str,
) -> Result<Caller, Broken> {
    let own = |oid: String, appid: String| Caller {
        tenant: account.tenant.clone(),
        oid,
        name: appid.clone(),
        appid,
        kind: CallerKind::ManagedIdentity,
    };
    match default {
        DefaultIdentity::UserAssigned {
            federated: Some(client),
            ..
        } => entra::exchange(world, vault_tenant, client, assertion).map_err(|refusal| Broken {
            code: Revocation::NoToken,
            quote: Some(("Unauthorized", refusal.text())),
        }),
        // Without the suffix the service asks in the account's own tenant only.
        DefaultIdentity::UserAssigned { .. } => {
            let token = world.read_token(assertion);
            let token = token.ok_or(Revocation::NoToken)?;
            Ok(token.caller.clone())
        }
        DefaultIdentity::SystemAssigned { .. } => {
            let principal = account.identity.system.clone();
            let principal = principal.ok_or(Revocation::NoToken)?;
            Ok(own(principal, String::new()))
        }
        _ => {
            let found = world.directory.principal_of(&account.tenant, FIRST_PARTY);
            let oid = found.map_or(FIRST_PARTY, |found| found.id.as_str());
            Ok(own(oid.to_owned(), FIRST_PARTY.to_owned()))
        }
    }
}
