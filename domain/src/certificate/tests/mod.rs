use cqrs_es::test::TestFramework;
use jiff::{SignedDuration, Timestamp, civil::date};

use super::*;
use crate::{
    AnyEvent, ApplicationNumber, ByOfficer, CertificateId, CertificateNumber, Personal,
    example::{assert_once, at, citizen, freeze, number, officer},
};

mod replaced;
mod suspended;

fn given(events: Vec<Event>) -> cqrs_es::test::AggregateTestExecutor<Certificate> {
    TestFramework::with(()).given(events)
}

fn printed() -> CertificateNumber {
    CertificateNumber::from_random("BC", 42).unwrap()
}

fn prepare(record: &str) -> Command {
    Command::Prepare(Box::new(Prepare {
        number: printed(),
        number_digest: "11".repeat(32),
        application: number(),
        service: "birth_certificate".into(),
        holder: citizen(),
        record: "oWF4".into(),
        salt: "c2FsdA".into(),
        record_digest: record.repeat(32),
        issued_on: date(2026, 11, 22),
        expires_on: None,
        approved_by: officer("R-1", "registrar"),
        version: 1,
        replaces: None,
        status_index: Some(1_048_577),
        demo: true,
        host: "verify.example.org".into(),
        contact: None,
        at: at(),
    }))
}

fn prepared(expires_on: Option<jiff::civil::Date>) -> Event {
    Event::Prepared {
        number: Personal::new(citizen(), printed()),
        number_digest: "11".repeat(32),
        application: number(),
        service: "birth_certificate".into(),
        holder: citizen(),
        record: Personal::new(citizen(), "oWF4".into()),
        salt: Personal::new(citizen(), "c2FsdA".into()),
        record_digest: "22".repeat(32),
        issued_on: date(2026, 11, 22),
        expires_on,
        approved_by: officer("R-1", "registrar"),
        demo: true,
        host: "verify.example.org".into(),
        contact: None,
        version: 1,
        replaces: None,
        status_index: Some(1_048_577),
        at: at(),
    }
}

/// As the ledger held it before there were places in the status lists.
fn prepared_of_before(expires_on: Option<jiff::civil::Date>) -> Event {
    let mut event = prepared(expires_on);
    if let Event::Prepared { status_index, .. } = &mut event {
        *status_index = None;
    }
    event
}

fn issue(file: &str) -> Command {
    Command::Issue(Box::new(Issue {
        log_position: 7,
        credential_key: "0a1b2c3d".into(),
        credential: "0oRD".into(),
        credential_digest: "33".repeat(32),
        unsigned_digest: "44".repeat(32),
        cms: "MIAG".into(),
        pdf_digest: file.repeat(32),
        pdf_bytes: 61_000,
        proof: None,
        time_stamp: None,
        vc_signature: None,
        at: at(),
    }))
}

fn issued() -> Event {
    Event::Issued {
        log_position: 7,
        credential_key: "0a1b2c3d".into(),
        credential: Personal::new(citizen(), "0oRD".into()),
        credential_digest: "33".repeat(32),
        unsigned_digest: "44".repeat(32),
        cms: "MIAG".into(),
        pdf_digest: "55".repeat(32),
        pdf_bytes: 61_000,
        proof: None,
        time_stamp: None,
        vc_signature: None,
        at: at(),
    }
}

/// With the signature over the W3C's form.
fn issued_enveloped() -> Event {
    let mut event = issued();
    if let Event::Issued { vc_signature, .. } = &mut event {
        *vc_signature = Some("QUJD".into());
    }
    event
}

/// With the proof that the file carries.
fn issued_proven() -> Event {
    let mut event = issued();
    if let Event::Issued { proof, .. } = &mut event {
        *proof = Some(LogProof {
            proof: "c2sp.org/tlog-proof@v1\n".into(),
            entry: "{\"commits_to\":\"22\"}".into(),
            policy: "quorum none\n".into(),
        });
    }
    event
}

/// With what became of its time stamp.
fn issued_with(stamp: TimeStamp) -> Event {
    let mut event = issued();
    if let Event::Issued { time_stamp, .. } = &mut event {
        *time_stamp = Some(stamp);
    }
    event
}

