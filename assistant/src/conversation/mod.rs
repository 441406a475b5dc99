//! The conversation: a pure machine from (state, what was said, facts) to (state, what is said back, what is to be done).
//!
//! ```text
//! first contact ─▶ language ─▶ menu ─▶ service ─▶ consent ─▶ questions ─▶ papers ─▶ check ─▶ Submit ─▶ receipt
//!                              │ ▲         back · change · save · cancel · help · another wish, at any point
//!                              ▼ │
//!          my applications · answer the office · withdraw · download · check a certificate · a person
//! ```
//!
//! Rules that hold everywhere:
//! - One bubble a turn; after an effect that wants words the caller comes back with its [`Outcome`] to [`after`].
//! - A button's id carries no meaning. What it does is kept here, and an act that changes something is taken only from
//!   the bubble shown last.
//! - Nothing is submitted, withdrawn or sent to the office but by a tap or word that answers the very question.
//! - An unfinished form is kept for thirty days and never goes without a word about it.
//! - Facts (fee, time, papers) come from the catalogue, and an unconfirmed figure is spoken as unconfirmed.

mod answer;
mod apply;
mod before;
mod confirm;
mod correct;
mod dialogue;
mod facts;
mod form;
mod general;
mod heard;
mod meeting;
mod named;
mod office;
mod opinion;
mod outcome;
mod particulars;
mod people;
mod phrases;
mod spoken;
mod state;
mod taken;
mod typed;
mod unusable;
mod verify;
mod view;

use dialogue::Dialogue;
pub use facts::{
    ApplicationState, ApplicationSummary, CertificateSummary, Effect, Facts, HandoffReason, Outcome, Standing, Turn,
    VerdictSummary, VerifyWhat,
};
pub use opinion::{Doubt, Opinion};
pub(crate) use phrases::Phrases;
pub use state::Conversation;
pub use view::StateView;

use crate::{Assistant, said::Said};

/// One turn: what was said is heard, and something is said back or done.
#[must_use]
pub fn converse(assistant: &Assistant, conversation: Conversation, said: &Said, facts: &Facts) -> Turn {
    // A reaction wants no answer, and is not a turn.
    if *said == Said::Reaction {
        return Turn {
            state: conversation,
            replies: Vec::new(),
            effects: Vec::new(),
            heard: None,
            doubt: None,
        };
    }
    let mut dialogue = Dialogue::new(assistant, conversation, facts);
    let reply = dialogue.hear(said);
    dialogue.finish(reply)
}

/// The conversation as it stands at the time of these facts: without the forms that have become too old since. Nothing is
/// said; the next turn says it.
#[must_use]
pub fn as_of(assistant: &Assistant, conversation: Conversation, facts: &Facts) -> Conversation {
    let turn = conversation.turn;
    let mut state = Dialogue::new(assistant, conversation, facts).state;
    state.turn = turn;
    state
}

/// The words after an effect that wants them.
#[must_use]
pub fn after(assistant: &Assistant, conversation: Conversation, outcome: &Outcome, facts: &Facts) -> Turn {
    let mut dialogue = Dialogue::new(assistant, conversation, facts);
    let reply = dialogue.tell(outcome);
    dialogue.finish(reply)
}
