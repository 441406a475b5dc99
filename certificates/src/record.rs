//! The record: every field of a certificate, as deterministic CBOR with a salted digest. The credential in the QR carries
//! the first 16 bytes of the digest; the PDF carries record and salt, so its fields are proven.

use domain::{Bilingual, CertificateNumber, catalogue::Printed};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::cbor::{CborError, Value};

/// Length of the salt in bytes.
pub const SALT_BYTES: usize = 16;
/// A record may have at most so many bytes.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Everything that a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub number: CertificateNumber,
    /// The service's code.
    pub service: String,
    /// The heading.
    pub title: Bilingual,
    /// The certifying sentence.
    pub statement: Bilingual,
    /// The name of whom it is about.
    pub name: Printed,
    /// A parent's or spouse's name.
    pub guardian: Option<Printed>,
    /// The date of birth, where the QR must carry it.
    pub born: Option<Date>,
    /// The one other particular that the QR carries.
    pub particular: Option<Printed>,
    /// The rows of the table, in printed order.
    pub fields: Vec<RecordField>,
    /// The day of issue.
    pub issued_on: Date,
    /// The last day on which it holds, if it ends.
    pub expires_on: Option<Date>,
    /// The department.
    pub issuer: Bilingual,
    /// The office.
    pub office: Bilingual,
    /// The designation of the officer who approved.
    pub officer: Bilingual,
    /// Layout and its version.
    pub layout: String,
    /// Made with demonstration keys.
    pub demo: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordField {
    /// The field's code.
    pub code: String,
    /// What it is called.
    pub label: Bilingual,
    /// What it says.
    pub value: Printed,
}

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not deterministic CBOR.
    #[error("the record is not deterministic CBOR")]
    Cbor(#[from] CborError),
    /// A part is missing or of the wrong kind.
    #[error("the record's {0} is missing or of the wrong kind")]
    Part(&'static str),
    /// Too long.
    #[error("the record has more than {RECORD_BYTES_MAX} bytes")]
    TooLong,
}

// Keys of the record's map. They are in every issued PDF: never reuse one.
const VERSION: i64 = 1;
const NUMBER: i64 = 2;
const SERVICE: i64 = 3;
const TITLE: i64 = 4;
const STATEMENT: i64 = 5;
const NAME: i64 = 6;
const GUARDIAN: i64 = 7;
const BORN: i64 = 8;
const PARTICULAR: i64 = 9;
const FIELDS: i64 = 10;
const ISSUED_ON: i64 = 11;
const EXPIRES_ON: i64 = 12;
const ISSUER: i64 = 13;
const OFFICE: i64 = 14;
const OFFICER: i64 = 15;
const LAYOUT: i64 = 16;
const DEMO: i64 = 17;

impl Record {
    /// The record's bytes.
    ///
    /// # Errors
    /// [`RecordError::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let mut map = vec![
            (VERSION, Value::Int(1)),
            (NUMBER, Value::text(self.number.to_string())),
            (SERVICE, Value::text(&self.service)),
            (TITLE, bilingual(&self.title)),
            (STATEMENT, bilingual(&self.statement)),
            (NAME, printed(&self.name)),
            (
                FIELDS,
                Value::Array(self.fields.iter().map(RecordField::value).collect()),
            ),
            (ISSUED_ON, Value::text(self.issued_on.to_string())),
            (ISSUER, bilingual(&self.issuer)),
            (OFFICE, bilingual(&self.office)),
            (OFFICER, bilingual(&self.officer)),
            (LAYOUT, Value::text(&self.layout)),
            (DEMO, Value::Bool(self.demo)),
        ];
        map.extend(self.guardian.as_ref().map(|p| (GUARDIAN, printed(p))));
        map.extend(self.born.map(|date| (BORN, Value::text(date.to_string()))));
        map.extend(self.particular.as_ref().map(|p| (PARTICULAR, printed(p))));
        map.extend(self.expires_on.map(|date| (EXPIRES_ON, Value::text(date.to_string()))));
        let bytes = Value::Map(map.into_iter().map(|(k, v)| (Value::Int(k), v)).collect()).encode();
        if bytes.len() > RECORD_BYTES_MAX {
            Err(RecordError::TooLong)
        } else {
            Ok(bytes)
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        let map = Value::decode(bytes)?;
        let text = |key, part| map.get(key).and_then(Value::as_text).ok_or(RecordError::Part(part));
        let two = |key, part| map.get(key).and_then(read_bilingual).ok_or(RecordError::Part(part));
        let maybe = |key, part| match map.get(key) {
            Some(value) => read_printed(value).map(Some).ok_or(RecordError::Part(part)),
            None => Ok(None),
        };
        let date = |key, part| match map.get(key) {
            Some(value) => read_date(value).map(Some).ok_or(RecordError::Part(part)),
            None => Ok(None),
        };
        if map.get(VERSION).and_then(Value::as_int) != Some(1) {
            return Err(RecordError::Part("version"));
        }
        let Some(Value::Array(rows)) = map.get(FIELDS) else {
            return Err(RecordError::Part("fields"));
        };
        Ok(Self {
            number: read_number(text(NUMBER, "number")?).ok_or(RecordError::Part("number"))?,
            service: text(SERVICE, "service")?.to_owned(),
            title: two(TITLE, "title")?,
            statement: two(STATEMENT, "statement")?,
            name: maybe(NAME, "name")?.ok_or(RecordError::Part("name"))?,
            guardian: maybe(GUARDIAN, "guardian")?,
            born: date(BORN, "date of birth")?,
            particular: maybe(PARTICULAR, "particular")?,
            fields: rows
                .iter()
                .map(|row| RecordField::read(row).ok_or(RecordError::Part("fields")))
                .collect::<Result<_, _>>()?,
            issued_on: date(ISSUED_ON, "day of issue")?.ok_or(RecordError::Part("day of issue"))?,
            expires_on: date(EXPIRES_ON, "last day")?,
            issuer: two(ISSUER, "issuer")?,
            office: two(OFFICE, "office")?,
            officer: two(OFFICER, "officer")?,
            layout: text(LAYOUT, "layout")?.to_owned(),
            demo: match map.get(DEMO) {
                Some(Value::Bool(demo)) => *demo,
                _ => return Err(RecordError::Part("demo mark")),
            },
        })
    }
}

