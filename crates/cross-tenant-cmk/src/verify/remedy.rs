//! How a broken link is healed: who acts, with which command or call, and how long it takes.

use serde::Serialize;
use std::fmt;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Actor {
    /// The SaaS provider.
    Provider,
    /// The customer.
    Customer,
    /// Microsoft: a support request.
    Microsoft,
    /// Whoever runs this program: its input, credential or network.
    Caller,
    /// Nobody: it heals by itself.
    Nobody,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Provider => "provider",
            Self::Customer => "customer",
            Self::Microsoft => "Microsoft",
            Self::Caller => "caller",
            Self::Nobody => "nobody",
        })
    }
}

/// How a broken link is healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Remedy {
    /// Who must act.
    pub who: Actor,
    /// What that party does.
    pub action: String,
    /// A command line of the Azure CLI, where there is one. What is not known stands in angle brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The call of these crates that does it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<&'static str>,
    /// How long it takes until it shows.
    pub healing: &'static str,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.who, self.action)?;
        if let Some(command) = &self.command {
            write!(f, "\n  $ {command}")?;
        }
        if let Some(call) = self.call {
            write!(f, "\n  or call {call}")?;
        }
        write!(f, "\n  healing: {}", self.healing)
    }
}

// https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide
pub(crate) const HOUR: &str =
    "up to 1 hour after the cause is gone; after 2 hours contact Azure support";
pub(crate) const DNS: &str = "up to 2 hours after the vault's host resolves again";
// https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
pub(crate) const ROLE: &str =
    "a role takes up to 10 minutes to spread; then the account heals within 1 hour";
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
pub(crate) const CREDENTIAL: &str =
    "a federated credential takes minutes to spread; then the account heals within 1 hour";
pub(crate) const AT_ONCE: &str = "at once";
pub(crate) const MINUTES: &str = "minutes: the operation ends by itself";

impl Remedy {
    pub(crate) fn without_command(who: Actor, action: String, healing: &'static str) -> Self {
        Self {
            who,
            action,
            command: None,
            call: None,
            healing,
        }
    }
}
