//! What happened, and what was true then: from the log alone, for auditors.
//!
//! Nothing personal is told: who is meant stands as an identifier. A state "as of" a position is the fold of the events up to it.
//! A civil day (IST) means the largest position whose every predecessor was recorded by the end of that day: a clock may go back,
//! the position alone orders.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AnyEvent, ByOfficer, CitizenId, OfficerId, application, certificate, ist_date, key_ceremony,
    officer::Event as OfficerEvent, signing_key, status_list,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use ledger::{Fault, Ledger, Recorded};
use serde::Serialize;

use crate::{Entry, File, FileState, OfficerView, Stood, view::View};

/// Events read at a time.
const PAGE: usize = 1_000;
/// Indian Standard Time is UTC+05:30.
const IST: SignedDuration = SignedDuration::from_mins(5 * 60 + 30);
/// Streams whose state is compared by [`difference`]; a larger difference lists its events alone.
const COMPARED_MAX: usize = 500;

/// Whose history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// The whole log.
    Log,
    /// One stream: its aggregate type and id.
    Stream(String, String),
    /// What an officer did and what was decided about them: each event that they asked for or that names them as the one who acted.
    Officer(OfficerId),
    /// A citizen: their own stream, their applications and their certificates, with all that was done with these.
    Citizen(CitizenId),
}

/// Until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The end of the log.
    Now,
    /// This position.
    Position(u64),
    /// The end of this civil day in India.
    Day(Date),
}

/// Where a [`When`] falls in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Then {
    /// The last position that counts; 0 before the first event.
    pub position: u64,
    /// The day on which validity is judged: the day asked for, or the day on which that position was recorded.
    pub day: Date,
    /// The end of the log.
    pub head: u64,
}

/// One event, told without anything personal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its place in the log.
    pub position: u64,
    /// When the store took it in.
    pub recorded_at: Timestamp,
    /// What it is about.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// Its place there.
    pub sequence: u64,
    /// What happened.
    pub event_type: String,
    /// Who asked.
    pub actor: String,
    /// The officer who acted, as they stood on that day.
    pub by: Option<ByOfficer>,
    /// Why, as far as it is a fact and not somebody's words: a reason's code, a paper, a stage, the event that caused it.
    pub why: Option<String>,
}

/// Some lines of a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lines {
    /// In the order of positions.
    pub lines: Vec<Line>,
    /// Further ones follow the last.
    pub more: bool,
}

/// What was true.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing of that name yet.
    Nothing,
    /// The whole.
    Log(Counts),
    /// An application.
    File(FileThen),
    /// A certificate.
    Certificate(CertificateThen),
    /// An officer.
    Officer(OfficerThen),
    /// A citizen's applications and certificates.
    Citizen {
        /// In the order of submission.
        applications: Vec<FileThen>,
        /// In the order of preparation.
        certificates: Vec<CertificateThen>,
    },
    /// A stream of which no state is told: how many events it had.
    Other {
        /// Events.
        events: u64,
    },
}

/// How many of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Streams, by aggregate type.
    pub streams: BTreeMap<String, u64>,
    /// Applications, by how they stood.
    pub applications: BTreeMap<&'static str, u64>,
    /// Certificates, by how they stood.
    pub certificates: BTreeMap<&'static str, u64>,
    /// Officers in office.
    pub officers: u64,
}

/// An application, without the form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileThen {
    /// Its number.
    pub number: String,
    /// The service's code.
    pub service: String,
    /// Whose it is.
    pub citizen: CitizenId,
    /// `open`, `waiting`, `approved`, `refused`, `withdrawn`.
    pub state: &'static str,
    /// The stage it stood at, while under way.
    pub stage: Option<String>,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// Since when it stood so.
    pub since: Timestamp,
    /// The last day of the time limit.
    pub due: Option<Date>,
}

