//! The certificate as PDF: its bytes, its limits, its signature. What other readers make of it is tested outside this room.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[path = "../examples/pdf/samples.rs"]
mod samples;

use std::sync::Arc;

use certificates::pdf::{
    ATTACHED_BYTES_MAX, Attachment, CHARACTERS_MAX, Intent, PAGES_MAX, Page, PdfError, Qr, ROWS_MAX, SignatureError,
    embed, layouts, prepare, render, sign, text_lines,
};
use domain::Bilingual;
use jiff::Timestamp;
use keys::{KeyStore, Purpose, SeededEntropy, Signer};
use lopdf::{Document, Object};
use sha2::{Digest as _, Sha256};

/// These change only with the layout, the fonts, printpdf, lopdf, harfrust or deflate. Then old certificates cannot be made
/// again by this program: give the layout a new version and say so in docs/decisions.
const UNSIGNED: &[(&str, &str)] = &[
    (
        "ordinary",
        "9b59db933676823905687c4993345cff8e4fd54b29b15eebcf49306e12827401",
    ),
    (
        "demonstration",
        "8208a3e7d7b2564942ebcd23be1a33e5ffd4c9033507b40688d224f20ab98922",
    ),
    (
        "short",
        "1dd0a685428dd928ac9ef61124cb8c5c7a1deccbe09e80ea9bbfca271c79d28b",
    ),
    (
        "hindi_only",
        "07a73384932d40cc37903261029f9611b21b0654f7719a9f8e594e684f2ef59a",
    ),
    (
        "long",
        "515de7a7c789dcb0a373ccc49f6d8dfac890ff3e209d190895beaf60576aa00d",
    ),
    (
        "licence",
        "53d07d25a552f65732a1260e72d6fde4803f3e1c94f4f3968721264772620165",
    ),
    (
        "card",
        "b95d1c52b9b457788dc2398cd9f40d2820a4bbe18201eac3f1207916828ec94c",
    ),
    (
        "order",
        "ea29b9b07a72824d3292bf79657bd48cf534e99778a38a22b0ebd54a24b5960d",
    ),
    (
        "receipt",
        "09ef4ad03b5b81c08c93d9f245da5f76bc9660d2d8dd541a8c6e7973ab674d54",
    ),
];
const SIGNED: &str = "2aa32fa23e085e94c4a52e9002ce974d45fb9d1e9bee8854dc25bec416cb36d6";

fn made_at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

struct Keys {
    signer: Arc<dyn Signer>,
    certificates: Vec<Vec<u8>>,
}

fn keys_of(seed: u64) -> Keys {
    let folder = tempfile::tempdir().unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let entropy = SeededEntropy::new(seed);
    let path = folder.path().join("keys.json");
    let store = KeyStore::create(&path, "sample", &entropy, true, begin, "Sample Municipal Corporation").unwrap();
    let mut certificates = vec![store.directory().pdf_signing_certificate().to_vec()];
    certificates.extend(store.directory().pdf_authority().iter().cloned());
    Keys {
        signer: store.signer(Purpose::Pdf).unwrap(),
        certificates,
    }
}

fn intent() -> Intent {
    Intent {
        at: made_at(),
        reason: "Issued by Sample Municipal Corporation / नमूना नगर निगम द्वारा जारी".to_owned(),
    }
}

#[test]
fn the_same_page_is_the_same_bytes_in_every_process() {
    let unsigned = render(&samples::ordinary(), made_at()).unwrap();
    assert_eq!(unsigned, render(&samples::ordinary(), made_at()).unwrap());
    let keys = keys_of(1);
    let signed = sign(&unsigned, &*keys.signer, &keys.certificates, &intent()).unwrap();
    assert_eq!(digest(&signed.bytes), SIGNED);
    let all: Vec<(&str, String)> = samples::all()
        .into_iter()
        .map(|(name, page)| (name, digest(&render(&page, made_at()).unwrap())))
        .collect();
    let all: Vec<(&str, &str)> = all.iter().map(|(name, digest)| (*name, digest.as_str())).collect();
    assert_eq!(all, UNSIGNED);
    let later = render(&samples::ordinary(), "2026-11-22T10:00:01Z".parse().unwrap()).unwrap();
    assert_ne!(later, unsigned);
}

