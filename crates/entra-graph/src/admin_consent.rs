//! The page on which an administrator admits an application, and what that page sends back.

use crate::models::DomainName;
use azure_core::http::Url;
use cmk_core::{ClientId, Cloud, TenantId};
use std::fmt;

/// The tenant whose administrator is asked.
///
/// `common` is not among them: the second form of the page refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentTenant {
    /// This one.
    Tenant(TenantId),
    /// The one that has verified this domain.
    Domain(DomainName),
    /// Whichever the administrator who signs in is at home in.
    Organizations,
}

impl From<TenantId> for ConsentTenant {
    fn from(tenant: TenantId) -> Self {
        Self::Tenant(tenant)
    }
}

impl From<DomainName> for ConsentTenant {
    fn from(domain: DomainName) -> Self {
        Self::Domain(domain)
    }
}

impl fmt::Display for ConsentTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => tenant.fmt(f),
            Self::Domain(domain) => domain.fmt(f),
            Self::Organizations => f.write_str("organizations"),
        }
    }
}

/// Options of [`admin_consent_url`].
#[derive(Debug, Clone, Default)]
pub struct AdminConsentOptions {
    /// Where the page sends the administrator afterwards: exactly one of the application's redirect URIs.
    pub redirect_uri: Option<String>,
    /// Comes back with the answer: a value that nobody can guess, kept until then.
    pub state: Option<String>,
}

/// The page on which an administrator admits an application with all permissions that it lists (none, for cross-tenant
/// keys). Consent makes the service principal. Opening it needs a person in a browser.
///
/// ```
/// use entra_graph::{Cloud, ConsentTenant, admin_consent_url};
///
/// let client_id = "11111111-1111-4111-8111-111111111111".parse()?;
/// assert_eq!(
///     admin_consent_url(Cloud::Public, ConsentTenant::Organizations, client_id, None),
///     "https://login.microsoftonline.com/organizations/adminconsent?client_id=11111111-1111-4111-8111-111111111111"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [Reference](https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent)
#[must_use]
pub fn admin_consent_url(
    cloud: Cloud,
    tenant: ConsentTenant,
    client_id: ClientId,
    options: Option<AdminConsentOptions>,
) -> String {
    let options = options.unwrap_or_default();
    let client_id = client_id.to_string();
    let pairs = [
        ("client_id", Some(client_id.as_str())),
        ("redirect_uri", options.redirect_uri.as_deref()),
        ("state", options.state.as_deref()),
    ];
    page(cloud, &tenant, "adminconsent", &pairs)
}

/// The second form of the page: it asks for the permissions in `scope` only, and always answers to `redirect_uri`.
///
/// * `scope`: `{resource}/.default`, the only way to ask for application permissions
/// * `redirect_uri`: exactly one of the application's redirect URIs
/// * `state`: comes back with the answer: a value that nobody can guess, kept until then
///
/// [Reference](https://learn.microsoft.com/entra/identity-platform/v2-admin-consent)
#[must_use]
pub fn admin_consent_url_v2(
    cloud: Cloud,
    tenant: ConsentTenant,
    client_id: ClientId,
    scope: &str,
    redirect_uri: &str,
    state: &str,
) -> String {
    let client_id = client_id.to_string();
    let pairs = [
        ("client_id", Some(client_id.as_str())),
        ("scope", Some(scope)),
        ("redirect_uri", Some(redirect_uri)),
        ("state", Some(state)),
    ];
    page(cloud, &tenant, "v2.0/adminconsent", &pairs)
}

fn page(
    cloud: Cloud,
    tenant: &ConsentTenant,
    path: &str,
    pairs: &[(&str, Option<&str>)],
) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={}", escaped(value))))
        .collect();
    format!(
        "{}/{tenant}/{path}?{}",
        cloud.issuer_host(),
        query.join("&")
    )
}