/// A certificate, without the record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CertificateThen {
    /// Its identifier.
    pub id: String,
    /// The application that it answers.
    pub application: String,
    /// The service's code.
    pub service: String,
    /// The holder.
    pub holder: CitizenId,
    /// `prepared`, `valid`, `expired`, `suspended`, `superseded`, `revoked` on the day that was asked for.
    pub state: &'static str,
    /// The day of issue.
    pub issued_on: Date,
    /// The last day.
    pub expires_on: Option<Date>,
    /// When it was signed.
    pub issued_at: Option<Timestamp>,
    /// Which certificate of its application it is, counted from 1.
    pub version: u32,
    /// Since when it was suspended, superseded or revoked.
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: Option<&'static str>,
    /// The last day of a suspension.
    pub until: Option<Date>,
    /// The certificate that took its place.
    pub superseded_by: Option<String>,
    /// Made with demonstration keys, and so never valid outside a demonstration.
    pub demo: bool,
}

/// An officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfficerThen {
    /// The service code.
    pub id: OfficerId,
    /// Roles; none once relieved.
    pub roles: Vec<String>,
    /// In office?
    pub in_office: bool,
    /// Designation.
    pub designation: domain::Bilingual,
    /// Office.
    pub office: domain::Bilingual,
}

/// What lies between two positions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The events after the first position up to the second.
    pub events: Lines,
    /// Streams that stood otherwise before; none are compared where there are too many.
    pub changed: Vec<Changed>,
    /// There were too many streams to compare.
    pub too_many: bool,
}

/// A stream that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// What it is about.
    pub aggregate_type: String,
    /// Which one.
    pub aggregate_id: String,
    /// How it stood; `nothing` before its first event.
    pub before: &'static str,
    /// How it stood afterwards.
    pub after: &'static str,
}

/// Where a moment falls in the log.
///
/// # Errors
/// [`Fault`].
pub async fn then(ledger: &Ledger, when: When) -> Result<Then, Fault> {
    let head = ledger.head().await?;
    let position = match when {
        When::Now => head,
        When::Position(position) => position.min(head),
        When::Day(day) => ledger.recorded_before(day_after(day)).await?.min(head),
    };
    let day = match when {
        When::Day(day) => day,
        When::Now => ist_date(ledger.clock().now()),
        When::Position(_) => match position.checked_sub(1) {
            Some(before) => {
                let event = ledger.after(before, 1).await?;
                event.first().map_or(Date::ZERO, |event| ist_date(event.recorded_at))
            }
            None => ist_date(ledger.clock().now()),
        },
    };
    Ok(Then { position, day, head })
}

