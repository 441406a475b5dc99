//! The certificate on paper: one bilingual A4 document as PDF, whose text can be copied and searched in both scripts, the
//! same bytes for the same input, and signed so that ordinary readers show it.
//!
//! ```text
//! Page -> text      cleaned, checked against the fonts         (text)
//!      -> layout    lines, positions in points, structure      (layout, shape)
//!      -> write     pages by printpdf, one word one glyph      (write, word_font)
//!      -> finish    tags, metadata, attachments, form field    (finish)
//!      -> sign      one appended revision with a CMS signature (sign)
//! ```
//!
//! [`render`] is pure: no clock, no chance, no file. The file asks to be read as PDF/A-3a and PDF/UA-1 (ISO 19005-3,
//! ISO 14289-1) and is built to their rules.

mod face;
mod finish;
mod icc;
mod layout;
mod ornament;
mod shape;
mod sign;
mod text;
mod word_font;
mod write;
mod xmp;

use domain::Bilingual;
use jiff::Timestamp;

pub(crate) use text::words::NOT_RECORDED;

pub use sign::{Intent, SignatureError, Signed, ToSign, Unstamped, begin, embed, prepare, sign};

/// Rows of one certificate. Ten fit on the first page.
pub const ROWS_MAX: usize = 60;
/// Pages of one certificate.
pub const PAGES_MAX: usize = 6;
/// Characters of one text after normalisation.
pub const CHARACTERS_MAX: usize = 600;
/// Attached files of one certificate.
pub const ATTACHMENTS_MAX: usize = 8;
/// Bytes of all attached files together.
pub const ATTACHED_BYTES_MAX: usize = 1 << 18;

/// All that a certificate shows. Words are final: what is printed is what stands here, after Unicode normalisation (NFC)
/// and with white space folded.
#[derive(Clone, Debug)]
pub struct Page {
    /// 16 bytes that name this document and no other; they become the first half of the PDF's `/ID`.
    pub document_id: [u8; 16],
    /// The kind of certificate, as its heading.
    pub title: Bilingual,
    /// The sentence that certifies.
    pub statement: Bilingual,
    /// The fields, in order.
    pub rows: Vec<Row>,
    /// Certificate number as printed.
    pub number: String,
    /// Date of issue in words.
    pub issued_on: Bilingual,
    /// How long it is valid, in words.
    pub valid_until: Bilingual,
    /// The issuing department.
    pub department: Bilingual,
    /// The issuing office.
    pub office: Bilingual,
    /// Designation of the officer who decided; not a name.
    pub officer: Bilingual,
    /// Host that the verification address must have, e.g. `verify.example`.
    pub host: String,
    /// Number that answers on WhatsApp, as printed.
    pub whatsapp: Option<String>,
    /// The address in the QR code, behind the symbol as a link. ASCII.
    pub token_url: String,
    /// The QR code.
    pub qr: Qr,
    /// The same credential as a symbol for wallets ([`crate::Token::to_claim_169`]); `None` where it is too long for one.
    pub wallet: Option<Qr>,
    /// The code for people without a camera.
    pub short_code: String,
    /// Name and version of the layout, one of [`layouts`]; also printed small at the foot.
    pub layout: String,
    /// Prints the demonstration's warnings.
    pub demo: bool,
    /// Files inside the PDF.
    pub attachments: Vec<Attachment>,
}

/// One field. With both values each stands in its column; a single one spans both; none prints "not recorded".
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is.
    pub label: Bilingual,
    /// Value in Latin script.
    pub en: Option<String>,
    /// Value in Devanagari.
    pub hi: Option<String>,
}

/// The modules of a QR code, without the quiet zone.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Modules on one side: 21 to 177, in steps of four (ISO/IEC 18004).
    pub side: u16,
    /// Row by row from the top left; `true` is dark. `side * side` long.
    pub dark: Vec<bool>,
}

