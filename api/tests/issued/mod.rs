//! Certificates that are in the register of a server, made without a PDF; and how a program asks about them.
#![allow(dead_code, reason = "each test file uses its own part")]

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use certificates::{Claims, Token};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domain::{
    Bilingual, ByOfficer, CertificateId, CertificateNumber, CitizenId, OfficerId,
    certificate::{Certificate, Command, Issue, Prepare},
};
use keys::Purpose;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::server::{self, Answer, Server};

pub(crate) fn by() -> ByOfficer {
    ByOfficer {
        officer: OfficerId::new(server::REGISTRAR),
        role: "registrar".into(),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        designation: Bilingual::new("Registrar", "रजिस्ट्रार"),
    }
}

/// The place in the status lists of [`issued`].
const STATUS_INDEX: u64 = 301;

/// What the credential of [`issued`] says.
pub(crate) fn claims(number: &CertificateNumber, log_position: u64, expires_on: Option<&str>) -> Claims {
    Claims {
        number: number.clone(),
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: expires_on.map(|day| day.parse().unwrap()),
        name: "Asha Kumari".into(),
        second_name: Some("आशा कुमारी".into()),
        guardian: Some("Sunita Devi".into()),
        born: Some("2026-11-10".parse().unwrap()),
        particular: None,
        log_position,
        status_index: Some(STATUS_INDEX),
        record_digest: [1; 16],
    }
}

pub(crate) fn signed(server: &Server, claims: &Claims) -> Token {
    Token::sign(claims, server::HOST, &*server.keys.signer(Purpose::Credential).unwrap()).unwrap()
}

/// What follows an approval before anything is signed: its identifier and its place in the log.
pub(crate) struct Intent {
    id: CertificateId,
    position: u64,
}

/// A certificate that is prepared and not issued.
pub(crate) async fn prepared(server: &Server, count: u64, expires_on: Option<&str>) -> (CertificateNumber, Intent) {
    let application = server.submit(count).await;
    let number = CertificateNumber::from_random("BC", 1_000_003 * count).unwrap();
    let id = CertificateId::for_application(&application);
    let prepare = Prepare {
        number: number.clone(),
        number_digest: projections::number_digest(&number),
        application,
        service: "birth_certificate".into(),
        holder: CitizenId::new(uuid::Uuid::from_u128(u128::from(count) << 64 | 1)),
        record: BASE64URL_NOPAD.encode(b"record"),
        salt: BASE64URL_NOPAD.encode(&[7; 16]),
        record_digest: HEXLOWER.encode(&[1; 32]),
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: expires_on.map(|day| day.parse().unwrap()),
        approved_by: by(),
        version: 1,
        replaces: None,
        status_index: Some(STATUS_INDEX),
        demo: true,
        host: server::HOST.into(),
        contact: None,
        at: server.now(),
    };
    let command = Command::Prepare(Box::new(prepare));
    let prepared = server
        .ledger
        .execute::<Certificate>(id, command, server.context())
        .await
        .unwrap();
    server.settled().await;
    let intent = Intent {
        id,
        position: prepared.first_position,
    };
    (number, intent)
}

/// A certificate in the register, and the credential that is printed on it.
pub(crate) async fn issued(server: &Server, count: u64, expires_on: Option<&str>) -> (CertificateNumber, Token) {
    let (number, intent) = prepared(server, count, expires_on).await;
    server.checkpoint().await;
    let early = server.get(&format!("/verify?number={number}")).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND, "prepared is not issued");
    let token = sign(server, &number, intent, expires_on).await;
    (number, token)
}

/// One that was signed although no checkpoint commits to it, as must never happen.
pub(crate) async fn issued_unlogged(server: &Server, count: u64) -> (CertificateNumber, Token) {
    let (number, intent) = prepared(server, count, None).await;
    let token = sign(server, &number, intent, None).await;
    (number, token)
}

async fn sign(server: &Server, number: &CertificateNumber, intent: Intent, expires_on: Option<&str>) -> Token {
    let token = signed(server, &claims(number, intent.position, expires_on));
    let issue = Issue {
        log_position: intent.position,
        credential_key: token.key_id().to_string(),
        credential: BASE64URL_NOPAD.encode(token.bytes()),
        credential_digest: HEXLOWER.encode(&Sha256::digest(token.bytes())),
        unsigned_digest: HEXLOWER.encode(&[3; 32]),
        cms: String::new(),
        pdf_digest: HEXLOWER.encode(&[4; 32]),
        pdf_bytes: 1,
        proof: None,
        time_stamp: None,
        vc_signature: None,
        at: server.now(),
    };
    let command = Command::Issue(Box::new(issue));
    server
        .ledger
        .execute::<Certificate>(intent.id, command, server.context())
        .await
        .unwrap();
    server.settled().await;
    token
}

pub(crate) async fn ask(server: &Server, question: &Value) -> Answer {
    let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, "application/json");
    server
        .send(request.body(Body::from(question.to_string())).unwrap())
        .await
}
