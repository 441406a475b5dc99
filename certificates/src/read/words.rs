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
    let document = load(bytes)?;
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

fn load(bytes: &[u8]) -> Option<Document> {
    let options = LoadOptions {
        filter: Some(keep),
        max_decompressed_size: Some(INFLATED_BYTES_MAX),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(bytes, options).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two objects of a list are named by nothing else: without the list they are not there.
    #[test]
    fn lists_of_compressed_objects_are_left_out() {
        let file = |kind: &str| {
            let list = "3 0 4 0 [/A/A/A/A]";
            let head = format!(
                "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n\
                 5 0 obj\n<</Type/{kind}/N 2/First 8/Length {}>>stream\n{list}\nendstream\nendobj\n",
                list.len()
            );
            let at = |object: &str| head.find(object).unwrap();
            let entries: String = ["1 0 obj", "2 0 obj", "5 0 obj"]
                .map(|object| format!("{:010} 00000 n \n", at(object)))
                .concat();
            let (two, one) = entries.split_at(40);
            format!(
                "{head}xref\n1 2\n{two}5 1\n{one}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{}\n%%EOF\n",
                head.len()
            )
        };
        let unfiltered = Document::load_mem(file("ObjStm").as_bytes()).unwrap();
        assert!(
            unfiltered.get_object((4, 0)).is_ok(),
            "the reader takes lists apart by itself"
        );
        let document = load(file("ObjStm").as_bytes()).unwrap();
        assert_eq!(document.objects.keys().copied().collect::<Vec<_>>(), [(1, 0), (2, 0)]);
        let document = load(file("Other").as_bytes()).unwrap();
        assert_eq!(document.objects.len(), 3);
    }
}
