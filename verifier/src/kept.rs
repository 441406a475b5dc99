//! What a verifier keeps, and what follows from it.

use std::collections::BTreeMap;

use certificates::status::{self, StatusList, StatusListError};
use certificates::{Evidence, Source, StatusAnswer, Trust, held_on, read, verify};
use jiff::{Timestamp, civil::Date};
use keys::{DirectoryError, KeyDirectory};
use serde::Serialize;

use crate::answer::{Answer, Instant};

/// The issuer's published keys and its signed status lists.
#[derive(Debug, Default)]
pub struct Kept {
    trust: Option<Trust>,
    /// By number; as served, because a list unpacked is ten times its size.
    lists: BTreeMap<u64, Packed>,
}

#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

/// One kept list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptList {
    /// Its number.
    pub list: u64,
    /// When it was so.
    pub as_of: Instant,
    /// It is too old to say that a certificate holds.
    pub stale: bool,
}

/// A list was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Its number.
    pub list: u64,
    /// It is kept: no later one was.
    pub latest: bool,
}

/// What is kept, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Whose keys; nothing without keys.
    pub issuer: Option<String>,
    /// Some of the keys are those of a demonstration.
    pub demo: bool,
    /// When the keys were complete; nothing where they do not say.
    pub keys_as_of: Option<Instant>,
    /// All lists, by number.
    pub lists: Vec<KeptList>,
    /// The time of the oldest list.
    pub as_of: Option<Instant>,
    /// How many minutes ago that was; less than nothing when it is still to come.
    pub minutes: Option<i64>,
    /// There are no keys or no lists, or some of them are too old to say that a certificate holds.
    pub stale: bool,
}

impl Kept {
    /// Takes keys in place of those before. The lists go: each was accepted by the keys before.
    ///
    /// # Errors
    /// [`DirectoryError`]; what was kept stays.
    pub fn keys(&mut self, json: &[u8]) -> Result<(), DirectoryError> {
        self.trust = Some(Trust::published(KeyDirectory::from_json(json)?));
        self.lists.clear();
        Ok(())
    }

    /// Takes a list, unless a later one of its number is kept already.
    ///
    /// # Errors
    /// [`StatusListError`]: it is no list, or none of the kept keys signed it.
    pub fn list(&mut self, bytes: Vec<u8>) -> Result<Taken, StatusListError> {
        let trust = self.trust.as_ref().ok_or(StatusListError::Part("key"))?;
        let list = StatusList::open(&bytes, &trust.directory)?;
        let newer = Packed {
            bytes,
            issued_at: list.issued_at(),
            expires_at: list.expires_at(),
        };
        let list = list.list();
        let latest = !matches!(self.lists.get(&list), Some(kept) if kept.issued_at > newer.issued_at);
        if latest {
            self.lists.insert(list, newer);
        }
        Ok(Taken { list, latest })
    }

    /// What is kept, as of `now`.
    #[must_use]
    pub fn told(&self, now: Timestamp) -> Told {
        let directory = self.trust.as_ref().map(|trust| &trust.directory);
        let lists: Vec<KeptList> = self
            .lists
            .iter()
            .map(|(list, kept)| KeptList {
                list: *list,
                as_of: Instant::of(kept.issued_at),
                stale: !self
                    .trust
                    .as_ref()
                    .is_some_and(|trust| now < kept.expires_at && trust.is_fresh(kept.issued_at, now)),
            })
            .collect();
        let keys_stale = !self
            .trust
            .as_ref()
            .is_some_and(|trust| trust.keys_as_of.is_none_or(|as_of| trust.is_fresh(as_of, now)));
        let oldest = self.lists.values().map(|kept| kept.issued_at).min();
        Told {
            issuer: directory.map(|directory| directory.issuer().to_owned()),
            demo: directory.is_some_and(KeyDirectory::has_demo_keys),
            keys_as_of: directory.and_then(KeyDirectory::as_of).map(Instant::of),
            as_of: oldest.map(Instant::of),
            minutes: oldest.map(|at| now.duration_since(at).as_mins()),
            stale: keys_stale || lists.is_empty() || lists.iter().any(|list| list.stale),
            lists,
        }
    }

    /// The verdict on what a QR code says, or on what a person typed. `on` asks of a day besides.
    #[must_use]
    pub fn check(&self, text: &str, now: Timestamp, on: Option<Date>) -> Answer {
        // Without keys everything is unknown.
        let nobody = Trust::new(KeyDirectory::default());
        let trust = self.trust.as_ref().unwrap_or(&nobody);
        let (verdict, status) = match read::text(text).evidence(Source::Qr) {
            Ok(evidence) => {
                let status = self.listed(&evidence, trust, now);
                (verify(&evidence, trust, &status, now), status)
            }
            Err(verdict) => (*verdict, StatusAnswer::Unavailable),
        };
        let on = on.map(|day| held_on(day, &verdict, &status, trust, now));
        Answer::of(verdict, on, now)
    }

    /// What the kept list says of the place that a credential names; a number names none. The verdict asks first whether the
    /// credential is genuine.
    fn listed(&self, evidence: &Evidence, trust: &Trust, now: Timestamp) -> StatusAnswer {
        let Evidence::Token(token) = evidence else {
            return StatusAnswer::Unavailable;
        };
        let claims = token.claims();
        let Some(index) = claims.status_index else {
            return StatusAnswer::Unavailable;
        };
        let (number, _) = status::place_of(index);
        let list = self
            .lists
            .get(&number)
            .and_then(|kept| StatusList::open(&kept.bytes, &trust.directory).ok());
        list.map_or(StatusAnswer::Unavailable, |list| {
            list.answer(Some(index), claims.issued_on, now)
        })
    }
}
