//! From turns to a report: what was found, what is promised, what is doubtful.

mod doubts;
mod figures;
mod measures;
mod tables;

use std::fmt::Write as _;

use serde::Serialize;

use self::doubts::{is_sound, warnings};
pub(super) use self::figures::ratio;
pub(super) use self::measures::Measure;
use self::measures::measures;
use self::tables::aligned;
use super::Options;
use super::machine::Machine;
use super::measure::Series;
use super::server::Server;

/// Everything that a run found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    pub(super) postgres: String,
    pub(super) postgres_settings: Vec<(&'static str, String)>,
    pub(super) rounds: usize,
    pub(super) seconds: f64,
    pub(super) events: u64,
    pub(super) warnings: Vec<String>,
    pub(super) measures: Vec<Measure>,
    pub(super) series: Vec<Series>,
}

impl Report {
    pub(super) fn new(options: &Options, machine: Machine, server: &Server, series: Vec<Series>) -> Self {
        let warnings = warnings(options, &machine, &series);
        Self {
            postgres: server.version.clone(),
            postgres_settings: server.settings.clone(),
            rounds: options.rounds,
            seconds: options.seconds,
            events: options.events,
            warnings,
            measures: measures(&series, options.events),
            machine,
            series,
        }
    }

    /// Whether every store held what it had acknowledged, and every audit was content.
    pub(super) fn sound(&self) -> bool {
        self.series.iter().flat_map(|series| &series.rounds).all(is_sound)
    }

    /// For a terminal.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}, PostgreSQL {}\n", self.machine.line(), self.postgres);
        for warning in &self.warnings {
            let _ = writeln!(out, "! {warning}");
        }
        for (title, table) in self.tables() {
            let _ = writeln!(out, "\n{title}\n{}", aligned(&table));
        }
        out
    }
}
