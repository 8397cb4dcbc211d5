//! The order of the exchanges: strict where steps follow each other, free where they run at the same time.

use crate::exchange::{Exchange, route};
use wiremock::{Request, ResponseTemplate};

/// What is expected, each exchange exactly once.
#[derive(Debug)]
pub(crate) enum Plan {
    /// One exchange, and whether it has come.
    One(Box<Exchange>, bool),
    /// One after the other.
    InOrder(Vec<Self>),
    /// In any order among each other.
    AtOnce(Vec<Self>),
}

impl From<Exchange> for Plan {
    fn from(exchange: Exchange) -> Self {
        Self::One(Box::new(exchange), false)
    }
}

/// One after the other.
macro_rules! in_order {
    ($($part:expr),* $(,)?) => {
        $crate::script::Plan::InOrder(vec![$($part.into()),*])
    };
}
pub(crate) use in_order;

/// In any order among each other.
macro_rules! at_once {
    ($($part:expr),* $(,)?) => {
        $crate::script::Plan::AtOnce(vec![$($part.into()),*])
    };
}
pub(crate) use at_once;

impl Plan {
    fn is_done(&self) -> bool {
        self.missing().is_empty()
    }

    /// What has not come yet.
    pub(crate) fn missing(&self) -> Vec<String> {
        match self {
            Self::One(_, true) => Vec::new(),
            Self::One(exchange, false) => vec![exchange.line()],
            Self::InOrder(parts) | Self::AtOnce(parts) => {
                parts.iter().flat_map(Self::missing).collect()
            }
        }
    }

    /// The exchanges of which one may come now.
    fn due(&mut self) -> Vec<(&mut Exchange, &mut bool)> {
        match self {
            Self::One(_, true) => Vec::new(),
            Self::One(exchange, come) => vec![(&mut **exchange, come)],
            Self::InOrder(parts) => parts
                .iter_mut()
                .find(|part| !part.is_done())
                .map_or_else(Vec::new, Self::due),
            Self::AtOnce(parts) => parts.iter_mut().flat_map(Self::due).collect(),
        }
    }

    /// The answer to a request, if it is one that may come now, in every detail.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn take(&mut self, request: &Request) -> Result<ResponseTemplate, String> {
        let came = route(request);
        let mut due = self.due();
        let mut differences = Vec::new();
        for (exchange, come) in &mut due {
            let found = exchange.differences(request);
            if found.is_empty() {
                **come = true;
                return Ok(exchange.template());
            }
            if exchange.is_of(&came) {
                differences.extend(found);
            }
        }
        if !differences.is_empty() {
            return Err(format!(
                "{came} came otherwise:\n  {}",
                differences.join("\n  ")
            ));
        }
        let lines: Vec<_> = due.iter().map(|(exchange, _)| exchange.line()).collect();
        Err(format!("{came} came, due was:\n  {}", lines.join("\n  ")))
    }
}
