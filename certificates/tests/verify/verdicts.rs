//! Every verdict, from inputs made for it.

use certificates::{
    Check, Evidence, Reason, Source, Standing, State, StatusAnswer, Token, Trust, VerdictCode, check_before_release,
    read::Read, verify,
};
use domain::CertificateNumber;
use domain::certificate::RevocationReason;
use jiff::{SignedDuration, Timestamp};
use keys::{KeyDirectory, PublicKeyEntry, Purpose};

use crate::world::{
    Issuer, active, attachments, day, evidence, hour_ago, issued_at, now, number, record, sha256, small, standing,
};

fn known(state: State) -> StatusAnswer {
    StatusAnswer::Known(Standing { state, ..standing() })
}

fn since() -> Timestamp {
    "2026-11-22T20:00:00Z".parse().unwrap()
}

/// State, code, reason, and the tick of the status.
fn states() -> Vec<(State, VerdictCode, Reason, Check)> {
    vec![
        (State::Active, VerdictCode::Valid, Reason::Holds, Check::Pass),
        (
            State::Suspended {
                since: Some(since()),
                until: Some(day("2026-12-31")),
            },
            VerdictCode::Suspended,
            Reason::Suspended,
            Check::Fail,
        ),
        (
            State::Revoked {
                since: Some(since()),
                reason: Some(RevocationReason::FalseEvidence),
            },
            VerdictCode::Revoked,
            Reason::Revoked,
            Check::Fail,
        ),
        (
            State::Superseded {
                since: Some(since()),
                by: Some(CertificateNumber::from_random("OB", 5).unwrap()),
            },
            VerdictCode::Superseded,
            Reason::Superseded,
            Check::Fail,
        ),
    ]
}

#[test]
fn what_the_register_says_is_the_verdict() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let pdf = evidence(&issuer.sign(&small(&attachments(&issuer.token(&record()), &record()))));
    let number = Evidence::Number(number());
    for (state, code, reason, status) in states() {
        for (evidence, source) in [(&token, Source::Qr), (&pdf, Source::Pdf), (&number, Source::Number)] {
            let verdict = verify(evidence, &issuer.trust(), &known(state.clone()), now());
            assert_eq!((verdict.code, verdict.reason, verdict.source), (code, reason, source));
            assert_eq!(verdict.number, Some(self::number()));
            assert_eq!(verdict.status_as_of, Some(hour_ago()));
            assert_eq!(verdict.since, (state != State::Active).then(since));
            assert!(!verdict.demo);
            let proven = if source == Source::Number {
                Check::NotChecked
            } else {
                Check::Pass
            };
            let file = if source == Source::Pdf {
                Check::Pass
            } else {
                Check::NotChecked
            };
            let checks = verdict.checks;
            assert_eq!((checks.signature, checks.record, checks.document), (proven, file, file));
            assert_eq!((checks.status, checks.log), (status, Check::NotChecked));
            assert_eq!(verdict.claims.is_some(), source != Source::Number);
            assert_eq!(verdict.record, (source == Source::Pdf).then(record));
        }
    }
    let suspended = verify(&token, &issuer.trust(), &known(states().remove(1).0), now());
    assert_eq!(suspended.until, Some(day("2026-12-31")));
    let revoked = verify(&token, &issuer.trust(), &known(states().remove(2).0), now());
    assert_eq!(revoked.revocation, Some(RevocationReason::FalseEvidence));
    let superseded = verify(&token, &issuer.trust(), &known(states().remove(3).0), now());
    assert_eq!(
        superseded.superseded_by,
        Some(CertificateNumber::from_random("OB", 5).unwrap())
    );
}

