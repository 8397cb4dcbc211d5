//! The commands of the walkthrough by the Azure CLI.

use super::{
    expected::{Line, Said},
    stage::{Stage, Who, run},
};
use crate::{Outcome, tool::workspace};
use Who::{Customer, Provider};
use serde_json::{Value, json};
use std::{path::Path, process::Output};

const ACCOUNT: &str = "{name:name,state:provisioningState,defaultIdentity:defaultIdentity,key:keyVaultKeyUri,status:customerManagedKeyStatus}";
const APPLICATION: &str = "{id:id,appId:appId,name:displayName,audience:signInAudience}";
const CREDENTIAL: &str = "{name:name,issuer:issuer,subject:subject,audiences:audiences}";
const GROUP: &str = "{name:name,location:location,state:properties.provisioningState}";
const IDENTITY: &str = "{id:id,principalId:principalId,clientId:clientId,tenantId:tenantId}";
const KEY: &str = "{uri:key.kid,kty:key.kty,enabled:attributes.enabled}";
const PRINCIPAL: &str = "{id:id,appId:appId,owner:appOwnerOrganizationId}";
const ROLE: &str = "{principalId:principalId,role:roleDefinitionId,scope:scope}";
const ROLES: &str = "sort_by([].{principalId:principalId,role:roleDefinitionId}, &role)";
const SIGNED_IN: &str = "[0].{tenant:tenantId,subscription:id}";
const VAULT: &str = "{id:id,tenantId:properties.tenantId,uri:properties.vaultUri,rbac:properties.enableRbacAuthorization,purgeProtection:properties.enablePurgeProtection,retention:properties.softDeleteRetentionInDays}";
const KEY_URI: &str = "https://contoso-keys.vault.azure.net/keys/cmk";
const TAG: &str = "cross-tenant-cmk-customer=contoso";

/// The Azure CLI in front of a stage, signed in as both parties.
pub(super) struct AzureCli<'a> {
    stage: &'a Stage,
    python: &'a Path,
    lines: Vec<Line>,
}

/// How a command ended.
enum Ended {
    Well(Value),
    Refused(String),
    Failed(String),
}

impl<'a> AzureCli<'a> {
    pub(super) fn new(stage: &'a Stage, python: &'a Path) -> Self {
        Self {
            stage,
            python,
            lines: Vec::new(),
        }
    }

    pub(super) fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// Signs in, each party with a configuration of its own.
    pub(super) fn sign_in(&mut self) -> Outcome {
        for (who, operation) in [
            (Provider, "provider signs in"),
            (Customer, "customer signs in"),
        ] {
            let own = self.stage.of(who);
            let command = ["login", "--service-principal", "-u", &own.client_id];
            let secret = ["-p", &own.secret, "--tenant", &own.tenant_id];
            self.tell(operation, who, SIGNED_IN, &[&command[..], &secret].concat())?;
        }
        Ok(())
    }

    /// Group, application, identity, and the credential between the two.
    pub(super) fn provider(&mut self) -> Outcome {
        let group = ["group", "create", "-n", "rg", "-l", "westeurope"];
        self.tell("group", Provider, GROUP, &group)?;
        let audience = "AzureADMultipleOrgs";
        let app = [
            "ad",
            "app",
            "create",
            "--display-name",
            "cmk",
            "--sign-in-audience",
            audience,
        ];
        let app = self.tell("application", Provider, APPLICATION, &app)?;
        let app = text(&app, "/appId");
        let identity = ["identity", "create", "-g", "rg", "-n", "cmk-identity"];
        let identity = self.tell("identity", Provider, IDENTITY, &identity)?;
        let trust = json!({
            "name": "cmk-identity",
            "issuer": format!("https://login.microsoftonline.com/{}/v2.0", self.stage.provider.tenant_id),
            "subject": text(&identity, "/principalId"),
            "audiences": ["api://AzureADTokenExchange"],
        })
        .to_string();
        let command = [
            "ad",
            "app",
            "federated-credential",
            "create",
            "--id",
            &app,
            "--parameters",
            &trust,
        ];
        self.tell("federated credential", Provider, CREDENTIAL, &command)?;
        let command = ["ad", "app", "federated-credential", "list", "--id", &app];
        self.tell(
            "federated credentials",
            Provider,
            &format!("[].{CREDENTIAL}"),
            &command,
        )?;
        let command = [
            "identity",
            "federated-credential",
            "create",
            "-g",
            "rg",
            "--identity-name",
            "cmk-identity",
            "-n",
            "release",
            "--issuer",
            "https://token.actions.githubusercontent.com",
            "--subject",
            "repo:fabrikam/orders:ref:refs/heads/main",
            "--audiences",
            "api://AzureADTokenExchange",
        ];
        let query = "{name:name,subject:subject}";
        self.tell("credential of the identity", Provider, query, &command)?;
        Ok(())
    }

