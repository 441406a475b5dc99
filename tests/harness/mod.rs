//! What the journeys and crash tests act through: the real binary as a process of its own, and the four people who
//! use it, each only through the door that they have in life. Nothing here reads the database or asks
//! a room what happened; the catalogue is known, as it is to everybody, and papers are read as their readers read them.
//!
//! Waiting is always for a state and always has a deadline ([`wait_for`]); nothing sleeps for a guessed time.

mod applicant;
mod auditor;
mod browser;
mod chat;
mod citizen;
mod forms;
mod looks;
mod officer;
mod outside;
mod paper;
mod postgres;
mod process;
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "shared with the tests of other packages"
)]
mod rfc3161;
mod session;
mod time_authority;
mod verifier;
mod wait;
mod world;

pub use applicant::{Applicant, Phone, application_number, certificate_number, service};
pub use auditor::Auditor;
pub use browser::Browser;
pub use chat::Chat;
pub use citizen::{Bubble, Citizen};
pub use forms::{Button, Form, forms};
pub use looks::pictures;
pub use officer::{Officer, officers};
pub use outside::{Need, have};
pub use paper::{attachments, blurred_paper, credential_code, paper, photo_of_code, photo_of_codes, portrait};
pub use postgres::Database;
pub use process::{Ended, Process, free_port};
pub use session::{Page, Session};
pub use time_authority::{Stamping, TimeAuthority};
pub use verifier::Verifier;
pub use wait::{DEADLINE, wait_for};
pub use world::{Settings, Simulator, Store, World, praman, program};
