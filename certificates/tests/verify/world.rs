//! An issuer, what it issues, and the register's word about it.

use certificates::pdf::{self, Attachment, Intent, Page, Qr, Row};
use certificates::read::Read;
use certificates::{
    Claims, Evidence, Logged, Printed, Record, RecordField, SALT_BYTES, Standing, State, StatusAnswer, Token, Trust,
    Verdict, record_attachment, record_digest, verify,
};
use domain::catalogue::date_in_words;
use domain::{Bilingual, CertificateNumber};
use jiff::Timestamp;
use jiff::civil::Date;
use keys::{KeyDirectory, KeyStore, Purpose, SeededEntropy};
use lopdf::{Document, Object, Stream, StringFormat, dictionary};
use sha2::{Digest as _, Sha256};

use crate::samples;

pub(crate) const HOST: &str = "verify.sample.example";

/// When everything is issued: in the middle of the day, in India and elsewhere.
pub(crate) fn issued_at() -> Timestamp {
    "2026-11-22T06:30:00Z".parse().unwrap()
}

/// A day later, the register's answer an hour old.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T06:30:00Z".parse().unwrap()
}

pub(crate) fn hour_ago() -> Timestamp {
    "2026-11-23T05:30:00Z".parse().unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) struct Issuer {
    pub(crate) keys: KeyStore,
}

impl Issuer {
    pub(crate) fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let begin = "2026-01-01T00:00:00Z".parse().unwrap();
        let path = folder.path().join("keys.json");
        // Only a demonstration's store makes its own PDF authority.
        let entropy = SeededEntropy::new(seed);
        let keys = KeyStore::create(&path, "sample", &entropy, true, begin, "Sample Municipal Corporation").unwrap();
        Self { keys }
    }

    /// The directory without the mark of a demonstration.
    pub(crate) fn directory(&self) -> KeyDirectory {
        let json = self
            .keys
            .directory()
            .to_json()
            .unwrap()
            .replace("\"demo\": true", "\"demo\": false");
        KeyDirectory::from_json(json.as_bytes()).unwrap()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(self.directory())
    }

    /// Signing certificates, the PDF key's own first.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        let directory = self.keys.directory();
        let mut chain = vec![directory.pdf_signing_certificate().to_vec()];
        chain.extend(directory.pdf_authority().iter().cloned());
        chain
    }

    pub(crate) fn token(&self, record: &Record) -> Token {
        let digest = record_digest(&record.encode().unwrap(), &SALT);
        let claims = Claims::of(record, &digest, 4711, Some(301));
        Token::sign(&claims, HOST, &*self.keys.signer(Purpose::Credential).unwrap()).unwrap()
    }

    /// The real file.
    pub(crate) fn certificate(&self, record: &Record) -> Vec<u8> {
        let token = self.token(record);
        let page = page(record, &token, attachments(&token, record));
        self.sign(&pdf::render(&page, issued_at()).unwrap())
    }

    pub(crate) fn sign(&self, unsigned: &[u8]) -> Vec<u8> {
        pdf::sign(
            unsigned,
            &*self.keys.signer(Purpose::Pdf).unwrap(),
            &self.chain(),
            &intent(),
        )
        .unwrap()
        .bytes
    }
}

pub(crate) const SALT: [u8; SALT_BYTES] = *b"0123456789abcdef";

pub(crate) fn intent() -> Intent {
    Intent {
        at: issued_at(),
        reason: "Certificate".to_owned(),
    }
}

pub(crate) fn number() -> CertificateNumber {
    CertificateNumber::from_random("OB", 0x1234_5678_9abc).unwrap()
}

pub(crate) fn record() -> Record {
    let both = |en: &str, hi: &str| Printed {
        en: Some(en.to_owned()),
        hi: Some(hi.to_owned()),
    };
    Record {
        number: number(),
        service: "caste_obc".to_owned(),
        title: Bilingual::new("Caste Certificate", "जाति प्रमाण पत्र"),
        statement: Bilingual::new("This is to certify the following.", "प्रमाणित किया जाता है।"),
        name: both("Sample Applicant", "नमूना आवेदक"),
        guardian: Some(both("Sample Father", "नमूना पिता")),
        born: Some(day("2001-02-28")),
        particular: Some(both("Sample Community", "नमूना समुदाय")),
        fields: vec![RecordField {
            code: "district".to_owned(),
            label: Bilingual::new("District", "ज़िला"),
            value: both("North West", "उत्तर पश्चिम"),
        }],
        issued_on: day("2026-11-22"),
        expires_on: Some(day("2027-11-21")),
        issuer: Bilingual::new("Sample Revenue Office", "नमूना राजस्व कार्यालय"),
        office: Bilingual::new("Sample Sub-Division", "नमूना उप-मंडल"),
        officer: Bilingual::new("Tehsildar", "तहसीलदार"),
        layout: "praman-certificate-1".to_owned(),
        demo: false,
    }
}

