//! "Was it valid on that day?"

use certificates::{Evidence, Held, Hold, Logged, Reason, Standing, State, StatusAnswer, Token, held_on, verify};
use domain::CertificateNumber;
use jiff::Timestamp;

use crate::world::{Issuer, day, issued_at, number, record, standing};

/// In the evening of 1 March 2027 in India.
fn today() -> Timestamp {
    "2027-03-01T12:00:00Z".parse().unwrap()
}

fn status(state: State) -> Standing {
    Standing {
        state,
        as_of: today(),
        issued_on: Some(record().issued_on),
        expires_on: record().expires_on,
        ..standing()
    }
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn a_day_has_its_own_answer() {
    let issuer = Issuer::new(1);
    let trust = issuer.trust();
    let by = CertificateNumber::from_random("OB", 5).ok();
    // In India it is already 2 January.
    let since = at("2027-01-01T18:30:00Z");
    let revoked = || State::Revoked { since, reason: None };
    let superseded = || State::Superseded { since, by: by.clone() };
    let suspended = |until: Option<&str>| State::Suspended {
        since,
        until: until.map(day),
    };
    let held = Some(vec![Hold {
        from: day("2026-12-10"),
        until: day("2026-12-12"),
    }]);
    let with_holds = |holds| Standing {
        holds,
        ..status(State::Active)
    };
    let old = |state| Standing {
        as_of: "2027-02-01T12:00:00Z".parse().unwrap(),
        ..status(state)
    };
    let (yes, no, unknown) = (Held::Yes, Held::No, Held::Unknown);
    let cases: Vec<(&str, Standing, Held, Reason)> = vec![
        ("2026-11-21", status(State::Active), no, Reason::NotYetIssued),
        ("2026-11-22", status(State::Active), yes, Reason::Holds),
        ("2027-03-01", status(State::Active), yes, Reason::Holds),
        ("2027-03-02", status(State::Active), unknown, Reason::DayInFuture),
        ("2027-01-01", status(revoked()), yes, Reason::Holds),
        ("2027-01-02", status(revoked()), no, Reason::Revoked),
        ("2027-01-01", status(superseded()), yes, Reason::Holds),
        ("2027-01-02", status(superseded()), no, Reason::Superseded),
        ("2027-01-01", status(suspended(None)), yes, Reason::Holds),
        ("2027-01-02", status(suspended(None)), no, Reason::Suspended),
        (
            "2027-02-10",
            status(suspended(Some("2027-02-10"))),
            no,
            Reason::Suspended,
        ),
        ("2027-02-11", status(suspended(Some("2027-02-10"))), yes, Reason::Holds),
        ("2026-12-09", with_holds(held.clone()), yes, Reason::Holds),
        ("2026-12-10", with_holds(held.clone()), no, Reason::Suspended),
        ("2026-12-12", with_holds(held.clone()), no, Reason::Suspended),
        ("2026-12-13", with_holds(held), yes, Reason::Holds),
        ("2026-12-09", with_holds(None), unknown, Reason::HistoryUntold),
        // A list that tells of an end and not since when.
        (
            "2026-12-09",
            status(State::Revoked {
                since: None,
                reason: None,
            }),
            unknown,
            Reason::SinceUntold,
        ),
        // An old answer speaks for every day before its own.
        ("2027-01-31", old(State::Active), yes, Reason::Holds),
        ("2027-02-01", old(State::Active), unknown, Reason::StatusStale),
        ("2027-02-01", old(revoked()), no, Reason::Revoked),
    ];
    let token = issuer.token(&record());
    for evidence in [Evidence::Token(token.clone()), Evidence::Number(number())] {
        for (asked, standing, held, reason) in &cases {
            let status = StatusAnswer::Known(standing.clone());
            let verdict = verify(&evidence, &trust, &status, today());
            let answer = held_on(day(asked), &verdict, &status, &trust, today());
            assert_eq!(
                (answer.day, answer.held, answer.reason),
                (day(asked), *held, *reason),
                "{asked}, {standing:?}"
            );
        }
    }

    // After its end, when today's verdict is that it is over.
    let later = Standing {
        as_of: "2028-01-01T00:00:00Z".parse().unwrap(),
        ..status(State::Active)
    };
    let (status, now) = (StatusAnswer::Known(later.clone()), later.as_of);
    let verdict = verify(&Evidence::Token(token.clone()), &trust, &status, now);
    assert_eq!(verdict.reason, Reason::Expired);
    let on = |text: &str| {
        let answer = held_on(day(text), &verdict, &status, &trust, now);
        (answer.held, answer.reason)
    };
    assert_eq!(on("2027-11-21"), (yes, Reason::Holds));
    assert_eq!(on("2027-11-22"), (no, Reason::Expired));

    // Without the register only what the credential itself says.
    let (status, now) = (StatusAnswer::Unavailable, today());
    let verdict = verify(&Evidence::Token(token.clone()), &trust, &status, now);
    let on = |text: &str| {
        let answer = held_on(day(text), &verdict, &status, &trust, now);
        (answer.held, answer.reason)
    };
    assert_eq!(on("2026-11-21"), (no, Reason::NotYetIssued));
    assert_eq!(on("2026-12-01"), (unknown, Reason::StatusUnavailable));

    // A log that was asked and confirms nothing confirms no day, whatever the verdict is today.
    for (log, state) in [
        (Logged::Unavailable, State::Active),
        (Logged::Unavailable, revoked()),
        (Logged::Committed { position: 7, size: 6 }, superseded()),
    ] {
        let status = StatusAnswer::Known(Standing {
            log,
            ..self::status(state.clone())
        });
        let verdict = verify(&Evidence::Number(number()), &trust, &status, today());
        let answer = held_on(day("2026-12-01"), &verdict, &status, &trust, today());
        assert_eq!(
            (answer.held, answer.reason),
            (unknown, Reason::LogUnavailable),
            "{log:?}, {state:?}"
        );
    }

    // A forgery held on no day.
    let mut bytes = token.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = Evidence::Token(Token::from_bytes(&bytes).unwrap());
    let status = StatusAnswer::Known(self::status(State::Active));
    let verdict = verify(&forged, &trust, &status, today());
    let answer = held_on(day("2026-12-01"), &verdict, &status, &trust, today());
    assert_eq!((answer.held, answer.reason), (no, Reason::SignatureBad));
}

#[test]
fn a_suspension_is_over_after_its_last_day() {
    let issuer = Issuer::new(1);
    let evidence = Evidence::Token(issuer.token(&record()));
    let verdict = |now: &str| {
        let now: Timestamp = now.parse().unwrap();
        let status = StatusAnswer::Known(Standing {
            as_of: now,
            ..status(State::Suspended {
                since: Some(issued_at()),
                until: Some(day("2027-02-10")),
            })
        });
        let verdict = verify(&evidence, &issuer.trust(), &status, now);
        (verdict.reason, verdict.until)
    };
    // In India that day ends at 18:30 UTC.
    assert_eq!(
        verdict("2027-02-10T18:29:59Z"),
        (Reason::Suspended, Some(day("2027-02-10")))
    );
    assert_eq!(verdict("2027-02-10T18:30:00Z"), (Reason::Holds, None));
}
