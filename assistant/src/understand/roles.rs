//! Whose name it is, and which day.

use std::ops::Range;

use super::{
    concepts::Concept,
    dates::Dated,
    features::{Features, hashed},
    tagger::{COLUMNS, LABELS, Row, Seen, finished},
};

/// The slots among which is chosen: those of names, then those of days.
pub const ROLES: [&str; 10] = [
    "name",
    "child_name",
    "father_name",
    "mother_name",
    "spouse_name",
    "deceased_name",
    "date",
    "dob",
    "date_of_death",
    "date_of_marriage",
];
const NAMES: usize = 6;

/// A role: its place in [`ROLES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(usize);

impl Role {
    /// The role of this slot, if it is one of a name or a day.
    #[must_use]
    pub fn of(slot: &str) -> Option<Self> {
        ROLES.iter().position(|role| *role == slot).map(Self)
    }

    /// The slot.
    #[must_use]
    pub fn slot(self) -> &'static str {
        ROLES.get(self.0).copied().unwrap_or("name")
    }

    /// Its column in the table.
    #[must_use]
    pub const fn column(self) -> usize {
        LABELS + self.0
    }
}

/// What a role is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A name.
    Name,
    /// A day.
    Day,
}

impl Sort {
    const fn roles(self) -> Range<usize> {
        match self {
            Self::Name => 0..NAMES,
            Self::Day => NAMES..ROLES.len(),
        }
    }
}

/// What wants a role: the names, and the days that the grammar found; in the order in which they stand there.
pub(super) fn asked(seen: &Seen<'_>, names: impl Iterator<Item = Range<usize>>) -> Vec<(Sort, Range<usize>)> {
    let mut asked: Vec<(Sort, Range<usize>)> = names
        .map(|place| (Sort::Name, place))
        .chain(seen.figures.days().map(|place| (Sort::Day, place.clone())))
        .collect();
    asked.sort_by_key(|(_, place)| place.start);
    asked
}

/// The role of each, from left to right.
pub(super) fn chosen(seen: &Seen<'_>, asked: &[(Sort, Range<usize>)], add: impl Fn(&Features, &mut Row)) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::with_capacity(asked.len());
    for (place, (sort, _)) in asked.iter().enumerate() {
        let mut sums: Row = [0.0; COLUMNS];
        add(&features(seen, asked, place, roles.last().copied()), &mut sums);
        roles.push(best(&sums, *sort));
    }
    roles
}

/// The role with the largest sum.
#[must_use]
pub fn best(sums: &Row, sort: Sort) -> Role {
    let sum = |role: usize| sums.get(LABELS + role).copied().unwrap_or(f32::MIN);
    let mut roles = sort.roles();
    let first = roles.next().unwrap_or(0);
    Role(roles.fold(first, |best, role| if sum(role) > sum(best) { role } else { best }))
}

/// So many words on either side are looked at one by one.
const NEAR: usize = 4;

/// Distances that are told apart.
fn bucket(distance: usize) -> u8 {
    match distance {
        0 => 0,
        1 => 1,
        2 => 2,
        3..=4 => 3,
        _ => 4,
    }
}

