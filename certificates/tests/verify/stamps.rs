//! The time stamp on a PDF's signature: what is taken from an authority, and what a verifier makes of it in a file.

use certificates::timestamp::{Asked, RESPONSE_BYTES_MAX, RootProblem, StampError, TimeStamp, check_root};
use certificates::{
    Check, Evidence, Reason, Stamped, Trust, Verdict, VerdictCode, check_before_release,
    pdf::{self, SignatureError},
    verify,
};
use der::{Decode as _, Encode as _};
use jiff::{SignedDuration, Timestamp};
use keys::Purpose as KeyPurpose;

use crate::rfc3161::{Authority, Purpose, Twist};
use crate::world::{Issuer, active, attachments, evidence, intent, issued_at, now, read, record, small, verdict_of};

const NONCE: [u8; 16] = *b"\x80sixteen nonces!";

struct Scene {
    issuer: Issuer,
    authority: Authority,
    unsigned: Vec<u8>,
}

impl Scene {
    fn new() -> Self {
        Self::with(Purpose::TimeStamping)
    }

    fn with(purpose: Purpose) -> Self {
        let issuer = Issuer::new(1);
        let unsigned = small(&attachments(&issuer.token(&record()), &record()));
        Self {
            authority: authority(2, purpose),
            issuer,
            unsigned,
        }
    }

    fn roots(&self) -> Vec<Vec<u8>> {
        vec![self.authority.root.clone()]
    }

    fn trust(&self) -> Trust {
        Trust {
            time_authorities: self.roots(),
            ..self.issuer.trust()
        }
    }

    fn signs(&self, room: usize) -> pdf::Unstamped {
        let key = self.issuer.keys.signer(KeyPurpose::Pdf).unwrap();
        pdf::begin(&self.unsigned, &*key, &self.issuer.chain(), &intent(), room).unwrap()
    }

    /// A token on these bytes, taken as the issuer takes it.
    fn stamp(&self, signature: &[u8], at: Timestamp, twist: Twist) -> Result<TimeStamp, StampError> {
        let asked = Asked::about(signature, NONCE).unwrap();
        asked.answered(
            &self.authority.answers(asked.query(), at, twist),
            &self.roots(),
            issued_at(),
        )
    }

    /// A token as the authority gives it at any instant.
    fn token(&self, signature: &[u8], at: Timestamp) -> Vec<u8> {
        let asked = Asked::about(signature, NONCE).unwrap();
        let answer = self.authority.answers(asked.query(), at, Twist::Nothing);
        asked.answered(&answer, &self.roots(), at).unwrap().token
    }

    fn stamped(&self, at: Timestamp) -> Vec<u8> {
        let signed = self.signs(ROOM);
        let token = self.token(signed.signature(), at);
        signed.finish(Some(&token)).unwrap().bytes
    }

    fn judged(&self, file: &[u8]) -> Verdict {
        verdict_of(file, &self.trust())
    }
}

const ROOM: usize = 2048;

