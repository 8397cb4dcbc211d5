//! The multitenant application exists in the provider's tenant.

use super::{
    Found, Gap, Made, Step, StepId,
    converge::{found, settle_until_seen, write},
};
use crate::{
    Outcome, Provider, Result, TenantContext,
    error::{Reason, Refusal},
    handoff::DisplayName,
    mark::MARK,
    run::Waits,
};
use cmk_core::{ClientId, Error};
use entra_graph::{
    Application, ApplicationUpdate, NewApplication, SignInAudience, UniqueName, Upserted,
};

/// Which application the provider uses.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ApplicationChoice {
    /// The one of this unique name: found, or created with the display name.
    Named {
        /// The application's key: immutable, unique in the tenant.
        unique_name: UniqueName,
        /// What customers see.
        display_name: DisplayName,
    },
    /// One that is there already.
    Existing {
        /// Its client id.
        client_id: ClientId,
        /// The unique name to give it, if it has none, so that it is found by name from then on.
        unique_name: Option<UniqueName>,
    },
}

/// Finds or creates the application.
#[derive(Debug)]
pub struct RegisterApplication<'a> {
    /// The provider.
    pub at: &'a TenantContext<Provider>,
    /// Which one.
    pub choice: &'a ApplicationChoice,
}

impl Step for RegisterApplication<'_> {
    type Output = Application;

    fn id(&self) -> StepId {
        StepId::Application
    }

    fn target(&self) -> String {
        match self.choice {
            ApplicationChoice::Named { unique_name, .. } => format!("application {unique_name}"),
            ApplicationChoice::Existing { client_id, .. } => format!("application {client_id}"),
        }
    }

    fn settings(&self) -> Vec<String> {
        match self.choice {
            ApplicationChoice::Named { display_name, .. } => vec![
                format!("display name {display_name}"),
                format!(
                    "sign-in audience {}",
                    SignInAudience::AzureAdMultipleOrgs.as_str()
                ),
            ],
            ApplicationChoice::Existing { unique_name, .. } => unique_name
                .iter()
                .map(|name| format!("unique name {name}"))
                .collect(),
        }
    }

    async fn find(&self, _waits: &Waits) -> Result<Found<Application>> {
        match self.choice {
            ApplicationChoice::Named { unique_name, .. } => self.find_named(unique_name).await,
            ApplicationChoice::Existing {
                client_id,
                unique_name,
            } => self.find_existing(*client_id, unique_name.as_ref()).await,
        }
    }

    async fn make(&self, gap: Gap<Application>, waits: &Waits) -> Result<Made<Application>> {
        match (self.choice, gap) {
            (
                ApplicationChoice::Named {
                    unique_name,
                    display_name,
                },
                _,
            ) => self.create(unique_name, display_name, waits).await,
            (
                ApplicationChoice::Existing {
                    unique_name: Some(name),
                    ..
                },
                Gap::Differs { value, before },
            ) => self.give_name(value, name, before, waits).await,
            (ApplicationChoice::Existing { client_id, .. }, _) => Err(Refusal::new(
                Reason::Missing,
                self.target(),
                format!("there is no application {client_id}"),
            )
            .into()),
        }
    }
}

