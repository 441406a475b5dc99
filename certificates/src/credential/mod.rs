//! The credential: a COSE_Sign1 (RFC 9052) over CWT claims (RFC 8392) with claim 169 for the person, Ed25519, small enough
//! for a QR code that any camera reads.
//!
//! ```text
//! HTTPS://<HOST>/C/<BASE32>      base32 (RFC 4648) without padding; a plain camera opens a page, our verifier needs no page
//! 18([ << {1: -8, 4: kid} >>, {}, << {? 4: exp, 6: iat, 7: number, 169: {…}} >>, signature ])
//! ```
//!
//! Nothing is in it that is not printed beside it, and no salt: what the record hides cannot be guessed from the QR.

mod claim169;

pub use claim169::CLAIM_169_CHARACTERS_MAX;

use data_encoding::BASE32_NOPAD;
use domain::{
    CertificateNumber,
    catalogue::{Printed, date_in_words},
    ist_date,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz};
use keys::{Algorithm, KeyDirectory, KeyId, Purpose, SignError, Signer, VerifyError};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    cbor::{CborError, Value},
    cose::{FormError, Kind, Sign1, short, sign1, signed_len},
    qr,
    record::Record,
};

/// A token may have at most so many bytes.
pub const TOKEN_BYTES_MAX: usize = 512;
/// A shortened text keeps at least so many graphemes: enough to compare with the paper.
const GRAPHEMES_MIN: usize = 8;

/// What the credential says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The certificate's number.
    pub number: CertificateNumber,
    /// When it was issued: the beginning of the day of issue in India.
    pub issued_on: Date,
    /// The last day on which it holds, if it ends.
    pub expires_on: Option<Date>,
    /// The name of whom it is about.
    pub name: String,
    /// The same in the other script.
    pub second_name: Option<String>,
    /// A parent's or spouse's name.
    pub guardian: Option<String>,
    /// The date of birth.
    pub born: Option<Date>,
    /// The one other particular.
    pub particular: Option<String>,
    /// Position of the intent in the log.
    pub log_position: u64,
    /// Its place in the status lists; `None` for one that was made before there were places.
    pub status_index: Option<u64>,
    /// The first half of the record's digest.
    pub record_digest: [u8; 16],
}

/// Why a token was not made or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The text is no address or token of ours.
    #[error("this is no certificate code")]
    Text,
    /// The token is longer than any of ours.
    #[error("the token has more than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// The bytes are not written in the one allowed way.
    #[error("the token is not deterministic CBOR")]
    Cbor(#[from] CborError),
    /// A part is missing or of the wrong kind.
    #[error("the token's {0} is missing or of the wrong kind")]
    Part(&'static str),
    /// The key is unknown, was not in use, or did not sign this.
    #[error("the token's signature is not accepted")]
    Signature(#[source] VerifyError),
    /// The signer is not one for credentials.
    #[error("the signer is not an Ed25519 key for credentials")]
    Signer,
    /// The signer failed.
    #[error("the token could not be signed")]
    Sign(#[source] SignError),
    /// It does not fit a QR code even with everything shortened.
    #[error("the credential does not fit the QR code")]
    Room,
}

impl From<FormError> for CredentialError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Cbor(error) => Self::Cbor(error),
            FormError::Part(part) => Self::Part(part),
        }
    }
}

/// A signed credential as bytes. Its form has been checked, its signature has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    bytes: Vec<u8>,
    kid: KeyId,
    claims: Claims,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

// CWT claims (RFC 8392) and keys of claim 169.
const EXP: i64 = 4;
const IAT: i64 = 6;
const CTI: i64 = 7;
const PERSON: i64 = 169;
const FULL_NAME: i64 = 4;
const BIRTH: i64 = 8;
const GUARDIAN: i64 = 15;
const SECOND_NAME: i64 = 19;
const LETTERS: i64 = 100;
const PARTICULAR: i64 = 102;
const LOG_POSITION: i64 = 112;
const RECORD_DIGEST: i64 = 113;
const STATUS_INDEX: i64 = 114;

