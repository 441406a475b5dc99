//! Is this certificate theirs? Letter by letter, since what is handed out is a person's record: spelling that only resembles is no proof.

use certificates::Record;
use domain::catalogue::Printed;
use jiff::civil::Date;

/// Whether the certificate is of somebody with this name and date of birth. A certificate with a date of birth on it needs one.
pub(super) fn is(record: &Record, name: &str, born: Option<Date>) -> bool {
    let Printed { en, hi } = &record.name;
    let wanted = letters(name);
    let named = [en, hi].into_iter().flatten().any(|held| letters(held) == wanted);
    let birth = match (record.born, born) {
        (Some(held), Some(told)) => held == told,
        (Some(_), None) => false,
        (None, _) => true,
    };
    !wanted.is_empty() && named && birth
}

/// A name without its blanks, dots and capitals.
fn letters(name: &str) -> String {
    let passed = |c: &char| !(c.is_whitespace() || c.is_ascii_punctuation());
    name.chars().filter(passed).flat_map(char::to_lowercase).collect()
}
