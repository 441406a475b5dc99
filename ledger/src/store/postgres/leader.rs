//! Who leads: of several processes that write to one log, the one through which all commits go, so that groups are large.
//!
//! Leading is a lease in the table `ledger_leader`, measured by the server's clock alone, renewed at a third of its length. When
//! it has run out or was given back, another process takes it over, in one transaction that also raises `ledger_head.epoch`.
//! Each commit names the epoch that its writer knows; one that names an old epoch writes nothing, so a leader that was paused and
//! comes back finds out at its next write, however its own clock stood still.
//!
//! Nothing here decides whether a commit is right: every writer is right by itself, by the head row (`writer.rs`). Two that
//! believed to lead at once would only be slow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::store::{signed, unsigned};

/// What is asked of the server about the lease may take this long, also with a shorter lease: the head row may be held for the
/// length of a flush.
const ANSWER_MIN: Duration = Duration::from_secs(2);

/// A lease is renewed at a third of its length, and at least this often: others trust it once they saw it move.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How a process takes part in leading. PostgreSQL only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadershipSettings {
    /// Where forwarded batches are taken in while this process leads; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Host and port at which the other processes reach `listen`; `None`: as bound, which must then name an interface.
    pub advertise: Option<String>,
    /// How long a leader that is not heard of stays leader. It is renewed at a third of this.
    pub lease: Duration,
}

/// Another process that leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leader {
    pub(super) epoch: u64,
    pub(super) owner: Uuid,
    /// Host and port.
    pub(super) address: String,
}

/// What this process knows of who leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody leads, or it is not known who.
    Nobody,
    /// This process, at least until this moment unless an epoch above it is met.
    Leading { epoch: u64, until: Instant },
    /// Another one, whose lease was seen to move.
    Following(Leader),
}

/// This process' part in leading; cheap to clone. Without [`LeadershipSettings`] it knows nothing and does nothing.
#[derive(Clone)]
pub(super) struct Leadership(Option<Arc<Shared>>);

struct Shared {
    owner: Uuid,
    address: String,
    lease: Duration,
    standing: watch::Sender<Standing>,
    /// Whether this process may lead: not while it doubts the store.
    eligible: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
    ask: Notify,
}

impl Shared {
    /// Between two looks at the lease, or two renewals.
    fn pause(&self) -> Duration {
        (self.lease / 3).min(PAUSE_MAX)
    }
}

impl Leadership {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// `owner` names this opening of the ledger, `address` is where others reach it.
    pub(super) fn new(owner: Uuid, address: String, lease: Duration) -> Self {
        Self(Some(Arc::new(Shared {
            owner,
            address,
            lease,
            standing: watch::Sender::new(Standing::Nobody),
            eligible: watch::Sender::new(true),
            stopping: watch::Sender::new(false),
            ask: Notify::new(),
        })))
    }

    /// Told by the writer whenever it has read the head. A larger epoch than that under which we lead, or than that of the
    /// leader we know, means that another has taken over.
    pub(super) fn saw_epoch(&self, epoch: u64) {
        let Some(shared) = &self.0 else { return };
        let outdated = shared.standing.send_if_modified(|standing| {
            let known = match standing {
                Standing::Nobody => return false,
                Standing::Leading { epoch, .. } => *epoch,
                Standing::Following(leader) => leader.epoch,
            };
            if epoch <= known {
                return false;
            }
            *standing = Standing::Nobody;
            true
        });
        if outdated {
            shared.ask.notify_one();
        }
    }

    /// Lets the server be asked at once who leads.
    pub(super) fn ask(&self) {
        if let Some(shared) = &self.0 {
            shared.ask.notify_one();
        }
    }

    /// Whether this process may lead; one that doubts the store gives the lease back.
    pub(super) fn may_lead(&self, may: bool) {
        if let Some(shared) = &self.0 {
            shared.eligible.send_replace(may);
            shared.ask.notify_one();
        }
    }

