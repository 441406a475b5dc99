//! One turn of following the log: every generation that follows takes the next events it has not seen, all that stand
//! together from one reading; a new generation that has met the serving one takes its place; what is retired is swept.

use std::collections::BTreeMap;
use std::time::Duration;

use ledger::{CommitError, Fault, Ledger, RowChange};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    kind::{KINDS, Kind},
    standing::{Standing, Stored, parked_of, rows_of, sums_of},
    step::{ProjectorError, Target, batch_of_rows, page},
};

/// How many events one transaction takes in near the end of the log, so that whoever waits for one does not wait for many.
const STEP: usize = 256;
/// And how many while there is far to go.
const STRIDE: usize = 2_048;
/// Rows of a retired generation that go in one transaction.
const SWEEP: usize = 1_000;
/// How long a target that could not move is left alone.
const PAUSE: Duration = Duration::from_millis(500);
/// A retired generation is looked through once more after this time: longer than a write may take that was under way when it
/// was retired.
const GRACE: Duration = Duration::from_secs(15);

type Place = (&'static str, u32);

/// What a turn found.
#[derive(Default)]
pub(crate) struct Turn {
    /// Something was written; there may be more to do.
    pub(crate) moved: bool,
    /// The position of each generation that serves.
    pub(crate) serving: BTreeMap<&'static str, u64>,
    /// Views whose rows have to be made, or made anew, before this code can follow them.
    pub(crate) wanting: Vec<(&'static Kind, Stored)>,
}

/// Keeps generations up with the log. What it remembers are hints: each write demands that they still hold.
pub(crate) struct Follower {
    ledger: Ledger,
    positions: BTreeMap<Place, u64>,
    paused: BTreeMap<Place, Instant>,
    swept: BTreeMap<Place, Instant>,
}

impl Follower {
    pub(crate) const fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            positions: BTreeMap::new(),
            paused: BTreeMap::new(),
            swept: BTreeMap::new(),
        }
    }

    /// One turn over every view.
    pub(crate) async fn turn(&mut self) -> Result<Turn, ProjectorError> {
        let mut turn = Turn::default();
        let mut moving: BTreeMap<Place, (Target, u64)> = BTreeMap::new();
        let mut standings = Vec::new();
        for kind in &KINDS {
            let stored = Standing::read(&self.ledger, kind.name).await?;
            let standing = stored.standing.clone();
            let current = standing.serving.filter(|serving| serving.shape == kind.shape);
            let outdated = standing.serving.is_none_or(|serving| serving.shape < kind.shape);
            let ready = standing
                .building
                .filter(|building| building.ready && building.generation.shape == kind.shape);
            if outdated && ready.is_none() {
                turn.wanting.push((kind, stored.clone()));
            }
            let serving = match current {
                Some(serving) => Some(self.place(kind, serving.number).await?),
                None => None,
            };
            let next = match ready {
                Some(building) => Some(self.place(kind, building.generation.number).await?),
                None => None,
            };
            if let Some((_, position)) = serving {
                turn.serving.insert(kind.name, position);
            }
            if let Some((_, position)) = next
                && self.switch(kind, &stored, position).await?
            {
                turn.moved = true;
                continue;
            }
            // While the new generation is about to meet the serving one, that one waits for it, so that they meet.
            let about_to_meet = match (serving, next) {
                (Some((_, old)), Some((_, new))) => old.saturating_sub(new) <= STRIDE as u64,
                _ => false,
            };
            for (target, position) in next.into_iter().chain(serving.filter(|_| !about_to_meet)) {
                moving.insert((kind.name, target.generation), (target, position));
            }
            standings.push((kind, stored));
        }
        turn.moved |= self.step(moving, &mut turn.serving).await?;
        if !turn.moved {
            turn.moved = self.sweep(&standings).await?;
        }
        Ok(turn)
    }

    async fn place(&mut self, kind: &'static Kind, generation: u32) -> Result<(Target, u64), Fault> {
        let target = Target { kind, generation };
        let position = match self.positions.get(&(kind.name, generation)) {
            Some(position) => *position,
            None => target.position(&self.ledger).await?,
        };
        self.positions.insert((kind.name, generation), position);
        Ok((target, position))
    }

    /// Lets the new generation serve if it has met the old one: in one transaction, which demands that the old one has not
    /// moved and nobody else has switched.
    async fn switch(&mut self, kind: &'static Kind, stored: &Stored, position: u64) -> Result<bool, ProjectorError> {
        let standing = &stored.standing;
        let mut bookmark = None;
        if let Some(old) = standing.serving {
            let stands = self.ledger.bookmark(kind.name, old.number).await?;
            if stands > position {
                self.positions.insert((kind.name, old.number), stands);
                return Ok(false);
            }
            bookmark = Some(ledger::Bookmark {
                name: kind.name.to_owned(),
                generation: old.number,
                from: stands,
                to: stands,
            });
        }
        let next = standing.switched();
        let doing = format!("switch {} {next:?} {:?}", kind.name, stored.expect);
        let mut batch = batch_of_rows(&doing, vec![next.change(kind.name, stored.expect)?]);
        batch.bookmark = bookmark;
        match self.ledger.commit(batch).await {
            Ok(_) => {
                let generation = next.serving.map_or(0, |serving| serving.number);
                tracing::info!(view = kind.name, generation, position, "readers use a new generation");
                Ok(true)
            }
            // Somebody else moved the old one, or switched: the next turn sees how it stands.
            Err(CommitError::BookmarkMoved { .. } | CommitError::RowConflict { .. }) => {
                self.positions.clear();
                Ok(true)
            }
            Err(source) => Err(ProjectorError::Write {
                view: kind.name,
                source,
            }),
        }
    }

    /// The generations that are furthest behind take the next events, but none that another one has taken in already: so all
    /// come to stand together.
    async fn step(
        &mut self,
        mut moving: BTreeMap<Place, (Target, u64)>,
        serving: &mut BTreeMap<&'static str, u64>,
    ) -> Result<bool, ProjectorError> {
        let now = Instant::now();
        self.paused.retain(|_, until| *until > now);
        moving.retain(|place, _| !self.paused.contains_key(place));
        let Some(from) = moving.values().map(|(_, position)| *position).min() else {
            return Ok(false);
        };
        let until = moving
            .values()
            .map(|(_, position)| *position)
            .filter(|position| *position > from)
            .min();
        let head = *self.ledger.watch().borrow();
        let limit = if head.saturating_sub(from) > STRIDE as u64 {
            STRIDE
        } else {
            STEP
        };
        let page = page(&self.ledger, from, until, limit).await?;
        if page.is_empty() {
            return Ok(false);
        }
        let mut steps = JoinSet::new();
        for (place, (target, _)) in moving.into_iter().filter(|(_, (_, position))| *position == from) {
            let (ledger, page) = (self.ledger.clone(), page.clone());
            steps.spawn(async move { (place, target.step(&ledger, from, &page).await) });
        }
        let mut first = None;
        while let Some(done) = steps.join_next().await {
            let Ok((place, stepped)) = done else { continue };
            match stepped {
                Ok(to) => {
                    self.positions.insert(place, to);
                    serving.entry(place.0).and_modify(|position| {
                        if *position == from {
                            *position = to;
                        }
                    });
                }
                Err(error) => {
                    self.positions.remove(&place);
                    // Another process was faster, which is no fault.
                    let overtaken = matches!(
                        &error,
                        ProjectorError::Write {
                            source: CommitError::BookmarkMoved { .. } | CommitError::RowConflict { .. },
                            ..
                        }
                    );
                    if !overtaken {
                        self.paused.insert(place, Instant::now() + PAUSE);
                        first = Some(error);
                    }
                }
            }
        }
        first.map_or(Ok(true), Err)
    }

    /// Takes away some rows of retired generations, and forgets those that have none.
    async fn sweep(&mut self, standings: &[(&'static Kind, Stored)]) -> Result<bool, ProjectorError> {
        for (kind, stored) in standings {
            for generation in &stored.standing.retired {
                let place = (kind.name, *generation);
                if self.swept.get(&place).is_some_and(|at| at.elapsed() < GRACE) {
                    continue;
                }
                if sweep_some(&self.ledger, kind, *generation).await? {
                    return Ok(true);
                }
                if self.swept.insert(place, Instant::now()).is_none() {
                    continue;
                }
                self.swept.remove(&place);
                self.positions.remove(&place);
                let mut next = stored.standing.clone();
                next.retired.retain(|retired| retired != generation);
                let doing = format!("forget {} {generation} {:?}", kind.name, stored.expect);
                let batch = batch_of_rows(&doing, vec![next.change(kind.name, stored.expect)?]);
                match self.ledger.commit(batch).await {
                    Ok(_) | Err(CommitError::RowConflict { .. }) => return Ok(true),
                    Err(source) => {
                        return Err(ProjectorError::Write {
                            view: kind.name,
                            source,
                        });
                    }
                }
            }
        }
        Ok(false)
    }
}

/// Takes away rows of a generation that nobody reads; false when there are none.
pub(crate) async fn sweep_some(ledger: &Ledger, kind: &'static Kind, generation: u32) -> Result<bool, ProjectorError> {
    for space in [rows_of, sums_of, parked_of].map(|space| space(kind.name, generation)) {
        let rows = ledger.rows(&space, None, SWEEP).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            continue;
        };
        let doing = format!("sweep {space} {} {}", first.version, last.version);
        let gone = rows.iter().map(|row| RowChange::Delete {
            space: space.clone(),
            key: row.key.clone(),
            expect: ledger::Expect::Any,
        });
        ledger
            .commit(batch_of_rows(&doing, gone.collect()))
            .await
            .map_err(|source| ProjectorError::Write {
                view: kind.name,
                source,
            })?;
        return Ok(true);
    }
    Ok(false)
}
