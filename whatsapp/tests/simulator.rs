//! The simulator from outside: the Graph paths, the control interface and the page, called in process; and the whole
//! loop over real sockets: a phone writes, the webhook is checked and read, the answer comes back to the phone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use assistant::reply::{Choice, DocumentRef, Reply};
use assistant::said::Said;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::get;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tower::ServiceExt;
use whatsapp::Address;
use whatsapp::graph::{FetchError, Graph, GraphConfig, Scope, SendError};
use whatsapp::inbound::{self, Delivery, Kind, Meaning, StatusState};
use whatsapp::outbound::{self, Outgoing};
use whatsapp::outbox::{Class, Effect, Next, OutboxItem, Policy};
use whatsapp::signature::{AppSecrets, HandshakeQuery, SIGNATURE_HEADER, handshake};
use whatsapp::simulator::{Ladder, Retry, Simulator, SimulatorConfig};

const NUMBER: &str = "106540352242922";
const TOKEN: &str = "test-token";
const SECRET: &str = "test-secret";
const CITIZEN: &str = "919999900001";

fn start() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn config() -> SimulatorConfig {
    SimulatorConfig::new(NUMBER, TOKEN, SECRET, "verify", Arc::new(start))
}

struct Sim {
    simulator: Simulator,
    router: Router,
}

impl Sim {
    fn new(config: SimulatorConfig) -> Self {
        let simulator = Simulator::start(config).unwrap();
        Self {
            router: simulator.standalone(),
            simulator,
        }
    }

    async fn raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, body)
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path).header("host", "sim.test");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let (status, _, bytes) = self.raw(request.body(body).unwrap()).await;
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, &format!("/_sim/v1/{path}"), None, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn hello(&self) -> String {
        let body = json!({"from": CITIZEN, "profile_name": "\u{0906}\u{0936}\u{093e}",
            "message": {"type": "text", "text": {"body": "\u{0928}\u{092e}\u{0938}\u{094d}\u{0924}\u{0947} / Hi"}}});
        let answer = self.control("POST", "inbound", Some(body)).await;
        self.simulator.idle().await;
        answer["id"].as_str().unwrap().to_owned()
    }

    async fn say(&self, to: &str, text: &str) -> (u16, Value) {
        let body = json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": text},
            "biz_opaque_callback_data": "item-1"});
        let answer = self
            .call("POST", &format!("/v26.0/{NUMBER}/messages"), Some(TOKEN), Some(body))
            .await;
        self.simulator.idle().await;
        answer
    }

    async fn logged(&self) -> Vec<Value> {
        self.control("GET", "webhook-log", None).await["items"]
            .as_array()
            .unwrap()
            .clone()
    }
}

/// Name, file name and type of a file, bytes.
type Field<'a> = (&'a str, Option<(&'a str, &'a str)>, &'a [u8]);

