//! The same features and the same learning on public data, beside what others publish on it. The data is not in this repository.

mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::{Write as _, stdout},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail, ensure};
use assistant::understand::{Features, Understander, model::shares};

use crate::{
    FOLDS, School,
    learn::{self, Example, PLAN, Plan, Weights},
    measure::Share,
    report::{PAGE, with_tables},
};
use read::Said;

/// The part of the page that is made anew here.
const PART: &str = "public";
/// How HINT3 labels what is out of scope. No training line has it.
const OUTSIDE: &str = "NO_NODES_DETECTED";
/// The sets of HINT3: in its files' names, and to read.
const SETS: [(&str, &str); 3] = [
    ("sofmattress", "SOFMattress"),
    ("curekart", "Curekart"),
    ("powerplay11", "Powerplay11"),
];
/// Whose results HINT3 publishes.
const OTHERS: [(&str, &str); 5] = [
    ("rasa", "Rasa"),
    ("dialogflow", "Dialogflow"),
    ("luis", "LUIS"),
    ("haptik", "Haptik"),
    ("bert", "BERT"),
];
/// In tenths.
const THRESHOLDS: [u8; 3] = [1, 3, 5];
/// What the folds of the training lines choose among.
const ROUNDS: [usize; 4] = [5, 10, 20, 40];
const SEEN_MIN: [usize; 2] = [1, 3];

/// Where the data lies.
pub(crate) struct Folders {
    hint3: PathBuf,
    hinglish_top: PathBuf,
}

impl Folders {
    /// `--hint3 DIR --hinglish-top DIR`, in either order.
    pub(crate) fn named(arguments: &[String]) -> Result<Self> {
        let mut named = BTreeMap::new();
        for pair in arguments.chunks(2) {
            let [name, folder] = pair else {
                bail!("{pair:?} names no folder");
            };
            ensure!(
                ["--hint3", "--hinglish-top"].contains(&name.as_str()),
                "{name} is not known"
            );
            ensure!(named.insert(name.as_str(), folder).is_none(), "{name} stands twice");
        }
        let folder = |name: &str| {
            named
                .get(name)
                .map(PathBuf::from)
                .with_context(|| format!("{name} DIR is missing"))
        };
        Ok(Self {
            hint3: folder("--hint3")?,
            hinglish_top: folder("--hinglish-top")?,
        })
    }
}

/// Measures, and writes that part of the page.
pub(crate) fn write(school: &School, folders: &Folders) -> Result<()> {
    // What is seen of a message does not depend on a model.
    let reader = school.understander(&school.blank())?;
    let mut tables = String::new();
    for set in SETS {
        hint3(&mut tables, &reader, folders, set)?;
    }
    hinglish_top(&mut tables, &reader, folders)?;
    let page = school.root.join(PAGE);
    let before = fs::read_to_string(&page).with_context(|| format!("read {PAGE}"))?;
    fs::write(&page, with_tables(&before, PART, &tables)?)?;
    writeln!(stdout(), "{tables}\n{PAGE} is written")?;
    Ok(())
}

fn hint3(into: &mut String, reader: &Understander, folders: &Folders, (set, name): (&str, &str)) -> Result<()> {
    let version = folders.hint3.join("dataset/v1");
    let train = read::hint3(&read::file(&version.join(format!("train/{set}_train.csv")))?)?;
    let test = read::hint3(&read::file(&version.join(format!("test/{set}_test.csv")))?)?;
    ensure!(
        train.iter().all(|said| said.label != OUTSIDE),
        "{set}: a training line is out of scope"
    );
    let class = Class::of(reader, &train);
    let plan = class.plan()?;
    let guesses = class.asked(reader, plan, &test);
    let outside = test.iter().filter(|said| said.label == OUTSIDE).count();
    writeln!(
        into,
        "### HINT3, {name}\n\n{} training lines, {} intents; {} test lines in scope, {outside} out of scope. {}\n",
        train.len(),
        class.labels.len(),
        test.len() - outside,
        plan_said(plan)
    )?;
    let titles = THRESHOLDS.map(|tenths| format!("in scope at 0.{tenths} | out of scope at 0.{tenths}"));
    writeln!(into, "| system | {} |", titles.join(" | "))?;
    writeln!(into, "| --- | {} |", THRESHOLDS.map(|_| "--- | ---").join(" | "))?;
    for (file, other) in OTHERS {
        let published = read::results(&read::file(&folders.hint3.join(format!("results/{file}_{set}.csv")))?)?;
        let cells = THRESHOLDS.map(|tenths| match published.get(&tenths) {
            Some([accuracy, recall]) => format!("{accuracy:.3} | {recall:.3}"),
            None => "- | -".to_owned(),
        });
        writeln!(into, "| {other} | {} |", cells.join(" | "))?;
    }
    let cells = THRESHOLDS.map(|tenths| {
        let [accuracy, recall] = at(f32::from(tenths) / 10.0, &test, &guesses);
        format!("{:.3} | {:.3}", accuracy.value(), recall.value())
    });
    writeln!(into, "| **this assistant's learning** | {} |\n", cells.join(" | "))?;
    Ok(())
}

