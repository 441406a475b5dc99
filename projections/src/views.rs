use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{
    ApplicationNumber, CertificateId, CertificateNumber, CitizenId, OfficerId,
    catalogue::{Answers, Catalogue, Value},
    certificate::status_index_in,
};
use jiff::{Timestamp, civil::Date};
use ledger::{Fault, Ledger, Row};

use crate::{
    Entry, File, OfficerView, Person, STATUS_LIST_PLACES,
    poison::read,
    register::status_term,
    standing::{Generation, Standing, parked_of, rows_of},
    stream::{Parked, UNNAMED, is_parked},
    view::View,
};

/// The greatest text that a term's value can begin with.
pub(crate) const LAST: &str = "\u{10FFFF}";

/// How long an unknown number waits for the register to see all of the log, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// SHA-256 of a certificate number without its dashes, lower-case hex: what the register finds it by, without
/// listing it.
pub type CertificateNumberDigest = String;

/// More certificates of one application than anybody makes.
const VERSIONS_MAX: usize = 1_000;

/// Rows that are read in one go.
const PAGE: usize = 500;

/// How often a question is asked again when the view has switched to another generation meanwhile.
const ROUNDS: usize = 8;

/// Why a question to the views has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] Fault),
    /// The row stands still: an event of its stream cannot be read, so what the row says may no longer be so.
    #[error("view {view} stands still for a stream, because the event at position {position} cannot be read ({code})")]
    Parked {
        /// Which view.
        view: &'static str,
        /// The event, by its position in the log.
        position: u64,
        /// Why, as [`crate::Poison::code`] says it.
        code: &'static str,
    },
    /// The rows that this program can read are still being made.
    #[error("the rows of view {view} are still being made")]
    NotYet {
        /// Which view.
        view: &'static str,
    },
}

/// For whoever knows of faults alone: an outage, or a record that cannot be read.
impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::Store(fault) => fault,
            ViewError::Parked { view, position, code } => Self::Corrupt {
                position,
                what: format!("view {view} cannot read it ({code})"),
            },
            ViewError::NotYet { .. } => Self::Deadline,
        }
    }
}

/// A row of a list, which is listed also while it stands still: it may then say what is no longer so.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<V> {
    /// The row.
    pub row: V,
    /// It stands still, because an event of its stream cannot be read.
    pub parked: bool,
}

/// Questions to the views. Cheap to clone. A fault is a fault: an outage never reads as "there is none". Each answer is taken
/// from one generation of its view, which was whole when it was given.
#[derive(Clone)]
pub struct Views {
    pub(crate) ledger: Ledger,
    catalogue: Arc<Catalogue>,
    /// The generation that served when a view was last looked at. A hint: each answer is checked against the stored standing.
    serving: Arc<RwLock<BTreeMap<&'static str, Generation>>>,
}

/// What belongs into one status list.
#[derive(Clone, Debug, PartialEq)]
pub struct NotInForce {
    /// Certificates that were suspended, revoked or replaced.
    pub entries: Vec<Entry>,
    /// Places, as positions in the log, of certificates of which nobody can tell how they stand.
    pub unreadable: Vec<u64>,
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
    /// It stands still, because an event of it cannot be read: what is shown may no longer be so.
    pub parked: bool,
}

impl Views {
    /// Over a ledger's rows.
    #[must_use]
    pub fn new(ledger: Ledger, catalogue: Arc<Catalogue>) -> Self {
        Self {
            ledger,
            catalogue,
            serving: Arc::default(),
        }
    }

    /// Asks in the generation that serves. That it still served after the answer is what makes the answer whole.
    pub(crate) async fn asked<V: View, T, Answer>(&self, ask: impl Fn(Generation) -> Answer) -> Result<T, ViewError>
    where
        Answer: Future<Output = Result<T, ViewError>> + Send,
    {
        let view = V::NAME;
        let remembered = self
            .serving
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(view)
            .copied();
        let mut known = match remembered {
            Some(generation) => generation,
            None => self.served::<V>().await?,
        };
        for _ in 0..ROUNDS {
            let answer = ask(known).await;
            let now = self.served::<V>().await?;
            if now == known {
                return answer;
            }
            known = now;
        }
        Err(Fault::Deadline.into())
    }

