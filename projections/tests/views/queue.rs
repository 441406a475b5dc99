//! What an officer's queue holds, and in which order.

use domain::application::{Application, Command};
use jiff::{SignedDuration, civil::date};

use crate::home::{Home, citizen, number, officer};

async fn numbers(home: &Home, role: &str) -> Vec<u64> {
    let queue = home.views().queue(role, 100).await.unwrap();
    let counts = queue.iter().map(|item| item.number.to_string()[9..].parse().unwrap());
    counts.collect()
}

#[tokio::test]
async fn the_least_time_left_comes_first_then_who_came_first_then_what_has_no_limit() {
    let home = Home::new().await;
    for (count, due) in [
        (1, None),
        (2, Some(date(2026, 12, 5))),
        (3, Some(date(2026, 11, 29))),
        (4, Some(date(2026, 12, 5))),
    ] {
        home.submits(&number(count), due).await;
        home.clock.advance(SignedDuration::from_secs(1));
    }
    home.catch_up().await;
    assert_eq!(numbers(&home, "sub_registrar").await, [3, 2, 4, 1]);
    assert_eq!(
        home.views().queue("sub_registrar", 2).await.unwrap().len(),
        2,
        "no more than asked for"
    );
    assert_eq!(home.views().queue_length("sub_registrar").await.unwrap(), 4);
    assert_eq!(home.views().queue_length("registrar").await.unwrap(), 0);
    assert_eq!(
        home.views().queue_length("sub").await.unwrap(),
        0,
        "a role is a whole word"
    );
}

#[tokio::test]
async fn a_file_is_in_one_queue_at_a_time_and_in_none_once_decided() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    home.submits(&number(2), None).await;
    home.forwards(&number(1)).await;
    home.catch_up().await;
    assert_eq!(numbers(&home, "sub_registrar").await, [2]);
    assert_eq!(numbers(&home, "registrar").await, [1]);
    let item = home.views().queue("registrar", 1).await.unwrap().remove(0);
    assert_eq!(item.passed_by.as_ref().map(|by| by.as_str()), Some("DEMO-1"));
    assert_eq!(
        (item.stage.as_str(), item.applicant.as_deref()),
        ("decision", Some("Aarav Sharma"))
    );
    home.approves(&number(1)).await;
    home.execute::<Application>(
        number(2),
        Command::Withdraw {
            citizen: citizen(),
            at: home.now(),
        },
    )
    .await;
    home.catch_up().await;
    assert_eq!(numbers(&home, "sub_registrar").await, [0; 0]);
    assert_eq!(numbers(&home, "registrar").await, [0; 0]);
}

#[tokio::test]
async fn a_file_that_waits_for_the_citizen_stays_in_the_queue_marked() {
    let home = Home::new().await;
    home.submits(&number(1), None).await;
    let by = officer("DEMO-1", "sub_registrar");
    let ask = Command::Ask {
        stage: "scrutiny".into(),
        by,
        question: "कब?".into(),
        paper: None,
        at: home.now(),
    };
    home.execute::<Application>(number(1), ask).await;
    home.catch_up().await;
    assert!(home.views().queue("sub_registrar", 1).await.unwrap()[0].waiting);
}

#[tokio::test]
async fn a_citizen_sees_the_newest_first() {
    let home = Home::new().await;
    for count in 1..=3 {
        home.submits(&number(count), None).await;
        home.clock.advance(SignedDuration::from_secs(1));
    }
    home.catch_up().await;
    let files = home.views().files_of(citizen(), 2).await.unwrap();
    assert_eq!(
        files.iter().map(|file| file.row.number.clone()).collect::<Vec<_>>(),
        [number(3), number(2)]
    );
}