#[test]
fn why_a_time_stamp_is_missing_is_stored_under_its_code() {
    for reason in [
        NoTimeStamp::Unreachable,
        NoTimeStamp::Refused,
        NoTimeStamp::Bad,
        NoTimeStamp::NotAsked,
    ] {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

fn second() -> CertificateId {
    CertificateId::for_version(&number(), 2)
}

fn elsewhere(code: &str) -> ByOfficer {
    ByOfficer {
        office: crate::Bilingual::new("Another Office", "दूसरा कार्यालय"),
        ..officer(code, "registrar")
    }
}

fn later(days: i64) -> Timestamp {
    at() + SignedDuration::from_hours(24 * days)
}

fn deliver(message: &str) -> Command {
    Command::RecordDelivery {
        message: message.into(),
        at: at(),
    }
}

fn delivered() -> Event {
    Event::Delivered {
        message: "wamid.2".into(),
        at: at(),
    }
}

fn revoke(reason: RevocationReason, by: &str, note: Option<&str>) -> Command {
    Command::Revoke {
        reason,
        note: note.map(Into::into),
        by: officer(by, "registrar"),
        at: at(),
    }
}

fn revoked(note: Option<&str>) -> Event {
    Event::Revoked {
        reason: RevocationReason::Mistake,
        note: note.map(|note| Personal::new(citizen(), note.into())),
        by: officer("R-1", "registrar"),
        at: at(),
    }
}

#[test]
fn is_prepared_once() {
    given(vec![])
        .when(prepare("22"))
        .then_expect_events(vec![prepared(None)]);
    given(vec![prepared(None)])
        .when(prepare("22"))
        .then_expect_events(vec![]);
    given(vec![prepared(None)])
        .when(prepare("23"))
        .then_expect_error(Error::OtherIntent);
}

// The reaction that issues begins again after a crash, wherever it stopped.
#[test]
fn the_same_intent_again_after_signing_changes_nothing() {
    for after in [
        vec![issued()],
        vec![issued(), delivered()],
        vec![issued(), revoked(None)],
    ] {
        given(vec![prepared(None)])
            .and(after.clone())
            .when(prepare("22"))
            .then_expect_events(vec![]);
        given(vec![prepared(None)])
            .and(after.clone())
            .when(issue("55"))
            .then_expect_events(vec![]);
        given(vec![prepared(None)])
            .and(after)
            .when(prepare("23"))
            .then_expect_error(Error::OtherIntent);
    }
}

#[test]
fn is_issued_once_and_only_after_its_intent() {
    given(vec![]).when(issue("55")).then_expect_error(Error::Unknown);
    given(vec![prepared(None)])
        .when(issue("55"))
        .then_expect_events(vec![issued()]);
    given(vec![prepared(None), issued()])
        .when(issue("56"))
        .then_expect_error(Error::OtherFile);
}

#[test]
fn is_delivered_once_and_only_when_issued() {
    for before in [vec![], vec![prepared(None)]] {
        given(before).when(deliver("wamid.2")).then_expect_error(Error::Unknown);
    }
    given(vec![prepared(None), issued()])
        .when(deliver("wamid.2"))
        .then_expect_events(vec![delivered()]);
    given(vec![prepared(None), issued(), delivered()])
        .when(deliver("wamid.3"))
        .then_expect_events(vec![]);
    // A message that arrives after the revocation has arrived all the same.
    given(vec![prepared(None), issued(), revoked(None)])
        .when(deliver("wamid.2"))
        .then_expect_events(vec![delivered()]);
}

#[test]
fn is_revoked_once_and_only_when_issued() {
    let mistake = || revoke(RevocationReason::Mistake, "R-1", None);
    for before in [vec![], vec![prepared(None)]] {
        given(before).when(mistake()).then_expect_error(Error::Unknown);
    }
    for before in [
        vec![prepared(None), issued()],
        vec![prepared(None), issued(), delivered()],
    ] {
        given(before).when(mistake()).then_expect_events(vec![revoked(None)]);
    }
    let revoked = || given(vec![prepared(None), issued(), revoked(None)]);
    revoked().when(mistake()).then_expect_events(vec![]);
    // Another reason or another officer would believe that theirs is on record.
    revoked()
        .when(revoke(RevocationReason::Order, "R-1", None))
        .then_expect_error(Error::Revoked);
    revoked()
        .when(revoke(RevocationReason::Mistake, "R-2", None))
        .then_expect_error(Error::Revoked);
}

#[test]
fn the_note_of_a_revocation_has_its_limit() {
    let with = |note: String| {
        given(vec![prepared(None), issued()]).when(revoke(RevocationReason::Mistake, "R-1", Some(&note)))
    };
    with(" ".into()).then_expect_events(vec![revoked(None)]);
    with(" Wrong date. ".into()).then_expect_events(vec![revoked(Some("Wrong date."))]);
    with("न".repeat(600)).then_expect_events(vec![revoked(Some(&"न".repeat(600)))]);
    with("न".repeat(601)).then_expect_error(Error::TooLong { max: 600 });
}

#[test]
fn nothing_has_a_second_effect_in_any_order() {
    let commands = [
        prepare("22"),
        prepare("23"),
        issue("55"),
        issue("56"),
        deliver("wamid.2"),
        revoke(RevocationReason::Mistake, "R-1", None),
        revoke(RevocationReason::Order, "R-2", None),
        suspended::suspend(SuspensionReason::Inquiry, date(2026, 12, 1), "R-1"),
        suspended::suspend(SuspensionReason::Order, date(2026, 12, 2), "R-2"),
        suspended::reinstate("R-1", at()),
        replaced::propose("आशा", "R-1"),
        replaced::propose("उषा", "R-2"),
        replaced::approve("R-2", at()),
        replaced::renew("R-1", at()),
        replaced::supersede(second()),
    ];
    // Every sequence of four commands behind the signing, and of four from the beginning.
    let count = commands.len();
    for path in 0..2 * count.pow(4) {
        let mut state = Certificate::default();
        if path >= count.pow(4) {
            state = state.evolve(prepared(Some(date(2026, 12, 31)))).evolve(issued());
        }
        let mut rest = path % count.pow(4);
        for _ in 0..4 {
            state = assert_once(
                &state,
                &commands[rest % count],
                Certificate::decide,
                Certificate::evolve,
            );
            rest /= count;
        }
    }
}

#[test]
fn folding_is_total() {
    let events = [
        prepared(None),
        issued(),
        delivered(),
        suspended::suspended(date(2026, 12, 1)),
        suspended::reinstated(None),
        replaced::proposed("आशा", "R-1"),
        replaced::ordered(ReplacementReason::Renewal, None),
        replaced::superseded(ReplacementReason::Renewal),
        revoked(None),
    ];
    for first in &events {
        for second in &events {
            for third in &events {
                let folded = Certificate::default().evolve(first.clone()).evolve(second.clone());
                let _ = folded.evolve(third.clone());
            }
        }
    }
    // What was never prepared does not become issued by a stray event.
    assert_eq!(Certificate::default().evolve(issued()), Certificate::New);
}

#[test]
fn errors_and_reasons_have_codes() {
    let day = date(2026, 12, 1);
    let errors = [
        (Error::Unknown, "certificate.unknown"),
        (Error::OtherIntent, "certificate.other_intent"),
        (Error::OtherFile, "certificate.other_file"),
        (Error::Revoked, "certificate.revoked"),
        (Error::Superseded, "certificate.superseded"),
        (Error::ReplacementUnderWay, "certificate.replacement_under_way"),
        (Error::Suspended, "certificate.suspended"),
        (Error::NotYourCertificate, "certificate.not_your_certificate"),
        (Error::SuspensionEnd { last: day }, "certificate.suspension_end"),
        (Error::NothingToCorrect, "certificate.nothing_to_correct"),
        (Error::ReasonMissing, "certificate.reason_missing"),
        (Error::OtherProposal, "certificate.other_proposal"),
        (Error::ProposalWaits, "certificate.proposal_waits"),
        (Error::SameOfficer, "certificate.same_officer"),
        (Error::Erased, "certificate.erased"),
        (Error::NoEnd, "certificate.no_end"),
        (Error::RenewalTooEarly { first: day }, "certificate.renewal_too_early"),
        (Error::TooLong { max: 600 }, "certificate.too_long"),
    ];
    for (error, code) in errors {
        assert_eq!(error.code(), code);
    }
    for reason in SuspensionReason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
    for reason in ReplacementReason::CORRECTIONS
        .into_iter()
        .chain([ReplacementReason::Renewal])
    {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
    for reason in RevocationReason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

#[test]
fn the_stored_form_is_frozen() {
    let mut with_contact = prepared_of_before(Some(date(2036, 11, 21)));
    if let Event::Prepared { contact, .. } = &mut with_contact {
        *contact = Some("+91 90000 00000".into());
    }
    let mut bare = revoked(None);
    if let Event::Revoked { reason, .. } = &mut bare {
        *reason = RevocationReason::HolderRequest;
    }
    freeze(
        "certificate",
        "certificate/snapshots",
        vec![
            ("prepared", with_contact),
            ("prepared-bare", prepared_of_before(None)),
            ("prepared-placed", prepared(None)),
            ("issued", issued()),
            ("issued-proven", issued_proven()),
            ("issued-stamped", issued_with(TimeStamp::Given { at: later(1) })),
            (
                "issued-unstamped",
                issued_with(TimeStamp::Missing {
                    reason: NoTimeStamp::Unreachable,
                }),
            ),
            ("issued-enveloped", issued_enveloped()),
            ("delivered", delivered()),
            ("prepared-second", replaced::prepared_second()),
            ("suspended", suspended::suspended(date(2026, 12, 1))),
            ("reinstated", suspended::reinstated(Some("Papers are in order."))),
            ("reinstated-bare", suspended::reinstated(None)),
            ("correction_proposed", replaced::proposed("आशा", "R-1")),
            ("correction_declined", replaced::declined("R-2")),
            (
                "replacement_ordered",
                replaced::ordered(ReplacementReason::ClericalError, Some("आशा")),
            ),
            (
                "replacement_ordered-bare",
                replaced::ordered(ReplacementReason::Renewal, None),
            ),
            ("superseded", replaced::superseded(ReplacementReason::ClericalError)),
            ("revoked", revoked(Some("Wrong date."))),
            ("revoked-bare", bare),
        ],
        AnyEvent::Certificate,
    );
}

#[test]
fn only_the_authority_that_issued_changes_how_it_stands() {
    let wrong_role = officer("R-1", "sub_registrar");
    for by in [wrong_role, elsewhere("R-1")] {
        for command in [
            Command::Revoke {
                reason: RevocationReason::Mistake,
                note: None,
                by: by.clone(),
                at: at(),
            },
            Command::Suspend {
                reason: SuspensionReason::Inquiry,
                until: date(2026, 12, 1),
                note: None,
                by: by.clone(),
                at: at(),
            },
            Command::Reinstate {
                note: None,
                by: by.clone(),
                at: at(),
            },
            replaced::propose_by("आशा", by.clone()),
            Command::ApproveCorrection {
                proposed_at: at(),
                by: by.clone(),
                at: at(),
            },
            Command::DeclineCorrection {
                proposed_at: at(),
                words: "No.".into(),
                by: by.clone(),
                at: at(),
            },
            Command::Renew {
                by: by.clone(),
                at: at(),
            },
        ] {
            given(vec![prepared(Some(date(2026, 12, 31))), issued()])
                .when(command)
                .then_expect_error(Error::NotYourCertificate);
        }
    }
    // Another officer of the same authority may.
    given(vec![prepared(None), issued()])
        .when(suspended::suspend(SuspensionReason::Inquiry, date(2026, 12, 1), "R-2"))
        .then_expect_events(vec![Event::Suspended {
            reason: SuspensionReason::Inquiry,
            until: date(2026, 12, 1),
            note: None,
            by: officer("R-2", "registrar"),
            at: at(),
        }]);
}

#[test]
fn a_place_is_read_out_of_an_intent_that_cannot_be_read() {
    let mut body = serde_json::to_value(prepared(None)).unwrap();
    assert_eq!(status_index_in(body.to_string().as_bytes()), Some(1_048_577));
    body["prepared"]["issued_on"] = "some day".into();
    assert!(AnyEvent::decode("certificate", body.to_string().as_bytes()).is_err());
    assert_eq!(status_index_in(body.to_string().as_bytes()), Some(1_048_577));
    for wrong in [
        "",
        "{}",
        "[]",
        r#"{"prepared":{"status_index":-1}}"#,
        r#"{"issued":{"status_index":1}}"#,
    ] {
        assert_eq!(status_index_in(wrong.as_bytes()), None, "{wrong}");
    }
}

// What the ledger held before there were versions and replacements.
#[test]
fn an_intent_of_before_is_the_first_certificate_of_its_application() {
    let json = serde_json::to_string(&prepared_of_before(None)).unwrap();
    for later in ["version", "replaces", "status_index"] {
        assert!(!json.contains(later), "{json}");
    }
    assert_eq!(status_index_in(json.as_bytes()), None);
    let first = CertificateId::for_version(&number(), 1);
    assert_eq!(first, CertificateId::for_application(&number()));
    assert_ne!(first, second());
    let other = ApplicationNumber::new(2026, 124);
    assert_ne!(second(), CertificateId::for_version(&other, 2));
}
