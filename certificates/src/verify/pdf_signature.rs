//! The signature of a PDF: CMS (RFC 5652) at the PAdES baseline level B-B, or B-T with an authority's time stamp; ECDSA P-256 or
//! RSA-2048 with SHA-256. Only what [`crate::pdf::sign`] writes is accepted, in the one way in which it writes it: two different CMS
//! never stand for the same signature, so every bit of the file counts.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::db::{rfc3161, rfc5911, rfc5912};
use der::asn1::OctetString;
use der::{Any, Decode as _, Encode as _, Reader as _, Sequence, SliceReader};
use jiff::{SignedDuration, Timestamp};
use keys::{KeyDirectory, PublicKey, PublicKeyEntry, Purpose};
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::Certificate;

use super::{PdfSignature, Reason};
use crate::timestamp::{self, Stamp};
use crate::x509::{
    INTERMEDIATES_MAX, has_signed, is_acceptable, may_sign_certificates, may_sign_documents, public_key,
};

/// RFC 5035: the attribute that ties the signature to its certificate.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

#[derive(Sequence)]
struct SigningCertificateV2 {
    certificates: Vec<CertificateReference>,
}

/// `ESSCertIDv2` with its default hash, SHA-256.
#[derive(Sequence)]
struct CertificateReference {
    hash: OctetString,
}

/// Who signed a file, and when in an authority's word.
pub(super) struct Signer<'a> {
    pub(super) key: &'a PublicKeyEntry,
    pub(super) stamp: Option<Stamp>,
}

/// Checks that the CMS signs this content, that its signer's certificate leads to an authority of the directory, and that
/// the signer's key is one of the directory's own for PDFs: an authority signs for others, too. A time stamp is optional; one that is
/// there must be whole, about this signature, and no earlier than what it stamps.
pub(super) fn check<'a>(signature: &PdfSignature, directory: &'a KeyDirectory) -> Result<Signer<'a>, Reason> {
    let data = read(&signature.cms).ok_or(Reason::DocumentSignatureBad)?;
    let signer = signer(&data).ok_or(Reason::DocumentSignatureBad)?;
    let certificates = certificates(&data).ok_or(Reason::DocumentSignatureBad)?;
    let own = own(&certificates, signer).ok_or(Reason::DocumentSignatureBad)?;
    let digest = signed_digest(signer, own).ok_or(Reason::DocumentSignatureBad)?;
    let key = public_key(own)
        .filter(|key| key.signature_algorithm() == signer.signature_algorithm)
        .ok_or(Reason::DocumentSignatureBad)?;
    let signed = signer
        .signed_attrs
        .as_ref()
        .and_then(|attributes| attributes.to_der().ok());
    let holds = signed.is_some_and(|signed| key.verify(&signed, signer.signature.as_bytes()).is_ok());
    if !holds {
        return Err(Reason::DocumentSignatureBad);
    }
    if digest != signature.content_digest {
        return Err(Reason::DocumentChanged);
    }
    let stamp = stamp(signer, signature.claimed_at).ok_or(Reason::DocumentSignatureBad)?;
    let others: Vec<&Certificate> = certificates.iter().filter(|certificate| *certificate != own).collect();
    if !leads_to_authority(own, &others, directory, signature.claimed_at) {
        return Err(Reason::DocumentSignerUnknown);
    }
    directory
        .entry(Purpose::Pdf, key.id())
        .filter(|entry| entry.public_key == key && covers(entry, signature.claimed_at))
        .map(|key| Signer { key, stamp })
        .ok_or(Reason::DocumentSignerUnknown)
}

/// The time stamp, if there is one; nothing if it is not as it must be.
fn stamp(signer: &SignerInfo, claimed_at: Timestamp) -> Option<Option<Stamp>> {
    let Some(attributes) = &signer.unsigned_attrs else {
        return Some(None);
    };
    let [attribute] = attributes.as_slice() else {
        return None;
    };
    let ([token], rfc3161::ID_AA_TIME_STAMP_TOKEN) = (attribute.values.as_slice(), attribute.oid) else {
        return None;
    };
    let stamp = Stamp::read(&token.to_der().ok()?, signer.signature.as_bytes())?;
    // Nobody stamps what is not there yet, but for clocks that do not agree.
    (stamp.at >= claimed_at - timestamp::CLOCK_SKEW_MAX).then_some(Some(stamp))
}

