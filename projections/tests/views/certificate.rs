//! What each event of a certificate makes of its entry in the register.

use domain::certificate::{Certificate, Command, Issue, RevocationReason};
use jiff::{SignedDuration, Timestamp, civil::date};
use ledger::Fault;
use projections::{IssuedEntry, RevokedEntry, ViewError, number_digest};

use crate::home::{Home, citizen, number, officer};

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
    assert!(entry.issued.is_none() && entry.delivered_at.is_none() && entry.revoked.is_none());

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
    assert_eq!(entry.revoked, Some(RevokedEntry { at: revoked, reason }));
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
    assert_eq!(
        views.certificate(id).await.unwrap().unwrap().revoked,
        None,
        "the view stands still"
    );
    let entry = views.certificate_by_number(&number_digest(&certificate)).await;
    assert_eq!(entry.unwrap().unwrap().revoked, Some(RevokedEntry { at, reason }));
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
