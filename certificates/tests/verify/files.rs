//! PDFs and texts: ours, spoiled, and other people's.

use certificates::read::{self, Advice, Limits, Read};
use certificates::{Evidence, PdfProblem, Reason, VerdictCode};
use lopdf::{Document, Object, Stream, dictionary};

use crate::world::{HOST, Issuer, attachments, evidence, issued_at, number, page, read, record, small, verdict_of};

#[test]
fn a_real_certificate_is_read_and_valid() {
    let issuer = Issuer::new(1);
    let file = issuer.certificate(&record());
    let verdict = verdict_of(&file, &issuer.trust());
    assert_eq!((verdict.code, verdict.reason), (VerdictCode::Valid, Reason::Holds));
    assert_eq!(verdict.record, Some(record()));
    assert_eq!(evidence(&file).number(), Some(&number()));
}

/// No byte is without meaning: whichever is changed, the file is never valid.
#[test]
fn every_spoiled_byte_of_a_small_file_is_seen() {
    let issuer = Issuer::new(1);
    let trust = issuer.trust();
    let file = issuer.sign(&small(&attachments(&issuer.token(&record()), &record())));
    assert_eq!(verdict_of(&file, &trust).code, VerdictCode::Valid);
    let begin = file.windows(11).position(|window| window == b"/Contents <").unwrap() + 11;
    let end = begin + file[begin..].iter().position(|&byte| byte == b'>').unwrap();
    // In the signature's own digits every fourth, and there also the bit that tells small letters from capitals.
    let digits = (begin..end)
        .step_by(4)
        .flat_map(|place| [(place, 1 << (place / 4 % 8)), (place, 0x20)]);
    let others = (0..begin).chain(end..file.len()).map(|place| (place, 1 << (place % 8)));
    let (mut not_genuine, mut unreadable) = (0, 0);
    for (place, change) in others.chain(digits) {
        let mut spoiled = file.clone();
        spoiled[place] ^= change;
        match verdict_of(&spoiled, &trust).code {
            VerdictCode::NotGenuine => not_genuine += 1,
            VerdictCode::Unreadable => unreadable += 1,
            other => panic!("byte {place} changed by {change:#x}: {other:?}"),
        }
    }
    assert!(
        not_genuine > unreadable,
        "{not_genuine} not genuine, {unreadable} unreadable"
    );
}

#[test]
fn spoiled_bytes_and_cuts_of_a_real_file_are_seen() {
    let issuer = Issuer::new(1);
    let trust = issuer.trust();
    let file = issuer.certificate(&record());
    for place in (0..file.len()).step_by(997) {
        let mut spoiled = file.clone();
        spoiled[place] ^= 1 << (place % 8);
        let code = verdict_of(&spoiled, &trust).code;
        assert!(
            matches!(code, VerdictCode::NotGenuine | VerdictCode::Unreadable),
            "byte {place}: {code:?}"
        );
    }
    for length in (0..file.len()).step_by(1999) {
        let code = verdict_of(&file[..length], &trust).code;
        assert!(
            matches!(code, VerdictCode::NotGenuine | VerdictCode::Unreadable),
            "{length} bytes: {code:?}"
        );
    }
}

#[test]
fn what_is_appended_or_prepended_is_seen() {
    let issuer = Issuer::new(1);
    let file = issuer.sign(&small(&attachments(&issuer.token(&record()), &record())));
    for (before, after) in [
        ("", "\n"),
        ("", "%x"),
        ("", "startxref\n0\n%%EOF\n"),
        ("x", ""),
        ("%PDF-1.4\n", ""),
    ] {
        let changed = [before.as_bytes(), &file, after.as_bytes()].concat();
        let code = verdict_of(&changed, &issuer.trust()).code;
        assert!(
            matches!(code, VerdictCode::NotGenuine | VerdictCode::Unreadable),
            "{before:?} {after:?}: {code:?}"
        );
    }
    let verdict = verdict_of(&[&file, b"\n".as_slice()].concat(), &issuer.trust());
    assert_eq!(verdict.reason, Reason::DocumentChanged);

    // A further revision, as an editor writes it, that shows another page.
    let document = Document::load_mem(&file).unwrap();
    let mut editor = lopdf::IncrementalDocument::create_from(file.clone(), document);
    editor.new_document.add_object(dictionary! { "Type" => "Annot" });
    let mut changed = Vec::new();
    editor.save_to(&mut changed).unwrap();
    assert!(changed.starts_with(&file));
    let verdict = verdict_of(&changed, &issuer.trust());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DocumentChanged)
    );
}