impl Claims {
    /// What is claimed of a record.
    #[must_use]
    pub fn of(record: &Record, digest: &[u8; 32], log_position: u64, status_index: Option<u64>) -> Self {
        let either = |p: &Printed| p.en.clone().or_else(|| p.hi.clone()).unwrap_or_default();
        let mut record_digest = [0; 16];
        record_digest.copy_from_slice(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
        Self {
            number: record.number.clone(),
            issued_on: record.issued_on,
            expires_on: record.expires_on,
            name: either(&record.name),
            second_name: record.name.hi.clone().filter(|_| record.name.en.is_some()),
            guardian: record.guardian.as_ref().map(either),
            born: record.born,
            particular: record.particular.as_ref().map(either),
            log_position,
            status_index,
            record_digest,
        }
    }

    /// The particulars of the person, in the order of the paper: `name`, `guardian`, `born`, `particular`, as far as there are.
    #[must_use]
    pub fn printed(&self) -> Vec<(&'static str, Printed)> {
        let mut name = in_its_script(&self.name);
        if let Some(second) = &self.second_name {
            let second = in_its_script(second);
            name = Printed {
                en: name.en.or(second.en),
                hi: name.hi.or(second.hi),
            };
        }
        let born = self.born.map(date_in_words).map(|words| Printed {
            en: Some(words.en),
            hi: Some(words.hi),
        });
        let lines = [
            ("name", Some(name)),
            ("guardian", self.guardian.as_deref().map(in_its_script)),
            ("born", born),
            ("particular", self.particular.as_deref().map(in_its_script)),
        ];
        lines
            .into_iter()
            .filter_map(|(code, value)| Some((code, value?)))
            .collect()
    }

    /// Was a text shortened to fit the QR code?
    #[must_use]
    pub fn shortened(&self) -> bool {
        let cut = |text: &Option<String>| text.as_ref().is_some_and(|text| text.ends_with('…'));
        self.name.ends_with('…') || cut(&self.guardian) || cut(&self.particular)
    }

    fn payload(&self) -> Result<Vec<u8>, CredentialError> {
        let seconds = |date: Date| -> Result<Value, CredentialError> {
            Ok(Value::Int(
                midnight(date).ok_or(CredentialError::Part("date"))?.as_second(),
            ))
        };
        let number = |n: u64, what| {
            i64::try_from(n)
                .map(Value::Int)
                .map_err(|_| CredentialError::Part(what))
        };
        let (letters, packed) = pack(&self.number);
        let mut person = vec![
            (FULL_NAME, Value::text(&self.name)),
            (LETTERS, Value::text(letters)),
            (LOG_POSITION, number(self.log_position, "position")?),
            (RECORD_DIGEST, Value::Bytes(self.record_digest.to_vec())),
        ];
        if let Some(index) = self.status_index {
            person.push((STATUS_INDEX, number(index, "place in the status lists")?));
        }
        person.extend(
            self.born
                .map(|d| (BIRTH, Value::Text(d.strftime("%Y%m%d").to_string()))),
        );
        person.extend(self.guardian.as_ref().map(|t| (GUARDIAN, Value::text(t))));
        person.extend(self.second_name.as_ref().map(|t| (SECOND_NAME, Value::text(t))));
        person.extend(self.particular.as_ref().map(|t| (PARTICULAR, Value::text(t))));
        let mut claims = vec![
            (IAT, seconds(self.issued_on)?),
            (CTI, Value::Bytes(packed.to_vec())),
            (PERSON, Value::numbered(person)),
        ];
        if let Some(last) = self.expires_on {
            // On or after `exp` it must not be accepted (RFC 7519, 4.1.4): the end of the last day.
            claims.push((EXP, seconds(last.saturating_add(1.day()))?));
        }
        Ok(Value::numbered(claims).encode())
    }

    fn read(payload: &[u8]) -> Result<Self, CredentialError> {
        let claims = Value::decode(payload)?;
        let part = CredentialError::Part;
        let person = claims.get(PERSON).ok_or(part("person"))?;
        let text = |key, what| match person.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(part(what)),
        };
        let day = |value: &Value, back: i64, what| {
            let second = value.as_int().and_then(|s| s.checked_sub(back)).ok_or(part(what))?;
            Timestamp::from_second(second).map(ist_date).map_err(|_| part(what))
        };
        let natural = |key, what| match person.get(key) {
            None => Ok(None),
            Some(value) => {
                let natural = value.as_int().and_then(|n| u64::try_from(n).ok());
                natural.map(Some).ok_or(part(what))
            }
        };
        let packed = claims.get(CTI).and_then(Value::as_bytes).ok_or(part("number"))?;
        let letters = text(LETTERS, "letters")?.ok_or(part("letters"))?;
        Ok(Self {
            number: unpack(&letters, packed).ok_or(part("number"))?,
            issued_on: day(claims.get(IAT).ok_or(part("day of issue"))?, 0, "day of issue")?,
            expires_on: claims.get(EXP).map(|value| day(value, 1, "last day")).transpose()?,
            name: text(FULL_NAME, "name")?.ok_or(part("name"))?,
            second_name: text(SECOND_NAME, "second name")?,
            guardian: text(GUARDIAN, "guardian")?,
            born: match text(BIRTH, "date of birth")? {
                Some(text) => Some(Date::strptime("%Y%m%d", &text).map_err(|_| part("date of birth"))?),
                None => None,
            },
            particular: text(PARTICULAR, "particular")?,
            log_position: natural(LOG_POSITION, "position")?.ok_or(part("position"))?,
            status_index: natural(STATUS_INDEX, "place in the status lists")?,
            record_digest: person
                .get(RECORD_DIGEST)
                .and_then(Value::as_bytes)
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(part("record digest"))?,
        })
    }

