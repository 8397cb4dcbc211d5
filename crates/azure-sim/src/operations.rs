//! Every operation that is served, as a table: what is in none of its rows is not modelled.

mod directory;
mod entra;
mod key_vault;
mod resource_manager;

use crate::{SimCloud, request::decode, route::Service};
use azure_core::http::Url;

/// An operation that the simulator serves, and how far.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Operation {
    /// Whose it is, such as `Microsoft Graph`.
    pub service: &'static str,
    /// The method in capitals.
    pub method: &'static str,
    /// The path. `{name}` stands for one segment, `{scope}` for any number of them, and what is in brackets may be absent.
    pub path: &'static str,
    /// What the simulator leaves out of it or does otherwise; empty if that is nothing.
    pub leaves_out: &'static str,
}

impl Operation {
    const fn new(
        service: &'static str,
        method: &'static str,
        path: &'static str,
        leaves_out: &'static str,
    ) -> Self {
        Self {
            service,
            method,
            path,
            leaves_out,
        }
    }

    /// Every operation.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TABLES.iter().copied().flatten()
    }
}

const TABLES: [&[Operation]; 6] = [
    entra::LOGIN,
    entra::MANAGED_IDENTITY,
    directory::GRAPH,
    resource_manager::RESOURCE_MANAGER,
    key_vault::VAULT,
    key_vault::MANAGED_HSM,
];

impl SimCloud {
    /// The operation that a request asks for, if it is one that is served.
    #[must_use]
    pub fn operation(self, method: &str, url: &Url) -> Option<&'static Operation> {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let table = match self.service(&host)? {
            Service::Login(_) => entra::LOGIN,
            Service::InstanceMetadata | Service::ProgramIdentity => entra::MANAGED_IDENTITY,
            Service::Nothing => return None,
            Service::Graph => directory::GRAPH,
            Service::ResourceManager => resource_manager::RESOURCE_MANAGER,
            Service::Vault(_) => key_vault::VAULT,
            Service::ManagedHsm(_) => key_vault::MANAGED_HSM,
        };
        let path = segments(url.path());
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        table.iter().find(|own| {
            let template = segments(own.path);
            let template: Vec<&str> = template.iter().map(String::as_str).collect();
            own.method == method && fits(&template, &path)
        })
    }
}

/// The parts of a path; a key in parentheses is a part of its own. `beta` reads as `v1.0`.
fn segments(path: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = decode(part);
        match part.split_once('(') {
            Some((name, key)) => all.extend([name.to_owned(), format!("({key}")]),
            None => all.push(part),
        }
    }
    if let Some(first) = all.first_mut().filter(|first| *first == "beta") {
        *first = String::from("v1.0");
    }
    all
}

fn fits(template: &[&str], path: &[&str]) -> bool {
    let Some((&word, further)) = template.split_first() else {
        return path.is_empty();
    };
    if word == "{scope}" {
        return (0..=path.len()).any(|from| fits(further, path.get(from..).unwrap_or_default()));
    }
    let optional = word
        .strip_prefix('[')
        .and_then(|word| word.strip_suffix(']'));
    let taken = path.split_first().is_some_and(|(first, rest)| {
        is_one(optional.unwrap_or(word), first) && fits(further, rest)
    });
    taken || (optional.is_some() && fits(further, path))
}

/// Whether a segment is the word of a template, or what its placeholder stands for; without case.
fn is_one(word: &str, segment: &str) -> bool {
    let Some((before, rest)) = word.split_once('{') else {
        return word.eq_ignore_ascii_case(segment);
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let (word, segment) = (before.to_lowercase(), segment.to_lowercase());
    segment
        .strip_prefix(&word)
        .and_then(|rest| rest.strip_suffix(after))
        .is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
