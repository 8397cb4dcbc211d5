//! The managed identity may act as the application.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{settle_until_seen, write},
};
use crate::{
    Outcome, Provider, Result, TenantContext,
    error::{Reason, Refusal},
    mark::MARK,
    run::Waits,
};
use cmk_core::{ApplicationObjectId, PrincipalId};
use entra_graph::{
    FederatedCredential, FederatedCredentialName, MAX_FEDERATED_CREDENTIALS,
    NewFederatedCredential, Upserted,
};

/// Finds or creates the federated identity credential that names the identity.
///
/// Graph takes wrong values silently and refuses only the token, much later; so they are made here, and compared on reading.
#[derive(Debug)]
pub struct TrustIdentity<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// The application.
    pub application: ApplicationObjectId,
    /// The identity's principal id. Not its client id.
    pub identity: PrincipalId,
    /// The name of the credential, if it is created.
    pub name: &'a FederatedCredentialName,
}

impl Step for TrustIdentity<'_> {
    type Output = FederatedCredentialName;

    fn id(&self) -> StepId {
        StepId::FederatedCredential
    }

    fn target(&self) -> String {
        Self::target_of(self.name)
    }

    fn settings(&self) -> Vec<String> {
        let wanted = self.wanted();
        vec![
            format!("issuer {}", wanted.issuer),
            format!("subject {}", wanted.subject),
            format!("audience {}", wanted.audience),
        ]
    }

    async fn find(&self, waits: &Waits) -> Result<Found<FederatedCredentialName>> {
        let wanted = self.wanted();
        let existing = self.list(waits).await?;
        if let Some(same) = existing
            .iter()
            .find(|credential| says_same(credential, &wanted))
        {
            return self.fits(same, &wanted).map(Found::There);
        }
        if let Some(named) = existing
            .iter()
            .find(|credential| credential.name.eq_ignore_ascii_case(self.name.as_str()))
        {
            return self.renewable(named, &wanted).map(Found::Gap);
        }
        if existing.len() >= MAX_FEDERATED_CREDENTIALS {
            return Err(Refusal::new(
                Reason::CredentialLimit,
                self.target(),
                format!(
                    "the application has {} federated identity credentials, and no more than {MAX_FEDERATED_CREDENTIALS} are allowed",
                    existing.len()
                ),
            )
            .into());
        }
        Ok(Found::MISSING)
    }

    async fn make(
        &self,
        gap: Gap<FederatedCredentialName>,
        waits: &Waits,
    ) -> Result<Made<FederatedCredentialName>> {
        let wanted = self.wanted();
        if let Gap::Differs { before, .. } = gap {
            return self.renew(before, &wanted, waits).await;
        }
        let created = self.create(&wanted, waits).await?;
        // Graph takes wrong values silently, so what is there is compared, the audience too.
        self.settle(&wanted, waits).await?;
        Ok(if created {
            Made::created(self.name.clone())
        } else {
            Made::found(self.name.clone(), true)
        })
    }
}

