//! Signed files that somebody changed, by P-256 and by RSA. Whatever is changed, the verdict is never `valid`, even where the
//! register knows no digest of the file and everything else about it is in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../examples/pdf/samples.rs"]
#[expect(dead_code, reason = "only some are taken")]
mod samples;
#[path = "../verify/world.rs"]
#[expect(dead_code, reason = "only some is taken")]
mod world;

use std::collections::BTreeMap;

use certificates::pdf::{self, Attachment, Row};
use certificates::{Reason, Record, Trust, Verdict, VerdictCode};
use keys::{KeyDirectory, PublicKeyEntry, Purpose, RsaSigner, SeededEntropy, Signer, demo_certificates};
use lopdf::{Dictionary, Document, IncrementalDocument, Object, Stream, dictionary};
use sha2::{Digest as _, Sha256};
use world::{Issuer, attachments, intent, issued_at, page, record, verdict_of};

const RSA_SIGNER: &[u8] = include_bytes!("../../../keys/tests/vectors/rsa/signer.pk8");
const RSA_AUTHORITY: &[u8] = include_bytes!("../../../keys/tests/vectors/rsa/authority.pk8");
/// The RSA signature repeats exactly, so the whole file does.
const RSA_FILE: &str = "48c40267975f3698edc89fa81ea7f604207e2cfdb555dafa518fe90ca8522a39";

/// A signer of PDFs with its chain, and the trust in it.
struct Hand {
    signer: Box<dyn Signer>,
    chain: Vec<Vec<u8>>,
    trust: Trust,
}

/// The issuer's credentials with an RSA key for PDFs.
fn rsa(issuer: &Issuer) -> Hand {
    let signer = RsaSigner::from_pkcs8(Purpose::Pdf, RSA_SIGNER).unwrap();
    let authority = RsaSigner::from_pkcs8(Purpose::Authority, RSA_AUTHORITY).unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let made = demo_certificates(&authority, signer.public_key(), "Sample", begin, &SeededEntropy::new(5)).unwrap();
    let directory = issuer.directory();
    let credential = issuer.keys.signer(Purpose::Credential).unwrap();
    let entry = |purpose, public_key: &keys::PublicKey| PublicKeyEntry {
        purpose,
        public_key: public_key.clone(),
        not_before: begin,
        not_after: None,
        demo: false,
        compromised: None,
    };
    let entries = vec![
        entry(Purpose::Credential, credential.public_key()),
        entry(Purpose::Pdf, signer.public_key()),
    ];
    let authorities = vec![made.authority.clone()];
    let directory = KeyDirectory::try_new(
        directory.issuer().to_owned(),
        entries,
        authorities,
        made.signing.clone(),
    )
    .unwrap();
    // A directory with this key is published and read like any other.
    let json = directory.to_json().unwrap();
    assert_eq!(KeyDirectory::from_json(json.as_bytes()).unwrap(), directory);
    Hand {
        signer: Box::new(signer),
        chain: vec![made.signing, made.authority],
        trust: Trust::new(directory),
    }
}

