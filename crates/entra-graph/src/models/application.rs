//! Applications: what is asked for, what is there, what was deleted.

use super::{SignInAudience, UniqueName};
use cmk_core::{ApplicationObjectId, ClientId, send::Received};
use std::collections::HashSet;

/// An application object in its home tenant.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Application {
    /// The id of the object, in the home tenant only. Not the client id.
    pub object_id: ApplicationObjectId,
    /// The client id (`appId`), the same in every tenant.
    pub client_id: ClientId,
    /// What people see. Not unique: never a key.
    pub display_name: String,
    /// The key that its owner chose; `None` for one made in the portal.
    pub unique_name: Option<String>,
    /// Who may sign in to it.
    pub sign_in_audience: SignInAudience,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was made, as the service writes it.
    pub created: Option<String>,
    /// The application as received.
    pub received: Received,
}

/// An application to create, or the properties that an existing one shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    /// What people see, for example when they are asked to consent: 1 to 120 characters.
    pub display_name: String,
    /// Who may sign in to it. Always sent: what is not sent makes an application of one tenant.
    pub sign_in_audience: SignInAudience,
    /// Tags, each 1 to 256 characters without whitespace. Not sent where there are none, so that those of an existing
    /// application stay.
    pub tags: Vec<String>,
    /// A note for its owners.
    pub notes: Option<String>,
}

impl NewApplication {
    /// A multitenant application (`AzureADMultipleOrgs`) without tags.
    pub fn new(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            sign_in_audience: SignInAudience::AzureAdMultipleOrgs,
            tags: Vec::new(),
            notes: None,
        }
    }

    /// Why the service would refuse it, if it would.
    pub(crate) fn problem(&self) -> Option<String> {
        display_name_problem(&self.display_name, Some(&self.sign_in_audience))
            .or_else(|| tags_problem(&self.tags))
    }
}

/// What shall change on an application: what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationUpdate {
    /// What people see.
    pub display_name: Option<String>,
    /// Who may sign in to it.
    pub sign_in_audience: Option<SignInAudience>,
    /// The key, which can be set once and only where there is none: so an application from the portal is adopted.
    pub unique_name: Option<UniqueName>,
    /// All tags that it shall have.
    pub tags: Option<Vec<String>>,
}

impl ApplicationUpdate {
    /// Why the service would refuse it, if it would.
    pub(crate) fn problem(&self) -> Option<String> {
        if *self == Self::default() {
            return Some(String::from("the update changes nothing"));
        }
        self.display_name
            .as_deref()
            .and_then(|name| display_name_problem(name, self.sign_in_audience.as_ref()))
            .or_else(|| self.tags.as_deref().and_then(tags_problem))
    }
}

/// An application that was deleted less than 30 days ago. Its unique name is taken until it is purged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeletedApplication {
    /// The id of the object, which it keeps when it is restored.
    pub object_id: ApplicationObjectId,
    /// The client id (`appId`).
    pub client_id: ClientId,
    /// What people saw.
    pub display_name: String,
    /// The key that its owner chose.
    pub unique_name: Option<String>,
    /// When it was deleted, as the service writes it.
    pub deleted: Option<String>,
    /// The application as received.
    pub received: Received,
}

// Limits: https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation
fn display_name_problem(name: &str, audience: Option<&SignInAudience>) -> Option<String> {
    let longest = audience.map_or(120, SignInAudience::longest_display_name);
    let length = name.chars().count();
    (length == 0 || length > longest)
        .then(|| format!("display name must have 1 to {longest} characters, got {length}"))
}

fn tags_problem(tags: &[String]) -> Option<String> {
    let mut seen = HashSet::new();
    tags.iter().find_map(|tag| {
        let length = tag.chars().count();
        if length == 0 || length > 256 || tag.chars().any(char::is_whitespace) {
            Some(String::from(
                "a tag must have 1 to 256 characters and no whitespace",
            ))
        } else {
            (!seen.insert(tag)).then(|| format!("the tag {tag:?} stands twice"))
        }
    })
}
