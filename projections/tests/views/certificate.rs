//! What each event of a certificate makes of its entry in the register.

use domain::{
    CertificateId,
    certificate::{Certificate, Command, Issue, ReplacementReason, RevocationReason, SuspensionReason},
};
use jiff::{SignedDuration, Timestamp, civil::date};
use ledger::Fault;
use projections::{Change, ChangedTo, IssuedEntry, Stood, ViewError, number_digest};

use crate::home::{Home, STATUS_INDEX, citizen, number, officer};
use crate::parked::append;

#[tokio::test]
async fn an_entry_grows_from_intent_to_revocation_and_is_found_by_its_number() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let (id, certificate) = home.prepares(&number(1)).await;
    home.catch_up().await;
    let views = home.views();
    let entry = views.certificate(id).await.unwrap().unwrap();
    assert_eq!(entry.number.as_ref(), Some(&certificate));
    assert_eq!(
        (entry.record.as_deref(), entry.salt.as_deref()),
        (Some("oWFh"), Some("c2FsdA"))
    );
    assert_eq!(
        (entry.issued_on, entry.expires_on, entry.demo),
        (date(2026, 11, 22), None, true)
    );
    assert_eq!(entry.prepared_at_position, 2, "the submission is 1");
    assert!(entry.issued.is_none() && entry.delivered_at.is_none() && entry.changes.is_empty());
    assert_eq!(entry.stood_at(home.now()), Stood::Prepared);

    home.clock.advance(SignedDuration::from_secs(1));
    let issued = home.now();
    home.execute::<Certificate>(id, issue(issued)).await;
    home.clock.advance(SignedDuration::from_secs(1));
    let delivered = home.now();
    home.execute::<Certificate>(
        id,
        Command::RecordDelivery {
            message: "34".repeat(32),
            at: delivered,
        },
    )
    .await;
    home.clock.advance(SignedDuration::from_secs(1));
    let revoked = home.now();
    let (reason, by) = (RevocationReason::Mistake, officer("DEMO-2", "registrar"));
    home.execute::<Certificate>(
        id,
        Command::Revoke {
            reason,
            note: None,
            by,
            at: revoked,
        },
    )
    .await;
    home.catch_up().await;

    let entry = views
        .certificate_by_number(&number_digest(&certificate))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        entry.issued,
        Some(IssuedEntry {
            credential: Some("Y3JlZA".into()),
            credential_digest: "cd".repeat(32),
            pdf_digest: "12".repeat(32),
            pdf_bytes: 81_000,
            at: issued,
        })
    );
    assert_eq!(entry.delivered_at, Some(delivered));
    let change = Change {
        at: revoked,
        to: ChangedTo::Revoked { reason },
    };
    assert_eq!(entry.changes, [change]);
    let since = revoked;
    assert_eq!(entry.stood_at(revoked), Stood::Revoked { since, reason });
    let before = revoked - SignedDuration::from_nanos(1);
    assert_eq!(entry.stood_at(before), Stood::Active);
    assert_eq!(
        entry.stood_on(date(2026, 11, 22)),
        Some(Stood::Revoked { since, reason })
    );
    assert_eq!(entry.stood_on(date(2026, 11, 21)), None, "not issued yet");
    let listed = vec![projections::Listed {
        row: entry,
        parked: false,
    }];
    assert_eq!(views.certificates_of(citizen(), 10).await.unwrap(), listed);
    assert!(views.certificate_by_number(&"00".repeat(32)).await.unwrap().is_none());
}

pub(crate) fn issue(at: Timestamp) -> Command {
    Command::Issue(Box::new(Issue {
        log_position: 2,
        credential_key: "01020304".into(),
        credential: "Y3JlZA".into(),
        credential_digest: "cd".repeat(32),
        unsigned_digest: "ef".repeat(32),
        cms: "Y21z".into(),
        pdf_digest: "12".repeat(32),
        pdf_bytes: 81_000,
        proof: None,
        time_stamp: None,
        vc_signature: None,
        at,
    }))
}

