//! The managed identity can use the key, proved by using it.

use super::{Found, Made, Step, StepId};
use crate::{Error, KeyProof, Outcome, Result, run::Waits, verify::is_our_address};
use cmk_core::{
    ClientId, TenantId,
    settle::{Probe, settle},
};
use keyvault_rbac::KeyUri;

/// Does what Cosmos DB will do, as the managed identity: token, exchange, read, wrap, unwrap. What was made a moment ago may not
/// have spread, so it is tried again for a while, each time with fresh tokens.
#[derive(Debug)]
pub struct ProveKey<'a> {
    /// How the managed identity is reached.
    pub proof: &'a dyn KeyProof,
    /// The tenant of the key.
    pub tenant: TenantId,
    /// The application.
    pub application: ClientId,
    /// The key.
    pub key: &'a KeyUri,
}

impl Step for ProveKey<'_> {
    type Output = ();

    fn id(&self) -> StepId {
        StepId::KeyProof
    }

    fn target(&self) -> String {
        format!("key {}", self.key.versionless())
    }

    async fn find(&self, waits: &Waits) -> Result<Found<()>> {
        let proved = settle("prove_key", &self.target(), &waits.propagation, || async {
            let proof = self
                .proof
                .prove(self.tenant, self.application, self.key)
                .await;
            proof.into_result().map(Probe::Ready)
        })
        .await;
        match proved {
            Ok(()) => Ok(Made::checked(()).into()),
            // Cosmos DB comes as a trusted service, this process does not.
            Err(error) if is_our_address(&error) => {
                Ok(Made::new((), Outcome::Unverified).note(format!(
                    "the vault's firewall does not let this process in, so the key could not be proved from here: {error}"
                ))
                .into())
            }
            Err(source) => Err(Error::Step {
                step: self.id(),
                target: self.target(),
                source,
            }),
        }
    }
}
