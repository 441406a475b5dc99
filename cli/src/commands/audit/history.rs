//! `praman audit history`: what happened, and what was true then.

use std::str::FromStr as _;

use anyhow::{Context as _, bail};
use clap::Args;
use domain::{CitizenId, OfficerId};
use jiff::{Timestamp, civil::Date, tz::Offset};
use projections::history::{self, Line, Of, State, Then, When};

use crate::{
    Answer, say,
    service::{Access, Store},
    settings::Flags,
};

/// Lines asked for at a time.
const PAGE: usize = 1_000;
const IST_SECONDS: i32 = 5 * 3600 + 30 * 60;

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    flags: Flags,
    /// One stream: its kind and id, for instance application/APP-2026-000001 or certificate/….
    #[arg(long, value_name = "TYPE/ID", group = "whose")]
    stream: Option<String>,
    /// Everything that an officer did, and their own stream.
    #[arg(long, value_name = "ID", group = "whose")]
    officer: Option<String>,
    /// A citizen's own stream, applications and certificates, with all that was done with these.
    #[arg(long, value_name = "ID", group = "whose")]
    citizen: Option<String>,
    /// What was true then, and the events up to there: a position, or a civil day in India (2026-11-22), which means the largest
    /// position whose every predecessor was recorded by the end of that day.
    #[arg(long, value_name = "DATE|POSITION")]
    as_of: Option<String>,
    /// Answer in JSON lines: one for each event, and a last one with the state.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let of = whose(&options)?;
    let when = options.as_of.as_deref().map_or(Ok(When::Now), when)?;
    let store = Store::open(&options.flags.settle()?, Access::Read).await?;
    let then = history::then(&store.ledger, when).await?;
    let mut told = 0_u64;
    // Of the whole log, as of a day, the sums are the answer; its events are an export.
    let listed = of != Of::Log || options.as_of.is_none();
    let mut next = listed.then_some(0);
    while let Some(from) = next {
        let lines = history::lines(&store.ledger, &of, from, then.position, PAGE).await?;
        for line in &lines.lines {
            told += 1;
            if options.json {
                say(serde_json::to_string(line)?);
            } else {
                say(readable(line));
            }
        }
        next = lines.lines.last().filter(|_| lines.more).map(|last| last.position);
    }
    let state = history::state(&store.ledger, &of, then).await?;
    if options.json {
        say(serde_json::json!({
            "as_of": {"position": then.position, "day": then.day, "head": then.head}, "state": state,
        }));
    } else {
        say_state(&state, then);
    }
    Ok(if told == 0 && state == State::Nothing {
        Answer::No
    } else {
        Answer::Yes
    })
}

fn whose(options: &Options) -> anyhow::Result<Of> {
    if let Some(stream) = &options.stream {
        let (kind, id) = stream
            .split_once('/')
            .with_context(|| format!("{stream} is no TYPE/ID"))?;
        return Ok(Of::Stream(kind.to_owned(), id.to_owned()));
    }
    if let Some(officer) = &options.officer {
        return Ok(Of::Officer(OfficerId::new(officer.as_str())));
    }
    if let Some(citizen) = &options.citizen {
        let citizen = CitizenId::from_str(citizen).ok();
        return Ok(Of::Citizen(citizen.context("a citizen is named by their identifier")?));
    }
    Ok(Of::Log)
}

fn when(text: &str) -> anyhow::Result<When> {
    if let Ok(position) = text.parse() {
        return Ok(When::Position(position));
    }
    match text.parse::<Date>() {
        Ok(day) => Ok(When::Day(day)),
        Err(_) => bail!("{text} is neither a position nor a day like 2026-11-22"),
    }
}

fn ist(at: Timestamp) -> String {
    let local = Offset::from_seconds(IST_SECONDS).unwrap_or(Offset::UTC).to_datetime(at);
    local.strftime("%Y-%m-%d %H:%M:%S IST").to_string()
}

fn readable(line: &Line) -> String {
    let by = line.by.as_ref().map(|by| format!(" by {} as {}", by.officer, by.role));
    let why = line.why.as_ref().map(|why| format!(" ({why})"));
    format!(
        "{:>8}  {}  {}  {}/{} #{}  asked by {}{}{}",
        line.position,
        ist(line.recorded_at),
        line.event_type,
        line.aggregate_type,
        line.aggregate_id,
        line.sequence,
        line.actor,
        by.unwrap_or_default(),
        why.unwrap_or_default()
    )
}

fn say_state(state: &State, then: Then) {
    say(format!(
        "as of position {} of {}, on {}:",
        then.position, then.head, then.day
    ));
    match state {
        State::Nothing => say("nothing of that name"),
        State::Log(counts) => {
            say(format!("{} events", counts.events));
            let sums = |what: &str, sums: Vec<(&str, u64)>| {
                for (name, count) in sums {
                    say(format!("{what} {name}: {count}"));
                }
            };
            sums(
                "streams",
                counts
                    .streams
                    .iter()
                    .map(|(name, count)| (name.as_str(), *count))
                    .collect(),
            );
            sums("applications", counts.applications.clone().into_iter().collect());
            sums("certificates", counts.certificates.clone().into_iter().collect());
            say(format!("officers in office: {}", counts.officers));
        }
        State::File(file) => say_file(file),
        State::Certificate(certificate) => say_certificate(certificate),
        State::Officer(officer) if officer.in_office => {
            say(format!(
                "officer {}: in office, roles {}",
                officer.id,
                officer.roles.join(", ")
            ));
        }
        State::Officer(officer) => say(format!("officer {}: out of office", officer.id)),
        State::Citizen {
            applications,
            certificates,
        } => {
            applications.iter().for_each(say_file);
            certificates.iter().for_each(say_certificate);
            say(format!(
                "{} applications, {} certificates",
                applications.len(),
                certificates.len()
            ));
        }
        State::Other { events } => say(format!("{events} events")),
    }
}

fn say_file(file: &history::FileThen) {
    let stage = file
        .stage
        .as_ref()
        .map(|stage| format!(" at {stage}"))
        .unwrap_or_default();
    say(format!(
        "application {} ({}): {}{stage} since {}",
        file.number,
        file.service,
        file.state,
        ist(file.since)
    ));
}

fn say_certificate(certificate: &history::CertificateThen) {
    let until = certificate
        .expires_on
        .map(|day| format!(" to {day}"))
        .unwrap_or_default();
    let since = match (certificate.since, certificate.reason) {
        (Some(at), Some(reason)) => format!(" since {} ({reason})", ist(at)),
        _ => String::new(),
    };
    let on_hold = certificate.until.map(|day| format!(" until {day}")).unwrap_or_default();
    let by = certificate
        .superseded_by
        .as_deref()
        .map(|by| format!(" by {by}"))
        .unwrap_or_default();
    let demo = if certificate.demo {
        " (demonstration, not valid)"
    } else {
        ""
    };
    say(format!(
        "certificate {} ({}): {}{since}{on_hold}{by}{demo}, from {}{until}",
        certificate.id, certificate.service, certificate.state, certificate.issued_on
    ));
}
