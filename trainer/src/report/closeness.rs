//! How close a line that is measured comes to one that was trained on: what is nearly known already is easy.

use std::collections::{BTreeSet, HashMap};

use crate::{corpus::Line, learn::small};

/// Letters of a piece.
const PIECE: usize = 4;

/// The lines that were trained on, by their pieces.
pub(super) struct Known<'a> {
    lines: Vec<(&'a Line, usize)>,
    holding: HashMap<String, Vec<usize>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(lines: &'a [Line]) -> Self {
        let mut known = Self {
            lines: Vec::new(),
            holding: HashMap::new(),
        };
        for (number, line) in lines.iter().enumerate() {
            let pieces = pieces(&line.text);
            known.lines.push((line, pieces.len()));
            for piece in pieces {
                known.holding.entry(piece).or_default().push(number);
            }
        }
        known
    }

    /// The largest share of pieces (of those that either has, how many both have) that the text has in common with a line.
    pub(super) fn closest(&self, text: &str, among: impl Fn(&Line) -> bool) -> f32 {
        let own = pieces(text);
        let mut common: HashMap<usize, usize> = HashMap::new();
        for number in own.iter().filter_map(|piece| self.holding.get(piece)).flatten() {
            *common.entry(*number).or_default() += 1;
        }
        let shares = common.into_iter().filter_map(|(number, both)| {
            let (line, count) = self.lines.get(number)?;
            among(line).then(|| small(both) / small(own.len() + count - both))
        });
        shares.fold(0.0, f32::max)
    }
}

/// Every four letters in a row, words parted by one space.
fn pieces(text: &str) -> BTreeSet<String> {
    let mut letters = vec![' '];
    for c in text.chars().flat_map(char::to_lowercase) {
        let sign = matches!(c, '\u{900}'..='\u{963}');
        if c.is_alphanumeric() || sign {
            letters.push(c);
        } else if letters.last() != Some(&' ') {
            letters.push(' ');
        }
    }
    if letters.last() != Some(&' ') {
        letters.push(' ');
    }
    letters.windows(PIECE).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use assistant::understand::Intent;

    use super::*;

    #[test]
    fn closeness_is_the_share_of_common_pieces() {
        let line = |text: &str, block| Line {
            place: "made up".to_owned(),
            block,
            intent: Intent::Apply,
            services: vec![],
            text: text.to_owned(),
            marks: vec![],
        };
        let lines = [line("birth certificate", 1), line("जन्म प्रमाण", 2)];
        let known = Known::of(&lines);
        assert!((known.closest("Birth, certificate!", |_| true) - 1.0).abs() < 1e-6);
        assert!(known.closest("birth certificate", |line| line.block != 1) < 1e-6);
        assert!(known.closest("xyz", |_| true) < 1e-6);
        // Of " abc", "abcd", "bcd " and " abc", "abce", "bce " one of five is common.
        let lines = [line("abcd", 1)];
        assert!((Known::of(&lines).closest("abce", |_| true) - 0.2).abs() < 1e-6);
    }
}
