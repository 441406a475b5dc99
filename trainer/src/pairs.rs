//! Names: the weights of the evidence, fitted on labelled pairs, and how well names are told apart and spelled.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Write as _, stdout},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use names::{Evidence, Name, Style, Weights, to_devanagari, to_latin};

const PAGE: &str = "docs/NAMES.md";
const WEIGHTS: &str = "names/data/weights.tsv";
const TRAIN: &str = "names/pairs/train.tsv";
const TEST: &str = "names/pairs/test.tsv";
const LETTERS: &str = "names/pairs/letters.tsv";
/// Pulls every weight but the first towards nothing, so that evidence that is rare does not decide alone.
const PULL: f64 = 1.0;
/// Steps of Newton's method; it stands still after about ten.
const STEPS: usize = 30;

const PARTS: usize = names::EVIDENCE.len();

struct Pair {
    same: bool,
    kind: String,
    a: String,
    b: String,
}

fn pairs(root: &Path, file: &str) -> Result<Vec<Pair>> {
    let text = fs::read_to_string(root.join(file)).with_context(|| format!("read {file}"))?;
    text.lines()
        .map(|line| {
            let [same, kind, a, b] = line.split('\t').collect::<Vec<_>>()[..] else {
                bail!("{file}: not four columns: {line}");
            };
            ensure!(matches!(same, "0" | "1"), "{file}: neither 0 nor 1: {line}");
            Ok(Pair {
                same: same == "1",
                kind: kind.to_owned(),
                a: a.to_owned(),
                b: b.to_owned(),
            })
        })
        .collect()
}

/// What `names` sees of a pair. A pair in which somebody goes by two names teaches nothing: it does not say which was meant.
fn evidence(pair: &Pair) -> Result<Option<Evidence>> {
    let seen = Name::read(&pair.a)?.evidence(&Name::read(&pair.b)?);
    Ok(match seen.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// Logistic regression by Newton's method, from nothing.
fn fitted(seen: &[(Evidence, bool)]) -> Result<Weights> {
    let mut weights = [0.0; PARTS];
    for _ in 0..STEPS {
        let mut slope = [0.0; PARTS];
        let mut bend = [[0.0; PARTS]; PARTS];
        for (evidence, same) in seen {
            let p = Weights(weights).probability(evidence);
            let wrong = if *same { 1.0 - p } else { -p };
            for (i, x) in evidence.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                if let (Some(slope), Some(row)) = (slope.get_mut(i), bend.get_mut(i)) {
                    *slope += wrong * x;
                    for (cell, y) in row.iter_mut().zip(evidence) {
                        *cell += p * (1.0 - p) * x * y;
                    }
                }
            }
        }
        for (i, (slope, weight)) in slope.iter_mut().zip(weights).enumerate() {
            let pull = if i == 0 { 0.001 } else { PULL };
            *slope -= pull * weight;
            if let Some(cell) = bend.get_mut(i).and_then(|row| row.get_mut(i)) {
                *cell += pull;
            }
        }
        for (weight, step) in weights.iter_mut().zip(solved(bend, slope)) {
            *weight += step;
        }
    }
    ensure!(weights.iter().all(|w| w.is_finite()), "the fit ran away");
    Ok(Weights(weights))
}

/// Gauss' elimination; the matrix is positive definite, so no row has to be changed for another.
fn solved(mut matrix: [[f64; PARTS]; PARTS], mut right: [f64; PARTS]) -> [f64; PARTS] {
    for i in 0..PARTS {
        let (Some(row), Some(value)) = (matrix.get(i).copied(), right.get(i).copied()) else {
            break;
        };
        let pivot = row.get(i).copied().unwrap_or(1.0);
        for j in 0..PARTS {
            if j == i {
                continue;
            }
            if let (Some(other), Some(target)) = (matrix.get_mut(j), right.get_mut(j)) {
                let factor = other.get(i).copied().unwrap_or(0.0) / pivot;
                for (cell, above) in other.iter_mut().zip(row) {
                    *cell -= factor * above;
                }
                *target -= factor * value;
            }
        }
    }
    let mut out = [0.0; PARTS];
    for (i, (out, value)) in out.iter_mut().zip(right).enumerate() {
        let pivot = matrix.get(i).and_then(|row| row.get(i)).copied().unwrap_or(1.0);
        *out = value / pivot;
    }
    out
}

fn weights(root: &Path) -> Result<Weights> {
    let train = pairs(root, TRAIN)?;
    let seen: Vec<(Evidence, bool)> = train
        .iter()
        .filter_map(|pair| match evidence(pair) {
            Ok(seen) => seen.map(|evidence| Ok((evidence, pair.same))),
            Err(error) => Some(Err(error)),
        })
        .collect::<Result<_>>()?;
    fitted(&seen)
}

/// Fits and writes the weights, measures with them, and writes the page.
pub(crate) fn write(root: &Path) -> Result<()> {
    let weights = Weights::read(&weights(root)?.written());
    fs::write(root.join(WEIGHTS), weights.written())?;
    let tables = report(root, &weights)?;
    write!(stdout(), "{tables}")?;
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("read {PAGE}"))?;
    fs::write(root.join(PAGE), crate::report::with_tables(&page, "report", &tables)?)?;
    Ok(())
}

