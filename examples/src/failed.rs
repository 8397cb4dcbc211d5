//! How an example ends badly: for a person to read.

use cross_tenant_cmk::PhaseError;
use std::{error::Error, fmt};

/// Whatever went wrong, with its causes, and with what to do about it where a crate says so.
pub struct Failed(String);

/// Every error becomes one, so that `?` takes them all.
impl<E: Error + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}\n  because: {cause}");
            source = cause.source();
        }
        for help in help(&error) {
            text = format!("{text}\n  what to do: {help}");
        }
        Self(text)
    }
}

fn help<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a str> {
    if let Some(phase) = error.downcast_ref::<PhaseError>() {
        let errors = phase.errors().iter();
        return errors.filter_map(cross_tenant_cmk::Error::help).collect();
    }
    let client = error.downcast_ref::<cmk_core::Error>();
    client.and_then(cmk_core::Error::help).into_iter().collect()
}

/// What `main` prints of an error that it returns.
impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Failed;

    #[test]
    fn causes_and_advice_are_told() {
        let error = cmk_core::Failure::builder("get_vault")
            .target("vault v1")
            .status(404)
            .source(std::io::Error::other("gone"))
            .help("create the vault first")
            .build(cmk_core::Kind::NotFound);
        assert_eq!(
            format!("{:?}", Failed::from(error)),
            "get_vault vault v1 failed: 404\n  because: gone\n  what to do: create the vault first"
        );
    }
}
