//! One turn: what a message leads to, stored in one transaction.

use assistant::{
    conversation::{self, Conversation, Effect, Facts, Outcome, VerdictSummary, VerifyWhat},
    reply::Reply,
    said::{PaperProblem, Said},
};
use domain::{
    ApplicationNumber, CitizenId,
    application::{self, Application},
    catalogue::CheckedForm,
    citizen::{self, Citizen},
    ist_date,
};
use jiff::{ToSpan as _, civil::Date};
use ledger::{Expect, Row, RowChange};
use whatsapp::{
    inbound::Meaning,
    kept::{self, name_digest},
    outbox::{Class, OutboxItem},
};

use super::{
    Setup, TurnError,
    asked::Asked,
    facts,
    identity::{address_text, identify},
    inbox::{Kept, MESSAGE, batch, encode},
    paper::{self, Heard},
    take::Pending,
    voice,
};
use crate::verification::{Answered, Source};

/// Conversations; key: the citizen.
const CONVERSATION: &str = "conversation";
/// How far numbers have been given out; key: the year. Only a hint: the stream of a number is what makes it unique.
const COUNTER: &str = "counter";
/// Citizens who wait for a person; key: the citizen.
const HANDOFF: &str = "handoff";

/// What a turn is about to store.
struct Work<'a> {
    setup: &'a Setup,
    citizen: CitizenId,
    person: Pending<Citizen>,
    application: Option<Pending<Application>>,
    rows: Vec<RowChange>,
    facts: Facts,
    /// The bytes of the paper that this very message brought.
    in_hand: Option<Vec<u8>>,
}

/// Takes one turn and stores it. On the last try a paper that cannot be fetched is refused instead of waited for.
pub(super) async fn turn(
    setup: &Setup,
    row: &Row,
    kept: &Kept,
    asked: &mut Asked,
    last_try: bool,
) -> Result<(), TurnError> {
    let message = &kept.message;
    let mut heard = match message.kind.meaning() {
        Meaning::Silent => return store(setup, row, kept, None).await,
        Meaning::Said(said) => Heard::words(said),
        Meaning::Fetch(media) => match paper::fetch(setup, &media).await {
            Err(TurnError::Fetch(_)) if last_try => Heard::refused(PaperProblem::NotFetched),
            fetched => fetched?,
        },
        Meaning::Listen(media) => match voice::fetch(setup, &media).await {
            Err(TurnError::Fetch(_)) if last_try => Heard::words(Said::VoiceRefused),
            fetched => fetched?,
        },
    };
    read_and_typing(setup, &message.id);
    // The views must show what this citizen did a moment ago.
    let head = setup.ledger.head().await?;
    setup.projector.reached(head, std::time::Duration::from_secs(2)).await;

    let identified = identify(setup, &message.from).await?;
    let citizen = identified.citizen;
    let mut person = Pending::<Citizen>::load(&setup.ledger, &citizen.to_string()).await?;
    let met = citizen::Command::Register {
        citizen,
        address: address_text(&message.from),
        at: setup.clock.now(),
    };
    if let Ok(events) = person.state.decide(met) {
        person.add(events, Citizen::evolve);
    }
    let before = setup.ledger.row(CONVERSATION, &citizen.to_string()).await?;
    let state: Conversation = match &before {
        Some(row) => serde_json::from_slice(&row.body).map_err(|reader| TurnError::Decode {
            what: "conversation",
            reader,
        })?,
        None => Conversation::with(person.state.language, person.state.notice.clone()),
    };
    if matches!(heard.said, Said::Paper(_))
        && let Some(shows) = state.awaits(&setup.catalogue)
    {
        paper::look(&mut heard, shows).await?;
    }
    let Heard { mut said, bytes } = heard;
    let facts = facts::gather(setup, citizen, &message.id).await?;
    // A voice note is no paper: its sound is kept by itself, in words or not.
    let (sound, in_hand) = if said == Said::Voice {
        (bytes, None)
    } else {
        (None, bytes)
    };
    if let Some(sound) = &sound
        && let Some(words) = asked.words(setup, sound, state.language().unwrap_or_default()).await
    {
        said = Said::Spoken(words);
    }
    let note = match sound {
        Some(sound) => Some(voice::keep(setup, row, citizen, &state, &said, sound).await?),
        None => None,
    };
    let mut work = Work {
        setup,
        citizen,
        person,
        application: None,
        rows: identified.rows,
        facts,
        in_hand,
    };

    let mut turn = conversation::converse(&setup.assistant, state.clone(), &said, &work.facts);
    if let Some(doubt) = turn.doubt.take()
        && let Some(opinion) = asked.opinion(setup, doubt).await
    {
        work.facts.opinion = Some(opinion);
        turn = conversation::converse(&setup.assistant, state, &said, &work.facts);
    }
    let (mut state, mut replies) = (turn.state, turn.replies);
    let mut answered_with = vec![];
    for effect in turn.effects {
        if let Effect::Answer { papers, .. } = &effect {
            answered_with.extend(papers.iter().map(|paper| paper.digest.clone()));
        }
        if let Some(outcome) = work.carry_out(effect).await? {
            let more = conversation::after(&setup.assistant, state, &outcome, &work.facts);
            state = more.state;
            replies.extend(more.replies);
        }
    }
    let conversation = encode(&state)?;
    if let (Said::Paper(paper), Some(bytes)) = (&said, work.in_hand.take()) {
        // Kept is what the form, the answer or the next turn needs. What was only checked is a stranger's and is not ours
        // to keep; nor may it be taken away afterwards, for the same bytes may be a file that somebody else needs.
        let needed = String::from_utf8_lossy(&conversation).contains(&paper.digest);
        if needed || answered_with.contains(&paper.digest) {
            setup.documents.put(bytes).await.map_err(TurnError::Keep)?;
        }
    }
    work.rows.push(RowChange::Put {
        space: CONVERSATION.to_owned(),
        key: citizen.to_string(),
        body: conversation,
        terms: vec![],
        expect: before.map_or(Expect::Absent, |row| Expect::Version(row.version)),
    });
    work.rows.extend(note);
    for (place, reply) in replies.into_iter().enumerate() {
        work.rows.push(queued(setup, kept, place, reply)?);
    }
    store(setup, row, kept, Some(work)).await
}