#[test]
fn the_signed_file_is_made_again_from_the_unsigned_bytes_and_the_cms() {
    let unsigned = render(&samples::short(), made_at()).unwrap();
    let keys = keys_of(1);
    let signed = sign(&unsigned, &*keys.signer, &keys.certificates, &intent()).unwrap();
    assert!(signed.bytes.starts_with(&unsigned));
    assert_eq!(embed(&unsigned, &signed.cms, &intent()).unwrap(), signed.bytes);

    let to_sign = prepare(&unsigned, &keys.certificates, &intent()).unwrap();
    let [start, first, second, last] = to_sign.byte_range;
    assert_eq!((start, second + last), (0, signed.bytes.len()));
    assert_eq!(to_sign.bytes[..first], signed.bytes[..first]);
    assert_eq!(to_sign.bytes[second..], signed.bytes[second..]);
    assert_eq!(second - first, signed.cms.len() * 2 + 2);
}

#[test]
fn a_signature_is_put_into_no_other_file() {
    let unsigned = render(&samples::short(), made_at()).unwrap();
    let keys = keys_of(1);
    let signed = sign(&unsigned, &*keys.signer, &keys.certificates, &intent()).unwrap();
    let other = render(&samples::ordinary(), made_at()).unwrap();
    let mismatch = |unsigned: &[u8], cms: &[u8], intent: &Intent| {
        assert!(matches!(embed(unsigned, cms, intent), Err(SignatureError::Mismatch)));
    };
    mismatch(&other, &signed.cms, &intent());
    let reason = "another".to_owned();
    mismatch(&unsigned, &signed.cms, &Intent { reason, ..intent() });
    let at = "2026-11-22T10:00:01Z".parse().unwrap();
    mismatch(&unsigned, &signed.cms, &Intent { at, ..intent() });
    mismatch(&unsigned, &signed.cms[..signed.cms.len() - 1], &intent());
    for at in [4, 20, signed.cms.len() - 1] {
        let mut cms = signed.cms.clone();
        cms[at] ^= 1;
        mismatch(&unsigned, &cms, &intent());
    }
    // The signature's own last byte, before the zeros that fill the room.
    let mut cms = signed.cms.clone();
    let end = cms.iter().rposition(|&byte| byte != 0).unwrap();
    cms[end] ^= 1;
    mismatch(&unsigned, &cms, &intent());
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let unsigned = render(&samples::short(), made_at()).unwrap();
    let (keys, others) = (keys_of(1), keys_of(2));
    let try_sign = |bytes: &[u8], signer: &dyn Signer, certificates: &[Vec<u8>], intent: &Intent| {
        sign(bytes, signer, certificates, intent).unwrap_err()
    };
    let signer = &*keys.signer;
    assert!(matches!(
        try_sign(&unsigned, signer, &others.certificates, &intent()),
        SignatureError::Key
    ));
    assert!(matches!(
        try_sign(&unsigned, signer, &[], &intent()),
        SignatureError::Certificate { index: 0 }
    ));
    let broken = vec![keys.certificates[0].clone(), vec![0x30, 0]];
    assert!(matches!(
        try_sign(&unsigned, signer, &broken, &intent()),
        SignatureError::Certificate { index: 1 }
    ));
    for at in ["2025-12-31T23:59:59Z", "2046-01-01T00:00:00Z"] {
        let late = Intent {
            at: at.parse().unwrap(),
            ..intent()
        };
        assert!(matches!(
            try_sign(&unsigned, signer, &keys.certificates, &late),
            SignatureError::Expired
        ));
    }
    for reason in [String::new(), "x".repeat(201), "a\nb".to_owned()] {
        let bad = Intent { reason, ..intent() };
        assert!(matches!(
            try_sign(&unsigned, signer, &keys.certificates, &bad),
            SignatureError::Reason
        ));
    }
    let signed = sign(&unsigned, signer, &keys.certificates, &intent()).unwrap();
    assert!(matches!(
        try_sign(&signed.bytes, signer, &keys.certificates, &intent()),
        SignatureError::Field
    ));
    assert!(matches!(
        try_sign(b"%PDF-1.7 nothing", signer, &keys.certificates, &intent()),
        SignatureError::Read(_)
    ));
}

