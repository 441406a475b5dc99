//! What happened and what was true then, from the log alone.

use std::collections::BTreeMap;

use domain::{
    Bilingual, OfficerId,
    application::{Application, Command},
    certificate::{self, Certificate, RevocationReason},
    officer::{self, Officer},
};
use jiff::{SignedDuration, civil::date};
use projections::history::{self, Of, State, When};

use crate::home::{Home, citizen, number, officer};

async fn lines(home: &Home, of: &Of) -> Vec<(u64, String)> {
    let head = home.ledger.head().await.unwrap();
    let found = history::lines(&home.ledger, of, 0, head, 1_000).await.unwrap();
    assert!(!found.more);
    found
        .lines
        .into_iter()
        .map(|line| (line.position, line.event_type))
        .collect()
}

async fn state(home: &Home, of: &Of, when: When) -> State {
    let then = history::then(&home.ledger, when).await.unwrap();
    history::state(&home.ledger, of, then).await.unwrap()
}

/// Three days: submitted on the 22nd, decided and issued on the 23rd, revoked on the 24th.
async fn three_days(home: &Home) -> String {
    let day = SignedDuration::from_hours(24);
    home.meets("+919000000001").await;
    home.submits(&number(1), None).await;
    home.submits(&number(2), None).await;
    home.clock.advance(day);
    home.forwards(&number(1)).await;
    home.approves(&number(1)).await;
    let (id, _) = home.prepares(&number(1)).await;
    home.execute::<Certificate>(id, crate::certificate::issue(home.now()))
        .await;
    home.clock.advance(day);
    let revoke = certificate::Command::Revoke {
        reason: RevocationReason::Mistake,
        note: Some("a private remark".to_owned()),
        by: officer("DEMO-3", "registrar"),
        at: home.now(),
    };
    home.execute::<Certificate>(id, revoke).await;
    id.to_string()
}

#[tokio::test]
async fn a_certificate_was_valid_on_one_day_and_not_on_the_next() {
    let home = Home::new().await;
    let id = three_days(&home).await;
    let certificate = Of::Stream("certificate".to_owned(), id);
    let mut seen = Vec::new();
    for day in [
        date(2026, 11, 21),
        date(2026, 11, 22),
        date(2026, 11, 23),
        date(2026, 11, 24),
        date(2030, 1, 1),
    ] {
        seen.push(match state(&home, &certificate, When::Day(day)).await {
            State::Certificate(certificate) => certificate.state,
            state => state.word(),
        });
    }
    assert_eq!(seen, ["nothing", "nothing", "valid", "revoked", "revoked"]);
    let State::Certificate(revoked) = state(&home, &certificate, When::Now).await else {
        panic!("no certificate")
    };
    assert_eq!(revoked.reason, Some("mistake"));
    let file = Of::Stream("application".to_owned(), number(1).to_string());
    let mut stages = Vec::new();
    for position in 0..=5 {
        stages.push(match state(&home, &file, When::Position(position)).await {
            State::File(file) => (file.state, file.stage),
            state => (state.word(), None),
        });
    }
    let at = |stage: &str| Some(stage.to_owned());
    assert_eq!(
        stages,
        [
            ("nothing", None),
            ("nothing", None),
            ("open", at("scrutiny")),
            ("open", at("scrutiny")),
            ("open", at("decision")),
            ("approved", None)
        ]
    );
}

#[tokio::test]
async fn a_day_ends_at_midnight_in_india_and_the_position_alone_orders() {
    let home = Home::new().await;
    // 04:30 UTC is 10:00 in India; midnight there is 18:30 UTC.
    let before_midnight = SignedDuration::from_secs(14 * 3600 - 1);
    home.submits(&number(1), None).await;
    home.clock.advance(before_midnight);
    home.submits(&number(2), None).await;
    home.clock.advance(SignedDuration::from_secs(1));
    home.submits(&number(3), None).await;
    // The clock was set back: this one was recorded "on the 22nd", behind one of the 23rd.
    home.clock.advance(-SignedDuration::from_hours(5));
    home.submits(&number(4), None).await;
    let at = async |day| history::then(&home.ledger, When::Day(day)).await.unwrap().position;
    assert_eq!(at(date(2026, 11, 21)).await, 0);
    assert_eq!(at(date(2026, 11, 22)).await, 2);
    assert_eq!(at(date(2026, 11, 23)).await, 4);
    let beyond = history::then(&home.ledger, When::Position(99)).await.unwrap();
    assert_eq!((beyond.position, beyond.head), (4, 4));
}

