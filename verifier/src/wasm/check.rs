//! The module that checks.

use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::answer;
use crate::{
    Kept,
    asked::{asked, fault},
};

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

fn with_kept(act: impl FnOnce(&mut Kept, Vec<u8>) -> String) -> usize {
    answer(|input| act(&mut KEPT.lock().unwrap_or_else(PoisonError::into_inner), input))
}

fn json(told: &impl Serialize) -> String {
    serde_json::to_string(told).unwrap_or_else(|error| fault(&error.to_string()))
}

/// [`Kept::keys`]: the input is the directory in JSON, as served. Answers `{}` or `{"error": …}`.
#[unsafe(no_mangle)]
extern "C" fn keys() -> usize {
    with_kept(|kept, input| match kept.keys(&input) {
        Ok(()) => "{}".to_owned(),
        Err(error) => fault(&error.to_string()),
    })
}

/// [`Kept::list`]: the input is a list as served. Answers [`crate::Taken`] or `{"error": …}`.
#[unsafe(no_mangle)]
extern "C" fn list() -> usize {
    with_kept(|kept, input| match kept.list(input) {
        Ok(taken) => json(&taken),
        Err(error) => fault(&error.to_string()),
    })
}

/// [`Kept::told`] at a time in milliseconds since 1970.
#[unsafe(no_mangle)]
extern "C" fn told(now: f64) -> usize {
    // A cast saturates, and what is no time is refused.
    with_kept(|kept, _| match Timestamp::from_millisecond(now as i64) {
        Ok(now) => json(&kept.told(now)),
        Err(error) => fault(&error.to_string()),
    })
}

/// [`asked`]: the input is the question in JSON.
#[unsafe(no_mangle)]
extern "C" fn check() -> usize {
    with_kept(|kept, input| asked(kept, &input))
}
