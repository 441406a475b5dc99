//! The figures as tables of Markdown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Error, Write as _},
};

use assistant::understand::Intent;

use crate::{
    School,
    corpus::{Line, name_of},
    measure::{
        self, Confusions, Outcome, Share, Writing, bins, calibration_error, confusions, f1, precision, recall,
        recall_at, slots, sum, writing,
    },
    rewrite::Rewriting,
};

use super::closeness::Known;

/// At most so many pairs are listed.
const PAIRS: usize = 15;

/// Slots whose value is a date or a number.
const DATES_AND_NUMBERS: [&str; 11] = [
    "age",
    "annual_income",
    "application_number",
    "certificate_number",
    "date",
    "date_of_death",
    "date_of_marriage",
    "dob",
    "phone",
    "pin",
    "vehicle_number",
];

/// Does a line count?
type Hit = fn(&Outcome<'_>) -> bool;

/// What the tables are made of.
pub(super) struct Measured<'a> {
    pub(super) school: &'a School,
    pub(super) crossed: &'a [Outcome<'a>],
    pub(super) test: &'a [Outcome<'a>],
    pub(super) flips: &'a BTreeMap<Rewriting, Share>,
}

impl<'a> Measured<'a> {
    const fn splits(&self) -> [&'a [Outcome<'a>]; 2] {
        [self.crossed, self.test]
    }

    /// All tables, with their headings.
    pub(super) fn tables(&self) -> Result<String, Error> {
        let mut out = String::new();
        self.lines(&mut out)?;
        self.targets(&mut out)?;
        self.totals(&mut out)?;
        self.ways(&mut out)?;
        self.intents(&mut out)?;
        self.services(&mut out)?;
        self.out_of_scope(&mut out)?;
        self.clarification(&mut out)?;
        self.calibration(&mut out)?;
        self.particulars(&mut out)?;
        self.near_misses(&mut out)?;
        self.flips(&mut out)?;
        Ok(out)
    }

    fn lines(&self, out: &mut String) -> Result<(), Error> {
        let blocks = |lines: &[Line]| lines.iter().map(|line| line.block).collect::<BTreeSet<_>>().len();
        writeln!(
            out,
            "Training: {} natural lines in {} blocks (a block is one imagined speaker, or one group of near misses), {} intents, {} services. Test: {} \
             frozen lines in {} blocks.\n",
            self.school.train.len(),
            blocks(&self.school.train),
            Intent::ALL.len(),
            self.school.services.len(),
            self.school.test.len(),
            blocks(&self.school.test),
        )
    }

    fn targets(&self, out: &mut String) -> Result<(), Error> {
        head(
            out,
            "Targets",
            &["measure", "target", "cross-validation", "", "test", ""],
        )?;
        let all = self.splits();
        let both = |way: Option<Writing>| all.map(|split| both(split, way).value());
        let least = [
            ("intent and service both right", 0.90, both(None)),
            ("the same, Hinglish", 0.88, both(Some(Writing::Hinglish))),
            (
                "out of scope: recall at 3 % false alarms",
                0.88,
                all.map(|split| recall_at(split, 0.03).0),
            ),
            (
                "particulars: F1",
                0.93,
                all.map(|split| f1(sum(slots(split).into_values()))),
            ),
            (
                "dates and numbers: F1",
                0.99,
                all.map(|split| f1(dates_and_numbers(split))),
            ),
        ];
        for (what, target, found) in least {
            judged(out, what, &format!("at least {target:.3}"), found, |value| {
                value >= target
            })?;
        }
        let most = [
            (
                "silent errors",
                0.05,
                all.map(|split| Share::count(split, |o| o.silent_error()).value()),
            ),
            (
                "asked back",
                0.12,
                all.map(|split| Share::count(split, |o| o.meaning.clarify).value()),
            ),
            ("calibration error", 0.03, all.map(calibration_error)),
        ];
        for (what, target, found) in most {
            judged(out, what, &format!("at most {target:.3}"), found, |value| {
                value <= target
            })?;
        }
        let flips = overall(self.flips).value();
        writeln!(
            out,
            "| flips under harmless rewriting | below 0.040 | | | {flips:.3} | {} |",
            verdict(flips < 0.04)
        )
    }

    fn totals(&self, out: &mut String) -> Result<(), Error> {
        head(out, "Totals", &["measure", "cross-validation", "test"])?;
        let rows: [(&str, Hit); 4] = [
            ("intent right", |o| o.intent_right()),
            ("service right", |o| o.service_right()),
            ("both right", |o| o.right()),
            ("the right answer is among the first three", |o| o.offered()),
        ];
        for (what, hit) in rows {
            shares(out, what, self.splits().map(|split| Share::count(split, hit)))?;
        }
        self.closeness(out)
    }

    /// Test lines beside the lines that were trained on, and training lines beside those of the other parts.
    fn closeness(&self, out: &mut String) -> Result<(), Error> {
        head(
            out,
            "By closeness to what was trained on",
            &["closest line, both right", "cross-validation", "test"],
        )?;
        let known = Known::of(&self.school.train);
        let part = |line: &Line| line.block % crate::FOLDS;
        let closeness = |o: &Outcome| known.closest(&o.line.text, |line| part(line) != part(o.line));
        let crossed: Vec<(f32, &'a Outcome<'a>)> = self.crossed.iter().map(|o| (closeness(o), o)).collect();
        let test: Vec<(f32, &'a Outcome<'a>)> = self
            .test
            .iter()
            .map(|o| (known.closest(&o.line.text, |_| true), o))
            .collect();
        for (from, to) in [(0.0, 0.2), (0.2, 0.3), (0.3, 0.5), (0.5, 1.01)] {
            let those = |split: &[(f32, &'a Outcome<'a>)]| {
                let within = split.iter().filter(|(close, _)| (from..to).contains(close));
                Share::count(within.map(|(_, outcome)| *outcome), |o| o.right())
            };
            let range = if to > 1.0 {
                format!("{from:.1} and closer")
            } else {
                format!("{from:.1} to {to:.1}")
            };
            shares(out, &range, [those(&crossed), those(&test)])?;
        }
        Ok(())
    }

    fn ways(&self, out: &mut String) -> Result<(), Error> {
        head(
            out,
            "By way of writing",
            &["intent and service both right", "cross-validation", "test"],
        )?;
        for (what, way) in [
            ("Hindi in Latin letters (Hinglish)", Writing::Hinglish),
            ("Devanagari", Writing::Devanagari),
            ("English", Writing::English),
            ("both scripts in one line", Writing::Mixed),
        ] {
            shares(out, what, self.splits().map(|split| both(split, Some(way))))?;
        }
        Ok(())
    }

    fn intents(&self, out: &mut String) -> Result<(), Error> {
        let columns = [
            "intent",
            "lines",
            "precision",
            "recall",
            "F1",
            "test lines",
            "precision",
            "recall",
            "F1",
        ];
        head(out, "By intent", &columns)?;
        for intent in Intent::ALL {
            write!(out, "| `{}` |", name_of(intent))?;
            for split in self.splits() {
                let counts = measure::intent(split, intent);
                let [hits, _, misses] = counts;
                write!(
                    out,
                    " {} | {} | {} | {} |",
                    hits + misses,
                    three(precision(counts)),
                    three(recall(counts)),
                    f1_of(counts)
                )?;
            }
            out.push('\n');
        }
        Ok(())
    }

    fn services(&self, out: &mut String) -> Result<(), Error> {
        head(
            out,
            "By service",
            &["service", "lines", "recall", "test lines", "recall"],
        )?;
        let row = |out: &mut String, code: &str, hit: &dyn Fn(&Outcome) -> Option<bool>| {
            write!(out, "| {code} |")?;
            for split in self.splits() {
                let said: Vec<bool> = split.iter().filter_map(hit).collect();
                let share = Share {
                    of: said.len(),
                    hits: said.iter().filter(|right| **right).count(),
                };
                write!(out, " {} | {} |", share.of, three(share))?;
            }
            writeln!(out)
        };
        for code in &self.school.services {
            let right = |o: &Outcome| (o.service() == Some(code)).then(|| o.service_right());
            row(out, &format!("`{code}`"), &right)?;
        }
        row(out, "none named", &|o| {
            o.line.services.is_empty().then(|| o.service_right())
        })?;
        row(out, "open which", &|o| {
            (o.line.services.len() > 1).then(|| o.service_right())
        })
    }

    fn out_of_scope(&self, out: &mut String) -> Result<(), Error> {
        head(out, "Out of scope", &["measure", "cross-validation", "test"])?;
        let refused = |o: &Outcome| o.meaning.intent == Intent::OutOfScope;
        let among = |strange| {
            self.splits()
                .map(|split| Share::count(split.iter().filter(|o| o.out_of_scope() == strange), refused))
        };
        shares(out, "recall, as decided", among(true))?;
        shares(out, "false alarms, as decided", among(false))?;
        for allowed in [0.01, 0.03, 0.05] {
            write!(out, "| recall where {} % false alarms are allowed |", (100.0 * allowed))?;
            for split in self.splits() {
                write!(out, " {:.3} |", recall_at(split, allowed).0)?;
            }
            out.push('\n');
        }
        Ok(())
    }

    fn clarification(&self, out: &mut String) -> Result<(), Error> {
        head(out, "Asking back", &["measure", "cross-validation", "test"])?;
        let rows: [(&str, Hit); 4] = [
            ("asked", |o| o.meaning.clarify),
            ("silent errors (wrong, and did not ask)", |o| o.silent_error()),
            ("right at once", |o| o.right() && !o.meaning.clarify),
            ("right within one tap", |o| o.within_one_tap()),
        ];
        for (what, hit) in rows {
            shares(out, what, self.splits().map(|split| Share::count(split, hit)))?;
        }
        let asked =
            |split: &'a [Outcome<'a>]| Share::count(split.iter().filter(|o| o.meaning.clarify), |o| o.offered());
        shares(out, "of those asked, the buttons hold it", self.splits().map(asked))
    }

    fn calibration(&self, out: &mut String) -> Result<(), Error> {
        let columns = [
            "confidence",
            "lines",
            "mean confidence",
            "right",
            "test lines",
            "mean confidence",
            "right",
        ];
        head(out, "Calibration", &columns)?;
        let [crossed, test] = self.splits().map(bins);
        for (bin, pair) in crossed.into_iter().zip(test).enumerate() {
            let (from, to) = (measure::tenth(bin), measure::tenth(bin + 1));
            write!(out, "| {from:.1} to {to:.1} |")?;
            for bin in <[_; 2]>::from(pair) {
                let said = if bin.right.of == 0 {
                    "-".to_owned()
                } else {
                    format!("{:.3}", bin.said())
                };
                write!(out, " {} | {said} | {} |", bin.right.of, three(bin.right))?;
            }
            out.push('\n');
        }
        let [crossed, test] = self.splits().map(calibration_error);
        writeln!(out, "| calibration error | | | {crossed:.3} | | | {test:.3} |")
    }

    fn particulars(&self, out: &mut String) -> Result<(), Error> {
        let columns = [
            "slot",
            "marked",
            "precision",
            "recall",
            "F1",
            "test marked",
            "precision",
            "recall",
            "F1",
        ];
        head(out, "Particulars", &columns)?;
        let counts = self.splits().map(slots);
        let names: BTreeSet<&String> = counts.iter().flat_map(BTreeMap::keys).collect();
        let mut row = |name: &str, counts: [[usize; 3]; 2]| {
            write!(out, "| {name} |")?;
            for counts in counts {
                let there = recall(counts);
                write!(
                    out,
                    " {} | {} | {} | {} |",
                    there.of,
                    three(precision(counts)),
                    three(there),
                    f1_of(counts)
                )?;
            }
            writeln!(out)
        };
        for name in names {
            let of_name = counts
                .each_ref()
                .map(|split| split.get(name).copied().unwrap_or_default());
            row(&format!("`{name}`"), of_name)?;
        }
        row("dates and numbers", self.splits().map(dates_and_numbers))?;
        row("all", counts.map(|split| sum(split.into_values())))
    }

    fn near_misses(&self, out: &mut String) -> Result<(), Error> {
        let of_services = |split: &'a [Outcome<'a>]| {
            confusions(
                split
                    .iter()
                    .filter_map(|o| Some((o.service()?, o.meaning.service.as_deref()?))),
            )
        };
        let of_intents = |split: &'a [Outcome<'a>]| {
            confusions(
                split
                    .iter()
                    .map(|o| (name_of(o.line.intent), name_of(o.meaning.intent))),
            )
        };
        pairs(out, "Services taken for each other", self.splits().map(of_services))?;
        pairs(out, "Intents taken for each other", self.splits().map(of_intents))
    }

    fn flips(&self, out: &mut String) -> Result<(), Error> {
        head(
            out,
            "Flips",
            &["rewriting", "test lines rewritten", "read otherwise", "share"],
        )?;
        let mut row =
            |name: &str, share: Share| writeln!(out, "| {name} | {} | {} | {} |", share.of, share.hits, three(share));
        for kind in Rewriting::ALL {
            row(kind.name(), self.flips.get(&kind).copied().unwrap_or_default())?;
        }
        row("all", overall(self.flips))
    }
}

