//! What the provider's credentials see.

use super::{
    CheckId, ProviderSide,
    account::judge_account,
    findings::{Findings, Seen},
};
use crate::{
    Outcome,
    account::check_records,
    run::Waits,
    steps::{CheckSubscription, Step as _, audience_problem, identity_problem},
};
use cmk_core::TenantId;
use cosmos_cmk::DatabaseAccount;
use entra_graph::{Application, FederatedCredential, ManagedIdentity, NewFederatedCredential};
use futures::future::join5;
use keyvault_rbac::KeyUri;

/// What was read, each by itself.
#[derive(Debug)]
pub(super) struct SeenByProvider {
    tenant: crate::Result<bool>,
    account: Seen<DatabaseAccount>,
    identity: Seen<ManagedIdentity>,
    application: Seen<Application>,
    credentials: Seen<Vec<FederatedCredential>>,
    /// Which tenant the vault names; `None` if it is not known which vault.
    challenge: Option<Seen<TenantId>>,
}

impl SeenByProvider {
    /// The key that the account names.
    pub(super) fn key_uri(&self) -> Option<KeyUri> {
        let account = self.account.there()?;
        account.key_vault_key_uri.as_deref()?.parse().ok()
    }

    /// The version of the key that the account uses.
    pub(super) fn key_version(&self) -> Option<String> {
        self.account.there()?.key_vault_key_uri_version.clone()
    }
}

/// Reads everything at the same time.
pub(super) async fn look(side: &ProviderSide<'_>) -> SeenByProvider {
    let clients = side.at.clients();
    let account = async {
        let account = Seen::of(clients.accounts.get_account(side.account).await);
        // The Grant names the key; without one the account does.
        let named = side.grant.map(|grant| grant.key_uri.clone()).or_else(|| {
            let account = account.there()?;
            account.key_vault_key_uri.as_deref()?.parse().ok()
        });
        let challenge = match named {
            Some(key) => Some(Seen::of(
                clients
                    .vault_tenants
                    .get_vault_tenant(key.vault_url())
                    .await,
            )),
            None => None,
        };
        (account, challenge)
    };
    let object = side.setup.application_object_id;
    let ((account, challenge), tenant, identity, application, credentials) = join5(
        account,
        acts_in_tenant(
            &*clients.subscriptions,
            side.at.subscription(),
            side.at.tenant(),
        ),
        clients.identities.get_identity(&side.setup.identity_id),
        clients.applications.get_application(object, None),
        clients
            .federated_credentials
            .list_federated_credentials(object),
    )
    .await;
    SeenByProvider {
        account,
        identity: Seen::of(identity),
        application: Seen::of(application).in_directory_of(&tenant),
        credentials: Seen::of(credentials),
        tenant,
        challenge,
    }
}

/// Whether a credential acts in the tenant that is meant; `false` if that cannot be seen.
pub(super) async fn acts_in_tenant(
    subscriptions: &dyn cmk_core::SubscriptionsApi,
    subscription: cmk_core::SubscriptionId,
    tenant: TenantId,
) -> crate::Result<bool> {
    let step = CheckSubscription {
        subscriptions,
        subscription,
        tenant,
    };
    let made = step.run(&Waits::default()).await?;
    Ok(made.outcome == Outcome::Checked)
}

/// What it means. `key` is the customer's, where that side looks too.
pub(super) fn judge(
    side: &ProviderSide<'_>,
    seen: &SeenByProvider,
    key: Option<KeyUri>,
    findings: &mut Findings,
) {
    name(side, seen, findings);
    let tenant = match &seen.tenant {
        Ok(checked) => Ok(*checked),
        Err(error) => Err(error),
    };
    judge_tenant(CheckId::ProviderTenant, side.at.tenant(), tenant, findings);
    judge_records(side, seen, findings);
    judge_account(side, &seen.account, key, findings);
    // The directory of another tenant says nothing of this one.
    if findings.has_failed(CheckId::ProviderTenant) {
        return;
    }
    judge_identity(side, seen, findings);
    judge_application(seen, findings);
    judge_credential(side, seen, findings);
}

