//! PDFs of strangers: a scan from a telephone, a bill from a portal. They are not parsed as a reader of PDFs does, which
//! follows references wherever they lead, but walked through from the first byte to the last: objects, their dictionaries, their
//! streams. That is enough to count pages, to see a lock, to find the photographs that fill the pages, and to see whether anything
//! is drawn at all.

use std::collections::BTreeSet;
use std::io::Read as _;

use domain::{PaperFinding, catalogue::Shows};
use flate2::read::ZlibDecoder;

use crate::{Checked, Contents, Limits, picture};

/// The end of a file stands in its last kilobyte, or a little before where a mail program has added to it.
const TAIL_BYTES: usize = 2048;
/// Streams that are looked into.
const STREAMS_MAX: usize = 2000;
/// Bytes of a dictionary before a stream.
const DICTIONARY_BYTES_MAX: usize = 4096;
/// A photograph that fills a page has more pixels than this; a mark or a small portrait has fewer.
const PAGE_PIXELS_LEAST: usize = 250_000;

pub(crate) fn check(bytes: &[u8], shows: Shows, limits: &Limits) -> Result<Checked, PaperFinding> {
    let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
    if find(tail, b"%%EOF").is_none() {
        return Err(PaperFinding::Damaged);
    }
    let walked = Walked::through(bytes, limits);
    if walked.encrypted {
        return Err(PaperFinding::Encrypted);
    }
    let count = walked.pages.len() + walked.folded_pages;
    if count == 0 {
        return Err(PaperFinding::NoPages);
    }
    if count > limits.pages_max {
        return Err(PaperFinding::TooManyPages);
    }
    let mut checked = Checked {
        contents: Some(Contents::Pages { count }),
        ..Checked::default()
    };
    if walked.photographs.is_empty() && !walked.other_pictures && !walked.unread && !walked.drawn {
        checked.refused = vec![PaperFinding::Blank];
    }
    // Letters that a program has set are sharp, and then a picture is an ornament.
    if !walked.photographs.is_empty() && !walked.other_pictures && !walked.writes && !walked.unread {
        photographs(&mut checked, &walked, shows, limits)?;
    }
    Ok(checked)
}

/// A scan: of use if one of its pages is, and noted if one is doubtful.
fn photographs(checked: &mut Checked, walked: &Walked<'_>, shows: Shows, limits: &Limits) -> Result<(), PaperFinding> {
    let mut looked: Vec<Checked> = vec![];
    for bytes in walked.photographs.iter().take(limits.pictures_max) {
        match picture(bytes, shows, limits) {
            // An ornament, or a form of JPEG for printers that is not read here.
            Ok(Checked {
                contents: Some(Contents::Picture { width, height }),
                ..
            }) if width * height < PAGE_PIXELS_LEAST => return Ok(()),
            Ok(one) => looked.push(one),
            Err(PaperFinding::TooLarge) => return Err(PaperFinding::TooLarge),
            Err(_) => return Ok(()),
        }
    }
    let all_refused =
        looked.iter().all(|one| !one.refused.is_empty()) && walked.photographs.len() <= limits.pictures_max;
    let findings = looked
        .into_iter()
        .flat_map(|one| one.refused.into_iter().chain(one.notes));
    let findings: BTreeSet<PaperFinding> = findings.collect();
    let findings = findings.into_iter().collect();
    if all_refused {
        checked.refused = findings;
    } else {
        checked.notes = findings;
    }
    Ok(())
}

#[derive(Default)]
struct Walked<'a> {
    encrypted: bool,
    /// Numbers of the page objects that stand in the open: a later revision of a page is the same page.
    pages: BTreeSet<u64>,
    /// Pages within compressed lists of objects.
    folded_pages: usize,
    /// JPEGs as they are.
    photographs: Vec<&'a [u8]>,
    /// Pictures in a form that is not looked at.
    other_pictures: bool,
    /// Something is drawn.
    drawn: bool,
    /// Letters are set.
    writes: bool,
    /// There is something that could not be looked into.
    unread: bool,
}

impl<'a> Walked<'a> {
    fn through(bytes: &'a [u8], limits: &Limits) -> Self {
        let mut walked = Self::default();
        let (mut left, mut streams) = (limits.unfolded_max, 0);
        let mut rest = bytes;
        while let Some(at) = find(rest, b"stream") {
            let (open, after) = rest.split_at(at);
            walked.open(open);
            let body = after.get(6..).unwrap_or_default();
            let body = body.strip_prefix(b"\r\n").or(body.strip_prefix(b"\n")).unwrap_or(body);
            let head = open
                .get(open.len().saturating_sub(DICTIONARY_BYTES_MAX)..)
                .unwrap_or_default();
            let head = rfind(head, b" obj").and_then(|start| head.get(start..)).unwrap_or(head);
            let length = length(head).filter(|&length| ends(body, length));
            let length = length.or_else(|| find(body, b"endstream")).unwrap_or(body.len());
            let (content, after) = body.split_at(length);
            streams += 1;
            if streams > STREAMS_MAX {
                walked.unread = true;
                return walked;
            }
            walked.stream(head, content, &mut left);
            rest = find(after.get(..64.min(after.len())).unwrap_or_default(), b"endstream")
                .and_then(|end| after.get(end + 9..))
                .unwrap_or(after);
        }
        walked.open(rest);
        walked
    }

