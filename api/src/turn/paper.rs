//! Papers and photos: fetched, looked at, kept.

use assistant::said::{Paper, PaperProblem, Said};
use data_encoding::HEXLOWER;
use domain::catalogue::Shows;
use papers::{Checked, Limits, check};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use whatsapp::{graph::FetchError, inbound::Media};

use super::{Setup, TurnError};

/// The largest paper that is taken, in bytes. A phone's photo has 2 to 6 MB.
const PAPER_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Pictures are decoded for so many turns at once: each takes a core, and at most some hundred megabytes.
static LOOKED_AT: Semaphore = Semaphore::const_new(2);

/// What was said, with the bytes of the paper if it was one that is taken.
pub(super) struct Heard {
    pub(super) said: Said,
    pub(super) bytes: Option<Vec<u8>>,
}

impl Heard {
    pub(super) const fn words(said: Said) -> Self {
        Self { said, bytes: None }
    }

    pub(super) const fn refused(problem: PaperProblem) -> Self {
        Self::words(Said::PaperRefused(problem))
    }
}

/// Fetches what a message announces, or says why it is not taken. Nothing is kept yet: what it is for is not known here.
pub(super) async fn fetch(setup: &Setup, media: &Media) -> Result<Heard, TurnError> {
    let bytes = match setup.graph.fetch(&media.id, media.digest.as_deref()).await {
        Ok((_, bytes)) => bytes,
        Err(FetchError::TooLarge { .. }) => return Ok(Heard::refused(PaperProblem::TooLarge)),
        Err(error) if error.is_transient() => return Err(TurnError::Fetch(error)),
        Err(_) => return Ok(Heard::refused(PaperProblem::NotFetched)),
    };
    let Some(media_type) = sniff(&bytes) else {
        return Ok(Heard::refused(if bytes.is_empty() {
            PaperProblem::Empty
        } else {
            PaperProblem::WrongType
        }));
    };
    if bytes.len() > PAPER_BYTES_MAX {
        return Ok(Heard::refused(PaperProblem::TooLarge));
    }
    let paper = Paper {
        digest: HEXLOWER.encode(&Sha256::digest(&bytes)),
        media_type: media_type.to_owned(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        filename: media.filename.clone(),
        refused: vec![],
        notes: vec![],
    };
    Ok(Heard {
        said: Said::Paper(paper),
        bytes: Some(bytes),
    })
}

/// Looks at a paper that came, beside the turns of others, and writes down what was found. `shows`: what a picture of it shows.
pub(super) async fn look(heard: &mut Heard, shows: Shows) -> Result<(), TurnError> {
    let Said::Paper(paper) = &mut heard.said else {
        return Ok(());
    };
    let Some(bytes) = heard.bytes.take() else {
        return Ok(());
    };
    let _turn = LOOKED_AT.acquire().await.map_err(|_| TurnError::Look)?;
    let looked = tokio::task::spawn_blocking(move || (check(&bytes, shows, &Limits::default()), bytes)).await;
    let (Checked { refused, notes, .. }, bytes) = looked.map_err(|_| TurnError::Look)?;
    (paper.refused, paper.notes) = (refused, notes);
    heard.bytes = Some(bytes);
    Ok(())
}

/// What the bytes are; names and announced types are not believed.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some("image/jpeg")
    } else if bytes.starts_with(b"%PDF-") {
        Some("application/pdf")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::sniff;

    #[test]
    fn only_the_bytes_count() {
        assert_eq!(sniff(b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(sniff(b"\xFF\xD8\xFF\xE0"), Some("image/jpeg"));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n0"), Some("image/png"));
        for other in [&b"MZ"[..], b"PK\x03\x04", b"<svg", b"", b"\xFF\xD8", b" %PDF-"] {
            assert_eq!(sniff(other), None);
        }
    }
}