fn p256(issuer: &Issuer) -> Hand {
    struct Shared(std::sync::Arc<dyn Signer>);
    impl Signer for Shared {
        fn purpose(&self) -> Purpose {
            self.0.purpose()
        }
        fn public_key(&self) -> &keys::PublicKey {
            self.0.public_key()
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, keys::SignError> {
            self.0.sign(message)
        }
    }
    Hand {
        signer: Box::new(Shared(issuer.keys.signer(Purpose::Pdf).unwrap())),
        chain: issuer.chain(),
        trust: issuer.trust(),
    }
}

impl Hand {
    fn sign(&self, unsigned: &[u8]) -> Vec<u8> {
        let signed = pdf::sign(unsigned, &*self.signer, &self.chain, &intent()).unwrap();
        assert_eq!(pdf::embed(unsigned, &signed.cms, &intent()).unwrap(), signed.bytes);
        signed.bytes
    }

    fn certificate(&self, issuer: &Issuer, record: &Record) -> Vec<u8> {
        self.sign(&unsigned(issuer, record))
    }

    fn verdict(&self, file: &[u8]) -> Verdict {
        verdict_of(file, &self.trust)
    }
}

fn unsigned(issuer: &Issuer, record: &Record) -> Vec<u8> {
    let token = issuer.token(record);
    pdf::render(&page(record, &token, attachments(&token, record)), issued_at()).unwrap()
}

/// Another certificate of the same issuer.
fn other() -> Record {
    Record {
        number: domain::CertificateNumber::from_random("OB", 0x2345_6789_abcd).unwrap(),
        ..record()
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn chance(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) % u64::try_from(below).unwrap()).unwrap()
}

/// `PRAMAN_TEST_CAMPAIGN` says how many, half of each kind; 100 by default.
#[test]
fn of_many_changed_bytes_none_is_valid() {
    let count: usize = std::env::var("PRAMAN_TEST_CAMPAIGN").map_or(100, |count| count.parse().unwrap());
    let issuer = Issuer::new(1);
    for (hand, name) in [(p256(&issuer), "P-256"), (rsa(&issuer), "RSA")] {
        let file = hand.certificate(&issuer, &record());
        assert_eq!(hand.verdict(&file).code, VerdictCode::Valid);
        let mut state = 7;
        let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..count / 2 {
            let place = chance(&mut state, file.len());
            let mut spoiled = file.clone();
            spoiled[place] ^= u8::try_from(1 + chance(&mut state, 255)).unwrap();
            let verdict = hand.verdict(&spoiled);
            assert!(
                matches!(verdict.code, VerdictCode::NotGenuine | VerdictCode::Unreadable),
                "{name}, byte {place} as {:#04x}: {:?}",
                spoiled[place],
                verdict.code
            );
            *verdicts.entry(verdict.reason.code()).or_default() += 1;
        }
        println!("{name}: {} changed bytes of {}: {verdicts:?}", count / 2, file.len());
    }
}

#[test]
fn a_file_signed_with_rsa_is_valid_and_repeats() {
    let issuer = Issuer::new(1);
    let hand = rsa(&issuer);
    let file = hand.certificate(&issuer, &record());
    let verdict = hand.verdict(&file);
    assert_eq!((verdict.code, verdict.reason), (VerdictCode::Valid, Reason::Holds));
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&file));
    assert_eq!(digest, RSA_FILE);
    // Who trusts the other key alone does not know this signer, and the other way round.
    let stranger = verdict_of(&file, &issuer.trust());
    assert_eq!(stranger.reason, Reason::DocumentSignerUnknown);
    let stranger = hand.verdict(&p256(&issuer).certificate(&issuer, &record()));
    assert_eq!(stranger.reason, Reason::DocumentSignerUnknown);
    // A key and a certificate of two kinds are no pair.
    let mixed = pdf::sign(&unsigned(&issuer, &record()), &*hand.signer, &issuer.chain(), &intent());
    assert!(matches!(mixed, Err(pdf::SignatureError::Key)));
}

/// A later revision that draws over the page, as any editor can append one.
#[test]
fn text_laid_over_the_page_is_seen() {
    let issuer = Issuer::new(1);
    for hand in [p256(&issuer), rsa(&issuer)] {
        let file = hand.certificate(&issuer, &record());
        let overlaid = overlay(&file);
        assert!(overlaid.starts_with(&file));
        let verdict = hand.verdict(&overlaid);
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::NotGenuine, Reason::DocumentChanged)
        );
    }
}

