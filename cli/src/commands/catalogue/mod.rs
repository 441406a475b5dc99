//! `praman catalogue`: the services, for whoever writes their files.

mod check;
mod new;
mod show;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::Answer;

#[derive(Subcommand)]
pub(crate) enum What {
    /// Check the services' files: what is wrong stands a line each. Answers no if there is anything.
    Lint {
        /// A folder of services' files, checked together; or one file, checked beside the services of this program. Without it,
        /// the services of this program.
        what: Option<PathBuf>,
        /// Answer in JSON.
        #[arg(long)]
        json: bool,
    },
    /// What a citizen is told and asked, what officers do, what is printed.
    Show {
        /// The service's code, for instance birth_certificate; or a service's file.
        service: String,
        /// In which language.
        #[arg(long, default_value = "en")]
        lang: Lang,
    },
    /// Write the file of a new service, with everything in it but the words that only you know.
    New {
        /// The service's code: lower-case words joined by _.
        code: String,
        /// The folder to write it into.
        #[arg(long, default_value = ".")]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Lang {
    En,
    Hi,
}

impl From<Lang> for domain::Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Hi => Self::Hi,
        }
    }
}

pub(crate) fn run(what: What) -> anyhow::Result<Answer> {
    match what {
        What::Lint { what, json } => check::run(what.as_deref(), json),
        What::Show { service, lang } => show::run(&service, lang.into()),
        What::New { code, out } => new::run(&code, &out),
    }
}
