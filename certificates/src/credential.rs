//! The credential: what the QR carries. A COSE_Sign1 (RFC 9052) around a CWT (RFC 8392) with the person in claim 169, signed
//! by Ed25519, written as an upper-case address so that a plain camera opens a page and the same symbol verifies offline.
//!
//! ```text
//! d2 84                      tag 18, COSE_Sign1
//!   49 a2 01 27 04 44 k k k k  protected: {1: -8 (EdDSA), 4: key id}
//!   a0                         unprotected: empty
//!   58 n  { 1 issuer, 4 exp, 6 iat, 7 number, 169: { 4 name, 8 birth, 15 guardian, 19 name in the other script,
//!           100 type, 101 category, 102 particular, 112 log position, 113 record digest } }
//!   58 40 signature over ["Signature1", protected, h'', payload]
//! ```

use domain::CertificateNumber;
use jiff::{SignedDuration, Timestamp, civil::Date};
use keys::{KeyDirectory, KeyId, PublicKeyEntry, Purpose, SignError, Signer, VerifyError};

use crate::cbor::Value;
use crate::fit::{self, Shortened};
use crate::qr;
use crate::record::Record;

/// A token may have at most so many bytes.
pub const TOKEN_BYTES_MAX: usize = 512;
/// Characters of an address or token that are looked at.
pub const TEXT_CHARACTERS_MAX: usize = 2048;
/// Bytes of the record digest that the token carries: 128 bits against a second record of the same digest.
pub const DIGEST_BYTES: usize = 16;

const COSE_SIGN1: u64 = 18;
const ALGORITHM: i64 = 1;
const EDDSA: i64 = -8;
const KEY_ID: i64 = 4;
const SIGNATURE_BYTES: usize = 64;

// CWT claims (RFC 8392) and, below, the keys of claim 169. They are on paper for ever: never reuse one.
const ISSUER: i64 = 1;
const EXPIRES: i64 = 4;
const ISSUED: i64 = 6;
const CWT_ID: i64 = 7;
const PERSON: i64 = 169;
const NAME: i64 = 4;
const BIRTH: i64 = 8;
const GUARDIAN: i64 = 15;
const SECOND_NAME: i64 = 19;
const KIND: i64 = 100;
const CATEGORY: i64 = 101;
const PARTICULAR: i64 = 102;
const POSITION: i64 = 112;
const DIGEST: i64 = 113;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// A short code of the issuer, where several share a key directory.
    pub issuer: Option<String>,
    /// The certificate's number.
    pub number: CertificateNumber,
    /// The start of the day of issue in IST.
    pub issued_at: Timestamp,
    /// The first instant at which the certificate no longer holds.
    pub expires_at: Option<Timestamp>,
    /// The name of the person it is about.
    pub name: String,
    /// The same name in the other script.
    pub second_name: Option<String>,
    /// A parent's or spouse's name.
    pub guardian: Option<String>,
    /// The date of birth, on those certificates that need it.
    pub birth: Option<Date>,
    /// The service's two letters.
    pub kind: String,
    /// A category code.
    pub category: Option<String>,
    /// The one other particular: caste, vehicle classes, spouse.
    pub particular: Option<String>,
    /// Position of the intent in the log.
    pub log_position: u64,
    /// The first bytes of the salted record digest.
    pub record_digest: [u8; DIGEST_BYTES],
}

impl Claims {
    /// The claims of a record with this digest, whose intent stands at this position of the log.
    #[must_use]
    pub fn of(record: &Record, digest: &[u8; 32], log_position: u64) -> Self {
        let one = |text: &domain::catalogue::Printed| text.en.clone().or_else(|| text.hi.clone());
        let name = one(&record.name).unwrap_or_default();
        let second_name = record.name.hi.clone().filter(|hi| *hi != name);
        let mut record_digest = [0; DIGEST_BYTES];
        record_digest.copy_from_slice(digest.first_chunk::<DIGEST_BYTES>().unwrap_or(&[0; DIGEST_BYTES]));
        Self {
            issuer: None,
            number: record.number.clone(),
            issued_at: day_begins(record.issued_on),
            expires_at: record.expires_on.map(day_ends),
            name,
            second_name,
            guardian: record.guardian.as_ref().and_then(one),
            birth: record.born,
            kind: record.number.letters().to_owned(),
            category: None,
            particular: record.particular.as_ref().and_then(one),
            log_position,
            record_digest,
        }
    }

    /// The day of issue.
    #[must_use]
    pub fn issued_on(&self) -> Date {
        domain::ist_date(self.issued_at)
    }

    /// The last day on which the certificate holds.
    #[must_use]
    pub fn expires_on(&self) -> Option<Date> {
        self.expires_at.map(|end| domain::ist_date(end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(end)))
    }