fn head(out: &mut String, title: &str, columns: &[&str]) -> Result<(), Error> {
    writeln!(out, "\n### {title}\n\n| {} |", columns.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(columns.len()))
}

fn judged(
    out: &mut String,
    what: &str,
    target: &str,
    found: [f32; 2],
    held: impl Fn(f32) -> bool,
) -> Result<(), Error> {
    write!(out, "| {what} | {target} |")?;
    for value in found {
        write!(out, " {value:.3} | {} |", verdict(held(value)))?;
    }
    writeln!(out)
}

const fn verdict(held: bool) -> &'static str {
    if held { "held" } else { "**missed**" }
}

fn shares(out: &mut String, what: &str, shares: [Share; 2]) -> Result<(), Error> {
    let [crossed, test] = shares.map(of);
    writeln!(out, "| {what} | {crossed} | {test} |")
}

/// A share with its counts.
fn of(share: Share) -> String {
    format!("{} ({} of {})", three(share), share.hits, share.of)
}

fn three(share: Share) -> String {
    if share.of == 0 {
        "-".to_owned()
    } else {
        format!("{:.3}", share.value())
    }
}

fn f1_of(counts: [usize; 3]) -> String {
    if counts == [0; 3] {
        "-".to_owned()
    } else {
        format!("{:.3}", f1(counts))
    }
}

