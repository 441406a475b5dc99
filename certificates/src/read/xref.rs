//! The cross-reference tables of a PDF, read before anything else is. A reader of PDFs believes them: a table can name one
//! object a thousand times, and one in the later, compressed form can name billions. Ours are plain and few; a file that has
//! others is not ours and is not opened.

/// Revisions of a file: ours have two.
const REVISIONS_MAX: usize = 16;
/// Bytes of an entry (ISO 32000-1, 7.5.4).
const ENTRY_BYTES: usize = 20;
/// Bytes of a trailer; ours have about 200.
const TRAILER_BYTES_MAX: usize = 2048;

/// What the end of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tables {
    /// Plain tables with so many entries in all.
    Plain {
        /// Free ones included.
        entries: usize,
    },
    /// Another form than we write.
    Other,
    /// The file has no end.
    Cut,
}

/// Follows the tables from the end of the file to its beginning.
pub(super) fn tables(bytes: &[u8]) -> Tables {
    let Some(last) = start(bytes) else { return Tables::Cut };
    if !bytes.starts_with(b"%PDF-") {
        return Tables::Other;
    }
    let (mut entries, mut next) = (0_usize, Some(last));
    for _ in 0..REVISIONS_MAX {
        let Some(offset) = next else {
            return Tables::Plain { entries };
        };
        let Some((count, before)) = table(bytes, offset) else {
            return Tables::Other;
        };
        entries = entries.saturating_add(count);
        next = before;
    }
    Tables::Other
}

/// The offset in `startxref`, which must be the last thing in the file.
fn start(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.trim_ascii_end().strip_suffix(b"%%EOF")?.trim_ascii_end();
    let digits = tail.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = tail.split_at_checked(tail.len().checked_sub(digits)?)?;
    before.trim_ascii_end().ends_with(b"startxref").then(|| parse(number))?
}

/// One table and its trailer: how many entries, and where the table of the revision before stands.
fn table(bytes: &[u8], offset: usize) -> Option<(usize, Option<usize>)> {
    let mut rest = bytes.get(offset..)?.strip_prefix(b"xref\n")?;
    let mut entries = 0_usize;
    while !rest.starts_with(b"trailer") {
        let end = rest.iter().take(32).position(|&byte| byte == b'\n')?;
        let (head, after) = rest.split_at_checked(end)?;
        let (first, count) = head.split_at_checked(head.iter().position(|&byte| byte == b' ')?)?;
        let (_, count) = (parse(first)?, parse(count.trim_ascii())?);
        let (lines, after) = after.get(1..)?.split_at_checked(count.checked_mul(ENTRY_BYTES)?)?;
        if !lines.chunks_exact(ENTRY_BYTES).all(is_entry) {
            return None;
        }
        entries = entries.checked_add(count)?;
        rest = after;
    }
    let trailer = rest.get(..rest.len().min(TRAILER_BYTES_MAX))?;
    let trailer = trailer.get(..find(trailer, b"startxref")?)?;
    // Without escapes, strings and comments a key can be written in one way only.
    if trailer.iter().any(|byte| b"#(%".contains(byte)) || find(trailer, b"/XRefStm").is_some() {
        return None;
    }
    let Some(place) = find(trailer, b"/Prev") else {
        return Some((entries, None));
    };
    let after = trailer.get(place + 5..)?;
    if find(after, b"/Prev").is_some() {
        return None;
    }
    let after = after.trim_ascii_start();
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((entries, Some(parse(after.get(..digits)?)?)))
}

/// `0000000017 00000 n` and an end of line of two bytes.
fn is_entry(line: &[u8]) -> bool {
    let digits = |from: usize, to: usize| {
        line.get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let ends = matches!(line.get(16..), Some([b' ', b'n' | b'f', b' ' | b'\r', b'\n' | b'\r']));
    digits(0, 10) && line.get(10) == Some(&b' ') && digits(11, 16) && ends
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "0000000009 00000 n \n";

    fn file(table: &str) -> Vec<u8> {
        format!("%PDF-1.7\n{table}startxref\n9\n%%EOF\n").into_bytes()
    }

    #[test]
    fn plain_tables_are_counted_in_every_revision() {
        let one = file(&format!("xref\n0 2\n{ENTRY}{ENTRY}trailer\n<</Size 2>>\n"));
        assert_eq!(tables(&one), Tables::Plain { entries: 2 });
        let begin = one.len();
        let two = format!("xref\n4 1\n{ENTRY}7 1\n{ENTRY}trailer\n<</Size 8/Prev 9>>\nstartxref\n{begin}\n%%EOF\n");
        assert_eq!(tables(&[one, two.into_bytes()].concat()), Tables::Plain { entries: 4 });
    }

    #[test]
    fn every_other_form_is_another() {
        for table in [
            "1 0 obj\n<</Type/XRef>>stream\n".to_owned(),
            format!("xref\n0 2\n{ENTRY}trailer\n<<>>\n"),
            format!("xref\n0 1\n{ENTRY}trailer\n<</Prev 5>>\n"),
            // A circle.
            format!("xref\n0 1\n{ENTRY}trailer\n<</Prev 9>>\n"),
            format!("xref\n0 1\n{ENTRY}trailer\n<</XRefStm 5>>\n"),
            format!("xref\n0 1\n{ENTRY}trailer\n<</Pre#76 5>>\n"),
            format!("xref\n0 1\n{ENTRY}trailer\n<</Prev 9/Prev 5>>\n"),
            format!("xref\n0 1\n{ENTRY}trailer\n<</A(/B)>>\n"),
            format!("xref\n0 1\n{}\ntrailer\n<<>>\n", ENTRY.trim_end()),
            "xref\n0 99999999999\ntrailer\n<<>>\n".to_owned(),
            "xref\n0 9999999999\ntrailer\n<<>>\n".to_owned(),
            "xref\n".to_owned(),
        ] {
            assert_eq!(tables(&file(&table)), Tables::Other, "{table}");
        }
        assert_eq!(
            tables(b"x%PDF-1.7\nxref\n0 0\ntrailer\n<<>>\nstartxref\n10\n%%EOF"),
            Tables::Other
        );
        for cut in [
            "%PDF-1.7\n",
            "%PDF-1.7\nxref\n0 0\ntrailer\n<<>>\nstartxref\n9\n",
            "%PDF-1.7\n9\n%%EOF",
        ] {
            assert_eq!(tables(cut.as_bytes()), Tables::Cut);
        }
    }
}
