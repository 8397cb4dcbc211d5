//! A plan before anything is written, applied with a journal, interrupted, applied again, and refused once the world has changed.
//!
//! `cargo run --example plan`
#![expect(clippy::print_stdout, reason = "examples talk to people")]

use cmk_core::settle::pause;
use cross_tenant_cmk::{
    AccountPlace, ChainSpec, Journal, MemoryJournal, Plan, RunOptions, apply_customer_grant,
    apply_provider_setup, plan_chain, unfinished_entries,
};
use examples::{Failed, Parties, key_spec, provider_spec};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let parties = Parties::typical()?;
    let spec = ChainSpec {
        provider: provider_spec()?,
        key: key_spec()?,
        customer: "contoso".parse()?,
        account: AccountPlace {
            resource_group: "contoso-data".parse()?,
            name: "contoso-orders".parse()?,
            location: "westeurope".parse()?,
        },
    };
    let plan = plan_chain(&parties.provider, &parties.customer, &spec, None).await;
    println!("{plan}");
    println!("{}", plan.mermaid());
    // It is a document: somebody looks at it, and another process applies it.
    let plan: Plan = plan.to_json().parse()?;

    // A process that dies on the way: `FileJournal` outlives it where this one does not.
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::default());
    let options = || {
        Some(RunOptions {
            journal: Some(Arc::clone(&journal)),
            ..RunOptions::default()
        })
    };
    let run = apply_provider_setup(&parties.provider, &spec.provider, &plan, options());
    let died = timeout(Duration::from_secs(3), Box::pin(run))
        .await
        .is_err();
    println!("After three seconds the process is gone: {died}. It was about to write:");
    for intent in unfinished_entries(&journal.entries().await?) {
        println!("  {} ({})", intent.target, intent.step);
    }

    pause(Duration::from_secs(60)).await;
    let done = apply_provider_setup(&parties.provider, &spec.provider, &plan, options()).await?;
    println!("\nA minute later, the same plan:\n{}", done.report);

    // Meanwhile Contoso's plan grows old: its key shall lie in another region by now.
    let mut moved = spec.key.clone();
    moved.location = "northeurope".parse()?;
    let offer = done.output.offer(None);
    let provider = parties.provider.tenant();
    let customer = &parties.customer;
    let applied = apply_customer_grant(customer, &offer, provider, &moved, &plan, options()).await;
    println!("\nPhase 2 with something else than was planned:");
    for error in applied.err().iter().flat_map(|error| error.errors()) {
        println!("  {error}");
    }
    Ok(())
}