/// A file inside the PDF (`/AF`, ISO 19005-3, 6.8).
#[derive(Clone, Debug)]
pub struct Attachment {
    /// File name: ASCII letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// Media type, e.g. `application/cose`.
    pub mime: String,
    /// What it is, for people.
    pub description: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The page was not made. No variant holds a text of the certificate: fields are named, and at most one character.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A character that would be drawn as an empty box.
    #[error("{field} holds a character that the fonts lack: U+{:04X}", u32::from(*character))]
    MissingCharacter {
        /// Which text, e.g. `rows[2].hi`.
        field: String,
        /// The character.
        character: char,
    },
    /// A character that nobody can see: a format control, or a joiner that joins nothing.
    #[error("{field} holds an invisible character: U+{:04X}", u32::from(*character))]
    InvisibleCharacter {
        /// Which text.
        field: String,
        /// The character.
        character: char,
    },
    /// A vowel sign or mark with no letter to stand on.
    #[error("{field} holds a sign without a letter: U+{:04X}", u32::from(*character))]
    LonelySign {
        /// Which text.
        field: String,
        /// The sign.
        character: char,
    },
    /// A text is too long.
    #[error("{field} has {characters} characters, at most {characters_max} are printed")]
    TooLong {
        /// Which text.
        field: String,
        /// Its length.
        characters: usize,
        /// The limit.
        characters_max: usize,
    },
    /// A text that must be there is empty.
    #[error("{field} is empty")]
    Empty {
        /// Which text.
        field: String,
    },
    /// A text needs more room than its place on the page has, even at the smallest type.
    #[error("{field} does not fit its place on the page")]
    NoRoom {
        /// Which text.
        field: String,
    },
    /// A layout that this program does not have.
    #[error("there is no layout {layout}")]
    UnknownLayout {
        /// The name given.
        layout: String,
    },
    /// Too many rows, pages or attachments.
    #[error("a certificate has at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// The QR code is no square of a legal size.
    #[error("the QR code has {modules} modules for a side of {side}")]
    Qr {
        /// The side given.
        side: u16,
        /// The modules given.
        modules: usize,
    },
    /// The name or media type of an attachment, or the address behind the QR code, is not what a PDF can carry.
    #[error("{field} holds characters that are not allowed there")]
    NotAllowed {
        /// Which text.
        field: String,
    },
    /// The time is outside the years 1 to 9999.
    #[error("the time of making cannot be written in a PDF")]
    Time,
    /// An embedded font did not behave as expected: a fault of this program, not of the input.
    #[error("the fonts could not be used: {0}")]
    Font(&'static str),
    /// The page writer complained: a fault of this program.
    #[error("the page could not be written: {0}")]
    Write(String),
    /// The document could not be put together.
    #[error("the document could not be put together")]
    Assemble(#[source] lopdf::Error),
    /// The bytes could not be written.
    #[error("the document could not be saved")]
    Save(#[source] std::io::Error),
}

/// What stands in place of a last day.
#[must_use]
pub fn no_end(layout: &str) -> Bilingual {
    if layout.contains(REVIEWED) {
        Bilingual::new("Until reviewed", "अगली समीक्षा तक")
    } else {
        Bilingual::new("Lifetime", "आजीवन")
    }
}

/// In the name of a layout: it says until when in other words.
const REVIEWED: &str = "_reviewed/";

/// The same layout for what has no last day because the office looks at it again, and not because it holds for a lifetime: `certificate_reviewed/1`
/// for `certificate/1`. It stands in the name because that is in every signed form of a certificate already.
#[must_use]
pub fn reviewed(layout: &str) -> String {
    layout.replacen('/', REVIEWED, 1)
}

/// The names of all layouts: certificate, licence, card, order and receipt, each with its version.
pub fn layouts() -> impl Iterator<Item = &'static str> {
    layout::names()
}

/// Makes the unsigned certificate. `made_at` becomes the PDF's creation date; the same page and time give the same bytes.
///
/// # Errors
/// See [`PdfError`].
pub fn render(page: &Page, made_at: Timestamp) -> Result<Vec<u8>, PdfError> {
    let mut shaper = shape::Shaper::try_new()?;
    let page = text::clean(page, &mut shaper)?;
    let sheet = layout::lay_out(&page, &mut shaper)?;
    let written = write::write(&sheet, &page.qr, page.wallet.as_ref(), &mut shaper)?;
    finish::finish(written, &sheet, &page, made_at)
}

/// The lines that a reader must find again in the PDF, in reading order, each as it stands on the page: wrapped texts are
/// several lines. Compare after NFC and with white space folded.
///
/// # Errors
/// As [`render`].
pub fn text_lines(page: &Page) -> Result<Vec<String>, PdfError> {
    let mut shaper = shape::Shaper::try_new()?;
    let page = text::clean(page, &mut shaper)?;
    let sheet = layout::lay_out(&page, &mut shaper)?;
    Ok(sheet.text_lines())
}
