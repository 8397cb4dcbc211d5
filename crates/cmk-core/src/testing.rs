//! For users' tests: a credential that always has a token, a transport that sends real hosts to a local server, and
//! constructors for what only a service makes.

use crate::{
    EnforcementMode, Location, LockLevel, ManagementLock, PolicyAssignment, Received,
    RegistrationState, ResourceGroup, ResourceGroupName, ResourceProvider, Scope,
};
use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::{AsyncRawResponse, HttpClient, Request, Transport, Url},
    time::{Duration, OffsetDateTime},
};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// A resource group as a double would return it: there, and without tags.
#[must_use]
pub fn resource_group(name: &ResourceGroupName, location: &Location) -> ResourceGroup {
    ResourceGroup {
        name: name.to_string(),
        location: location.to_string(),
        provisioning_state: Some(String::from("Succeeded")),
        tags: BTreeMap::new(),
        received: Received::from(serde_json::json!({
            "name": name,
            "location": location,
            "properties": { "provisioningState": "Succeeded" },
        })),
    }
}

/// A resource provider as a double would return it.
#[must_use]
pub fn resource_provider(
    namespace: impl Into<String>,
    registration_state: RegistrationState,
) -> ResourceProvider {
    ResourceProvider {
        namespace: namespace.into(),
        registration_state,
    }
}

/// A management lock as a double would return it: set at the scope, and without notes.
#[must_use]
pub fn management_lock(name: &str, scope: &Scope, level: LockLevel) -> ManagementLock {
    let id = format!("{scope}/providers/Microsoft.Authorization/locks/{name}");
    ManagementLock {
        received: Received::from(serde_json::json!({
            "id": id,
            "name": name,
            "type": "Microsoft.Authorization/locks",
            "properties": { "level": level.as_str() },
        })),
        id,
        name: name.to_owned(),
        scope: scope.to_string(),
        level,
        notes: None,
    }
}

/// An assignment of a policy as a double would return it: made at the scope, enforced, without parameters.
#[must_use]
pub fn policy_assignment(
    name: &str,
    scope: &Scope,
    policy_definition_id: impl Into<String>,
) -> PolicyAssignment {
    let id = format!("{scope}/providers/Microsoft.Authorization/policyAssignments/{name}");
    let policy_definition_id = policy_definition_id.into();
    PolicyAssignment {
        received: Received::from(serde_json::json!({
            "id": id,
            "name": name,
            "type": "Microsoft.Authorization/policyAssignments",
            "properties": {
                "scope": scope,
                "policyDefinitionId": policy_definition_id,
                "enforcementMode": "Default",
            },
        })),
        id,
        name: name.to_owned(),
        display_name: None,
        scope: scope.to_string(),
        not_scopes: Vec::new(),
        policy_definition_id: Some(policy_definition_id),
        enforcement_mode: EnforcementMode::Default,
        parameters: Received::default(),
    }
}

/// A credential that hands out one token for every scope, and never calls anybody.
#[derive(Clone)]
pub struct StaticCredential(Secret);

impl StaticCredential {
    /// A credential with this token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Arc<Self> {
        Arc::new(Self(Secret::new(token.into())))
    }
}

impl fmt::Debug for StaticCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticCredential")
    }
}

#[async_trait::async_trait]
impl TokenCredential for StaticCredential {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires = OffsetDateTime::now_utc() + Duration::hours(1);
        Ok(AccessToken::new(self.0.clone(), expires))
    }
}

/// A transport that sends every request to `server` (such as `http://127.0.0.1:1234`), whatever its host, and keeps the
/// real host in the `Host` header: one local server plays login, Graph, Resource Manager and every vault.
///
/// # Errors
/// [`Error::InvalidRequest`](crate::Error::InvalidRequest) if `server` is no URL or no HTTP client can be made.
pub fn loopback_transport(server: &str) -> crate::Result<Transport> {
    let invalid = |error: &dyn fmt::Display| {
        crate::Error::invalid_input("loopback_transport", error.to_string())
    };
    let server = Url::parse(server).map_err(|error| invalid(&error))?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| invalid(&error))?;
    Ok(Transport::new(Arc::new(Loopback { server, client })))
}

#[derive(Debug)]
struct Loopback {
    server: Url,
    client: reqwest::Client,
}

#[async_trait::async_trait]
impl HttpClient for Loopback {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let real = request.url();
        let mut url = self.server.clone();
        url.set_path(real.path());
        url.set_query(real.query());
        let mut redirected = request.clone();
        *redirected.url_mut() = url;
        redirected.insert_header("host", real.host_str().unwrap_or_default().to_owned());
        self.client.execute_request(&redirected).await
    }
}
