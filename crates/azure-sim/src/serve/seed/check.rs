//! What is wrong with a seed, told before anything of it is planted.

use super::{AzureRole, Seed, SeedError, TenantSeed, directory_roles};
use crate::{
    Sim,
    arm::{path::ArmPath, providers, roles::Role},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What there may be only once, and which entry has it.
#[derive(Default)]
struct Taken(BTreeMap<(&'static str, String), String>);

const TENANT_NAME: &str = "the name of the tenant";
const TENANT: &str = "the tenant id";
const SUBSCRIPTION: &str = "the subscription id";
const USER: &str = "the name of the user";
const PRINCIPAL: &str = "the name of the service principal";
const CLIENT: &str = "the client id";

pub(super) fn check(seed: &Seed, sim: &Sim) -> Result<(), SeedError> {
    let mut taken = Taken::of(sim);
    for tenant in &seed.tenants {
        check_tenant(tenant, &mut taken)?;
    }
    Ok(())
}

fn check_tenant(tenant: &TenantSeed, taken: &mut Taken) -> Result<(), SeedError> {
    let place = format!("tenant {:?}", tenant.name);
    taken.name(TENANT_NAME, &tenant.name, &place)?;
    taken.id(TENANT, tenant.id, &place)?;
    for subscription in &tenant.subscriptions {
        taken.id(SUBSCRIPTION, subscription.id, &place)?;
        let providers = subscription.providers.iter().flatten();
        for namespace in providers {
            if !providers::is_known(namespace) {
                return Err(refusal(
                    &place,
                    &format!("no resource provider is named {namespace:?} here"),
                ));
            }
        }
    }
    for user in &tenant.users {
        let entry = format!("user {:?} of {place}", user.name);
        taken.name(USER, &user.name, &entry)?;
        check_roles(tenant, &entry, &user.directory_roles, &user.azure_roles)?;
    }
    for principal in &tenant.service_principals {
        let entry = format!("service principal {:?} of {place}", principal.name);
        taken.name(PRINCIPAL, &principal.name, &entry)?;
        taken.id(CLIENT, principal.client_id, &entry)?;
        if principal.secret.as_deref() == Some("") {
            return Err(refusal(
                &entry,
                "the secret is empty; leave it out for none",
            ));
        }
        check_roles(
            tenant,
            &entry,
            &principal.directory_roles,
            &principal.azure_roles,
        )?;
    }
    Ok(())
}

fn check_roles(
    tenant: &TenantSeed,
    entry: &str,
    in_directory: &[String],
    in_azure: &[AzureRole],
) -> Result<(), SeedError> {
    directory_roles(in_directory).map_err(|SeedError(problem)| refusal(entry, &problem))?;
    for AzureRole { role, scope } in in_azure {
        if Role::find(role).is_none() {
            return Err(refusal(
                entry,
                &format!("no built-in role is named {role:?}"),
            ));
        }
        match scope {
            None if tenant.subscriptions.is_empty() => {
                return Err(refusal(
                    entry,
                    &format!("role {role:?} has no scope: the tenant has no subscription"),
                ));
            }
            Some(scope) if !is_scope(scope, tenant) => {
                return Err(refusal(
                    entry,
                    &format!(
                        "{scope:?} is no scope: it begins with /subscriptions/ and the id of one of the tenant's subscriptions in this file, and goes on with a resource group or a resource"
                    ),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a role there can count for something: everywhere, or in a subscription of the tenant.
fn is_scope(scope: &str, tenant: &TenantSeed) -> bool {
    if scope == "/" {
        return true;
    }
    let Some(rest) = scope.strip_prefix('/') else {
        return false;
    };
    let segments: Vec<String> = rest.split('/').map(str::to_owned).collect();
    if segments.iter().any(String::is_empty) {
        return false;
    }
    let path = ArmPath::parse(&segments);
    let id = path.subscription.as_deref().map(Uuid::parse_str);
    let own = |id: Uuid| tenant.subscriptions.iter().any(|own| own.id == Some(id));
    let below = path.scope.split('/').count() - 1;
    let is_resource = !path.types.is_empty() && path.types.iter().all(|(_, name)| name.is_some());
    matches!(id, Some(Ok(id)) if own(id))
        && (below == 2 || (below == 4 && path.group.is_some()))
        && (path.namespace.is_none() || is_resource)
}

impl Taken {
    /// What a simulator has already.
    fn of(sim: &Sim) -> Self {
        let world = &*sim.glance();
        let directory = &world.directory;
        let mut taken = Self::default();
        let mut add = |kind, value: &str| {
            let there = "one that is there".to_owned();
            taken.0.insert((kind, value.to_lowercase()), there);
        };
        for tenant in directory.tenants.values() {
            add(TENANT, &tenant.id);
            add(TENANT_NAME, &tenant.name);
        }
        for id in world.arm.subscriptions.keys() {
            add(SUBSCRIPTION, id);
        }
        for user in &directory.users {
            add(USER, &user.name);
        }
        for app in &directory.applications {
            add(CLIENT, &app.app_id);
        }
        for principal in &world.seeded {
            add(PRINCIPAL, &principal.name);
        }
        taken
    }

    fn id(&mut self, kind: &'static str, id: Option<Uuid>, entry: &str) -> Result<(), SeedError> {
        match id {
            None => Ok(()),
            Some(id) if id.is_nil() => Err(refusal(entry, &format!("{kind} is nil"))),
            Some(id) => self.take(kind, &id.to_string(), entry),
        }
    }

    fn name(&mut self, kind: &'static str, name: &str, entry: &str) -> Result<(), SeedError> {
        if name.trim().is_empty() {
            return Err(refusal(entry, &format!("{kind} is empty")));
        }
        // It is printed in what a shell reads.
        if name.chars().any(char::is_control) {
            return Err(refusal(
                entry,
                &format!("{kind}, {name:?}, holds a control character"),
            ));
        }
        self.take(kind, name, entry)
    }

    fn take(&mut self, kind: &'static str, value: &str, entry: &str) -> Result<(), SeedError> {
        let before = self
            .0
            .insert((kind, value.to_lowercase()), entry.to_owned());
        match before {
            None => Ok(()),
            Some(other) => Err(refusal(
                entry,
                &format!("{kind}, {value:?}, is taken by {other}"),
            )),
        }
    }
}

fn refusal(entry: &str, problem: &str) -> SeedError {
    SeedError(format!("{entry}: {problem}"))
}

#[cfg(test)]
mod tests {
    use crate::{Sim, SimOptions, serve::Seed};

    const A: &str = "5ca1ab1e-0000-4000-8000-00000000000a";
    const B: &str = "5ca1ab1e-0000-4000-8000-00000000000b";

    /// A tenant of this name with these members.
    fn tenant(name: &str, members: &str) -> String {
        format!("[[tenants]]\nname = \"{name}\"\n{members}\n")
    }

    fn refusal(text: &str) -> String {
        let sim = Sim::new(SimOptions::default());
        let told = Seed::parse(text).unwrap().plant(&sim).unwrap_err();
        assert_eq!(sim.resources(), Vec::<String>::new(), "nothing is planted");
        assert!(sim.glance().directory.tenants.is_empty(), "{told}");
        told.to_string()
    }

    #[test]
    fn what_there_may_be_once_is_refused_twice() {
        for (members, told) in [
            (
                format!("id = \"{A}\""),
                format!("the tenant id, \"{A}\", is taken by tenant \"x\""),
            ),
            (
                format!("subscriptions = [{{ id = \"{A}\" }}]"),
                format!("the subscription id, \"{A}\", is taken by tenant \"x\""),
            ),
            (
                "users = [{ name = \"u\" }]".to_owned(),
                "the name of the user, \"u\", is taken by user \"u\" of tenant \"x\"".to_owned(),
            ),
            (
                "service_principals = [{ name = \"p\" }]".to_owned(),
                "the name of the service principal, \"p\", is taken by service principal \"p\" of tenant \"x\""
                    .to_owned(),
            ),
        ] {
            let text = tenant("x", &members) + &tenant("y", &members);
            let refusal = refusal(&text);
            assert!(refusal.contains("tenant \"y\": "), "{refusal}");
            assert!(refusal.ends_with(&told), "{refusal}");
        }
        let text = tenant("x", "") + &tenant("x", "");
        assert!(refusal(&text).starts_with("tenant \"x\": the name of the tenant"));
    }

    #[test]
    fn what_is_there_already_is_not_planted_over() {
        let sim = Sim::new(SimOptions::default());
        let seed = Seed::parse(&tenant("x", &format!("id = \"{A}\""))).unwrap();
        seed.plant(&sim).unwrap();
        let again = Seed::parse(&tenant("y", &format!("id = \"{A}\""))).unwrap();
        let told = again.plant(&sim).unwrap_err().to_string();
        assert!(told.ends_with("is taken by one that is there"), "{told}");
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        let role = |scope: &str| {
            format!(
                "subscriptions = [{{ id = \"{A}\" }}]\nusers = [{{ name = \"u\", azure_roles = [{{ role = \"Owner\", scope = \"{scope}\" }}] }}]"
            )
        };
        for (members, told) in [
            (role("foo"), "\"foo\" is no scope"),
            (role(A), "is no scope"),
            (role(&format!("/subscriptions/{B}")), "is no scope"),
            (
                role(&format!("/subscriptions/{A}/resourceGroup/rg")),
                "is no scope",
            ),
            (
                role(&format!("/subscriptions/{A}/resourceGroups")),
                "is no scope",
            ),
            (
                role(&format!(
                    "/subscriptions/{A}/providers/Microsoft.KeyVault/vaults"
                )),
                "is no scope",
            ),
            (
                "users = [{ name = \"u\", azure_roles = [{ role = \"Owner\" }] }]".to_owned(),
                "the tenant has no subscription",
            ),
            (
                "users = [{ name = \"u\", directory_roles = [\"King\"] }]".to_owned(),
                "no directory role is named \"King\"",
            ),
            (
                "subscriptions = [{ providers = [\"Microsoft.KeyVualt\"] }]".to_owned(),
                "no resource provider is named \"Microsoft.KeyVualt\"",
            ),
            (
                "service_principals = [{ name = \"p\", secret = \"\" }]".to_owned(),
                "the secret is empty",
            ),
            (
                format!("id = \"{}\"", uuid::Uuid::nil()),
                "the tenant id is nil",
            ),
            (
                "users = [{ name = \" \" }]".to_owned(),
                "the name of the user is empty",
            ),
        ] {
            let refusal = refusal(&tenant("x", &members));
            assert!(refusal.contains("tenant \"x\": "), "{refusal}");
            assert!(refusal.contains(told), "{refusal}");
        }
    }

    #[test]
    fn every_scope_that_counts_is_taken() {
        for scope in [
            "/".to_owned(),
            format!("/subscriptions/{A}"),
            format!("/subscriptions/{}", A.to_uppercase()),
            format!("/subscriptions/{A}/resourceGroups/rg"),
            format!("/subscriptions/{A}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v"),
            format!("/subscriptions/{A}/providers/Microsoft.KeyVault/vaults/v/keys/k"),
        ] {
            let text = tenant(
                "x",
                &format!(
                    "subscriptions = [{{ id = \"{A}\" }}]\nusers = [{{ name = \"u\", azure_roles = [{{ role = \"Reader\", scope = \"{scope}\" }}] }}]"
                ),
            );
            let sim = Sim::new(SimOptions::default());
            Seed::parse(&text).unwrap().plant(&sim).unwrap();
            assert_eq!(sim.glance().arm.role_assignments[0].scope, scope);
        }
    }
}
