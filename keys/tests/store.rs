//! The key file and the directory: formats frozen by golden files, and every kind of damage told apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use keys::{
    Algorithm, DirectoryError, Entropy, KeyDirectory, KeyId, KeyStore, KeyStoreError, Purpose, SeededEntropy,
    VerifyError,
};

const PASSPHRASE: &str = "correct horse battery staple";

fn now() -> jiff::Timestamp {
    "2026-11-22T06:30:00Z".parse().unwrap()
}

fn demo(folder: &Path) -> (PathBuf, KeyStore) {
    let path = folder.join("keys.json");
    let entropy = SeededEntropy::new(2026);
    let store = KeyStore::create(&path, PASSPHRASE, &entropy, true, now(), "Sample Municipal Corporation").unwrap();
    (path, store)
}

/// Compares with a file under `tests/golden`; `PRAMAN_GOLDEN=write` writes it anew.
fn golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var("PRAMAN_GOLDEN").is_ok_and(|value| value == "write") {
        fs::write(&path, actual).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).expect("the golden file is missing"),
        actual,
        "{name} has changed"
    );
}

#[test]
fn the_formats_are_frozen() {
    let folder = tempfile::tempdir().unwrap();
    let (path, store) = demo(folder.path());
    golden("key_store.json", &fs::read_to_string(&path).unwrap());
    golden("key_directory.json", &store.directory().to_json().unwrap());
}

#[test]
fn the_golden_key_file_still_opens_and_signs() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let store = KeyStore::open(&golden.join("key_store.json"), PASSPHRASE).unwrap();
    let directory = KeyDirectory::from_json(&fs::read(golden.join("key_directory.json")).unwrap()).unwrap();
    assert_eq!(store.directory(), &directory);
    assert!(store.is_demo() && directory.has_demo_keys());
    for (purpose, algorithm) in [
        (Purpose::Credential, Algorithm::Ed25519),
        (Purpose::Checkpoint, Algorithm::Ed25519),
        (Purpose::Status, Algorithm::Ed25519),
        (Purpose::Pdf, Algorithm::P256),
        (Purpose::Authority, Algorithm::P256),
        (Purpose::Witness, Algorithm::Ed25519),
    ] {
        let signer = store.signer(purpose).unwrap();
        assert_eq!((signer.purpose(), signer.algorithm()), (purpose, algorithm));
        let signature = signer.sign(b"message").unwrap();
        assert_eq!(signature, signer.sign(b"message").unwrap(), "signatures repeat");
        let entry = directory
            .verify(purpose, signer.key_id(), Some(now()), b"message", &signature)
            .unwrap();
        assert!(entry.demo);
        let (key, wrong) = (
            signer.key_id(),
            directory.verify(purpose, signer.key_id(), None, b"massage", &signature),
        );
        assert_eq!(wrong.unwrap_err(), VerifyError::Signature { purpose, key });
        let early = Some(now() - jiff::SignedDuration::from_nanos(1));
        let before = directory.verify(purpose, key, early, b"message", &signature);
        assert_eq!(before.unwrap_err(), VerifyError::OutsidePeriod { purpose, key });
        for other in [Purpose::Credential, Purpose::Checkpoint]
            .into_iter()
            .filter(|other| *other != purpose)
        {
            let unknown = directory.verify(other, key, None, b"message", &signature);
            assert_eq!(unknown.unwrap_err(), VerifyError::UnknownKey { purpose: other, key });
        }
    }
}

#[test]
fn the_vault_of_a_store_survives_closing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, store) = demo(folder.path());
    let entropy = SeededEntropy::new(1);
    let wrapped = store.vault().new_subject_key(&entropy).unwrap();
    let sealed = store.vault().seal(&wrapped, &entropy, b"place", b"value").unwrap();
    let fingerprint = store.vault().blind("phone", b"1");
    drop(store);
    let vault = KeyStore::open(&path, PASSPHRASE).unwrap().vault();
    assert_eq!(vault.open(&wrapped, b"place", &sealed).unwrap(), b"value");
    assert_eq!(vault.blind("phone", b"1"), fingerprint);
}

