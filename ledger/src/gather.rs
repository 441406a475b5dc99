//! Questions that are asked at the same time are answered by one query.
//!
//! Most of what a small read costs is the asking. Whoever asks first asks alone and at once; those who come while that query is under
//! way wait for the next one, which one of them asks for all. Nobody waits for company.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::fault::Fault;

/// Questions in one query.
const QUESTIONS_MAX: usize = 256;

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A, Fault>>);

pub(crate) struct Gather<Q, A> {
    waiting: Mutex<Vec<Waiting<Q, A>>>,
    turn: tokio::sync::Mutex<()>,
}

impl<Q, A> Default for Gather<Q, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<Q: Clone, A> Gather<Q, A> {
    /// The answer to one question. `answer` answers several, in their order.
    pub(crate) async fn ask<F>(&self, question: Q, answer: impl Fn(Vec<Q>) -> F) -> Result<A, Fault>
    where
        F: Future<Output = Result<Vec<A>, Fault>>,
    {
        loop {
            let (reply, mut told) = oneshot::channel();
            self.waiting().push((question.clone(), reply));
            loop {
                let turn = tokio::select! {
                    biased;
                    told = &mut told => match told {
                        Ok(told) => return told,
                        // The one who asked for all was dropped on the way.
                        Err(_) => break,
                    },
                    turn = self.turn.lock() => turn,
                };
                // Those who are about to ask as well, because one commit has answered them all, are let come first.
                tokio::task::yield_now().await;
                let (questions, replies): (Vec<Q>, Vec<_>) = {
                    let mut waiting = self.waiting();
                    let number = waiting.len().min(QUESTIONS_MAX);
                    waiting.drain(..number).unzip()
                };
                match answer(questions).await {
                    // A caller that has gone needs no answer.
                    Ok(answers) => replies
                        .into_iter()
                        .zip(answers)
                        .for_each(|(reply, answer)| drop(reply.send(Ok(answer)))),
                    Err(fault) => replies
                        .into_iter()
                        .for_each(|reply| drop(reply.send(Err(fault.clone())))),
                }
                drop(turn);
            }
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting<Q, A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    const UNLUCKY: usize = 1_000_000;

    /// Doubles numbers, but not the unlucky one, when it is let.
    #[derive(Default)]
    struct Doubling {
        gather: Gather<usize, usize>,
        queries: AtomicUsize,
        let_through: Option<Semaphore>,
    }

    impl Doubling {
        async fn ask(&self, number: usize) -> Result<usize, Fault> {
            self.gather
                .ask(number, async |numbers: Vec<usize>| {
                    self.queries.fetch_add(1, Ordering::SeqCst);
                    if let Some(let_through) = &self.let_through {
                        let_through.acquire().await.unwrap().forget();
                    }
                    if numbers.contains(&UNLUCKY) {
                        return Err(Fault::Deadline);
                    }
                    Ok(numbers.into_iter().map(|number| 2 * number).collect())
                })
                .await
        }
    }

    async fn until(condition: impl Fn() -> bool) {
        while !condition() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn each_gets_the_answer_to_their_own_question_and_those_who_wait_share_a_query() {
        let doubling = Arc::new(Doubling {
            let_through: Some(Semaphore::new(0)),
            ..Doubling::default()
        });
        let ask = |number| {
            let doubling = Arc::clone(&doubling);
            tokio::spawn(async move { doubling.ask(number).await })
        };
        let first = ask(0);
        until(|| doubling.queries.load(Ordering::SeqCst) == 1).await;
        let others: Vec<_> = (1..=QUESTIONS_MAX + 1).map(ask).collect();
        until(|| doubling.gather.waiting().len() == QUESTIONS_MAX + 1).await;
        doubling.let_through.as_ref().unwrap().add_permits(3);
        assert_eq!(first.await.unwrap().unwrap(), 0);
        for (number, other) in (1..).zip(others) {
            assert_eq!(other.await.unwrap().unwrap(), 2 * number);
        }
        assert_eq!(
            doubling.queries.load(Ordering::SeqCst),
            3,
            "alone, a full query, and the one left"
        );
    }

    #[tokio::test]
    async fn a_fault_is_told_to_all_and_one_who_goes_away_takes_nobody_along() {
        let doubling = Arc::new(Doubling {
            let_through: Some(Semaphore::new(0)),
            ..Doubling::default()
        });
        let ask = |number| {
            let doubling = Arc::clone(&doubling);
            tokio::spawn(async move { doubling.ask(number).await })
        };
        let first = ask(0);
        until(|| doubling.queries.load(Ordering::SeqCst) == 1).await;
        let second = ask(1);
        until(|| doubling.gather.waiting().len() == 1).await;
        let third = ask(2);
        until(|| doubling.gather.waiting().len() == 2).await;
        // The first one's answer is lost; the second, who then asks for both, is lost as well.
        first.abort();
        until(|| doubling.queries.load(Ordering::SeqCst) == 2).await;
        second.abort();
        until(|| doubling.queries.load(Ordering::SeqCst) == 3).await;
        doubling.let_through.as_ref().unwrap().add_permits(1);
        assert_eq!(third.await.unwrap().unwrap(), 4);

        let unlucky = ask(UNLUCKY);
        doubling.let_through.as_ref().unwrap().add_permits(1);
        assert!(matches!(unlucky.await.unwrap(), Err(Fault::Deadline)));
    }
}
