//! How the services do: counts by service and day, summed up from the rows of files and of the register as these change, in
//! the same transactions. No personal data: a service, a day (Indian Standard Time) and numbers.

use std::collections::BTreeMap;

use domain::ist_date;
use jiff::civil::Date;
use ledger::Fault;
use serde::Serialize;

use crate::{
    Entry, File, FileState,
    standing::sums_of,
    step::numbers,
    view::{Part, View},
    views::{LAST, ViewError, Views},
};

/// The last number of days of each class of durations; what takes longer is in the class after the last.
pub const WITHIN_DAYS: [u16; 14] = [0, 1, 2, 3, 5, 7, 10, 15, 21, 30, 45, 60, 90, 180];

/// Sum rows that one answer reads, at most, of each view.
const ROWS_MAX: usize = 10_000;
const PAGE: usize = 1_000;

/// One service on one day, in Indian Standard Time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Handed in on this day.
    pub submitted: u64,
    /// Of those handed in on this day: not yet decided.
    pub under_way: u64,
    /// Of those handed in on this day: now waiting for the citizen's answer.
    pub waiting: u64,
    /// Decided with yes on this day.
    pub approved: u64,
    /// Decided with no on this day.
    pub refused: u64,
    /// Taken back on this day.
    pub withdrawn: u64,
    /// Certificates signed on this day.
    pub issued: u64,
    /// Decisions of this day (yes or no) by the days since submission: one number for each class of [`WITHIN_DAYS`], and a
    /// last one for what took longer.
    pub decided_within: [u64; WITHIN_DAYS.len() + 1],
}

impl Counts {
    /// These and others.
    pub fn add(&mut self, other: &Self) {
        self.submitted += other.submitted;
        self.under_way += other.under_way;
        self.waiting += other.waiting;
        self.approved += other.approved;
        self.refused += other.refused;
        self.withdrawn += other.withdrawn;
        self.issued += other.issued;
        for (count, more) in self.decided_within.iter_mut().zip(other.decided_within) {
            *count += more;
        }
    }

    /// The number of days within which so many percent of the decisions came: the end of the class that holds that decision.
    /// `None` without a decision; `Some(None)` when it took longer than the last class.
    #[must_use]
    pub fn days_to_decision(&self, percent: u64) -> Option<Option<u16>> {
        let decisions: u64 = self.decided_within.iter().sum();
        if decisions == 0 {
            return None;
        }
        let rank = (decisions * percent.min(100)).div_ceil(100).max(1);
        let mut so_far = 0;
        for (class, count) in self.decided_within.iter().enumerate() {
            so_far += count;
            if so_far >= rank {
                return Some(WITHIN_DAYS.get(class).copied());
            }
        }
        Some(None)
    }
}

/// Counts by service and day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// By the service's code, then by day.
    pub services: BTreeMap<String, BTreeMap<Date, Counts>>,
    /// Files and certificates whose rows stand still: they are counted as they were before.
    pub parked: u64,
}

impl Statistics {
    /// All days of a service together.
    #[must_use]
    pub fn total(&self, service: &str) -> Counts {
        let mut total = Counts::default();
        for counts in self.services.get(service).into_iter().flat_map(BTreeMap::values) {
            total.add(counts);
        }
        total
    }
}

/// The class of a number of days.
fn class(days: i32) -> usize {
    WITHIN_DAYS
        .iter()
        .position(|last| days <= i32::from(*last))
        .unwrap_or(WITHIN_DAYS.len())
}

fn part(service: &str, day: Date, name: impl Into<String>) -> Part {
    Part {
        // The day first, so that the newest days are read without the old ones.
        key: format!("{day} {service}"),
        name: name.into(),
        by: 1,
    }
}

/// What a file adds to the sums.
pub(crate) fn of_file(file: &File) -> Vec<Part> {
    let (submitted, since) = (ist_date(file.submitted_at), ist_date(file.since));
    let mut parts = vec![part(&file.service, submitted, "submitted")];
    let mut decided = |name: &str| {
        parts.push(part(&file.service, since, name));
        let days = submitted.until(since).map_or(0, |span| span.get_days());
        parts.push(part(&file.service, since, format!("within {}", class(days))));
    };
    match &file.state {
        FileState::Open => parts.push(part(&file.service, submitted, "under_way")),
        FileState::Waiting { .. } => {
            parts.push(part(&file.service, submitted, "under_way"));
            parts.push(part(&file.service, submitted, "waiting"));
        }
        FileState::Approved { .. } => decided("approved"),
        FileState::Refused { .. } => decided("refused"),
        FileState::Withdrawn => parts.push(part(&file.service, since, "withdrawn")),
    }
    parts
}

/// What a certificate adds to the sums.
pub(crate) fn of_entry(entry: &Entry) -> Vec<Part> {
    let issued = entry.issued.iter();
    issued
        .map(|issued| part(&entry.service, ist_date(issued.at), "issued"))
        .collect()
}

impl Views {
    /// The counts of every service, from this day on.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn statistics(&self, from: Date) -> Result<Statistics, ViewError> {
        let mut statistics = Statistics::default();
        self.sums::<File>(from, &mut statistics).await?;
        self.sums::<Entry>(from, &mut statistics).await?;
        Ok(statistics)
    }

    async fn sums<V: View>(&self, from: Date, statistics: &mut Statistics) -> Result<(), ViewError> {
        let (rows, parked) = self
            .asked::<V, _, _>(|generation| async move {
                let space = sums_of(V::NAME, generation.number);
                let mut rows = Vec::new();
                let mut after = from.to_string();
                while rows.len() < ROWS_MAX {
                    let page = self.ledger.rows(&space, Some(&after), PAGE).await?;
                    let Some(last) = page.last() else { break };
                    after.clone_from(&last.key);
                    rows.extend(page);
                }
                let parked = crate::standing::parked_of(V::NAME, generation.number);
                let parked = self.ledger.count(&parked, crate::stream::CODE, "", LAST).await?;
                Ok((rows, parked))
            })
            .await?;
        statistics.parked += parked;
        for row in rows {
            let unreadable = || Fault::Corrupt {
                position: 0,
                what: format!("the sums of view {}", V::NAME),
            };
            let (day, service) = row.key.split_once(' ').ok_or_else(unreadable)?;
            let day: Date = day.parse().map_err(|_| unreadable())?;
            let days = statistics.services.entry(service.to_owned()).or_default();
            let counts = days.entry(day).or_default();
            for (name, number) in numbers(&row.body)? {
                // A sum below 0 is none: `replay` finds what made it so.
                let number = u64::try_from(number).unwrap_or(0);
                match name.as_str() {
                    "submitted" => counts.submitted += number,
                    "under_way" => counts.under_way += number,
                    "waiting" => counts.waiting += number,
                    "approved" => counts.approved += number,
                    "refused" => counts.refused += number,
                    "withdrawn" => counts.withdrawn += number,
                    "issued" => counts.issued += number,
                    within => {
                        let class = within
                            .strip_prefix("within ")
                            .and_then(|class| class.parse::<usize>().ok());
                        if let Some(count) = class.and_then(|class| counts.decided_within.get_mut(class)) {
                            *count += number;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