fn same(a: &str, b: &str, weights: &Weights) -> f64 {
    match (Name::read(a), Name::read(b)) {
        (Ok(a), Ok(b)) => a.same_by(&b, weights),
        _ => 0.0,
    }
}

/// The training pairs that are judged wrongly, the surest first.
pub(crate) fn errors(root: &Path) -> Result<()> {
    let weights = weights(root)?;
    let mut wrong: Vec<(f64, Pair)> = pairs(root, TRAIN)?
        .into_iter()
        .map(|pair| (same(&pair.a, &pair.b, &weights), pair))
        .filter(|(p, pair)| (*p >= 0.5) != pair.same)
        .collect();
    wrong.sort_by(|(p, _), (q, _)| (q - 0.5).abs().total_cmp(&(p - 0.5).abs()));
    for (p, pair) in wrong {
        writeln!(
            stdout(),
            "{p:.3}\t{}\t{}\t{}\t{}",
            u8::from(pair.same),
            pair.kind,
            pair.a,
            pair.b
        )?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "thousands of pairs")]
const fn large(n: usize) -> f64 {
    n as f64
}

fn share(right: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { large(right) / large(all) }
}

struct Judged {
    same: bool,
    p: f64,
    kind: String,
    scripts: &'static str,
    common: bool,
}

fn script(text: &str) -> u8 {
    let is = |range: std::ops::RangeInclusive<char>| text.chars().any(|c| range.contains(&c));
    if is('a'..='z') || is('A'..='Z') {
        0
    } else if is('\u{900}'..='\u{97F}') {
        1
    } else {
        2
    }
}

fn judged(pairs: Vec<Pair>, train: &[Pair], weights: &Weights) -> Vec<Judged> {
    let words = |text: &str| text.to_lowercase().split(' ').map(str::to_owned).collect::<Vec<_>>();
    let known: std::collections::BTreeSet<String> = train
        .iter()
        .flat_map(|p| [words(&p.a), words(&p.b)])
        .flatten()
        .collect();
    pairs
        .into_iter()
        .map(|pair| {
            let scripts = match (script(&pair.a), script(&pair.b)) {
                (0, 0) => "both Latin",
                (1, 1) => "both Devanagari",
                (0, 1) | (1, 0) => "Latin and Devanagari",
                _ => "another script",
            };
            // The first word tells most; a title or so does not matter here.
            let first = words(&pair.a).into_iter().next().unwrap_or_default();
            Judged {
                same: pair.same,
                p: same(&pair.a, &pair.b, weights),
                kind: pair.kind,
                scripts,
                common: known.contains(&first),
            }
        })
        .collect()
}

