//! The three phases on real Azure, with whoever is signed in to the Azure CLI for each of the two subscriptions.
//!
//! `cargo run --example live -- --help`. Never run against real Azure by its authors: see the README. Without arguments it
//! prints its help and ends; without a yes it creates nothing.

mod arguments;
mod plan;

use arguments::Arguments;
use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions};
use clap::{CommandFactory as _, Parser as _};
use cmk_core::{SubscriptionId, settle::pause};
use cross_tenant_cmk::{
    AccountSpec, CustomerClients, CustomerRecord, ProviderClients, TenantContext,
    create_encrypted_account, grant_access, set_up_provider,
};
use examples::{Failed, Pace, Progress, SPREAD};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    if std::env::args_os().len() < 2 {
        Arguments::command().print_long_help()?;
        return Ok(());
    }
    let arguments = Arguments::parse();
    let progress = Progress::start(Pace::Real);
    progress.say(plan::describe(&arguments));
    if !arguments.yes && !plan::confirmed()? {
        progress.say("Nothing was created. Say yes at a terminal, or add --yes.");
        return Ok(());
    }

    let (cloud, options) = (arguments.cloud, || progress.run_options());
    let provider = TenantContext::new(
        cloud,
        arguments.provider_tenant,
        arguments.provider_subscription,
        ProviderClients::new(cloud, credential(arguments.provider_subscription)?, None)?,
    );
    let customer = TenantContext::new(
        cloud,
        arguments.customer_tenant,
        arguments.customer_subscription,
        CustomerClients::new(cloud, credential(arguments.customer_subscription)?, None)?,
    );

    progress.heading("Phase 1, in the provider's tenant");
    let spec = arguments.provider_spec();
    let setup = set_up_provider(&provider, &spec, options()).await?.output;
    let offer = setup.offer(None);
    progress.say(offer.to_json());

    progress.heading("Phase 2, in the customer's tenant");
    let spec = arguments.key_spec();
    let expected = arguments.provider_tenant;
    let done = grant_access(&customer, &offer, expected, &spec, options()).await?;
    let grant = done.output;
    progress.say(grant.to_json());

    progress.heading("Phase 3, in the provider's tenant");
    if !done.report.changed_nothing() {
        let what = "the role spreads through Azure; Azure names up to ten minutes";
        progress.during(what, pause(SPREAD)).await;
    }
    let record = CustomerRecord {
        reference: arguments.customer.clone(),
        tenant_id: arguments.customer_tenant,
        offer_digest: offer.digest(),
    };
    let (group, name) = (arguments.account_group.clone(), arguments.account.clone());
    let location = arguments.location.clone();
    let spec = AccountSpec::new(&setup, &grant, group, name, location)?;
    let account = create_encrypted_account(&provider, &setup, &grant, &record, &spec, options());
    let account = account.await?.output;
    progress.say(format_args!(
        "\n{} is encrypted under {}",
        account.id, account.key_uri
    ));
    if let Some(status) = account.cmk_status {
        progress.say(status);
    }
    Ok(())
}

/// Whoever is signed in to the Azure CLI for a subscription, in that subscription's tenant: two people can be signed in
/// at the same time. Any other credential of azure_identity does as well.
fn credential(subscription: SubscriptionId) -> Result<Arc<dyn TokenCredential>, Failed> {
    Ok(AzureCliCredential::new(Some(AzureCliCredentialOptions {
        subscription: Some(subscription.to_string()),
        ..Default::default()
    }))?)
}
