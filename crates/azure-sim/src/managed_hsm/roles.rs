//! The built-in local roles of managed HSMs
//! (<https://learn.microsoft.com/azure/key-vault/managed-hsm/built-in-roles>; the same table stands in the recordings of
//! <https://github.com/Azure/azure-sdk-for-js> from 2021 on). Custom roles are not modelled.

/// A built-in local role.
#[derive(Debug)]
pub(crate) struct LocalRole {
    pub(crate) guid: &'static str,
    pub(crate) name: &'static str,
    /// Without [`PREFIX`].
    pub(crate) actions: &'static [&'static str],
}

/// What every data action of a managed HSM begins with.
pub(crate) const PREFIX: &str = "Microsoft.KeyVault/managedHsm/";
pub(crate) const ADMINISTRATOR: &str = "a290e904-7015-4bba-90c8-60543313cdb4";

pub(crate) const ROLES: [LocalRole; 9] = [
    LocalRole {
        guid: ADMINISTRATOR,
        name: "Managed HSM Administrator",
        actions: &[
            "securitydomain/download/action",
            "securitydomain/download/read",
            "securitydomain/upload/action",
            "securitydomain/upload/read",
            "securitydomain/transferkey/read",
            "roleAssignments/read/action",
            "roleAssignments/write/action",
            "roleAssignments/delete/action",
            "roleDefinitions/read/action",
            "roleDefinitions/write/action",
            "roleDefinitions/delete/action",
            "backup/start/action",
            "backup/status/action",
            "restore/start/action",
            "restore/status/action",
        ],
    },
    LocalRole {
        guid: "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
        name: "Managed HSM Crypto Officer",
        actions: &[
            "keys/deletedKeys/read/action",
            "keys/deletedKeys/recover/action",
            "keys/deletedKeys/delete",
            "keys/export/action",
            "roleAssignments/read/action",
            "roleAssignments/write/action",
            "roleAssignments/delete/action",
            "roleDefinitions/read/action",
            "roleDefinitions/write/action",
            "roleDefinitions/delete/action",
        ],
    },
    LocalRole {
        guid: "21dbd100-6940-42c2-9190-5d6cb909625b",
        name: "Managed HSM Crypto User",
        actions: &[
            "keys/read/action",
            "keys/write/action",
            "keys/rotate/action",
            "keys/create",
            "keys/delete",
            "keys/backup/action",
            "keys/restore/action",
            "keys/release/action",
            "keys/import/action",
            "keys/encrypt/action",
            "keys/decrypt/action",
            "keys/wrap/action",
            "keys/unwrap/action",
            "keys/sign/action",
            "keys/verify/action",
            "rng/action",
            "roleAssignments/read/action",
            "roleDefinitions/read/action",
        ],
    },
    LocalRole {
        guid: "4bd23610-cdcf-4971-bdee-bdc562cc28e4",
        name: "Managed HSM Policy Administrator",
        actions: &[
            "roleAssignments/read/action",
            "roleAssignments/write/action",
            "roleAssignments/delete/action",
            "roleDefinitions/read/action",
            "roleDefinitions/write/action",
            "roleDefinitions/delete/action",
        ],
    },
    LocalRole {
        guid: "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
        name: "Managed HSM Crypto Auditor",
        actions: &[
            "keys/read/action",
            "keys/deletedKeys/read/action",
            "roleAssignments/read/action",
            "roleDefinitions/read/action",
        ],
    },
    LocalRole {
        guid: "33413926-3206-4cdd-b39a-83574fe37a17",
        name: "Managed HSM Crypto Service Encryption User",
        actions: &["keys/read/action", "keys/wrap/action", "keys/unwrap/action"],
    },
    LocalRole {
        guid: "21dbd100-6940-42c2-9190-5d6cb909625c",
        name: "Managed HSM Crypto Service Release User",
        actions: &["keys/release/action"],
    },
    LocalRole {
        guid: "7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8",
        name: "Managed HSM Backup",
        actions: &[
            "backup/start/action",
            "backup/status/action",
            "keys/backup/action",
        ],
    },
    LocalRole {
        guid: "6efe6056-5259-49d2-8b3d-d3d73544b20b",
        name: "Managed HSM Restore",
        actions: &[
            "keys/restore/action",
            "restore/start/action",
            "restore/status/action",
        ],
    },
];

impl LocalRole {
    pub(crate) fn allows(&self, action: &str) -> bool {
        self.actions.contains(&action)
    }
}

pub(crate) fn by_guid(guid: &str) -> Option<&'static LocalRole> {
    let mut all = ROLES.iter();
    all.find(|role| role.guid.eq_ignore_ascii_case(guid))
}

pub(crate) fn by_name(name: &str) -> Option<&'static LocalRole> {
    let mut all = ROLES.iter();
    all.find(|role| role.name.eq_ignore_ascii_case(name))
}
