//! What the parties of the examples make: names and places.

use crate::Failed;
use cmk_core::TenantId;
use cross_tenant_cmk::{
    AccountSpec, ApplicationChoice, CustomerRecord, Grant, IdentityChoice, KeySpec, Offer,
    ProviderSetup, ProviderSpec, VaultChoice,
};

/// The name of Contoso's vault.
pub const VAULT: &str = "contoso-keys";

/// Fabrikam's application and managed identity.
///
/// # Errors
/// None: the names are valid.
pub fn provider_spec() -> Result<ProviderSpec, Failed> {
    Ok(ProviderSpec {
        application: ApplicationChoice::Named {
            unique_name: "fabrikam-cmk".parse()?,
            display_name: "Fabrikam data platform".parse()?,
        },
        identity: IdentityChoice::Named("fabrikam-cmk".parse()?),
        resource_group: "fabrikam-cmk".parse()?,
        location: "westeurope".parse()?,
        credential_name: None,
    })
}

/// Contoso's vault and key.
///
/// # Errors
/// None: the names are valid.
pub fn key_spec() -> Result<KeySpec, Failed> {
    Ok(KeySpec::new(
        VaultChoice::Named(VAULT.parse()?),
        "cosmos".parse()?,
        "contoso-keys".parse()?,
        "westeurope".parse()?,
    ))
}

/// The account for Contoso's data.
///
/// # Errors
/// If the Grant's key URI is none that an account can have.
pub fn account_spec(setup: &ProviderSetup, grant: &Grant) -> Result<AccountSpec, Failed> {
    Ok(AccountSpec::new(
        setup,
        grant,
        "contoso-data".parse()?,
        "contoso-orders".parse()?,
        "westeurope".parse()?,
    )?)
}

/// What Fabrikam's own records say about Contoso: its tenant, as agreed with it, and the Offer that was sent.
///
/// # Errors
/// None: the reference is valid.
pub fn record(customer: TenantId, sent: &Offer) -> Result<CustomerRecord, Failed> {
    Ok(CustomerRecord {
        reference: "contoso".parse()?,
        tenant_id: customer,
        offer_digest: sent.digest(),
    })
}
