//! An event that cannot be read parks its stream in its view, and nothing else.

use domain::application::Application;
use ledger::{Append, Batch, Bookmark, Context, Expect, NewEvent, RowChange};
use projections::{Listed, Parked, Poison, Projector, ViewError, parked, rebuild, rebuild_stream, replay};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::home::{Home, PATIENCE, citizen, number};

pub(crate) async fn append(
    home: &Home,
    kind: &str,
    id: &str,
    expected: u64,
    (name, version, body): (&str, &str, Value),
) -> u64 {
    let context = Context {
        command_id: Uuid::new_v5(&Uuid::nil(), format!("{kind}/{id}/{expected}").as_bytes()),
        actor: "test".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, [1; 32]);
    batch.appends.push(Append {
        aggregate_type: kind.to_owned(),
        aggregate_id: id.to_owned(),
        expected,
        events: vec![NewEvent {
            event_type: name.to_owned(),
            event_version: version.to_owned(),
            body,
        }],
    });
    home.ledger.commit(batch).await.unwrap().last_position
}

const AT: &str = "2026-11-22T04:30:00Z";

fn poisons() -> Vec<(Poison, (&'static str, &'static str, Value))> {
    vec![
        (
            Poison::UnknownType,
            ("application.reopened", "1", json!({"reopened": {"at": AT}})),
        ),
        (
            Poison::UnknownVersion,
            ("application.withdrawn", "2", json!({"withdrawn": {"at": AT}})),
        ),
        (
            Poison::UnreadableBody,
            ("application.withdrawn", "1", json!({"withdrawn": {"at": 17}})),
        ),
        (
            Poison::WrongAggregate,
            ("certificate.revoked", "1", json!({"revoked": {"at": AT}})),
        ),
        (
            Poison::WrongAggregate,
            ("certificate.withdrawn", "1", json!({"withdrawn": {"at": AT}})),
        ),
        (
            Poison::WrongName,
            ("application.approved", "1", json!({"withdrawn": {"at": AT}})),
        ),
    ]
}

#[tokio::test]
async fn each_kind_of_poison_parks_its_stream_and_no_other() {
    for (code, event) in poisons() {
        let home = Home::new().await;
        home.submits(&number(1), None).await;
        home.submits(&number(2), None).await;
        home.catch_up().await;
        let id = number(1).to_string();
        let position = append(&home, "application", &id, 1, event).await;
        home.forwards(&number(2)).await;
        let last = append(
            &home,
            "application",
            &id,
            2,
            ("application.withdrawn", "1", json!({"withdrawn": {"at": AT}})),
        )
        .await;
        home.catch_up().await;

        let stands_still = |views: projections::Views| async move {
            let asked = views.file(&number(1)).await;
            assert!(
                matches!(asked, Err(ViewError::Parked { view: "file", position: at, code: why }) if at == position && why == code.code()),
                "{code:?}: {asked:?}"
            );
            assert_eq!(
                views.file(&number(2)).await.unwrap().unwrap().history.len(),
                2,
                "{code:?}"
            );
            let listed = views.files_of(citizen(), 10).await.unwrap();
            let marks: Vec<_> = listed
                .iter()
                .map(|Listed { row, parked }| (row.number.clone(), *parked))
                .collect();
            assert!(
                marks.contains(&(number(1), true)) && marks.contains(&(number(2), false)),
                "{marks:?}"
            );
            assert!(views.queue("sub_registrar", 10).await.unwrap()[0].parked);
        };
        stands_still(home.views()).await;
        let found = parked(&home.ledger, 10).await.unwrap();
        assert_eq!(
            found,
            [Parked {
                view: "file".to_owned(),
                stream: id.clone(),
                position,
                sequence: 2,
                code,
                has_row: true,
                waiting: 2,
                last,
                since: home.now(),
            }]
        );
        let replayed = replay(&home.ledger).await.unwrap();
        assert_eq!((replayed.differences, replayed.parked), (vec![], 1), "{code:?}");

        // The same from another beginning.
        let rebuilt = rebuild(&home.ledger, Some("file")).await.unwrap();
        assert_eq!((rebuilt.differing, rebuilt.parked), (0, 1));
        stands_still(home.views()).await;
        assert_eq!(parked(&home.ledger, 10).await.unwrap(), found);
        // And asking again does not make it readable.
        let refolded = rebuild_stream(&home.ledger, "application", &id).await.unwrap();
        assert_eq!(refolded[0].parked.as_ref(), Some(&found[0]));
        stands_still(home.views()).await;
    }
}

