//! The integration tests: requests and answers on the wire, what errors mean, and parsers under hostile input.

#[cfg(test)]
mod arm_keys;
#[cfg(test)]
mod clouds;
#[cfg(test)]
mod decoding;
#[cfg(test)]
mod deleted_keys;
#[cfg(test)]
mod deleted_vaults;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod errors_of_keys;
#[cfg(test)]
mod errors_of_vaults;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod parsing;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod role_assignments;
#[cfg(test)]
mod role_definitions;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vault_tenant;
#[cfg(test)]
mod vaults;
#[cfg(test)]
mod wrapping;
