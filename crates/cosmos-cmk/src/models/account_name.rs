//! Names and ids of accounts.

use cmk_core::{ResourceType, TypedResourceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The name of an account: 3 to 44 lower-case letters, digits and single hyphens between them. It is unique in the whole
/// cloud, since it becomes a host (`{name}.documents.azure.com`).
///
/// ```
/// use cosmos_cmk::AccountName;
///
/// let name: AccountName = "customer-1".parse()?;
/// assert_eq!(name.as_str(), "customer-1");
/// assert!("Customer_1".parse::<AccountName>().is_err());
/// # Ok::<(), cosmos_cmk::InvalidAccountName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName(String);

impl AccountName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that no account can be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account name {problem}, got {got:?}")]
pub struct InvalidAccountName {
    problem: &'static str,
    got: String,
}

// Lengths: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules; pattern: DatabaseAccountGetResults.tsp
// in https://github.com/Azure/azure-rest-api-specs.
impl FromStr for AccountName {
    type Err = InvalidAccountName;

    fn from_str(text: &str) -> Result<Self, InvalidAccountName> {
        let refuse = |problem| {
            Err(InvalidAccountName {
                problem,
                got: text.chars().take(64).collect(),
            })
        };
        if !(3..=44).contains(&text.chars().count()) {
            return refuse("must have 3 to 44 characters");
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return refuse("may hold lower-case letters, digits and hyphens only");
        }
        if text.split('-').any(str::is_empty) {
            return refuse("must not start or end with a hyphen, or have two in a row");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for AccountName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The type of an [`AccountId`].
#[expect(
    clippy::exhaustive_enums,
    reason = "has no values: it only marks a type"
)]
#[derive(Debug)]
pub enum DatabaseAccountType {}

impl ResourceType for DatabaseAccountType {
    const TYPE: &'static str = "Microsoft.DocumentDB/databaseAccounts";
    const NOUN: &'static str = "account id";
    type Name = AccountName;
}

/// The id of an account.
pub type AccountId = TypedResourceId<DatabaseAccountType>;

#[cfg(test)]
mod tests {
    use super::AccountName;

    #[test]
    fn names_follow_the_services_pattern() {
        let longest = "a".repeat(44);
        for good in ["abc", "a-b-c", "0a1", &longest] {
            assert_eq!(good.parse::<AccountName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(45);
        for bad in [
            "", "ab", &long, "Abc", "a_b", "a.b", "-ab", "ab-", "a--b", "äbc", "a b",
        ] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn serde_refuses_what_the_parser_refuses() {
        let name: AccountName = serde_json::from_str(r#""acct-1""#).unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), r#""acct-1""#);
        assert!(serde_json::from_str::<AccountName>(r#""ACCT""#).is_err());
    }
}
