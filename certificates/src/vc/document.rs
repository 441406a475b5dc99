//! The document, field by field. Its JSON is signed: names and their order never change, a change is another document.

use data_encoding::BASE64URL_NOPAD;
use domain::{Bilingual, catalogue::Printed};
use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{VcError, issuer};
use crate::{Record, RecordField, SALT_BYTES, Token, status};

const W3C: &str = "https://www.w3.org/ns/credentials/v2";
/// Our words. Each is defined here, so that nobody needs to fetch another context, and none is left undefined. The names are no addresses.
const OURS: &str = concat!(
    r#"{"PramanCertificate":"urn:praman:vocabulary:PramanCertificate","#,
    r#""TokenStatusListEntry":"urn:praman:vocabulary:TokenStatusListEntry","#,
    r#""PrintedCode":"urn:praman:vocabulary:PrintedCode","#,
    r#""certificateNumber":"urn:praman:vocabulary:certificateNumber","#,
    r#""service":"urn:praman:vocabulary:service","#,
    r#""office":"urn:praman:vocabulary:office","#,
    r#""officer":"urn:praman:vocabulary:officer","#,
    r#""layout":"urn:praman:vocabulary:layout","#,
    r#""demonstration":"urn:praman:vocabulary:demonstration","#,
    r#""statusListUri":{"@id":"urn:praman:vocabulary:statusListUri","@type":"@id"},"#,
    r#""statusListPlace":"urn:praman:vocabulary:statusListPlace","#,
    r#""guardian":"urn:praman:vocabulary:guardian","#,
    r#""birthDate":{"@id":"https://schema.org/birthDate","@type":"http://www.w3.org/2001/XMLSchema#date"},"#,
    r#""particular":"urn:praman:vocabulary:particular","#,
    r#""fields":{"@id":"urn:praman:vocabulary:fields","@container":"@list"},"#,
    r#""code":"urn:praman:vocabulary:code","#,
    r#""label":"urn:praman:vocabulary:label","#,
    r#""value":"urn:praman:vocabulary:value","#,
    r#""recordSalt":"urn:praman:vocabulary:recordSalt"}"#,
);
/// The offset of a day's beginning in India.
const MIDNIGHT: &str = "T00:00:00+05:30";

/// The context, always the same: what stands in a document is compared with this, and not read.
#[derive(Default)]
struct Context;

impl Serialize for Context {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ours: &RawValue = serde_json::from_str(OURS).map_err(serde::ser::Error::custom)?;
        (W3C, ours).serialize(serializer)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    #[serde(rename = "@context", skip_deserializing)]
    context: Context,
    /// Where its standing is shown: by its number, which is no particular of a person.
    id: String,
    r#type: Vec<String>,
    issuer: Issuer,
    #[serde(rename = "validFrom")]
    valid_from: String,
    #[serde(rename = "validUntil", default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
    name: Words,
    description: Words,
    #[serde(rename = "certificateNumber")]
    number: String,
    service: String,
    office: Words,
    officer: Words,
    layout: String,
    demonstration: bool,
    #[serde(rename = "credentialSubject")]
    subject: Subject,
    #[serde(rename = "credentialStatus", default, skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    evidence: Evidence,
}

#[derive(Serialize, Deserialize)]
struct Issuer {
    id: String,
    name: Words,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    name: Words,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guardian: Option<Words>,
    #[serde(rename = "birthDate", default, skip_serializing_if = "Option::is_none")]
    born: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    particular: Option<Words>,
    fields: Vec<Field>,
}

#[derive(Serialize, Deserialize)]
struct Field {
    code: String,
    label: Words,
    value: Words,
}

/// Its place in our Token Status Lists.
#[derive(Serialize, Deserialize)]
struct Status {
    r#type: String,
    #[serde(rename = "statusListUri")]
    uri: String,
    #[serde(rename = "statusListPlace")]
    place: u64,
}

/// What was printed, and what proves that the record is the one to which it commits.
#[derive(Serialize, Deserialize)]
struct Evidence {
    /// The address in the symbol, with the credential in it.
    id: String,
    r#type: String,
    #[serde(rename = "recordSalt")]
    salt: String,
}

/// The same in one language or two, as the W3C has it: a value and its language. Both are written from left to right.
#[derive(Serialize, Deserialize)]
struct Words(Vec<Word>);

#[derive(Serialize, Deserialize)]
struct Word {
    #[serde(rename = "@value")]
    value: String,
    #[serde(rename = "@language")]
    language: String,
}

impl Words {
    fn printed(text: &Printed) -> Self {
        let word = |language: &str, value: &Option<String>| {
            value.clone().map(|value| Word {
                value,
                language: language.to_owned(),
            })
        };
        Self(
            [word("en", &text.en), word("hi", &text.hi)]
                .into_iter()
                .flatten()
                .collect(),
        )
    }