#[test]
fn names_of_two_hundred_letters_wrap_and_come_back() {
    let page = samples::long();
    let lines = text_lines(&page).unwrap();
    let folded = |text: &str| text.split_whitespace().collect::<String>();
    let all = folded(&lines.concat());
    for row in &page.rows {
        for value in [&row.hi, &row.en].into_iter().flatten() {
            assert!(all.contains(&folded(value)), "{value}");
        }
    }
    let document = Document::load_mem(&render(&page, made_at()).unwrap()).unwrap();
    assert_eq!(document.get_pages().len(), 3);
}

/// Whatever the layout, long names neither fail nor leave the sheet, and every value stands on it.
#[test]
fn every_layout_takes_long_names_and_every_service_names_a_layout() {
    for layout in layouts() {
        let mut page = samples::long();
        page.layout = layout.to_owned();
        page.demo = true;
        let lines = text_lines(&page).unwrap();
        let all = lines.concat().replace(' ', "");
        for row in &page.rows {
            for value in [&row.hi, &row.en].into_iter().flatten() {
                assert!(all.contains(&value.replace(' ', "")), "{layout}: {value}");
            }
        }
        let document = Document::load_mem(&render(&page, made_at()).unwrap()).unwrap();
        assert!((3..=PAGES_MAX).contains(&document.get_pages().len()), "{layout}");
    }
    for service in domain::catalogue::Catalogue::embedded().unwrap().iter() {
        let layout = service.certificate.layout.as_str();
        assert!(layouts().any(|known| known == layout), "{}: {layout}", service.code);
    }
}

/// Every service of the catalogue, filled in with its own examples and with the longest names: all that is on paper fits, whether it ends or not.
#[test]
fn every_service_is_drawn() {
    use domain::catalogue::{Catalogue, Name, Service, Validity, Value};
    let page_of = |service: &Service, language: domain::Language, long: bool| {
        let mut answers = service.example_answers(language);
        if long {
            for value in answers.values_mut() {
                match value {
                    Value::Name(name) => {
                        *name = Name {
                            en: Some(
                                "Venkatanarasimharajuvaripeta "
                                    .repeat(7)
                                    .trim()
                                    .chars()
                                    .take(200)
                                    .collect(),
                            ),
                            hi: Some("वेंकटनरसिंहराजुवारिपेट ".repeat(9).trim().chars().take(200).collect()),
                        };
                    }
                    Value::Text(text) if text.contains(' ') => *text = text.clone() + " " + &"Sample Nagar ".repeat(20),
                    _ => {}
                }
            }
        }
        let layout = &service.certificate;
        let mut page = samples::ordinary();
        page.layout = match service.validity {
            Validity::UntilReviewed { .. } => certificates::pdf::reviewed(&layout.layout),
            _ => layout.layout.clone(),
        };
        page.valid_until = certificates::pdf::no_end(&page.layout);
        page.title = layout.title.clone();
        page.statement = layout.statement.clone();
        page.department = service.department.clone();
        page.office = service.office.clone();
        page.demo = true;
        page.rows = layout
            .rows
            .iter()
            .filter_map(|code| {
                let field = service.field(code).unwrap();
                let printed = field.printed(answers.get(code)?);
                Some(certificates::pdf::Row {
                    label: field.label.clone(),
                    en: printed.en,
                    hi: printed.hi,
                })
            })
            .collect();
        page
    };
    let mut longer = vec![];
    for service in Catalogue::embedded().unwrap().iter() {
        for language in [domain::Language::En, domain::Language::Hi] {
            for long in [false, true] {
                let page = page_of(service, language, long);
                let lines = text_lines(&page).unwrap_or_else(|error| panic!("{} {long}: {error}", service.code));
                let all = lines.concat().replace(' ', "");
                for row in &page.rows {
                    for text in [
                        Some(&row.label.hi),
                        Some(&row.label.en),
                        row.hi.as_ref(),
                        row.en.as_ref(),
                    ]
                    .into_iter()
                    .flatten()
                    {
                        assert!(all.contains(&text.replace(' ', "")), "{}: {text}", service.code);
                    }
                }
                let words = match service.validity {
                    Validity::UntilReviewed { .. } => "Until reviewed",
                    _ => "Lifetime",
                };
                assert!(lines.iter().any(|line| line == words), "{}", service.code);
            }
        }
        let page = page_of(service, domain::Language::Hi, false);
        let document = Document::load_mem(&render(&page, made_at()).unwrap()).unwrap();
        if document.get_pages().len() > 1 {
            longer.push(service.code.as_str());
        }
    }
    // The ordinary case is one page; two services with ten rows and an address or two need a second one.
    assert_eq!(longer, ["lal_dora_certificate", "land_status_report"]);
}

