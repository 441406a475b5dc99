//! Looks at a paper that a citizen photographed or scanned, before it is taken: can it be read at all?
//!
//! [`check`] is pure: bytes and what was asked for go in, what was found comes out. What is certainly of no use is *refused*
//! (the person can take it again while they are there); what is doubtful is taken with *notes* for the officer. Nothing of what
//! is written is read, and nothing is said about whether a paper is genuine.
//!
//! The bytes are a stranger's. Sizes are looked at before anything is decoded; work and memory are bounded by [`Limits`];
//! a decoder that panics means a damaged file.
//!
//! How well it decides is measured in `tests/photos`, and told in docs/PAPERS.md.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod grey;
mod judge;
mod measure;
mod pdf;

use domain::{PaperFinding, catalogue::Shows};

/// What is taken in of a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub bytes_max: usize,
    /// Pixels of a picture. Decoding takes up to four bytes for each, twice that for a progressive JPEG, and as much again is
    /// needed nowhere.
    pub pixels_max: u64,
    /// Pages of a PDF.
    pub pages_max: usize,
    /// Pictures of a PDF that are looked at.
    pub pictures_max: usize,
    /// Bytes that the streams of one PDF may unfold to while they are looked at.
    pub unfolded_max: u64,
}

impl Default for Limits {
    /// 10 MiB, 40 megapixels, 20 pages, 4 pictures, 16 MiB.
    fn default() -> Self {
        Self {
            bytes_max: 10 << 20,
            pixels_max: 40_000_000,
            pages_max: 20,
            pictures_max: 4,
            unfolded_max: 16 << 20,
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// One picture.
    Picture {
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
    },
    /// A PDF.
    Pages {
        /// How many.
        count: usize,
    },
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    /// What the file is; `None` when it could not be opened.
    pub contents: Option<Contents>,
    /// Why it is of no use. Empty when it is taken.
    pub refused: Vec<PaperFinding>,
    /// What the officer is to know.
    pub notes: Vec<PaperFinding>,
    /// What a picture was judged by.
    pub measures: Option<Measures>,
}

impl Checked {
    const fn refused(refused: Vec<PaperFinding>) -> Self {
        Self {
            contents: None,
            refused,
            notes: vec![],
            measures: None,
        }
    }
}

pub use measure::Measures;

/// Looks at a file: JPEG, PNG or PDF, by its own first bytes. `shows` is what a picture of this paper shows.
#[must_use]
pub fn check(bytes: &[u8], shows: Shows, limits: &Limits) -> Checked {
    if bytes.len() > limits.bytes_max {
        return Checked::refused(vec![PaperFinding::TooLarge]);
    }
    // The decoders are large and not ours.
    let looked = std::panic::catch_unwind(|| {
        if bytes.starts_with(b"%PDF-") {
            pdf::check(bytes, shows, limits)
        } else {
            picture(bytes, shows, limits)
        }
    });
    match looked {
        Ok(Ok(checked)) => checked,
        Ok(Err(finding)) => Checked::refused(vec![finding]),
        Err(_) => Checked::refused(vec![PaperFinding::Damaged]),
    }
}

fn picture(bytes: &[u8], shows: Shows, limits: &Limits) -> Result<Checked, PaperFinding> {
    let picture = grey::Grey::decoded(bytes, limits)?;
    let measures = Measures::of(&picture);
    let (refused, notes) = judge::judged(&measures, shows);
    Ok(Checked {
        contents: Some(Contents::Picture {
            width: picture.width,
            height: picture.height,
        }),
        refused,
        notes,
        measures: Some(measures),
    })
}