#[tokio::test]
async fn a_stream_that_is_poisoned_from_its_first_event_is_not_said_to_be_nothing() {
    let home = Home::new().await;
    home.catch_up().await;
    append(
        &home,
        "application",
        "APP-2026-000009",
        0,
        ("application.filed", "1", json!({"filed": {}})),
    )
    .await;
    let certificate = domain::CertificateId::for_application(&number(9)).to_string();
    append(
        &home,
        "certificate",
        &certificate,
        0,
        ("certificate.printed", "1", json!({"printed": {}})),
    )
    .await;
    append(
        &home,
        "certificate",
        &certificate,
        1,
        ("certificate.printed", "1", json!({"printed": {}})),
    )
    .await;
    home.catch_up().await;
    let views = home.views();
    assert!(matches!(
        views.file(&number(9)).await,
        Err(ViewError::Parked { view: "file", .. })
    ));
    assert!(views.file(&number(8)).await.unwrap().is_none(), "that one is nothing");
    let stranger = "00".repeat(32);
    assert!(
        matches!(
            views.certificate_by_number(&stranger).await,
            Err(ViewError::Parked { view: "register", .. })
        ),
        "the number may be that of the certificate that cannot be read"
    );
    assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
    rebuild(&home.ledger, None).await.unwrap();
    assert!(matches!(
        views.certificate_by_number(&stranger).await,
        Err(ViewError::Parked { .. })
    ));
    assert_eq!(parked(&home.ledger, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn events_that_no_view_folds_hold_up_nobody() {
    let home = Home::new().await;
    home.catch_up().await;
    append(&home, "weather", "today", 0, ("weather.rained", "9", json!({"a": 1}))).await;
    home.submits(&number(1), None).await;
    home.catch_up().await;
    assert!(home.views().file(&number(1)).await.unwrap().is_some());
    assert_eq!(parked(&home.ledger, 10).await.unwrap(), []);
}

/// The rows as a program left them that could not read the last event: parked, and counted as before.
async fn parked_by_an_older_program(home: &Home) {
    home.submits(&number(1), None).await;
    home.catch_up().await;
    let at = home.ledger.head().await.unwrap();
    let position = home.forwards(&number(1)).await;
    let id = number(1).to_string();
    let row = home.ledger.row("file@1", &id).await.unwrap().unwrap();
    let record = Parked {
        view: "file".to_owned(),
        stream: id.clone(),
        position,
        sequence: 2,
        code: Poison::UnknownType,
        has_row: true,
        waiting: 1,
        last: position,
        since: home.now(),
    };
    let put = |space: &str, body, terms| RowChange::Put {
        space: space.to_owned(),
        key: id.clone(),
        body,
        terms,
        expect: Expect::Any,
    };
    let mut terms = row.terms.clone();
    terms.push(("parked".to_owned(), String::new()));
    let code = ("code".to_owned(), "unknown_type".to_owned());
    let context = Context {
        command_id: Uuid::from_u128(7),
        actor: "older".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let mut batch = Batch::new(context, [0; 32]);
    batch.rows = vec![
        put("file@1", row.body.clone(), terms),
        put("file@1 parked", serde_json::to_vec(&record).unwrap(), vec![code]),
    ];
    batch.bookmark = Some(Bookmark {
        name: "file".to_owned(),
        generation: 1,
        from: at,
        to: position,
    });
    home.ledger.commit(batch).await.unwrap();
    assert!(matches!(
        home.views().file(&number(1)).await,
        Err(ViewError::Parked { .. })
    ));
}

async fn goes_on(home: &Home) {
    assert_eq!(home.views().file(&number(1)).await.unwrap().unwrap().history.len(), 2);
    assert_eq!(parked(&home.ledger, 10).await.unwrap(), []);
    home.approves(&number(1)).await;
    home.catch_up().await;
    assert_eq!(home.views().file(&number(1)).await.unwrap().unwrap().history.len(), 3);
    assert_eq!(replay(&home.ledger).await.unwrap().differences, [], "sums included");
}

#[tokio::test]
async fn a_stream_that_can_be_read_by_now_goes_on_when_asked() {
    let home = Home::new().await;
    parked_by_an_older_program(&home).await;
    let found = replay(&home.ledger).await.unwrap().differences;
    assert!(
        found
            .iter()
            .any(|one| one.what == "it is parked, and its events can be read"),
        "{found:?}"
    );
    let refolded = rebuild_stream(&home.ledger, "application", &number(1).to_string())
        .await
        .unwrap();
    assert_eq!(
        (refolded.len(), refolded[0].view, &refolded[0].parked),
        (1, "file", &None)
    );
    goes_on(&home).await;
}

#[tokio::test]
async fn a_stream_that_can_be_read_by_now_goes_on_at_the_next_start() {
    let home = Home::new().await;
    parked_by_an_older_program(&home).await;
    let projector = Projector::start(&home.ledger);
    let goes = async {
        while !parked(&home.ledger, 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, goes).await.unwrap();
    drop(projector);
    goes_on(&home).await;
}

#[tokio::test]
async fn a_stream_that_can_be_read_by_now_goes_on_in_a_rebuild() {
    let home = Home::new().await;
    parked_by_an_older_program(&home).await;
    rebuild(&home.ledger, Some("file")).await.unwrap();
    goes_on(&home).await;
}

/// The command side reads the same streams; it must refuse a poisoned one, whatever the view does.
#[tokio::test]
async fn nothing_is_decided_on_a_stream_that_cannot_be_read() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    append(
        &home,
        "application",
        &number(1).to_string(),
        1,
        ("application.reopened", "1", json!({"reopened": {}})),
    )
    .await;
    let context = Context {
        command_id: Uuid::from_u128(8),
        actor: "test".to_owned(),
        correlation_id: Uuid::nil(),
        causation: None,
        commits_to: None,
    };
    let command = domain::application::Command::Withdraw {
        citizen: citizen(),
        at: home.now(),
    };
    assert!(
        home.ledger
            .execute::<Application>(number(1), command, context)
            .await
            .is_err()
    );
}
