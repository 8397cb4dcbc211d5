//! Ids of what is set on a scope: `{scope}/providers/Microsoft.Authorization/{type}/{name}`, compared without case.

use crate::{InvalidResource, Scope};

/// The part of an id before the provider that it is of: where the thing was set.
///
/// As text, since that can be more than a [`Scope`] holds, such as a management group.
pub(crate) fn scope_of(
    id: &str,
    what: &'static str,
    resource_type: &str,
) -> Result<String, InvalidResource> {
    let provider = format!("/providers/{resource_type}/");
    // In ASCII, so that places in the text stay where they are. The last one: a lock can be set on what has one in its id.
    id.to_ascii_lowercase()
        .rfind(&provider.to_ascii_lowercase())
        .and_then(|at| id.get(..at))
        .map(str::to_owned)
        .ok_or_else(|| InvalidResource::new(what, format!("must hold {provider}"), id))
}

/// Whether what is set at `above` reaches `at`: it is the same, or lies over it.
pub(crate) fn reaches(above: &str, at: &Scope) -> bool {
    let above = above.trim_end_matches('/').to_lowercase();
    let at = at.to_string().to_lowercase();
    at.strip_prefix(&above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{reaches, scope_of};
    use crate::Scope;

    const SUBSCRIPTION: &str = "/subscriptions/11111111-1111-4111-8111-111111111111";

    #[test]
    fn the_scope_is_what_stands_before_the_provider() {
        let vault =
            format!("{SUBSCRIPTION}/resourcegroups/RG/providers/Microsoft.KeyVault/vaults/v1");
        for scope in [
            "",
            SUBSCRIPTION,
            &vault,
            "/providers/Microsoft.Management/managementGroups/mg",
            // A character of two bytes, and one that grows in lower case, before the provider.
            "/subscriptions/é/resourceGroups/İ",
        ] {
            for provider in [
                "Microsoft.Authorization/locks",
                "microsoft.authorization/LOCKS",
            ] {
                let id = format!("{scope}/providers/{provider}/a-lock");
                assert_eq!(
                    scope_of(&id, "lock id", "Microsoft.Authorization/locks").unwrap(),
                    scope
                );
            }
        }
        let error = scope_of(SUBSCRIPTION, "lock id", "Microsoft.Authorization/locks").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "lock id must hold /providers/Microsoft.Authorization/locks/, got {SUBSCRIPTION:?}"
            )
        );
    }

    #[test]
    fn what_is_set_reaches_itself_and_what_lies_under_it() {
        let group: Scope = format!("{SUBSCRIPTION}/resourceGroups/rg").parse().unwrap();
        assert!(reaches(SUBSCRIPTION, &group));
        assert!(reaches(
            &format!("{SUBSCRIPTION}/resourcegroups/RG"),
            &group
        ));
        assert!(reaches("", &group) && reaches("/", &group));
        for elsewhere in [
            format!("{SUBSCRIPTION}/resourceGroups/r"),
            format!("{SUBSCRIPTION}/resourceGroups/rg2"),
            format!("{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v1"),
            "/providers/Microsoft.Management/managementGroups/mg".to_owned(),
        ] {
            assert!(!reaches(&elsewhere, &group), "{elsewhere}");
        }
    }
}
