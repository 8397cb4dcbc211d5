//! What a subscription may do in a region, and whether a name is free.

use super::BackupStorageRedundancy;
use cmk_core::send::Received;

/// Whether a name of an account is free in the whole cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a name is free or it is not")]
pub enum NameAvailability {
    /// Nobody has it. A name that was deleted a while ago may still be refused by the creation.
    Available,
    /// An account of somebody has it.
    Taken,
}

/// What a subscription may do in a region.
///
/// ```
/// use cosmos_cmk::RegionAccess;
///
/// /// Whether a creation in the region is worth a try: what the service does not say is no obstacle.
/// fn usable(region: &RegionAccess) -> bool {
///     region.status.as_deref().is_none_or(|status| status == "Online") && region.regular_access != Some(false)
/// }
/// # let _ = usable;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RegionAccess {
    /// The region as the service calls it; a display name or a programmatic one.
    pub name: String,
    /// `Online`, or what else the service says.
    pub status: Option<String>,
    /// Whether accounts without availability zones may be created here: a property of the subscription.
    pub regular_access: Option<bool>,
    /// Whether accounts with availability zones may be created here: a property of the subscription.
    pub zone_redundant_access: Option<bool>,
    /// Whether the region has availability zones.
    pub supports_availability_zone: Option<bool>,
    /// Whether data may not leave the region.
    pub residency_restricted: Option<bool>,
    /// How backups can be spread here.
    pub backup_storage_redundancies: Vec<BackupStorageRedundancy>,
    /// The region as received.
    pub received: Received,
}
