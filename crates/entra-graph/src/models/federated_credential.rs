//! Federated identity credentials of applications.

use cmk_core::{Cloud, PrincipalId, TenantId, send::Received};

/// How many federated identity credentials an application can have.
///
/// [Limit](https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations)
pub const MAX_FEDERATED_CREDENTIALS: usize = 20;

/// A federated identity credential: whose tokens an application accepts as its own proof of identity.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FederatedCredential {
    /// Its id. This and the others are empty where a list has a credential whose members cannot be read.
    pub id: String,
    /// Its name, unique within the application.
    pub name: String,
    /// Who issues the tokens.
    pub issuer: String,
    /// Whom the tokens are about. `None` for a flexible credential, which has an expression instead.
    pub subject: Option<String>,
    /// For whom the tokens are: one value.
    pub audiences: Vec<String>,
    /// A note.
    pub description: Option<String>,
    /// The credential as received.
    pub received: Received,
}

impl FederatedCredential {
    /// Whether it accepts exactly the tokens that `wanted` describes. The service matches issuer, subject and audience
    /// literally and with case, and takes wrong ones without complaint: compare after writing.
    #[must_use]
    pub fn accepts_same(&self, wanted: &NewFederatedCredential) -> bool {
        self.issuer == wanted.issuer
            && self.subject.as_deref() == Some(wanted.subject.as_str())
            && self.audiences == [wanted.audience.as_str()]
    }
}

/// A federated identity credential to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFederatedCredential {
    /// Who issues the tokens: up to 600 characters, matched literally.
    pub issuer: String,
    /// Whom the tokens are about: up to 600 characters, matched literally and with case.
    pub subject: String,
    /// For whom the tokens are: up to 600 characters. The service wants exactly one.
    pub audience: String,
    /// A note of up to 600 characters.
    pub description: Option<String>,
}

impl NewFederatedCredential {
    /// A credential that lets a user-assigned managed identity of `tenant` speak for the application.
    ///
    /// * `tenant`: the home of both identity and application
    /// * `principal`: the identity's principal id, not its client id
    ///
    /// ```
    /// use entra_graph::{Cloud, NewFederatedCredential};
    ///
    /// let credential = NewFederatedCredential::for_managed_identity(
    ///     Cloud::Public,
    ///     "11111111-1111-4111-8111-111111111111".parse()?,
    ///     "22222222-2222-4222-8222-222222222222".parse()?,
    /// );
    /// assert_eq!(
    ///     credential.issuer,
    ///     "https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0"
    /// );
    /// assert_eq!(credential.subject, "22222222-2222-4222-8222-222222222222");
    /// assert_eq!(credential.audience, "api://AzureADTokenExchange");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_managed_identity(cloud: Cloud, tenant: TenantId, principal: PrincipalId) -> Self {
        Self {
            issuer: cloud.federated_issuer(tenant),
            subject: principal.to_string(),
            audience: cloud.token_exchange_audience().to_owned(),
            description: None,
        }
    }

    /// Why the service would refuse it, or take it and never match a token, if it would.
    pub(crate) fn problem(&self) -> Option<String> {
        let required = [
            ("issuer", &self.issuer),
            ("subject", &self.subject),
            ("audience", &self.audience),
        ];
        required
            .into_iter()
            .find_map(|(name, text)| {
                if text.is_empty() || text.chars().count() > 600 {
                    Some(format!("{name} must have 1 to 600 characters"))
                } else if text.trim() != text {
                    // A blank around the issuer is stored, and blocks every exchange.
                    Some(format!("{name} must not start or end with whitespace"))
                } else {
                    None
                }
            })
            .or_else(|| {
                let long = self
                    .description
                    .as_ref()
                    .is_some_and(|text| text.chars().count() > 600);
                long.then(|| String::from("description must have at most 600 characters"))
            })
    }
}