impl Work<'_> {
    /// Does what was asked, as far as it can be done before the turn is stored; answers what became of it.
    async fn carry_out(&mut self, effect: Effect) -> Result<Option<Outcome>, TurnError> {
        let at = self.setup.clock.now();
        Ok(match effect {
            Effect::ChooseLanguage(language) => {
                self.about_the_person(citizen::Command::ChooseLanguage { language, at });
                None
            }
            Effect::GiveConsent { notice } => {
                let language = self.person.state.language.unwrap_or_default();
                let message = name_digest(&self.facts.message_id);
                self.about_the_person(citizen::Command::GiveConsent {
                    notice,
                    language,
                    message,
                    at,
                });
                None
            }
            Effect::Submit { form } => Some(self.submit(form).await?),
            Effect::Answer {
                application,
                text,
                papers,
            } => {
                let citizen = self.citizen;
                Some(
                    self.act(
                        &application,
                        application::Command::Answer {
                            citizen,
                            answer: text,
                            papers,
                            at,
                        },
                    )
                    .await?,
                )
            }
            Effect::Withdraw { application } => {
                let citizen = self.citizen;
                Some(
                    self.act(&application, application::Command::Withdraw { citizen, at })
                        .await?,
                )
            }
            Effect::SendCertificate { number } => {
                let found = self.facts.certificates.iter().find(|known| known.number == number);
                let there = match found {
                    Some(known) => matches!(self.setup.documents.get(&known.document.digest).await, Ok(Some(_))),
                    None => false,
                };
                Some(if there { Outcome::Sent } else { Outcome::Failed })
            }
            Effect::Verify(what) => Some(self.verify(what).await?),
            Effect::Handoff { reason } => {
                self.rows.push(RowChange::Put {
                    space: HANDOFF.to_owned(),
                    key: self.citizen.to_string(),
                    body: format!("{reason:?}").into_bytes(),
                    terms: vec![("since".to_owned(), format!("{:020}", at.as_millisecond()))],
                    expect: Expect::Any,
                });
                None
            }
        })
    }

    /// A command to the citizen's own record; "already so" and an unknown person leave it as it is.
    fn about_the_person(&mut self, command: citizen::Command) {
        if let Ok(events) = self.person.state.decide(command) {
            self.person.add(events, Citizen::evolve);
        }
    }

    /// Draws a number and hands the application in.
    async fn submit(&mut self, form: Box<CheckedForm>) -> Result<Outcome, TurnError> {
        let at = self.setup.clock.now();
        let today = ist_date(at);
        let year = today.year();
        let counter = self.setup.ledger.row(COUNTER, &year.to_string()).await?;
        let mut count = counter
            .as_ref()
            .and_then(|row| std::str::from_utf8(&row.body).ok()?.parse::<u64>().ok())
            .unwrap_or(0);
        let due = last_day(&form, today);
        let language = self.person.state.language.unwrap_or_default();
        loop {
            count += 1;
            let number = ApplicationNumber::new(year, count);
            let mut pending = Pending::<Application>::load(&self.setup.ledger, &number.to_string()).await?;
            let citizen = self.citizen;
            let command = application::Command::Submit {
                number: number.clone(),
                citizen,
                language,
                form: form.clone(),
                due,
                at,
            };
            match pending.state.decide(command) {
                Ok(events) => {
                    pending.add(events, Application::evolve);
                    self.application = Some(pending);
                    self.rows.push(RowChange::Put {
                        space: COUNTER.to_owned(),
                        key: year.to_string(),
                        body: count.to_string().into_bytes(),
                        terms: vec![],
                        expect: Expect::Any,
                    });
                    return Ok(Outcome::Submitted { number, due });
                }
                Err(application::Error::NumberTaken) => {}
                Err(error) => {
                    return Ok(Outcome::Rejected {
                        code: error.code().to_owned(),
                    });
                }
            }
        }
    }

    /// A command to one of the citizen's applications.
    async fn act(&mut self, number: &ApplicationNumber, command: application::Command) -> Result<Outcome, TurnError> {
        let mut pending = Pending::<Application>::load(&self.setup.ledger, &number.to_string()).await?;
        Ok(match pending.state.decide(command) {
            Ok(events) => {
                pending.add(events, Application::evolve);
                self.application = Some(pending);
                Outcome::Sent
            }
            Err(error) => Outcome::Rejected {
                code: error.code().to_owned(),
            },
        })
    }

    async fn verify(&self, what: VerifyWhat) -> Result<Outcome, TurnError> {
        let verifier = &self.setup.verifier;
        let answered = match what {
            VerifyWhat::Number(number) => match verifier.by_number(&number, None).await? {
                Some(answered) => answered,
                None => return Ok(Outcome::Verified(Box::new(number_unknown(number.to_string())))),
            },
            VerifyWhat::Text(text) => verifier.by_token(&text, None).await?,
            VerifyWhat::Paper(paper) => {
                let bytes = match &self.in_hand {
                    Some(bytes) => Some(bytes.clone()),
                    // It came with an earlier message, of which it was not clear what it was for.
                    None => self.setup.documents.get(&paper.digest).await.ok().flatten(),
                };
                let Some(bytes) = bytes else { return Ok(Outcome::Failed) };
                let answered = verifier.by_file(bytes, None).await?;
                answered.unwrap_or_else(|| Answered::unreadable("not_a_certificate", Source::Pdf, self.facts.now))
            }
        };
        Ok(Outcome::Verified(Box::new(summary(&answered, self.setup.demo))))
    }
}

