use std::time::Duration;

use ledger::Row;
use tokio::task::{JoinHandle, JoinSet};
use whatsapp::Address;

use super::{
    Inbox, Setup, TurnError,
    asked::Asked,
    carry_out,
    inbox::{self, Kept},
};

/// How many messages are looked at in one round.
const ROUND: usize = 200;
/// How many citizens are answered at the same time.
const AT_ONCE: usize = 16;
/// How long to wait when nothing has come in, and after trouble.
const PAUSE: Duration = Duration::from_millis(500);
/// How often one turn is tried before the rest of the citizen's messages go on without it.
const TRIES: u32 = 8;

/// The running turns; dropping them stops them between two transactions.
pub struct Turns {
    task: JoinHandle<()>,
}

impl Turns {
    /// Starts answering.
    #[must_use]
    pub fn start(setup: Setup, inbox: Inbox) -> Self {
        Self {
            task: tokio::spawn(run(setup, inbox)),
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(setup: Setup, inbox: Inbox) {
    let mut running: JoinSet<Vec<Address>> = JoinSet::new();
    let mut busy: Vec<Address> = vec![];
    loop {
        if let Err(error) = inbox::split(&setup).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "deliveries wait");
        }
        match begin(&setup, &mut running, &mut busy).await {
            Ok(()) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "turns wait"),
        }
        tokio::select! {
            () = inbox.arrived() => {}
            Some(done) = running.join_next(), if !running.is_empty() => match done {
                Ok(done) => busy.retain(|address| !done.contains(address)),
                // A turn that panicked has stored nothing; whose it was is not known, so all may begin anew.
                Err(_) => {
                    running.shutdown().await;
                    busy.clear();
                }
            },
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Somebody whose messages wait, under every address that these bring: one may carry the number alone, the next both.
struct Waiting {
    addresses: Vec<Address>,
    messages: Vec<(Row, Kept)>,
}

/// Begins a task for each citizen who has something waiting and is not being answered already.
async fn begin(setup: &Setup, running: &mut JoinSet<Vec<Address>>, busy: &mut Vec<Address>) -> Result<(), TurnError> {
    let mut waiting: Vec<Waiting> = vec![];
    for row in inbox::pending(&setup.ledger, ROUND).await? {
        let kept = match inbox::kept(&row.body) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a message is put aside");
                inbox::put_aside(setup, &row).await?;
                continue;
            }
        };
        let from = kept.message.from.clone();
        if busy.iter().any(|address| address.meets(&from)) {
            continue;
        }
        match waiting
            .iter_mut()
            .find(|one| one.addresses.iter().any(|address| address.meets(&from)))
        {
            Some(one) => {
                if !one.addresses.contains(&from) {
                    one.addresses.push(from);
                }
                one.messages.push((row, kept));
            }
            None => waiting.push(Waiting {
                addresses: vec![from],
                messages: vec![(row, kept)],
            }),
        }
    }
    for Waiting { addresses, messages } in waiting {
        if running.len() >= AT_ONCE {
            break;
        }
        busy.extend(addresses.iter().cloned());
        let setup = setup.clone();
        running.spawn(async move {
            for (row, kept) in messages {
                if !answer(&setup, &row, &kept).await {
                    break;
                }
            }
            addresses
        });
    }
    Ok(())
}

/// One turn, tried until it is stored. `false` when it has to wait: the later messages of the citizen wait with it.
async fn answer(setup: &Setup, row: &Row, kept: &Kept) -> bool {
    let mut asked = Asked::default();
    for attempt in 1..=TRIES {
        match carry_out::turn(setup, row, kept, &mut asked, attempt == TRIES).await {
            Ok(()) => return true,
            // One such message must not silence everything after it.
            Err(error) if error.is_final() => {
                tracing::error!(error = &error as &dyn std::error::Error, "a message is put aside");
                return inbox::put_aside(setup, row).await.is_ok();
            }
            Err(error) => {
                tracing::warn!(
                    attempt,
                    error = &error as &dyn std::error::Error,
                    "a turn is tried again"
                );
                tokio::time::sleep(PAUSE / 10 * attempt).await;
            }
        }
    }
    false
}