fn authority(seed: u64, purpose: Purpose) -> Authority {
    let keys = Issuer::new(seed).keys;
    let root = keys.signer(KeyPurpose::Authority).unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    Authority::new(keys.signer(KeyPurpose::Pdf).unwrap(), &*root, purpose, begin)
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[test]
fn a_stamped_file_tells_by_when_it_was_signed_and_whether_anybody_vouches_for_that() {
    let scene = Scene::new();
    let at = issued_at() + minutes(2);
    let file = scene.stamped(at);
    let told = scene.judged(&file);
    assert_eq!((told.code, told.checks.document), (VerdictCode::Valid, Check::Pass));
    assert_eq!(told.stamped, Some(Stamped { at, trusted: true }));
    let elsewhere = Trust {
        time_authorities: vec![authority(3, Purpose::TimeStamping).root],
        ..scene.issuer.trust()
    };
    for trust in [scene.issuer.trust(), elsewhere] {
        let told = verdict_of(&file, &trust);
        assert_eq!(told.code, VerdictCode::Valid);
        assert_eq!(told.stamped, Some(Stamped { at, trusted: false }));
    }
    // Without one nothing is told.
    let plain = scene.issuer.sign(&scene.unsigned);
    assert_eq!(scene.judged(&plain).stamped, None);
    // Room for it is there only where it is asked for, and what was not used of it is zeros.
    let with_room = scene.signs(ROOM).finish(None).unwrap();
    assert_eq!(scene.signs(0).finish(None).unwrap().bytes, plain);
    assert!((2 * ROOM..2 * ROOM + 256).contains(&(with_room.bytes.len() - plain.len())));
    assert_eq!(scene.judged(&with_room.bytes).code, VerdictCode::Valid);
}

#[test]
fn the_stamped_file_is_made_again_from_its_cms() {
    let scene = Scene::new();
    let signed = scene.signs(ROOM);
    let token = scene.token(signed.signature(), issued_at());
    let file = signed.finish(Some(&token)).unwrap();
    assert_eq!(pdf::embed(&scene.unsigned, &file.cms, &intent()).unwrap(), file.bytes);
    // The room is the one that was left for it, on both sides.
    assert!(scene.signs(token.len()).finish(Some(&token)).is_ok());
    let narrow = scene.signs(token.len() - 128).finish(Some(&token));
    assert!(matches!(narrow, Err(SignatureError::TooLarge)));
    assert!(matches!(
        scene.signs(0).finish(Some(&token)),
        Err(SignatureError::TooLarge)
    ));
}

#[test]
fn every_bit_of_the_token_counts_also_for_whoever_trusts_no_authority() {
    let scene = Scene::new();
    let file = scene.stamped(issued_at());
    let signed = scene.signs(ROOM);
    let token = scene.token(signed.signature(), issued_at());
    let hex = data_encoding::HEXLOWER.encode(&token).into_bytes();
    let begin = file.windows(hex.len()).position(|window| window == hex).unwrap();
    let mut flips = 0;
    // Whoever trusts the root sees no less than whoever trusts none.
    for (trust, step) in [(scene.issuer.trust(), 1), (scene.trust(), 16)] {
        for (index, byte) in token.iter().enumerate().step_by(step) {
            let mut spoiled = file.clone();
            let written = data_encoding::HEXLOWER.encode(&[byte ^ (1 << (index % 8))]);
            spoiled[begin + 2 * index..begin + 2 * index + 2].copy_from_slice(written.as_bytes());
            let told = verdict_of(&spoiled, &trust);
            assert_ne!(told.code, VerdictCode::Valid, "byte {index}");
            assert_eq!(told.stamped, None);
            flips += 1;
        }
    }
    assert!(flips > 1000, "{flips}");
    // What stands around it, down to the end of its place.
    let end = file[begin..].iter().position(|&byte| byte == b'>').unwrap() + begin;
    for index in (begin - 80..begin).chain((begin + hex.len()..end).step_by(97)) {
        let mut spoiled = file.clone();
        spoiled[index] = if spoiled[index] == b'1' { b'2' } else { b'1' };
        assert_ne!(scene.judged(&spoiled).code, VerdictCode::Valid, "character {index}");
    }
}

#[test]
fn a_token_about_another_signature_makes_the_file_not_genuine() {
    let scene = Scene::new();
    for other in [b"another signature".to_vec(), {
        let mut almost = scene.signs(ROOM).signature().to_vec();
        almost[10] ^= 1;
        almost
    }] {
        let token = scene.token(&other, issued_at());
        let file = scene.signs(ROOM).finish(Some(&token)).unwrap().bytes;
        for trust in [scene.trust(), scene.issuer.trust()] {
            let told = verdict_of(&file, &trust);
            assert_eq!(
                (told.code, told.reason),
                (VerdictCode::NotGenuine, Reason::DocumentSignatureBad)
            );
            assert_eq!(told.stamped, None);
        }
    }
    // And not only a token: any other DER.
    for junk in [&[0x05, 0x00][..], &[0x30, 0x00], &scene.authority.own] {
        let file = scene.signs(ROOM).finish(Some(junk)).unwrap().bytes;
        assert_eq!(scene.judged(&file).reason, Reason::DocumentSignatureBad);
    }
}

#[test]
fn an_instant_before_the_signature_or_still_to_come_is_not_believed() {
    let scene = Scene::new();
    let early = issued_at() - minutes(5);
    assert_eq!(scene.judged(&scene.stamped(early)).code, VerdictCode::Valid);
    let earlier = scene.judged(&scene.stamped(early - SignedDuration::from_secs(1)));
    assert_eq!(
        (earlier.code, earlier.reason),
        (VerdictCode::NotGenuine, Reason::DocumentSignatureBad)
    );
    let late = now() + minutes(5);
    assert_eq!(scene.judged(&scene.stamped(late)).code, VerdictCode::Valid);
    let later = scene.judged(&scene.stamped(late + SignedDuration::from_secs(1)));
    assert_eq!(
        (later.code, later.reason),
        (VerdictCode::Unknown, Reason::IssuedInFuture)
    );
}

#[test]
fn an_answer_is_taken_only_if_it_is_whole_and_answers_the_question() {
    let scene = Scene::new();
    let taken = |twist| scene.stamp(b"a signature", issued_at(), twist);
    let plain = taken(Twist::Nothing).unwrap();
    assert_eq!(plain.at, issued_at());
    // Forms that CMS leaves open lead to the same token.
    assert_eq!(taken(Twist::MoreCertificates).unwrap(), plain);
    let older = taken(Twist::OlderForms).unwrap();
    assert_eq!(older.token.len(), plain.token.len());
    assert_eq!(
        taken(Twist::Fraction).unwrap().at,
        issued_at() + SignedDuration::from_millis(250)
    );
    assert!(taken(Twist::NamedBySha1).is_ok());
    for (twist, expected) in [
        (Twist::OtherNamedBySha1, "Bad"),
        (Twist::NamedTwice, "Bad"),
        (Twist::Status(1), "Refused(1)"),
        (Twist::Status(2), "Refused(2)"),
        (Twist::NoToken, "Unreadable"),
        (Twist::OtherNonce, "Other"),
        (Twist::NoNonce, "Other"),
        (Twist::OtherImprint, "Other"),
        (Twist::OtherDigestNamed, "Other"),
        (Twist::InfoVersion, "Bad"),
        (Twist::CriticalExtension, "Bad"),
        (Twist::Signature, "Bad"),
        (Twist::OtherCertificateNamed, "Bad"),
        (Twist::OtherContentType, "Bad"),
        (Twist::TwoDigests, "Bad"),
        (Twist::NoCertificates, "Bad"),
        (Twist::LocalTime, "Bad"),
    ] {
        assert_eq!(format!("{:?}", taken(twist).unwrap_err()), expected, "{twist:?}");
    }
}

#[test]
fn an_old_answer_and_a_clock_that_is_wrong_are_refused() {
    let scene = Scene::new();
    for (away, good) in [(0, true), (5 * 60, true), (5 * 60 + 1, false)] {
        for sign in [1, -1] {
            let at = issued_at() + SignedDuration::from_secs(sign * away);
            let taken = scene.stamp(b"a signature", at, Twist::Nothing);
            assert_eq!(taken.is_ok(), good, "{at}");
            assert!(good || matches!(taken, Err(StampError::Clock { at: told }) if told == at));
        }
    }
    // An answer to the question before.
    let asked = Asked::about(b"a signature", NONCE).unwrap();
    let answer = scene.authority.answers(asked.query(), issued_at(), Twist::Nothing);
    let again = Asked::about(b"a signature", [1; 16]).unwrap();
    let taken = again.answered(&answer, &scene.roots(), issued_at());
    assert!(matches!(taken, Err(StampError::Other)));
}

#[test]
fn only_a_key_for_time_stamps_alone_under_a_trusted_root_stamps() {
    for purpose in [
        Purpose::NotCritical,
        Purpose::AndMore,
        Purpose::Unsaid,
        Purpose::Another,
    ] {
        let taken = Scene::with(purpose).stamp(b"a signature", issued_at(), Twist::Nothing);
        assert!(matches!(taken, Err(StampError::Bad)), "{purpose:?}");
    }
    let (scene, stranger) = (Scene::new(), authority(4, Purpose::TimeStamping));
    let asked = Asked::about(b"a signature", NONCE).unwrap();
    let answer = stranger.answers(asked.query(), issued_at(), Twist::Nothing);
    // The same names, other keys; no root at all; something that is no root.
    for roots in [
        scene.roots(),
        vec![],
        vec![b"junk".to_vec()],
        vec![stranger.own.clone()],
    ] {
        let taken = asked.answered(&answer, &roots, issued_at());
        assert!(matches!(taken, Err(StampError::Unknown)));
    }
    // Before the certificates begin, and after they end.
    for at in ["2025-12-31T23:59:59Z", "2036-01-01T00:00:00Z"] {
        let at = at.parse().unwrap();
        let answer = scene.authority.answers(asked.query(), at, Twist::Nothing);
        assert!(asked.answered(&answer, &scene.roots(), at).is_err());
    }
}

#[test]
fn junk_and_too_much_of_it_are_refused() {
    let scene = Scene::new();
    let asked = Asked::about(b"a signature", NONCE).unwrap();
    let answer = scene.authority.answers(asked.query(), issued_at(), Twist::Nothing);
    let taken = |bytes: &[u8]| asked.answered(bytes, &scene.roots(), issued_at());
    assert!(taken(&answer).is_ok());
    for length in 0..answer.len() {
        assert!(taken(&answer[..length]).is_err(), "cut to {length}");
    }
    let mut longer = answer.clone();
    longer.push(0);
    assert!(matches!(taken(&longer), Err(StampError::Unreadable)));
    longer.resize(RESPONSE_BYTES_MAX, 0);
    assert!(matches!(taken(&longer), Err(StampError::Unreadable)));
    longer.push(0);
    assert!(matches!(taken(&longer), Err(StampError::TooLarge)));
    // One bit of every byte: refused, or, where CMS signs nothing, the same token as before.
    let (plain, mut same) = (taken(&answer).unwrap(), 0);
    for index in 0..answer.len() {
        let mut spoiled = answer.clone();
        spoiled[index] ^= 1 << (index % 8);
        if let Ok(stamp) = taken(&spoiled) {
            assert_eq!(stamp, plain, "byte {index}");
            same += 1;
        }
    }
    assert!(same < answer.len() / 20, "{same} bytes of {}", answer.len());
}

#[test]
fn nothing_leaves_with_a_time_stamp_that_was_not_meant() {
    let scene = Scene::new();
    let at = issued_at() + minutes(90);
    let page = crate::world::page(&record(), &scene.issuer.token(&record()), {
        attachments(&scene.issuer.token(&record()), &record())
    });
    let unsigned = pdf::render(&page, issued_at()).unwrap();
    let scene = Scene { unsigned, ..scene };
    let token = scene.issuer.token(&record());
    let released = |file: &[u8], trust: &Trust, at| check_before_release(file, &token, trust, issued_at(), at);
    let (file, plain) = (scene.stamped(at), scene.issuer.sign(&scene.unsigned));
    assert_eq!(released(&file, &scene.trust(), Some(at)), Ok(()));
    assert_eq!(released(&plain, &scene.trust(), None), Ok(()));
    for (file, trust, at) in [
        (&file, scene.trust(), None),
        (&file, scene.trust(), Some(issued_at())),
        (&file, scene.issuer.trust(), Some(at)),
        (&plain, scene.trust(), Some(at)),
    ] {
        assert_eq!(released(file, &trust, at), Err("time_stamp_bad"));
    }
}

#[test]
fn a_root_is_signed_by_itself_and_for_certificates() {
    let authority = authority(2, Purpose::TimeStamping);
    assert_eq!(check_root(&authority.root), Ok(()));
    assert_eq!(check_root(b"junk"), Err(RootProblem::Unreadable));
    assert_eq!(check_root(&authority.own), Err(RootProblem::NoRoot));
    let mut longer = authority.root.clone();
    longer.push(0);
    assert_eq!(check_root(&longer), Err(RootProblem::Unreadable));
    let mut spoiled = authority.root;
    *spoiled.last_mut().unwrap() ^= 1;
    assert!(check_root(&spoiled).is_err());
}

/// The token in a file of ours has one form: others of the same token are not accepted, though CMS would.
#[test]
fn a_second_way_of_writing_a_token_is_none() {
    let scene = Scene::new();
    let signed = scene.signs(2 * ROOM);
    let asked = Asked::about(signed.signature(), NONCE).unwrap();
    let given = |twist| -> Vec<u8> {
        // Behind the status: a SEQUENCE of one INTEGER.
        let answer = scene.authority.answers(asked.query(), issued_at(), twist);
        let token = der::Any::from_der(&answer).unwrap().value()[5..].to_vec();
        assert!(der::Any::from_der(&token).unwrap().to_der().is_ok());
        token
    };
    for twist in [Twist::Nothing, Twist::OlderForms, Twist::MoreCertificates] {
        let file = scene.signs(2 * ROOM).finish(Some(&given(twist))).unwrap().bytes;
        assert!(matches!(evidence(&file), Evidence::Pdf(_)), "{:?}", read(&file));
        let told = verify(&evidence(&file), &scene.trust(), &active(), now());
        assert_eq!(told.reason, Reason::DocumentSignatureBad, "{twist:?}");
    }
}