/// A card that cannot hold all rows shows the first ones, and the sheet shows all.
#[test]
fn a_card_has_as_many_rows_as_fit() {
    let times = |page: &Page, words: &str| text_lines(page).unwrap().iter().filter(|line| *line == words).count();
    let mut page = samples::card();
    assert_eq!(times(&page, "Sample Child"), 2);
    assert_eq!(times(&page, "Female"), 2);
    // What is cut out must say on both sides that it is worth nothing.
    page.demo = true;
    assert_eq!(times(&page, "DEMONSTRATION – not valid"), 3);
    page.rows[0].en = Some("Sample ".repeat(60));
    page.rows[0].hi = Some("नमूना ".repeat(60));
    assert_eq!(times(&page, "Female"), 1);
}

#[test]
fn a_demonstration_says_so_twice_and_a_real_one_never() {
    let lines = text_lines(&samples::demonstration()).unwrap().join("\n");
    for words in [
        "SPECIMEN · NOT A LEGAL DOCUMENT",
        "नमूना · कानूनी दस्तावेज़ नहीं",
        "DEMONSTRATION – not valid",
        "प्रदर्शन – मान्य नहीं",
    ] {
        let words: String = unicode_normalization::UnicodeNormalization::nfc(words).collect();
        assert!(lines.contains(&words), "{words}");
    }
    let lines = text_lines(&samples::ordinary()).unwrap().join("\n");
    assert!(!lines.contains("SPECIMEN") && !lines.contains("DEMONSTRATION"));
}

fn error(change: impl FnOnce(&mut Page)) -> PdfError {
    let mut page = samples::short();
    change(&mut page);
    let error = render(&page, made_at()).map(|bytes| bytes.len()).unwrap_err();
    assert_eq!(error.to_string(), text_lines(&page).unwrap_err().to_string());
    error
}

