//! Rotation policies: when a key rotates by itself and how long new versions live.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A policy as it was put, and what it says about new versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RotationPolicy {
    actions: Vec<Value>,
    expiry: Option<String>,
    /// Seconds since 1970.
    created: Option<u64>,
    updated: Option<u64>,
}

const DAY: u64 = 24 * 60 * 60;
/// "minimum 7 days from creation and 7 days before expiry"
/// (<https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation>).
const MINIMUM: u64 = 7 * DAY;
/// The shortest life of a version that a policy can give.
const MINIMUM_EXPIRY: u64 = 28 * DAY;

impl RotationPolicy {
    /// Reads a policy as the data plane takes it. The error is the text of the refusal.
    pub(crate) fn parse(body: &Value, seconds: u64, before: &Self) -> Result<Self, String> {
        let expiry = match body.pointer("/attributes/expiryTime") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                let life = duration(text)
                    .ok_or_else(|| format!("'{text}' is not a valid value for expiryTime."))?;
                if life < MINIMUM_EXPIRY {
                    return Err("expiryTime must be at least 28 days.".to_owned());
                }
                Some(text.clone())
            }
            Some(_) => return Err("expiryTime must be a text.".to_owned()),
        };
        let actions = match body.get("lifetimeActions") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(actions)) => actions.clone(),
            Some(_) => return Err("lifetimeActions must be a list.".to_owned()),
        };
        let life = expiry.as_deref().and_then(duration);
        for action in &actions {
            check(action, life)?;
        }
        Ok(Self {
            actions,
            expiry,
            created: before.created.or(Some(seconds)),
            updated: Some(seconds),
        })
    }

    /// When a version made now expires: policies act on new versions only.
    pub(crate) fn expires(&self, created: u64) -> Option<u64> {
        let life = self.expiry.as_deref().and_then(duration)?;
        Some(created.saturating_add(life))
    }

    /// How long after its creation a version is replaced, if the policy rotates at all.
    pub(crate) fn rotates_after(&self) -> Option<u64> {
        let life = self.expiry.as_deref().and_then(duration);
        self.actions
            .iter()
            .filter(|action| kind(action).eq_ignore_ascii_case("Rotate"))
            .find_map(|action| match (after(action), before(action), life) {
                (Some(after), _, _) => Some(after),
                (None, Some(before), Some(life)) => Some(life.saturating_sub(before)),
                _ => None,
            })
    }

    /// The policy as the service shows it; a key that never had one notifies thirty days before expiry.
    pub(crate) fn render(&self, id: &str) -> Value {
        let actions = if self.created.is_none() {
            vec![json!({"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}})]
        } else {
            self.actions.clone()
        };
        let mut attributes = Map::new();
        if let Some(expiry) = &self.expiry {
            attributes.insert("expiryTime".to_owned(), json!(expiry));
        }
        if let (Some(created), Some(updated)) = (self.created, self.updated) {
            attributes.insert("created".to_owned(), json!(created));
            attributes.insert("updated".to_owned(), json!(updated));
        }
        json!({"id": id, "lifetimeActions": actions, "attributes": attributes})
    }
}

fn kind(action: &Value) -> &str {
    action
        .pointer("/action/type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn after(action: &Value) -> Option<u64> {
    duration(action.pointer("/trigger/timeAfterCreate")?.as_str()?)
}

fn before(action: &Value) -> Option<u64> {
    duration(action.pointer("/trigger/timeBeforeExpiry")?.as_str()?)
}

fn check(action: &Value, life: Option<u64>) -> Result<(), String> {
    if !["rotate", "notify"].contains(&kind(action).to_lowercase().as_str()) {
        return Err("The action of a lifetimeAction must be Rotate or Notify.".to_owned());
    }
    match (after(action), before(action)) {
        (Some(after), None) if after < MINIMUM => {
            Err("timeAfterCreate must be at least 7 days.".to_owned())
        }
        (Some(after), None) if life.is_some_and(|life| after.saturating_add(MINIMUM) > life) => {
            Err("timeAfterCreate must be at least 7 days before the expiry.".to_owned())
        }
        (Some(_), None) => Ok(()),
        (None, Some(before)) if before < MINIMUM => {
            Err("timeBeforeExpiry must be at least 7 days.".to_owned())
        }
        (None, Some(_)) if life.is_none() => {
            Err("timeBeforeExpiry needs an expiryTime.".to_owned())
        }
        (None, Some(_)) => Ok(()),
        _ => Err(
            "A lifetimeAction needs exactly one trigger: timeAfterCreate or timeBeforeExpiry."
                .to_owned(),
        ),
    }
}

/// An ISO 8601 duration of years, months, weeks and days, in seconds; a month has 30 days and a year 365.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('P')?;
    let mut days: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(end)?;
        let number: u64 = number.parse().ok()?;
        let mut letters = tail.chars();
        let unit = match letters.next()? {
            'Y' => 365,
            'M' => 30,
            'W' => 7,
            'D' => 1,
            _ => return None,
        };
        days = days.checked_add(number.checked_mul(unit)?)?;
        rest = letters.as_str();
    }
    days.checked_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::{DAY, RotationPolicy, duration};
    use serde_json::json;

    #[test]
    fn durations_are_read_as_calendar_parts() {
        assert_eq!(duration("P30D"), Some(30 * DAY));
        assert_eq!(duration("P1Y2M"), Some((365 + 60) * DAY));
        for text in ["P", "30D", "P30", "PT1H", "P1X", "P99999999999999999999D"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_policy_gives_new_versions_their_dates() {
        let policy = RotationPolicy::parse(
            &json!({
                "lifetimeActions": [
                    {"trigger": {"timeAfterCreate": "P15D"}, "action": {"type": "Rotate"}},
                    {"trigger": {"timeBeforeExpiry": "P7D"}, "action": {"type": "Notify"}}
                ],
                "attributes": {"expiryTime": "P30D"}
            }),
            1000,
            &RotationPolicy::default(),
        )
        .unwrap();
        assert_eq!(policy.expires(1000), Some(1000 + 30 * DAY));
        assert_eq!(policy.rotates_after(), Some(15 * DAY));
    }

    #[test]
    fn too_short_times_are_refused() {
        let refused =
            |body| RotationPolicy::parse(&body, 0, &RotationPolicy::default()).unwrap_err();
        assert_eq!(
            refused(json!({"attributes": {"expiryTime": "P5D"}})),
            "expiryTime must be at least 28 days."
        );
        assert_eq!(
            refused(json!({"lifetimeActions": [
                {"trigger": {"timeAfterCreate": "P3D"}, "action": {"type": "Rotate"}}
            ]})),
            "timeAfterCreate must be at least 7 days."
        );
        assert_eq!(
            refused(json!({
                "lifetimeActions": [
                    {"trigger": {"timeAfterCreate": "P213503982334601D"}, "action": {"type": "Rotate"}}
                ],
                "attributes": {"expiryTime": "P30D"}
            })),
            "timeAfterCreate must be at least 7 days before the expiry."
        );
        assert_eq!(
            refused(json!({"lifetimeActions": [
                {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Rotate"}}
            ]})),
            "timeBeforeExpiry needs an expiryTime."
        );
    }
}
