//! The catalogue: what each service asks, needs, costs and takes, in both languages.
//!
//! One file a service under `domain/services/`. From the one definition come the chat dialogue, the
//! officer's form and the certificate, so a figure or a label is written once. A figure that nobody
//! in the department has confirmed carries `confirmed = false` and is spoken as such.

mod concern;
mod eligibility;
mod example;
mod file;
mod form;
mod lint;
mod model;
mod numbers;
mod people;
mod printed;
mod problem;
mod subject;

use std::{collections::BTreeMap, sync::OnceLock};

use crate::Bilingual;

pub use concern::{Check, CheckTest, Concern, Weight};
pub use eligibility::{Bound, Eligibility, EligibilityTest};
pub use form::{Answers, CheckedForm, Name, Value};
pub use lint::{Finding, lint};
pub use model::{
    Aliases, Condition, Days, Document, Fee, FeeEach, Field, FieldKind, Layout, LifeEvent, Opt, Printed, RefusalReason,
    Service, Shows, Situations, Stage, StageKind, Validity,
};
pub use people::Person;
pub use printed::{date_in_words, instant_in_words};
pub use problem::{FieldProblem, FormProblem};
pub use subject::Subject;

/// Why the catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not TOML of the expected shape.
    #[error("service file {file} is not well formed")]
    File {
        /// The file's name without its ending.
        file: String,
        /// What the reader said.
        source: Box<toml::de::Error>,
    },
    /// A file carries another code than its name.
    #[error("service file {file} says its code is {code}")]
    Name {
        /// The file's name without its ending.
        file: String,
        /// The code inside.
        code: String,
    },
    /// The list of papers is not TOML of the expected shape.
    #[error("the list of papers is not well formed")]
    Papers(#[source] Box<toml::de::Error>),
}

/// Papers that people have, by code: those of which a document accepts any one.
const PAPERS: &str = include_str!("../../papers.toml");

/// All services, by code.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    services: BTreeMap<String, Service>,
    papers: BTreeMap<String, Bilingual>,
}

impl Catalogue {
    /// Reads services from (file name without ending, TOML text) pairs.
    ///
    /// # Errors
    /// [`CatalogueError`] names the first file that cannot be read.
    pub fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CatalogueError> {
        let papers = toml::from_str(PAPERS).map_err(|source| CatalogueError::Papers(Box::new(source)))?;
        let mut services = BTreeMap::new();
        for (file, text) in files {
            let service: Service = toml::from_str(text).map_err(|source| CatalogueError::File {
                file: file.to_owned(),
                source: Box::new(source),
            })?;
            if service.code != file {
                return Err(CatalogueError::Name {
                    file: file.to_owned(),
                    code: service.code,
                });
            }
            services.insert(service.code.clone(), service);
        }
        Ok(Self { services, papers })
    }

    /// The catalogue that was built into this program.
    ///
    /// # Errors
    /// As [`Catalogue::from_files`]; a test holds that the built-in files are well formed.
    pub fn embedded() -> Result<&'static Self, CatalogueError> {
        static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/services.rs"));
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        if let Some(catalogue) = CATALOGUE.get() {
            return Ok(catalogue);
        }
        let catalogue = Self::from_files(FILES.iter().copied())?;
        Ok(CATALOGUE.get_or_init(|| catalogue))
    }

    /// This catalogue with the services of another; of two with the same code the other's.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.services.extend(other.services.clone());
        all
    }

    /// One service.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Service> {
        self.services.get(code)
    }

    /// What a kind of paper is called, by the codes that documents accept.
    #[must_use]
    pub fn paper(&self, code: &str) -> Option<&Bilingual> {
        self.papers.get(code)
    }

    /// The papers of which a document accepts any one, as a list in words; none where it does not name several.
    #[must_use]
    pub fn accepted(&self, document: &Document) -> Option<Bilingual> {
        let labels: Vec<&Bilingual> = document.accepts.iter().filter_map(|code| self.paper(code)).collect();
        let list = |pick: fn(&Bilingual) -> &str| labels.iter().map(|label| pick(label)).collect::<Vec<_>>().join(", ");
        (labels.len() > 1).then(|| Bilingual::new(list(|label| &label.en), list(|label| &label.hi)))
    }

    /// Every service, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.services.values()
    }
}

#[cfg(test)]
mod tests;
