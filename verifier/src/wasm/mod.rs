//! The doors of the two WebAssembly modules: one checks, the other (feature `pictures`) reads codes in pictures. Nothing is
//! handed over but numbers: the page asks for room, writes its bytes there, calls, and reads the answer, JSON in UTF-8, where
//! it is told that it lies. The modules import nothing: no clock, no chance, no network.
//!
//! A panic stops a module (a trap, which the page sees as an exception): no answer, and so never a good one.
#![expect(
    unsafe_code,
    reason = "a name that the linker keeps counts as unsafe; nothing here reads or writes through a pointer"
)]

#[cfg(not(feature = "pictures"))]
mod check;
#[cfg(feature = "pictures")]
mod pictures;

use std::sync::{Mutex, PoisonError};

/// What lies between two calls.
struct Desk {
    input: Vec<u8>,
    output: String,
}

static DESK: Mutex<Desk> = Mutex::new(Desk {
    input: Vec::new(),
    output: String::new(),
});

/// Does something with the input and keeps what it answers; its length in bytes.
fn answer(act: impl FnOnce(Vec<u8>) -> String) -> usize {
    let mut desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    let input = std::mem::take(&mut desk.input);
    desk.output = act(input);
    desk.output.len()
}

/// Makes room for the next call's bytes, and says where.
#[unsafe(no_mangle)]
extern "C" fn input(length: usize) -> *mut u8 {
    let mut desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    desk.input = vec![0; length];
    desk.input.as_mut_ptr()
}

/// Where the last answer lies.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    DESK.lock().unwrap_or_else(PoisonError::into_inner).output.as_ptr()
}
