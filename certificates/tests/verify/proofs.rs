//! The proof inside a file: that the log committed to it before it was signed. Whatever is wrong with it, the file is not called
//! valid; and since the file is signed as it is, not called a forgery either.

use certificates::pdf::Attachment;
use certificates::{
    Check, CheckName, Proven, Reason, Standing, State, StatusAnswer, Trust, Verdict, VerdictCode, record_digest, verify,
};
use keys::{KeyDirectory, Purpose};
use proofs::hash::{node_hash, sha256};
use proofs::note::{self, NoteKind, VerifierKey};
use proofs::{Checkpoint, Hash, Leaf, Policy, ProofBundle, leaf_hash, stream_digest};

use crate::world::{Issuer, SALT, active, attachments, evidence, now, record, small, standing, verdict_of};

const ORIGIN: &str = "log.sample.example";
/// Where the credential says that its intent stands.
const POSITION: u64 = 4711;
const SIZE: u64 = 5000;

/// Root and path of RFC 6962, section 2.1, as they are defined there.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            node_hash(&root(left), &root(right))
        }
    }
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let middle = 1 << (leaves.len() - 1).ilog2();
    let (left, right) = leaves.split_at(middle);
    let (mut hashes, sibling) = if index < middle {
        (path(index, left), root(right))
    } else {
        (path(index - middle, right), root(left))
    };
    hashes.push(sibling);
    hashes
}

struct Log {
    issuer: Issuer,
    /// Its credential key cosigns here.
    witness: Issuer,
}

/// What goes into the tree and into the file.
#[derive(Clone)]
struct Proof {
    bundle: String,
    entry: Vec<u8>,
}

impl Log {
    fn new() -> Self {
        Self {
            issuer: Issuer::new(1),
            witness: Issuer::new(7),
        }
    }

    fn witness_key(&self) -> VerifierKey {
        let key = self.witness.keys.signer(Purpose::Credential).unwrap();
        VerifierKey::try_new("witness.example", NoteKind::Witness, key.public_key().clone()).unwrap()
    }

    fn policy(&self, quorum: usize) -> Policy {
        let key = self.issuer.keys.signer(Purpose::Checkpoint).unwrap();
        let log = VerifierKey::try_new(ORIGIN, NoteKind::Log, key.public_key().clone()).unwrap();
        Policy::of(log, vec![self.witness_key()], quorum).unwrap()
    }

    fn trust(&self, policy: Option<Policy>) -> Trust {
        Trust {
            log_policy: policy,
            ..self.issuer.trust()
        }
    }

    /// The proof of an event of this type with this entry, at this position of a log of this size.
    fn proof_of(&self, event_type: &str, entry: &str, position: u64, size: u64, cosigned: bool) -> Proof {
        let leaf = Leaf {
            stream: stream_digest("certificate", "1"),
            sequence: 1,
            event_type,
            event_version: "1",
            recorded_at: 1_795_000_000_123,
            body: [2; 32],
            meta: sha256(entry.as_bytes()),
        };
        let index = usize::try_from(position - 1).unwrap();
        let mut leaves: Vec<Hash> = (0..size).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let hashes = if let Some(place) = leaves.get_mut(index) {
            *place = leaf.hash();
            path(index, &leaves)
        } else {
            vec![[3; 32]; 5]
        };
        let signer = self.issuer.keys.signer(Purpose::Checkpoint).unwrap();
        let mut checkpoint = Checkpoint::sign(ORIGIN, size, root(&leaves), &*signer).unwrap();
        if cosigned {
            let signer = self.witness.keys.signer(Purpose::Credential).unwrap();
            let (text, _) = checkpoint.note.split_once("\n\n").unwrap();
            let line = note::cosign("witness.example", &format!("{text}\n"), now(), &*signer);
            let line = line.unwrap().unwrap();
            checkpoint = checkpoint.with_lines([line.as_str()]);
        }
        let bundle = ProofBundle {
            extra: Some(leaf.encode()),
            index: position - 1,
            hashes,
            checkpoint,
        };
        Proof {
            bundle: bundle.to_string(),
            entry: entry.as_bytes().to_vec(),
        }
    }

    fn proof(&self, cosigned: bool) -> Proof {
        self.proof_of("certificate.prepared", &entry(), POSITION, SIZE, cosigned)
    }

    fn file(&self, extra: Vec<Attachment>) -> Vec<u8> {
        let token = self.issuer.token(&record());
        let files = [attachments(&token, &record()), extra].concat();
        self.issuer.sign(&small(&files))
    }

    fn with(&self, proof: &Proof) -> Vec<u8> {
        self.file(vec![
            attached("proof.tlog-proof", proof.bundle.as_bytes()),
            attached("entry.json", &proof.entry),
            attached("policy.txt", self.policy(0).to_string().as_bytes()),
        ])
    }
}