#[test]
fn the_last_day_is_whole_and_is_indian() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let at = |text: &str| {
        let now: Timestamp = text.parse().unwrap();
        let status = StatusAnswer::Known(Standing {
            as_of: now,
            ..standing()
        });
        verify(&token, &issuer.trust(), &status, now).code
    };
    // The last day is 21 November 2027; in India it ends at 18:30 UTC.
    assert_eq!(at("2027-11-21T18:29:59Z"), VerdictCode::Valid);
    assert_eq!(at("2027-11-21T18:30:00Z"), VerdictCode::Expired);
    // The day of issue begins at 18:30 UTC of the day before.
    assert_eq!(at("2026-11-21T18:30:00Z"), VerdictCode::Valid);
    assert_eq!(at("2026-11-21T18:29:59Z"), VerdictCode::Unknown);
}

#[test]
fn the_earlier_end_counts_and_an_end_needs_no_register() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let status = |expires_on| {
        StatusAnswer::Known(Standing {
            expires_on,
            ..standing()
        })
    };
    let verdict = verify(&token, &issuer.trust(), &status(Some(day("2026-11-22"))), now());
    assert_eq!(
        (verdict.code, verdict.expires),
        (VerdictCode::Expired, Some(day("2026-11-22")))
    );
    let verdict = verify(&token, &issuer.trust(), &status(Some(day("2030-01-01"))), now());
    assert_eq!(
        (verdict.code, verdict.expires),
        (VerdictCode::Valid, Some(day("2027-11-21")))
    );
    let number = Evidence::Number(number());
    let verdict = verify(&number, &issuer.trust(), &status(Some(day("2026-11-22"))), now());
    assert_eq!(verdict.code, VerdictCode::Expired);

    let later: Timestamp = "2028-01-01T00:00:00Z".parse().unwrap();
    for status in [StatusAnswer::Unavailable, active(), known(states().remove(1).0)] {
        let verdict = verify(&token, &issuer.trust(), &status, later);
        assert_eq!((verdict.code, verdict.reason), (VerdictCode::Expired, Reason::Expired));
        assert_eq!(verdict.checks.status, Check::NotChecked);
    }
    // A cancelled one stays cancelled.
    let verdict = verify(&token, &issuer.trust(), &known(states().remove(2).0), later);
    assert_eq!(verdict.code, VerdictCode::Revoked);
}

#[test]
fn an_outage_is_unknown_and_shows_what_was_proven() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let verdict = verify(&token, &issuer.trust(), &StatusAnswer::Unavailable, now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::Unknown, Reason::StatusUnavailable)
    );
    assert_eq!(
        (verdict.checks.signature, verdict.checks.status),
        (Check::Pass, Check::NotChecked)
    );
    assert!(verdict.claims.is_some());
    let verdict = verify(
        &Evidence::Number(number()),
        &issuer.trust(),
        &StatusAnswer::Unavailable,
        now(),
    );
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::Unknown, Reason::StatusUnavailable)
    );
}

#[test]
fn an_answer_counts_while_it_is_fresh() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let aged = |seconds: i64, state: State| {
        let as_of = now() - SignedDuration::from_secs(seconds);
        let status = StatusAnswer::Known(Standing {
            as_of,
            state,
            ..standing()
        });
        let verdict = verify(&token, &issuer.trust(), &status, now());
        (verdict.code, verdict.reason)
    };
    const DAY: i64 = 86_400;
    assert_eq!(aged(DAY, State::Active).0, VerdictCode::Valid);
    assert_eq!(
        aged(DAY + 1, State::Active),
        (VerdictCode::Unknown, Reason::StatusStale)
    );
    // From a clock that runs ahead: five minutes are tolerated.
    assert_eq!(aged(-300, State::Active).0, VerdictCode::Valid);
    assert_eq!(aged(-301, State::Active), (VerdictCode::Unknown, Reason::StatusStale));
    // What is final needs no freshness; a suspension may have ended.
    for (state, code, ..) in states() {
        let expected = match code {
            VerdictCode::Revoked | VerdictCode::Superseded => code,
            _ => VerdictCode::Unknown,
        };
        assert_eq!(aged(30 * DAY, state).0, expected);
    }
    let mut trust = issuer.trust();
    trust.status_age_max = SignedDuration::from_mins(59);
    assert_eq!(verify(&token, &trust, &active(), now()).reason, Reason::StatusStale);
}

