//! The integration tests: what must not compile, and documents under hostile input.

#[cfg(test)]
mod compile;
#[cfg(test)]
mod documents;