impl TrustIdentity<'_> {
    pub(crate) fn target_of(name: &FederatedCredentialName) -> String {
        format!("federated credential {name}")
    }

    fn wanted(&self) -> NewFederatedCredential {
        let mut wanted = NewFederatedCredential::for_managed_identity(
            self.at.cloud(),
            self.at.tenant(),
            self.identity,
        );
        wanted.description = Some(MARK.to_owned());
        wanted
    }

    /// All credentials of the application, which may have been created a moment ago.
    async fn list(&self, waits: &Waits) -> Result<Vec<FederatedCredential>> {
        let credentials = &self.at.clients().federated_credentials;
        cmk_core::settle::settle(
            "list_federated_credentials",
            &self.target(),
            &waits.propagation,
            || async {
                match credentials
                    .list_federated_credentials(self.application)
                    .await
                {
                    Ok(list) => Ok(cmk_core::settle::Probe::Ready(list)),
                    Err(cmk_core::Error::NotFound(_)) => Ok(cmk_core::settle::Probe::NotYet(
                        String::from("the application cannot be seen yet"),
                    )),
                    Err(error) => Err(error),
                }
            },
        )
        .await
        .map_err(|error| self.failed(error))
    }

    /// Whether it was made now. If not, it was there under our name and says the same.
    async fn create(&self, wanted: &NewFederatedCredential, waits: &Waits) -> Result<bool> {
        let credentials = &self.at.clients().federated_credentials;
        write(
            "create_federated_credential_if_missing",
            &self.target(),
            waits,
            || async { Ok(self.find(wanted).await?.map(|_| true)) },
            || async {
                let upserted = credentials.create_federated_credential_if_missing(
                    self.application,
                    self.name,
                    wanted,
                    None,
                );
                Ok(matches!(upserted.await?, Upserted::Created(_)))
            },
        )
        .await
        .map_err(|error| self.failed(error))
    }

    async fn find(
        &self,
        wanted: &NewFederatedCredential,
    ) -> cmk_core::Result<Option<FederatedCredential>> {
        let credentials = &self.at.clients().federated_credentials;
        let list = credentials
            .list_federated_credentials(self.application)
            .await?;
        Ok(list
            .into_iter()
            .find(|credential| credential.accepts_same(wanted)))
    }

    /// Until a look at the list can see it: phase 3 looks there.
    async fn settle(&self, wanted: &NewFederatedCredential, waits: &Waits) -> Result<()> {
        settle_until_seen("list_federated_credentials", &self.target(), waits, || {
            self.find(wanted)
        })
        .await
        .map(|_| ())
        .map_err(|error| self.failed(error))
    }

    /// Issuer and subject are unique within an application, so this one is the only possible one.
    fn fits(
        &self,
        found: &FederatedCredential,
        wanted: &NewFederatedCredential,
    ) -> Result<Made<FederatedCredentialName>> {
        if found.audiences.as_slice() != [wanted.audience.clone()] {
            return Err(Refusal::new(
                Reason::WrongAudience,
                format!("federated credential {}", found.name),
                format!(
                    "its audience is {:?}, and this cloud needs {:?}",
                    found.audiences.join(", "),
                    wanted.audience
                ),
            )
            .into());
        }
        let name: FederatedCredentialName = found.name.parse().map_err(|error| {
            self.failed(cmk_core::Error::invalid_input(
                "list_federated_credentials",
                format!("{error}"),
            ))
        })?;
        let ours = is_ours(found);
        let made = Made::found(name, ours);
        Ok(if found.name == self.name.as_str() {
            made
        } else {
            made.note(format!("it is named {}", found.name))
        })
    }

    /// Our own credential of an identity that was deleted and made again under its name: the principal id changed.
    fn renewable(
        &self,
        found: &FederatedCredential,
        wanted: &NewFederatedCredential,
    ) -> Result<Gap<FederatedCredentialName>> {
        let before = found.subject.clone().unwrap_or_default();
        if !is_ours(found) || found.issuer != wanted.issuer {
            return Err(Refusal::new(
                Reason::CredentialNameTaken,
                self.target(),
                format!(
                    "its issuer is {:?} and its subject {before:?}",
                    found.issuer
                ),
            )
            .into());
        }
        Ok(Gap::Differs {
            value: self.name.clone(),
            before: format!("subject {before}"),
        })
    }

    async fn renew(
        &self,
        before: String,
        wanted: &NewFederatedCredential,
        waits: &Waits,
    ) -> Result<Made<FederatedCredentialName>> {
        let credentials = &self.at.clients().federated_credentials;
        write(
            "update_federated_credential",
            &self.target(),
            waits,
            || async { Ok(self.find(wanted).await?.map(|_| ())) },
            || credentials.update_federated_credential(self.application, self.name, wanted),
        )
        .await
        .map_err(|error| self.failed(error))?;
        self.settle(wanted, waits).await?;
        Ok(Made::new(self.name.clone(), Outcome::Updated { before }))
    }
}

/// Compared to the letter, as Entra does.
fn says_same(found: &FederatedCredential, wanted: &NewFederatedCredential) -> bool {
    found.issuer == wanted.issuer && found.subject.as_deref() == Some(wanted.subject.as_str())
}

fn is_ours(credential: &FederatedCredential) -> bool {
    credential.description.as_deref() == Some(MARK)
}
