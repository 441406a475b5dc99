//! The status lists: signed anew within a second or two of a change, when a suspension ends, and some hours after the last
//! time. The event with a list's digest and the list itself are stored together, so none is served that is not in the log.

use std::collections::BTreeSet;
use std::time::Duration;

use certificates::status::{self, KEPT, Status, StatusList, Statuses, kept_key};
use domain::{
    AnyEvent,
    certificate::{Event, status_index_in},
    ist_midnight,
    status_list::{Command, Error, StatusList as Published},
};
use jiff::{SignedDuration, Timestamp};
use ledger::{Bookmark, CommitError, ExecuteError, Expect, Fault, Recorded, RowChange};
use projections::{Entry, Stood, ViewError, Views};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    Setup,
    follow::{batch, context},
    issuance::hex,
};

/// The reader's place in the log.
const NAME: &str = "status_lists";
/// The term by which a list is found whose time has come.
const DUE: &str = "due";
/// The shortest time between two looks at the log, and the longest.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait after trouble.
const PAUSE: Duration = Duration::from_secs(5);
/// A list in which nothing changed is signed anew after so long: four times before it ends.
const REFRESH: SignedDuration = SignedDuration::from_hours(6);
/// Events and lists that are read in one go.
const PAGE: usize = 500;

/// Why a list was not published.
#[derive(Debug, thiserror::Error)]
pub enum StatusListsError {
    /// The register did not answer.
    #[error("the register does not tell what belongs into the list")]
    Register(#[source] ViewError),
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] Fault),
    /// The list could not be signed.
    #[error("the status list could not be signed")]
    Sign(#[source] status::StatusListError),
    /// The rule said no, or the store.
    #[error("the status list could not be recorded")]
    Record(#[source] Box<ExecuteError<Error>>),
    /// The list could not be stored.
    #[error("the status list could not be stored")]
    Commit(#[source] CommitError),
    /// What is stored is not ours.
    #[error("the stored {0} cannot be read")]
    Stored(&'static str),
}

/// Publishes the first list where there is none, and anew those that another key has signed than the one that signs now: that
/// one may have been compromised, and then they say nothing any more.
///
/// # Errors
/// [`StatusListsError`]; whoever runs tries again.
pub async fn first(setup: &Setup) -> Result<(), StatusListsError> {
    if !setup.ledger.is_leader() {
        return Ok(());
    }
    let views = views(setup);
    if setup.ledger.row(KEPT, &kept_key(0)).await?.is_none() {
        let head = setup.ledger.head().await?;
        return publish(setup, &views, 0, head).await;
    }
    let mut wanted = BTreeSet::new();
    let (signs, mut after) = (setup.status_signer.key_id(), None);
    loop {
        let page = setup.ledger.rows(KEPT, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for row in page {
            let kept = StatusList::open(&row.body, &setup.issuer.directory);
            if !kept.is_ok_and(|list| list.key_id() == signs) {
                wanted.insert(row.key.parse().map_err(|_| StatusListsError::Stored("list's key"))?);
            }
        }
    }
    // No further than this reaction has read: what it reads next must still be news to the list.
    let read = setup.ledger.bookmark(NAME, 1).await?;
    for list in wanted {
        publish(setup, &views, list, read).await?;
    }
    Ok(())
}

fn views(setup: &Setup) -> Views {
    Views::new(setup.ledger.clone(), setup.catalogue.clone())
}

/// Publishes lists until the ledger is closed or this is dropped.
pub(crate) async fn run(setup: Setup) {
    let mut head = setup.ledger.watch();
    let views = views(&setup);
    let mut there = BTreeSet::new();
    loop {
        let begun = Instant::now();
        // Of several processes one publishes; another goes on when it leads.
        let reached = if setup.ledger.is_leader() {
            match step(&setup, &views, &mut there).await {
                Ok(reached) => reached,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no new status list");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            }
        } else {
            *head.borrow_and_update()
        };
        // Time alone makes lists due as well.
        let closed = {
            let told = tokio::time::timeout(INTERVAL, head.wait_for(|head| *head > reached)).await;
            matches!(told, Ok(Err(_)))
        };
        if closed {
            return;
        }
        tokio::time::sleep_until(begun + INTERVAL).await;
    }
}

/// Reads what is new, and publishes what it touches and what is due. Answers the position that was reached.
async fn step(setup: &Setup, views: &Views, there: &mut BTreeSet<u64>) -> Result<u64, StatusListsError> {
    let from = setup.ledger.bookmark(NAME, 1).await?;
    let events = setup.ledger.after(from, PAGE).await?;
    let upto = events.last().map_or(from, |event| event.position);
    let mut wanted = BTreeSet::new();
    for recorded in &events {
        if let Some(list) = touched(setup, recorded).await? {
            wanted.insert(list);
        } else if let Some(list) = list_of(recorded) {
            if !there.contains(&list) && setup.ledger.row(KEPT, &kept_key(list)).await?.is_none() {
                wanted.insert(list);
            }
            there.insert(list);
        }
    }
    let now = due_text(setup.clock.now());
    for row in setup.ledger.find(KEPT, DUE, "", &now, None, false, PAGE).await? {
        wanted.insert(row.key.parse().map_err(|_| StatusListsError::Stored("list's key"))?);
    }
    for list in wanted {
        publish(setup, views, list, upto).await?;
    }
    if upto > from {
        let mut moved = batch(&format!("{NAME} {from} {upto}"), vec![]);
        moved.bookmark = Some(Bookmark {
            name: NAME.to_owned(),
            generation: 1,
            from,
            to: upto,
        });
        setup.ledger.commit(moved).await.map_err(StatusListsError::Commit)?;
    }
    Ok(upto)
}

/// The list in which an event changes something.
async fn touched(setup: &Setup, recorded: &Recorded) -> Result<Option<u64>, Fault> {
    if recorded.aggregate_type != "certificate" {
        return Ok(None);
    }
    // An event that cannot be read may be a revocation: its list is made anew, and holds the certificate back.
    let changes = match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
        Ok(AnyEvent::Certificate(event)) => matches!(
            event,
            Event::Suspended { .. } | Event::Reinstated { .. } | Event::Superseded { .. } | Event::Revoked { .. }
        ),
        Ok(_) => false,
        Err(_) => true,
    };
    if !changes {
        return Ok(None);
    }
    let stream = setup.ledger.stream("certificate", &recorded.aggregate_id).await?;
    Ok(stream.first().and_then(list_of))
}

/// The list in which the certificate of an intent has its place.
fn list_of(prepared: &Recorded) -> Option<u64> {
    let index = (prepared.event_type == "certificate.prepared").then(|| status_index_in(&prepared.body))?;
    index.map(|index| status::place_of(index).0)
}

/// Makes a list anew and stores it together with the event that tells its digest.
async fn publish(setup: &Setup, views: &Views, list: u64, upto: u64) -> Result<(), StatusListsError> {
    let before = setup.ledger.row(KEPT, &kept_key(list)).await?;
    let found = views
        .not_simply_in_force(list, upto)
        .await
        .map_err(StatusListsError::Register)?;
    let now = setup.clock.now();
    let (statuses, ends) = of_entries(&found.entries, &found.unreadable, now);
    let signed = StatusList::sign(list, &setup.issuer.host, &statuses, now, &*setup.status_signer)
        .map_err(StatusListsError::Sign)?;
    let issued_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let due = ends.map_or(now + REFRESH, |ends| ends.min(now + REFRESH));
    let digest = hex(&signed);
    let command = Command::Publish {
        digest: digest.clone(),
        bytes: u64::try_from(signed.len()).unwrap_or(u64::MAX),
        upto,
        key: setup.status_signer.key_id().to_string(),
        issued_at,
        expires_at: issued_at + status::LIFETIME,
    };
    let decided = setup
        .ledger
        .decide::<Published>(list, command)
        .await
        .map_err(|error| StatusListsError::Record(Box::new(error)))?;
    let row = RowChange::Put {
        space: KEPT.to_owned(),
        key: kept_key(list),
        body: signed,
        terms: vec![(DUE.to_owned(), due_text(due))],
        expect: before.map_or(Expect::Absent, |row| Expect::Version(row.version)),
    };
    let doing = format!("publish status list {list} {digest} {}", due_text(due));
    let mut together = batch(&doing, vec![row]);
    together.context = context(&doing, Uuid::nil(), Some(upto).filter(|position| *position > 0));
    together.appends = vec![decided.append()];
    setup.ledger.commit(together).await.map_err(StatusListsError::Commit)?;
    Ok(())
}

/// The places, and when the next suspension ends by itself.
fn of_entries(entries: &[Entry], unreadable: &[u64], now: Timestamp) -> (Statuses, Option<Timestamp>) {
    let mut statuses = Statuses::default();
    let mut ends: Option<Timestamp> = None;
    for entry in entries {
        let Some((_, place)) = entry.status_index.map(status::place_of) else {
            continue;
        };
        let status = match entry.stands(now) {
            Stood::Prepared | Stood::Active => continue,
            Stood::Suspended { until, .. } => {
                let end = until.tomorrow().ok().and_then(ist_midnight);
                ends = ends.into_iter().chain(end).min();
                Status::Suspended
            }
            Stood::Superseded { .. } => Status::Superseded,
            Stood::Revoked { .. } => Status::Invalid,
        };
        statuses.set(place, status);
    }
    for index in unreadable {
        let (_, place) = status::place_of(*index);
        // Nobody can tell; what was final before stays so.
        if matches!(statuses.get(place), Some(Status::Valid)) {
            statuses.set(place, Status::Suspended);
        }
    }
    (statuses, ends)
}

/// An instant as text that sorts as time does.
fn due_text(at: Timestamp) -> String {
    format!("{:020}", at.as_second().max(0))
}
