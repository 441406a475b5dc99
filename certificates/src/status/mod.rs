//! Status lists: which certificates were revoked, suspended or replaced, as files that anybody may fetch and keep, so that a
//! certificate can be checked without telling anybody which one.
//!
//! A Token Status List (draft-ietf-oauth-status-list) as CWT: two bits for each of 2^20 places, compressed with zlib, signed
//! with a key that signs nothing else. Each certificate is given the next free index when its intent is written, and its
//! credential names it: list `index / 2^20`, place `index % 2^20`.
//!
//! ```text
//! 18([ << {1: -8, 4: kid, 16: "application/statuslist+cwt"} >>, {},
//!      << {2: "https://HOST/status/N", 4: exp, 6: iat, 65533: {"bits": 2, "lst": zlib}, 65534: ttl} >>, signature ])
//! ```
//!
//! Like all our CBOR it is written in one way only, and nothing else is read. A list that has ended still tells what is
//! final; that something holds it tells only while it counts.

mod bits;
#[cfg(test)]
mod tests;

use domain::ist_date;
use jiff::{SignedDuration, Timestamp, civil::Date};
use keys::{Algorithm, KeyDirectory, KeyId, Purpose, SignError, Signer, VerifyError};

use crate::{
    Logged, Standing, State, StatusAnswer,
    cbor::{CborError, Value},
    cose::{FormError, Kind, Sign1, short, sign1},
};

pub use bits::{PLACES, Status, Statuses};

/// The media type of a list.
pub const MEDIA_TYPE: &str = "application/statuslist+cwt";
const KIND: Kind = Kind {
    content: None,
    typ: Some(MEDIA_TYPE),
};
/// The rows in which the newest lists are kept, each as it is served, under [`kept_key`].
pub const KEPT: &str = "status-list";
/// A signed list is never longer: 2^18 bytes that do not shrink, what zlib adds to them, and the frame.
pub const LIST_BYTES_MAX: usize = (1 << 18) + 4096;
/// A list counts for so long. After it, that something is not on the list says nothing.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// A list may be kept for so long before the next one is asked for, in seconds.
pub const TTL_SECONDS: i64 = 300;
/// The last instant of a second, from its first.
const WITHIN_A_SECOND: SignedDuration = SignedDuration::from_nanos(999_999_999);
/// An address of a list is never longer.
const SUBJECT_BYTES_MAX: usize = 512;

// Claims (RFC 8392; draft-ietf-oauth-status-list, section 14.4).
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65533;
const TTL: i64 = 65534;

/// Why a list was not made or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// The bytes are more than any list of ours has.
    #[error("the list has more than {LIST_BYTES_MAX} bytes")]
    TooLong,
    /// The bytes are not written in the one allowed way.
    #[error("the list is not deterministic CBOR")]
    Cbor(#[from] CborError),
    /// A part is missing or of the wrong kind.
    #[error("the list's {0} is missing or of the wrong kind")]
    Part(&'static str),
    /// The compressed bits are damaged, or not those of 2^20 places.
    #[error("the list's bits are damaged or not as many as there are places")]
    Bits,
    /// The key is unknown, was not in use, or did not sign this.
    #[error("the list's signature is not accepted")]
    Signature(#[source] VerifyError),
    /// The signer is not one for status lists.
    #[error("the signer is not an Ed25519 key for status lists")]
    Signer,
    /// The signer failed.
    #[error("the list could not be signed")]
    Sign(#[source] SignError),
}

impl From<FormError> for StatusListError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Cbor(error) => Self::Cbor(error),
            FormError::Part(part) => Self::Part(part),
        }
    }
}

/// In which list, and at which place of it, an index stands.
#[must_use]
pub const fn place_of(index: u64) -> (u64, u64) {
    (index / PLACES, index % PLACES)
}

/// The key of a kept list.
#[must_use]
pub fn kept_key(list: u64) -> String {
    format!("{list:012}")
}

/// The address of a list on a host.
#[must_use]
pub fn uri(host: &str, list: u64) -> String {
    format!("https://{host}/status/{list}")
}

/// What a signed list says. The signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    list: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    key: KeyId,
    statuses: Statuses,
}

