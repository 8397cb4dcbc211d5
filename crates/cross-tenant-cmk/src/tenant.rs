//! The two tenants of a flow, as two types: what is meant for one cannot be handed the other.

use crate::plan::Authorities;
use azure_core::{credentials::TokenCredential, http::ClientOptions};
use cmk_core::{
    ArmClient, ArmClientOptions, Cloud, LocksApi, PermissionsApi, PolicyAssignmentsApi,
    ResourceGroupsApi, ResourceProvidersApi, Result, SubscriptionId, SubscriptionsApi, TenantId,
    lro::OperationsApi,
};
use cosmos_cmk::{DatabaseAccountsApi, DatabaseAccountsClient, DatabaseAccountsClientOptions};
use entra_graph::{
    ApplicationsApi, DeletedApplicationsApi, FederatedCredentialsApi, GraphClient,
    GraphClientOptions, ManagedIdentitiesApi, ManagedIdentityClient, ManagedIdentityClientOptions,
    ServicePrincipalsApi, SignedInApi,
};
use keyvault_rbac::{
    ArmKeysApi, ChallengeClient, ChallengeClientOptions, KeyClient, KeyClientOptions, KeysApi,
    RoleAssignmentsApi, RoleClient, RoleClientOptions, VaultClient, VaultClientOptions, VaultName,
    VaultTenantApi, VaultUrl, VaultsApi,
};
use std::{fmt, sync::Arc};

mod sealed {
    #[expect(unnameable_types, reason = "seals `Side`: nobody outside names it")]
    pub trait Sealed {}
}

/// One of the two parties. Sealed: there are two.
pub trait Side: sealed::Sealed + fmt::Debug + 'static {
    /// The clients that this party's phases use.
    type Clients: fmt::Debug + Clone + Send + Sync;
}

/// The SaaS provider: owner of the application, the managed identity and the account.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Provider;

/// The customer: owner of the vault and the key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Customer;

impl sealed::Sealed for Provider {}
impl sealed::Sealed for Customer {}

impl Side for Provider {
    type Clients = ProviderClients;
}

impl Side for Customer {
    type Clients = CustomerClients;
}

/// One party's tenant and subscription, and the clients that act there.
#[derive(Debug, Clone)]
pub struct TenantContext<S: Side> {
    cloud: Cloud,
    tenant: TenantId,
    subscription: SubscriptionId,
    clients: S::Clients,
}

impl<S: Side> TenantContext<S> {
    /// A party's context. The clients must act in this tenant, and the subscription must belong to it: each phase checks that first.
    #[must_use]
    pub fn new(
        cloud: Cloud,
        tenant: TenantId,
        subscription: SubscriptionId,
        clients: S::Clients,
    ) -> Self {
        Self {
            cloud,
            tenant,
            subscription,
            clients,
        }
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The subscription.
    #[must_use]
    pub fn subscription(&self) -> SubscriptionId {
        self.subscription
    }

    /// What a run here is about, in its journal and its plan.
    pub(crate) fn subject(&self, what: Option<&str>) -> String {
        let place = format!("{}/{}", self.tenant, self.subscription);
        match what {
            None => place,
            Some(what) => format!("{place}/{what}"),
        }
    }

    /// The clients.
    #[must_use]
    pub fn clients(&self) -> &S::Clients {
        &self.clients
    }
}

/// What phases 1 and 3 work with. Each can be replaced by another implementation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProviderClients {
    /// Whose the provider's subscription is.
    pub subscriptions: Arc<dyn SubscriptionsApi>,
    /// Resource groups of the provider's subscription.
    pub resource_groups: Arc<dyn ResourceGroupsApi>,
    /// Resource providers of the provider's subscription.
    pub resource_providers: Arc<dyn ResourceProvidersApi>,
    /// What the caller may do in the provider's subscription.
    pub permissions: Arc<dyn PermissionsApi>,
    /// Management locks of the provider's subscription.
    pub locks: Arc<dyn LocksApi>,
    /// Policy assignments of the provider's subscription.
    pub policies: Arc<dyn PolicyAssignmentsApi>,
    /// Applications of the provider's tenant.
    pub applications: Arc<dyn ApplicationsApi>,
    /// Soft-deleted applications of the provider's tenant.
    pub deleted_applications: Arc<dyn DeletedApplicationsApi>,
    /// Federated identity credentials of the provider's applications.
    pub federated_credentials: Arc<dyn FederatedCredentialsApi>,
    /// Managed identities of the provider's subscription.
    pub identities: Arc<dyn ManagedIdentitiesApi>,
    /// Cosmos DB accounts of the provider's subscription.
    pub accounts: Arc<dyn DatabaseAccountsApi>,
    /// The long-running operations of those accounts.
    pub account_operations: Arc<dyn OperationsApi>,
    /// Which tenant a vault belongs to: asked without a token.
    pub vault_tenants: Arc<dyn VaultTenantApi>,
}

