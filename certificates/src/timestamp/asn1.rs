//! The structures of RFC 3161 and RFC 5035.

use cms::content_info::ContentInfo;
use const_oid::db::rfc5912;
use der::asn1::{BitString, Int, OctetString, Uint};
use der::{Any, Sequence, Tag, Tagged as _};
use jiff::Timestamp;
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;

/// What is stamped.
#[derive(Sequence)]
pub(super) struct MessageImprint {
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) digest: OctetString,
}

impl MessageImprint {
    pub(super) fn of(digest: &[u8; 32]) -> der::Result<Self> {
        Ok(Self {
            algorithm: super::token::sha256(),
            digest: OctetString::new(digest.as_slice())?,
        })
    }

    pub(super) fn is(&self, digest: &[u8; 32]) -> bool {
        is_sha256(&self.algorithm) && self.digest.as_bytes() == digest
    }
}

/// SHA-256, its parameters absent or, as older encoders write it, NULL (RFC 5754, 2).
pub(super) fn is_sha256(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.oid == rfc5912::ID_SHA_256 && algorithm.parameters.as_ref().is_none_or(Any::is_null)
}

/// `TimeStampReq` without a wish for a policy and without extensions.
#[derive(Sequence)]
pub(super) struct Query {
    pub(super) version: u8,
    pub(super) imprint: MessageImprint,
    pub(super) nonce: Uint,
    pub(super) certificates_wanted: bool,
}

/// `TimeStampResp`.
#[derive(Sequence)]
pub(super) struct Response {
    pub(super) status: StatusInfo,
    pub(super) token: Option<ContentInfo>,
}

/// `PKIStatusInfo`.
#[derive(Sequence)]
pub(super) struct StatusInfo {
    pub(super) status: u8,
    pub(super) words: Option<Vec<String>>,
    pub(super) failure: Option<BitString>,
}

/// `TSTInfo`: what the authority signs.
#[derive(Sequence)]
pub(super) struct Info {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint,
    pub(super) serial_number: Int,
    /// `GeneralizedTime`, which may have a fraction of a second here.
    pub(super) at: Any,
    pub(super) accuracy: Option<Accuracy>,
    pub(super) ordering: Option<bool>,
    pub(super) nonce: Option<Uint>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) extensions: Option<Extensions>,
}

impl Info {
    /// `YYYYMMDDhhmmss`, perhaps a fraction, and `Z` (RFC 3161, 2.4.2).
    pub(super) fn instant(&self) -> Option<Timestamp> {
        if self.at.tag() != Tag::GeneralizedTime {
            return None;
        }
        let text = std::str::from_utf8(self.at.value()).ok()?;
        let (second, fraction) = text.strip_suffix('Z')?.split_at_checked(14)?;
        let fraction_is_one = fraction.is_empty()
            || fraction
                .strip_prefix('.')
                .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
        if !fraction_is_one || fraction.len() > 10 || !second.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let (date, time) = second.split_at_checked(8)?;
        let (year, day) = date.split_at_checked(4)?;
        let (month, day) = day.split_at_checked(2)?;
        let (hour, rest) = time.split_at_checked(2)?;
        let (minute, second) = rest.split_at_checked(2)?;
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z")
            .parse()
            .ok()
    }
}

/// How exact the authority's clock is: signed, and not made use of here.
#[derive(Sequence)]
pub(super) struct Accuracy {
    seconds: Option<Uint>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<Uint>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<Uint>,
}

/// `SigningCertificateV2` (RFC 5035, 3).
#[derive(Sequence)]
pub(super) struct SigningCertificate {
    pub(super) certificates: Vec<CertificateReference>,
    policies: Option<Vec<Any>>,
}

/// `ESSCertIDv2`.
#[derive(Sequence)]
pub(super) struct CertificateReference {
    /// SHA-256 where it is absent.
    pub(super) algorithm: Option<AlgorithmIdentifierOwned>,
    pub(super) hash: OctetString,
    pub(super) issuer: Option<IssuerSerial>,
}

/// `IssuerSerial` (RFC 5035, 5): signed, and not needed beside the digest.
#[derive(Sequence)]
pub(super) struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial_number: Int,
}