fn form(fields: &[Field<'_>]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, file, bytes) in fields {
        body.extend_from_slice(b"--XX\r\nContent-Disposition: form-data; ");
        match file {
            Some((filename, kind)) => body.extend_from_slice(
                format!("name=\"{name}\"; filename=\"{filename}\"\r\nContent-Type: {kind}\r\n\r\n").as_bytes(),
            ),
            None => body.extend_from_slice(format!("name=\"{name}\"\r\n\r\n").as_bytes()),
        }
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    ("multipart/form-data; boundary=XX".to_owned(), body)
}

async fn post_form(sim: &Sim, path: &str, token: Option<&str>, fields: &[Field<'_>]) -> (u16, Value) {
    let (kind, body) = form(fields);
    let mut request = Request::post(path)
        .header("content-type", kind)
        .header("host", "sim.test");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (status, _, bytes) = sim.raw(request.body(Body::from(body)).unwrap()).await;
    (status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn code(answer: &(u16, Value)) -> i64 {
    answer.1["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("no error: {answer:?}"))
}

#[tokio::test]
async fn the_graph_api_is_found_under_every_path_and_only_with_the_token() {
    let sim = Sim::new(config());
    sim.hello().await;
    let body = json!({"messaging_product": "whatsapp", "to": CITIZEN, "type": "text", "text": {"body": "a"}});
    for prefix in ["", "/simulator"] {
        for version in ["", "/v26.0"] {
            let path = format!("{prefix}{version}/{NUMBER}/messages");
            let (status, answer) = sim.call("POST", &path, Some(TOKEN), Some(body.clone())).await;
            assert_eq!(status, 200, "{path}: {answer}");
            assert!(answer["messages"][0]["id"].as_str().unwrap().starts_with("wamid."));
            assert_eq!(answer["contacts"][0], json!({"input": CITIZEN, "wa_id": CITIZEN}));
            for token in [None, Some("other")] {
                let refused = sim.call("POST", &path, token, Some(body.clone())).await;
                assert_eq!((refused.0, code(&refused)), (401, 190));
                assert!(refused.1["error"]["fbtrace_id"].is_string());
            }
        }
    }
    let other = sim.call("POST", "/v26.0/999/messages", Some(TOKEN), Some(body)).await;
    assert_eq!(
        (other.0, code(&other), &other.1["error"]["error_subcode"]),
        (400, 100, &json!(33))
    );
    let nothing = sim.call("POST", "/v26.0/a/b/c", Some(TOKEN), None).await;
    assert_eq!(code(&nothing), 2500);
    let (status, number) = sim.call("GET", &format!("/v26.0/{NUMBER}"), Some(TOKEN), None).await;
    assert_eq!((status, &number["id"]), (200, &json!(NUMBER)));
}

#[tokio::test]
async fn refusals_over_http_are_metas() {
    let sim = Sim::new(config());
    sim.hello().await;
    let path = format!("/v26.0/{NUMBER}/messages");
    let base = json!({"messaging_product": "whatsapp", "to": CITIZEN, "type": "text", "text": {"body": "a"}});
    let changed = |change: fn(&mut Value)| {
        let mut body = base.clone();
        change(&mut body);
        body
    };
    for (body, expected) in [
        (
            changed(|b| {
                b["messaging_product"] = json!("x");
            }),
            100,
        ),
        (
            changed(|b| {
                b["to"] = json!("");
            }),
            100,
        ),
        (
            changed(|b| {
                b["to"] = json!("abc");
            }),
            131_009,
        ),
        (
            changed(|b| {
                b["to"] = json!("911140000000");
            }),
            131_021,
        ),
        (
            changed(|b| {
                b["text"]["body"] = json!("x".repeat(4097));
            }),
            100,
        ),
        (
            changed(|b| {
                b["type"] = json!("template");
                b["template"] = json!({"name": "x"});
            }),
            132_001,
        ),
    ] {
        let answer = sim.call("POST", &path, Some(TOKEN), Some(body.clone())).await;
        assert_eq!(code(&answer), expected, "{body}");
    }
    assert_eq!(
        sim.control("GET", "outbox", None).await["items"],
        json!([]),
        "what is refused is not sent"
    );
}

#[tokio::test]
async fn webhooks_are_signed_over_ascii_and_read_by_our_reader() {
    let sim = Sim::new(config());
    let id = sim.hello().await;
    let log = sim.logged().await;
    assert_eq!(log.len(), 1);
    let body = log[0]["body"].as_str().unwrap();
    assert!(body.is_ascii());
    assert!(body.contains(r"\u0928\u092e\u0938\u094d\u0924\u0947 \/ Hi"), "{body}");
    let delivery = inbound::parse(body.as_bytes(), NUMBER, start()).unwrap();
    let message = &delivery.messages[0];
    assert_eq!(message.id, id);
    assert_eq!(message.from.phone.as_deref(), Some(CITIZEN));
    assert!(message.from.user_id.as_deref().unwrap().starts_with("IN."));
    assert_eq!(message.profile_name.as_deref(), Some("\u{0906}\u{0936}\u{093e}"));
    assert_eq!(message.at, start());

    let hidden = json!({"from": "919999900077", "hide_phone": true, "username": "asha.k",
        "message": {"type": "text", "text": {"body": "hi"}}});
    sim.control("POST", "inbound", Some(hidden)).await;
    sim.simulator.idle().await;
    let log = sim.logged().await;
    let body = log[1]["body"].as_str().unwrap();
    assert!(!body.contains("919999900077"), "{body}");
    let delivery = inbound::parse(body.as_bytes(), NUMBER, start()).unwrap();
    let from = delivery.messages[0].from.clone();
    assert_eq!(
        (from.phone.as_deref(), delivery.messages[0].username.as_deref()),
        (None, Some("asha.k"))
    );

    let to_hidden =
        json!({"messaging_product": "whatsapp", "recipient": from.user_id, "type": "text", "text": {"body": "a"}});
    let (status, answer) = sim
        .call("POST", &format!("/{NUMBER}/messages"), Some(TOKEN), Some(to_hidden))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"][0]["user_id"], json!(from.user_id));
    let items = sim
        .control("GET", &format!("outbox?to={}", from.user_id.unwrap()), None)
        .await;
    assert_eq!(items["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn statuses_climb_carry_our_id_and_reading_comes_with_the_next_message() {
    let sim = Sim::new(config());
    sim.hello().await;
    let (_, answer) = sim.say(CITIZEN, "welcome").await;
    let id = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    sim.hello().await;
    let mut seen = Vec::new();
    for item in sim.logged().await {
        let delivery = inbound::parse(item["body"].as_str().unwrap().as_bytes(), NUMBER, start()).unwrap();
        for status in delivery.statuses {
            assert_eq!(status.id, id);
            assert_eq!(status.callback.as_deref(), Some("item-1"));
            seen.push(status.state);
        }
    }
    assert_eq!(seen, [StatusState::Sent, StatusState::Delivered, StatusState::Read]);

    let items = sim.control("GET", &format!("outbox?to=%2B{CITIZEN}"), None).await;
    let item = &items["items"][0];
    assert_eq!(
        (&item["id"], &item["to"], &item["status"]),
        (&json!(id), &json!(CITIZEN), &json!("read"))
    );
    assert_eq!(item["payload"]["text"]["body"], "welcome");
    let after = sim.control("GET", &format!("outbox?after={}", item["seq"]), None).await;
    assert_eq!(after["items"], json!([]));
    let nobody = sim.control("GET", "outbox?to=911111111111", None).await;
    assert_eq!(nobody["items"], json!([]));

    sim.control(
        "POST",
        "status",
        Some(json!({"id": id, "status": "failed", "error": 131_026})),
    )
    .await;
    sim.simulator.idle().await;
    let last = sim.logged().await.pop().unwrap();
    let delivery = inbound::parse(last["body"].as_str().unwrap().as_bytes(), NUMBER, start()).unwrap();
    assert_eq!(delivery.statuses[0].errors[0].code, 131_026);
    let (status, _) = sim
        .call(
            "POST",
            "/_sim/v1/status",
            None,
            Some(json!({"id": "wamid.none", "status": "read"})),
        )
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_window_closes_after_a_day_and_a_stranger_has_none() {
    let sim = Sim::new(config());
    sim.hello().await;
    let (status, _) = sim.say("919999900055", "unasked").await;
    assert_eq!(status, 200, "Meta says yes first");
    sim.control("POST", "clock", Some(json!({"advance_seconds": 86_399})))
        .await;
    sim.say(CITIZEN, "in time").await;
    sim.control("POST", "clock", Some(json!({"advance_seconds": 1}))).await;
    sim.say(CITIZEN, "too late").await;
    let items = sim.control("GET", "outbox", None).await;
    let states: Vec<_> = items["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["failed", "delivered", "failed"]);
    let last = sim.logged().await.pop().unwrap();
    assert!(last["body"].as_str().unwrap().contains("131047"));
    sim.hello().await;
    sim.say(CITIZEN, "again").await;
    let items = sim.control("GET", "outbox", None).await;
    assert_eq!(items["items"][3]["status"], "delivered");
}

#[tokio::test]
async fn a_burst_to_one_person_meets_the_pair_limit_and_time_heals_it() {
    let sim = Sim::new(config());
    sim.hello().await;
    for n in 0..45 {
        assert_eq!(sim.say(CITIZEN, "a").await.0, 200, "message {n}");
    }
    assert_eq!(code(&sim.say(CITIZEN, "a").await), 131_056);
    assert_eq!(sim.say("919999900002", "a").await.0, 200, "others are not held back");
    sim.control("POST", "clock", Some(json!({"advance_seconds": 6}))).await;
    assert_eq!(sim.say(CITIZEN, "a").await.0, 200);
    assert_eq!(code(&sim.say(CITIZEN, "a").await), 131_056);
    let free = Sim::new(SimulatorConfig {
        pair_limit: None,
        ..config()
    });
    for _ in 0..60 {
        assert_eq!(free.say(CITIZEN, "a").await.0, 200);
    }
}

#[tokio::test]
async fn media_lives_behind_the_token_for_five_minutes() {
    let sim = Sim::new(config());
    let pdf = b"%PDF-1.7 test";
    let hex = HEXLOWER.encode(&Sha256::digest(pdf));
    let path = format!("/v26.0/{NUMBER}/media");
    let fields = |kind: &'static str| {
        [
            ("messaging_product", None, &b"whatsapp"[..]),
            ("type", None, kind.as_bytes()),
            ("file", Some(("a.pdf", kind)), &pdf[..]),
        ]
    };
    let (status, answer) = post_form(&sim, &path, Some(TOKEN), &fields("application/pdf")).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].as_str().unwrap().to_owned();
    assert_eq!(post_form(&sim, &path, None, &fields("application/pdf")).await.0, 401);
    assert_eq!(
        code(&post_form(&sim, &path, Some(TOKEN), &fields("application/zip")).await),
        100
    );
    assert_eq!(
        code(&post_form(&sim, &path, Some(TOKEN), &fields("application/pdf")[1..]).await),
        100
    );

    let (_, info) = sim
        .call(
            "GET",
            &format!("/v26.0/{id}?phone_number_id={NUMBER}"),
            Some(TOKEN),
            None,
        )
        .await;
    assert_eq!(
        (&info["sha256"], &info["file_size"], &info["mime_type"]),
        (&json!(hex), &json!(13), &json!("application/pdf"))
    );
    let url = info["url"].as_str().unwrap();
    assert!(url.starts_with("http://sim.test/simulator/_media/"), "{url}");
    let path = url.strip_prefix("http://sim.test").unwrap();
    let fetch = |token: Option<&str>, path: &str| {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(&sim.raw(fetch(Some(TOKEN), path)).await.2[..], pdf);
    assert_eq!(sim.raw(fetch(None, path)).await.0, 401);
    assert_eq!(
        sim.raw(fetch(Some(TOKEN), &path.replace("hash=", "hash=0"))).await.0,
        404
    );
    sim.control("POST", "clock", Some(json!({"advance_seconds": 300})))
        .await;
    assert_eq!(
        sim.raw(fetch(Some(TOKEN), path)).await.0,
        404,
        "out of date after five minutes"
    );

    let gone = sim.call("DELETE", &format!("/v26.0/{id}"), Some(TOKEN), None).await;
    assert_eq!(gone, (200, json!({"success": true})));
    assert_eq!(
        code(&sim.call("GET", &format!("/v26.0/{id}"), Some(TOKEN), None).await),
        100
    );
    assert_eq!(
        code(&sim.call("DELETE", &format!("/v26.0/{id}"), Some(TOKEN), None).await),
        100
    );
}

#[tokio::test]
async fn a_photo_of_a_person_comes_with_both_forms_of_its_digest() {
    let sim = Sim::new(config());
    let jpeg = b"\xff\xd8\xff\xe0 not much of a photo";
    let (_, answer) = post_form(
        &sim,
        "/_sim/v1/media",
        None,
        &[("file", Some(("a.jpg", "image/jpeg")), jpeg)],
    )
    .await;
    let hex = HEXLOWER.encode(&Sha256::digest(jpeg));
    assert_eq!(answer["sha256"], json!(hex));
    let message = json!({"type": "image", "image": {"id": answer["id"], "caption": "bill"}});
    sim.control("POST", "inbound", Some(json!({"from": CITIZEN, "message": message})))
        .await;
    sim.simulator.idle().await;
    let log = sim.logged().await;
    let body: Value = serde_json::from_str(log[0]["body"].as_str().unwrap()).unwrap();
    let image = &body["entry"][0]["changes"][0]["value"]["messages"][0]["image"];
    assert_eq!(image["sha256"], json!(BASE64.encode(&Sha256::digest(jpeg))));
    assert_eq!(image["mime_type"], "image/jpeg");
    let delivery = inbound::parse(log[0]["body"].as_str().unwrap().as_bytes(), NUMBER, start()).unwrap();
    let Kind::Media(media) = &delivery.messages[0].kind else {
        panic!()
    };
    assert_eq!(media.digest.as_deref(), Some(hex.as_str()));
    let (status, _) = post_form(&sim, "/_sim/v1/media", None, &[("other", None, b"x")]).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn read_receipts_need_a_received_message_and_cost_nothing() {
    let sim = Sim::new(config());
    let id = sim.hello().await;
    let path = format!("/v26.0/{NUMBER}/messages");
    let receipt = outbound::read_receipt(&id, true);
    assert_eq!(
        sim.call("POST", &path, Some(TOKEN), Some(receipt)).await,
        (200, json!({"success": true}))
    );
    let (_, _, page) = sim
        .raw(Request::get("/simulator?lang=en").body(Body::empty()).unwrap())
        .await;
    assert!(String::from_utf8_lossy(&page).contains("The office is writing"));
    let foreign = outbound::read_receipt("wamid.none", false);
    assert_eq!(
        code(&sim.call("POST", &path, Some(TOKEN), Some(foreign)).await),
        131_009
    );
    assert_eq!(sim.control("GET", "outbox", None).await["items"], json!([]));
}

#[tokio::test]
async fn reset_forgets_and_the_same_message_may_come_twice() {
    let sim = Sim::new(config());
    let again = json!({"from": CITIZEN, "id": "wamid.SAME", "message": {"type": "text", "text": {"body": "x"}}});
    for _ in 0..2 {
        assert_eq!(
            sim.control("POST", "inbound", Some(again.clone())).await,
            json!({"id": "wamid.SAME"})
        );
    }
    sim.simulator.idle().await;
    let log = sim.logged().await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[0]["body"], log[1]["body"], "the same message is the same webhook");
    sim.control("POST", "reset", None).await;
    assert!(sim.logged().await.is_empty());
    for (path, body) in [
        ("inbound", json!({"from": "abc", "message": {}})),
        ("inbound", json!({"message": {}})),
        ("inbound", json!({"from": CITIZEN, "message": 3})),
        ("clock", json!({"advance_seconds": -1})),
        ("fault", json!({"match": "media", "mode": "duplicate"})),
    ] {
        let (status, _) = sim
            .call("POST", &format!("/_sim/v1/{path}"), None, Some(body.clone()))
            .await;
        assert_eq!(status, 400, "{path} {body}");
    }
}

#[tokio::test]
async fn the_same_seed_and_time_give_the_same_ids() {
    let run = async |seed| {
        let sim = Sim::new(SimulatorConfig { seed, ..config() });
        let inbound = sim.hello().await;
        let (_, answer) = sim.say(CITIZEN, "a").await;
        (inbound, answer["messages"][0]["id"].clone())
    };
    assert_eq!(run(7).await, run(7).await);
    assert_ne!(run(7).await, run(8).await);
}

// ---- over real sockets ----

/// A business: checks, reads and answers, as the server does.
#[derive(Clone)]
struct Business {
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    count: watch::Sender<usize>,
    refuse_next: Arc<Mutex<u32>>,
    handshakes: Arc<Mutex<u32>>,
}

impl Business {
    async fn at_least(&self, count: usize) -> Vec<Delivery> {
        let mut seen = self.count.subscribe();
        tokio::time::timeout(Duration::from_secs(20), seen.wait_for(|seen| *seen >= count))
            .await
            .expect("the webhook did not come")
            .unwrap();
        self.deliveries.lock().unwrap().clone()
    }
}

async fn receive(State(business): State<Business>, headers: HeaderMap, body: Bytes) -> StatusCode {
    {
        let mut refuse = business.refuse_next.lock().unwrap();
        if *refuse > 0 {
            *refuse -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    let secrets = AppSecrets::try_new([SECRET]).unwrap();
    let header = headers.get(SIGNATURE_HEADER).map(|value| value.as_bytes());
    if secrets.verify(header, &body).is_err() {
        return StatusCode::FORBIDDEN;
    }
    let delivery = inbound::parse(&body, NUMBER, start()).unwrap();
    business.deliveries.lock().unwrap().push(delivery);
    business.count.send_modify(|count| *count += 1);
    StatusCode::OK
}

async fn greet(State(business): State<Business>, Query(query): Query<HandshakeQuery>) -> Result<String, StatusCode> {
    *business.handshakes.lock().unwrap() += 1;
    handshake(&query, "verify").map_err(|_| StatusCode::FORBIDDEN)
}

struct Loop {
    sim: Sim,
    business: Business,
    graph: Graph,
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn connect(change: impl FnOnce(&mut SimulatorConfig)) -> Loop {
    let business = Business {
        deliveries: Arc::default(),
        count: watch::Sender::new(0),
        refuse_next: Arc::default(),
        handshakes: Arc::default(),
    };
    let webhook = serve(
        Router::new()
            .route("/webhooks/whatsapp", get(greet).post(receive))
            .with_state(business.clone()),
    )
    .await;
    let mut config = config();
    config.webhook_url = Some(format!("{webhook}/webhooks/whatsapp"));
    // Long gaps: what ends them in these tests is the virtual clock.
    config.retry = Retry {
        first: Duration::from_secs(3600),
        max: Duration::from_secs(7200),
        timeout: Duration::from_secs(5),
    };
    change(&mut config);
    let sim = Sim::new(config);
    let base = serve(sim.simulator.router()).await;
    let graph = Graph::try_new(GraphConfig {
        base_url: format!("{base}/simulator"),
        ..GraphConfig::new(NUMBER, TOKEN)
    })
    .unwrap();
    Loop { sim, business, graph }
}

fn citizen() -> Address {
    Address::parse(CITIZEN).unwrap()
}

fn text(body: &str) -> Reply {
    Reply::Text { body: body.into() }
}

fn payload(reply: &Reply, callback: &str, media_id: Option<&str>) -> Value {
    let to = citizen();
    outbound::payload(&Outgoing {
        to: &to,
        reply,
        reply_to: None,
        media_id,
        callback: Some(callback),
    })
    .unwrap()
}

#[tokio::test]
async fn a_whole_turn_over_sockets() {
    let Loop { sim, business, graph } = connect(|_| {}).await;
    let id = sim.hello().await;
    let delivery = business.at_least(1).await.remove(0);
    assert_eq!(*business.handshakes.lock().unwrap(), 1);
    let message = &delivery.messages[0];
    assert_eq!(message.id, id);
    assert!(matches!(message.kind.meaning(), Meaning::Said(Said::Text(_))));
    graph.mark_read(&message.id, true).await.unwrap();

    let reply = Reply::Buttons {
        body: "\u{092d}\u{093e}\u{0937}\u{093e} / Language".into(),
        choices: vec![
            Choice {
                id: "t1.1".into(),
                title: "\u{0939}\u{093f}\u{0928}\u{094d}\u{0926}\u{0940}".into(),
                description: None,
            },
            Choice {
                id: "t1.2".into(),
                title: "English".into(),
                description: None,
            },
        ],
    };
    let accepted = graph.send(&payload(&reply, "item-9", None)).await.unwrap();
    assert_eq!(accepted.recipient.as_ref().unwrap().phone.as_deref(), Some(CITIZEN));
    let statuses = business.at_least(3).await;
    assert_eq!(statuses[1].statuses[0].id, accepted.wamid);
    assert_eq!(statuses[2].statuses[0].callback.as_deref(), Some("item-9"));

    // The citizen taps on the page.
    let items = sim.control("GET", "outbox", None).await;
    let seq = items["items"][0]["seq"].as_u64().unwrap();
    let tap = |choice: &str| {
        Request::post("/simulator/tap")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("who=citizen&lang=hi&message={seq}&choice={choice}")))
            .unwrap()
    };
    let (status, headers, _) = sim.raw(tap("t1.1")).await;
    assert_eq!(
        (status, headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/simulator?lang=hi#citizen-end")
    );
    assert_eq!(
        sim.raw(tap("t1.3")).await.0,
        StatusCode::BAD_REQUEST,
        "a choice that was not offered"
    );
    let deliveries = business.at_least(5).await;
    let tapped = deliveries
        .iter()
        .flat_map(|delivery| &delivery.messages)
        .next_back()
        .unwrap();
    assert_eq!(
        tapped.kind.meaning(),
        Meaning::Said(Said::Chose {
            id: "t1.1".into(),
            title: "\u{0939}\u{093f}\u{0928}\u{094d}\u{0926}\u{0940}".into()
        })
    );
    assert_eq!(
        tapped.context.as_ref().unwrap().id.as_deref(),
        Some(accepted.wamid.as_str())
    );
}

#[tokio::test]
async fn a_document_goes_out_and_comes_back_from_the_other_phone() {
    let Loop { sim, business, graph } = connect(|_| {}).await;
    sim.hello().await;
    let pdf = b"%PDF-1.7 a certificate".to_vec();
    let digest = HEXLOWER.encode(&Sha256::digest(&pdf));
    let media_id = graph
        .upload(pdf.clone(), "income.pdf", "application/pdf")
        .await
        .unwrap();
    let reply = Reply::Document {
        caption: "Ready".into(),
        document: DocumentRef {
            digest: digest.clone(),
            filename: "income.pdf".into(),
            media_type: "application/pdf".into(),
        },
    };
    graph.send(&payload(&reply, "item-1", Some(&media_id))).await.unwrap();
    graph.delete(&media_id).await.unwrap();
    let post = |path: &str, body: String| {
        Request::post(format!("/simulator/{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    let seq = sim.control("GET", "outbox", None).await["items"][0]["seq"].clone();
    let (status, headers, _) = sim
        .raw(post("pass-on", format!("who=citizen&lang=en&message={seq}")))
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers["location"], "/simulator?lang=en#verifier-end");
    let (_, _, page) = sim
        .raw(Request::get("/simulator?lang=en").body(Body::empty()).unwrap())
        .await;
    let page = String::from_utf8(page.to_vec()).unwrap();
    let peer = page
        .split("class=\"bubble peer\" id=\"m")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    assert!(page.contains("From the citizen’s phone"));
    // The phones keep what the business deleted.
    let (status, headers, bytes) = sim
        .raw(
            Request::get(format!("/simulator/file/{media_id}"))
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!((status, &bytes[..]), (StatusCode::OK, &pdf[..]));
    assert_eq!(headers["content-disposition"], "attachment; filename=\"income.pdf\"");

    let before = business.deliveries.lock().unwrap().len();
    sim.raw(post("to-office", format!("who=verifier&lang=en&message={peer}")))
        .await;
    let deliveries = business.at_least(before + 1).await;
    let message = deliveries
        .iter()
        .flat_map(|delivery| &delivery.messages)
        .next_back()
        .unwrap();
    let Meaning::Fetch(media) = message.kind.meaning() else {
        panic!("{message:?}")
    };
    assert_eq!(media.filename.as_deref(), Some("income.pdf"));
    assert_eq!(media.digest.as_deref(), Some(digest.as_str()));
    let (info, fetched) = graph.fetch(&media.id, media.digest.as_deref()).await.unwrap();
    assert_eq!((fetched, info.bytes), (pdf, Some(22)));
    assert!(matches!(
        graph.fetch(&media.id, Some("00")).await,
        Err(FetchError::DigestMismatch)
    ));
    assert!(matches!(graph.fetch("1234567890", None).await, Err(FetchError::Gone)));
}

#[tokio::test]
async fn only_listed_hosts_are_asked_for_files_and_only_so_many_bytes() {
    let Loop { sim, graph, .. } =
        connect(|config| config.public_url = Some("http://127.0.0.1:1/simulator".into())).await;
    let (_, answer) = post_form(
        &sim,
        "/_sim/v1/media",
        None,
        &[("file", Some(("a.pdf", "application/pdf")), b"%PDF-")],
    )
    .await;
    let id = answer["id"].as_str().unwrap();
    assert!(
        matches!(graph.fetch(id, None).await, Err(FetchError::HostNotAllowed)),
        "another port is another host"
    );

    let Loop { sim, .. } = connect(|_| {}).await;
    let base = serve(sim.simulator.router()).await;
    let small = Graph::try_new(GraphConfig {
        base_url: format!("{base}/simulator"),
        media_bytes_max: 4,
        ..GraphConfig::new(NUMBER, TOKEN)
    })
    .unwrap();
    let (_, answer) = post_form(
        &sim,
        "/_sim/v1/media",
        None,
        &[("file", Some(("a.pdf", "application/pdf")), b"%PDF-")],
    )
    .await;
    let id = answer["id"].as_str().unwrap();
    assert!(matches!(
        small.fetch(id, None).await,
        Err(FetchError::TooLarge { max: 4 })
    ));
    let mut info = small.look_up(id).await.unwrap();
    info.bytes = None;
    assert!(
        matches!(small.download(&info).await, Err(FetchError::TooLarge { max: 4 })),
        "whatever was announced"
    );
    assert!(
        Graph::try_new(GraphConfig {
            base_url: "ftp://x".into(),
            ..GraphConfig::new(NUMBER, TOKEN)
        })
        .is_err()
    );
}

#[tokio::test]
async fn webhooks_are_repeated_until_they_are_taken_and_faults_do_what_they_say() {
    let Loop { sim, business, .. } = connect(|_| {}).await;
    *business.refuse_next.lock().unwrap() = 2;
    let id = sim.hello().await;
    assert_eq!(business.deliveries.lock().unwrap().len(), 0);
    // Each skip of the clock ends the gap; the log tells when an attempt was made.
    let mut attempts = 1;
    while attempts < 3 {
        sim.control("POST", "clock", Some(json!({"advance_seconds": 3600})))
            .await;
        attempts = sim.logged().await.len();
        tokio::task::yield_now().await;
    }
    let delivered = business.at_least(1).await;
    assert_eq!(delivered[0].messages[0].id, id);
    let log = sim.logged().await;
    let codes: Vec<_> = log.iter().map(|item| item["http"].as_u64().unwrap()).collect();
    assert_eq!(codes, [503, 503, 200]);
    let counts: Vec<_> = log.iter().map(|item| item["attempt"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 2, 3]);

    sim.control(
        "POST",
        "fault",
        Some(json!({"match": "webhook", "mode": "duplicate", "n": 3, "times": 1})),
    )
    .await;
    let id = sim.hello().await;
    let twice = business.at_least(4).await;
    assert!(twice[1..4].iter().all(|delivery| delivery.messages[0].id == id));

    sim.control(
        "POST",
        "fault",
        Some(json!({"match": "webhook", "mode": "reorder", "times": 1})),
    )
    .await;
    let first = sim.hello().await;
    let second = sim.hello().await;
    let swapped = business.at_least(6).await;
    let ids: Vec<_> = swapped[4..6]
        .iter()
        .map(|delivery| delivery.messages[0].id.clone())
        .collect();
    assert_eq!(ids, [second, first]);

    sim.control(
        "POST",
        "fault",
        Some(json!({"match": "webhook", "mode": "delay", "seconds": 5000, "times": 1})),
    )
    .await;
    sim.hello().await;
    assert_eq!(business.deliveries.lock().unwrap().len(), 6);
    sim.control("POST", "clock", Some(json!({"advance_seconds": 1}))).await;
    business.at_least(7).await;

    sim.control(
        "POST",
        "fault",
        Some(json!({"match": "webhook", "mode": "drop", "times": 1})),
    )
    .await;
    sim.hello().await;
    assert_eq!(business.deliveries.lock().unwrap().len(), 7);
    assert_eq!(sim.control("GET", "fault", None).await, json!({"armed": []}));
}

#[tokio::test]
async fn graph_faults_become_typed_errors_and_the_outbox_lives_with_them() {
    let Loop { sim, business, graph } = connect(|config| config.ladder = Ladder::ReadAtOnce).await;
    sim.hello().await;
    let policy = Policy::default();
    let arm = |body: Value| sim.control("POST", "fault", Some(body));
    for (fault, expected) in [
        (
            json!({"match": "messages", "times": 1, "http": 500, "code": 131_000}),
            SendError::Transient { code: Some(131_000) },
        ),
        (
            json!({"match": "messages", "times": 1, "http": 401, "code": 190}),
            SendError::Stop { code: 190 },
        ),
        (
            json!({"match": "messages", "times": 1, "http": 429, "code": 130_429}),
            SendError::Throttled {
                code: 130_429,
                scope: Scope::Number,
            },
        ),
        (
            json!({"match": "messages", "times": 1, "code": 131_056}),
            SendError::Throttled {
                code: 131_056,
                scope: Scope::Person,
            },
        ),
        (
            json!({"match": "messages", "times": 1, "code": 131_047}),
            SendError::Window,
        ),
        (
            json!({"match": "messages", "times": 1, "code": 131_009}),
            SendError::Permanent { code: 131_009 },
        ),
    ] {
        arm(fault).await;
        assert_eq!(graph.send(&payload(&text("a"), "x", None)).await, Err(expected));
    }
    assert_eq!(sim.control("GET", "outbox", None).await["items"], json!([]));

    // The message goes out and the answer is lost: a status that carries our id settles it.
    arm(json!({"match": "messages", "mode": "lose_answer", "times": 1})).await;
    let now = sim.simulator.now();
    let item = OutboxItem::new("item-7".into(), citizen(), text("a"), Class::Reply, now);
    let item = item.begin(now, &policy).unwrap();
    let error = graph.send(&payload(&item.reply, &item.id, None)).await.unwrap_err();
    assert_eq!(error, SendError::Unknown);
    let step = item.refused(&error, now, &policy);
    assert_eq!(step.effect, Effect::None);
    assert!(matches!(step.item.next(now, &policy), Next::Wait { .. }));
    let deliveries = business.at_least(3).await;
    let statuses: Vec<_> = deliveries.iter().flat_map(|delivery| &delivery.statuses).collect();
    assert_eq!(
        statuses.iter().map(|status| status.state).collect::<Vec<_>>(),
        [StatusState::Sent, StatusState::Read]
    );
    let settled = statuses
        .iter()
        .fold(step.item, |item, status| item.status(status, now, &policy).item);
    assert_eq!(settled.next(now, &policy), Next::Settled);
    assert_eq!(
        sim.control("GET", "outbox", None).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "it went out once"
    );

    let nobody = Graph::try_new(GraphConfig {
        base_url: "http://127.0.0.1:1".into(),
        ..GraphConfig::new(NUMBER, TOKEN)
    })
    .unwrap();
    assert_eq!(
        nobody.send(&json!({})).await,
        Err(SendError::Transient { code: None }),
        "nothing left this machine"
    );
    let wrong = GraphConfig {
        access_token: "wrong".into(),
        base_url: serve(sim.simulator.standalone()).await,
        ..GraphConfig::new(NUMBER, TOKEN)
    };
    assert_eq!(
        Graph::try_new(wrong).unwrap().send(&json!({})).await,
        Err(SendError::Stop { code: 190 })
    );
}

// ---- the page ----

async fn page(sim: &Sim, path: &str) -> (HeaderMap, String) {
    let (status, headers, body) = sim.raw(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{path}");
    (headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_page_needs_no_script_and_obeys_a_strict_policy() {
    let sim = Sim::new(config());
    for (path, lang, title) in [
        ("/simulator?lang=en", "<html lang=\"en-IN\">", "<h1>Chat simulator</h1>"),
        ("/simulator?lang=hi", "<html lang=\"hi\">", "<h1>चैट सिम्युलेटर</h1>"),
        ("/simulator/?lang=hi", "<html lang=\"hi\">", "<h1>चैट सिम्युलेटर</h1>"),
        ("/?lang=en", "<html lang=\"en-IN\">", "<h1>Chat simulator</h1>"),
        ("/simulator", "<html lang=\"en-IN\">", "<h1>Chat simulator</h1>"),
    ] {
        let (headers, html) = page(&sim, path).await;
        assert!(html.contains(lang) && html.contains(title), "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(
            !html.contains("style=") && !html.contains("<style"),
            "{path}: nothing inline"
        );
        assert!(!html.contains(" onclick") && !html.contains(" onload") && !html.contains("javascript:"));
        assert_eq!(html.matches("<h1").count(), 1);
        assert_eq!(html.matches("<script").count(), 1);
        assert!(
            !html.contains("http://") && !html.contains("https://"),
            "{path}: nothing from outside"
        );
    }
    let say = Request::post("/simulator/say")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(
            "who=citizen&lang=hi&text=%3Cb%3E%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87%3C%2Fb%3E",
        ))
        .unwrap();
    let (status, headers, _) = sim.raw(say).await;
    assert_eq!(
        (status, &headers["location"]),
        (
            StatusCode::SEE_OTHER,
            &"/simulator?lang=hi#citizen-end".parse().unwrap()
        )
    );
    sim.simulator.idle().await;
    let (_, html) = page(&sim, "/simulator?lang=hi").await;
    assert!(!html.contains("<b>"), "what a person wrote is never markup");
    assert!(html.contains("नमस्ते"));
    assert_eq!(sim.logged().await.len(), 1);
    for (path, kind) in [
        ("/simulator/simulator.css", "text/css"),
        ("/simulator/simulator.js", "text/javascript"),
    ] {
        let (headers, body) = page(&sim, path).await;
        assert!(headers["content-type"].to_str().unwrap().starts_with(kind));
        assert!(!body.is_empty());
    }
}

#[tokio::test]
async fn every_button_of_the_page_does_its_work_and_no_other_site_may_press_it() {
    let sim = Sim::new(config());
    let post = |path: &str, body: &str| {
        Request::post(format!("/simulator/{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for kind in ["location", "contact", "sticker", "welcome"] {
        let (status, ..) = sim.raw(post("say", &format!("who=verifier&lang=en&kind={kind}"))).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{kind}");
    }
    sim.simulator.idle().await;
    let kinds: Vec<_> = sim
        .logged()
        .await
        .iter()
        .map(|item| inbound::parse(item["body"].as_str().unwrap().as_bytes(), NUMBER, start()).unwrap())
        .map(|delivery| delivery.messages[0].kind.meaning())
        .collect();
    assert_eq!(
        kinds,
        [Said::Location, Said::Contact, Said::Sticker, Said::Text("Hi".into())].map(Meaning::Said)
    );

    let before = sim.simulator.now();
    sim.raw(post("skip", "lang=en&seconds=86400")).await;
    assert_eq!(sim.simulator.now().duration_since(before).as_secs(), 86_400);
    assert_eq!((sim.simulator.clock())(), sim.simulator.now());
    sim.raw(post("arm", "lang=en&fault=message-pair&times=2")).await;
    let (_, html) = page(&sim, "/simulator?lang=hi").await;
    assert!(html.contains("एक व्यक्ति को बहुत संदेश (131056) (अगले 2)"));
    assert_eq!(code(&sim.say(CITIZEN, "a").await), 131_056);
    sim.raw(post("disarm", "lang=en")).await;
    assert_eq!(sim.say(CITIZEN, "a").await.0, 200);
    sim.raw(post("empty", "lang=en")).await;
    assert_eq!(sim.control("GET", "outbox", None).await["items"], json!([]));

    let (status, _) = post_form(
        &sim,
        "/simulator/attach",
        None,
        &[
            ("lang", None, b"en"),
            ("who", None, b"citizen"),
            ("caption", None, b""),
            ("file", Some(("bill.png", "image/png")), b"\x89PNG\r\n\x1a\n"),
        ],
    )
    .await;
    assert_eq!(status, 303);
    sim.simulator.idle().await;
    let log = sim.logged().await;
    assert!(log[0]["body"].as_str().unwrap().contains(r#""mime_type":"image\/png""#));
    let (_, html) = page(&sim, "/simulator?lang=en").await;
    assert!(html.contains("<img src=\"/simulator/file/"));

    for (path, body) in [
        ("say", "who=nobody&lang=en&text=a"),
        ("say", "who=citizen&lang=en&kind=poll"),
        ("arm", "lang=en&fault=none&times=1"),
        ("skip", "lang=en&seconds=-5"),
        ("pass-on", "who=citizen&lang=en&message=999"),
        ("replay", "lang=en&call=999"),
    ] {
        assert_eq!(
            sim.raw(post(path, body)).await.0,
            StatusCode::BAD_REQUEST,
            "{path} {body}"
        );
    }
    let mut foreign = post("empty", "lang=en");
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(sim.raw(foreign).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_logged_webhook_can_be_sent_again() {
    let Loop { sim, business, .. } = connect(|_| {}).await;
    let id = sim.hello().await;
    let seq = sim.logged().await[0]["seq"].clone();
    let again = Request::post("/simulator/replay")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("lang=en&call={seq}")))
        .unwrap();
    assert_eq!(sim.raw(again).await.0, StatusCode::SEE_OTHER);
    let deliveries = business.at_least(2).await;
    assert_eq!(deliveries[1].messages[0].id, id);
}
