//! What Fabrikam's monitoring sees of the account.

use crate::chain::Chain;
use cmk_core::settle::{Probe, SettleOptions, settle};
use cosmos_cmk::CmkStatus;
use cross_tenant_cmk::{CheckId, SuspectState};
use examples::{Failed, time};
use std::time::Duration;
use tokio::time::Instant;

impl Chain {
    /// Fabrikam's monitoring looks until the account has lost its key.
    pub(crate) async fn alarm(&self) -> Result<(), Failed> {
        self.look_until(|status| matches!(status, CmkStatus::Revoked { .. }))
            .await
    }

    /// Fabrikam looks until the account has its key again.
    pub(crate) async fn healed(&self) -> Result<(), Failed> {
        self.look_until(|status| *status == CmkStatus::Confirmed)
            .await?;
        println!("{}", self.diagnose().await?);
        Ok(())
    }

    async fn look_until(&self, is_it: fn(&CmkStatus) -> bool) -> Result<(), Failed> {
        let (start, accounts) = (Instant::now(), &self.parties.provider.clients().accounts);
        let seen = settle("get_account", "account", &PATIENCE, || async {
            let account = accounts.get_account(&self.account).await?;
            let status = account.cmk_status.filter(is_it);
            Ok(status.map_or(Probe::NotYet(String::from("as before")), Probe::Ready))
        });
        let status = seen.await?;
        println!("   {} later: {status}", time(start.elapsed()));
        Ok(())
    }

    /// Both parties look at the chain: the link that is broken must be among what is proved.
    pub(crate) async fn expect(&self, link: CheckId) -> Result<(), Failed> {
        let told = self.diagnose().await?;
        println!("{told}");
        let mut proved = told.suspects_that_are(SuspectState::Proved);
        match proved.any(|suspect| suspect.check == Some(link)) {
            true => Ok(()),
            false => Err(std::io::Error::other(format!("{link} was not found")).into()),
        }
    }
}

/// A look every minute, for three hours at most: Azure takes up to an hour to revoke and to heal.
static PATIENCE: SettleOptions = SettleOptions {
    deadline: Duration::from_secs(10_800),
    first_delay: Duration::from_secs(60),
    max_delay: Duration::from_secs(60),
    observer: None,
};
