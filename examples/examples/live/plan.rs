//! What will be created, and whether that is wanted.

use crate::arguments::Arguments;
use std::io::{self, IsTerminal as _, Write as _};

/// Everything that is created where it is not there yet.
pub(crate) fn describe(arguments: &Arguments) -> String {
    let Arguments {
        provider_tenant,
        provider_subscription,
        customer_tenant,
        customer_subscription,
        location,
        vault,
        account,
        cloud,
        application,
        application_name,
        identity,
        identity_group,
        vault_group,
        key,
        account_group,
        ..
    } = arguments;
    format!(
        "On real Azure (cloud {cloud}), in {location}, this finds or creates:

  in the provider's tenant {provider_tenant}
    application {application} ({application_name}), open to every tenant, with a federated credential
  in the provider's subscription {provider_subscription}
    resource group {identity_group} with managed identity {identity}
    resource group {account_group} with Cosmos DB account {account}: this costs money
    registrations of Microsoft.ManagedIdentity and Microsoft.DocumentDB
  in the customer's tenant {customer_tenant}
    a service principal of the application
  in the customer's subscription {customer_subscription}
    resource group {vault_group} with key vault {vault}, with purge protection: its name is taken for 90 days after a delete
    RSA key {key}, on which the application gets the role Key Vault Crypto Service Encryption User
    registration of Microsoft.KeyVault

Nothing is removed afterwards.
"
    )
}

/// Asks the person at the terminal.
#[expect(
    clippy::print_stdout,
    reason = "a question needs an answer on its line"
)]
pub(crate) fn confirmed() -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Create this? Only yes means yes: ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
