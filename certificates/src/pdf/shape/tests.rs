//! What shaping promises, and that the glyphs which we draw are those of HarfBuzz itself: `hb-shape` gives the same glyph ids at
//! the same places, for all the generated records. `PRAMAN_TEST_CAMPAIGN` says how many; they are few by default.

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

#[test]
fn a_hindi_word_is_one_group_and_latin_letters_are_their_own() {
    let mut shaper = Shaper::try_new().unwrap();
    let groups = shaper.line(Weight::Regular, "क्षत्रिय, पिता/माता ABC १२३").unwrap();
    let texts: Vec<&str> = groups.iter().map(|group| group.text.as_str()).collect();
    assert_eq!(
        texts,
        ["क्षत्रिय,", " ", "पिता/माता", " ", "A", "B", "C", " ", "१", "२", "३"]
    );
}

#[test]
fn a_very_long_word_is_cut_into_even_groups() {
    let mut shaper = Shaper::try_new().unwrap();
    for letters in 1..200 {
        let word = "क्षी".chars().cycle().take(letters * 4).collect::<String>();
        let groups = shaper.line(Weight::Regular, &word).unwrap();
        assert_eq!(groups.iter().map(|group| group.text.as_str()).collect::<String>(), word);
        let sizes: Vec<usize> = groups.iter().map(|group| group.glyphs.len()).collect();
        assert!(
            groups
                .iter()
                .all(|group| group.text.chars().count() <= GROUP_CHARACTERS_MAX)
        );
        assert!(sizes.iter().all(|&size| size <= GROUP_GLYPHS_MAX), "{sizes:?}");
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(least * 2 >= *most, "{letters}: {sizes:?}");
    }
}

#[test]
fn shaping_does_not_reach_across_a_space() {
    // The cache of words rests on this: a line is the sum of its words.
    let mut shaper = Shaper::try_new().unwrap();
    let lines = [
        "र् क",
        "श्री क्षत्रिय",
        "कर्फ्यू र्कि द्वितीय",
        "क् ष",
        "ट्रान्सपोर्ट राष्ट्रीय",
        "दिल्ली नगर निगम",
        "To Ve AV Wa",
        "। ॥ क",
    ];
    for weight in [Weight::Regular, Weight::Bold] {
        for line in lines {
            let by_words: Vec<u16> = shaper
                .line(weight, line)
                .unwrap()
                .iter()
                .flat_map(|group| group.glyphs.iter().map(|placed| placed.glyph))
                .collect();
            let devanagari = !line.is_ascii();
            let mut clusters = Vec::new();
            shaper.shape_run(weight, devanagari, line, &mut clusters).unwrap();
            let whole: Vec<u16> = clusters
                .iter()
                .flat_map(|cluster| cluster.glyphs.iter().map(|(glyph, ..)| *glyph))
                .collect();
            assert_eq!(by_words, whole, "{line}");
        }
    }
}

#[test]
fn a_missing_character_is_named() {
    let mut shaper = Shaper::try_new().unwrap();
    let error = shaper.clean("title.hi", "जन्म 中", 100).unwrap_err();
    assert!(
        matches!(&error, PdfError::MissingCharacter { field, character: '中' } if field == "title.hi"),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "title.hi holds a character that the fonts lack: U+4E2D"
    );
    for hidden in [
        "a\u{7}b",
        "\u{200e}a",
        "a\u{fffd}",
        "\u{feff}a",
        "\u{200b}",
        "a\u{200d}",
        "\u{200c}क",
        "क \u{200d}",
    ] {
        assert!(
            matches!(
                shaper.clean("f", hidden, 100),
                Err(PdfError::MissingCharacter { .. } | PdfError::InvisibleCharacter { .. })
            ),
            "{hidden:?}"
        );
    }
}

#[test]
fn a_sign_without_its_letter_is_an_error_and_not_a_dotted_circle() {
    let mut shaper = Shaper::try_new().unwrap();
    assert!(matches!(
        shaper.clean("f", "राम ि", 100),
        Err(PdfError::LonelySign { character: 'ि', .. })
    ));
    assert_eq!(shaper.clean("f", "  राम\u{a0}\n  सिंह ", 100).unwrap(), "राम सिंह");
}

#[test]
fn normalisation_keeps_joiners_and_composes() {
    let mut shaper = Shaper::try_new().unwrap();
    // U+0929 is composed from U+0928 U+093C; the nukta letters U+0958.. are excluded from composition.
    assert_eq!(
        shaper.clean("f", "\u{928}\u{93c}\u{95e}", 9).unwrap(),
        "\u{929}\u{92b}\u{93c}"
    );
    assert_eq!(shaper.clean("f", "क्\u{200d}ष", 9).unwrap(), "क्\u{200d}ष");
    assert!(matches!(
        shaper.clean("f", "अआइ", 2),
        Err(PdfError::TooLong {
            characters: 3,
            characters_max: 2,
            ..
        })
    ));
}

#[test]
fn lines_are_no_wider_than_asked_and_lose_nothing() {
    let mut shaper = Shaper::try_new().unwrap();
    let long = "वेंकटनरसिंहराजुवारिपेटा".repeat(9);
    for text in [long.as_str(), &"W".repeat(200), "श्रीमती राधा कृष्णमूर्ति वेंकटरमण अय्यर"]
    {
        let lines = shaper.wrap(Weight::Bold, text, 9000.0).unwrap();
        assert!(lines.len() > 1);
        for line in &lines {
            assert!(shaper.width(Weight::Bold, line).unwrap() <= 9000.0);
        }
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }
}