fn attached(name: &str, bytes: &[u8]) -> Attachment {
    Attachment {
        name: name.to_owned(),
        mime: "text/plain".to_owned(),
        description: name.to_owned(),
        bytes: bytes.to_vec(),
    }
}

/// The meta of the event, as the ledger stores it.
fn entry() -> String {
    let digest = record_digest(&record().encode().unwrap(), &SALT);
    entry_for(&data_encoding::HEXLOWER.encode(&digest))
}

fn entry_for(digest: &str) -> String {
    format!(
        "{{\"actor\":\"system\",\"command_id\":\"01900000-0000-7000-8000-000000000001\",\"commits_to\":\"{digest}\",\
         \"correlation_id\":\"01900000-0000-7000-8000-000000000002\"}}"
    )
}

fn outcome(verdict: &Verdict) -> (VerdictCode, Reason, Check) {
    (verdict.code, verdict.reason, verdict.checks.log)
}

#[test]
fn a_file_proves_by_itself_that_the_log_holds_it() {
    let log = Log::new();
    let plain = verdict_of(&log.file(vec![]), &log.trust(None));
    assert_eq!(outcome(&plain), (VerdictCode::Valid, Reason::Holds, Check::NotChecked));
    assert_eq!(plain.proven, None);

    let file = log.with(&log.proof(true));
    for (policy, cosignatures) in [(None, 0), (Some(log.policy(0)), 1), (Some(log.policy(1)), 1)] {
        let trust = log.trust(policy);
        let verdict = verdict_of(&file, &trust);
        assert_eq!(outcome(&verdict), (VerdictCode::Valid, Reason::Holds, Check::Pass));
        let proven = Proven {
            position: POSITION,
            size: SIZE,
            cosignatures,
        };
        assert_eq!(verdict.proven, Some(proven));
        // Without a register it is still known that the log holds it, and nothing else.
        let offline = verify(&evidence(&file), &trust, &StatusAnswer::Unavailable, now());
        assert_eq!(
            outcome(&offline),
            (VerdictCode::Unknown, Reason::StatusUnavailable, Check::Pass)
        );
    }
}

/// A real certificate of the issuer's, with the proof inside.
#[test]
fn a_printed_certificate_carries_its_proof() {
    let log = Log::new();
    let token = log.issuer.token(&record());
    let proof = log.proof(false);
    let mut files = attachments(&token, &record());
    files.push(attached("proof.tlog-proof", proof.bundle.as_bytes()));
    files.push(attached("entry.json", &proof.entry));
    let page = crate::world::page(&record(), &token, files);
    let unsigned = certificates::pdf::render(&page, crate::world::issued_at()).unwrap();
    let file = log.issuer.sign(&unsigned);
    assert_eq!(verdict_of(&file, &log.trust(None)).checks.log, Check::Pass);
    let (trust, at) = (log.issuer.trust(), crate::world::issued_at());
    let released = certificates::check_before_release(&file, &token, &trust, at, None);
    assert_eq!(released, Ok(()));
}

/// One bit of each byte of proof and entry, in files that are otherwise in order and truly signed.
#[test]
fn no_spoiled_byte_of_a_proof_passes() {
    let log = Log::new();
    let trust = log.trust(Some(log.policy(1)));
    let good = log.proof(true);
    let mut tried = 0;
    let mut refused = |proof: &Proof, what: &str| {
        let verdict = verdict_of(&log.with(proof), &trust);
        assert_eq!(verdict.code, VerdictCode::Unknown, "{what}: {:?}", verdict.reason);
        assert_ne!(verdict.checks.log, Check::Pass, "{what}");
        assert_eq!(verdict.proven, None, "{what}");
        tried += 1;
    };
    for place in 0..good.bundle.len() {
        let mut bytes = good.bundle.clone().into_bytes();
        bytes[place] ^= 1 << (place % 7);
        // What is no text at all is told apart before anything else; the rest must not mean the same.
        let Ok(bundle) = String::from_utf8(bytes) else { continue };
        refused(&Proof { bundle, ..good.clone() }, &format!("byte {place} of the proof"));
    }
    for place in 0..good.entry.len() {
        let mut entry = good.entry.clone();
        entry[place] ^= 1 << (place % 8);
        refused(&Proof { entry, ..good.clone() }, &format!("byte {place} of the entry"));
    }
    assert!(tried > 1200, "{tried}");
}

