//! A whole turn over a store: from the delivery's bytes until the reply is durable in the outbox. Nothing is sent.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use api::{
    turn::{Inbox, Setup, Turns},
    verification::Verifier,
};
use assistant::Assistant;
use domain::catalogue::Catalogue;
use keys::KeyStore;
use ledger::{Documents, Ledger};
use projections::{Projector, Views};
use serde_json::json;
use tokio::time::{Instant, timeout};
use whatsapp::{
    graph::{Graph, GraphConfig},
    kept::{OUTBOX, name_digest},
};

use super::Line;
use crate::{
    commands::bench::figures::{Figure, quantile},
    service::{self, Access, Ambient, DEMO_PHONE_ID, DEMO_TOKEN, Store},
    settings::Settings,
};

/// So many messages each citizen sends.
const EACH: usize = 8;
/// A reply is there long before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Citizens who write one after another; every turn is waited for before the next message comes.
struct Office {
    ledger: Ledger,
    inbox: Inbox,
    _turns: Turns,
}

pub(super) async fn figure(folder: &Path, lines: &[Line], seconds: f64) -> anyhow::Result<Figure> {
    let office = Office::open(&folder.join("data")).await?;
    let (until, begun) = (Duration::from_secs_f64(seconds), Instant::now());
    let (mut times, mut citizen) = (Vec::new(), 0_u64);
    let mut messages = lines.iter().cycle();
    while begun.elapsed() < until {
        citizen += 1;
        // Who is met first chooses a language; that belongs to no figure.
        office.turn(citizen, 0, "hello").await?;
        office.turn(citizen, 1, "English").await?;
        for place in 2..2 + EACH {
            let Some(line) = messages.next() else {
                bail!("there is no message");
            };
            times.push(office.turn(citizen, place, &line.text).await?);
        }
    }
    times.sort_by(f64::total_cmp);
    let turns = times.len();
    office.ledger.close().await;
    let p99 = quantile(&times, 0.99);
    Ok(Figure {
        what: "a whole turn on SQLite, from the delivery's bytes until the reply is durable in the outbox, one after another",
        measured: format!(
            "p50 {:.1} ms, p99 {p99:.1} ms, slowest {:.1} ms, {turns} turns",
            quantile(&times, 0.5),
            quantile(&times, 1.0)
        ),
        at_least: "p99 10 ms",
        aim: "",
        yardstick: String::new(),
        holds: p99 < 10.0,
    })
}

impl Office {
    async fn open(data: &Path) -> anyhow::Result<Self> {
        let ambient = Ambient::real();
        // Nobody listens there, and nothing is sent.
        let address = "127.0.0.1:1".parse()?;
        let settings = Settings::demonstration(data.to_path_buf(), address, None);
        service::private_folder(data)?;
        let (clock, entropy) = (ambient.clock.clone(), ambient.entropy.clone());
        let keys = KeyStore::create(
            &service::key_file(&settings),
            "bench",
            &*entropy,
            true,
            clock.now(),
            "Bench",
        )?;
        let Store { ledger, keys } = Store::open_with(&settings, Access::Write, keys, &ambient).await?;
        let catalogue = Arc::new(Catalogue::embedded()?.clone());
        let views = Views::new(ledger.clone(), catalogue.clone());
        let verifier = Verifier::new(
            views.clone(),
            ledger.clone(),
            Arc::new(service::trust(&settings, &keys)),
            catalogue.clone(),
            clock.clone(),
            "verify.example".to_owned(),
        );
        let graph = GraphConfig {
            base_url: format!("http://{address}"),
            ..GraphConfig::new(DEMO_PHONE_ID, DEMO_TOKEN)
        };
        let setup = Setup {
            documents: Documents::open(&data.join("documents"), keys.vault(), entropy.clone())?,
            projector: Arc::new(Projector::start(&ledger)),
            assistant: Arc::new(Assistant::new(&catalogue)?),
            graph: Graph::try_new(graph)?,
            phone_number_id: DEMO_PHONE_ID.to_owned(),
            second_opinion: None,
            speech: None,
            verifier: Arc::new(verifier),
            demo: true,
            ledger: ledger.clone(),
            views,
            catalogue,
            clock,
            entropy,
        };
        let inbox = Inbox::new(ledger.clone());
        Ok(Self {
            _turns: Turns::start(setup, inbox.clone()),
            ledger,
            inbox,
        })
    }

    /// Seconds from the delivery to the reply.
    async fn turn(&self, citizen: u64, place: usize, words: &str) -> anyhow::Result<f64> {
        let (from, id) = (919_000_000_000 + citizen, format!("wamid.{citizen}.{place}"));
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "911140000000", "phone_number_id": DEMO_PHONE_ID},
            "contacts": [{"profile": {"name": "A"}, "wa_id": from.to_string()}],
            "messages": [{"from": from.to_string(), "id": id, "timestamp": "1795323000", "type": "text", "text": {"body": words}}],
        }}]}]})
        .to_string();
        let reply = format!("turn/{}/0", name_digest(&id));
        let start = Instant::now();
        self.inbox.store(body.as_bytes()).await?;
        // Asking for the row without a pause takes a core of its own, and no time from the figure.
        let queued = async {
            while self.ledger.row(OUTBOX, &reply).await?.is_none() {
                tokio::task::yield_now().await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, queued)
            .await
            .with_context(|| format!("no reply to message {place} of citizen {citizen}"))??;
        Ok(start.elapsed().as_secs_f64())
    }
}
