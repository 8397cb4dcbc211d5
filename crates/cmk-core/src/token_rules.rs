//! What the token service's numbers mean.

use crate::{Hint, Kind, Rule};

const REFERENCE: &str = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";
const FEDERATION: &str =
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";
const MANAGED: &str = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity";
const AUDIENCE: &str =
    "https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation";
const TRANSIENT: Hint = Hint::Transient { after: None };

/// Two rows for each number: a credential reports it as the code, the token endpoint beside the code.
macro_rules! numbers {
    ($($number:literal $kind:ident $hint:expr, $source:expr, $help:literal;)*) => {
        &[$(
            Rule::new(Kind::$kind, $hint)
                .operations(&["get_token"])
                .code(concat!("AADSTS", $number))
                .help($help)
                .source($source),
            Rule::new(Kind::$kind, $hint)
                .operations(&["get_token"])
                .inner_code(concat!("AADSTS", $number))
                .help($help)
                .source($source),
        )*]
    };
}

/// What the errors of the token service (`AADSTS` and a number) mean, for the operation `get_token`: every client
/// classifies with it what its credential reports, after the tables that it was made with.
///
/// The whole number counts: 70021 and 700211 are two errors. Propagation means that a service principal or a federated
/// credential which was written a moment ago is not seen everywhere; where none was, it means that it is missing.
pub const TOKEN_RULES: &[Rule] = numbers! {
    // The application in the tenant.
    "700016" Unauthenticated Hint::Propagation, REFERENCE, "the application has no service principal in that tenant: create it there, or check the client id, the tenant and the cloud";
    "7000229" Unauthenticated Hint::Propagation, "https://microsoft.github.io/teams-sdk/teams/app-authentication/troubleshooting", "the application has no service principal in that tenant: create it there (creating an application by API makes none)";
    "7000112" Unauthenticated Hint::NeedsPermission, REFERENCE, "the service principal is disabled in that tenant: this is how a customer takes access away, and only the customer can give it back";
    "70001" Unauthenticated Hint::NeedsPermission, REFERENCE, "the application is disabled in that tenant: its administrator must enable it";
    "1000031" Unauthenticated Hint::Permanent, REFERENCE, "the application is blocked: its tenant's administrator must find out why";
    "650059" Unauthenticated Hint::Permanent, AUDIENCE, "the application is for its own tenant only: set its signInAudience to AzureADMultipleOrgs";
    "50194" Unauthenticated Hint::Permanent, REFERENCE, "the application is for its own tenant only: set its signInAudience to AzureADMultipleOrgs";
    "500011" Unauthenticated Hint::Permanent, REFERENCE, "the resource is unknown in that tenant: check the scope and the tenant";
    "50001" Unauthenticated Hint::Permanent, REFERENCE, "the resource is unknown: check its URI";
    "650052" Unauthenticated Hint::NeedsPermission, REFERENCE, "the resource has no service principal in that tenant: its administrator must make one";
    "501051" Unauthenticated Hint::NeedsPermission, REFERENCE, "the resource demands an assignment: its administrator must assign the application";
    "50105" Unauthenticated Hint::NeedsPermission, REFERENCE, "the application demands an assignment: its administrator must assign the user";
    // The federated credential.
    "70021" Unauthenticated Hint::Propagation, FEDERATION, "no federated credential of the application matches: a new one takes minutes; else compare issuer, subject and audience";
    "700211" Unauthenticated Hint::Propagation, FEDERATION, "no federated credential has the assertion's issuer: a new one takes minutes; else write {authority}/{tenant}/v2.0, without a slash at the end";
    "700212" Unauthenticated Hint::Propagation, FEDERATION, "no federated credential has the assertion's audience: a new one takes minutes; else use the token-exchange audience of this cloud";
    "700213" Unauthenticated Hint::Propagation, "https://github.com/Azure/azure-workload-identity/issues/1200", "no federated credential has the assertion's subject, which the message quotes: a new one takes minutes; else write the principal id of the managed identity, not its client id";
    "70025" Unauthenticated Hint::Propagation, FEDERATION, "the application has no federated credential: a new one takes minutes; else create it";
    "7002121" Unauthenticated Hint::Permanent, FEDERATION, "the assertion is for another audience: ask the identity for a token of the token-exchange audience";
    "7002137" Unauthenticated Hint::Permanent, "https://github.com/microsoft/Agents/issues/202", "the assertion's subject is of another kind: write the subject that the message names";
    "7002138" Unauthenticated Hint::Permanent, "https://github.com/Azure/login/issues/515", "the subject differs in letter case only: write it exactly as the assertion has it";
    "700222" Unauthenticated Hint::Permanent, FEDERATION, "a token of Entra ID is not taken here: put the federated credential on an application, and use the token of a managed identity";
    "700223" Unauthenticated Hint::Permanent, FEDERATION, "a policy of the tenant limits federation: its administrator must change it";
    "700238" Unauthenticated Hint::Permanent, FEDERATION, "a policy of the tenant forbids this issuer: its administrator must change it";
    "700226" Unauthenticated Hint::Permanent, MANAGED, "the assertion is of an application: use the token of a user-assigned managed identity";
    "700227" Unauthenticated Hint::Permanent, MANAGED, "the credential's issuer must be {authority}/{tenant}/v2.0, not https://sts.windows.net";
    "700229" Unauthenticated Hint::Permanent, REFERENCE, "the assertion is of a user: use the token of a user-assigned managed identity";
    "700231" Unauthenticated Hint::Permanent, MANAGED, "the assertion was itself got by federation: use a token that the platform gave to the managed identity";
    "700236" Unauthenticated Hint::Permanent, MANAGED, "the managed identity and the application are of different tenants: make one of them in the other's tenant";
    // The assertion itself.
    "700024" Unauthenticated TRANSIENT, REFERENCE, "the assertion is out of its time: get a fresh one, and check the clock";
    "700027" Unauthenticated Hint::Permanent, REFERENCE, "the assertion's signature is not accepted: the key is wrong or expired";
    "700021" Unauthenticated Hint::Permanent, REFERENCE, "the assertion is of another application";
    "50027" Unauthenticated Hint::Permanent, REFERENCE, "the assertion is damaged";
    "5002738" Unauthenticated Hint::Permanent, REFERENCE, "the assertion must be signed with RS256";
    "7000215" Unauthenticated Hint::Permanent, REFERENCE, "the client secret is wrong";
    "7000218" Unauthenticated Hint::Permanent, REFERENCE, "the request has neither an assertion nor a secret";
    "7000222" Unauthenticated Hint::Permanent, REFERENCE, "the client secret has expired: make a new one";
    "7000113" Unauthenticated Hint::Permanent, REFERENCE, "the token of an application cannot be passed on";
    // Consent.
    "65001" Unauthenticated Hint::NeedsPermission, REFERENCE, "nobody has consented to the application in that tenant: an administrator must";
    "65004" Unauthenticated Hint::NeedsPermission, REFERENCE, "the administrator declined";
    "650051" Unauthenticated TRANSIENT, REFERENCE, "try once again; if it stays, look for a service principal that an earlier application left behind";
    "650056" Unauthenticated Hint::Permanent, REFERENCE, "consent asks for permissions that the application does not list: take the first form of the consent page";
    "650057" Unauthenticated Hint::Permanent, REFERENCE, "consent asks for a resource that the application does not list: take the first form of the consent page";
    "50011" Unauthenticated Hint::Permanent, REFERENCE, "the redirect URI is not registered on the application";
    "900971" Unauthenticated Hint::Permanent, REFERENCE, "the application has no redirect URI";
    "90094" Unauthenticated Hint::NeedsPermission, REFERENCE, "an administrator must consent";
    "90095" Unauthenticated Hint::NeedsPermission, REFERENCE, "an administrator must approve the request for consent";
    "90099" Unauthenticated Hint::NeedsPermission, REFERENCE, "the application must be authorised in the tenant before a partner's administrator can use it";
    // Whoever signs in.
    "50020" Unauthenticated Hint::Permanent, REFERENCE, "the account is of another tenant: sign in with one of that tenant";
    "50034" Unauthenticated Hint::Permanent, REFERENCE, "the account is unknown in that tenant: sign in with one of that tenant";
    "90072" Unauthenticated Hint::Permanent, REFERENCE, "the account is unknown in that tenant: sign in with one of that tenant";
    "50076" Unauthenticated Hint::NeedsPermission, REFERENCE, "sign in again with a second factor";
    "50079" Unauthenticated Hint::NeedsPermission, REFERENCE, "register a second factor, and sign in again";
    "53003" Unauthenticated Hint::NeedsPermission, REFERENCE, "Conditional Access blocks this sign-in: the tenant's administrator must change it";
    "530032" Unauthenticated Hint::NeedsPermission, REFERENCE, "a security policy blocks this sign-in: the tenant's administrator must change it";
    "530035" Unauthenticated Hint::NeedsPermission, REFERENCE, "security defaults block this sign-in: the tenant's administrator must change them";
    "500212" Unauthenticated Hint::NeedsPermission, REFERENCE, "the user's own tenant forbids access to the other one";
    "500213" Unauthenticated Hint::NeedsPermission, REFERENCE, "the other tenant forbids access from the user's own";
    // Tenant and cloud.
    "90002" Unauthenticated Hint::Permanent, REFERENCE, "there is no such tenant in this cloud: check the tenant id and the cloud";
    "900023" Unauthenticated Hint::Permanent, REFERENCE, "the tenant is neither an id nor a domain";
    "90038" Unauthenticated Hint::Permanent, REFERENCE, "the tenant is in another cloud";
    "900382" Unauthenticated Hint::Permanent, REFERENCE, "the request crosses clouds: everything must be in one cloud";
    "900432" Unauthenticated Hint::Permanent, REFERENCE, "the request crosses clouds: everything must be in one cloud";
    "900439" Unauthenticated Hint::Permanent, "https://learn.microsoft.com/entra/identity-platform/reference-breaking-changes", "the tenant is in the US Government cloud: use that cloud";
    "70011" Unauthenticated Hint::Permanent, REFERENCE, "the scope must be one resource followed by /.default";
    // The service's side.
    "50196" Throttled Hint::Permanent, REFERENCE, "the same token is asked for too often: keep tokens until they expire";
    "90055" Throttled TRANSIENT, REFERENCE, "the tenant asks for too many tokens";
    "50033" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90006" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90012" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90024" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90033" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90090" Unauthenticated TRANSIENT, REFERENCE, "the token service has a passing fault";
    "90036" Unauthenticated Hint::Permanent, REFERENCE, "the token service has a lasting fault: open a support request";
    "90092" Unauthenticated Hint::Permanent, REFERENCE, "the token service has a lasting fault: open a support request";
    "50086" Unauthenticated Hint::Permanent, REFERENCE, "the token service has a lasting fault: open a support request";
};
