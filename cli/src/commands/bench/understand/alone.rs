//! What one core does by itself: no store, no network.

use std::{hint::black_box, time::Duration};

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::ensure;
use assistant::{
    Assistant,
    conversation::{Conversation, Facts, converse},
    said::Said,
    understand::{Context, Meaning, Understander},
    words::NOTICE_VERSION,
};
use domain::{Language, catalogue::Catalogue, ist_date};
use ledger::{Clock as _, SystemClock};
use tokio::time::Instant;

use super::Line;
use crate::commands::bench::figures::{Figure, quantile};

/// The models, as they are built in.
const MODELS: [&[u8]; 2] = [
    include_bytes!("../../../../../assistant/data/model.bin"),
    include_bytes!("../../../../../assistant/data/names.bin"),
];
/// So often they are loaded.
const LOADS: usize = 30;

pub(super) fn all(lines: &[Line], seconds: f64) -> anyhow::Result<Vec<Figure>> {
    let catalogue = Catalogue::embedded()?;
    let assistant = Assistant::new(catalogue)?;
    let mut figures = vec![loaded(catalogue)?, size()];
    figures.extend(understood(&assistant, lines, seconds)?);
    figures.push(answered(&assistant, lines, seconds));
    Ok(figures)
}

fn loaded(catalogue: &Catalogue) -> anyhow::Result<Figure> {
    let mut times = Vec::with_capacity(LOADS);
    for _ in 0..LOADS {
        let start = Instant::now();
        black_box(Understander::new(catalogue)?);
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(Figure {
        what: "models and word tables loaded",
        measured: format!(
            "p50 {:.1} ms, slowest of {LOADS} {:.1} ms",
            quantile(&times, 0.5),
            quantile(&times, 1.0)
        ),
        at_least: "20 ms",
        aim: "",
        yardstick: String::new(),
        holds: quantile(&times, 1.0) < 20.0,
    })
}

fn size() -> Figure {
    let bytes: usize = MODELS.iter().map(|model| model.len()).sum();
    Figure {
        what: "both models",
        measured: format!("{:.2} MB", bytes as f64 / 1e6),
        at_least: "2 MB",
        aim: "",
        yardstick: String::new(),
        holds: bytes < 2_000_000,
    }
}

/// Goes through the messages again and again for so long; the times of single messages in seconds, sorted.
fn through(lines: &[Line], seconds: f64, mut reading: impl FnMut(&str)) -> Vec<f64> {
    // Whatever is made once, and caches, belong to no figure.
    for line in lines {
        reading(&line.text);
    }
    let until = Duration::from_secs_f64(seconds);
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < until {
        for line in lines {
            let start = Instant::now();
            reading(&line.text);
            times.push(start.elapsed().as_secs_f64());
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Messages a second.
fn rate(times: &[f64]) -> f64 {
    times.len() as f64 / times.iter().sum::<f64>().max(f64::MIN_POSITIVE)
}

/// The least that can be done: the longest name or alias of a service that stands in the message, letter by letter.
struct Names {
    table: AhoCorasick,
    codes: Vec<String>,
}

impl Names {
    fn new(catalogue: &Catalogue) -> anyhow::Result<Self> {
        let (mut names, mut codes) = (Vec::new(), Vec::new());
        for service in catalogue.iter() {
            let aliases = &service.aliases;
            let called = [&service.name.en, &service.name.hi].into_iter();
            let called = called.chain(&aliases.en).chain(&aliases.hi).chain(&aliases.hinglish);
            for name in called {
                names.push(name.to_lowercase());
                codes.push(service.code.clone());
            }
        }
        let table = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&names)?;
        Ok(Self { table, codes })
    }

    fn named(&self, text: &str) -> Option<&str> {
        let text = text.to_lowercase();
        let longest = self.table.find_iter(&text).max_by_key(|found| found.len())?;
        self.codes.get(longest.pattern().as_usize()).map(String::as_str)
    }
}

fn understood(assistant: &Assistant, lines: &[Line], seconds: f64) -> anyhow::Result<[Figure; 2]> {
    let (understander, context) = (assistant.understander(), Context::default());
    let times = through(lines, seconds, |text| {
        let _: Meaning = black_box(understander.understand(text, &context));
    });
    let names = Names::new(assistant.catalogue())?;
    let bare = through(lines, seconds / 2.0, |text| {
        black_box(names.named(text));
    });
    let right = |read: &dyn Fn(&str) -> Option<String>| {
        let fits = |line: &&Line| match read(&line.text) {
            Some(code) => line.services.contains(&code),
            None => line.services.is_empty(),
        };
        lines.iter().filter(fits).count() as f64 / lines.len() as f64
    };
    let ours = right(&|text| understander.understand(text, &context).service);
    let theirs = right(&|text| names.named(text).map(str::to_owned));
    ensure!(
        ours > 0.5,
        "what is measured does not understand: {ours:.2} of the services are right"
    );
    let yardstick = format!(
        "names of services looked up letter by letter (aho-corasick): {:.0}/s, {:.0} times as many; it finds the right service, or that there is none, in {theirs:.2} of the lines, ours in {ours:.2}",
        rate(&bare),
        rate(&bare) / rate(&times)
    );
    let p99 = quantile(&times, 0.99);
    Ok([
        Figure {
            what: "a message understood, one core",
            measured: format!(
                "p50 {:.3} ms, p99 {p99:.3} ms, slowest {:.2} ms",
                quantile(&times, 0.5),
                quantile(&times, 1.0)
            ),
            at_least: "p99 1 ms",
            aim: "",
            yardstick: String::new(),
            holds: p99 < 1.0,
        },
        Figure {
            what: "messages understood, one core",
            measured: format!("{:.0}/s", rate(&times)),
            at_least: "10,000/s",
            aim: "",
            yardstick,
            holds: rate(&times) >= 10_000.0,
        },
    ])
}

/// A turn of the conversation: each message as the second one of a conversation that greeted before.
fn answered(assistant: &Assistant, lines: &[Line], seconds: f64) -> Figure {
    let now = SystemClock.now();
    let facts = Facts {
        opinion: None,
        now,
        today: ist_date(now),
        message_id: "m".to_owned(),
        applications: Vec::new(),
        certificates: Vec::new(),
    };
    let met = Conversation::with(Some(Language::Hi), Some(NOTICE_VERSION.to_owned()));
    let greeted = converse(assistant, met, &Said::Text("namaste".to_owned()), &facts).state;
    let times = through(lines, seconds, |text| {
        black_box(converse(
            assistant,
            greeted.clone(),
            &Said::Text(text.to_owned()),
            &facts,
        ));
    });
    let p99 = quantile(&times, 0.99);
    Figure {
        what: "a turn of the conversation alone, from words to reply",
        measured: format!(
            "p50 {:.3} ms, p99 {p99:.3} ms, slowest {:.2} ms",
            quantile(&times, 0.5),
            quantile(&times, 1.0)
        ),
        at_least: "p99 10 ms",
        aim: "",
        yardstick: String::new(),
        holds: p99 < 10.0,
    }
}