impl ProviderClients {
    /// The clients for a tenant, all with one credential.
    ///
    /// `options` are azure_core's: transport, policies, retry of reads. They go to every client.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](cmk_core::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<ClientOptions>,
    ) -> Result<Self> {
        let client_options = options.unwrap_or_default();
        let credential = || Arc::clone(&credential);
        let arm = arm_client(cloud, credential(), &client_options)?;
        let graph = graph_client(cloud, credential(), &client_options)?;
        let accounts = Arc::new(DatabaseAccountsClient::new(
            cloud,
            credential(),
            Some(DatabaseAccountsClientOptions {
                client_options: client_options.clone(),
                ..Default::default()
            }),
        )?);
        Ok(Self {
            subscriptions: Arc::<ArmClient>::clone(&arm),
            resource_groups: Arc::<ArmClient>::clone(&arm),
            resource_providers: Arc::<ArmClient>::clone(&arm),
            permissions: Arc::<ArmClient>::clone(&arm),
            locks: Arc::<ArmClient>::clone(&arm),
            policies: arm,
            applications: Arc::<GraphClient>::clone(&graph),
            deleted_applications: Arc::<GraphClient>::clone(&graph),
            federated_credentials: graph,
            identities: Arc::new(ManagedIdentityClient::new(
                cloud,
                credential(),
                Some(ManagedIdentityClientOptions {
                    client_options: client_options.clone(),
                    ..Default::default()
                }),
            )?),
            accounts: Arc::<DatabaseAccountsClient>::clone(&accounts),
            account_operations: accounts,
            vault_tenants: Arc::new(ChallengeClient::new(Some(ChallengeClientOptions {
                client_options,
                ..Default::default()
            }))),
        })
    }
}

impl ProviderClients {
    pub(crate) fn authorities(&self) -> Authorities<'_> {
        Authorities {
            permissions: &*self.permissions,
            locks: &*self.locks,
            policies: &*self.policies,
        }
    }
}

/// What phase 2 works with. Each can be replaced by another implementation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CustomerClients {
    /// Whose the customer's subscription is.
    pub subscriptions: Arc<dyn SubscriptionsApi>,
    /// Resource groups of the customer's subscription.
    pub resource_groups: Arc<dyn ResourceGroupsApi>,
    /// Resource providers of the customer's subscription.
    pub resource_providers: Arc<dyn ResourceProvidersApi>,
    /// What the caller may do in the customer's subscription.
    pub permissions: Arc<dyn PermissionsApi>,
    /// Management locks of the customer's subscription.
    pub locks: Arc<dyn LocksApi>,
    /// Policy assignments of the customer's subscription.
    pub policies: Arc<dyn PolicyAssignmentsApi>,
    /// Service principals of the customer's tenant.
    pub service_principals: Arc<dyn ServicePrincipalsApi>,
    /// Who is signed in.
    pub signed_in: Arc<dyn SignedInApi>,
    /// Vaults of the customer's subscription.
    pub vaults: Arc<dyn VaultsApi>,
    /// The long-running operations of those vaults.
    pub vault_operations: Arc<dyn OperationsApi>,
    /// Keys through Resource Manager.
    pub arm_keys: Arc<dyn ArmKeysApi>,
    /// Role assignments of the customer's subscription.
    pub roles: Arc<dyn RoleAssignmentsApi>,
    /// Keys through the data plane of a vault.
    pub keys: Arc<dyn KeyClients>,
    /// Which tenant a vault belongs to: asked without a token.
    pub vault_tenants: Arc<dyn VaultTenantApi>,
}

/// Makes the client for the keys of one vault, once the vault is known.
pub trait KeyClients: fmt::Debug + Send + Sync {
    /// The keys of a vault.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](cmk_core::Error::InvalidRequest) if no connection can be made.
    fn keys_of(&self, vault: &VaultName) -> Result<Arc<dyn KeysApi>>;

    /// The same with a credential that holds no token yet, for a role that was given a moment ago. `None` if no credential can
    /// be made.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](cmk_core::Error::InvalidRequest) if no connection can be made.
    fn fresh_keys_of(&self, _vault: &VaultName) -> Result<Option<Arc<dyn KeysApi>>> {
        Ok(None)
    }
}

/// Makes credentials that hold no token yet: where a role was given a moment ago, a token from before can be refused for as long
/// as it lives.
pub trait CredentialFactory: fmt::Debug + Send + Sync {
    /// A new credential of the same identity.
    fn new_credential(&self) -> Arc<dyn TokenCredential>;
}

