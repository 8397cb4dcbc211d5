//! Client by operation: ok, or the exact difference.

use super::{
    expected::{Expected, Ids, Line},
    requests::{Request, Requests},
};
use std::{collections::BTreeMap, fmt};

/// Every client, in the order of the columns.
pub(super) const CLIENTS: [&str; 6] = ["az", "python", "python aio", "rust", "cross", "chromium"];

/// What was found so far.
#[derive(Debug)]
pub(super) struct Table {
    expected: Vec<Expected>,
    /// By operation and client; nothing for what is as it must be.
    cells: BTreeMap<(String, String), Option<String>>,
    /// What belongs to no operation, with its client.
    others: Vec<String>,
    requests: Requests,
}

impl Table {
    pub(super) fn new(expected: Vec<Expected>) -> Self {
        Self {
            expected,
            cells: BTreeMap::new(),
            others: Vec::new(),
            requests: Requests::new(),
        }
    }

    /// Holds what a client said against the table.
    pub(super) fn hold(&mut self, client: &str, lines: &[Line], ids: &mut Ids) {
        for line in lines {
            let row = self.expected.iter().find(|row| row.op == line.op);
            let Some(row) = row.filter(|row| row.by.iter().any(|by| by == client)) else {
                let said = &line.said;
                self.others.push(format!("{client}: {}: {said:?}", line.op));
                continue;
            };
            let difference = row.difference(client, &line.said, ids);
            let key = (line.op.clone(), client.to_owned());
            self.cells.insert(key, difference);
        }
    }

    /// Remembers what a client asked for.
    pub(super) fn saw(&mut self, client: &str, requests: Vec<Request>) {
        let known = self.requests.entry(client.to_owned()).or_default();
        known.extend(requests);
    }

    /// Takes over what was found meanwhile by others.
    pub(super) fn join(&mut self, other: Self) {
        self.cells.extend(other.cells);
        self.others.extend(other.others);
        for (client, requests) in other.requests {
            self.requests.entry(client).or_default().extend(requests);
        }
    }

    pub(super) const fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Notes what is wrong beside the operations.
    pub(super) fn note(&mut self, client: &str, problem: impl fmt::Display) {
        let problem = format!("{client}: {problem}");
        if !self.others.contains(&problem) {
            self.others.push(problem);
        }
    }

    /// Notes what was expected and not said.
    pub(super) fn close(&mut self) {
        for row in &self.expected {
            for client in &row.by {
                let key = (row.op.clone(), client.clone());
                let missing = || Some("it was not reported".to_owned());
                self.cells.entry(key).or_insert_with(missing);
            }
        }
    }

    /// Every difference, in the order of the table.
    pub(super) fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        for row in &self.expected {
            for client in CLIENTS {
                let key = (row.op.clone(), client.to_owned());
                if let Some(Some(difference)) = self.cells.get(&key) {
                    found.push(format!("{client}: {}: {difference}", row.op));
                }
            }
        }
        found.extend(self.others.iter().cloned());
        found
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operations = self.expected.iter().map(|row| row.op.len());
        let width = operations.max().unwrap_or_default();
        write!(f, "{:<width$}", "operation")?;
        for client in CLIENTS {
            write!(f, "  {client:<10}")?;
        }
        for row in &self.expected {
            write!(f, "\n{:<width$}", row.op)?;
            for client in CLIENTS {
                let key = (row.op.clone(), client.to_owned());
                let cell = match self.cells.get(&key) {
                    None => "-",
                    Some(None) => "ok",
                    Some(Some(_)) => "DIFFERENT",
                };
                write!(f, "  {cell:<10}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, Line, Table};
    use crate::clients::expected::Said;
    use serde_json::json;

    #[test]
    fn what_others_found_counts_too() {
        let expected =
            || serde_json::from_value(json!([{"op": "one", "by": ["az", "rust"], "is": 1}]));
        let said = |value: i32| Line {
            op: "one".to_owned(),
            said: Said::Is(json!(value)),
        };
        let mut table = Table::new(expected().unwrap());
        table.hold("az", &[said(1)], &mut Ids::default());
        let mut other = Table::new(expected().unwrap());
        other.hold("rust", &[said(2)], &mut Ids::default());
        other.note("rust", "a host was refused");
        table.join(other);
        table.close();
        assert_eq!(
            table.differences(),
            ["rust: one: it is 2, expected 1", "rust: a host was refused"]
        );
    }

    #[test]
    fn what_is_missing_what_differs_and_what_nobody_asked_for_are_told() {
        let expected = json!([
            {"op": "one", "by": ["az", "rust"], "is": 1},
            {"op": "two", "by": ["az"], "is": 2},
        ]);
        let mut table = Table::new(serde_json::from_value(expected).unwrap());
        let line = |op: &str, value: i32| Line {
            op: op.to_owned(),
            said: Said::Is(json!(value)),
        };
        let lines = [line("one", 1), line("two", 3), line("three", 3)];
        table.hold("az", &lines, &mut Ids::default());
        table.note("az", "a route is not modelled");
        table.close();
        assert_eq!(
            table.differences(),
            [
                "rust: one: it was not reported",
                "az: two: it is 3, expected 2",
                "az: three: Is(Number(3))",
                "az: a route is not modelled",
            ]
        );
        let printed = table.to_string();
        let row = printed.lines().find(|line| line.starts_with("one"));
        let cells: Vec<_> = row.unwrap().split_whitespace().collect();
        assert_eq!(cells, ["one", "ok", "-", "-", "DIFFERENT", "-", "-"]);
    }
}
