//! What gives way when a token is too large for its QR code: first the name in the second script goes, then the particular,
//! the guardian and at last the name are cut at a letter's boundary and end in "…". The full record keeps all of it.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::credential::Claims;

/// What was left out or cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortened {
    /// The name in the second script was left out.
    SecondName,
    /// The particular was cut.
    Particular,
    /// The guardian's name was cut.
    Guardian,
    /// The name was cut.
    Name,
}

/// The claims, shortened as far as needed and no further; `None` if nothing helps.
pub(crate) fn fit(claims: &Claims, fits: impl Fn(&Claims) -> bool) -> Option<(Claims, Vec<Shortened>)> {
    let mut claims = claims.clone();
    let mut shortened = Vec::new();
    if fits(&claims) {
        return Some((claims, shortened));
    }
    if claims.second_name.take().is_some() {
        shortened.push(Shortened::SecondName);
        if fits(&claims) {
            return Some((claims, shortened));
        }
    }
    for part in [Shortened::Particular, Shortened::Guardian, Shortened::Name] {
        let Some(text) = place(&mut claims, part).cloned() else { continue };
        let letters: Vec<&str> = text.graphemes(true).collect();
        let mut count = letters.len().saturating_sub(1);
        if count == 0 {
            continue;
        }
        shortened.push(part);
        // A few dozen letters: trying each length is clearer than a search, and costs microseconds.
        while count > 0 {
            if let Some(place) = place(&mut claims, part) {
                *place = format!("{}…", letters.iter().take(count).copied().collect::<String>().trim_end());
            }
            if fits(&claims) {
                return Some((claims, shortened));
            }
            count -= 1;
        }
    }
    None
}

fn place(claims: &mut Claims, part: Shortened) -> Option<&mut String> {
    match part {
        Shortened::SecondName => claims.second_name.as_mut(),
        Shortened::Particular => claims.particular.as_mut(),
        Shortened::Guardian => claims.guardian.as_mut(),
        Shortened::Name => Some(&mut claims.name),
    }
}