const _: fn(&dyn CredentialFactory) = |_| ();

const _: fn(&dyn KeyClients) = |_| ();

impl CustomerClients {
    /// The clients for a tenant, all with one credential.
    ///
    /// `options` are azure_core's: transport, policies, retry of reads. They go to every client.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](cmk_core::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<ClientOptions>,
    ) -> Result<Self> {
        Self::make(cloud, credential, None, options)
    }

    /// The clients for a tenant, with a new credential wherever a fresh token may help: while a vault refuses what a role
    /// allows that was given a moment ago.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_credential_factory(
        cloud: Cloud,
        factory: Arc<dyn CredentialFactory>,
        options: Option<ClientOptions>,
    ) -> Result<Self> {
        Self::make(cloud, factory.new_credential(), Some(factory), options)
    }

    fn make(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        factory: Option<Arc<dyn CredentialFactory>>,
        options: Option<ClientOptions>,
    ) -> Result<Self> {
        let client_options = options.unwrap_or_default();
        let arm = arm_client(cloud, Arc::clone(&credential), &client_options)?;
        let graph = graph_client(cloud, Arc::clone(&credential), &client_options)?;
        let vaults = Arc::new(VaultClient::new(
            cloud,
            Arc::clone(&credential),
            Some(VaultClientOptions {
                client_options: client_options.clone(),
                ..Default::default()
            }),
        )?);
        Ok(Self {
            subscriptions: Arc::<ArmClient>::clone(&arm),
            resource_groups: Arc::<ArmClient>::clone(&arm),
            resource_providers: Arc::<ArmClient>::clone(&arm),
            permissions: Arc::<ArmClient>::clone(&arm),
            locks: Arc::<ArmClient>::clone(&arm),
            policies: arm,
            service_principals: Arc::<GraphClient>::clone(&graph),
            signed_in: graph,
            vaults: Arc::<VaultClient>::clone(&vaults),
            vault_operations: Arc::<VaultClient>::clone(&vaults),
            arm_keys: vaults,
            roles: Arc::new(RoleClient::new(
                cloud,
                Arc::clone(&credential),
                Some(RoleClientOptions {
                    client_options: client_options.clone(),
                    ..Default::default()
                }),
            )?),
            vault_tenants: Arc::new(ChallengeClient::new(Some(ChallengeClientOptions {
                client_options: client_options.clone(),
                ..Default::default()
            }))),
            keys: Arc::new(KeyClientsOfTenant {
                cloud,
                credential,
                factory,
                client_options,
            }),
        })
    }
}

impl CustomerClients {
    pub(crate) fn authorities(&self) -> Authorities<'_> {
        Authorities {
            permissions: &*self.permissions,
            locks: &*self.locks,
            policies: &*self.policies,
        }
    }
}

#[derive(Debug)]
struct KeyClientsOfTenant {
    cloud: Cloud,
    credential: Arc<dyn TokenCredential>,
    factory: Option<Arc<dyn CredentialFactory>>,
    client_options: ClientOptions,
}

impl KeyClientsOfTenant {
    fn keys_with(
        &self,
        vault: &VaultName,
        credential: Arc<dyn TokenCredential>,
    ) -> Result<Arc<dyn KeysApi>> {
        Ok(Arc::new(KeyClient::new(
            &VaultUrl::new(self.cloud, vault),
            credential,
            Some(KeyClientOptions {
                client_options: self.client_options.clone(),
                ..Default::default()
            }),
        )?))
    }
}

impl KeyClients for KeyClientsOfTenant {
    fn keys_of(&self, vault: &VaultName) -> Result<Arc<dyn KeysApi>> {
        self.keys_with(vault, Arc::clone(&self.credential))
    }

    fn fresh_keys_of(&self, vault: &VaultName) -> Result<Option<Arc<dyn KeysApi>>> {
        self.factory
            .as_ref()
            .map(|factory| self.keys_with(vault, factory.new_credential()))
            .transpose()
    }
}

fn arm_client(
    cloud: Cloud,
    credential: Arc<dyn TokenCredential>,
    client_options: &ClientOptions,
) -> Result<Arc<ArmClient>> {
    let options = ArmClientOptions {
        client_options: client_options.clone(),
        ..Default::default()
    };
    ArmClient::new(cloud, credential, Some(options)).map(Arc::new)
}

fn graph_client(
    cloud: Cloud,
    credential: Arc<dyn TokenCredential>,
    client_options: &ClientOptions,
) -> Result<Arc<GraphClient>> {
    let options = GraphClientOptions {
        client_options: client_options.clone(),
        ..Default::default()
    };
    GraphClient::new(cloud, credential, Some(options)).map(Arc::new)
}
