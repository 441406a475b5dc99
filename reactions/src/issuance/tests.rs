//! What was kept of a W3C credential is looked at: a signature that is not the one, of a record that is not the one, is found.

use std::sync::Arc;

use certificates::{Claims, Record, Token, vc};
use domain::{Bilingual, OfficerId, catalogue::Printed};
use keys::{KeyStore, Purpose, SeededEntropy};
use ledger::ManualClock;

use super::*;

const HOST: &str = "verify.sample.example";
const SALT: [u8; 16] = [7; 16];

fn record(number: &CertificateNumber) -> Record {
    let both = Bilingual::new("Sample", "नमूना");
    Record {
        number: number.clone(),
        service: "birth_certificate".to_owned(),
        title: both.clone(),
        statement: both.clone(),
        name: Printed {
            en: Some("Sample Child".to_owned()),
            hi: None,
        },
        guardian: None,
        born: None,
        particular: None,
        fields: vec![],
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: None,
        issuer: both.clone(),
        office: both.clone(),
        officer: both,
        layout: "certificate/1".to_owned(),
        demo: true,
    }
}

/// A certificate whose *Issued* keeps this signature; `None`: the right one.
async fn issued(ledger: &Ledger, keys: &KeyStore, count: u64, kept: Option<Option<Vec<u8>>>) -> String {
    let application = ApplicationNumber::new(2026, count);
    let id = CertificateId::for_application(&application);
    let number = CertificateNumber::from_random("BC", count).unwrap();
    let record = record(&number);
    let encoded = record.encode().unwrap();
    let digest = certificates::record_digest(&encoded, &SALT);
    let at: Timestamp = "2026-11-22T04:30:00Z".parse().unwrap();
    let prepare = Prepare {
        number_digest: projections::number_digest(&number),
        number,
        application,
        service: record.service.clone(),
        holder: CitizenId::new(uuid::Uuid::from_u128(u128::from(count))),
        record: BASE64URL_NOPAD.encode(&encoded),
        salt: BASE64URL_NOPAD.encode(&SALT),
        record_digest: HEXLOWER.encode(&digest),
        issued_on: record.issued_on,
        expires_on: None,
        approved_by: ByOfficer {
            officer: OfficerId::new("DEMO-102"),
            role: "registrar".to_owned(),
            office: Bilingual::new("Sample", "नमूना"),
            designation: Bilingual::new("Sample", "नमूना"),
        },
        version: 1,
        replaces: None,
        status_index: Some(count),
        demo: true,
        host: HOST.to_owned(),
        contact: None,
        at,
    };
    let named = |doing: &str| context(&format!("{doing} {count}"), uuid::Uuid::nil(), None);
    let command = Command::Prepare(Box::new(prepare));
    let receipt = ledger.execute::<Certificate>(id, command, named("prepare")).await;
    let position = receipt.unwrap().first_position;
    let signer = keys.signer(Purpose::Credential).unwrap();
    let token = Token::sign(&Claims::of(&record, &digest, position, Some(count)), HOST, &*signer).unwrap();
    let contents = vc::Contents {
        record: &encoded,
        salt: &SALT,
        token: &token,
        host: HOST,
    };
    let signature = vc::Vc::sign(&contents, &*signer).unwrap().signature().to_vec();
    let issue = Issue {
        log_position: position,
        credential_key: token.key_id().to_string(),
        credential: BASE64URL_NOPAD.encode(token.bytes()),
        credential_digest: hex(token.bytes()),
        unsigned_digest: String::new(),
        cms: String::new(),
        pdf_digest: String::new(),
        pdf_bytes: 0,
        proof: None,
        time_stamp: None,
        vc_signature: kept
            .unwrap_or(Some(signature))
            .map(|bytes| BASE64URL_NOPAD.encode(&bytes)),
        at,
    };
    let command = Command::Issue(Box::new(issue));
    ledger
        .execute::<Certificate>(id, command, named("issue"))
        .await
        .unwrap();
    id.to_string()
}

#[tokio::test]
async fn a_kept_signature_that_is_not_the_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (entropy, clock) = (Arc::new(SeededEntropy::new(5)), "2026-11-22T04:30:00Z".parse().unwrap());
    let store = |seed: u64| {
        let path = folder.path().join(format!("keys-{seed}"));
        KeyStore::create(&path, "x", &SeededEntropy::new(seed), true, clock, "Sample").unwrap()
    };
    let (keys, others) = (store(5), store(6));
    let file = folder.path().join("ledger");
    let ledger = Ledger::open_sqlite(&file, keys.vault(), entropy, Arc::new(ManualClock::new(clock)));
    let ledger = ledger.await.unwrap();
    let right = issued(&ledger, &keys, 1, None).await;
    let none = issued(&ledger, &keys, 2, Some(None)).await;
    let holds = async |directory: &KeyDirectory, id: &str| vc_holds(&ledger, directory, id).await.unwrap();
    assert!(holds(keys.directory(), &right).await && holds(keys.directory(), &none).await);
    assert!(!holds(others.directory(), &right).await, "of a key that nobody knows");
    for (count, wrong) in [(3, vec![0; 64]), (4, vec![]), (5, vec![1; 63])] {
        let id = issued(&ledger, &keys, count, Some(Some(wrong))).await;
        assert!(!holds(keys.directory(), &id).await, "{count}");
    }
    assert!(!holds(keys.directory(), "no identifier").await);
}
