//! What was measured, for people.

mod closeness;
mod picture;
mod tables;

use std::{
    fs,
    io::{Write as _, stdout},
};

use anyhow::{Context as _, Result};

use crate::{
    School,
    corpus::name_of,
    measure::{self, Outcome, Share, calibration_error, f1, recall_at, slots, writing},
};
use tables::Measured;

const PAGE: &str = "docs/UNDERSTANDING.md";
const PICTURE: &str = "docs/pictures/understanding-confusion.svg";
/// What is between is made anew; what is around is written by people.
const BEGIN: &str = "<!-- report -->";
const END: &str = "<!-- /report -->";

/// Measures, and writes the tables and the picture.
pub(crate) fn write(school: &School) -> Result<()> {
    let mut out = stdout();
    let understander = school.stored()?;
    let (crossed, test) = (school.cross_validated()?, measure::ask(&understander, &school.test));
    for (what, outcomes) in [("cross-validation", &crossed), ("test", &test)] {
        writeln!(out, "== {what}: {} lines", outcomes.len())?;
        summary(&mut out, outcomes)?;
    }
    let (flips, _) = measure::flips(&understander, &test);
    let measured = Measured {
        school,
        crossed: &crossed,
        test: &test,
        flips: &flips,
    };
    let page = school.root.join(PAGE);
    let before = fs::read_to_string(&page).with_context(|| format!("read {PAGE}"))?;
    fs::write(&page, with_tables(&before, &measured.tables()?)?)?;
    fs::write(school.root.join(PICTURE), picture::confusion(&test)?)?;
    writeln!(out, "{PAGE} and {PICTURE} are written")?;
    Ok(())
}

pub(crate) fn with_tables(page: &str, tables: &str) -> Result<String> {
    let (head, rest) = page
        .split_once(BEGIN)
        .with_context(|| format!("{PAGE} has no {BEGIN}"))?;
    let (_, tail) = rest
        .split_once(END)
        .with_context(|| format!("{PAGE} has no {END} behind {BEGIN}"))?;
    Ok(format!("{head}{BEGIN}\n\n{}\n\n{END}{tail}", tables.trim()))
}

/// Every test line that is read otherwise once it is rewritten.
pub(crate) fn flips(school: &School) -> Result<()> {
    let understander = school.stored()?;
    let test = measure::ask(&understander, &school.test);
    let mut out = stdout().lock();
    for flip in measure::flips(&understander, &test).1 {
        let said = |meaning: &assistant::understand::Meaning| {
            format!(
                "{} {}",
                name_of(meaning.intent),
                meaning.service.as_deref().unwrap_or("-")
            )
        };
        let (before, after) = (said(&flip.before), said(&flip.after));
        writeln!(
            out,
            "{:?}\t{}\t{before}\t-> {after}\t{}\t{}",
            flip.kind, flip.line.place, flip.line.text, flip.written
        )?;
    }
    Ok(())
}

fn summary(out: &mut impl std::io::Write, outcomes: &[Outcome]) -> Result<()> {
    let share = |hit: &dyn Fn(&Outcome) -> bool| Share::count(outcomes, hit).value();
    writeln!(
        out,
        "intent {:.3} service {:.3} both {:.3}",
        share(&|o| o.intent_right()),
        share(&|o| o.service_right()),
        share(&|o| o.right())
    )?;
    for way in [
        measure::Writing::Hinglish,
        measure::Writing::Devanagari,
        measure::Writing::English,
        measure::Writing::Mixed,
    ] {
        let those = outcomes.iter().filter(|o| writing(o) == way);
        let both = Share::count(those, |o| o.right());
        writeln!(out, "  {way:?} {:.3} of {}", both.value(), both.of)?;
    }
    writeln!(out, "top three {:.3}", share(&|o| o.offered()))?;
    let silent = share(&|o| !o.right() && !o.meaning.clarify);
    let asked = share(&|o| o.meaning.clarify);
    writeln!(out, "silent errors {silent:.3} asked {asked:.3}")?;
    let (recall, from) = recall_at(outcomes, 0.03);
    writeln!(out, "out of scope: recall {recall:.3} at 3% (from {from:.3})")?;
    let alarms = Share::count(outcomes.iter().filter(|o| !o.out_of_scope()), |o| {
        o.meaning.intent == assistant::understand::Intent::OutOfScope
    });
    let found = Share::count(outcomes.iter().filter(|o| o.out_of_scope()), |o| {
        o.meaning.intent == assistant::understand::Intent::OutOfScope
    });
    writeln!(
        out,
        "  as decided: recall {:.3}, false alarms {:.3}",
        found.value(),
        alarms.value()
    )?;
    writeln!(out, "calibration error {:.3}", calibration_error(outcomes))?;
    let counts = slots(outcomes);
    let all = counts
        .values()
        .fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]);
    writeln!(out, "slots F1 {:.3}", f1(all))?;
    for (slot, count) in counts {
        writeln!(out, "  {slot} {:.3} {count:?}", f1(count))?;
    }
    Ok(())
}

/// Every line that was not understood, worst first.
pub(crate) fn errors(outcomes: &[Outcome]) -> Result<()> {
    let mut wrong: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.right()).collect();
    wrong.sort_by(|a, b| b.meaning.confidence.total_cmp(&a.meaning.confidence));
    let mut out = stdout().lock();
    for outcome in wrong {
        let (line, meaning) = (outcome.line, &outcome.meaning);
        writeln!(
            out,
            "{:.2}\t{}\t{} {}\t-> {} {}{}\t{}",
            meaning.confidence,
            line.place,
            name_of(line.intent),
            line.services.join("|"),
            name_of(meaning.intent),
            meaning.service.as_deref().unwrap_or("-"),
            if meaning.clarify { " (asks)" } else { "" },
            line.text
        )?;
    }
    Ok(())
}

/// Every line whose particulars were not all found.
pub(crate) fn slot_errors(outcomes: &[Outcome]) -> Result<()> {
    let mut out = stdout().lock();
    for outcome in outcomes {
        let wanted = outcome.line.slots();
        let found: std::collections::BTreeMap<&str, &str> = outcome
            .meaning
            .slots
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        if wanted != found {
            writeln!(
                out,
                "{}\t{}\n\twanted {wanted:?}\n\tfound  {found:?}",
                outcome.line.place, outcome.line.text
            )?;
        }
    }
    let counts = slots(outcomes);
    for (slot, counts) in &counts {
        writeln!(out, "{slot}\t{:.3}", f1(*counts))?;
    }
    writeln!(out, "dates and numbers\t{:.3}", f1(tables::dates_and_numbers(outcomes)))?;
    writeln!(out, "all\t{:.3}", f1(measure::sum(counts.into_values())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_made_anew() {
        let page = "before <!-- report -->old<!-- /report --> behind";
        let once = with_tables(page, "\nnew\n").unwrap();
        assert_eq!(once, "before <!-- report -->\n\nnew\n\n<!-- /report --> behind");
        assert_eq!(with_tables(&once, "new").unwrap(), once);
        assert!(with_tables("no marks", "new").is_err() && with_tables("<!-- report --> no end", "new").is_err());
    }
}
