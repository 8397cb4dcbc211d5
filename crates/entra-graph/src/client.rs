//! The clients: how they connect, and the paths that they share.

mod application_tokens;
mod applications;
mod federated_credentials;
mod managed_identities;
mod principals;

pub use application_tokens::{ApplicationTokensClient, ApplicationTokensClientOptions};

use crate::{models::Upserted, rules};
use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, Method},
};
use cmk_core::{
    Cloud, Error, Result, Rule,
    arm::{self, ArmConnectionSpec},
    send::{Answer, Authority, Connection, ConnectionSpec, RequestBuilder},
};
use std::sync::Arc;

/// Options of a [`GraphClient`].
#[derive(Debug, Clone)]
pub struct GraphClientOptions {
    /// The version of Microsoft Graph, the first segment of every path. Default `v1.0`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for GraphClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("v1.0"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for Microsoft Graph in one tenant: applications, deleted applications, federated identity credentials, service
/// principals, and whoever is signed in.
///
/// ```
/// # async fn example(credential: std::sync::Arc<dyn azure_core::credentials::TokenCredential>) -> Result<(), Box<dyn std::error::Error>> {
/// use entra_graph::{Cloud, GraphClient, ServicePrincipalsApi as _};
///
/// let graph = GraphClient::new(Cloud::Public, credential, None)?;
/// let client_id = "11111111-1111-4111-8111-111111111111".parse()?;
/// graph.create_service_principal_if_missing(client_id, None).await?;
/// let principal = graph.get_service_principal_by_client_id(client_id).await?;
/// # let _ = principal;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct GraphClient {
    connection: Connection,
    version: Arc<str>,
}

const TABLES: &[&[Rule]] = &[rules::RULES];

impl GraphClient {
    /// A client for one tenant: that of the credential.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<GraphClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = Connection::new(ConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            endpoint: cloud.graph_endpoint().to_owned(),
            authority: Authority::Credential(credential, cloud.graph_scope()),
            api_version: None,
            // https://learn.microsoft.com/graph/best-practices-concept
            client_request_id_header: "client-request-id",
            rules: TABLES,
            client_options: options.client_options,
        })?;
        Ok(Self {
            connection,
            version: Connection::segment(&options.api_version).into(),
        })
    }

    /// Starts a request. What stands in `path` beside our own words is a GUID or a checked name.
    fn request(&self, operation: &'static str, method: Method, path: &str) -> RequestBuilder<'_> {
        self.connection
            .request(operation, method, &format!("/{}{path}", self.version))
    }

    /// Starts a create-if-missing: without the header it would be a plain update
    /// (<https://learn.microsoft.com/graph/api/application-upsert>).
    fn upsert(&self, operation: &'static str, path: &str) -> RequestBuilder<'_> {
        self.request(operation, Method::Patch, path)
            .header("prefer", "create-if-missing")
    }
}

/// Reads the answer to a create-if-missing: 201 brings the object, 204 says that an existing one was written.
fn upserted<T>(answer: &Answer, read: fn(&Answer) -> Result<T>) -> Result<Upserted<T>> {
    match answer.status() {
        201 => read(answer).map(Upserted::Created),
        200 | 204 => Ok(Upserted::Updated),
        _ => Err(answer.unreadable("an upsert answers 201 or 204")),
    }
}

/// Deletes, and takes "it is not there" for done.
async fn delete(request: RequestBuilder<'_>) -> Result<()> {
    request.repeatable().send_to_delete().await.map(|_| ())
}

/// Refuses what the service would refuse, or take and regret.
fn check(operation: &'static str, problem: Option<String>) -> Result<()> {
    problem.map_or(Ok(()), |reason| {
        Err(Error::invalid_input(operation, reason))
    })
}

/// Options of a [`ManagedIdentityClient`].
#[derive(Debug, Clone)]
pub struct ManagedIdentityClientOptions {
    /// The api-version of Microsoft.ManagedIdentity. Default `2024-11-30`.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for ManagedIdentityClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2024-11-30"),
            client_options: ClientOptions::default(),
        }
    }
}

/// A client for user-assigned managed identities, over Resource Manager, in one tenant.
///
/// ```
/// # async fn example(credential: std::sync::Arc<dyn azure_core::credentials::TokenCredential>) -> Result<(), Box<dyn std::error::Error>> {
/// use entra_graph::{Cloud, IdentityId, ManagedIdentitiesApi as _, ManagedIdentityClient};
///
/// let identities = ManagedIdentityClient::new(Cloud::Public, credential, None)?;
/// let id: IdentityId = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cmk-identity".parse()?;
/// let identity = identities.put_identity(&id, &"eastus2".parse()?, None).await?;
/// # let _ = identity.principal_id;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ManagedIdentityClient {
    connection: Connection,
}

const IDENTITY_TABLES: &[&[Rule]] = &[rules::MANAGED_IDENTITY_RULES, arm::RULES];

impl ManagedIdentityClient {
    /// A client for one tenant: that of the credential.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<ManagedIdentityClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        let connection = arm::connect(ArmConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            cloud,
            credential,
            api_version: options.api_version,
            rules: IDENTITY_TABLES,
            client_options: options.client_options,
        })?;
        Ok(Self { connection })
    }
}
