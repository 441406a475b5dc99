//! Whatever a verification depends on fails, alone and two at a time: nothing is called valid, nobody is called a forger, and
//! the answer says what could not be checked.

use std::sync::LazyLock;

use certificates::{
    Check, CheckName, Evidence, Logged, Reason, Source, Standing, State, StatusAnswer, Trust, Verdict, VerdictCode,
    verify,
};
use jiff::{SignedDuration, Timestamp};
use keys::{KeyDirectory, Purpose};

use crate::world::{Issuer, attachments, evidence, issued_at, now, number, record, small, standing};

/// What a verifier goes by.
struct Scene {
    trust: Trust,
    status: StatusAnswer,
    now: Timestamp,
}

struct Fault {
    name: &'static str,
    /// What is done to the scene.
    strike: fn(&mut Scene),
    /// What the verdict gives as its reason.
    reason: Reason,
    /// What could not be checked; `None` where it was checked and found wanting.
    unchecked: Option<CheckName>,
    /// Numbers carry no signature, and codes no file: such faults do not touch them.
    concerns: &'static [Source],
}

const ALL: &[Source] = &[Source::Qr, Source::Pdf, Source::Number];
const SIGNED: &[Source] = &[Source::Qr, Source::Pdf];

fn known(scene: &mut Scene) -> Option<&mut Standing> {
    match &mut scene.status {
        StatusAnswer::Known(standing) => Some(standing),
        _ => None,
    }
}

fn logged(scene: &mut Scene, log: Logged) {
    if let Some(standing) = known(scene) {
        standing.log = log;
    }
}

fn keep_keys(scene: &mut Scene, purpose: Purpose, authority: bool) {
    let directory = &scene.trust.directory;
    let kept = directory.keys().iter().filter(|key| key.purpose != purpose).cloned();
    let authority = if authority {
        directory.pdf_authority().to_vec()
    } else {
        vec![]
    };
    scene.trust.directory = KeyDirectory::try_new("Sample".to_owned(), kept.collect(), authority, vec![]).unwrap();
}

static OTHER_KEYS: LazyLock<KeyDirectory> = LazyLock::new(|| Issuer::new(2).directory());

