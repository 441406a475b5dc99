//! What a turn has to know before it begins.

use assistant::{
    conversation::{ApplicationState, ApplicationSummary, CertificateSummary, Facts, Standing},
    reply::DocumentRef,
};
use domain::{Bilingual, CitizenId, ist_date};
use jiff::Timestamp;
use projections::{Entry, File, FileState, Listed, Status, StatusState, Stood};

use super::{Setup, TurnError};

/// How many applications and certificates of one citizen are looked at.
const LIMIT: usize = 50;

pub(super) async fn gather(setup: &Setup, citizen: CitizenId, message_id: &str) -> Result<Facts, TurnError> {
    let now = setup.clock.now();
    let today = ist_date(now);
    let entries = setup.views.certificates_of(citizen, LIMIT).await?;
    // Written with the commands themselves: what the view has not taken in yet is told all the same.
    let statuses = setup.views.statuses_of(citizen, LIMIT).await?;
    let mut applications = vec![];
    for Listed { row: file, parked } in setup.views.files_of(citizen, LIMIT).await? {
        let of_it = entries.iter().filter(|entry| entry.row.application == file.number);
        let entry = of_it
            .filter(|entry| entry.row.version == 1 || entry.row.issued.is_some())
            .max_by_key(|entry| entry.row.version);
        let stands_still = parked || entry.is_some_and(|entry| entry.parked);
        let certificate = entry.map(|entry| &entry.row).filter(|entry| entry.issued.is_some());
        let since = file.since;
        let mut summary = application(setup, file, certificate);
        if stands_still {
            summary.state = ApplicationState::Unknown;
        } else if let Some(status) = statuses.iter().find(|status| status.number == summary.number) {
            catch_up(&mut summary, status, since);
        }
        applications.push(summary);
    }
    // A certificate that stands still may have been revoked: its application says that nothing can be told.
    let current = entries.iter().filter(|entry| !entry.parked).map(|entry| &entry.row);
    let certificates = current.filter_map(|entry| {
        let issued = entry.issued.as_ref()?;
        let number = entry.number.clone()?;
        Some(CertificateSummary {
            document: DocumentRef {
                digest: issued.pdf_digest.clone(),
                filename: format!("{}-{number}.pdf", entry.service),
                media_type: "application/pdf".to_owned(),
            },
            number,
            service: entry.service.clone(),
            standing: match entry.stands(now) {
                Stood::Active if entry.expires_on.is_some_and(|last| last < today) => Standing::Expired,
                Stood::Active => Standing::Active,
                _ => Standing::Ended,
            },
        })
    });
    Ok(Facts {
        opinion: None,
        now,
        today,
        message_id: message_id.to_owned(),
        applications,
        certificates: certificates.collect(),
    })
}

/// Where the status is newer than the view, it says how the application stands. What a refusal or a question says stands in the
/// view alone; until that has come up, the application is where it was.
fn catch_up(summary: &mut ApplicationSummary, status: &Status, since: Timestamp) {
    let state = match status.state {
        StatusState::Unknown => ApplicationState::Unknown,
        _ if status.since <= since => return,
        StatusState::Open => ApplicationState::Submitted,
        StatusState::Approved => ApplicationState::Approved,
        StatusState::Withdrawn => ApplicationState::Withdrawn,
        StatusState::Waiting | StatusState::Refused => return,
    };
    summary.state = state;
    summary.since = Some(ist_date(status.since));
}

fn application(setup: &Setup, file: File, certificate: Option<&Entry>) -> ApplicationSummary {
    let stage = file.current().map(|plan| plan.code.clone());
    let service = setup.catalogue.get(&file.service);
    let subject = file.answers.as_ref().and_then(|answers| service?.subject(answers));
    let stage = stage.and_then(|code| service?.stages.iter().find(|stage| stage.code == code));
    ApplicationSummary {
        stage: stage.map_or_else(Bilingual::default, |stage| stage.title.clone()),
        holder: stage.and(service).map(|service| service.office.clone()),
        since: Some(ist_date(file.since)),
        submitted_on: ist_date(file.submitted_at),
        due: file.due,
        state: match file.state {
            FileState::Open => ApplicationState::Submitted,
            FileState::Waiting { question, paper } => ApplicationState::Waiting { question, paper },
            FileState::Approved { .. } => match certificate {
                Some(entry) => ApplicationState::Issued {
                    certificate: entry.number.clone(),
                },
                None => ApplicationState::Approved,
            },
            FileState::Refused { reason, words, .. } => ApplicationState::Refused { reason, words },
            FileState::Withdrawn => ApplicationState::Withdrawn,
        },
        subject,
        number: file.number,
        service: file.service,
    }
}