fn both(split: &[Outcome], way: Option<Writing>) -> Share {
    Share::count(split.iter().filter(|o| way.is_none_or(|way| writing(o) == way)), |o| {
        o.right()
    })
}

pub(super) fn dates_and_numbers(split: &[Outcome]) -> [usize; 3] {
    let counts = slots(split);
    sum(counts
        .into_iter()
        .filter(|(name, _)| DATES_AND_NUMBERS.contains(&name.as_str()))
        .map(|(_, counts)| counts))
}

fn overall(flips: &BTreeMap<Rewriting, Share>) -> Share {
    flips.values().fold(Share::default(), |all, share| Share {
        of: all.of + share.of,
        hits: all.hits + share.hits,
    })
}

/// Pairs by how often they are confused in both splits together.
fn pairs(out: &mut String, title: &str, splits: [Confusions<&str>; 2]) -> Result<(), Error> {
    let columns = ["A", "B", "A taken for B", "B taken for A", "test: A for B", "B for A"];
    head(out, title, &columns)?;
    let mut counts: BTreeMap<(&str, &str), [[usize; 2]; 2]> = BTreeMap::new();
    for (number, split) in splits.into_iter().enumerate() {
        for (pair, both) in split {
            if let Some(place) = counts.entry(pair).or_default().get_mut(number) {
                *place = both;
            }
        }
    }
    let mut pairs: Vec<_> = counts.into_iter().collect();
    pairs.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().flatten().sum::<usize>()));
    for ((one, other), [[there, back], [there_test, back_test]]) in pairs.into_iter().take(PAIRS) {
        writeln!(
            out,
            "| `{one}` | `{other}` | {there} | {back} | {there_test} | {back_test} |"
        )?;
    }
    Ok(())
}
