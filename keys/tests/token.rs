//! Every signer behind the one door, the token's against a real SoftHSM; and a token that is not there, refuses, or forgets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use keys::{
    Algorithm, KeyDirectory, KeyFile, KeyStore, PublicKey, PublicKeyEntry, Purpose, RsaSigner, SeededEntropy,
    SignError, Signer, Token, TokenProblem,
};

const PIN: &str = "4321";
const LABEL: &str = "office";

/// A token of SoftHSM in a folder of its own. The folder is named by the environment, so each test runs in its own process;
/// where tests share one, they share the folder as well.
struct Soft {
    folder: tempfile::TempDir,
    module: PathBuf,
}

/// `None` where there is no SoftHSM, unless all tests must run.
fn soft() -> Option<Soft> {
    let modules = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];
    let Some(module) = modules.iter().map(PathBuf::from).find(|module| module.exists()) else {
        assert!(
            std::env::var_os("PRAMAN_TEST_EVERYTHING").is_none(),
            "SoftHSM is missing"
        );
        return None;
    };
    Some(Soft {
        folder: tempfile::tempdir().unwrap(),
        module,
    })
}

impl Soft {
    /// Runs this test again in a process whose environment names the folder; answers whether this is that process.
    fn is_here(&self, test: &str) -> bool {
        if std::env::var_os("PRAMAN_TEST_TOKEN").is_some() {
            return true;
        }
        fs::create_dir(self.folder.path().join("tokens")).unwrap();
        let settings = self.folder.path().join("softhsm2.conf");
        let tokens = self.folder.path().join("tokens");
        fs::write(
            &settings,
            format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()),
        )
        .unwrap();
        let softhsm = |arguments: &[&str]| {
            let done = Command::new("softhsm2-util")
                .args(arguments)
                .env("SOFTHSM2_CONF", &settings)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        softhsm(&[
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--so-pin",
            "9876",
            "--pin",
            PIN,
        ]);
        let again = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env("SOFTHSM2_CONF", &settings)
            .env("PRAMAN_TEST_TOKEN", self.folder.path())
            .output()
            .unwrap();
        let (out, told) = (
            String::from_utf8_lossy(&again.stdout),
            String::from_utf8_lossy(&again.stderr),
        );
        assert!(again.status.success() && out.contains("1 passed"), "{out}{told}");
        false
    }

    fn tokens() -> PathBuf {
        Path::new(&std::env::var_os("PRAMAN_TEST_TOKEN").unwrap()).join("tokens")
    }

    fn open(&self) -> Token {
        Token::open(&self.module, LABEL, PIN).unwrap()
    }
}

/// What every signer must do, wherever its key is.
fn conforms(signer: &dyn Signer, repeats: bool) {
    let (purpose, key) = (signer.purpose(), signer.key_id());
    let begin = "2026-11-22T06:30:00Z".parse().unwrap();
    let directory = KeyDirectory::try_new(
        "Sample".to_owned(),
        vec![PublicKeyEntry {
            purpose,
            public_key: signer.public_key().clone(),
            not_before: begin,
            not_after: None,
            demo: false,
            compromised: None,
        }],
        vec![],
        vec![],
    )
    .unwrap();
    for message in [&b""[..], b"message", &[0x55; 100_000]] {
        let signature = signer.sign(message).unwrap();
        directory
            .verify(purpose, key, Some(begin), message, &signature)
            .unwrap();
        assert_eq!(
            signer.sign(message).unwrap() == signature,
            repeats,
            "{key} of {}",
            message.len()
        );
        for spoiled in [0, signature.len() / 2, signature.len() - 1] {
            let mut other = signature.clone();
            other[spoiled] ^= 1;
            assert!(directory.verify(purpose, key, None, message, &other).is_err());
        }
        assert!(directory.verify(purpose, key, None, b"another", &signature).is_err());
    }
    // Its public half is written and read as every other.
    let der = signer.public_key().to_spki_der().unwrap();
    assert_eq!(&PublicKey::from_spki_der(&der).unwrap(), signer.public_key());
}

