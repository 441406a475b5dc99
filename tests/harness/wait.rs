//! Waiting for a state.

use std::time::Duration;

use anyhow::{Context, Result};

/// How long a state that must come is waited for. Generous: a loaded machine is slow, and a right answer ends the wait.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How often a state is looked at: short beside any state's own time, long beside the cost of a look.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Looks until `look` finds something, and gives it back.
///
/// # Errors
/// When `look` itself fails, or when nothing was found by `deadline`: then the error names `what`.
pub async fn wait_for<T>(
    what: &str,
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let found = tokio::time::timeout(deadline, async {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
        }
    });
    found
        .await
        .with_context(|| format!("waited {deadline:?} for {what}"))?
        .with_context(|| format!("looking for {what}"))
}