fn overlay(file: &[u8]) -> Vec<u8> {
    let document = Document::load_mem(file).unwrap();
    let first = document.page_iter().next().unwrap();
    let mut editor = IncrementalDocument::create_from(file.to_vec(), document);
    let drawing = b"q 1 1 1 rg 200 560 300 20 re f Q BT /F1 11 Tf 204 565 Td <0001000200030004> Tj ET".to_vec();
    let drawing = editor.new_document.add_object(Stream::new(dictionary! {}, drawing));
    let old = editor.get_prev_documents().get_dictionary(first).unwrap().clone();
    let mut page: Dictionary = old.clone();
    let before = old.get(b"Contents").unwrap().clone();
    let mut contents = match before {
        Object::Array(list) => list,
        one => vec![one],
    };
    contents.push(drawing.into());
    page.set("Contents", contents);
    editor.new_document.set_object(first, page);
    let mut changed = Vec::new();
    editor.save_to(&mut changed).unwrap();
    changed
}

/// What belongs to another certificate, put into this one: by an editor who leaves the signature, and by one who signs anew
/// with an authority of their own making.
#[test]
fn another_certificates_attachment_or_symbol_is_seen() {
    let issuer = Issuer::new(1);
    let forger = Issuer::new(2);
    for hand in [p256(&issuer), rsa(&issuer)] {
        let file = hand.certificate(&issuer, &record());
        let theirs = unsigned(&issuer, &other());
        for what in [b"certificate.cose".as_slice(), b"record.cbor", b"code"] {
            let forged = transplant(&file, &theirs, what);
            let verdict = hand.verdict(&forged);
            let name = String::from_utf8_lossy(what);
            assert_eq!(verdict.code, VerdictCode::NotGenuine, "{name}: {:?}", verdict.reason);

            let forged = transplant(&unsigned(&issuer, &record()), &theirs, what);
            let verdict = hand.verdict(&forger.sign(&forged));
            assert_eq!(verdict.code, VerdictCode::NotGenuine, "{name}: {:?}", verdict.reason);
        }
        // The issuer itself would have to mix them up: credential and record then disagree.
        let token = issuer.token(&record());
        let [credential, _] = pair(attachments(&token, &record()));
        let [_, record_file] = pair(attachments(&issuer.token(&other()), &other()));
        let mut mixed = page(&record(), &token, vec![credential, record_file]);
        let signed = hand.sign(&pdf::render(&mixed, issued_at()).unwrap());
        assert_eq!(hand.verdict(&signed).reason, Reason::DigestMismatch);
        // Another row on the page: the forger's signature is nobody's.
        mixed.rows.push(Row {
            label: domain::Bilingual::new("Remark", "टिप्पणी"),
            en: Some("Also valid elsewhere".to_owned()),
            hi: None,
        });
        mixed.attachments = attachments(&token, &record());
        let forged = forger.sign(&pdf::render(&mixed, issued_at()).unwrap());
        assert_eq!(hand.verdict(&forged).reason, Reason::DocumentSignerUnknown);
    }
}

fn pair(list: Vec<Attachment>) -> [Attachment; 2] {
    <[Attachment; 2]>::try_from(list).unwrap()
}

/// The file with one stream replaced by that of another file: an attachment, or the picture of the code.
fn transplant(file: &[u8], from: &[u8], what: &[u8]) -> Vec<u8> {
    let theirs = Document::load_mem(from).unwrap();
    let stream = theirs.get_object(place(&theirs, what)).unwrap().clone();
    let mut document = Document::load_mem(file).unwrap();
    let own = place(&document, what);
    assert_ne!(document.get_object(own).unwrap(), &stream);
    document.set_object(own, stream);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes.push(b'\n');
    bytes
}

fn place(document: &Document, what: &[u8]) -> lopdf::ObjectId {
    let found = document.objects.iter().find_map(|(id, object)| match object {
        Object::Stream(stream) if what == b"code" => stream.dict.has(b"ImageMask").then_some(*id),
        Object::Dictionary(dictionary) if dictionary.has_type(b"Filespec") => {
            let name = dictionary.get(b"UF").and_then(Object::as_str).ok()?;
            let file = dictionary.get(b"EF").and_then(Object::as_dict).ok()?.get(b"F").ok()?;
            (name == what).then_some(file.as_reference().ok()?)
        }
        _ => None,
    });
    found.unwrap()
}
