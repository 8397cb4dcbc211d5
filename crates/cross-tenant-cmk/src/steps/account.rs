//! The account exists and is encrypted under the customer's key.

mod creation;

pub(crate) use creation::check_place;

use super::{Found, Gap, Made, Step, StepId, converge::found};
use crate::{
    Provider, Result, TenantContext,
    error::{Problem, Reason, Refusal, refuse_first},
    handoff::CustomerReference,
    mark::{self, CUSTOMER_TAG},
    run::Waits,
};
use cmk_core::{
    ResourceId,
    settle::{Probe, SettleOptions, settle},
};
use cosmos_cmk::{AccountId, CmkStatus, DatabaseAccount, DefaultIdentity, NewDatabaseAccount};

/// An account whose encryption was read back and checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EncryptedAccount {
    /// Its id.
    pub id: AccountId,
    /// Where its data is reached.
    pub endpoint: Option<String>,
    /// The key, as the service says it.
    pub key_uri: String,
    /// The key's version in use, where the api-version tells it.
    pub key_version: Option<String>,
    /// Whether the service can use the key, as the service says it; `None` where the api-version does not tell.
    pub cmk_status: Option<CmkStatus>,
    /// The account as received.
    pub account: DatabaseAccount,
}

/// Finds or creates the account, and checks its encryption.
#[derive(Debug)]
pub struct EnsureAccount<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// Its id.
    pub id: &'a AccountId,
    /// Whose it is.
    pub customer: &'a CustomerReference,
    /// What it is made as, with the key and the identity in it.
    pub new: &'a NewDatabaseAccount,
}

impl Step for EnsureAccount<'_> {
    type Output = EncryptedAccount;

    fn id(&self) -> StepId {
        StepId::Account
    }

    fn target(&self) -> String {
        format!("account {}", self.id.name())
    }

    fn settings(&self) -> Vec<String> {
        self.new.settings()
    }

    async fn find(&self, waits: &Waits) -> Result<Found<EncryptedAccount>> {
        self.new.validate().map_err(|error| self.failed(error))?;
        if let Some(account) = self.read().await? {
            let account = self
                .settled(account, waits)
                .await
                .map_err(|error| self.failed(error))?;
            self.refuse_husk(&account)?;
            self.check(&account)?;
            let ours = self.is_ours(&account);
            return Ok(self.noted(Made::found(account, ours)).into());
        }
        check_place(self.at, self.id, &self.new.locations, &self.target()).await?;
        Ok(Found::MISSING)
    }

    async fn make(
        &self,
        _gap: Gap<EncryptedAccount>,
        waits: &Waits,
    ) -> Result<Made<EncryptedAccount>> {
        let (account, notes) = self.create(waits).await?;
        self.check(&account)?;
        let made = self.noted(Made::created(account));
        Ok(notes.into_iter().fold(made, Made::note))
    }
}

impl EnsureAccount<'_> {
    async fn read(&self) -> Result<Option<DatabaseAccount>> {
        found(self.at.clients().accounts.get_account(self.id).await)
            .map_err(|error| self.failed(error))
    }

    /// The account once nothing is going on with it.
    async fn settled(
        &self,
        account: DatabaseAccount,
        waits: &Waits,
    ) -> cmk_core::Result<DatabaseAccount> {
        if !is_busy(&account) {
            return Ok(account);
        }
        let options = SettleOptions {
            deadline: waits.operations.deadline,
            first_delay: waits.operations.interval,
            max_delay: waits.operations.max_interval,
            observer: waits.operations.observer.clone(),
        };
        settle("get_account", &self.target(), &options, || async {
            let account = self.at.clients().accounts.get_account(self.id).await?;
            Ok(if is_busy(&account) {
                Probe::NotYet(format!("it is {}", state(&account)))
            } else {
                Probe::Ready(account)
            })
        })
        .await
    }

    fn refuse_husk(&self, account: &DatabaseAccount) -> Result<()> {
        if !is_husk(account) {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::AccountHusk,
            self.target(),
            "an earlier creation of it did not come to a good end, and this run cannot know whose it was",
        )
        .into())
    }

    fn is_ours(&self, account: &DatabaseAccount) -> bool {
        mark::is_in(&account.tags)
            && mark::tag(&account.tags, CUSTOMER_TAG) == Some(self.customer.as_str())
    }

    /// Says what is not as it was asked for, and what cannot be known. Neither touches who holds the key.
    fn noted(&self, made: Made<DatabaseAccount>) -> Made<EncryptedAccount> {
        let account = made.value;
        let mut notes = self.new.differences(&account);
        if account.cmk_status.is_none() {
            notes.push(String::from(
                "the answer does not say whether the account can use its key",
            ));
        }
        let made = Made::new(output(account), made.outcome);
        notes.into_iter().fold(made, Made::note)
    }

    /// Holds what was read against what was asked for.
    fn check(&self, account: &DatabaseAccount) -> Result<()> {
        let refuse =
            |reason, detail: String| Err(Refusal::new(reason, self.target(), detail).into());
        if let Some(other) = mark::tag(&account.tags, CUSTOMER_TAG)
            .filter(|customer| *customer != self.customer.as_str())
        {
            return refuse(
                Reason::AccountUnfit,
                format!("it belongs to customer {other}"),
            );
        }
        let wanted = &self.new.default_identity;
        let problems = key_problem(account, &self.new.key.to_string())
            .into_iter()
            .chain(default_identity_problem(account, wanted))
            .chain(
                wanted
                    .identity()
                    .and_then(|id| identity_problem(account, id)),
            )
            .chain(status_problem(account));
        refuse_first(&self.target(), problems)
    }
}