const FAULTS: &[Fault] = &[
    Fault {
        name: "database: the register does not answer",
        strike: |scene| scene.status = StatusAnswer::Unavailable,
        reason: Reason::StatusUnavailable,
        unchecked: Some(CheckName::Status),
        concerns: ALL,
    },
    Fault {
        name: "status: older than is accepted",
        strike: |scene| {
            let oldest = scene.now - scene.trust.status_age_max;
            if let Some(standing) = known(scene) {
                standing.as_of = oldest - SignedDuration::from_secs(1);
            }
        },
        reason: Reason::StatusStale,
        unchecked: Some(CheckName::Status),
        concerns: ALL,
    },
    Fault {
        name: "status: from the future",
        strike: |scene| {
            let soon = scene.now + SignedDuration::from_secs(301);
            if let Some(standing) = known(scene) {
                standing.as_of = soon;
            }
        },
        reason: Reason::StatusStale,
        unchecked: Some(CheckName::Status),
        concerns: ALL,
    },
    Fault {
        name: "checkpoint: missing, or badly signed",
        strike: |scene| logged(scene, Logged::Unavailable),
        reason: Reason::LogUnavailable,
        unchecked: Some(CheckName::Log),
        concerns: ALL,
    },
    Fault {
        name: "checkpoint: from before the certificate",
        strike: |scene| {
            logged(
                scene,
                Logged::Committed {
                    position: 4711,
                    size: 4710,
                },
            )
        },
        reason: Reason::LogBehind,
        unchecked: None,
        concerns: ALL,
    },
    Fault {
        name: "checkpoint: of an empty log",
        strike: |scene| {
            logged(
                scene,
                Logged::Committed {
                    position: 4711,
                    size: 0,
                },
            )
        },
        reason: Reason::LogBehind,
        unchecked: None,
        concerns: ALL,
    },
    Fault {
        name: "checkpoint: the register has it at another place",
        strike: |scene| {
            logged(
                scene,
                Logged::Committed {
                    position: 4710,
                    size: 9999,
                },
            )
        },
        reason: Reason::LogMismatch,
        unchecked: None,
        concerns: SIGNED,
    },
    Fault {
        name: "clock: at the beginning of time, and the register's with it",
        strike: |scene| {
            scene.now = Timestamp::UNIX_EPOCH;
            if let Some(standing) = known(scene) {
                standing.as_of = Timestamp::UNIX_EPOCH;
            }
        },
        reason: Reason::IssuedInFuture,
        unchecked: None,
        concerns: ALL,
    },
    Fault {
        name: "clock: the verifier's alone is at the beginning of time",
        strike: |scene| scene.now = Timestamp::UNIX_EPOCH,
        reason: Reason::StatusStale,
        unchecked: Some(CheckName::Status),
        concerns: ALL,
    },
    Fault {
        name: "clock: two days ahead",
        strike: |scene| scene.now += SignedDuration::from_hours(48),
        reason: Reason::StatusStale,
        unchecked: Some(CheckName::Status),
        concerns: ALL,
    },
    Fault {
        name: "keys: none for credentials",
        strike: |scene| keep_keys(scene, Purpose::Credential, true),
        reason: Reason::KeysUnavailable,
        unchecked: Some(CheckName::Signature),
        concerns: SIGNED,
    },
    Fault {
        name: "keys: none for PDFs",
        strike: |scene| keep_keys(scene, Purpose::Pdf, true),
        reason: Reason::KeysUnavailable,
        unchecked: Some(CheckName::Document),
        concerns: &[Source::Pdf],
    },
    Fault {
        name: "keys: no authority over PDF keys",
        strike: |scene| keep_keys(scene, Purpose::Witness, false),
        reason: Reason::KeysUnavailable,
        unchecked: Some(CheckName::Document),
        concerns: &[Source::Pdf],
    },
    Fault {
        name: "keys: fetched before this one came",
        strike: |scene| {
            scene.trust.directory = OTHER_KEYS.clone();
            scene.trust.keys_as_of = Some(issued_at());
        },
        reason: Reason::KeysStale,
        unchecked: Some(CheckName::Signature),
        concerns: SIGNED,
    },
];

fn presented(issuer: &Issuer) -> Vec<(Source, Evidence)> {
    let token = issuer.token(&record());
    let pdf = evidence(&issuer.sign(&small(&attachments(&token, &record()))));
    vec![
        (Source::Qr, Evidence::Token(token)),
        (Source::Pdf, pdf),
        (Source::Number, Evidence::Number(number())),
    ]
}

fn scene(issuer: &Issuer, state: State) -> Scene {
    Scene {
        trust: issuer.trust(),
        status: StatusAnswer::Known(Standing {
            state,
            issued_on: Some(record().issued_on),
            log: Logged::Committed {
                position: 4711,
                size: 4711,
            },
            ..standing()
        }),
        now: now(),
    }
}

fn judged(scene: &Scene, evidence: &Evidence) -> Verdict {
    let verdict = verify(evidence, &scene.trust, &scene.status, scene.now);
    // What was not checked is told, each with its reason; what was checked is not among it.
    for (name, check) in verdict.checks.named() {
        let told = verdict.not_checked.iter().filter(|(told, _)| *told == name).count();
        assert_eq!(told, usize::from(check == Check::NotChecked), "{name:?} of {verdict:?}");
    }
    verdict
}

