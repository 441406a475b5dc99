//! `praman catalogue new`.

use std::{fs::File, io::Write as _, path::Path};

use anyhow::{Context as _, bail};
use domain::catalogue::Catalogue;

use crate::{Answer, say};

const SKELETON: &str = include_str!("skeleton.toml");

pub(crate) fn run(code: &str, out: &Path) -> anyhow::Result<Answer> {
    let well_formed = code.starts_with(|c: char| c.is_ascii_lowercase())
        && !code.ends_with('_')
        && !code.contains("__")
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !well_formed {
        bail!("{code}: not lower-case words joined by _");
    }
    let catalogue = Catalogue::embedded()?;
    if catalogue.get(code).is_some() {
        bail!("there is a service {code} already");
    }
    let letters = letters(code, catalogue).context("no two letters are left for certificate numbers")?;
    let text = SKELETON.replace("{code}", code).replace("{letters}", &letters);
    let path = out.join(format!("{code}.toml"));
    // Never over a file that somebody has written.
    let mut file = File::create_new(&path).with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes())?;
    say(format!(
        "{}: fill in the words that are empty, then: praman catalogue lint {}",
        path.display(),
        path.display()
    ));
    Ok(Answer::Yes)
}

/// Two letters that no other service has: the first of the first two words, else the first and any other of the code, else any.
fn letters(code: &str, catalogue: &Catalogue) -> Option<String> {
    let upper: Vec<char> = code
        .chars()
        .filter(char::is_ascii_lowercase)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let first = *upper.first()?;
    let words: Vec<char> = code
        .split('_')
        .filter_map(|word| word.chars().next())
        .filter(char::is_ascii_lowercase)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let by_words = words.get(1).map(|second| format!("{first}{second}"));
    let by_letters = upper.iter().skip(1).map(|second| format!("{first}{second}"));
    let any = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
    by_words
        .into_iter()
        .chain(by_letters)
        .chain(any)
        .find(|letters| catalogue.iter().all(|service| service.letters != *letters))
}
