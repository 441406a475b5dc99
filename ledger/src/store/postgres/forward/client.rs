//! The follower's side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keys::{Entropy, Vault};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::frames::{FrameError, Frames, Sealer, Terms, greet, shared_key};
use super::messages::{self, Answer, read_answer};
use super::server::{HANDSHAKE, HERE_EVERY};
use crate::batch::Expect;
use crate::fault::{CommitError, Fault};
use crate::store::plan::{Prepared, Refusal, Verdict};
use crate::store::postgres::leader::{Leader, Leadership, Standing};
use crate::store::{Options, Submission};

/// Between two attempts to reach the leader, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Frames are put together into writes of about this size.
const WRITE_ABOUT: usize = 256 << 10;

/// Hands batches to the leader while another process leads, and to the local writer otherwise.
pub(in crate::store::postgres) struct Forwarder {
    leadership: Leadership,
    log_id: i32,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
    /// An answer that takes longer is not waited for.
    patience: Duration,
    /// Batches under way at once, at most.
    in_flight: usize,
    head: watch::Sender<u64>,
    local: mpsc::WeakSender<Submission>,
    /// Whether batches should come here at all.
    connected: watch::Sender<bool>,
}

/// Why a conversation with a leader ended.
enum End {
    /// There will be no more batches, and every answer has come.
    Finished,
    Broken(FrameError),
    /// Another one leads.
    Changed,
    /// An answer did not come.
    Late,
}

struct Pending {
    submission: Submission,
    since: Instant,
    /// Room for it among those under way.
    _room: OwnedSemaphorePermit,
}

/// What is under way on one connection.
#[derive(Default)]
struct Session {
    pending: Mutex<HashMap<u64, Pending>>,
    answered: Notify,
}

impl Session {
    fn take(&self, number: u64) -> Option<Submission> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = pending.remove(&number);
        drop(pending);
        self.answered.notify_one();
        taken.map(|pending| pending.submission)
    }

    fn put(&self, number: u64, submission: Submission, room: OwnedSemaphorePermit) {
        let pending = Pending {
            submission,
            since: Instant::now(),
            _room: room,
        };
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(number, pending);
    }

    fn is_empty(&self) -> bool {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn oldest(&self) -> Option<Instant> {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.values().map(|pending| pending.since).min()
    }
}

impl Forwarder {
    pub(in crate::store::postgres) fn new(
        options: &Options,
        leadership: Leadership,
        local: mpsc::WeakSender<Submission>,
    ) -> Self {
        Self {
            leadership,
            log_id: options.log_id,
            vault: options.vault.clone(),
            entropy: Arc::clone(&options.entropy),
            // Half is left for the local writer.
            patience: options.write_deadline / 2,
            in_flight: options.queue.max(1),
            head: options.head.clone(),
            local,
            connected: watch::Sender::new(false),
        }
    }

