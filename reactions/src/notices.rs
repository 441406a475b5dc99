//! What the citizen is told: a message in the outbox for each step, named after the event that it tells of, so that
//! it is queued once.

use domain::{
    AnyEvent, ApplicationNumber, CertificateId, CertificateNumber, CitizenId, Language,
    application::{Event as ApplicationEvent, StagePlan},
    catalogue::Service,
    certificate::{Event as CertificateEvent, ReplacementReason},
};
use ledger::{CommitError, Expect, Recorded, RowChange};
use whatsapp::{
    Address, kept,
    news::{DocumentRef, News, tell},
    outbox::{Class, OutboxItem},
};

use crate::{
    Setup,
    follow::{Reaction, ReactionError, batch},
};

pub(crate) struct Notices;

/// Whom to tell, and how.
struct Reader {
    address: Address,
    language: Language,
}

impl Reaction for Notices {
    const NAME: &'static str = "notices";

    fn concerns(&self, event: &AnyEvent) -> bool {
        matches!(
            event,
            AnyEvent::Application(
                ApplicationEvent::Forwarded { .. } | ApplicationEvent::Asked { .. } | ApplicationEvent::Refused { .. }
            ) | AnyEvent::Certificate(
                CertificateEvent::Issued { .. }
                    | CertificateEvent::Suspended { .. }
                    | CertificateEvent::Reinstated { .. }
                    | CertificateEvent::Revoked { .. }
            )
        )
    }

    async fn react(&self, setup: &Setup, event: &AnyEvent, recorded: &Recorded) -> Result<(), ReactionError> {
        match event {
            AnyEvent::Application(event) => application(setup, event, recorded).await,
            AnyEvent::Certificate(event) => certificate(setup, event, recorded).await,
            AnyEvent::Citizen(_)
            | AnyEvent::Officer(_)
            | AnyEvent::KeyCeremony(_)
            | AnyEvent::SigningKey(_)
            | AnyEvent::StatusList(_) => Ok(()),
        }
    }
}

async fn application(setup: &Setup, event: &ApplicationEvent, recorded: &Recorded) -> Result<(), ReactionError> {
    let submission = Submission::load(setup, &recorded.aggregate_id).await?;
    let Some(reader) = reader(setup, submission.citizen, submission.language).await? else {
        return Ok(());
    };
    let service = service(setup, &submission.service)?;
    let application = &submission.number;
    let reply = match event {
        ApplicationEvent::Forwarded { stage, by, .. } => {
            // An automatic step takes no time and is no news.
            if by.is_none() {
                return Ok(());
            }
            let next = submission.stages.iter().skip_while(|plan| plan.code != *stage).nth(1);
            let Some(stage) = next.and_then(|plan| service.stages.iter().find(|s| s.code == plan.code)) else {
                return Ok(());
            };
            tell(
                &News::Moved {
                    application,
                    service,
                    stage,
                    due: submission.due,
                },
                reader.language,
            )
        }
        ApplicationEvent::Asked { question, paper, .. } => {
            let Some(question) = question.value() else {
                return Ok(());
            };
            tell(
                &News::Asked {
                    application,
                    service,
                    question,
                    paper: paper.as_deref(),
                },
                reader.language,
            )
        }
        ApplicationEvent::Refused { reason, words, .. } => {
            let words = words.as_ref().and_then(|words| words.value());
            let reason = service.refusal(reason);
            tell(
                &News::Refused {
                    application,
                    service,
                    reason,
                    words: words.map(String::as_str),
                },
                reader.language,
            )
        }
        ApplicationEvent::Submitted { .. }
        | ApplicationEvent::Answered { .. }
        | ApplicationEvent::Approved { .. }
        | ApplicationEvent::Withdrawn { .. } => return Ok(()),
    };
    queue(setup, format!("notice/{}", recorded.position), reader.address, reply).await
}