    /// Whether this process leads for certain: nobody else can have taken over yet. Without leadership it is always so.
    pub(super) fn is_leader(&self) -> bool {
        self.0.as_ref().is_none_or(
            |shared| matches!(*shared.standing.borrow(), Standing::Leading { until, .. } if Instant::now() < until),
        )
    }

    /// Epoch and name under which this process takes in what others forward; `None` while it does not lead, or should not.
    pub(super) fn reign(&self) -> Option<(u64, Uuid)> {
        let shared = self.0.as_ref()?;
        if !*shared.eligible.borrow() {
            return None;
        }
        match *shared.standing.borrow() {
            Standing::Leading { epoch, .. } => Some((epoch, shared.owner)),
            Standing::Nobody | Standing::Following(_) => None,
        }
    }

    /// Waits until this process no longer leads under this epoch, or should not.
    pub(super) async fn until_over(&self, epoch: u64) {
        let Some(shared) = &self.0 else { return };
        let (mut standing, mut eligible) = (shared.standing.subscribe(), shared.eligible.subscribe());
        tokio::select! {
            _ = standing.wait_for(|now| !matches!(now, Standing::Leading { epoch: now, .. } if *now == epoch)) => {}
            _ = eligible.wait_for(|may| !may) => {}
        }
    }

    /// Waits for [`Leadership::stop`].
    pub(super) async fn stopped(&self) {
        let Some(shared) = &self.0 else { return };
        drop(shared.stopping.subscribe().wait_for(|stop| *stop).await);
    }

    /// Who leads, now and later. `None` without leadership.
    pub(super) fn standing(&self) -> Option<watch::Receiver<Standing>> {
        self.0.as_ref().map(|shared| shared.standing.subscribe())
    }

    /// Looks for the first time, then goes on in a task of its own until [`Leadership::stop`]: holds the lease as long as it
    /// can, and looks who holds it otherwise.
    pub(super) async fn begin(&self, connect: PgConnectOptions, log_id: i32) -> Option<JoinHandle<()>> {
        let shared = Arc::clone(self.0.as_ref()?);
        let mut election = Election::new(shared, connect, log_id);
        let mut pause = election.step_in_time().await;
        Some(tokio::spawn(async move {
            let shared = Arc::clone(&election.shared);
            let mut stopping = shared.stopping.subscribe();
            loop {
                tokio::select! {
                    () = sleep(pause) => {}
                    () = shared.ask.notified() => {}
                    _ = stopping.wait_for(|stop| *stop) => break,
                }
                pause = election.step_in_time().await;
            }
            election.end().await;
        }))
    }

    #[cfg(test)]
    pub(super) fn force(&self, standing: Standing) {
        if let Some(shared) = &self.0 {
            shared.standing.send_replace(standing);
        }
    }

    /// Ends what [`Leadership::begin`] has begun, which gives the lease back before it ends.
    pub(super) fn stop(&self) {
        if let Some(shared) = &self.0 {
            shared.stopping.send_replace(true);
        }
    }
}

/// The one who asks the server.
struct Election {
    shared: Arc<Shared>,
    connect: PgConnectOptions,
    log_id: i32,
    connection: Option<PgConnection>,
    /// The last lease of another that was seen: epoch, and its end in microseconds of the server's clock.
    seen: Option<(u64, i64)>,
}

/// The lease as it is stored.
struct Lease {
    leader: Leader,
    until: i64,
    /// Microseconds; none when it has run out or belongs to an epoch that is over.
    left: Option<u64>,
}

impl Election {
    fn new(shared: Arc<Shared>, connect: PgConnectOptions, log_id: i32) -> Self {
        let patience = shared.lease.max(ANSWER_MIN).as_millis();
        let connect = connect.application_name("praman lease").options([
            // An epoch that was given out must not be forgotten, whatever the database's defaults say.
            ("synchronous_commit", "on".to_owned()),
            ("default_transaction_isolation", "read\\ committed".to_owned()),
            ("default_transaction_read_only", "off".to_owned()),
            ("lock_timeout", format!("{patience}ms")),
            ("statement_timeout", format!("{patience}ms")),
            ("idle_in_transaction_session_timeout", format!("{patience}ms")),
        ]);
        Self {
            shared,
            connect,
            log_id,
            connection: None,
            seen: None,
        }
    }