fn hinglish_top(into: &mut String, reader: &Understander, folders: &Folders) -> Result<()> {
    let folder = folders.hinglish_top.join("Dataset/Human Annotated Data");
    let train = read::hinglish_top(&read::file(&folder.join("train.tsv"))?)?;
    let test = read::hinglish_top(&read::file(&folder.join("test.tsv"))?)?;
    let class = Class::of(reader, &train);
    let plan = class.plan()?;
    let guesses = class.asked(reader, plan, &test);
    let right = share(test.iter().zip(&guesses).map(|(said, guess)| said.label == guess.label));
    let untaught = test.iter().filter(|said| !class.labels.contains(&said.label)).count();
    writeln!(
        into,
        "### Hinglish-TOP\n\n{} training lines written by people, {} top intents; {} test lines, {untaught} of them with an intent \
         that no training line has. {}\n",
        train.len(),
        class.labels.len(),
        test.len(),
        plan_said(plan)
    )?;
    writeln!(
        into,
        "| system | top intent right |\n| --- | --- |\n| **this assistant's learning** | {:.3} ({} of {}) |",
        right.value(),
        right.hits,
        right.of
    )?;
    Ok(())
}

fn plan_said(plan: Plan) -> String {
    format!(
        "Chosen on the training lines: {} rounds, features that at least {} of them hold.",
        plan.rounds, plan.seen_min
    )
}

/// In-scope accuracy and out-of-scope recall, as HINT3 defines them: a guess below the threshold counts as out of scope.
fn at(threshold: f32, test: &[Said], guesses: &[Guess]) -> [Share; 2] {
    let both = || test.iter().zip(guesses);
    let inside = both().filter(|(said, _)| said.label != OUTSIDE);
    let outside = both().filter(|(said, _)| said.label == OUTSIDE);
    [
        share(inside.map(|(said, guess)| guess.share >= threshold && said.label == guess.label)),
        share(outside.map(|(_, guess)| guess.share < threshold)),
    ]
}

fn share(hits: impl Iterator<Item = bool>) -> Share {
    hits.fold(Share::default(), |share, hit| Share {
        of: share.of + 1,
        hits: share.hits + usize::from(hit),
    })
}

/// The likeliest label, and how likely.
struct Guess {
    label: String,
    share: f32,
}

/// Training lines of one set, as the one head sees them.
struct Class {
    labels: Vec<String>,
    examples: Vec<Example>,
}

impl Class {
    fn of(reader: &Understander, train: &[Said]) -> Self {
        let known: BTreeSet<&String> = train.iter().map(|said| &said.label).collect();
        let labels: Vec<String> = known.into_iter().cloned().collect();
        let example = |said: &Said| Example {
            features: reader.features(&said.text),
            intent: labels.iter().position(|label| *label == said.label).unwrap_or(0),
            services: vec![],
            weight: 1.0,
        };
        Self {
            examples: train.iter().map(example).collect(),
            labels,
        }
    }

    /// The plan of this assistant, with those rounds and features whose shares fit the training lines best in cross-validation
    /// (least mean logarithmic loss).
    fn plan(&self) -> Result<Plan> {
        let plans = ROUNDS.iter().flat_map(|rounds| {
            SEEN_MIN.iter().map(|seen_min| Plan {
                rounds: *rounds,
                seen_min: *seen_min,
                ..PLAN
            })
        });
        let mut best: Option<(f64, Plan)> = None;
        for plan in plans {
            let loss = self.loss(plan)?;
            if best.is_none_or(|(least, _)| loss < least) {
                best = Some((loss, plan));
            }
        }
        best.map(|(_, plan)| plan).context("no plan")
    }

