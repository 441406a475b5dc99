//! Every event counts once, however often a projector begins again, and however many there are.

use projections::{Projector, replay};

use crate::home::{Home, PATIENCE, number};

async fn assert_counted_once(home: &Home, files: u64) {
    for count in 1..=files {
        let file = home.views().file(&number(count)).await.unwrap().unwrap();
        assert_eq!((file.history.len(), file.stage), (2, 1), "{}", file.number);
    }
    assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
}

#[tokio::test]
async fn beginning_again_changes_nothing() {
    let home = Home::new().await;
    for count in 1..=3 {
        home.submits(&number(count), None).await;
        home.catch_up().await;
        home.forwards(&number(count)).await;
        home.catch_up().await;
    }
    home.catch_up().await;
    assert_counted_once(&home, 3).await;
    assert_eq!(
        home.ledger.bookmark("file", 1).await.unwrap(),
        home.ledger.head().await.unwrap()
    );
}

#[tokio::test]
async fn two_projectors_at_once_count_nothing_twice() {
    let home = Home::new().await;
    let (one, other) = (Projector::start(&home.ledger), Projector::start(&home.ledger));
    for count in 1..=20 {
        home.submits(&number(count), None).await;
        home.forwards(&number(count)).await;
    }
    let head = home.ledger.head().await.unwrap();
    assert!(one.reached(head, PATIENCE).await && other.reached(head, PATIENCE).await);
    assert_counted_once(&home, 20).await;
}

#[tokio::test]
async fn more_events_than_fit_into_one_step_are_all_taken_in() {
    let home = Home::new().await;
    for count in 1..=150 {
        home.submits(&number(count), None).await;
        home.forwards(&number(count)).await;
    }
    home.catch_up().await;
    assert_counted_once(&home, 150).await;
    assert_eq!(home.views().queue_length("registrar").await.unwrap(), 150);
}

#[tokio::test]
async fn whoever_waits_for_a_position_sees_it() {
    let home = Home::new().await;
    let projector = Projector::start(&home.ledger);
    let position = home.submits(&number(1), None).await;
    assert!(projector.reached(position, PATIENCE).await);
    assert!(home.views().file(&number(1)).await.unwrap().is_some());
    let later = std::time::Duration::from_millis(50);
    assert!(
        !projector.reached(position + 1, later).await,
        "what has not happened is not reached"
    );
}