#[test]
fn every_limit_is_an_error_that_names_its_field() {
    let field = |error: PdfError| match error {
        PdfError::MissingCharacter { field, .. }
        | PdfError::InvisibleCharacter { field, .. }
        | PdfError::LonelySign { field, .. }
        | PdfError::TooLong { field, .. }
        | PdfError::Empty { field }
        | PdfError::NoRoom { field }
        | PdfError::NotAllowed { field } => field,
        other => panic!("{other:?}"),
    };
    let hindi = |text: &str| Bilingual::new("text", text);
    assert_eq!(
        field(error(|page| page.rows[1].hi = Some("नाम 名".to_owned()))),
        "rows[1].hi"
    );
    assert_eq!(
        field(error(|page| page.rows[2].en = Some("ि".to_owned()))),
        "rows[2].en"
    );
    assert_eq!(
        field(error(|page| page.statement = hindi(&"क".repeat(CHARACTERS_MAX + 1)))),
        "statement.hi"
    );
    assert_eq!(
        field(error(|page| page.statement = hindi(&"क ".repeat(CHARACTERS_MAX)))),
        "statement.hi"
    );
    assert_eq!(field(error(|page| page.office = hindi(" \n"))), "office.hi");
    assert_eq!(field(error(|page| page.number = "\u{200b}".to_owned())), "number");
    assert_eq!(field(error(|page| page.number = "W".repeat(60))), "number");
    assert_eq!(
        field(error(|page| page.title = hindi(&"शीर्षक ".repeat(60)))),
        "title.hi"
    );
    assert_eq!(
        field(error(|page| page.valid_until = hindi(&"मान्य ".repeat(14)))),
        "valid_until"
    );
    assert_eq!(
        field(error(|page| page.rows[0].hi = Some("W".repeat(CHARACTERS_MAX)))),
        "rows[0].hi"
    );
    assert_eq!(field(error(|page| page.short_code = "W".repeat(100))), "short_code");
    assert_eq!(
        field(error(|page| page.token_url = "https://x/ y".to_owned())),
        "token_url"
    );
    assert_eq!(
        field(error(|page| page.attachments[0].name = "../x".to_owned())),
        "attachments[0].name"
    );
    assert_eq!(
        field(error(|page| page.attachments[1].name = page.attachments[0].name.clone())),
        "attachments[1].name"
    );
    assert_eq!(
        field(error(|page| page.attachments[0].mime = "text".to_owned())),
        "attachments[0].mime"
    );

    let row = samples::short().rows[0].clone();
    let many = error(|page| page.rows = vec![row.clone(); ROWS_MAX + 1]);
    assert!(matches!(many, PdfError::TooMany { what: "rows", .. }));
    let mut tall = row;
    tall.en = Some("Word ".repeat(110));
    let pages = error(|page| page.rows = vec![tall; ROWS_MAX]);
    assert!(matches!(pages, PdfError::TooMany { what: "pages", .. }));
    let attachment = |bytes| Attachment {
        name: format!("file{bytes}"),
        mime: "application/cbor".to_owned(),
        description: String::new(),
        bytes: vec![0; bytes],
    };
    let many = error(|page| page.attachments = (0..9).map(attachment).collect());
    assert!(matches!(
        many,
        PdfError::TooMany {
            what: "attachments",
            ..
        }
    ));
    let large = error(|page| page.attachments = vec![attachment(ATTACHED_BYTES_MAX + 1)]);
    assert!(matches!(
        large,
        PdfError::TooMany {
            what: "attached bytes",
            ..
        }
    ));
    for (side, modules) in [(21, 440), (22, 484), (17, 289), (181, 181 * 181)] {
        let dark = vec![true; modules];
        assert!(matches!(error(|page| page.qr = Qr { side, dark }), PdfError::Qr { .. }));
    }
    let layout = "certificate/9".to_owned();
    assert!(matches!(
        error(|page| page.layout = layout),
        PdfError::UnknownLayout { .. }
    ));
    let early = render(&samples::short(), "-000001-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(early, Err(PdfError::Time)));
}

#[test]
fn no_error_repeats_a_text_of_the_certificate() {
    let error = error(|page| page.rows[1].hi = Some("गोपनीय नाम 名".to_owned()));
    assert!(!format!("{error} {error:?}").contains("गोपनीय"));
}

#[test]
fn attachments_come_out_as_they_went_in() {
    let page = samples::ordinary();
    let document = Document::load_mem(&render(&page, made_at()).unwrap()).unwrap();
    let files = document.catalog().unwrap().get(b"AF").unwrap().as_array().unwrap();
    assert_eq!(files.len(), page.attachments.len());
    for (file, attachment) in files.iter().zip(&page.attachments) {
        let specification = document.get_dictionary(file.as_reference().unwrap()).unwrap();
        assert_eq!(
            specification.get(b"UF").unwrap().as_str().unwrap(),
            attachment.name.as_bytes()
        );
        assert_eq!(
            specification.get(b"AFRelationship").unwrap().as_name().unwrap(),
            b"Data"
        );
        let stored = specification.get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap();
        let stream = document
            .get_object(stored.as_reference().unwrap())
            .unwrap()
            .as_stream()
            .unwrap();
        assert_eq!(
            stream.dict.get(b"Subtype").unwrap().as_name().unwrap(),
            attachment.mime.as_bytes()
        );
        assert_eq!(stream.get_plain_content().unwrap(), attachment.bytes);
    }
}

/// Walks the structure tree: every element knows its parent, every numbered piece of every page is held once, and each run of
/// text says its language.
#[test]
fn all_content_is_in_the_structure_tree_once() {
    for (name, page) in samples::all() {
        let document = Document::load_mem(&render(&page, made_at()).unwrap()).unwrap();
        let catalog = document.catalog().unwrap();
        assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"hi");
        let root = catalog.get(b"StructTreeRoot").unwrap().as_reference().unwrap();
        let mut seen = Vec::new();
        let mut roles = Vec::new();
        let mut silent = Vec::new();
        walk(&document, root, root, &mut seen, &mut roles, &mut silent);
        let mut expected = Vec::new();
        // Pieces with text that is in no run: their elements must say the language.
        let mut bare = Vec::new();
        for (_, id) in document.get_pages() {
            let content = document.get_and_decode_page_content(id).unwrap();
            let (mut depth, mut open) = (0, None);
            for operation in &content.operations {
                match operation.operator.as_str() {
                    "BDC" => {
                        let properties = operation.operands[1].as_dict().unwrap();
                        if let Ok(mcid) = properties.get(b"MCID") {
                            assert_eq!(depth, 0, "{name}: a piece within a piece");
                            let piece = (id, mcid.as_i64().unwrap());
                            expected.push(piece);
                            open = Some(piece);
                        } else {
                            // A run within a piece names its language, and that is all that it says.
                            assert_eq!(
                                (depth, operation.operands[0].as_name().unwrap()),
                                (1, b"Span".as_slice())
                            );
                            let language = properties.get(b"Lang").unwrap().as_str().unwrap();
                            assert!([b"hi".as_slice(), b"en-IN"].contains(&language));
                        }
                        depth += 1;
                    }
                    "BMC" => depth += 1,
                    "EMC" => {
                        depth -= 1;
                        if depth == 0 {
                            open = None;
                        }
                    }
                    "TJ" | "Tj" if depth == 1 && open.is_some() => bare.push(open.unwrap()),
                    "TJ" | "Tj" | "Do" | "S" => {
                        assert!((1..=2).contains(&depth), "{name}: drawn outside of marked content")
                    }
                    _ => {}
                }
            }
            assert_eq!(depth, 0);
        }
        seen.sort_unstable();
        expected.sort_unstable();
        assert_eq!(seen, expected, "{name}");
        assert!(
            bare.iter().all(|piece| !silent.contains(piece)),
            "{name}: text without a language"
        );
        let count = |role: &str| roles.iter().filter(|found| *found == role).count();
        assert_eq!(
            (
                count("H1"),
                count("Table"),
                count("Figure"),
                count("Link"),
                count("Form")
            ),
            (1, 1, 2, 1, 1)
        );
        assert_eq!((count("TR"), count("TH")), (page.rows.len(), page.rows.len()));
    }
}