fn name(side: &ProviderSide<'_>, seen: &SeenByProvider, findings: &mut Findings) {
    let setup = side.setup;
    let known = &mut findings.known;
    known.account = Some(side.account.name().to_string());
    known.account_group = Some(side.account.resource_group().to_string());
    known.identity = Some(setup.identity_id.to_string());
    known.identity_group = Some(setup.identity_id.resource_group().to_string());
    known.identity_name = Some(setup.identity_id.name().to_string());
    let identity = seen.identity.there();
    let principal = identity.map_or(setup.identity_principal_id, |found| found.principal_id);
    known.identity_principal = Some(principal.to_string());
    known.application = Some(setup.application_client_id.to_string());
    known.application_object = Some(setup.application_object_id.to_string());
    known.credential = Some(setup.federated_credential_name.to_string());
    known.issuer = Some(setup.cloud.federated_issuer(setup.tenant_id));
    known.audience = Some(setup.cloud.token_exchange_audience().to_owned());
    known.graph = Some(setup.cloud.graph_endpoint().to_owned());
    known.version = seen.key_version();
    if let Some(grant) = side.grant {
        known.principal = Some(grant.service_principal_id.to_string());
    }
    let key = side.grant.map(|grant| grant.key_uri.versionless());
    if let Some(key) = key.or_else(|| seen.key_uri()) {
        known.key = Some(key.name().to_string());
        known.key_uri = Some(key.versionless().to_string());
        known.vault = key.host().split('.').next().map(str::to_owned);
    }
}

pub(super) fn judge_tenant(
    check: CheckId,
    tenant: TenantId,
    seen: Result<bool, &crate::Error>,
    findings: &mut Findings,
) {
    match seen {
        Ok(true) => findings.ok(
            check,
            format!("the subscription belongs to tenant {tenant}"),
        ),
        Ok(false) => findings.unknown(
            check,
            "its tenant could not be read: no role on the subscription",
        ),
        Err(crate::Error::Refused(refusal)) => findings.failed(check, refusal.to_string()),
        Err(error) => {
            let source = std::error::Error::source(error);
            findings.unknown(
                check,
                source.map_or_else(|| error.to_string(), ToString::to_string),
            );
        }
    }
}

fn judge_records(side: &ProviderSide<'_>, seen: &SeenByProvider, findings: &mut Findings) {
    let (provider, customer) = (side.setup.tenant_id, side.customer.tenant_id);
    if provider == customer {
        findings.failed(
            CheckId::TenantsDiffer,
            format!("provider and customer are both tenant {provider}"),
        );
    } else {
        findings.ok(
            CheckId::TenantsDiffer,
            format!("the provider is {provider}, the customer {customer}"),
        );
    }
    match side.grant {
        None => findings.unknown(CheckId::RecordsAgree, "the Grant is not at hand"),
        Some(grant) => match check_records(side.at, side.setup, grant, side.customer) {
            Ok(()) => findings.ok(
                CheckId::RecordsAgree,
                format!("the Grant answers Offer {}", grant.offer_digest),
            ),
            Err(error) => findings.failed(CheckId::RecordsAgree, error.to_string()),
        },
    }
    match &seen.challenge {
        None => findings.unknown(
            CheckId::VaultChallenge,
            "neither a Grant nor the account says which vault",
        ),
        Some(challenge) => judge_challenge(challenge, customer, findings),
    }
}

pub(super) fn judge_challenge(seen: &Seen<TenantId>, customer: TenantId, findings: &mut Findings) {
    match seen {
        Seen::There(tenant) if *tenant == customer => findings.ok(
            CheckId::VaultChallenge,
            format!("the vault's challenge names tenant {tenant}"),
        ),
        Seen::There(tenant) => findings.failed(
            CheckId::VaultChallenge,
            format!("the vault's challenge names tenant {tenant}, and the customer is {customer}"),
        ),
        // Whatever kept it from answering, the tenant is not verified, which is not the same as wrong.
        Seen::Missing(why) | Seen::Unseen(why) => {
            findings.unknown(CheckId::VaultChallenge, why.clone());
        }
    }
}

