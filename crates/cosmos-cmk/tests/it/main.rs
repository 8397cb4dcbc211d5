//! The integration tests: requests and answers on the wire, what errors mean, and parsers under hostile input.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod creation;
#[cfg(test)]
mod decoding;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod errors_of_changes;
#[cfg(test)]
mod parsing;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod support;
#[cfg(test)]
mod waiting;