    /// Drops and shortens, in the order that costs a verifier least, until the address fits the QR code.
    fn fitted(&self, prefix: usize) -> Result<(Self, Vec<u8>), CredentialError> {
        let mut claims = self.clone();
        let fits = |claims: &Self| -> Result<Option<Vec<u8>>, CredentialError> {
            let payload = claims.payload()?;
            let token = signed_len(payload.clone());
            let fits = token <= TOKEN_BYTES_MAX && prefix + BASE32_NOPAD.encode_len(token) <= qr::CHARACTERS_MAX;
            Ok(fits.then_some(payload))
        };
        if let Some(payload) = fits(&claims)? {
            return Ok((claims, payload));
        }
        claims.second_name = None;
        for turn in 0..3 {
            loop {
                if let Some(payload) = fits(&claims)? {
                    return Ok((claims, payload));
                }
                let text = match turn {
                    0 => claims.particular.as_mut(),
                    1 => claims.guardian.as_mut(),
                    _ => Some(&mut claims.name),
                };
                let Some(shorter) = text.as_ref().and_then(|text| shortened(text)) else {
                    break;
                };
                if let Some(text) = text {
                    *text = shorter;
                }
            }
        }
        Err(CredentialError::Room)
    }
}

fn in_its_script(text: &str) -> Printed {
    let text = text.to_owned();
    if text.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)) {
        Printed {
            en: None,
            hi: Some(text),
        }
    } else {
        Printed {
            en: Some(text),
            hi: None,
        }
    }
}

/// One grapheme less, with an ellipsis; `None` when it is as short as it may be.
fn shortened(text: &str) -> Option<String> {
    let kept = text.strip_suffix('…').unwrap_or(text);
    let graphemes: Vec<&str> = kept.graphemes(true).collect();
    let (_, rest) = graphemes.split_last()?;
    (rest.len() >= GRAPHEMES_MIN).then(|| format!("{}…", rest.concat().trim_end()))
}

