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
use domain::Language;
use harness::{Applicant, Settings, Simulator, Store, World, application_number, service};
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

// ---- voice notes ----

/// A recording that says these words to whoever knows how to listen.
fn recording(words: &str) -> Vec<u8> {
    let mut sound = b"OggS\0\x04".to_vec();
    sound.extend((42_u64 * 48_000).to_le_bytes());
    sound.extend(b"says:");
    sound.extend(words.as_bytes());
    sound
}

async fn pipeline(request: axum::extract::Request) -> Json<Value> {
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    assert_eq!(request.headers()["ulcaapikey"], "the-key");
    let config = |language: &str| json!({ "serviceId": language, "language": { "sourceLanguage": language } });
    Json(json!({
        "pipelineResponseConfig": [{ "taskType": "asr", "config": [config("hi"), config("en")] }],
        "pipelineInferenceAPIEndPoint": {
            "callbackUrl": format!("http://{host}/inference"),
            "inferenceApiKey": { "name": "Authorization", "value": "second-key" },
        },
    }))
}

async fn inference(Json(request): Json<Value>) -> Json<Value> {
    let sound = request
        .pointer("/inputData/audio/0/audioContent")
        .unwrap()
        .as_str()
        .unwrap();
    let sound = data_encoding::BASE64.decode(sound.as_bytes()).unwrap();
    let words = String::from_utf8_lossy(&sound)
        .split_once("says:")
        .unwrap()
        .1
        .to_owned();
    Json(json!({ "pipelineResponse": [{ "taskType": "asr", "output": [{ "source": words }] }] }))
}

async fn world_that_listens() -> Result<World> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/getModelsPipeline", post(pipeline))
        .route("/inference", post(inference));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let environment = [
        ("PRAMAN_SPEECH_URL", format!("http://{address}/getModelsPipeline")),
        ("PRAMAN_SPEECH_PIPELINE_ID", "p1".to_owned()),
        ("PRAMAN_SPEECH_USER_ID", "the-user".to_owned()),
        ("PRAMAN_SPEECH_API_KEY", "the-key".to_owned()),
    ];
    World::start(Settings {
        store: Store::Sqlite,
        simulator: Simulator::Inside,
        environment: environment.map(|(name, value)| (name.to_owned(), value)).into(),
    })
    .await
}

/// The notes on the page of a file: their words as far as there are any, and the sound of the first.
async fn notes(world: &World, number: &str) -> Result<(String, Vec<u8>)> {
    let mut officer = world.officer_who_is("Sub-Registrar (Births and Deaths)").await?;
    let page = officer.opens(&format!("/officer/files/{number}")).await?;
    let html = page.html();
    let section = html.split("id=\"voices\"").nth(1).unwrap_or_default();
    let section = section.split("</section>").next().unwrap_or_default().to_owned();
    let sound = officer.opens(&format!("/officer/files/{number}/voice/1")).await?;
    assert_eq!(sound.status, 200);
    assert_eq!(sound.headers["content-type"], "audio/ogg");
    assert!(sound.headers["content-disposition"].starts_with("attachment"));
    let bytes = sound.body.clone();
    let stranger = world
        .http()
        .get(format!("{}/officer/files/{number}/voice/1", world.base()))
        .send()
        .await?;
    assert!(
        !stranger.text().await?.contains("OggS"),
        "not for whoever is not signed in"
    );
    Ok((section, bytes))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_note_is_kept_for_the_officer_and_answered_kindly() -> Result<()> {
    let world = World::start(Settings::default()).await?;
    let told = async {
        let birth = service("birth_certificate")?;
        let mut mother = Applicant::new(world.citizen("919810000071", "Sunita"), Language::En);
        mother.greets().await?;
        mother.chooses(birth).await?;
        let sound = recording("nobody listens");
        let bubble = mother.citizen.uploads(sound.clone(), "voice", "audio/ogg").await?;
        assert!(bubble.text().contains("Your voice note is kept"), "{}", bubble.text());
        assert!(
            bubble.text().contains("name"),
            "the question comes again: {}",
            bubble.text()
        );
        mother.fills_in(birth).await?;
        let number = mother.submits().await?;
        let (section, bytes) = notes(&world, &number).await?;
        assert_eq!(bytes, sound);
        assert!(section.contains("0:42"), "{section}");
        assert!(!section.contains("blockquote"), "{section}");
        world.is_sound().await
    };
    told.await.with_context(|| world.last_words())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_note_in_words_is_heard_and_confirms_nothing() -> Result<()> {
    let world = world_that_listens().await?;
    let told = async {
        let birth = service("birth_certificate")?;
        let mut father = Applicant::new(world.citizen("919810000072", "Deepak"), Language::En);
        father.greets().await?;
        let phone = &mut father.citizen;
        let heard = phone
            .uploads(recording("birth certificate"), "voice", "audio/ogg")
            .await?;
        assert!(
            heard.text().contains("I heard: “birth certificate”"),
            "{}",
            heard.text()
        );
        // Nobody agrees to the notice by voice.
        let agreed = phone.uploads(recording("yes"), "voice", "audio/ogg").await?;
        assert!(
            agreed.text().contains("a voice note is not enough"),
            "{}",
            agreed.text()
        );
        phone.taps("I agree").await?;
        father.fills_in(birth).await?;
        for words in ["submit", "haan", "yes"] {
            let bubble = father.citizen.uploads(recording(words), "voice", "audio/ogg").await?;
            assert!(
                bubble.text().contains("a voice note is not enough"),
                "{words}: {}",
                bubble.text()
            );
            assert!(
                application_number(bubble.text()).is_none(),
                "{words}: {}",
                bubble.text()
            );
        }
        let number = father.submits().await?;
        let (section, _) = notes(&world, &number).await?;
        assert_eq!(section.matches("blockquote").count(), 2 * 5, "{section}");
        assert!(section.contains("birth certificate"), "{section}");
        // The same message once more is no second note.
        world.is_sound().await
    };
    told.await.with_context(|| world.last_words())
}