#[tokio::test]
async fn whoever_asks_by_number_hears_of_a_revocation_that_no_view_has_seen() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let (id, certificate) = home.prepares(&number(1)).await;
    home.execute::<Certificate>(id, issue(home.now())).await;
    home.catch_up().await;
    let by = officer("DEMO-2", "registrar");
    let (reason, note, at) = (RevocationReason::Mistake, None, home.now());
    home.execute::<Certificate>(id, Command::Revoke { reason, note, by, at })
        .await;

    let views = home.views();
    let entry = views.certificate(id).await.unwrap().unwrap();
    assert_eq!(entry.stood_at(at), Stood::Active, "the view stands still");
    let entry = views.certificate_by_number(&number_digest(&certificate)).await;
    let since = at;
    assert_eq!(entry.unwrap().unwrap().stood_at(at), Stood::Revoked { since, reason });
}

#[tokio::test]
async fn a_number_that_the_register_has_not_seen_yet_is_not_said_to_be_nobodys() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let (_, certificate) = home.prepares(&number(1)).await;
    let digest = number_digest(&certificate);
    let views = home.views();
    assert!(matches!(
        views.certificate_by_number(&digest).await,
        Err(ViewError::NotYet { .. })
    ));
    // The register follows no longer, and there is one more event.
    home.catch_up().await;
    let stranger = number_digest(&domain::CertificateNumber::from_random("BC", 7).unwrap());
    assert!(views.certificate_by_number(&stranger).await.unwrap().is_none());
    home.submits(&number(2), None).await;
    assert!(matches!(
        views.certificate_by_number(&stranger).await,
        Err(ViewError::Store(Fault::Deadline))
    ));
    home.catch_up().await;
    assert_eq!(
        views.certificate_by_number(&digest).await.unwrap().unwrap().number,
        Some(certificate)
    );
}

fn suspend(until: jiff::civil::Date, at: Timestamp) -> Command {
    Command::Suspend {
        reason: SuspensionReason::Inquiry,
        until,
        note: None,
        by: officer("DEMO-2", "registrar"),
        at,
    }
}

#[tokio::test]
async fn the_register_tells_how_a_certificate_stood_on_any_day() {
    for home in Home::on_each_store().await {
        home.submits(&number(1), None).await;
        let (id, certificate) = home.prepares(&number(1)).await;
        home.execute::<Certificate>(id, issue(home.now())).await;
        home.clock.advance(SignedDuration::from_hours(24));
        let suspended = home.now();
        home.execute::<Certificate>(id, suspend(date(2026, 11, 26), suspended))
            .await;
        home.clock.advance(SignedDuration::from_hours(24));
        let reinstated = home.now();
        let by = officer("DEMO-1", "registrar");
        let (note, at) = (None, reinstated);
        home.execute::<Certificate>(id, Command::Reinstate { note, by, at })
            .await;
        home.clock.advance(SignedDuration::from_hours(24));
        let again = home.now();
        home.execute::<Certificate>(id, suspend(date(2026, 11, 27), again))
            .await;
        home.catch_up().await;
        let views = home.views();
        let entry = views.certificate(id).await.unwrap().unwrap();
        let on_hold = |since, until| Stood::Suspended {
            since,
            until,
            reason: SuspensionReason::Inquiry,
        };
        let first = on_hold(suspended, date(2026, 11, 26));
        let second = on_hold(again, date(2026, 11, 27));
        for (day, stood) in [
            (21, None),
            (22, Some(Stood::Active)),
            (23, Some(first.clone())),
            (24, Some(Stood::Active)),
            (25, Some(second.clone())),
            (27, Some(second.clone())),
            (28, Some(Stood::Active)),
        ] {
            assert_eq!(entry.stood_on(date(2026, 11, day)), stood, "on {day} November");
        }
        // To the instant: the last day ends in India.
        let ends: Timestamp = "2026-11-27T18:30:00Z".parse().unwrap();
        assert_eq!(entry.stood_at(ends - SignedDuration::from_nanos(1)), second);
        assert_eq!(entry.stood_at(ends), Stood::Active);
        assert_eq!(entry.stood_at(suspended), first);
        assert_eq!(entry.stood_at(suspended - SignedDuration::from_nanos(1)), Stood::Active);
        // The log by itself says the same as the view.
        let told = views.certificate_by_number(&number_digest(&certificate)).await;
        assert_eq!(told.unwrap().unwrap(), entry);
    }
}

