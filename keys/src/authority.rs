//! The demonstration authority: two X.509 certificates (RFC 5280), so that a PDF of a demonstration is signed exactly as a
//! real one is. Its names say that it is worth nothing.

use der::asn1::{Any, BitString, GeneralizedTime, OctetString, SetOfVec, Uint, UtcTime, Utf8StringRef};
use der::{Decode as _, Encode as _, Sequence};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use spki::{AlgorithmIdentifierOwned, ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::time::Time;

use crate::entropy::Entropy;
use crate::public::PublicKey;
use crate::signer::Signer;

const AUTHORITY_NAME: &str = "Praman demonstration authority - not valid";
const SIGNER_NAME: &str = "Praman demonstration document signer - not valid";
/// Ten years of 365 days: a demonstration's certificate should not run out in the middle of one.
const LIFETIME_HOURS: i64 = 10 * 365 * 24;
/// RFC 5280, appendix A: `ub-organization-name`.
const ORGANIZATION_CHARACTERS_MAX: usize = 64;
/// RFC 5280, 4.1.2.5: years from 2050 on are written as GeneralizedTime.
const YEAR_2050_SECONDS: i64 = 2_524_608_000;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// Both certificates in DER.
#[derive(Clone, Debug)]
pub struct DemoCertificates {
    /// The authority's, signed by itself.
    pub authority: Vec<u8>,
    /// That of the PDF key, signed by the authority.
    pub signing: Vec<u8>,
}

/// No certificate was made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A field could not be encoded.
    #[error("a field of the signing certificate could not be encoded")]
    Encode(#[source] der::Error),
    /// The authority's key did not sign.
    #[error("the authority's key did not sign")]
    Sign(#[source] crate::SignError),
    /// A public key could not be encoded.
    #[error("a public key could not be encoded for a signing certificate")]
    Key(#[source] crate::PublicKeyError),
}

#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial_number: Uint,
    signature: AlgorithmIdentifierOwned,
    issuer: RdnSequence,
    validity: Validity,
    subject: RdnSequence,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence, Clone)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Sequence)]
struct Signed {
    body: ToBeSigned,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// Makes the authority's own certificate and that of the PDF key under it. Their names say that they are worth nothing;
/// either key may be of any algorithm.
///
/// # Errors
/// See [`AuthorityError`].
pub fn demo_certificates(
    authority: &dyn Signer,
    pdf_key: &PublicKey,
    organization: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<DemoCertificates, AuthorityError> {
    let validity = validity(now).map_err(AuthorityError::Encode)?;
    let organization: String = organization.chars().take(ORGANIZATION_CHARACTERS_MAX).collect();
    let name = |common_name: &str| name(common_name, &organization).map_err(AuthorityError::Encode);
    let issuer = name(AUTHORITY_NAME)?;
    let authority_key = authority.public_key();
    let certificate = |subject: RdnSequence, key: &PublicKey, extensions: Vec<Extension>| {
        let body = ToBeSigned {
            version: 2,
            serial_number: serial_number(entropy).map_err(AuthorityError::Encode)?,
            signature: authority_key.signature_algorithm(),
            issuer: issuer.clone(),
            validity: validity.clone(),
            subject,
            subject_public_key_info: public_key_info(key)?,
            extensions,
        };
        let bytes = body.to_der().map_err(AuthorityError::Encode)?;
        let signature = authority.sign(&bytes).map_err(AuthorityError::Sign)?;
        let signature = BitString::from_bytes(&signature).map_err(AuthorityError::Encode)?;
        Signed {
            body,
            algorithm: authority_key.signature_algorithm(),
            signature,
        }
        .to_der()
        .map_err(AuthorityError::Encode)
    };
    let authority_extensions = extensions(authority_key, authority_key, true)?;
    let signing_extensions = extensions(pdf_key, authority_key, false)?;
    Ok(DemoCertificates {
        authority: certificate(name(AUTHORITY_NAME)?, authority_key, authority_extensions)?,
        signing: certificate(name(SIGNER_NAME)?, pdf_key, signing_extensions)?,
    })
}

/// Sixteen random bytes with the top bit clear and not all zero: positive, and within the 20 octets of RFC 5280, 4.1.2.2.
fn serial_number(entropy: &dyn Entropy) -> der::Result<Uint> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let [first, ..] = &mut bytes;
    *first = (*first & 0x3f) | 0x40;
    Uint::new(&bytes)
}

fn validity(now: Timestamp) -> der::Result<Validity> {
    let begin = now.as_second();
    let end = begin.saturating_add(LIFETIME_HOURS * 3600);
    Ok(Validity {
        not_before: time(begin)?,
        not_after: time(end)?,
    })
}

fn time(seconds: i64) -> der::Result<Time> {
    let since_1970 = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    if seconds < YEAR_2050_SECONDS {
        UtcTime::from_unix_duration(since_1970).map(Time::from)
    } else {
        GeneralizedTime::from_unix_duration(since_1970).map(Time::from)
    }
}

fn name(common_name: &str, organization: &str) -> der::Result<RdnSequence> {
    let part = |oid, text| -> der::Result<RelativeDistinguishedName> {
        let value = Any::encode_from(&Utf8StringRef::new(text)?)?;
        Ok(RelativeDistinguishedName::from(SetOfVec::try_from([
            AttributeTypeAndValue { oid, value },
        ])?))
    };
    let mut name = RdnSequence::default();
    if !organization.is_empty() {
        name.push(part(ORGANIZATION, organization)?);
    }
    name.push(part(COMMON_NAME, common_name)?);
    Ok(name)
}

fn public_key_info(key: &PublicKey) -> Result<SubjectPublicKeyInfoOwned, AuthorityError> {
    let der = key.to_spki_der().map_err(AuthorityError::Key)?;
    SubjectPublicKeyInfoOwned::from_der(&der).map_err(AuthorityError::Encode)
}

/// No extended key usage: its absence allows signing documents, and some readers take any other value as a refusal.
fn extensions(subject: &PublicKey, issuer: &PublicKey, authority: bool) -> Result<Vec<Extension>, AuthorityError> {
    let usage = if authority {
        KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)
    } else {
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
    };
    let constraints = BasicConstraints {
        ca: authority,
        path_len_constraint: authority.then_some(0),
    };
    let subject_identifier = SubjectKeyIdentifier(key_identifier(subject)?);
    let authority_identifier = AuthorityKeyIdentifier {
        key_identifier: Some(key_identifier(issuer)?),
        ..Default::default()
    };
    Ok(vec![
        extension("2.5.29.19", true, constraints.to_der())?,
        extension("2.5.29.15", true, usage.to_der())?,
        extension("2.5.29.14", false, subject_identifier.to_der())?,
        extension("2.5.29.35", false, authority_identifier.to_der())?,
    ])
}

fn extension(oid: &str, critical: bool, value: der::Result<Vec<u8>>) -> Result<Extension, AuthorityError> {
    let extn_id = ObjectIdentifier::new(oid).map_err(|error| AuthorityError::Encode(error.into()))?;
    let extn_value = value.and_then(OctetString::new).map_err(AuthorityError::Encode)?;
    Ok(Extension {
        extn_id,
        critical,
        extn_value,
    })
}

/// RFC 7093, method 1: the left 20 bytes of SHA-256 of the public key bytes.
fn key_identifier(key: &PublicKey) -> Result<OctetString, AuthorityError> {
    let digest: [u8; 32] = Sha256::digest(key.to_bytes()).into();
    OctetString::new(digest.into_iter().take(20).collect::<Vec<u8>>()).map_err(AuthorityError::Encode)
}
