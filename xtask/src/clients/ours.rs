//! Our own facade on the same Azure: it makes everything, or finds what somebody else has made.

use super::{
    expected::{Line, Said},
    stage::{Stage, Who},
};
use crate::Outcome;
use azure_core::{
    base64::decode_url_safe,
    credentials::{Secret, TokenCredential},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use azure_sim::serve::SeededPrincipal;
use cmk_core::{ClientId, Cloud, lro::WaitOptions};
use cosmos_cmk::CmkStatus;
use cross_tenant_cmk::{
    AccountSpec, ApplicationChoice, Customer, CustomerClients, CustomerRecord, Done,
    EncryptedAccount, Grant, IdentityChoice, KeyCreation, KeyCreator, KeySpec, Offer, Provider,
    ProviderClients, ProviderSetup, ProviderSpec, Report, RoleScope, RunOptions, StepId,
    TenantContext, VaultChoice, Waits, create_encrypted_account, grant_access, set_up_provider,
};
use keyvault_rbac::{PrincipalType, VaultId};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// What the first phase finds or makes.
const FIRST: [StepId; 3] = [
    StepId::Application,
    StepId::ManagedIdentity,
    StepId::FederatedCredential,
];
/// What the second does.
const SECOND: [StepId; 4] = [
    StepId::AdmitApplication,
    StepId::Vault,
    StepId::Key,
    StepId::KeyRole,
];

/// Both parties with our clients.
pub(super) struct Ours {
    pub(super) provider: TenantContext<Provider>,
    pub(super) customer: TenantContext<Customer>,
    customer_credential: Arc<dyn TokenCredential>,
}

impl Ours {
    pub(super) fn new(stage: &Stage) -> Outcome<Self> {
        let options = stage.client_options()?;
        let credential = |own: &SeededPrincipal| -> Outcome<Arc<dyn TokenCredential>> {
            let secret = Secret::new(own.secret.clone());
            let options = ClientSecretCredentialOptions {
                client_options: options.clone(),
            };
            let client = own.client_id.clone();
            Ok(ClientSecretCredential::new(
                &own.tenant_id,
                client,
                secret,
                Some(options),
            )?)
        };
        let (provider, customer) = (stage.of(Who::Provider), stage.of(Who::Customer));
        let customer_credential = credential(customer)?;
        let clients =
            ProviderClients::new(Cloud::Public, credential(provider)?, Some(options.clone()))?;
        let their_clients = CustomerClients::new(
            Cloud::Public,
            Arc::clone(&customer_credential),
            Some(options.clone()),
        )?;
        Ok(Self {
            provider: TenantContext::new(
                Cloud::Public,
                provider.tenant_id.parse()?,
                provider.subscription_id.parse()?,
                clients,
            ),
            customer: TenantContext::new(
                Cloud::Public,
                customer.tenant_id.parse()?,
                customer.subscription_id.parse()?,
                their_clients,
            ),
            customer_credential,
        })
    }

    /// Phase 1, with the application of this client id, or with one of our own.
    pub(super) async fn phase1(&self, app: Option<&str>) -> Outcome<Done<ProviderSetup>> {
        let application = match app {
            Some(client_id) => ApplicationChoice::Existing {
                client_id: client_id.parse()?,
                unique_name: None,
            },
            None => ApplicationChoice::Named {
                unique_name: "fabrikam-cmk".parse()?,
                display_name: "cmk".parse()?,
            },
        };
        let spec = ProviderSpec {
            application,
            identity: IdentityChoice::Named("cmk-identity".parse()?),
            resource_group: "rg".parse()?,
            location: "westeurope".parse()?,
            credential_name: None,
        };
        set_up_provider(&self.provider, &spec, options())
            .await
            .map_err(told)
    }

    /// Phase 2, as Microsoft's walkthrough does it: the role on the vault, the key by the data plane.
    pub(super) async fn phase2(&self, offer: &Offer) -> Outcome<Done<Grant>> {
        let mut spec = key_spec("cmk")?;
        spec.retention_days = 7;
        spec.role_scope = RoleScope::Vault;
        spec.key_creation = KeyCreation::DataPlane {
            creator: Some(KeyCreator {
                id: self.customer_principal().await?.parse()?,
                principal_type: PrincipalType::ServicePrincipal,
            }),
        };
        self.grant(offer, &spec).await
    }

    async fn grant(&self, offer: &Offer, spec: &KeySpec) -> Outcome<Done<Grant>> {
        let expected = self.provider.tenant();
        grant_access(&self.customer, offer, expected, spec, options())
            .await
            .map_err(told)
    }

    pub(super) async fn phase3(
        &self,
        setup: &ProviderSetup,
        offer: &Offer,
        grant: &Grant,
        name: &str,
    ) -> Outcome<Done<EncryptedAccount>> {
        let spec = AccountSpec::new(
            setup,
            grant,
            "rg".parse()?,
            name.parse()?,
            "westeurope".parse()?,
        )?;
        let record = CustomerRecord {
            reference: "contoso".parse()?,
            tenant_id: self.customer.tenant(),
            offer_digest: offer.digest(),
        };
        create_encrypted_account(&self.provider, setup, grant, &record, &spec, options())
            .await
            .map_err(told)
    }

    /// Makes everything from nothing; the account is `ours`.
    pub(super) async fn make(&self) -> Outcome<ProviderSetup> {
        let setup = self.phase1(None).await?.output;
        let offer = setup.offer(None);
        let grant = self.phase2(&offer).await?.output;
        self.phase3(&setup, &offer, &grant, "ours").await?;
        Ok(setup)
    }

    /// Whether the three phases change something of what [`Self::make`] made.
    pub(super) async fn changes_something(&self) -> Outcome<bool> {
        let first = self.phase1(None).await?;
        let offer = first.output.offer(None);
        let second = self.phase2(&offer).await?;
        let third = self.phase3(&first.output, &offer, &second.output, "ours");
        let reports = [first.report, second.report, third.await?.report];
        Ok(!reports.iter().all(Report::changed_nothing))
    }

    /// Finds what somebody else has made, and says how each step found it.
    pub(super) async fn find(&self, app: &str, account: &str) -> Outcome<Vec<Line>> {
        let first = self.phase1(Some(app)).await?;
        let mut lines = vec![line("our phase 1 finds it", &first.report, &FIRST)?];
        let offer = first.output.offer(None);
        let second = self.phase2(&offer).await?;
        lines.push(line("our phase 2 finds it", &second.report, &SECOND)?);
        let third = self.phase3(&first.output, &offer, &second.output, account);
        let third = third.await?;
        lines.push(line(
            "our phase 3 finds it",
            &third.report,
            &[StepId::Account],
        )?);
        Ok(lines)
    }

    /// Finds what somebody else has made by the requests that are our own default: an application by its unique name, a
    /// credential by its name, a service principal by its application, and a key of Resource Manager. Only the role on that
    /// key is ours to give.
    pub(super) async fn find_upserts(&self) -> Outcome<Vec<Line>> {
        let first = self.phase1(None).await?;
        let told = "our phase 1 finds what the upserts made";
        let mut lines = vec![line(told, &first.report, &FIRST)?];
        let spec = key_spec("once")?;
        let second = self.grant(&first.output.offer(None), &spec).await?;
        let told = "our phase 2 finds what the upserts made";
        lines.push(line(told, &second.report, &SECOND)?);
        lines.push(Line {
            op: "our client reads the key created once".to_owned(),
            said: Said::Is(self.key_of_resource_manager("once").await?),
        });
        Ok(lines)
    }

    /// Reads every account by our own client, and counts those whose key is confirmed.
    pub(super) async fn accounts(&self) -> Outcome<Value> {
        let accounts = &self.provider.clients().accounts;
        let listed = accounts
            .list_accounts(self.provider.subscription(), None)
            .await?;
        let is_confirmed = |status: &Option<CmkStatus>| *status == Some(CmkStatus::Confirmed);
        let (mut confirmed, mut others) = (0, listed.unreadable.len());
        for account in &listed.accounts {
            match is_confirmed(&accounts.get_account(&account.id).await?.cmk_status) {
                true => confirmed += 1,
                false => others += 1,
            }
        }
        Ok(json!({"confirmed": confirmed, "others": others}))
    }

    /// Whether the application has a principal in the customer's tenant, as our client reads it.
    pub(super) async fn principal(&self, app: &str) -> Outcome<Value> {
        let app: ClientId = app.parse()?;
        let principals = &self.customer.clients().service_principals;
        let own = principals.get_service_principal_by_client_id(app).await?;
        Ok(json!({
            "id": own.id.to_string(),
            "appId": own.client_id.to_string(),
            "owner": own.app_owner_organization_id.map(|tenant| tenant.to_string()),
        }))
    }

    /// That the application has no principal in the customer's tenant, as our client is told.
    pub(super) async fn no_principal(&self, app: &str) -> Outcome<Said> {
        let principals = &self.customer.clients().service_principals;
        let found = principals.get_service_principal_by_client_id(app.parse()?);
        Ok(match found.await {
            Ok(own) => Said::Is(json!(own.id.to_string())),
            Err(error) => match error.failure().code() {
                Some(code) => Said::Refused(code.to_owned()),
                None => Said::Failed(error.to_string()),
            },
        })
    }

    /// A key as our client reads it in Resource Manager.
    async fn key_of_resource_manager(&self, name: &str) -> Outcome<Value> {
        let vault = VaultId::new(
            self.customer.subscription(),
            &"keys".parse()?,
            &"contoso-keys".parse()?,
        )?;
        let keys = &self.customer.clients().arm_keys;
        let key = keys.get_arm_key(&vault, &name.parse()?).await?;
        let kty = key.kty.map(|kty| kty.to_string());
        Ok(json!({"uri": key.key_uri.to_string(), "kty": kty, "size": key.size}))
    }

    /// A key of a vault as our client reads it: by its current version, or among the deleted ones.
    pub(super) async fn key(&self, vault: &str, name: &str, deleted: bool) -> Outcome<Value> {
        let keys = self.customer.clients().keys.keys_of(&vault.parse()?)?;
        let name = name.parse()?;
        let key = if deleted {
            keys.get_deleted_key(&name).await?.key
        } else {
            keys.get_key(&name, None).await?
        };
        Ok(json!({"uri": key.uri.to_string(), "kty": key.kty.to_string(), "enabled": key.enabled}))
    }

    /// The object id of the customer's own service principal: its tokens name it.
    async fn customer_principal(&self) -> Outcome<String> {
        let scope = ["https://graph.microsoft.com/.default"];
        let token = self.customer_credential.get_token(&scope, None).await?;
        let claims = claims(token.token.secret())?;
        let oid = claims.get("oid").and_then(Value::as_str);
        Ok(oid.ok_or("the token names nobody")?.to_owned())
    }
}

/// What a token says.
fn claims(token: &str) -> Outcome<Value> {
    let middle = token.split('.').nth(1).ok_or("the token is not signed")?;
    Ok(serde_json::from_slice(&decode_url_safe(middle)?)?)
}

/// A key of the customer's vault, with everything else as it is by default.
fn key_spec(name: &str) -> Outcome<KeySpec> {
    Ok(KeySpec::new(
        VaultChoice::Named("contoso-keys".parse()?),
        name.parse()?,
        "keys".parse()?,
        "westeurope".parse()?,
    ))
}

/// Whose a token is.
pub(super) fn identity_of(token: &str) -> Outcome<Value> {
    let claims = claims(token)?;
    Ok(json!({"tenant": claims.get("tid"), "app": claims.get("appid")}))
}

fn line(operation: &str, report: &Report, steps: &[StepId]) -> Outcome<Line> {
    let mut said = Map::new();
    said.insert("changed".to_owned(), json!(!report.changed_nothing()));
    for step in steps {
        let outcome = report.outcome(*step).map(ToString::to_string);
        said.insert(step.to_string(), json!(outcome));
    }
    Ok(Line {
        op: operation.to_owned(),
        said: Said::Is(Value::Object(said)),
    })
}

/// The simulator is quick, and its sockets are real: short waits on the real clock.
fn options() -> Option<RunOptions> {
    let interval = Duration::from_millis(100);
    Some(RunOptions {
        waits: Waits {
            operations: WaitOptions {
                interval,
                ..Default::default()
            },
            ..Default::default()
        },
        ..Default::default()
    })
}

/// An error with everything that led to it.
fn told(error: impl std::error::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.into()
}
