//! The shape of the workspace, as tests: which room may use which, which crate belongs to which room, and what no
//! file of the tree may hold. The tables below are the rule; `docs/ARCHITECTURE.md` only explains them.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// Which rooms a room may use, in its normal, build and dev dependencies alike.
///
/// `*` means every other room except `tests`, which nobody uses.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("keys", &[]),
    ("proofs", &["keys"]),
    ("ledger", &["keys", "proofs"]),
    ("certificates", &["domain", "keys", "proofs"]),
    ("projections", &["domain", "ledger"]),
    ("names", &[]),
    ("assistant", &["domain", "names"]),
    ("trainer", &["domain", "assistant", "names"]),
    ("engines", &["domain", "assistant"]),
    ("papers", &["domain"]),
    ("whatsapp", &["domain", "assistant"]),
    (
        "reactions",
        &[
            "domain",
            "proofs",
            "ledger",
            "projections",
            "certificates",
            "keys",
            "whatsapp",
        ],
    ),
    (
        "api",
        &[
            "domain",
            "ledger",
            "projections",
            "certificates",
            "assistant",
            "engines",
            "papers",
            "whatsapp",
            "keys",
            "verifier",
        ],
    ),
    ("verifier", &["domain", "certificates", "keys"]),
    ("cli", &["*"]),
    ("tests", &["*"]),
];

/// Edges that only the tests of a room may have, each with its reason.
const ONLY_IN_TESTS: &[(&str, &str)] = &[
    // A ledger is opened with a vault, and a projection is tried on a real ledger.
    ("projections", "keys"),
    // A second opinion signs the notes that the ledger must refuse.
    ("ledger", "ed25519-dalek"),
];

/// Crates that only some rooms may name. A room that names one of them does what another room is for.
const BELONGS_TO: &[(&str, &[&str])] = &[
    // SQL is one room's business; the tests make databases.
    ("sqlx", &["ledger", "tests"]),
    ("rusqlite", &["ledger", "tests"]),
    ("postgres-es", &["ledger", "tests"]),
    // Answering over HTTP, and asking.
    ("axum", &["api", "whatsapp", "cli", "tests"]),
    ("tower", &["api", "whatsapp", "cli", "tests"]),
    ("tower-http", &["api", "whatsapp", "cli", "tests"]),
    ("askama", &["api", "whatsapp"]),
    ("reqwest", &["engines", "whatsapp", "reactions", "cli", "tests"]),
    // Private bytes and chance.
    ("ed25519-dalek", &["keys"]),
    ("aes-gcm-siv", &["keys"]),
    ("argon2", &["keys"]),
    ("aws-lc-rs", &["keys"]),
    ("getrandom", &["keys", "cli"]),
    ("p256", &["keys", "certificates"]),
    // Rules and documents neither wait nor run in the background.
    (
        "tokio",
        &[
            "ledger",
            "projections",
            "engines",
            "whatsapp",
            "reactions",
            "api",
            "cli",
            "tests",
        ],
    ),
    // What is wrong has a type; only the outermost rooms may fold errors together.
    ("anyhow", &["cli", "trainer", "tests"]),
];

