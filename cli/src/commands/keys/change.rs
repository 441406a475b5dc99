//! Keys that come and go.

use anyhow::{Context as _, bail};
use data_encoding::HEXLOWER;
use domain::{AnyEvent, certificate::Event};
use jiff::Timestamp;
use keys::{Algorithm, Compromise, KeyFile, KeyId, Purpose};
use ledger::{Ledger, Presence};
use reactions::PausePoints;
use serde_json::json;

use super::{
    Common, Compromised, New, Retire, Rotate,
    begun::{Begun, Verb, Wanted},
    show, usual,
};
use crate::{
    Answer, say,
    service::{self, Access, Ambient, Store, key_file, passphrase, record_keys},
    settings::Settings,
};

/// Events read at a time.
const PAGE: usize = 500;

/// The key file and the log of an installation whose service stands still.
pub(super) struct Bench {
    pub(super) settings: Settings,
    pub(super) ambient: Ambient,
    pub(super) ledger: Ledger,
    pub(super) file: KeyFile,
    /// No service runs as long as this is held.
    _alone: Option<Presence>,
}

impl Bench {
    pub(super) async fn open(settings: Settings) -> anyhow::Result<Self> {
        let alone = service::alone(&settings).await?;
        let store = Store::open(&settings, Access::Write)
            .await
            .context("keys are changed while no service runs")?;
        if let ledger::Health::Suspect { position, what } = store.ledger.health() {
            bail!("the log takes no events, so no key is changed: position {position}: {what}");
        }
        let ambient = Ambient::real();
        let file = KeyFile::open(&key_file(&settings), passphrase(&settings)?)?;
        // What a crash has left is put down first; and a file that is not the log's is not changed.
        record_keys(&store.ledger, file.directory(), &ambient).await?;
        Ok(Self {
            settings,
            ambient,
            ledger: store.ledger,
            file,
            _alone: alone,
        })
    }

    /// What this same verb had begun before, if that was cut off: with its key, where it was made. What was begun there
    /// and came to nothing is undone.
    fn begun_before(&self, wanted: &Wanted) -> anyhow::Result<Option<KeyId>> {
        let data = &self.settings.data;
        let Some(before) = Begun::read(data)? else {
            return Ok(None);
        };
        let made = before.made(self.file.directory());
        if made.is_none() {
            before.undo(&self.settings)?;
        }
        if before.wanted == *wanted && made.is_some() {
            return Ok(made);
        }
        if let Some(key) = made {
            // Another verb: it stands, and need not be asked for again.
            tracing::warn!(%key, begun = %before.at, "a key that was begun before is made and stands in the log");
        }
        Begun::end(data)?;
        Ok(None)
    }

    /// Makes what is wanted, with what goes with it in the same file, and writes the intent first.
    fn begin(&self, wanted: &Wanted) -> anyhow::Result<Begun> {
        let object = wanted
            .in_token
            .then(|| HEXLOWER.encode(&keys::Token::draw_object(&*self.ambient.entropy)));
        let begun = Begun {
            wanted: wanted.clone(),
            at: self.ambient.clock.now(),
            object,
            key: None,
        };
        begun.keep(&self.settings.data)?;
        Ok(begun)
    }

    /// Writes the file, then the log.
    pub(super) async fn save(self) -> anyhow::Result<()> {
        let (directory, pauses) = (self.file.directory().clone(), pauses(&self.settings));
        self.file.save(&*self.ambient.entropy)?;
        pauses.pass("change.after_file").await;
        record_keys(&self.ledger, &directory, &self.ambient).await?;
        self.ledger.close().await;
        pauses.pass("change.after_log").await;
        Ok(())
    }
}

/// Where a test may cut a verb off.
pub(super) fn pauses(settings: &Settings) -> PausePoints {
    settings
        .hold_at
        .as_deref()
        .map_or_else(PausePoints::none, PausePoints::hold_at)
}

/// Makes a key and enters it in the file; `object` is its name in the token that the settings name, where it is made there.
pub(super) fn make(
    file: &mut KeyFile,
    settings: &Settings,
    ambient: &Ambient,
    purpose: Purpose,
    algorithm: Algorithm,
    from: Timestamp,
    object: Option<&str>,
) -> anyhow::Result<KeyId> {
    let Some(object) = object else {
        return Ok(file.add(purpose, algorithm, from, &*ambient.entropy)?);
    };
    let token = settings.token.as_ref().context(
        "there is no token in the settings: PRAMAN_PKCS11_MODULE, PRAMAN_PKCS11_TOKEN and PRAMAN_PKCS11_PIN_FILE",
    )?;
    let token = service::open_token(token)?;
    let object = HEXLOWER.decode(object.as_bytes()).context("the name of an object")?;
    let made = token
        .make(purpose, algorithm, object)
        .with_context(|| format!("the token \"{}\" made no {purpose} key", token.label()))?;
    match file.add_in_token(purpose, made.public_key, &made.object, from) {
        Ok(id) => Ok(id),
        Err(error) => {
            token.destroy(&made.object)?;
            Err(error.into())
        }
    }
}

