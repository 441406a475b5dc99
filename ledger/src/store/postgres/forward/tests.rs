//! The wire, without a database: what passes, what is refused, and that these are the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use keys::{SeededEntropy, Vault, WrappedKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::frames::{FRAME_MAX, FrameError, Frames, Sealer, Terms, greet, shared_key, welcome};
use super::messages::{Answer, Request, answer, batch, here, read_answer, read_request};
use super::server::Host;
use crate::SystemClock;
use crate::batch::{Bookmark, Expect, Receipt};
use crate::fault::{CommitError, Fault};
use crate::leaf::{sha256, stream_digest};
use crate::store::plan::{Prepared, PreparedAppend, PreparedEvent, PreparedRow, Refusal, RowContent, Verdict};
use crate::store::postgres::leader::{Leadership, Standing};
use crate::store::{Options, Submission};

const EPOCH: u64 = 3;

fn vault() -> Vault {
    Vault::ephemeral(&SeededEntropy::new(1))
}

fn event(body: &[u8]) -> PreparedEvent {
    PreparedEvent {
        event_type: "counter.added".to_owned(),
        event_version: "1".to_owned(),
        body: body.to_vec(),
        body_hash: sha256(body),
        meta: b"{}".to_vec(),
        meta_hash: sha256(b"{}"),
    }
}

fn row(key: &str, expect: Expect, content: Option<RowContent>) -> PreparedRow {
    PreparedRow {
        space: "space".to_owned(),
        key: key.to_owned(),
        place: stream_digest("space", key),
        expect,
        new: false,
        content,
    }
}

