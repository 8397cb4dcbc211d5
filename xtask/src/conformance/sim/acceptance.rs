//! How an accepted difference is told from others, and how often each was met.

use super::compare::{Difference, What};
use crate::conformance::recording::Exchange;
use std::fmt;

/// One accepted difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    family: &'static str,
    method: &'static str,
    status: u16,
    what: What,
    pointer: &'static str,
    /// What the two sides say, where it is always the same.
    only: Option<&'static str>,
    /// Why the simulator may differ.
    reason: &'static str,
    /// How often it does.
    times: usize,
}

impl Row {
    /// The same for these two values only.
    pub(super) const fn only(self, only: &'static str) -> Self {
        Self {
            only: Some(only),
            ..self
        }
    }
}

pub(super) const fn row(
    family: &'static str,
    method: &'static str,
    status: u16,
    what: What,
    pointer: &'static str,
    reason: &'static str,
    times: usize,
) -> Row {
    Row {
        family,
        method,
        status,
        what,
        pointer,
        only: None,
        reason,
        times,
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            family,
            method,
            status,
            what,
            pointer,
            only,
            reason,
            times: _,
        } = self;
        let only = only.map(|only| format!(" {only}")).unwrap_or_default();
        write!(
            f,
            "{family} {method} {status} {what:?} {pointer}{only} ({reason})"
        )
    }
}

/// The table, and how often each row was met.
#[derive(Debug)]
pub(super) struct Accepted {
    rows: Vec<Row>,
    met: Vec<usize>,
}

impl Accepted {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        Self {
            met: vec![0; rows.len()],
            rows,
        }
    }

    /// What is left of the differences of an exchange.
    pub(super) fn strip(
        &mut self,
        family: &str,
        exchange: &Exchange,
        differences: Vec<Difference>,
    ) -> Vec<Difference> {
        let mut left = differences;
        left.retain(|difference| {
            let row = self.rows.iter().position(|row| {
                row.family == family
                    && row.method == exchange.method
                    && row.status == exchange.status
                    && row.what == difference.what
                    && row.pointer == difference.pointer
                    && row.only.is_none_or(|only| only == difference.detail)
            });
            if let Some(met) = row.and_then(|row| self.met.get_mut(row)) {
                *met += 1;
            }
            row.is_none()
        });
        left
    }

    /// Rows that were met more often than accepted, or less, in words.
    pub(super) fn miscounted(&self) -> impl Iterator<Item = String> {
        let rows = self.rows.iter().zip(&self.met);
        rows.filter(|(row, met)| row.times != **met)
            .map(|(row, met)| format!("accepted {} times, and met {met} times: {row}", row.times))
    }

    /// How many rows there are, and how many differences they took.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.rows.len(), self.met.iter().sum())
    }
}
