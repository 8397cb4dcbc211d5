//! Applications in JSON.

use crate::models::{
    Application, ApplicationUpdate, DeletedApplication, NewApplication, SignInAudience, UniqueName,
};
use cmk_core::{ApplicationObjectId, ClientId, Id, send::Received};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewApplicationBody<'a> {
    display_name: &'a str,
    sign_in_audience: &'a SignInAudience,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a str>,
}

impl<'a> From<&'a NewApplication> for NewApplicationBody<'a> {
    fn from(new: &'a NewApplication) -> Self {
        Self {
            display_name: &new.display_name,
            sign_in_audience: &new.sign_in_audience,
            tags: &new.tags,
            notes: new.notes.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApplicationUpdateBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_audience: Option<&'a SignInAudience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_name: Option<&'a UniqueName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
}

impl<'a> From<&'a ApplicationUpdate> for ApplicationUpdateBody<'a> {
    fn from(update: &'a ApplicationUpdate) -> Self {
        Self {
            display_name: update.display_name.as_deref(),
            sign_in_audience: update.sign_in_audience.as_ref(),
            unique_name: update.unique_name.as_ref(),
            tags: update.tags.as_deref(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireApplication {
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    id: ApplicationObjectId,
    #[serde(rename = "appId", deserialize_with = "Id::deserialize_from_service")]
    client_id: ClientId,
    display_name: Option<String>,
    unique_name: Option<String>,
    sign_in_audience: Option<String>,
    tags: Option<Vec<String>>,
    created_date_time: Option<String>,
}

impl WireApplication {
    pub(crate) fn into_model(self, received: Received) -> Application {
        Application {
            object_id: self.id,
            client_id: self.client_id,
            display_name: self.display_name.unwrap_or_default(),
            unique_name: self.unique_name,
            // Absent is none of the known ones, so that nobody takes it for a multitenant application.
            sign_in_audience: self.sign_in_audience.unwrap_or_default().as_str().into(),
            tags: self.tags.unwrap_or_default(),
            created: self.created_date_time,
            received,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireDeletedApplication {
    #[serde(deserialize_with = "Id::deserialize_from_service")]
    id: ApplicationObjectId,
    #[serde(rename = "appId", deserialize_with = "Id::deserialize_from_service")]
    client_id: ClientId,
    display_name: Option<String>,
    unique_name: Option<String>,
    deleted_date_time: Option<String>,
}

impl WireDeletedApplication {
    pub(crate) fn into_model(self, received: Received) -> DeletedApplication {
        DeletedApplication {
            object_id: self.id,
            client_id: self.client_id,
            display_name: self.display_name.unwrap_or_default(),
            unique_name: self.unique_name,
            deleted: self.deleted_date_time,
            received,
        }
    }
}
