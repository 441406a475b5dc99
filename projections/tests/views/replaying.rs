//! A row that is not what the log says is noticed by `replay` and mended by `rebuild`.

use ledger::{Batch, Context, Expect, RowChange};
use projections::{Difference, File, Projector, rebuild, replay};
use uuid::Uuid;

use crate::home::{Home, PATIENCE, citizen, number};

/// Changes rows behind the projector's back, as a careless operator might.
async fn meddle(home: &Home, rows: Vec<RowChange>) {
    let context = Context {
        command_id: Uuid::from_u128(99),
        actor: "somebody".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, [0; 32]);
    batch.rows = rows;
    home.ledger.commit(batch).await.unwrap();
}

async fn a_home_with_files() -> Home {
    let home = Home::new().await;
    home.meets("+919000000001").await;
    for count in 1..=3 {
        home.submits(&number(count), None).await;
        home.forwards(&number(count)).await;
    }
    home.approves(&number(1)).await;
    home.prepares(&number(1)).await;
    home.catch_up().await;
    home
}

#[tokio::test]
async fn what_the_projector_made_is_what_the_log_says() {
    let home = a_home_with_files().await;
    let replayed = replay(&home.ledger).await.unwrap();
    assert_eq!(
        (replayed.rows, replayed.differences),
        (8, vec![]),
        "three files with their status, an entry and a person"
    );
    assert_eq!(replayed.events, home.ledger.head().await.unwrap());
}

#[tokio::test]
async fn a_row_that_was_meddled_with_is_found_and_mended() {
    let home = a_home_with_files().await;
    let before = home
        .ledger
        .row("file@1", &number(2).to_string())
        .await
        .unwrap()
        .unwrap();
    let mut file: File = serde_json::from_slice(&before.body).unwrap();
    file.stage = 0;
    let (space, key) = ("file@1".to_owned(), number(2).to_string());
    let body = serde_json::to_vec(&file).unwrap();
    let put = |key: String, body, terms| RowChange::Put {
        space: space.clone(),
        key,
        body,
        terms,
        expect: Expect::Any,
    };
    let third = home.ledger.row(&space, &number(3).to_string()).await.unwrap().unwrap();
    meddle(
        &home,
        vec![
            put(key.clone(), body, before.terms.clone()),
            // The right content under wrong terms: the file would stand in no queue.
            put(number(3).to_string(), third.body.clone(), vec![]),
            put(number(9).to_string(), before.body.clone(), before.terms.clone()),
            RowChange::Delete {
                space: "person@1".to_owned(),
                key: citizen().to_string(),
                expect: Expect::Any,
            },
        ],
    )
    .await;
    let difference = |view, key: String, what| Difference { view, key, what };
    let expected = vec![
        difference("file", number(2).to_string(), "it is not what its events give"),
        difference("file", number(3).to_string(), "it is not what its events give"),
        difference("file", number(9).to_string(), "no event tells of it"),
        difference("person", citizen().to_string(), "it is missing"),
    ];
    assert_eq!(replay(&home.ledger).await.unwrap().differences, expected);
    assert_eq!(
        replay(&home.ledger).await.unwrap().differences,
        expected,
        "looking mends nothing"
    );
    assert_eq!(
        home.views().queue_length("registrar").await.unwrap(),
        2,
        "2 and 9 are listed, 3 is not"
    );

    assert_eq!(rebuild(&home.ledger, None).await.unwrap().differences, expected);
    assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
    let mended = home.ledger.row("file@2", &key).await.unwrap().unwrap();
    assert_eq!(mended.body, before.body);
    assert_eq!(home.views().queue_length("registrar").await.unwrap(), 2, "2 and 3");
    assert!(home.views().file(&number(9)).await.unwrap().is_none());
    assert!(home.views().person(citizen()).await.unwrap().is_some());
    assert_eq!(
        rebuild(&home.ledger, None).await.unwrap().differences,
        [],
        "a second time there is nothing to do"
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_found_and_mended() {
    let home = a_home_with_files().await;
    let key = domain::CertificateId::for_application(&number(1)).to_string();
    let body = b"{".to_vec();
    let put = RowChange::Put {
        space: "register@1".to_owned(),
        key: key.clone(),
        body,
        terms: vec![],
        expect: Expect::Any,
    };
    meddle(&home, vec![put]).await;
    let differences = replay(&home.ledger).await.unwrap().differences;
    assert_eq!(
        differences.iter().map(|found| found.key.as_str()).collect::<Vec<_>>(),
        [key.as_str()]
    );
    rebuild(&home.ledger, None).await.unwrap();
    assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
}

/// An auditor may ask at any time: what is being written meanwhile is no difference.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaying_beside_a_running_projector_finds_nothing() {
    let home = std::sync::Arc::new(Home::new().await);
    let projector = Projector::start(&home.ledger);
    let writing = {
        let home = home.clone();
        tokio::spawn(async move {
            for count in 1..=120 {
                home.submits(&number(count), None).await;
                home.forwards(&number(count)).await;
                home.approves(&number(count)).await;
            }
        })
    };
    let mut asked = 0;
    while !writing.is_finished() {
        assert_eq!(
            replay(&home.ledger).await.unwrap().differences,
            [],
            "after {asked} replays"
        );
        asked += 1;
    }
    writing.await.unwrap();
    assert!(asked > 3, "only {asked} replays ran beside the writer");
    assert!(projector.reached(home.ledger.head().await.unwrap(), PATIENCE).await);
    assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
}