#[test]
fn a_key_file_is_private_complete_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = demo(folder.path());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file is left"
    );
    let before = fs::read(&path).unwrap();
    let again = KeyStore::create(&path, PASSPHRASE, &SeededEntropy::new(1), true, now(), "x");
    assert!(matches!(again.unwrap_err(), KeyStoreError::Exists { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_production_store_needs_a_passphrase_and_holds_no_demonstration_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let entropy = SeededEntropy::new(1);
    let refused = KeyStore::create(&path, "", &entropy, false, now(), "Office").unwrap_err();
    assert!(matches!(refused, KeyStoreError::EmptyPassphrase));
    KeyStore::create(&path, PASSPHRASE, &entropy, false, now(), "Office").unwrap();
    let store = KeyStore::open(&path, PASSPHRASE).unwrap();
    assert!(!store.is_demo() && !store.directory().has_demo_keys());
    assert!(store.directory().pdf_authority().is_empty());
    assert!(matches!(
        store.signer(Purpose::Authority),
        Err(KeyStoreError::Missing(Purpose::Authority))
    ));
}

#[test]
fn each_kind_of_damage_has_its_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = demo(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    let open = |text: &str| {
        let path = folder.path().join("damaged.json");
        fs::write(&path, text).unwrap();
        KeyStore::open(&path, PASSPHRASE)
    };
    assert!(open(&text).is_ok());

    assert!(matches!(
        KeyStore::open(&path, "wrong").unwrap_err(),
        KeyStoreError::Passphrase { .. }
    ));
    assert!(matches!(
        KeyStore::open(&folder.path().join("none.json"), PASSPHRASE).unwrap_err(),
        KeyStoreError::Read { .. }
    ));
    for length in (0..text.trim_end().len()).step_by(97) {
        assert!(
            matches!(open(&text[..length]).unwrap_err(), KeyStoreError::Parse { .. }),
            "cut at {length}"
        );
    }
    let edited = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        open(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(
        edited("\"demo\": true", "\"demo\": false"),
        KeyStoreError::Altered { .. }
    ));
    assert!(matches!(
        edited("Sample Municipal", "Simple Municipal"),
        KeyStoreError::Altered { .. }
    ));
    assert!(matches!(
        edited("2026-11-22T06:30:00Z", "2025-11-22T06:30:00Z"),
        KeyStoreError::Altered { .. }
    ));
    assert!(matches!(
        edited("\"not_after\": null", "\"not_after\": \"2027-01-01T00:00:00Z\""),
        KeyStoreError::Altered { .. }
    ));
    assert!(matches!(
        edited("\"version\": 1", "\"version\": 2"),
        KeyStoreError::Unsupported { .. }
    ));
    assert!(matches!(
        edited("\"memory_kib\": 19456", "\"memory_kib\": 8"),
        KeyStoreError::Unsupported { .. }
    ));
    assert!(matches!(
        edited("\"memory_kib\": 19456", "\"memory_kib\": 4294967295"),
        KeyStoreError::Unsupported { .. }
    ));
    assert!(matches!(
        edited("\"passes\": 2", "\"passes\": 3"),
        KeyStoreError::Passphrase { .. }
    ));
    assert!(matches!(
        edited("\"head\"", "\"note\": 1, \"head\""),
        KeyStoreError::Parse { .. }
    ));

    // One changed character of the sealed part at a time, in steps that reach nonce, text and tag.
    let begin = text.find("\"sealed\": \"").unwrap() + "\"sealed\": \"".len();
    let end = begin + text[begin..].find('"').unwrap();
    for at in (begin..end - 4).step_by(61).chain([end - 5]) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let error = open(&String::from_utf8(bytes).unwrap()).unwrap_err();
        assert!(matches!(error, KeyStoreError::Altered { .. }), "{error}");
    }
}

#[test]
fn a_directory_that_lies_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = demo(folder.path());
    let json = store.directory().to_json().unwrap();
    let first: KeyId = store.directory().keys()[0].id();
    let second: KeyId = store.directory().keys()[1].id();
    let read = |text: String| KeyDirectory::from_json(text.as_bytes()).unwrap_err();
    let (a, b) = (first.to_string(), second.to_string());
    assert_eq!(read(json.replace(&a, "00000000")), DirectoryError::Name([0; 4].into()));
    assert_eq!(read(json.replace(&a, &b)), DirectoryError::Name(second));
    assert!(matches!(read(json.replace(&a, "0")), DirectoryError::Parse(_)));
    assert!(matches!(
        read(json.replacen("\"keys\"", "\"kays\"", 1)),
        DirectoryError::Parse(_)
    ));

    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let copy = value["keys"][0].clone();
    value["keys"].as_array_mut().unwrap().push(copy);
    assert_eq!(read(value.to_string()), DirectoryError::Twice(first));

    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["keys"][0]["not_after"] = value["keys"][0]["not_before"].clone();
    assert_eq!(read(value.to_string()), DirectoryError::Period(first));

    // A point of small order (the neutral element) "verifies" everything under some rules.
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["keys"][0]["public_key"] = format!("AQ{}=", "A".repeat(41)).into();
    assert_eq!(read(value.to_string()), DirectoryError::Key(first));
}

