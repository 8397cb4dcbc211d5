//! Where a recorded request went: its host, its path against a template, its query.

use azure_core::http::Url;
use std::{collections::BTreeMap, str::FromStr};

/// Which service a host belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    /// Azure Resource Manager, also where a region answers.
    Arm,
    /// Microsoft Graph.
    Graph,
    /// Microsoft Entra ID's token endpoints.
    Login,
    /// A key vault.
    Vault,
    /// A managed HSM.
    ManagedHsm,
}

/// A URL in parts.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) host: Option<Host>,
    /// The host itself.
    pub(super) name: String,
    pub(super) segments: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let name = url.host_str().unwrap_or_default();
        let host = if name == "management.azure.com" || name.ends_with(".management.azure.com") {
            Some(Host::Arm)
        } else if name == "graph.microsoft.com" {
            Some(Host::Graph)
        } else if name == "login.microsoftonline.com" {
            Some(Host::Login)
        } else if name.ends_with(".vault.azure.net") {
            Some(Host::Vault)
        } else if name.ends_with(".managedhsm.azure.net") {
            Some(Host::ManagedHsm)
        } else {
            None
        };
        Ok(Self {
            host,
            name: name.to_owned(),
            segments: url
                .path()
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(|segment| match segment.strip_prefix("graph.") {
                    // The alias of the namespace, as Microsoft's SDKs write types.
                    Some(name) if host == Some(Host::Graph) => format!("microsoft.graph.{name}"),
                    _ => segment.to_owned(),
                })
                .collect(),
            query: url
                .query_pairs()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        })
    }
}

impl Address {
    /// The path, caseless.
    pub(super) fn path(&self) -> String {
        self.segments.join("/").to_lowercase()
    }

    /// The query without what the recorder's client chose: the api-version.
    pub(super) fn query_of_ours(&self) -> BTreeMap<&str, &str> {
        self.query
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .filter(|(name, _)| *name != "api-version")
            .collect()
    }

    /// The parts that the template names. `{name}` is one segment, `{*name}` one or more, `word({name})` a word with a key,
    /// any other word itself without case.
    pub(super) fn matches(&self, template: &'static str) -> Option<Parts> {
        let words: Vec<&'static str> = template
            .split('/')
            .filter(|word| !word.is_empty())
            .collect();
        let mut parts = Parts::default();
        fits(&words, &self.segments, &mut parts).then_some(parts)
    }
}

fn fits(words: &[&'static str], segments: &[String], parts: &mut Parts) -> bool {
    let Some((word, words)) = words.split_first() else {
        return segments.is_empty();
    };
    if let Some(name) = word
        .strip_prefix("{*")
        .and_then(|rest| rest.strip_suffix('}'))
    {
        return (1..=segments.len()).any(|count| {
            let (taken, rest) = segments.split_at(count);
            let fits = fits(words, rest, parts);
            if fits {
                parts.0.insert(name, taken.join("/"));
            }
            fits
        });
    }
    let Some((segment, segments)) = segments.split_first() else {
        return false;
    };
    if let Some(name) = word
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        parts.0.insert(name, segment.clone());
        return fits(words, segments, parts);
    }
    if let Some((name, key)) = keyed(word, segment) {
        parts.0.insert(name, key.to_owned());
        return fits(words, segments, parts);
    }
    word.eq_ignore_ascii_case(segment) && fits(words, segments, parts)
}

/// `applications({key})` and `applications(appId='x')` give `key` and `appId='x'`.
fn keyed<'a>(word: &'static str, segment: &'a str) -> Option<(&'static str, &'a str)> {
    let (collection, name) = word.strip_suffix("})")?.split_once("({")?;
    let (start, key) = segment.strip_suffix(')')?.split_once('(')?;
    start
        .eq_ignore_ascii_case(collection)
        .then_some((name, key))
}

/// What stood where a template has a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts(BTreeMap<&'static str, String>);

impl Parts {
    /// The value in a key such as `appId='x'`, if it is by that property.
    pub(super) fn key(&self, name: &str, property: &str) -> Option<&str> {
        let value = self.get(name).strip_prefix(property)?.strip_prefix("='")?;
        value.strip_suffix('\'')
    }

    /// The text of a part, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Host};

    fn address(url: &str) -> Address {
        url.parse().expect("an address")
    }

    #[test]
    fn words_are_caseless_and_names_take_what_is_there() {
        let group =
            address("https://management.azure.com/subscriptions/s/RESOURCEGROUPS/rg?api-version=1");
        assert_eq!(group.host, Some(Host::Arm));
        let parts = group
            .matches("/subscriptions/{subscription}/resourceGroups/{group}")
            .expect("a match");
        assert_eq!((parts.get("subscription"), parts.get("group")), ("s", "rg"));
        assert!(group.matches("/subscriptions/{subscription}").is_none());
        assert!(group.query_of_ours().is_empty());
    }

    #[test]
    fn the_alias_of_the_namespace_is_the_namespace() {
        let of_graph = address("https://graph.microsoft.com/v1.0/directory/graph.application");
        assert_eq!(
            of_graph.path(),
            "v1.0/directory/microsoft.graph.application"
        );
        let of_a_vault = address("https://vault1.vault.azure.net/keys/graph.application");
        assert_eq!(of_a_vault.path(), "keys/graph.application");
    }

    #[test]
    fn a_key_in_brackets_is_read() {
        let by_name = address("https://graph.microsoft.com/v1.0/applications(uniqueName='x')");
        let parts = by_name
            .matches("/v1.0/applications({key})")
            .expect("a match");
        assert_eq!(parts.key("key", "uniqueName"), Some("x"));
        assert_eq!(parts.key("key", "appId"), None);
    }

    #[test]
    fn a_scope_takes_several_segments() {
        let assignment = address(
            "https://management.azure.com/subscriptions/s/resourceGroups/rg/providers/Microsoft.Authorization/roleAssignments/n",
        );
        let parts = assignment
            .matches("/{*scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
            .expect("a match");
        assert_eq!(parts.get("scope"), "subscriptions/s/resourceGroups/rg");
        assert_eq!(parts.get("name"), "n");
    }
}
