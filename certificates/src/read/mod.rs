//! From what people send to evidence: a photo or scan of the paper, the PDF, the address in the QR code, the number. Nothing
//! is kept and nothing is decided here; what cannot be read is told with advice and is no accusation.
//!
//! Everything is bounded before it is taken apart ([`Limits`]). The work is for a blocking thread: a photo takes from a tenth
//! of a second to a few seconds.

#[cfg(feature = "papers")]
mod pdf;
#[cfg(feature = "papers")]
mod photo;
#[cfg(feature = "pictures")]
mod symbols;
#[cfg(feature = "papers")]
mod upload;
#[cfg(feature = "papers")]
mod words;
#[cfg(feature = "papers")]
mod xref;

use domain::{CertificateNumber, NumberError};

#[cfg(feature = "pictures")]
pub use symbols::SymbolSearch;
#[cfg(feature = "papers")]
pub use upload::{Limits, upload};

use crate::verify::{Evidence, Reason, Source, Verdict};
use crate::{CredentialError, Token};
#[cfg(feature = "papers")]
pub(crate) use words::{of_pages as words_of, squeezed};

/// Name of the attached credential, COSE_Sign1.
pub const CREDENTIAL: &str = "certificate.cose";
/// Name of the attached record with its salt, CBOR.
pub const RECORD: &str = "record.cbor";
/// Name of the attached proof that the public log holds the entry (C2SP tlog-proof, its extra data the leaf).
pub const PROOF: &str = "proof.tlog-proof";
/// Name of the attached entry: the meta of the event, to which the leaf commits and which commits to the record. JSON.
pub const ENTRY: &str = "entry.json";
/// Name of the attached policy: whose signatures the issuer held to be enough (C2SP tlog-policy). It is for a verifier to
/// adopt or not, and is not looked at here: nobody's word is enough for himself.
pub const POLICY: &str = "policy.txt";

/// Bytes of a text that are looked at: an address with a token has at most 900.
const TEXT_BYTES_MAX: usize = 4096;
/// The first bytes of every token, `d2 84 49 a2 01 27 04 44`, as base32: so much of it does not change.
const TOKEN_BEGINS: &str = "2KCETIQBE4CE";

/// What was found.
#[derive(Clone, Debug)]
pub enum Read {
    /// Something to examine.
    Evidence(Evidence),
    /// Something readable that is not from here: another QR code, another PDF, other words.
    NotOurs,
    /// A certificate number in which a character is wrong.
    Mistyped,
    /// Nothing that could be read.
    Unreadable(Advice),
}

impl Read {
    /// The evidence, or the verdict that there is none. `source` is what was sent.
    ///
    /// # Errors
    /// The verdict `unreadable` with its reason.
    pub fn evidence(self, source: Source) -> Result<Evidence, Box<Verdict>> {
        let reason = match self {
            Self::Evidence(evidence) => return Ok(evidence),
            Self::NotOurs => Reason::NotOurs,
            Self::Mistyped => Reason::Mistyped,
            Self::Unreadable(advice) => advice.reason(),
        };
        Err(Box::new(Verdict::unreadable(reason, source)))
    }
}

/// What the sender can do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// No QR code was found: fill the frame with it, in good light, or send the picture as a document.
    NoCode,
    /// Codes of several certificates in one picture: send one.
    SeveralCodes,
    /// The code's text is cut off or garbled: scan it again.
    DamagedCode,
    /// The file is damaged: send it again.
    DamagedFile,
    /// Too large: send a smaller one.
    TooLarge,
    /// Under a password: send the file as it was issued.
    Encrypted,
    /// Neither JPEG, PNG nor PDF.
    WrongType,
    /// Nothing in it.
    Empty,
}

impl Advice {
    /// As a verdict's reason.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::NoCode => Reason::NoCode,
            Self::SeveralCodes => Reason::SeveralCodes,
            Self::DamagedCode => Reason::DamagedCode,
            Self::DamagedFile => Reason::DamagedFile,
            Self::TooLarge => Reason::TooLarge,
            Self::Encrypted => Reason::Encrypted,
            Self::WrongType => Reason::WrongType,
            Self::Empty => Reason::Empty,
        }
    }
}

/// Reads words: a certificate number, the address in a QR code, or the base32 in it, alone or among others; or what a
/// wallet's QR code says.
#[must_use]
pub fn text(words: &str) -> Read {
    // In a wallet's symbol blanks are letters like others.
    if let Ok(token) = Token::from_claim_169(words) {
        return Read::Evidence(Evidence::Token(token));
    }
    let words = words.trim();
    if words.is_empty() {
        return Read::Unreadable(Advice::Empty);
    }
    if words.len() > TEXT_BYTES_MAX {
        return Read::NotOurs;
    }
    // A number may be typed with spaces, so the whole comes first.
    let parts = std::iter::once(words).chain(words.split_whitespace());
    let mut best = Read::NotOurs;
    for part in parts {
        match one(part) {
            Read::NotOurs => {}
            found @ Read::Evidence(_) => return found,
            problem => best = problem,
        }
    }
    best
}

fn one(words: &str) -> Read {
    match words.parse::<CertificateNumber>() {
        Ok(number) => return Read::Evidence(Evidence::Number(number)),
        Err(NumberError::Check) => return Read::Mistyped,
        Err(NumberError::Shape) => {}
    }
    code(words)
}

/// Reads what a QR code says.
fn code(words: &str) -> Read {
    match Token::from_claim_169(words).or_else(|_| Token::parse(words)) {
        Ok(token) => Read::Evidence(Evidence::Token(token)),
        Err(CredentialError::Text) if !begins_like_ours(words) => Read::NotOurs,
        Err(_) if begins_like_ours(words) => Read::Unreadable(Advice::DamagedCode),
        Err(_) => Read::NotOurs,
    }
}

fn begins_like_ours(words: &str) -> bool {
    let words = words.to_ascii_uppercase();
    let code = words.rsplit_once("/C/").map_or(words.as_str(), |(_, code)| code);
    code.starts_with(TOKEN_BEGINS)
}
