//! Conditions as they are documented, recorded, and written wrong.

use super::{About, Condition, Source};
use crate::arm::{roles::Role, template::Problem};

const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const CRYPTO: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";

fn about(source: Source, role: &'static str, kind: Option<&'static str>) -> Option<About<'static>> {
    Some(About {
        source,
        role,
        principal: "99999999-9999-4999-8999-999999999999",
        principal_type: kind,
    })
}

#[test]
fn the_role_of_a_vault_delegate_lets_its_own_roles_pass_and_asks_nothing_else() {
    use Source::{Request, Resource};
    let role = Role::find("Key Vault Data Access Administrator").unwrap();
    let own = Condition::read(role.condition().unwrap()).unwrap();
    for (action, source) in [(WRITE, Request), (DELETE, Resource)] {
        assert_eq!(own.holds(action, about(source, CRYPTO, None)), Some(true));
        assert_eq!(own.holds(action, about(source, OWNER, None)), Some(false));
        assert_eq!(own.holds(action, None), None);
    }
    // A write has no resource yet.
    assert_eq!(own.holds(WRITE, about(Resource, CRYPTO, None)), Some(false));
    let read = "Microsoft.KeyVault/vaults/read";
    assert_eq!(own.holds(read, None), Some(true));
}

/// <https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples>
#[test]
fn principals_and_their_types_are_compared_too() {
    let text = format!(
        "((!(ActionMatches{{'{WRITE}'}})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {{{OWNER}, 18d7d88d-d35e-4fb5-a5c3-7773c20a72d9}} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'serviceprincipal'}}))"
    );
    let condition = Condition::read(&text).unwrap();
    let write = |role, kind| condition.holds(WRITE, about(Source::Request, role, kind));
    assert_eq!(write(CRYPTO, Some("ServicePrincipal")), Some(true));
    assert_eq!(write(CRYPTO, Some("User")), Some(false));
    // Whoever does not say the type is not known to have it.
    assert_eq!(write(CRYPTO, None), Some(false));
    assert_eq!(write(OWNER, Some("ServicePrincipal")), Some(false));
    assert_eq!(condition.holds(DELETE, None), Some(true));
    let principal = "@Request[Microsoft.Authorization/roleAssignments:PrincipalId] GuidEquals '99999999-9999-4999-8999-999999999999'";
    let principal = Condition::read(principal).unwrap();
    let asked = about(Source::Request, CRYPTO, None);
    assert_eq!(principal.holds(WRITE, asked), Some(true));
}

#[test]
fn a_condition_on_storage_never_holds_here_but_for_other_actions() {
    // Recorded.
    let bare = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] stringEquals 'foo'";
    let read = "Microsoft.KeyVault/vaults/read";
    assert_eq!(
        Condition::read(bare).unwrap().holds(read, None),
        Some(false)
    );
    let listing = format!(
        "((!(ActionMatches{{'Microsoft.Storage/*'}} AND NOT SubOperationMatches{{'Blob.List'}})) OR ({bare}))"
    );
    let listing = Condition::read(&listing).unwrap();
    assert_eq!(listing.holds(read, None), Some(true));
    let blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
    assert_eq!(listing.holds(blobs, None), Some(false));
    let exists = format!("!(Exists {})", bare.split(' ').next().unwrap());
    assert_eq!(
        Condition::read(&exists).unwrap().holds(read, None),
        Some(true)
    );
}

#[test]
fn what_is_no_condition_is_refused_and_what_is_not_modelled_named() {
    let role = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]";
    let deep = format!("{}ActionMatches{{'*'}}{}", "(".repeat(40), ")".repeat(40));
    for text in [
        "",
        "garbage",
        "((ActionMatches{'*'})",
        "ActionMatches{'*'} ActionMatches{'*'}",
        "ActionMatches{}",
        "ActionMatches{'*}",
        "@Request[x",
        "@Resource[Microsoft.ServiceBus/namespaces/queues:Name] stringEquals 'foo'",
        &format!("{role} ForEach:GuidEquals {{{OWNER}}}"),
        &format!("Exists {OWNER}"),
        &deep,
    ] {
        let expected = "The given role assignment condition is invalid.".to_owned();
        assert_eq!(
            Condition::read(text),
            Err(Problem::Invalid(expected)),
            "{text}"
        );
    }
    for (text, what) in [
        (
            "@Environment[UtcNow] DateTimeGreaterThan '2026-01-01T00:00:00Z'".to_owned(),
            "condition on @Environment",
        ),
        (
            format!("{role} StringLike 'a*'"),
            "condition operator StringLike",
        ),
        (
            format!("{role} GuidEquals {role}"),
            "condition on two attributes",
        ),
    ] {
        let expected = Problem::NotModelled(what.to_owned());
        assert_eq!(Condition::read(&text), Err(expected), "{text}");
    }
}
