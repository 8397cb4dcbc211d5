//! The whole state as a document: saved, and loaded again.

use crate::{Sim, world::World};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The form of the document. It grows by one whenever a document of before can no longer be read.
const FORMAT: u32 = 1;

/// No simulator gets so far: its calendar ends before.
const LAST: Duration = Duration::from_secs(7_000 * 365 * 24 * 60 * 60);

/// What every form of the document has.
#[derive(Deserialize)]
struct Head {
    azure_sim_state: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    azure_sim_state: u32,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    world: World,
}

/// Why a state was not saved or loaded. No text of it quotes the state, which holds secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// The text is no state of this simulator, or was damaged.
    #[non_exhaustive]
    Malformed {
        /// Where: the line, from 1; 0 if it is nowhere in particular.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// The state is of another version of this simulator.
    #[non_exhaustive]
    OtherFormat {
        /// The form that was found.
        found: u32,
        /// The form that can be read.
        expected: u32,
    },
    /// A key of the simulator has no form that can be written.
    Unwritable,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed {
                line: 0, problem, ..
            } => write!(f, "no state of azure-sim: {problem}"),
            Self::Malformed {
                line,
                column,
                problem,
            } => write!(
                f,
                "no state of azure-sim: {problem} at line {line}, column {column}"
            ),
            Self::OtherFormat { found, expected } => write!(
                f,
                "the state has form {found}, this version of azure-sim reads form {expected}"
            ),
            Self::Unwritable => f.write_str("a key cannot be written"),
        }
    }
}

impl std::error::Error for StateError {}

impl From<serde_json::Error> for StateError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        let text = error.to_string();
        let problem = match error.classify() {
            Category::Eof => "the text ends too early".to_owned(),
            Category::Syntax => "the text is no JSON".to_owned(),
            // Other messages can quote what stands there; the names of members are the simulator's own.
            _ => match text.strip_prefix("missing field `") {
                Some(rest) => format!(
                    "there is no member `{}`",
                    rest.split('`').next().unwrap_or_default()
                ),
                None => "a value is not what it must be".to_owned(),
            },
        };
        Self::Malformed {
            line: error.line(),
            column: error.column(),
            problem,
        }
    }
}

impl Sim {
    /// The whole state as a JSON document: what there is, what is still to happen, tokens and long operations, meters,
    /// planned faults, the time and the options. Only the log of requests is left out.
    ///
    /// What versions share under [`RsaKeys::SharedForScaleRuns`](crate::RsaKeys::SharedForScaleRuns) is written once for each
    /// of them: once loaded, it is shared no more. A key that was not made yet is then made anew for each version.
    ///
    /// **It holds private keys, client secrets and tokens.** They are of no use elsewhere; keep it private all the same.
    ///
    /// # Errors
    ///
    /// [`StateError::Unwritable`] if a private key cannot be written.
    pub fn save(&self) -> Result<String, StateError> {
        let written = Written {
            azure_sim_state: FORMAT,
            world: &self.glance(),
        };
        serde_json::to_string(&written).map_err(|_| StateError::Unwritable)
    }

    /// The Azure of a document of [`Sim::save`]. It goes on as the saved one would have: the same requests get the same
    /// answers, at the same times.
    ///
    /// # Errors
    ///
    /// [`StateError::OtherFormat`] if another version wrote it in another form; [`StateError::Malformed`] if it is none.
    pub fn load(text: &str) -> Result<Self, StateError> {
        let head: Head = serde_json::from_str(text)?;
        if head.azure_sim_state != FORMAT {
            return Err(StateError::OtherFormat {
                found: head.azure_sim_state,
                expected: FORMAT,
            });
        }
        let Read { world } = serde_json::from_str(text)?;
        if world.now > LAST {
            return Err(StateError::Malformed {
                line: 0,
                column: 0,
                problem: "its time is no time of the simulator".to_owned(),
            });
        }
        Ok(Self(Arc::new(Mutex::new(world))))
    }
}
