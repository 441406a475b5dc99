//! The token: a CMS signature by the authority over what it says.
//!
//! CMS leaves much of a token outside the authority's signature: certificates, names of algorithms, attributes without a signature. In a
//! file of ours a token has one form, which follows from what is signed and from the certificates up to a root. Whatever differs
//! from it by one bit is no token.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::db::{rfc5911, rfc5912};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode as _, Encode as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::asn1::{Info, SigningCertificate, is_sha256};
use crate::x509::{INTERMEDIATES_MAX, has_signed, is_acceptable, may_sign_certificates, may_stamp_time, public_key};

/// RFC 3161, 2.4.2: `id-ct-TSTInfo`.
const INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// RFC 5035: the attribute that ties a signature to its certificate.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// RFC 2634: the same with SHA-1, as RFC 3161 had it before RFC 5816.
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// Certificates that are looked at.
const CERTIFICATES_MAX: usize = INTERMEDIATES_MAX + 2;

pub(super) const fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: rfc5912::ID_SHA_256,
        parameters: None,
    }
}

/// A token whose signature fits the certificate that it names.
pub(super) struct Token {
    pub(super) info: Info,
    pub(super) at: Timestamp,
    info_der: Vec<u8>,
    signed_attributes: Attributes,
    signature: Vec<u8>,
    own: Certificate,
    others: Vec<Certificate>,
}

impl Token {
    /// Reads a token and checks its signature.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let content = ContentInfo::from_der(der).ok()?;
        if content.content_type != rfc5911::ID_SIGNED_DATA {
            return None;
        }
        let data: SignedData = content.content.decode_as().ok()?;
        let info_der = info(&data.encap_content_info)?;
        let [signer] = data.signer_infos.0.as_slice() else {
            return None;
        };
        let (own, others) = certificates(&data, signer)?;
        let signed_attributes = signer.signed_attrs.clone()?;
        if !is_sha256(&signer.digest_alg) || !names(&signed_attributes, &info_der, &own) {
            return None;
        }
        let signature = signer.signature.as_bytes().to_vec();
        let signed = signed_attributes.to_der().ok()?;
        public_key(&own)?.verify(&signed, &signature).ok()?;
        let info = Info::from_der(&info_der).ok()?;
        let at = info.instant()?;
        let plain = info.version == 1 && info.extensions.iter().flatten().all(|extension| !extension.critical);
        (plain && may_stamp_time(&own, at)).then_some(Self {
            info,
            at,
            info_der,
            signed_attributes,
            signature,
            own,
            others,
        })
    }

    /// From the authority's own certificate up to one of these, of which some may be in the token.
    pub(super) fn way_to(&self, roots: &[Certificate]) -> Option<Vec<Certificate>> {
        let mut way = vec![self.own.clone()];
        for below in 0..=INTERMEDIATES_MAX {
            let current = way.last()?;
            let signs = |issuer: &&Certificate| self.may_have_signed(issuer, current, below);
            if let Some(root) = roots.iter().find(signs) {
                way.push(root.clone());
                return Some(way);
            }
            let between = self.others.iter().find(signs)?.clone();
            way.push(between);
        }
        None
    }

    /// From the authority's own certificate up to one that signed itself, with every certificate of the token a step of it.
    pub(super) fn way_inside(&self) -> Option<Vec<Certificate>> {
        let (mut way, mut rest) = (vec![self.own.clone()], self.others.clone());
        for below in 0..=INTERMEDIATES_MAX {
            let current = way.last()?;
            let signs = |issuer: &Certificate| self.may_have_signed(issuer, current, below);
            let next = rest.remove(rest.iter().position(signs)?);
            let is_root = has_signed(&next, &next);
            way.push(next);
            if is_root {
                return rest.is_empty().then_some(way);
            }
        }
        None
    }

    fn may_have_signed(&self, issuer: &Certificate, certificate: &Certificate, below: usize) -> bool {
        is_acceptable(issuer, self.at) && may_sign_certificates(issuer, below) && has_signed(issuer, certificate)
    }

    /// The one form of it, with these certificates.
    pub(super) fn written(&self, way: &[Certificate]) -> der::Result<Vec<u8>> {
        let body = self.own.tbs_certificate();
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: body.issuer().clone(),
                serial_number: body.serial_number().clone(),
            }),
            digest_alg: sha256(),
            signed_attrs: Some(self.signed_attributes.clone()),
            signature_algorithm: public_key(&self.own)
                .ok_or_else(|| der::Error::from(der::ErrorKind::Failed))?
                .signature_algorithm(),
            signature: OctetString::new(self.signature.as_slice())?,
            unsigned_attrs: None,
        };
        let choices: Vec<CertificateChoices> = way.iter().cloned().map(CertificateChoices::Certificate).collect();
        let data = SignedData {
            // RFC 5652, 5.1: what is signed is no plain data.
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![sha256()])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: INFO,
                econtent: Some(Any::encode_from(&OctetString::new(self.info_der.as_slice())?)?),
            },
            certificates: Some(CertificateSet::try_from(choices)?),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer])?,
        };
        ContentInfo {
            content_type: rfc5911::ID_SIGNED_DATA,
            content: Any::encode_from(&data)?,
        }
        .to_der()
    }
}

