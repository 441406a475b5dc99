//! The corpus: lines that people would write, what they want with them, and the particulars in them.
//!
//! `assistant/corpus/{train,test}/*.tsv`, one message a line: `intent`, `service` and `text`, parted by tabs. `-` is no service;
//! `a|b` leaves open which. A particular stands in the text as `[as written](slot)` or `[as written](slot=value)`. A line that
//! begins with `#` tells who speaks, or that a pair of near misses follows, and opens a block: lines of one block are never
//! parted between what is trained on and what is measured on.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use assistant::understand::Intent;
use domain::catalogue::Catalogue;

/// A message and its truth.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// File and number, for a report.
    pub(crate) place: String,
    /// Lines of one block stay together.
    pub(crate) block: usize,
    pub(crate) intent: Intent,
    /// Which services it may be about: none, one, or several that a clerk could not tell apart.
    pub(crate) services: Vec<String>,
    /// Without marks.
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

/// A particular in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Bytes of the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) slot: String,
    /// As the `understand` verb writes it.
    pub(crate) value: String,
}

impl Line {
    /// What `understand` should find in it. A slot that is named twice counts with its first value.
    pub(crate) fn slots(&self) -> BTreeMap<&str, &str> {
        let mut slots = BTreeMap::new();
        for mark in &self.marks {
            slots.entry(mark.slot.as_str()).or_insert(mark.value.as_str());
        }
        slots
    }
}

/// The names of the slots, as the contract of `understand` has them.
pub(crate) const SLOTS: [&str; 21] = [
    "name",
    "child_name",
    "father_name",
    "mother_name",
    "spouse_name",
    "deceased_name",
    "dob",
    "date_of_death",
    "date_of_marriage",
    "date",
    "gender",
    "age",
    "pin",
    "phone",
    "locality",
    "district",
    "annual_income",
    "application_number",
    "certificate_number",
    "vehicle_number",
    "language",
];

/// Every line of the files in a folder, in the order of the files' names.
pub(crate) fn read(folder: &Path, services: &[String]) -> Result<Vec<Line>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("open {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "tsv"));
    files.sort();
    let (mut lines, mut block) = (Vec::new(), 0);
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).with_context(|| format!("read {name}"))?;
        block += 1;
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                block += 1;
                continue;
            }
            let place = format!("{name}:{}", number + 1);
            lines.push(parsed(line, place.clone(), block, services).with_context(|| place)?);
        }
    }
    Ok(lines)
}

fn parsed(line: &str, place: String, block: usize, services: &[String]) -> Result<Line> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [intent, service, marked] = columns.as_slice() else {
        bail!("{} columns instead of intent, service and text", columns.len());
    };
    let intent = Intent::ALL
        .into_iter()
        .find(|known| name_of(*known) == *intent)
        .with_context(|| format!("no intent {intent}"))?;
    let about: Vec<String> = match *service {
        "-" => vec![],
        codes => codes.split('|').map(str::to_owned).collect(),
    };
    for code in &about {
        ensure!(services.contains(code), "no service {code}");
    }
    ensure!(
        about.is_empty() || intent.carries_service(),
        "{} carries no service",
        name_of(intent)
    );
    let (text, marks) = unmarked(marked)?;
    ensure!(!text.trim().is_empty(), "no text");
    Ok(Line {
        place,
        block,
        intent,
        services: about,
        text,
        marks,
    })
}

/// The text without its marks, and the marks.
fn unmarked(marked: &str) -> Result<(String, Vec<Mark>)> {
    let (mut text, mut marks) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('[') {
        let end = after
            .split_once("](")
            .and_then(|(inside, tail)| Some((inside, tail.split_once(')')?)));
        let Some((inside, (label, tail))) = end else {
            bail!("a mark without an end");
        };
        let (slot, value) = label.split_once('=').unwrap_or((label, inside));
        ensure!(SLOTS.contains(&slot), "no slot {slot}");
        ensure!(!inside.trim().is_empty() && !value.trim().is_empty(), "an empty {slot}");
        text.push_str(before);
        let start = text.len();
        text.push_str(inside);
        marks.push(Mark {
            start,
            end: text.len(),
            slot: slot.to_owned(),
            value: value.trim().to_owned(),
        });
        rest = tail;
    }
    text.push_str(rest);
    Ok((text, marks))
}

/// What must not be in a corpus: a line twice, and a line of the frozen test among those that are trained on.
pub(crate) fn lint(train: &[Line], test: &[Line]) -> Vec<String> {
    let mut seen: BTreeMap<String, &Line> = BTreeMap::new();
    let mut findings = Vec::new();
    for line in test.iter().chain(train) {
        let key = key(&line.text);
        if key.is_empty() {
            continue;
        }
        let short = key.split(' ').count() <= 3;
        let frozen = test.iter().any(|other| other.place == line.place);
        match seen.get(&key) {
            // "yes" is "yes", here and there.
            Some(other) if short && !frozen && test.iter().any(|one| one.place == other.place) => {
                seen.insert(key, line);
            }
            Some(other) => findings.push(format!("{} is {} again: {}", line.place, other.place, line.text)),
            None => drop(seen.insert(key, line)),
        }
    }
    findings
}

