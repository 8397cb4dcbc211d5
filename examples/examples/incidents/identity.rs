//! Another managed identity in the place of the one that is gone.

use crate::chain::{Chain, changes};
use cmk_core::lro::{Accepted, WaitOptions, wait_until_done};
use cosmos_cmk::{DatabaseAccount, DefaultIdentity, IdentityChange, SystemAssigned};
use cross_tenant_cmk::{IdentityChoice, ProviderSetup, set_up_provider};
use entra_graph::IdentityId;
use examples::{Failed, provider_spec};

/// Phase 1 with an identity of another name: the application stays, so that no customer has to do anything.
pub(crate) async fn another(chain: &Chain) -> Result<ProviderSetup, Failed> {
    let mut spec = provider_spec()?;
    spec.identity = IdentityChoice::Named("fabrikam-cmk-2".parse()?);
    let done = set_up_provider(&chain.parties.provider, &spec, None).await?;
    changes(&done.report);
    Ok(done.output)
}

/// The account gets the new identity, then stands on it, then loses the old one: never the other way round.
pub(crate) async fn exchange(chain: &Chain, gone: &IdentityId) -> Result<(), Failed> {
    let accounts = &chain.parties.provider.clients().accounts;
    let (account, none) = (&chain.account, SystemAssigned::Absent);
    let new = chain.setup.identity_id.as_resource_id();
    let add = IdentityChange {
        add: vec![new.clone()],
        ..Default::default()
    };
    done(chain, accounts.set_identities(account, &add, none).await?).await?;
    let default = DefaultIdentity::Federated {
        identity: new.clone(),
        client_id: chain.setup.application_client_id,
    };
    done(
        chain,
        accounts.set_default_identity(account, &default).await?,
    )
    .await?;
    let remove = IdentityChange {
        remove: vec![gone.as_resource_id().clone()],
        ..Default::default()
    };
    done(
        chain,
        accounts.set_identities(account, &remove, none).await?,
    )
    .await
}

/// Waits for the operation of a change.
async fn done(chain: &Chain, accepted: Accepted<DatabaseAccount>) -> Result<(), Failed> {
    let operations = &chain.parties.provider.clients().account_operations;
    if let Some(operation) = accepted.operation {
        wait_until_done(&**operations, &operation, &WaitOptions::default()).await?;
    }
    Ok(())
}
