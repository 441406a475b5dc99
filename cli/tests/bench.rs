//! `praman bench ledger`, briefly: that it runs, that what it measured was stored, and what its answer looks like. No figure is asserted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// PostgreSQL's programs, or else the test ends (or fails, where everything must be there).
fn has_postgres() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .any(|version| version.path().join("bin/pgbench").is_file());
    let there = debian || Command::new("pgbench").arg("--version").output().is_ok();
    assert!(
        there || std::env::var_os("PRAMAN_TEST_EVERYTHING").is_none(),
        "pgbench is missing"
    );
    there
}

fn bench(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_praman"));
    command.args(["bench", "ledger", "--folder"]).arg(folder);
    command
}

/// Each path of the answer and the types that stand there; the elements of a list are one.
fn shape(value: &Value, path: &str, into: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(items) => {
            items.iter().for_each(|item| shape(item, &format!("{path}[]"), into));
            "list"
        }
        Value::Object(fields) => {
            for (name, inner) in fields {
                shape(inner, &format!("{path}.{name}"), into);
            }
            "object"
        }
    };
    into.entry(path.to_owned()).or_default().insert(kind);
}

#[test]
fn a_short_run_stores_what_it_counts_and_answers_in_the_known_shape() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("plot.svg");
    let page = folder.path().join("page.md");
    let kept = ["Before.\n", "\nAfter.\n"];
    let marks = ["<!-- bench ledger: begin -->\n", "<!-- bench ledger: end -->"];
    std::fs::write(
        &page,
        format!("{}{}what stood here before{}{}", kept[0], marks[0], marks[1], kept[1]),
    )
    .unwrap();
    let mut command = bench(folder.path());
    command.args([
        "--seconds",
        "0.2",
        "--rounds",
        "1",
        "--events",
        "2000",
        "--writers",
        "2",
        "--json",
    ]);
    command.arg("--plot").arg(&plot).arg("--page").arg(&page);
    // With it, the stock crates as well; it is built apart (benches/run).
    let yardstick = std::env::var_os("PRAMAN_TEST_YARDSTICK");
    if let Some(yardstick) = &yardstick {
        command.arg("--yardstick").arg(yardstick);
    }
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();

    let series = answer["series"].as_array().unwrap();
    let ran: Vec<&str> = series
        .iter()
        .map(|series| series["variant"].as_str().unwrap())
        .collect();
    for name in [
        "raw",
        "ours-pg",
        "ours-sqlite",
        "ours-pg-replay",
        "ours-sqlite-verified",
        "ours-log-audit",
        "ours-pg-rebuild",
        "ours-sqlite-rebuild",
    ] {
        assert!(ran.contains(&name), "{name} did not run: {ran:?}");
    }
    assert_eq!(ran.iter().any(|name| name.starts_with("stock")), yardstick.is_some());
    for series in series {
        for sample in series["rounds"].as_array().unwrap() {
            let name = &series["variant"];
            assert!(sample["count"].as_u64().unwrap() > 0, "{name} did nothing");
            assert_eq!(sample["failed"], 0, "{name}");
            if !sample["expected"].is_null() {
                assert_eq!(sample["stored"], sample["expected"], "{name}");
            }
            let name = name.as_str().unwrap();
            let ours = name.starts_with("ours");
            let checks = ["-audit", "-rebuild"].iter().any(|end| name.ends_with(end));
            if ours && (checks || !series["writers"].is_null()) {
                assert_eq!(sample["breaks"], 0, "{name} was audited");
            }
            if ours && series["writers"].is_null() {
                assert_eq!(
                    (&sample["count"], &sample["stored"]),
                    (&2001.into(), &2001.into()),
                    "{name} read all"
                );
            }
        }
    }
    // The bound of making a view anew is for a million events, and nothing is scaled.
    let measured = answer["measures"].to_string();
    assert!(
        measured.contains("replay") && !measured.contains("made anew"),
        "{measured}"
    );
    // All readers of one log fold it to the same.
    let folds: BTreeSet<&str> = series
        .iter()
        .filter(|series| series["variant"].as_str().unwrap().starts_with("ours"))
        .filter_map(|series| series["rounds"][0]["fold"].as_str())
        .collect();
    assert_eq!(folds.len(), 1, "{folds:?}");
    assert!(folds.first().unwrap().starts_with("2001 steps"), "{folds:?}");

    if yardstick.is_none() {
        let warnings = answer["warnings"].to_string();
        assert!(warnings.contains("stock crates are left out"), "{warnings}");
        let mut found = BTreeMap::new();
        shape(&answer, "", &mut found);
        let found: String = found
            .iter()
            .map(|(path, kinds)| {
                let kinds: Vec<_> = kinds.iter().copied().collect();
                format!("{path}: {}\n", kinds.join(" or "))
            })
            .collect();
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bench-ledger-shape.txt");
        if std::env::var_os("PRAMAN_TEST_WRITE_GOLDEN").is_some() {
            std::fs::write(&golden, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&golden).unwrap(), "{}", golden.display());
    }

    let page = std::fs::read_to_string(&page).unwrap();
    assert!(
        page.starts_with(&format!("{}{}", kept[0], marks[0])) && page.ends_with(&format!("{}{}", marks[1], kept[1]))
    );
    assert!(
        page.contains("| ours-pg |") && !page.contains("what stood here before"),
        "{page}"
    );
    let plot = std::fs::read_to_string(&plot).unwrap();
    assert!(plot.starts_with("<svg") && plot.trim_end().ends_with("</svg>") && plot.contains("ours-pg"));
}

