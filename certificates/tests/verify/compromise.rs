//! Every state of a key, every day, every answer of the log and of the register, all together: a stolen key makes nothing
//! valid, an outage makes nobody a forger, and what the log had before the theft stays what it was.

use certificates::{
    Check, CheckName, Evidence, Logged, Reason, Source, Standing, State, StatusAnswer, Trust, Verdict, VerdictCode,
    check_before_release, verify,
};
use jiff::{SignedDuration, Timestamp};
use keys::{Compromise, KeyDirectory, PublicKeyEntry, Purpose};

use crate::world::{Issuer, attachments, evidence, issued_at, now, record, sha256, small, standing};

/// Where the register has the intent.
const POSITION: u64 = 4711;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What may have become of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    InUse,
    RetiredLater,
    RetiredBefore,
    BegunLater,
    /// With the last position that counts on.
    Compromised(u64),
    RetiredLaterAndCompromised(u64),
}

impl Key {
    const ALL: [Self; 10] = [
        Self::InUse,
        Self::RetiredLater,
        Self::RetiredBefore,
        Self::BegunLater,
        Self::Compromised(0),
        Self::Compromised(POSITION - 1),
        Self::Compromised(POSITION),
        Self::Compromised(u64::MAX),
        Self::RetiredLaterAndCompromised(POSITION - 1),
        Self::RetiredLaterAndCompromised(POSITION),
    ];

    fn befalls(self, entry: &mut PublicKeyEntry) {
        match self {
            Self::InUse => {}
            Self::RetiredLater => entry.not_after = Some(at("2026-11-23T00:00:00Z")),
            Self::RetiredBefore => entry.not_after = Some(at("2026-11-20T00:00:00Z")),
            Self::BegunLater => entry.not_before = at("2026-11-24T00:00:00Z"),
            Self::Compromised(last_good_position) => {
                // The instant is for people: also one before the day of issue changes nothing.
                let since = at("2026-01-02T00:00:00Z");
                entry.compromised = Some(Compromise {
                    since,
                    last_good_position,
                });
            }
            Self::RetiredLaterAndCompromised(position) => {
                Self::RetiredLater.befalls(entry);
                Self::Compromised(position).befalls(entry);
            }
        }
    }

    const fn counted_then(self) -> bool {
        !matches!(self, Self::RetiredBefore | Self::BegunLater)
    }

    const fn last_good(self) -> Option<u64> {
        match self {
            Self::Compromised(position) | Self::RetiredLaterAndCompromised(position) => Some(position),
            _ => None,
        }
    }
}

fn trust(issuer: &Issuer, credential: Key, document: Key) -> Trust {
    let directory = issuer.directory();
    let mut keys = directory.keys().to_vec();
    for entry in &mut keys {
        match entry.purpose {
            Purpose::Credential => credential.befalls(entry),
            Purpose::Pdf => document.befalls(entry),
            _ => {}
        }
    }
    let authority = directory.pdf_authority().to_vec();
    Trust::new(KeyDirectory::try_new("Sample".to_owned(), keys, authority, vec![]).unwrap())
}

const LOGS: [Logged; 7] = [
    Logged::NotAsked,
    Logged::Unavailable,
    Logged::Committed {
        position: POSITION,
        size: POSITION,
    },
    Logged::Committed {
        position: POSITION,
        size: POSITION - 1,
    },
    Logged::Committed {
        position: POSITION,
        size: 0,
    },
    Logged::Committed {
        position: POSITION - 1,
        size: 9999,
    },
    Logged::Committed {
        position: 0,
        size: 9999,
    },
];

/// Which digests the register tells.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Nothing,
    Both,
    OtherCredential,
    OtherFile,
}

fn known(evidence: &Evidence, state: &State, log: Logged, told: Told, as_of: Timestamp) -> StatusAnswer {
    let (token, file) = match evidence {
        Evidence::Token(token) => (token, None),
        Evidence::Pdf(pdf) => (pdf.token(), Some(*pdf.file_digest())),
        _ => panic!("signed evidence"),
    };
    let own = Some(sha256(token.bytes()));
    let (credential_digest, pdf_digest) = match told {
        Told::Nothing => (None, None),
        Told::Both => (own, Some(file.unwrap_or([1; 32]))),
        Told::OtherCredential => (Some([9; 32]), file),
        Told::OtherFile => (own, Some([9; 32])),
    };
    StatusAnswer::Known(Standing {
        state: state.clone(),
        as_of,
        issued_on: Some(record().issued_on),
        pdf_digest,
        credential_digest,
        log,
        ..standing()
    })
}

