//! A ledger in a folder of its own, and the people and papers of the tests.

use std::sync::Arc;

use cqrs_es::Aggregate;
use domain::{
    ApplicationNumber, Bilingual, ByOfficer, CertificateId, CertificateNumber, CitizenId, Language, OfficerId, Paper,
    application::{Application, Command, StageRecord},
    catalogue::{Answers, Catalogue, CheckedForm, Name, Value},
    certificate::{self, Certificate, Prepare},
    citizen::{self, Citizen},
};
use jiff::{Timestamp, civil::date};
use keys::{Entropy, OsEntropy, SeededEntropy, Vault};
use ledger::{Clock, Context, Ledger, ManualClock};
use projections::{Projector, Views, number_digest};
use uuid::Uuid;

/// A ledger with a clock that stands still until it is told.
pub(crate) struct Home {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    _folder: Option<tempfile::TempDir>,
}

impl Home {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(ManualClock::new("2026-11-22T04:30:00Z".parse().unwrap()));
        let vault = Vault::ephemeral(&*entropy);
        let file = folder.path().join("ledger");
        let ledger = Ledger::open_sqlite_with(&file, settings(), vault, entropy.clone(), clock.clone());
        Self {
            ledger: ledger.await.unwrap(),
            clock,
            entropy,
            _folder: Some(folder),
        }
    }

    /// One in SQLite, and one in PostgreSQL where the tests are told of a server.
    pub(crate) async fn on_each_store() -> Vec<Self> {
        let mut homes = vec![Self::new().await];
        match std::env::var("PRAMAN_TEST_POSTGRES_URL") {
            Ok(url) => homes.push(Self::on_postgres(&url).await),
            Err(_) if std::env::var_os("PRAMAN_TEST_EVERYTHING").is_some() => panic!("there is no PostgreSQL"),
            Err(_) => {}
        }
        homes
    }

    /// A log of its own in the server's database.
    async fn on_postgres(url: &str) -> Self {
        let log_id = i32::try_from(OsEntropy.uuid_v4().as_u128() >> 98).unwrap() + 2;
        let settings = ledger::Settings { log_id, ..settings() };
        let entropy = Arc::new(SeededEntropy::new(1));
        let clock = Arc::new(ManualClock::new("2026-11-22T04:30:00Z".parse().unwrap()));
        let vault = Vault::ephemeral(&*entropy);
        let ledger = Ledger::open_postgres_with(url, settings, vault, entropy.clone(), clock.clone());
        Self {
            ledger: ledger.await.unwrap(),
            clock,
            entropy,
            _folder: None,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn views(&self) -> Views {
        Views::new(self.ledger.clone(), Arc::new(Catalogue::embedded().unwrap().clone()))
    }

    /// Follows the log until every view has seen all of it, and stops.
    pub(crate) async fn catch_up(&self) {
        let projector = Projector::start(&self.ledger);
        let head = self.ledger.head().await.unwrap();
        assert!(
            projector.reached(head, PATIENCE).await,
            "the views stand at {:?}, not {head}",
            projector.progress()
        );
    }

    /// Carries out a command; answers the position of its last event.
    pub(crate) async fn execute<A>(&self, id: impl std::fmt::Display, command: A::Command) -> u64
    where
        A: Aggregate<Services = ()> + Clone + 'static,
        A::Command: Clone + Send + 'static,
        A::Error: Send + 'static,
    {
        let context = Context {
            command_id: self.entropy.uuid_v4(),
            actor: "test".to_owned(),
            correlation_id: Uuid::nil(),
            causation: None,
            commits_to: None,
        };
        self.ledger
            .execute::<A>(id, command, context)
            .await
            .unwrap()
            .last_position
    }

    /// Hands in a birth certificate's form.
    pub(crate) async fn submits(&self, number: &ApplicationNumber, due: Option<jiff::civil::Date>) -> u64 {
        let (form, at) = (Box::new(birth_form()), self.now());
        let (number, citizen) = (number.clone(), citizen());
        let command = Command::Submit {
            number: number.clone(),
            citizen,
            language: Language::Hi,
            form,
            due,
            at,
        };
        self.execute::<Application>(number, command).await
    }

    pub(crate) async fn forwards(&self, number: &ApplicationNumber) -> u64 {
        let by = officer("DEMO-1", "sub_registrar");
        let (record, note, at) = (StageRecord::new(), Some("देखा".to_owned()), self.now());
        self.execute::<Application>(
            number,
            Command::Forward {
                stage: "scrutiny".into(),
                by,
                record,
                note,
                at,
            },
        )
        .await
    }

    pub(crate) async fn approves(&self, number: &ApplicationNumber) -> u64 {
        let by = officer("DEMO-2", "registrar");
        let (record, note, at) = (StageRecord::new(), None, self.now());
        self.execute::<Application>(
            number,
            Command::Approve {
                stage: "decision".into(),
                by,
                record,
                note,
                at,
            },
        )
        .await
    }

    pub(crate) async fn prepares(&self, application: &ApplicationNumber) -> (CertificateId, CertificateNumber) {
        self.prepares_until(application, None).await
    }

    pub(crate) async fn prepares_until(
        &self,
        application: &ApplicationNumber,
        expires_on: Option<jiff::civil::Date>,
    ) -> (CertificateId, CertificateNumber) {
        let id = CertificateId::for_application(application);
        let number = CertificateNumber::from_random("BC", 42).unwrap();
        let command = certificate::Command::Prepare(Box::new(Prepare {
            number: number.clone(),
            number_digest: number_digest(&number),
            application: application.clone(),
            service: "birth_certificate".to_owned(),
            holder: citizen(),
            record: "oWFh".to_owned(),
            salt: "c2FsdA".to_owned(),
            record_digest: "ab".repeat(32),
            issued_on: date(2026, 11, 22),
            expires_on,
            approved_by: officer("DEMO-2", "registrar"),
            version: 1,
            replaces: None,
            status_index: Some(STATUS_INDEX),
            demo: true,
            host: "praman.invalid".to_owned(),
            contact: None,
            at: self.now(),
        }));
        self.execute::<Certificate>(id, command).await;
        (id, number)
    }

    pub(crate) async fn meets(&self, address: &str) {
        let command = citizen::Command::Register {
            citizen: citizen(),
            address: address.to_owned(),
            at: self.now(),
        };
        self.execute::<Citizen>(citizen(), command).await;
    }
}

fn settings() -> ledger::Settings {
    ledger::Settings {
        inline: vec![Arc::new(projections::StatusView)],
        ..ledger::Settings::default()
    }
}

pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// The place in the status lists of a prepared certificate.
pub(crate) const STATUS_INDEX: u64 = 41;

pub(crate) fn citizen() -> CitizenId {
    CitizenId::new(Uuid::from_u128(0x0190_0000_0000_4000_8000_0000_0000_0001))
}

pub(crate) fn officer(code: &str, role: &str) -> ByOfficer {
    ByOfficer {
        officer: OfficerId::new(code),
        role: role.to_owned(),
        office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
        designation: Bilingual::new("Officer", "अधिकारी"),
    }
}

pub(crate) fn paper(document: &str) -> Paper {
    Paper {
        document: document.to_owned(),
        digest: "ab".repeat(32),
        media_type: "image/jpeg".to_owned(),
        bytes: 48_213,
        notes: vec![],
    }
}

pub(crate) fn name(en: &str, hi: &str) -> Value {
    Value::Name(Name {
        en: Some(en.to_owned()),
        hi: Some(hi.to_owned()),
    })
}

pub(crate) fn birth_answers() -> Answers {
    [
        ("child_name", name("Aarav Sharma", "आरव शर्मा")),
        ("sex", Value::Choice("male".to_owned())),
        ("date_of_birth", Value::Date(date(2026, 11, 1))),
        ("place_of_birth", Value::Choice("hospital".to_owned())),
        ("hospital", Value::Text("Lok Seva Hospital, Karol Bagh".to_owned())),
        ("mother_name", name("Neha Sharma", "नेहा शर्मा")),
        (
            "parents_address",
            Value::Text("House 12, Gali 3, Shahdara, Delhi 110032".to_owned()),
        ),
        ("informant", Value::Choice("mother".to_owned())),
    ]
    .map(|(code, value)| (code.to_owned(), value))
    .into()
}

pub(crate) fn birth_papers() -> Vec<Paper> {
    ["birth_report", "parent_id", "address_proof"].map(paper).to_vec()
}

fn birth_form() -> CheckedForm {
    let service = Catalogue::embedded().unwrap().get("birth_certificate").unwrap();
    service
        .check(birth_answers(), birth_papers(), date(2026, 11, 22))
        .unwrap()
}

pub(crate) fn number(count: u64) -> ApplicationNumber {
    ApplicationNumber::new(2026, count)
}
