//! From the intent to the signed file, and again.

use std::sync::Arc;

use certificates::{Claims, Record, Token, Trust, check_before_release, pdf, read, vc};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::{
    catalogue::date_in_words,
    certificate::{Event, LogProof},
};
use jiff::Timestamp;

use super::{IssuanceError, Issuer, hex};

/// What was made and signed.
pub struct Made {
    /// The credential, COSE_Sign1.
    pub credential: Vec<u8>,
    /// SHA-256 of the PDF before its signature, lower-case hex.
    pub unsigned_digest: String,
    /// The signature over the same as a W3C credential.
    pub vc_signature: Vec<u8>,
    /// The PDF's signature.
    pub cms: Vec<u8>,
    /// The signed PDF.
    pub pdf: Vec<u8>,
}

/// The intent's facts, decoded.
struct Face {
    record: Record,
    encoded: Vec<u8>,
    salt: Vec<u8>,
    digest: [u8; 32],
    status_index: Option<u64>,
    host: String,
    contact: Option<String>,
    at: Timestamp,
}

impl Face {
    fn read(prepared: &Event) -> Result<Self, IssuanceError> {
        let Event::Prepared {
            record,
            salt,
            record_digest,
            status_index,
            host,
            contact,
            at,
            ..
        } = prepared
        else {
            return Err(IssuanceError::Stored { what: "intent" });
        };
        let (Some(record), Some(salt)) = (record.value(), salt.value()) else {
            return Err(IssuanceError::Erased);
        };
        let bytes = |text: &str, what| {
            BASE64URL_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| IssuanceError::Stored { what })
        };
        let (encoded, salt) = (bytes(record, "record")?, bytes(salt, "salt")?);
        let digest = certificates::record_digest(&encoded, &salt);
        if HEXLOWER.encode(&digest) != *record_digest {
            return Err(IssuanceError::Stored { what: "record digest" });
        }
        Ok(Self {
            record: Record::decode(&encoded).map_err(IssuanceError::Record)?,
            encoded,
            salt,
            digest,
            status_index: *status_index,
            host: host.clone(),
            contact: contact.clone(),
            at: *at,
        })
    }

    fn intent(&self) -> pdf::Intent {
        pdf::Intent {
            at: self.at,
            reason: format!("Certificate {}", self.record.number),
        }
    }

    fn vc_contents<'a>(&'a self, credential: &'a Token) -> vc::Contents<'a> {
        vc::Contents {
            record: &self.encoded,
            salt: &self.salt,
            token: credential,
            host: &self.host,
        }
    }

    /// Signs the same as a W3C credential, and reads it back as a verifier would.
    fn vc_signature(&self, issuer: &Issuer, credential: &Token) -> Result<Vec<u8>, IssuanceError> {
        let vc = vc::Vc::sign(&self.vc_contents(credential), &*issuer.credential).map_err(IssuanceError::Vc)?;
        let same = vc.record() == self.encoded && vc.salt() == self.salt && vc.token() == credential;
        if !same || vc.verify(&issuer.directory).is_err() {
            return Err(IssuanceError::Check("vc".to_owned()));
        }
        Ok(vc.signature().to_vec())
    }

    fn unsigned(&self, credential: &[u8], proof: Option<&LogProof>) -> Result<Vec<u8>, IssuanceError> {
        let credential = Token::from_bytes(credential).map_err(IssuanceError::Credential)?;
        pdf::render(&self.page(&credential, proof)?, self.at).map_err(IssuanceError::Pdf)
    }

    /// The page, with the credential on it.
    fn page(&self, credential: &Token, proof: Option<&LogProof>) -> Result<pdf::Page, IssuanceError> {
        let record = &self.record;
        let url = credential.url(&self.host);
        let qr = certificates::qr::encode(&url).map_err(IssuanceError::Qr)?;
        let mut document_id = [0; 16];
        document_id.copy_from_slice(self.digest.first_chunk::<16>().unwrap_or(&[0; 16]));
        Ok(pdf::Page {
            document_id,
            title: record.title.clone(),
            statement: record.statement.clone(),
            rows: record
                .fields
                .iter()
                .map(|field| pdf::Row {
                    label: field.label.clone(),
                    en: field.value.en.clone(),
                    hi: field.value.hi.clone(),
                })
                .collect(),
            number: record.number.to_string(),
            issued_on: date_in_words(record.issued_on),
            valid_until: record
                .expires_on
                .map_or_else(|| pdf::no_end(&record.layout), date_in_words),
            department: record.issuer.clone(),
            office: record.office.clone(),
            officer: record.officer.clone(),
            host: self.host.clone(),
            whatsapp: self.contact.clone(),
            token_url: url,
            qr: pdf::Qr {
                side: qr.side,
                dark: qr.dark,
            },
            // One that is too long for a symbol is still in the address; the longest names make such.
            wallet: wallet(credential)?,
            short_code: record.number.to_string(),
            layout: record.layout.clone(),
            demo: record.demo,
            attachments: self.attachments(credential, proof),
        })
    }

    /// What the file proves itself with.
    fn attachments(&self, credential: &Token, proof: Option<&LogProof>) -> Vec<pdf::Attachment> {
        let file = |name: &str, mime: &str, description: &str, bytes: Vec<u8>| pdf::Attachment {
            name: name.to_owned(),
            mime: mime.to_owned(),
            description: description.to_owned(),
            bytes,
        };
        let record = certificates::record_attachment(&self.encoded, &self.salt);
        let mut files = vec![
            file(
                read::CREDENTIAL,
                "application/cose",
                "The QR code's credential (COSE_Sign1)",
                credential.bytes().to_vec(),
            ),
            file(read::RECORD, "application/cbor", "The record and its salt", record),
        ];
        if let Some(proof) = proof {
            let words = |text: &str| text.as_bytes().to_vec();
            files.extend([
                file(
                    read::PROOF,
                    "text/plain",
                    "Proof of the public log",
                    words(&proof.proof),
                ),
                file(read::ENTRY, "application/json", "The log's entry", words(&proof.entry)),
                file(read::POLICY, "text/plain", "Log and witnesses", words(&proof.policy)),
            ]);
        }
        files
    }
}