impl RecordField {
    fn value(&self) -> Value {
        Value::Array(vec![
            Value::text(&self.code),
            bilingual(&self.label),
            printed(&self.value),
        ])
    }

    fn read(value: &Value) -> Option<Self> {
        let Value::Array(parts) = value else { return None };
        let [code, label, value] = parts.as_slice() else {
            return None;
        };
        Some(Self {
            code: code.as_text()?.to_owned(),
            label: read_bilingual(label)?,
            value: read_printed(value)?,
        })
    }
}

fn bilingual(text: &Bilingual) -> Value {
    Value::Array(vec![Value::text(&text.en), Value::text(&text.hi)])
}

fn read_bilingual(value: &Value) -> Option<Bilingual> {
    let Value::Array(parts) = value else { return None };
    let [en, hi] = parts.as_slice() else { return None };
    Some(Bilingual::new(en.as_text()?, hi.as_text()?))
}

/// A map with `en`, `hi` or both.
fn printed(text: &Printed) -> Value {
    let mut pairs = vec![];
    pairs.extend(text.en.as_ref().map(|en| (Value::text("en"), Value::text(en))));
    pairs.extend(text.hi.as_ref().map(|hi| (Value::text("hi"), Value::text(hi))));
    Value::Map(pairs)
}

fn read_printed(value: &Value) -> Option<Printed> {
    let Value::Map(pairs) = value else { return None };
    let mut printed = Printed::default();
    for pair in pairs {
        match pair {
            (Value::Text(language), Value::Text(text)) if language == "en" => printed.en = Some(text.clone()),
            (Value::Text(language), Value::Text(text)) if language == "hi" => printed.hi = Some(text.clone()),
            _ => return None,
        }
    }
    Some(printed)
}

/// A number in the one way that we write it: people may type it in others.
fn read_number(text: &str) -> Option<CertificateNumber> {
    let number: CertificateNumber = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A date in the one way that we write it: the parser would also take a date with a time.
fn read_date(value: &Value) -> Option<Date> {
    let text = value.as_text()?;
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

/// SHA-256 over a record's bytes and its salt: a record alone could be guessed from a name and a date.
#[must_use]
pub fn record_digest(record: &[u8], salt: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(record);
    hash.update(salt);
    hash.finalize().into()
}

/// The file `record.cbor` inside a PDF: record and salt, each as a byte string.
#[must_use]
pub fn record_attachment(record: &[u8], salt: &[u8]) -> Vec<u8> {
    Value::Array(vec![Value::Bytes(record.to_vec()), Value::Bytes(salt.to_vec())]).encode()
}

/// Takes [`record_attachment`] apart.
///
/// # Errors
/// [`RecordError`].
pub fn read_attachment(bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), RecordError> {
    let Value::Array(parts) = Value::decode(bytes)? else {
        return Err(RecordError::Part("attachment"));
    };
    match parts.as_slice() {
        [Value::Bytes(record), Value::Bytes(salt)] if salt.len() == SALT_BYTES => Ok((record.clone(), salt.clone())),
        _ => Err(RecordError::Part("attachment")),
    }
}
