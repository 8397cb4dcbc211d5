//! The families of operations, each a file.

mod arm_cosmos;
mod arm_kv;
mod arm_msi;
mod arm_other;
mod arm_rg;
mod arm_role_assignment;
mod arm_role_definition;
mod entra_tokens;
mod graph;
mod keys;

use super::{
    address::{Address, Parts},
    family::{Family, Poller, Route, What},
};

/// Every family, in the order in which they are asked.
pub(super) const FAMILIES: &[&Family] = &[
    &arm_rg::FAMILY,
    &arm_other::FAMILY,
    &arm_msi::FAMILY,
    &arm_role_assignment::FAMILY,
    &arm_role_definition::FAMILY,
    &arm_kv::FAMILY,
    &arm_cosmos::FAMILY,
    &keys::OF_VAULTS,
    &keys::OF_MANAGED_HSMS,
    &graph::applications::FAMILY,
    &graph::federated_credentials::FAMILY,
    &graph::service_principals::FAMILY,
    &graph::other::FAMILY,
    &entra_tokens::FAMILY,
];

/// The client that asks after the operations of nobody's family.
pub(super) const ANYBODYS_POLLER: Poller = arm_rg::POLLER;

/// The route that has an exchange.
pub(super) fn route(
    families: &'static [&'static Family],
    address: &Address,
    method: &str,
) -> Option<(&'static Family, &'static Route, Parts)> {
    families.iter().find_map(|family| {
        family.routes.iter().find_map(|route| {
            let fits = Some(route.host) == address.host && route.method == method;
            let parts = fits.then(|| address.matches(route.template)).flatten()?;
            Some((*family, route, parts))
        })
    })
}

/// The family that has operations of ours at a path, with whatever method.
pub(super) fn named(
    families: &'static [&'static Family],
    address: &Address,
) -> Option<&'static Family> {
    families.iter().copied().find(|family| {
        family.routes.iter().any(|route| {
            let ours = matches!(route.what, What::Ours(_) | What::OursOtherwise(_));
            ours && Some(route.host) == address.host && address.matches(route.template).is_some()
        })
    })
}
