//! Management locks: `Microsoft.Authorization/locks` at a subscription, a group or a resource.
//!
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources>: what is below inherits a lock, no role
//! overrides one, and data planes know of none.

use super::{
    ArmCall, error, groups,
    path::{ArmPath, is_within},
    resources,
};
use crate::{SimResponse, world::World};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

type Answer = Result<SimResponse, SimResponse>;

/// <https://learn.microsoft.com/rest/api/resources/management-locks>
const VERSIONS: &[&str] = &[
    "2015-01-01",
    "2015-06-01",
    "2016-09-01",
    "2017-04-01",
    "2020-05-01",
];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lock {
    /// Where it holds, as sent.
    pub(crate) scope: String,
    name: String,
    level: Level,
    notes: Option<String>,
    /// `Null` if there are none.
    owners: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Level {
    CanNotDelete,
    ReadOnly,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::CanNotDelete => "CanNotDelete",
            Self::ReadOnly => "ReadOnly",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::CanNotDelete, Self::ReadOnly];
        all.into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
    }
}

/// What a caller is about to do. A `POST` counts as a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Write,
    Delete,
}

impl Lock {
    fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/locks/{}",
            self.scope, self.name
        )
    }

    fn entity(&self) -> Value {
        let mut properties = json!({"level": self.level.name()});
        if let (Some(notes), Some(members)) = (&self.notes, properties.as_object_mut()) {
            members.insert("notes".to_owned(), json!(notes));
        }
        if let (false, Some(members)) = (self.owners.is_null(), properties.as_object_mut()) {
            members.insert("owners".to_owned(), self.owners.clone());
        }
        json!({
            "properties": properties,
            "id": self.id(),
            "type": "Microsoft.Authorization/locks",
            "name": self.name,
        })
    }
}

/// Whether the path is one of locks, which locks do not hold.
pub(super) fn is_own_type(path: &ArmPath) -> bool {
    let namespace = path.namespace.as_deref().unwrap_or_default();
    namespace.eq_ignore_ascii_case("Microsoft.Authorization") && path.is_type(&["locks"])
}

/// Refuses a change of a locked scope. A deletion takes what is below along, so locks there hold it, too. Text:
/// <https://github.com/Azure/azure-sdk-for-java/issues/24893>; several scopes in one refusal have no source.
pub(super) fn check(world: &World, target: &str, change: Change) -> Result<(), SimResponse> {
    let holds = |lock: &&Lock| {
        let above = is_within(target, &lock.scope);
        match change {
            Change::Write => lock.level == Level::ReadOnly && above,
            Change::Delete => above || is_within(&lock.scope, target),
        }
    };
    let locked: Vec<String> = world
        .arm
        .locks
        .iter()
        .filter(holds)
        .map(|lock| format!("'{}'", lock.scope))
        .collect();
    if locked.is_empty() {
        return Ok(());
    }
    let verb = match change {
        Change::Write => "write",
        Change::Delete => "delete",
    };
    Err(error::gateway(
        409,
        "ScopeLocked",
        format!(
            "The scope '{target}' cannot perform {verb} operation because following scope(s) are locked: {}. Please remove the lock and try again.",
            locked.join(",")
        ),
    ))
}

