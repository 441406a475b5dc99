//! The words that a PDF's pages show, for comparing them with what was signed. They are anybody's words: they are looked
//! through, and never shown.

use lopdf::{Document, LoadOptions, Object, ObjectId};
use unicode_normalization::UnicodeNormalization as _;

/// Bytes of one page's content, of its fonts' tables, and of everything together that is inflated.
const INFLATED_BYTES_MAX: usize = 2 << 20;
/// Pages that are looked through; ours have six at most.
const PAGES_MAX: u32 = 12;
/// Bytes of all words together.
const WORDS_BYTES_MAX: usize = 1 << 18;

/// All text of the pages in the order in which it is drawn, in one piece: NFC, and without any white space. `None` when it cannot be read.
pub(crate) fn of_pages(bytes: &[u8]) -> Option<String> {
    let options = LoadOptions {
        filter: Some(keep),
        max_decompressed_size: Some(INFLATED_BYTES_MAX),
        ..LoadOptions::default()
    };
    let document = Document::load_mem_with_options(bytes, options).ok()?;
    let pages = u32::try_from(document.get_pages().len()).ok()?.min(PAGES_MAX);
    let mut words = String::new();
    for page in 1..=pages {
        for chunk in document.extract_text_chunks_with_limit(&[page], INFLATED_BYTES_MAX) {
            words.push_str(&chunk.ok()?);
            if words.len() > WORDS_BYTES_MAX {
                return None;
            }
        }
    }
    Some(squeezed(&words))
}

/// A list of compressed objects may name one of them a million times. We write none.
fn keep(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let is_list = object.as_stream().is_ok_and(|stream| stream.dict.has_type(b"ObjStm"));
    // The answer's object is not used, only whether there is one.
    (!is_list).then_some((id, Object::Null))
}

/// NFC, and without any white space: lines may break anywhere.
pub(crate) fn squeezed(text: &str) -> String {
    text.nfc().filter(|letter| !letter.is_whitespace()).collect()
}