    /// Answers how long to wait until the next step.
    async fn step_in_time(&mut self) -> Duration {
        let pause = self.shared.pause();
        match timeout(self.shared.lease.max(ANSWER_MIN), self.step()).await {
            Ok(Ok(until_next)) => until_next,
            // What we knew stays: the leader cannot write to a server that does not answer either.
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "the lease of the log could not be looked at");
                self.connection = None;
                pause
            }
            Err(_) => {
                tracing::warn!("the server did not answer in time about the lease of the log");
                self.connection = None;
                pause
            }
        }
    }

    async fn step(&mut self) -> sqlx::Result<Duration> {
        let pause = self.shared.pause();
        let eligible = *self.shared.eligible.borrow();
        let standing = self.shared.standing.borrow().clone();
        if let Standing::Leading { epoch, .. } = standing {
            if !eligible {
                self.give_back(epoch).await?;
                self.stand(Standing::Nobody);
            } else if self.renew(epoch).await? {
                return Ok(pause);
            } else {
                tracing::warn!(epoch, "this process no longer leads the log");
                self.stand(Standing::Nobody);
            }
        }
        if let Some(lease) = self.look().await?
            && let Some(left) = lease.left
            && lease.leader.owner != self.shared.owner
        {
            return Ok(self.follow(lease.leader, lease.until, left));
        }
        self.seen = None;
        if !eligible {
            self.stand(Standing::Nobody);
            return Ok(pause);
        }
        if self.take_over().await? {
            return Ok(pause);
        }
        // Another one was faster.
        Ok(Duration::ZERO)
    }

    /// A lease counts once it was seen to move. In a copy of the database that of the original stands still, and batches must
    /// not go from the copy to the original's leader.
    fn follow(&mut self, leader: Leader, until: i64, left: u64) -> Duration {
        let moved = self.seen.is_some_and(|seen| seen != (leader.epoch, until));
        let known = matches!(&*self.shared.standing.borrow(), Standing::Following(known) if *known == leader);
        self.seen = Some((leader.epoch, until));
        if moved || known {
            self.stand(Standing::Following(leader));
        } else {
            self.stand(Standing::Nobody);
        }
        self.shared
            .pause()
            .min(Duration::from_micros(left.saturating_add(1000)))
    }

    fn stand(&self, new: Standing) {
        self.shared.standing.send_if_modified(|standing| {
            let changed = match (&*standing, &new) {
                (Standing::Leading { epoch: old, .. }, Standing::Leading { epoch: new, .. }) => old != new,
                (old, new) => old != new,
            };
            *standing = new;
            changed
        });
    }

    async fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn look(&mut self) -> sqlx::Result<Option<Lease>> {
        let log_id = self.log_id;
        select_lease(self.connection().await?, log_id).await
    }

    async fn renew(&mut self, epoch: u64) -> sqlx::Result<bool> {
        let (log_id, owner, lease) = (self.log_id, self.shared.owner, self.shared.lease);
        let asked = Instant::now();
        let renewed = sqlx::query(
            "UPDATE ledger_leader SET until = clock_timestamp() + make_interval(secs => $4)
              WHERE log_id = $1 AND owner = $2 AND epoch = $3
                AND EXISTS (SELECT FROM ledger_head h WHERE h.log_id = $1 AND h.epoch = $3)",
        )
        .bind(log_id)
        .bind(owner)
        .bind(signed(epoch))
        .bind(lease.as_secs_f64())
        .execute(self.connection().await?)
        .await?;
        if renewed.rows_affected() == 0 {
            return Ok(false);
        }
        let until = asked + lease;
        self.shared.standing.send_if_modified(|standing| {
            // The writer may have met a newer epoch in the meantime.
            if let Standing::Leading {
                epoch: known,
                until: end,
            } = standing
                && *known == epoch
            {
                *end = until;
            }
            false
        });
        Ok(true)
    }

    /// Raises the epoch and takes the lease, unless somebody holds it by now.
    async fn take_over(&mut self) -> sqlx::Result<bool> {
        let (log_id, shared) = (self.log_id, Arc::clone(&self.shared));
        let asked = Instant::now();
        let connection = self.connection().await?;
        let mut transaction = connection.begin().await?;
        // Behind the commit that is under way, and before all later ones.
        sqlx::query("SELECT epoch FROM ledger_head WHERE log_id = $1 FOR UPDATE")
            .bind(log_id)
            .fetch_one(&mut *transaction)
            .await?;
        let held = select_lease(&mut transaction, log_id).await?;
        if held.is_some_and(|held| held.left.is_some() && held.leader.owner != shared.owner) {
            transaction.rollback().await?;
            return Ok(false);
        }
        let epoch: i64 =
            sqlx::query_scalar("UPDATE ledger_head SET epoch = epoch + 1 WHERE log_id = $1 RETURNING epoch")
                .bind(log_id)
                .fetch_one(&mut *transaction)
                .await?;
        sqlx::query(
            "INSERT INTO ledger_leader (log_id, epoch, owner, address, until)
             VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
             ON CONFLICT (log_id) DO UPDATE
                SET epoch = excluded.epoch, owner = excluded.owner, address = excluded.address, until = excluded.until",
        )
        .bind(log_id)
        .bind(epoch)
        .bind(shared.owner)
        .bind(&shared.address)
        .bind(shared.lease.as_secs_f64())
        .execute(&mut *transaction)
        .await?;
        // A cut here leaves it unknown; the next step finds our own lease and takes it over once more, or somebody else's.
        transaction.commit().await?;
        let epoch = unsigned(epoch);
        tracing::info!(epoch, address = shared.address, "this process leads the log");
        // From before the server counted, so that it ends for us before it ends for others.
        let until = asked + shared.lease;
        self.stand(Standing::Leading { epoch, until });
        Ok(true)
    }

    async fn give_back(&mut self, epoch: u64) -> sqlx::Result<()> {
        let (log_id, owner) = (self.log_id, self.shared.owner);
        sqlx::query(
            "UPDATE ledger_leader SET until = clock_timestamp() WHERE log_id = $1 AND owner = $2 AND epoch = $3",
        )
        .bind(log_id)
        .bind(owner)
        .bind(signed(epoch))
        .execute(self.connection().await?)
        .await
        .map(drop)
    }

    async fn end(mut self) {
        let standing = self.shared.standing.send_replace(Standing::Nobody);
        if let Standing::Leading { epoch, .. } = standing {
            // Where this fails the lease runs out by itself.
            if let Ok(Err(error)) = timeout(ANSWER_MIN, self.give_back(epoch)).await {
                tracing::warn!(error = %error, "the lease of the log could not be given back");
            }
        }
        if let Some(connection) = self.connection.take() {
            drop(timeout(ANSWER_MIN, connection.close()).await);
        }
    }
}

async fn select_lease(connection: &mut PgConnection, log_id: i32) -> sqlx::Result<Option<Lease>> {
    let row = sqlx::query(
        "SELECT l.epoch, l.owner, l.address, (extract(epoch FROM l.until) * 1000000)::bigint,
                (extract(epoch FROM l.until - clock_timestamp()) * 1000000)::bigint, l.epoch = h.epoch
           FROM ledger_leader l JOIN ledger_head h ON h.log_id = l.log_id WHERE l.log_id = $1",
    )
    .bind(log_id)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (left, current): (i64, bool) = (row.try_get(4)?, row.try_get(5)?);
    Ok(Some(Lease {
        leader: Leader {
            epoch: unsigned(row.try_get(0)?),
            owner: row.try_get(1)?,
            address: row.try_get(2)?,
        },
        until: row.try_get(3)?,
        left: u64::try_from(left).ok().filter(|left| current && *left > 0),
    }))
}