fn last_day(form: &CheckedForm, today: Date) -> Option<Date> {
    form.service()
        .time_limit
        .days
        .map(|days| today.saturating_add(i64::from(days).days()))
}

/// Not a verdict: nobody has this number.
fn number_unknown(number: String) -> VerdictSummary {
    VerdictSummary {
        verdict: "not_found".to_owned(),
        number: Some(number),
        ..VerdictSummary::default()
    }
}

fn summary(answered: &Answered, demo: bool) -> VerdictSummary {
    let held = answered.shown();
    VerdictSummary {
        verdict: answered.answer.code().to_owned(),
        reason: Some(answered.reason.to_owned()),
        number: held.map(|held| held.number.to_string()),
        service: held.map(|held| held.service.clone()),
        name: held.and_then(|held| {
            let line = held.lines.iter().find(|line| line.code == "name")?;
            line.value.en.clone().or_else(|| line.value.hi.clone())
        }),
        issued_on: held.map(|held| held.issued_on),
        expires_on: held.and_then(|held| held.expires_on),
        since: answered.date,
        until: None,
        replaced_by: answered.newer.as_ref().map(ToString::to_string),
        demo,
        url: None,
    }
}

fn queued(setup: &Setup, kept: &Kept, place: usize, reply: Reply) -> Result<RowChange, TurnError> {
    let id = format!("turn/{}/{place}", name_digest(&kept.message.id));
    let item = OutboxItem::new(
        id.clone(),
        kept.message.from.clone(),
        reply,
        Class::Reply,
        setup.clock.now(),
    );
    Ok(RowChange::Put {
        space: kept::OUTBOX.to_owned(),
        key: id,
        body: encode(&item)?,
        terms: kept::outbox_terms(&item),
        expect: Expect::Absent,
    })
}

/// Stores what a turn leads to, and that its message has been handled.
async fn store(setup: &Setup, row: &Row, kept: &Kept, work: Option<Work<'_>>) -> Result<(), TurnError> {
    let handled = Kept {
        handled: kept.handled + 1,
        ..kept.clone()
    };
    let mut rows = vec![RowChange::Put {
        space: MESSAGE.to_owned(),
        key: row.key.clone(),
        body: encode(&handled)?,
        terms: vec![],
        expect: Expect::Version(row.version),
    }];
    let mut batch = batch(&format!("turn {}", row.key), vec![]);
    if let Some(work) = work {
        rows.extend(work.rows);
        batch.context.actor = format!("citizen/{}", work.citizen);
        batch.appends.extend(work.person.append()?);
        if let Some(application) = work.application {
            batch.appends.extend(application.append()?);
        }
    }
    batch.context.correlation_id = batch.command_id;
    batch.context.causation = Some(format!("message/{}", row.key));
    batch.rows = rows;
    setup.ledger.commit(batch).await?;
    Ok(())
}

/// Tells the channel that we have read and are typing. It costs nothing and may fail.
fn read_and_typing(setup: &Setup, message: &str) {
    let (graph, message) = (setup.graph.clone(), message.to_owned());
    tokio::spawn(async move {
        let _ = graph.mark_read(&message, true).await;
    });
}
