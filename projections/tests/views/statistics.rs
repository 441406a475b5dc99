//! Counts are those of a naive count over what happened, however the rows came to be; and the status is there with the command.

use std::collections::BTreeMap;

use domain::application::{Application, Command};
use domain::ist_date;
use jiff::{SignedDuration, civil::Date};
use projections::{Counts, StatusState, WITHIN_DAYS, rebuild, replay};
use proptest::prelude::*;

use crate::home::{Home, citizen, number, officer};

/// What a test does: an application of a few, and what is tried on it.
type Act = (u64, u8);

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Nothing,
    Scrutiny,
    Asked,
    Decision,
    Ended,
}

#[derive(Clone, Copy)]
struct Naive {
    stage: Stage,
    day: Date,
}

struct World {
    home: Home,
    files: BTreeMap<u64, Naive>,
    expected: BTreeMap<Date, Counts>,
}

impl World {
    fn today(&self) -> Date {
        ist_date(self.home.now())
    }

    fn decided(&mut self, day: Date) -> &mut Counts {
        let (today, days) = (self.today(), (self.today() - day).get_days());
        let class = WITHIN_DAYS
            .iter()
            .position(|last| days <= i32::from(*last))
            .unwrap_or(WITHIN_DAYS.len());
        let counts = self.expected.entry(today).or_default();
        counts.decided_within[class] += 1;
        counts
    }

    fn on(&mut self, day: Date) -> &mut Counts {
        self.expected.entry(day).or_default()
    }

    async fn acts(&mut self, (count, act): Act) {
        let today = self.today();
        let file = *self.files.entry(count).or_insert(Naive {
            stage: Stage::Nothing,
            day: today,
        });
        let (number, at) = (number(count), self.home.now());
        let scrutiny = || officer("DEMO-1", "sub_registrar");
        let stage = match (file.stage, act) {
            (Stage::Nothing, _) => {
                self.home.submits(&number, None).await;
                self.files.insert(
                    count,
                    Naive {
                        stage: Stage::Scrutiny,
                        day: today,
                    },
                );
                let counts = self.on(today);
                (counts.submitted, counts.under_way) = (counts.submitted + 1, counts.under_way + 1);
                return;
            }
            (Stage::Scrutiny, 0 | 1) => {
                self.home.forwards(&number).await;
                Stage::Decision
            }
            (Stage::Scrutiny, 2) => {
                let ask = Command::Ask {
                    stage: "scrutiny".into(),
                    by: scrutiny(),
                    question: "कब?".into(),
                    paper: None,
                    at,
                };
                self.home.execute::<Application>(&number, ask).await;
                self.on(file.day).waiting += 1;
                Stage::Asked
            }
            (Stage::Decision, 0..=2) => {
                self.home.approves(&number).await;
                self.decided(file.day).approved += 1;
                self.on(file.day).under_way -= 1;
                Stage::Ended
            }
            (Stage::Scrutiny | Stage::Decision | Stage::Asked, 3) => {
                self.home
                    .execute::<Application>(&number, Command::Withdraw { citizen: citizen(), at })
                    .await;
                self.on(today).withdrawn += 1;
                if file.stage == Stage::Asked {
                    self.on(file.day).waiting -= 1;
                }
                self.on(file.day).under_way -= 1;
                Stage::Ended
            }
            _ => {
                self.home.clock.advance(SignedDuration::from_hours(i64::from(act) * 9));
                return;
            }
        };
        self.files.insert(count, Naive { stage, ..file });
    }

    async fn counted(&self) {
        let from = "2026-01-01".parse().unwrap();
        let statistics = self.home.views().statistics(from).await.unwrap();
        let found = statistics
            .services
            .get("birth_certificate")
            .cloned()
            .unwrap_or_default();
        let mut expected = self.expected.clone();
        expected.retain(|_, counts| *counts != Counts::default());
        assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn counts_are_those_of_a_naive_count(acts in prop::collection::vec((1..6_u64, 0..8_u8), 1..40), looks in 1..12_usize) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut world = World { home: Home::new().await, files: BTreeMap::new(), expected: BTreeMap::new() };
            for (done, act) in acts.into_iter().enumerate() {
                world.acts(act).await;
                if done % looks == 0 {
                    world.home.catch_up().await;
                    world.counted().await;
                }
            }
            world.home.catch_up().await;
            world.counted().await;
            assert_eq!(replay(&world.home.ledger).await.unwrap().differences, []);
            // Made step by step, made anew and folded for comparison: all the same.
            assert_eq!(rebuild(&world.home.ledger, None).await.unwrap().differing, 0);
            world.counted().await;
            assert_eq!(replay(&world.home.ledger).await.unwrap().differences, []);
        });
    }
}

#[test]
fn half_of_the_decisions_and_nearly_all_of_them() {
    let mut counts = Counts::default();
    assert_eq!(counts.days_to_decision(50), None);
    counts.decided_within[0] = 10;
    counts.decided_within[4] = 9;
    counts.decided_within[WITHIN_DAYS.len()] = 1;
    assert_eq!(counts.days_to_decision(50), Some(Some(0)));
    assert_eq!(counts.days_to_decision(51), Some(Some(5)));
    assert_eq!(counts.days_to_decision(95), Some(Some(5)));
    assert_eq!(counts.days_to_decision(96), Some(None));
}

#[tokio::test]
async fn whoever_asks_right_after_a_command_is_told_of_it() {
    for home in Home::on_each_store().await {
        let views = home.views();
        home.submits(&number(1), None).await;
        let state = async || {
            views
                .statuses_of(citizen(), 9)
                .await
                .unwrap()
                .first()
                .map(|status| (status.state, status.stage))
        };
        assert_eq!(state().await, Some((StatusState::Open, 0)), "nobody follows the log");
        home.forwards(&number(1)).await;
        assert_eq!(state().await, Some((StatusState::Open, 1)));
        home.approves(&number(1)).await;
        assert_eq!(state().await, Some((StatusState::Approved, 1)));
        assert_eq!(replay(&home.ledger).await.unwrap().differences, []);
    }
}
