//! What the crate speaks about: accounts, their identities and keys, and the regions that they can lie in.

mod account;
mod account_name;
mod cmk_status;
mod default_identity;
mod identity_change;
mod key_uri;
mod new_account;
mod region;
mod revocation_cause;
mod words;

pub use account::{
    AccountIdentity, AccountRegion, AssignedIdentity, DatabaseAccount, ListedAccounts,
};
pub use account_name::{AccountId, AccountName, DatabaseAccountType, InvalidAccountName};
pub use cmk_status::CmkStatus;
pub use default_identity::DefaultIdentity;
pub use identity_change::IdentityChange;
pub use key_uri::{InvalidKeyUri, VersionlessKeyUri};
pub use new_account::{
    AccountLocation, BackupPolicy, ConsistencyPolicy, NewDatabaseAccount, VirtualNetworkRule,
};
pub use region::{NameAvailability, RegionAccess};
pub use revocation_cause::RevocationCause;
pub use words::{
    AccountKind, BackupStorageRedundancy, ConsistencyLevel, ContinuousTier, IdentityType,
    MinimalTlsVersion, NetworkAclBypass, PublicNetworkAccess,
};

use cmk_core::ResourceId;

/// The type of a user-assigned managed identity.
const IDENTITY_TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// Whether the id is that of a user-assigned managed identity.
pub(crate) fn is_managed_identity(id: &ResourceId) -> bool {
    id.is_of_type(IDENTITY_TYPE)
}