fn judge_identity(side: &ProviderSide<'_>, seen: &SeenByProvider, findings: &mut Findings) {
    match &seen.identity {
        Seen::There(identity) => findings.judge(
            CheckId::IdentityUnchanged,
            identity_problem(side.setup, Some(identity.principal_id)),
            format!("its principal id is {}", identity.principal_id),
        ),
        missing => findings.exists(CheckId::IdentityUnchanged, missing, "", &[]),
    }
}

fn judge_application(seen: &SeenByProvider, findings: &mut Findings) {
    let Some(application) = seen.application.there() else {
        return findings.exists(
            CheckId::Application,
            &seen.application,
            "",
            &[CheckId::Audience, CheckId::FederatedCredential],
        );
    };
    // `NotDisabled` or nothing: https://learn.microsoft.com/graph/api/resources/application
    let status = application
        .received
        .pointer("/disabledByMicrosoftStatus")
        .and_then(serde_json::Value::as_str)
        .filter(|status| !status.eq_ignore_ascii_case("NotDisabled"));
    match status {
        Some(status) => findings.failed(
            CheckId::Application,
            format!("Microsoft has disabled it ({status})"),
        ),
        None => findings.ok(
            CheckId::Application,
            format!("it is there, with client id {}", application.client_id),
        ),
    }
    findings.judge(
        CheckId::Audience,
        audience_problem(application),
        format!(
            "its sign-in audience is {}",
            application.sign_in_audience.as_str()
        ),
    );
}

fn judge_credential(side: &ProviderSide<'_>, seen: &SeenByProvider, findings: &mut Findings) {
    const CHECK: CheckId = CheckId::FederatedCredential;
    if seen.application.is_missing() {
        return;
    }
    let list = match &seen.credentials {
        Seen::There(list) => list,
        // The application is there or cannot be seen, so this says nothing of its credentials.
        Seen::Missing(why) | Seen::Unseen(why) => return findings.unknown(CHECK, why.clone()),
    };
    // The identity as it is now; only where it cannot be read, as it was.
    let principal = match &seen.identity {
        Seen::There(identity) => identity.principal_id,
        Seen::Unseen(_) => side.setup.identity_principal_id,
        Seen::Missing(_) => {
            return findings.unknown(
                CHECK,
                format!("rests on {}, which failed", CheckId::IdentityUnchanged),
            );
        }
    };
    let wanted = NewFederatedCredential::for_managed_identity(
        side.setup.cloud,
        side.setup.tenant_id,
        principal,
    );
    if let Some(found) = list.iter().find(|found| found.accepts_same(&wanted)) {
        return findings.ok(
            CHECK,
            format!("credential {} names identity {principal}", found.name),
        );
    }
    findings.failed(CHECK, difference(list, &wanted));
}

/// In what the nearest credential differs: issuer, subject and audience are compared to the letter, as Entra does.
fn difference(list: &[FederatedCredential], wanted: &NewFederatedCredential) -> String {
    let differs = |found: &FederatedCredential| {
        let mut parts = Vec::new();
        if found.issuer != wanted.issuer {
            parts.push(format!(
                "issuer {:?}, not {:?}",
                found.issuer, wanted.issuer
            ));
        }
        if found.subject.as_deref() != Some(wanted.subject.as_str()) {
            let subject = found.subject.as_deref().unwrap_or("none");
            parts.push(format!("subject {subject:?}, not {:?}", wanted.subject));
        }
        if found.audiences != [wanted.audience.as_str()] {
            parts.push(format!(
                "audience {:?}, not {:?}",
                found.audiences.join(", "),
                wanted.audience
            ));
        }
        parts
    };
    list.iter()
        .map(|found| (found, differs(found)))
        .min_by_key(|(_, parts)| parts.len())
        .map_or_else(
            || String::from("the application has no federated credential"),
            |(found, parts)| {
                format!(
                    "the nearest credential, {}, has {}",
                    found.name,
                    parts.join("; ")
                )
            },
        )
}
