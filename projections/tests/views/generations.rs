//! Rows made anew beside the ones in use: readers see one generation or the other, each whole, whatever dies on the way.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll},
};

use projections::{Projector, ViewError, rebuild, replay, standings};

use crate::home::{Home, PATIENCE, citizen, number};

/// A future that is given up after it has been woken so many times: what happens when a process dies between two steps.
struct GivenUp<F> {
    work: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for GivenUp<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.work.as_mut().poll(context).map(Some)
    }
}

async fn files(home: &Home, count: u64) {
    for count in 1..=count {
        home.submits(&number(count), None).await;
        home.forwards(&number(count)).await;
    }
    home.meets("+919000000001").await;
}

async fn serving(home: &Home, view: &str) -> u32 {
    let all = standings(&home.ledger, home.now()).await.unwrap();
    let one = all.into_iter().find(|standing| standing.view == view).unwrap();
    one.serving.unwrap().number
}

#[tokio::test]
async fn before_the_first_rows_are_whole_nobody_is_told_that_there_are_none() {
    let home = Home::new().await;
    files(&home, 2).await;
    assert!(matches!(
        home.views().file(&number(1)).await,
        Err(ViewError::NotYet { view: "file" })
    ));
    home.catch_up().await;
    assert!(home.views().file(&number(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rebuild_serves_the_same_rows_from_a_new_place_and_leaves_nothing_of_the_old() {
    for home in Home::on_each_store().await {
        files(&home, 5).await;
        home.catch_up().await;
        let before = home.ledger.rows("file@1", None, 100).await.unwrap();
        let rebuilt = rebuild(&home.ledger, Some("file")).await.unwrap();
        assert_eq!(
            (rebuilt.events, rebuilt.rows, rebuilt.differing, rebuilt.parked),
            (10, 5, 0, 0)
        );
        let after = home.ledger.rows("file@2", None, 100).await.unwrap();
        let content = |rows: &[ledger::Row]| -> Vec<_> {
            rows.iter()
                .map(|row| (row.key.clone(), row.body.clone(), row.terms.clone()))
                .collect()
        };
        assert_eq!(content(&before), content(&after));
        for space in ["file@1", "file@1 sums", "file@1 parked"] {
            assert!(home.ledger.rows(space, None, 1).await.unwrap().is_empty(), "{space}");
        }
        assert_eq!((serving(&home, "file").await, serving(&home, "person").await), (2, 1));
        home.submits(&number(6), None).await;
        home.catch_up().await;
        assert!(
            home.views().file(&number(6)).await.unwrap().is_some(),
            "it goes on from there"
        );
        assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
        assert!(
            rebuild(&home.ledger, Some("files")).await.is_err(),
            "there is no such view"
        );
    }
}

#[tokio::test]
async fn wherever_a_rebuild_dies_readers_see_whole_rows_and_the_next_one_succeeds() {
    for home in Home::on_each_store().await {
        files(&home, 4).await;
        home.catch_up().await;
        let views = home.views();
        let (mut died, mut count) = (0, 4);
        // Each point at the beginning; then ever fewer, for a server takes hundreds of steps.
        let mut left = 1;
        loop {
            let work = Box::pin(rebuild(&home.ledger, Some("file")));
            let ended = GivenUp { work, left }.await;
            // What it had under way is stored or not, as when a process dies.
            let listed = views.files_of(citizen(), 100).await.unwrap();
            assert_eq!(listed.len(), usize::try_from(count).unwrap(), "given up after {left}");
            assert!(listed.iter().all(|file| file.row.history.len() == 2 && !file.parked));
            if died % 4 == 0 {
                count += 1;
                home.submits(&number(count), None).await;
                home.forwards(&number(count)).await;
                home.catch_up().await;
            }
            if let Some(ended) = ended {
                ended.unwrap();
                break;
            }
            died += 1;
            left += 1 + left / 16;
        }
        assert!(died > 5, "it died only {died} times");
        home.catch_up().await;
        rebuild(&home.ledger, None).await.unwrap();
        assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
        let standing = standings(&home.ledger, home.now()).await.unwrap();
        assert!(
            standing
                .iter()
                .all(|view| view.building.is_none() && view.events_behind == 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_only_whole_rows_while_eight_write_and_views_are_made_anew() {
    const BEFORE: u64 = 20;
    for home in Home::on_each_store().await {
        let home = Arc::new(home);
        files(&home, BEFORE).await;
        let projector = Projector::start(&home.ledger);
        assert!(projector.reached(home.ledger.head().await.unwrap(), PATIENCE).await);
        let done = Arc::new(AtomicBool::new(false));
        let reader = {
            let (home, done) = (home.clone(), done.clone());
            tokio::spawn(async move {
                let (views, mut seen, mut asked) = (home.views(), 0, 0_u64);
                while !done.load(Ordering::Relaxed) {
                    let listed = views.files_of(citizen(), 10_000).await.unwrap().len();
                    assert!(listed >= seen, "{seen} files were there, then {listed}");
                    seen = listed;
                    let file = views.file(&number(asked % BEFORE + 1)).await.unwrap();
                    assert_eq!(file.map(|file| file.history.len()), Some(2));
                    asked += 1;
                }
                (seen, asked)
            })
        };
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let home = home.clone();
                tokio::spawn(async move {
                    for count in 1..=10 {
                        let number = number(1_000 * (writer + 1) + count);
                        home.submits(&number, None).await;
                        home.forwards(&number).await;
                    }
                })
            })
            .collect();
        let mut rebuilt = 0;
        while rebuilt < 2 || writers.iter().any(|writer| !writer.is_finished()) {
            assert_eq!(rebuild(&home.ledger, Some("file")).await.unwrap().differing, 0);
            rebuilt += 1;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert!(projector.reached(home.ledger.head().await.unwrap(), PATIENCE).await);
        done.store(true, Ordering::Relaxed);
        let (seen, asked) = reader.await.unwrap();
        assert!(
            seen >= usize::try_from(BEFORE).unwrap() && asked > 2,
            "{seen} seen, {asked} asked"
        );
        assert_eq!(home.views().files_of(citizen(), 10_000).await.unwrap().len(), 100);
        assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
    }
}

#[tokio::test]
async fn how_far_a_view_is_behind_is_told_in_events_and_in_time() {
    let home = Home::new().await;
    files(&home, 1).await;
    home.catch_up().await;
    let before = home.ledger.head().await.unwrap();
    home.clock.advance(jiff::SignedDuration::from_secs(60));
    home.submits(&number(2), None).await;
    home.submits(&number(3), None).await;
    home.clock.advance(jiff::SignedDuration::from_secs(5));
    for view in standings(&home.ledger, home.now()).await.unwrap() {
        assert_eq!((view.position, view.events_behind, view.parked), (before, 2, 0));
        assert_eq!(view.time_behind, Some(jiff::SignedDuration::from_secs(5)));
    }
    home.catch_up().await;
    for view in standings(&home.ledger, home.now()).await.unwrap() {
        assert_eq!((view.events_behind, view.time_behind), (0, None));
    }
}