    /// The CWT's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut person = vec![
            (NAME, Value::text(&self.name)),
            (KIND, Value::text(&self.kind)),
            (POSITION, Value::Int(i64::try_from(self.log_position).unwrap_or(i64::MAX))),
            (DIGEST, Value::Bytes(self.record_digest.to_vec())),
        ];
        let text = |key, text: &Option<String>| text.as_ref().map(|text| (key, Value::text(text)));
        person.extend(self.birth.map(|day| (BIRTH, Value::text(day.strftime("%Y%m%d").to_string()))));
        person.extend(text(GUARDIAN, &self.guardian));
        person.extend(text(SECOND_NAME, &self.second_name));
        person.extend(text(CATEGORY, &self.category));
        person.extend(text(PARTICULAR, &self.particular));
        let mut claims = vec![
            (ISSUED, Value::Int(self.issued_at.as_second())),
            (CWT_ID, Value::Bytes(pack_number(&self.number))),
            (PERSON, map(person)),
        ];
        claims.extend(text(ISSUER, &self.issuer));
        claims.extend(self.expires_at.map(|end| (EXPIRES, Value::Int(end.as_second()))));
        map(claims).encode()
    }

    /// Reads a CWT. Unknown keys are passed over: later versions may add some.
    fn decode(bytes: &[u8]) -> Result<Self, CredentialError> {
        let claims = Value::decode(bytes).map_err(|_| CredentialError::Malformed("claims"))?;
        let person = claims.get(PERSON).ok_or(CredentialError::Malformed("person"))?;
        let text = |map: &Value, key, part| match map.get(key) {
            Some(value) => value.as_text().map(|text| Some(text.to_owned())).ok_or(CredentialError::Malformed(part)),
            None => Ok(None),
        };
        let instant = |key, part| match claims.get(key) {
            Some(value) => value
                .as_int()
                .and_then(|second| Timestamp::from_second(second).ok())
                .map(Some)
                .ok_or(CredentialError::Malformed(part)),
            None => Ok(None),
        };
        let birth = text(person, BIRTH, "birth")?
            .map(|text| Date::strptime("%Y%m%d", &text).map_err(|_| CredentialError::Malformed("birth")))
            .transpose()?;
        Ok(Self {
            issuer: text(&claims, ISSUER, "issuer")?,
            number: claims
                .get(CWT_ID)
                .and_then(Value::as_bytes)
                .and_then(unpack_number)
                .ok_or(CredentialError::Malformed("number"))?,
            issued_at: instant(ISSUED, "day of issue")?.ok_or(CredentialError::Malformed("day of issue"))?,
            expires_at: instant(EXPIRES, "end")?,
            name: text(person, NAME, "name")?.ok_or(CredentialError::Malformed("name"))?,
            second_name: text(person, SECOND_NAME, "second name")?,
            guardian: text(person, GUARDIAN, "guardian")?,
            birth,
            kind: text(person, KIND, "type")?.ok_or(CredentialError::Malformed("type"))?,
            category: text(person, CATEGORY, "category")?,
            particular: text(person, PARTICULAR, "particular")?,
            log_position: person
                .get(POSITION)
                .and_then(Value::as_int)
                .and_then(|position| u64::try_from(position).ok())
                .ok_or(CredentialError::Malformed("log position"))?,
            record_digest: person
                .get(DIGEST)
                .and_then(Value::as_bytes)
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(CredentialError::Malformed("record digest"))?,
        })
    }
}

/// A signed credential whose form has been checked; its signature has not, until [`Token::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    bytes: Vec<u8>,
    key: KeyId,
    claims: Claims,
    to_be_signed: Vec<u8>,
    signature: Vec<u8>,
}

impl std::fmt::Debug for Token {
    /// Without the person: tokens must not reach a log through a debug line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("key", &self.key).finish_non_exhaustive()
    }
}

