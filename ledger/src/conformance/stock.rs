//! Stock postgres-es on our tables: it reads and replays them event for event, through its own public interface and nothing
//! else of ours.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{
    EventUpcaster, PersistedEventRepository, PersistedEventStore, QueryReplay, SemanticVersionEventUpcaster,
};
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, EventStore as _, Query};
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgPoolOptions};

use super::home::{Added, Counter, Home, TooMuch, append, personal};
use crate::{Ledger, NewEvent, Recorded, Repository};

/// An aggregate of another type, some of whose events are personal.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Register {
    lines: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entered {
    Line { n: i64, who: Value },
    Closed { at: String },
}

impl DomainEvent for Entered {
    fn event_type(&self) -> String {
        match self {
            Self::Line { .. } => "register.line",
            Self::Closed { .. } => "register.closed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "2".to_owned()
    }
}

impl Aggregate for Register {
    const TYPE: &'static str = "register";
    type Command = ();
    type Event = Entered;
    type Error = TooMuch;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), TooMuch> {
        Ok(())
    }

    fn apply(&mut self, _: Entered) {
        self.lines += 1;
    }
}

/// 2,400 events of two aggregate types in 61 streams, a fifth of them with something personal, some of them erased.
async fn filled(home: &Home) -> Ledger {
    let ledger = home.open().await;
    let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
    let mut subjects = Vec::new();
    for round in 0..200_u64 {
        let (number, id) = (i64::try_from(round).unwrap(), format!("r{}", round % 20));
        let subject = home.entropy.uuid_v4();
        subjects.push(subject);
        let mut batch = home.batch();
        let at = sequences.entry(id.clone()).or_default();
        let mut register = append(&id, *at, []);
        register.aggregate_type = Register::TYPE.to_owned();
        *at += 3;
        let mut event = |event_type: &str, body| {
            register.events.push(NewEvent {
                event_type: event_type.to_owned(),
                event_version: "2".to_owned(),
                body,
            });
        };
        let who = personal(subject, "Asha")["who"].take();
        event("register.line", json!({"line": {"n": number, "who": who}}));
        event(
            "register.line",
            json!({"line": {"n": number, "who": "nobody \u{905} \"\\"}}),
        );
        event("register.closed", json!({"closed": {"at": "2026-11-22"}}));
        batch.appends.push(register);
        let id = format!("c{}", round % 41);
        let at = sequences.entry(id.clone()).or_default();
        batch.appends.push(append(&id, *at, (0..9).map(|n| json!({ "n": n }))));
        *at += 9;
        ledger.commit(batch).await.unwrap();
    }
    let mut erase = home.batch();
    erase.destroy_subjects = subjects.into_iter().step_by(3).collect();
    ledger.commit(erase).await.unwrap();
    ledger
}

async fn pool(home: &Home) -> PgPool {
    PgPoolOptions::new()
        .max_connections(3)
        .connect(&home.url())
        .await
        .unwrap()
}

/// What is personal as the stock reader must see it: sealed, whoever it is about and whether erased or not.
fn closed(value: &mut Value) -> bool {
    match value {
        Value::Object(fields) if fields.contains_key("$personal") => {
            *value = json!({ "$personal": fields["$personal"] });
            true
        }
        Value::Object(fields) => fields.values_mut().fold(false, |any, inner| closed(inner) | any),
        Value::Array(items) => items.iter_mut().fold(false, |any, inner| closed(inner) | any),
        _ => false,
    }
}

type Seen = (String, usize, Value, BTreeMap<String, String>);

