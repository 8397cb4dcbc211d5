//! Reading, listing and deleting accounts; names, regions and operations.

use super::{
    NAMESPACE, State,
    account::State as AccountState,
    create::busy,
    regions,
    update::{find, with_operation},
};
use crate::{
    SimResponse,
    agenda::Work,
    arm::{
        ArmCall, error,
        operations::{Operation, Outcome},
    },
    provider_call::{admit, require_group},
    world::World,
};
use serde_json::{Value, json};

type Answer = Result<SimResponse, SimResponse>;

pub(super) fn read(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let action = format!("{NAMESPACE}/databaseAccounts/read");
    admit(world, call, &action, NAMESPACE)?;
    let account = find(world, call, name)?;
    Ok(SimResponse::json(
        200,
        &account.render(world, &call.api_version),
    ))
}

pub(super) fn list(world: &mut World, call: &ArmCall<'_>) -> Answer {
    let action = format!("{NAMESPACE}/databaseAccounts/read");
    world.authorize(&call.caller, &action, &call.path.scope)?;
    if call.path.group.is_some() {
        require_group(world, call)?;
    }
    let accounts = world.cosmos.accounts.values().filter(|account| {
        account
            .subscription
            .eq_ignore_ascii_case(call.path.subscription())
            && call
                .path
                .group
                .as_ref()
                .is_none_or(|group| account.group.eq_ignore_ascii_case(group))
    });
    let value: Vec<Value> = accounts
        .map(|account| account.render(world, &call.api_version))
        .collect();
    Ok(SimResponse::json(200, &json!({"value": value})))
}

/// Allowed whatever the state of the key is; 204 if there is nothing to delete.
pub(super) fn delete(world: &mut World, call: &ArmCall<'_>, name: &str) -> Answer {
    let action = format!("{NAMESPACE}/databaseAccounts/delete");
    admit(world, call, &action, NAMESPACE)?;
    let Ok(account) = find(world, call, name) else {
        return Ok(SimResponse::empty(204));
    };
    if account.state.is_busy() {
        return Err(busy(world, name));
    }
    let own = name.to_lowercase();
    if let Some(stored) = world.cosmos.accounts.get_mut(&own) {
        stored.state = AccountState::Deleting;
    }
    world.changed_account(&own);
    let takes = world.delay(world.options.lag.account_delete);
    let work = Work::AccountDelete { account: own };
    let operation = world.begin_operation(call.path.subscription(), takes, work);
    let answer = SimResponse::json(202, &json!({"status": "Enqueued"}));
    Ok(with_operation(world, call, name, answer, &operation))
}

pub(crate) fn finish_delete(world: &mut World, name: &str, doom: Option<Outcome>) -> Outcome {
    if let (Some(_), Some(stored)) = (&doom, world.cosmos.accounts.get_mut(name)) {
        stored.state = AccountState::Succeeded;
        world.touch_account(name);
    } else {
        remove(world, name);
    }
    doom.unwrap_or(Outcome::Succeeded)
}

/// Removes an account; its name stays taken for a while.
pub(super) fn remove(world: &mut World, name: &str) {
    let until = world.after(world.options.lag.account_name);
    let State {
        accounts, reserved, ..
    } = &mut world.cosmos;
    if accounts.remove(name).is_some() {
        reserved.insert(name.to_owned(), until);
        world.changed_account(name);
    }
}

/// `HEAD`: 200 taken, 404 free (recorded).
pub(super) fn check_name(world: &World, call: &ArmCall<'_>) -> SimResponse {
    let name = call.path.name(0).unwrap_or_default().to_lowercase();
    let reserved = world.cosmos.reserved.get(&name);
    let taken = world.cosmos.accounts.contains_key(&name)
        || reserved.is_some_and(|until| world.now < *until);
    SimResponse::empty(if taken { 200 } else { 404 })
}

fn operation<'a>(world: &'a World, call: &ArmCall<'_>) -> Result<&'a Operation, SimResponse> {
    let id = call.path.name(1).unwrap_or_default();
    world
        .find_operation(call.path.subscription(), id)
        .ok_or_else(|| {
            error::error(
                404,
                "NotFound",
                format!("The operation '{id}' was not found."),
            )
        })
}

pub(super) fn operation_status(world: &mut World, call: &ArmCall<'_>) -> Answer {
    Ok(operation(world, call)?.status_answer(world.now))
}

/// The `Location` of an operation: 202 while it runs, then what the call would have answered.
pub(super) fn operation_result(world: &mut World, call: &ArmCall<'_>) -> Answer {
    match &operation(world, call)?.outcome {
        None => Ok(SimResponse::empty(202).header("location", call.request.url.as_str())),
        Some(Outcome::Failed { code, message } | Outcome::Canceled { code, message }) => {
            let status = match code.as_str() {
                "ServiceUnavailable" => 503,
                "Forbidden" => 403,
                "Unauthorized" => 401,
                _ => 400,
            };
            Err(error::error(status, code, message))
        }
        Some(Outcome::Succeeded) => {
            let name = call.path.name(0).unwrap_or_default();
            match find(world, call, name) {
                Ok(account) => Ok(SimResponse::json(
                    200,
                    &account.render(world, &call.api_version),
                )),
                Err(_) => Ok(SimResponse::empty(204)),
            }
        }
    }
}

/// <https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/locations>
pub(super) fn locations(world: &mut World, call: &ArmCall<'_>) -> Answer {
    world.authorize(
        &call.caller,
        "Microsoft.DocumentDB/locations/read",
        &call.path.scope,
    )?;
    let subscription = call.path.subscription();
    let cloud = world.options.cloud;
    let render = |display: &str| {
        json!({
            "id": format!("/subscriptions/{subscription}/providers/{NAMESPACE}/locations/{}", regions::name(display)),
            "name": display,
            "type": "Microsoft.DocumentDB/locations",
            "properties": {
                "status": "Online",
                "supportsAvailabilityZone": true,
                "isResidencyRestricted": false,
                "isSubscriptionRegionAccessAllowedForRegular": true,
                "isSubscriptionRegionAccessAllowedForAz": true,
                "backupStorageRedundancies": ["Local", "Zone", "Geo"],
            },
        })
    };
    let body = match call.path.name(0) {
        None => {
            let value: Vec<Value> = regions::all(cloud).map(render).collect();
            json!({"value": value})
        }
        Some(name) => match regions::find(cloud, name) {
            Some(display) => render(display),
            None => {
                return Err(error::error(
                    404,
                    "NotFound",
                    format!("The location '{name}' was not found."),
                ));
            }
        },
    };
    Ok(SimResponse::json(200, &body))
}