/// No token was made, or the bytes are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not the deterministic CBOR of a token, or a part of it is missing or of the wrong kind.
    #[error("the token's {0} is malformed")]
    Malformed(&'static str),
    /// More than [`TOKEN_BYTES_MAX`] bytes.
    #[error("the token has more than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// The text is not base32, or its unused bits are not zero.
    #[error("the text is not the base32 of a token")]
    Base32,
    /// The text is no token and no address of one.
    #[error("the text is no token")]
    NotAToken,
    /// The host holds a character that a QR code in alphanumeric mode has not.
    #[error("the host cannot stand in a QR code")]
    Host,
    /// Even with everything shortened the symbol would be larger than version 13.
    #[error("the claims do not fit into the QR code")]
    TooLarge,
    /// The key is not for credentials, or not Ed25519.
    #[error("the key is not for credentials")]
    Key,
    /// The key did not sign.
    #[error("the credential key did not sign")]
    Sign(#[source] SignError),
}

impl Token {
    /// Signs claims. What does not fit into the QR code is shortened first; what was is told by [`Token::shortened`].
    ///
    /// # Errors
    /// [`CredentialError::Host`], [`CredentialError::TooLarge`], [`CredentialError::Key`], [`CredentialError::Sign`].
    pub fn sign(claims: &Claims, host: &str, signer: &dyn Signer) -> Result<Self, CredentialError> {
        if signer.purpose() != Purpose::Credential || signer.algorithm() != keys::Algorithm::Ed25519 {
            return Err(CredentialError::Key);
        }
        let (claims, _) = Self::shortened(claims, host)?;
        let (protected, payload) = (protected(signer.key_id()), claims.encode());
        let signature = signer.sign(&to_be_signed(&protected, &payload)).map_err(CredentialError::Sign)?;
        Self::from_bytes(&assemble(protected, payload, signature))
    }

    /// The claims as [`Token::sign`] puts them into a QR code for this host, and what it had to shorten.
    ///
    /// # Errors
    /// [`CredentialError::Host`] or [`CredentialError::TooLarge`].
    pub fn shortened(claims: &Claims, host: &str) -> Result<(Claims, Vec<Shortened>), CredentialError> {
        if host.is_empty() || !host.to_ascii_uppercase().bytes().all(qr::is_alphanumeric) || host.contains('/') {
            return Err(CredentialError::Host);
        }
        fit::fit(claims, |claims| {
            let unsigned = assemble(protected(KeyId::from([0; 4])), claims.encode(), vec![0; SIGNATURE_BYTES]);
            unsigned.len() <= TOKEN_BYTES_MAX && qr::version(url(host, &unsigned).len()).is_some()
        })
        .ok_or(CredentialError::TooLarge)
    }

    /// Reads a token's bytes.
    ///
    /// # Errors
    /// [`CredentialError::TooLong`] or [`CredentialError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CredentialError> {
        if bytes.len() > TOKEN_BYTES_MAX {
            return Err(CredentialError::TooLong);
        }
        let value = Value::decode(bytes).map_err(|_| CredentialError::Malformed("envelope"))?;
        let Value::Tag(COSE_SIGN1, inner) = value else { return Err(CredentialError::Malformed("envelope")) };
        let Value::Array(parts) = *inner else { return Err(CredentialError::Malformed("envelope")) };
        let [Value::Bytes(protected), Value::Map(unprotected), Value::Bytes(payload), Value::Bytes(signature)] =
            parts.as_slice()
        else {
            return Err(CredentialError::Malformed("envelope"));
        };
        // The key decides the algorithm; the header must only not contradict it.
        let header = Value::decode(protected).map_err(|_| CredentialError::Malformed("header"))?;
        let key: Option<[u8; 4]> = header.get(KEY_ID).and_then(Value::as_bytes).and_then(|id| id.try_into().ok());
        let two = matches!(&header, Value::Map(pairs) if pairs.len() == 2);
        let (Some(key), Some(EDDSA), true, true) =
            (key, header.get(ALGORITHM).and_then(Value::as_int), two, unprotected.is_empty())
        else {
            return Err(CredentialError::Malformed("header"));
        };
        if signature.len() != SIGNATURE_BYTES {
            return Err(CredentialError::Malformed("signature"));
        }
        Ok(Self {
            key: KeyId::from(key),
            claims: Claims::decode(payload)?,
            to_be_signed: to_be_signed(protected, payload),
            signature: signature.clone(),
            bytes: bytes.to_vec(),
        })
    }

    /// Reads a token from an address (`https://<any host>/C/<base32>`) or from its bare base32, in any case. The host is not
    /// looked at: what makes a token ours is its signature.
    ///
    /// # Errors
    /// [`CredentialError::NotAToken`] for text that does not claim to be one; else as [`Token::from_bytes`], and
    /// [`CredentialError::Base32`].
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let text = text.trim();
        if text.len() > TEXT_CHARACTERS_MAX {
            return Err(CredentialError::NotAToken);
        }
        let upper = text.to_ascii_uppercase();
        let base32 = match upper.strip_prefix("HTTPS://").or_else(|| upper.strip_prefix("HTTP://")) {
            Some(rest) => {
                let (_, path) = rest.split_once('/').ok_or(CredentialError::NotAToken)?;
                let token = path.strip_prefix("C/").ok_or(CredentialError::NotAToken)?;
                // Chat programs add tracking parameters and closing slashes to links.
                token.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
            }
            // The first bytes of every token, d2 84 49 a2 01 27 04 44, as base32.
            None if upper.starts_with("2KCETIQB") => &upper,
            None => return Err(CredentialError::NotAToken),
        };
        let bytes = data_encoding::BASE32_NOPAD.decode(base32.as_bytes()).map_err(|_| CredentialError::Base32)?;
        Self::from_bytes(&bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The address for the QR code, in upper case.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        url(host, &self.bytes)
    }

    /// The key that it names.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// What it says, which nobody has checked yet: to look up a number, not to show.
    #[must_use]
    pub const fn unverified(&self) -> &Claims {
        &self.claims
    }

    /// Checks the signature under the directory's credential keys. The key must have been in use at some time of the day of
    /// issue: the token knows the day and not the minute.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify<'a>(&self, directory: &'a KeyDirectory) -> Result<(&Claims, &'a PublicKeyEntry), VerifyError> {
        let (purpose, key) = (Purpose::Credential, self.key);
        let entry = directory.verify(purpose, key, None, &self.to_be_signed, &self.signature)?;
        if !covers_day(entry, self.claims.issued_at) {
            return Err(VerifyError::OutsidePeriod { purpose, key });
        }
        Ok((&self.claims, entry))
    }
}