#[test]
fn the_demonstration_certificates_say_what_they_are_and_chain() {
    use der::{Decode as _, Encode as _};
    use x509_cert::Certificate;
    use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};

    let folder = tempfile::tempdir().unwrap();
    let (_, store) = demo(folder.path());
    let directory = store.directory();
    let authority = Certificate::from_der(&directory.pdf_authority()[0]).unwrap();
    let signing = Certificate::from_der(directory.pdf_signing_certificate()).unwrap();
    let text = |name: &x509_cert::name::Name| name.to_string();
    let (issuer, subject) = (
        authority.tbs_certificate().subject(),
        signing.tbs_certificate().subject(),
    );
    assert!(
        text(issuer).contains("Praman demonstration authority - not valid"),
        "{issuer}"
    );
    assert!(
        text(subject).contains("Praman demonstration document signer - not valid"),
        "{subject}"
    );
    assert_eq!(authority.tbs_certificate().issuer(), issuer);
    assert_eq!(signing.tbs_certificate().issuer(), issuer);
    assert_ne!(
        authority.tbs_certificate().serial_number(),
        signing.tbs_certificate().serial_number()
    );

    let authority_key = store.signer(Purpose::Authority).unwrap();
    for certificate in [&authority, &signing] {
        let body = certificate.tbs_certificate().to_der().unwrap();
        authority_key
            .public_key()
            .verify(&body, certificate.signature().as_bytes().unwrap())
            .unwrap();
        let begin = certificate
            .tbs_certificate()
            .validity()
            .not_before
            .to_unix_duration()
            .as_secs();
        assert_eq!(i64::try_from(begin).unwrap(), now().as_second());
    }
    let pdf = store.signer(Purpose::Pdf).unwrap();
    assert_eq!(
        signing.tbs_certificate().subject_public_key_info().to_der().unwrap(),
        pdf.public_key().to_spki_der().unwrap()
    );
    let usage = |certificate: &Certificate| {
        certificate
            .tbs_certificate()
            .get_extension::<KeyUsage>()
            .unwrap()
            .unwrap()
            .1
    };
    assert_eq!(
        usage(&signing).0,
        KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
    );
    assert_eq!(usage(&authority).0, KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    let constraints = |certificate: &Certificate| {
        certificate
            .tbs_certificate()
            .get_extension::<BasicConstraints>()
            .unwrap()
            .unwrap()
    };
    assert!(constraints(&authority).1.ca && !constraints(&signing).1.ca);
    let named = authority
        .tbs_certificate()
        .get_extension::<SubjectKeyIdentifier>()
        .unwrap()
        .unwrap()
        .1;
    let points_to = signing
        .tbs_certificate()
        .get_extension::<AuthorityKeyIdentifier>()
        .unwrap()
        .unwrap()
        .1;
    assert_eq!(points_to.key_identifier.unwrap(), named.0);
}

#[test]
fn different_chance_gives_different_keys() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, entropy: &dyn Entropy| {
        KeyStore::create(&folder.path().join(name), PASSPHRASE, entropy, true, now(), "x").unwrap()
    };
    let (a, b) = (make("a", &SeededEntropy::new(1)), make("b", &SeededEntropy::new(2)));
    for purpose in [Purpose::Credential, Purpose::Pdf] {
        assert_ne!(a.signer(purpose).unwrap().key_id(), b.signer(purpose).unwrap().key_id());
    }
    assert_ne!(a.vault().blind("x", b"y"), b.vault().blind("x", b"y"));
}