/// When the oldest certificate was approved that is not signed yet, if there is one: whoever signs it must have been in use by
/// then. `now` without one.
async fn oldest_waiting(ledger: &Ledger, now: Timestamp) -> anyhow::Result<Timestamp> {
    let mut waiting = std::collections::BTreeMap::new();
    let mut position = reactions::first_unfinished(ledger).await?;
    loop {
        let page = ledger.after(position, PAGE).await?;
        let Some(last) = page.last() else { break };
        position = last.position;
        for recorded in &page {
            match AnyEvent::decode(&recorded.aggregate_type, &recorded.body) {
                Ok(AnyEvent::Certificate(Event::Prepared { at, .. })) => {
                    waiting.insert(recorded.aggregate_id.clone(), at);
                }
                Ok(AnyEvent::Certificate(Event::Issued { .. })) => {
                    waiting.remove(&recorded.aggregate_id);
                }
                _ => {}
            }
        }
    }
    Ok(waiting.into_values().min().map_or(now, |at| at.min(now)))
}

pub(super) async fn new(asked: New) -> anyhow::Result<Answer> {
    let purpose = Purpose::from(asked.purpose);
    let wanted = Wanted {
        verb: Verb::New,
        purpose,
        algorithm: asked.algorithm.map_or(usual(purpose), |how| how.algorithm()),
        from: asked.from,
        in_token: asked.in_token,
    };
    let bench = Bench::open(asked.common.flags.clone().settle()?).await?;
    let from = match asked.from {
        Some(from) => from,
        None => oldest_waiting(&bench.ledger, bench.ambient.clock.now()).await?,
    };
    drawn(bench, &asked.common, &wanted, from, &[]).await
}

pub(super) async fn rotate(asked: Rotate) -> anyhow::Result<Answer> {
    let purpose = Purpose::from(asked.purpose);
    match purpose {
        Purpose::Checkpoint => bail!(
            "whoever watches the log knows its key: make the new one with `keys new --purpose checkpoint`, so that both sign, \
             hand out its verifier key, and retire the old one when everybody has it"
        ),
        Purpose::Pdf => bail!(
            "a PDF key signs when an authority has certified it: `keys new --purpose pdf`, `keys request`, \
             `keys certificate`, and then `keys retire` for the old one"
        ),
        _ => {}
    }
    let wanted = Wanted {
        verb: Verb::Rotate,
        purpose,
        algorithm: usual(purpose),
        from: None,
        in_token: asked.in_token,
    };
    let bench = Bench::open(asked.common.flags.clone().settle()?).await?;
    let now = bench.ambient.clock.now();
    let from = oldest_waiting(&bench.ledger, now).await?;
    let ending: Vec<KeyId> = bench
        .file
        .directory()
        .keys()
        .iter()
        .filter(|entry| entry.purpose == purpose && entry.not_after.is_none() && entry.not_before < now)
        .map(keys::PublicKeyEntry::id)
        .collect();
    drawn(bench, &asked.common, &wanted, from, &ending).await
}

/// Draws a key and ends others, in one change of the file; or finishes what was begun so.
async fn drawn(
    mut bench: Bench,
    common: &Common,
    wanted: &Wanted,
    from: Timestamp,
    ending: &[KeyId],
) -> anyhow::Result<Answer> {
    let (settings, pauses) = (bench.settings.clone(), pauses(&bench.settings));
    let done = wanted.verb.done();
    let answer = if let Some(key) = bench.begun_before(wanted)? {
        bench.ledger.close().await;
        tell(&settings, common, done, key, Changed::Before)?
    } else {
        let mut begun = bench.begin(wanted)?;
        pauses.pass("change.after_intent").await;
        let id = make(
            &mut bench.file,
            &settings,
            &bench.ambient,
            wanted.purpose,
            wanted.algorithm,
            from,
            begun.object.as_deref(),
        )?;
        let now = bench.ambient.clock.now();
        for old in ending {
            bench.file.retire(*old, now)?;
        }
        begun.key = Some(id);
        begun.keep(&settings.data)?;
        pauses.pass("change.after_made").await;
        bench.save().await?;
        tell(&settings, common, done, id, Changed::Now)?
    };
    pauses.pass("change.after_answer").await;
    Begun::end(&settings.data)?;
    Ok(answer)
}

pub(super) async fn retire(asked: Retire) -> anyhow::Result<Answer> {
    let mut bench = Bench::open(asked.common.flags.clone().settle()?).await?;
    let now = bench.ambient.clock.now();
    let entry = bench
        .file
        .directory()
        .keys()
        .iter()
        .find(|entry| entry.id() == asked.key);
    let purpose = entry.context("there is no such key")?.purpose;
    let new = bench.file.retire(asked.key, now)?;
    let left = bench.file.directory().keys().iter();
    if new
        && !left
            .clone()
            .any(|entry| entry.purpose == purpose && entry.is_in_use(now))
    {
        bail!("{} is the only {purpose} key in use: make another one first", asked.key);
    }
    if new && bench.file.directory().certified_pdf_key() == Some(asked.key) {
        bail!(
            "{} is the PDF key that an authority has certified: take in the certificate of another one first",
            asked.key
        );
    }
    told(bench, &asked.common, "retired", asked.key, new).await
}

