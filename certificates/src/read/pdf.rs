//! Our PDFs: the credential and the record attached, and one signature over every byte. Everything that is not written as
//! [`crate::pdf`] writes is refused early, which keeps other people's PDFs, and hostile ones, cheap.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};
use sha2::{Digest as _, Sha256};

use super::xref::{Tables, tables};
use super::{Advice, CREDENTIAL, ENTRY, Evidence, Limits, PROOF, RECORD, Read, words_of};
use crate::verify::{AttachedProof, BrokenPages, PdfEvidence, PdfProblem, PdfSignature};
use crate::{RECORD_BYTES_MAX, TOKEN_BYTES_MAX, Token, read_attachment};

/// The attached proof of the log: a note with a few cosignatures. And the entry: a small JSON object.
const PROOF_FILE_BYTES_MAX: usize = 16 << 10;
/// A file of ours: its attachments, six pages and the fonts stay well below. In memory each byte may become an object of a
/// hundred.
const OURS_BYTES_MAX: usize = 1 << 19;
/// The attached record: record, salt and a few bytes around them.
const RECORD_FILE_BYTES_MAX: usize = RECORD_BYTES_MAX + 64;
/// The largest of the attachments that are looked at.
const ATTACHED_FILE_BYTES_MAX: usize = if RECORD_FILE_BYTES_MAX > PROOF_FILE_BYTES_MAX {
    RECORD_FILE_BYTES_MAX
} else {
    PROOF_FILE_BYTES_MAX
};
/// How much may be copied while loading: each entry of the cross-reference table can name the whole file as one object.
const COPIED_BYTES_MAX: usize = 1 << 28;
/// Fields of the form: ours has one.
const FIELDS_MAX: usize = 64;

/// Reads a PDF.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Read {
    if contains(bytes, b"/Encrypt") {
        return Read::Unreadable(Advice::Encrypted);
    }
    if bytes.len() > OURS_BYTES_MAX {
        return Read::NotOurs;
    }
    let entries = match tables(bytes) {
        Tables::Plain { entries } => entries,
        Tables::Other => return Read::NotOurs,
        Tables::Cut => return Read::Unreadable(Advice::DamagedFile),
    };
    if entries > limits.objects_max || entries.saturating_mul(bytes.len()) > COPIED_BYTES_MAX {
        return Read::NotOurs;
    }
    let options = LoadOptions {
        filter: Some(keep),
        // We write neither compressed object lists nor compressed cross-references: at load nothing needs inflating.
        max_decompressed_size: Some(0),
        ..LoadOptions::default()
    };
    let Ok(document) = Document::load_mem_with_options(bytes, options) else {
        return Read::Unreadable(Advice::DamagedFile);
    };
    if document.was_encrypted() || document.is_encrypted() {
        return Read::Unreadable(Advice::Encrypted);
    }
    let pages = document.page_iter().take(limits.pages_max + 1).count();
    if pages > limits.pages_max {
        return Read::NotOurs;
    }
    let files = Files::of(&document);
    if files.credentials.is_empty() && files.records.is_empty() {
        return Read::NotOurs;
    }
    match evidence(bytes, &document, &files) {
        Ok(evidence) => Read::Evidence(Evidence::Pdf(Box::new(evidence))),
        Err(reason) => Read::Evidence(Evidence::BrokenPdf {
            reason,
            issued: issued(bytes, &document, &files).map(Box::new),
        }),
    }
}

/// What is still whole in a file that is not: the credential, the record, and the words on the pages.
fn issued(bytes: &[u8], document: &Document, files: &Files) -> Option<BrokenPages> {
    let ([credential], [record]) = (files.credentials.as_slice(), files.records.as_slice()) else {
        return None;
    };
    let token = Token::from_bytes(&content(document, *credential, TOKEN_BYTES_MAX)?).ok()?;
    let (record, salt) = read_attachment(&content(document, *record, RECORD_FILE_BYTES_MAX)?).ok()?;
    Some(BrokenPages {
        token,
        record,
        salt,
        words: words_of(bytes)?,
    })
}

fn evidence(bytes: &[u8], document: &Document, files: &Files) -> Result<PdfEvidence, PdfProblem> {
    let signature = signature(bytes, document)?;
    let ([credential], [record]) = (files.credentials.as_slice(), files.records.as_slice()) else {
        return Err(PdfProblem::Attachment);
    };
    let content = |id, most| content(document, id, most).ok_or(PdfProblem::Attachment);
    let token = Token::from_bytes(&content(*credential, TOKEN_BYTES_MAX)?).map_err(|_| PdfProblem::Attachment)?;
    let (record, salt) =
        read_attachment(&content(*record, RECORD_FILE_BYTES_MAX)?).map_err(|_| PdfProblem::Attachment)?;
    let proof = match (files.proofs.as_slice(), files.entries.as_slice()) {
        ([], []) => None,
        ([proof], [entry]) => Some(AttachedProof {
            bundle: content(*proof, PROOF_FILE_BYTES_MAX)?,
            entry: content(*entry, PROOF_FILE_BYTES_MAX)?,
        }),
        _ => return Err(PdfProblem::Attachment),
    };
    Ok(PdfEvidence {
        token,
        record,
        salt,
        proof,
        words: words_of(bytes),
        file_digest: Sha256::digest(bytes).into(),
        signature,
    })
}