/// Whether a key was in use at some time of the day that begins at this instant.
pub(crate) fn covers_day(entry: &PublicKeyEntry, day: Timestamp) -> bool {
    let end = day.saturating_add(SignedDuration::from_hours(24)).unwrap_or(day);
    entry.not_before < end && entry.not_after.is_none_or(|last| day < last)
}

fn protected(key: KeyId) -> Vec<u8> {
    map(vec![(ALGORITHM, Value::Int(EDDSA)), (KEY_ID, Value::Bytes(key.to_bytes().to_vec()))]).encode()
}

/// `Sig_structure` of RFC 9052, 4.4, without external data.
fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    Value::Array(vec![
        Value::text("Signature1"),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(Vec::new()),
        Value::Bytes(payload.to_vec()),
    ])
    .encode()
}

fn assemble(protected: Vec<u8>, payload: Vec<u8>, signature: Vec<u8>) -> Vec<u8> {
    let parts =
        vec![Value::Bytes(protected), Value::Map(Vec::new()), Value::Bytes(payload), Value::Bytes(signature)];
    Value::Tag(COSE_SIGN1, Box::new(Value::Array(parts))).encode()
}

fn url(host: &str, token: &[u8]) -> String {
    format!("HTTPS://{}/C/{}", host.to_ascii_uppercase(), data_encoding::BASE32_NOPAD.encode(token))
}

fn map(pairs: Vec<(i64, Value)>) -> Value {
    Value::Map(pairs.into_iter().map(|(key, value)| (Value::Int(key), value)).collect())
}

/// India keeps one time, five and a half hours before UTC's clock, all year.
const IST: SignedDuration = SignedDuration::from_secs(19_800);

/// The first instant of a day in IST.
pub(crate) fn day_begins(day: Date) -> Timestamp {
    let midnight = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN);
    midnight.saturating_sub(IST).unwrap_or(midnight)
}

/// The first instant after a day in IST.
pub(crate) fn day_ends(day: Date) -> Timestamp {
    let begins = day_begins(day);
    begins.saturating_add(SignedDuration::from_hours(24)).unwrap_or(begins)
}

/// A number in nine bytes: its two letters in ASCII, then its eleven random characters as a 55-bit number, the first in the
/// highest bits. The check character follows from the others.
fn pack_number(number: &CertificateNumber) -> Vec<u8> {
    let mut packed = number.letters().as_bytes().to_vec();
    let characters = number.plain().bytes().skip(4).take(11);
    let value = characters.fold(0_u64, |value, c| (value << 5) | crockford_value(c));
    packed.extend(value.to_be_bytes().into_iter().skip(1));
    packed
}

fn unpack_number(packed: &[u8]) -> Option<CertificateNumber> {
    let (letters, value) = packed.split_at_checked(2)?;
    let value: &[u8; 7] = value.try_into().ok()?;
    let value = value.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    // `from_random` takes the first character from the lowest bits.
    let turned = (0..11).fold(0_u64, |turned, place| (turned << 5) | ((value >> (5 * place)) & 31));
    let number = CertificateNumber::from_random(std::str::from_utf8(letters).ok()?, turned).ok()?;
    // A value that `from_random` passes over, or with the unused bit set, is nobody's number.
    (pack_number(&number) == packed).then_some(number)
}

fn crockford_value(c: u8) -> u64 {
    b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".iter().position(|known| *known == c).and_then(|v| u64::try_from(v).ok()).unwrap_or(0)
}
