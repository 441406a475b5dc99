use std::error::Error;

use domain::{AnyEvent, ApplicationNumber, CitizenId, application::Event};
use jiff::Timestamp;
use ledger::{Fault, InlineRow, InlineView, Ledger, NewEvent, Row};
use serde::{Deserialize, Serialize};

use crate::views::{LAST, ViewError, Views};

/// The space of its rows; a new shape takes a new space, and the ledger makes its rows from the streams.
const SPACE: &str = "status@1";

/// Where an application stands, written in the transaction of the command itself, so that a citizen who asks right after an act
/// is told of it. Key: the application's number. Nothing of what the citizen or an officer wrote is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The application.
    pub number: ApplicationNumber,
    /// The service's code.
    pub service: String,
    /// Whose it is.
    pub citizen: CitizenId,
    /// How it stands.
    pub state: StatusState,
    /// The stage it stands at, as a place in its plan.
    pub stage: usize,
    /// When it was handed in.
    pub submitted_at: Timestamp,
    /// Since when it stands as it does.
    pub since: Timestamp,
}

/// How an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// With the office.
    Open,
    /// With the citizen.
    Waiting,
    /// Decided with yes.
    Approved,
    /// Decided with no.
    Refused,
    /// Taken back.
    Withdrawn,
    /// An event of it cannot be read by the program that took it in: nothing can be told.
    Unknown,
}

/// Writes [`Status`].
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusView;

impl InlineView for StatusView {
    fn space(&self) -> &str {
        SPACE
    }

    fn aggregate_type(&self) -> &str {
        "application"
    }

    fn fold(
        &self,
        row: Option<&[u8]>,
        _: &str,
        events: &[NewEvent],
    ) -> Result<Option<InlineRow>, Box<dyn Error + Send + Sync>> {
        // What the reader says may quote the row: where it failed is enough.
        let mut status: Option<Status> = row
            .map(serde_json::from_slice)
            .transpose()
            .map_err(|_| "the row cannot be read")?;
        for event in events {
            status = folded(status, event);
        }
        let Some(status) = status else { return Ok(None) };
        Ok(Some(InlineRow {
            body: serde_json::to_vec(&status)?,
            terms: vec![(
                "citizen".to_owned(),
                format!("{} {}", status.citizen, status.submitted_at),
            )],
        }))
    }
}

/// An event that cannot be read must not hold up the command that comes with it: the row says that it cannot tell.
fn folded(status: Option<Status>, event: &NewEvent) -> Option<Status> {
    // From bytes, as every other reader reads them.
    let bytes = serde_json::to_vec(&event.body).unwrap_or_default();
    let read = AnyEvent::decode("application", &bytes);
    let known = read
        .ok()
        .filter(|read| read.name_and_version() == (event.event_type.clone(), event.event_version.clone()));
    let Some(AnyEvent::Application(read)) = known else {
        return status.map(|status| Status {
            state: StatusState::Unknown,
            ..status
        });
    };
    if let Event::Submitted {
        number,
        service,
        citizen,
        at,
        ..
    } = read
    {
        return Some(Status {
            number,
            service,
            citizen,
            state: StatusState::Open,
            stage: 0,
            submitted_at: at,
            since: at,
        });
    }
    let mut status = status?;
    if status.state == StatusState::Unknown {
        return Some(status);
    }
    let (state, at) = match read {
        Event::Submitted { .. } => return Some(status),
        Event::Forwarded { at, .. } => {
            status.stage += 1;
            (StatusState::Open, at)
        }
        Event::Answered { at, .. } => (StatusState::Open, at),
        Event::Asked { at, .. } => (StatusState::Waiting, at),
        Event::Approved { at, .. } => (StatusState::Approved, at),
        Event::Refused { at, .. } => (StatusState::Refused, at),
        Event::Withdrawn { at } => (StatusState::Withdrawn, at),
    };
    status.state = state;
    status.since = at;
    Some(status)
}

impl Views {
    /// Where a citizen's applications stand at this moment, newest first. Only streams that were written to since the ledger keeps
    /// these rows have one.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn statuses_of(&self, citizen: CitizenId, limit: usize) -> Result<Vec<Status>, ViewError> {
        let from = citizen.to_string();
        let to = format!("{from}{LAST}");
        let rows = self
            .ledger
            .find(SPACE, "citizen", &from, &to, None, true, limit)
            .await?;
        Ok(rows.iter().map(decoded).collect::<Result<_, _>>()?)
    }
}

fn decoded(row: &Row) -> Result<Status, Fault> {
    serde_json::from_slice(&row.body).map_err(|_| Fault::Corrupt {
        position: 0,
        what: "a row of the status of applications".to_owned(),
    })
}

/// Rows that are not what their streams give, and how many were compared: each row is asked for what its stream gave when the row was
/// read, so commands may be carried out meanwhile.
pub(crate) async fn differing_statuses(ledger: &Ledger) -> Result<(u64, Vec<String>), Fault> {
    const PAGE: usize = 1_000;
    let (mut compared, mut differing) = (0, Vec::new());
    let mut after: Option<String> = None;
    loop {
        let page = ledger.rows(SPACE, after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok((compared, differing));
        };
        after = Some(last.key.clone());
        for row in page {
            compared += 1;
            let events = ledger.stream("application", &row.key).await?;
            let mut status = None;
            for recorded in events {
                let event = NewEvent {
                    body: serde_json::from_slice(&recorded.body).unwrap_or_default(),
                    event_type: recorded.event_type,
                    event_version: recorded.event_version,
                };
                status = folded(status, &event);
            }
            let body = status.as_ref().and_then(|status| serde_json::to_vec(status).ok());
            // A command that came between the two reads has written the row anew, by the same fold.
            let found = body.is_some_and(|body| body == row.body)
                || ledger
                    .row(SPACE, &row.key)
                    .await?
                    .is_none_or(|now| now.version != row.version);
            if !found {
                differing.push(row.key);
            }
        }
    }
}