/// The credential's symbol for wallets, unless it needs a larger one than is printed.
fn wallet(credential: &Token) -> Result<Option<pdf::Qr>, IssuanceError> {
    let text = credential.to_claim_169().map_err(IssuanceError::Credential)?;
    match certificates::qr::encode(&text) {
        Ok(certificates::Qr { side, dark, .. }) => Ok(Some(pdf::Qr { side, dark })),
        Err(certificates::QrError::TooLong) => Ok(None),
        Err(error) => Err(IssuanceError::Qr(error)),
    }
}

/// Signs what the intent says, checks it as a verifier would, and hands it over.
pub(super) fn make(issuer: &Issuer, prepared: &Event, position: u64, proof: &LogProof) -> Result<Made, IssuanceError> {
    let drawn = Drawn::new(issuer, prepared, position, proof)?;
    drawn.finish(issuer, drawn.sign(issuer, 0)?, None, &[])
}

/// The file of an intent, with its credential, before its signature.
pub(super) struct Drawn {
    credential: Token,
    vc_signature: Vec<u8>,
    unsigned: Vec<u8>,
    intent: pdf::Intent,
}

impl Drawn {
    pub(super) fn new(
        issuer: &Issuer,
        prepared: &Event,
        position: u64,
        proof: &LogProof,
    ) -> Result<Arc<Self>, IssuanceError> {
        let face = Face::read(prepared)?;
        let claims = Claims::of(&face.record, &face.digest, position, face.status_index);
        let credential = Token::sign(&claims, &face.host, &*issuer.credential).map_err(IssuanceError::Credential)?;
        let page = face.page(&credential, Some(proof))?;
        Ok(Arc::new(Self {
            unsigned: pdf::render(&page, face.at).map_err(IssuanceError::Pdf)?,
            intent: face.intent(),
            vc_signature: face.vc_signature(issuer, &credential)?,
            credential,
        }))
    }

    /// Signs it, and leaves room for a time stamp of so many bytes.
    pub(super) fn sign(&self, issuer: &Issuer, stamp_bytes: usize) -> Result<pdf::Unstamped, IssuanceError> {
        pdf::begin(
            &self.unsigned,
            &*issuer.pdf,
            &issuer.pdf_certificates,
            &self.intent,
            stamp_bytes,
        )
        .map_err(IssuanceError::Signature)
    }

    /// Writes the signature, checks the file as a verifier would who trusts these roots for time stamps, and hands it over.
    pub(super) fn finish(
        &self,
        issuer: &Issuer,
        signed: pdf::Unstamped,
        stamp: Option<(&[u8], Timestamp)>,
        roots: &[Vec<u8>],
    ) -> Result<Made, IssuanceError> {
        let signed = signed
            .finish(stamp.map(|(token, _)| token))
            .map_err(IssuanceError::Signature)?;
        let trust = Trust {
            time_authorities: roots.to_vec(),
            ..Trust::new(issuer.directory.clone())
        };
        let stamped_at = stamp.map(|(_, at)| at);
        check_before_release(&signed.bytes, &self.credential, &trust, self.intent.at, stamped_at)
            .map_err(|reason| IssuanceError::Check(reason.to_owned()))?;
        Ok(Made {
            vc_signature: self.vc_signature.clone(),
            credential: self.credential.bytes().to_vec(),
            unsigned_digest: hex(&self.unsigned),
            cms: signed.cms,
            pdf: signed.bytes,
        })
    }
}

/// The file again, from the intent, the credential and the signature that were kept.
pub(super) fn again(
    prepared: &Event,
    credential: &[u8],
    proof: Option<&LogProof>,
    cms: &[u8],
) -> Result<Vec<u8>, IssuanceError> {
    let face = Face::read(prepared)?;
    let unsigned = face.unsigned(credential, proof)?;
    pdf::embed(&unsigned, cms, &face.intent()).map_err(IssuanceError::Signature)
}

/// The W3C credential again, from the intent, the credential and the signature that were kept.
pub(super) fn vc_again(prepared: &Event, credential: &[u8], signature: &[u8]) -> Result<vc::Vc, IssuanceError> {
    let face = Face::read(prepared)?;
    let credential = Token::from_bytes(credential).map_err(IssuanceError::Credential)?;
    vc::Vc::again(&face.vc_contents(&credential), signature).map_err(IssuanceError::Vc)
}

/// The file before its signature.
pub(super) fn unsigned(prepared: &Event, credential: &[u8], proof: &LogProof) -> Result<Vec<u8>, IssuanceError> {
    Face::read(prepared)?.unsigned(credential, Some(proof))
}

/// The lines that are printed.
pub(super) fn lines(prepared: &Event, credential: &[u8]) -> Result<Vec<String>, IssuanceError> {
    let credential = Token::from_bytes(credential).map_err(IssuanceError::Credential)?;
    pdf::text_lines(&Face::read(prepared)?.page(&credential, None)?).map_err(IssuanceError::Pdf)
}
