//! The cross-reference tables of a PDF, read before anything else is. A reader of PDFs believes them: a table can name one
//! object a thousand times, and one in the later, compressed form can name billions. Ours are plain and few, and each object
//! that they name ends before the next one begins, so that no byte is read as part of many; a file that has others is not ours
//! and is not opened.

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
    let (mut objects, mut starts, mut next) = (Vec::new(), Vec::new(), Some(last));
    let mut entries = 0_usize;
    for _ in 0..REVISIONS_MAX {
        let Some(offset) = next else {
            return if apart(bytes, objects, starts) {
                Tables::Plain { entries }
            } else {
                Tables::Other
            };
        };
        let Some(table) = table(bytes, offset) else {
            return Tables::Other;
        };
        entries = entries.saturating_add(table.entries);
        objects.extend(table.objects);
        starts.push(offset);
        next = table.before;
    }
    Tables::Other
}

/// Whether each object is named once, and ends on a line of its own before the next object or table begins.
fn apart(bytes: &[u8], mut objects: Vec<usize>, tables: Vec<usize>) -> bool {
    objects.sort_unstable();
    let mut ends: Vec<usize> = objects.iter().copied().chain(tables).collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    objects.into_iter().all(|object| {
        // The object's own start is among the ends, and goes with those before it; of two alike one stays.
        while ends.next_if(|end| *end < object).is_some() {}
        let own = ends.next() == Some(object);
        let whole = ends.peek().and_then(|end| bytes.get(object..*end));
        own && whole.is_some_and(|whole| begins(whole) && whole.ends_with(b"\nendobj\n"))
    })
}

/// `5 0 obj` and the end of that line.
fn begins(object: &[u8]) -> bool {
    let line = object.iter().take(24).position(|&byte| byte == b'\n');
    let line = line.and_then(|end| object.get(..end));
    let number = line.and_then(|line| line.strip_suffix(b" 0 obj"));
    number.is_some_and(|number| parse(number).is_some())
}

/// The offset in `startxref`, which must be the last thing in the file.
fn start(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.trim_ascii_end().strip_suffix(b"%%EOF")?.trim_ascii_end();
    let digits = tail.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, number) = tail.split_at_checked(tail.len().checked_sub(digits)?)?;
    before.trim_ascii_end().ends_with(b"startxref").then(|| parse(number))?
}

struct Table {
    /// Free ones included.
    entries: usize,
    /// Where the objects begin.
    objects: Vec<usize>,
    /// Where the table of the revision before stands.
    before: Option<usize>,
}

/// One table and its trailer.
fn table(bytes: &[u8], offset: usize) -> Option<Table> {
    let mut objects = Vec::new();
    let mut rest = bytes.get(offset..)?.strip_prefix(b"xref\n")?;
    let mut entries = 0_usize;
    while !rest.starts_with(b"trailer") {
        let end = rest.iter().take(32).position(|&byte| byte == b'\n')?;
        let (head, after) = rest.split_at_checked(end)?;
        let (first, count) = head.split_at_checked(head.iter().position(|&byte| byte == b' ')?)?;
        let (_, count) = (parse(first)?, parse(count.trim_ascii())?);
        let (lines, after) = after.get(1..)?.split_at_checked(count.checked_mul(ENTRY_BYTES)?)?;
        for line in lines.chunks_exact(ENTRY_BYTES) {
            objects.extend(entry(line)?);
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
        return Some(Table {
            entries,
            objects,
            before: None,
        });
    };
    let after = trailer.get(place + 5..)?;
    if find(after, b"/Prev").is_some() {
        return None;
    }
    let after = after.trim_ascii_start();
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some(Table {
        entries,
        objects,
        before: Some(parse(after.get(..digits)?)?),
    })
}

/// `0000000017 00000 n` and an end of line of two bytes: where the object begins, or that the entry is a free one.
fn entry(line: &[u8]) -> Option<Option<usize>> {
    let digits = |from: usize, to: usize| {
        line.get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let ends = matches!(line.get(16..), Some([b' ', b'n' | b'f', b' ' | b'\r', b'\n' | b'\r']));
    let as_written = digits(0, 10) && line.get(10) == Some(&b' ') && digits(11, 16) && ends;
    let offset = parse(line.get(..10)?).filter(|_| as_written)?;
    Some((line.get(17) == Some(&b'n')).then_some(offset))
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

    const HEAD: &str = "%PDF-1.7\n";
    const ENTRY: &str = "0000000009 00000 n \n";

    fn file(table: &str) -> Vec<u8> {
        format!("{HEAD}{table}startxref\n9\n%%EOF\n").into_bytes()
    }

    /// These objects, a table of these entries, and the end; `before` is what stands in front of the objects.
    fn revision(before: &str, objects: &str, offsets: &[usize], trailer: &str) -> Vec<u8> {
        let entries: String = offsets.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
        let start = before.len() + objects.len();
        let count = offsets.len();
        format!("{before}{objects}xref\n1 {count}\n{entries}trailer\n<<{trailer}>>\nstartxref\n{start}\n%%EOF\n")
            .into_bytes()
    }

    #[test]
    fn plain_tables_are_counted_in_every_revision() {
        let objects = "1 0 obj\nnull\nendobj\n2 0 obj\n<<>>\nendobj\n";
        let one = revision(HEAD, objects, &[9, 29], "/Size 3");
        assert_eq!(tables(&one), Tables::Plain { entries: 2 });
        let first = HEAD.len() + objects.len();
        let (at, one) = (one.len(), String::from_utf8(one).unwrap());
        let two = revision(&one, "1 0 obj\ntrue\nendobj\n", &[at], &format!("/Prev {first}"));
        assert_eq!(tables(&two), Tables::Plain { entries: 3 });
        // A free entry names no place.
        assert_eq!(
            tables(&file("xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1>>\n")),
            Tables::Plain { entries: 1 }
        );
    }

    /// One array of a megabyte under a thousand names would be a thousand arrays in memory.
    #[test]
    fn an_object_that_is_read_as_part_of_another_is_refused() {
        let large = "[/////////]\nendobj\n";
        let plain = format!("1 0 obj\n{large}");
        assert_eq!(tables(&revision(HEAD, &plain, &[9], "")), Tables::Plain { entries: 1 });
        let comment = format!("1 0 obj %2 0 obj %endobj\n{large}");
        let closed = format!("1 0 obj\n%2 0 obj\n{large}");
        let text = format!("1 0 obj\n(2 0 obj\n){large}");
        for (objects, offsets) in [
            // Named twice, in the middle of another, before it ends, or beyond the end of the file.
            (plain.as_str(), [9, 9]),
            (comment.as_str(), [9, 18]),
            (closed.as_str(), [9, 18]),
            (text.as_str(), [9, 18]),
            (plain.as_str(), [9, 10]),
            (plain.as_str(), [9, 4_000]),
        ] {
            assert_eq!(
                tables(&revision(HEAD, objects, &offsets, "")),
                Tables::Other,
                "{objects}"
            );
        }
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
