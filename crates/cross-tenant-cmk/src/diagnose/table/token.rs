//! The numbers of the token service. What each means stands in the table of the crate that talks to it.

use super::{Cause, Entry, Pattern};
use crate::{
    diagnose::Waiting,
    verify::{Actor, CheckId},
};

const CREDENTIAL: &[Cause] = &[Cause::Link(CheckId::FederatedCredential)];
const PRINCIPAL: &[Cause] = &[Cause::Link(CheckId::ServicePrincipal)];
const ENABLED: &[Cause] = &[Cause::Link(CheckId::PrincipalEnabled)];
const AUDIENCE: &[Cause] = &[Cause::Link(CheckId::Audience)];
const PROVIDER: &[Cause] = &[Cause::By(Actor::Provider)];
const CUSTOMER: &[Cause] = &[Cause::By(Actor::Customer)];
const CALLER: &[Cause] = &[Cause::By(Actor::Caller)];
const NOBODY: &[Cause] = &[Cause::By(Actor::Nobody)];
const MICROSOFT: &[Cause] = &[Cause::By(Actor::Microsoft)];

/// Each number with its causes.
pub(in crate::diagnose) const NUMBERS: &[(&str, &[Cause])] = &[
    // The application in the key's tenant.
    (
        "700016",
        &[
            Cause::Link(CheckId::ServicePrincipal),
            Cause::Link(CheckId::Application),
            Cause::Link(CheckId::VaultChallenge),
        ],
    ),
    ("7000229", PRINCIPAL),
    ("7000112", ENABLED),
    ("70001", ENABLED),
    (
        "1000031",
        &[
            Cause::Link(CheckId::Application),
            Cause::By(Actor::Customer),
        ],
    ),
    ("650059", AUDIENCE),
    ("50194", AUDIENCE),
    ("500011", CUSTOMER),
    ("50001", CALLER),
    ("650052", CUSTOMER),
    ("501051", CUSTOMER),
    ("50105", CUSTOMER),
    // The federated credential.
    ("70021", CREDENTIAL),
    ("700211", CREDENTIAL),
    ("700212", CREDENTIAL),
    (
        "700213",
        &[
            Cause::Link(CheckId::FederatedCredential),
            Cause::Link(CheckId::IdentityUnchanged),
        ],
    ),
    ("70025", CREDENTIAL),
    ("7002121", CALLER),
    ("7002137", CREDENTIAL),
    ("7002138", CREDENTIAL),
    ("700222", PROVIDER),
    ("700223", PROVIDER),
    ("700238", PROVIDER),
    ("700226", CALLER),
    ("700227", CREDENTIAL),
    ("700229", CALLER),
    ("700231", CALLER),
    ("700236", PROVIDER),
    // The assertion.
    ("700024", CALLER),
    ("700027", CALLER),
    ("700021", CALLER),
    ("50027", CALLER),
    ("5002738", CALLER),
    ("7000215", CALLER),
    ("7000218", CALLER),
    ("7000222", CALLER),
    ("7000113", CALLER),
    // Consent.
    ("65001", CUSTOMER),
    ("65004", CUSTOMER),
    (
        "650051",
        &[
            Cause::By(Actor::Customer),
            Cause::Link(CheckId::ServicePrincipal),
        ],
    ),
    ("650056", PROVIDER),
    ("650057", PROVIDER),
    ("50011", PROVIDER),
    ("900971", PROVIDER),
    ("90094", CUSTOMER),
    ("90095", CUSTOMER),
    ("90099", CUSTOMER),
    // Whoever signs in.
    ("50020", CALLER),
    ("50034", CALLER),
    ("90072", CALLER),
    ("50076", CALLER),
    ("50079", CALLER),
    ("53003", CALLER),
    ("530032", CALLER),
    ("530035", CALLER),
    ("500212", CALLER),
    ("500213", CALLER),
    // Tenant, cloud and resource.
    ("90002", CALLER),
    ("900023", CALLER),
    ("90038", CALLER),
    ("900382", CALLER),
    ("900432", CALLER),
    ("900439", CALLER),
    ("70011", CALLER),
    // Load and disturbances.
    ("50196", CALLER),
    ("90055", NOBODY),
    ("50033", NOBODY),
    ("90006", NOBODY),
    ("90012", NOBODY),
    ("90024", NOBODY),
    ("90033", NOBODY),
    ("90090", NOBODY),
    ("90036", MICROSOFT),
    ("90092", MICROSOFT),
    ("50086", MICROSOFT),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    NUMBERS
        .iter()
        .map(|(number, causes)| Entry::new(Pattern::Aadsts(number), "", Waiting::Never, causes, ""))
}
