//! DigiLocker at its door: the right person gets the certificate, and nobody else, whatever they send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod issued;
mod server;

use api::digilocker::{DigiLocker, DigiLockerError};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use certificates::{Claims, Printed, Record, RecordField, Token, record_digest};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use domain::{
    Bilingual, CertificateId, CertificateNumber, CitizenId,
    catalogue::Catalogue,
    certificate::{Certificate, Command, Issue, Prepare, RevocationReason, SuspensionReason},
};
use hmac::{Hmac, KeyInit, Mac};
use issued::by;
use jiff::{SignedDuration, Timestamp};
use keys::Purpose;
use server::{API_KEY, Answer, ISSUER, ORG, Server};
use sha2::{Digest, Sha256};

const LOCKER: &str = "123e4567-e89b-42d3-a456-426614174000";
const PDF: &[u8] = b"%PDF-1.7 the file as it was issued";

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn record(number: &CertificateNumber, expires_on: Option<&str>) -> Record {
    let both = |en: &str, hi: &str| Printed {
        en: Some(en.to_owned()),
        hi: Some(hi.to_owned()),
    };
    Record {
        number: number.clone(),
        service: "birth_certificate".to_owned(),
        title: Bilingual::new("Birth certificate", "जन्म प्रमाण पत्र"),
        statement: Bilingual::new("Certified.", "प्रमाणित।"),
        name: both("Asha Kumari", "आशा कुमारी"),
        guardian: None,
        born: Some("2001-02-28".parse().unwrap()),
        particular: None,
        fields: vec![RecordField {
            code: "place".to_owned(),
            label: Bilingual::new("Place of birth", "जन्म स्थान"),
            value: both("\"Sample\" & <Hospital>", "नमूना अस्पताल"),
        }],
        issued_on: "2026-11-22".parse().unwrap(),
        expires_on: expires_on.map(|day| day.parse().unwrap()),
        issuer: Bilingual::new("Sample Municipal Corporation", "नमूना नगर निगम"),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        officer: Bilingual::new("Registrar", "रजिस्ट्रार"),
        layout: "certificate/1".to_owned(),
        demo: true,
    }
}

/// A certificate that is prepared; with `issued`, issued as well, its file in the documents folder.
async fn certificate(server: &Server, count: u64, expires_on: Option<&str>, issued: bool) -> CertificateNumber {
    let application = server.submit(count).await;
    let number = CertificateNumber::from_random("BC", 1_000_003 * count).unwrap();
    let id = CertificateId::for_application(&application);
    let record = record(&number, expires_on);
    let (encoded, salt) = (record.encode().unwrap(), [7; 16]);
    let digest = record_digest(&encoded, &salt);
    let prepare = Prepare {
        number: number.clone(),
        number_digest: projections::number_digest(&number),
        application,
        service: "birth_certificate".into(),
        holder: CitizenId::new(uuid::Uuid::from_u128(u128::from(count) << 64 | 1)),
        record: BASE64URL_NOPAD.encode(&encoded),
        salt: BASE64URL_NOPAD.encode(&salt),
        record_digest: HEXLOWER.encode(&digest),
        issued_on: record.issued_on,
        expires_on: record.expires_on,
        approved_by: by(),
        version: 1,
        replaces: None,
        status_index: Some(count),
        demo: true,
        host: server::HOST.into(),
        contact: None,
        at: server.now(),
    };
    let execute = async |command| {
        let done = server
            .ledger
            .execute::<Certificate>(id, command, server.context())
            .await;
        server.settled().await;
        done.unwrap().first_position
    };
    let position = execute(Command::Prepare(Box::new(prepare))).await;
    server.checkpoint().await;
    if issued {
        let claims = Claims::of(&record, &digest, position, Some(count));
        let token = Token::sign(
            &claims,
            server::HOST,
            &*server.keys.signer(Purpose::Credential).unwrap(),
        )
        .unwrap();
        server.documents.put(PDF.to_vec()).await.unwrap();
        let issue = Issue {
            log_position: position,
            credential_key: token.key_id().to_string(),
            credential: BASE64URL_NOPAD.encode(token.bytes()),
            credential_digest: sha256(token.bytes()),
            unsigned_digest: "33".repeat(32),
            cms: String::new(),
            pdf_digest: sha256(PDF),
            pdf_bytes: PDF.len() as u64,
            proof: None,
            time_stamp: None,
            vc_signature: None,
            at: server.now(),
        };
        execute(Command::Issue(Box::new(issue))).await;
    }
    number
}