/// One measurement as the benchmark asks for it, on the SQLite store `store` in this folder.
fn child(folder: &Path, work: &Value) -> Value {
    use std::io::Write as _;
    let job = serde_json::json!({
        "place": { "sqlite": folder.join("store") }, "seed": 1, "keys": folder.join("store.keys"), "work": work,
    });
    let mut child = bench(folder)
        .arg("--child")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    to.write_all(format!("{job}\ngo\n").as_bytes()).unwrap();
    drop(to);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{work}");
    let told = String::from_utf8(output.stdout).unwrap();
    let (ready, measured) = told.split_once('\n').unwrap();
    assert_eq!(ready, r#"{"ready":true}"#);
    serde_json::from_str(measured).unwrap()
}

#[test]
fn a_published_log_with_a_flipped_byte_is_not_measured_as_sound() {
    let folder = tempfile::tempdir().unwrap();
    child(folder.path(), &serde_json::json!({ "fill": { "events": 600 } }));
    assert_eq!(child(folder.path(), &"publish".into())["count"], 600);
    let audit = || child(folder.path(), &serde_json::json!({ "read": "tiles" }));
    let sound = audit();
    assert_eq!((&sound["count"], &sound["stored"]), (&600.into(), &600.into()));
    assert_eq!(sound["breaks"], 0);
    for file in ["checkpoint", "tile/0/001", "tile/entries/001"] {
        let file = folder.path().join("store.published/log").join(file);
        let bytes = std::fs::read(&file).unwrap();
        let mut flipped = bytes.clone();
        flipped[100] ^= 1;
        std::fs::write(&file, flipped).unwrap();
        assert_ne!(audit()["breaks"], 0, "{}", file.display());
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(audit()["breaks"], 0);
}

#[test]
fn a_view_made_anew_has_a_row_for_each_stream_and_leaves_no_event_out() {
    let rebuild = |folder: &Path| child(folder, &serde_json::json!({ "read": "rebuild" }));
    let folder = tempfile::tempdir().unwrap();
    child(
        folder.path(),
        &serde_json::json!({ "fill_applications": { "events": 31 } }),
    );
    for _ in 0..2 {
        let made = rebuild(folder.path());
        assert_eq!(
            (&made["count"], &made["stored"]),
            (&33.into(), &33.into()),
            "whole streams"
        );
        assert_eq!(made["breaks"], 0);
    }
    // Streams that the view does not fold: were they measured, the time would be that of nothing.
    let other = tempfile::tempdir().unwrap();
    child(other.path(), &serde_json::json!({ "fill": { "events": 33 } }));
    let made = rebuild(other.path());
    assert_eq!(made["count"], 0);
    assert_ne!(made["breaks"], 0);
}

#[test]
fn a_word_that_names_no_variant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(folder.path()).args(["--only", "ours-pgg"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("ours-pgg is no variant"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Starts a long run and waits until its server has been asked to work; answers with the server's process number.
fn started(folder: &Path) -> (Child, String) {
    use std::io::{BufRead as _, BufReader};
    let mut child = bench(folder)
        .args([
            "--seconds",
            "0.1",
            "--rounds",
            "1000000",
            "--writers",
            "1",
            "--only",
            "raw,ours-sqlite",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().expect("a line of progress").unwrap();
    assert!(first.contains("round 1"), "{first}");
    // Read on, or the child would be stopped by a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    let store = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let pid = std::fs::read_to_string(store.join("postgres/data/postmaster.pid")).unwrap();
    (child, pid.lines().next().unwrap().to_owned())
}

/// Waits until a process is gone.
fn gone(pid: &str) {
    let status = Command::new("timeout")
        .args(["30", "tail", &format!("--pid={pid}"), "-f", "/dev/null"])
        .status()
        .unwrap();
    assert!(status.success(), "the server outlives the benchmark");
}

#[test]
fn interrupted_or_killed_it_leaves_no_server_behind() {
    if !has_postgres() {
        return;
    }
    for (signal, leaves) in [("-INT", 0), ("-TERM", 0), ("-KILL", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, server) = started(folder.path());
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        assert!(!child.wait().unwrap().success());
        gone(&server);
        // Killed outright, it cannot take its folder away; but nothing runs.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), leaves, "{signal}");
    }
}