async fn certificate(setup: &Setup, event: &CertificateEvent, recorded: &Recorded) -> Result<(), ReactionError> {
    let id = &recorded.aggregate_id;
    let history = setup.ledger.stream("certificate", id).await?;
    let prepared = history
        .first()
        .map(|first| AnyEvent::decode(&first.aggregate_type, &first.body));
    let Some(Ok(AnyEvent::Certificate(CertificateEvent::Prepared {
        number,
        application,
        service: code,
        holder,
        demo,
        replaces,
        ..
    }))) = prepared
    else {
        return Ok(());
    };
    let Some(number) = number.value() else { return Ok(()) };
    let submission = Submission::load(setup, &application.to_string()).await?;
    let Some(reader) = reader(setup, holder, submission.language).await? else {
        return Ok(());
    };
    let service = service(setup, &code)?;
    let notice = format!("notice/{}", recorded.position);
    let (item, reply) = match event {
        CertificateEvent::Issued { pdf_digest, .. } => {
            let document = DocumentRef {
                digest: pdf_digest.clone(),
                filename: format!("{code}-{number}.pdf"),
                media_type: "application/pdf".to_owned(),
            };
            let before = match replaces {
                Some(before) => replaced(setup, before).await?,
                None => None,
            };
            let news = match &before {
                Some((before, renewed)) => News::Replaced {
                    number,
                    before,
                    service,
                    renewed: *renewed,
                    document,
                    demo,
                },
                None => News::Issued {
                    number,
                    service,
                    document,
                    demo,
                },
            };
            (format!("certificate/{id}"), tell(&news, reader.language))
        }
        CertificateEvent::Suspended { until, .. } => {
            let news = News::Suspended {
                number,
                service,
                until: *until,
            };
            (notice, tell(&news, reader.language))
        }
        CertificateEvent::Reinstated { .. } => (notice, tell(&News::Reinstated { number, service }, reader.language)),
        CertificateEvent::Revoked { .. } => (notice, tell(&News::Revoked { number, service }, reader.language)),
        // What was ordered and what it replaced is told with the new certificate.
        CertificateEvent::Prepared { .. }
        | CertificateEvent::Delivered { .. }
        | CertificateEvent::CorrectionProposed { .. }
        | CertificateEvent::CorrectionDeclined { .. }
        | CertificateEvent::ReplacementOrdered { .. }
        | CertificateEvent::Superseded { .. } => return Ok(()),
    };
    setup.pauses.pass("notices.before_queueing").await;
    queue(setup, item, reader.address, reply).await?;
    setup.pauses.pass("notices.after_queueing").await;
    Ok(())
}

/// The number of the certificate that was replaced, and whether by renewal; `None` once erased.
async fn replaced(setup: &Setup, before: CertificateId) -> Result<Option<(CertificateNumber, bool)>, ReactionError> {
    let (mut old, mut renewed) = (None, false);
    for recorded in setup.ledger.stream("certificate", &before.to_string()).await? {
        match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
            Ok(AnyEvent::Certificate(CertificateEvent::Prepared { number, .. })) => old = number.into_value(),
            Ok(AnyEvent::Certificate(CertificateEvent::Superseded { reason, .. })) => {
                renewed = reason == ReplacementReason::Renewal;
            }
            _ => {}
        }
    }
    Ok(old.map(|old| (old, renewed)))
}

/// Queues a message under its name; once.
async fn queue(setup: &Setup, id: String, to: Address, reply: whatsapp::news::Reply) -> Result<(), ReactionError> {
    let item = OutboxItem::new(id.clone(), to, reply, Class::Notice, setup.clock.now());
    let body = serde_json::to_vec(&item).map_err(|error| ReactionError::Stuck(Box::new(error)))?;
    let change = RowChange::Put {
        space: kept::OUTBOX.to_owned(),
        key: id.clone(),
        body,
        terms: kept::outbox_terms(&item),
        expect: Expect::Absent,
    };
    match setup.ledger.commit(batch(&format!("queue {id}"), vec![change])).await {
        Ok(_) | Err(CommitError::RowConflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn service<'a>(setup: &'a Setup, code: &str) -> Result<&'a Service, ReactionError> {
    setup
        .catalogue
        .get(code)
        .ok_or_else(|| ReactionError::Stuck(format!("no service is called {code}").into()))
}

/// Where the citizen is reached, in the language they chose last. `None` once their data has been erased.
async fn reader(setup: &Setup, citizen: CitizenId, at_first: Language) -> Result<Option<Reader>, ReactionError> {
    let mut address = None;
    let mut language = at_first;
    for recorded in setup.ledger.stream("citizen", &citizen.to_string()).await? {
        match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
            Ok(AnyEvent::Citizen(domain::citizen::Event::Registered { address: known, .. })) => {
                address = known.into_value().and_then(|known| Address::parse(&known));
            }
            Ok(AnyEvent::Citizen(domain::citizen::Event::LanguageChosen { language: chosen, .. })) => language = chosen,
            _ => {}
        }
    }
    Ok(address.map(|address| Reader { address, language }))
}

/// What the submission said.
pub(crate) struct Submission {
    pub(crate) number: ApplicationNumber,
    pub(crate) service: String,
    pub(crate) citizen: CitizenId,
    pub(crate) language: Language,
    pub(crate) answers: Option<domain::catalogue::Answers>,
    pub(crate) stages: Vec<StagePlan>,
    pub(crate) due: Option<jiff::civil::Date>,
}

impl Submission {
    pub(crate) async fn load(setup: &Setup, number: &str) -> Result<Self, ReactionError> {
        let history = setup.ledger.stream("application", number).await?;
        let first = history
            .first()
            .ok_or_else(|| ReactionError::Stuck(format!("application {number} has no history").into()))?;
        match AnyEvent::decode(&first.aggregate_type, &first.body) {
            Ok(AnyEvent::Application(ApplicationEvent::Submitted {
                number,
                service,
                citizen,
                language,
                answers,
                stages,
                due,
                ..
            })) => Ok(Self {
                number,
                service,
                citizen,
                language,
                answers: answers.into_value(),
                stages,
                due,
            }),
            Ok(_) => Err(ReactionError::Stuck(
                format!("application {number} does not begin with a submission").into(),
            )),
            Err(error) => Err(ReactionError::Stuck(Box::new(error))),
        }
    }
}
