//! The signed file, with an authority's time stamp where one is set up and answers.

use std::sync::Arc;

use certificates::timestamp;
use domain::certificate::{Event, LogProof, NoTimeStamp, TimeStamp};

use super::make::{Drawn, Made};
use super::{IssuanceError, TimeAuthority};
use crate::{Setup, follow::ReactionError};

/// How often a file is signed for the sake of room: the first token of an authority shows how much it needs.
const ROUNDS: usize = 3;

/// The file of an intent, and what became of its time stamp.
pub(super) async fn file(
    setup: &Setup,
    prepared: Event,
    position: u64,
    proof: LogProof,
) -> Result<(Made, Option<TimeStamp>), ReactionError> {
    let issuer = setup.issuer.clone();
    let drawn = working(move || Drawn::new(&issuer, &prepared, position, &proof)).await?;
    let Some(authority) = &setup.time_authority else {
        return Ok((plain(setup, drawn).await?, None));
    };
    Ok(match with_stamp(setup, authority, &drawn).await? {
        Ok((made, at)) => (made, Some(TimeStamp::Given { at })),
        Err(reason) => {
            tracing::warn!(?reason, "signed without a time stamp");
            (plain(setup, drawn).await?, Some(TimeStamp::Missing { reason }))
        }
    })
}

type Stamped = (Made, jiff::Timestamp);

async fn with_stamp(
    setup: &Setup,
    authority: &Arc<TimeAuthority>,
    drawn: &Arc<Drawn>,
) -> Result<Result<Stamped, NoTimeStamp>, ReactionError> {
    for _ in 0..ROUNDS {
        let room = authority.room();
        let (issuer, page) = (setup.issuer.clone(), drawn.clone());
        let unstamped = working(move || page.sign(&issuer, room)).await?;
        let stamp = match authority.stamp(unstamped.signature(), &*setup.clock).await {
            Ok(stamp) => stamp,
            Err(reason) => return Ok(Err(reason)),
        };
        if stamp.token.len() > room {
            authority.needs(stamp.token.len());
            continue;
        }
        let (issuer, page, authority) = (setup.issuer.clone(), drawn.clone(), authority.clone());
        let timestamp::TimeStamp { token, at } = stamp;
        let made = working(move || page.finish(&issuer, unstamped, Some((&token, at)), authority.roots())).await?;
        return Ok(Ok((made, at)));
    }
    Ok(Err(NoTimeStamp::Bad))
}

async fn plain(setup: &Setup, drawn: Arc<Drawn>) -> Result<Made, ReactionError> {
    let issuer = setup.issuer.clone();
    working(move || drawn.finish(&issuer, drawn.sign(&issuer, 0)?, None, &[])).await
}

/// Shaping and signing take milliseconds of work without a pause.
async fn working<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IssuanceError> + Send + 'static,
) -> Result<T, ReactionError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| ReactionError::Again(Box::new(error)))??)
}
