//! The environment in which unmodified clients use the server, as variables and as text to paste.

use super::SeededPrincipal;
use crate::SimCloud;
use serde::{Deserialize, Serialize};
use std::{fmt::Write as _, path::Path};

/// Variables to set and to remove. What each client reads was tried out with the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Environment {
    /// Name and value, in groups.
    groups: Vec<Group>,
    /// Variables that would lead a client elsewhere.
    unset: Vec<String>,
    /// The endpoint of managed identities as in App Service.
    app_service: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    title: String,
    set: Vec<(String, String)>,
}

/// For which shell a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Shell {
    /// POSIX: `eval "$(cargo sim env)"`.
    #[default]
    Posix,
    /// PowerShell: `cargo sim env --shell powershell | Out-String | Invoke-Expression`.
    PowerShell,
}

const UNSET: &[&str] = &[
    "ALL_PROXY",
    "ARM_ENVIRONMENT",
    "ARM_METADATA_HOST",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLOUD_NAME",
    "AZURE_CORE_INSTANCE_DISCOVERY",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "SSL_CERT_DIR",
    "all_proxy",
];

impl Environment {
    pub(super) fn new(cloud: SimCloud, proxy: &str, ca_file: &Path, identity_header: &str) -> Self {
        let ca = ca_file.display().to_string();
        let direct = "127.0.0.1,localhost";
        let group = |title: &str, set: &[(&str, &str)]| Group {
            title: title.to_owned(),
            set: set
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let mut groups = vec![
            group(
                "Every client: the proxy; HTTP_PROXY is for the metadata address of managed identities",
                &[
                    ("HTTPS_PROXY", proxy),
                    ("https_proxy", proxy),
                    ("HTTP_PROXY", proxy),
                    ("http_proxy", proxy),
                    ("NO_PROXY", direct),
                    ("no_proxy", direct),
                ],
            ),
            group(
                "Rust programs (azure_core with rustls), asynchronous Python SDKs, Microsoft Graph for Python, Terraform: the authority",
                &[("SSL_CERT_FILE", &ca)],
            ),
            group(
                "Azure CLI and Python SDKs",
                &[
                    ("REQUESTS_CA_BUNDLE", &ca),
                    ("CURL_CA_BUNDLE", &ca),
                    ("AZURE_CORE_COLLECT_TELEMETRY", "0"),
                ],
            ),
            group("JavaScript SDKs", &[("NODE_EXTRA_CA_CERTS", &ca)]),
            group("Terraform", &[("CHECKPOINT_DISABLE", "1")]),
        ];
        // The names of the Azure CLI's table of clouds and of Terraform's.
        let sovereign = match cloud {
            SimCloud::Public => None,
            SimCloud::UsGovernment => Some(("AzureUSGovernment", "usgovernment")),
            SimCloud::China => Some(("AzureChinaCloud", "china")),
        };
        let mut unset: Vec<String> = UNSET.iter().map(|name| (*name).to_owned()).collect();
        if let Some((cli, terraform)) = sovereign {
            let authority = format!("https://{}", cloud.issuer_host());
            let set = [
                ("AZURE_CLOUD_NAME", cli),
                ("AZURE_AUTHORITY_HOST", &authority),
                ("ARM_ENVIRONMENT", terraform),
            ];
            unset.retain(|name| set.iter().all(|(other, _)| other != name));
            groups.push(group(
                "The cloud, for the Azure CLI, SDKs and Terraform",
                &set,
            ));
        }
        Self {
            groups,
            unset,
            app_service: vec![
                ("IDENTITY_ENDPOINT".to_owned(), format!("{proxy}/msi/token")),
                ("IDENTITY_HEADER".to_owned(), identity_header.to_owned()),
            ],
        }
    }

    /// The same with the credentials of a principal, for SDKs and Terraform.
    #[must_use]
    pub fn with_principal(mut self, principal: &SeededPrincipal) -> Self {
        let mut set = Vec::new();
        let mut both = |name: &str, value: &str| {
            if !value.is_empty() {
                set.push((format!("AZURE_{name}"), value.to_owned()));
                set.push((format!("ARM_{name}"), value.to_owned()));
            }
        };
        both("TENANT_ID", &principal.tenant_id);
        both("SUBSCRIPTION_ID", &principal.subscription_id);
        both("CLIENT_ID", &principal.client_id);
        both("CLIENT_SECRET", &principal.secret);
        self.groups.push(Group {
            title: format!(
                "Credentials of {} in {}, for SDKs and Terraform",
                principal.name, principal.tenant
            ),
            set,
        });
        self
    }

    /// The same with a folder for the Azure CLI's configuration, profile and token cache.
    #[must_use]
    pub fn with_config_dir(mut self, folder: &Path) -> Self {
        self.groups.push(Group {
            title: "Azure CLI: a configuration of its own".to_owned(),
            set: vec![("AZURE_CONFIG_DIR".to_owned(), folder.display().to_string())],
        });
        self
    }

    /// The same as in App Service: managed identities by `IDENTITY_ENDPOINT` in place of the metadata address.
    #[must_use]
    pub fn with_app_service(mut self) -> Self {
        let set = self.app_service.clone();
        self.unset
            .retain(|name| set.iter().all(|(other, _)| other != name));
        self.groups.push(Group {
            title: "Managed identities as in App Service".to_owned(),
            set,
        });
        self
    }

    /// The variables to set.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.groups.iter().flat_map(|group| &group.set);
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The variables to remove.
    pub fn removed(&self) -> impl Iterator<Item = &str> {
        self.unset.iter().map(String::as_str)
    }

    /// Commands for a shell, with a comment over each group.
    #[must_use]
    pub fn script(&self, shell: Shell) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        for group in &self.groups {
            let _ = writeln!(text, "# {}", group.title);
            for (name, value) in &group.set {
                let _ = match shell {
                    Shell::Posix => {
                        writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''"))
                    }
                    Shell::PowerShell => {
                        writeln!(text, "$env:{name} = '{}'", value.replace('\'', "''"))
                    }
                };
            }
        }
        let _ = writeln!(text, "# What would lead a client elsewhere");
        match shell {
            Shell::Posix => {
                let _ = writeln!(text, "unset {}", self.unset.join(" "));
            }
            Shell::PowerShell => {
                for name in &self.unset {
                    let _ = writeln!(text, "Remove-Item Env:{name} -ErrorAction SilentlyContinue");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Shell};
    use crate::SimCloud;
    use std::path::Path;

    #[test]
    fn a_value_with_a_quote_stays_one_word() {
        let proxy = "http://127.0.0.1:1";
        let environment =
            Environment::new(SimCloud::Public, proxy, Path::new("/o'brien/ca.pem"), "h");
        let script = environment.script(Shell::Posix);
        assert!(script.contains("export SSL_CERT_FILE='/o'\\''brien/ca.pem'\n"));
        assert!(script.contains("unset ALL_PROXY "));
        let script = environment.script(Shell::PowerShell);
        assert!(script.contains("$env:SSL_CERT_FILE = '/o''brien/ca.pem'\n"));
    }

    #[test]
    fn the_endpoint_of_app_service_is_set_only_when_asked_for() {
        let proxy = "http://127.0.0.1:1";
        let plain = Environment::new(SimCloud::Public, proxy, Path::new("/ca.pem"), "h");
        assert!(plain.removed().any(|name| name == "IDENTITY_ENDPOINT"));
        let inside = plain.with_app_service();
        assert!(!inside.removed().any(|name| name == "IDENTITY_ENDPOINT"));
        let mut variables = inside.variables();
        let found = variables.find(|(name, _)| *name == "IDENTITY_ENDPOINT");
        assert_eq!(found.unwrap().1, "http://127.0.0.1:1/msi/token");
    }

    #[test]
    fn a_sovereign_cloud_is_named_to_every_client() {
        let names = [
            "AZURE_AUTHORITY_HOST",
            "AZURE_CLOUD_NAME",
            "ARM_ENVIRONMENT",
        ];
        for (cloud, values) in [
            (
                SimCloud::UsGovernment,
                [
                    "https://login.microsoftonline.us",
                    "AzureUSGovernment",
                    "usgovernment",
                ],
            ),
            (
                SimCloud::China,
                [
                    "https://login.partner.microsoftonline.cn",
                    "AzureChinaCloud",
                    "china",
                ],
            ),
        ] {
            let environment =
                Environment::new(cloud, "http://127.0.0.1:1", Path::new("/ca.pem"), "h");
            for (name, value) in names.into_iter().zip(values) {
                let mut variables = environment.variables();
                let found = variables.find(|(own, _)| *own == name);
                assert_eq!(found.map(|(_, value)| value), Some(value), "{name}");
                assert!(!environment.removed().any(|own| own == name), "{name}");
            }
        }
        // What names another cloud leads elsewhere.
        let public = Environment::new(
            SimCloud::Public,
            "http://127.0.0.1:1",
            Path::new("/ca.pem"),
            "h",
        );
        for name in names {
            assert!(public.removed().any(|own| own == name), "{name}");
        }
    }
}