    /// The sum over the training lines, each read by what the other folds teach.
    fn loss(&self, plan: Plan) -> Result<f64> {
        let of_fold = |fold: usize| {
            let part = |within: bool| {
                let numbered = self.examples.iter().enumerate();
                numbered.filter(move |(number, _)| (number % FOLDS == fold) == within)
            };
            let taught: Vec<Example> = part(false).map(|(_, example)| example.clone()).collect();
            let head = Head::taught(&taught, self.labels.len(), plan);
            let loss = part(true).map(|(_, example)| {
                let share = head
                    .shares(&example.features)
                    .get(example.intent)
                    .copied()
                    .unwrap_or(0.0);
                -f64::from(share.max(1e-6)).ln()
            });
            loss.sum::<f64>()
        };
        std::thread::scope(|scope| {
            let of_fold = &of_fold;
            let running: Vec<_> = (0..FOLDS).map(|fold| scope.spawn(move || of_fold(fold))).collect();
            running
                .into_iter()
                .map(|one| one.join().or_else(|_| bail!("a fold broke off")))
                .sum()
        })
    }

    fn asked(&self, reader: &Understander, plan: Plan, test: &[Said]) -> Vec<Guess> {
        let head = Head::taught(&self.examples, self.labels.len(), plan);
        let guess = |said: &Said| {
            let shares = head.shares(&reader.features(&said.text));
            let likeliest = shares.iter().zip(&self.labels).max_by(|a, b| a.0.total_cmp(b.0));
            let (share, label) = likeliest.map_or((0.0, String::new()), |(share, label)| (*share, label.clone()));
            Guess { label, share }
        };
        test.iter().map(guess).collect()
    }
}

/// One head, its weights as they were learned.
struct Head {
    bias: Vec<f32>,
    rows: BTreeMap<u32, Vec<f32>>,
}

impl Head {
    fn taught(examples: &[Example], classes: usize, plan: Plan) -> Self {
        let Weights { bias, rows } = learn::weights(examples, [classes, 0], plan);
        Self {
            bias,
            rows: rows.into_iter().collect(),
        }
    }

    fn shares(&self, features: &Features) -> Vec<f32> {
        let mut sums = self.bias.clone();
        for (feature, value) in features {
            let weights = self.rows.get(feature).into_iter().flatten();
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
        shares(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, label: &str) -> Said {
        Said {
            text: text.to_owned(),
            label: label.to_owned(),
        }
    }

    #[test]
    fn folders_are_named_in_either_order_and_once() {
        let named = |arguments: &str| {
            let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
            Folders::named(&arguments)
        };
        let folders = named("--hinglish-top b --hint3 a").unwrap();
        assert_eq!((folders.hint3, folders.hinglish_top), ("a".into(), "b".into()));
        for wrong in [
            "",
            "--hint3 a",
            "--hint3 a --hinglish-top",
            "--hint3 a --hint3 b",
            "--hint3 a --other b",
        ] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_guess_below_the_threshold_is_out_of_scope() {
        let test = [said("a", "A"), said("b", "B"), said("c", OUTSIDE), said("d", OUTSIDE)];
        let guess = |label: &str, share| Guess {
            label: label.to_owned(),
            share,
        };
        let guesses = [guess("A", 0.4), guess("A", 0.9), guess("A", 0.2), guess("B", 0.6)];
        let counted = |threshold| at(threshold, &test, &guesses).map(|share| (share.hits, share.of));
        assert_eq!(counted(0.1), [(1, 2), (0, 2)]);
        assert_eq!(counted(0.3), [(1, 2), (1, 2)]);
        assert_eq!(counted(0.5), [(0, 2), (1, 2)]);
        assert_eq!(counted(0.7), [(0, 2), (2, 2)]);
    }

    /// One head of any number of classes learns what two heads of ours learn.
    #[test]
    fn one_head_learns_to_tell_labels_apart() {
        let catalogue = domain::catalogue::Catalogue::embedded().unwrap();
        let reader = Understander::new(catalogue).unwrap();
        let lines = [
            ("paani kab aayega", "WATER"),
            ("bijli kab aayegi", "POWER"),
            ("kooda kab uthega", "WASTE"),
        ];
        let train: Vec<Said> = lines
            .iter()
            .cycle()
            .take(30)
            .map(|(text, label)| said(text, label))
            .collect();
        let class = Class::of(&reader, &train);
        assert_eq!(class.labels, ["POWER", "WASTE", "WATER"]);
        let guesses = class.asked(&reader, class.plan().unwrap(), &[said("pani kab aaega", "WATER")]);
        assert_eq!(guesses[0].label, "WATER");
        assert!(guesses[0].share > 0.5 && guesses[0].share <= 1.0);
    }
}