fn accuracy(judged: &[&Judged]) -> f64 {
    share(judged.iter().filter(|j| (j.p >= 0.5) == j.same).count(), judged.len())
}

/// The probability that a pair of one name is put above a pair of two.
fn area(judged: &[&Judged]) -> f64 {
    let (ones, twos): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|j| j.same);
    let above: f64 = ones
        .iter()
        .flat_map(|one| {
            twos.iter().map(move |two| {
                if one.p > two.p {
                    1.0
                } else if one.p < two.p {
                    0.0
                } else {
                    0.5
                }
            })
        })
        .sum();
    above / (large(ones.len()) * large(twos.len()))
}

/// How far probability and share are apart, over ten equal bins.
fn calibration_error(judged: &[&Judged]) -> f64 {
    let mut bins: BTreeMap<u8, (f64, f64, f64)> = BTreeMap::new();
    for j in judged {
        let bin = (0..9_u8).find(|bin| j.p * 10.0 < f64::from(*bin) + 1.0).unwrap_or(9);
        let (sum, same, all) = bins.entry(bin).or_default();
        *sum += j.p;
        *same += f64::from(u8::from(j.same));
        *all += 1.0;
    }
    bins.values().map(|(sum, same, _)| (sum - same).abs()).sum::<f64>() / large(judged.len())
}

/// The share of pairs of one name that are found when at most one in a hundred pairs of two names is taken for one.
fn recall_at_one_percent(judged: &[&Judged]) -> f64 {
    let mut twos: Vec<f64> = judged.iter().filter(|j| !j.same).map(|j| j.p).collect();
    twos.sort_by(|a, b| b.total_cmp(a));
    let bound = twos.get(twos.len() / 100).copied().unwrap_or(0.0);
    let ones: Vec<&&Judged> = judged.iter().filter(|j| j.same).collect();
    share(ones.iter().filter(|j| j.p > bound).count(), ones.len())
}

fn report(root: &Path, weights: &Weights) -> Result<String> {
    let train = pairs(root, TRAIN)?;
    let test = pairs(root, TEST)?;
    let mut out = String::new();
    writeln!(
        out,
        "Training: {} pairs, test: {} pairs, half of each of one name.\n",
        train.len(),
        test.len()
    )?;
    let keys = |pairs: &[Pair], wanted: bool| {
        let asked: Vec<&Pair> = pairs.iter().filter(|p| p.same == wanted).collect();
        let equal = asked.iter().filter(|p| names::key(&p.a) == names::key(&p.b)).count();
        share(equal, asked.len())
    };
    let found = [keys(&test, true), keys(&test, false)];
    let trained = judged(pairs(root, TRAIN)?, &train, weights);
    let tested = judged(test, &train, weights);
    writeln!(out, "| measure | training pairs | test pairs |\n| --- | --- | --- |")?;
    let (a, b): (Vec<&Judged>, Vec<&Judged>) = (trained.iter().collect(), tested.iter().collect());
    for (what, of) in [
        ("right at 0.5", accuracy as fn(&[&Judged]) -> f64),
        ("area under the curve", area),
        ("calibration error", calibration_error),
        ("found at 1 % false matches", recall_at_one_percent),
    ] {
        writeln!(out, "| {what} | {:.3} | {:.3} |", of(&a), of(&b))?;
    }
    let others: Vec<&Judged> = tested.iter().filter(|j| !j.common).collect();
    writeln!(
        out,
        "\nTest pairs whose first word stands in no training pair: {} of {}, {:.3} right.\n\nOne key: {:.3} of the test pairs of one name \
         have equal keys, {:.3} of the pairs of two names.\n",
        others.len(),
        tested.len(),
        accuracy(&others),
        found[0],
        found[1]
    )?;
    for (title, kind) in [
        ("scripts", (|j: &Judged| j.scripts.to_owned()) as fn(&Judged) -> String),
        ("how the two differ", |j: &Judged| {
            format!("{}: {}", if j.same { "one name" } else { "two names" }, j.kind)
        }),
    ] {
        writeln!(out, "| {title} | test pairs | right at 0.5 |\n| --- | --- | --- |")?;
        let mut groups: BTreeMap<String, Vec<&Judged>> = BTreeMap::new();
        for j in &tested {
            groups.entry(kind(j)).or_default().push(j);
        }
        for (kind, group) in groups {
            writeln!(out, "| {kind} | {} | {:.3} |", group.len(), accuracy(&group))?;
        }
        writeln!(out)?;
    }
    letters(root, &mut out)?;
    writeln!(out, "\n| evidence | weight |\n| --- | --- |")?;
    for line in weights.written().lines() {
        writeln!(out, "| {} |", line.replace('\t', " | "))?;
    }
    Ok(out)
}

