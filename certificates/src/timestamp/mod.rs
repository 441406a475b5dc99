//! Time stamps of an authority (RFC 3161, RFC 5816): that a signature was there at an instant, in somebody else's word.
//!
//! The signature of a PDF is raised by one from the PAdES baseline level B-B to B-T. SHA-256 alone, P-256 and RSA-2048 alone. The
//! authority's certificates go into the token up to the root, so that whoever holds the file sees every byte of it signed; whether
//! the root is one to believe is another question, and [`Stamp::is_by`] answers it.

mod asn1;
mod token;

use der::asn1::Uint;
use der::{Decode as _, Encode as _};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use crate::x509::{has_signed, is_acceptable, may_sign_certificates};
use asn1::{MessageImprint, Query, Response};
use token::Token;

/// The longest token that goes into a file, with its certificates.
pub const TOKEN_BYTES_MAX: usize = 12 * 1024;
/// The longest answer of an authority that is read.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 16;
/// How far the authority's clock may be from the one that it is compared with.
pub const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_mins(5);
/// RFC 3161, 2.4.2: `granted`. With `grantedWithMods` something else would have been stamped than what was asked.
const GRANTED: u8 = 0;

/// A question to an authority.
#[derive(Clone, Debug)]
pub struct Asked {
    imprint: [u8; 32],
    nonce: Uint,
    query: Vec<u8>,
}

impl Asked {
    /// The question about these bytes: a signature, as it stands in its CMS. `nonce` is chance: an old answer does not fit it.
    ///
    /// # Errors
    /// [`StampError::Encode`], which no input causes.
    pub fn about(signature: &[u8], nonce: [u8; NONCE_BYTES]) -> Result<Self, StampError> {
        let imprint = Sha256::digest(signature).into();
        let nonce = Uint::new(&nonce)?;
        let query = Query {
            version: 1,
            imprint: MessageImprint::of(&imprint)?,
            nonce: nonce.clone(),
            certificates_wanted: true,
        };
        Ok(Self {
            imprint,
            query: query.to_der()?,
            nonce,
        })
    }

    /// `TimeStampReq` in DER, for the body of a POST with the type `application/timestamp-query`.
    #[must_use]
    pub fn query(&self) -> &[u8] {
        &self.query
    }

    /// What came back, if it is a token that answers this question, by an authority that leads to one of these roots
    /// (DER), with an instant near `now`.
    ///
    /// # Errors
    /// [`StampError`].
    pub fn answered(&self, response: &[u8], roots: &[Vec<u8>], now: Timestamp) -> Result<TimeStamp, StampError> {
        if response.len() > RESPONSE_BYTES_MAX {
            return Err(StampError::TooLarge);
        }
        let response = Response::from_der(response).map_err(|_| StampError::Unreadable)?;
        if response.status.status != GRANTED {
            return Err(StampError::Refused(response.status.status));
        }
        let der = response.token.ok_or(StampError::Unreadable)?.to_der()?;
        let token = Token::read(&der).ok_or(StampError::Bad)?;
        if !token.info.imprint.is(&self.imprint) || token.info.nonce.as_ref() != Some(&self.nonce) {
            return Err(StampError::Other);
        }
        if now.duration_since(token.at).abs() > CLOCK_SKEW_MAX {
            return Err(StampError::Clock { at: token.at });
        }
        let roots: Vec<Certificate> = roots
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .filter(|root| has_signed(root, root))
            .collect();
        let way = token.way_to(&roots).ok_or(StampError::Unknown)?;
        let written = token.written(&way)?;
        if written.len() > TOKEN_BYTES_MAX {
            return Err(StampError::TooLarge);
        }
        Ok(TimeStamp {
            token: written,
            at: token.at,
        })
    }
}

/// A token that was given and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStamp {
    /// The token in the form that goes into a file, DER.
    pub token: Vec<u8>,
    /// The authority's instant.
    pub at: Timestamp,
}

/// What came back is no time stamp.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// Longer than is read, or kept.
    #[error("the time stamp is larger than a file has room for")]
    TooLarge,
    /// Not DER of RFC 3161, or no token in it.
    #[error("the answer is none of RFC 3161")]
    Unreadable,
    /// The authority says no; its `PKIStatus`.
    #[error("the authority refuses with status {0}")]
    Refused(u8),
    /// Its signature does not hold, it is of another form, or its certificate is not for time stamps alone.
    #[error("the token is not signed as a time stamp must be")]
    Bad,
    /// It answers another question.
    #[error("the token is about something else, or answers an earlier question")]
    Other,
    /// The authority's clock and ours do not agree.
    #[error("the authority's clock tells {at}, which is more than five minutes from ours")]
    Clock {
        /// What it tells.
        at: Timestamp,
    },
    /// None of the trusted roots stands above it.
    #[error("the token's certificate does not lead to a trusted authority")]
    Unknown,
    /// A structure could not be written.
    #[error("a structure could not be written")]
    Encode(#[from] der::Error),
}

/// A time stamp in a file, every byte of it checked but for whether its root is one to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The authority's instant.
    pub(crate) at: Timestamp,
    root: Vec<u8>,
}

impl Stamp {
    /// Reads the token that stands in a file beside this signature; nothing unless it is about this signature, and each of its
    /// bytes is as it was put there.
    pub(crate) fn read(der: &[u8], signature: &[u8]) -> Option<Self> {
        let token = Token::read(der)?;
        let way = token.way_inside()?;
        let whole = token.info.imprint.is(&Sha256::digest(signature).into()) && token.written(&way).ok()? == der;
        let root = way.last()?.to_der().ok()?;
        whole.then_some(Self { at: token.at, root })
    }

    /// Whether one of these roots (DER) is above it.
    pub(crate) fn is_by(&self, roots: &[Vec<u8>]) -> bool {
        roots.contains(&self.root)
    }
}

/// A certificate cannot be trusted for time stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootProblem {
    /// It is no certificate.
    #[error("it is no certificate in DER")]
    Unreadable,
    /// It is not signed by its own key, or not by P-256 or RSA-2048 with SHA-256.
    #[error("it is not the certificate of a root: signed by itself, with P-256 or RSA-2048 and SHA-256")]
    NoRoot,
    /// It may not sign certificates, or asks for something that is not understood here.
    #[error("it is not for signing certificates, or has a critical extension that is not understood here")]
    Unacceptable,
}

/// Whether this certificate (DER) can be trusted as the root above time stamps. One that has ended still stands above earlier ones.
///
/// # Errors
/// [`RootProblem`].
pub fn check_root(der: &[u8]) -> Result<(), RootProblem> {
    let root = Certificate::from_der(der).map_err(|_| RootProblem::Unreadable)?;
    if !root.to_der().is_ok_and(|again| again == der) {
        return Err(RootProblem::Unreadable);
    }
    if !has_signed(&root, &root) {
        return Err(RootProblem::NoRoot);
    }
    let begin = root
        .tbs_certificate()
        .validity()
        .not_before
        .to_unix_duration()
        .as_secs();
    let begin = i64::try_from(begin)
        .ok()
        .and_then(|second| Timestamp::from_second(second).ok());
    if !begin.is_some_and(|begin| is_acceptable(&root, begin)) || !may_sign_certificates(&root, 0) {
        return Err(RootProblem::Unacceptable);
    }
    Ok(())
}
