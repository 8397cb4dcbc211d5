//! Our mark: by it the next run tells what it made itself from what it adopted.

use std::collections::BTreeMap;

/// The mark as a text: the tag of an application, the description of what has no tags.
pub(crate) const MARK: &str = "cross-tenant-cmk";

/// The tag of an account that says which customer's it is.
pub(crate) const CUSTOMER_TAG: &str = "cross-tenant-cmk-customer";

/// The tags of what we create: `managed-by: cross-tenant-cmk`.
pub(crate) fn tags() -> BTreeMap<String, String> {
    BTreeMap::from([(String::from(MANAGED_BY), String::from(MARK))])
}

/// The tags that were asked for, a line each: for a plan.
pub(crate) fn lines(tags: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    tags.iter()
        .map(|(name, value)| format!("tag {name}: {value}"))
}

/// Whether the tags carry our mark. Names of tags are compared without case, as Azure does.
pub(crate) fn is_in(tags: &BTreeMap<String, String>) -> bool {
    tag(tags, MANAGED_BY) == Some(MARK)
}

/// The value of a tag.
pub(crate) fn tag<'a>(tags: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    tags.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

const MANAGED_BY: &str = "managed-by";
