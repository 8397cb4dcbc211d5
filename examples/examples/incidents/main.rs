//! Three incidents from the alarm to the healed account: the key disabled, the role removed, the identity deleted.
//!
//! `cargo run --example incidents`; docs/incidents.md walks through what it prints.
#![expect(clippy::print_stdout, reason = "examples talk to people")]

mod chain;
mod identity;
mod key;
mod watch;

use chain::Chain;
use cross_tenant_cmk::{CheckId, grant_access};
use examples::{Failed, key_spec};
use keyvault_rbac::{Role, RoleAssignmentName, key_scope};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Failed> {
    let mut chain = Chain::finished().await?;
    key_disabled(&chain).await?;
    role_removed(&chain).await?;
    identity_deleted(&mut chain).await
}

async fn key_disabled(chain: &Chain) -> Result<(), Failed> {
    println!("1. Contoso disables its key");
    let (keys, key) = key::officer(chain).await?;
    key::set_enabled(&*keys, &key, false).await?;
    chain.alarm().await?;
    chain.expect(CheckId::KeyEnabled).await?;

    println!("   Contoso enables the key again");
    key::set_enabled(&*keys, &key, true).await?;
    chain.healed().await
}

async fn role_removed(chain: &Chain) -> Result<(), Failed> {
    println!("\n2. Contoso removes the role of Fabrikam's application");
    let scope = key_scope(&chain.vault, &chain.key);
    let role = Role::KeyVaultCryptoServiceEncryptionUser;
    let name = RoleAssignmentName::derive(&scope, chain.grant.service_principal_id, role);
    let customer = &chain.parties.customer;
    let roles = &customer.clients().roles;
    roles.delete_role_assignment(&scope, &name).await?;
    chain.alarm().await?;
    chain.expect(CheckId::KeyRole).await?;

    println!("   Contoso runs phase 2 again");
    let (provider, spec) = (chain.parties.provider.tenant(), key_spec()?);
    let done = grant_access(customer, &chain.offer, provider, &spec, None).await?;
    chain::changes(&done.report);
    chain.healed().await
}

async fn identity_deleted(chain: &mut Chain) -> Result<(), Failed> {
    println!("\n3. Somebody at Fabrikam deletes the managed identity");
    let clients = chain.parties.provider.clients();
    let gone = chain.setup.identity_id.clone();
    clients.identities.delete_identity(&gone).await?;
    chain.alarm().await?;
    chain.expect(CheckId::IdentityUnchanged).await?;

    println!("   Fabrikam runs phase 1 again, for another identity of the same application");
    chain.setup = identity::another(chain).await?;
    println!("   Fabrikam gives the account the new identity, in requests of their own");
    identity::exchange(chain, &gone).await?;
    chain.healed().await
}
