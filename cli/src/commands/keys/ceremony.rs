//! Keys are made before witnesses, and what was done stands in the log.
//!
//! The facts of the ceremony lie beside the key file (`keys.ceremony.json`, nothing secret in it) from before the key file is
//! written until they are in the log. If the process ends in between, the same verb finishes that ceremony first.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use data_encoding::HEXLOWER;
use domain::key_ceremony::{Command, Deed, Event, KeyCeremony, PRESENT_MIN};
use jiff::Timestamp;
use keys::{KeyFile, KeyStore, PublicKeyEntry, Purpose};
use ledger::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Common, For, Transcript, begun,
    change::{self, Bench, pauses},
    show, usual,
};
use crate::{
    Answer, say,
    service::{self, Access, Ambient, Store, by_system, key_file, passphrase, private_folder, record_keys},
    settings::Settings,
};

#[derive(Args)]
pub(super) struct Options {
    /// Who is there, by office and, if they wish, name; once for each, two at least. It goes into the public log.
    #[arg(long = "present", required = true)]
    present: Vec<String>,
    /// The office for which the keys are, as it shall stand in the published keys; needed for the first ones.
    #[arg(long)]
    issuer: Option<String>,
    /// What to make a key for; once for each [default: for the first ones, one of each].
    #[arg(long = "purpose")]
    purposes: Vec<For>,
    /// The purposes whose keys are made in the token that the settings name; once for each.
    #[arg(long = "in-token")]
    in_token: Vec<For>,
    /// Where to write the page; without it it is printed.
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// A ceremony that is under way.
#[derive(Serialize, Deserialize)]
struct UnderWay {
    id: Uuid,
    issuer: String,
    present: Vec<String>,
    begun_at: Timestamp,
    /// How a token names the keys that are made in it.
    #[serde(default)]
    objects: Vec<String>,
    /// The keys, once all are made.
    made: Vec<Event>,
}

impl UnderWay {
    fn file(data: &Path) -> PathBuf {
        data.join("keys.ceremony.json")
    }

    fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        begun::read(&Self::file(data))
    }

    fn keep(&self, data: &Path) -> anyhow::Result<()> {
        begun::keep(self, &Self::file(data))
    }

    fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.made.iter().filter_map(|event| match event {
            Event::KeyMade { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }
}

pub(super) async fn run(asked: Options) -> anyhow::Result<Answer> {
    let settings = asked.common.flags.clone().settle()?;
    let ambient = Ambient::real();
    private_folder(&settings.data)?;
    if asked.present.len() < PRESENT_MIN {
        bail!("a ceremony needs two people at least: --present once for each");
    }
    let path = key_file(&settings);
    if let Some(under_way) = UnderWay::read(&settings.data)? {
        let there = if path.exists() {
            let keys = service::open_public(&settings)?;
            let has = |id: &str| keys.directory().keys().iter().any(|entry| entry.id().to_string() == id);
            !under_way.made.is_empty() && under_way.key_ids().all(has)
        } else {
            false
        };
        if there {
            let _alone = service::alone(&settings).await?;
            let store = Store::open(&settings, Access::Write)
                .await
                .context("keys are made while no service runs")?;
            if !asked.common.json {
                say(format!(
                    "the ceremony {} was cut off after its keys were made; it is finished now",
                    under_way.id
                ));
            }
            return finish(&settings, &ambient, store.ledger, &under_way, &asked).await;
        }
        // It was cut off before its keys were in the file: what a token has of it is nobody's.
        begun::take_out(&under_way.objects, settings.token.as_ref())?;
        begun::remove(&UnderWay::file(&settings.data))?;
    }
    let begun_at = ambient.clock.now();
    if path.exists() {
        further(settings, ambient, asked, begun_at).await
    } else {
        first(settings, ambient, asked, begun_at).await
    }
}

/// The first keys of an installation.
async fn first(settings: Settings, ambient: Ambient, asked: Options, begun_at: Timestamp) -> anyhow::Result<Answer> {
    let issuer = asked.issuer.clone().context("--issuer: for whom are the keys?")?;
    let _alone = service::alone(&settings).await?;
    let entropy = &*ambient.entropy;
    let mut purposes: Vec<Purpose> = asked.purposes.iter().copied().map(Purpose::from).collect();
    if purposes.is_empty() {
        purposes = [For::Credential, For::Checkpoint, For::Status, For::Pdf, For::Witness]
            .map(Purpose::from)
            .to_vec();
    }
    let given = passphrase(&settings)?;
    let mut file = KeyFile::begin(&key_file(&settings), given, entropy, false, begun_at, &issuer)?;
    let under_way = make(&mut file, &purposes, &settings, &ambient, &asked, issuer, begun_at).await?;
    file.create(entropy)?;
    pauses(&settings).pass("ceremony.after_file").await;
    let store = Store::open(&settings, Access::Write).await?;
    finish(&settings, &ambient, store.ledger, &under_way, &asked).await
}

/// Keys beside those that are there.
async fn further(settings: Settings, ambient: Ambient, asked: Options, begun_at: Timestamp) -> anyhow::Result<Answer> {
    if asked.purposes.is_empty() {
        bail!("there are keys already: say with --purpose for what to make further ones");
    }
    let purposes: Vec<Purpose> = asked.purposes.iter().copied().map(Purpose::from).collect();
    let mut bench = Bench::open(settings.clone()).await?;
    let issuer = bench.file.directory().issuer().to_owned();
    let under_way = make(
        &mut bench.file,
        &purposes,
        &settings,
        &ambient,
        &asked,
        issuer,
        begun_at,
    )
    .await?;
    bench.file.save(&*ambient.entropy)?;
    pauses(&settings).pass("ceremony.after_file").await;
    finish(&settings, &ambient, bench.ledger, &under_way, &asked).await
}

/// Makes the keys. What is begun stands beside the key file before the first is made, and which they are before the file is written.
async fn make(
    file: &mut KeyFile,
    purposes: &[Purpose],
    settings: &Settings,
    ambient: &Ambient,
    asked: &Options,
    issuer: String,
    begun_at: Timestamp,
) -> anyhow::Result<UnderWay> {
    if let Some(other) = asked
        .in_token
        .iter()
        .copied()
        .map(Purpose::from)
        .find(|inside| !purposes.contains(inside))
    {
        bail!("no {other} key is made at this ceremony: --in-token names what --purpose does not");
    }
    let in_token = |purpose: Purpose| asked.in_token.iter().any(|inside| Purpose::from(*inside) == purpose);
    let objects = purposes
        .iter()
        .map(|purpose| in_token(*purpose).then(|| HEXLOWER.encode(&keys::Token::draw_object(&*ambient.entropy))));
    let objects: Vec<Option<String>> = objects.collect();
    let mut under_way = UnderWay {
        id: ambient.entropy.uuid_v4(),
        issuer,
        present: asked.present.clone(),
        begun_at,
        objects: objects.iter().flatten().cloned().collect(),
        made: vec![],
    };
    under_way.keep(&settings.data)?;
    pauses(settings).pass("ceremony.after_intent").await;
    for (purpose, object) in purposes.iter().zip(&objects) {
        let (how, object) = (usual(*purpose), object.as_deref());
        let id = change::make(file, settings, ambient, *purpose, how, begun_at, object)?;
        let entry = file.directory().entry(*purpose, id).context("the key that was made")?;
        let token = settings.token.as_ref().filter(|_| object.is_some());
        let at = ambient.clock.now();
        let made = key_made(entry, token.map(|token| token.label.clone()), at);
        under_way.made.push(made);
    }
    under_way.keep(&settings.data)?;
    pauses(settings).pass("ceremony.after_made").await;
    Ok(under_way)
}

fn key_made(entry: &PublicKeyEntry, token: Option<String>, at: Timestamp) -> Event {
    Event::KeyMade {
        key: entry.id().to_string(),
        purpose: entry.purpose.to_string(),
        algorithm: service::algorithm(entry.algorithm()).to_owned(),
        digest: show::digest(entry),
        token,
        not_before: entry.not_before,
        at,
    }
}

/// What is left once the key file is written: read it back, try the keys, put all of it into the log, hand out the page.
async fn finish(
    settings: &Settings,
    ambient: &Ambient,
    ledger: Ledger,
    under_way: &UnderWay,
    asked: &Options,
) -> anyhow::Result<Answer> {
    let now = || ambient.clock.now();
    let step = |what| Event::Step { what, at: now() };
    let mut done = under_way.made.clone();
    done.push(step(Deed::FileWritten));
    let keys = service::open_signing_keys(settings)?;
    for id in under_way.key_ids() {
        named(&keys, id)?;
    }
    done.push(step(Deed::FileReadBack));
    for id in under_way.key_ids() {
        try_out(&keys, named(&keys, id)?, ambient)?;
    }
    done.push(step(Deed::SignaturesTried));
    let ended_at = now();
    let transcript = page(
        under_way.id,
        &under_way.issuer,
        &under_way.present,
        under_way.begun_at,
        &done,
        ended_at,
    );
    record_keys(&ledger, keys.directory(), ambient).await?;
    let command = Command::Record {
        issuer: under_way.issuer.clone(),
        present: under_way.present.clone(),
        begun_at: under_way.begun_at,
        done,
        page_digest: digest_of(&transcript),
        ended_at,
    };
    let id = under_way.id.to_string();
    // Finished once before, and cut off before the file beside the keys was taken away: it is on record.
    if ledger.load::<KeyCeremony>(&id).await?.0 == KeyCeremony::Unknown {
        ledger
            .execute::<KeyCeremony>(&id, command, by_system(&format!("ceremony {id}")))
            .await?;
    }
    let transcript = recorded_page(&ledger, under_way.id)
        .await?
        .context("the ceremony that was recorded")?;
    ledger.close().await;
    pauses(settings).pass("ceremony.after_log").await;
    let answer = hand_out(&transcript, under_way.id, asked.out.as_deref(), asked.common.json)?;
    pauses(settings).pass("ceremony.after_answer").await;
    begun::remove(&UnderWay::file(&settings.data))?;
    Ok(answer)
}

fn named<'k>(keys: &'k KeyStore, id: &str) -> anyhow::Result<&'k PublicKeyEntry> {
    let found = keys
        .directory()
        .keys()
        .iter()
        .find(|entry| entry.id().to_string() == id);
    found.with_context(|| format!("the key file does not hold the key {id} that was made"))
}