/// Everything that a batch can hold.
fn full() -> Prepared {
    let terms = [("a", "1"), ("a", "2"), ("b", "")];
    Prepared {
        command_id: Uuid::from_u128(1),
        request_hash: [2; 32],
        appends: vec![
            PreparedAppend {
                aggregate_type: "counter".to_owned(),
                aggregate_id: "एक".to_owned(),
                stream: stream_digest("counter", "एक"),
                expected: 7,
                events: vec![event(br#"{"n":1}"#), event(b"{}")],
            },
            PreparedAppend {
                aggregate_type: "counter".to_owned(),
                aggregate_id: "b".to_owned(),
                stream: stream_digest("counter", "b"),
                expected: 0,
                events: vec![],
            },
        ],
        subjects: BTreeMap::from([
            (Uuid::from_u128(3), WrappedKey(vec![4; 60])),
            (Uuid::from_u128(5), WrappedKey(vec![6; 60])),
        ]),
        fresh: BTreeSet::new(),
        rows: vec![
            row("one", Expect::Any, None),
            row(
                "two",
                Expect::Absent,
                Some(RowContent {
                    folded: 8,
                    sealed: b"sealed".to_vec(),
                    terms: terms.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                }),
            ),
            row(
                "three",
                Expect::Version(9),
                Some(RowContent {
                    folded: 0,
                    sealed: vec![],
                    terms: Arc::default(),
                }),
            ),
        ],
        bookmark: Some(Bookmark {
            name: "reader".to_owned(),
            generation: 1,
            from: 10,
            to: 11,
        }),
        destroy: vec![Uuid::from_u128(12)],
    }
}

fn verdicts() -> Vec<Verdict> {
    let errors = [
        CommitError::Conflict {
            aggregate_type: "counter".to_owned(),
            aggregate_id: "a".to_owned(),
            expected: 1,
            actual: 2,
        },
        CommitError::RowConflict {
            space: "space".to_owned(),
            key: "key".to_owned(),
        },
        CommitError::BookmarkMoved {
            name: "reader".to_owned(),
            from: 1,
            stored: 2,
        },
        CommitError::CommandReused,
        CommitError::SubjectErased {
            subject: Uuid::from_u128(1),
        },
        CommitError::Invalid { what: "why".to_owned() },
        CommitError::Corrupt { position: 1 },
    ];
    let receipt = Receipt {
        first_position: 1,
        last_position: 2,
        leaf_hashes: vec![[3; 32], [4; 32]],
        recorded_at: "2026-11-22T10:00:00.123Z".parse().unwrap(),
        repeated: true,
    };
    let mut all = vec![Ok(receipt), Err(Refusal::Reseal)];
    all.extend(errors.map(|error| Err(Refusal::Commit(error))));
    all
}

#[test]
fn a_batch_has_one_encoding_and_it_is_this() {
    let bytes = batch(13, &full());
    let golden = include_str!("../../../../tests/golden/forward_batch.hex");
    assert_eq!(HEXLOWER.encode(&bytes), golden.trim_end());
    let Some(Request::Batch(13, read)) = read_request(&bytes) else {
        panic!("not read")
    };
    assert_eq!(format!("{read:?}"), format!("{:?}", full()));
    assert!(matches!(read_request(&here()), Some(Request::Here)));
    for length in 0..bytes.len() {
        assert!(read_request(&bytes[..length]).is_none(), "cut at {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(read_request(&longer).is_none());
    // Whatever is read from changed bytes is written as those very bytes again: there are no two encodings.
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Some(Request::Batch(number, read)) = read_request(&changed) {
            assert_eq!(batch(number, &read), changed, "changed at {at}");
        }
    }
}

#[test]
fn each_verdict_comes_through() {
    let mut golden = String::new();
    let answers = verdicts().into_iter().map(|verdict| Answer::Verdict(1, verdict));
    for said in answers.chain([Answer::Failed(1)]) {
        let bytes = answer(&said);
        golden.push_str(&HEXLOWER.encode(&bytes));
        golden.push('\n');
        match (said, read_answer(&bytes).unwrap()) {
            (Answer::Verdict(1, said), Answer::Verdict(1, read)) => {
                assert_eq!(format!("{said:?}"), format!("{read:?}"));
            }
            (Answer::Failed(1), Answer::Failed(1)) => {}
            _ => panic!("another answer"),
        }
        for length in 0..bytes.len() {
            assert!(read_answer(&bytes[..length]).is_none());
        }
    }
    assert_eq!(golden, include_str!("../../../../tests/golden/forward_answers.hex"));
}

const fn terms(epoch: u64) -> Terms {
    Terms {
        epoch,
        owner: Uuid::from_u128(42),
    }
}

type Outcome = Result<(Sealer, Sealer), FrameError>;

async fn meet(leader: (&Vault, Terms), follower: (&Vault, Terms)) -> (Outcome, Outcome) {
    let (mut one, mut two) = tokio::io::duplex(4096);
    let (leaders, followers) = (shared_key(leader.0, 1), shared_key(follower.0, 1));
    let (seed_one, seed_two) = (SeededEntropy::new(2), SeededEntropy::new(3));
    let welcoming = async {
        let outcome = welcome(&mut one, &leaders, &seed_one, leader.1).await;
        drop(one);
        outcome
    };
    let greeting = async {
        let outcome = greet(&mut two, &followers, &seed_two, follower.1).await;
        drop(two);
        outcome
    };
    tokio::join!(welcoming, greeting)
}

#[tokio::test]
async fn only_who_holds_the_key_and_means_this_epoch_is_let_in() {
    let (vault, other) = (vault(), Vault::ephemeral(&SeededEntropy::new(9)));
    let (leader, follower) = meet((&vault, terms(EPOCH)), (&vault, terms(EPOCH))).await;
    assert!(leader.is_ok() && follower.is_ok());
    let refused = [
        ((&vault, terms(EPOCH)), (&other, terms(EPOCH))),
        ((&vault, terms(EPOCH)), (&vault, terms(EPOCH - 1))),
        ((&vault, terms(EPOCH)), (&vault, terms(EPOCH + 1))),
        (
            (&vault, terms(EPOCH)),
            (
                &vault,
                Terms {
                    owner: Uuid::from_u128(43),
                    ..terms(EPOCH)
                },
            ),
        ),
    ];
    for (leader, follower) in refused {
        let (leader, follower) = meet(leader, follower).await;
        assert!(matches!(leader, Err(FrameError::Unproven)));
        assert!(follower.is_err());
    }
    assert_ne!(shared_key(&vault, 1), shared_key(&vault, 2), "each log has its own");
}

#[tokio::test]
async fn a_frame_is_good_once_in_its_place_and_these_are_its_bytes() {
    let (leader, follower) = meet((&vault(), terms(EPOCH)), (&vault(), terms(EPOCH))).await;
    let ((from_follower, _), (_, mut to_leader)) = (leader.ok().unwrap(), follower.ok().unwrap());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    assert!(to_leader.seal(&mut first, b"first") && to_leader.seal(&mut second, b"second"));
    let golden = include_str!("../../../../tests/golden/forward_frame.hex");
    assert_eq!(HEXLOWER.encode(&first), golden.trim_end());
    // The first as it is, then again.
    let stream = [first.as_slice(), &first].concat();
    let mut frames = Frames::new(stream.as_slice(), from_follower);
    assert_eq!(frames.next().await.unwrap(), b"first");
    assert!(matches!(frames.next().await, Err(FrameError::Forged)));
    let fresh = || async {
        let (leader, _) = meet((&vault(), terms(EPOCH)), (&vault(), terms(EPOCH))).await;
        leader.ok().unwrap().0
    };
    // One left out; each bit of the payload and the proof.
    let opened = Frames::new(second.as_slice(), fresh().await).next().await;
    assert!(matches!(opened, Err(FrameError::Forged)));
    for at in 4..first.len() {
        let mut forged = first.clone();
        forged[at] ^= 1;
        let opened = Frames::new(forged.as_slice(), fresh().await).next().await;
        assert!(matches!(opened, Err(FrameError::Forged)), "at {at}");
    }
    // Under another epoch, or in the other direction.
    let (leader, follower) = meet((&vault(), terms(EPOCH + 1)), (&vault(), terms(EPOCH + 1))).await;
    for sealer in [leader.ok().unwrap().0, follower.ok().unwrap().0] {
        let opened = Frames::new(first.as_slice(), sealer).next().await;
        assert!(matches!(opened, Err(FrameError::Forged)));
    }
}

#[tokio::test]
async fn a_frame_has_a_largest_size() {
    let sealers = || async {
        let (leader, follower) = meet((&vault(), terms(EPOCH)), (&vault(), terms(EPOCH))).await;
        (leader.ok().unwrap().0, follower.ok().unwrap().1)
    };
    let (open, mut seal) = sealers().await;
    let mut out = Vec::new();
    assert!(!seal.seal(&mut out, &vec![0; FRAME_MAX + 1]));
    assert!(out.is_empty());
    assert!(seal.seal(&mut out, &vec![0; FRAME_MAX]));
    assert_eq!(Frames::new(out.as_slice(), open).next().await.unwrap().len(), FRAME_MAX);
    let (open, _) = sealers().await;
    let claim = u32::try_from(FRAME_MAX + 1).unwrap().to_be_bytes();
    assert!(matches!(
        Frames::new(claim.as_slice(), open).next().await,
        Err(FrameError::TooLarge)
    ));
}

/// A leader without a database: what it takes in is to be seen in the queue.
struct Leader {
    address: std::net::SocketAddr,
    leadership: Leadership,
    owner: Uuid,
    queue: mpsc::Receiver<Submission>,
    _sender: mpsc::Sender<Submission>,
}

impl Leader {
    async fn start() -> Self {
        let (sender, queue) = mpsc::channel(16);
        let owner = Uuid::from_u128(42);
        let leadership = Leadership::new(owner, String::new(), Duration::from_secs(60));
        leadership.force(Standing::Leading {
            epoch: EPOCH,
            until: Instant::now() + Duration::from_secs(60),
        });
        let options = Options {
            log_id: 1,
            writable: true,
            privileges: crate::privileges::Privileges::Any,
            write_deadline: Duration::from_secs(60),
            read_deadline: Duration::from_secs(60),
            readers: 1,
            group_max: 1,
            queue: 16,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(keys::OsEntropy),
            vault: vault(),
            leadership: None,
            head: watch::Sender::new(0),
            erasures: Arc::default(),
        };
        let host = Host::new(&options, leadership.clone(), sender.downgrade());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(host.run(listener));
        Self {
            address,
            leadership,
            owner,
            queue,
            _sender: sender,
        }
    }

    async fn join(&self) -> (TcpStream, Sealer, Sealer) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let terms = Terms {
            epoch: EPOCH,
            owner: self.owner,
        };
        let key = shared_key(&vault(), 1);
        let (theirs, ours) = greet(&mut stream, &key, &keys::OsEntropy, terms).await.unwrap();
        (stream, theirs, ours)
    }
}

/// The other side closes without another byte, or resets.
async fn closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(rest, b"", "it was answered");
}

#[tokio::test]
async fn what_is_not_a_followers_frame_ends_its_connection_and_no_other() {
    let mut leader = Leader::start().await;
    let (mut good, theirs, mut ours) = leader.join().await;
    let bad: [fn(&mut Sealer) -> Vec<u8>; 5] = [
        |sealer| {
            let mut out = Vec::new();
            sealer.seal(&mut out, &batch(1, &full()));
            let last = out.len() - 1;
            out[last] ^= 1;
            out
        },
        |sealer| {
            let mut out = Vec::new();
            sealer.seal(&mut out, b"rightly sealed nonsense");
            out
        },
        |_| u32::MAX.to_be_bytes().to_vec(),
        |_| b"GET / HTTP/1.1\r\n\r\n".repeat(100),
        |sealer| {
            // The second frame without the first.
            let (mut first, mut out) = (Vec::new(), Vec::new());
            sealer.seal(&mut first, &batch(1, &full()));
            sealer.seal(&mut out, &batch(2, &full()));
            out
        },
    ];
    for bytes in bad {
        let (mut stream, _, mut sealer) = leader.join().await;
        stream.write_all(&bytes(&mut sealer)).await.unwrap();
        closed(&mut stream).await;
    }
    // Somebody without the key, in the middle of a greeting.
    let mut stream = TcpStream::connect(leader.address).await.unwrap();
    let mut hello = [0; 48];
    stream.read_exact(&mut hello).await.unwrap();
    stream.write_all(&[&hello[..16], &[0; 88]].concat()).await.unwrap();
    closed(&mut stream).await;
    // A greeting that was recorded on another connection and is good there.
    let mut first = TcpStream::connect(leader.address).await.unwrap();
    first.read_exact(&mut hello).await.unwrap();
    let (mut near, mut far) = tokio::io::duplex(4096);
    far.write_all(&hello).await.unwrap();
    let key = shared_key(&vault(), 1);
    let greeting = tokio::spawn(async move { greet(&mut near, &key, &keys::OsEntropy, terms(EPOCH)).await.is_ok() });
    let mut recorded = [0; 104];
    far.read_exact(&mut recorded).await.unwrap();
    let mut second = TcpStream::connect(leader.address).await.unwrap();
    second.read_exact(&mut hello).await.unwrap();
    second.write_all(&recorded).await.unwrap();
    closed(&mut second).await;
    first.write_all(&recorded).await.unwrap();
    let mut proof = [0; 32];
    first.read_exact(&mut proof).await.unwrap();
    far.write_all(&proof).await.unwrap();
    assert!(greeting.await.unwrap(), "the same bytes are right where they belong");
    assert!(leader.queue.try_recv().is_err(), "something reached the writer");
    let mut out = Vec::new();
    ours.seal(&mut out, &batch(5, &full()));
    good.write_all(&out).await.unwrap();
    let Submission { batch: taken, reply } = leader.queue.recv().await.unwrap();
    assert_eq!(taken.command_id, full().command_id);
    reply
        .send(Ok(Err(Refusal::Commit(CommitError::CommandReused))))
        .unwrap();
    let mut frames = Frames::new(good, theirs);
    let said = read_answer(&frames.next().await.unwrap()).unwrap();
    assert!(matches!(
        said,
        Answer::Verdict(5, Err(Refusal::Commit(CommitError::CommandReused)))
    ));
}

#[tokio::test]
async fn who_leads_no_more_answers_what_it_has_and_takes_nothing_in() {
    let mut leader = Leader::start().await;
    let (mut stream, theirs, mut ours) = leader.join().await;
    let mut out = Vec::new();
    ours.seal(&mut out, &batch(1, &full()));
    stream.write_all(&out).await.unwrap();
    let Submission { reply, .. } = leader.queue.recv().await.unwrap();
    leader.leadership.saw_epoch(EPOCH + 1);
    reply.send(Err(Fault::Stopped)).unwrap();
    let mut frames = Frames::new(stream, theirs);
    let said = read_answer(&frames.next().await.unwrap()).unwrap();
    assert!(matches!(said, Answer::Failed(1)));
    assert!(matches!(frames.next().await, Err(FrameError::Io(_))));
    closed(&mut TcpStream::connect(leader.address).await.unwrap()).await;
}

#[tokio::test]
async fn a_follower_that_goes_takes_what_has_not_begun_with_it() {
    let mut leader = Leader::start().await;
    let (mut stream, _, mut ours) = leader.join().await;
    let mut out = Vec::new();
    ours.seal(&mut out, &batch(1, &full()));
    stream.write_all(&out).await.unwrap();
    let Submission { mut reply, .. } = leader.queue.recv().await.unwrap();
    drop(stream);
    reply.closed().await;
}
