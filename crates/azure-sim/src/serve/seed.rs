//! What a server starts with: tenants, subscriptions, users and service principals from a file.

mod check;

use crate::{DirectoryRole, Principal, Sim, TenantHandle, party::PROVIDERS};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Tenants and what is in them, as a file in TOML or JSON holds them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Seed {
    tenants: Vec<TenantSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantSeed {
    name: String,
    id: Option<Uuid>,
    #[serde(default)]
    subscriptions: Vec<SubscriptionSeed>,
    #[serde(default)]
    users: Vec<UserSeed>,
    #[serde(default)]
    service_principals: Vec<PrincipalSeed>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionSeed {
    id: Option<Uuid>,
    /// Registered resource providers; those of this domain if absent.
    providers: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserSeed {
    name: String,
    #[serde(default)]
    directory_roles: Vec<String>,
    #[serde(default)]
    azure_roles: Vec<AzureRole>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalSeed {
    name: String,
    client_id: Option<Uuid>,
    secret: Option<String>,
    #[serde(default)]
    directory_roles: Vec<String>,
    #[serde(default)]
    azure_roles: Vec<AzureRole>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AzureRole {
    role: String,
    /// Every subscription of the tenant if absent.
    scope: Option<String>,
}

/// What came of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seeded {
    /// The service principals, in the order of the file.
    pub principals: Vec<SeededPrincipal>,
}

/// A service principal that a client can sign in as.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeededPrincipal {
    /// Its name.
    pub name: String,
    /// The tenant's name.
    pub tenant: String,
    /// The tenant's id.
    pub tenant_id: String,
    /// The id of the tenant's first subscription; empty if it has none.
    pub subscription_id: String,
    /// The client id.
    pub client_id: String,
    /// The secret; empty if it has none.
    pub secret: String,
}

impl fmt::Debug for SeededPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.name)
    }
}

/// Why a seed was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeedError(String);

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SeedError {}

/// The provider and the customer of this domain, each with an administrator for the consent page and a service principal
/// that owns the subscription.
const DEFAULT: &str = r#"
[[tenants]]
name = "fabrikam"
subscriptions = [{}]
[[tenants.users]]
name = "admin@fabrikam.example"
directory_roles = ["ApplicationAdministrator"]
azure_roles = [{ role = "Owner" }]
[[tenants.service_principals]]
name = "provider"
secret = "provider-secret"
directory_roles = ["ApplicationAdministrator"]
azure_roles = [{ role = "Owner" }]

[[tenants]]
name = "contoso"
subscriptions = [{}]
[[tenants.users]]
name = "admin@contoso.example"
directory_roles = ["ApplicationAdministrator"]
azure_roles = [{ role = "Owner" }]
[[tenants.service_principals]]
name = "customer"
secret = "customer-secret"
directory_roles = ["ApplicationAdministrator"]
azure_roles = [{ role = "Owner" }]
"#;

impl Seed {
    /// Two tenants, `fabrikam` with the service principal `provider` and `contoso` with `customer`. The secrets are
    /// `provider-secret` and `customer-secret`.
    ///
    /// # Errors
    ///
    /// None; the type is that of [`Seed::parse`].
    pub fn two_tenants() -> Result<Self, SeedError> {
        Self::parse(DEFAULT)
    }

    /// Reads a seed: JSON if the text begins with a brace, TOML if not. Members that are not known are refused.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        super::parse(text).map_err(SeedError)
    }

    /// Puts everything into a simulator.
    ///
    /// # Errors
    ///
    /// The entry that is wrong and what is wrong with it: an id or a name is taken, a role, a scope or a resource provider
    /// is not known. Nothing is planted then.
    pub fn plant(&self, sim: &Sim) -> Result<Seeded, SeedError> {
        check::check(self, sim)?;
        let mut principals = Vec::new();
        for own in &self.tenants {
            let tenant = sim.insert_tenant(&own.name, own.id);
            let mut subscriptions = Vec::new();
            for subscription in &own.subscriptions {
                let id = sim.insert_subscription(&tenant, subscription.id);
                let given = subscription.providers.as_ref();
                let names = given.map_or_else(
                    || PROVIDERS.to_vec(),
                    |given| given.iter().map(String::as_str).collect(),
                );
                sim.register_providers(&id, &names);
                subscriptions.push(id);
            }
            for user in &own.users {
                let roles = directory_roles(&user.directory_roles)?;
                let principal = sim.add_user(&tenant, &user.name, &roles);
                grant(sim, &principal, &user.azure_roles, &subscriptions)?;
            }
            for seed in &own.service_principals {
                let principal = plant_principal(sim, &tenant, seed)?;
                grant(sim, &principal, &seed.azure_roles, &subscriptions)?;
                principals.push(SeededPrincipal {
                    name: seed.name.clone(),
                    tenant: own.name.clone(),
                    tenant_id: tenant.id.clone(),
                    subscription_id: subscriptions.first().cloned().unwrap_or_default(),
                    client_id: principal.app_id.unwrap_or_default(),
                    secret: seed.secret.clone().unwrap_or_default(),
                });
            }
        }
        sim.glance().seeded.extend(principals.iter().cloned());
        Ok(Seeded { principals })
    }
}

