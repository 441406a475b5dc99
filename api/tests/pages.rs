//! Every page, with made-up content: what must hold for all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod samples;

use std::{collections::BTreeSet, path::Path};

use api::verification::words::{Facts, words};
use certificates::VerdictCode;
use domain::Language;
use samples::{Sample, all, verdict};

fn is_devanagari(c: char) -> bool {
    ('\u{900}'..='\u{97F}').contains(&c) && !matches!(c, '।')
}

/// A tag as written, or a run of text, with the language that holds there.
enum Piece<'a> {
    Tag(&'a str),
    Text(&'a str, String),
}

/// Walks our own well-formed HTML.
fn pieces(html: &str) -> Vec<Piece<'_>> {
    const VOID: [&str; 7] = ["meta", "link", "input", "br", "hr", "img", "!doctype"];
    let mut open: Vec<(String, String)> = vec![];
    let mut out = vec![];
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        let language = open.last().map(|(_, l)| l.clone()).unwrap_or_default();
        if !text.trim().is_empty() {
            out.push(Piece::Text(text, language.clone()));
        }
        let end = tag.find('>').expect("a tag ends");
        let (tag, after) = tag.split_at(end + 1);
        rest = after;
        out.push(Piece::Tag(tag));
        let name: String = tag[1..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '!' | '/'))
            .collect();
        if let Some(closed) = name.strip_prefix('/') {
            let (last, _) = open.pop().unwrap_or_else(|| panic!("{closed} closes nothing"));
            assert_eq!(last, closed, "an element is closed by another's end tag");
        } else if !VOID.contains(&name.as_str()) && !tag.ends_with("/>") {
            let own = tag
                .split_once(" lang=\"")
                .and_then(|(_, l)| l.split_once('"'))
                .map(|(l, _)| l.to_owned());
            open.push((name, own.unwrap_or(language)));
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    out
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value)
}

fn each(check: impl Fn(&Sample)) {
    for page in all() {
        check(&page);
    }
}

#[test]
fn the_language_of_every_run_of_text_is_told() {
    each(|page| {
        for piece in pieces(&page.html) {
            let Piece::Text(text, language) = piece else { continue };
            if text.chars().any(is_devanagari) {
                // What a person wrote (a name, a note) stands as they wrote it, in any script.
                let own_words = ["सुनीता देवी", "बच्ची का नाम अभी नहीं रखा है"]
                    .iter()
                    .any(|words| text.contains(words));
                assert!(
                    language == "hi" || own_words,
                    "{} {:?}: Hindi in {language}: {text}",
                    page.name,
                    page.language
                );
            }
        }
        assert!(page.html.contains(&format!("<html lang=\"{}\">", page.language.tag())));
    });
}

#[test]
fn a_page_stands_alone() {
    each(|page| {
        let name = &page.name;
        assert_eq!(page.html.matches("<h1").count(), 1, "{name}: one h1");
        assert_eq!(page.html.matches("<main").count(), 1, "{name}: one main");
        assert!(page.html.contains("href=\"#main\""), "{name}: skip link");
        assert!(page.html.contains("hreflang="), "{name}: the other language");
        if name != "sign-in-production" {
            assert!(
                page.html.contains("नमूना · कानूनी मान्यता नहीं") && page.html.contains("no legal value"),
                "{name}: demo strip"
            );
        }
        let mut ids = BTreeSet::new();
        for piece in pieces(&page.html) {
            let Piece::Tag(tag) = piece else { continue };
            if let Some(id) = attribute(tag, "id") {
                assert!(ids.insert(id.to_owned()), "{name}: id {id} twice");
            }
            assert!(attribute(tag, "style").is_none(), "{name}: inline style in {tag}");
            assert!(
                !tag.contains(" on") || !tag.contains("=\"javascript"),
                "{name}: inline script in {tag}"
            );
            if tag.starts_with("<script") {
                assert!(attribute(tag, "src").is_some(), "{name}: inline script");
            }
            for link in ["src", "href", "action"]
                .into_iter()
                .filter_map(|key| attribute(tag, key))
            {
                assert!(
                    link.starts_with('/') || link.starts_with('?') || link.starts_with('#'),
                    "{name}: {link} leads elsewhere"
                );
            }
            if tag.starts_with("<th") && !tag.starts_with("<thead") {
                assert!(attribute(tag, "scope").is_some(), "{name}: {tag} has no scope");
            }
            if tag.starts_with("<img") {
                assert!(attribute(tag, "alt").is_some(), "{name}: {tag} has no alt");
            }
        }
        for piece in pieces(&page.html) {
            let Piece::Tag(tag) = piece else { continue };
            for key in ["aria-labelledby", "aria-describedby", "for"] {
                if let Some(id) = attribute(tag, key) {
                    assert!(ids.contains(id), "{name}: {key} names {id}, which is not there");
                }
            }
        }
        assert_eq!(
            page.html.matches("<table").count(),
            page.html.matches("<caption").count(),
            "{name}: captions"
        );
        assert!(page.html.len() <= 24 * 1024, "{name}: {} bytes", page.html.len());
    });
}

