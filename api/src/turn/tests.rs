use std::sync::Arc;

use certificates::Trust;
use domain::catalogue::Catalogue;
use jiff::Timestamp;
use keys::{KeyStore, SeededEntropy};
use ledger::{Expect, ManualClock, RowChange};
use serde_json::{Value, json};
use tempfile::TempDir;
use whatsapp::{
    graph::{Graph, GraphConfig},
    kept::{OUTBOX, name_digest},
};

use super::{
    inbox::{self, MESSAGE, batch},
    *,
};

const OURS: &str = "106540352242922";

/// Turns over a store in a folder of its own; nobody listens where they would send.
struct Home {
    setup: Setup,
    inbox: Inbox,
    _folder: TempDir,
}

impl Home {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(3));
        let now: Timestamp = "2026-11-22T05:00:00Z".parse().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(now));
        let keys = KeyStore::create(&path("keys"), "test", &*entropy, true, now, "Sample").unwrap();
        let ledger = Ledger::open_sqlite(&path("ledger"), keys.vault(), entropy.clone(), clock.clone())
            .await
            .unwrap();
        let catalogue = Arc::new(Catalogue::embedded().unwrap().clone());
        let views = Views::new(ledger.clone(), catalogue.clone());
        let verifier = Verifier::new(
            views.clone(),
            ledger.clone(),
            Arc::new(Trust::new(keys.directory().clone())),
            catalogue.clone(),
            clock.clone(),
            "verify.example".to_owned(),
        );
        let graph = GraphConfig {
            base_url: "http://127.0.0.1:1".to_owned(),
            ..GraphConfig::new(OURS, "token")
        };
        let setup = Setup {
            documents: Documents::open(&path("documents"), keys.vault(), entropy.clone()).unwrap(),
            projector: Arc::new(Projector::start(&ledger)),
            assistant: Arc::new(Assistant::new(&catalogue).unwrap()),
            graph: Graph::try_new(graph).unwrap(),
            phone_number_id: OURS.to_owned(),
            verifier: Arc::new(verifier),
            second_opinion: None,
            speech: None,
            demo: true,
            ledger,
            views,
            catalogue,
            clock,
            entropy,
        };
        Self {
            inbox: Inbox::new(setup.ledger.clone()),
            setup,
            _folder: folder,
        }
    }

    async fn receives(&self, mut value: Value) {
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": OURS});
        let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "messages", "value": value}]}]});
        self.inbox.store(body.to_string().as_bytes()).await.unwrap();
    }

    async fn says(&self, id: &str, words: &str) {
        self.receives(json!({
            "contacts": [{"profile": {"name": "A"}, "wa_id": "919810012345"}],
            "messages": [{"from": "919810012345", "id": id, "timestamp": "1795323000", "type": "text",
                "text": {"body": words}}],
        }))
        .await;
    }

    /// Puts something in a row that no program of ours wrote.
    async fn spoils(&self, space: &str, key: &str, terms: Vec<(String, String)>) {
        let change = RowChange::Put {
            space: space.to_owned(),
            key: key.to_owned(),
            body: br#"{"to":"Asha"}"#.to_vec(),
            terms,
            expect: Expect::Any,
        };
        let spoiling = batch(&format!("spoil {space} {key}"), vec![change]);
        self.setup.ledger.commit(spoiling).await.unwrap();
    }

    async fn waiting(&self, space: &str) -> u64 {
        let ledger = &self.setup.ledger;
        ledger.count(space, inbox::PENDING, "", "\u{10FFFF}").await.unwrap()
    }
}

#[tokio::test]
async fn a_status_of_an_unreadable_message_holds_up_no_delivery_after_it() {
    let home = Home::new().await;
    home.spoils(OUTBOX, "turn/one/0", vec![]).await;
    home.receives(
        json!({"statuses": [{"id": "wamid.OUT", "status": "delivered", "timestamp": "1795323000",
        "recipient_id": "919810012345", "biz_opaque_callback_data": "turn/one/0"}]}),
    )
    .await;
    home.says("wamid.IN", "hello").await;
    inbox::split(&home.setup).await.unwrap();
    assert_eq!(home.waiting("webhook").await, 0);
    let message = home.setup.ledger.row(MESSAGE, &name_digest("wamid.IN")).await.unwrap();
    assert!(message.is_some(), "the message after the status came in");
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_put_aside_and_the_next_one_answered() {
    let home = Home::new().await;
    let first = vec![(inbox::PENDING.to_owned(), "0".to_owned())];
    home.spoils(MESSAGE, "spoiled", first).await;
    home.says("wamid.IN", "hello").await;
    let turns = Turns::start(home.setup.clone(), home.inbox.clone());
    let answered = async {
        while home.setup.ledger.rows(OUTBOX, None, 1).await.unwrap().is_empty() || home.waiting(MESSAGE).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), answered)
        .await
        .unwrap();
    drop(turns);
    let spoiled = home.setup.ledger.row(MESSAGE, "spoiled").await.unwrap().unwrap();
    assert_eq!(
        spoiled.terms,
        [("aside".to_owned(), "spoiled".to_owned())],
        "it is kept"
    );
}

