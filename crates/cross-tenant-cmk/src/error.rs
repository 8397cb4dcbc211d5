//! What can go wrong in a phase: a client's error, or a decision of ours.

use crate::{Difference, Report, report::Phase, steps::StepId};
use std::{error::Error as StdError, fmt};

/// The result of one step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why one step did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What exists, or what was handed in, does not fit. Nothing was changed to make it fit.
    #[error("{0}")]
    Refused(Refusal),
    /// A client's operation failed in this step.
    #[error("step {step} on {target} failed")]
    Step {
        /// The step.
        step: StepId,
        /// What it works on.
        target: String,
        /// What the client says: kind, service error, hint and help.
        #[source]
        source: cmk_core::Error,
    },
    /// The journal could not be read, or what a step was to write could not be recorded. That step wrote nothing.
    #[error("the journal could not be used, so this step wrote nothing")]
    Journal {
        /// What the journal says.
        #[source]
        source: crate::JournalError,
    },
    /// The world is not as it was when the plan was made, and the plan's own earlier run does not explain it. Nothing was
    /// written by this step.
    #[error("changed since the plan: {0}")]
    Changed(Difference),
    /// The creation of the account failed, and what it left could not be removed: the next run will meet it.
    #[error("step {step} on {target} failed, and what it left could not be removed ({left})")]
    HuskLeft {
        /// The step.
        step: StepId,
        /// The account.
        target: String,
        /// Why the creation failed.
        #[source]
        source: cmk_core::Error,
        /// Why what it left is still there.
        left: cmk_core::Error,
    },
}

impl Error {
    /// What the person who must act does next, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(refusal.help()),
            Self::Step { source, .. } | Self::HuskLeft { source, .. } => source.help(),
            Self::Journal { .. } => {
                Some("make the journal's storage writable, and run the phase again")
            }
            Self::Changed(_) => Some("make a new plan, and look at it"),
        }
    }

    /// The error with everything that caused it, in one line of at most 1,000 characters.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        line.take(1_000).collect()
    }

    /// The refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Step { .. } | Self::HuskLeft { .. } | Self::Journal { .. } | Self::Changed(_) => {
                None
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A decision not to go on, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    reason: Reason,
    subject: String,
    detail: String,
}

impl Refusal {
    pub(crate) fn new(
        reason: Reason,
        subject: impl fmt::Display,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            reason,
            subject: subject.to_string(),
            detail: detail.into(),
        }
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What it is about: a resource, an application, a document.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What does not fit.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What the person who must act does next.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.reason.help()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused: {}", self.subject, self.detail)
    }
}

/// What does not fit, and in which way: found by a step, which refuses, and by verification, which tells.
pub(crate) type Problem = (Reason, String);

/// Refuses `subject` for the first problem, if there is one.
pub(crate) fn refuse_first(
    subject: &str,
    problems: impl IntoIterator<Item = Problem>,
) -> Result<()> {
    match problems.into_iter().next() {
        None => Ok(()),
        Some((reason, detail)) => Err(Refusal::new(reason, subject, detail).into()),
    }
}

/// The reasons with their advice, in one table.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident: $help:literal,)*) => {
        /// Why something was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            pub(crate) fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)*
                }
            }
        }
    };
}

