//! `praman keys`: what an installation signs with, from the ceremony to the last day of a key.
//!
//! A verb that changes something writes the key file and the log, so no service may run, for each reads its keys at its start and
//! never again: with SQLite the store's lock says so, with PostgreSQL an advisory lock that each service holds. The key
//! file comes first, the log follows; if something comes between, the same verb again, or the next start, puts it down.
//! Each verb may be repeated: what is so already is answered with yes and changes nothing, and a key that was begun and not answered for is
//! finished and not drawn twice.

mod begun;
mod ceremony;
mod certificate;
mod change;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use keys::{Algorithm, KeyId, Purpose};

use crate::{Answer, settings::Flags};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    show: show::Shown,
}

#[derive(Subcommand)]
enum What {
    /// Every key: for what, since when, and what became of it.
    List(Common),
    /// Draw a key. From its first instant on, and from the next start of the service on, it signs for its purpose; the
    /// others of that purpose stay in use beside it.
    New(New),
    /// Draw a key and retire those of the same purpose. With a PDF key, which needs its certificate first, or the log's key,
    /// which others know: `new`, and later `retire`.
    Rotate(Rotate),
    /// End a key. What it signed stays good; what is dated later does not count.
    Retire(Retire),
    /// A key is in other hands: what it signed counts only where the log had it before.
    Compromised(Compromised),
    /// Write the request (PKCS #10) with which a licensed authority is asked for the certificate of the PDF key.
    Request(Request),
    /// Take in what the authority issued: the certificate and those above it, PEM or DER.
    Certificate(Taken),
    /// Make keys before witnesses: the first ones of an installation, or further ones. The transcript goes into the log, and
    /// a page to sign is printed.
    Ceremony(ceremony::Options),
    /// Print the page of a ceremony again, from the log.
    Transcript(Transcript),
}

#[derive(Args)]
struct Common {
    #[command(flatten)]
    flags: Flags,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct New {
    /// What it is for.
    #[arg(long)]
    purpose: For,
    /// How it signs [default: ed25519; for PDFs p256].
    #[arg(long)]
    algorithm: Option<How>,
    /// The first instant at which it signs, for instance 2027-01-01T00:00:00+05:30 [default: now, or the time of the oldest
    /// certificate that was approved and is not signed yet].
    #[arg(long)]
    from: Option<Timestamp>,
    /// Make it in the token that the settings name, where it stays.
    #[arg(long)]
    in_token: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Rotate {
    /// What it is for.
    #[arg(long)]
    purpose: For,
    /// Make the new one in the token that the settings name, where it stays.
    #[arg(long)]
    in_token: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Retire {
    /// The key's name, eight hexadecimal digits.
    key: KeyId,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Compromised {
    /// The key's name, eight hexadecimal digits.
    key: KeyId,
    /// The first instant at which it may have been in other hands, for instance 2026-11-22T09:00:00+05:30.
    #[arg(long)]
    since: Timestamp,
    /// The last position of the log that counts on [default: the last one that was recorded before that instant].
    #[arg(long)]
    position: Option<u64>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Request {
    /// The PDF key; needed where there are several without a certificate.
    #[arg(long)]
    key: Option<KeyId>,
    /// What the signature is called: the office.
    #[arg(long)]
    common_name: String,
    /// The department.
    #[arg(long)]
    organization: Option<String>,
    /// The office in it.
    #[arg(long)]
    unit: Option<String>,
    /// State or union territory.
    #[arg(long)]
    state: Option<String>,
    /// Two capital letters, for instance IN.
    #[arg(long)]
    country: Option<String>,
    /// The file to write; without it the request is printed.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Taken {
    /// The file, or several.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Transcript {
    /// The ceremony's name, as `audit history` tells it: key_ceremony/NAME.
    ceremony: uuid::Uuid,
    #[command(flatten)]
    common: Common,
}

/// The purposes for which an installation makes keys by hand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum For {
    /// The credential in the code.
    Credential,
    /// The log's signed head.
    Checkpoint,
    /// Status lists.
    Status,
    /// The signature in the PDF.
    Pdf,
    /// Cosignatures on the logs of others.
    Witness,
}

impl From<For> for Purpose {
    fn from(purpose: For) -> Self {
        match purpose {
            For::Credential => Self::Credential,
            For::Checkpoint => Self::Checkpoint,
            For::Status => Self::Status,
            For::Pdf => Self::Pdf,
            For::Witness => Self::Witness,
        }
    }
}

/// How a key signs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    Ed25519,
    P256,
    Rsa2048,
}

impl How {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519 => Algorithm::Ed25519,
            Self::P256 => Algorithm::P256,
            Self::Rsa2048 => Algorithm::Rsa2048,
        }
    }
}

/// What a purpose takes without being told.
const fn usual(purpose: Purpose) -> Algorithm {
    match purpose {
        Purpose::Pdf | Purpose::Authority => Algorithm::P256,
        _ => Algorithm::Ed25519,
    }
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    match options.what {
        None => show::run(options.show),
        Some(What::List(common)) => show::list(common),
        Some(What::New(asked)) => change::new(asked).await,
        Some(What::Rotate(asked)) => change::rotate(asked).await,
        Some(What::Retire(asked)) => change::retire(asked).await,
        Some(What::Compromised(asked)) => change::compromised(asked).await,
        Some(What::Request(asked)) => certificate::request(asked),
        Some(What::Certificate(asked)) => certificate::take(asked).await,
        Some(What::Ceremony(asked)) => ceremony::run(asked).await,
        Some(What::Transcript(asked)) => ceremony::again(asked).await,
    }
}
