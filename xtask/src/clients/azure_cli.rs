//! The Azure CLI in front of a stage: its commands, what comes back, and Azure's code where it is refused.

mod beyond;
mod identities;
mod managed_hsm;
mod reader;
mod walkthrough;

use super::{
    expected::{Line, Said},
    stage::{Stage, Who, run},
};
use crate::Outcome;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{path::Path, process::Output};

/// The Azure CLI, with a configuration for each party.
pub(super) struct AzureCli<'a> {
    stage: &'a Stage,
    python: &'a Path,
    lines: Vec<Line>,
}

impl<'a> AzureCli<'a> {
    pub(super) fn new(stage: &'a Stage, python: &'a Path) -> Self {
        Self {
            stage,
            python,
            lines: Vec::new(),
        }
    }

    /// What was told since the last time.
    pub(super) fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// Runs a command and tells what came back, or Azure's code. In a command `{}` stands for the next of the values.
    fn tell(
        &mut self,
        operation: &str,
        who: Who,
        query: &str,
        command: &str,
        values: &[&str],
    ) -> Outcome<Value> {
        let said = self.said(who, query, command, values)?;
        let value = match &said {
            Said::Is(value) => value.clone(),
            _ => Value::Null,
        };
        let op = operation.to_owned();
        self.lines.push(Line { op, said });
        Ok(value)
    }

    /// Runs what must be refused, and tells Azure's code.
    fn refused(&mut self, operation: &str, who: Who, command: &str, values: &[&str]) -> Outcome {
        self.tell(operation, who, "@", command, values)?;
        Ok(())
    }

    /// Runs what an operation needs before it.
    fn must(&self, who: Who, command: &str, values: &[&str]) -> Outcome {
        self.ask::<Value>(who, "@", command, values)?;
        Ok(())
    }

    /// Asks for a value that later commands need.
    fn ask<T: DeserializeOwned>(
        &self,
        who: Who,
        query: &str,
        command: &str,
        values: &[&str],
    ) -> Outcome<T> {
        match self.said(who, query, command, values)? {
            Said::Is(value) => Ok(serde_json::from_value(value)?),
            Said::Refused(reason) | Said::Failed(reason) => {
                Err(format!("az {command}: {reason}").into())
            }
        }
    }

    fn said(&self, who: Who, query: &str, command: &str, values: &[&str]) -> Outcome<Said> {
        let environment = self.stage.environment(who);
        let mut az = self.stage.command(self.python, &environment);
        az.args(["-m", "azure.cli"]).args(words(command, values)?);
        az.args(["--output", "json", "--only-show-errors", "--query", query]);
        ended(&run(az, "")?)
    }
}

fn words(command: &str, values: &[&str]) -> Outcome<Vec<String>> {
    let mut values = values.iter();
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        words.push(match word.split_once("{}") {
            None => word.to_owned(),
            Some((before, after)) => {
                let value = values.next().ok_or("a command lacks a value")?;
                format!("{before}{value}{after}")
            }
        });
    }
    match values.next() {
        None => Ok(words),
        Some(value) => Err(format!("the command has no place for {value}").into()),
    }
}

fn ended(output: &Output) -> Outcome<Said> {
    if output.status.success() {
        return Ok(Said::Is(match output.stdout.trim_ascii() {
            b"" => Value::Null,
            text => serde_json::from_slice(text)?,
        }));
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(code_of(&told).map_or_else(|| Said::Failed(told.trim().to_owned()), Said::Refused))
}

/// Azure's code in what the CLI prints of an error: the inner one where there is one.
fn code_of(told: &str) -> Option<String> {
    let json = told.find('{').and_then(|at| told.get(at..));
    let json = json.and_then(|text| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        values.next()?.ok()
    });
    let in_json = json.and_then(|error| {
        let error = error.get("error").unwrap_or(&error);
        let inner = error.get("innererror").unwrap_or(error);
        inner.get("code")?.as_str().map(str::to_owned)
    });
    let mut words = told.split(|c: char| !c.is_ascii_alphanumeric());
    let numbered = words.find(|word| word.starts_with("AKV") || word.starts_with("AADSTS"));
    let line = told.lines().find_map(|line| line.strip_prefix("Code: "));
    in_json
        .or_else(|| numbered.map(str::to_owned))
        .or_else(|| line.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::{code_of, words};

    #[test]
    fn the_code_is_found_wherever_the_cli_prints_it() {
        let cases = [
            (
                "ERROR: (Forbidden) Caller is not authorized\nCode: Forbidden\nMessage: Caller\nInner error: {\n    \"code\": \"ForbiddenByRbac\"\n}\n",
                "ForbiddenByRbac",
            ),
            (
                "ERROR: (Conflict) x\nCode: Conflict\nMessage: x\n",
                "Conflict",
            ),
            (
                "ERROR: Bad Request({\"error\":{\"code\":\"BadRequest\",\"message\":\"x\"}})\n",
                "BadRequest",
            ),
            (
                "ERROR: (Unauthorized) AKV10032: Invalid issuer. Expected one of x\nCode: Unauthorized\n",
                "AKV10032",
            ),
            (
                "ERROR: AADSTS7000215: Invalid client secret\n",
                "AADSTS7000215",
            ),
        ];
        for (told, code) in cases {
            assert_eq!(code_of(told).as_deref(), Some(code), "{told}");
        }
        assert_eq!(code_of("ERROR: unrecognized arguments: --x"), None);
    }

    #[test]
    fn a_value_stays_one_word() {
        let filled = words("role create --role {} --scope=/x/{}", &["Key Officer", "y"]).unwrap();
        assert_eq!(
            filled,
            ["role", "create", "--role", "Key Officer", "--scope=/x/y"]
        );
        assert!(words("show -n {}", &[]).is_err());
        assert!(words("show", &["x"]).is_err());
    }
}
