//! The verbs of whoever writes a service's file: check it, read it as people meet it, begin a new one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{path::Path, process::Command};

use domain::catalogue::Catalogue;

/// Exit code, what it answered, why it failed.
fn catalogue(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_praman"))
        .arg("catalogue")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn services() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("domain/services")
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_services_have_no_findings() {
    let (code, said, why) = catalogue(&["lint"]);
    assert_eq!((code, said.trim()), (0, "30 services, 0 findings"), "{why}");
    let (code, said, _) = catalogue(&["lint", &services()]);
    assert_eq!((code, said.trim()), (0, "30 services, 0 findings"));
}

#[test]
fn what_is_wrong_stands_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read_to_string(format!("{}/ration_card.toml", services())).unwrap();
    std::fs::write(
        folder.path().join("ration_card.toml"),
        good.replacen("version = 1", "version = 0", 1),
    )
    .unwrap();
    std::fs::write(folder.path().join("broken.toml"), "code = ").unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no service").unwrap();
    let path = folder.path().to_str().unwrap();
    let (code, said, _) = catalogue(&["lint", path]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.starts_with("broken file: service file broken is not well formed: "),
        "{said}"
    );
    assert!(said.contains("\nration_card version: counting starts at 1\n"), "{said}");
    assert!(said.ends_with("2 services, 2 findings\n"), "{said}");
    let (code, said, _) = catalogue(&["lint", "--json", path]);
    let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, answer["services"].as_u64()), (1, Some(2)));
    assert_eq!(answer["findings"][1]["check"], "version");
}

#[test]
fn one_file_is_checked_beside_the_services_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(format!("{}/ration_card.toml", services())).unwrap();
    let path = folder.path().join("ration_card_again.toml");
    std::fs::write(&path, text.replacen("\"ration_card\"", "\"ration_card_again\"", 1)).unwrap();
    let (code, said, _) = catalogue(&["lint", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("ration_card_again unique: letters RC belongs to ration_card as well"),
        "{said}"
    );
    let next = format!("{}/next/vehicle_rc_transfer.toml", services());
    let (code, said, _) = catalogue(&["lint", &next]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn nothing_to_check_is_no_clean_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, why) = catalogue(&["lint", folder.path().to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(why.contains("holds no services' files"), "{why}");
    assert_eq!(catalogue(&["lint", "/no/such/folder"]).0, 2);
}

#[test]
fn a_service_is_shown_as_people_meet_it() {
    for service in Catalogue::embedded().unwrap().iter() {
        for (lang, language) in [("en", domain::Language::En), ("hi", domain::Language::Hi)] {
            let (code, said, why) = catalogue(&["show", &service.code, "--lang", lang]);
            assert_eq!(code, 0, "{why}");
            let texts = service
                .fields
                .iter()
                .map(|field| &field.ask)
                .chain(service.documents.iter().map(|document| &document.label))
                .chain(service.refusals.iter().map(|reason| &reason.text))
                .chain(service.eligibility.iter().map(|rule| &rule.text))
                .chain(service.fee.note.iter())
                .chain([&service.name, &service.certificate.title]);
            for text in texts {
                assert!(said.contains(text.get(language)), "{} {lang}: {text:?}", service.code);
            }
        }
    }
    let next = format!("{}/next/vehicle_rc_transfer.toml", services());
    assert_eq!(catalogue(&["show", &next]).0, 0);
    let (code, _, why) = catalogue(&["show", "no_such_service"]);
    assert_eq!(code, 2);
    assert!(why.contains("the services are birth_certificate, "), "{why}");
}

#[test]
fn a_new_file_wants_nothing_but_words() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let (code, said, why) = catalogue(&["new", "tree_felling_permit", "--out", out]);
    assert_eq!(code, 0, "{why}");
    assert!(said.contains("tree_felling_permit.toml: fill in"), "{said}");
    let path = folder.path().join("tree_felling_permit.toml");
    let skeleton = std::fs::read_to_string(&path).unwrap();
    let lint = || {
        let (code, said, _) = catalogue(&["lint", "--json", path.to_str().unwrap()]);
        let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
        (code, answer["findings"].as_array().unwrap().clone())
    };
    let (code, findings) = lint();
    assert_eq!(code, 1);
    for finding in &findings {
        assert!(
            ["empty", "count"].contains(&finding["check"].as_str().unwrap()),
            "{finding}"
        );
        assert_eq!(finding["service"], "tree_felling_permit");
    }
    // The words filled in, by somebody in a hurry, and it is a service.
    let list = |language: &str, what: &str, word: &str| {
        let words: Vec<String> = (0..8).map(|n| format!("\"{word} {what} {n}\"")).collect();
        format!("{language} = [{}]", words.join(", "))
    };
    let mut filled = skeleton.replace(
        "{ en = \"\", hi = \"\" }",
        "{ en = \"Tree permit\", hi = \"पेड़ की अनुमति\" }",
    );
    for (language, word) in [("hinglish", "ped"), ("hi", "पेड़"), ("en", "tree")] {
        for what in if word == "पेड़" {
            ["नाम", "बात"]
        } else {
            ["called", "told"]
        } {
            filled = filled.replacen(
                &format!("\n{language} = []"),
                &format!("\n{}", list(language, what, word)),
                1,
            );
        }
    }
    std::fs::write(&path, &filled).unwrap();
    let (code, findings) = lint();
    assert_eq!((code, findings), (0, vec![]));
    // What somebody has written is never written over.
    let (code, _, why) = catalogue(&["new", "tree_felling_permit", "--out", out]);
    assert_eq!(code, 2, "{why}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), filled);
}

#[test]
fn a_new_service_needs_a_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for code in [
        "Tree",
        "tree-permit",
        "tree__permit",
        "_tree",
        "tree_",
        "../tree",
        "",
        "ration_card",
    ] {
        let (exit, _, why) = catalogue(&["new", code, "--out", out]);
        assert_eq!(exit, 2, "{code}: {why}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