    /// Objects that stand in the open.
    fn open(&mut self, text: &[u8]) {
        self.encrypted |= named(text, b"/Encrypt");
        let mut rest = text;
        let mut before = 0;
        while let Some(at) = page(rest) {
            let upto = before + at;
            let seen = text.get(..upto).unwrap_or_default();
            // A page that is in no object of a number is counted by its place.
            self.pages.insert(object_number(seen).unwrap_or(u64::MAX - upto as u64));
            before = upto + 1;
            rest = text.get(before..).unwrap_or_default();
        }
    }

    fn stream(&mut self, head: &[u8], content: &'a [u8], left: &mut u64) {
        if named(head, b"/Image") {
            if named(head, b"/DCTDecode") && content.starts_with(b"\xff\xd8\xff") {
                self.photographs.push(content);
            } else if !named(head, b"/ImageMask") {
                self.other_pictures = true;
            }
            return;
        }
        let other = [
            &b"/XRef"[..],
            b"/Metadata",
            b"/EmbeddedFile",
            b"/FontFile",
            b"/Length1",
            b"/CIDFontType0C",
            b"/Type1C",
            b"/OpenType",
            b"/CIDSystemInfo",
            b"/N",
        ];
        if other.iter().any(|name| named(head, name)) && !named(head, b"/ObjStm") {
            return;
        }
        let Some(text) = unfolded(head, content, left) else {
            self.unread = true;
            return;
        };
        if named(head, b"/ObjStm") {
            self.encrypted |= named(&text, b"/Encrypt");
            let mut rest = text.as_slice();
            while let Some(at) = page(rest) {
                self.folded_pages += 1;
                rest = rest.get(at + 1..).unwrap_or_default();
            }
        } else if find(&text, b"begincmap").is_none() {
            self.drawing(&text);
        }
    }

    /// The operators of a page's content (ISO 32000-1, annex A) that leave a mark.
    fn drawing(&mut self, text: &[u8]) {
        let mut hidden = false;
        let mut last: &[u8] = b"";
        let breaks = |byte: &u8| byte.is_ascii_whitespace() || b"()[]<>/".contains(byte);
        for word in text.split(breaks).filter(|word| !word.is_empty()) {
            match word {
                // What a scanner has read for searching is laid over the picture unseen.
                b"Tr" => hidden = last == b"3",
                b"Tj" | b"TJ" | b"'" | b"\"" if !hidden => self.writes = true,
                b"S" | b"s" | b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"sh" | b"BI" => self.drawn = true,
                _ => {}
            }
            last = word;
        }
        self.drawn |= self.writes;
    }
}

/// What a stream holds, if it is plain or deflated, as far as the budget goes.
fn unfolded(head: &[u8], content: &[u8], left: &mut u64) -> Option<Vec<u8>> {
    let mut text = vec![];
    if !named(head, b"/Filter") {
        text.extend(content.get(..content.len().min(usize::try_from(*left).unwrap_or(usize::MAX)))?);
    } else if named(head, b"/FlateDecode") && filters(head) == 1 && !named(head, b"/Predictor") {
        // What came before an error counts.
        let _ = ZlibDecoder::new(content).take(*left).read_to_end(&mut text);
    } else {
        return None;
    }
    *left = left.saturating_sub(text.len() as u64);
    (*left > 0).then_some(text)
}

fn filters(head: &[u8]) -> usize {
    head.windows(6).filter(|window| window == b"Decode").count()
}

/// The length that a dictionary states outright.
fn length(head: &[u8]) -> Option<usize> {
    let at = find(head, b"/Length ")? + 8;
    let digits = head.get(at..)?;
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = digits.get(count..)?.trim_ascii_start();
    let reference = after.first().is_some_and(u8::is_ascii_digit);
    let number = std::str::from_utf8(digits.get(..count)?).ok()?;
    number.parse().ok().filter(|_| !reference)
}

/// Whether a stream of this length ends as one does.
fn ends(body: &[u8], length: usize) -> bool {
    let after = length.checked_add(16).map(|end| end.min(body.len()));
    let after = after.and_then(|end| body.get(length..end));
    after.is_some_and(|after| after.trim_ascii_start().starts_with(b"endstream"))
}

/// The number of the object in which a text ends.
fn object_number(text: &[u8]) -> Option<u64> {
    let text = text.get(text.len().saturating_sub(DICTIONARY_BYTES_MAX)..)?;
    let before = text.get(..rfind(text, b" obj")?)?;
    let before = before
        .get(..before.iter().rposition(|byte| !byte.is_ascii_digit())?)?
        .trim_ascii_end();
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(before.get(before.len() - digits..)?)
        .ok()?
        .parse()
        .ok()
}

/// Where a dictionary says that it is a page.
fn page(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + find(text.get(from..)?, b"/Type")?;
        let after = text.get(at + 5..)?.trim_ascii_start();
        let ends = after.get(5).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if after.starts_with(b"/Page") && ends {
            return Some(at);
        }
        from = at + 5;
    }
}

/// Whether a name stands there, and not the beginning of a longer one.
fn named(text: &[u8], name: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = find(rest, name) {
        let after = rest.get(at + name.len()..).unwrap_or_default();
        if !after.first().is_some_and(u8::is_ascii_alphanumeric) {
            return true;
        }
        rest = after;
    }
    false
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|&byte| byte == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn rfind(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}
