//! Teaches the assistant to understand: reads the corpus, trains the model, says how well it understands.
//!
//! ```text
//! assistant/corpus ─▶ examples ─▶ five-fold: what is it sure of? ─▶ all: model ─▶ assistant/data/model.bin
//!                                                                        └─▶ measured on corpus/test ─▶ docs
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod calibrate;
mod corpus;
mod learn;
mod measure;
mod pairs;
mod public;
mod report;
mod rewrite;
mod tag;

use std::{
    fs,
    io::{Write as _, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use assistant::understand::{
    Context as Said, Intent, Understander,
    model::{Model, Parts},
    tagger::{Tagger, TaggerParts},
};
use domain::catalogue::Catalogue;

use corpus::Line;
use learn::{Example, PLAN};
use measure::Outcome;
use rewrite::Rewriting;

const USAGE: &str = "trainer lint | train | check | report | errors | slot-errors | test-errors | flips | names | name-errors | public
  lint         finds lines that stand twice, and test lines that would be trained on
  train        trains on assistant/corpus/train and writes assistant/data/model.bin and names.bin
  check        trains again and compares the files byte for byte
  report       measures by cross-validation and on assistant/corpus/test; writes docs/UNDERSTANDING.md and its picture
  errors       lists what the cross-validation got wrong; slot-errors: the particulars
  test-errors  the same for the frozen test lines
  flips        lists the test lines that are read otherwise once they are rewritten
  names        fits the weights by which names are compared, measures them; writes names/data/weights.tsv and docs/NAMES.md
  name-errors  lists the training pairs of names that are judged wrongly
  public --hint3 DIR --hinglish-top DIR
               measures the same features and the same learning on public data, which is not in this repository, and writes
               that part of docs/UNDERSTANDING.md. The data comes by
                 git clone https://github.com/hellohaptik/HINT3
                 git clone https://github.com/google-research-datasets/Hinglish-TOP-Dataset";

/// Parts of the corpus in a cross-validation.
const FOLDS: usize = 5;
/// What a sentence made of a frame counts, beside one that somebody would write.
const GENERATED_WEIGHT: f32 = 0.35;

/// The rewritings that are taught, in turn, and what such a line counts.
const REWRITTEN: [Rewriting; 10] = [
    Rewriting::Greeting,
    Rewriting::Thanks,
    Rewriting::Typo,
    Rewriting::Romanised,
    Rewriting::Emoji,
    Rewriting::Thanks,
    Rewriting::Greeting,
    Rewriting::Vowels,
    Rewriting::Consonants,
    Rewriting::InDevanagari,
];
const REWRITTEN_WEIGHT: f32 = 0.6;

fn main() -> Result<()> {
    let verb = std::env::args().nth(1);
    match verb.as_deref() {
        Some("names") => return pairs::write(&root()?),
        Some("name-errors") => return pairs::errors(&root()?),
        _ => {}
    }
    let school = School::open(&root()?)?;
    match verb.as_deref() {
        Some("lint") => school.linted()?,
        Some("train") => {
            school.linted()?;
            for (name, file) in school.trained()?.files()? {
                fs::write(school.data(name), &file)?;
                writeln!(stdout(), "{name}: {} bytes", file.len())?;
            }
        }
        Some("check") => {
            for (name, made) in school.trained()?.files()? {
                let stored = fs::read(school.data(name))?;
                ensure!(
                    stored == made,
                    "{name} is not what the corpus teaches: run `cargo run -p trainer -- train`"
                );
                writeln!(
                    stdout(),
                    "{name} is what the corpus teaches, byte for byte ({} bytes)",
                    made.len()
                )?;
            }
        }
        Some("report") => report::write(&school)?,
        Some("slot-errors") => report::slot_errors(&school.named()?)?,
        Some("public") => {
            let arguments: Vec<String> = std::env::args().skip(2).collect();
            public::write(&school, &public::Folders::named(&arguments)?)?;
        }
        Some("flips") => report::flips(&school)?,
        Some("errors") => report::errors(&school.cross_validated()?)?,
        Some("test-errors") => {
            let understander = school.stored()?;
            report::errors(&measure::ask(&understander, &school.test))?;
        }
        _ => bail!(USAGE),
    }
    Ok(())
}

/// The folder of the repository.
fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the trainer lies in the repository")?.to_owned())
}

/// The corpus and what it teaches.
pub(crate) struct School {
    pub(crate) root: PathBuf,
    pub(crate) catalogue: Catalogue,
    pub(crate) services: Vec<String>,
    pub(crate) train: Vec<Line>,
    pub(crate) test: Vec<Line>,
    generated: Vec<Line>,
}

impl School {
    fn open(root: &Path) -> Result<Self> {
        let services = corpus::services(root)?;
        let catalogue = Catalogue::embedded()?.clone();
        Ok(Self {
            train: corpus::read(&root.join("assistant/corpus/train"), &services)?,
            test: corpus::read(&root.join("assistant/corpus/test"), &services)?,
            generated: corpus::generated(root, &catalogue, &services)?,
            root: root.to_owned(),
            catalogue,
            services,
        })
    }

    fn linted(&self) -> Result<()> {
        let findings = corpus::lint(&self.train, &self.test);
        ensure!(findings.is_empty(), "{}", findings.join("\n"));
        Ok(())
    }

    fn data(&self, name: &str) -> PathBuf {
        self.root.join("assistant/data").join(name)
    }

    /// The understanding as it is shipped.
    pub(crate) fn stored(&self) -> Result<Understander> {
        Ok(Understander::new(&self.catalogue)?)
    }

    /// What the whole corpus teaches, calibrated by cross-validation.
    fn trained(&self) -> Result<Taught> {
        // How sure the heads may be does not depend on what is known of names.
        let folds = self.in_parts(|lines| self.teach_heads(lines))?;
        let bounds = calibrate::bounds(&self.asked(&folds, |_| {})?);
        let mut taught = self.teach(&self.train.iter().collect::<Vec<_>>())?;
        bounds.put(&mut taught.heads);
        Ok(taught)
    }

    /// What models say of the lines that they were not taught, calibrated as the shipped one is.
    pub(crate) fn cross_validated(&self) -> Result<Vec<Outcome<'_>>> {
        let folds = self.folds()?;
        let bounds = calibrate::bounds(&self.asked(&folds, |_| {})?);
        self.asked(&folds, |parts| bounds.put(parts))
    }

    /// As [`School::cross_validated`], for the particulars alone: the heads learn nothing.
    fn named(&self) -> Result<Vec<Outcome<'_>>> {
        let folds = self.in_parts(|lines| self.teach_names(lines))?;
        self.asked(&folds, |_| {})
    }

    /// For each part of the corpus, what all the others teach.
    fn folds(&self) -> Result<Vec<Taught>> {
        self.in_parts(|lines| self.teach(lines))
    }

    fn in_parts(&self, teach: impl Fn(&[&Line]) -> Result<Taught> + Sync) -> Result<Vec<Taught>> {
        let teach = |fold: usize| {
            let taught: Vec<&Line> = self.train.iter().filter(|line| line.block % FOLDS != fold).collect();
            teach(&taught)
        };
        std::thread::scope(|scope| {
            let teach = &teach;
            let running: Vec<_> = (0..FOLDS).map(|fold| scope.spawn(move || teach(fold))).collect();
            running
                .into_iter()
                .map(|one| one.join().unwrap_or_else(|_| bail!("a fold broke off")))
                .collect()
        })
    }

    fn asked(&self, folds: &[Taught], finish: impl Fn(&mut Parts)) -> Result<Vec<Outcome<'_>>> {
        let mut outcomes = Vec::new();
        for (fold, taught) in folds.iter().enumerate() {
            let mut taught = taught.clone();
            finish(&mut taught.heads);
            let understander = self.understander(&taught)?;
            let lines = self.train.iter().filter(|line| line.block % FOLDS == fold);
            outcomes.extend(measure::ask(&understander, lines));
        }
        Ok(outcomes)
    }

    fn teach(&self, lines: &[&Line]) -> Result<Taught> {
        let names = self.teach_names(lines)?.names;
        Ok(Taught {
            names,
            ..self.teach_heads(lines)?
        })
    }

    fn teach_heads(&self, lines: &[&Line]) -> Result<Taught> {
        let blank = self.blank();
        let reader = self.understander(&blank)?;
        Ok(Taught {
            heads: learn::learn(&self.examples(&reader, lines), &self.services, PLAN),
            ..blank
        })
    }

    fn teach_names(&self, lines: &[&Line]) -> Result<Taught> {
        let blank = self.blank();
        let names = tag::learn(&self.understander(&blank)?, lines);
        Ok(Taught { names, ..blank })
    }

    /// Models that know nothing. What is seen of a message does not depend on a model.
    fn blank(&self) -> Taught {
        Taught {
            heads: learn::learn(&[], &self.services, PLAN),
            names: TaggerParts { rows: vec![] },
        }
    }

    fn understander(&self, taught: &Taught) -> Result<Understander> {
        let model = Model::read(&taught.heads.written()?)?;
        let tagger = Tagger::read(&taught.names.written()?)?;
        Ok(Understander::with(&self.catalogue, model, tagger)?)
    }

    /// The lines as the heads see them, those made of frames behind them.
    fn examples(&self, reader: &Understander, lines: &[&Line]) -> Vec<Example> {
        // Every third line once more, written otherwise: how it is written must not decide.
        let otherwise: Vec<Line> = lines
            .iter()
            .step_by(3)
            .enumerate()
            .filter_map(|(turn, line)| {
                let rewriting = REWRITTEN.get(turn % REWRITTEN.len())?;
                let meaning = reader.understand(&line.text, &Said::default());
                let writing = measure::writing(&Outcome { line, meaning });
                let text = rewriting.of(line, writing)?;
                Some(Line {
                    text,
                    ..(*line).clone()
                })
            })
            .collect();
        let natural = lines.iter().map(|line| (*line, 1.0));
        let natural = natural.chain(otherwise.iter().map(|line| (line, REWRITTEN_WEIGHT)));
        let generated = self.generated.iter().map(|line| (line, GENERATED_WEIGHT));
        let example = |(line, weight): (&Line, f32)| {
            let class = |code: &String| self.services.iter().position(|known| known == code);
            let mut services: Vec<usize> = line.services.iter().filter_map(class).collect();
            if line.intent.carries_service() && services.is_empty() {
                services.push(self.services.len());
            }
            Example {
                features: reader.features(&line.text),
                intent: Intent::ALL
                    .iter()
                    .position(|intent| *intent == line.intent)
                    .unwrap_or(0),
                services,
                weight,
            }
        };
        natural.chain(generated).map(example).collect()
    }
}

