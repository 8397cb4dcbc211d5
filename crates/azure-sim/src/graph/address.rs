//! Addresses of Microsoft Graph: a collection, a key, and perhaps a child with its key.

/// How an object is named in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// `/applications/{id}`
    Id(String),
    /// `/applications(appId='{value}')`, with the property's name first.
    Named(String, String),
}

/// An address below `/v1.0` or `/beta`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) collection: String,
    pub(super) key: Option<Key>,
    pub(super) child: Option<(String, Option<Key>)>,
    /// What follows the child and its key.
    pub(super) rest: Vec<String>,
}

impl Address {
    pub(super) fn parse(segments: &[String]) -> Option<Self> {
        let (version, mut rest) = segments.split_first()?;
        // What is modelled reads the same in both.
        if version != "v1.0" && version != "beta" {
            return None;
        }
        let (collection, key) = take(&mut rest)?;
        let child = take(&mut rest);
        Some(Self {
            collection,
            key,
            child,
            rest: rest.to_vec(),
        })
    }
}

/// Takes a name and its key, which stands in parentheses or in the next segment.
fn take(rest: &mut &[String]) -> Option<(String, Option<Key>)> {
    let (first, mut tail) = rest.split_first()?;
    let taken = if let Some((name, key)) = first.split_once('(') {
        let (property, value) = key.strip_suffix(')')?.split_once('=')?;
        let value = value.strip_prefix('\'')?.strip_suffix('\'')?;
        let key = Key::Named(property.to_owned(), value.replace("''", "'"));
        (name.to_owned(), Some(key))
    } else if let Some((id, after)) = tail.split_first() {
        tail = after;
        (first.clone(), Some(Key::Id(id.clone())))
    } else {
        (first.clone(), None)
    };
    *rest = tail;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::{Address, Key};

    fn parse(path: &str) -> Option<Address> {
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        Address::parse(&segments)
    }

    #[test]
    fn keys_stand_in_parentheses_or_in_the_next_segment() {
        let address =
            parse("v1.0/applications(uniqueName='it''s')/federatedIdentityCredentials/main")
                .unwrap();
        assert_eq!(
            address.key,
            Some(Key::Named("uniqueName".to_owned(), "it's".to_owned()))
        );
        let child = address.child.unwrap();
        assert_eq!(child.0, "federatedIdentityCredentials");
        assert_eq!(child.1, Some(Key::Id("main".to_owned())));
        assert_eq!(parse("v2.0/applications"), None);
    }
}