impl Token {
    /// Signs claims, shortened where the QR code for `host` demands it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn sign(claims: &Claims, host: &str, signer: &dyn Signer) -> Result<Self, CredentialError> {
        if signer.purpose() != Purpose::Credential || signer.algorithm() != Algorithm::Ed25519 {
            return Err(CredentialError::Signer);
        }
        let (_, payload) = claims.fitted(prefix(host).len())?;
        let bytes = sign1(signer, &signer.key_id().to_bytes(), Kind::BARE, payload).map_err(CredentialError::Sign)?;
        Self::from_bytes(&bytes)
    }

    /// Reads a token and checks its form, every byte of it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CredentialError> {
        if bytes.len() > TOKEN_BYTES_MAX {
            return Err(CredentialError::TooLong);
        }
        let message = Sign1::read(bytes, Kind::BARE)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            kid: short(&message.kid)?,
            claims: Claims::read(&message.payload)?,
            signed: message.signed,
            signature: message.signature,
        })
    }

    /// Reads what a QR code holds or a person pastes: the address in any case, or the base32 alone.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let text = text.trim().to_ascii_uppercase();
        let code = match text.split_once("/C/") {
            Some((before, code)) if is_host(before) => code.split(['?', '#', '/']).next().unwrap_or_default(),
            Some(_) => return Err(CredentialError::Text),
            None => text.as_str(),
        };
        if code.len() > BASE32_NOPAD.encode_len(TOKEN_BYTES_MAX) {
            return Err(CredentialError::TooLong);
        }
        // Bits behind the last byte must be zero: data-encoding refuses others.
        let bytes = BASE32_NOPAD
            .decode(code.as_bytes())
            .map_err(|_| CredentialError::Text)?;
        Self::from_bytes(&bytes)
    }

    /// The token's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The base32 form.
    #[must_use]
    pub fn code(&self) -> String {
        BASE32_NOPAD.encode(&self.bytes)
    }

    /// The address that the QR code holds.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        format!("{}{}", prefix(host), self.code())
    }

    /// The key that claims to have signed it.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.kid
    }

    /// What it says. Nothing of it may be believed before [`Token::verify`].
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Checks the signature with the directory's key of that name and purpose; the algorithm is the key's.
    ///
    /// # Errors
    /// [`CredentialError::Signature`].
    pub fn verify(&self, directory: &KeyDirectory) -> Result<&Claims, CredentialError> {
        let key = directory
            .verify(Purpose::Credential, self.kid, None, &self.signed, &self.signature)
            .map_err(CredentialError::Signature)?;
        // A credential is dated by its day: a key that came or went at noon may have signed on that day.
        let (begin, end) = (
            midnight(self.claims.issued_on),
            midnight(self.claims.issued_on.saturating_add(1.day())),
        );
        let began = end.is_some_and(|end| key.not_before < end);
        let over = begin.is_none_or(|begin| key.not_after.is_some_and(|after| after <= begin));
        if began && !over {
            Ok(&self.claims)
        } else {
            Err(CredentialError::Signature(VerifyError::OutsidePeriod {
                purpose: Purpose::Credential,
                key: self.kid,
            }))
        }
    }
}

/// What stands before `/C/` in an address of ours, in capitals: a scheme and a host, and no path.
fn is_host(before: &str) -> bool {
    let host = before
        .strip_prefix("HTTPS://")
        .or_else(|| before.strip_prefix("HTTP://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '\\']))
}

/// Addresses of this machine are plain http: nobody has a certificate for them.
fn prefix(host: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        "HTTP"
    } else {
        "HTTPS"
    };
    format!("{scheme}://{}/C/", host.to_ascii_uppercase())
}

/// The beginning of a day in India.
fn midnight(date: Date) -> Option<Timestamp> {
    let ist = tz::Offset::from_seconds(5 * 3600 + 30 * 60).ok()?;
    ist.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A number as the service's letters and eight bytes: twelve characters of five bits, right-aligned.
fn pack(number: &CertificateNumber) -> (String, [u8; 8]) {
    let packed = number.plain().bytes().skip(4).fold(0_u64, |n, c| {
        let place = CROCKFORD.iter().position(|known| *known == c).unwrap_or_default();
        (n << 5) | u64::try_from(place).unwrap_or_default()
    });
    (number.letters().to_owned(), packed.to_be_bytes())
}

fn unpack(letters: &str, packed: &[u8]) -> Option<CertificateNumber> {
    let packed = u64::from_be_bytes(packed.try_into().ok()?);
    if packed >> 60 != 0 {
        return None;
    }
    let mut plain = format!("DL{letters}");
    for place in (0..12).rev() {
        let index = usize::try_from((packed >> (5 * place)) & 31).ok()?;
        plain.push(char::from(*CROCKFORD.get(index)?));
    }
    plain.parse().ok()
}

#[cfg(test)]
mod tests;
