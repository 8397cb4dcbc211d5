//! Which service a host belongs to.

use serde::{Deserialize, Serialize};

/// A cloud of Azure, as the simulator knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// A login host, with the cloud that it belongs to.
    Login(SimCloud),
    Graph,
    ResourceManager,
    /// The data plane of the vault of this name.
    Vault(String),
    /// The data plane of the managed HSM of this name.
    ManagedHsm(String),
    /// The metadata service of virtual machines.
    InstanceMetadata,
    /// The endpoint of managed identities in App Service.
    ProgramIdentity,
    /// What clients look at beside Azure and can do without: nothing is there.
    Nothing,
}

/// Where virtual machines find their metadata.
const INSTANCE_METADATA: &str = "169.254.169.254";

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

    /// The audience of Resource Manager from before there was one: older SDKs and the Azure CLI ask for it. The Azure CLI's
    /// own table of clouds (`azure/cli/core/cloud.py`, `active_directory_resource_id`).
    pub(crate) const fn classic_audience(self) -> &'static str {
        match self {
            Self::Public => "https://management.core.windows.net",
            Self::UsGovernment => "https://management.core.usgovcloudapi.net",
            Self::China => "https://management.core.chinacloudapi.cn",
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

    /// The issuer of tokens in the form of version 1.
    pub(crate) fn legacy_issuer(self, tenant: &str) -> String {
        let host = match self {
            Self::Public | Self::UsGovernment => "sts.windows.net",
            Self::China => "sts.chinacloudapi.cn",
        };
        format!("https://{host}/{tenant}/")
    }

    /// What the token endpoint of another cloud calls this one.
    pub(crate) const fn national_name(self) -> &'static str {
        match self {
            Self::Public => "MicrosoftOnline.COM",
            Self::UsGovernment => "MicrosoftOnline.US",
            Self::China => "Partner.MicrosoftOnline.CN",
        }
    }

    /// Both hosts answer in China: the SDKs' tables and the Entra pages disagree. The others are aliases.
    const fn login_hosts(self) -> &'static [&'static str] {
        match self {
            Self::Public => &[
                "login.microsoftonline.com",
                "login.windows.net",
                "login.microsoft.com",
            ],
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
            Service::Login(_)
            | Service::InstanceMetadata
            | Service::ProgramIdentity
            | Service::Nothing => String::new(),
            Service::Graph => format!("https://{}", self.graph_host()),
            Service::ResourceManager => format!("https://{}", self.arm_host()),
            Service::Vault(_) => format!("https://{}", self.vault_suffix()),
            Service::ManagedHsm(_) => format!("https://{}", self.hsm_suffix()),
        }
    }

    /// The issuer that a token of a tenant names, in the form of version 2.
    pub(crate) fn issuer(self, tenant: &str) -> String {
        format!("https://{}/{tenant}/v2.0", self.issuer_host())
    }

    /// The service at a host, if it is one of this cloud. The login hosts of the other clouds answer too.
    pub(crate) fn service(self, host: &str) -> Option<Service> {
        let clouds = [Self::Public, Self::UsGovernment, Self::China];
        let mut clouds = clouds.into_iter();
        if let Some(cloud) = clouds.find(|cloud| cloud.login_hosts().contains(&host)) {
            return Some(Service::Login(cloud));
        }
        match host {
            INSTANCE_METADATA => return Some(Service::InstanceMetadata),
            "127.0.0.1" | "localhost" => return Some(Service::ProgramIdentity),
            // The Azure CLI looks for a newer version of itself there; a 404 is fine.
            "azcliprod.blob.core.windows.net" => return Some(Service::Nothing),
            _ => {}
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
        let vault = label(host, self.vault_suffix()).map(|name| Service::Vault(name.to_owned()));
        vault.or_else(|| {
            let name = label(host, self.hsm_suffix())?;
            Some(Service::ManagedHsm(name.to_owned()))
        })
    }

    /// Whether a host is one of Azure's in this cloud, modelled or not.
    #[cfg(feature = "serve")]
    pub(crate) fn owns(self, host: &str) -> bool {
        match self.service(host) {
            Some(Service::ProgramIdentity) => false,
            Some(_) => true,
            None => label(host, self.cosmos_suffix()).is_some(),
        }
    }

    /// Every host of this cloud, or the domain that hosts of a kind are below.
    pub(crate) fn domains(self) -> impl Iterator<Item = &'static str> {
        let logins = [Self::Public, Self::UsGovernment, Self::China].map(Self::login_hosts);
        let own = [
            self.graph_host(),
            self.arm_host(),
            self.vault_suffix(),
            self.hsm_suffix(),
            self.cosmos_suffix(),
        ];
        own.into_iter().chain(logins.into_iter().flatten().copied())
    }

    pub(crate) const fn hsm_suffix(self) -> &'static str {
        match self {
            Self::Public => "managedhsm.azure.net",
            Self::UsGovernment => "managedhsm.usgovcloudapi.net",
            Self::China => "managedhsm.azure.cn",
        }
    }
}

/// The one label before a suffix.
fn label<'a>(host: &'a str, suffix: &str) -> Option<&'a str> {
    let label = host.strip_suffix(suffix)?.strip_suffix('.')?;
    (!label.is_empty() && !label.contains('.')).then_some(label)
}
