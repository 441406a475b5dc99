use std::sync::Arc;

use domain::{ApplicationNumber, Bilingual, ByOfficer, CertificateNumber, CitizenId, OfficerId, catalogue::Catalogue};
use jiff::civil::date;
use keys::{Entropy, OsEntropy, Vault};
use ledger::{Clock, ManualClock};
use projections::Projector;

use super::*;

struct Home {
    ledger: Ledger,
    views: Views,
    _projector: Projector,
    _folder: Option<tempfile::TempDir>,
}

impl Home {
    async fn of(ledger: Ledger, folder: Option<tempfile::TempDir>) -> Self {
        let views = Views::new(ledger.clone(), Arc::new(Catalogue::embedded().unwrap().clone()));
        let projector = Projector::start(&ledger);
        assert!(projector.reached(0, std::time::Duration::from_secs(20)).await);
        while matches!(
            views.last_status_index(0).await,
            Err(projections::ViewError::NotYet { .. })
        ) {
            tokio::task::yield_now().await;
        }
        Self {
            _projector: projector,
            views,
            ledger,
            _folder: folder,
        }
    }

    /// One in SQLite, and one in PostgreSQL where the tests are told of a server.
    async fn on_each_store() -> Vec<Self> {
        let clock = || Arc::new(ManualClock::new("2026-11-22T04:30:00Z".parse().unwrap()));
        let entropy = Arc::new(OsEntropy);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger");
        let vault = Vault::ephemeral(&OsEntropy);
        let settings = || ledger::Settings::default();
        let opened = Ledger::open_sqlite_with(&file, settings(), vault, entropy.clone(), clock()).await;
        let mut homes = vec![Self::of(opened.unwrap(), Some(folder)).await];
        match std::env::var("PRAMAN_TEST_POSTGRES_URL") {
            Ok(url) => {
                let log_id = i32::try_from(OsEntropy.uuid_v4().as_u128() >> 98).unwrap() + 2;
                let settings = ledger::Settings { log_id, ..settings() };
                let vault = Vault::ephemeral(&OsEntropy);
                let opened = Ledger::open_postgres_with(&url, settings, vault, entropy, clock()).await;
                homes.push(Self::of(opened.unwrap(), None).await);
            }
            Err(_) if std::env::var_os("PRAMAN_TEST_EVERYTHING").is_some() => panic!("there is no PostgreSQL"),
            Err(_) => {}
        }
        homes
    }

    async fn prepare(&self, count: u64) -> Result<(), ReactionError> {
        store(
            (&self.ledger, &self.views),
            id(count),
            facts(count),
            (count, Uuid::nil()),
        )
        .await
    }

    async fn place(&self, count: u64) -> Option<u64> {
        let stream = self.ledger.stream("certificate", &id(count).to_string()).await.unwrap();
        assert_eq!(stream.len(), 1, "one intent");
        domain::certificate::status_index_in(&stream[0].body)
    }

    /// What the row says, put there or taken away behind everybody's back.
    async fn changes_the_row(&self, doing: &str, to: Option<&str>) {
        let (space, key, expect) = (SPACE.to_owned(), KEY.to_owned(), Expect::Any);
        let change = match to {
            Some(body) => RowChange::Put {
                space,
                key,
                body: body.into(),
                terms: vec![],
                expect,
            },
            None => RowChange::Delete { space, key, expect },
        };
        self.ledger.commit(batch(doing, vec![change])).await.unwrap();
        let head = self.ledger.head().await.unwrap();
        self.views.last_status_index(head).await.unwrap();
    }
}

fn application(count: u64) -> ApplicationNumber {
    ApplicationNumber::new(2026, count)
}

fn id(count: u64) -> CertificateId {
    CertificateId::for_application(&application(count))
}

fn facts(count: u64) -> Prepare {
    let number = CertificateNumber::from_random("BC", count).unwrap();
    let clock = ManualClock::new("2026-11-22T04:30:00Z".parse().unwrap());
    Prepare {
        number_digest: projections::number_digest(&number),
        number,
        application: application(count),
        service: "birth_certificate".into(),
        holder: CitizenId::new(Uuid::from_u128(u128::from(count))),
        record: "oWFh".into(),
        salt: "c2FsdA".into(),
        record_digest: "ab".repeat(32),
        issued_on: date(2026, 11, 22),
        expires_on: None,
        approved_by: ByOfficer {
            officer: OfficerId::new("R-1"),
            role: "registrar".into(),
            office: Bilingual::new("Sample Office", "नमूना कार्यालय"),
            designation: Bilingual::new("Registrar", "रजिस्ट्रार"),
        },
        version: 1,
        replaces: None,
        status_index: None,
        demo: true,
        host: "praman.invalid".into(),
        contact: None,
        at: clock.now(),
    }
}

#[tokio::test]
async fn each_certificate_gets_the_next_place_and_keeps_it() {
    for home in Home::on_each_store().await {
        for count in 1..=3 {
            home.prepare(count).await.unwrap();
        }
        // Asked for again: the same intent, and no place is used up.
        for count in 1..=3 {
            home.prepare(count).await.unwrap();
        }
        home.prepare(4).await.unwrap();
        for count in 1..=4 {
            assert_eq!(home.place(count).await, Some(count - 1));
        }
    }
}

#[tokio::test]
async fn of_many_at_once_no_two_get_one_place_and_none_is_left_out() {
    for home in Home::on_each_store().await {
        let home = Arc::new(home);
        // Two processes, each going through the same approvals.
        let both = [1, 2].map(|_| {
            let home = home.clone();
            tokio::spawn(async move {
                for count in 1..=24 {
                    home.prepare(count).await.unwrap();
                }
            })
        });
        for one in both {
            one.await.unwrap();
        }
        let mut places = Vec::new();
        for count in 1..=24 {
            places.extend(home.place(count).await);
        }
        places.sort_unstable();
        assert_eq!(places, (0..24).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_row_that_was_lost_or_put_back_gives_no_place_twice() {
    for home in Home::on_each_store().await {
        home.prepare(1).await.unwrap();
        home.prepare(2).await.unwrap();
        home.changes_the_row("lost", None).await;
        home.prepare(3).await.unwrap();
        home.changes_the_row("put back", Some("1")).await;
        home.prepare(4).await.unwrap();
        for count in 1..=4 {
            assert_eq!(home.place(count).await, Some(count - 1));
        }
        // What is no number is no place.
        home.changes_the_row("spoiled", Some("x")).await;
        assert!(matches!(home.prepare(5).await, Err(ReactionError::Stuck(_))));
        home.ledger.close().await;
    }
}