reasons! {
    /// The credential lacks a permission that a later write takes.
    PermissionMissing: "have the role assigned that holds it; one that was assigned a moment ago shows within 10 minutes",
    /// A management lock forbids a later write.
    LockInTheWay: "have whoever set the lock take it off, or choose another place",
    /// Both parties are the same tenant.
    SameTenant: "cross-tenant keys need two tenants; inside one tenant the managed identity can hold the role on the key itself",
    /// Subscription, credential and tenant do not belong together.
    OtherTenant: "give the tenant that the subscription belongs to, and a credential of that tenant",
    /// The parties, or a document and its reader, are in different clouds.
    OtherCloud: "an application and a key must be in the same cloud: register the application in the cloud of the key",
    /// A setup belongs to another tenant or subscription than the one it is used in.
    OtherContext: "use the setup with the tenant and subscription that it was made in, or run phase 1 there",
    /// The Offer is past its date.
    OfferExpired: "ask the provider for a new Offer",
    /// The Offer names another provider tenant than the one that the customer expects.
    UnexpectedProvider: "do not go on: ask the provider, over a channel that you trust, which tenant it is",
    /// The application belongs to another tenant than the expected provider.
    ForeignApplication: "do not give it a role; delete its service principal if you did not want it, and tell the provider",
    /// The customer has switched the service principal off.
    ServicePrincipalDisabled: "an administrator of the customer switched it off: enable it again if that was not on purpose",
    /// The application is not open to other tenants.
    SingleTenantApplication: "set signInAudience to AzureADMultipleOrgs, or use another application",
    /// The application's display name cannot be shown to customers.
    ApplicationNameUnfit: "give the application a display name of 1 to 120 characters without control characters",
    /// A soft-deleted application still holds the unique name.
    NameHeldByDeletedApplication: "restore the deleted application, purge it, or choose another unique name",
    /// The application has a unique name other than the one asked for.
    OtherUniqueName: "a unique name cannot be changed: ask for the one that the application has",
    /// Something that was said to exist does not.
    Missing: "check its name and place, or let it be created",
    /// The managed identity lies in another tenant than the application.
    IdentityInOtherTenant: "application and managed identity must be in the same tenant",
    /// The identity is another one than at the time of the setup, under the same name.
    IdentityReplaced: "run phase 1 again: the federated credential must name the new principal id",
    /// The application already has its 20 federated identity credentials.
    CredentialLimit: "delete a federated identity credential that nobody uses, or use a second application",
    /// A federated identity credential has the issuer and subject that are needed, but another audience.
    WrongAudience: "correct the audience of that federated identity credential, or delete it",
    /// A federated identity credential of this name says something else.
    CredentialNameTaken: "choose another name, or delete that federated identity credential",
    /// The application that the setup names is gone.
    ApplicationMissing: "restore the deleted application within 30 days, or run phase 1 again and send every customer a new Offer",
    /// A federated identity credential that the setup names is gone or was changed.
    CredentialMissing: "run phase 1 again",
    /// The vault belongs to another tenant than the customer's.
    VaultInOtherTenant: "use a vault of the customer's own tenant",
    /// The vault uses access policies.
    VaultUsesAccessPolicies: "switch the vault to Azure role-based access control, or use another vault",
    /// The vault has no purge protection.
    VaultWithoutPurgeProtection: "turn purge protection on (it cannot be turned off again), or use another vault",
    /// The vault has no soft delete.
    VaultWithoutSoftDelete: "turn soft delete on, or use another vault",
    /// The vault's firewall shuts Cosmos DB out.
    VaultFirewall: "let trusted Microsoft services bypass the vault's firewall, or open it to all networks",
    /// The name of the vault is taken by somebody else or cannot be used.
    VaultNameUnavailable: "choose another vault name: they are unique in the world",
    /// A soft-deleted vault holds the name.
    VaultSoftDeleted: "recover the deleted vault, or choose another name",
    /// The key cannot wrap: an elliptic curve or an unknown type.
    KeyTypeUnfit: "use an RSA or RSA-HSM key",
    /// The key is too short.
    KeyTooShort: "use an RSA key of 2048, 3072 or 4096 bits",
    /// The key's list of operations lacks wrapKey or unwrapKey.
    KeyOperationsMissing: "add wrapKey and unwrapKey to the key's operations",
    /// The key is disabled.
    KeyDisabled: "enable the key",
    /// The key is outside its dates.
    KeyOutsideDates: "move the key's dates, or make a new version",
    /// A soft-deleted key holds the name.
    KeySoftDeleted: "recover the deleted key, or choose another name",
    /// The role is assigned, under a condition.
    RoleUnderCondition: "take the condition off that role assignment, or delete the assignment",
    /// The principal that shall create the key is not in the customer's directory.
    UnknownPrincipal: "give the object id of the service principal in the customer's tenant, not that of the application or of another tenant",
    /// The Grant answers another Offer than the one that was sent to this customer.
    OfferMismatch: "ask the customer for a Grant that answers the Offer in your records",
    /// The Grant names another customer tenant than the provider's record.
    UnexpectedCustomer: "do not go on: ask the customer, over a channel that you trust, which tenant it is",
    /// The Grant is for another application than the setup's.
    OtherApplication: "the customer admitted another application: send the Offer again",
    /// The key lies in another tenant than the provider's record says.
    KeyInOtherTenant: "do not go on: the key is not this customer's",
    /// The tenant of the key could not be read from its vault.
    KeyTenantUnverified: "make the vault's address reachable from here, or override the check by name (UnverifiedKeyTenant::Accept)",
    /// The key already encrypts an account of another customer.
    KeyOfOtherCustomer: "one customer's key serves that customer only: check which customer the Grant came from",
    /// Somebody in the world has an account of this name.
    AccountNameUnavailable: "choose another account name: they are unique in the world, also for a while after a delete",
    /// The account exists and is not encrypted as asked.
    AccountUnfit: "choose another name, or bring the existing account into the wanted state by its own operations",
    /// The account is what a failed creation left behind, and it cannot be proved to be ours.
    AccountHusk: "look at the account; if nobody needs it, delete it, wait until it is gone, and run the phase again",
    /// The account came up, and what was read back is not what was asked for.
    EncryptionNotConfirmed: "look at the account's customerManagedKeyStatus and at the links of the chain that it names",
    /// The subscription may not use the region.
    RegionAccessDenied: "ask Azure support for access to the region, or choose another one",
    /// The region has no availability zones.
    RegionWithoutZones: "choose a region with availability zones, or an account that is not spread over them",
    /// The customer's data-plane key needs the signed-in person, and an application is signed in.
    SignedInPrincipalUnknown: "name the principal that creates the key: an application cannot ask who it is",
}

/// Why a phase did not come to its end, and what it did before.
///
/// Steps that run at the same time are joined to the end, so there can be several errors.
#[derive(Debug)]
pub struct PhaseError {
    phase: Phase,
    errors: Vec<Error>,
    report: Report,
}

impl PhaseError {
    pub(crate) fn new(phase: Phase, errors: Vec<Error>, report: Report) -> Self {
        Self {
            phase,
            errors,
            report,
        }
    }

    /// The phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// All errors, at least one.
    #[must_use]
    pub fn errors(&self) -> &[Error] {
        &self.errors
    }

    /// The first refusal, if there is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.errors.iter().find_map(Error::refusal)
    }

    /// What was done before. It stays: nothing is undone by itself, and the next run finds it.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl fmt::Display for PhaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} did not finish", self.phase)?;
        for error in &self.errors {
            write!(f, "; {error}")?;
            // The client's own words belong to the message where several errors share one source chain.
            let mut source = error.source().filter(|_| self.errors.len() > 1);
            while let Some(cause) = source {
                write!(f, ": {cause}")?;
                source = cause.source();
            }
        }
        Ok(())
    }
}

impl StdError for PhaseError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.errors.as_slice() {
            [only] => only.source(),
            _ => None,
        }
    }
}