fn ours(events: &[Recorded], aggregate_type: &str) -> Vec<Seen> {
    let of_type = events.iter().filter(|event| event.aggregate_type == aggregate_type);
    of_type
        .map(|event| {
            let mut body: Value = serde_json::from_slice(&event.body).unwrap();
            closed(&mut body);
            let meta = BTreeMap::from([
                ("actor".to_owned(), event.meta.actor.clone()),
                ("command_id".to_owned(), event.meta.command_id.to_string()),
                ("correlation_id".to_owned(), event.meta.correlation_id.to_string()),
            ]);
            (
                event.aggregate_id.clone(),
                usize::try_from(event.sequence).unwrap(),
                body,
                meta,
            )
        })
        .collect()
}

fn seen<A: Aggregate>(event: EventEnvelope<A>, sealed: &mut usize) -> Seen {
    let mut body = serde_json::to_value(&event.payload).unwrap();
    let text = body.to_string();
    assert!(!text.contains("Asha") && !text.contains("\"value\""), "{text}");
    *sealed += usize::from(closed(&mut body));
    (
        event.aggregate_id,
        event.sequence,
        body,
        event.metadata.into_iter().collect(),
    )
}

/// Every event of one type: by `stream_all_events`, by `load_events` of each stream, by `get_events`, by `QueryReplay`.
async fn replays<A: Aggregate + 'static>(pool: &PgPool, events: &[Recorded]) -> usize
where
    A::Event: PartialEq + Clone + std::fmt::Debug,
{
    let stock = || PostgresEventRepository::new(pool.clone()).with_streaming_channel_size(50);
    let mut expected = ours(events, A::TYPE);
    let mut sealed = 0;

    let mut all = Vec::new();
    let mut stream = stock().stream_all_events::<A>().await.unwrap();
    while let Some(event) = stream.next::<A>(&[]).await {
        all.push(seen(event.unwrap(), &mut sealed));
    }
    // The stock reader goes by sequence over all streams; within each stream that is the order of the log.
    assert!(all.is_sorted_by_key(|(_, sequence, ..)| *sequence));
    let by_stream = |events: &[Seen]| {
        let mut streams: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
        for event in events {
            streams.entry(event.0.clone()).or_default().push(event.clone());
        }
        streams
    };
    let streams = by_stream(&expected);
    assert!(by_stream(&all) == streams, "{}", A::TYPE);

    let store = PersistedEventStore::<_, A>::new_event_store(stock());
    for (id, events_of) in &streams {
        let loaded = store.load_events(id).await.unwrap();
        let loaded: Vec<Seen> = loaded.into_iter().map(|event| seen(event, &mut 0)).collect();
        assert!(&loaded == events_of, "{} {id}", A::TYPE);
        // Type and version too, and the same as our own repository in their framework says.
        let serialized = stock().get_events::<A>(id).await.unwrap();
        let names = |event_type: &str, version: &str| (event_type.to_owned(), version.to_owned());
        let theirs: Vec<_> = serialized
            .iter()
            .map(|event| names(&event.event_type, &event.event_version))
            .collect();
        let of_stream = events
            .iter()
            .filter(|event| event.aggregate_type == A::TYPE && event.aggregate_id == *id);
        let own: Vec<_> = of_stream
            .map(|event| names(&event.event_type, &event.event_version))
            .collect();
        assert_eq!(theirs, own);
    }

    let query = Collecting::<A>::default();
    let collected = Arc::clone(&query.0);
    QueryReplay::new(stock(), query).replay_all().await.unwrap();
    let mut replayed: Vec<Seen> = std::mem::take(&mut *collected.lock().unwrap())
        .into_iter()
        .map(|event| seen(event, &mut 0))
        .collect();
    let key = |event: &Seen| (event.0.clone(), event.1);
    replayed.sort_by_key(key);
    expected.sort_by_key(key);
    assert!(replayed == expected, "{}", A::TYPE);
    sealed
}

/// Keeps what a replay hands over.
struct Collecting<A: Aggregate>(Arc<Mutex<Vec<EventEnvelope<A>>>>);

