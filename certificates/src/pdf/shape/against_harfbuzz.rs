//! The glyphs that we draw are those of HarfBuzz itself: `hb-shape` gives the same glyph ids at the same places, for all the
//! generated records. `PRAMAN_TEST_CAMPAIGN` says how many; they are few by default.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::records::{CONSONANTS, Generator, WORDS};
use super::*;

const FONTS: [(Weight, &str); 2] = [
    (Weight::Regular, "NotoSansDevanagari-Regular.ttf"),
    (Weight::Bold, "NotoSansDevanagari-Bold.ttf"),
];

fn count() -> usize {
    std::env::var("PRAMAN_TEST_CAMPAIGN").map_or(100, |count| count.parse().unwrap())
}

/// All texts of the records, as they are drawn.
fn texts(count: usize) -> Vec<String> {
    let mut shaper = Shaper::try_new().unwrap();
    let mut texts = Vec::new();
    for sample in Generator::new(20_261_123).take(count) {
        for (english, hindi) in sample.values {
            for text in english.iter().chain([&hindi]) {
                texts.push(shaper.clean("text", text, 600).unwrap());
            }
        }
    }
    texts.extend(WORDS.iter().map(|word| shaper.clean("word", word, 600).unwrap()));
    texts
}

#[test]
fn the_records_hold_every_pair_of_consonants() {
    let all = texts(100).join("\n");
    for first in CONSONANTS {
        for second in CONSONANTS {
            let joined = ["", "\u{200c}", "\u{200d}"];
            let found = joined.map(|joiner| all.contains(&format!("{first}\u{94d}{joiner}{second}")));
            assert!(found.contains(&true), "{first} {second}");
        }
    }
}

#[test]
fn the_glyphs_are_those_of_hb_shape() {
    if Command::new("hb-shape").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("PRAMAN_TEST_EVERYTHING").is_none(),
            "hb-shape is missing (Debian: libharfbuzz-bin), and PRAMAN_TEST_EVERYTHING is set"
        );
        return;
    }
    let texts = texts(count());
    let words: BTreeSet<(bool, &str)> = texts.iter().flat_map(|text| text.split(' ')).flat_map(runs).collect();
    let mut shaper = Shaper::try_new().unwrap();
    for (weight, file) in FONTS {
        for devanagari in [true, false] {
            let words: Vec<&str> = words
                .iter()
                .filter(|(script, _)| *script == devanagari)
                .map(|(_, word)| *word)
                .collect();
            let theirs = hb_shape(file, devanagari, &words);
            assert_eq!(theirs.len(), words.len());
            for (word, theirs) in words.iter().zip(theirs) {
                let mut clusters = Vec::new();
                shaper.shape_run(weight, devanagari, word, &mut clusters).unwrap();
                let mut start = 0;
                let mut ours = Vec::new();
                for cluster in clusters {
                    ours.extend(cluster.glyphs.iter().map(|&(glyph, x, y)| (glyph, start + x, y)));
                    start += cluster.advance;
                }
                assert_eq!((ours, start), theirs, "{word} {weight:?}");
            }
        }
    }
}

/// For each word its glyphs with their places from the word's origin, and its advance.
type Shaped = (Vec<(u16, i32, i32)>, i32);

fn hb_shape(font: &str, devanagari: bool, words: &[&str]) -> Vec<Shaped> {
    let font = format!("{}/assets/fonts/{font}", env!("CARGO_MANIFEST_DIR"));
    let (script, language) = if devanagari { ("deva", "hi") } else { ("latn", "en") };
    let mut process = Command::new("hb-shape")
        .args(["--no-glyph-names", "--no-clusters", "--direction=ltr"])
        .args([
            format!("--script={script}"),
            format!("--language={language}"),
            format!("--font-file={font}"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = words.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(shaped).collect()
}

/// `[12+500|13@0,-40+0]`
fn shaped(line: &str) -> Shaped {
    let mut start = 0;
    let mut glyphs = Vec::new();
    let inside = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).unwrap();
    for glyph in inside.split('|') {
        let (place, advance) = glyph.rsplit_once('+').unwrap();
        let (id, offset) = place.split_once('@').unwrap_or((place, "0,0"));
        let (x, y) = offset.split_once(',').unwrap();
        glyphs.push((
            id.parse().unwrap(),
            start + x.parse::<i32>().unwrap(),
            y.parse().unwrap(),
        ));
        start += advance.parse::<i32>().unwrap();
    }
    (glyphs, start)
}