#[test]
fn headings_skip_no_level() {
    each(|page| {
        let mut last = 0;
        for piece in pieces(&page.html) {
            let Piece::Tag(tag) = piece else { continue };
            let Some(level) = tag
                .strip_prefix("<h")
                .and_then(|rest| rest.chars().next()?.to_digit(10))
            else {
                continue;
            };
            assert!(level <= last + 1, "{}: h{level} after h{last}", page.name);
            last = level;
        }
    });
}

#[test]
fn titles_differ_and_a_verdicts_title_begins_with_it() {
    for language in [Language::En, Language::Hi] {
        for answer in VerdictCode::ALL {
            let html = verdict(answer, language);
            let word = words(answer, &Facts::default()).word;
            assert!(html.contains(&format!("<title>{}:", word.get(language))), "{answer:?}");
            assert!(
                html.contains(&word.en) && html.contains(&word.hi),
                "{answer:?}: both words"
            );
            assert!(html.len() <= 12 * 1024, "{answer:?}: {} bytes", html.len());
        }
    }
}

#[test]
fn a_forgers_text_never_appears() {
    for language in [Language::En, Language::Hi] {
        for answer in VerdictCode::ALL {
            let html = verdict(answer, language);
            let shows = html.contains("Venkataraghavan");
            let may = !matches!(answer, VerdictCode::NotGenuine | VerdictCode::Unreadable);
            assert_eq!(shows, may, "{answer:?}");
            // The example in the form is a number too; the certificate's own stands in a definition.
            assert_eq!(html.contains("<dd><span class=\"number\""), may, "{answer:?}");
            assert_eq!(
                html.contains("DLBC-0Z9Y-8X7W-6V5T"),
                answer == VerdictCode::Superseded,
                "{answer:?}"
            );
        }
    }
}

#[test]
fn no_text_of_ours_says_what_we_never_say() {
    each(|page| {
        for piece in pieces(&page.html) {
            let Piece::Text(text, _) = piece else { continue };
            let text = text.to_lowercase();
            for banned in ["invalid", "please", "oops", "404", "tampered"] {
                assert!(!text.contains(banned), "{}: {text:?} says {banned}", page.name);
            }
            assert_ne!(text.trim(), "n/a", "{}: what is missing is said in words", page.name);
        }
    });
}

/// The pages as files, to be looked at in a browser.
#[test]
fn pages_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(folder.join("static")).unwrap();
    for name in ["praman.css", "icon.svg", "verify.js", "officer.js", "assistant.js"] {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        let address = api::page::path_of(name);
        assert!(address.starts_with("/static/"), "{name} has an address");
        std::fs::copy(own, folder.join(&address[1..])).unwrap();
    }
    let mut index = String::new();
    for page in all() {
        let name = format!("{}-{}.html", page.name, page.language.code());
        std::fs::write(folder.join(&name), page.html).unwrap();
        index.push_str(&name);
        index.push('\n');
    }
    std::fs::write(folder.join("index.txt"), index).unwrap();
}