impl<A: Aggregate> Default for Collecting<A> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<A: Aggregate> Query<A> for Collecting<A> {
    fn dispatch<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        _: &'life1 str,
        events: &'life2 [EventEnvelope<A>],
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        let mut kept = self.0.lock().unwrap();
        kept.extend(events.iter().map(|event| EventEnvelope {
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            payload: event.payload.clone(),
            metadata: event.metadata.clone(),
        }));
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_reader_replays_our_ledger_event_for_event() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = filled(&home).await;
    let events = ledger.after(0, 10_000).await.unwrap();
    assert_eq!(events.len(), 2_400);
    let pool = pool(&home).await;
    assert_eq!(replays::<Counter>(&pool, &events).await, 0);
    assert_eq!(
        replays::<Register>(&pool, &events).await,
        200,
        "sealed values, erased ones among them"
    );
    let stock = PostgresEventRepository::new(pool.clone());
    assert_eq!(
        stock.get_last_events::<Counter>("c7", 40).await.unwrap().len(),
        5 * 9 - 40
    );
    assert!(stock.get_events::<Counter>("none").await.unwrap().is_empty());
    // What it must not do, it cannot: the view takes no writes.
    let own = Repository::new(ledger.clone())
        .get_events::<Counter>("c7")
        .await
        .unwrap();
    assert!(stock.persist::<Counter>(&own, None).await.is_err());
    assert_eq!(ledger.head().await.unwrap(), 2_400);
    pool.close().await;
    ledger.close().await;
    home.end().await;
}

/// Events of an older version are raised on the way by cqrs-es' own means, over the stock reader and over ours.
#[tokio::test(flavor = "multi_thread")]
async fn older_versions_are_raised_by_the_framework() {
    let Some(home) = Home::postgres().await else { return };
    let ledger = home.open().await;
    let mut batch = home.batch();
    let mut old = append("a", 0, [json!({"amount": "4"}), json!({"amount": "5"})]);
    for event in &mut old.events {
        event.event_version = "0.9.0".to_owned();
    }
    batch.appends.push(old);
    ledger.commit(batch).await.unwrap();
    let mut new = home.append("a", 2, [6]);
    new.appends[0].events[0].event_version = "1.0.0".to_owned();
    ledger.commit(new).await.unwrap();
    let upcasters = || -> Vec<Box<dyn EventUpcaster>> {
        let raise = |body: Value| json!({ "n": body["amount"].as_str().unwrap().parse::<i64>().unwrap() });
        vec![Box::new(SemanticVersionEventUpcaster::new(
            "counter.added",
            "1.0.0",
            Box::new(raise),
        ))]
    };
    let expected: Vec<Added> = [4, 5, 6].map(|n| Added { n }).into();
    let pool = pool(&home).await;
    async fn raised<R: PersistedEventRepository>(
        repositories: [R; 2],
        upcasters: [Vec<Box<dyn EventUpcaster>>; 2],
    ) -> [Vec<Added>; 2] {
        let [one, two] = repositories;
        let [load, replay] = upcasters;
        let store = PersistedEventStore::<_, Counter>::new_event_store(one).with_upcasters(load);
        let loaded = store.load_events("a").await.unwrap();
        let query = Collecting::<Counter>::default();
        let collected = Arc::clone(&query.0);
        QueryReplay::new(two, query)
            .with_upcasters(replay)
            .replay_all()
            .await
            .unwrap();
        let replayed = std::mem::take(&mut *collected.lock().unwrap());
        [loaded, replayed].map(|events| events.into_iter().map(|event| event.payload).collect())
    }
    let stock = || PostgresEventRepository::new(pool.clone());
    let own = || Repository::new(ledger.clone());
    for found in [
        raised([stock(), stock()], [upcasters(), upcasters()]).await,
        raised([own(), own()], [upcasters(), upcasters()]).await,
    ] {
        assert_eq!(found, [expected.clone(), expected.clone()]);
    }
    pool.close().await;
    ledger.close().await;
    home.end().await;
}