/// The first instant after a civil day in India.
fn day_after(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day);
    let midnight = jiff::tz::Offset::UTC.to_timestamp(next.to_datetime(jiff::civil::Time::midnight()));
    midnight
        .ok()
        .and_then(|utc| utc.checked_sub(IST).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Reads the log from behind `from` to `to`, page by page; stops when `take` answers no.
async fn walk(
    ledger: &Ledger,
    from: u64,
    to: u64,
    mut take: impl FnMut(&Recorded, Option<&AnyEvent>) -> bool + Send,
) -> Result<(), Fault> {
    let mut position = from;
    while position < to {
        let left = usize::try_from(to - position).unwrap_or(PAGE).min(PAGE);
        let page = ledger.after(position, left).await?;
        let Some(last) = page.last() else { return Ok(()) };
        position = last.position;
        for recorded in &page {
            let event = AnyEvent::decode(&recorded.aggregate_type, &recorded.body).ok();
            if !take(recorded, event.as_ref()) {
                return Ok(());
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Which events belong to a history.
struct Belonging<'a> {
    of: &'a Of,
    /// Streams that were found to belong.
    streams: BTreeSet<(String, String)>,
}

impl<'a> Belonging<'a> {
    fn new(of: &'a Of) -> Self {
        let streams = match of {
            Of::Citizen(citizen) => [("citizen".to_owned(), citizen.to_string())].into(),
            Of::Officer(officer) => [("officer".to_owned(), officer.to_string())].into(),
            Of::Stream(kind, id) => [(kind.clone(), id.clone())].into(),
            Of::Log => BTreeSet::new(),
        };
        Self { of, streams }
    }

    fn takes(&mut self, recorded: &Recorded, event: Option<&AnyEvent>) -> bool {
        let stream = (recorded.aggregate_type.clone(), recorded.aggregate_id.clone());
        let begins = match (self.of, event) {
            (Of::Log, _) => return true,
            (Of::Citizen(wanted), Some(AnyEvent::Application(application::Event::Submitted { citizen, .. }))) => {
                citizen == wanted
            }
            (Of::Citizen(wanted), Some(AnyEvent::Certificate(certificate::Event::Prepared { holder, .. }))) => {
                holder == wanted
            }
            _ => false,
        };
        if begins {
            self.streams.insert(stream.clone());
        }
        let actor = recorded.meta.actor.as_str();
        let acted = match self.of {
            Of::Officer(wanted) => {
                actor.strip_prefix("officer/") == Some(wanted.as_str())
                    || event.and_then(by).is_some_and(|by| by.officer == *wanted)
            }
            Of::Citizen(wanted) => actor.strip_prefix("citizen/") == Some(wanted.to_string().as_str()),
            Of::Log | Of::Stream(..) => false,
        };
        acted || self.streams.contains(&stream)
    }
}

/// The officer who acted.
fn by(event: &AnyEvent) -> Option<&ByOfficer> {
    use application::Event as A;
    use certificate::Event as C;
    match event {
        AnyEvent::Application(
            A::Asked { by, .. } | A::Approved { by, .. } | A::Refused { by, .. } | A::Forwarded { by: Some(by), .. },
        )
        | AnyEvent::Certificate(
            C::Revoked { by, .. }
            | C::Suspended { by, .. }
            | C::Reinstated { by, .. }
            | C::CorrectionProposed { by, .. }
            | C::CorrectionDeclined { by, .. }
            | C::ReplacementOrdered { by, .. },
        ) => Some(by),
        AnyEvent::Certificate(certificate::Event::Prepared { approved_by, .. }) => Some(approved_by),
        _ => None,
    }
}

fn why(event: Option<&AnyEvent>, recorded: &Recorded) -> Option<String> {
    use application::Event as A;
    let told = match event {
        Some(AnyEvent::Application(A::Refused { reason, .. })) => Some(format!("reason {reason}")),
        Some(AnyEvent::Application(A::Asked { paper: Some(paper), .. })) => Some(format!("paper {paper}")),
        Some(AnyEvent::Application(A::Forwarded { stage, .. } | A::Approved { stage, .. })) => {
            Some(format!("stage {stage}"))
        }
        Some(AnyEvent::Certificate(certificate::Event::Revoked { reason, .. })) => {
            Some(format!("reason {}", reason.code()))
        }
        Some(AnyEvent::Certificate(certificate::Event::Issued {
            time_stamp: Some(time_stamp),
            ..
        })) => Some(match time_stamp {
            certificate::TimeStamp::Given { at } => format!("time stamp of {at}"),
            certificate::TimeStamp::Missing { reason } => format!("no time stamp: {}", reason.code()),
        }),
        Some(AnyEvent::Certificate(certificate::Event::Suspended { reason, until, .. })) => {
            Some(format!("reason {}, until {until}", reason.code()))
        }
        Some(AnyEvent::Certificate(certificate::Event::CorrectionProposed { reason, changed, .. })) => {
            Some(format!("reason {}, changes {}", reason.code(), changed.join(", ")))
        }
        Some(AnyEvent::Certificate(certificate::Event::CorrectionDeclined { proposed_at, .. })) => {
            Some(format!("proposed at {proposed_at}"))
        }
        Some(AnyEvent::Certificate(
            certificate::Event::ReplacementOrdered {
                reason, replacement, ..
            }
            | certificate::Event::Superseded {
                reason, replacement, ..
            },
        )) => Some(format!("reason {}, certificate {replacement}", reason.code())),
        Some(AnyEvent::SigningKey(signing_key::Event::Compromised {
            since,
            last_good_position,
            ..
        })) => Some(format!("since {since}, good up to position {last_good_position}")),
        Some(AnyEvent::KeyCeremony(key_ceremony::Event::Begun { present, .. })) => {
            Some(format!("present: {}", present.join("; ")))
        }
        Some(AnyEvent::KeyCeremony(key_ceremony::Event::KeyMade {
            key, purpose, digest, ..
        })) => Some(format!("{purpose} key {key}, digest {digest}")),
        Some(AnyEvent::KeyCeremony(key_ceremony::Event::Ended { page_digest, .. })) => {
            Some(format!("page digest {page_digest}"))
        }
        Some(AnyEvent::StatusList(status_list::Event::Published { digest, upto, .. })) => {
            Some(format!("up to position {upto}, digest {digest}"))
        }
        Some(AnyEvent::Certificate(certificate::Event::Prepared { application, .. })) => {
            Some(format!("application {application}"))
        }
        Some(AnyEvent::Officer(OfficerEvent::Appointed { roles, .. })) => Some(format!("roles {}", roles.join(", "))),
        _ => None,
    };
    told.or_else(|| recorded.meta.causation.clone())
}

fn line(recorded: &Recorded, event: Option<&AnyEvent>) -> Line {
    Line {
        position: recorded.position,
        recorded_at: recorded.recorded_at,
        aggregate_type: recorded.aggregate_type.clone(),
        aggregate_id: recorded.aggregate_id.clone(),
        sequence: recorded.sequence,
        event_type: recorded.event_type.clone(),
        actor: recorded.meta.actor.clone(),
        by: event.and_then(by).cloned(),
        why: why(event, recorded),
    }
}

/// The events of a history behind position `from` up to `to`, at most `limit` of them.
///
/// Of an officer or a citizen the log is read from its beginning: which streams are theirs stands there only.
///
/// # Errors
/// [`Fault`].
pub async fn lines(ledger: &Ledger, of: &Of, from: u64, to: u64, limit: usize) -> Result<Lines, Fault> {
    let mut found = Lines {
        lines: Vec::new(),
        more: false,
    };
    let mut add = |recorded: &Recorded, event: Option<&AnyEvent>| {
        if found.lines.len() == limit {
            found.more = true;
        } else {
            found.lines.push(line(recorded, event));
        }
        !found.more
    };
    match of {
        Of::Stream(kind, id) => {
            for recorded in ledger.stream(kind, id).await? {
                let event = AnyEvent::decode(kind, &recorded.body).ok();
                if recorded.position > from && recorded.position <= to && !add(&recorded, event.as_ref()) {
                    break;
                }
            }
        }
        Of::Log => walk(ledger, from, to, add).await?,
        Of::Officer(_) | Of::Citizen(_) => {
            let mut belonging = Belonging::new(of);
            walk(ledger, 0, to, |recorded, event| {
                !belonging.takes(recorded, event) || recorded.position <= from || add(recorded, event)
            })
            .await?;
        }
    }
    Ok(found)
}

/// What was true of it then.
///
/// # Errors
/// [`Fault`]; [`Fault::Corrupt`] also for an event that this program cannot read: a state that leaves one out never was.
pub async fn state(ledger: &Ledger, of: &Of, then: Then) -> Result<State, Fault> {
    match of {
        Of::Log => counts(ledger, then).await.map(State::Log),
        Of::Stream(kind, id) => stream_then(ledger, kind, id, then).await,
        Of::Officer(officer) => stream_then(ledger, "officer", officer.as_str(), then).await,
        Of::Citizen(_) => {
            let mut belonging = Belonging::new(of);
            walk(ledger, 0, then.position, |recorded, event| {
                belonging.takes(recorded, event);
                true
            })
            .await?;
            let (mut applications, mut certificates) = (Vec::new(), Vec::new());
            for (kind, id) in &belonging.streams {
                match stream_then(ledger, kind, id, then).await? {
                    State::File(file) => applications.push(file),
                    State::Certificate(certificate) => certificates.push(certificate),
                    _ => {}
                }
            }
            applications.sort_by_key(|file| file.submitted_at);
            certificates.sort_by(|one, two| (one.issued_on, &one.id).cmp(&(two.issued_on, &two.id)));
            Ok(State::Citizen {
                applications,
                certificates,
            })
        }
    }
}

async fn fold<V: View>(ledger: &Ledger, id: &str, then: Then) -> Result<Option<V>, Fault> {
    let mut row = None;
    for recorded in ledger.stream(V::AGGREGATE, id).await? {
        if recorded.position > then.position {
            break;
        }
        let event = AnyEvent::decode(V::AGGREGATE, &recorded.body).map_err(|_| unreadable(&recorded))?;
        row = V::fold(row, &event, &recorded);
    }
    Ok(row)
}

fn unreadable(recorded: &Recorded) -> Fault {
    Fault::Corrupt {
        position: recorded.position,
        what: "no event that this program can read".to_owned(),
    }
}

async fn stream_then(ledger: &Ledger, kind: &str, id: &str, then: Then) -> Result<State, Fault> {
    let found = match kind {
        "application" => fold::<File>(ledger, id, then)
            .await?
            .map(|file| State::File(file_then(&file))),
        "certificate" => {
            let entry = fold::<Entry>(ledger, id, then).await?;
            entry.map(|entry| State::Certificate(certificate_then(entry, then.day)))
        }
        "officer" => fold::<OfficerView>(ledger, id, then).await?.map(|officer| {
            State::Officer(OfficerThen {
                id: officer.id,
                roles: if officer.in_office { officer.roles } else { Vec::new() },
                in_office: officer.in_office,
                designation: officer.designation,
                office: officer.office,
            })
        }),
        _ => {
            let stream = ledger.stream(kind, id).await?;
            let events = stream
                .iter()
                .take_while(|event| event.position <= then.position)
                .count();
            let events = u64::try_from(events).unwrap_or(u64::MAX);
            (events > 0).then_some(State::Other { events })
        }
    };
    Ok(found.unwrap_or(State::Nothing))
}

fn file_then(file: &File) -> FileThen {
    FileThen {
        number: file.number.to_string(),
        service: file.service.clone(),
        citizen: file.citizen,
        state: match file.state {
            FileState::Open => "open",
            FileState::Waiting { .. } => "waiting",
            FileState::Approved { .. } => "approved",
            FileState::Refused { .. } => "refused",
            FileState::Withdrawn => "withdrawn",
        },
        stage: file.current().map(|stage| stage.code.clone()),
        submitted_at: file.submitted_at,
        since: file.since,
        due: file.due,
    }
}

/// The last day counts for what still holds otherwise.
fn with_its_end(state: &'static str, expires_on: Option<Date>, day: Date) -> &'static str {
    match state {
        "valid" | "suspended" if expires_on.is_some_and(|last| last < day) => "expired",
        state => state,
    }
}

fn certificate_then(entry: Entry, day: Date) -> CertificateThen {
    let stood = entry.stood_on(day).unwrap_or(Stood::Prepared);
    let state = with_its_end(stood.code(), entry.expires_on, day);
    let (since, reason, until, superseded_by) = match stood {
        Stood::Prepared | Stood::Active => (None, None, None, None),
        Stood::Suspended { since, until, reason } => (Some(since), Some(reason.code()), Some(until), None),
        Stood::Superseded { since, by, reason, .. } => (Some(since), Some(reason.code()), None, Some(by.to_string())),
        Stood::Revoked { since, reason } => (Some(since), Some(reason.code()), None, None),
    };
    CertificateThen {
        state,
        application: entry.application.to_string(),
        service: entry.service,
        holder: entry.holder,
        issued_on: entry.issued_on,
        expires_on: entry.expires_on,
        issued_at: entry.issued.map(|issued| issued.at),
        version: entry.version,
        since,
        reason,
        until,
        superseded_by,
        demo: entry.demo,
        id: entry.id,
    }
}

/// A certificate while all of them are counted.
#[derive(Default)]
struct Counted {
    issued: bool,
    expires_on: Option<Date>,
    suspended_until: Option<Date>,
    ended: Option<&'static str>,
}

impl Counted {
    fn state(&self, day: Date) -> &'static str {
        let state = match (self.issued, self.ended) {
            (false, _) => "prepared",
            (true, Some(ended)) => ended,
            (true, None) if self.suspended_until.is_some_and(|until| until >= day) => "suspended",
            (true, None) => "valid",
        };
        with_its_end(state, self.expires_on, day)
    }
}

async fn counts(ledger: &Ledger, then: Then) -> Result<Counts, Fault> {
    use application::Event as A;
    use certificate::Event as C;
    let mut counts = Counts::default();
    let mut applications: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut certificates: BTreeMap<String, Counted> = BTreeMap::new();
    let mut officers: BTreeSet<String> = BTreeSet::new();
    let mut failed = None;
    walk(ledger, 0, then.position, |recorded, event| {
        counts.events += 1;
        if recorded.sequence == 1 {
            *counts.streams.entry(recorded.aggregate_type.clone()).or_default() += 1;
        }
        let id = || recorded.aggregate_id.clone();
        match event {
            Some(AnyEvent::Application(event)) => {
                let state = match event {
                    A::Submitted { .. } | A::Forwarded { .. } | A::Answered { .. } => "open",
                    A::Asked { .. } => "waiting",
                    A::Approved { .. } => "approved",
                    A::Refused { .. } => "refused",
                    A::Withdrawn { .. } => "withdrawn",
                };
                applications.insert(id(), state);
            }
            Some(AnyEvent::Certificate(event)) => {
                let certificate = certificates.entry(id()).or_default();
                match event {
                    C::Prepared { expires_on, .. } => certificate.expires_on = *expires_on,
                    C::Issued { .. } => certificate.issued = true,
                    C::Suspended { until, .. } => certificate.suspended_until = Some(*until),
                    C::Reinstated { .. } => certificate.suspended_until = None,
                    C::Superseded { .. } => certificate.ended = Some("superseded"),
                    C::Revoked { .. } => certificate.ended = Some("revoked"),
                    C::Delivered { .. }
                    | C::CorrectionProposed { .. }
                    | C::CorrectionDeclined { .. }
                    | C::ReplacementOrdered { .. } => {}
                }
            }
            Some(AnyEvent::Officer(OfficerEvent::Appointed { .. })) => drop(officers.insert(id())),
            Some(AnyEvent::Officer(OfficerEvent::Relieved { .. })) => drop(officers.remove(&recorded.aggregate_id)),
            Some(
                AnyEvent::Citizen(_) | AnyEvent::KeyCeremony(_) | AnyEvent::SigningKey(_) | AnyEvent::StatusList(_),
            ) => {}
            // Another application's streams may be in the log; ours must be readable.
            None => {
                let ours = [
                    "application",
                    "certificate",
                    "citizen",
                    "officer",
                    "key_ceremony",
                    "signing_key",
                    "status_list",
                ];
                if ours.contains(&recorded.aggregate_type.as_str()) {
                    failed = Some(unreadable(recorded));
                }
            }
        }
        failed.is_none()
    })
    .await?;
    if let Some(fault) = failed {
        return Err(fault);
    }
    for state in applications.into_values() {
        *counts.applications.entry(state).or_default() += 1;
    }
    for certificate in certificates.into_values() {
        *counts.certificates.entry(certificate.state(then.day)).or_default() += 1;
    }
    counts.officers = u64::try_from(officers.len()).unwrap_or(u64::MAX);
    Ok(counts)
}

impl State {
    /// In one word, as [`Changed`] tells it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::File(file) => file.state,
            Self::Certificate(certificate) => certificate.state,
            Self::Officer(officer) if officer.in_office => "in_office",
            Self::Officer(_) => "relieved",
            Self::Log(_) | Self::Citizen { .. } | Self::Other { .. } => "there",
        }
    }
}

/// What lies behind position `from` up to `to`: the events, at most `limit` of them, and the applications, certificates and
/// officers that stand otherwise after it.
///
/// # Errors
/// [`Fault`].
pub async fn difference(ledger: &Ledger, from: u64, to: u64, limit: usize) -> Result<Difference, Fault> {
    let mut touched = BTreeSet::new();
    let mut too_many = false;
    let mut events = Lines {
        lines: Vec::new(),
        more: false,
    };
    walk(ledger, from, to, |recorded, event| {
        if events.lines.len() < limit {
            events.lines.push(line(recorded, event));
        } else {
            events.more = true;
        }
        if matches!(
            recorded.aggregate_type.as_str(),
            "application" | "certificate" | "officer"
        ) {
            touched.insert((recorded.aggregate_type.clone(), recorded.aggregate_id.clone()));
        }
        too_many = touched.len() > COMPARED_MAX;
        !(too_many && events.more)
    })
    .await?;
    let mut changed = Vec::new();
    if !too_many {
        let before = self::then(ledger, When::Position(from)).await?;
        let after = self::then(ledger, When::Position(to)).await?;
        for (aggregate_type, aggregate_id) in touched {
            let was = stream_then(ledger, &aggregate_type, &aggregate_id, before).await?;
            let is = stream_then(ledger, &aggregate_type, &aggregate_id, after).await?;
            if was.word() != is.word() {
                changed.push(Changed {
                    aggregate_type,
                    aggregate_id,
                    before: was.word(),
                    after: is.word(),
                });
            }
        }
    }
    Ok(Difference {
        events,
        changed,
        too_many,
    })
}
