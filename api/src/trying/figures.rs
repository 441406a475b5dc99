//! How well it understands: a few lines of the report, read from the report itself.

use std::sync::LazyLock;

use domain::Bilingual;

/// What `trainer report` wrote.
const REPORT: &str = include_str!("../../../docs/UNDERSTANDING.md");

/// A line of the report's first table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What was measured.
    pub what: Bilingual,
    /// On lines that nobody trained on, as the report writes it.
    pub measured: String,
    /// The bound, as a number.
    pub target: String,
    /// The bound is a greatest value rather than a least one.
    pub at_most: bool,
    /// Within the bound?
    pub held: bool,
}

/// The measure's name in the report, and ours.
const SHOWN: [(&str, &str, &str); 5] = [
    (
        "intent and service both right",
        "Request and service both right",
        "माँग और सेवा दोनों सही",
    ),
    ("the same, Hinglish", "The same in Hinglish", "वही, रोमन में लिखी हिंदी में"),
    ("silent errors", "Wrong without asking back", "बिना पूछे ग़लत समझा"),
    ("asked back", "Asked back", "दोबारा पूछा"),
    (
        "particulars: F1",
        "Names, dates and numbers found (F1)",
        "नाम, तिथियाँ और नंबर पहचाने (F1)",
    ),
];

/// The figures.
pub(super) fn figures() -> &'static [Figure] {
    static FIGURES: LazyLock<Vec<Figure>> =
        LazyLock::new(|| SHOWN.iter().filter_map(|shown| read(REPORT, shown)).collect());
    &FIGURES
}

fn read(report: &str, (name, en, hi): &(&str, &str, &str)) -> Option<Figure> {
    let line = report.lines().find(|line| line.starts_with(&format!("| {name} |")))?;
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, _, target, _, _, measured, held, _] = cells.as_slice() else {
        return None;
    };
    Some(Figure {
        what: Bilingual::new(*en, *hi),
        measured: (*measured).to_owned(),
        target: target.rsplit(' ').next()?.to_owned(),
        at_most: target.starts_with("at most"),
        held: *held == "held",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_found_in_the_report() {
        assert_eq!(figures().len(), SHOWN.len());
        for figure in figures() {
            for number in [&figure.measured, &figure.target] {
                assert!(
                    number.parse::<f32>().is_ok_and(|n| (0.0..=1.0).contains(&n)),
                    "{figure:?}"
                );
            }
            let (measured, target): (f32, f32) = (figure.measured.parse().unwrap(), figure.target.parse().unwrap());
            let within = if figure.at_most {
                measured <= target
            } else {
                measured >= target
            };
            assert_eq!(within, figure.held, "{figure:?}");
        }
    }

    #[test]
    fn a_table_of_another_form_gives_no_figure() {
        for report in [
            "",
            "| silent errors | at most 0.05 | 0.1 |",
            "| errors | at most 0.1 | 0 | held | 0 | held |",
        ] {
            assert_eq!(read(report, &SHOWN[2]), None);
        }
        let whole = "| silent errors | at most 0.050 | 0.156 | **missed** | 0.076 | **missed** |";
        let figure = read(whole, &SHOWN[2]).unwrap();
        assert_eq!(
            (
                figure.measured.as_str(),
                figure.target.as_str(),
                figure.at_most,
                figure.held
            ),
            ("0.076", "0.050", true, false)
        );
    }
}