/// Names put into the other script.
fn letters(root: &Path, out: &mut String) -> Result<()> {
    let text = fs::read_to_string(root.join(LETTERS)).with_context(|| format!("read {LETTERS}"))?;
    let same_letters = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let (mut all, mut latin, mut spellings) = (0, 0, 0);
    let mut places = [0; 10];
    for line in text.lines() {
        let (devanagari, spelled) = line.split_once('\t').with_context(|| format!("{LETTERS}: {line}"))?;
        all += 1;
        let made = to_latin(devanagari, Style::Name);
        latin += usize::from(spelled.split('/').any(|spelled| same_letters(spelled, &made)));
        for spelled in spelled.split('/') {
            spellings += 1;
            let plain = |text: &str| text.replace("न्द", "ंद").replace("न्त", "ंत");
            let choices = to_devanagari(spelled, 10);
            if let Some(place) = choices.iter().position(|made| plain(made) == plain(devanagari))
                && let Some(count) = places.get_mut(place)
            {
                *count += 1;
            }
        }
    }
    writeln!(
        out,
        "| letters | names | first choice | among three | among ten |\n| --- | --- | --- | --- | --- |"
    )?;
    writeln!(
        out,
        "| Devanagari to Latin, as one of the usual spellings | {all} | {:.3} | – | – |",
        share(latin, all)
    )?;
    let within = |n: usize| share(places.iter().take(n).sum(), spellings);
    writeln!(
        out,
        "| Latin to Devanagari | {spellings} | {:.3} | {:.3} | {:.3} |",
        within(1),
        within(3),
        within(10)
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_weights_are_what_the_pairs_teach() {
        let root = crate::root().unwrap();
        assert_eq!(
            weights(&root).unwrap().written(),
            Weights::in_use().written(),
            "run `cargo run -p trainer -- names`"
        );
    }

    #[test]
    fn the_pairs_are_many_half_of_one_name_and_the_test_pairs_are_others() {
        let root = crate::root().unwrap();
        let (train, test) = (pairs(&root, TRAIN).unwrap(), pairs(&root, TEST).unwrap());
        assert!(train.len() >= 1_500 && test.len() >= 500);
        for pairs in [&train, &test] {
            let half = pairs.len() / 2;
            assert!(pairs.iter().filter(|pair| pair.same).count().abs_diff(half) <= half / 20);
            assert!(
                pairs
                    .iter()
                    .all(|pair| Name::read(&pair.a).is_ok() && Name::read(&pair.b).is_ok())
            );
        }
        let known: std::collections::BTreeSet<[&str; 2]> =
            train.iter().flat_map(|p| [[&*p.a, &*p.b], [&*p.b, &*p.a]]).collect();
        assert!(test.iter().all(|pair| !known.contains(&[&*pair.a, &*pair.b])));
    }

    #[test]
    fn the_page_says_what_is_measured() {
        let root = crate::root().unwrap();
        let page = fs::read_to_string(root.join(PAGE)).unwrap();
        assert_eq!(
            crate::report::with_tables(&page, "report", &report(&root, &Weights::in_use()).unwrap()).unwrap(),
            page,
            "run `cargo run -p trainer -- names`"
        );
    }
}