#[tokio::test]
async fn a_status_list_is_given_what_is_not_simply_in_force() {
    for home in Home::on_each_store().await {
        home.submits(&number(1), None).await;
        let (id, _) = home.prepares(&number(1)).await;
        home.execute::<Certificate>(id, issue(home.now())).await;
        home.catch_up().await;
        let views = home.views();
        let head = home.ledger.head().await.unwrap();
        let nothing = views.not_simply_in_force(0, head).await.unwrap();
        assert!(nothing.entries.is_empty() && nothing.unreadable.is_empty());

        let last = home
            .execute::<Certificate>(id, suspend(date(2026, 11, 26), home.now()))
            .await;
        // What the register has not seen yet is waited for, and never left out.
        assert!(views.not_simply_in_force(0, last).await.is_err());
        home.catch_up().await;
        let found = views.not_simply_in_force(0, last).await.unwrap();
        assert_eq!(found.entries.len(), 1);
        assert_eq!(found.entries[0].status_index, Some(STATUS_INDEX));
        let elsewhere = views.not_simply_in_force(1, last).await.unwrap();
        assert!(elsewhere.entries.is_empty(), "its place is in the first list");
        assert_eq!(views.last_status_index(last).await.unwrap(), Some(STATUS_INDEX));

        let by = officer("DEMO-2", "registrar");
        let (note, at) = (None, home.now());
        let last = home
            .execute::<Certificate>(id, Command::Reinstate { note, by, at })
            .await;
        home.catch_up().await;
        let found = views.not_simply_in_force(0, last).await.unwrap();
        assert!(found.entries.is_empty(), "it holds again");
    }
}

// Whoever cannot read a certificate's events cannot tell that it holds: its place is told, so that the list holds it back.
#[tokio::test]
async fn the_place_of_a_certificate_that_cannot_be_read_is_told() {
    let unreadable = serde_json::json!({"revoked": {"at": 17}});
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let (id, _) = home.prepares(&number(1)).await;
    let id = id.to_string();
    let last = append(&home, "certificate", &id, 1, ("certificate.revoked", "1", unreadable)).await;
    home.catch_up().await;
    let views = home.views();
    let found = views.not_simply_in_force(0, last).await.unwrap();
    assert_eq!((found.entries.len(), found.unreadable), (0, vec![STATUS_INDEX]));
    let elsewhere = views.not_simply_in_force(1, last).await.unwrap();
    assert!(elsewhere.unreadable.is_empty());

    // Also when its very first event is none that this program knows.
    let intent = serde_json::json!({"prepared": {"status_index": 1_048_576}});
    let id = CertificateId::for_application(&number(2)).to_string();
    let last = append(&home, "certificate", &id, 0, ("certificate.prepared", "1", intent)).await;
    home.catch_up().await;
    let found = home.views().not_simply_in_force(1, last).await.unwrap();
    assert_eq!((found.entries.len(), found.unreadable), (0, vec![1_048_576]));
}

#[tokio::test]
async fn a_renewed_certificate_points_to_the_one_that_took_its_place() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let (id, _) = home.prepares_until(&number(1), Some(date(2026, 12, 31))).await;
    home.execute::<Certificate>(id, issue(home.now())).await;
    let by = officer("DEMO-2", "registrar");
    home.execute::<Certificate>(id, Command::Renew { by, at: home.now() })
        .await;
    let second = CertificateId::for_version(&number(1), 2);
    let other = domain::CertificateNumber::from_random("BC", 43).unwrap();
    let at = home.now();
    home.execute::<Certificate>(
        id,
        Command::Supersede {
            replacement: second,
            number: other.clone(),
            at,
        },
    )
    .await;
    home.catch_up().await;
    let entry = home.views().certificate(id).await.unwrap().unwrap();
    assert_eq!(
        entry.stood_at(at),
        Stood::Superseded {
            since: at,
            by: second,
            number: Some(other),
            reason: ReplacementReason::Renewal,
        }
    );
    assert_eq!(entry.replacement.as_ref().map(|new| new.id), Some(second));
    let all = home.views().certificates_for(&number(1)).await.unwrap();
    assert_eq!(all.len(), 1, "the second is not prepared yet");
    let other = home.views().certificates_for(&number(11)).await.unwrap();
    assert!(other.is_empty());
}
