//! What can be asked of Cosmos DB: one trait, with its options.

mod database_accounts;

pub use database_accounts::{
    CreateAccountOptions, DatabaseAccountsApi, ListAccountsOptions, SystemAssigned,
};