    /// Service principal, vault, key and roles.
    pub(super) fn customer(&mut self) -> Outcome {
        let app = self.application()?;
        let own = ["ad", "sp", "create", "--id", &app];
        let own = self.tell("service principal", Customer, PRINCIPAL, &own)?;
        let group = ["group", "create", "-n", "keys", "-l", "westeurope"];
        self.tell("customer's group", Customer, GROUP, &group)?;
        self.tell("vault", Customer, VAULT, &new_vault("contoso-keys"))?;
        let key = new_key("cmk", "3072");
        self.refused("key without a role", Customer, &key)?;
        let scope = self.vault_id();
        let me = self.stage.customer.client_id.as_str();
        let officer = [
            "role",
            "assignment",
            "create",
            "--role",
            "Key Vault Crypto Officer",
        ];
        let command = [&officer[..], &["--assignee", me, "--scope", &scope]].concat();
        self.tell("role of the key officer", Customer, ROLE, &command)?;
        self.tell("key", Customer, KEY, &key)?;
        let user = [
            "role",
            "assignment",
            "create",
            "--role",
            "Key Vault Crypto Service Encryption User",
        ];
        let principal = text(&own, "/id");
        let to = [
            "--assignee-object-id",
            &principal,
            "--assignee-principal-type",
            "ServicePrincipal",
        ];
        let command = [&user[..], &to, &["--scope", &scope]].concat();
        self.tell("role of the application", Customer, ROLE, &command)?;
        let command = ["role", "assignment", "list", "--scope", &scope];
        self.tell("roles of the vault", Customer, ROLES, &command)?;
        Ok(())
    }

    /// The account by a deployment, by a plain PUT, in one command, and step by step.
    pub(super) fn accounts(&mut self) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        let federated = federated(&identity, &app);
        let template = workspace().join("xtask/clients/account.json");
        let template = template.display().to_string();
        let (id, client) = (
            format!("identity={identity}"),
            format!("federatedClientId={app}"),
        );
        let key = format!("keyUri={KEY_URI}");
        let deploy = [
            "deployment",
            "group",
            "create",
            "-g",
            "rg",
            "-n",
            "account",
            "-f",
            &template,
        ];
        let with = ["--parameters", "name=by-deployment", &id, &client, &key];
        self.must(Provider, &[&deploy[..], &with].concat())?;
        self.show("account by a deployment", "by-deployment")?;
        self.account_by_put()?;

        let create = [
            "cosmosdb",
            "create",
            "-g",
            "rg",
            "--locations",
            "regionName=westeurope",
            "failoverPriority=0",
            "--tags",
            TAG,
            "--assign-identity",
            &identity,
        ];
        let with = [
            "-n",
            "by-create",
            "--default-identity",
            &federated,
            "--key-uri",
            KEY_URI,
        ];
        self.must(Provider, &[&create[..], &with].concat())?;
        self.show("account by creation", "by-create")?;