/// The signed file with its byte range made to cover what was appended, as a forger would.
#[test]
fn a_forged_byte_range_is_seen() {
    let issuer = Issuer::new(1);
    let file = issuer.sign(&small(&attachments(&issuer.token(&record()), &record())));
    let mut longer = [&file, b"          \n".as_slice()].concat();
    let at = longer.windows(11).position(|window| window == b"/ByteRange[").unwrap() + 11;
    let end = at + longer[at..].iter().position(|&byte| byte == b']').unwrap();
    let text = String::from_utf8(longer[at..end].to_vec()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|part| part.parse().unwrap()).collect();
    let forged = format!(
        "{} {:<10} {:<10} {:<10}",
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3] + 11
    );
    assert_eq!(forged.len(), end - at);
    longer[at..end].copy_from_slice(forged.as_bytes());
    let verdict = verdict_of(&longer, &issuer.trust());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DocumentChanged)
    );

    // A range that leaves more out than the signature.
    let mut shorter = file.clone();
    let forged = format!(
        "{} {:<10} {:<10} {:<10}",
        numbers[0],
        numbers[1] - 9,
        numbers[2],
        numbers[3]
    );
    shorter[at..end].copy_from_slice(forged.as_bytes());
    assert_eq!(verdict_of(&shorter, &issuer.trust()).reason, Reason::DocumentChanged);
}

#[test]
fn a_file_without_its_signature_or_attachment_is_not_genuine() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let both = attachments(&token, &record());
    let broken = |bytes: &[u8]| match read(bytes) {
        Read::Evidence(Evidence::BrokenPdf { reason, .. }) => Some(reason),
        _ => None,
    };
    assert_eq!(broken(&small(&both)), Some(PdfProblem::Unsigned));
    let unsigned = certificates::pdf::render(&page(&record(), &token, both.clone()), issued_at()).unwrap();
    assert_eq!(broken(&unsigned), Some(PdfProblem::Unsigned));
    assert_eq!(broken(&issuer.sign(&small(&both[..1]))), Some(PdfProblem::Attachment));
    assert_eq!(broken(&issuer.sign(&small(&both[1..]))), Some(PdfProblem::Attachment));
    let twice = [both.clone(), both[..1].to_vec()].concat();
    assert_eq!(broken(&issuer.sign(&small(&twice))), Some(PdfProblem::Attachment));
    for attachment in 0..2 {
        let mut garbled = both.clone();
        garbled[attachment].bytes.pop();
        assert_eq!(broken(&issuer.sign(&small(&garbled))), Some(PdfProblem::Attachment));
    }
    let verdict = verdict_of(&small(&both), &issuer.trust());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DocumentUnsigned)
    );
    // Signed by the issuer, but not a certificate.
    assert!(matches!(read(&issuer.sign(&small(&[]))), Read::NotOurs));
}

/// The limits on both sides, and files made to be expensive.
#[test]
fn what_is_too_much_is_refused_early() {
    let issuer = Issuer::new(1);
    let file = issuer.sign(&small(&attachments(&issuer.token(&record()), &record())));
    let with = |limits: Limits| read::upload(&file, &limits);
    let is_read = |read: &Read| matches!(read, Read::Evidence(Evidence::Pdf(_)));
    let limits = Limits::default();
    assert!(is_read(&with(Limits {
        bytes_max: file.len(),
        ..limits
    })));
    let short = with(Limits {
        bytes_max: file.len() - 1,
        ..limits
    });
    assert!(matches!(short, Read::Unreadable(Advice::TooLarge)));
    assert!(is_read(&with(Limits { pages_max: 1, ..limits })));
    assert!(matches!(with(Limits { pages_max: 0, ..limits }), Read::NotOurs));
    // One entry is free, and the field stands in both revisions.
    let entries = Document::load_mem(&file).unwrap().objects.len() + 2;
    assert!(is_read(&with(Limits {
        objects_max: entries,
        ..limits
    })));
    assert!(matches!(
        with(Limits {
            objects_max: entries - 1,
            ..limits
        }),
        Read::NotOurs
    ));
    assert!(matches!(read(&[]), Read::Unreadable(Advice::Empty)));

    // One large object under ten thousand names.
    let mut costly = b"%PDF-1.7\n1 0 obj\n<</Length 2000000>>stream\n".to_vec();
    costly.resize(costly.len() + 2_000_000, b' ');
    costly.extend(b"\nendstream\nendobj\n");
    let start = costly.len();
    costly.extend(format!("xref\n0 {}\n", 9_999).into_bytes());
    for _ in 0..9_999 {
        costly.extend(b"0000000009 00000 n \n");
    }
    costly.extend(format!("trailer\n<</Size 9999/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").into_bytes());
    assert!(matches!(read(&costly), Read::NotOurs));

    // An attachment that inflates to a hundred megabytes.
    let mut bomb = Stream::new(dictionary! { "Type" => "EmbeddedFile" }, vec![0; 100_000_000]);
    bomb.compress().unwrap();
    assert!(bomb.content.len() < 200_000);
    let mut document = Document::load_mem(&small(&attachments(&issuer.token(&record()), &record()))).unwrap();
    let files: Vec<_> = document
        .objects
        .iter()
        .filter(|(_, object)| matches!(object, Object::Stream(_)))
        .map(|(id, _)| *id)
        .collect();
    document.set_object(files[0], bomb);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    assert!(!is_read(&read(&issuer.sign(&bytes))));
}

