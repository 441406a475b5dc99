//! The request for a certificate (PKCS #10, RFC 2986) with which a licensed authority is asked to vouch for the PDF key.

use der::asn1::{Any, BitString, SetOfVec, Utf8StringRef};
use der::{Decode as _, Encode as _};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{CertReq, CertReqInfo, Version};

use crate::identity::Purpose;
use crate::signer::{SignError, Signer};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");

/// RFC 5280, appendix A: `ub-common-name`, `ub-organization-name` and the others are 64 characters, or more.
const CHARACTERS_MAX: usize = 64;

/// In whose name a certificate is asked for. The authority decides what it takes over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Two capital letters (ISO 3166).
    pub country: Option<String>,
    /// State or union territory.
    pub state: Option<String>,
    /// The department.
    pub organization: Option<String>,
    /// The office in it.
    pub unit: Option<String>,
    /// What the signature is called: an office, not a person, for a seal.
    pub common_name: String,
}

/// No request was made.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Requests are made for keys that sign PDFs.
    #[error("a certificate is requested for a PDF key, and this is none")]
    Purpose,
    /// A part of the name is empty, too long, or the country is not two capital letters.
    #[error("a part of the name is empty, longer than {CHARACTERS_MAX} characters, or no country code")]
    Name,
    /// It could not be encoded.
    #[error("the request could not be encoded")]
    Encode(#[source] der::Error),
    /// The key did not sign it.
    #[error("the key did not sign the request")]
    Sign(#[source] SignError),
}

/// The request in DER, signed by the key that it is for.
///
/// # Errors
/// See [`RequestError`].
pub fn certificate_request(signer: &dyn Signer, subject: &Subject) -> Result<Vec<u8>, RequestError> {
    if signer.purpose() != Purpose::Pdf {
        return Err(RequestError::Purpose);
    }
    let key = signer.public_key();
    let spki = key
        .to_spki_der()
        .map_err(|_| RequestError::Encode(der::ErrorKind::Failed.into()))?;
    let info = CertReqInfo {
        version: Version::V1,
        subject: name(subject)?,
        public_key: SubjectPublicKeyInfoOwned::from_der(&spki).map_err(RequestError::Encode)?,
        attributes: SetOfVec::default(),
    };
    let signed = info.to_der().map_err(RequestError::Encode)?;
    let signature = signer.sign(&signed).map_err(RequestError::Sign)?;
    let request = CertReq {
        info,
        algorithm: key.signature_algorithm(),
        signature: BitString::from_bytes(&signature).map_err(RequestError::Encode)?,
    };
    request.to_der().map_err(RequestError::Encode)
}

fn name(subject: &Subject) -> Result<Name, RequestError> {
    let letters = |country: &String| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    if subject.country.as_ref().is_some_and(|country| !letters(country)) {
        return Err(RequestError::Name);
    }
    let parts = [
        (COUNTRY, subject.country.as_ref()),
        (STATE, subject.state.as_ref()),
        (ORGANIZATION, subject.organization.as_ref()),
        (UNIT, subject.unit.as_ref()),
        (COMMON_NAME, Some(&subject.common_name)),
    ];
    let mut sequence = RdnSequence::default();
    for (oid, text) in parts {
        let Some(text) = text else { continue };
        if text.trim().is_empty() || text.chars().count() > CHARACTERS_MAX {
            return Err(RequestError::Name);
        }
        // X.520: a country is a PrintableString; everything else may be in any script.
        let value = if oid == COUNTRY {
            der::asn1::PrintableStringRef::new(text).and_then(|text| Any::encode_from(&text))
        } else {
            Utf8StringRef::new(text).and_then(|text| Any::encode_from(&text))
        };
        let value = value.map_err(RequestError::Encode)?;
        let part = SetOfVec::try_from([AttributeTypeAndValue { oid, value }]).map_err(RequestError::Encode)?;
        sequence.push(RelativeDistinguishedName::from(part));
    }
    // Read back as a name, which refuses what a certificate cannot hold.
    Name::from_der(&sequence.to_der().map_err(RequestError::Encode)?).map_err(RequestError::Encode)
}
