//! A million spoiled credentials, none of which may be called genuine: every byte, every length, other keys and algorithms,
//! parts of two credentials put together, other ways of writing the same CBOR, other ways of writing the same letters.
//!
//! `PRAMAN_TEST_TOKENS=1000000` makes the campaign as long as that; the default takes seconds. The same number always
//! gives the same credentials. `--nocapture` shows the count by kind of spoiling and by what refused it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chance;
mod issuer;
mod loose;
mod spoil;

use std::collections::{BTreeMap, HashSet};

use certificates::{CredentialError, Evidence, Reason, Token, Trust, VerdictCode, verify};

use chance::Chance;
use issuer::World;
use spoil::{KINDS, Spoiled};

const SPOILED_BY_DEFAULT: u64 = 50_000;

fn wanted() -> u64 {
    std::env::var("PRAMAN_TEST_TOKENS").map_or(SPOILED_BY_DEFAULT, |given| given.parse().unwrap())
}

/// What a verifier is told of something that was handed in, as the reason's key; the verdict is checked by the caller.
fn judged(world: &World, trust: &Trust, handed: &Spoiled) -> (Option<VerdictCode>, &'static str) {
    let token = match handed {
        Spoiled::Bytes(bytes) => Token::from_bytes(bytes),
        Spoiled::Text(text) => Token::parse(text),
    };
    let token = match token {
        Ok(token) => token,
        Err(error) => return (None, refusal(&error)),
    };
    let verdict = verify(&Evidence::Token(token), trust, &world.register(), issuer::now());
    let reason = match verdict.reason {
        Reason::SignatureBad => "verdict: signature",
        Reason::KidUnknown => "verdict: key unknown",
        Reason::KeyNotInUse => "verdict: key not in use",
        _ => "verdict: other",
    };
    (Some(verdict.code), reason)
}

fn refusal(error: &CredentialError) -> &'static str {
    match error {
        CredentialError::Text => "form: letters",
        CredentialError::TooLong => "form: length",
        CredentialError::Cbor(_) => "form: CBOR",
        CredentialError::Part(_) => "form: parts",
        _ => "form: other",
    }
}

#[test]
fn no_spoiled_credential_is_accepted() {
    let world = World::new();
    let trust = world.trust();
    for token in &world.tokens {
        for handed in [
            Spoiled::Bytes(token.bytes().to_vec()),
            Spoiled::Text(token.url(issuer::HOST).to_lowercase()),
        ] {
            let (code, _) = judged(&world, &trust, &handed);
            assert_eq!(code, Some(VerdictCode::Valid), "the untouched credential");
        }
    }
    let wanted = wanted();
    let mut chance = Chance::new(0x7072_616d_616e);
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    let mut accepted = Vec::new();
    let mut seen = HashSet::new();
    let mut count = 0_u64;
    for attempt in 0_u64.. {
        if count == wanted {
            break;
        }
        let kinds = u64::try_from(KINDS.len()).unwrap();
        let kind = &KINDS[usize::try_from(attempt % kinds).unwrap()];
        let handed = (kind.make)(&world, attempt / kinds, &mut chance);
        // Chance gave back what was put in, or what was there before: it is not counted.
        if world.is_untouched(&handed) || !seen.insert(handed.fingerprint()) {
            continue;
        }
        let (code, reason) = judged(&world, &trust, &handed);
        if code.is_some_and(|code| code != VerdictCode::NotGenuine) {
            accepted.push(format!("{}: {handed:?} is {code:?}", kind.name));
        }
        *made.entry(kind.name).or_default() += 1;
        *refused.entry(reason).or_default() += 1;
        count += 1;
    }
    println!(
        "spoiled credentials: {count}, no two alike; accepted: {}",
        accepted.len()
    );
    for (name, number) in made.iter().chain(&refused) {
        println!("  {number:>9}  {name}");
    }
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
    // The campaign went as deep as the signature and was not turned away at the door alone.
    for deep in [
        "verdict: signature",
        "verdict: key unknown",
        "form: CBOR",
        "form: parts",
        "form: letters",
        "form: length",
    ] {
        assert!(
            refused.get(deep).is_some_and(|number| *number > wanted / 1000),
            "{deep}: {refused:?}"
        );
    }
    assert_eq!(made.len(), KINDS.len());
}