impl RegisterApplication<'_> {
    async fn find_named(&self, name: &UniqueName) -> Result<Found<Application>> {
        let read = self.read_named(name).await;
        if let Some(application) = read.map_err(|error| self.failed(error))? {
            self.check(&application)?;
            let ours = is_ours(&application);
            return Ok(Made::found(application, ours).into());
        }
        self.refuse_deleted_holder(name).await?;
        Ok(Found::MISSING)
    }

    async fn find_existing(
        &self,
        client_id: ClientId,
        unique_name: Option<&UniqueName>,
    ) -> Result<Found<Application>> {
        let applications = &self.at.clients().applications;
        let application = applications
            .get_application_by_client_id(client_id, None)
            .await
            .map_err(|error| self.failed(error))?;
        self.check(&application)?;
        let ours = is_ours(&application);
        let Some(name) = unique_name else {
            return Ok(Made::found(application, ours).into());
        };
        match application.unique_name.as_deref() {
            Some(held) if held == name.as_str() => Ok(Made::found(application, ours).into()),
            Some(held) => Err(Refusal::new(
                Reason::OtherUniqueName,
                self.target(),
                format!("its unique name is {held}, not {name}"),
            )
            .into()),
            None => Ok(Found::Gap(Gap::Differs {
                value: application,
                before: String::from("no unique name"),
            })),
        }
    }

    async fn read_named(&self, name: &UniqueName) -> cmk_core::Result<Option<Application>> {
        let applications = &self.at.clients().applications;
        found(
            applications
                .get_application_by_unique_name(name, None)
                .await,
        )
    }

    async fn create(
        &self,
        name: &UniqueName,
        display_name: &DisplayName,
        waits: &Waits,
    ) -> Result<Made<Application>> {
        let applications = &self.at.clients().applications;
        let mut wanted = NewApplication::new(display_name.as_str());
        wanted.tags = vec![MARK.to_owned()];
        let created = write(
            "create_application_if_missing",
            &self.target(),
            waits,
            || async { Ok(self.read_named(name).await?.map(Some)) },
            || async {
                match applications
                    .create_application_if_missing(name, &wanted, None)
                    .await?
                {
                    Upserted::Created(application) => Ok(Some(application)),
                    // It was there, unseen a moment ago, and the answer has no body.
                    _ => Ok(None),
                }
            },
        )
        .await
        .map_err(|error| self.failed(error))?;
        let Some(made) = created else {
            let there = self.seen_under(name, waits).await?;
            self.check(&there)?;
            // Name and tag were written onto it: ours from an earlier run most likely, and nobody can tell any more.
            return Ok(Made::new(
                there,
                Outcome::Updated {
                    before: String::from("there, and not seen a moment before"),
                },
            ));
        };
        self.check(&made)?;
        self.settle(&made, waits).await?;
        Ok(Made::created(made))
    }

    /// Until the next step's look can see it. One replica that does proves nothing about the next, so that step is patient, too.
    async fn settle(&self, made: &Application, waits: &Waits) -> Result<()> {
        let applications = &self.at.clients().applications;
        settle_until_seen("get_application", &self.target(), waits, || async {
            found(applications.get_application(made.object_id, None).await)
        })
        .await
        .map(|_| ())
        .map_err(|error| self.failed(error))
    }

    /// The application as soon as its unique name leads to it.
    async fn seen_under(&self, name: &UniqueName, waits: &Waits) -> Result<Application> {
        settle_until_seen(
            "get_application_by_unique_name",
            &self.target(),
            waits,
            || self.read_named(name),
        )
        .await
        .map_err(|error| self.failed(error))
    }

    async fn give_name(
        &self,
        mut application: Application,
        name: &UniqueName,
        before: String,
        waits: &Waits,
    ) -> Result<Made<Application>> {
        let applications = &self.at.clients().applications;
        let update = ApplicationUpdate {
            unique_name: Some(name.clone()),
            ..Default::default()
        };
        let named = || async { Ok(self.read_named(name).await?.map(|_| ())) };
        write("update_application", &self.target(), waits, named, || {
            applications.update_application(application.object_id, &update, None)
        })
        .await
        .map_err(|error| self.failed(error))?;
        // By its name it is found from then on.
        self.seen_under(name, waits).await?;
        application.unique_name = Some(name.as_str().to_owned());
        Ok(Made::new(application, Outcome::Updated { before }))
    }

    fn check(&self, application: &Application) -> Result<()> {
        if let Err(error) = application.display_name.parse::<DisplayName>() {
            return Err(Refusal::new(
                Reason::ApplicationNameUnfit,
                self.target(),
                format!("its display name cannot be handed to customers: {error}"),
            )
            .into());
        }
        if application.sign_in_audience == SignInAudience::AzureAdMultipleOrgs {
            return Ok(());
        }
        Err(Refusal::new(
            Reason::SingleTenantApplication,
            self.target(),
            format!(
                "its sign-in audience is {}, not AzureADMultipleOrgs: no customer could admit it",
                application.sign_in_audience.as_str()
            ),
        )
        .into())
    }

    /// The name of a soft-deleted application stays reserved for 30 days, and creating fails with a text that says only
    /// that the name exists (<https://github.com/microsoftgraph/msgraph-bicep-types/issues/137>).
    async fn refuse_deleted_holder(&self, name: &UniqueName) -> Result<()> {
        let holder = match self
            .at
            .clients()
            .deleted_applications
            .find_deleted_application(name)
            .await
        {
            Ok(holder) => holder,
            // Who may only manage what he owns cannot list; creating will tell.
            Err(Error::Forbidden(_)) => None,
            Err(error) => return Err(self.failed(error)),
        };
        match holder {
            None => Ok(()),
            Some(holder) => Err(Refusal::new(
                Reason::NameHeldByDeletedApplication,
                self.target(),
                format!(
                    "the deleted application {} (object id {}) holds the unique name",
                    holder.display_name, holder.object_id
                ),
            )
            .into()),
        }
    }
}

fn is_ours(application: &Application) -> bool {
    application.tags.iter().any(|tag| tag == MARK)
}
