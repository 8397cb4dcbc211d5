//! What a request costs in Microsoft Graph's resource units.

use crate::SimRequest;

/// Recorded, and <https://learn.microsoft.com/graph/throttling-limits>: a list of applications costs two units, what else
/// is read or written one; `$select` and a small `$top` make it one less, `$expand` one more, never below one.
pub(super) fn cost(request: &SimRequest) -> u32 {
    let segments = request.segments();
    let asks = |name: &str| request.query(name).filter(|value| !value.is_empty());
    if request.method != "GET" {
        let last = segments.last().map_or("", String::as_str);
        // Recorded.
        return if last == "getByIds" { 3 } else { 1 };
    }
    let lists_applications = segments.len() == 2
        && segments
            .last()
            .is_some_and(|last| last.eq_ignore_ascii_case("applications"));
    let mut cost: u32 = if lists_applications { 2 } else { 1 };
    cost += u32::from(asks("$expand").is_some());
    let small = asks("$top").and_then(|top| top.parse::<u32>().ok());
    let less = u32::from(asks("$select").is_some()) + u32::from(small.is_some_and(|top| top < 20));
    cost.saturating_sub(less).max(1)
}

#[cfg(test)]
mod tests {
    use super::cost;
    use crate::SimRequest;

    #[test]
    fn units_are_those_of_the_recordings_and_of_the_table() {
        for (method, path, units) in [
            ("GET", "applications?$filter=appId%20eq%20'x'", 2),
            ("GET", "applications/1", 1),
            ("GET", "applications?$select=id", 1),
            ("GET", "applications?$select=id&$top=1", 1),
            ("GET", "servicePrincipals?$filter=appId%20eq%20'x'", 1),
            ("GET", "servicePrincipals/1?$expand=owners", 2),
            ("POST", "directoryObjects/getByIds", 3),
            ("PATCH", "applications/1", 1),
        ] {
            let url = format!("https://graph.microsoft.com/v1.0/{path}");
            let request = SimRequest::new(method, url.parse().unwrap());
            assert_eq!(cost(&request), units, "{method} {path}");
        }
    }
}
