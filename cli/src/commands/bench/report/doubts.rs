//! What a run cannot be believed for: a store that does not hold what it acknowledged, a machine that did other things.

use super::super::Options;
use super::super::machine::{LOAD_QUIET, Machine};
use super::super::measure::{Sample, Series};

/// Others may use this part of the machine before a figure is doubted.
const OTHERS_QUIET: f64 = 0.05;

pub(super) fn is_sound(sample: &Sample) -> bool {
    // A command that failed may have been stored all the same: its outcome is unknown to the caller.
    let whole = match (sample.stored, sample.expected) {
        (Some(stored), Some(expected)) => (expected..=expected + sample.failed).contains(&stored),
        _ => true,
    };
    whole && sample.breaks.unwrap_or(0) == 0
}

pub(super) fn warnings(options: &Options, machine: &Machine, series: &[Series]) -> Vec<String> {
    let mut all = Vec::new();
    if machine.build != "release" {
        all.push("this is no release build: its figures mean nothing".to_owned());
    }
    if machine.load_before > LOAD_QUIET {
        all.push(format!(
            "the load average before the start was {:.2}: trust the ratios and the CPU for one command, not the rates",
            machine.load_before
        ));
    }
    let samples = || series.iter().flat_map(|series| &series.rounds);
    let disturbed = samples().filter(|sample| sample.others > OTHERS_QUIET).count();
    if disturbed > 0 {
        all.push(format!(
            "in {disturbed} of {} turns others used more than {:.0} % of the machine",
            samples().count(),
            OTHERS_QUIET * 100.0
        ));
    }
    if matches!(machine.file_system.as_str(), "tmpfs" | "ramfs" | "overlay") {
        all.push(format!(
            "the stores lie on {}, where a flush costs nothing: name a folder on a disk with --folder",
            machine.file_system
        ));
    }
    if options.yardstick.is_none() {
        all.push("no --yardstick was named: the stock crates are left out".to_owned());
    }
    for series in series {
        let failed: u64 = series.rounds.iter().map(|sample| sample.failed).sum();
        if failed > 0 {
            all.push(format!("{}: {failed} commands failed", series.variant));
        }
        for sample in series.rounds.iter().filter(|sample| !is_sound(sample)) {
            all.push(format!(
                "{}: {} events stored where {} were acknowledged, {} breaks found",
                series.variant,
                sample.stored.unwrap_or(0),
                sample.expected.unwrap_or(0),
                sample.breaks.unwrap_or(0)
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_command_and_a_break_are_no_success() {
        let sample = |stored, expected, failed, breaks| Sample {
            stored: Some(stored),
            expected: Some(expected),
            failed,
            breaks: Some(breaks),
            ..Sample::default()
        };
        assert!(is_sound(&sample(9, 9, 0, 0)));
        assert!(is_sound(&sample(10, 9, 1, 0)), "it failed for its caller only");
        assert!(!is_sound(&sample(8, 9, 0, 0)));
        assert!(!is_sound(&sample(10, 9, 0, 0)));
        assert!(!is_sound(&sample(9, 9, 0, 1)));
    }
}
