//! The three clouds and everything that differs between them: endpoints, audiences, DNS suffixes.

use crate::TenantId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A cloud of Azure. Applications, tokens and resources of one cloud mean nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Cloud {
    /// Azure public (commercial) cloud.
    #[default]
    Public,
    /// Azure US Government.
    UsGovernment,
    /// Azure in China, operated by 21Vianet.
    China,
}

/// What one cloud is made of. One row per cloud, so that nothing is forgotten.
struct Row {
    name: &'static str,
    resource_manager: &'static str,
    graph: &'static str,
    login: &'static str,
    issuer: &'static str,
    token_exchange_audience: &'static str,
    vault_suffix: &'static str,
    managed_hsm_suffix: &'static str,
    cosmos_suffix: &'static str,
}

// Hosts: https://learn.microsoft.com/graph/deployments, https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud,
// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates. Audiences of federated credentials:
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity.
const PUBLIC: Row = Row {
    name: "public",
    resource_manager: "https://management.azure.com",
    graph: "https://graph.microsoft.com",
    login: "https://login.microsoftonline.com",
    issuer: "https://login.microsoftonline.com",
    token_exchange_audience: "api://AzureADTokenExchange",
    vault_suffix: "vault.azure.net",
    managed_hsm_suffix: "managedhsm.azure.net",
    cosmos_suffix: "documents.azure.com",
};
const US_GOVERNMENT: Row = Row {
    name: "usGovernment",
    resource_manager: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    login: "https://login.microsoftonline.us",
    issuer: "https://login.microsoftonline.us",
    token_exchange_audience: "api://AzureADTokenExchangeUSGov",
    vault_suffix: "vault.usgovcloudapi.net",
    managed_hsm_suffix: "managedhsm.usgovcloudapi.net",
    cosmos_suffix: "documents.azure.us",
};
const CHINA: Row = Row {
    name: "china",
    resource_manager: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    // Tokens come from the host of the SDKs' cloud tables; issuers and consent pages use the partner host.
    login: "https://login.chinacloudapi.cn",
    issuer: "https://login.partner.microsoftonline.cn",
    token_exchange_audience: "api://AzureADTokenExchangeChina",
    vault_suffix: "vault.azure.cn",
    managed_hsm_suffix: "managedhsm.azure.cn",
    cosmos_suffix: "documents.azure.cn",
};

impl Cloud {
    /// Every cloud that this crate knows.
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGovernment, Self::China];

    const fn row(self) -> &'static Row {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGovernment => &US_GOVERNMENT,
            Self::China => &CHINA,
        }
    }

    /// The name in documents and messages: `public`, `usGovernment` or `china`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Azure Resource Manager, without trailing slash.
    #[must_use]
    pub const fn resource_manager_endpoint(self) -> &'static str {
        self.row().resource_manager
    }

    /// The token scope of Azure Resource Manager.
    #[must_use]
    pub fn resource_manager_scope(self) -> String {
        format!("{}/.default", self.row().resource_manager)
    }

    /// Microsoft Graph, without trailing slash and version.
    #[must_use]
    pub const fn graph_endpoint(self) -> &'static str {
        self.row().graph
    }

    /// The token scope of Microsoft Graph.
    #[must_use]
    pub fn graph_scope(self) -> String {
        format!("{}/.default", self.row().graph)
    }

    /// Where tokens come from, without trailing slash.
    #[must_use]
    pub const fn token_authority(self) -> &'static str {
        self.row().login
    }

    /// The host of issuers and of the admin-consent page, without trailing slash. In China it differs from
    /// [`token_authority`](Self::token_authority).
    #[must_use]
    pub const fn issuer_host(self) -> &'static str {
        self.row().issuer
    }

    /// The issuer that a federated identity credential must name so that a managed identity of `tenant` is believed.
    #[must_use]
    pub fn federated_issuer(self, tenant: TenantId) -> String {
        format!("{}/{tenant}/v2.0", self.row().issuer)
    }

    /// The audience of a federated identity credential, and of the identity's token.
    #[must_use]
    pub const fn token_exchange_audience(self) -> &'static str {
        self.row().token_exchange_audience
    }

    /// What follows the name of a vault in its host, without leading dot.
    #[must_use]
    pub const fn vault_suffix(self) -> &'static str {
        self.row().vault_suffix
    }

    /// The token scope of the data plane of vaults.
    #[must_use]
    pub fn vault_scope(self) -> String {
        format!("https://{}/.default", self.row().vault_suffix)
    }

    /// What follows the name of a managed HSM in its host, without leading dot.
    #[must_use]
    pub const fn managed_hsm_suffix(self) -> &'static str {
        self.row().managed_hsm_suffix
    }

    /// The token scope of the data plane of managed HSMs.
    #[must_use]
    pub fn managed_hsm_scope(self) -> String {
        format!("https://{}/.default", self.row().managed_hsm_suffix)
    }

    /// What follows the name of a Cosmos DB account in its host, without leading dot.
    #[must_use]
    pub const fn cosmos_suffix(self) -> &'static str {
        self.row().cosmos_suffix
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no cloud.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cloud must be one of public, usGovernment, china")]
pub struct UnknownCloud;

impl FromStr for Cloud {
    type Err = UnknownCloud;

    fn from_str(text: &str) -> Result<Self, UnknownCloud> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.as_str() == text)
            .ok_or(UnknownCloud)
    }
}

#[cfg(test)]
mod tests {
    use super::Cloud;

    #[test]
    fn every_cloud_is_read_back_from_its_name() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.to_string().parse(), Ok(cloud));
            assert_eq!(serde_json::to_value(cloud).unwrap(), cloud.as_str());
        }
    }

    #[test]
    fn china_gets_tokens_and_issuers_from_different_hosts() {
        let tenant = "11111111-1111-4111-8111-111111111111".parse().unwrap();
        assert_eq!(
            Cloud::China.token_authority(),
            "https://login.chinacloudapi.cn"
        );
        assert_eq!(
            Cloud::China.federated_issuer(tenant),
            "https://login.partner.microsoftonline.cn/11111111-1111-4111-8111-111111111111/v2.0"
        );
    }

    #[test]
    fn no_two_clouds_share_an_endpoint() {
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let (a, b) = (Cloud::ALL[a], Cloud::ALL[b]);
            assert_ne!(a.resource_manager_endpoint(), b.resource_manager_endpoint());
            assert_ne!(a.graph_endpoint(), b.graph_endpoint());
            assert_ne!(a.token_exchange_audience(), b.token_exchange_audience());
            assert_ne!(a.vault_suffix(), b.vault_suffix());
        }
    }
}