        let plain = format!("UserAssignedIdentity={identity}");
        let with = ["-n", "by-update", "--default-identity", &plain];
        self.must(Provider, &[&create[..], &with].concat())?;
        let update = ["cosmosdb", "update", "-g", "rg", "-n", "by-update"];
        self.must(
            Provider,
            &[&update[..], &["--default-identity", &federated]].concat(),
        )?;
        self.must(Provider, &[&update[..], &["--key-uri", KEY_URI]].concat())?;
        self.show("account by updates", "by-update")?;
        let list = ["cosmosdb", "list", "-g", "rg"];
        self.tell("accounts", Provider, "sort([].name)", &list)?;
        Ok(())
    }

    /// The account by `az rest`.
    pub(super) fn account_by_put(&mut self) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        let body = json!({
            "location": "westeurope",
            "kind": "GlobalDocumentDB",
            "tags": {"cross-tenant-cmk-customer": "contoso"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.as_str(): {}}},
            "properties": {
                "locations": [{"locationName": "westeurope", "failoverPriority": 0, "isZoneRedundant": false}],
                "databaseAccountOfferType": "Standard",
                "keyVaultKeyUri": KEY_URI,
                "defaultIdentity": federated(&identity, &app),
            },
        })
        .to_string();
        let url = self.account_url("by-put");
        self.must(
            Provider,
            &["rest", "--method", "put", "--url", &url, "--body", &body],
        )?;
        self.show("account by PUT", "by-put")
    }

    /// What must be refused.
    pub(super) fn refusals(&mut self) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        let show = [
            "keyvault",
            "key",
            "show",
            "--vault-name",
            "contoso-keys",
            "-n",
            "cmk",
        ];
        self.refused("vault of another tenant", Provider, &show)?;
        let mixed = json!({
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.as_str(): {}}},
            "properties": {"keyVaultKeyUri": KEY_URI},
        })
        .to_string();
        let url = self.account_url("by-put");
        let patch = ["rest", "--method", "patch", "--url", &url, "--body", &mixed];
        self.refused("mixed PATCH", Provider, &patch)?;

        let off = [&new_key("off", "2048")[..], &["--disabled", "true"]].concat();
        self.must(Customer, &off)?;
        let key = "https://contoso-keys.vault.azure.net/keys/off";
        let federated = federated(&identity, &app);
        let create = [
            "cosmosdb",
            "create",
            "-g",
            "rg",
            "-n",
            "under-off",
            "--locations",
            "regionName=westeurope",
            "failoverPriority=0",
            "--assign-identity",
            &identity,
            "--default-identity",
            &federated,
            "--key-uri",
            key,
        ];
        self.refused("account under a disabled key", Provider, &create)?;

        self.must(Customer, &new_key("gone", "2048"))?;
        let delete = [
            "keyvault",
            "key",
            "delete",
            "--vault-name",
            "contoso-keys",
            "-n",
            "gone",
        ];
        self.must(Customer, &delete)?;
        self.refused("name of a deleted key", Customer, &new_key("gone", "2048"))?;
        let vault = new_vault("contoso-gone");
        self.must(Customer, &vault)?;
        self.must(Customer, &["keyvault", "delete", "-n", "contoso-gone"])?;
        self.refused("name of a deleted vault", Customer, &vault)
    }

    /// Reads what our own SDK made.
    pub(super) fn ours(&mut self) -> Outcome {
        let list = ["ad", "app", "list", "--display-name", "cmk"];
        let app = self.tell(
            "reads our application",
            Provider,
            &format!("[0].{APPLICATION}"),
            &list,
        )?;
        let app = text(&app, "/appId");
        let show = ["identity", "show", "-g", "rg", "-n", "cmk-identity"];
        self.tell("reads our identity", Provider, IDENTITY, &show)?;
        let list = ["ad", "app", "federated-credential", "list", "--id", &app];
        self.tell(
            "reads our credentials",
            Provider,
            &format!("[].{CREDENTIAL}"),
            &list,
        )?;
        let show = ["ad", "sp", "show", "--id", &app];
        self.tell("reads our service principal", Customer, PRINCIPAL, &show)?;
        self.tell(
            "reads our vault",
            Customer,
            VAULT,
            &["keyvault", "show", "-n", "contoso-keys"],
        )?;
        let show = [
            "keyvault",
            "key",
            "show",
            "--vault-name",
            "contoso-keys",
            "-n",
            "cmk",
        ];
        self.tell("reads our key", Customer, KEY, &show)?;
        let scope = self.vault_id();
        let list = ["role", "assignment", "list", "--scope", &scope];
        self.tell("reads our roles", Customer, ROLES, &list)?;
        self.show("reads our account", "ours")
    }

    /// The client id of the application.
    pub(super) fn application(&self) -> Outcome<String> {
        let list = ["ad", "app", "list", "--display-name", "cmk"];
        self.ask(Provider, "[0].appId", &list)
    }

    /// Makes an application with a redirect URI, and returns its client id.
    pub(super) fn application_with(&self, redirect_uri: &str) -> Outcome<String> {
        let app = ["ad", "app", "create", "--display-name", "cmk"];
        let with = [
            "--sign-in-audience",
            "AzureADMultipleOrgs",
            "--web-redirect-uris",
            redirect_uri,
        ];
        self.ask(Provider, "appId", &[&app[..], &with].concat())
    }

    fn identity(&self) -> Outcome<String> {
        self.ask(
            Provider,
            "id",
            &["identity", "show", "-g", "rg", "-n", "cmk-identity"],
        )
    }

    fn show(&mut self, operation: &str, name: &str) -> Outcome {
        let show = ["cosmosdb", "show", "-g", "rg", "-n", name];
        self.tell(operation, Provider, ACCOUNT, &show)?;
        Ok(())
    }

    fn vault_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/contoso-keys",
            self.stage.customer.subscription_id
        )
    }

    fn account_url(&self, name: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/{name}?api-version=2022-05-15",
            self.stage.provider.subscription_id
        )
    }

    /// Runs a command and tells what came back.
    fn tell(&mut self, operation: &str, who: Who, query: &str, command: &[&str]) -> Outcome<Value> {
        let said = match self.end(who, query, command)? {
            Ended::Well(value) => Said::Is(value),
            Ended::Refused(code) => Said::Refused(code),
            Ended::Failed(reason) => Said::Failed(reason),
        };
        let value = match &said {
            Said::Is(value) => value.clone(),
            _ => Value::Null,
        };
        self.lines.push(Line {
            op: operation.to_owned(),
            said,
        });
        Ok(value)
    }

    /// Runs what must be refused, and tells Azure's code.
    fn refused(&mut self, operation: &str, who: Who, command: &[&str]) -> Outcome {
        self.tell(operation, who, "@", command)?;
        Ok(())
    }

    /// Runs what an operation needs before it.
    fn must(&self, who: Who, command: &[&str]) -> Outcome {
        self.ask::<Value>(who, "@", command)?;
        Ok(())
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        who: Who,
        query: &str,
        command: &[&str],
    ) -> Outcome<T> {
        match self.end(who, query, command)? {
            Ended::Well(value) => Ok(serde_json::from_value(value)?),
            Ended::Refused(reason) | Ended::Failed(reason) => {
                Err(format!("az {}: {reason}", command.join(" ")).into())
            }
        }
    }

    fn end(&self, who: Who, query: &str, command: &[&str]) -> Outcome<Ended> {
        let mut az = self
            .stage
            .command(self.python, &self.stage.environment(who));
        az.args(["-m", "azure.cli"]).args(command);
        az.args(["--output", "json", "--only-show-errors", "--query", query]);
        ended(&run(az, "")?)
    }
}