/// What a training run makes.
#[derive(Clone)]
struct Taught {
    heads: Parts,
    names: TaggerParts,
}

impl Taught {
    fn files(&self) -> Result<[(&'static str, Vec<u8>); 2]> {
        Ok([
            ("model.bin", self.heads.written()?),
            ("names.bin", self.names.written()?),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One half of a corpus in the repository is that what it teaches is in the repository too.
    #[test]
    fn the_stored_models_are_what_the_corpus_teaches() {
        let school = School::open(&root().unwrap()).unwrap();
        for (name, made) in school.trained().unwrap().files().unwrap() {
            let stored = fs::read(school.data(name)).unwrap();
            assert!(stored == made, "{name}: run `cargo run -p trainer -- train`");
        }
    }

    #[test]
    fn the_corpus_is_whole() {
        let school = School::open(&root().unwrap()).unwrap();
        school.linted().unwrap();
        assert!(school.train.len() >= 5_000 && school.test.len() >= 1_200);
        let outside = school
            .train
            .iter()
            .filter(|line| line.intent == Intent::OutOfScope)
            .count();
        assert!(outside >= 700, "{outside}");
        assert_eq!(school.services.len(), 30);
        for service in &school.services {
            let lines = |lines: &[Line]| lines.iter().filter(|line| line.services.contains(service)).count();
            assert!(lines(&school.train) >= 100 && lines(&school.test) >= 15, "{service}");
        }
    }

    /// Two megabytes, both together.
    #[test]
    fn the_models_are_small() {
        let school = School::open(&root().unwrap()).unwrap();
        let size = |name| fs::metadata(school.data(name)).unwrap().len();
        assert!(size("model.bin") + size("names.bin") < 2_000_000);
    }
}
