//! Who issued it, as others look that up: a controlled identifier document (W3C Controlled Identifiers 1.0) that is made from the key
//! directory. Our own verifiers do not ask it; they have the directory.

use data_encoding::BASE64URL_NOPAD;
use keys::{Algorithm, KeyDirectory, KeyId, PublicKeyEntry, Purpose};
use serde_json::{Value, json};

/// Where the document is.
pub const ISSUER_PATH: &str = "/.well-known/praman-issuer.json";

/// The issuer's name and address.
pub(super) fn issuer(host: &str) -> String {
    format!("https://{host}{ISSUER_PATH}")
}

/// The host in an issuer's address.
pub(super) fn host_of(issuer: &str) -> Option<&str> {
    issuer.strip_prefix("https://")?.strip_suffix(ISSUER_PATH)
}

/// A key's name and address.
pub(super) fn verification_method(host: &str, key: KeyId) -> String {
    format!("{}#{key}", issuer(host))
}

/// The document: every key for credentials, past and present, as a `JsonWebKey`. One that is over has `expires`, one that came into
/// other hands has `revoked`, and only one in good hands may assert anything.
#[must_use]
pub fn issuer_document(directory: &KeyDirectory, host: &str) -> Value {
    let id = issuer(host);
    let keys = || {
        let keys = directory.keys().iter();
        keys.filter(|entry| entry.purpose == Purpose::Credential && entry.algorithm() == Algorithm::Ed25519)
    };
    let good: Vec<String> = keys()
        .filter(|entry| entry.compromised.is_none())
        .map(|entry| verification_method(host, entry.id()))
        .collect();
    json!({
        "@context": "https://www.w3.org/ns/cid/v1",
        "id": id,
        "verificationMethod": keys().map(|entry| method(entry, host)).collect::<Vec<_>>(),
        "assertionMethod": good,
    })
}

fn method(entry: &PublicKeyEntry, host: &str) -> Value {
    let mut method = json!({
        "id": verification_method(host, entry.id()),
        "type": "JsonWebKey",
        "controller": issuer(host),
        "publicKeyJwk": {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": BASE64URL_NOPAD.encode(&entry.public_key.to_bytes()),
            "alg": "EdDSA",
            "use": "sig",
            "kid": entry.id().to_string(),
        },
    });
    if let Some(fields) = method.as_object_mut() {
        // A date and time with a zone, whole seconds (XMLSchema dateTimeStamp).
        fields.extend(entry.not_after.map(|end| ("expires".to_owned(), json!(end))));
        let since = entry.compromised.map(|compromise| compromise.since);
        fields.extend(since.map(|since| ("revoked".to_owned(), json!(since))));
    }
    method
}
