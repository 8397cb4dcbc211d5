//! What an account says of itself and of its key.

use super::{
    CheckId, ProviderSide,
    findings::{Findings, Seen},
};
use crate::steps::{
    account_identity_problem, account_state, default_identity_problem, is_busy, is_husk,
    key_problem, status_problem,
};
use cosmos_cmk::{CmkStatus, DatabaseAccount, DefaultIdentity};
use keyvault_rbac::KeyUri;

pub(super) fn judge_account(
    side: &ProviderSide<'_>,
    seen: &Seen<DatabaseAccount>,
    key: Option<KeyUri>,
    findings: &mut Findings,
) {
    const REST: [CheckId; 4] = [
        CheckId::AccountIdentity,
        CheckId::DefaultIdentity,
        CheckId::AccountKey,
        CheckId::KeyStatus,
    ];
    let Some(account) = seen.there() else {
        return findings.exists(CheckId::AccountAtRest, seen, "", &REST);
    };
    let state = account_state(account);
    if is_husk(account) {
        findings.failed(
            CheckId::AccountAtRest,
            format!("its creation did not come to a good end: it is {state}"),
        );
    } else if is_busy(account) {
        findings.failed(CheckId::AccountAtRest, format!("it is {state}"));
    } else {
        findings.ok(CheckId::AccountAtRest, format!("it is {state}"));
    }
    let identity = side.setup.identity_id.as_resource_id();
    findings.judge(
        CheckId::AccountIdentity,
        account_identity_problem(account, identity),
        format!("it has identity {identity}"),
    );
    let wanted = DefaultIdentity::Federated {
        identity: identity.clone(),
        client_id: side.setup.application_client_id,
    };
    findings.judge(
        CheckId::DefaultIdentity,
        default_identity_problem(account, &wanted),
        format!("its default identity is {wanted}"),
    );
    judge_key_of_account(side, account, key, findings);
    match &account.cmk_status {
        None => findings.unknown(
            CheckId::KeyStatus,
            "the answer does not say whether the account can use its key",
        ),
        Some(CmkStatus::Unknown(text)) => {
            findings.unknown(
                CheckId::KeyStatus,
                format!("it says {text:?}, which is not known"),
            );
        }
        Some(status) => findings.judge(
            CheckId::KeyStatus,
            status_problem(account),
            status.to_string(),
        ),
    }
}

fn judge_key_of_account(
    side: &ProviderSide<'_>,
    account: &DatabaseAccount,
    key: Option<KeyUri>,
    findings: &mut Findings,
) {
    let wanted = side.grant.map(|grant| grant.key_uri.clone()).or(key);
    let own = account.key_vault_key_uri.as_deref().unwrap_or_default();
    let parsed = own.parse::<KeyUri>();
    match (wanted, parsed) {
        (_, Ok(uri)) if uri.version().is_some() => findings.failed(
            CheckId::AccountKey,
            format!("its key URI {own} names a version: it would follow no rotation"),
        ),
        (Some(wanted), _) => findings.judge(
            CheckId::AccountKey,
            key_problem(account, &wanted.versionless().to_string()),
            format!("its key is {own}"),
        ),
        (None, Ok(_)) => findings.unknown(
            CheckId::AccountKey,
            format!("its key is {own}, without version; whether it is the right one is not known without a Grant"),
        ),
        (None, Err(_)) if own.is_empty() => findings.failed(
            CheckId::AccountKey,
            "it is not encrypted under a customer-managed key",
        ),
        (None, Err(error)) => findings.failed(CheckId::AccountKey, error.to_string()),
    }
}