pub(crate) fn attachments(token: &Token, record: &Record) -> Vec<Attachment> {
    let file = |name: &str, bytes: Vec<u8>| Attachment {
        name: name.to_owned(),
        mime: "application/octet-stream".to_owned(),
        description: name.to_owned(),
        bytes,
    };
    vec![
        file("certificate.cose", token.bytes().to_vec()),
        file("record.cbor", record_attachment(&record.encode().unwrap(), &SALT)),
    ]
}

pub(crate) fn page(record: &Record, token: &Token, attachments: Vec<Attachment>) -> Page {
    let url = token.url(HOST);
    let qr = certificates::qr::encode(&url).unwrap();
    Page {
        token_url: url,
        qr: Qr {
            side: qr.side,
            dark: qr.dark,
        },
        wallet: Some(wallet(token)),
        number: record.number.to_string(),
        short_code: record.number.to_string(),
        title: record.title.clone(),
        statement: record.statement.clone(),
        rows: record
            .fields
            .iter()
            .map(|field| Row {
                label: field.label.clone(),
                en: field.value.en.clone(),
                hi: field.value.hi.clone(),
            })
            .collect(),
        issued_on: date_in_words(record.issued_on),
        valid_until: record
            .expires_on
            .map_or_else(|| pdf::no_end(&record.layout), date_in_words),
        department: record.issuer.clone(),
        office: record.office.clone(),
        officer: record.officer.clone(),
        attachments,
        ..samples::short()
    }
}

/// The symbol for wallets.
fn wallet(token: &Token) -> Qr {
    let symbol = certificates::qr::encode(&token.to_claim_169().unwrap()).unwrap();
    Qr {
        side: symbol.side,
        dark: symbol.dark,
    }
}

/// A file with attachments and an empty signature field and nothing else: small enough to spoil every byte of it.
pub(crate) fn small(attachments: &[Attachment]) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    document.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "MediaBox" => vec![Object::from(0), 0.into(), 9.into(), 9.into()],
    });
    document.set_object(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => vec![Object::from(page)], "Count" => 1 },
    );
    let field = document.add_object(dictionary! { "FT" => "Sig", "T" => Object::string_literal("S") });
    let mut names = Vec::new();
    for attachment in attachments {
        let kind = dictionary! { "Type" => "EmbeddedFile" };
        let file = document.add_object(Stream::new(kind, attachment.bytes.clone()));
        let specification = document.add_object(dictionary! {
            "Type" => "Filespec", "F" => Object::string_literal(attachment.name.as_str()),
            "EF" => dictionary! { "F" => file },
        });
        names.extend([Object::string_literal(attachment.name.as_str()), specification.into()]);
    }
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => pages,
        "AcroForm" => dictionary! { "Fields" => vec![Object::from(field)], "SigFlags" => 3 },
        "Names" => dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } },
    });
    let information = document.add_object(dictionary! { "Producer" => Object::string_literal("test") });
    document.trailer.set("Root", catalog);
    document.trailer.set("Info", information);
    let id = Object::String(b"0123456789abcdef".to_vec(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes.push(b'\n');
    bytes
}

/// The register's answer: it holds.
pub(crate) fn standing() -> Standing {
    Standing {
        state: State::Active,
        as_of: hour_ago(),
        issued_on: None,
        expires_on: None,
        holds: Some(vec![]),
        pdf_digest: None,
        credential_digest: None,
        log: Logged::NotAsked,
        demo: false,
    }
}

pub(crate) fn active() -> StatusAnswer {
    StatusAnswer::Known(standing())
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn read(bytes: &[u8]) -> Read {
    certificates::read::upload(bytes, &certificates::read::Limits::default())
}

/// The verdict on a file, with the register saying that it holds.
pub(crate) fn verdict_of(bytes: &[u8], trust: &Trust) -> Verdict {
    match read(bytes).evidence(certificates::Source::Pdf) {
        Ok(evidence) => verify(&evidence, trust, &active(), now()),
        Err(verdict) => *verdict,
    }
}

pub(crate) fn evidence(bytes: &[u8]) -> Evidence {
    match read(bytes) {
        Read::Evidence(evidence) => evidence,
        other => panic!("no evidence: {other:?}"),
    }
}
