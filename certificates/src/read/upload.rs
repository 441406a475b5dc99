//! Files that people send.

use super::{Advice, Evidence, Read, TEXT_BYTES_MAX, pdf, photo, text};
use crate::{
    Token,
    vc::{Vc, VcError},
};

/// What is accepted of strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes_max: usize,
    /// Pixels of a picture.
    pub pixels_max: u64,
    /// Pages of a PDF.
    pub pages_max: usize,
    /// Objects of a PDF, counted as entries of its cross-reference tables.
    pub objects_max: usize,
}

impl Default for Limits {
    /// 10 MB, 40 megapixels, 200 pages, 10,000 objects.
    fn default() -> Self {
        Self {
            bytes_max: 10_000_000,
            pixels_max: 40_000_000,
            pages_max: 200,
            objects_max: 10_000,
        }
    }
}

/// Reads a file: JPEG, PNG, PDF, a credential in the W3C's envelope, or a small file with a token or its address. The name and the stated type do not matter.
#[must_use]
pub fn upload(bytes: &[u8], limits: &Limits) -> Read {
    if bytes.is_empty() {
        return Read::Unreadable(Advice::Empty);
    }
    if bytes.len() > limits.bytes_max {
        return Read::Unreadable(Advice::TooLarge);
    }
    match kind(bytes) {
        Some(Kind::Pdf) => guarded(|| pdf::read(bytes, limits)),
        Some(Kind::Photo) => guarded(|| photo::read(bytes, limits)),
        None => match (
            Token::from_bytes(bytes),
            Vc::from_bytes(bytes),
            std::str::from_utf8(bytes),
        ) {
            (Ok(token), ..) => Read::Evidence(Evidence::Token(token)),
            (_, Ok(vc), _) => Read::Evidence(Evidence::Vc(Box::new(vc))),
            (_, Err(VcError::NotOurs), _) => Read::NotOurs,
            (.., Ok(words)) if words.len() <= TEXT_BYTES_MAX => text(words),
            (_, Err(VcError::Kind | VcError::TooLong), _) => Read::Unreadable(Advice::WrongType),
            // Of our kind, and not as ours are.
            _ => Read::Unreadable(Advice::DamagedFile),
        },
    }
}

enum Kind {
    Pdf,
    Photo,
}

/// By its first bytes. A PDF may begin within the first kilobyte (ISO 32000-1, annex H.3.4.1).
fn kind(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"\xff\xd8\xff") || bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Kind::Photo);
    }
    let head = bytes.get(..bytes.len().min(1024))?;
    head.windows(5).any(|window| window == b"%PDF-").then_some(Kind::Pdf)
}

/// The readers of pictures and PDFs are large, and not ours; hostile bytes that make one of them panic are unreadable bytes.
fn guarded(read: impl FnOnce() -> Read) -> Read {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or(Read::Unreadable(Advice::DamagedFile))
}
