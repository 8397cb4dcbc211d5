//! The customer alone: from the provider's Offer to a Grant.
//!
//! `cargo run --example customer -- offer.json grant.json`, with the Offer that the example `provider` wrote; without
//! arguments the simulator plays the provider, too.
#![expect(clippy::print_stdout, reason = "examples talk to people")]

use clap::Parser;
use cross_tenant_cmk::{Offer, grant_access};
use examples::{Failed, Parties, key_spec};
use std::{fs, path::PathBuf};

/// Contoso, the customer: admits the application of an Offer, makes vault and key, gives the application one role on the key, and
/// answers with a Grant. All on a simulated Azure in this process.
#[derive(Debug, Parser)]
struct Arguments {
    /// The Offer, as the example `provider` wrote it. Default: one that the simulator makes
    offer: Option<PathBuf>,
    /// Where the Grant goes. Default: it is printed
    grant: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let arguments = Arguments::parse();
    // The same seed as in the example `provider`: its application, which Contoso admits, has the same ids here.
    let parties = Parties::typical()?;
    let setup = parties.play_provider().await?;

    // A document is read strictly, and proves nothing but its form.
    let offer = match &arguments.offer {
        Some(file) => Offer::from_json(&fs::read_to_string(file)?)?,
        None => setup.offer(None),
    };
    println!(
        "{} ({}) asks for the role {:?}, until {}",
        offer.application_name, offer.application_client_id, offer.role, offer.expires_at
    );

    // Which tenant Fabrikam is: from Contoso's contract with it, never from the Offer.
    let expected_provider = parties.provider.tenant();
    let done = grant_access(
        &parties.customer,
        &offer,
        expected_provider,
        &key_spec()?,
        None,
    )
    .await?;
    println!("{}", done.report);

    match &arguments.grant {
        Some(file) => {
            fs::write(file, done.output.to_json())?;
            println!("the Grant is in {}", file.display());
        }
        None => println!("{}", done.output.to_json()),
    }
    Ok(())
}
