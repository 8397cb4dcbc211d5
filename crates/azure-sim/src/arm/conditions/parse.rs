//! Reads the text of a condition.

use super::{Attribute, Condition, Member, Source};
use crate::arm::template::Problem;
use std::{iter::Peekable, vec};

type Parsed<T = Condition> = Result<T, Problem>;

/// Deeper parentheses than anybody writes.
const DEEPEST: usize = 32;

pub(super) fn parse(text: &str) -> Parsed {
    let mut reader = Reader {
        tokens: tokens(text)?.into_iter().peekable(),
        depth: 0,
    };
    let condition = reader.any()?;
    match reader.tokens.next() {
        None => Ok(condition),
        Some(_) => Err(invalid()),
    }
}

fn invalid() -> Problem {
    // https://learn.microsoft.com/azure/role-based-access-control/conditions-troubleshoot
    Problem::Invalid("The given role assignment condition is invalid.".to_owned())
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// One of `( ) { } , !`.
    Mark(char),
    /// `'text'`.
    Quoted(String),
    /// `@Source[text]`.
    Attribute(String, String),
    Word(String),
}

fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '(' | ')' | '{' | '}' | ',' | '!' => {
                tokens.push(Token::Mark(first));
                rest.get(1..).unwrap_or_default()
            }
            '\'' => {
                let inner = rest.get(1..).unwrap_or_default();
                let (quoted, after) = inner.split_once('\'').ok_or_else(invalid)?;
                tokens.push(Token::Quoted(quoted.to_owned()));
                after
            }
            '@' => {
                let inner = rest.get(1..).unwrap_or_default();
                let (source, inner) = inner.split_once('[').ok_or_else(invalid)?;
                let (name, after) = inner.split_once(']').ok_or_else(invalid)?;
                tokens.push(Token::Attribute(source.to_owned(), name.to_owned()));
                after
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "(){},!'@".contains(c);
                let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
                tokens.push(Token::Word(word.to_owned()));
                after
            }
        }
        .trim_start();
    }
    Ok(tokens)
}

struct Reader {
    tokens: Peekable<vec::IntoIter<Token>>,
    depth: usize,
}

impl Reader {
    fn any(&mut self) -> Parsed {
        let mut all = vec![self.all()?];
        while self.takes_word(&["OR", "||"]) {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Condition::Any(all)
        })
    }

    fn all(&mut self) -> Parsed {
        let mut all = vec![self.one()?];
        while self.takes_word(&["AND", "&&"]) {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Condition::All(all)
        })
    }

    fn one(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(invalid());
        }
        let one = match self.tokens.next() {
            Some(Token::Mark('!')) => Condition::Not(Box::new(self.one()?)),
            Some(Token::Mark('(')) => {
                let inner = self.any()?;
                self.expect(')')?;
                inner
            }
            Some(Token::Word(word)) => match word.to_lowercase().as_str() {
                "not" => Condition::Not(Box::new(self.one()?)),
                "actionmatches" => Condition::Action(self.set()?),
                "suboperationmatches" => {
                    self.set()?;
                    Condition::SubOperation
                }
                "exists" => match self.tokens.next() {
                    Some(Token::Attribute(source, name)) => {
                        Condition::Exists(attribute(&source, &name)?)
                    }
                    _ => return Err(invalid()),
                },
                _ => return Err(invalid()),
            },
            Some(Token::Attribute(source, name)) => self.comparison(attribute(&source, &name)?)?,
            _ => return Err(invalid()),
        };
        self.depth -= 1;
        Ok(one)
    }

    fn comparison(&mut self, attribute: Attribute) -> Parsed {
        let Some(Token::Word(word)) = self.tokens.next() else {
            return Err(invalid());
        };
        let (quantifier, operator) = match word.split_once(':') {
            Some((quantifier, operator)) => (Some(quantifier.to_lowercase()), operator),
            None => (None, word.as_str()),
        };
        let every = match quantifier.as_deref() {
            None | Some("foranyofanyvalues" | "forallofanyvalues") => false,
            Some("foranyofallvalues" | "forallofallvalues") => true,
            Some(_) => return Err(invalid()),
        };
        let (differs, with_case) = match operator.to_lowercase().as_str() {
            "stringequals" => (false, true),
            "stringequalsignorecase" | "guidequals" => (false, false),
            "stringnotequals" => (true, true),
            "stringnotequalsignorecase" | "guidnotequals" => (true, false),
            // Of what is not here it does not matter how it compares.
            _ if attribute.1.is_none() => (false, false),
            _ => {
                return Err(Problem::NotModelled(format!(
                    "condition operator {operator}"
                )));
            }
        };
        let values = match self.tokens.peek() {
            Some(Token::Mark('{')) => self.set()?,
            Some(Token::Attribute(..)) => {
                return Err(Problem::NotModelled(
                    "condition on two attributes".to_owned(),
                ));
            }
            _ => vec![self.value()?],
        };
        Ok(Condition::Compare {
            attribute,
            every,
            differs,
            with_case,
            values,
        })
    }

    /// `{'a', 'b'}`, with or without quotes.
    fn set(&mut self) -> Parsed<Vec<String>> {
        self.expect('{')?;
        let mut values = vec![self.value()?];
        loop {
            match self.tokens.next() {
                Some(Token::Mark(',')) => values.push(self.value()?),
                Some(Token::Mark('}')) => return Ok(values),
                _ => return Err(invalid()),
            }
        }
    }

    fn value(&mut self) -> Parsed<String> {
        match self.tokens.next() {
            Some(Token::Quoted(text) | Token::Word(text)) => Ok(text),
            _ => Err(invalid()),
        }
    }

    fn expect(&mut self, mark: char) -> Parsed<()> {
        match self.tokens.next() {
            Some(Token::Mark(own)) if own == mark => Ok(()),
            _ => Err(invalid()),
        }
    }

    fn takes_word(&mut self, words: &[&str]) -> bool {
        let is_one = |token: &Token| matches!(token, Token::Word(own) if words.iter().any(|word| own.eq_ignore_ascii_case(word)));
        self.tokens.next_if(is_one).is_some()
    }
}

/// Azure knows attributes of some types only: <https://github.com/Azure/azure-cli/issues/15683> was refused, a recorded
/// one of storage was not.
fn attribute(source: &str, name: &str) -> Parsed<Attribute> {
    let source = match source.to_lowercase().as_str() {
        "request" => Source::Request,
        "resource" => Source::Resource,
        "principal" | "environment" => {
            return Err(Problem::NotModelled(format!("condition on @{source}")));
        }
        _ => return Err(invalid()),
    };
    let name = name.to_lowercase();
    let member = match name.strip_prefix("microsoft.authorization/roleassignments:") {
        Some("roledefinitionid") => Member::RoleDefinitionId,
        Some("principalid") => Member::PrincipalId,
        Some("principaltype") => Member::PrincipalType,
        None if name.starts_with("microsoft.storage/") => return Ok(Attribute(source, None)),
        _ => return Err(invalid()),
    };
    Ok(Attribute(source, Some(member)))
}
