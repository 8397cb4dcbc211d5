//! Conditions of role assignments, as far as they say which role assignments a delegate may write and delete.
//!
//! The grammar of <https://learn.microsoft.com/azure/role-based-access-control/conditions-format> and the attributes of
//! <https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes>.

mod parse;

use super::{roles, template::Problem};

/// A condition that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Whether what is asked is one of these actions.
    Action(Vec<String>),
    /// Parts of actions, such as the listing of blobs: no action here has any.
    SubOperation,
    Exists(Attribute),
    Compare {
        attribute: Attribute,
        /// Against every value, not any.
        every: bool,
        /// Whether it must differ.
        differs: bool,
        with_case: bool,
        values: Vec<String>,
    },
}

/// Where an attribute stands, and which one of a role assignment it is; none if it is one of a type that is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attribute(Source, Option<Member>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// What a write asks for.
    Request,
    /// What is there, and is to be deleted.
    Resource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    RoleDefinitionId,
    PrincipalId,
    PrincipalType,
}

/// The role assignment that an action is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) source: Source,
    /// The GUID of its role.
    pub(crate) role: &'a str,
    pub(crate) principal: &'a str,
    /// As the request says it, if it does.
    pub(crate) principal_type: Option<&'a str>,
}

impl Condition {
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        parse::parse(text)
    }

    /// Whether the condition lets an action pass. None if that depends on the role assignment, and which one is not known yet.
    pub(crate) fn holds(&self, action: &str, about: Option<About<'_>>) -> Option<bool> {
        match self {
            Self::All(all) => fold(all, false, action, about),
            Self::Any(any) => fold(any, true, action, about),
            Self::Not(inner) => inner.holds(action, about).map(|holds| !holds),
            Self::Action(patterns) => Some(
                patterns
                    .iter()
                    .any(|pattern| roles::matches(pattern, action)),
            ),
            Self::SubOperation => Some(false),
            Self::Exists(attribute) => Some(attribute.value(action, about)?.is_some()),
            Self::Compare {
                attribute,
                every,
                differs,
                with_case,
                values,
            } => {
                let Some(own) = attribute.value(action, about)? else {
                    // Taken as likely: what is absent neither equals nor differs.
                    return Some(false);
                };
                let fits = |value: &String| {
                    let equals = if *with_case {
                        *value == own
                    } else {
                        value.eq_ignore_ascii_case(own)
                    };
                    equals != *differs
                };
                Some(if *every {
                    values.iter().all(fits)
                } else {
                    values.iter().any(fits)
                })
            }
        }
    }
}

/// `decides` if one is so, the opposite if none is; unknown if one that is unknown could decide.
fn fold(all: &[Condition], decides: bool, action: &str, about: Option<About<'_>>) -> Option<bool> {
    let mut known = Some(!decides);
    for one in all {
        match one.holds(action, about) {
            Some(holds) if holds == decides => return Some(decides),
            Some(_) => {}
            None => known = None,
        }
    }
    known
}

impl Attribute {
    /// The value, if there is one; nothing if the role assignment is not known yet.
    fn value<'a>(self, action: &str, about: Option<About<'a>>) -> Option<Option<&'a str>> {
        let Self(source, Some(member)) = self else {
            return Some(None);
        };
        let Some(about) = about else {
            // A request says something of what it writes, and what is deleted of itself.
            let known_later = match source {
                Source::Request => "Microsoft.Authorization/roleAssignments/write",
                Source::Resource => "Microsoft.Authorization/roleAssignments/delete",
            };
            return (!action.eq_ignore_ascii_case(known_later)).then_some(None);
        };
        if about.source != source {
            return Some(None);
        }
        Some(match member {
            Member::RoleDefinitionId => Some(about.role),
            Member::PrincipalId => Some(about.principal),
            Member::PrincipalType => about.principal_type,
        })
    }
}

#[cfg(test)]
mod tests;
