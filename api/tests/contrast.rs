//! The colours of the stylesheet, computed again: WCAG 2.2, 1.4.3 (text 4.5) and 1.4.11 (borders, focus 3).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

const CSS: &str = include_str!("../assets/praman.css");

type Tokens = BTreeMap<String, String>;

fn tokens(block: &str) -> Tokens {
    block
        .split(';')
        .filter_map(|line| line.trim().rsplit_once("--").map(|(_, pair)| pair))
        .filter_map(|pair| pair.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .filter(|(_, value)| value.starts_with('#'))
        .collect()
}

/// The tokens of the light and of the dark scheme.
fn schemes() -> [(&'static str, Tokens); 2] {
    let block = |from: &str| {
        let (_, rest) = CSS.split_once(from).expect("the block is there");
        let (_, rest) = rest.split_once(":root {").unwrap_or(("", rest));
        tokens(rest.split_once('}').unwrap().0)
    };
    let light = tokens(CSS.split_once(":root {").unwrap().1.split_once('}').unwrap().0);
    let mut dark = light.clone();
    dark.extend(block("@media (prefers-color-scheme: dark)"));
    [("light", light), ("dark", dark)]
}

/// Relative luminance (WCAG 2.2, definitions).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn the_formula_is_that_of_the_standard() {
    assert!((contrast("#000000", "#FFFFFF") - 21.0).abs() < 1e-9);
    assert!((contrast("#767676", "#FFFFFF") - 4.54).abs() < 0.01);
}

#[test]
fn text_and_borders_can_be_seen() {
    // (colour, ground, least contrast)
    let mut pairs: Vec<(&str, &str, f64)> = vec![];
    for text in ["ink", "ink2", "link", "key"] {
        pairs.extend([(text, "bg", 4.5), (text, "surface", 4.5)]);
    }
    for verdict in ["ok", "warn", "bad", "info"] {
        pairs.extend([(verdict, "bg", 4.5), (verdict, "surface", 4.5)]);
    }
    let tints = [
        ("ok", "ok-tint"),
        ("warn", "warn-tint"),
        ("bad", "bad-tint"),
        ("info", "info-tint"),
    ];
    for (colour, tint) in tints {
        pairs.extend([(colour, tint, 4.5), ("ink", tint, 4.5), ("link", tint, 4.5)]);
    }
    pairs.extend([
        ("on-key", "key", 4.5),
        ("bg", "bad", 4.5),
        ("on-focus", "focus", 4.5),
        ("line", "bg", 3.0),
        ("line", "surface", 3.0),
        ("ring", "bg", 3.0),
        ("ring", "surface", 3.0),
    ]);
    for (scheme, tokens) in schemes() {
        for &(colour, ground, least) in &pairs {
            let found = contrast(&tokens[colour], &tokens[ground]);
            assert!(
                found >= least,
                "{scheme}: {colour} on {ground} is {found:.2}, below {least}"
            );
        }
    }
}

#[test]
fn colours_stand_only_as_tokens() {
    let rules = CSS.split_once("/* Ground */").unwrap().1;
    let rules = rules.split_once("@media print").unwrap().0;
    for line in rules.lines() {
        let colour = line.split('#').skip(1).any(|rest| {
            rest.len() >= 3
                && rest.chars().take(3).all(|c| c.is_ascii_hexdigit())
                && rest
                    .chars()
                    .take(6)
                    .filter(|c| c.is_alphanumeric())
                    .all(|c| c.is_ascii_hexdigit())
        });
        assert!(!colour || line.contains("#000;"), "a colour outside the tokens: {line}");
    }
}
