//! Batches on their way from the process that took them in to the one that leads.
//!
//! A follower hands its prepared (sealed, hashed) batches to the leader over one connection, many at a time, and passes the
//! verdicts on. Whatever goes wrong with that, the batch goes to the follower's own writer, which is always right, only slower when
//! others write as well: the connection cannot be made or breaks, the leader changes, the answer is late, the leader's writer failed,
//! a frame is not what it should be, the batch is too large for one.
//!
//! A batch that had been sent by then may have been committed, may never be, or may be committed later. A second attempt cannot
//! store it twice (its command id is a primary key), and a refusal stays right: streams only grow, row versions and keys are
//! never used again. The few refusals that could turn into an acceptance later are told as "unknown" then (see `client.rs`).

mod client;
mod frames;
mod messages;
mod server;
#[cfg(test)]
mod tests;

pub(super) use client::Forwarder;
pub(super) use server::Host;