#[test]
fn a_good_signature_that_the_register_does_not_know_is_not_genuine() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let verdict = verify(&token, &issuer.trust(), &StatusAnswer::NoSuchCertificate, now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::NotInRegister)
    );
    assert!(verdict.claims.is_none() && verdict.number.is_none() && verdict.expires.is_none());
    // Of a mere number there is nothing to call a forgery.
    let verdict = verify(
        &Evidence::Number(number()),
        &issuer.trust(),
        &StatusAnswer::NoSuchCertificate,
        now(),
    );
    assert_eq!((verdict.code, verdict.reason), (VerdictCode::Unknown, Reason::NotFound));
}

#[test]
fn what_the_register_did_not_issue_is_not_genuine() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let file = issuer.sign(&small(&attachments(&token, &record())));
    let (pdf, alone) = (evidence(&file), Evidence::Token(token.clone()));
    let issued = Standing {
        pdf_digest: Some(sha256(&file)),
        credential_digest: Some(sha256(token.bytes())),
        ..standing()
    };
    for (_, code, ..) in states().into_iter().take(1) {
        for evidence in [&pdf, &alone] {
            let verdict = verify(evidence, &issuer.trust(), &StatusAnswer::Known(issued.clone()), now());
            assert_eq!(verdict.code, code);
        }
    }
    let other = Some(sha256(b"another"));
    for (state, ..) in states() {
        let credential = Standing {
            credential_digest: other,
            state: state.clone(),
            ..issued.clone()
        };
        for evidence in [&pdf, &alone] {
            let verdict = verify(
                evidence,
                &issuer.trust(),
                &StatusAnswer::Known(credential.clone()),
                now(),
            );
            assert_eq!(
                (verdict.code, verdict.reason),
                (VerdictCode::NotGenuine, Reason::CredentialNotIssued)
            );
            assert!(verdict.claims.is_none() && verdict.record.is_none() && verdict.number.is_none());
        }
        let document = StatusAnswer::Known(Standing {
            pdf_digest: other,
            state,
            ..issued.clone()
        });
        let verdict = verify(&pdf, &issuer.trust(), &document, now());
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::NotGenuine, Reason::DocumentChanged)
        );
        assert_eq!(verdict.checks.document, Check::Fail);
        // A QR code is no file.
        assert!(verify(&alone, &issuer.trust(), &document, now()).code.is_genuine());
    }
}

#[test]
fn another_issuers_signature_is_not_genuine() {
    let (issuer, other) = (Issuer::new(1), Issuer::new(2));
    let token = other.token(&record());
    let verdict = verify(&Evidence::Token(token.clone()), &issuer.trust(), &active(), now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::KidUnknown)
    );
    assert_eq!(verdict.checks.signature, Check::Fail);
    assert!(verdict.claims.is_none() && verdict.number.is_none());

    // Its key id replaced by a known one.
    let known = issuer.token(&record()).key_id().to_bytes();
    let mut bytes = token.bytes().to_vec();
    let place = bytes
        .windows(4)
        .position(|window| window == token.key_id().to_bytes())
        .unwrap();
    bytes[place..place + 4].copy_from_slice(&known);
    let swapped = Evidence::Token(Token::from_bytes(&bytes).unwrap());
    let verdict = verify(&swapped, &issuer.trust(), &active(), now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::SignatureBad)
    );
}

/// The issuer's directory, its entries of one purpose changed.
fn changed(issuer: &Issuer, purpose: Purpose, change: impl Fn(&mut PublicKeyEntry)) -> Trust {
    let directory = issuer.directory();
    let mut keys = directory.keys().to_vec();
    keys.iter_mut()
        .filter(|entry| entry.purpose == purpose)
        .for_each(change);
    let (authority, certificate) = (
        directory.pdf_authority().to_vec(),
        directory.pdf_signing_certificate().to_vec(),
    );
    Trust::new(KeyDirectory::try_new("Sample".to_owned(), keys, authority, certificate).unwrap())
}