/// Of the streams only attachments are of interest, and only small ones.
fn keep(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    match object {
        Object::Stream(stream) => {
            let kept = stream.dict.has_type(b"EmbeddedFile") && stream.content.len() <= ATTACHED_FILE_BYTES_MAX;
            kept.then_some((id, Object::Null))
        }
        // The answer's object is not used, only whether there is one.
        _ => Some((id, Object::Null)),
    }
}

/// The attachments that carry our names.
#[derive(Default)]
struct Files {
    credentials: Vec<ObjectId>,
    records: Vec<ObjectId>,
    proofs: Vec<ObjectId>,
    entries: Vec<ObjectId>,
}

impl Files {
    fn of(document: &Document) -> Self {
        let mut files = Self::default();
        for (name, specification) in names(document).unwrap_or_default() {
            let list = match std::str::from_utf8(name) {
                Ok(CREDENTIAL) => &mut files.credentials,
                Ok(RECORD) => &mut files.records,
                Ok(PROOF) => &mut files.proofs,
                Ok(ENTRY) => &mut files.entries,
                _ => continue,
            };
            // A name without a file still claims to be ours.
            list.push(file(document, specification).unwrap_or((0, 0)));
        }
        files
    }
}

/// The name tree of the attachments; ours is one flat list.
fn names(document: &Document) -> Option<Vec<(&[u8], &Object)>> {
    let names = dictionary(document, document.catalog().ok()?.get(b"Names").ok()?)?;
    let files = dictionary(document, names.get(b"EmbeddedFiles").ok()?)?;
    let list = resolved(document, files.get(b"Names").ok()?)?.as_array().ok()?;
    Some(
        list.chunks_exact(2)
            .filter_map(|pair| match pair {
                [name, value] => Some((name.as_str().ok()?, value)),
                _ => None,
            })
            .collect(),
    )
}

fn file(document: &Document, specification: &Object) -> Option<ObjectId> {
    let specification = dictionary(document, specification)?;
    dictionary(document, specification.get(b"EF").ok()?)?
        .get(b"F")
        .and_then(Object::as_reference)
        .ok()
}

fn content(document: &Document, id: ObjectId, most: usize) -> Option<Vec<u8>> {
    document
        .get_object(id)
        .and_then(Object::as_stream)
        .ok()?
        .decompressed_content_with_limit(most)
        .ok()
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

fn dictionary<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    resolved(document, object)?.as_dict().ok()
}

/// The one signature of the form, if it covers every byte of the file but its own place.
fn signature(bytes: &[u8], document: &Document) -> Result<PdfSignature, PdfProblem> {
    let signatures = signatures(document).unwrap_or_default();
    let dictionary = match signatures.as_slice() {
        [] => return Err(PdfProblem::Unsigned),
        [one] => *one,
        _ => return Err(PdfProblem::Changed),
    };
    let hole = hole(bytes, dictionary).ok_or(PdfProblem::Changed)?;
    let digits = bytes.get(hole.start + 1..hole.end - 1).ok_or(PdfProblem::Changed)?;
    // Capital digits would be other bytes with the same meaning.
    let cms = HEXLOWER.decode(digits).map_err(|_| PdfProblem::Signature)?;
    if dictionary.get(b"Contents").and_then(Object::as_str).ok() != Some(&cms) {
        return Err(PdfProblem::Changed);
    }
    if dictionary.get(b"SubFilter").and_then(Object::as_name).ok() != Some(b"ETSI.CAdES.detached".as_slice()) {
        return Err(PdfProblem::Signature);
    }
    let claimed_at = dictionary.get(b"M").and_then(Object::as_str).ok().and_then(moment);
    let mut hash = Sha256::new();
    hash.update(bytes.get(..hole.start).ok_or(PdfProblem::Changed)?);
    hash.update(bytes.get(hole.end..).ok_or(PdfProblem::Changed)?);
    Ok(PdfSignature {
        cms,
        content_digest: hash.finalize().into(),
        claimed_at: claimed_at.ok_or(PdfProblem::Signature)?,
    })
}

/// The values of the form's signature fields.
fn signatures(document: &Document) -> Option<Vec<&Dictionary>> {
    let form = dictionary(document, document.catalog().ok()?.get(b"AcroForm").ok()?)?;
    let fields = resolved(document, form.get(b"Fields").ok()?)?.as_array().ok()?;
    let values = fields.iter().take(FIELDS_MAX).filter_map(|field| {
        let field = dictionary(document, field)?;
        dictionary(document, field.get(b"V").ok()?)
    });
    Some(values.collect())
}

/// The place of the CMS with its angle brackets, if `/ByteRange` covers all the rest.
fn hole(bytes: &[u8], signature: &Dictionary) -> Option<std::ops::Range<usize>> {
    let range = signature.get(b"ByteRange").and_then(Object::as_array).ok()?;
    let number = |object: &Object| usize::try_from(object.as_i64().ok()?).ok();
    let [from, first, second, last] = range.as_slice() else {
        return None;
    };
    let (from, first, second, last) = (number(from)?, number(first)?, number(second)?, number(last)?);
    let whole = from == 0 && first.checked_add(2)? <= second && second.checked_add(last)? == bytes.len();
    let brackets = bytes.get(first) == Some(&b'<') && bytes.get(second.checked_sub(1)?) == Some(&b'>');
    (whole && brackets).then_some(first..second)
}

/// `D:20260401103000+05'30'` (ISO 32000-1, 7.9.4), in the one offset that we write.
fn moment(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix("D:")?.strip_suffix("+05'30'")?;
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let local = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    Offset::from_seconds(19_800).ok()?.to_timestamp(local).ok()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}