impl StatusList {
    /// Signs a list; the same bytes for the same list, time and key.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn sign(
        list: u64,
        host: &str,
        statuses: &Statuses,
        issued_at: Timestamp,
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, StatusListError> {
        if signer.purpose() != Purpose::Status || signer.algorithm() != Algorithm::Ed25519 {
            return Err(StatusListError::Signer);
        }
        let issued = issued_at.as_second();
        let payload = Value::numbered(vec![
            (SUB, Value::Text(uri(host, list))),
            (EXP, Value::Int(issued.saturating_add(LIFETIME.as_secs()))),
            (IAT, Value::Int(issued)),
            (
                STATUS_LIST,
                Value::Map(vec![
                    (Value::text("bits"), Value::Int(bits::BITS)),
                    (Value::text("lst"), Value::Bytes(statuses.deflated())),
                ]),
            ),
            (TTL, Value::Int(TTL_SECONDS)),
        ])
        .encode();
        sign1(signer, &signer.key_id().to_bytes(), KIND, payload).map_err(StatusListError::Sign)
    }

    /// Reads a list and checks all of it: form, key, signature, and that the key was in use when it was signed. Whether it
    /// still counts is asked of it later, because that passes.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn open(bytes: &[u8], directory: &KeyDirectory) -> Result<Self, StatusListError> {
        let part = StatusListError::Part;
        if bytes.len() > LIST_BYTES_MAX {
            return Err(StatusListError::TooLong);
        }
        let message = Sign1::read(bytes, KIND)?;
        let claims = Value::decode(&message.payload)?;
        let instant = |key, what| {
            let second = claims.get(key).and_then(Value::as_int).ok_or(part(what))?;
            Timestamp::from_second(second).map_err(|_| part(what))
        };
        let (issued_at, expires_at) = (instant(IAT, "beginning")?, instant(EXP, "end")?);
        if expires_at <= issued_at {
            return Err(part("end"));
        }
        let Sign1 {
            kid, signed, signature, ..
        } = message;
        let key = short(&kid)?;
        // A list is dated by its second: a key that came into use within it may have signed then.
        let in_use = |at| directory.verify(Purpose::Status, key, Some(at), &signed, &signature);
        in_use(issued_at)
            .or_else(|_| in_use(issued_at + WITHIN_A_SECOND))
            .map_err(StatusListError::Signature)?;
        let subject = claims.get(SUB).and_then(Value::as_text).ok_or(part("address"))?;
        let list = number_in(subject).ok_or(part("address"))?;
        let inside = claims.get(STATUS_LIST).ok_or(part("list"))?;
        if inside.get_text("bits").and_then(Value::as_int) != Some(bits::BITS) {
            return Err(part("width"));
        }
        let packed = inside.get_text("lst").and_then(Value::as_bytes).ok_or(part("list"))?;
        Ok(Self {
            list,
            issued_at,
            expires_at,
            key,
            statuses: Statuses::inflate(packed).ok_or(StatusListError::Bits)?,
        })
    }

    /// Which list it is.
    #[must_use]
    pub const fn list(&self) -> u64 {
        self.list
    }

    /// The instant at which it was so.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// The first instant at which it counts no more.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The key that signed it.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key
    }

    /// What it says of a certificate, as the verdict wants to know it. What is final is told also by a list that has ended;
    /// that something holds, or is on hold, only by one that counts, that was not signed before the certificate's day of
    /// issue, and by a place that is in it. Of a certificate without an index no list tells anything. Digests, days and the number of a replacement are not in a list.
    #[must_use]
    pub fn answer(&self, index: Option<u64>, issued_on: Date, now: Timestamp) -> StatusAnswer {
        let counts = now < self.expires_at && issued_on <= ist_date(self.issued_at);
        let state = match index.and_then(|index| self.status_of(index)) {
            Some(Status::Invalid) => State::Revoked {
                since: None,
                reason: None,
            },
            Some(Status::Superseded) => State::Superseded { since: None, by: None },
            Some(Status::Suspended) if counts => State::Suspended {
                since: None,
                until: None,
            },
            Some(Status::Valid) if counts => State::Active,
            Some(Status::Valid | Status::Suspended) | None => return StatusAnswer::Unavailable,
        };
        StatusAnswer::Known(Standing {
            state,
            as_of: self.issued_at,
            issued_on: None,
            expires_on: None,
            holds: None,
            pdf_digest: None,
            credential_digest: None,
            log: Logged::NotAsked,
            demo: false,
        })
    }

    /// What it says of the certificate with this index; `None` when that one's place is in another list.
    #[must_use]
    pub fn status_of(&self, index: u64) -> Option<Status> {
        let (list, place) = place_of(index);
        (list == self.list).then(|| self.statuses.get(place)).flatten()
    }
}

/// The number at the end of a list's address, written in the one way in which numbers are.
fn number_in(subject: &str) -> Option<u64> {
    if subject.len() > SUBJECT_BYTES_MAX {
        return None;
    }
    let (before, number) = subject.rsplit_once("/status/")?;
    let list: u64 = number.parse().ok()?;
    (before.starts_with("https://") && list.to_string() == number).then_some(list)
}