#[test]
fn a_key_counts_for_its_purpose_and_in_its_time() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let pdf = evidence(&issuer.sign(&small(&attachments(&issuer.token(&record()), &record()))));
    let verdict = |evidence: &Evidence, trust: &Trust| {
        let verdict = verify(evidence, trust, &active(), now());
        (verdict.code, verdict.reason)
    };
    // Beside them stand keys of the right purpose, which are others.
    let with_others = |trust: &Trust| {
        let directory = &trust.directory;
        let mut keys = directory.keys().to_vec();
        keys.extend(Issuer::new(2).directory().keys().iter().cloned());
        let (authority, certificate) = (directory.pdf_authority().to_vec(), directory.pdf_signing_certificate());
        Trust::new(KeyDirectory::try_new("Sample".to_owned(), keys, authority, certificate.to_vec()).unwrap())
    };
    for purpose in [Purpose::Checkpoint, Purpose::Status, Purpose::Witness] {
        let trust = changed(&issuer, Purpose::Credential, |entry| entry.purpose = purpose);
        assert_eq!(
            verdict(&token, &with_others(&trust)),
            (VerdictCode::NotGenuine, Reason::KidUnknown)
        );
        assert_eq!(verdict(&token, &trust), (VerdictCode::Unknown, Reason::KeysUnavailable));
        let trust = changed(&issuer, Purpose::Pdf, |entry| entry.purpose = purpose);
        assert_eq!(
            verdict(&pdf, &with_others(&trust)),
            (VerdictCode::NotGenuine, Reason::DocumentSignerUnknown)
        );
        assert_eq!(verdict(&pdf, &trust), (VerdictCode::Unknown, Reason::KeysUnavailable));
    }
    let ended = |entry: &mut PublicKeyEntry| entry.not_after = Some("2026-11-20T00:00:00Z".parse().unwrap());
    let trust = changed(&issuer, Purpose::Credential, ended);
    assert_eq!(verdict(&token, &trust), (VerdictCode::NotGenuine, Reason::KeyNotInUse));
    let begun = |entry: &mut PublicKeyEntry| entry.not_before = "2026-11-24T00:00:00Z".parse().unwrap();
    let trust = changed(&issuer, Purpose::Credential, begun);
    assert_eq!(verdict(&token, &trust), (VerdictCode::NotGenuine, Reason::KeyNotInUse));
    // The PDF key at the claimed instant, on both sides.
    for (end, expected) in [
        (
            "2026-11-22T06:30:00Z",
            (VerdictCode::NotGenuine, Reason::DocumentSignerUnknown),
        ),
        ("2026-11-22T06:30:01Z", (VerdictCode::Valid, Reason::Holds)),
    ] {
        let trust = changed(&issuer, Purpose::Pdf, |entry| {
            entry.not_after = Some(end.parse().unwrap())
        });
        assert_eq!(verdict(&pdf, &trust), expected);
    }
}

#[test]
fn a_demonstration_says_so_and_is_judged_alike() {
    let issuer = Issuer::new(1);
    let token = Evidence::Token(issuer.token(&record()));
    let pdf = evidence(&issuer.sign(&small(&attachments(&issuer.token(&record()), &record()))));
    let demo = Trust::new(issuer.keys.directory().clone());
    for evidence in [&token, &pdf] {
        let verdict = verify(evidence, &demo, &active(), now());
        assert_eq!((verdict.code, verdict.demo), (VerdictCode::Valid, true));
        assert!(!verify(evidence, &issuer.trust(), &active(), now()).demo);
    }
    // Each of the marks alone is enough.
    let trust = changed(&issuer, Purpose::Pdf, |entry| entry.demo = true);
    assert!(verify(&pdf, &trust, &active(), now()).demo);
    let marked = certificates::Record { demo: true, ..record() };
    let pdf = evidence(&issuer.sign(&small(&attachments(&issuer.token(&marked), &marked))));
    assert!(verify(&pdf, &issuer.trust(), &active(), now()).demo);
    let status = StatusAnswer::Known(Standing {
        demo: true,
        ..standing()
    });
    assert!(verify(&Evidence::Number(number()), &issuer.trust(), &status, now()).demo);
}

