//! `praman bench verify`, briefly: that it runs, that everything asked was answered rightly, and what its answer looks like. No
//! figure is asserted.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::process::Command;

use serde_json::Value;

#[test]
fn a_brief_run_measures_everything_and_writes_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    std::fs::write(
        &page,
        "before\n<!-- bench verify: begin -->\nold\n<!-- bench verify: end -->\nafter\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_praman"))
        .args(["bench", "verify", "--seconds", "0.2", "--connections", "2"])
        .args(["--certificates", "1048577", "--json", "--page"])
        .arg(&page)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = report["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 8, "{report}");
    let page = std::fs::read_to_string(&page).unwrap();
    for figure in figures {
        let (what, measured) = (figure["what"].as_str().unwrap(), figure["measured"].as_str().unwrap());
        assert!(measured.contains(|c: char| c.is_ascii_digit()), "{figure}");
        assert!(page.contains(what) && page.contains(measured), "{page}");
    }
    assert!(
        page.starts_with("before\n") && page.ends_with("after\n") && !page.contains("old"),
        "{page}"
    );
}

#[test]
fn what_cannot_be_measured_is_refused() {
    for wrong in [
        ["--seconds", "0"],
        ["--seconds", "601"],
        ["--connections", "0"],
        ["--connections", "257"],
        ["--certificates", "0"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_praman"))
            .args(["bench", "verify"])
            .args(wrong)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