#[test]
fn a_proof_of_something_else_proves_nothing() {
    let log = Log::new();
    let other = entry_for(&"ab".repeat(32));
    let refused = |proof: &Proof, what: &str| {
        let verdict = verdict_of(&log.with(proof), &log.trust(None));
        let expected = (VerdictCode::Unknown, Reason::ProofBad, Check::Fail);
        assert_eq!(outcome(&verdict), expected, "{what}");
    };
    let make = |event, entry: &str, position, size| log.proof_of(event, entry, position, size, false);
    let prepared = "certificate.prepared";
    refused(
        &make(prepared, &other, POSITION, SIZE),
        "another certificate, at the same place",
    );
    refused(
        &make(prepared, &entry(), POSITION + 1, SIZE),
        "the same, at another place",
    );
    refused(&make("certificate.issued", &entry(), POSITION, SIZE), "another event");
    refused(
        &make(prepared, &entry(), POSITION, POSITION - 1),
        "a checkpoint from before",
    );
    refused(
        &make(prepared, "{}", POSITION, SIZE),
        "an entry that commits to nothing",
    );
    let good = log.proof(false);
    let mixed = Proof {
        entry: entry().into_bytes(),
        ..make(prepared, &other, POSITION, SIZE)
    };
    refused(&mixed, "another leaf beside our entry");
    let bare = good
        .bundle
        .lines()
        .filter(|line| !line.starts_with("extra "))
        .collect::<Vec<_>>();
    let bare = format!("{}\n", bare.join("\n"));
    refused(&Proof { bundle: bare, ..good }, "no leaf");
}

#[test]
fn witnesses_are_wanted_by_the_verifier_and_not_by_the_file() {
    let log = Log::new();
    let strict = log.trust(Some(log.policy(1)));
    // The file's own policy asks for nobody.
    let verdict = verdict_of(&log.with(&log.proof(false)), &strict);
    assert_eq!(
        outcome(&verdict),
        (VerdictCode::Unknown, Reason::WitnessesMissing, Check::Fail)
    );
    let verdict = verdict_of(&log.with(&log.proof(true)), &strict);
    assert_eq!(outcome(&verdict), (VerdictCode::Valid, Reason::Holds, Check::Pass));
    assert_eq!(verdict.proven.map(|proven| proven.cosignatures), Some(1));
}

#[test]
fn a_log_whose_key_is_not_at_hand_was_not_asked() {
    let log = Log::new();
    let directory = log.issuer.directory();
    let kept = directory.keys().iter().filter(|key| key.purpose != Purpose::Checkpoint);
    let authority = directory.pdf_authority().to_vec();
    let without = KeyDirectory::try_new("Sample".to_owned(), kept.cloned().collect(), authority, vec![]).unwrap();
    let stranger = Issuer::new(9).keys.signer(Purpose::Checkpoint).unwrap();
    let stranger = VerifierKey::try_new(ORIGIN, NoteKind::Log, stranger.public_key().clone()).unwrap();
    for trust in [
        Trust::new(without),
        log.trust(Some(Policy::of(stranger, vec![], 0).unwrap())),
    ] {
        let verdict = verdict_of(&log.with(&log.proof(false)), &trust);
        assert_eq!(
            outcome(&verdict),
            (VerdictCode::Unknown, Reason::LogUnavailable, Check::NotChecked)
        );
        assert!(verdict.not_checked.contains(&(CheckName::Log, Reason::LogUnavailable)));
    }
}

#[test]
fn half_a_proof_or_two_are_no_file_of_ours() {
    let log = Log::new();
    let proof = log.proof(false);
    let bundle = attached("proof.tlog-proof", proof.bundle.as_bytes());
    let entry = attached("entry.json", &proof.entry);
    let large = attached("proof.tlog-proof", &[b'x'; (16 << 10) + 1]);
    for files in [
        vec![bundle.clone()],
        vec![entry.clone()],
        vec![bundle.clone(), bundle.clone(), entry.clone()],
        vec![bundle, entry.clone(), entry.clone()],
        vec![large, entry],
    ] {
        let verdict = verdict_of(&log.file(files), &log.trust(None));
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::NotGenuine, Reason::AttachmentBad)
        );
    }
}

/// What is final counts whatever the proof says; what only would hold does not.
#[test]
fn a_bad_proof_hides_no_revocation() {
    let log = Log::new();
    let mut bad = log.proof(false);
    bad.entry.push(b'\n');
    let evidence = evidence(&log.with(&bad));
    let with = |status: &StatusAnswer| outcome(&verify(&evidence, &log.trust(None), status, now()));
    let revoked = StatusAnswer::Known(Standing {
        state: State::Revoked {
            since: None,
            reason: None,
        },
        ..standing()
    });
    assert_eq!(with(&revoked), (VerdictCode::Revoked, Reason::Revoked, Check::Fail));
    assert_eq!(with(&active()), (VerdictCode::Unknown, Reason::ProofBad, Check::Fail));
    assert_eq!(
        with(&StatusAnswer::Unavailable),
        (VerdictCode::Unknown, Reason::ProofBad, Check::Fail)
    );
    let later = "2027-11-22T06:30:00Z".parse().unwrap();
    let expired = verify(&evidence, &log.trust(None), &StatusAnswer::Unavailable, later);
    assert_eq!(expired.code, VerdictCode::Expired);
}