#[test]
fn every_signer_behind_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let begin = "2026-11-22T06:30:00Z".parse().unwrap();
    let store = KeyStore::create(
        &folder.path().join("k"),
        "word",
        &SeededEntropy::new(1),
        false,
        begin,
        "x",
    )
    .unwrap();
    conforms(&*store.signer(Purpose::Credential).unwrap(), true);
    conforms(&*store.signer(Purpose::Pdf).unwrap(), true);
    let rsa = RsaSigner::from_pkcs8(Purpose::Pdf, include_bytes!("vectors/rsa/signer.pk8"));
    conforms(&rsa.unwrap(), true);

    let Some(soft) = soft() else { return };
    if !soft.is_here("every_signer_behind_the_door") {
        return;
    }
    let token = soft.open();
    for (seed, purpose, algorithm) in [
        (1, Purpose::Credential, Algorithm::Ed25519),
        (2, Purpose::Pdf, Algorithm::P256),
        (3, Purpose::Pdf, Algorithm::Rsa2048),
    ] {
        let made = token
            .make(purpose, algorithm, Token::draw_object(&SeededEntropy::new(seed)))
            .unwrap();
        assert_eq!(made.public_key.algorithm(), algorithm);
        let signer = token.signer(purpose, made.public_key.clone(), &made.object).unwrap();
        // A token draws the nonce of ECDSA; the others repeat.
        conforms(&signer, algorithm != Algorithm::P256);
        // The private half cannot be read, by this program or any other with the PIN.
        let (module, session) = login(&soft.module);
        let found = session
            .find_objects(&[
                Attribute::Class(cryptoki::object::ObjectClass::PRIVATE_KEY),
                Attribute::Id(made.object.clone()),
            ])
            .unwrap();
        for secret in [
            cryptoki::object::AttributeType::Value,
            cryptoki::object::AttributeType::PrivateExponent,
        ] {
            let told = session.get_attributes(found[0], &[secret]).unwrap_or_default();
            assert!(told.is_empty(), "{algorithm:?}: {told:?}");
        }
        drop((session, module));
        // Many at once share the one session.
        let signer = Arc::new(signer);
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let signer = signer.clone();
                scope.spawn(move || {
                    for turn in 0..10_u8 {
                        let message = [thread, turn];
                        let signature = signer.sign(&message).unwrap();
                        signer.public_key().verify(&message, &signature).unwrap();
                    }
                });
            }
        });
    }
}

fn login(module: &Path) -> (Pkcs11, cryptoki::session::Session) {
    let module = Pkcs11::new(module).unwrap();
    drop(module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)));
    let slot = module.get_slots_with_initialized_token().unwrap()[0];
    let session = module.open_ro_session(slot).unwrap();
    drop(session.login(UserType::User, Some(&AuthPin::new(PIN.into()))));
    (module, session)
}

#[test]
fn a_token_that_is_not_there_or_refuses_says_so() {
    let missing = Token::open(Path::new("/nowhere/libnothing.so"), LABEL, PIN);
    assert_eq!(missing.err(), Some(TokenProblem::Module));
    let Some(soft) = soft() else { return };
    if !soft.is_here("a_token_that_is_not_there_or_refuses_says_so") {
        return;
    }
    assert_eq!(
        Token::open(&soft.module, "another", PIN).err(),
        Some(TokenProblem::Gone)
    );
    for wrong in [
        "1234",
        "",
        "far too long a PIN for any token, whatever its maker says about such things, and longer, and \
                              longer than two hundred and fifty-five characters, which is the most that this token takes; \
                              it has to go on for a while until that is so, and that is a lot of characters to write down",
    ] {
        let refused = Token::open(&soft.module, LABEL, wrong).err();
        assert_eq!(refused, Some(TokenProblem::Pin), "{wrong}");
    }
    let token = soft.open();
    let made = token
        .make(
            Purpose::Credential,
            Algorithm::Ed25519,
            Token::draw_object(&SeededEntropy::new(1)),
        )
        .unwrap();
    let stranger = token.signer(Purpose::Credential, made.public_key.clone(), b"nobody");
    assert_eq!(stranger.err(), Some(TokenProblem::Key));
    // Another key's public half beside it: what it signs is discarded here.
    let other = token
        .make(
            Purpose::Credential,
            Algorithm::Ed25519,
            Token::draw_object(&SeededEntropy::new(2)),
        )
        .unwrap();
    let mixed = token
        .signer(Purpose::Credential, other.public_key, &made.object)
        .unwrap();
    assert!(matches!(mixed.sign(b"message"), Err(SignError::Check { .. })));
    // Destroyed under our hands.
    let signer = token
        .signer(Purpose::Credential, made.public_key.clone(), &made.object)
        .unwrap();
    signer.sign(b"message").unwrap();
    token.destroy(&made.object).unwrap();
    let gone = signer.sign(b"message").unwrap_err();
    let problem = TokenProblem::Key;
    let (purpose, key) = (Purpose::Credential, made.public_key.id());
    assert_eq!(gone, SignError::Token { purpose, key, problem });
}