async fn server() -> (Server, CertificateNumber) {
    let server = Server::start_with_digilocker(&["birth_certificate=BTHCR", "caste_obc=OBCER"]).await;
    let number = certificate(&server, 1, None, true).await;
    (server, number)
}

/// A request, part by part, so that each can be wrong.
#[derive(Clone)]
struct Pull {
    path: &'static str,
    root: &'static str,
    ts: String,
    txn: String,
    org: String,
    keyhash: Option<String>,
    format: &'static str,
    details: String,
    before: &'static str,
}

impl Pull {
    /// A search of the account for this number.
    fn uri(server: &Server, txn: &str, locker: &str, details: &str) -> Self {
        Self {
            path: "/digilocker/pulluri",
            root: "PullURIRequest",
            ts: ts(server.now()),
            txn: txn.to_owned(),
            org: ORG.to_owned(),
            keyhash: None,
            format: "both",
            details: format!("<DigiLockerId>{locker}</DigiLockerId>{details}"),
            before: "",
        }
    }

    fn doc(server: &Server, txn: &str, locker: &str, uri: &str) -> Self {
        Self {
            path: "/digilocker/pulldoc",
            root: "PullDocRequest",
            ..Self::uri(server, txn, locker, &format!("<URI>{uri}</URI>"))
        }
    }

    fn xml(&self) -> String {
        let keyhash = self.keyhash.clone();
        let keyhash = keyhash.unwrap_or_else(|| sha256(format!("{API_KEY}{}", self.ts).as_bytes()));
        format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{}<{root} xmlns:ns2="http://tempuri.org/" ver="3.0" ts="{}" txn="{}" orgId="{}" keyhash="{keyhash}" format="{}"><DocDetails>{}</DocDetails></{root}>"#,
            self.before,
            self.ts,
            self.txn,
            self.org,
            self.format,
            self.details,
            root = self.root,
        )
    }

    async fn send(&self, server: &Server) -> Answer {
        let xml = self.xml();
        sent(
            server,
            self.path,
            xml.as_bytes(),
            Some(&BASE64.encode(&mac(API_KEY, xml.as_bytes()))),
        )
        .await
    }
}