/// What the authority says, in DER.
fn info(content: &EncapsulatedContentInfo) -> Option<Vec<u8>> {
    if content.econtent_type != INFO {
        return None;
    }
    let octets: OctetString = content.econtent.as_ref()?.decode_as().ok()?;
    Some(octets.as_bytes().to_vec())
}

/// The signer's own certificate, and the others.
fn certificates(data: &SignedData, signer: &SignerInfo) -> Option<(Certificate, Vec<Certificate>)> {
    let choices = data.certificates.as_ref()?.0.as_slice();
    if choices.len() > CERTIFICATES_MAX {
        return None;
    }
    let mut all: Vec<Certificate> = choices
        .iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
            CertificateChoices::Other(_) => None,
        })
        .collect::<Option<_>>()?;
    let place = all.iter().position(|certificate| is_named(&signer.sid, certificate))?;
    let own = all.remove(place);
    Some((own, all))
}

fn is_named(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let body = certificate.tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            *body.issuer() == named.issuer && *body.serial_number() == named.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(body.get_extension::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *named)
        }
    }
}

/// Whether the signed attributes name this content and this certificate. Others may stand beside: they are signed as well.
///
/// Where SHA-1 names the certificate nothing rests on it: every certificate is signed by the one above, up to a root that is trusted or not.
fn names(attributes: &Attributes, info_der: &[u8], own: &Certificate) -> bool {
    let value = |oid| {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        match (found.next()?.values.as_slice(), found.next()) {
            ([one], None) => Some(one),
            _ => None,
        }
    };
    let is_there = |oid| attributes.iter().any(|attribute| attribute.oid == oid);
    let read = || {
        let content_type: ObjectIdentifier = value(rfc5911::ID_CONTENT_TYPE)?.decode_as().ok()?;
        let digest: OctetString = value(rfc5911::ID_MESSAGE_DIGEST)?.decode_as().ok()?;
        let older = !is_there(SIGNING_CERTIFICATE_V2);
        let attribute = if older {
            SIGNING_CERTIFICATE
        } else {
            SIGNING_CERTIFICATE_V2
        };
        let reference: SigningCertificate = value(attribute)?.decode_as().ok()?;
        let first = reference.certificates.into_iter().next()?;
        let own = own.to_der().ok()?;
        let named = match (older, &first.algorithm) {
            (true, None) => first.hash.as_bytes() == sha1_smol::Sha1::from(&own).digest().bytes(),
            (true, Some(_)) => false,
            (false, algorithm) => {
                algorithm.as_ref().is_none_or(is_sha256) && first.hash.as_bytes() == Sha256::digest(own).as_slice()
            }
        };
        Some(named && content_type == INFO && digest.as_bytes() == Sha256::digest(info_der).as_slice())
    };
    read() == Some(true)
}
