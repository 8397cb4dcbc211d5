//! The numbers 4000 to 4019 of the key status and of the data plane's substatus.

use super::{Cause, Entry, Pattern};
use crate::{
    diagnose::Waiting,
    verify::{Actor, CheckId, DNS, HOUR},
};

const GUIDE: &str = "https://learn.microsoft.com/azure/cosmos-db/cmk-troubleshooting-guide";
const LIST: &str = "https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb";

/// A disturbance of a service: nobody acts, and Microsoft does if it lasts.
const DISTURBED: &[Cause] = &[
    Cause::Act(
        Actor::Nobody,
        "wait: a service that the account depends on is disturbed",
        HOUR,
    ),
    Cause::Act(
        Actor::Microsoft,
        "if it lasts longer than two hours, open a support request with the activity id",
        "as support says",
    ),
];
/// Something that the services sent each other.
const INTERNAL: &[Cause] = &[Cause::Act(
    Actor::Microsoft,
    "open a support request with the activity id: the services sent each other something that they do not take",
    "as support says",
)];
const URI: &[Cause] = &[Cause::Link(CheckId::AccountKey)];

const fn status(
    code: u16,
    meaning: &'static str,
    waiting: Waiting,
    causes: &'static [Cause],
    source: &'static str,
) -> Entry {
    Entry::new(Pattern::Status(code), meaning, waiting, causes, source)
}

pub(in crate::diagnose) const ENTRIES: &[Entry] = &[
    status(
        4000,
        "Cosmos DB gets no token for the account's default identity: identity, application, federated credential or service principal",
        Waiting::Never,
        &[
            Cause::Link(CheckId::IdentityUnchanged),
            Cause::Link(CheckId::FederatedCredential),
            Cause::Link(CheckId::Application),
            Cause::Link(CheckId::Audience),
            Cause::Link(CheckId::ServicePrincipal),
            Cause::Link(CheckId::PrincipalEnabled),
            Cause::Link(CheckId::DefaultIdentity),
        ],
        GUIDE,
    ),
    status(4001, "Microsoft Entra ID did not answer", Waiting::Heals, DISTURBED, LIST),
    status(
        4002,
        "the application's service principal in the customer's tenant may not use the key, or the key is disabled",
        Waiting::Never,
        &[
            Cause::Link(CheckId::KeyRole),
            Cause::Link(CheckId::PermissionModel),
            Cause::Link(CheckId::KeyEnabled),
            Cause::Link(CheckId::KeyDates),
        ],
        GUIDE,
    )
    .lies("it speaks of a missing permission also where the key is disabled; and the permission is not the managed identity's but that of the application's service principal in the customer's tenant"),
    status(
        4003,
        "the key was not found in the vault",
        Waiting::Never,
        &[Cause::Link(CheckId::Key), Cause::Link(CheckId::AccountKey)],
        GUIDE,
    ),
    status(4004, "the vault did not answer", Waiting::Heals, DISTURBED, LIST),
    status(
        4005,
        "the vault did not wrap or unwrap: the version in use is gone or disabled, or the key is not allowed to",
        Waiting::Never,
        &[
            Cause::Link(CheckId::VersionInUse),
            Cause::Link(CheckId::KeyOperations),
            Cause::Link(CheckId::Key),
            Cause::Link(CheckId::Vault),
            Cause::Link(CheckId::KeyType),
        ],
        GUIDE,
    ),
    status(4006, "the account's key URI does not have the expected form", Waiting::Never, URI, GUIDE),
    status(4007, "the vault was sent bytes that it does not take", Waiting::Never, INTERNAL, LIST),
    status(4008, "the vault had an internal error", Waiting::Heals, DISTURBED, LIST),
    status(
        4009,
        "the vault's host was not resolved: the vault is deleted, or its name is not known everywhere yet",
        Waiting::HealsIfRecent,
        &[
            Cause::Link(CheckId::Vault),
            Cause::Act(
                Actor::Nobody,
                "if the vault is there: wait until its name is known everywhere",
                DNS,
            ),
        ],
        GUIDE,
    ),
    status(4010, "the URI of a certificate is malformed", Waiting::Never, URI, LIST),
    status(4011, "the URIs of key and certificate are malformed", Waiting::Never, URI, LIST),
    status(
        4012,
        "the key that was wrapped again does not match the one in use: an earlier version is missing",
        Waiting::Never,
        &[Cause::Link(CheckId::VersionInUse)],
        LIST,
    ),
    status(4013, "a parameter was missing", Waiting::Never, INTERNAL, LIST),
    status(4014, "the URI of a secret is malformed", Waiting::Never, URI, LIST),
    status(
        4015,
        "the account has no valid default identity: the one that it had was taken off",
        Waiting::Never,
        &[
            Cause::Link(CheckId::DefaultIdentity),
            Cause::Link(CheckId::AccountIdentity),
        ],
        GUIDE,
    )
    .lies("adding the identity again is not enough: the default identity must be set again too"),
    status(
        4016,
        "access rules keep Cosmos DB from calling the vault",
        Waiting::Never,
        &[
            Cause::Link(CheckId::VaultNetwork),
            Cause::Act(
                Actor::Provider,
                "let the account's outbound calls to the vault through its network security perimeter",
                HOUR,
            ),
        ],
        LIST,
    ),
    status(
        4017,
        "the vault was not found",
        Waiting::Never,
        &[Cause::Link(CheckId::Vault), Cause::Link(CheckId::AccountKey)],
        GUIDE,
    ),
    status(
        4018,
        "the key is disabled or has expired",
        Waiting::Never,
        &[
            Cause::Link(CheckId::KeyEnabled),
            Cause::Link(CheckId::KeyDates),
            Cause::Link(CheckId::VersionInUse),
        ],
        GUIDE,
    )
    .lies("a disabled key still wraps, and an expired one still unwraps: only both together prove a key; and a revoked account follows no rotation, so a new version does not heal it"),
    status(4019, "a service of Cosmos DB did not answer", Waiting::Heals, DISTURBED, LIST),
    Entry::new(
        Pattern::NoReason,
        "the account has lost its key, and the message does not say why",
        Waiting::Never,
        // The guide's checklist, in its order, and the links of the token chain that it does not list.
        &[
            Cause::Link(CheckId::Vault),
            Cause::Link(CheckId::Key),
            Cause::Link(CheckId::KeyEnabled),
            Cause::Link(CheckId::KeyDates),
            Cause::Link(CheckId::VaultNetwork),
            Cause::Link(CheckId::KeyRole),
            Cause::Link(CheckId::Application),
            Cause::Link(CheckId::IdentityUnchanged),
            Cause::Link(CheckId::DefaultIdentity),
            Cause::Link(CheckId::FederatedCredential),
            Cause::Link(CheckId::ServicePrincipal),
            Cause::Link(CheckId::PrincipalEnabled),
            Cause::Link(CheckId::Audience),
        ],
        "https://learn.microsoft.com/azure/cosmos-db/troubleshoot-cmk",
    )
    .wraps(),
];
