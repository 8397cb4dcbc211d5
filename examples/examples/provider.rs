//! The provider alone: its set-up with an Offer, and later, from the customer's Grant, the encrypted account.
//!
//! `cargo run --example provider -- offer offer.json`, then the example `customer`, then
//! `cargo run --example provider -- account offer.json grant.json`; without arguments the simulator plays the customer.
#![expect(clippy::print_stdout, reason = "examples talk to people")]

use clap::{Parser, Subcommand};
use cross_tenant_cmk::{Grant, Offer, ProviderSetup, create_encrypted_account, set_up_provider};
use examples::{Failed, Parties, account_spec, provider_spec, record};
use std::{fs, path::PathBuf};

/// Fabrikam, the provider: phase 1 and phase 3, on a simulated Azure in this process. Without a command, both in a row.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Phase 1: sets up the identities and writes an Offer
    Offer {
        /// Where the Offer goes
        offer: PathBuf,
    },
    /// Phase 3: creates the account, from the customer's Grant
    Account {
        /// The Offer that was sent, from the provider's own records
        offer: PathBuf,
        /// The Grant that came back
        grant: PathBuf,
    },
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    let parties = Parties::typical()?;
    // Once for all customers. The next run finds everything and changes nothing; this simulator starts empty each time.
    let done = set_up_provider(&parties.provider, &provider_spec()?, None).await?;
    println!("{}", done.report);
    let setup = done.output;

    match &arguments.part {
        None => {
            let offer = setup.offer(None);
            println!("{}", offer.to_json());
            let grant = parties.play_customer(&offer).await?;
            account(&parties, &setup, &offer, &grant).await
        }
        Some(Part::Offer { offer }) => {
            fs::write(offer, setup.offer(None).to_json())?;
            println!("the Offer is in {}", offer.display());
            Ok(())
        }
        Some(Part::Account { offer, grant }) => {
            let offer = Offer::from_json(&fs::read_to_string(offer)?)?;
            let grant = Grant::from_json(&fs::read_to_string(grant)?)?;
            // What the example `customer` did went with its simulator, so it is played again in this one.
            parties.play_customer(&offer).await?;
            account(&parties, &setup, &offer, &grant).await
        }
    }
}

/// Phase 3.
async fn account(
    parties: &Parties,
    setup: &ProviderSetup,
    sent: &Offer,
    grant: &Grant,
) -> Result<(), Failed> {
    // Whose Grant it must be comes from Fabrikam's records, never from the Grant.
    let record = record(parties.customer.tenant(), sent)?;
    let spec = account_spec(setup, grant)?;
    let provider = &parties.provider;
    let done = create_encrypted_account(provider, setup, grant, &record, &spec, None).await?;
    println!("{}", done.report);
    println!(
        "{} is encrypted under {}",
        done.output.id.name(),
        done.output.key_uri
    );
    if let Some(status) = done.output.cmk_status {
        println!("{status}");
    }
    Ok(())
}