#[tokio::test]
async fn histories_hold_what_belongs_to_them_and_nothing_personal() {
    let home = Home::new().await;
    let id = three_days(&home).await;
    let at = home.now();
    let appoint = officer::Command::Appoint {
        name: Bilingual::new("Sample Officer", "नमूना अधिकारी"),
        designation: Bilingual::new("Registrar", "रजिस्ट्रार"),
        roles: vec!["registrar".into()],
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        at,
    };
    home.execute::<Officer>("DEMO-3", appoint).await;
    home.execute::<Application>(number(2), Command::Withdraw { citizen: citizen(), at })
        .await;
    let of = |id: &str| Of::Officer(OfficerId::new(id));
    let event = |position, event_type: &str| (position, event_type.to_owned());
    assert_eq!(lines(&home, &of("DEMO-1")).await, [event(4, "application.forwarded")]);
    assert_eq!(
        lines(&home, &of("DEMO-2")).await,
        [event(5, "application.approved"), event(6, "certificate.prepared")]
    );
    assert_eq!(
        lines(&home, &of("DEMO-3")).await,
        [event(8, "certificate.revoked"), event(9, "officer.appointed")]
    );
    assert_eq!(lines(&home, &of("nobody")).await, []);
    let citizen = Of::Citizen(citizen());
    let positions: Vec<u64> = lines(&home, &citizen)
        .await
        .into_iter()
        .map(|(position, _)| position)
        .collect();
    assert_eq!(
        positions,
        [1, 2, 3, 4, 5, 6, 7, 8, 10],
        "everything but the officer's appointment"
    );
    let all = history::lines(&home.ledger, &Of::Log, 0, 10, 1_000).await.unwrap();
    let told = serde_json::to_string(&all).unwrap();
    for personal in ["private remark", "Aarav", "Sharma", "+9190", "देखा", "Karol"] {
        assert!(!told.contains(personal), "{personal}");
    }
    let revoked = &all.lines[7];
    assert_eq!(revoked.why.as_deref(), Some("reason mistake"));
    assert_eq!(revoked.by.as_ref().unwrap().role, "registrar");
    // Page by page it is the same.
    let mut paged = Vec::new();
    let mut from = 0;
    loop {
        let page = history::lines(&home.ledger, &citizen, from, 10, 2).await.unwrap();
        from = page.lines.last().unwrap().position;
        paged.extend(page.lines.iter().map(|line| line.position));
        if !page.more {
            break;
        }
    }
    assert_eq!(paged, positions);

    let State::Citizen {
        applications,
        certificates,
    } = state(&home, &citizen, When::Position(7)).await
    else {
        panic!("no citizen")
    };
    let states: Vec<_> = applications.iter().map(|file| file.state).collect();
    assert_eq!(states, ["approved", "open"]);
    assert_eq!(
        (certificates.len(), certificates[0].state, certificates[0].id.as_str()),
        (1, "valid", id.as_str())
    );
}

#[tokio::test]
async fn the_whole_is_counted_and_the_difference_told() {
    let home = Home::new().await;
    let id = three_days(&home).await;
    let State::Log(counts) = state(&home, &Of::Log, When::Day(date(2026, 11, 23))).await else {
        panic!("no counts")
    };
    assert_eq!(counts.events, 7);
    assert_eq!(counts.applications, BTreeMap::from([("approved", 1), ("open", 1)]));
    assert_eq!(counts.certificates, BTreeMap::from([("valid", 1)]));
    assert_eq!(counts.streams["application"], 2);
    let difference = history::difference(&home.ledger, 3, 8, 100).await.unwrap();
    assert_eq!(difference.events.lines.len(), 5);
    let changed: Vec<_> = difference
        .changed
        .iter()
        .map(|changed| (changed.aggregate_id.as_str(), changed.before, changed.after))
        .collect();
    let number = number(1).to_string();
    assert_eq!(
        changed,
        [
            (number.as_str(), "open", "approved"),
            (id.as_str(), "nothing", "revoked")
        ]
    );
    let none = history::difference(&home.ledger, 8, 8, 100).await.unwrap();
    assert!(none.events.lines.is_empty() && none.changed.is_empty());
    let cut = history::difference(&home.ledger, 0, 8, 2).await.unwrap();
    assert!(cut.events.more && cut.events.lines.len() == 2 && cut.changed.len() == 3);
}
