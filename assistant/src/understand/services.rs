//! Which service a message calls by name, where the model was not taught it.

use super::{
    lexicon::{Phrase, contains},
    normal::Token,
};

/// The service whose longest name stands in the message, if no other's is as long.
pub(super) fn longest<'a>(words: &[Token], names: impl Iterator<Item = &'a (Phrase, Vec<String>)>) -> Option<String> {
    let (mut best, mut code) = (0, None);
    for (name, codes) in names {
        if name.len() < best || !contains(words, name) {
            continue;
        }
        let other = code != codes.first();
        if name.len() > best {
            (best, code) = (name.len(), codes.first());
        } else if other {
            code = None;
        }
    }
    code.cloned()
}