/// The features of one that wants a role, given the role of the one before.
#[must_use]
pub fn features(seen: &Seen<'_>, asked: &[(Sort, Range<usize>)], which: usize, before: Option<Role>) -> Features {
    let mut all: Vec<u32> = Vec::with_capacity(64);
    let Some((sort, place)) = asked.get(which) else {
        return Features::new();
    };
    let sort = *sort as u8;
    let mut add = |kind: u8, parts: &[&[u8]]| {
        all.push(hashed(0x51ed_270b ^ u32::from(kind) ^ u32::from(sort) << 8, parts));
    };
    let key = |at: Option<usize>| {
        let word = at.and_then(|at| seen.words.get(at));
        word.map_or("", |word| word.token.key().fine.as_str()).as_bytes()
    };
    let left = |distance: usize| place.start.checked_sub(distance);
    let right = |distance: usize| (place.end + distance).checked_sub(1);
    let role = [before.map_or(u8::MAX, |role| u8::try_from(role.0).unwrap_or(0))];

    add(0, &[]);
    add(1, &[&role]);
    add(
        2,
        &[&[
            u8::try_from(which.min(3)).unwrap_or(3),
            u8::try_from(asked.len().min(4)).unwrap_or(4),
        ]],
    );
    add(3, &[key(left(1))]);
    add(4, &[key(left(2)), key(left(1))]);
    add(5, &[key(right(1))]);
    add(6, &[key(right(1)), key(right(2))]);
    add(7, &[key(left(1)), key(right(1))]);
    add(8, &[key(left(1)), &role]);
    for distance in 1..=NEAR {
        add(9, &[&[0], key(left(distance))]);
        add(9, &[&[1], key(right(distance))]);
    }
    let alone = place.start == 0 && place.end == seen.words.len();
    let sign = |at: usize| u8::from(seen.words.get(at).is_some_and(|word| word.sign.is_some()));
    add(
        10,
        &[&[
            u8::from(alone),
            sign(place.start),
            sign(place.end),
            u8::from(place.start == 0),
        ]],
    );

    // What is spoken of on either side: nearest first, and not beyond the next one that wants a role.
    let wall_left = which
        .checked_sub(1)
        .and_then(|one| asked.get(one))
        .map_or(0, |(_, other)| other.end);
    let wall_right = asked.get(which + 1).map_or(seen.words.len(), |(_, other)| other.start);
    let lefts = || (wall_left..place.start).rev();
    let rights = || place.end..wall_right;
    let mut nearest = [None, None];
    let signs = |words: Range<usize>| words.into_iter().any(|at| sign(at) == 1);
    for (side, places) in [
        (0_u8, lefts().collect::<Vec<usize>>()),
        (1, rights().collect::<Vec<usize>>()),
    ] {
        for (distance, at) in places.into_iter().enumerate() {
            let bucket = bucket(distance);
            // A word between two names belongs to the nearer one, or to the one from which no sign parts it.
            let (other, parted) = if side == 0 {
                ((which > 0).then(|| at - wall_left), signs(at + 1..place.start + 1))
            } else {
                (
                    (which + 1 < asked.len()).then(|| wall_right - at - 1),
                    signs(place.end..at + 1),
                )
            };
            let other = other.map_or(5, self::bucket);
            let nearer = u8::from(other == 5) * 2 + u8::from(bucket <= other);
            for concept in seen.concepts.get(at).into_iter().flatten() {
                let of = concept.to_le_bytes();
                add(11, &[&[side], &of]);
                add(12, &[&[side, bucket], &of]);
                add(21, &[&[side, bucket.min(2), other.min(2), u8::from(parted)], &of]);
                add(22, &[&[side, nearer, u8::from(parted)], &of]);
                if seen.tells_of_role(*concept)
                    && let Some(nearest) = nearest.get_mut(usize::from(side))
                    && nearest.is_none()
                {
                    *nearest = Some(*concept);
                }
            }
        }
    }
    let of = |concept: Option<Concept>| concept.map_or([u8::MAX; 2], Concept::to_le_bytes);
    let [on_left, on_right] = nearest;
    add(13, &[&of(on_left)]);
    add(14, &[&of(on_right)]);
    add(15, &[&of(on_left), &of(on_right)]);
    add(16, &[&of(on_left), &role]);

    // What the whole message is about.
    let mut about: Vec<Concept> = seen.concepts.iter().flatten().copied().collect();
    about.sort_unstable();
    about.dedup();
    for concept in about {
        add(17, &[&concept.to_le_bytes()]);
        if seen.tells_of_role(concept) {
            add(18, &[&concept.to_le_bytes(), &of(on_left)]);
        }
    }
    if sort == Sort::Day as u8 {
        let year = seen.figures.dates.iter().find_map(|(day, at)| match day {
            Dated::Day(day) if at == place => Some(day.year()),
            _ => None,
        });
        let years: u8 = match year {
            Some(..=1990) => 0,
            Some(..=2007) => 1,
            Some(..=2022) => 2,
            _ => 3,
        };
        add(19, &[&[years]]);
        add(20, &[&[years, u8::from(alone), u8::from(asked.len() > 1)]]);
    }
    finished(all)
}