#[test]
fn a_session_that_is_lost_is_opened_again() {
    let Some(soft) = soft() else { return };
    if !soft.is_here("a_session_that_is_lost_is_opened_again") {
        return;
    }
    let token = soft.open();
    let made = token
        .make(
            Purpose::Status,
            Algorithm::Ed25519,
            Token::draw_object(&SeededEntropy::new(1)),
        )
        .unwrap();
    let signer = token.signer(Purpose::Status, made.public_key, &made.object).unwrap();
    signer.sign(b"before").unwrap();
    // Everything that the module knew of us is gone, as when the device was restarted.
    Pkcs11::new(&soft.module).unwrap().finalize().unwrap();
    signer.sign(b"after").unwrap();
    // And again, and the device does not come back: told, and not for ever.
    let (tokens, aside) = (Soft::tokens(), Soft::tokens().with_extension("aside"));
    Pkcs11::new(&soft.module).unwrap().finalize().unwrap();
    fs::rename(&tokens, &aside).unwrap();
    fs::create_dir(&tokens).unwrap();
    let Err(SignError::Token { problem, .. }) = signer.sign(b"while it is away") else {
        panic!("signed without a token");
    };
    assert_eq!(problem, TokenProblem::Gone);
    Pkcs11::new(&soft.module).unwrap().finalize().unwrap();
    fs::remove_dir_all(&tokens).unwrap();
    fs::rename(&aside, &tokens).unwrap();
    signer.sign(b"back").unwrap();
}

/// A key store with keys in a token: the directory has them, the file has nothing of them.
#[test]
fn a_key_store_and_its_token() {
    let Some(soft) = soft() else { return };
    if !soft.is_here("a_key_store_and_its_token") {
        return;
    }
    let (folder, entropy) = (tempfile::tempdir().unwrap(), SeededEntropy::new(4));
    let path = folder.path().join("keys.json");
    let begin = "2026-11-22T06:30:00Z".parse().unwrap();
    let token = soft.open();
    let made = token
        .make(Purpose::Credential, Algorithm::Ed25519, Token::draw_object(&entropy))
        .unwrap();
    let mut file = KeyFile::begin(&path, "word", &entropy, false, begin, "Office").unwrap();
    let id = file
        .add_in_token(Purpose::Credential, made.public_key.clone(), &made.object, begin)
        .unwrap();
    file.create(&entropy).unwrap();
    drop(token);
    let mut keys = KeyStore::open(&path, "word").unwrap();
    assert!(keys.signer(Purpose::Credential).is_err(), "no token was given");
    let token = soft.open();
    let inside: Vec<_> = keys
        .in_tokens()
        .map(|(entry, object)| (entry.clone(), object.to_vec()))
        .collect();
    for (entry, object) in inside {
        let signer = token.signer(entry.purpose, entry.public_key.clone(), &object).unwrap();
        keys.attach(Arc::new(signer)).unwrap();
    }
    let signer = keys.signer(Purpose::Credential).unwrap();
    assert_eq!(signer.key_id(), id);
    conforms(&*signer, true);
}
