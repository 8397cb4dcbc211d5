//! The creation of the account: what is known to fail is refused before, what failed is cleared away after.

use super::{EnsureAccount, has_failed, is_husk};
use crate::{
    Provider, Result, TenantContext,
    error::{Problem, Reason, refuse_first},
    mark::{self, CUSTOMER_TAG},
    run::Waits,
    steps::{Step as _, StepId, converge::found},
};
use cmk_core::{
    Error, Hint,
    lro::wait_until_done,
    settle::{Probe, SettleOptions, settle, write_when_accepted},
};
use cosmos_cmk::{
    AccountId, AccountLocation, DatabaseAccount, KEY_VAULT_UNREACHABLE, NameAvailability,
    RegionAccess,
};

/// How one creation failed, and what became of what it left.
struct Failed {
    error: Error,
    left: Left,
}

/// What a failed creation left.
enum Left {
    /// Nothing, or what is not ours to remove.
    Untouched,
    /// Removed.
    Removed,
    /// Ours, and not removed.
    Stuck(Error),
}

/// What would make the creation of an account fail after minutes, and can be known in a moment: whether its name is free, and
/// whether the subscription may use its regions.
pub(crate) async fn check_place(
    at: &TenantContext<Provider>,
    id: &AccountId,
    locations: &[AccountLocation],
    target: &str,
) -> Result<()> {
    let failed = |source| crate::Error::Step {
        step: StepId::Account,
        target: target.to_owned(),
        source,
    };
    let accounts = &at.clients().accounts;
    let regions = locations.iter().map(|location| async move {
        let read = accounts.get_region_access(at.subscription(), &location.name);
        (location, read.await)
    });
    let (name, regions) = futures::future::join(
        accounts.check_account_name(id.name()),
        futures::future::join_all(regions),
    )
    .await;
    let mut problems = Vec::new();
    if name.map_err(failed)? == NameAvailability::Taken {
        problems.push((
            Reason::AccountNameUnavailable,
            String::from("an account somewhere in the world has the name"),
        ));
    }
    for (location, region) in regions {
        match region {
            Ok(region) => problems.extend(region_problem(location, &region)),
            // Some regions are not listed for every subscription: creating will tell.
            Err(Error::NotFound(_) | Error::Forbidden(_)) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    refuse_first(target, problems)
}

fn region_problem(location: &AccountLocation, region: &RegionAccess) -> Option<Problem> {
    if location.zone_redundant && region.supports_availability_zone == Some(false) {
        return Some((
            Reason::RegionWithoutZones,
            format!("region {} has no availability zones", region.name),
        ));
    }
    let (access, how) = if location.zone_redundant {
        (region.zone_redundant_access, " with availability zones")
    } else {
        (region.regular_access, "")
    };
    (access == Some(false)).then(|| {
        (
            Reason::RegionAccessDenied,
            format!("the subscription may not use region {}{how}", region.name),
        )
    })
}

impl EnsureAccount<'_> {
    /// Creates the account, and returns what a person should know about it. A creation that failed on its way to the key is
    /// made once more, after what it left is gone: by then what the customer gave minutes ago has spread.
    pub(super) async fn create(&self, waits: &Waits) -> Result<(DatabaseAccount, Vec<String>)> {
        let first = match self.create_once(waits, false).await {
            Ok(account) => return Ok((account, Vec::new())),
            Err(failed) => failed,
        };
        if !matches!(first.left, Left::Removed) || !may_be_spreading(&first.error) {
            return Err(self.told(first));
        }
        tracing::warn!(
            account = %self.id,
            error = %first.error,
            "the creation failed on its way to the key: once more, since a role may not have spread"
        );
        let account = match self.create_once(waits, true).await {
            Ok(account) => account,
            // Its name was not free in time: why the first one failed is what matters.
            Err(Failed {
                error: Error::TimedOut(second),
                left: Left::Untouched,
            }) => {
                tracing::warn!(account = %self.id, %second, "no second creation");
                return Err(self.told(first));
            }
            Err(second) => return Err(self.told(second)),
        };
        let note = format!(
            "a first creation failed ({}); what it left was removed, and the second succeeded",
            first.error
        );
        Ok((account, vec![note]))
    }

    async fn create_once(&self, waits: &Waits, freed: bool) -> Result<DatabaseAccount, Failed> {
        let clients = self.at.clients();
        match self.send(waits, freed).await {
            Ok(Some(operation)) => {
                let ended =
                    wait_until_done(&*clients.account_operations, &operation, &waits.operations)
                        .await;
                if let Err(error) = ended {
                    let left = self.clear_husk(&error, waits).await;
                    return Err(Failed { error, left });
                }
            }
            Ok(None) => {}
            // Sent, and perhaps done: what is there says more than a second request.
            Err(unclear @ Error::OutcomeUnknown(_)) => self.appears(unclear, waits).await?,
            Err(error) => return Err(error.into()),
        }
        let account = clients.accounts.get_account(self.id).await?;
        let account = self.settled(account, waits).await?;
        if !is_husk(&account) {
            return Ok(account);
        }
        // It failed without our seeing its operation end.
        let error = cmk_core::Failure::builder("create_account")
            .target(self.id.to_string())
            .message("the account did not come to a good end, and never had an endpoint")
            .help("look at the account; if nobody needs it, delete it, wait until it is gone, and run the phase again")
            .build(cmk_core::Kind::OperationFailed);
        Err(error.into())
    }

    /// Sends the creation: once, but for a lock, and for a name that this run has freed a moment ago.
    async fn send(
        &self,
        waits: &Waits,
        freed: bool,
    ) -> cmk_core::Result<Option<cmk_core::lro::OperationHandle>> {
        let mut wanted = self.new.clone();
        wanted.tags.extend(mark::tags());
        wanted
            .tags
            .insert(CUSTOMER_TAG.to_owned(), self.customer.to_string());
        let accounts = &self.at.clients().accounts;
        settle(
            "create_account",
            &self.target(),
            &waits.contention,
            || async {
                match accounts.create_account(self.id, &wanted, None).await {
                    Ok(accepted) => Ok(Probe::Ready(accepted.operation)),
                    Err(error) if freed && is_name_taken(&error) => Ok(Probe::NotYet(
                        String::from("the name of the account that was removed is not free yet"),
                    )),
                    Err(error) => Err(error),
                }
            },
        )
        .await
    }

    /// Waits until a creation whose answer was lost can be seen.
    async fn appears(&self, unclear: Error, waits: &Waits) -> Result<(), Error> {
        let options = SettleOptions {
            deadline: waits.contention.deadline,
            ..waits.contention.clone()
        };
        let seen = settle("get_account", &self.target(), &options, || async {
            Ok(
                match found(self.at.clients().accounts.get_account(self.id).await)? {
                    Some(_) => Probe::Ready(()),
                    None => Probe::NotYet(String::from("nothing there after an unknown outcome")),
                },
            )
        })
        .await;
        match seen {
            Err(Error::TimedOut(_)) => Err(unclear),
            other => other,
        }
    }

    /// Removes what our own failed creation left, so that the next one does not meet it.
    ///
    /// Only where it is certain that nothing is lost: our mark, our operation ended `Failed`, the account is `Failed`, and it
    /// never had an endpoint.
    async fn clear_husk(&self, failure: &Error, waits: &Waits) -> Left {
        if !matches!(failure, Error::OperationFailed(_)) {
            return Left::Untouched;
        }
        let clients = self.at.clients();
        // The operation ends before the account says so.
        let read = settle(
            "get_account",
            &self.target(),
            &waits.propagation,
            || async { found(clients.accounts.get_account(self.id).await).map(Probe::Ready) },
        )
        .await;
        let husk = match read {
            Ok(Some(account)) => match self.settled(account, waits).await {
                Ok(account) => account,
                Err(Error::NotFound(_)) => return Left::Removed,
                Err(error) => return Left::Stuck(error),
            },
            Ok(None) => return Left::Removed,
            Err(error) => return Left::Stuck(error),
        };
        if !self.is_ours(&husk) || !has_failed(&husk) || !is_husk(&husk) {
            return Left::Untouched;
        }
        let removed = async {
            let accepted =
                write_when_accepted("delete_account", &self.target(), &waits.contention, || {
                    clients.accounts.delete_account(&husk.id)
                })
                .await?;
            match accepted.operation {
                Some(operation) => {
                    wait_until_done(&*clients.account_operations, &operation, &waits.operations)
                        .await
                }
                None => Ok(()),
            }
        };
        match removed.await {
            Ok(()) => Left::Removed,
            Err(error) => Left::Stuck(error),
        }
    }

    fn told(&self, failed: Failed) -> crate::Error {
        match failed.left {
            Left::Untouched | Left::Removed => self.failed(failed.error),
            Left::Stuck(left) => crate::Error::HuskLeft {
                step: StepId::Account,
                target: self.target(),
                source: failed.error,
                left,
            },
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self {
            error,
            left: Left::Untouched,
        }
    }
}

/// Whether the creation may have failed on what was made minutes ago and has not spread. The documented reasons of the second
/// text are all final, and the checks before have ruled out those of this side.
fn may_be_spreading(error: &Error) -> bool {
    error.hint() == Some(Hint::Propagation)
        || error
            .failure()
            .message()
            .is_some_and(|message| message.contains(KEY_VAULT_UNREACHABLE))
}

fn is_name_taken(error: &Error) -> bool {
    matches!(error, Error::Conflict(_))
        && error
            .failure()
            .message()
            .is_some_and(|message| message.contains("already taken"))
}