fn ended(output: &Output) -> Outcome<Ended> {
    if output.status.success() {
        let value = match output.stdout.trim_ascii() {
            b"" => Value::Null,
            text => serde_json::from_slice(text)?,
        };
        return Ok(Ended::Well(value));
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(code_of(&told).map_or_else(|| Ended::Failed(told.trim().to_owned()), Ended::Refused))
}

/// Azure's code in what the CLI prints of an error: the inner one where there is one.
fn code_of(told: &str) -> Option<String> {
    let json = told.find('{').map(|at| told.get(at..).unwrap_or_default());
    let json = json.and_then(|text| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.next()?.ok()
    });
    let in_json = json.and_then(|error| {
        let error = error.get("error").unwrap_or(&error).clone();
        let inner = error.get("innererror").unwrap_or(&error);
        inner.get("code")?.as_str().map(str::to_owned)
    });
    let akv = told.split(|c: char| !c.is_ascii_alphanumeric());
    let akv = akv
        .into_iter()
        .find(|word| word.starts_with("AKV") || word.starts_with("AADSTS"));
    let line = told.lines().find_map(|line| line.strip_prefix("Code: "));
    in_json
        .or_else(|| akv.map(str::to_owned))
        .or_else(|| line.map(str::to_owned))
}

fn federated(identity: &str, app: &str) -> String {
    format!("UserAssignedIdentity={identity}&FederatedClientId={app}")
}

fn new_vault(name: &str) -> [&str; 13] {
    [
        "keyvault",
        "create",
        "-g",
        "keys",
        "-n",
        name,
        "-l=westeurope",
        "--enable-purge-protection",
        "true",
        "--enable-rbac-authorization",
        "true",
        "--retention-days",
        "7",
    ]
}

fn new_key<'a>(name: &'a str, size: &'a str) -> [&'a str; 11] {
    [
        "keyvault",
        "key",
        "create",
        "--vault-name",
        "contoso-keys",
        "-n",
        name,
        "--kty",
        "RSA",
        "--size",
        size,
    ]
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn the_code_is_found_wherever_the_cli_prints_it() {
        let cases = [
            (
                "ERROR: (Forbidden) Caller is not authorized\nCode: Forbidden\nMessage: Caller\nInner error: {\n    \"code\": \"ForbiddenByRbac\"\n}\n",
                "ForbiddenByRbac",
            ),
            (
                "ERROR: (Conflict) x\nCode: Conflict\nMessage: x\n",
                "Conflict",
            ),
            (
                "ERROR: Bad Request({\"error\":{\"code\":\"BadRequest\",\"message\":\"x\"}})\n",
                "BadRequest",
            ),
            (
                "ERROR: (Unauthorized) AKV10032: Invalid issuer. Expected one of x\nCode: Unauthorized\n",
                "AKV10032",
            ),
            (
                "ERROR: AADSTS7000215: Invalid client secret\n",
                "AADSTS7000215",
            ),
        ];
        for (told, code) in cases {
            assert_eq!(code_of(told).as_deref(), Some(code), "{told}");
        }
        assert_eq!(code_of("ERROR: unrecognized arguments: --x"), None);
    }
}
