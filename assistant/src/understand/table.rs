//! Weights of hashed features, as they stand in a file and as they are asked.
//!
//! In a file (little endian): the number of rows (u16); each row: its feature, as how far it lies behind the one before (u16, of the
//! first behind 0; 0xffff is a step of as much to a row that is not there), which classes it holds (u64), their weights in steps
//! (i8 each). Around it whoever keeps a table puts a name in front and SHA-256 of everything behind.

use sha2::{Digest as _, Sha256};

use super::features::{BITS, Features};

/// Classes of a table: a row names those that it holds in the bits of a u64.
pub(super) const CLASSES_MAX: usize = 64;

/// Why a table's file could not be read. They are built in; a test holds that they are whole.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// Shorter than it says, or longer.
    #[error("the model's file has another length than it says")]
    Length,
    /// Another kind of file, or of another time.
    #[error("this is no model of this version")]
    Version,
    /// The checksum at its end is another one.
    #[error("the model's checksum is wrong")]
    Checksum,
    /// A class, a row or a number that cannot be.
    #[error("the model holds {0} that cannot be")]
    Content(&'static str),
}

/// The rows, ready to be asked.
pub(super) struct Table {
    classes: usize,
    /// By feature: its row, 0 for none.
    places: Vec<u16>,
    /// All rows, one after another, each as long as there are classes; the first one is empty.
    weights: Vec<i8>,
}

impl Table {
    pub(super) fn read(rest: &mut Reading<'_>, classes: usize) -> Result<Self, ModelError> {
        if classes > CLASSES_MAX {
            return Err(ModelError::Content("a class"));
        }
        let count = u16::from_le_bytes(rest.take::<2>()?);
        let mut table = Self {
            classes,
            places: vec![0; 1 << BITS],
            weights: vec![0; (usize::from(count) + 1) * classes],
        };
        let mut feature: usize = 0;
        for row in 1..=count {
            loop {
                let step = u16::from_le_bytes(rest.take::<2>()?);
                feature = feature.saturating_add(usize::from(step));
                if step != u16::MAX {
                    break;
                }
            }
            let held = u64::from_le_bytes(rest.take::<8>()?);
            *table.places.get_mut(feature).ok_or(ModelError::Content("a feature"))? = row;
            let start = usize::from(row) * classes;
            let into = table.weights.get_mut(start..start + classes).unwrap_or_default();
            for (class, weight) in into.iter_mut().enumerate() {
                if held >> class & 1 == 1 {
                    let [byte] = rest.take::<1>()?;
                    *weight = i8::from_le_bytes([byte]);
                }
            }
        }
        Ok(table)
    }

    /// Adds what the features weigh, in steps, to the sums of the classes.
    pub(super) fn add(&self, features: &Features, sums: &mut [f32]) {
        for (feature, value) in features {
            let place = usize::try_from(*feature)
                .ok()
                .and_then(|feature| self.places.get(feature));
            let Some(row) = place.copied().filter(|row| *row > 0).map(usize::from) else {
                continue;
            };
            let start = row * self.classes;
            let weights = self.weights.get(start..start + self.classes).unwrap_or_default();
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * f32::from(*weight);
            }
        }
    }
}

/// Writes rows, each weight rounded to its class's step; what rounds to nothing is left out.
pub(super) fn write(
    file: &mut Vec<u8>,
    rows: &[(u32, Vec<f32>)],
    step: impl Fn(usize) -> f32,
) -> Result<(), ModelError> {
    let mut body = Vec::new();
    let (mut count, mut before): (u16, u32) = (0, 0);
    for (feature, weights) in rows {
        let (mut held, mut kept) = (0_u64, Vec::new());
        for (class, weight) in weights.iter().enumerate() {
            let rounded = rounded(weight / step(class));
            if rounded != 0 {
                held |= 1 << class;
                kept.extend(rounded.to_le_bytes());
            }
        }
        if held != 0 {
            let mut behind = feature.checked_sub(before).ok_or(ModelError::Content("an order"))?;
            while behind >= u32::from(u16::MAX) {
                body.extend(u16::MAX.to_le_bytes());
                behind -= u32::from(u16::MAX);
            }
            body.extend(u16::try_from(behind).unwrap_or(0).to_le_bytes());
            before = *feature;
            body.extend(held.to_le_bytes());
            body.extend(kept);
            count = count.checked_add(1).ok_or(ModelError::Content("a row"))?;
        }
    }
    file.extend(count.to_le_bytes());
    file.extend(body);
    Ok(())
}

/// The step by which the largest of these weights is 127.
pub(super) fn step<'a>(weights: impl Iterator<Item = &'a f32>) -> f32 {
    (weights.fold(0.0_f32, |most, weight| most.max(weight.abs())) / 127.0).max(1e-9)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i8 before")]
fn rounded(steps: f32) -> i8 {
    steps.round().clamp(-127.0, 127.0) as i8
}

/// The rest of a file.
pub(super) struct Reading<'a>(&'a [u8]);

impl<'a> Reading<'a> {
    /// What stands between the name of the file's kind and the checksum, if both are right.
    pub(super) fn of(file: &'a [u8], kind: &[u8; 8]) -> Result<Self, ModelError> {
        let (body, sum) = file.split_last_chunk::<32>().ok_or(ModelError::Length)?;
        let mut rest = Reading(body);
        if rest.take::<8>()? != *kind {
            return Err(ModelError::Version);
        }
        if Sha256::digest(body).as_slice() != sum.as_slice() {
            return Err(ModelError::Checksum);
        }
        Ok(rest)
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(ModelError::Length)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ModelError::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Result<f32, ModelError> {
        let number = f32::from_le_bytes(self.take::<4>()?);
        number
            .is_finite()
            .then_some(number)
            .ok_or(ModelError::Content("a number"))
    }

    pub(super) fn end(self) -> Result<(), ModelError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ModelError::Length)
        }
    }
}

pub(super) fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let sum = Sha256::digest(&file);
    file.extend(sum);
    file
}