    fn bilingual(text: &Bilingual) -> Self {
        Self::printed(&Printed {
            en: Some(text.en.clone()),
            hi: Some(text.hi.clone()),
        })
    }

    fn to_printed(&self) -> Printed {
        let of = |language: &str| {
            let found = self.0.iter().find(|word| word.language == language);
            found.map(|word| word.value.clone())
        };
        Printed {
            en: of("en"),
            hi: of("hi"),
        }
    }

    fn to_bilingual(&self) -> Bilingual {
        let Printed { en, hi } = self.to_printed();
        Bilingual::new(en.unwrap_or_default(), hi.unwrap_or_default())
    }
}

/// Whether a document is in our words, genuine or not.
pub(super) fn is_of_our_kind(json: &[u8]) -> bool {
    const SIGN: &[u8] = b"urn:praman:vocabulary:";
    json.windows(SIGN.len()).any(|window| window == SIGN)
}

impl Document {
    /// `None` for a day that has no next one.
    pub(super) fn of(record: &Record, salt: &[u8], token: &Token, host: &str) -> Option<Self> {
        let begin = |day: Date| format!("{day}{MIDNIGHT}");
        let valid_until = match record.expires_on {
            Some(last) => Some(begin(last.checked_add(1.day()).ok()?)),
            None => None,
        };
        Some(Self {
            context: Context,
            id: format!("https://{host}/verify?number={}", record.number),
            r#type: vec!["VerifiableCredential".to_owned(), "PramanCertificate".to_owned()],
            issuer: Issuer {
                id: issuer::issuer(host),
                name: Words::bilingual(&record.issuer),
            },
            valid_from: begin(record.issued_on),
            valid_until,
            name: Words::bilingual(&record.title),
            description: Words::bilingual(&record.statement),
            number: record.number.to_string(),
            service: record.service.clone(),
            office: Words::bilingual(&record.office),
            officer: Words::bilingual(&record.officer),
            layout: record.layout.clone(),
            demonstration: record.demo,
            subject: Subject {
                name: Words::printed(&record.name),
                guardian: record.guardian.as_ref().map(Words::printed),
                born: record.born,
                particular: record.particular.as_ref().map(Words::printed),
                fields: record.fields.iter().map(Field::of).collect(),
            },
            status: token.claims().status_index.map(|index| Status::of(index, host)),
            evidence: Evidence {
                id: token.url(host),
                r#type: "PrintedCode".to_owned(),
                salt: BASE64URL_NOPAD.encode(salt),
            },
        })
    }

    /// The record, its salt, the credential of the symbol, and the host.
    pub(super) fn contents(&self) -> Result<(Record, Vec<u8>, Token, String), VcError> {
        let part = VcError::Part;
        let day = |text: &str| text.strip_suffix(MIDNIGHT).and_then(|day| day.parse::<Date>().ok());
        let host = issuer::host_of(&self.issuer.id).ok_or(part("issuer"))?;
        let salt = BASE64URL_NOPAD.decode(self.evidence.salt.as_bytes());
        let salt = salt.ok().filter(|salt| salt.len() == SALT_BYTES).ok_or(part("salt"))?;
        let token = Token::parse(&self.evidence.id).map_err(|_| part("code"))?;
        let expires_on = match &self.valid_until {
            Some(text) => {
                let last = day(text).and_then(|day| day.yesterday().ok());
                Some(last.ok_or(part("end"))?)
            }
            None => None,
        };
        let record = Record {
            number: self.number.parse().map_err(|_| part("number"))?,
            service: self.service.clone(),
            title: self.name.to_bilingual(),
            statement: self.description.to_bilingual(),
            name: self.subject.name.to_printed(),
            guardian: self.subject.guardian.as_ref().map(Words::to_printed),
            born: self.subject.born,
            particular: self.subject.particular.as_ref().map(Words::to_printed),
            fields: self.subject.fields.iter().map(Field::to_record).collect(),
            issued_on: day(&self.valid_from).ok_or(part("beginning"))?,
            expires_on,
            issuer: self.issuer.name.to_bilingual(),
            office: self.office.to_bilingual(),
            officer: self.officer.to_bilingual(),
            layout: self.layout.clone(),
            demo: self.demonstration,
        };
        Ok((record, salt, token, host.to_owned()))
    }
}

impl Field {
    fn of(field: &RecordField) -> Self {
        Self {
            code: field.code.clone(),
            label: Words::bilingual(&field.label),
            value: Words::printed(&field.value),
        }
    }

    fn to_record(&self) -> RecordField {
        RecordField {
            code: self.code.clone(),
            label: self.label.to_bilingual(),
            value: self.value.to_printed(),
        }
    }
}

impl Status {
    fn of(index: u64, host: &str) -> Self {
        let (list, place) = status::place_of(index);
        Self {
            r#type: "TokenStatusListEntry".to_owned(),
            uri: status::uri(host, list),
            place,
        }
    }
}
