//! Everything that a run shows, by where.

use cross_tenant_cmk::{Done, Event, Observer, PhaseError};
use serde::Serialize;
use std::{
    error::Error as StdError,
    fmt::{Debug, Display},
    io, mem,
    sync::{Arc, Mutex},
};
use tracing_subscriber::{
    fmt::{MakeWriter, format::FmtSpan},
    util::SubscriberInitExt as _,
};

/// Texts, each with the place that shows it.
#[derive(Debug, Default)]
pub(super) struct Shown {
    texts: Vec<(&'static str, String)>,
    trace: Trace,
}

/// What every crate traces.
#[derive(Debug, Default, Clone)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl io::Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Trace {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The events of a run.
#[derive(Debug, Default)]
pub(super) struct Events(Mutex<Vec<String>>);

impl Observer for Events {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

impl Shown {
    /// Keeps what is traced on this thread until the guard is dropped: all crates, all levels, spans as they open and close.
    ///
    /// As long as tracing knows one subscriber only, it asks that of the thread that meets an event first, and here that can be one
    /// of another test, which has none. So there are two.
    pub(super) fn trace(&self) -> impl Sized + use<> {
        let second = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(io::sink)
            .finish();
        let second = tracing::Dispatch::new(second);
        let first = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(self.trace.clone())
            .finish()
            .set_default();
        (first, second)
    }

    pub(super) fn text(&mut self, place: &'static str, text: String) {
        self.texts.push((place, text));
    }

    pub(super) fn debug(&mut self, place: &'static str, value: &impl Debug) {
        self.text(place, format!("{value:?} {value:#?}"));
    }

    pub(super) fn said(&mut self, place: &'static str, value: &(impl Debug + Display)) {
        self.debug(place, value);
        self.text(place, value.to_string());
    }

    pub(super) fn json(&mut self, place: &'static str, value: &(impl Debug + Serialize)) {
        self.debug(place, value);
        self.text(place, serde_json::to_string(value).unwrap());
    }

    pub(super) fn error(&mut self, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.text("error", format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    pub(super) fn result<T: Debug, E: StdError + 'static>(
        &mut self,
        place: &'static str,
        result: &Result<T, E>,
    ) {
        match result {
            Ok(value) => self.debug(place, value),
            Err(error) => self.error(error),
        }
    }

    /// What a phase shows, whether it finished or not; its output if it did.
    pub(super) fn phase<T: Debug>(
        &mut self,
        events: &Events,
        done: Result<Done<T>, PhaseError>,
    ) -> Option<T> {
        for event in mem::take(&mut *events.0.lock().unwrap()) {
            self.text("event", event);
        }
        match done {
            Ok(done) => {
                self.said("report", &done.report);
                self.json("report", &done.report);
                self.debug("output", &done.output);
                Some(done.output)
            }
            Err(error) => {
                self.error(&error);
                for step in error.errors() {
                    self.error(step);
                    self.text("error", format!("{:?} {:?}", step.help(), step.refusal()));
                }
                self.said("report", error.report());
                None
            }
        }
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let trace = self.trace.0.lock().unwrap().clone();
        let trace = String::from_utf8(trace).unwrap();
        let trace = (!trace.is_empty()).then_some(("trace", trace));
        self.texts.iter().cloned().chain(trace)
    }

    pub(super) fn places(&self) -> Vec<&'static str> {
        let mut places: Vec<_> = self.texts().map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    pub(super) fn bytes(&self) -> usize {
        self.texts().map(|(_, text)| text.len()).sum()
    }

    /// Whether a crate traced anything.
    pub(super) fn traced(&self, target: &str) -> bool {
        self.texts()
            .any(|(place, text)| place == "trace" && text.contains(&format!(" {target}")))
    }
}
