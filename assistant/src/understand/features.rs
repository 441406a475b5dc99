//! A message as numbers: hashed pieces of words, of their sound, and what the words stand for.

use names::sound::romanised;

use super::{
    concepts::Concepts,
    normal::{Token, has_question_mark, is_devanagari},
    numbers::Figures,
};

/// Bits of a feature's number.
pub const BITS: u32 = 18;

/// Features of a message: number below 2^[`BITS`], and weight. A number may stand more than once.
pub type Features = Vec<(u32, f32)>;

/// The kinds of features, each in a space of its own and with a length of its own, so that a long message counts no more than a
/// short one.
#[derive(Clone, Copy)]
enum Group {
    Letters = 1,
    Sounds,
    Words,
    Concepts,
    Shape,
}

impl Group {
    const fn length(self) -> f32 {
        match self {
            Self::Letters | Self::Sounds => 1.0,
            Self::Words => 1.2,
            Self::Concepts => 1.8,
            Self::Shape => 0.6,
        }
    }
}

fn number(group: Group, parts: &[&[u8]]) -> u32 {
    hashed(0x811c_9dc5 ^ (group as u32), parts)
}

/// FNV-1a over the parts, folded to [`BITS`]; another start is another space.
pub(super) fn hashed(start: u32, parts: &[&[u8]]) -> u32 {
    let mut hash = start.wrapping_mul(0x0100_0193);
    for part in parts {
        for byte in *part {
            hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
        hash = (hash ^ 0xff).wrapping_mul(0x0100_0193);
    }
    (hash ^ (hash >> BITS)) & ((1 << BITS) - 1)
}

/// Everything that the heads see of a message.
pub(super) fn features(text: &str, words: &[Token], figures: &Figures, concepts: &Concepts) -> Features {
    let mut all = Features::new();
    let mut group = Vec::new();
    let mut add = |kind: Group, group: &mut Vec<u32>| {
        group.sort_unstable();
        group.dedup();
        let count = f32::from(u16::try_from(group.len().max(1)).unwrap_or(u16::MAX));
        let value = kind.length() / count.sqrt();
        all.extend(group.drain(..).map(|number| (number, value)));
    };

    for word in words {
        pieces(Group::Letters, &romanised(&word.text), &mut group);
    }
    add(Group::Letters, &mut group);
    for word in words {
        pieces(Group::Sounds, &word.key().fine, &mut group);
    }
    add(Group::Sounds, &mut group);
    for (place, word) in words.iter().enumerate() {
        let sound = word.key().coarse.as_bytes();
        group.push(number(Group::Words, &[sound]));
        if let Some(next) = words.get(place + 1) {
            group.push(number(Group::Words, &[sound, next.key().coarse.as_bytes()]));
        }
    }
    if let (Some(first), Some(last)) = (words.first(), words.last()) {
        group.push(number(Group::Words, &[b"^", first.key().coarse.as_bytes()]));
        group.push(number(Group::Words, &[b"$", last.key().coarse.as_bytes()]));
    }
    add(Group::Words, &mut group);

    let places = concepts.find(words);
    let mut found: Vec<u16> = places.iter().map(|(_, concept)| *concept).collect();
    let order = found.clone();
    found.sort_unstable();
    found.dedup();
    for (place, one) in found.iter().enumerate() {
        group.push(number(Group::Concepts, &[&one.to_le_bytes()]));
        for other in found.iter().skip(place + 1) {
            group.push(number(Group::Concepts, &[&one.to_le_bytes(), &other.to_le_bytes()]));
        }
    }
    for pair in order.windows(2) {
        if let [one, next] = pair {
            group.push(number(
                Group::Concepts,
                &[b">", &one.to_le_bytes(), &next.to_le_bytes()],
            ));
        }
    }
    if let Some(last) = order.last() {
        group.push(number(Group::Concepts, &[b"$", &last.to_le_bytes()]));
    }
    if found.is_empty() {
        group.push(number(Group::Concepts, &[b"none"]));
    }
    add(Group::Concepts, &mut group);

    let known = words
        .iter()
        .enumerate()
        .filter(|(place, _)| places.iter().any(|(at, _)| at == place))
        .count();
    let unknown = words.len() - known;
    let parts = |n: usize| [u8::try_from(n.min(6)).unwrap_or(6)];
    group.push(number(Group::Shape, &[b"unknown", &parts(unknown)]));
    group.push(number(
        Group::Shape,
        &[
            b"unknown of",
            &parts(unknown * 6 / words.len().max(1)),
            &parts(words.len()),
        ],
    ));
    for mark in shape(text, words).into_iter().chain(figures.kinds()) {
        group.push(number(Group::Shape, &[mark.as_bytes()]));
    }
    add(Group::Shape, &mut group);
    all
}

/// Runs of two to four letters, the ends of the word included.
fn pieces(kind: Group, word: &str, into: &mut Vec<u32>) {
    let mut padded = Vec::with_capacity(word.len() + 2);
    padded.push(b'^');
    // Numbers are alike, whichever digits they hold.
    padded.extend(word.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b }));
    padded.push(b'$');
    for size in 2..=4 {
        into.extend(padded.windows(size).map(|piece| number(kind, &[piece])));
    }
}

/// What can be seen without reading.
fn shape(text: &str, words: &[Token]) -> Vec<&'static str> {
    let mut marks = Vec::new();
    marks.push(match words.len() {
        0 => "no words",
        1 => "one word",
        2 => "two words",
        3..=4 => "few words",
        5..=8 => "a sentence",
        9..=16 => "a long sentence",
        _ => "many words",
    });
    if has_question_mark(text) {
        marks.push("question mark");
    }
    let digits = |word: &&Token| word.text.bytes().filter(u8::is_ascii_digit).count();
    let longest = words.iter().map(|word| digits(&word)).max().unwrap_or(0);
    match longest {
        0 => {}
        1..=2 => marks.push("small number"),
        3..=5 => marks.push("number"),
        6 => marks.push("six digits"),
        7..=9 => marks.push("long number"),
        _ => marks.push("ten digits"),
    }
    let with_digits = words.iter().filter(|word| digits(word) > 0).count();
    if with_digits >= 3 {
        marks.push("many numbers");
    }
    if with_digits > 0 && with_digits == words.len() {
        marks.push("only numbers");
    }
    if words.iter().any(|word| word.text.chars().any(is_devanagari)) {
        marks.push("devanagari");
    }
    if words
        .iter()
        .any(|word| word.text.bytes().any(|b| b.is_ascii_alphabetic()))
    {
        marks.push("latin");
    }
    marks
}
