//! A key file over its life: several keys of one purpose, and a change that a crash cuts off anywhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::file::Step;
use super::*;
use crate::directory::Compromise;
use crate::entropy::SeededEntropy;

const PASSPHRASE: &str = "a passphrase of the department";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn begin() -> Timestamp {
    at("2026-11-22T06:30:00Z")
}

fn store(folder: &Path, demo: bool) -> PathBuf {
    let path = folder.join("keys.json");
    KeyStore::create(&path, PASSPHRASE, &SeededEntropy::new(1), demo, begin(), "Office").unwrap();
    path
}

fn changed(path: &Path, seed: u64, change: impl FnOnce(&mut KeyFile)) -> KeyStore {
    let mut file = KeyFile::open(path, PASSPHRASE).unwrap();
    change(&mut file);
    file.save(&SeededEntropy::new(seed)).unwrap();
    KeyStore::open(path, PASSPHRASE).unwrap()
}

#[test]
fn the_newest_key_in_use_signs_and_the_old_ones_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let purpose = Purpose::Credential;
    let first = KeyStore::open(&path, PASSPHRASE).unwrap().signer(purpose).unwrap();
    let (now, tomorrow) = (
        begin() + SignedDuration::from_hours(1),
        begin() + SignedDuration::from_hours(24),
    );
    let mut second = None;
    let keys = changed(&path, 2, |file| {
        second = Some(
            file.add(purpose, Algorithm::Ed25519, tomorrow, &SeededEntropy::new(3))
                .unwrap(),
        );
    });
    let second = second.unwrap();
    // It is published before it signs.
    let signs = |keys: &KeyStore, at| keys.signer_at(purpose, at).map(|signer| signer.key_id()).ok();
    assert!(keys.directory().entry(purpose, second).is_some());
    assert_eq!(signs(&keys, now), Some(first.key_id()));
    assert_eq!(
        signs(&keys, tomorrow - SignedDuration::from_nanos(1)),
        Some(first.key_id())
    );
    assert_eq!(signs(&keys, tomorrow), Some(second));
    let both = keys.signers_at(purpose, tomorrow).unwrap();
    assert_eq!(
        both.iter().map(|key| key.key_id()).collect::<Vec<_>>(),
        [first.key_id(), second]
    );

    // While both are in use, what has room for two signatures gets both: the oldest speaks, the other stands beside it.
    let all = crate::ChangeOver::new(both).unwrap();
    assert_eq!((all.key_id(), all.purpose()), (first.key_id(), purpose));
    assert_eq!(all.sign(b"x").unwrap(), first.sign(b"x").unwrap());
    assert_eq!(
        all.beside().iter().map(|other| other.key_id()).collect::<Vec<_>>(),
        [second]
    );
    assert!(first.beside().is_empty() && crate::ChangeOver::new(vec![]).is_none());

    let keys = changed(&path, 4, |file| {
        assert!(file.retire(first.key_id(), tomorrow).unwrap());
        assert!(!file.retire(first.key_id(), now).unwrap(), "already so");
    });
    assert_eq!(signs(&keys, now), Some(first.key_id()));
    assert_eq!(signs(&keys, tomorrow), Some(second));
    let entry = keys.directory().entry(purpose, first.key_id()).unwrap();
    assert_eq!(entry.not_after, Some(tomorrow));
    let signature = first.sign(b"message").unwrap();
    let checked = |at| {
        keys.directory()
            .verify(purpose, first.key_id(), Some(at), b"message", &signature)
    };
    assert!(checked(now).is_ok() && checked(tomorrow).is_err());

    let stolen = Compromise {
        since: now,
        last_good_position: 7,
    };
    let keys = changed(&path, 5, |file| {
        assert!(file.compromise(second, stolen).unwrap());
        assert!(!file.compromise(second, stolen).unwrap(), "already so");
        for later in [(now + SignedDuration::from_secs(1), 7), (now, 8)] {
            let later = Compromise {
                since: later.0,
                last_good_position: later.1,
            };
            assert!(matches!(
                file.compromise(second, later),
                Err(KeyStoreError::CompromisedEarlier(_))
            ));
        }
        let earlier = Compromise {
            last_good_position: 6,
            ..stolen
        };
        assert!(file.compromise(second, earlier).unwrap());
    });
    // Nobody is left who could sign, and that is told.
    assert!(matches!(
        keys.signer_at(purpose, tomorrow),
        Err(KeyStoreError::NoneInUse(_))
    ));
    assert!(matches!(keys.signer(purpose), Err(KeyStoreError::NoneInUse(_))));
    let json = keys.directory().to_json().unwrap();
    assert!(json.contains("\"last_good_position\": 6"), "{json}");
    assert_eq!(&KeyDirectory::from_json(json.as_bytes()).unwrap(), keys.directory());
}

