//! Every difference between recordings and simulator that is accepted, each with its reason.

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
    /// Why the simulator may differ.
    reason: &'static str,
}

pub(super) const fn row(
    family: &'static str,
    method: &'static str,
    status: u16,
    what: What,
    pointer: &'static str,
    reason: &'static str,
) -> Row {
    Row {
        family,
        method,
        status,
        what,
        pointer,
        reason,
    }
}

/// The accepted differences. No row says more than one thing; one that is not met any more is a failure.
pub(super) const ACCEPTED: &[Row] = &[];

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            family,
            method,
            status,
            what,
            pointer,
            reason,
        } = self;
        write!(
            f,
            "{family} {method} {status} {what:?} {pointer} ({reason})"
        )
    }
}

/// The table, and how often each row was met.
#[derive(Debug)]
pub(super) struct Accepted {
    rows: &'static [Row],
    met: Vec<usize>,
}

impl Accepted {
    pub(super) fn new(rows: &'static [Row]) -> Self {
        Self {
            rows,
            met: vec![0; rows.len()],
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
            });
            if let Some(met) = row.and_then(|row| self.met.get_mut(row)) {
                *met += 1;
            }
            row.is_none()
        });
        left
    }

    /// Rows that nothing met.
    pub(super) fn unused(&self) -> impl Iterator<Item = &Row> {
        let rows = self.rows.iter().zip(&self.met);
        rows.filter(|(_, met)| **met == 0).map(|(row, _)| row)
    }

    /// How many rows there are, and how many differences they took.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.rows.len(), self.met.iter().sum())
    }
}
