//! Role assignments of Azure RBAC.

use crate::conformance::{
    address::Host::Arm,
    bodies::{BodyCase, GUID},
    compare::{Compared, Field, How, compare, compare_list},
    family::{
        CLOUD, Call, Family, NotReplayed, Refusal, Replaying, Route, What, credential, parse,
    },
    refusals::{self, never, spreads},
};
use azure_core::http::ClientOptions;
use cmk_core::{Kind, Scope};
use keyvault_rbac::{
    NewRoleAssignment, PrincipalType, Role, RoleAssignment, RoleAssignmentsApi as _, RoleClient,
    RoleClientOptions,
};
use serde_json::{Value, json};

pub(crate) const FAMILY: Family = Family {
    name: "arm-role-assignment",
    is_ours: true,
    routes: ROUTES,
    refusals: &[REFUSALS, refusals::DELETIONS, refusals::ARM],
    poller: None,
    bodies: BODIES,
};

const ALL: &str = "/{*scope}/providers/Microsoft.Authorization/roleAssignments";
const ONE: &str = "/{*scope}/providers/Microsoft.Authorization/roleAssignments/{name}";

const ROUTES: &[Route] = &[
    Route::new(Arm, "GET", ONE, What::Ours(get)),
    Route::new(Arm, "PUT", ONE, What::Ours(assign)),
    Route::new(Arm, "DELETE", ONE, What::Ours(delete)),
    Route::new(Arm, "GET", ALL, What::Ours(list)),
];

const REFUSALS: &[Refusal] = &[
    Refusal::new(
        "PUT",
        400,
        Some("PrincipalNotFound"),
        spreads(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        409,
        Some("RoleAssignmentExists"),
        never(Kind::Conflict),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("RoleAssignmentUpdateNotPermitted"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("UnmatchedPrincipalType"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("PrincipalTypeNotSupported"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("InvalidPrincipalId"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("RoleDefinitionDoesNotExist"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        404,
        Some("RoleDefinitionDoesNotExist"),
        never(Kind::InvalidRequest),
    ),
    Refusal::new(
        "PUT",
        400,
        Some("RoleAssignmentLimitExceeded"),
        never(Kind::Conflict),
    ),
];

const FIELDS: &[Field<RoleAssignment>] = &[
    Field::new("/name", How::Caseless, |it| json!(it.name.to_string())),
    Field::new("/properties/scope", How::Caseless, |it| {
        // The root and management groups are no scopes of ours: for those alone there is none.
        let ours = it.scope.as_ref().map(ToString::to_string);
        let received = it.received.pointer("/properties/scope");
        let foreign = received
            .and_then(Value::as_str)
            .filter(|text| text.parse::<Scope>().is_err());
        json!(ours.or_else(|| foreign.map(str::to_owned)))
    }),
    Field::new("/properties/roleDefinitionId", How::Exactly, |it| {
        json!(it.role_definition_id)
    }),
    Field::new("/properties/principalId", How::Caseless, |it| {
        json!(it.principal_id.to_string())
    }),
    Field::new("/properties/principalType", How::Exactly, |it| {
        json!(it.principal_type.as_ref().map(|word| word.as_str()))
    }),
    Field::new("/properties/description", How::Exactly, |it| {
        json!(it.description)
    }),
    Field::new("/properties/condition", How::Exactly, |it| {
        json!(it.condition)
    }),
];

fn client(client_options: ClientOptions) -> cmk_core::Result<RoleClient> {
    let options = RoleClientOptions {
        client_options,
        ..RoleClientOptions::default()
    };
    RoleClient::new(CLOUD, credential(), Some(options))
}

fn scope(call: &Call<'_>) -> Result<Scope, NotReplayed> {
    parse(&format!("/{}", call.parts.get("scope")))
}

fn get<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let assignment = client
            .get_role_assignment(&scope(call)?, &call.part("name")?)
            .await?;
        Ok(compare(FIELDS, &assignment, &call.exchange.response_body).into())
    })
}

fn assign<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let assignment = client
            .assign_role(&scope(call)?, &call.part("name")?, &minimal()?, None)
            .await?;
        Ok(compare(FIELDS, &assignment, &call.exchange.response_body).into())
    })
}

fn delete<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let deleted = client
            .delete_role_assignment(&scope(call)?, &call.part("name")?)
            .await?;
        let recorded = &call.exchange.response_body;
        Ok(match deleted {
            Some(assignment) => compare(FIELDS, &assignment, recorded),
            None if recorded.is_null() || !call.exchange.is_success() => Compared::default(),
            None => Compared::default().but("read nothing"),
        }
        .into())
    })
}

fn list<'a>(call: &'a Call<'a>) -> Replaying<'a> {
    Box::pin(async move {
        let client = client(call.transport.client_options())?;
        let assignments = client
            .list_role_assignments(&scope(call)?, parse(GUID)?, None)
            .await?;
        Ok(compare_list(FIELDS, &assignments, &call.exchange.response_body).into())
    })
}

fn minimal() -> Result<NewRoleAssignment, NotReplayed> {
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    Ok(NewRoleAssignment::for_service_principal(role, parse(GUID)?))
}

const BODIES: &[BodyCase] = &[
    BodyCase {
        name: "assign_role, minimal",
        send: |options| Box::pin(send_assign(options, minimal())),
    },
    BodyCase {
        name: "assign_role, full",
        send: |options| {
            let full = minimal().map(|mut new| {
                new.principal_type = PrincipalType::User;
                new.description = Some(String::from("why"));
                new
            });
            Box::pin(send_assign(options, full))
        },
    },
];

async fn send_assign(
    options: ClientOptions,
    new: Result<NewRoleAssignment, NotReplayed>,
) -> Result<(), NotReplayed> {
    let scope = parse(&format!("/subscriptions/{GUID}/resourceGroups/rg"))?;
    client(options)?
        .assign_role(&scope, &parse(GUID)?, &new?, None)
        .await?;
    Ok(())
}
