#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod apply;
mod customer;
mod diagnose;
mod error;
mod handoff;
mod journal;
mod mark;
mod moment;
mod plan;
mod provider;
mod report;
mod run;
pub mod steps;
mod tenant;
mod verify;

pub use account::{AccountSpec, CustomerRecord, create_encrypted_account};
pub use apply::{apply_customer_grant, apply_encrypted_account, apply_provider_setup};
pub use customer::{KeyCreation, KeyCreator, KeySpec, RoleScope, VaultChoice, grant_access};
pub use diagnose::{
    Diagnosis, Reading, Suspect, SuspectState, Symptom, Waiting, diagnose, diagnose_account,
};
pub use error::{Error, PhaseError, Reason, Refusal, Result};
pub use handoff::{
    CustomerReference, DisplayName, GRANT_SCHEMA, Grant, InvalidDigest, InvalidDocument,
    InvalidText, MAX_DOCUMENT_BYTES, Nonce, OFFER_SCHEMA, Offer, OfferDigest, OfferOptions,
    OfferedRole,
};
#[cfg(feature = "journal-file")]
pub use journal::FileJournal;
pub use journal::{
    Journal, JournalEntry, JournalError, JournalRecord, MemoryJournal, unfinished_entries,
};
pub use plan::{
    AccountPlace, Action, ChainSpec, Difference, MAX_PLAN_BYTES, Need, Obstacle, PLAN_KIND, Party,
    PhasePlan, Plan, PlannedStep, Takes, plan_chain, plan_customer_grant, plan_encrypted_account,
    plan_provider_setup,
};
pub use provider::{IdentityChoice, ProviderSetup, ProviderSpec, set_up_provider};
pub use report::{
    Done, Event, EventStream, Observer, Outcome, Phase, Report, StepReport, event_stream,
};
pub use run::{RunOptions, Waits};
pub use steps::{ApplicationChoice, EncryptedAccount, StepId, UnverifiedKeyTenant};
pub use tenant::{
    CredentialFactory, Customer, CustomerClients, KeyClients, Provider, ProviderClients, Side,
    TenantContext,
};
pub use verify::{
    Actor, Check, CheckId, CustomerSide, IdentityProof, KeyProof, Proof, ProofLink, ProviderSide,
    Remedy, Severity, Verdict, Verification, VerifyOptions, verify_as_customer, verify_as_provider,
    verify_both,
};

pub use cmk_core;
pub use cosmos_cmk;
pub use entra_graph;
pub use keyvault_rbac;
