//! The way to the key, gone as Cosmos DB goes it: with the managed identity.

use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::ClientOptions,
};
use cmk_core::{ClientId, Cloud, Error, Failure, Hint, Kind, Result, TenantId};
use entra_graph::{ApplicationTokensApi, ApplicationTokensClient, ApplicationTokensClientOptions};
use keyvault_rbac::{
    Key, KeyClient, KeyClientOptions, KeyStore, KeyUri, KeysApi as _, WrapAlgorithm, Wrapped,
};
use std::{fmt, sync::Arc};

/// Goes the way to a key as the managed identity does.
///
/// [`IdentityProof`] does it with a credential of the identity. Where the identity lives in another process, implement this
/// by asking that process.
#[async_trait::async_trait]
pub trait KeyProof: fmt::Debug + Send + Sync {
    /// Gets the identity's token, exchanges it for one of the application in the key's tenant, reads the key, wraps and
    /// unwraps with it. Changes nothing. Nothing is kept from one call to the next: each has fresh tokens.
    async fn prove(&self, tenant: TenantId, application: ClientId, key: &KeyUri) -> Proof;
}

const _: fn(&dyn KeyProof) = |_| ();

/// How far the identity came.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Proof {
    /// The identity's token for the cloud's token-exchange audience.
    pub identity_token: ProofLink<()>,
    /// Its exchange for the application's token in the tenant of the key.
    pub exchange: ProofLink<()>,
    /// The key as the application reads it.
    pub read: ProofLink<Box<Key>>,
    /// Wrapping. That it succeeds proves little: a disabled key still wraps.
    pub wrap: ProofLink<()>,
    /// Unwrapping what was wrapped. An expired key still does, and wraps no more.
    pub unwrap: ProofLink<()>,
}

/// One link of a [`Proof`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum ProofLink<T> {
    /// It was not come to.
    #[default]
    NotReached,
    /// It holds.
    Holds(T),
    /// It failed.
    Failed(Error),
}

impl<T> ProofLink<T> {
    /// Takes note of a result and hands on what the next link needs.
    fn take<U>(result: Result<U>, keep: impl FnOnce(&U) -> T) -> (Self, Option<U>) {
        match result {
            Ok(value) => (Self::Holds(keep(&value)), Some(value)),
            Err(error) => (Self::Failed(error), None),
        }
    }

    fn into_failure(self) -> Option<Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::NotReached | Self::Holds(_) => None,
        }
    }
}

impl Proof {
    /// Whether the whole way was gone.
    ///
    /// # Errors
    /// The error of the first link that failed.
    pub fn into_result(self) -> Result<()> {
        let whole = matches!(self.unwrap, ProofLink::Holds(()))
            && matches!(self.wrap, ProofLink::Holds(()));
        let first = self
            .identity_token
            .into_failure()
            .or_else(|| self.exchange.into_failure())
            .or_else(|| self.read.into_failure())
            .or_else(|| self.wrap.into_failure())
            .or_else(|| self.unwrap.into_failure());
        match first {
            Some(error) => Err(error),
            None if whole => Ok(()),
            None => Err(Failure::builder("prove_key")
                .message("the proof did not come to its end")
                .build(Kind::Other)),
        }
    }
}

/// The proof by a credential of the managed identity, such as a process on a machine that carries it has.
#[derive(Debug, Clone)]
pub struct IdentityProof {
    cloud: Cloud,
    identity: Arc<dyn TokenCredential>,
    tokens: Arc<dyn ApplicationTokensApi>,
    client_options: ClientOptions,
}

/// What is wrapped and unwrapped: nothing that anybody keeps.
const SAMPLE: &[u8] = b"cross-tenant-cmk key proof 01234";