#[test]
fn what_cannot_be_read_is_not_quoted_in_the_log() {
    let reader = serde_json::from_str::<u64>(r#""Asha""#).unwrap_err();
    assert!(reader.to_string().contains("Asha"));
    let mut error: &dyn std::error::Error = &TurnError::Decode { what: "form", reader };
    let mut told = error.to_string();
    while let Some(cause) = error.source() {
        told.push_str(&cause.to_string());
        error = cause;
    }
    assert!(!told.contains("Asha"), "{told}");
}

/// A model that answers with another service each time, and how often it was asked.
async fn fickle_model(setup: &mut Setup) -> Arc<std::sync::atomic::AtomicUsize> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let answer = move |axum::Json(request): axum::Json<Value>| {
        let services = ["solvency_certificate", "trade_licence", "ration_card"];
        let service = services[counted.fetch_add(1, Ordering::SeqCst) % services.len()];
        let said: Value = serde_json::from_str(request["messages"][1]["content"].as_str().unwrap()).unwrap();
        let content = json!({ "intent": "apply", "service": service, "evidence": said["message"], "slots": [] });
        let message = json!({ "role": "assistant", "content": content.to_string() });
        std::future::ready(axum::Json(json!({ "choices": [{ "message": message }] })))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = engines::OpinionSettings {
        url: format!("http://{}", listener.local_addr().unwrap()),
        model: "fickle".to_owned(),
        api_key: None,
    };
    let router = axum::Router::new().route("/chat/completions", axum::routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let engine = engines::SecondOpinion::try_new(&settings, setup.assistant.clone()).unwrap();
    setup.second_opinion = Some(Arc::new(engine));
    asked
}

#[tokio::test]
async fn a_turn_that_is_made_again_hangs_on_no_other_opinion() {
    use std::sync::atomic::Ordering;
    let mut home = Home::new().await;
    let asked = fickle_model(&mut home.setup).await;
    let once = async |id: &str, words: &str| {
        home.says(id, words).await;
        inbox::split(&home.setup).await.unwrap();
        let row = inbox::pending(&home.setup.ledger, 1).await.unwrap().remove(0);
        let kept = inbox::kept(&row.body).unwrap();
        carry_out::turn(&home.setup, &row, &kept, &mut asked::Asked::default(), false)
            .await
            .unwrap();
        (row, kept)
    };
    once("wamid.1", "hello").await;
    once("wamid.2", "English").await;
    let mut in_doubt = 0;
    for (place, words) in [
        "kuch karna hai mujhe jaldi se kagaz wagera ka",
        "I need the thing for proving we live here",
        "kuch banwana hai beti ke liye",
    ]
    .into_iter()
    .enumerate()
    {
        let before = asked.load(Ordering::SeqCst);
        let (row, kept) = once(&format!("wamid.doubt{place}"), words).await;
        if asked.load(Ordering::SeqCst) == before {
            continue;
        }
        in_doubt += 1;
        let stored = async || {
            let ledger = &home.setup.ledger;
            let bodies = |rows: Vec<ledger::Row>| rows.into_iter().map(|row| (row.key, row.version, row.body));
            let said: Vec<_> = bodies(ledger.rows(OUTBOX, None, 100).await.unwrap()).collect();
            let conversations: Vec<_> = bodies(ledger.rows("conversation", None, 100).await.unwrap()).collect();
            (said, conversations, ledger.head().await.unwrap())
        };
        let first = stored().await;
        // As after a crash between the store's word and ours: the same row, and a model that says something else.
        let again = carry_out::turn(&home.setup, &row, &kept, &mut asked::Asked::default(), false).await;
        drop(again);
        assert_eq!(stored().await, first, "{words}");
    }
    assert!(in_doubt > 0, "the lines are vague");
}

#[tokio::test]
async fn a_turn_that_is_tried_again_asks_once() {
    use std::sync::atomic::Ordering;
    let mut home = Home::new().await;
    let asked = fickle_model(&mut home.setup).await;
    let doubt = assistant::conversation::Doubt {
        text: "kuch banwana hai".to_owned(),
        language: assistant::understand::DetectedLanguage::Hinglish,
        candidates: vec![],
    };
    let mut answers = asked::Asked::default();
    let first = answers.opinion(&home.setup, doubt.clone()).await;
    assert!(first.is_some());
    assert_eq!(answers.opinion(&home.setup, doubt.clone()).await, first);
    let other = assistant::conversation::Doubt {
        text: "kuch aur".to_owned(),
        ..doubt.clone()
    };
    assert_eq!(answers.opinion(&home.setup, other).await, None);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    home.setup.second_opinion = None;
    assert_eq!(asked::Asked::default().opinion(&home.setup, doubt).await, None);
}
