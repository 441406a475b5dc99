//! Certificates of authorities and the way from one to the next (RFC 5280, 6, for P-256 and RSA-2048 and without policies).

use const_oid::db::rfc5912;
use der::Encode as _;
use jiff::Timestamp;
use keys::{Algorithm, PublicKey};
use spki::ObjectIdentifier;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

/// Certificates between a signer's own and the authority.
pub(crate) const INTERMEDIATES_MAX: usize = 4;
/// The extensions that are understood here. A critical one beyond them is a refusal.
const UNDERSTOOD: [ObjectIdentifier; 4] = [
    rfc5912::ID_CE_BASIC_CONSTRAINTS,
    rfc5912::ID_CE_KEY_USAGE,
    rfc5912::ID_CE_SUBJECT_KEY_IDENTIFIER,
    rfc5912::ID_CE_AUTHORITY_KEY_IDENTIFIER,
];

/// In its time, of one algorithm inside and out, and without a critical extension that is not understood.
pub(crate) fn is_acceptable(certificate: &Certificate, at: Timestamp) -> bool {
    is_acceptable_with(certificate, at, &[])
}

/// The same for the certificate of a time-stamp authority: its key is for that and for nothing else, and says so
/// (RFC 3161, 2.3).
pub(crate) fn may_stamp_time(certificate: &Certificate, at: Timestamp) -> bool {
    let usage = match certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>() {
        Ok(Some((critical, usage))) => critical && matches!(usage.0.as_slice(), [rfc5912::ID_KP_TIME_STAMPING]),
        _ => false,
    };
    usage && may_sign_documents(certificate) && is_acceptable_with(certificate, at, &[rfc5912::ID_CE_EXT_KEY_USAGE])
}

fn is_acceptable_with(certificate: &Certificate, at: Timestamp, further: &[ObjectIdentifier]) -> bool {
    let body = certificate.tbs_certificate();
    let validity = body.validity();
    let from = validity.not_before.to_unix_duration().as_secs();
    let until = validity.not_after.to_unix_duration().as_secs();
    let in_time = u64::try_from(at.as_second()).is_ok_and(|at| (from..=until).contains(&at));
    let understood = body.extensions().is_none_or(|extensions| {
        extensions.iter().all(|extension| {
            !extension.critical || UNDERSTOOD.contains(&extension.extn_id) || further.contains(&extension.extn_id)
        })
    });
    in_time && understood && body.signature() == certificate.signature_algorithm()
}

/// Key usage, where it is given, must allow signatures on documents (RFC 5280, 4.2.1.3).
pub(crate) fn may_sign_documents(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.digital_signature() || usage.non_repudiation(),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// `below`: how many certificates of authorities stand between this one and the signer's.
pub(crate) fn may_sign_certificates(certificate: &Certificate, below: usize) -> bool {
    let body = certificate.tbs_certificate();
    let Ok(Some((_, constraints))) = body.get_extension::<BasicConstraints>() else {
        return false;
    };
    let usage = match body.get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    constraints.ca
        && usage
        && constraints
            .path_len_constraint
            .is_none_or(|most| below <= usize::from(most))
}

pub(crate) fn has_signed(issuer: &Certificate, certificate: &Certificate) -> bool {
    let named = certificate.tbs_certificate().issuer() == issuer.tbs_certificate().subject();
    let signature = certificate.signature().as_bytes();
    let (Some(key), Ok(body), Some(signature)) =
        (public_key(issuer), certificate.tbs_certificate().to_der(), signature)
    else {
        return false;
    };
    named && *certificate.signature_algorithm() == key.signature_algorithm() && key.verify(&body, signature).is_ok()
}

pub(crate) fn public_key(certificate: &Certificate) -> Option<PublicKey> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let key = PublicKey::from_spki_der(&info.to_der().ok()?).ok()?;
    matches!(key.algorithm(), Algorithm::P256 | Algorithm::Rsa2048).then_some(key)
}
