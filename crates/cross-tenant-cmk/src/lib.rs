#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod customer;
mod diagnose;
mod error;
mod handoff;
mod mark;
mod provider;
mod report;
mod run;
pub mod steps;
mod tenant;
mod verify;

pub use account::{AccountSpec, CustomerRecord, create_encrypted_account};
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
pub use provider::{IdentityChoice, ProviderSetup, ProviderSpec, set_up_provider};
pub use report::{Done, Event, Observer, Outcome, Phase, Report, StepReport};
pub use run::{RunOptions, Waits};
pub use steps::{ApplicationChoice, EncryptedAccount, StepId, UnverifiedKeyTenant};
pub use tenant::{
    Customer, CustomerClients, KeyClients, Provider, ProviderClients, Side, TenantContext,
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
