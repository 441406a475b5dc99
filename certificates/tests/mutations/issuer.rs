//! Two issuers whose keys are both trusted, a third one whose keys are not, and what the first two issued.

use certificates::{Claims, Logged, Standing, State, StatusAnswer, Token, Trust, cbor::Value};
use domain::CertificateNumber;
use jiff::Timestamp;
use keys::{KeyDirectory, KeyStore, PublicKeyEntry, Purpose, SeededEntropy};

use crate::spoil::Spoiled;

pub(crate) const HOST: &str = "verify.sample.example";

pub(crate) fn now() -> Timestamp {
    "2026-11-23T06:30:00Z".parse().unwrap()
}

pub(crate) struct World {
    /// The keys of the two, and of the stranger.
    pub(crate) stores: [KeyStore; 3],
    /// The first half by the first, the others by the second.
    pub(crate) tokens: Vec<Token>,
}

fn store(seed: u64) -> KeyStore {
    let folder = tempfile::tempdir().unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let path = folder.path().join("keys.json");
    KeyStore::create(&path, "sample", &SeededEntropy::new(seed), true, begin, "Sample Office").unwrap()
}

fn claims(turn: u64) -> Claims {
    let some = |bit: u64| (turn >> bit) & 1 == 1;
    Claims {
        number: CertificateNumber::from_random("OB", 0x1_0000_0001 * (turn + 1)).unwrap(),
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: some(0).then(|| "2029-11-21".parse().unwrap()),
        name: "Sample Applicant"
            .chars()
            .cycle()
            .take(5 + usize::try_from(turn).unwrap())
            .collect(),
        second_name: some(1).then(|| "नमूना आवेदक".to_owned()),
        guardian: some(2).then(|| "Sample Father".to_owned()),
        born: some(3).then(|| "2001-02-28".parse().unwrap()),
        particular: some(1).then(|| "Sample Community".to_owned()),
        log_position: 1 + (turn << (3 * turn)),
        status_index: Some(1_048_576),
        record_digest: [u8::try_from(turn).unwrap(); 16],
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let stores = [store(1), store(2), store(3)];
        let tokens = (0..16)
            .map(|turn| {
                let signer = stores[usize::from(turn >= 8)].signer(Purpose::Credential).unwrap();
                Token::sign(&claims(turn), HOST, &*signer).unwrap()
            })
            .collect();
        Self { stores, tokens }
    }

    /// Trust in both issuers: a credential must still be of the key that it names.
    pub(crate) fn trust(&self) -> Trust {
        let keys: Vec<PublicKeyEntry> = self.stores[..2]
            .iter()
            .flat_map(|store| store.directory().keys().to_vec())
            .collect();
        let first = self.stores[0].directory();
        let directory = KeyDirectory::try_new(
            "Sample".to_owned(),
            keys,
            first.pdf_authority().to_vec(),
            first.pdf_signing_certificate().to_vec(),
        );
        Trust::new(directory.unwrap())
    }

    /// The register believes everything: only the credential itself can give a forgery away.
    pub(crate) fn register(&self) -> StatusAnswer {
        StatusAnswer::Known(Standing {
            state: State::Active,
            as_of: now(),
            issued_on: None,
            expires_on: None,
            holds: Some(vec![]),
            pdf_digest: None,
            credential_digest: None,
            log: Logged::NotAsked,
            demo: false,
        })
    }

    pub(crate) fn is_untouched(&self, handed: &Spoiled) -> bool {
        match handed {
            Spoiled::Bytes(bytes) => self.tokens.iter().any(|token| token.bytes() == bytes),
            Spoiled::Text(text) => self.tokens.iter().any(|token| token.code() == text.trim()),
        }
    }

    /// A signature by one of the stores over what a verifier would check.
    pub(crate) fn sign(&self, store: usize, purpose: Purpose, protected: &[u8], payload: &[u8]) -> Vec<u8> {
        self.sign_as(store, purpose, "Signature1", protected, b"", payload)
    }

    pub(crate) fn sign_as(
        &self,
        store: usize,
        purpose: Purpose,
        context: &str,
        protected: &[u8],
        more: &[u8],
        payload: &[u8],
    ) -> Vec<u8> {
        let signed = Value::Array(vec![
            Value::text(context),
            Value::Bytes(protected.to_vec()),
            Value::Bytes(more.to_vec()),
            Value::Bytes(payload.to_vec()),
        ]);
        let signer = self.stores[store].signer(purpose).unwrap();
        signer.sign(&signed.encode()).unwrap()
    }
}
