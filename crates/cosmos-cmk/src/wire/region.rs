//! The JSON of a region.

use crate::models::{BackupStorageRedundancy, RegionAccess};
use cmk_core::send::Received;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Region {
    name: String,
    #[serde(default)]
    properties: Option<Properties>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Properties {
    status: Option<String>,
    is_subscription_region_access_allowed_for_regular: Option<bool>,
    is_subscription_region_access_allowed_for_az: Option<bool>,
    supports_availability_zone: Option<bool>,
    is_residency_restricted: Option<bool>,
    backup_storage_redundancies: Option<Vec<BackupStorageRedundancy>>,
}

impl Region {
    pub(crate) fn into_model(self, received: Received) -> RegionAccess {
        let properties = self.properties.unwrap_or_default();
        RegionAccess {
            name: self.name,
            status: properties.status,
            regular_access: properties.is_subscription_region_access_allowed_for_regular,
            zone_redundant_access: properties.is_subscription_region_access_allowed_for_az,
            supports_availability_zone: properties.supports_availability_zone,
            residency_restricted: properties.is_residency_restricted,
            backup_storage_redundancies: properties.backup_storage_redundancies.unwrap_or_default(),
            received,
        }
    }
}