fn walk(
    document: &Document,
    id: lopdf::ObjectId,
    parent: lopdf::ObjectId,
    seen: &mut Vec<(lopdf::ObjectId, i64)>,
    roles: &mut Vec<String>,
    silent: &mut Vec<(lopdf::ObjectId, i64)>,
) {
    let element = document.get_dictionary(id).unwrap();
    if id != parent {
        assert_eq!(element.get(b"P").unwrap().as_reference().unwrap(), parent);
        let role = String::from_utf8(element.get(b"S").unwrap().as_name().unwrap().to_vec()).unwrap();
        // The figure has its words in both languages.
        if !element.has(b"Lang") && role != "Figure" {
            let kids = element.get(b"K").and_then(Object::as_array);
            let own = kids.into_iter().flatten().filter_map(|kid| kid.as_i64().ok());
            silent.extend(own.map(|mcid| (element.get(b"Pg").unwrap().as_reference().unwrap(), mcid)));
        }
        assert!(role != "Figure" || element.has(b"Alt"));
        roles.push(role);
    }
    let Ok(kids) = element.get(b"K").unwrap().as_array() else {
        return;
    };
    for kid in kids {
        match kid {
            Object::Reference(kid) => walk(document, *kid, id, seen, roles, silent),
            Object::Integer(mcid) => seen.push((element.get(b"Pg").unwrap().as_reference().unwrap(), *mcid)),
            Object::Dictionary(reference) => {
                assert_eq!(reference.get(b"Type").unwrap().as_name().unwrap(), b"OBJR");
            }
            other => panic!("{other:?}"),
        }
    }
}
