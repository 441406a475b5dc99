use jiff::Timestamp;

use super::Event;

/// What is asked of a ceremony's record.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put the whole of it down.
    Record {
        /// For whom the keys are.
        issuer: String,
        /// Who was there, each by office and, if they wish, name.
        present: Vec<String>,
        /// When it began.
        begun_at: Timestamp,
        /// [`Event::Step`] and [`Event::KeyMade`], in the order in which they happened.
        done: Vec<Event>,
        /// SHA-256 of the page that those present sign, lower-case hex.
        page_digest: String,
        /// When it ended.
        ended_at: Timestamp,
    },
}
