//! Resource Manager: how its clients connect, what its errors mean, and the client for what belongs to no provider.

mod rules;

pub use rules::RULES;

use crate::{
    Cloud, Result, Rule,
    lro::{self, OperationHandle, OperationsApi, Progress},
    send::{Authority, Connection, ConnectionSpec},
};
use azure_core::{credentials::TokenCredential, http::ClientOptions};
use std::sync::Arc;

/// Options of an [`ArmClient`].
#[derive(Debug, Clone)]
pub struct ArmClientOptions {
    /// The api-version of resource groups. Default `2025-04-01`.
    pub resources_api_version: String,
    /// The api-version of resource providers and their registration. Default `2024-11-01`.
    pub providers_api_version: String,
    /// The api-version of a caller's permissions. Default `2022-04-01`.
    pub permissions_api_version: String,
    /// The api-version of management locks. Default `2020-05-01`.
    pub locks_api_version: String,
    /// The api-version of assignments of policies. Default `2025-03-01`.
    pub policy_assignments_api_version: String,
    /// The api-version of the question what Azure Policy would do. Default `2024-10-01`.
    pub policy_restrictions_api_version: String,
    /// The api-version of subscriptions. Default `2022-12-01`.
    pub subscriptions_api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for ArmClientOptions {
    fn default() -> Self {
        Self {
            resources_api_version: String::from("2025-04-01"),
            providers_api_version: String::from("2024-11-01"),
            permissions_api_version: String::from("2022-04-01"),
            locks_api_version: String::from("2020-05-01"),
            policy_assignments_api_version: String::from("2025-03-01"),
            policy_restrictions_api_version: String::from("2024-10-01"),
            subscriptions_api_version: String::from("2022-12-01"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for resource groups, resource providers, the caller's permissions, locks, policies and long-running operations, in one
/// tenant.
///
/// ```
/// # async fn example(credential: std::sync::Arc<dyn azure_core::credentials::TokenCredential>) -> cmk_core::Result<()> {
/// use cmk_core::{ArmClient, Cloud, ResourceGroupsApi as _};
///
/// let arm = ArmClient::new(Cloud::Public, credential, None)?;
/// let subscription = "11111111-1111-4111-8111-111111111111".parse().expect("a GUID");
/// let exists = arm.resource_group_exists(subscription, &"rg".parse().expect("a name")).await?;
/// # let _ = exists;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ArmClient {
    pub(crate) connection: Connection,
    pub(crate) options: Arc<ArmClientOptions>,
}

const TABLES: &[&[Rule]] = &[RULES];

impl ArmClient {
    /// A client for one tenant: whoever the credential speaks for.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<ArmClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = connect(ArmConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            cloud,
            credential,
            api_version: options.resources_api_version.clone(),
            rules: TABLES,
            client_options: options.client_options.clone(),
        })?;
        Ok(Self {
            connection,
            options: Arc::new(options),
        })
    }
}

/// What a connection to Resource Manager is made from.
#[derive(Debug)]
pub struct ArmConnectionSpec {
    /// The crate that the connection belongs to, for the user agent.
    pub crate_name: &'static str,
    /// Its version.
    pub crate_version: &'static str,
    /// The cloud.
    pub cloud: Cloud,
    /// Whoever vouches for the requests.
    pub credential: Arc<dyn TokenCredential>,
    /// The `api-version`.
    pub api_version: String,
    /// What errors mean: the provider's own table first, then [`RULES`].
    pub rules: &'static [&'static [Rule]],
    /// The caller's options.
    pub client_options: ClientOptions,
}

/// Connects to Resource Manager: for the clients of resource providers.
///
/// # Errors
/// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if no connection can be made from the options.
pub fn connect(spec: ArmConnectionSpec) -> Result<Connection> {
    Connection::new(ConnectionSpec {
        crate_name: spec.crate_name,
        crate_version: spec.crate_version,
        endpoint: spec.cloud.resource_manager_endpoint().to_owned(),
        authority: Authority::Credential(spec.credential, spec.cloud.resource_manager_scope()),
        api_version: Some(spec.api_version),
        client_request_id_header: "x-ms-client-request-id",
        rules: spec.rules,
        client_options: spec.client_options,
    })
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl OperationsApi for ArmClient {
    async fn poll_operation(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::poll(&self.connection, TABLES, handle).await
    }

    async fn read_provisioning_state(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::read_resource(&self.connection, TABLES, handle).await
    }
}
