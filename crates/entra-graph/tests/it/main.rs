//! The integration tests: requests and answers on the wire, what errors mean, and parsers under hostile input.

#[cfg(test)]
mod application_tokens;
#[cfg(test)]
mod applications;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod decoding;
#[cfg(test)]
mod deleted_applications;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod federated_credentials;
#[cfg(test)]
mod managed_identities;
#[cfg(test)]
mod names;
#[cfg(test)]
mod service_principals;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token_errors;