    async fn served<V: View>(&self) -> Result<Generation, ViewError> {
        let serving = Standing::read(&self.ledger, V::NAME).await?.standing.serving;
        let readable = serving.filter(|serving| (V::READS_FROM..=V::SHAPE).contains(&serving.shape));
        let generation = readable.ok_or(ViewError::NotYet { view: V::NAME })?;
        let mut known = self.serving.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(V::NAME, generation);
        Ok(generation)
    }

    /// A row that does not stand still.
    async fn current<V: View>(
        &self,
        generation: Generation,
        row: Option<Row>,
        key: &str,
    ) -> Result<Option<V>, ViewError> {
        if row.as_ref().is_none_or(is_parked)
            && let Some(record) = self.ledger.row(&parked_of(V::NAME, generation.number), key).await?
        {
            return Err(stands_still::<V>(&Parked::decoded(&record)?));
        }
        Ok(row.as_ref().map(decoded).transpose()?)
    }

    async fn listed<V: View>(
        &self,
        term: &'static str,
        (from, to): (&str, &str),
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Listed<V>>, ViewError> {
        self.asked::<V, _, _>(|generation| async move {
            let space = rows_of(V::NAME, generation.number);
            let rows = self
                .ledger
                .find(&space, term, from, to, None, descending, limit)
                .await?;
            let listed = rows.iter().map(|row| {
                Ok(Listed {
                    row: decoded(row)?,
                    parked: is_parked(row),
                })
            });
            listed.collect()
        })
        .await
    }

    /// One application.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn file(&self, number: &ApplicationNumber) -> Result<Option<File>, ViewError> {
        self.one(&number.to_string()).await
    }