impl Seeded {
    /// The service principals that a simulator was seeded with, also if it was saved and loaded meanwhile.
    #[must_use]
    pub fn of(sim: &Sim) -> Self {
        let principals = sim.glance().seeded.clone();
        Self { principals }
    }

    /// The service principal of a name.
    #[must_use]
    pub fn principal(&self, name: &str) -> Option<&SeededPrincipal> {
        self.principals.iter().find(|own| own.name == name)
    }
}

fn plant_principal(
    sim: &Sim,
    tenant: &TenantHandle,
    seed: &PrincipalSeed,
) -> Result<Principal, SeedError> {
    let roles = directory_roles(&seed.directory_roles)?;
    let principal = sim.insert_service_principal(tenant, &seed.name, &roles, seed.client_id);
    if let Some(secret) = &seed.secret {
        sim.add_secret(&principal, secret);
    }
    Ok(principal)
}

fn grant(
    sim: &Sim,
    principal: &Principal,
    roles: &[AzureRole],
    subscriptions: &[String],
) -> Result<(), SeedError> {
    for AzureRole { role, scope } in roles {
        let everywhere = || {
            let scopes = subscriptions.iter();
            scopes.map(|id| format!("/subscriptions/{id}")).collect()
        };
        let scopes: Vec<String> = scope.clone().map_or_else(everywhere, |scope| vec![scope]);
        for scope in scopes {
            if !sim.grant(principal, role, &scope) {
                return Err(SeedError(format!("no built-in role is named {role:?}")));
            }
        }
    }
    Ok(())
}

fn directory_roles(names: &[String]) -> Result<Vec<DirectoryRole>, SeedError> {
    let role = |name: &String| {
        Ok(match name.replace(' ', "").as_str() {
            "GlobalAdministrator" => DirectoryRole::GlobalAdministrator,
            "ApplicationAdministrator" => DirectoryRole::ApplicationAdministrator,
            "CloudApplicationAdministrator" => DirectoryRole::CloudApplicationAdministrator,
            "ApplicationDeveloper" => DirectoryRole::ApplicationDeveloper,
            "Application.ReadWrite.All" => DirectoryRole::ApplicationReadWriteAll,
            "Application.ReadWrite.OwnedBy" => DirectoryRole::ApplicationReadWriteOwnedBy,
            _ => return Err(SeedError(format!("no directory role is named {name:?}"))),
        })
    };
    names.iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::Seed;
    use crate::{Sim, SimOptions};

    const TENANT: &str = "5ca1ab1e-0000-4000-8000-000000000001";

    #[test]
    fn ids_and_secrets_of_the_file_hold() {
        let seed = format!(
            r#"{{"tenants": [{{"name": "contoso", "id": "{TENANT}", "subscriptions": [{{"id": "5ca1ab1e-0000-4000-8000-000000000002"}}],
                "service_principals": [{{"name": "robot", "client_id": "5ca1ab1e-0000-4000-8000-000000000003", "secret": "s",
                "azure_roles": [{{"role": "Reader"}}]}}]}}]}}"#
        );
        let sim = Sim::new(SimOptions::default());
        let seeded = Seed::parse(&seed).unwrap().plant(&sim).unwrap();
        let robot = seeded.principal("robot").unwrap();
        assert_eq!(robot.tenant_id, TENANT);
        assert_eq!(
            robot.subscription_id,
            "5ca1ab1e-0000-4000-8000-000000000002"
        );
        assert_eq!(robot.client_id, "5ca1ab1e-0000-4000-8000-000000000003");
        assert_eq!(robot.secret, "s");
    }

    #[test]
    fn two_tenants_are_the_default() {
        let sim = Sim::new(SimOptions::default());
        let seeded = Seed::two_tenants().unwrap().plant(&sim).unwrap();
        let names: Vec<String> = seeded
            .principals
            .iter()
            .map(|one| format!("{one:?}"))
            .collect();
        assert_eq!(names, ["fabrikam/provider", "contoso/customer"]);
    }

    #[test]
    fn a_slip_is_named() {
        let misspelt = "[[tenants]]\nname = \"x\"\nuser = []\n";
        assert!(
            Seed::parse(misspelt)
                .unwrap_err()
                .to_string()
                .contains("user")
        );
        let sim = Sim::new(SimOptions::default());
        let role = "[[tenants]]\nname = \"x\"\nsubscriptions = [{}]\n[[tenants.users]]\nname = \"y\"\nazure_roles = [{ role = \"Ownr\" }]\n";
        let refusal = Seed::parse(role).unwrap().plant(&sim).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "user \"y\" of tenant \"x\": no built-in role is named \"Ownr\""
        );
    }
}
