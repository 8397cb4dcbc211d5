//! Which operation a request is.

use super::Operation;
use crate::SimCloud;
use std::collections::BTreeSet;

fn path_of(method: &str, url: &str) -> Option<&'static str> {
    let url = url.parse().unwrap();
    let found = SimCloud::Public.operation(method, &url);
    found.map(|operation| operation.path)
}

#[test]
fn a_request_is_one_operation() {
    let graph = "https://graph.microsoft.com";
    for (method, url, path) in [
        (
            "GET",
            format!("{graph}/beta/applications(appId='1')/federatedIdentityCredentials"),
            Some("/v1.0/applications/{application-id}/federatedIdentityCredentials"),
        ),
        (
            "PATCH",
            format!("{graph}/v1.0/applications(uniqueName='a')"),
            Some("/v1.0/applications(uniqueName='{uniqueName}')"),
        ),
        (
            "PATCH",
            format!("{graph}/v1.0/applications/1"),
            Some("/v1.0/applications/{application-id}"),
        ),
        ("PUT", format!("{graph}/v1.0/applications/1"), None),
        (
            "GET",
            "https://management.azure.com//subscriptions/1/resourcegroups/g".to_owned(),
            Some("/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"),
        ),
        (
            "GET",
            "https://management.azure.com/providers/Microsoft.Authorization/roleAssignments"
                .to_owned(),
            Some("/{scope}/providers/Microsoft.Authorization/roleAssignments"),
        ),
        (
            "POST",
            "https://v.vault.azure.net/keys/k/sign".to_owned(),
            Some("/keys/{key-name}/[{key-version}]/sign"),
        ),
        (
            "POST",
            "https://v.vault.azure.net/keys/k/1/sign".to_owned(),
            Some("/keys/{key-name}/[{key-version}]/sign"),
        ),
        (
            "POST",
            "https://v.vault.azure.net/keys/k/1/2/sign".to_owned(),
            None,
        ),
        ("GET", "https://example.com/keys".to_owned(), None),
    ] {
        assert_eq!(path_of(method, &url), path, "{method} {url}");
    }
}

#[test]
fn no_operation_stands_twice() {
    let all: Vec<_> = Operation::all()
        .map(|own| (own.service, own.method, own.path))
        .collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(all.len(), distinct.len());
}
