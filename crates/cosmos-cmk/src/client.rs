//! The client that asks Azure.

mod database_accounts;

use crate::rules::RULES;
use azure_core::{credentials::TokenCredential, http::ClientOptions};
use cmk_core::{
    Cloud, Error, Result, Rule, arm,
    lro::{self, OperationHandle, OperationsApi, Progress},
    send::Connection,
};
use std::sync::Arc;

/// Options of a [`DatabaseAccountsClient`].
///
/// ```
/// use cosmos_cmk::DatabaseAccountsClientOptions;
///
/// let options = DatabaseAccountsClientOptions { api_version: "2025-10-15".into(), ..Default::default() };
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct DatabaseAccountsClientOptions {
    /// The api-version. Default `2026-03-15`; nothing older than `2022-05-15`, the first that is documented for keys in another tenant.
    pub api_version: String,
    /// azure_core's options: transport, policies, retry of reads.
    pub client_options: ClientOptions,
}

impl Default for DatabaseAccountsClientOptions {
    fn default() -> Self {
        Self {
            api_version: String::from("2026-03-15"),
            client_options: ClientOptions::default(),
        }
    }
}

const OLDEST_API_VERSION: &str = "2022-05-15";

/// A client for the accounts of Cosmos DB in one tenant, over Resource Manager. Cheap to clone.
///
/// ```
/// # use std::sync::Arc;
/// use cosmos_cmk::{Cloud, DatabaseAccountsApi, DatabaseAccountsClient};
///
/// # fn example(credential: Arc<dyn azure_core::credentials::TokenCredential>) -> cosmos_cmk::Result<()> {
/// let accounts: Arc<dyn DatabaseAccountsApi> = Arc::new(DatabaseAccountsClient::new(Cloud::Public, credential, None)?);
/// # let _ = accounts;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DatabaseAccountsClient {
    connection: Connection,
    api_version: String,
}

/// Ours before Resource Manager's: the same 403 or 503 means something of its own here.
const TABLES: &[&[Rule]] = &[RULES, arm::RULES];

impl DatabaseAccountsClient {
    /// A client for one tenant: whoever the credential speaks for.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for an api-version that is none or too old, and if no connection can be made from the options.
    pub fn new(
        cloud: Cloud,
        credential: Arc<dyn TokenCredential>,
        options: Option<DatabaseAccountsClientOptions>,
    ) -> Result<Self> {
        let options = options.unwrap_or_default();
        check_api_version(&options.api_version)?;
        let connection = arm::connect(arm::ArmConnectionSpec {
            crate_name: env!("CARGO_PKG_NAME"),
            crate_version: env!("CARGO_PKG_VERSION"),
            cloud,
            credential,
            api_version: options.api_version.clone(),
            rules: TABLES,
            client_options: options.client_options,
        })?;
        Ok(Self {
            connection,
            api_version: options.api_version,
        })
    }
}

/// `YYYY-MM-DD`, perhaps with `-preview`; not older than the oldest, which for such texts is a comparison of texts.
fn check_api_version(version: &str) -> Result<()> {
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let is_date = date.len() == 10
        && date
            .bytes()
            .enumerate()
            .all(|(at, byte)| matches!((at, byte), (4 | 7, b'-') | (_, b'0'..=b'9')))
        && date.bytes().filter(|byte| *byte == b'-').count() == 2;
    if !is_date {
        return Err(Error::invalid_input(
            "connect",
            "api-version must be YYYY-MM-DD, with -preview behind it or not",
        ));
    }
    if date < OLDEST_API_VERSION {
        return Err(Error::invalid_input(
            "connect",
            format!(
                "api-version must be {OLDEST_API_VERSION} or later: older ones know no key in another tenant"
            ),
        ));
    }
    Ok(())
}

#[async_trait::async_trait]
#[deny(clippy::missing_trait_methods)]
impl OperationsApi for DatabaseAccountsClient {
    async fn poll_operation(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::poll(&self.connection, TABLES, handle).await
    }

    async fn read_provisioning_state(&self, handle: &OperationHandle) -> Result<Progress> {
        lro::read_resource(&self.connection, TABLES, handle).await
    }
}

#[cfg(test)]
mod tests {
    use super::check_api_version;

    #[test]
    fn an_api_version_from_before_cross_tenant_keys_is_refused() {
        for good in ["2022-05-15", "2022-05-15-preview", "2026-03-15"] {
            assert!(check_api_version(good).is_ok(), "{good} was refused");
        }
        for bad in [
            "2021-10-15",
            "2022-05-14",
            "",
            "latest",
            "2026-3-15",
            "2026/03/15",
            "20260-3-15",
            "2026-03-15-beta",
            "2026-03-15&x=y",
        ] {
            assert!(check_api_version(bad).is_err(), "{bad} was taken");
        }
    }
}