/// What is wrong with the key of an account.
pub(crate) fn key_problem(account: &DatabaseAccount, wanted: &str) -> Option<Problem> {
    let key = account.key_vault_key_uri.as_deref().unwrap_or_default();
    (!key.eq_ignore_ascii_case(wanted)).then(|| {
        (
            Reason::AccountUnfit,
            match key {
                "" => String::from("it is not encrypted under a customer-managed key"),
                key => format!("it is encrypted under {key}, not {wanted}"),
            },
        )
    })
}

/// What is wrong with the default identity of an account.
pub(crate) fn default_identity_problem(
    account: &DatabaseAccount,
    wanted: &DefaultIdentity,
) -> Option<Problem> {
    (account.default_identity != *wanted).then(|| {
        (
            Reason::AccountUnfit,
            format!(
                "its default identity is {}, not {wanted}",
                account.default_identity
            ),
        )
    })
}

/// Whether an account lacks an identity.
pub(crate) fn identity_problem(
    account: &DatabaseAccount,
    identity: &ResourceId,
) -> Option<Problem> {
    account.identity.find(identity).is_none().then(|| {
        (
            Reason::AccountUnfit,
            format!("identity {identity} is not on the account"),
        )
    })
}

/// What the account says of its key, if that is no good news. Nothing said is no problem here.
pub(crate) fn status_problem(account: &DatabaseAccount) -> Option<Problem> {
    let detail = match account.cmk_status.as_ref()? {
        CmkStatus::Confirmed => return None,
        CmkStatus::Revoked { cause, message } => format!(
            "its access to the key is revoked ({}): {message}",
            cause.as_str()
        ),
        other => format!("its key status is {other}"),
    };
    Some((Reason::EncryptionNotConfirmed, detail))
}

fn output(account: DatabaseAccount) -> EncryptedAccount {
    EncryptedAccount {
        id: account.id.clone(),
        endpoint: account.document_endpoint.clone(),
        key_uri: account.key_vault_key_uri.clone().unwrap_or_default(),
        key_version: account.key_vault_key_uri_version.clone(),
        cmk_status: account.cmk_status.clone(),
        account,
    }
}

pub(crate) fn state(account: &DatabaseAccount) -> &str {
    account.provisioning_state.as_deref().unwrap_or("unknown")
}

/// `Creating`, `Updating`, `Deleting` and words like them. An account that says nothing is at rest, and so is one that has
/// lost its key: no document says which word it has then, and it would be waited for in vain.
pub(crate) fn is_busy(account: &DatabaseAccount) -> bool {
    let Some(state) = account.provisioning_state.as_deref() else {
        return false;
    };
    let is_one_of = |words: &[&str]| words.iter().any(|word| state.eq_ignore_ascii_case(word));
    if matches!(account.cmk_status, Some(CmkStatus::Revoked { .. })) {
        return is_one_of(&["Creating", "Updating", "Deleting"]);
    }
    !is_one_of(&["Succeeded", "Failed", "Canceled"])
}

/// What a creation leaves that failed or was canceled: refused as the target of any further write
/// (<https://github.com/Azure/azure-service-operator>, DatabaseAccount extension).
pub(crate) fn is_husk(account: &DatabaseAccount) -> bool {
    let ended = has_failed(account) || state(account).eq_ignore_ascii_case("Canceled");
    ended && account.document_endpoint.is_none()
}

fn has_failed(account: &DatabaseAccount) -> bool {
    state(account).eq_ignore_ascii_case("Failed")
}