fn answers(evidence: &Evidence, now: Timestamp) -> Vec<(Option<(Logged, Told)>, StatusAnswer)> {
    let since = Some(at("2026-11-22T20:00:00Z"));
    let states = [
        State::Active,
        State::Suspended { since, until: None },
        State::Revoked { since, reason: None },
        State::Superseded { since, by: None },
    ];
    let mut all = vec![
        (None, StatusAnswer::Unavailable),
        (None, StatusAnswer::NoSuchCertificate),
    ];
    // An answer that is too old.
    for log in LOGS {
        let as_of = now - SignedDuration::from_hours(25);
        let told = Told::Both;
        all.push((Some((log, told)), known(evidence, &State::Active, log, told, as_of)));
    }
    for state in &states {
        for log in LOGS {
            for told in [Told::Nothing, Told::Both, Told::OtherCredential, Told::OtherFile] {
                let as_of = now - SignedDuration::from_hours(1);
                all.push((Some((log, told)), known(evidence, state, log, told, as_of)));
            }
        }
    }
    all
}

/// What the rule says, written down once more and differently: `None` where the answer is that on a sound key.
fn rule(
    source: Source,
    credential: Key,
    document: Key,
    asked: Option<(Logged, Told)>,
    status: &StatusAnswer,
) -> Option<(VerdictCode, Reason)> {
    let void = Some((VerdictCode::NotGenuine, Reason::KeyCompromised));
    let doubt = Some((VerdictCode::Unknown, Reason::KeyDoubtful));
    if !credential.counted_then() {
        return Some((VerdictCode::NotGenuine, Reason::KeyNotInUse));
    }
    if source == Source::Pdf && !document.counted_then() {
        return Some((VerdictCode::NotGenuine, Reason::DocumentSignerUnknown));
    }
    let last_good = match (credential.last_good(), document.last_good()) {
        (a, Some(b)) if source == Source::Pdf => a.map_or(b, |a| a.min(b)),
        (Some(a), _) => a,
        _ => return None,
    };
    let Some((log, told)) = asked else {
        return if *status == StatusAnswer::Unavailable {
            doubt
        } else {
            void
        };
    };
    match (told, source) {
        (Told::OtherCredential, _) | (Told::OtherFile, Source::Pdf) => return void,
        (Told::Nothing, _) => return doubt,
        _ => {}
    }
    let committed = Logged::Committed {
        position: POSITION,
        size: POSITION,
    };
    match log {
        log if log != committed => doubt,
        _ if last_good < POSITION => void,
        _ => None,
    }
}

/// The states of the PDF's key that are tried beside one of the credential's. A code has no PDF; in a PDF one of the two keys
/// is sound, or both are compromised.
fn beside(source: Source, credential: Key) -> Vec<Key> {
    match (source, credential) {
        (Source::Pdf, Key::InUse) => Key::ALL.to_vec(),
        (Source::Pdf, Key::Compromised(position)) if position >= POSITION => {
            vec![Key::Compromised(POSITION - 1), Key::Compromised(POSITION)]
        }
        (Source::Pdf, _) => vec![],
        _ => vec![Key::InUse, Key::Compromised(0)],
    }
}

