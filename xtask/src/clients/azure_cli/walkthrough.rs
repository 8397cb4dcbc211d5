//! The commands of Microsoft's cross-tenant walkthrough, in both tenants, and those that must be refused.

use super::AzureCli;
use crate::{
    Outcome,
    clients::stage::Who::{self, Customer, Provider},
    tool::workspace,
};
use serde_json::{Value, json};
use std::fs;

const ACCOUNT: &str = "{name:name,state:provisioningState,defaultIdentity:defaultIdentity,key:keyVaultKeyUri,status:customerManagedKeyStatus}";
const APPLICATION: &str = "{id:id,appId:appId,name:displayName,audience:signInAudience}";
const CREDENTIAL: &str = "{name:name,issuer:issuer,subject:subject,audiences:audiences}";
const GROUP: &str = "{name:name,location:location,state:properties.provisioningState}";
const IDENTITY: &str = "{id:id,principalId:principalId,clientId:clientId,tenantId:tenantId}";
pub(super) const KEY: &str = "{uri:key.kid,kty:key.kty,enabled:attributes.enabled}";
const PRINCIPAL: &str = "{id:id,appId:appId,owner:appOwnerOrganizationId}";
const ROLE: &str = "{principalId:principalId,role:roleDefinitionId,scope:scope}";
const ROLES: &str = "sort_by([].{principalId:principalId,role:roleDefinitionId}, &role)";
const VAULT: &str = "{id:id,tenantId:properties.tenantId,uri:properties.vaultUri,rbac:properties.enableRbacAuthorization,purgeProtection:properties.enablePurgeProtection,retention:properties.softDeleteRetentionInDays}";

const NEW_APPLICATION: &str =
    "ad app create --display-name cmk --sign-in-audience AzureADMultipleOrgs";
pub(super) const NEW_KEY: &str =
    "keyvault key create --vault-name contoso-keys --kty RSA --size 3072 -n {}";
pub(super) const NEW_VAULT: &str = "keyvault create -g keys -l westeurope --enable-purge-protection true --enable-rbac-authorization true --retention-days 7 -n {}";
const NEW_ACCOUNT: &str = "cosmosdb create -g rg --locations regionName=westeurope failoverPriority=0 --tags cross-tenant-cmk-customer=contoso --assign-identity {} --default-identity {} -n {}";
const SHOW_KEY: &str = "keyvault key show --vault-name contoso-keys -n cmk";
const KEY_URI: &str = "https://contoso-keys.vault.azure.net/keys/cmk";