fn ts(at: Timestamp) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(5).saturating_add(jiff::Span::new().minutes(30)));
    at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn mac(key: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

async fn sent(server: &Server, path: &str, body: &[u8], hmac: Option<&str>) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/xml");
    if let Some(hmac) = hmac {
        request = request.header("x-digilocker-hmac", hmac);
    }
    server.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

fn theirs(number: impl std::fmt::Display) -> String {
    person("BTHCR", number, "Asha Kumari", "28-02-2001")
}

fn person(doc_type: &str, number: impl std::fmt::Display, name: &str, born: &str) -> String {
    format!(
        "<DocType>{doc_type}</DocType><UID></UID><FullName>{name}</FullName><DOB>{born}</DOB><Photo></Photo><UDF1>{number}</UDF1>"
    )
}

/// The text of one element of an answer.
fn element(answer: &str, name: &str) -> Option<String> {
    let document = roxmltree::Document::parse(answer).unwrap();
    let mut found = document.descendants().filter(|node| node.tag_name().name() == name);
    found.next().map(|node| node.text().unwrap_or_default().to_owned())
}

fn is_handed_out(answer: &Answer) -> bool {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let text = answer.text();
    let status = element(&text, "ResponseStatus").unwrap();
    assert!(status == "1" || status == "0", "{text}");
    assert_eq!(status == "1", text.contains("Content>"), "{text}");
    status == "1"
}

#[tokio::test]
async fn the_right_person_finds_the_certificate_and_opens_it() {
    let (server, number) = server().await;
    let answer = Pull::uri(&server, "T1", LOCKER, &theirs(&number)).send(&server).await;
    let text = answer.text();
    assert!(is_handed_out(&answer), "{text}");
    assert!(answer.header("content-type").starts_with("application/xml"));
    assert!(answer.header("cache-control").contains("no-store"));
    let uri = element(&text, "URI").unwrap();
    let own = number.plain()[4..].to_owned();
    assert_eq!(uri, format!("{ISSUER}-BTHCR-{own}"));
    let pdf = element(&text, "DocContent").unwrap();
    assert_eq!(BASE64.decode(pdf.as_bytes()).unwrap(), PDF);
    let ask = format!(r#"ts="{}" txn="T1""#, ts(server.now()));
    assert!(
        text.contains(&format!(r#"<ResponseStatus Status="1" {ask}>1<"#)),
        "{text}"
    );
    assert!(
        text.contains(r#"<Person name="Asha Kumari" dob="28-02-2001"/>"#),
        "{text}"
    );

    let data = BASE64
        .decode(element(&text, "DataContent").unwrap().as_bytes())
        .unwrap();
    let data = String::from_utf8(data).unwrap();
    let data = roxmltree::Document::parse(&data).unwrap();
    let certificate = data.root_element();
    assert_eq!(certificate.attribute("number"), Some(number.to_string().as_str()));
    assert_eq!(certificate.attribute("issueDate"), Some("22-11-2026"));
    let field = data
        .descendants()
        .find(|node| node.tag_name().name() == "Field")
        .unwrap();
    assert_eq!(
        field.attribute("value"),
        Some("\"Sample\" & <Hospital>"),
        "what is meant for XML is escaped"
    );
    assert_eq!(field.attribute("valueHi"), Some("नमूना अस्पताल"));

    // Opened by the account that found it, and by no other.
    let opened = Pull::doc(&server, "T2", LOCKER, &uri).send(&server).await;
    assert!(is_handed_out(&opened));
    let pdf = element(&opened.text(), "DocContent").unwrap();
    assert_eq!(BASE64.decode(pdf.as_bytes()).unwrap(), PDF);
    let other = Pull::doc(&server, "T3", "another-account", &uri).send(&server).await;
    assert!(!is_handed_out(&other), "{}", other.text());
    for (txn, uri) in [
        ("T4", format!("{uri}X")),
        ("T5", uri.to_lowercase()),
        ("T6", uri.replace(ISSUER, "in.gov")),
    ] {
        assert!(
            !is_handed_out(&Pull::doc(&server, txn, LOCKER, &uri).send(&server).await),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn names_are_compared_letter_by_letter_in_either_script_and_data_comes_without_the_file() {
    let (server, number) = server().await;
    for (txn, name) in ["ASHA  KUMARI", "asha kumari.", "आशा कुमारी"].into_iter().enumerate() {
        let details = person("BTHCR", &number, name, "28-02-2001");
        let pull = Pull {
            format: "xml",
            ..Pull::uri(&server, &format!("T{txn}"), LOCKER, &details)
        };
        let answer = pull.send(&server).await;
        assert!(is_handed_out(&answer), "{name}");
        assert_eq!(
            element(&answer.text(), "DocContent"),
            None,
            "the data alone was asked for"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_not_theirs_or_not_in_force_has_one_answer() {
    let (server, number) = server().await;
    let execute = async |count, command| {
        let id = CertificateId::for_application(&domain::ApplicationNumber::new(2026, count));
        let done = server
            .ledger
            .execute::<Certificate>(id, command, server.context())
            .await;
        done.unwrap();
        server.settled().await;
    };
    let revoked = certificate(&server, 2, None, true).await;
    let reason = RevocationReason::Mistake;
    execute(
        2,
        Command::Revoke {
            reason,
            note: None,
            by: by(),
            at: server.now(),
        },
    )
    .await;
    let held = certificate(&server, 3, None, true).await;
    let (reason, until) = (SuspensionReason::Inquiry, "2026-12-01".parse().unwrap());
    execute(
        3,
        Command::Suspend {
            reason,
            until,
            note: None,
            by: by(),
            at: server.now(),
        },
    )
    .await;
    let prepared = certificate(&server, 4, None, false).await;
    let over = certificate(&server, 5, Some("2026-11-22"), true).await;
    // Two days later that one is over, and everything else as it was.
    server.clock.advance(SignedDuration::from_hours(48));
    server.checkpoint().await;
    let nobody = CertificateNumber::from_random("BC", 99).unwrap();
    let other = CertificateNumber::from_random("OB", 99).unwrap();
    let mistyped = format!("{}0", &number.to_string()[..18]);
    let wrong = [
        person("BTHCR", &number, "Asha Kumar", "28-02-2001"),
        person("BTHCR", &number, "Asha", "28-02-2001"),
        person("BTHCR", &number, "...", "28-02-2001"),
        person("BTHCR", &number, "Asha Kumari", "27-02-2001"),
        person("BTHCR", &number, "Asha Kumari", ""),
        person("OBCER", &number, "Asha Kumari", "28-02-2001"),
        person("bthcr", &number, "Asha Kumari", "28-02-2001"),
        person("NOSUCH", &number, "Asha Kumari", "28-02-2001"),
        person("OBCER", &other, "Asha Kumari", "28-02-2001"),
        theirs(&mistyped),
        theirs("x"),
        theirs(&nobody),
        theirs(&revoked),
        theirs(&held),
        theirs(&prepared),
        theirs(&over),
    ];
    let mut answers = std::collections::BTreeSet::new();
    for (at, details) in wrong.iter().enumerate() {
        let locker = format!("{LOCKER}-{at}");
        let answer = Pull::uri(&server, &format!("W{at:02}"), &locker, details)
            .send(&server)
            .await;
        assert!(!is_handed_out(&answer), "{details}: {}", answer.text());
        answers.insert(answer.text().replace(&format!("W{at:02}"), "TXN"));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    // What was found while it held is not opened afterwards.
    assert!(is_handed_out(
        &Pull::uri(&server, "A", LOCKER, &theirs(&number)).send(&server).await
    ));
    let uri = format!("{ISSUER}-BTHCR-{}", &number.plain()[4..]);
    assert!(is_handed_out(
        &Pull::doc(&server, "B", LOCKER, &uri).send(&server).await
    ));
    let reason = RevocationReason::Mistake;
    execute(
        1,
        Command::Revoke {
            reason,
            note: None,
            by: by(),
            at: server.now(),
        },
    )
    .await;
    assert!(!is_handed_out(
        &Pull::doc(&server, "C", LOCKER, &uri).send(&server).await
    ));
    assert!(!is_handed_out(
        &Pull::uri(&server, "D", LOCKER, &theirs(&number)).send(&server).await
    ));
}

#[tokio::test]
async fn whoever_cannot_sign_the_body_is_told_nothing() {
    let (server, number) = server().await;
    let pull = Pull::uri(&server, "T1", LOCKER, &theirs(&number));
    let (path, xml) = (pull.path, pull.xml());
    let good = mac(API_KEY, xml.as_bytes());
    let mut one_bit = good.clone();
    one_bit[31] ^= 1;
    let hex = HEXLOWER.encode(&good);
    let base64 = |bytes: &[u8]| Some(BASE64.encode(bytes));
    let refused = [
        None,
        Some(String::new()),
        Some("!".to_owned()),
        Some(hex.clone()),
        base64(b""),
        base64(&one_bit),
        base64(&good[..31]),
        base64(&[good.clone(), vec![0]].concat()),
        base64(&mac("another key of some length", xml.as_bytes())),
        base64(&mac("", xml.as_bytes())),
        base64(&mac(API_KEY, b"")),
        base64(HEXLOWER.encode(&one_bit).as_bytes()),
        base64(&[b'g'; 64]),
    ];
    let mut answers = std::collections::BTreeSet::new();
    for hmac in &refused {
        let answer = sent(&server, path, xml.as_bytes(), hmac.as_deref()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{hmac:?}: {}", answer.text());
        answers.insert(answer.text());
    }
    assert_eq!(answers.len(), 1);
    assert!(answers.first().unwrap().contains("digilocker.refused"));
    // One byte of the body.
    let changed = xml.replacen("Asha", "Asho", 1);
    let answer = sent(&server, path, changed.as_bytes(), base64(&good).as_deref()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // None of it was counted: the same request, signed as it should be, in either of the two ways.
    assert!(is_handed_out(
        &sent(&server, path, xml.as_bytes(), base64(hex.as_bytes()).as_deref()).await
    ));
    let again = Pull::uri(&server, "T2", LOCKER, &theirs(&number));
    assert!(is_handed_out(&again.send(&server).await));
}

#[tokio::test]
async fn only_of_now_only_once_and_only_as_agreed() {
    let (server, number) = server().await;
    let pull = |txn: &str| Pull::uri(&server, txn, LOCKER, &theirs(&number));
    let at = |seconds: i64| ts(server.now() + SignedDuration::from_secs(seconds));
    let wrong = [
        Pull {
            ts: at(-301),
            ..pull("E1")
        },
        Pull {
            ts: at(301),
            ..pull("E2")
        },
        Pull {
            ts: "now".to_owned(),
            ..pull("E3")
        },
        Pull {
            ts: "2026-11-22T10:30:00".to_owned(),
            ..pull("E4")
        },
        Pull {
            org: "other.org".to_owned(),
            ..pull("E5")
        },
        Pull {
            org: String::new(),
            ..pull("E6")
        },
        Pull {
            keyhash: Some("00".repeat(32)),
            ..pull("E7")
        },
        Pull {
            keyhash: Some(String::new()),
            ..pull("E8")
        },
        Pull {
            keyhash: Some(sha256(API_KEY.as_bytes())),
            ..pull("E9")
        },
    ];
    for pull in wrong {
        let answer = pull.send(&server).await;
        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{}: {}",
            pull.txn,
            answer.text()
        );
        assert!(answer.text().contains("digilocker.refused"));
    }
    for (txn, seconds) in [("F1", -300), ("F2", 300)] {
        assert!(
            is_handed_out(
                &Pull {
                    ts: at(seconds),
                    ..pull(txn)
                }
                .send(&server)
                .await
            ),
            "{seconds}"
        );
    }
    // Once, whatever came of it, and also as another request.
    let first = pull("G1");
    assert!(is_handed_out(&first.send(&server).await));
    for again in [
        first.clone(),
        Pull {
            format: "xml",
            ..first.clone()
        },
    ] {
        assert_eq!(again.send(&server).await.status, StatusCode::UNAUTHORIZED);
    }
    let nothing = Pull::uri(&server, "G2", LOCKER, &theirs("x"));
    assert!(!is_handed_out(&nothing.send(&server).await));
    assert_eq!(nothing.send(&server).await.status, StatusCode::UNAUTHORIZED);
    // What is over by its time is forgotten, and refused for its time.
    let spent = async || server.ledger.rows("digilocker-spent", None, 100).await.unwrap().len();
    let before = spent().await;
    server.clock.advance(SignedDuration::from_mins(11));
    server.checkpoint().await;
    assert_eq!(first.send(&server).await.status, StatusCode::UNAUTHORIZED);
    assert!(is_handed_out(
        &Pull::uri(&server, "G1", LOCKER, &theirs(&number)).send(&server).await
    ));
    assert!(before >= 4 && spent().await < before, "{before}");
}

#[tokio::test]
async fn hostile_xml_is_refused_before_it_means_anything() {
    let (server, number) = server().await;
    let details = theirs(&number);
    let pull = |txn: &str| Pull::uri(&server, txn, LOCKER, &details);
    let bomb =
        r#"<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>"#;
    let file = r#"<!DOCTYPE b [<!ENTITY f SYSTEM "file:///etc/passwd">]>"#;
    let with = |txn, details: String| Pull { details, ..pull(txn) };
    let locker = format!("<DigiLockerId>{LOCKER}</DigiLockerId>");
    let all = [
        Pull {
            before: bomb,
            ..with("H1", format!("{locker}{}", details.replace("Asha", "&c;")))
        },
        Pull {
            before: file,
            ..with("H2", format!("{locker}{}", details.replace("Asha", "&f;")))
        },
        Pull {
            before: "<!DOCTYPE b>",
            ..pull("H3")
        },
        with("H4", format!("{locker}{details}<UDF1>{number}</UDF1>")),
        with(
            "H5",
            format!("{locker}{details}</DocDetails><DocDetails>{locker}{details}"),
        ),
        with("H6", format!("{locker}{}", details.replace("Asha", "<b>Asha</b>"))),
        with("H7", format!("{locker}{details}{}", "<x/>".repeat(200))),
        with("H8", format!("{locker}{}", details.replace("Asha", &"A".repeat(201)))),
        with("H9", format!("{locker}{}", details.replace("28-02-2001", "2001-02-28"))),
        with(
            "H10",
            format!("{locker}{}", details.replace("28-02-2001", "31-02-2001")),
        ),
        with("H11", details.clone()),
        with("H12", format!("{locker}{}", details.replace("FullName", "Name"))),
        with("H13", format!("{locker}{}", details.replace("UDF1", "UDF2"))),
        with("H14", format!("{locker}{details}").replace(LOCKER, "a b")),
        Pull {
            root: "PullDocRequest",
            ..pull("H15")
        },
        Pull {
            format: "all",
            ..pull("H16")
        },
        pull("H 17"),
        pull(&"H".repeat(101)),
        pull(""),
    ];
    for pull in all {
        let answer = pull.send(&server).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{}: {}",
            pull.txn,
            answer.text()
        );
    }
    for body in [&b"\xff\xfe<"[..], b"", b"<", b"{}", b"<PullURIRequest/>"] {
        let answer = sent(
            &server,
            "/digilocker/pulluri",
            body,
            Some(&BASE64.encode(&mac(API_KEY, body))),
        )
        .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:?}");
    }
    // The size, on both sides of its limit.
    let of = |bytes: usize| {
        let mut xml = pull("I1").xml();
        let room = bytes - xml.len();
        xml.insert_str(xml.len() - "</PullURIRequest>".len(), &" ".repeat(room));
        xml
    };
    let (most, more) = (of(64 * 1024), of(64 * 1024 + 1));
    let send = async |xml: String| {
        let hmac = BASE64.encode(&mac(API_KEY, xml.as_bytes()));
        sent(&server, "/digilocker/pulluri", xml.as_bytes(), Some(&hmac)).await
    };
    assert_eq!(send(more).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(is_handed_out(&send(most).await));
    // A name that is XML itself goes into no answer.
    let answer = Pull::uri(&server, "J1&quot;/>", LOCKER, &details).send(&server).await;
    assert!(
        is_handed_out(&answer) && answer.text().contains(r#"txn="J1&quot;/&gt;""#),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn one_account_cannot_try_things_out() {
    let (server, number) = server().await;
    for turn in 0..10 {
        let details = person("BTHCR", &number, "Asha Kumari", &format!("{:02}-03-2001", turn + 1));
        assert!(!is_handed_out(
            &Pull::uri(&server, &format!("K{turn}"), LOCKER, &details)
                .send(&server)
                .await
        ));
    }
    let right = theirs(&number);
    let answer = Pull::uri(&server, "K10", LOCKER, &right).send(&server).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text());
    assert!(!answer.header("retry-after").is_empty());
    assert!(is_handed_out(
        &Pull::uri(&server, "K11", "another-account", &right).send(&server).await
    ));
}

#[tokio::test]
async fn an_outage_is_not_an_answer_about_the_person() {
    // The file of a certificate is not there.
    let server = Server::start_with_digilocker(&["birth_certificate=BTHCR"]).await;
    let (number, _) = issued::issued(&server, 1, None).await;
    let answer = Pull::uri(&server, "L1", LOCKER, &theirs(&number)).send(&server).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
}

#[tokio::test]
async fn of_somebody_who_was_forgotten_nothing_comes() {
    let (server, number) = server().await;
    let answer = Pull::uri(&server, "M1", LOCKER, &theirs(&number)).send(&server).await;
    let uri = element(&answer.text(), "URI").unwrap();
    let mut batch = ledger::Batch::new(server.context(), [0; 32]);
    batch.destroy_subjects = vec![uuid::Uuid::from_u128(1 << 64 | 1)];
    server.ledger.commit(batch).await.unwrap();
    server.settled().await;
    for pull in [
        Pull::uri(&server, "M2", LOCKER, &theirs(&number)),
        Pull::doc(&server, "M3", LOCKER, &uri),
    ] {
        assert!(!is_handed_out(&pull.send(&server).await));
    }
}

#[tokio::test]
async fn without_an_agreement_there_is_nothing_here() {
    let server = Server::start(true).await;
    for path in ["/digilocker/pulluri", "/digilocker/pulldoc"] {
        assert_eq!(sent(&server, path, b"<x/>", None).await.status, StatusCode::NOT_FOUND);
    }
}

#[test]
fn an_agreement_that_cannot_be_is_refused() {
    let catalogue = Catalogue::embedded().unwrap();
    let made = |org: &str, issuer: &str, key: &str, types: &[&str]| {
        let types: Vec<String> = types.iter().map(|pair| (*pair).to_owned()).collect();
        DigiLocker::try_new(org.to_owned(), issuer.to_owned(), key, &types, catalogue)
            .map(|agreed| format!("{agreed:?}"))
    };
    let types = ["birth_certificate=BTHCR"];
    assert_eq!(
        made(ORG, ISSUER, API_KEY, &types),
        Ok(format!("DigiLocker({ISSUER})")),
        "no key in it"
    );
    assert_eq!(
        made(ORG, ISSUER, &"k".repeat(16), &types),
        Ok(format!("DigiLocker({ISSUER})"))
    );
    assert_eq!(made(ORG, ISSUER, &"k".repeat(15), &types), Err(DigiLockerError::Key));
    assert_eq!(
        made("", ISSUER, API_KEY, &types),
        Err(DigiLockerError::Name("organisation id"))
    );
    assert_eq!(
        made(ORG, "in-gov", API_KEY, &types),
        Err(DigiLockerError::Name("issuer id"))
    );
    assert_eq!(made(ORG, ISSUER, API_KEY, &[]), Err(DigiLockerError::Nothing));
    for pair in [
        "birth_certificate",
        "no_such=BTHCR",
        "birth_certificate=",
        "birth_certificate=bthcr",
        "birth_certificate=ABCDEFGHIJK",
    ] {
        assert_eq!(
            made(ORG, ISSUER, API_KEY, &[pair]),
            Err(DigiLockerError::DocType(pair.to_owned()))
        );
    }
    for second in ["birth_certificate=OTHER", "caste_obc=BTHCR"] {
        let twice = Err(DigiLockerError::Twice(second.to_owned()));
        assert_eq!(made(ORG, ISSUER, API_KEY, &[types[0], second]), twice);
    }
}