/// A file names its second: a key that came into use within it may have signed then.
fn covers(entry: &PublicKeyEntry, second: Timestamp) -> bool {
    entry.covers(second) || entry.covers(second + SignedDuration::from_nanos(999_999_999))
}

/// The CMS, if it is DER, followed by zeros alone.
fn read(cms: &[u8]) -> Option<SignedData> {
    let mut reader = SliceReader::new(cms).ok()?;
    let content = ContentInfo::decode(&mut reader).ok()?;
    let padding = reader.read_slice(reader.remaining_len()).ok()?;
    let data: SignedData = content.content.decode_as().ok()?;
    let again = ContentInfo {
        content_type: rfc5911::ID_SIGNED_DATA,
        content: Any::encode_from(&data).ok()?,
    };
    let written = cms.get(..cms.len() - padding.len())?;
    let canonical = again.to_der().is_ok_and(|again| again == written);
    (canonical && padding.iter().all(|&byte| byte == 0)).then_some(data)
}

/// The one signer, if everything around it is as it must be.
fn signer(data: &SignedData) -> Option<&SignerInfo> {
    let [signer] = data.signer_infos.0.as_slice() else {
        return None;
    };
    let as_ours = data.version == CmsVersion::V1
        && matches!(data.digest_algorithms.as_slice(), [one] if is(one, rfc5912::ID_SHA_256))
        && data.encap_content_info.econtent_type == rfc5911::ID_DATA
        && data.encap_content_info.econtent.is_none()
        && data.crls.is_none()
        && signer.version == CmsVersion::V1
        && is(&signer.digest_alg, rfc5912::ID_SHA_256);
    as_ours.then_some(signer)
}

fn is(algorithm: &AlgorithmIdentifierOwned, oid: ObjectIdentifier) -> bool {
    algorithm.oid == oid && algorithm.parameters.is_none()
}

fn certificates(data: &SignedData) -> Option<Vec<Certificate>> {
    let choices = data.certificates.as_ref()?.0.as_slice();
    if choices.len() > INTERMEDIATES_MAX + 2 {
        return None;
    }
    choices
        .iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
            CertificateChoices::Other(_) => None,
        })
        .collect()
}

fn own<'a>(certificates: &'a [Certificate], signer: &SignerInfo) -> Option<&'a Certificate> {
    let SignerIdentifier::IssuerAndSerialNumber(named) = &signer.sid else {
        return None;
    };
    certificates.iter().find(|certificate| {
        let body = certificate.tbs_certificate();
        *body.issuer() == named.issuer && *body.serial_number() == named.serial_number
    })
}

/// The digest that the signed attributes name, if they are the three of the baseline and name this certificate.
fn signed_digest(signer: &SignerInfo, own: &Certificate) -> Option<[u8; 32]> {
    let attributes = signer.signed_attrs.as_ref()?;
    if attributes.len() != 3 {
        return None;
    }
    let value = |oid| {
        let attribute = attributes.iter().find(|attribute| attribute.oid == oid)?;
        match attribute.values.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    };
    let content_type: ObjectIdentifier = value(rfc5911::ID_CONTENT_TYPE)?.decode_as().ok()?;
    let reference: SigningCertificateV2 = value(SIGNING_CERTIFICATE_V2)?.decode_as().ok()?;
    let digest: OctetString = value(rfc5911::ID_MESSAGE_DIGEST)?.decode_as().ok()?;
    let [reference] = reference.certificates.as_slice() else {
        return None;
    };
    let own_hash: [u8; 32] = Sha256::digest(own.to_der().ok()?).into();
    if content_type != rfc5911::ID_DATA || reference.hash.as_bytes() != own_hash {
        return None;
    }
    digest.as_bytes().try_into().ok()
}