#[test]
fn other_files_are_not_ours_and_encrypted_ones_say_so() {
    assert!(matches!(read(b"%PDF-1.7\n"), Read::Unreadable(Advice::DamagedFile)));
    assert!(matches!(read(&small(&[])), Read::NotOurs));
    let mut encrypted = small(&[]);
    let at = encrypted.windows(5).rposition(|window| window == b"/Info").unwrap();
    encrypted.splice(at..at, *b"/Encrypt 3 0 R");
    assert!(matches!(read(&encrypted), Read::Unreadable(Advice::Encrypted)));
    assert!(matches!(
        read(b"\x89PNG\r\n\x1a\n and no more"),
        Read::Unreadable(Advice::DamagedFile)
    ));
    assert!(matches!(
        read(b"\xff\xd8\xff and no more"),
        Read::Unreadable(Advice::DamagedFile)
    ));
    assert!(matches!(read(b"GIF89a\x80\x00"), Read::Unreadable(Advice::WrongType)));
    assert!(matches!(read(b"PK\x03\x04\xff"), Read::Unreadable(Advice::WrongType)));
}

#[test]
fn tokens_addresses_and_numbers_are_read_from_words() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let url = token.url(HOST);
    for words in [
        url.clone(),
        url.to_lowercase(),
        token.code(),
        token.code().to_lowercase(),
        format!("  {url}\n"),
        format!("Please check {url} for me"),
    ] {
        match read::text(&words) {
            Read::Evidence(Evidence::Token(read)) => assert_eq!(read, token),
            other => panic!("{words}: {other:?}"),
        }
        assert!(matches!(read(words.as_bytes()), Read::Evidence(Evidence::Token(_))));
    }
    assert!(matches!(read(token.bytes()), Read::Evidence(Evidence::Token(_))));
    let typed = number().to_string();
    for words in [
        typed.clone(),
        typed.to_lowercase(),
        typed.replace('-', " "),
        format!("number {typed}"),
    ] {
        match read::text(&words) {
            Read::Evidence(Evidence::Number(read)) => assert_eq!(read, number()),
            other => panic!("{words}: {other:?}"),
        }
    }
    let mut wrong = typed.into_bytes();
    wrong[6] = if wrong[6] == b'2' { b'3' } else { b'2' };
    assert!(matches!(read::text(&String::from_utf8(wrong).unwrap()), Read::Mistyped));
    for words in [
        "https://shop.example/c/summer",
        "HTTPS://X.EXAMPLE/C/AAAA",
        "hello",
        "MZXW6YTB",
    ] {
        assert!(matches!(read::text(words), Read::NotOurs), "{words}");
    }
    let cut = &url[..url.len() - 20];
    assert!(matches!(read::text(cut), Read::Unreadable(Advice::DamagedCode)));
    assert!(matches!(read::text(" "), Read::Unreadable(Advice::Empty)));
    assert!(matches!(read::text(&"a ".repeat(3000)), Read::NotOurs));
    let verdict = read::text("hello").evidence(certificates::Source::Qr).unwrap_err();
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::Unreadable, Reason::NotOurs)
    );
    assert!(verdict.number.is_none() && verdict.claims.is_none());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, timeout: 0, ..Default::default() })]

    #[test]
    fn no_bytes_are_valid_by_chance(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600), head in 0usize..4) {
        let head: &[u8] = [&b""[..], b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"][head];
        let read = read(&[head, &bytes].concat());
        proptest::prop_assert!(!matches!(read, Read::Evidence(_)));
    }
}