#[test]
fn every_key_day_log_and_standing_together() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let pdf = evidence(&issuer.sign(&small(&attachments(&token, &record()))));
    let mut counted = std::collections::BTreeMap::new();
    for (source, evidence) in [(Source::Qr, Evidence::Token(token)), (Source::Pdf, pdf)] {
        for today in [
            now(),
            at("2026-11-21T06:30:00Z"), // before the day of issue
            at("2028-01-01T00:00:00Z"), // after the last day
        ] {
            for (asked, status) in answers(&evidence, today) {
                let sound = verify(&evidence, &trust(&issuer, Key::InUse, Key::InUse), &status, today);
                for credential in Key::ALL {
                    for document in beside(source, credential) {
                        let verdict = verify(&evidence, &trust(&issuer, credential, document), &status, today);
                        let name = format!("{source:?} {credential:?} {document:?} {status:?} at {today}");
                        match rule(source, credential, document, asked, &status) {
                            Some(expected) => {
                                assert_eq!((verdict.code, verdict.reason), expected, "{name}");
                                shows_nothing(&verdict, &name);
                            }
                            None => assert_eq!(verdict, sound, "{name}"),
                        }
                        for (check, found) in verdict.checks.named() {
                            let told = verdict.not_checked.iter().filter(|(told, _)| *told == check).count();
                            assert_eq!(told, usize::from(found == Check::NotChecked), "{check:?} {name}");
                        }
                        *counted.entry(verdict.code.code()).or_insert(0_u32) += 1;
                    }
                }
            }
        }
    }
    let all: u32 = counted.values().sum();
    assert_eq!(all, 3 * (2 + 7 + 4 * 7 * 4) * (10 * 2 + 10 + 2 * 2));
    // Each kind of answer came up: the table is not empty anywhere.
    for code in [
        "valid",
        "expired",
        "suspended",
        "revoked",
        "superseded",
        "not_genuine",
        "unknown",
    ] {
        assert!(
            counted.get(code).is_some_and(|count| *count > 40),
            "{code}: {counted:?}"
        );
    }
}

/// Nothing that a thief may have written is shown.
fn shows_nothing(verdict: &Verdict, name: &str) {
    let shown = (
        verdict.number.is_some(),
        verdict.claims.is_some(),
        verdict.record.is_some(),
    );
    assert_eq!(shown, (false, false, false), "{name}");
    assert_eq!(
        (verdict.expires, verdict.since, verdict.until),
        (None, None, None),
        "{name}"
    );
}

#[test]
fn a_doubtful_key_is_told_where_it_counts() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let pdf = evidence(&issuer.sign(&small(&attachments(&token, &record()))));
    // The PDF's key alone: the credential stays what it was.
    let trust = trust(&issuer, Key::InUse, Key::Compromised(0));
    let verdict = verify(&pdf, &trust, &StatusAnswer::Unavailable, now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::Unknown, Reason::KeyDoubtful)
    );
    assert_eq!(verdict.checks.signature, Check::Pass);
    assert!(
        verdict
            .not_checked
            .contains(&(CheckName::Document, Reason::KeyDoubtful))
    );
    let verdict = verify(&Evidence::Token(token), &trust, &StatusAnswer::Unavailable, now());
    assert_eq!(verdict.reason, Reason::StatusUnavailable);
}

#[test]
fn nothing_is_released_that_a_compromised_key_has_signed() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let file = issuer.sign(&small(&attachments(&token, &record())));
    for (credential, document) in [
        (Key::Compromised(u64::MAX), Key::InUse),
        (Key::InUse, Key::Compromised(u64::MAX)),
    ] {
        let directory = trust(&issuer, credential, document).directory;
        let released = check_before_release(&file, &token, &Trust::new(directory.clone()), issued_at(), None);
        assert_eq!(released, Err("key_doubtful"));
    }
}

/// A list or a directory that is kept somewhere cannot know of a theft that came later.
#[test]
fn keys_of_last_week_make_nothing_valid() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let status = StatusAnswer::Known(standing());
    let oldest = now() - SignedDuration::from_hours(24);
    let second = SignedDuration::from_secs(1);
    let valid = (VerdictCode::Valid, Reason::Holds);
    let stale = (VerdictCode::Unknown, Reason::KeysStale);
    for (made_at, expected) in [
        (Some(oldest), valid),
        (Some(oldest - second), stale),
        (Some(now() + SignedDuration::from_mins(5)), valid),
        (Some(now() + SignedDuration::from_mins(5) + second), stale),
        (None, stale),
    ] {
        let directory = made_at.map_or(issuer.directory(), |at| issuer.directory().made_at(at));
        let json = directory.to_json().unwrap();
        let trust = Trust::published(KeyDirectory::from_json(json.as_bytes()).unwrap());
        let verdict = verify(&token, &trust, &status, now());
        assert_eq!((verdict.code, verdict.reason), expected, "{made_at:?}");
    }
    // What is final needs no news.
    let revoked = StatusAnswer::Known(Standing {
        state: State::Revoked {
            since: None,
            reason: None,
        },
        ..standing()
    });
    let verdict = verify(&token, &Trust::published(issuer.directory()), &revoked, now());
    assert_eq!(verdict.code, VerdictCode::Revoked);
}
