//! The steps of the phases: each finds what it wants, makes it if it is not there, and waits until the next step can see it.
//!
//! A step is idempotent and does at most one kind of write, so a workflow engine can run each as an activity of its own.

mod account;
mod admit_application;
mod assign_role;
mod check_setup;
pub(crate) mod converge;
mod federated_credential;
mod key;
mod key_binding;
mod key_in_vault;
mod key_tenant;
mod managed_identity;
mod prove_key;
mod register_application;
mod resource_group;
mod resource_provider;
mod subscription;
mod vault;

pub use account::{EncryptedAccount, EnsureAccount};
pub use admit_application::AdmitApplication;
pub use assign_role::AssignRole;
pub use check_setup::CheckSetup;
pub use federated_credential::TrustIdentity;
pub use key::EnsureKey;
pub use key_binding::CheckKeyBinding;
pub use key_in_vault::EnsureKeyInVault;
pub use key_tenant::{CheckKeyTenant, UnverifiedKeyTenant};
pub use managed_identity::EnsureIdentity;
pub use prove_key::ProveKey;
pub use register_application::{ApplicationChoice, RegisterApplication};
pub use resource_group::EnsureResourceGroup;
pub use resource_provider::RegisterResourceProvider;
pub use subscription::CheckSubscription;
pub use vault::EnsureVault;

pub(crate) use account::{
    check_place, default_identity_problem, identity_problem as account_identity_problem, is_busy,
    is_husk, key_problem, state as account_state, status_problem,
};
pub(crate) use admit_application::principal_problems;
pub(crate) use assign_role::{covers, is_unconditional};
pub(crate) use check_setup::{audience_problem, identity_problem};
pub(crate) use key::KeyFacts;
pub(crate) use vault::{check_new_vault, vault_problems};

use crate::{Error, Outcome, Result, run::Waits};
use serde::{Deserialize, Serialize};
use std::{fmt, future::Future};

/// Which step. The texts are stable: logs and records may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepId {
    /// The subscription belongs to the tenant that is meant, and the credential acts there.
    Subscription,
    /// A resource provider is registered in a subscription.
    ResourceProvider,
    /// A resource group exists.
    ResourceGroup,
    /// The multitenant application exists.
    Application,
    /// The user-assigned managed identity exists.
    ManagedIdentity,
    /// The identity may act as the application.
    FederatedCredential,
    /// The application has a service principal in the customer's tenant.
    AdmitApplication,
    /// The vault exists and fits.
    Vault,
    /// Whoever creates the key may create keys.
    KeyCreatorRole,
    /// The key exists and fits.
    Key,
    /// The application may use the key.
    KeyRole,
    /// What phase 1 made is still as it was.
    Setup,
    /// The key lies in the customer's tenant.
    KeyTenant,
    /// The key serves no other customer.
    KeyBinding,
    /// The managed identity can use the key.
    KeyProof,
    /// The account exists and is encrypted as asked.
    Account,
}

impl StepId {
    /// The stable text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::ResourceProvider => "resource-provider",
            Self::ResourceGroup => "resource-group",
            Self::Application => "application",
            Self::ManagedIdentity => "managed-identity",
            Self::FederatedCredential => "federated-credential",
            Self::AdmitApplication => "admit-application",
            Self::Vault => "vault",
            Self::KeyCreatorRole => "key-creator-role",
            Self::Key => "key",
            Self::KeyRole => "key-role",
            Self::Setup => "setup",
            Self::KeyTenant => "key-tenant",
            Self::KeyBinding => "key-binding",
            Self::KeyProof => "key-proof",
            Self::Account => "account",
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "seals `Step`: nobody outside names it")]
    pub trait Sealed {}
}

/// The steps that there are.
macro_rules! steps {
    ($($step:ident),*) => {
        $(impl sealed::Sealed for $step<'_> {})*
    };
}

steps!(
    AdmitApplication,
    AssignRole,
    CheckKeyBinding,
    CheckKeyTenant,
    CheckSetup,
    CheckSubscription,
    EnsureAccount,
    EnsureIdentity,
    EnsureKey,
    EnsureKeyInVault,
    EnsureResourceGroup,
    EnsureVault,
    ProveKey,
    RegisterApplication,
    RegisterResourceProvider,
    TrustIdentity
);

/// A step: what it is, how the world is looked at, and how it is changed. Sealed: the steps of the phases are all there are.
pub trait Step: sealed::Sealed + Send + Sync {
    /// What it leaves for the next steps.
    type Output: Send;

    /// Which step it is.
    fn id(&self) -> StepId;

    /// What it works on, in words.
    fn target(&self) -> String;

    /// What it would make, a line each: for a plan.
    fn settings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Looks, and writes nothing. What cannot be made fit is refused here.
    fn find(&self, waits: &Waits) -> impl Future<Output = Result<Found<Self::Output>>> + Send;

    /// Closes the gap that [`find`](Self::find) has seen, and waits until the next step can see it. A step that only checks
    /// sees none, and has nothing to make.
    fn make(
        &self,
        gap: Gap<Self::Output>,
        waits: &Waits,
    ) -> impl Future<Output = Result<Made<Self::Output>>> + Send {
        async move {
            drop((gap, waits));
            Err(self.failed(cmk_core::Error::invalid_input(
                "make",
                "this step checks, and makes nothing",
            )))
        }
    }

    /// Looks, and makes what is missing. Running it again changes nothing and says so.
    fn run(&self, waits: &Waits) -> impl Future<Output = Result<Made<Self::Output>>> + Send {
        async {
            match self.find(waits).await? {
                Found::There(made) => Ok(made),
                Found::Gap(gap) => self.make(gap, waits).await,
            }
        }
    }

    /// A client's error as an error of this step.
    fn failed(&self, source: cmk_core::Error) -> Error {
        Error::Step {
            step: self.id(),
            target: self.target(),
            source,
        }
    }
}

/// What a look found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Found<T> {
    /// As it must be: nothing is to be written.
    There(Made<T>),
    /// Not as it must be, and to be made so.
    Gap(Gap<T>),
}

/// What lies between the world and what is wanted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Gap<T> {
    /// There is none: it will be created.
    Missing,
    /// It is there, and will be changed.
    Differs {
        /// The thing as it is.
        value: T,
        /// What is not as it must be.
        before: String,
    },
}

impl<T> Found<T> {
    pub(crate) const MISSING: Self = Self::Gap(Gap::Missing);
}

impl<T> From<Made<T>> for Found<T> {
    fn from(made: Made<T>) -> Self {
        Self::There(made)
    }
}

/// What a step made or found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Made<T> {
    /// The thing.
    pub value: T,
    /// How it came to be.
    pub outcome: Outcome,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

impl<T> Made<T> {
    pub(crate) fn new(value: T, outcome: Outcome) -> Self {
        Self {
            value,
            outcome,
            notes: Vec::new(),
        }
    }

    pub(crate) fn created(value: T) -> Self {
        Self::new(value, Outcome::Created)
    }

    /// There already: ours, or adopted.
    pub(crate) fn found(value: T, ours: bool) -> Self {
        let outcome = if ours {
            Outcome::Existing
        } else {
            Outcome::Adopted
        };
        Self::new(value, outcome)
    }

    /// Looked at, and in order.
    pub(crate) fn checked(value: T) -> Self {
        Self::new(value, Outcome::Checked)
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}