    /// Whether there is a leader to send to. While there is none, batches should go to the local writer at once.
    pub(in crate::store::postgres) fn connected(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    pub(in crate::store::postgres) async fn run(self, mut work: mpsc::Receiver<Submission>) {
        let Some(mut standing) = self.leadership.standing() else {
            return;
        };
        let mut pause = PAUSE_MIN;
        loop {
            let leader = async {
                loop {
                    if let Standing::Following(leader) = &*standing.borrow_and_update() {
                        return Some(leader.clone());
                    }
                    standing.changed().await.ok()?;
                }
            };
            let Some(Some(leader)) = self.meanwhile(&mut work, leader).await else {
                return;
            };
            let greeting = timeout(HANDSHAKE, self.connect(&leader));
            let Some(greeted) = self.meanwhile(&mut work, greeting).await else {
                return;
            };
            let failed = match greeted {
                Ok(Ok((frames, sealer, stream))) => {
                    pause = PAUSE_MIN;
                    let end = self.converse(&leader, frames, (stream, sealer), &mut work).await;
                    match end {
                        End::Finished => return,
                        End::Changed => continue,
                        End::Broken(error) => error.to_string(),
                        End::Late => "it did not answer in time".to_owned(),
                    }
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it did not answer in time".to_owned(),
            };
            tracing::warn!(
                epoch = leader.epoch,
                address = leader.address,
                failed,
                "no connection to the leader of the log"
            );
            self.leadership.ask();
            if self.meanwhile(&mut work, sleep(pause)).await.is_none() {
                return;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Waits for something; what arrives in the meantime goes to the local writer. `None`: nothing will arrive any more.
    async fn meanwhile<T>(&self, work: &mut mpsc::Receiver<Submission>, event: impl Future<Output = T>) -> Option<T> {
        let mut event = std::pin::pin!(event);
        loop {
            tokio::select! {
                done = &mut event => return Some(done),
                submission = work.recv() => self.locally(submission?),
            }
        }
    }

    async fn connect(&self, leader: &Leader) -> Result<(Frames<OwnedReadHalf>, Sealer, OwnedWriteHalf), FrameError> {
        let mut stream = TcpStream::connect(&leader.address).await?;
        stream.set_nodelay(true)?;
        let terms = Terms {
            epoch: leader.epoch,
            owner: leader.owner,
        };
        let key = shared_key(&self.vault, self.log_id);
        let (theirs, ours) = greet(&mut stream, &key, self.entropy.as_ref(), terms).await?;
        let (reading, writing) = stream.into_split();
        Ok((Frames::new(reading, theirs), ours, writing))
    }

    /// Until the connection or the leader is no more; then nothing is under way.
    async fn converse(
        &self,
        leader: &Leader,
        frames: Frames<OwnedReadHalf>,
        out: (OwnedWriteHalf, Sealer),
        work: &mut mpsc::Receiver<Submission>,
    ) -> End {
        let session = Session::default();
        tracing::debug!(epoch = leader.epoch, "commits go to the leader of the log");
        self.connected.send_replace(true);
        let end = tokio::select! {
            end = self.send(&session, out, work) => end,
            error = self.hear(&session, frames) => End::Broken(error),
            () = self.until_other(leader) => End::Changed,
            () = self.until_late(&session) => End::Late,
        };
        self.connected.send_replace(false);
        let pending = session.pending.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (_, Pending { submission, .. }) in pending {
            self.once_more(submission);
        }
        end
    }

    async fn send(
        &self,
        session: &Session,
        (mut stream, mut sealer): (OwnedWriteHalf, Sealer),
        work: &mut mpsc::Receiver<Submission>,
    ) -> End {
        let room = Arc::new(Semaphore::new(self.in_flight));
        let mut numbers = 0_u64..;
        let mut out = Vec::new();
        loop {
            let Ok(mut place) = Arc::clone(&room).acquire_owned().await else {
                return End::Late;
            };
            match timeout(HERE_EVERY, work.recv()).await {
                Err(_) => {
                    sealer.seal(&mut out, &messages::here());
                }
                Ok(None) => break,
                Ok(Some(first)) => {
                    let mut next = Some(first);
                    while let Some(submission) = next.take() {
                        // Nobody waits for it any more and nothing of it has begun.
                        if !submission.reply.is_closed() {
                            let number = numbers.next().unwrap_or(u64::MAX);
                            if sealer.seal(&mut out, &messages::batch(number, &submission.batch)) {
                                session.put(number, submission, place);
                            } else {
                                self.locally(submission);
                            }
                        }
                        if out.len() < WRITE_ABOUT
                            && let Ok(further) = Arc::clone(&room).try_acquire_owned()
                        {
                            place = further;
                            next = work.try_recv().ok();
                        } else {
                            break;
                        }
                    }
                }
            }
            if let Err(error) = write(&mut stream, &mut out).await {
                return End::Broken(error);
            }
        }
        while !session.is_empty() {
            session.answered.notified().await;
        }
        End::Finished
    }

    async fn hear(&self, session: &Session, mut frames: Frames<OwnedReadHalf>) -> FrameError {
        loop {
            let payload = match frames.next().await {
                Ok(payload) => payload,
                Err(error) => return error,
            };
            let Some(answer) = read_answer(&payload) else {
                return FrameError::Garbled;
            };
            let (Answer::Verdict(number, _) | Answer::Failed(number)) = &answer;
            let Some(submission) = session.take(*number) else {
                return FrameError::Garbled;
            };
            match answer {
                Answer::Verdict(_, verdict) => {
                    if let Ok(receipt) = &verdict {
                        self.head.send_if_modified(|head| {
                            let moved = receipt.last_position > *head;
                            *head = receipt.last_position.max(*head);
                            moved
                        });
                    }
                    // An error means that the caller has gone; what is stored stays stored.
                    drop(submission.reply.send(Ok(verdict)));
                }
                Answer::Failed(_) => self.once_more(submission),
            }
        }
    }

    async fn until_other(&self, leader: &Leader) {
        let Some(mut standing) = self.leadership.standing() else {
            return;
        };
        let other = |standing: &Standing| !matches!(standing, Standing::Following(known) if known == leader);
        drop(standing.wait_for(other).await);
    }

    async fn until_late(&self, session: &Session) {
        loop {
            let now = Instant::now();
            let end = session.oldest().unwrap_or(now) + self.patience;
            if end <= now {
                return;
            }
            sleep_until(end).await;
        }
    }

    /// To the local writer; nothing of it was sent.
    fn locally(&self, submission: Submission) {
        let local = self.local.clone();
        tokio::spawn(async move { to_writer(&local, submission).await });
    }

    /// To the local writer, after it may have reached another one.
    fn once_more(&self, Submission { batch, reply }: Submission) {
        let local = self.local.clone();
        tokio::spawn(async move {
            if reply.is_closed() {
                return;
            }
            let (ours, answer) = oneshot::channel();
            let submission = Submission {
                batch: Arc::clone(&batch),
                reply: ours,
            };
            to_writer(&local, submission).await;
            let answer = answer.await.unwrap_or(Err(Fault::Closed));
            drop(reply.send(answer.and_then(|verdict| settled(&batch, verdict))));
        });
    }
}

async fn to_writer(local: &mpsc::WeakSender<Submission>, submission: Submission) {
    let Some(queue) = local.upgrade() else {
        drop(submission.reply.send(Err(Fault::Closed)));
        return;
    };
    // Where the writer has ended the reply is dropped with the batch, which its waiter is told as closed.
    drop(queue.send(submission).await);
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), out: &mut Vec<u8>) -> Result<(), FrameError> {
    stream.write_all(out).await?;
    out.clear();
    Ok(())
}

/// The verdict on a batch that another writer may still hold: a refusal stands only if that one cannot come to accept it later.
fn settled(batch: &Prepared, verdict: Verdict) -> Result<Verdict, Fault> {
    let Err(Refusal::Commit(error)) = &verdict else {
        return Ok(verdict);
    };
    let may_turn = match error {
        // A row that must not be there may be taken away; the other expectations never come true again.
        CommitError::RowConflict { space, key } => batch
            .rows
            .iter()
            .any(|row| row.expect == Expect::Absent && &row.space == space && &row.key == key),
        CommitError::Conflict { expected, actual, .. } => actual < expected,
        CommitError::BookmarkMoved { from, stored, .. } => stored < from,
        CommitError::Invalid { .. } | CommitError::Unavailable(_) => true,
        CommitError::CommandReused | CommitError::SubjectErased { .. } | CommitError::Corrupt { .. } => false,
    };
    if may_turn { Err(Fault::Stopped) } else { Ok(verdict) }
}
