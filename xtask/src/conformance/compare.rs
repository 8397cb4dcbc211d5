//! A model's fields against the recorded JSON that it was read from, by tables written by hand.

use azure_core::time::parse_rfc3339;
use serde_json::{Map, Value};

/// One field of a model, and where the recorded JSON has it.
pub(super) struct Field<M> {
    pub(super) pointer: &'static str,
    pub(super) how: How,
    pub(super) ours: fn(&M) -> Value,
}

impl<M> Field<M> {
    pub(super) const fn new(pointer: &'static str, how: How, ours: fn(&M) -> Value) -> Self {
        Self { pointer, how, ours }
    }
}

/// When two values are the same.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Letter for letter.
    Exactly,
    /// Texts without case, as Azure compares ids.
    Caseless,
    /// Texts without case and blanks: a region's display name is the same as its programmatic one.
    Folded,
    /// Points in time, however they are written.
    Time,
}

/// What was compared, and what differs.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) fields: usize,
    pub(super) differences: Vec<String>,
}

impl Compared {
    /// Adds what another comparison found.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.fields += other.fields;
        self.differences.extend(other.differences);
        self
    }

    /// Notes a difference that no table knows.
    pub(super) fn but(mut self, difference: impl Into<String>) -> Self {
        self.differences.push(difference.into());
        self
    }
}

/// Holds a model against the JSON that it was read from.
pub(super) fn compare<M>(table: &[Field<M>], model: &M, recorded: &Value) -> Compared {
    let mut compared = Compared::default();
    for Field { pointer, how, ours } in table {
        let theirs = recorded.pointer(pointer).unwrap_or(&Value::Null);
        let (theirs, ours) = (how.normal(theirs), how.normal(&ours(model)));
        if theirs.is_null() && ours.is_null() {
            continue;
        }
        compared.fields += 1;
        if theirs != ours {
            let difference = format!("{pointer}: recorded {theirs}, read {ours}");
            compared.differences.push(difference);
        }
    }
    compared
}

/// Holds the models of a list against the items of the recorded page.
pub(super) fn compare_list<M>(table: &[Field<M>], models: &[M], recorded: &Value) -> Compared {
    let empty = Vec::new();
    let items = recorded
        .get("value")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    let compared = models
        .iter()
        .zip(items)
        .map(|(model, item)| compare(table, model, item))
        .fold(Compared::default(), Compared::and);
    if models.len() == items.len() {
        compared
    } else {
        let (read, there) = (models.len(), items.len());
        compared.but(format!("/value: recorded {there} items, read {read}"))
    }
}

impl How {
    /// The form in which values are compared; an empty collection is as good as none.
    fn normal(self, value: &Value) -> Value {
        match value {
            Value::Array(items) if items.is_empty() => Value::Null,
            Value::Array(items) => items.iter().map(|item| self.normal(item)).collect(),
            Value::Object(members) => {
                let members: Map<String, Value> = members
                    .iter()
                    .map(|(name, value)| (self.text(name), self.normal(value)))
                    .collect();
                if members.is_empty() {
                    Value::Null
                } else {
                    members.into()
                }
            }
            Value::String(text) => match (self, parse_rfc3339(text)) {
                (Self::Time, Ok(time)) => time.unix_timestamp().into(),
                _ => self.text(text).into(),
            },
            _ => value.clone(),
        }
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Exactly | Self::Time => text.to_owned(),
            Self::Caseless => text.to_lowercase(),
            Self::Folded => text.to_lowercase().replace(' ', ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, How, compare, compare_list};
    use serde_json::{Value, json};

    struct Group {
        name: &'static str,
        location: &'static str,
        tags: Value,
    }

    const TABLE: &[Field<Group>] = &[
        Field::new("/name", How::Exactly, |group| json!(group.name)),
        Field::new("/location", How::Folded, |group| json!(group.location)),
        Field::new("/tags", How::Exactly, |group| group.tags.clone()),
    ];

    const GROUP: Group = Group {
        name: "rg",
        location: "eastus2",
        tags: Value::Null,
    };

    #[test]
    fn equal_fields_are_counted_and_absent_ones_are_not() {
        let recorded = json!({ "name": "rg", "location": "East US 2", "tags": {} });
        let compared = compare(TABLE, &GROUP, &recorded);
        assert_eq!((compared.fields, compared.differences.len()), (2, 0));
    }

    #[test]
    fn a_renamed_member_is_a_difference() {
        let recorded = json!({ "Name": "rg", "location": "eastus2" });
        let compared = compare(TABLE, &GROUP, &recorded);
        assert_eq!(compared.differences, ["/name: recorded null, read \"rg\""]);
    }

    #[test]
    fn a_lost_item_is_a_difference() {
        let recorded = json!({ "value": [{ "name": "rg", "location": "eastus2" }, {}] });
        let compared = compare_list(TABLE, &[GROUP], &recorded);
        assert_eq!(compared.differences, ["/value: recorded 2 items, read 1"]);
    }
}