    /// A citizen's applications, newest first.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn files_of(&self, citizen: CitizenId, limit: usize) -> Result<Vec<Listed<File>>, ViewError> {
        let from = citizen.to_string();
        let to = format!("{from}{LAST}");
        self.listed("citizen", (&from, &to), true, limit).await
    }

    /// The files that wait for a role, oldest time limit first.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn queue(&self, role: &str, limit: usize) -> Result<Vec<QueueItem>, ViewError> {
        let (from, to) = queue_range(role);
        let files = self.listed("queue", (&from, &to), false, limit).await?;
        Ok(files.into_iter().filter_map(|file| self.queue_item(file)).collect())
    }

    /// How many files wait for a role.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn queue_length(&self, role: &str) -> Result<u64, ViewError> {
        let range = queue_range(role);
        let (from, to) = (range.0.as_str(), range.1.as_str());
        self.asked::<File, _, _>(|generation| async move {
            let space = rows_of(File::NAME, generation.number);
            Ok(self.ledger.count(&space, "queue", from, to).await?)
        })
        .await
    }

    /// A certificate in the register, by its identifier.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn certificate(&self, id: CertificateId) -> Result<Option<Entry>, ViewError> {
        self.one(&id.to_string()).await
    }

    /// A certificate, by the [`number_digest`] of its number, as the log tells it at this moment: whoever asks may rely on
    /// the answer, and a view that stands still must not keep a revocation from them, nor a certificate.
    ///
    /// # Errors
    /// [`ViewError`]: also when the register is behind the log and does not come up soon, when an event of the certificate cannot
    /// be read, and when the number is not found while there are certificates of which not even the number can be read.
    pub async fn certificate_by_number(&self, digest: &str) -> Result<Option<Entry>, ViewError> {
        let mut found = self.registered_under(digest).await?;
        if found.is_none() {
            self.register_reaches(self.ledger.head().await?).await?;
            found = self.registered_under(digest).await?;
        }
        match found {
            Some(id) => self.told_by_the_log(&id).await,
            None => match self.unnamed_certificate().await? {
                Some(parked) => Err(stands_still::<Entry>(&parked)),
                None => Ok(None),
            },
        }
    }

    async fn registered_under(&self, digest: &str) -> Result<Option<String>, ViewError> {
        self.asked::<Entry, _, _>(|generation| async move {
            let space = rows_of(Entry::NAME, generation.number);
            let found = self
                .ledger
                .find(&space, "number", digest, digest, None, false, 1)
                .await?;
            Ok(found.into_iter().next().map(|row| row.key))
        })
        .await
    }

    async fn told_by_the_log<V: View>(&self, id: &str) -> Result<Option<V>, ViewError> {
        let mut row = None;
        for recorded in self.ledger.stream(V::AGGREGATE, id).await? {
            let event = read(&recorded).map_err(|code| ViewError::Parked {
                view: V::NAME,
                position: recorded.position,
                code: code.code(),
            })?;
            row = V::fold(row, &event, &recorded);
        }
        Ok(row)
    }

    /// A certificate that was parked at its very first event: nobody can tell its number.
    async fn unnamed_certificate(&self) -> Result<Option<Parked>, ViewError> {
        self.asked::<Entry, _, _>(|generation| async move {
            let space = parked_of(Entry::NAME, generation.number);
            let first = self.ledger.find(&space, UNNAMED, "", "", None, false, 1).await?;
            Ok(first.first().map(Parked::decoded).transpose()?)
        })
        .await
    }

    async fn register_reaches(&self, position: u64) -> Result<(), ViewError> {
        let reached = async {
            loop {
                let generation = self.served::<Entry>().await?.number;
                if self.ledger.bookmark(Entry::NAME, generation).await? >= position {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap_or(Err(Fault::Deadline.into()))
    }

    /// The certificates of an application: the first, and what took its place, in this order.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn certificates_for(&self, application: &ApplicationNumber) -> Result<Vec<Listed<Entry>>, ViewError> {
        let from = format!("{application} ");
        let to = format!("{application} {LAST}");
        self.listed("application", (&from, &to), false, VERSIONS_MAX).await
    }

    /// The answers from which a certificate was made: those of the application, with all corrections. `None` when the
    /// holder's data has been erased.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn answers_of(&self, entry: &Entry) -> Result<Option<Answers>, ViewError> {
        let before = self.certificates_for(&entry.application).await?;
        let corrected = before
            .into_iter()
            .filter(|listed| listed.row.version < entry.version)
            .filter_map(|listed| listed.row.replacement)
            .filter_map(|replacement| replacement.answers)
            .next_back();
        match corrected {
            Some(answers) => Ok(Some(answers)),
            None => Ok(self.file(&entry.application).await?.and_then(|file| file.answers)),
        }
    }

    /// What belongs into a status list: every certificate whose place is in it and that was suspended, revoked or replaced.
    /// Everything up to the position `upto` of the log is in the answer. A certificate of which an event cannot be read is
    /// given by its place alone.
    ///
    /// # Errors
    /// [`ViewError`]: also when the register does not reach `upto` soon.
    pub async fn not_simply_in_force(&self, list: u64, upto: u64) -> Result<NotInForce, ViewError> {
        self.register_reaches(upto).await?;
        let (from, to) = status_range(list);
        let (from, to) = (from.as_str(), to.as_str());
        // The parked first: one that is read again in between is in both answers, never in neither.
        let parked = self
            .asked::<Entry, _, _>(|generation| async move {
                let space = parked_of(Entry::NAME, generation.number);
                let mut parked: Vec<String> = Vec::new();
                loop {
                    let page = self
                        .ledger
                        .rows(&space, parked.last().map(String::as_str), PAGE)
                        .await?;
                    if page.is_empty() {
                        return Ok(parked);
                    }
                    parked.extend(page.into_iter().map(|row| row.key));
                }
            })
            .await?;
        let entries = self
            .asked::<Entry, _, _>(|generation| async move {
                let space = rows_of(Entry::NAME, generation.number);
                let mut entries: Vec<Entry> = Vec::new();
                let mut after: Option<(String, String)> = None;
                loop {
                    let behind = after.as_ref().map(|(value, key)| (value.as_str(), key.as_str()));
                    let page = self
                        .ledger
                        .find(&space, "status", from, to, behind, false, PAGE)
                        .await?;
                    for row in &page {
                        entries.push(decoded(row)?);
                    }
                    let last = entries.last().and_then(|entry| entry.status_index);
                    let (Some(row), Some(index)) = (page.last(), last) else {
                        return Ok(entries);
                    };
                    after = Some((status_term(index), row.key.clone()));
                }
            })
            .await?;
        let mut unreadable = Vec::new();
        for key in parked {
            let first = self.ledger.stream(Entry::AGGREGATE, &key).await?;
            unreadable.extend(first.first().and_then(|event| status_index_in(&event.body)));
        }
        unreadable.retain(|index| index / STATUS_LIST_PLACES == list);
        Ok(NotInForce { entries, unreadable })
    }

    /// The highest place in the status lists that a certificate has. Everything up to the position `upto` of the log counts.
    ///
    /// # Errors
    /// [`ViewError`]: also when the register does not reach `upto` soon.
    pub async fn last_status_index(&self, upto: u64) -> Result<Option<u64>, ViewError> {
        self.register_reaches(upto).await?;
        let last = self.listed::<Entry>("place", ("", LAST), true, 1).await?;
        Ok(last.into_iter().next().and_then(|listed| listed.row.status_index))
    }

    /// A citizen's certificates, newest first.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn certificates_of(&self, holder: CitizenId, limit: usize) -> Result<Vec<Listed<Entry>>, ViewError> {
        let from = holder.to_string();
        let to = format!("{from}{LAST}");
        self.listed("holder", (&from, &to), true, limit).await
    }

    /// Every officer whose row does not stand still, in the order of their codes: whose powers cannot be told has none.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn officers(&self) -> Result<Vec<OfficerView>, ViewError> {
        self.asked::<OfficerView, _, _>(|generation| async move {
            let space = rows_of(OfficerView::NAME, generation.number);
            let rows = self.ledger.rows(&space, None, 1_000).await?;
            let current = rows.iter().filter(|row| !is_parked(row)).map(decoded);
            Ok(current.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// One officer.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn officer(&self, id: &OfficerId) -> Result<Option<OfficerView>, ViewError> {
        self.one(id.as_str()).await
    }

    /// One citizen.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn person(&self, id: CitizenId) -> Result<Option<Person>, ViewError> {
        self.one(&id.to_string()).await
    }

    async fn one<V: View>(&self, key: &str) -> Result<Option<V>, ViewError> {
        self.asked::<V, _, _>(|generation| async move {
            let row = self.ledger.row(&rows_of(V::NAME, generation.number), key).await?;
            self.current(generation, row, key).await
        })
        .await
    }

    fn queue_item(&self, listed: Listed<File>) -> Option<QueueItem> {
        let Listed { row: file, parked } = listed;
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
            parked,
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

fn stands_still<V: View>(parked: &Parked) -> ViewError {
    ViewError::Parked {
        view: V::NAME,
        position: parked.position,
        code: parked.code.code(),
    }
}

/// A stored row, read back. What the reader says is left out: it may quote a person's data.
fn decoded<V: View>(row: &Row) -> Result<V, Fault> {
    serde_json::from_slice(&row.body).map_err(|_| Fault::Corrupt {
        position: 0,
        what: format!("row {} of view {}", row.key, V::NAME),
    })
}

fn status_range(list: u64) -> (String, String) {
    (format!("{list:012} "), format!("{list:012} {LAST}"))
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