/// Words that the sources of a pure room may not hold: such a room answers from what it is given, and nothing else.
const NOT_IN_SOURCES: &[(&str, &[&str])] = &[
    (
        "domain",
        &["std::fs", "std::net", "std::env::var", "tokio::", "SystemTime"],
    ),
    (
        "names",
        &["std::fs", "std::net", "std::env::var", "tokio::", "SystemTime"],
    ),
    (
        "assistant",
        &["std::fs", "std::net", "std::env::var", "tokio::", "SystemTime"],
    ),
    ("certificates", &["std::net", "std::env::var", "tokio::", "SystemTime"]),
    (
        "papers",
        &["std::fs", "std::net", "std::env::var", "tokio::", "SystemTime"],
    ),
    (
        "verifier",
        &["std::fs", "std::net", "std::env::var", "tokio::", "SystemTime"],
    ),
    ("projections", &["std::fs", "std::net", "std::env::var", "SystemTime"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `null` for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
    /// Set when the dependency is one of ours.
    path: Option<PathBuf>,
}

/// Every edge and every crate of `metadata` that the two tables do not allow, as sentences.
fn violations(metadata: &Metadata) -> Vec<String> {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut found = Vec::new();
    for package in &metadata.packages {
        let Some(allowed) = may_use.get(package.name.as_str()) else {
            found.push(format!(
                "{} is no room of the table: give it a line there",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let kind = dependency.kind.as_deref().unwrap_or("normal");
            let ours = may_use.contains_key(dependency.name.as_str());
            let permitted =
                allowed.contains(&dependency.name.as_str()) || (allowed.contains(&"*") && dependency.name != "tests");
            let for_tests = kind == "dev" && ONLY_IN_TESTS.contains(&(package.name.as_str(), dependency.name.as_str()));
            if ours && !permitted && !for_tests {
                found.push(format!("{} may not use {} ({kind})", package.name, dependency.name));
            }
            if dependency.path.is_some() && !ours {
                found.push(format!(
                    "{} uses {}, a folder that is no room ({kind})",
                    package.name, dependency.name
                ));
            }
            let owners = BELONGS_TO.iter().find(|(krate, _)| *krate == dependency.name);
            if let Some((krate, rooms)) = owners
                && !rooms.contains(&package.name.as_str())
                && !for_tests
            {
                found.push(format!(
                    "{} may not name {krate} ({kind}): it belongs to {rooms:?}",
                    package.name
                ));
            }
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace above tests/")
}

fn metadata() -> Metadata {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo metadata starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON of the known shape")
}

/// All files of the tree that belong to the project: no build output, no environment of the outside verifiers.
fn files() -> Vec<PathBuf> {
    const NOT_OURS: &[&str] = &[".venv", "target", "node_modules", "__pycache__", "data"];
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder)
            .expect("a folder of the tree can be read")
            .flatten()
        {
            let name = entry.file_name();
            let kind = entry.file_type().expect("an entry of the tree has a type");
            // In a worktree git keeps a file there, not a folder.
            if name == ".git" {
                continue;
            }
            if kind.is_dir() && !NOT_OURS.iter().any(|skipped| name == *skipped) {
                walk(&entry.path(), into);
            } else if kind.is_file() {
                into.push(entry.path());
            }
        }
    }
    let mut found = Vec::new();
    walk(root(), &mut found);
    found.sort();
    found
}

/// `file` as the reader of a failure knows it.
fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

#[test]
fn every_room_uses_only_what_its_line_allows() {
    let metadata = metadata();
    let rooms: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let table: BTreeSet<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    assert_eq!(rooms, table, "the table and the workspace name the same rooms");
    let found = violations(&metadata);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The versions of a crate in a lock file.
fn locked(lock: &Path, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(lock).unwrap();
    let head = format!("name = \"{name}\"\nversion = \"");
    text.match_indices(&head)
        .filter_map(|(at, head)| Some(text[at + head.len()..].split_once('"')?.0.to_owned()))
        .collect()
}

/// `benches/` is a workspace of its own (docs/decisions/0026): it must measure the crates that we use, and use none of our rooms.
#[test]
fn the_yardstick_stands_apart_and_measures_the_same_crates() {
    let rooms: BTreeSet<&str> = MAY_USE.iter().map(|(room, _)| *room).collect();
    let manifest = std::fs::read_to_string(root().join("benches/yardstick/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    assert!(dependencies.contains("sqlite-es"), "the test reads the dependencies");
    for line in dependencies.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(
            !rooms.contains(name) && !line.contains("path ="),
            "the yardstick uses a room: {line}"
        );
        assert!(
            name.is_empty() || !locked(&root().join("benches/Cargo.lock"), name).is_empty(),
            "benches/Cargo.lock is behind the manifest: {name}"
        );
    }
    for name in [
        "cqrs-es",
        "postgres-es",
        "sqlx",
        "sqlx-postgres",
        "tokio",
        "serde_json",
        "mimalloc",
    ] {
        let (ours, theirs) = (
            locked(&root().join("Cargo.lock"), name),
            locked(&root().join("benches/Cargo.lock"), name),
        );
        assert!(!ours.is_empty(), "{name} is locked");
        assert_eq!(ours, theirs, "{name}: both lock files name the same version");
    }
}

#[test]
fn a_forbidden_edge_of_any_kind_is_found() {
    let edge = |from: &str, to: &str, kind: Option<&str>, path: Option<&str>| -> Vec<String> {
        let made_up = serde_json::json!({ "packages": [{
            "name": from,
            "manifest_path": format!("/{from}/Cargo.toml"),
            "dependencies": [{ "name": to, "kind": kind, "path": path }],
        }]});
        violations(&serde_json::from_value(made_up).unwrap())
    };
    assert_eq!(
        edge("ledger", "domain", None, Some("/domain")),
        ["ledger may not use domain (normal)"]
    );
    assert_eq!(
        edge("domain", "ledger", Some("dev"), Some("/ledger")),
        ["domain may not use ledger (dev)"]
    );
    assert_eq!(
        edge("projections", "keys", None, None),
        ["projections may not use keys (normal)"]
    );
    assert!(edge("projections", "keys", Some("dev"), None).is_empty());
    assert_eq!(
        edge("api", "reactions", Some("build"), None),
        ["api may not use reactions (build)"]
    );
    assert_eq!(
        edge("cli", "tests", None, Some("/tests")),
        ["cli may not use tests (normal)"]
    );
    assert_eq!(
        edge("keys", "helpers", None, Some("/helpers")),
        ["keys uses helpers, a folder that is no room (normal)"]
    );
    assert_eq!(
        edge("helpers", "keys", None, None),
        ["helpers is no room of the table: give it a line there"]
    );
    assert_eq!(edge("api", "sqlx", None, None).len(), 1, "SQL outside the ledger");
    assert_eq!(
        edge("projections", "axum", Some("dev"), None).len(),
        1,
        "routes beside the views"
    );
    assert!(edge("reactions", "ledger", None, Some("/ledger")).is_empty());
    assert!(edge("tests", "cli", None, Some("/cli")).is_empty());
}

#[test]
fn the_table_has_no_circle() {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    // Every room must come out once all that it may use has come out before.
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < may_use.len() {
        let next: Vec<&str> = may_use
            .iter()
            .filter(|(room, uses)| {
                !settled.contains(*room) && uses.iter().all(|used| *used == "*" || settled.contains(used))
            })
            .map(|(room, _)| *room)
            .collect();
        assert!(!next.is_empty(), "a circle among the rooms that are not {settled:?}");
        settled.extend(next);
    }
}

#[test]
fn every_room_takes_the_shared_lints() {
    for package in metadata().packages {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        if package.name == "verifier" {
            continue; // It has its own test.
        }
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} has its own lints",
            package.name
        );
    }
}

/// The functions that a page calls need names that the linker keeps, and the attribute for that counts as unsafe code: the
/// one room that has it has every other lint, and has it in one folder, for nothing else.
#[test]
fn unsafe_code_is_a_name_for_the_linker_and_nothing_else() {
    let lints = |manifest: &str, head: &str| -> String {
        let text = std::fs::read_to_string(root().join(manifest)).unwrap();
        let (_, table) = text.split_once(&format!("[{head}]\n")).expect("the table of lints");
        table.split("\n\n").next().unwrap_or_default().to_owned()
    };
    for (ours, theirs) in [
        ("workspace.lints.rust", "lints.rust"),
        ("workspace.lints.clippy", "lints.clippy"),
    ] {
        let expected = lints("Cargo.toml", ours).replace("unsafe_code = \"forbid\"", "unsafe_code = \"deny\"");
        assert_eq!(lints("verifier/Cargo.toml", theirs), expected, "{theirs}");
    }
    for file in files()
        .iter()
        .filter(|file| file.starts_with(root().join("verifier/src")))
    {
        let text = std::fs::read_to_string(file).unwrap();
        let shipped: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let found = shipped
            .iter()
            .filter(|line| line.contains("unsafe"))
            .map(|line| line.trim());
        if file.parent().is_some_and(|folder| folder.ends_with("wasm")) {
            let other: Vec<&str> = found
                .filter(|line| {
                    *line != "#[unsafe(no_mangle)]"
                        && !line.starts_with("unsafe_code,")
                        && !line.starts_with("reason =")
                })
                .collect();
            assert!(other.is_empty(), "{other:?}");
        } else {
            assert_eq!(found.count(), 0, "{}", shown(file));
        }
    }
}

/// Whoever only verifies links no C code, no private byte, no database and no network: what the room takes in without the
/// features that it does not ask for.
#[test]
fn the_verifier_is_small() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "-p",
            "verifier",
            "-e",
            "normal,build",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(
        crates.contains("ed25519-dalek") && crates.contains("certificates"),
        "the test reads the tree: {tree}"
    );
    for heavy in [
        "aws-lc-rs",
        "aws-lc-sys",
        "cc",
        "sqlx",
        "rusqlite",
        "axum",
        "reqwest",
        "hyper",
        "mio",
        "printpdf",
        "lopdf",
        "image",
        "argon2",
        "aes-gcm-siv",
        "ledger",
        "api",
    ] {
        assert!(!crates.contains(heavy), "the verifier links {heavy}");
    }
}

#[test]
fn pure_rooms_ask_nothing_of_the_machine() {
    let mut found = Vec::new();
    for (room, words) in NOT_IN_SOURCES {
        let sources = root().join(room).join("src");
        for file in files().iter().filter(|file| file.starts_with(&sources)) {
            // Tests may read golden files.
            if file.extension().is_none_or(|extension| extension != "rs") || file.ends_with("tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(file).unwrap();
            let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            for word in *words {
                if shipped.contains(word) {
                    found.push(format!("{} holds {word}", shown(file)));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Words that mark a picture of state authority: a department brings its own mark as a setting (docs/decisions/0010).
const MARKS: &[&str] = &[
    "emblem",
    "seal",
    "flag",
    "crest",
    "arms",
    "ashoka",
    "lion",
    "satyamev",
    "satyameva",
    "chakra",
    "tricolour",
    "logo",
];

fn is_mark(file: &Path) -> bool {
    const PICTURES: &[&str] = &["png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "bmp", "avif", "pdf"];
    let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    PICTURES.contains(&extension.as_str())
        && stem
            .split(|letter: char| !letter.is_alphabetic())
            .any(|word| MARKS.contains(&word))
}

#[test]
fn no_emblem_lies_in_the_tree() {
    assert!(
        is_mark(Path::new("api/assets/national-emblem.svg")),
        "the test can find one"
    );
    assert!(!is_mark(Path::new("keys/src/sealed.rs")));
    let found: Vec<String> = files()
        .iter()
        .filter(|file| is_mark(file))
        .map(|file| shown(file))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Places that exist on one machine only. Written in halves, so that this file does not find itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wor", "k/"),
    concat!("/roo", "t/"),
    concat!("/hom", "e/"),
    concat!("/User", "s/"),
    concat!("/tmp/", "praman/"),
];

/// The machine paths in `text`: a match counts only where a path begins, so that `/network/` is none.
fn machine_paths(text: &str) -> Vec<&'static str> {
    let begins = |before: &str| {
        before
            .chars()
            .next_back()
            .is_none_or(|letter| !letter.is_alphanumeric() && letter != '.')
    };
    MACHINE_PATHS
        .iter()
        .copied()
        .filter(|path| text.match_indices(path).any(|(at, _)| begins(&text[..at])))
        .collect()
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    assert_eq!(machine_paths(concat!("cd /wor", "k/main")), [MACHINE_PATHS[0]]);
    assert!(machine_paths(concat!("https://example.org/net/wor", "k/shop ../wor", "k/ network/")).is_empty());
    let mut found = Vec::new();
    for file in files() {
        // Fonts and pictures are not text; a path inside would be bytes, not words.
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        found.extend(
            machine_paths(&text)
                .into_iter()
                .map(|path| format!("{} names {path}", shown(&file))),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
