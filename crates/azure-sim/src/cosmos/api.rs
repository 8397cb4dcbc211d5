//! The five APIs of an account: what each shows otherwise (recorded).

use serde_json::{Map, Value, json};

/// Which API an account was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Sql,
    Mongo,
    Cassandra,
    Gremlin,
    Table,
}

impl Api {
    /// By kind and capabilities.
    pub(super) fn of(kind: &str, settings: &Map<String, Value>) -> Self {
        let capabilities = settings.get("capabilities").and_then(Value::as_array);
        let has = |wanted: &str| {
            let mut all = capabilities.into_iter().flatten();
            all.any(|one| one.get("name").and_then(Value::as_str) == Some(wanted))
        };
        if kind == "MongoDB" {
            Self::Mongo
        } else if has("EnableCassandra") {
            Self::Cassandra
        } else if has("EnableGremlin") {
            Self::Gremlin
        } else if has("EnableTable") {
            Self::Table
        } else {
            Self::Sql
        }
    }

    /// The word in the name of its endpoint, if it has one beside that of documents. Servers of version 3.2 have none.
    pub(super) fn endpoint(self, settings: &Map<String, Value>) -> Option<&'static str> {
        match self {
            Self::Sql => None,
            Self::Mongo => (!is_old(settings)).then_some("mongo"),
            Self::Cassandra => Some("cassandra"),
            Self::Gremlin => Some("gremlin"),
            Self::Table => Some("table"),
        }
    }

    /// What it shows in place of the common defaults.
    pub(super) fn defaults(self) -> Vec<(&'static str, Value)> {
        let types = match self {
            Self::Sql => "Sql",
            Self::Mongo => "MongoDB",
            Self::Cassandra => "Cassandra",
            Self::Gremlin => "Gremlin, Sql",
            Self::Table => "Table, Sql",
        };
        let mut all = vec![("EnabledApiTypes", json!(types))];
        match self {
            Self::Mongo => all.push((
                "analyticalStorageConfiguration",
                json!({"schemaType": "FullFidelity"}),
            )),
            Self::Table => all.push((
                "consistencyPolicy",
                json!({
                    "defaultConsistencyLevel": "BoundedStaleness",
                    "maxIntervalInSeconds": 86400,
                    "maxStalenessPrefix": 1_000_000,
                }),
            )),
            Self::Sql | Self::Cassandra | Self::Gremlin => {}
        }
        all
    }

    /// The capability that the service adds by itself, if it is not there: not for servers of version 3.2.
    pub(super) fn capability(self, settings: &Map<String, Value>) -> Option<&'static str> {
        let there = settings
            .get("capabilities")
            .and_then(Value::as_array)
            .is_some_and(|all| {
                all.iter()
                    .any(|one| one.get("name").and_then(Value::as_str) == Some("EnableMongo"))
            });
        (self == Self::Mongo && !is_old(settings) && !there).then_some("EnableMongo")
    }
}

fn is_old(settings: &Map<String, Value>) -> bool {
    let version = settings.get("apiProperties");
    let version = version.and_then(|own| own.get("serverVersion"));
    version.and_then(Value::as_str) == Some("3.2")
}

#[cfg(test)]
mod tests {
    use super::Api;
    use serde_json::{Value, json};

    fn api(kind: &str, capabilities: &[&str]) -> Api {
        let list: Vec<Value> = capabilities
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        let settings = json!({"capabilities": list});
        Api::of(kind, settings.as_object().unwrap())
    }

    #[test]
    fn kind_and_capabilities_say_which_api_it_is() {
        assert_eq!(api("GlobalDocumentDB", &[]), Api::Sql);
        assert_eq!(api("MongoDB", &[]), Api::Mongo);
        assert_eq!(api("GlobalDocumentDB", &["EnableGremlin"]), Api::Gremlin);
        assert_eq!(api("GlobalDocumentDB", &["EnableTable"]), Api::Table);
        assert_eq!(
            api("GlobalDocumentDB", &["EnableCassandra"]),
            Api::Cassandra
        );
    }

    #[test]
    fn mongo_gets_its_capability_once_and_old_servers_none() {
        let settings = |value: Value| value.as_object().unwrap().clone();
        assert_eq!(
            Api::Mongo.capability(&settings(json!({}))),
            Some("EnableMongo")
        );
        let there = settings(json!({"capabilities": [{"name": "EnableMongo"}]}));
        assert_eq!(Api::Mongo.capability(&there), None);
        let old = settings(json!({"apiProperties": {"serverVersion": "3.2"}}));
        assert_eq!(Api::Mongo.capability(&old), None);
        assert_eq!(Api::Mongo.endpoint(&old), None);
        assert_eq!(Api::Mongo.endpoint(&there), Some("mongo"));
        assert_eq!(Api::Sql.capability(&settings(json!({}))), None);
    }
}