pub(super) async fn compromised(asked: Compromised) -> anyhow::Result<Answer> {
    let mut bench = Bench::open(asked.common.flags.clone().settle()?).await?;
    let now = bench.ambient.clock.now();
    if asked.since > now {
        bail!("--since lies in the future");
    }
    let entry = bench
        .file
        .directory()
        .keys()
        .iter()
        .find(|entry| entry.id() == asked.key);
    let entry = entry.context("there is no such key")?.clone();
    if entry.purpose == Purpose::Checkpoint {
        bail!(
            "whoever has the log's key can show another history under its name, and no position of the log helps: \
             docs/OPERATIONS.md, \"Witnesses\", says what to do"
        );
    }
    let recorded = bench.ledger.recorded_before(asked.since).await?;
    let last_good_position = match asked.position {
        Some(position) if position > bench.ledger.head().await? => bail!("the log does not reach to that position"),
        Some(position) => position,
        None => recorded,
    };
    let compromise = Compromise {
        since: asked.since,
        last_good_position,
    };
    // Told before it is done: with an earlier mark in place this verb changes nothing.
    let void = voided(&bench.ledger, &entry, last_good_position).await?;
    let new = bench.file.compromise(asked.key, compromise)?;
    let in_use = bench.file.directory().keys().iter();
    let successor = in_use
        .filter(|other| other.purpose == entry.purpose)
        .any(|other| other.is_in_use(now));
    let save = bench.save().await;
    if asked.common.json {
        say(json!({
            "done": "compromised", "key": asked.key, "changed": new, "since": asked.since,
            "last_good_position": last_good_position, "void": void, "successor": successor,
        }));
    } else {
        say(format!(
            "{}: what it signed counts up to position {last_good_position} of the log{}",
            asked.key,
            if new { "" } else { " (so already)" }
        ));
        say(format!(
            "{} certificates of this office are void by it and must be replaced:",
            void.len()
        ));
        for certificate in &void {
            say(format!("certificate/{certificate}"));
        }
        if !successor {
            say(format!(
                "no {} key is in use: make one with `praman keys new` before the service starts",
                entry.purpose
            ));
        }
    }
    save?;
    Ok(Answer::Yes)
}

/// Certificates that this installation issued with the key after the last good position, by their ids. For the PDF's key: all
/// that were issued since, for the log does not tell which key signed a file.
async fn voided(ledger: &Ledger, entry: &keys::PublicKeyEntry, last_good: u64) -> anyhow::Result<Vec<String>> {
    let (id, mut void, mut position) = (entry.id().to_string(), vec![], last_good);
    if !matches!(entry.purpose, Purpose::Credential | Purpose::Pdf) {
        return Ok(void);
    }
    loop {
        let page = ledger.after(position, PAGE).await?;
        let Some(last) = page.last() else { return Ok(void) };
        position = last.position;
        for recorded in page
            .iter()
            .filter(|recorded| recorded.event_type == "certificate.issued")
        {
            let Ok(AnyEvent::Certificate(Event::Issued {
                credential_key,
                log_position,
                ..
            })) = AnyEvent::decode(&recorded.aggregate_type, &recorded.body)
            else {
                bail!("the event at position {} cannot be read", recorded.position);
            };
            if log_position > last_good && (entry.purpose == Purpose::Pdf || credential_key == id) {
                void.push(recorded.aggregate_id.clone());
            }
        }
    }
}

/// Saves and answers.
async fn told(bench: Bench, common: &Common, done: &str, id: KeyId, changed: bool) -> anyhow::Result<Answer> {
    let settings = bench.settings.clone();
    bench.save().await?;
    tell(
        &settings,
        common,
        done,
        id,
        if changed { Changed::Now } else { Changed::Not },
    )
}

/// When what is told was done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Changed {
    Now,
    /// By the same verb, which was cut off before it answered.
    Before,
    Not,
}

fn tell(settings: &Settings, common: &Common, done: &str, id: KeyId, changed: Changed) -> anyhow::Result<Answer> {
    let now = Ambient::real().clock.now();
    let keys = crate::service::open_public(settings)?;
    let entry = keys.directory().keys().iter().find(|entry| entry.id() == id);
    let entry = entry.context("the key file does not hold what was written")?;
    if common.json {
        let key = show::described(&keys, entry, now);
        let (is_changed, resumed) = (changed != Changed::Not, changed == Changed::Before);
        say(json!({ "done": done, "changed": is_changed, "resumed": resumed, "key": key }));
    } else {
        let when = match changed {
            Changed::Now => "",
            Changed::Before => " (begun before and cut off; it is finished, and no other key was drawn)",
            Changed::Not => " (so already)",
        };
        say(format!("{done} {id}{when}"));
        say(show::line(&keys, entry, now));
        if changed != Changed::Not {
            say("the service signs with it from its next start on");
        }
    }
    Ok(Answer::Yes)
}
