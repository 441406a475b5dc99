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

pub(crate) const PAGE: &str = "docs/UNDERSTANDING.md";
const PICTURE: &str = "docs/pictures/understanding-confusion.svg";
/// The part of the page that is made anew here.
const PART: &str = "report";

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
    fs::write(&page, with_tables(&before, PART, &measured.tables()?)?)?;
    fs::write(school.root.join(PICTURE), picture::confusion(&test)?)?;
    writeln!(out, "{PAGE} and {PICTURE} are written")?;
    Ok(())
}

/// The page with a part of it made anew: what is between its marks. What is around is written by people, or another part.
pub(crate) fn with_tables(page: &str, part: &str, tables: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {part} -->"), format!("<!-- /{part} -->"));
    let (head, rest) = page
        .split_once(&begin)
        .with_context(|| format!("{PAGE} has no {begin}"))?;
    let (_, tail) = rest
        .split_once(&end)
        .with_context(|| format!("{PAGE} has no {end} behind {begin}"))?;
    Ok(format!("{head}{begin}\n\n{}\n\n{end}{tail}", tables.trim()))
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
        let page = "before <!-- report -->old<!-- /report --> behind <!-- public -->kept<!-- /public -->";
        let once = with_tables(page, PART, "\nnew\n").unwrap();
        assert_eq!(
            once,
            "before <!-- report -->\n\nnew\n\n<!-- /report --> behind <!-- public -->kept<!-- /public -->"
        );
        assert_eq!(with_tables(&once, PART, "new").unwrap(), once);
        let other = with_tables(&once, "public", "more").unwrap();
        assert!(other.contains("new") && other.ends_with("<!-- public -->\n\nmore\n\n<!-- /public -->"));
        assert!(with_tables("no marks", PART, "new").is_err());
        assert!(with_tables("<!-- report --> no end", PART, "new").is_err());
    }
}