/// Walks from the signer's certificate to an authority. Certificates
/// that are no step of the way may only be the authority itself: what nobody checks must not be there.
fn leads_to_authority(own: &Certificate, others: &[&Certificate], directory: &KeyDirectory, at: Timestamp) -> bool {
    if !is_acceptable(own, at) || !may_sign_documents(own) {
        return false;
    }
    let authorities: Vec<Certificate> = directory
        .pdf_authority()
        .iter()
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    let mut unused: Vec<&Certificate> = others.to_vec();
    let mut current = own;
    for below in 0..=INTERMEDIATES_MAX {
        let signs = |issuer: &Certificate| {
            is_acceptable(issuer, at) && may_sign_certificates(issuer, below) && has_signed(issuer, current)
        };
        if let Some(authority) = authorities.iter().find(|authority| signs(authority)) {
            return unused.iter().all(|rest| *rest == authority);
        }
        let Some(place) = unused.iter().position(|issuer| signs(issuer)) else {
            return false;
        };
        current = unused.remove(place);
    }
    false
}

/// A signing certificate with the way from it to its authority, each in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningChain {
    /// The PDF key's own.
    pub signing: Vec<u8>,
    /// Those between, the nearest first.
    pub intermediates: Vec<Vec<u8>>,
    /// The last one: whoever trusts it trusts the signature.
    pub authority: Vec<u8>,
}

/// Certificates are not what a PDF can be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainProblem {
    /// One of them is no certificate.
    #[error("a certificate cannot be read")]
    Unreadable,
    /// None of them is for this key.
    #[error("none of the certificates is for this key")]
    OtherKey,
    /// It has ended or not begun, or asks for something that is not understood here.
    #[error("a certificate is not in its time, or has a critical extension that is not understood here")]
    Unacceptable,
    /// It is for something else than signing documents.
    #[error("the certificate is not for signing documents")]
    Usage,
    /// No authority is among them that has signed it.
    #[error("no certificate of an authority is there that leads to this one")]
    NoAuthority,
}

impl SigningChain {
    /// Finds the key's certificate and its way up among these, in whatever order they come, as [`crate::verify`] will want
    /// them at this instant. The last certificate that is found on the way is the authority's; others are left out.
    ///
    /// # Errors
    /// [`ChainProblem`].
    pub fn find(certificates: &[Vec<u8>], key: &PublicKey, at: Timestamp) -> Result<Self, ChainProblem> {
        let mut rest = certificates
            .iter()
            .map(|der| Certificate::from_der(der).map_err(|_| ChainProblem::Unreadable))
            .collect::<Result<Vec<_>, _>>()?;
        let own = rest
            .iter()
            .position(|certificate| public_key(certificate).as_ref() == Some(key));
        let own = rest.remove(own.ok_or(ChainProblem::OtherKey)?);
        if !is_acceptable(&own, at) {
            return Err(ChainProblem::Unacceptable);
        }
        if !may_sign_documents(&own) {
            return Err(ChainProblem::Usage);
        }
        let mut way = vec![own];
        while let Some(current) = way.last() {
            let below = way.len() - 1;
            let signs = |issuer: &Certificate| may_sign_certificates(issuer, below) && has_signed(issuer, current);
            let Some(place) = rest.iter().position(signs) else {
                break;
            };
            if below > INTERMEDIATES_MAX {
                return Err(ChainProblem::NoAuthority);
            }
            let issuer = rest.remove(place);
            if !is_acceptable(&issuer, at) {
                return Err(ChainProblem::Unacceptable);
            }
            way.push(issuer);
        }
        let mut ders = way
            .iter()
            .map(|certificate| certificate.to_der().map_err(|_| ChainProblem::Unreadable));
        let signing = ders.next().ok_or(ChainProblem::OtherKey)??;
        let mut intermediates = ders.collect::<Result<Vec<_>, _>>()?;
        let authority = intermediates.pop().ok_or(ChainProblem::NoAuthority)?;
        Ok(Self {
            signing,
            intermediates,
            authority,
        })
    }

    /// All of it, the signing certificate first: what goes into a signature.
    #[must_use]
    pub fn whole(&self) -> Vec<Vec<u8>> {
        let mut all = vec![self.signing.clone()];
        all.extend(self.intermediates.iter().cloned());
        all.push(self.authority.clone());
        all
    }
}
