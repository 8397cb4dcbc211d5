//! The three phases on a simulated Azure; then the chain breaks, and heals.
//!
//! `cargo run --example quickstart`

mod arguments;
mod chain;
mod show;

use arguments::Arguments;
use clap::Parser as _;
use cmk_core::settle::pause;
use cross_tenant_cmk::{create_encrypted_account, grant_access, set_up_provider};
use examples::{
    Failed, Pace, Parties, Progress, SPREAD, account_spec, key_spec, provider_spec, record,
};

// A paused clock jumps to the next timer whenever nothing else is to do.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    let parties = Parties::new(arguments.simulator())?;
    let (provider, customer) = (&parties.provider, &parties.customer);
    let progress = Progress::start(Pace::Simulated(arguments.speed));
    show::opening(&progress, &arguments, &parties);

    progress.heading("Phase 1: Fabrikam sets up its identities, once for all customers");
    let setup = set_up_provider(provider, &provider_spec()?, progress.run_options())
        .await?
        .output;
    let offer = setup.offer(Some(arguments.offer()?));
    show::document(&progress, "The Offer, for Contoso:", &offer.to_json());

    progress.heading("Phase 2: Contoso admits the application and gives it one role on one key");
    let mut key = key_spec()?;
    key.now = Some(arguments::today()?);
    let grant = grant_access(
        customer,
        &offer,
        provider.tenant(),
        &key,
        progress.run_options(),
    )
    .await?
    .output;
    show::document(&progress, "The Grant, for Fabrikam:", &grant.to_json());

    progress.heading("Phase 3: Fabrikam creates the account that Contoso's key encrypts");
    let what = "the role spreads through Azure, which Fabrikam cannot see from its tenant";
    progress.during(what, pause(SPREAD)).await;
    let account = create_encrypted_account(
        provider,
        &setup,
        &grant,
        &record(customer.tenant(), &offer)?,
        &account_spec(&setup, &grant)?,
        progress.run_options(),
    )
    .await?
    .output;
    show::account(&progress, &account.account);

    progress.heading("Contoso takes the key away");
    let (keys, key) = chain::key_officer(&parties, &grant, &progress).await?;
    chain::set_enabled(&*keys, &key, false).await?;
    progress.say("  Contoso has disabled the key.");
    let revoked = chain::until(true, &parties, &account.id, &progress).await?;
    show::status(&progress, &revoked);

    progress.heading("Contoso gives the key back");
    chain::set_enabled(&*keys, &key, true).await?;
    progress.say("  Contoso has enabled the key.");
    let healed = chain::until(false, &parties, &account.id, &progress).await?;
    show::status(&progress, &healed);
    show::closing(&progress, &parties);
    Ok(())
}