#[test]
fn what_no_key_file_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let entropy = SeededEntropy::new(9);
    let mut file = KeyFile::open(&path, PASSPHRASE).unwrap();
    for (purpose, algorithm) in [
        (Purpose::Credential, Algorithm::P256),
        (Purpose::Checkpoint, Algorithm::P256),
        (Purpose::Status, Algorithm::Rsa2048),
        (Purpose::Pdf, Algorithm::Ed25519),
        (Purpose::Pdf, Algorithm::Rsa2048),
    ] {
        let refused = file.add(purpose, algorithm, begin(), &entropy);
        assert!(matches!(refused, Err(KeyStoreError::Kind { .. })), "{purpose}");
    }
    let nobody = KeyId::from([0; 4]);
    let told = Compromise {
        since: begin(),
        last_good_position: 0,
    };
    assert!(matches!(file.retire(nobody, begin()), Err(KeyStoreError::Unknown(_))));
    assert!(matches!(file.compromise(nobody, told), Err(KeyStoreError::Unknown(_))));
    let first = file.directory().keys()[0].id();
    assert!(
        matches!(file.retire(first, begin()), Err(KeyStoreError::Directory(_))),
        "no time at all"
    );
}

/// A token's key has its entry, and nothing of it in the file; another key under its name is not taken.
#[test]
fn a_key_in_a_token_is_named_and_must_be_brought() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let secret = |byte| SoftwareSigner::from_secret(Purpose::Credential, Algorithm::Ed25519, &[byte; 32]).unwrap();
    let outside = secret(7);
    let later = begin() + SignedDuration::from_secs(1);
    let mut keys = changed(&path, 2, |file| {
        let public = outside.public_key().clone();
        file.add_in_token(Purpose::Credential, public, b"object", later)
            .unwrap();
    });
    let id = outside.key_id();
    assert!(matches!(keys.signer(Purpose::Credential), Err(KeyStoreError::Elsewhere { key, .. }) if key == id));
    let named: Vec<_> = keys
        .in_tokens()
        .map(|(entry, object)| (entry.id(), object.to_vec()))
        .collect();
    assert_eq!(named, [(id, b"object".to_vec())]);
    assert!(keys.attach(Arc::new(secret(8))).is_err(), "another key");
    keys.attach(Arc::new(outside)).unwrap();
    assert_eq!(keys.signer(Purpose::Credential).unwrap().key_id(), id);
}

/// Whatever step is cut off, the old file or the new one is there, whole, and the next change goes through.
#[test]
fn a_change_that_is_cut_off_leaves_a_whole_file() {
    for cut in [Step::Write, Step::ReadBack, Step::Rename, Step::Folder] {
        let folder = tempfile::tempdir().unwrap();
        let path = store(folder.path(), false);
        let before = fs::read(&path).unwrap();
        let mut file = KeyFile::open(&path, PASSPHRASE).unwrap();
        let entropy = SeededEntropy::new(5);
        let added = file
            .add(Purpose::Status, Algorithm::Ed25519, begin(), &entropy)
            .unwrap();
        let crash = |step| {
            if step == cut {
                Err(io::Error::other("cut off"))
            } else {
                Ok(())
            }
        };
        assert!(matches!(
            file.save_with(&entropy, crash),
            Err(KeyStoreError::Write { .. })
        ));
        let (same, new) = (fs::read(&path).unwrap() == before, cut == Step::Folder);
        assert_eq!(same, !new, "{cut:?}");
        let keys = KeyStore::open(&path, PASSPHRASE).unwrap();
        assert_eq!(keys.directory().entry(Purpose::Status, added).is_some(), new, "{cut:?}");
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["keys.json"], "{cut:?}");
        let keys = changed(&path, 6, |file| {
            drop(file.retire(added, begin() + SignedDuration::from_secs(9)))
        });
        assert_eq!(keys.directory().entry(Purpose::Status, added).is_some(), new);
    }
}

/// A process that dies leaves a part of the new file beside the old one, which stays the key file.
#[test]
fn what_a_dead_process_left_beside_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let left = folder.path().join("keys.json.00112233aabbccdd.new");
    fs::write(&left, &fs::read(&path).unwrap()[..100]).unwrap();
    let keys = changed(&path, 2, |file| {
        drop(file.add(Purpose::Status, Algorithm::Ed25519, begin(), &SeededEntropy::new(3)));
    });
    assert_eq!(keys.directory().keys().len(), 6);
}

#[test]
fn two_changes_at_once_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let first = KeyFile::open(&path, PASSPHRASE).unwrap();
    assert!(matches!(
        KeyFile::open(&path, PASSPHRASE),
        Err(KeyStoreError::Busy { .. })
    ));
    // Looking is free.
    assert!(KeyStore::open(&path, PASSPHRASE).is_ok());
    // Somebody puts another file there (a backup, say): it is not written over.
    let other = folder.path().join("other");
    fs::copy(&path, &other).unwrap();
    let text = fs::read_to_string(&other).unwrap().replace("Office", "Other!");
    fs::write(&other, text).unwrap();
    fs::rename(&other, &path).unwrap();
    let put = fs::read(&path).unwrap();
    assert!(matches!(
        first.save(&SeededEntropy::new(5)),
        Err(KeyStoreError::Busy { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), put);
}

#[test]
fn a_changed_file_is_sealed_anew_and_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), false);
    let (before, fingerprint) = {
        let keys = KeyStore::open(&path, PASSPHRASE).unwrap();
        (fs::read_to_string(&path).unwrap(), keys.vault().blind("phone", b"1"))
    };
    // The same content again: another nonce, and the vault is the same.
    let keys = changed(&path, 77, |_| {});
    assert_ne!(fs::read_to_string(&path).unwrap(), before);
    assert_eq!(keys.vault().blind("phone", b"1"), fingerprint);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(
        KeyFile::open(&path, "another").err(),
        Some(KeyStoreError::Passphrase { .. })
    ));
}
