//! Do two names name the same person, whichever script each stands in?

use domain::catalogue::Name;

use crate::understand::{Token, tokens};

/// The same words by their sound, in any script and order; of a name in both scripts either may fit.
pub(super) fn same_person(a: &Name, b: &Name) -> bool {
    let written = |name: &Name| -> Vec<Vec<Token>> {
        [&name.en, &name.hi]
            .into_iter()
            .flatten()
            .map(|name| tokens(name))
            .filter(|words| !words.is_empty())
            .collect()
    };
    let theirs = written(b);
    written(a)
        .iter()
        .any(|one| theirs.iter().any(|other| alike(one, other)))
}

fn alike(a: &[Token], b: &[Token]) -> bool {
    let mut left: Vec<&Token> = b.iter().collect();
    a.len() == b.len()
        && a.iter().all(|word| {
            let found = left.iter().position(|other| word.is(other));
            found.map(|place| left.swap_remove(place)).is_some()
        })
}
