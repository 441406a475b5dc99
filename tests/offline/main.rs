//! Checking without a connection: the page in a real Chromium, with the network off and the server ended; and the WebAssembly
//! module against the library that it is made of.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod alike;
mod page;

// What the module is asked besides good credentials: the spoiled ones of the room that judges them.
#[path = "../../certificates/tests/mutations/chance.rs"]
mod chance;
#[path = "../../certificates/tests/mutations/issuer.rs"]
#[expect(dead_code, reason = "here no register is asked")]
mod issuer;
#[path = "../../certificates/tests/mutations/loose.rs"]
mod loose;
#[path = "../../certificates/tests/mutations/spoil.rs"]
#[expect(dead_code, reason = "here nothing is counted by kind")]
mod spoil;