#[test]
fn every_spoiled_byte_and_every_cut_of_a_token_is_seen() {
    let issuer = Issuer::new(1);
    let (token, trust) = (issuer.token(&record()), issuer.trust());
    let good = verify(&Evidence::Token(token.clone()), &trust, &active(), now());
    assert_eq!(good.code, VerdictCode::Valid);
    let mut judged = 0;
    for place in 0..token.bytes().len() {
        for bit in 0..8 {
            let mut bytes = token.bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let Ok(spoiled) = Token::from_bytes(&bytes) else {
                continue;
            };
            judged += 1;
            let verdict = verify(&Evidence::Token(spoiled), &trust, &active(), now());
            assert_eq!(verdict.code, VerdictCode::NotGenuine, "byte {place}, bit {bit}");
            assert!(verdict.claims.is_none());
        }
    }
    assert!(judged > 600, "{judged} spoiled tokens kept their form");
    for length in 0..token.bytes().len() {
        assert!(Token::from_bytes(&token.bytes()[..length]).is_err());
    }
    let code = token.code();
    for length in 0..code.len() {
        let read = certificates::read::text(&code[..length]);
        assert!(!matches!(read, Read::Evidence(_)), "{length} characters");
    }
}

#[test]
fn a_pdf_whose_record_is_another_is_not_genuine() {
    let issuer = Issuer::new(1);
    let mut changed = record();
    changed.fields[0].value.en = Some("South".to_owned());
    // Even with the issuer's own PDF signature.
    let file = issuer.sign(&small(&attachments(&issuer.token(&record()), &changed)));
    let verdict = verify(&evidence(&file), &issuer.trust(), &active(), now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::NotGenuine, Reason::DigestMismatch)
    );
    assert_eq!(
        (verdict.checks.signature, verdict.checks.record),
        (Check::Pass, Check::Fail)
    );
    assert!(verdict.record.is_none() && verdict.claims.is_none());
}

#[test]
fn a_credential_that_says_other_than_its_record_is_not_genuine() {
    let issuer = Issuer::new(1);
    let digest = certificates::record_digest(&record().encode().unwrap(), &crate::world::SALT);
    let right = certificates::Claims::of(&record(), &digest, 4711, Some(301));
    let verdict = |change: &dyn Fn(&mut certificates::Claims)| {
        let mut claims = right.clone();
        change(&mut claims);
        let token = Token::sign(
            &claims,
            crate::world::HOST,
            &*issuer.keys.signer(Purpose::Credential).unwrap(),
        )
        .unwrap();
        let file = issuer.sign(&small(&attachments(&token, &record())));
        verify(&evidence(&file), &issuer.trust(), &active(), now()).reason
    };
    assert_eq!(verdict(&|_| {}), Reason::Holds);
    assert_eq!(verdict(&|claims| claims.second_name = None), Reason::Holds);
    assert_eq!(
        verdict(&|claims| claims.name = "Sample Appl…".to_owned()),
        Reason::Holds
    );
    type Change = fn(&mut certificates::Claims);
    let changes: [Change; 9] = [
        |claims| claims.name = "Sample Apple…".to_owned(),
        |claims| claims.name = "Sample".to_owned(),
        |claims| claims.second_name = Some("नमूना".to_owned()),
        |claims| claims.guardian = None,
        |claims| claims.particular = Some("Another".to_owned()),
        |claims| claims.born = None,
        |claims| claims.expires_on = None,
        |claims| claims.issued_on = day("2026-11-21"),
        |claims| claims.number = CertificateNumber::from_random("OB", 9).unwrap(),
    ];
    for change in changes {
        assert_eq!(verdict(&change), Reason::DigestMismatch);
    }
}