#[test]
fn each_fault_alone_is_unknown_and_says_what_was_not_checked() {
    let issuer = Issuer::new(1);
    let mut cases = 0;
    for (source, evidence) in presented(&issuer) {
        let whole = judged(&scene(&issuer, State::Active), &evidence);
        assert_eq!(
            (whole.code, whole.reason),
            (VerdictCode::Valid, Reason::Holds),
            "{source:?}"
        );
        assert_eq!(whole.checks.log, Check::Pass);
        for fault in FAULTS.iter().filter(|fault| fault.concerns.contains(&source)) {
            let mut scene = scene(&issuer, State::Active);
            (fault.strike)(&mut scene);
            let verdict = judged(&scene, &evidence);
            let name = format!("{}, {source:?}", fault.name);
            assert_eq!(
                (verdict.code, verdict.reason),
                (VerdictCode::Unknown, fault.reason),
                "{name}"
            );
            match fault.unchecked {
                Some(check) => assert!(
                    verdict.not_checked.contains(&(check, fault.reason)),
                    "{name}: {verdict:?}"
                ),
                None => {
                    let failed = verdict.checks.named().iter().any(|(_, check)| *check == Check::Fail);
                    assert_eq!(failed, fault.reason != Reason::IssuedInFuture, "{name}");
                }
            }
            if matches!(fault.reason, Reason::KeysUnavailable | Reason::KeysStale) {
                // What could not be proven is not shown, nor whether it ended.
                let shown = (
                    verdict.claims.is_some(),
                    verdict.record.is_some(),
                    verdict.expires.is_some(),
                );
                assert_eq!(shown, (false, false, false), "{name}");
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 12 + 14 + 9);
}

#[test]
fn two_faults_at_once_and_every_standing_are_never_valid_and_never_a_forgery() {
    let issuer = Issuer::new(1);
    let since = Some("2026-11-22T20:00:00Z".parse().unwrap());
    let states = [
        State::Active,
        State::Suspended { since, until: None },
        State::Revoked { since, reason: None },
        State::Superseded { since: None, by: None },
    ];
    let mut cases = 0;
    for (source, evidence) in presented(&issuer) {
        let concern = |fault: &&Fault| fault.concerns.contains(&source);
        for first in FAULTS.iter().filter(concern) {
            for second in FAULTS.iter().filter(concern) {
                for state in &states {
                    let mut scene = scene(&issuer, state.clone());
                    (first.strike)(&mut scene);
                    (second.strike)(&mut scene);
                    let verdict = judged(&scene, &evidence);
                    let name = format!("{} and {}, {source:?}, {state:?}", first.name, second.name);
                    assert_ne!(verdict.code, VerdictCode::Valid, "{name}");
                    assert_ne!(verdict.code, VerdictCode::NotGenuine, "{name}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 4 * (12 * 12 + 14 * 14 + 9 * 9));
}

/// Old keys excuse a credential that may be newer than they are, and no other.
#[test]
fn an_unknown_key_of_an_earlier_day_stays_a_forgery() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    for (as_of, expected) in [
        (None, (VerdictCode::NotGenuine, Reason::KidUnknown)),
        // The day of issue is 22 November; in India it ends at 18:30 UTC.
        (Some("2026-11-22T18:29:59Z"), (VerdictCode::Unknown, Reason::KeysStale)),
        (
            Some("2026-11-22T18:30:00Z"),
            (VerdictCode::NotGenuine, Reason::KidUnknown),
        ),
    ] {
        let mut trust = Trust::new(OTHER_KEYS.clone());
        trust.keys_as_of = as_of.map(|text| text.parse().unwrap());
        let verdict = verify(&token, &trust, &StatusAnswer::Known(standing()), now());
        assert_eq!((verdict.code, verdict.reason), expected);
    }
    // And a key that is there and does not fit is a forgery, however old the directory is.
    let mut trust = issuer.trust();
    trust.keys_as_of = Some(issued_at());
    let Evidence::Token(token) = token else { panic!() };
    let mut bytes = token.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = Evidence::Token(certificates::Token::from_bytes(&bytes).unwrap());
    let verdict = verify(&forged, &trust, &StatusAnswer::Known(standing()), now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::SignatureBad)
    );
}