/// Signs something fresh, and checks it with the published half.
fn try_out(keys: &KeyStore, entry: &PublicKeyEntry, ambient: &Ambient) -> anyhow::Result<()> {
    let mut message = [0; 32];
    ambient.entropy.fill(&mut message);
    let signature = keys.by_name(entry)?.sign(&message)?;
    entry
        .public_key
        .verify(&message, &signature)
        .with_context(|| format!("the key {} does not fit its public half", entry.id()))
}

pub(super) async fn again(asked: Transcript) -> anyhow::Result<Answer> {
    let store = Store::open(&asked.common.flags.settle()?, Access::Read).await?;
    match recorded_page(&store.ledger, asked.ceremony).await? {
        Some(transcript) => hand_out(&transcript, asked.ceremony, None, asked.common.json),
        None => {
            say("no such ceremony is in the log");
            Ok(Answer::No)
        }
    }
}

fn hand_out(transcript: &str, id: Uuid, out: Option<&Path>, as_json: bool) -> anyhow::Result<Answer> {
    if let Some(path) = out {
        std::fs::write(path, transcript).with_context(|| format!("write {}", path.display()))?;
    }
    if as_json {
        say(json!({ "ceremony": id, "page": transcript, "page_digest": digest_of(transcript), "out": out }));
    } else if let Some(path) = out {
        say(format!(
            "key_ceremony/{id} is in the log; the page to sign is {}",
            path.display()
        ));
    } else {
        say(transcript.trim_end());
    }
    Ok(Answer::Yes)
}

/// The page as the log tells it; `None` where there is no such ceremony.
async fn recorded_page(ledger: &Ledger, id: Uuid) -> anyhow::Result<Option<String>> {
    let events: Vec<Event> = ledger
        .stream("key_ceremony", &id.to_string())
        .await?
        .iter()
        .map(|recorded| serde_json::from_slice(&recorded.body).context("an event of a ceremony"))
        .collect::<anyhow::Result<_>>()?;
    let [
        Event::Begun {
            issuer,
            present,
            at: begun_at,
        },
        done @ ..,
        Event::Ended {
            page_digest,
            at: ended_at,
        },
    ] = events.as_slice()
    else {
        return Ok(None);
    };
    let page = page(id, issuer, present, *begun_at, done, *ended_at);
    if digest_of(&page) != *page_digest {
        bail!("this version writes another page than the one that was signed; its digest is {page_digest}");
    }
    Ok(Some(page))
}

fn digest_of(page: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(page))
}

/// The page to sign: the same bytes from the same events.
fn page(
    id: Uuid,
    issuer: &str,
    present: &[String],
    begun_at: Timestamp,
    done: &[Event],
    ended_at: Timestamp,
) -> String {
    let mut text = format!(
        "Transcript of a key ceremony / कुंजी कार्यवाही का अभिलेख\n\n\
         Ceremony / कार्यवाही    {id}\nIssuer / जारीकर्ता       {issuer}\nBegun / आरंभ          {begun_at}\n\nKeys / कुंजियाँ\n"
    );
    for event in done {
        if let Event::KeyMade {
            key,
            purpose,
            algorithm,
            digest,
            token,
            not_before,
            at,
        } = event
        {
            let held = token
                .as_ref()
                .map_or("key file".to_owned(), |token| format!("token {token}"));
            text.push_str(&format!(
                "\n{key}  {purpose}  {algorithm}  {held}\n  made {at}, signs from {not_before}\n  SHA-256 of the public key: {}\n",
                in_groups(digest)
            ));
        }
    }
    text.push_str("\nSteps / चरण\n\n");
    for event in done {
        if let Event::Step { what, at } = event {
            let (en, hi) = match what {
                Deed::FileWritten => ("The key file was written to the disk.", "कुंजी फ़ाइल डिस्क पर लिखी गई।"),
                Deed::FileReadBack => (
                    "It was opened again with the passphrase and holds these keys.",
                    "उसे पासफ़्रेज़ से फिर खोला गया; उसमें यही कुंजियाँ हैं।",
                ),
                Deed::SignaturesTried => (
                    "Each key signed a fresh message, and each signature was checked.",
                    "हर कुंजी से एक नए संदेश पर हस्ताक्षर हुए और हर हस्ताक्षर जाँचा गया।",
                ),
            };
            text.push_str(&format!("{at}  {en}\n  {hi}\n"));
        }
    }
    text.push_str(&format!("\nEnded / समाप्त           {ended_at}\n\nPresent / उपस्थित\n"));
    for name in present {
        text.push_str(&format!(
            "\n{name}\n\n  Signature / हस्ताक्षर ______________________________\n"
        ));
    }
    text
}

/// Sixteen groups of four: what people can compare aloud.
fn in_groups(digest: &str) -> String {
    let letters: Vec<char> = digest.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}
