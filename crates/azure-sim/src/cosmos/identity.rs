//! The managed identities of an account.

use super::{bad_request, default_identity::DefaultIdentity, refuse, text};
use crate::{SimResponse, arm::ArmCall, world::World};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AccountIdentity {
    /// The principal of the system-assigned identity.
    pub(super) system: Option<String>,
    /// Ids in lower case to the spelling that was sent.
    pub(super) user: BTreeMap<String, String>,
}

impl AccountIdentity {
    /// Whether an identity that `defaultIdentity` names is on the account.
    pub(super) fn carries(&self, default: &DefaultIdentity) -> bool {
        match default {
            DefaultIdentity::FirstParty { .. } => true,
            DefaultIdentity::SystemAssigned { .. } => self.system.is_some(),
            DefaultIdentity::UserAssigned { id, .. } => self.user.contains_key(&id.to_lowercase()),
            DefaultIdentity::Delegated | DefaultIdentity::Undefined => false,
        }
    }

    /// As the service writes it: no blank in the type, principals only once the account is up (recorded).
    pub(super) fn render(&self, world: &World, tenant: &str, up: bool) -> Value {
        let kind = match (self.system.is_some(), self.user.is_empty()) {
            (true, true) => "SystemAssigned",
            (true, false) => "SystemAssigned,UserAssigned",
            (false, false) => "UserAssigned",
            (false, true) => "None",
        };
        let mut shown = Map::new();
        shown.insert("type".to_owned(), json!(kind));
        if let Some(principal) = &self.system {
            shown.insert("principalId".to_owned(), json!(principal));
        }
        // Recorded: an account that is being made shows the tenant with user-assigned identities alone too.
        if self.system.is_some() || (!up && !self.user.is_empty()) {
            shown.insert("tenantId".to_owned(), json!(tenant));
        }
        if !self.user.is_empty() {
            let entries = self.user.iter().map(|(key, id)| {
                let found = world.arm.identities.get(key).filter(|_| up);
                let value = found.map_or_else(
                    || json!({}),
                    |found| json!({"principalId": found.principal_id, "clientId": found.client_id}),
                );
                (id.clone(), value)
            });
            let entries: Map<String, Value> = entries.collect();
            shown.insert("userAssignedIdentities".to_owned(), Value::Object(entries));
        }
        Value::Object(shown)
    }

    /// The identities after a request: ids that are not named stay, `null` removes, a kind that is not named goes
    /// (recorded; <https://github.com/hashicorp/terraform-provider-azurerm/issues/22466>).
    pub(super) fn changed(
        &self,
        world: &mut World,
        call: &ArmCall<'_>,
        sent: &Value,
    ) -> Result<Self, SimResponse> {
        world.note_unknown(
            "databaseAccounts.identity",
            sent,
            &["type", "userAssignedIdentities", "principalId", "tenantId"],
        );
        let kinds = sent
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("None")
            .replace(' ', "")
            .to_lowercase();
        let has = |kind: &str| kinds.split(',').any(|own| own == kind);
        let mut next = Self::default();
        if has("systemassigned") {
            // Taken away and added again it has a new principal (recorded).
            next.system = Some(match &self.system {
                Some(principal) => principal.clone(),
                None => world.new_guid(),
            });
        }
        if has("userassigned") {
            next.user = self.user.clone();
            let entries = sent
                .get("userAssignedIdentities")
                .and_then(Value::as_object);
            for (id, value) in entries.into_iter().flatten() {
                let key = id.to_lowercase();
                match value {
                    Value::Null => {
                        next.user.remove(&key);
                    }
                    Value::Object(members) if members.is_empty() => {
                        check_identity(world, call, id)?;
                        next.user.entry(key).or_insert_with(|| id.clone());
                    }
                    _ => {
                        return Err(refuse(
                            world,
                            400,
                            "InvalidIdentityValues",
                            text::INVALID_IDENTITY_VALUES,
                        ));
                    }
                }
            }
            if next.user.is_empty() && !has("systemassigned") && entries.is_none() {
                return Err(bad_request(world, text::INVALID_IDENTITY_VALUES));
            }
        }
        Ok(next)
    }
}

/// Attaching an identity takes a right on the identity too, and the identity.
fn check_identity(world: &World, call: &ArmCall<'_>, id: &str) -> Result<(), SimResponse> {
    const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";
    if !world.has_action(&call.caller.oid, ASSIGN, id) {
        return Err(crate::arm::error::gateway(
            403,
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action 'Microsoft.DocumentDB/databaseAccounts/write' on scope '{}'; however, it does not have permission to perform action '{ASSIGN}' on the linked scope(s) '{id}' or the linked scope(s) are invalid.",
                call.caller.name,
                call.caller.oid,
                call.path.id()
            ),
        ));
    }
    if world.arm.identities.contains_key(&id.to_lowercase()) {
        return Ok(());
    }
    Err(crate::arm::error::error(
        400,
        "FailedIdentityOperation",
        format!(
            "Identity operation for resource '{}' failed with error 'Failed to perform resource identity operation. Status: 'NotFound'. Response: 'Resource '{id}' was not found.''.",
            call.path.id()
        ),
    ))
}
