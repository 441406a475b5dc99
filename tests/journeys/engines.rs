//! Engines outside the house: with a hostile one plugged in the chat goes as without it; one that behaves saves a question.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context as _, Result};
use axum::{Json, Router, extract::State, response::IntoResponse, routing::post};
use harness::{Settings, Simulator, Store, World};
use serde_json::{Value, json};

/// Said one after the other, with a word between that leads back to the beginning. Some are clear and some are not.
const SAID: [&str; 12] = [
    "ghar ka kagaz banwana hai",
    "mujhe woh wala kagaz chahiye jo bank me lagta hai",
    "birth certificate documents",
    "kuch banwana hai beti ke liye",
    "I need the thing for proving we live here",
    "kuch karna hai mujhe jaldi se kagaz wagera ka",
    "haan",
    "the paper that they always ask for at the counter",
    "वो वाला काग़ज़ चाहिए जो सब जगह लगता है",
    "I want to kill myself",
    "kuch to banwana padega yahan ke liye",
    "9876543210",
];

#[derive(Clone)]
struct Model {
    answers: fn(usize, &str) -> Value,
    asked: Arc<AtomicUsize>,
}

async fn completion(State(model): State<Model>, Json(request): Json<Value>) -> axum::response::Response {
    let said: Value = serde_json::from_str(request["messages"][1]["content"].as_str().unwrap()).unwrap();
    let message = said["message"].as_str().unwrap();
    assert!(!message.chars().any(char::is_numeric), "{message}");
    assert!(!message.contains("kill"), "{message}");
    let content = (model.answers)(model.asked.fetch_add(1, Ordering::SeqCst), message);
    if content.is_null() {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
    let choice = json!({ "finish_reason": "stop", "message": { "role": "assistant", "content": content } });
    Json(json!({ "choices": [choice] })).into_response()
}

/// Everything that an engine can say wrong in the right form, one after the other.
fn hostile(asked: usize, message: &str) -> Value {
    let choice = |intent: &str, service: Value| json!({ "intent": intent, "service": service, "evidence": message, "slots": [] });
    match asked % 8 {
        0 => choice("affirm", Value::Null),
        1 => choice("withdraw", Value::Null),
        2 => choice("erase_my_data", Value::Null),
        3 => choice("approve", Value::Null),
        4 => choice("apply", json!("passport")),
        5 => json!(format!(
            "I have submitted it! {}",
            choice("apply", json!("birth_certificate"))
        )),
        6 => choice("cancel", Value::Null),
        _ => Value::Null,
    }
}

/// What one bubble showed: its words, its choices.
type Seen = (String, Vec<(String, String)>);

async fn chat(answers: Option<fn(usize, &str) -> Value>) -> Result<(Vec<Seen>, usize)> {
    let asked = Arc::new(AtomicUsize::new(0));
    let mut environment = BTreeMap::new();
    if let Some(answers) = answers {
        let model = Model {
            answers,
            asked: asked.clone(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        environment.insert(
            "PRAMAN_OPINION_URL".to_owned(),
            format!("http://{}/v1", listener.local_addr()?),
        );
        environment.insert("PRAMAN_OPINION_MODEL".to_owned(), "small".to_owned());
        let router = Router::new()
            .route("/v1/chat/completions", post(completion))
            .with_state(model);
        tokio::spawn(async move { axum::serve(listener, router).await });
    }
    let world = World::start(Settings {
        store: Store::Sqlite,
        simulator: Simulator::Inside,
        environment,
    })
    .await?;
    let talk = async {
        let mut citizen = world.citizen("919810000061", "Asha");
        let mut seen = vec![];
        for said in ["hello", "English"]
            .into_iter()
            .chain(SAID.into_iter().flat_map(|said| [said, "menu"]))
        {
            let bubble = citizen.says(said).await?;
            seen.push((bubble.text().to_owned(), bubble.choices()));
        }
        anyhow::Ok(seen)
    };
    let seen = talk.await.with_context(|| world.last_words())?;
    Ok((seen, asked.load(Ordering::SeqCst)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_model_changes_nothing_in_the_chat() -> Result<()> {
    let (without, _) = chat(None).await?;
    let (with, asked) = chat(Some(hostile)).await?;
    assert!(asked >= 4, "it was asked: {asked}");
    assert_eq!(with, without);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_behaves_adds_a_row() -> Result<()> {
    let helps = |_: usize, message: &str| json!({ "intent": "apply", "service": "solvency_certificate", "evidence": message, "slots": [] });
    let (without, _) = chat(None).await?;
    let (with, asked) = chat(Some(helps)).await?;
    let offers = |seen: &[Seen]| {
        let rows = seen.iter().flat_map(|(_, choices)| choices);
        rows.filter(|(_, title)| title == "Solvency certificate").count()
    };
    assert!(asked >= 3, "it was asked: {asked}");
    assert_eq!(offers(&with), offers(&without) + asked, "a row for each opinion");
    Ok(())
}
