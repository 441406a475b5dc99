//! The whole room over a real store in a folder of its own: requests go in, answers come out, no socket between.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{sync::Arc, time::Duration};

use api::{AppState, digilocker::DigiLocker, turn::Inbox, verification::Verifier};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};

use assistant::Assistant;
use certificates::Trust;
use domain::{
    ApplicationNumber, Bilingual, CitizenId, Language, Paper,
    application::{self, Application},
    catalogue::{Answers, Catalogue, FieldKind, Name, Value},
    ist_date,
    officer::{self, Officer},
};
use jiff::{SignedDuration, Timestamp};
use keys::{Entropy, KeyDirectory, KeyStore, SeededEntropy};
use ledger::{Clock, Context, Documents, Ledger, ManualClock};
use projections::{Projector, Views};
use tempfile::TempDir;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const HOST: &str = "verify.sample.example";
pub(crate) const SECRET: &str = "app secret";
/// What is agreed on with DigiLocker.
pub(crate) const ORG: &str = "sample.org";
pub(crate) const ISSUER: &str = "in.gov.sample";
pub(crate) const API_KEY: &str = "sixteen letters and more";
pub(crate) const CLERK: &str = "DEMO-101";
pub(crate) const REGISTRAR: &str = "DEMO-102";

/// A running room.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: KeyStore,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) documents: Documents,
    projector: Arc<Projector>,
    entropy: Arc<dyn Entropy>,
    _folder: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The value of a hidden or typed field.
    pub(crate) fn field(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no field {name} in {text}"));
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Server {
    pub(crate) async fn start(demo: bool) -> Self {
        Self::start_trusting(demo, KeyDirectory::clone).await
    }

    /// With a verifier that trusts in other keys than those that are published.
    pub(crate) async fn start_trusting(demo: bool, trusted: impl Fn(&KeyDirectory) -> KeyDirectory) -> Self {
        Self::start_with(demo, trusted, None).await
    }

    /// With DigiLocker, whose types of documents are these.
    pub(crate) async fn start_with_digilocker(doc_types: &[&str]) -> Self {
        Self::start_with(true, KeyDirectory::clone, Some(doc_types)).await
    }

    async fn start_with(
        demo: bool,
        trusted: impl Fn(&KeyDirectory) -> KeyDirectory,
        doc_types: Option<&[&str]>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(7));
        let clock = Arc::new(ManualClock::new("2026-11-22T05:00:00Z".parse().unwrap()));
        let keys = KeyStore::create(
            &folder.path().join("keys.json"),
            "test",
            &*entropy,
            true,
            clock.now(),
            "Sample",
        )
        .unwrap();
        let ledger = Ledger::open_sqlite(
            &folder.path().join("ledger.sqlite"),
            keys.vault(),
            entropy.clone(),
            clock.clone(),
        )
        .await
        .unwrap();
        let documents = Documents::open(&folder.path().join("documents"), keys.vault(), entropy.clone()).unwrap();
        let catalogue = Arc::new(Catalogue::embedded().unwrap().clone());
        let digilocker = doc_types.map(|types| {
            let types: Vec<String> = types.iter().map(|pair| (*pair).to_owned()).collect();
            DigiLocker::try_new(ORG.to_owned(), ISSUER.to_owned(), API_KEY, &types, &catalogue).unwrap()
        });
        let views = Views::new(ledger.clone(), catalogue.clone());
        let projector = Arc::new(Projector::start(&ledger));
        let directory: Arc<KeyDirectory> = Arc::new(keys.directory().clone());
        let verifier = Arc::new(Verifier::new(
            views.clone(),
            ledger.clone(),
            Arc::new(Trust::new(trusted(keys.directory()))),
            catalogue.clone(),
            clock.clone(),
            HOST.to_owned(),
        ));
        let router = api::router(AppState {
            proxies: Vec::new(),
            ledger: ledger.clone(),
            documents: documents.clone(),
            views,
            projector: projector.clone(),
            catalogue: catalogue.clone(),
            assistant: Arc::new(Assistant::new(&catalogue).unwrap()),
            verifier,
            directory,
            digilocker,
            inbox: Inbox::new(ledger.clone()),
            app_secrets: vec![SECRET.to_owned()],
            verify_token: "verify token".to_owned(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            demo,
            host: HOST.to_owned(),
        });
        let server = Self {
            router,
            ledger,
            clock,
            keys,
            catalogue,
            documents,
            projector,
            entropy,
            _folder: folder,
        };
        let stages = &server.catalogue.get("birth_certificate").unwrap().stages;
        let roles: Vec<String> = stages.iter().map(|stage| stage.role.clone()).collect();
        server.appoint(CLERK, vec![roles[0].clone()]).await;
        server.appoint(REGISTRAR, vec![roles.last().unwrap().clone()]).await;
        server.appoint("DEMO-103", roles).await;
        server.settled().await;
        server
    }

    pub(crate) async fn appoint(&self, id: &str, roles: Vec<String>) {
        let command = officer::Command::Appoint {
            name: Bilingual::new(format!("Sample Officer {id}"), format!("नमूना अधिकारी {id}")),
            designation: Bilingual::new("Registrar", "रजिस्ट्रार"),
            roles,
            office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
            at: self.clock.now(),
        };
        self.ledger
            .execute::<Officer>(id, command, self.context())
            .await
            .unwrap();
    }

    /// The log's head is signed.
    pub(crate) async fn checkpoint(&self) {
        let signer = self.keys.signer(keys::Purpose::Checkpoint).unwrap();
        self.ledger.checkpoint(&*signer).await.unwrap();
    }

    /// A status list is kept, as it would be served.
    pub(crate) async fn keep_list(&self, list: u64, bytes: Vec<u8>) {
        let mut batch = ledger::Batch::new(self.context(), [1; 32]);
        batch.rows = vec![ledger::RowChange::Put {
            space: certificates::status::KEPT.into(),
            key: certificates::status::kept_key(list),
            body: bytes,
            terms: vec![],
            expect: ledger::Expect::Absent,
        }];
        self.ledger.commit(batch).await.unwrap();
    }

    pub(crate) fn context(&self) -> Context {
        Context {
            command_id: self.entropy.uuid_v4(),
            actor: "test".into(),
            correlation_id: Uuid::nil(),
            causation: None,
            commits_to: None,
        }
    }

    /// The views show all that was done.
    pub(crate) async fn settled(&self) {
        let head = self.ledger.head().await.unwrap();
        assert!(
            self.projector.reached(head, Duration::from_secs(20)).await,
            "the views keep up"
        );
    }

    /// A birth certificate is asked for.
    pub(crate) async fn submit(&self, count: u64) -> ApplicationNumber {
        let service = self.catalogue.get("birth_certificate").unwrap();
        let informant = match &service.field("informant").unwrap().kind {
            FieldKind::Choice { options } => options[0].code.clone(),
            other => panic!("another kind of field: {other:?}"),
        };
        let name = |en: &str, hi: &str| {
            Value::Name(Name {
                en: Some(en.into()),
                hi: Some(hi.into()),
            })
        };
        let answers = Answers::from([
            ("child_name".into(), name("Asha Kumari", "आशा कुमारी")),
            ("sex".into(), Value::Choice("female".into())),
            ("date_of_birth".into(), Value::Date("2026-11-10".parse().unwrap())),
            ("place_of_birth".into(), Value::Choice("hospital".into())),
            ("hospital".into(), Value::Text("Lok Seva Hospital, Karol Bagh".into())),
            ("mother_name".into(), name("Sunita Devi", "सुनीता देवी")),
            (
                "parents_address".into(),
                Value::Text("House 12, Gali 4, Karol Bagh".into()),
            ),
            ("informant".into(), Value::Choice(informant)),
        ]);
        let mut papers = vec![];
        let wanted = |document: &&domain::catalogue::Document| !document.optional && document.applies(&answers);
        for document in service.documents.iter().filter(wanted) {
            let bytes = picture(&document.code);
            papers.push(Paper {
                document: document.code.clone(),
                bytes: u64::try_from(bytes.len()).unwrap(),
                digest: self.documents.put(bytes).await.unwrap(),
                media_type: "image/png".into(),
                notes: vec![],
            });
        }
        let form = service.check(answers, papers, ist_date(self.clock.now())).unwrap();
        let number = ApplicationNumber::new(2026, count);
        let command = application::Command::Submit {
            number: number.clone(),
            citizen: CitizenId::new(self.entropy.uuid_v4()),
            language: Language::Hi,
            form: Box::new(form),
            due: Some("2026-12-22".parse().unwrap()),
            at: self.clock.now(),
        };
        self.ledger
            .execute::<Application>(&number, command, self.context())
            .await
            .unwrap();
        self.settled().await;
        number
    }

    pub(crate) fn wait(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(
            Request::get(path)
                .header(header::ACCEPT_LANGUAGE, "en")
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    /// Signs an officer in; gives the session's cookie.
    pub(crate) async fn sign_in(&self, officer: &str) -> Session<'_> {
        let answer = self.send(form("/officer/sign-in", "", &[("officer", officer)])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Session { server: self, cookie }
    }
}

/// Somebody with a cookie.
pub(crate) struct Session<'a> {
    server: &'a Server,
    pub(crate) cookie: String,
}

impl Session<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT_LANGUAGE, "en");
        self.server.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.server.send(form(path, &self.cookie, fields)).await
    }
}

/// A posted form.
pub(crate) fn form(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect::<String>()
    };
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT_LANGUAGE, "en")
        .body(Body::from(body.join("&")))
        .unwrap()
}

/// Bytes that differ by name and begin like a PNG.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), name.as_bytes()].concat()
}
