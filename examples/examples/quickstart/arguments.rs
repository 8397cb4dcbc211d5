//! What can be said on the command line, and what follows from it.

use azure_core::time::{OffsetDateTime, parse_rfc3339};
use azure_sim::{Lag, SimOptions};
use clap::{Parser, ValueEnum};
use cross_tenant_cmk::OfferOptions;
use examples::Failed;

/// The three phases of cross-tenant customer-managed keys on a simulated Azure, in one process and without any network:
/// Fabrikam (the provider) sets up, Contoso (the customer) grants, Fabrikam creates the encrypted account. Then Contoso
/// disables the key, the account is revoked, and comes back once the key is enabled again.
///
/// The simulator refuses what Azure refuses and takes as long as Azure does, but on a clock that is not real.
#[derive(Debug, Parser)]
#[command(name = "quickstart", verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Decides every id and every delay: the same seed, the same output
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// How slow the simulated Azure is
    #[arg(long, value_enum, default_value_t = Day::Typical)]
    pub(crate) lag: Day,
    /// On a terminal, how many times faster than real its time goes; 0 for as fast as it can
    #[arg(long, default_value_t = 240)]
    pub(crate) speed: u32,
}

/// How slow the simulated Azure is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Day {
    /// Everything happens at once
    Strict,
    /// An ordinary day
    Typical,
    /// A bad day, at the limits that are documented or reported
    Worst,
}

impl Arguments {
    pub(crate) fn simulator(&self) -> SimOptions {
        SimOptions {
            seed: self.seed,
            lag: match self.lag {
                Day::Strict => Lag::strict(),
                Day::Typical => Lag::typical(),
                Day::Worst => Lag::worst(),
            },
            ..Default::default()
        }
    }

    /// Date and nonce of the Offer are given, so that two runs print the same. Left out, they are today and random.
    pub(crate) fn offer(&self) -> Result<OfferOptions, Failed> {
        Ok(OfferOptions {
            now: Some(today()?),
            nonce: Some(format!("00000000-0000-4000-8000-{:012x}", self.seed).parse()?),
            ..Default::default()
        })
    }
}

/// The day on which all this happens.
pub(crate) fn today() -> Result<OffsetDateTime, Failed> {
    Ok(parse_rfc3339("2027-01-01T00:00:00Z")?)
}
