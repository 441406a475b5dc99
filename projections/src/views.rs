use std::{sync::Arc, time::Duration};

use domain::{
    AnyEvent, ApplicationNumber, CertificateId, CertificateNumber, CitizenId, OfficerId,
    catalogue::{Catalogue, Value},
};
use jiff::{Timestamp, civil::Date};
use ledger::{Fault, Ledger};

use crate::{
    Entry, File, OfficerView, Person,
    view::{View, decoded},
};

/// The greatest text that a term's value can begin with.
const LAST: &str = "\u{10FFFF}";

/// How long an unknown number waits for the register to see all of the log, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// SHA-256 of a certificate number without its dashes, lower-case hex: what the register finds it by, without
/// listing it.
pub type CertificateNumberDigest = String;

/// Questions to the views. Cheap to clone. A fault is a fault: an outage never reads as "there is none".
#[derive(Clone)]
pub struct Views {
    ledger: Ledger,
    catalogue: Arc<Catalogue>,
}

/// One line of an officer's queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueItem {
    /// The application's number.
    pub number: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// The name of whom it is about; `None` once erased.
    pub applicant: Option<String>,
    /// The stage's code.
    pub stage: String,
    /// It waits for the citizen's answer.
    pub waiting: bool,
    /// The officer who passed the stage before may not act on it.
    pub passed_by: Option<OfficerId>,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// The last day of the time limit, where there is one.
    pub due: Option<Date>,
}

impl Views {
    /// Over a ledger's rows.
    #[must_use]
    pub const fn new(ledger: Ledger, catalogue: Arc<Catalogue>) -> Self {
        Self { ledger, catalogue }
    }

    /// One application.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn file(&self, number: &ApplicationNumber) -> Result<Option<File>, Fault> {
        self.one(&number.to_string()).await
    }

    /// A citizen's applications, newest first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn files_of(&self, citizen: CitizenId, limit: usize) -> Result<Vec<File>, Fault> {
        let from = citizen.to_string();
        let to = format!("{from}{LAST}");
        self.ledger
            .find(&File::space(), "citizen", &from, &to, None, true, limit)
            .await?
            .iter()
            .map(decoded)
            .collect()
    }

    /// The files that wait for a role, oldest time limit first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn queue(&self, role: &str, limit: usize) -> Result<Vec<QueueItem>, Fault> {
        let (from, to) = queue_range(role);
        let files: Vec<File> = self
            .ledger
            .find(&File::space(), "queue", &from, &to, None, false, limit)
            .await?
            .iter()
            .map(decoded)
            .collect::<Result<_, _>>()?;
        Ok(files.into_iter().filter_map(|file| self.queue_item(file)).collect())
    }

    /// How many files wait for a role.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn queue_length(&self, role: &str) -> Result<u64, Fault> {
        let (from, to) = queue_range(role);
        self.ledger.count(&File::space(), "queue", &from, &to).await
    }

    /// A certificate in the register, by its identifier.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn certificate(&self, id: CertificateId) -> Result<Option<Entry>, Fault> {
        self.one(&id.to_string()).await
    }

    /// A certificate, by the [`number_digest`] of its number, as the log tells it at this moment: whoever asks may rely on
    /// the answer, and a view that stands still must not keep a revocation from them, nor a certificate.
    ///
    /// # Errors
    /// [`Fault`]; [`Fault::Deadline`] when the number is not found and the register is still behind the log.
    pub async fn certificate_by_number(&self, digest: &str) -> Result<Option<Entry>, Fault> {
        let mut found = self.registered_under(digest).await?;
        if found.is_none() {
            self.register_reaches(self.ledger.head().await?).await?;
            found = self.registered_under(digest).await?;
        }
        match found {
            Some(entry) => self.told_by_the_log(&entry.id).await,
            None => Ok(None),
        }
    }

    async fn registered_under(&self, digest: &str) -> Result<Option<Entry>, Fault> {
        let found = self
            .ledger
            .find(&Entry::space(), "number", digest, digest, None, false, 1)
            .await?;
        found.first().map(decoded).transpose()
    }

    async fn told_by_the_log<V: View>(&self, id: &str) -> Result<Option<V>, Fault> {
        let mut row = None;
        for recorded in self.ledger.stream(V::AGGREGATE, id).await? {
            let event = AnyEvent::decode(&recorded.aggregate_type, &recorded.body).map_err(|_| Fault::Corrupt {
                position: recorded.position,
                what: format!("no event that view {} can read", V::NAME),
            })?;
            row = V::fold(row, &event, &recorded);
        }
        Ok(row)
    }

    async fn register_reaches(&self, position: u64) -> Result<(), Fault> {
        let reached = async {
            while self.ledger.bookmark(Entry::NAME, Entry::GENERATION).await? < position {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap_or(Err(Fault::Deadline))
    }

    /// A citizen's certificates, newest first.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn certificates_of(&self, holder: CitizenId, limit: usize) -> Result<Vec<Entry>, Fault> {
        let from = holder.to_string();
        let to = format!("{from}{LAST}");
        self.ledger
            .find(&Entry::space(), "holder", &from, &to, None, true, limit)
            .await?
            .iter()
            .map(decoded)
            .collect()
    }

    /// Every officer, in the order of their codes.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn officers(&self) -> Result<Vec<OfficerView>, Fault> {
        let rows = self.ledger.rows(&OfficerView::space(), None, 1_000).await?;
        rows.iter().map(decoded).collect()
    }

    /// One officer.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn officer(&self, id: &OfficerId) -> Result<Option<OfficerView>, Fault> {
        self.one(id.as_str()).await
    }

    /// One citizen.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn person(&self, id: CitizenId) -> Result<Option<Person>, Fault> {
        self.one(&id.to_string()).await
    }

    async fn one<V: View>(&self, key: &str) -> Result<Option<V>, Fault> {
        let row = self.ledger.row(&V::space(), key).await?;
        row.as_ref().map(decoded).transpose()
    }

    fn queue_item(&self, file: File) -> Option<QueueItem> {
        let stage = file.current()?.code.clone();
        let waiting = matches!(file.state, crate::FileState::Waiting { .. });
        Some(QueueItem {
            applicant: self.name_on(&file),
            number: file.number,
            service: file.service,
            stage,
            waiting,
            passed_by: file.passed_by.map(|by| by.officer),
            submitted_at: file.submitted_at,
            due: file.due,
        })
    }

    /// The name of whom an application is about.
    #[must_use]
    pub fn name_on(&self, file: &File) -> Option<String> {
        let holder = &self.catalogue.get(&file.service)?.certificate.holder;
        match file.answers.as_ref()?.get(holder)? {
            Value::Name(name) => Some(name.any().to_owned()),
            _ => None,
        }
    }
}

fn queue_range(role: &str) -> (String, String) {
    (format!("{role} "), format!("{role} {LAST}"))
}

/// The [`CertificateNumberDigest`] of a number.
#[must_use]
pub fn number_digest(number: &CertificateNumber) -> CertificateNumberDigest {
    use sha2::{Digest, Sha256};
    data_encoding::HEXLOWER.encode(&Sha256::digest(number.plain().as_bytes()))
}