/// The words of a line, in lower case.
fn key(text: &str) -> String {
    let lower = text.to_lowercase();
    let sign = |c: char| !c.is_alphanumeric() && !('\u{900}'..='\u{97F}').contains(&c);
    let words: Vec<&str> = lower.split(sign).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// As the contract of `understand` writes it.
pub(crate) fn name_of(intent: Intent) -> &'static str {
    match intent {
        Intent::Apply => "apply",
        Intent::Inform => "inform",
        Intent::TrackStatus => "track_status",
        Intent::Download => "download",
        Intent::Verify => "verify",
        Intent::AskDocuments => "ask_documents",
        Intent::AskFee => "ask_fee",
        Intent::AskEligibility => "ask_eligibility",
        Intent::AskTime => "ask_time",
        Intent::CorrectDetails => "correct_details",
        Intent::Withdraw => "withdraw",
        Intent::Grievance => "grievance",
        Intent::TalkToHuman => "talk_to_human",
        Intent::ChangeLanguage => "change_language",
        Intent::ListServices => "list_services",
        Intent::Greet => "greet",
        Intent::Thanks => "thanks",
        Intent::Affirm => "affirm",
        Intent::Deny => "deny",
        Intent::Cancel => "cancel",
        Intent::EraseMyData => "erase_my_data",
        Intent::Help => "help",
        Intent::OutOfScope => "out_of_scope",
    }
}

/// The services that the model tells apart, in the order of their codes. Those that come later are found by their names until the
/// next training.
pub(crate) fn services(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join("assistant/corpus/services.txt"))?;
    let codes: Vec<String> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    ensure!(codes.is_sorted(), "services.txt is not in the order of the codes");
    Ok(codes)
}

/// Lines made of frames and the names of the services: they teach what services are called, not how people ask.
pub(crate) fn generated(root: &Path, catalogue: &Catalogue, services: &[String]) -> Result<Vec<Line>> {
    let text = fs::read_to_string(root.join("assistant/corpus/frames.tsv"))?;
    let mut frames: Vec<(Intent, &str, &str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let [intent, script, frame] = columns.as_slice() else {
            bail!("frames.tsv:{}: not three columns", number + 1);
        };
        let intent = Intent::ALL.into_iter().find(|known| name_of(*known) == *intent);
        let intent = intent.with_context(|| format!("frames.tsv:{}: no such intent", number + 1))?;
        ensure!(frame.contains("{S}"), "frames.tsv:{}: no {{S}}", number + 1);
        frames.push((intent, script, frame));
    }
    let mut lines = Vec::new();
    let mut turn = 0;
    for service in catalogue.iter().filter(|service| services.contains(&service.code)) {
        let aliases = &service.aliases;
        let named = [("en", &service.name.en), ("hi", &service.name.hi)];
        let named = named
            .into_iter()
            .chain([("en", &service.short.en), ("hi", &service.short.hi)]);
        let others = [
            ("en", &aliases.en),
            ("hi", &aliases.hi),
            ("hinglish", &aliases.hinglish),
        ];
        let others = others
            .iter()
            .flat_map(|(script, list)| list.iter().map(|name| (*script, name)));
        for (script, name) in named.chain(others) {
            let fitting: Vec<_> = frames
                .iter()
                .filter(|(_, wanted, _)| *wanted == script || (*wanted == "hinglish" && script == "en"))
                .collect();
            let mut say = |intent, text: String| {
                lines.push(Line {
                    place: format!("{}.toml", service.code),
                    block: usize::MAX,
                    intent,
                    services: vec![service.code.clone()],
                    text,
                    marks: vec![],
                });
            };
            say(Intent::Apply, name.clone());
            // Each name in a few frames, all frames in turn.
            for _ in 0..4 {
                turn += 1;
                if let Some((intent, _, frame)) = fitting.get(turn % fitting.len().max(1)) {
                    say(*intent, frame.replace("{S}", name));
                }
            }
        }
        let situations = &service.situations;
        for text in [&situations.en, &situations.hi, &situations.hinglish]
            .into_iter()
            .flatten()
        {
            lines.push(Line {
                place: format!("{}.toml", service.code),
                block: usize::MAX,
                intent: Intent::Apply,
                services: vec![service.code.clone()],
                text: text.clone(),
                marks: vec![],
            });
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Line> {
        parsed(
            text,
            "here:1".to_owned(),
            1,
            &["birth_certificate".to_owned(), "ration_card".to_owned()],
        )
    }

    #[test]
    fn a_line_with_its_marks() {
        let line = line("apply\tbirth_certificate\tbeti [Asha](child_name) ka, [15/8/26](dob=2026-08-15)").unwrap();
        assert_eq!(line.text, "beti Asha ka, 15/8/26");
        assert_eq!(line.services, ["birth_certificate"]);
        let found: Vec<_> = line
            .marks
            .iter()
            .map(|mark| (&line.text[mark.start..mark.end], mark.value.as_str()))
            .collect();
        assert_eq!(found, [("Asha", "Asha"), ("15/8/26", "2026-08-15")]);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for wrong in [
            "apply\tbirth_certificate",
            "wish\t-\thello",
            "apply\tno_such\thello",
            "greet\tration_card\thello",
            "inform\t-\t[Asha](nickname)",
            "inform\t-\t[Asha](name",
            "inform\t-\t[](name)",
            "inform\t-\t ",
        ] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_twice_is_found() {
        let lines = |texts: &[&str], file: &str| -> Vec<Line> {
            let numbered = texts.iter().enumerate();
            numbered
                .map(|(n, text)| Line {
                    place: format!("{file}:{n}"),
                    ..line(&format!("apply\t-\t{text}")).unwrap()
                })
                .collect()
        };
        let train = lines(&["I need it, please!", "one two three four five", "yes"], "a");
        assert!(lint(&train, &lines(&["yes", "something else entirely now"], "t")).is_empty());
        assert_eq!(lint(&train, &lines(&["One two three, four five."], "t")).len(), 1);
        assert_eq!(
            lint(&lines(&["i need it please", "I need it please"], "a"), &[]).len(),
            1
        );
    }
}
