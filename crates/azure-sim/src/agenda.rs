//! What is to happen later, as data: so what is planned is saved and loaded like everything else.

use crate::{
    arm::{
        deployments::Run,
        groups,
        operations::{self, Outcome},
    },
    cosmos, hsm_data, key_vault,
    key_vault::key::Deletion,
    managed_hsm, vault_data,
    world::World,
};
use serde::{Deserialize, Serialize};

/// Something that will happen, with all that it needs then.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Due {
    /// The clock stops, so that what depends on the time is seen then.
    Look,
    /// The accounts may arm their next look.
    AccountWatch,
    /// The retention of a deleted vault ends.
    VaultPurge { vault: String, deletion: Deletion },
    /// The retention of a deleted key ends.
    KeyPurge {
        vault: String,
        key: String,
        deletion: Deletion,
    },
    /// A rotation policy replaces a version.
    KeyRotation {
        vault: String,
        key: String,
        version: String,
    },
    /// The retention of a deleted managed HSM ends.
    HsmPurge { hsm: String, deletion: Deletion },
    /// The retention of a key that was deleted in a managed HSM ends.
    HsmKeyPurge {
        hsm: String,
        key: String,
        deletion: Deletion,
    },
    /// A rotation policy replaces a version in a managed HSM.
    HsmKeyRotation {
        hsm: String,
        key: String,
        version: String,
    },
    /// A deployment goes on.
    Deployment(Box<Run>),
    /// A long-running operation ends; a fault may have decided how.
    OperationEnd {
        id: String,
        work: Work,
        doom: Option<Outcome>,
    },
}

impl Due {
    /// Whether what happens says by itself what it changes; else it may be anything.
    pub(crate) const fn is_narrow(&self) -> bool {
        matches!(
            self,
            Self::OperationEnd {
                work: Work::Nothing
                    | Work::AccountCreate { .. }
                    | Work::AccountUpdate { .. }
                    | Work::AccountDelete { .. },
                ..
            }
        )
    }

    pub(crate) fn happen(self, world: &mut World) {
        match self {
            Self::Look => {}
            Self::AccountWatch => cosmos::watch_again(world),
            Self::VaultPurge { vault, deletion } => {
                key_vault::end_retention(world, &vault, deletion);
            }
            Self::KeyPurge {
                vault,
                key,
                deletion,
            } => vault_data::end_retention(world, &vault, &key, deletion),
            Self::KeyRotation {
                vault,
                key,
                version,
            } => vault_data::rotate_by_policy(world, &vault, &key, &version),
            Self::HsmPurge { hsm, deletion } => managed_hsm::end_retention(world, &hsm, deletion),
            Self::HsmKeyPurge { hsm, key, deletion } => {
                hsm_data::end_retention(world, &hsm, &key, deletion);
            }
            Self::HsmKeyRotation { hsm, key, version } => {
                hsm_data::rotate_by_policy(world, &hsm, &key, &version);
            }
            Self::Deployment(run) => run.advance(world),
            Self::OperationEnd { id, work, doom } => operations::end(world, &id, work, doom),
        }
    }
}

/// What a long-running operation does at its end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Nothing: there was nothing to do.
    Nothing,
    GroupDelete {
        /// The group's id in lower case.
        group: String,
    },
    VaultPurge {
        vault: String,
        deletion: Option<Deletion>,
    },
    HsmWrite {
        /// The HSM's name in lower case.
        hsm: String,
        turn: managed_hsm::Turn,
        write: managed_hsm::Write,
    },
    AccountCreate {
        account: String,
        /// The operation that the text of a failure names: the service's own, not that of Resource Manager.
        quoted: String,
    },
    AccountUpdate {
        account: String,
        change: Box<cosmos::Change>,
    },
    AccountDelete {
        account: String,
    },
}

impl Work {
    /// Does it, and says how the operation ended. `doom` is how a fault wants it to end: then what was begun is undone.
    pub(crate) fn finish(self, world: &mut World, doom: Option<Outcome>) -> Outcome {
        match self {
            Self::Nothing => doom.unwrap_or(Outcome::Succeeded),
            Self::GroupDelete { group } => groups::finish_delete(world, &group, doom),
            Self::VaultPurge { vault, deletion } => {
                key_vault::finish_purge(world, &vault, deletion, doom)
            }
            Self::HsmWrite { hsm, turn, write } => {
                managed_hsm::finish_write(world, &hsm, &turn, write, doom)
            }
            Self::AccountCreate { account, quoted } => {
                cosmos::finish_create(world, &account, &quoted, doom)
            }
            Self::AccountUpdate { account, change } => {
                cosmos::finish_update(world, &account, *change, doom)
            }
            Self::AccountDelete { account } => cosmos::finish_delete(world, &account, doom),
        }
    }
}
