//! The door of the WebAssembly module. Nothing is handed over but numbers: the page asks for room, writes its bytes there,
//! calls, and reads the answer, JSON in UTF-8, where it is told that it lies. The module imports nothing: no clock, no chance,
//! no network.
//!
//! A panic stops the module (a trap, which the page sees as an exception): no answer, and so never a good one.
#![expect(
    unsafe_code,
    reason = "a name that the linker keeps counts as unsafe; nothing here reads or writes through a pointer"
)]

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::{
    Kept,
    asked::{asked, fault},
};

#[derive(Default)]
struct Module {
    kept: Kept,
    input: Vec<u8>,
    output: String,
}

static MODULE: Mutex<Option<Module>> = Mutex::new(None);

/// Does something with the input and keeps what it answers; its length in bytes.
fn answer(act: impl FnOnce(&mut Kept, Vec<u8>) -> String) -> usize {
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    let module = module.get_or_insert_default();
    let input = std::mem::take(&mut module.input);
    module.output = act(&mut module.kept, input);
    module.output.len()
}

fn instant(milliseconds: f64) -> Result<Timestamp, String> {
    // A cast saturates, and what is no time is refused.
    Timestamp::from_millisecond(milliseconds as i64).map_err(|error| error.to_string())
}

/// Makes room for the next call's bytes, and says where.
#[unsafe(no_mangle)]
extern "C" fn input(length: usize) -> *mut u8 {
    let mut module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    let module = module.get_or_insert_default();
    module.input = vec![0; length];
    module.input.as_mut_ptr()
}

/// Where the last answer lies.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    let module = MODULE.lock().unwrap_or_else(PoisonError::into_inner);
    module
        .as_ref()
        .map_or(std::ptr::null(), |module| module.output.as_ptr())
}

/// [`Kept::keys`]: the input is the directory in JSON, as served. Answers `{}` or `{"error": …}`.
#[unsafe(no_mangle)]
extern "C" fn keys() -> usize {
    answer(|kept, input| match kept.keys(&input) {
        Ok(()) => "{}".to_owned(),
        Err(error) => fault(&error.to_string()),
    })
}

/// [`Kept::list`]: the input is a list as served. Answers [`crate::Taken`] or `{"error": …}`.
#[unsafe(no_mangle)]
extern "C" fn list() -> usize {
    answer(|kept, input| match kept.list(input) {
        Ok(taken) => serde_json::to_string(&taken).unwrap_or_else(|error| fault(&error.to_string())),
        Err(error) => fault(&error.to_string()),
    })
}

/// [`Kept::told`], as JSON.
#[unsafe(no_mangle)]
extern "C" fn told(now: f64) -> usize {
    answer(|kept, _| match instant(now) {
        Ok(now) => serde_json::to_string(&kept.told(now)).unwrap_or_else(|error| fault(&error.to_string())),
        Err(error) => fault(&error),
    })
}

/// [`asked`]: the input is the question in JSON.
#[unsafe(no_mangle)]
extern "C" fn check() -> usize {
    answer(|kept, input| asked(kept, &input))
}
