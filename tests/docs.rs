//! The documents say what the code says: a code, a setting or a holding point that is new, renamed or gone fails here.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace above tests/")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Every file below `folder` with this ending.
fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .expect("a folder of the tree can be read")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What stands between two marks, each time, on one line.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.lines()
        .flat_map(|line| line.split(open).skip(1))
        .filter_map(|rest| rest.split_once(close))
        .map(|(inside, _)| inside)
        .collect()
}

fn is_code(text: &str) -> bool {
    let lower = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.')
        .is_some_and(|(family, name)| lower(family) && lower(name))
}

/// The codes that the sources give: what `fn code` of the rules answers, and the problems of `api`.
fn codes_in_the_sources() -> BTreeSet<String> {
    let mut files = vec![
        root().join("domain/src/catalogue/problem.rs"),
        root().join("domain/src/catalogue/concern.rs"),
        root().join("api/src/problem.rs"),
        root().join("api/src/officer/acts.rs"),
    ];
    let rules = below(&root().join("domain/src"), "rs");
    files.extend(rules.into_iter().filter(|file| file.ends_with("decide.rs")));
    let mut found = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(shipped.split('"').filter(|part| is_code(part)).map(str::to_owned));
    }
    found
}

#[test]
fn every_code_stands_in_the_list_and_the_list_has_no_other() {
    let given = codes_in_the_sources();
    assert!(
        given.contains("application.same_officer") && given.contains("ledger.read_only"),
        "the test reads codes: {given:?}"
    );
    let mut listed = BTreeSet::new();
    for line in read("docs/ERRORS.md").lines().filter(|line| line.starts_with("| `")) {
        let code = between(line, "| `", "`")
            .first()
            .map(|code| (*code).to_owned())
            .unwrap();
        if is_code(&code) {
            assert!(listed.insert(code.clone()), "{code} stands in the list twice");
        }
    }
    let missing: Vec<_> = given.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&given).collect();
    assert!(missing.is_empty(), "not in docs/ERRORS.md: {missing:?}");
    assert!(
        gone.is_empty(),
        "in docs/ERRORS.md, and no code of the sources: {gone:?}"
    );
}

#[test]
fn every_reason_of_a_verdict_stands_in_the_list() {
    let source = read("certificates/src/verify/verdict.rs");
    let (_, reasons) = source.split_once("impl Reason {").expect("the reasons");
    let reasons = reasons.split("\n}\n").next().unwrap_or_default();
    let given: BTreeSet<&str> = between(reasons, "=> \"", "\"").into_iter().collect();
    assert!(given.contains("holds"), "the test reads reasons: {given:?}");
    let page = read("docs/ERRORS.md");
    let (_, list) = page.split_once("## Verdicts").expect("the part on verdicts");
    let listed: BTreeSet<&str> = list
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| between(line, "| `", "`").first().copied())
        .collect();
    assert_eq!(given, listed);
}

/// The fields of a struct that is read from the settings file.
fn fields<'t>(source: &'t str, name: &str) -> Vec<&'t str> {
    let start = source
        .find(&format!("struct {name} {{"))
        .unwrap_or_else(|| panic!("no struct {name}"));
    source[start..]
        .lines()
        .skip(1)
        .take_while(|line| *line != "}")
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(field, _)| field)
        .collect()
}

#[test]
fn the_example_holds_every_setting_and_no_other() {
    let source = read("cli/src/settings.rs");
    let example = read("docs/praman.example.toml");
    let (general, whatsapp) = example.split_once("[whatsapp]").expect("a part [whatsapp]");
    let (whatsapp, digilocker) = whatsapp.split_once("[digilocker]").expect("a part [digilocker]");
    let (digilocker, opinion) = digilocker.split_once("[opinion]").expect("a part [opinion]");
    let (opinion, speech) = opinion.split_once("[speech]").expect("a part [speech]");
    let keys = |part: &str| -> BTreeSet<String> {
        part.lines()
            .filter_map(|line| line.strip_prefix('#')?.split_once(" = "))
            .map(|(key, _)| key.to_owned())
            .filter(|key| !key.contains(' '))
            .collect()
    };
    let wanted = |name: &str| -> BTreeSet<String> {
        fields(&source, name)
            .into_iter()
            .filter(|field| !["whatsapp", "digilocker", "opinion", "speech"].contains(field))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(keys(general), wanted("File"), "the general part");
    assert_eq!(keys(whatsapp), wanted("WhatsappFile"), "the part [whatsapp]");
    assert_eq!(keys(digilocker), wanted("DigilockerFile"), "the part [digilocker]");
    assert_eq!(keys(opinion), wanted("OpinionFile"), "the part [opinion]");
    assert_eq!(keys(speech), wanted("SpeechFile"), "the part [speech]");

    // Whatever the environment may say stands in the page for operators.
    let operations = read("docs/OPERATIONS.md");
    for name in between(&source, "env = \"", "\"") {
        assert!(
            operations.contains(&format!("`{name}`")),
            "docs/OPERATIONS.md does not tell of {name}"
        );
    }
}

#[test]
fn every_holding_point_is_told_of_and_every_one_told_of_exists() {
    let mut points = BTreeSet::new();
    let rooms = ["reactions/src", "cli/src/commands/keys"];
    for file in rooms.iter().flat_map(|room| below(&root().join(room), "rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        points.extend(between(&text, ".pass(\"", "\")").into_iter().map(str::to_owned));
    }
    assert!(points.len() >= 10, "the test reads points: {points:?}");
    let page = read("docs/LIFE-OF-A-CERTIFICATE.md") + &read("docs/OPERATIONS.md");
    let told: BTreeSet<String> = page
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|word| {
            is_code(word)
                && ["issuance.", "notices.", "sender.", "change.", "ceremony."]
                    .iter()
                    .any(|room| word.starts_with(room))
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(points, told);
}

#[test]
fn every_crate_that_a_room_names_has_its_reason() {
    let manifests = below_one(root(), "Cargo.toml");
    let rooms: BTreeSet<String> = manifests
        .iter()
        .filter_map(|file| Some(file.parent()?.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let page = read("docs/decisions/0012-each-dependency-and-why.md");
    let words: BTreeSet<&str> = page
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_'))
        .collect();
    let mut missing = BTreeSet::new();
    for file in manifests {
        let text = std::fs::read_to_string(file).unwrap();
        for name in text.lines().filter_map(|line| line.strip_suffix(".workspace = true")) {
            let fields = ["version", "edition", "rust-version", "license", "publish"];
            if !rooms.contains(name) && !fields.contains(&name) && !words.contains(name) {
                missing.insert(name.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "no line in docs/decisions/0012: {missing:?}");
}

/// The files of this name in the folders right below `folder`.
fn below_one(folder: &Path, name: &str) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .expect("the workspace can be read")
        .flatten()
        .map(|entry| entry.path().join(name))
        .filter(|file| file.is_file())
        .collect()
}

/// The headings of a page, as links name them.
fn headings(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter_map(|line| {
            line.trim_start_matches('#')
                .strip_prefix(' ')
                .filter(|_| line.starts_with('#'))
        })
        .map(|heading| {
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_of_the_documents_leads_to_a_file() {
    let mut pages = below(&root().join("docs"), "md");
    pages.push(root().join("README.md"));
    let mut broken = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in between(&text, "](", ")") {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            if file.starts_with("http") {
                continue;
            }
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            let there = target.exists()
                && (heading.is_empty() || headings(&std::fs::read_to_string(&target).unwrap()).contains(heading));
            if !there {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
