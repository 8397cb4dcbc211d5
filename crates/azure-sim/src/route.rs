//! Which service a host belongs to.

/// A cloud of Azure, as the simulator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the simulator names every cloud that it has"
)]
pub enum SimCloud {
    /// Azure public cloud.
    #[default]
    Public,
    /// Azure US Government.
    UsGovernment,
    /// Azure in China.
    China,
}

/// A service that the simulator plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Service {
    Login,
    Graph,
    ResourceManager,
    /// The data plane of the vault of this name.
    Vault(String),
}

impl SimCloud {
    // Hosts: https://learn.microsoft.com/graph/deployments and
    // https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates.
    pub(crate) const fn graph_host(self) -> &'static str {
        match self {
            Self::Public => "graph.microsoft.com",
            Self::UsGovernment => "graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    pub(crate) const fn arm_host(self) -> &'static str {
        match self {
            Self::Public => "management.azure.com",
            Self::UsGovernment => "management.usgovcloudapi.net",
            Self::China => "management.chinacloudapi.cn",
        }
    }

    /// The host of token issuers and of the challenges that name a tenant.
    pub(crate) const fn issuer_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    /// Both hosts answer in China: the SDKs' tables and the Entra pages disagree.
    const fn login_hosts(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["login.microsoftonline.com"],
            Self::UsGovernment => &["login.microsoftonline.us"],
            Self::China => &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
        }
    }

    pub(crate) const fn vault_suffix(self) -> &'static str {
        match self {
            Self::Public => "vault.azure.net",
            Self::UsGovernment => "vault.usgovcloudapi.net",
            Self::China => "vault.azure.cn",
        }
    }

    pub(crate) const fn cosmos_suffix(self) -> &'static str {
        match self {
            Self::Public => "documents.azure.com",
            Self::UsGovernment => "documents.azure.us",
            Self::China => "documents.azure.cn",
        }
    }

    /// The audience of assertions, <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity>.
    pub(crate) const fn exchange_audience(self) -> &'static str {
        match self {
            Self::Public => "api://AzureADTokenExchange",
            Self::UsGovernment => "api://AzureADTokenExchangeUSGov",
            Self::China => "api://AzureADTokenExchangeChina",
        }
    }

    /// The audience of a service's tokens.
    pub(crate) fn audience(self, service: &Service) -> String {
        match service {
            Service::Login => String::new(),
            Service::Graph => format!("https://{}", self.graph_host()),
            Service::ResourceManager => format!("https://{}", self.arm_host()),
            Service::Vault(_) => format!("https://{}", self.vault_suffix()),
        }
    }

    /// The issuer that a token of a tenant names, in the form of version 2.
    pub(crate) fn issuer(self, tenant: &str) -> String {
        format!("https://{}/{tenant}/v2.0", self.issuer_host())
    }

    /// The service at a host, if it is one of this cloud.
    pub(crate) fn service(self, host: &str) -> Option<Service> {
        if self.login_hosts().contains(&host) {
            return Some(Service::Login);
        }
        if host == self.graph_host() {
            return Some(Service::Graph);
        }
        // Recorded: a region answers under its own name too.
        let regional = host
            .strip_suffix(self.arm_host())
            .is_some_and(|region| region.is_empty() || region.ends_with('.'));
        if regional {
            return Some(Service::ResourceManager);
        }
        let vault = host.strip_suffix(self.vault_suffix())?.strip_suffix('.')?;
        (!vault.is_empty() && !vault.contains('.')).then(|| Service::Vault(vault.to_owned()))
    }
}