/// A later program's record: genuine, as far as this one can tell, and for that very reason not called valid.
#[test]
fn a_record_of_a_later_form_is_unknown() {
    let issuer = Issuer::new(1);
    let mut later = record().encode().unwrap();
    // The map's first pair is the version, 1.
    assert_eq!(later[1..3], [1, 1]);
    later[2] = 2;
    let digest = certificates::record_digest(&later, &crate::world::SALT);
    let claims = certificates::Claims::of(&record(), &digest, 4711, Some(301));
    let token = Token::sign(
        &claims,
        crate::world::HOST,
        &*issuer.keys.signer(Purpose::Credential).unwrap(),
    )
    .unwrap();
    let mut files = attachments(&token, &record());
    files[1].bytes = certificates::record_attachment(&later, &crate::world::SALT);
    let file = issuer.sign(&small(&files));
    let verdict = verify(&evidence(&file), &issuer.trust(), &active(), now());
    assert_eq!(
        (verdict.code, verdict.reason),
        (VerdictCode::Unknown, Reason::RecordFormUnknown)
    );
    assert_eq!(verdict.checks.record, Check::NotChecked);
}

#[test]
fn the_issuers_own_check_passes_what_is_right_and_stops_what_is_not() {
    let (issuer, other) = (Issuer::new(1), Issuer::new(2));
    let token = issuer.token(&record());
    let file = issuer.certificate(&record());
    let directory = issuer.keys.directory();
    let check = |file: &[u8], token: &Token| {
        check_before_release(file, token, &Trust::new(directory.clone()), issued_at(), None)
    };
    assert_eq!(check(&file, &token), Ok(()));
    let mut another = record();
    another.name.en = Some("Somebody Else".to_owned());
    assert_eq!(check(&file, &issuer.token(&another)), Err("not_this_credential"));
    assert_eq!(check(b"%PDF-1.7", &token), Err("not_readable"));
    let foreign = other.sign(&small(&attachments(&token, &record())));
    assert_eq!(check(&foreign, &token), Err("document_signer_unknown"));
    let mixed = issuer.sign(&small(&attachments(&token, &another)));
    assert_eq!(check(&mixed, &token), Err("digest_mismatch"));
    let token = other.token(&record());
    let file = issuer.sign(&small(&attachments(&token, &record())));
    assert_eq!(check(&file, &token), Err("kid_unknown"));
    let over = certificates::Record {
        expires_on: Some(day("2026-11-21")),
        ..record()
    };
    let token = issuer.token(&over);
    let file = issuer.sign(&small(&attachments(&token, &over)));
    assert_eq!(check(&file, &token), Err("expired"));
}

#[test]
fn codes_are_stable() {
    let codes: Vec<String> = [
        VerdictCode::Valid,
        VerdictCode::Expired,
        VerdictCode::Suspended,
        VerdictCode::Revoked,
        VerdictCode::Superseded,
        VerdictCode::NotGenuine,
        VerdictCode::Unknown,
        VerdictCode::Unreadable,
    ]
    .map(|code| {
        assert_eq!(serde_json::to_value(code).unwrap(), code.code());
        code.code().to_owned()
    })
    .to_vec();
    assert_eq!(
        codes.join(" "),
        "valid expired suspended revoked superseded not_genuine unknown unreadable"
    );
    for reason in [
        Reason::KidUnknown,
        Reason::DigestMismatch,
        Reason::SignatureBad,
        Reason::NotOurs,
    ] {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

#[test]
fn reasons_are_all_listed_and_no_two_have_one_code() {
    let mut codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::ALL.len());
}
