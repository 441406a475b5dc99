//! The leader's side.

use std::sync::Arc;
use std::time::Duration;

use keys::{Entropy, Vault};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::frames::{FrameError, Frames, Sealer, Terms, shared_key, welcome};
use super::messages::{self, Answer, Request, read_request};
use crate::store::postgres::leader::Leadership;
use crate::store::{Options, Submission};

/// Both sides must have proven themselves within this time.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(3);
/// A follower without a batch says this often that it is there.
pub(super) const HERE_EVERY: Duration = Duration::from_secs(10);
/// One that was silent for so long is taken to be gone.
const SILENT_MAX: Duration = Duration::from_secs(60);
/// Answers must be taken within this time.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// Connections at once, the unproven included; more are closed at once.
const CONNECTIONS_MAX: usize = 64;
/// Kilobytes of batches under way on one connection, at most; what comes beyond is read later.
const ROOM_KIB: usize = 32 << 10;
/// After a connection could not be taken in (no more file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Takes forwarded batches in while this process leads.
pub(in crate::store::postgres) struct Host {
    leadership: Leadership,
    log_id: i32,
    vault: Vault,
    entropy: Arc<dyn Entropy>,
    queue: mpsc::WeakSender<Submission>,
    #[cfg(test)]
    taken: tokio::sync::watch::Sender<u64>,
}

/// Why no further batch is read from a connection.
enum End {
    /// The follower is gone, or is not to be listened to.
    Gone(FrameError),
    /// This process does not lead any more; what is under way is still answered.
    Over,
}

impl Host {
    pub(in crate::store::postgres) fn new(
        options: &Options,
        leadership: Leadership,
        queue: mpsc::WeakSender<Submission>,
    ) -> Self {
        Self {
            leadership,
            log_id: options.log_id,
            vault: options.vault.clone(),
            entropy: Arc::clone(&options.entropy),
            queue,
            #[cfg(test)]
            taken: tokio::sync::watch::Sender::new(0),
        }
    }

    /// How many batches have been put into the writer's queue.
    #[cfg(test)]
    pub(in crate::store::postgres) fn taken(&self) -> tokio::sync::watch::Receiver<u64> {
        self.taken.subscribe()
    }

    /// Until leadership is stopped; then what is under way has been answered.
    pub(in crate::store::postgres) async fn run(self, listener: TcpListener) {
        let host = Arc::new(self);
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let stopped = host.leadership.stopped();
        let mut stopped = std::pin::pin!(stopped);
        loop {
            let accepted = tokio::select! {
                () = &mut stopped => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match (accepted, Arc::clone(&slots).try_acquire_owned()) {
                (Ok((stream, _)), Ok(slot)) => {
                    connections.spawn(Arc::clone(&host).serve(stream, slot));
                }
                (Ok(_), Err(_)) => {}
                (Err(_), _) => sleep(ACCEPT_PAUSE).await,
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream, _slot: OwnedSemaphorePermit) {
        let Some((epoch, owner)) = self.leadership.reign() else {
            return;
        };
        let key = shared_key(&self.vault, self.log_id);
        let terms = Terms { epoch, owner };
        let welcoming = async {
            stream.set_nodelay(true)?;
            welcome(&mut stream, &key, self.entropy.as_ref(), terms).await
        };
        let error = match timeout(HANDSHAKE, welcoming).await {
            Ok(Ok((theirs, ours))) => {
                let (reading, writing) = stream.into_split();
                let (out, ready) = mpsc::channel(1024);
                let hearing = self.hear(epoch, Frames::new(reading, theirs), out);
                // A failure on one side ends the other with it, and what is under way for it is not begun any more.
                match tokio::try_join!(hearing, answer(writing, ours, ready)) {
                    Ok(_) => return,
                    Err(error) => error,
                }
            }
            Ok(Err(error)) => error,
            Err(_) => FrameError::Unproven,
        };
        if matches!(error, FrameError::Io(_)) {
            tracing::debug!(error = %error, "a follower's connection ended");
        } else {
            tracing::warn!(error = %error, "a connection was closed that claimed to be a follower's");
        }
    }

    async fn hear(
        &self,
        epoch: u64,
        mut frames: Frames<OwnedReadHalf>,
        out: mpsc::Sender<Answer>,
    ) -> Result<(), FrameError> {
        let room = Arc::new(Semaphore::new(ROOM_KIB));
        let mut batches = JoinSet::new();
        let over = self.leadership.until_over(epoch);
        let mut over = std::pin::pin!(over);
        let end = loop {
            while batches.try_join_next().is_some() {}
            // Dropped before its end it is not called again: then no more is read.
            let next = tokio::select! {
                () = &mut over => break End::Over,
                next = self.next(&mut frames, &room) => next,
            };
            let (number, submission, answer, place) = match next {
                Ok(Some(taken)) => taken,
                Ok(None) => continue,
                Err(error) => break End::Gone(error),
            };
            // The writer ends after us, so there is a queue; and a full one is waited for, which the follower feels as we read no more.
            let Some(queue) = self.queue.upgrade() else {
                break End::Over;
            };
            if queue.send(submission).await.is_err() {
                break End::Over;
            }
            #[cfg(test)]
            self.taken.send_modify(|taken| *taken += 1);
            let out = out.clone();
            batches.spawn(async move {
                let said = match answer.await {
                    Ok(Ok(verdict)) => Answer::Verdict(number, verdict),
                    Ok(Err(_)) | Err(_) => Answer::Failed(number),
                };
                drop(out.send(said).await);
                drop(place);
            });
        };
        match end {
            // Their replies go with them: what has not begun is left undone.
            End::Gone(error) => Err(error),
            End::Over => {
                while batches.join_next().await.is_some() {}
                Ok(())
            }
        }
    }

    /// The next batch, once there is room for it.
    async fn next(
        &self,
        frames: &mut Frames<OwnedReadHalf>,
        room: &Arc<Semaphore>,
    ) -> Result<Option<Taken>, FrameError> {
        let payload = timeout(SILENT_MAX, frames.next())
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        let (number, batch) = match read_request(&payload) {
            Some(Request::Batch(number, batch)) => (number, batch),
            Some(Request::Here) => return Ok(None),
            None => return Err(FrameError::Garbled),
        };
        // A frame is smaller than the room, so there is always enough of it some time.
        let size = u32::try_from(payload.len() / 1024 + 1).unwrap_or(u32::MAX);
        drop(payload);
        let place = Arc::clone(room).acquire_many_owned(size).await;
        let place = place.map_err(|_| FrameError::TooLarge)?;
        let (reply, answer) = oneshot::channel();
        let batch = Arc::new(batch);
        Ok(Some((number, Submission { batch, reply }, answer, place)))
    }
}

type Taken = (
    u64,
    Submission,
    oneshot::Receiver<Result<crate::store::plan::Verdict, crate::fault::Fault>>,
    OwnedSemaphorePermit,
);

/// Sends what is answered, until nothing will be answered any more.
async fn answer(
    mut stream: OwnedWriteHalf,
    mut sealer: Sealer,
    mut ready: mpsc::Receiver<Answer>,
) -> Result<(), FrameError> {
    let (mut answers, mut out) = (Vec::new(), Vec::new());
    while ready.recv_many(&mut answers, 256).await > 0 {
        for said in answers.drain(..) {
            if !sealer.seal(&mut out, &messages::answer(&said)) {
                return Err(FrameError::TooLarge);
            }
        }
        timeout(WRITE_MAX, stream.write_all(&out))
            .await
            .map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
        out.clear();
    }
    Ok(())
}