impl IdentityProof {
    /// A proof with this credential, which must be of the managed identity itself.
    ///
    /// `options` are azure_core's: transport, policies, retry of reads.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        identity: Arc<dyn TokenCredential>,
        options: Option<ClientOptions>,
    ) -> Result<Self> {
        let client_options = options.unwrap_or_default();
        let tokens = ApplicationTokensClient::new(
            cloud,
            Some(ApplicationTokensClientOptions {
                client_options: client_options.clone(),
            }),
        )?;
        Ok(Self {
            cloud,
            identity,
            tokens: Arc::new(tokens),
            client_options,
        })
    }

    async fn identity_token(&self) -> Result<Secret> {
        let audience = format!("{}/.default", self.cloud.token_exchange_audience());
        let token = self.identity.get_token(&[&audience], None).await;
        token.map(|token| token.token).map_err(|error| {
            Failure::builder("get_token")
                .target("managed identity")
                .message("its credential has no token")
                .help("run the proof where the managed identity can be reached, and name it to the credential by its client id")
                .source(error)
                .build(Kind::Unauthenticated)
        })
    }

    fn keys(&self, key: &KeyUri, token: AccessToken) -> Result<KeyClient> {
        KeyClient::new(
            key.vault_url(),
            Arc::new(Held(token)),
            Some(KeyClientOptions {
                client_options: self.client_options.clone(),
                ..Default::default()
            }),
        )
    }

    fn scope(&self, key: &KeyUri) -> String {
        match key.store() {
            KeyStore::ManagedHsm(_) => self.cloud.managed_hsm_scope(),
            _ => self.cloud.vault_scope(),
        }
    }
}

#[async_trait::async_trait]
impl KeyProof for IdentityProof {
    async fn prove(&self, tenant: TenantId, application: ClientId, key: &KeyUri) -> Proof {
        let mut proof = Proof::default();
        let (link, assertion) = ProofLink::take(self.identity_token().await, |_| ());
        proof.identity_token = link;
        let Some(assertion) = assertion else {
            return proof;
        };
        let exchanged = self
            .tokens
            .get_token(tenant, application, &assertion, &self.scope(key))
            .await
            .and_then(|token| self.keys(key, token));
        let (link, keys) = ProofLink::take(exchanged, |_| ());
        proof.exchange = link;
        let Some(keys) = keys else { return proof };
        // A key that cannot be read can still wrap and unwrap: each right is its own.
        let read = keys.get_key(key.name(), None).await;
        proof.read = ProofLink::take(read, |found| Box::new(found.clone())).0;
        let wrapped = keys
            .wrap_key(key.name(), None, WrapAlgorithm::RsaOaep256, SAMPLE)
            .await;
        let (link, wrapped) = ProofLink::take(wrapped, |_| ());
        proof.wrap = link;
        if let Some(wrapped) = wrapped {
            proof.unwrap = ProofLink::take(unwrap(&keys, &wrapped).await, |()| ()).0;
        }
        proof
    }
}

/// Unwraps with the version that wrapped, and compares.
async fn unwrap(keys: &KeyClient, wrapped: &Wrapped) -> Result<()> {
    let odd = |reason: &str| {
        Failure::builder("unwrap_key")
            .target(wrapped.key.versionless().to_string())
            .message(reason)
            .hint(Hint::Permanent)
            .build(Kind::Other)
    };
    let version = wrapped
        .key
        .version()
        .ok_or_else(|| odd("the vault did not say which version wrapped"))?;
    let unwrapped = keys
        .unwrap_key(
            wrapped.key.name(),
            version,
            wrapped.algorithm.clone(),
            &wrapped.ciphertext,
        )
        .await?;
    if unwrapped.plaintext == SAMPLE {
        return Ok(());
    }
    Err(odd("the vault unwrapped something else than was wrapped"))
}

/// Whether a vault's firewall refused this process: it says nothing of Cosmos DB, which comes as a trusted service.
pub(crate) fn is_our_address(error: &Error) -> bool {
    error
        .failure()
        .service_error()
        .inner_codes()
        .any(|code| ["ForbiddenByFirewall", "ForbiddenByConnection"].contains(&code))
}

/// The one token of a proof.
struct Held(AccessToken);

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

#[async_trait::async_trait]
impl TokenCredential for Held {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(self.0.clone())
    }
}