/// Answers `{scope}/providers/Microsoft.Authorization/locks/…`.
pub(super) fn handle(world: &mut World, call: &ArmCall<'_>) -> Answer {
    if !VERSIONS.contains(&call.api_version.as_str()) {
        return Err(error::no_registered_provider(
            &call.path.full_type(),
            &call.api_version,
            VERSIONS,
        ));
    }
    let scope = &call.path.scope;
    let authorize = |world: &World, verb: &str| {
        let action = format!("Microsoft.Authorization/locks/{verb}");
        world.authorize(&call.caller, &action, scope)
    };
    match (call.method, call.path.name(0)) {
        ("GET", None) => {
            authorize(world, "read")?;
            list(world, call)
        }
        ("GET", Some(name)) => {
            authorize(world, "read")?;
            let found = find(world, scope, name).and_then(|at| world.arm.locks.get(at));
            found
                .map(|lock| SimResponse::json(200, &lock.entity()))
                .ok_or_else(|| not_found(name))
        }
        ("PUT", Some(name)) => {
            authorize(world, "write")?;
            put(world, call, name)
        }
        ("DELETE", Some(name)) => {
            authorize(world, "delete")?;
            let Some(at) = find(world, scope, name) else {
                return Ok(SimResponse::empty(204));
            };
            world.arm.locks.remove(at);
            world.changed();
            Ok(SimResponse::empty(200))
        }
        (method, _) => Err(error::method_not_allowed(method)),
    }
}

fn find(world: &World, scope: &str, name: &str) -> Option<usize> {
    world.arm.locks.iter().position(|lock| {
        lock.scope.eq_ignore_ascii_case(scope) && lock.name.eq_ignore_ascii_case(name)
    })
}

fn not_found(name: &str) -> SimResponse {
    error::error(
        404,
        "LockNotFound",
        format!("The lock '{name}' could not be found."),
    )
}

/// Locks at, above and below the scope; with `atScope()` none below
/// (<https://learn.microsoft.com/powershell/module/az.resources/get-azresourcelock>).
fn list(world: &World, call: &ArmCall<'_>) -> Answer {
    let at_scope = match call.request.query("$filter").as_deref() {
        None | Some("") => false,
        Some("atScope()") => true,
        Some(filter) => {
            return Err(error::error(
                400,
                "InvalidFilterInQueryString",
                format!("Invalid $filter '{filter}' specified in the query string."),
            ));
        }
    };
    let scope = &call.path.scope;
    let locks = world.arm.locks.iter().filter(|lock| {
        is_within(scope, &lock.scope) || (!at_scope && is_within(&lock.scope, scope))
    });
    let value: Vec<Value> = locks.map(Lock::entity).collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

fn put(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    require_scope(world, call)?;
    world.note_unknown("lock", &call.body, &["properties", "id", "name", "type"]);
    let properties = call.body.get("properties").cloned().unwrap_or_default();
    world.note_unknown(
        "lock.properties",
        &properties,
        &["level", "notes", "owners"],
    );
    let text = |member: &str| properties.get(member).and_then(Value::as_str);
    let level = text("level").and_then(Level::parse).ok_or_else(|| {
        error::invalid_request_content(&format!(
            "Error converting value \"{}\" to a lock level",
            text("level").unwrap_or_default()
        ))
    })?;
    let lock = Lock {
        scope: call.path.scope.clone(),
        name: name.to_owned(),
        level,
        notes: text("notes").map(str::to_owned),
        owners: properties.get("owners").cloned().unwrap_or_default(),
    };
    let body = lock.entity();
    let before = find(world, &lock.scope, name);
    let status = match before.and_then(|at| world.arm.locks.get_mut(at)) {
        Some(own) => {
            *own = lock;
            200
        }
        None => {
            world.arm.locks.push(lock);
            201
        }
    };
    world.changed();
    Ok(SimResponse::json(status, &body))
}

/// A lock needs something to hold.
fn require_scope(world: &World, call: &ArmCall<'_>) -> Result<(), SimResponse> {
    let scope = &call.path.scope;
    let path = ArmPath::parse(&call.path.segments_of_scope());
    if let Some(group) = &path.group {
        groups::require(world, path.subscription(), group)?;
    }
    let Some(kind) = path.types.first().map(|(kind, _)| kind) else {
        return Ok(());
    };
    if resources::covering(world, scope) {
        return Ok(());
    }
    let namespace = path.namespace.as_deref().unwrap_or_default();
    let name = path.name(0).unwrap_or_default();
    Err(error::resource_not_found(
        &format!("{namespace}/{kind}/{name}"),
        path.group(),
    ))
}