impl AzureCli<'_> {
    /// Signs both parties in.
    pub(in crate::clients) fn sign_in(&mut self) -> Outcome {
        self.sign_in_as(Provider, "provider signs in")?;
        self.sign_in_as(Customer, "customer signs in")
    }

    /// Signs somebody in by a secret.
    pub(super) fn sign_in_as(&mut self, who: Who, operation: &str) -> Outcome {
        let command = "login --service-principal -u {} -p {} --tenant {}";
        let query = "[0].{tenant:tenantId,subscription:id}";
        let own = self.stage.of(who);
        let values = [own.client_id.as_str(), &own.secret, &own.tenant_id];
        self.tell(operation, who, query, command, &values)?;
        Ok(())
    }

    /// Group, application, identity, and the credential between the two.
    pub(in crate::clients) fn provider(&mut self) -> Outcome {
        let subscription = self.stage.provider.subscription_id.clone();
        let group = "group create --location westeurope --resource-group rg --subscription {}";
        self.tell("group", Provider, GROUP, group, &[&subscription])?;
        let app = self.tell("application", Provider, APPLICATION, NEW_APPLICATION, &[])?;
        let app = text(&app, "/id");
        let show = "ad app show --id {}";
        self.tell("application by id", Provider, APPLICATION, show, &[&app])?;
        let identity = "identity create --name cmk-identity --resource-group rg --location westeurope --subscription {}";
        let identity = self.tell("identity", Provider, IDENTITY, identity, &[&subscription])?;
        let issuer = format!(
            "https://login.microsoftonline.com/{}/v2.0",
            self.stage.provider.tenant_id
        );
        let trust = json!({
            "name": "cmk-identity",
            "issuer": issuer,
            "subject": text(&identity, "/principalId"),
            "description": "Federated Identity Credential for CMK",
            "audiences": ["api://AzureADTokenExchange"],
        });
        let file = self.stage.path("credential.json");
        fs::write(&file, trust.to_string())?;
        self.tell(
            "federated credential",
            Provider,
            CREDENTIAL,
            "ad app federated-credential create --id {} --parameters {}",
            &[&app, &file.display().to_string()],
        )?;
        self.credentials("federated credentials", &app)?;
        self.tell(
            "credential of the identity",
            Provider,
            "{name:name,subject:subject}",
            "identity federated-credential create -g rg --identity-name cmk-identity -n release \
             --issuer https://token.actions.githubusercontent.com \
             --subject repo:fabrikam/orders:ref:refs/heads/main --audiences api://AzureADTokenExchange",
            &[],
        )?;
        Ok(())
    }

    /// Service principal, vault, key and roles.
    pub(in crate::clients) fn customer(&mut self) -> Outcome {
        let app = self.application()?;
        let command = "ad sp create --id {}";
        self.tell("service principal", Customer, PRINCIPAL, command, &[&app])?;
        let subscription = self.stage.customer.subscription_id.clone();
        let group = "group create --location westeurope --name keys";
        self.tell("customer's group", Customer, GROUP, group, &[])?;
        let vault = format!("{NEW_VAULT} --subscription {{}}");
        let values = ["contoso-keys", &subscription];
        self.tell("vault", Customer, VAULT, &vault, &values)?;
        self.refused("key without a role", Customer, NEW_KEY, &["cmk"])?;
        self.key_of_an_owner()?;
        let show = "keyvault show --resource-group keys --name contoso-keys";
        let vault: String = self.ask(Customer, "id", show, &[])?;
        let officer = self.principal(&self.stage.customer.client_id)?;
        let user = self.principal(&app)?;
        let assign = "role assignment create --role {} --scope {} --assignee-object-id {}";
        let values = ["Key Vault Crypto Officer", &vault, &officer];
        self.tell("role of the key officer", Customer, ROLE, assign, &values)?;
        self.tell("key", Customer, KEY, NEW_KEY, &["cmk"])?;
        let values = ["Key Vault Crypto Service Encryption User", &vault, &user];
        self.tell("role of the application", Customer, ROLE, assign, &values)?;
        self.roles("roles of the vault")
    }

    /// An owner needs no role of the data plane to make a key by Resource Manager.
    fn key_of_an_owner(&mut self) -> Outcome {
        let url = format!("{}/keys/owned?api-version=2023-07-01", self.vault_id());
        let key = json!({
            "properties": {"kty": "RSA", "keySize": 3072, "keyOps": ["wrapKey", "unwrapKey"]},
        });
        self.tell(
            "key by an owner without a role",
            Customer,
            "{uri:properties.keyUri,size:properties.keySize}",
            "rest --method put --url {} --body {}",
            &[&url, &key.to_string()],
        )?;
        Ok(())
    }

    /// The account by a deployment, by a plain PUT, in one command, and step by step.
    pub(in crate::clients) fn accounts(&mut self) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        let federated = federated(&identity, &app);
        let template = workspace().join("xtask/clients/account.json");
        self.must(
            Provider,
            "deployment group create -g rg -n account -f {} --parameters name=by-deployment identity={} federatedClientId={} keyUri={}",
            &[&template.display().to_string(), &identity, &app, KEY_URI],
        )?;
        self.show("account by a deployment", "by-deployment")?;
        self.account_by_put()?;

        self.new_account("account by creation", "by-create", KEY_URI)?;

        let plain = format!("UserAssignedIdentity={identity}");
        self.must(Provider, NEW_ACCOUNT, &[&identity, &plain, "by-update"])?;
        let update = "cosmosdb update -g rg -n by-update";
        let default_identity = format!("{update} --default-identity {{}}");
        self.must(Provider, &default_identity, &[&federated])?;
        self.must(Provider, &format!("{update} --key-uri {KEY_URI}"), &[])?;
        self.show("account by updates", "by-update")?;
        self.tell(
            "accounts",
            Provider,
            "sort([].name)",
            "cosmosdb list -g rg",
            &[],
        )?;
        Ok(())
    }

    /// The account by `az rest`.
    pub(in crate::clients) fn account_by_put(&mut self) -> Outcome {
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
        });
        let command = "rest --method put --url {} --body {}";
        let values = [self.account_url(), body.to_string()];
        self.must(Provider, command, &values.each_ref().map(String::as_str))?;
        self.show("account by PUT", "by-put")
    }

    /// What must be refused.
    pub(in crate::clients) fn refusals(&mut self) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        self.refused("vault of another tenant", Provider, SHOW_KEY, &[])?;
        // By a token of its own: the Azure CLI looks for the subscription among those of the signed-in one first.
        let token: String = self.ask(Provider, "accessToken", "account get-access-token", &[])?;
        let group = format!(
            "https://management.azure.com/subscriptions/{}/resourceGroups/keys?api-version=2025-04-01",
            self.stage.customer.subscription_id
        );
        self.refused(
            "subscription of another tenant",
            Provider,
            "rest --skip-authorization-header --headers {} --url {}",
            &[&format!("Authorization=Bearer {token}"), &group],
        )?;
        let mixed = json!({
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.as_str(): {}}},
            "properties": {"keyVaultKeyUri": KEY_URI},
        });
        let values = [self.account_url(), mixed.to_string()];
        self.refused(
            "mixed PATCH",
            Provider,
            "rest --method patch --url {} --body {}",
            &values.each_ref().map(String::as_str),
        )?;

        let disabled = format!("{NEW_KEY} --disabled true");
        self.must(Customer, &disabled, &["off"])?;
        self.refused(
            "account under a disabled key",
            Provider,
            &format!("{NEW_ACCOUNT} --key-uri https://contoso-keys.vault.azure.net/keys/off"),
            &[&identity, &federated(&identity, &app), "under-off"],
        )?;
        // The Azure CLI encrypts by the public key itself.
        let encrypt = "keyvault key encrypt --vault-name contoso-keys -n off --algorithm RSA-OAEP-256 --data-type plaintext --value secret";
        let sealed: String = self.ask(Customer, "result", encrypt, &[])?;
        self.refused(
            "disabled key",
            Customer,
            "keyvault key decrypt --vault-name contoso-keys -n off --algorithm RSA-OAEP-256 --data-type plaintext --value={}",
            &[&sealed],
        )?;

        self.must(Customer, NEW_KEY, &["gone"])?;
        let delete = "keyvault key delete --vault-name contoso-keys -n gone";
        self.must(Customer, delete, &[])?;
        self.refused("name of a deleted key", Customer, NEW_KEY, &["gone"])?;
        self.must(Customer, NEW_VAULT, &["contoso-gone"])?;
        self.must(Customer, "keyvault delete -n contoso-gone", &[])?;
        self.refused(
            "name of a deleted vault",
            Customer,
            NEW_VAULT,
            &["contoso-gone"],
        )?;
        self.must(Customer, "keyvault recover -n contoso-gone", &[])?;
        let show = "keyvault show -n contoso-gone";
        self.tell("recovered vault", Customer, "name", show, &[])?;
        let second = self.ask::<String>(Provider, "id", "identity create -g rg -n second", &[])?;
        let assign = "cosmosdb identity assign -g rg -n by-put --identities {}";
        self.tell(
            "second identity of the account",
            Provider,
            "{type:type,number:length(keys(userAssignedIdentities))}",
            assign,
            &[&second],
        )?;
        Ok(())
    }

    /// Reads what our own SDK made.
    pub(in crate::clients) fn ours(&mut self) -> Outcome {
        let app = self.tell(
            "reads our application",
            Provider,
            &format!("[0].{APPLICATION}"),
            "ad app list --display-name cmk",
            &[],
        )?;
        let app = text(&app, "/appId");
        let identity = "identity show -g rg -n cmk-identity";
        self.tell("reads our identity", Provider, IDENTITY, identity, &[])?;
        self.credentials("reads our credentials", &app)?;
        let show = "ad sp show --id {}";
        self.tell(
            "reads our service principal",
            Customer,
            PRINCIPAL,
            show,
            &[&app],
        )?;
        let show = "keyvault show -n contoso-keys";
        self.tell("reads our vault", Customer, VAULT, show, &[])?;
        self.tell("reads our key", Customer, KEY, SHOW_KEY, &[])?;
        self.roles("reads our roles")?;
        self.show("reads our account", "ours")
    }

    /// Makes an application, perhaps with a redirect URI, and returns its client id.
    pub(in crate::clients) fn new_application(
        &self,
        name: &str,
        audience: &str,
        redirect_uri: Option<&str>,
    ) -> Outcome<String> {
        let mut command = "ad app create --display-name {} --sign-in-audience {}".to_owned();
        if redirect_uri.is_some() {
            command.push_str(" --web-redirect-uris {}");
        }
        let values: Vec<&str> = [Some(name), Some(audience), redirect_uri]
            .into_iter()
            .flatten()
            .collect();
        self.ask(Provider, "appId", &command, &values)
    }

    /// The client id of the application.
    pub(in crate::clients) fn application(&self) -> Outcome<String> {
        let list = "ad app list --display-name cmk";
        self.ask(Provider, "[0].appId", list, &[])
    }

    /// The object id of a service principal in the customer's tenant.
    pub(super) fn principal(&self, client_id: &str) -> Outcome<String> {
        self.ask(Customer, "id", "ad sp show --id {}", &[client_id])
    }

    /// An account under a key, by one command.
    pub(super) fn new_account(&mut self, operation: &str, name: &str, key_uri: &str) -> Outcome {
        let (app, identity) = (self.application()?, self.identity()?);
        let command = format!("{NEW_ACCOUNT} --key-uri {key_uri}");
        let values = [identity.as_str(), &federated(&identity, &app), name];
        self.must(Provider, &command, &values)?;
        self.show(operation, name)
    }

    fn identity(&self) -> Outcome<String> {
        self.identity_text("id")
    }

    /// A text of the managed identity.
    pub(super) fn identity_text(&self, member: &str) -> Outcome<String> {
        let show = "identity show -g rg -n cmk-identity";
        self.ask(Provider, member, show, &[])
    }

    fn credentials(&mut self, operation: &str, app: &str) -> Outcome {
        let query = format!("[].{CREDENTIAL}");
        let list = "ad app federated-credential list --id {}";
        self.tell(operation, Provider, &query, list, &[app])?;
        Ok(())
    }

    fn roles(&mut self, operation: &str) -> Outcome {
        let list = "role assignment list --scope {}";
        let scope = self.vault_id();
        self.tell(operation, Customer, ROLES, list, &[&scope])?;
        Ok(())
    }

    fn show(&mut self, operation: &str, name: &str) -> Outcome {
        let show = "cosmosdb show -g rg -n {}";
        self.tell(operation, Provider, ACCOUNT, show, &[name])?;
        Ok(())
    }

    pub(super) fn vault_id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/keys/providers/Microsoft.KeyVault/vaults/contoso-keys",
            self.stage.customer.subscription_id
        )
    }

    /// Where `az rest` finds its account.
    fn account_url(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/by-put?api-version=2022-05-15",
            self.stage.provider.subscription_id
        )
    }
}

fn federated(identity: &str, app: &str) -> String {
    format!("UserAssignedIdentity={identity}&FederatedClientId={app}")
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}
