//! What can be told on this channel without having been asked: the assistant's words, for rooms that send.

pub use assistant::{
    news::{News, tell},
    reply::{DocumentRef, Reply},
};