/// Everything but the characters that never need escaping.
fn escaped(text: &str) -> String {
    use fmt::Write as _;

    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

/// What the page sent back to the redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminConsentAnswer {
    /// An administrator agreed.
    Granted {
        /// The tenant that the answer names. Anybody can write such an answer: decide nothing on it, and read the service
        /// principal in the tenant that your own records name.
        claimed_tenant: TenantId,
        /// The permissions, where the answer lists them.
        scope: Option<String>,
    },
    /// Nobody agreed, or the request was wrong.
    Refused {
        /// The word for it, such as `permission_denied` or `consent_required`.
        error: String,
        /// The text, which starts with an `AADSTS` number in the second form of the page.
        description: Option<String>,
    },
}

/// A redirect that is no answer to the request that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAdminConsent {
    /// It is no absolute URL, or far too long.
    #[error("the redirect must be an absolute URL of at most {MAX_LENGTH} bytes")]
    NoUrl,
    /// It has a parameter twice: who reads which is anybody's guess.
    #[error("the redirect has a parameter twice")]
    Ambiguous,
    /// Its state is not that of the request: somebody else's answer, or a forged one.
    #[error(
        "the redirect does not carry the state of the request, or carries one that the request had not"
    )]
    WrongState,
    /// It neither grants nor refuses.
    #[error("the redirect holds neither admin_consent=True with a tenant nor an error")]
    NoAnswer,
}

/// Longest redirect that is read.
const MAX_LENGTH: usize = 16 * 1024;

impl AdminConsentAnswer {
    /// Reads the URL that the administrator's browser was sent to.
    ///
    /// `error` goes first, since the page puts `admin_consent=True` beside it. A refusal may lack the state, which the
    /// first form of the page drops; it may not carry another one.
    ///
    /// * `expected_state`: what the request carried. `None` for a request without, whose answer anybody can forge: then it is
    ///   one more reason to read the service principal, and an answer with a state belongs to another request
    ///
    /// ```
    /// use entra_graph::AdminConsentAnswer;
    ///
    /// let redirect = "https://localhost/done?admin_consent=True&tenant=11111111-1111-4111-8111-111111111111&state=k7";
    /// let answer = AdminConsentAnswer::parse(redirect, Some("k7"))?;
    /// assert!(matches!(answer, AdminConsentAnswer::Granted { .. }));
    /// assert!(AdminConsentAnswer::parse(redirect, Some("other")).is_err());
    /// # Ok::<(), entra_graph::InvalidAdminConsent>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidAdminConsent`] if it is no answer to the request with this state.
    pub fn parse(
        redirect_url: &str,
        expected_state: Option<&str>,
    ) -> Result<Self, InvalidAdminConsent> {
        if redirect_url.len() > MAX_LENGTH {
            return Err(InvalidAdminConsent::NoUrl);
        }
        let url = Url::parse(redirect_url).map_err(|_| InvalidAdminConsent::NoUrl)?;
        let parameter = |wanted: &str| {
            let mut found = url.query_pairs().filter(|(name, _)| name == wanted);
            let value = found.next().map(|(_, value)| value.into_owned());
            match found.next() {
                Some(_) => Err(InvalidAdminConsent::Ambiguous),
                None => Ok(value),
            }
        };
        let error = parameter("error")?;
        let state = parameter("state")?;
        let dropped = state.is_none() && error.is_some();
        if state.as_deref() != expected_state && !dropped {
            return Err(InvalidAdminConsent::WrongState);
        }
        if let Some(error) = error {
            return Ok(Self::Refused {
                error,
                description: parameter("error_description")?,
            });
        }
        let agreed =
            parameter("admin_consent")?.is_some_and(|answer| answer.eq_ignore_ascii_case("true"));
        let tenant = parameter("tenant")?.and_then(|tenant| tenant.parse().ok());
        match tenant {
            Some(claimed_tenant) if agreed => Ok(Self::Granted {
                claimed_tenant,
                scope: parameter("scope")?,
            }),
            _ => Err(InvalidAdminConsent::NoAnswer),
        }
    }
}
