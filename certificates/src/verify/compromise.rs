//! What a compromised key has signed. Whoever has the key can write any day, any number and any place in the log, so nothing
//! that is signed with it is believed for its own sake; the log is, to which that key does not write.
//!
//! | the register and the log say | then |
//! | --- | --- |
//! | they issued exactly this, and a checkpoint covers its intent, which stands before the compromise | judged as any other |
//! | they issued exactly this, and its intent came later | void |
//! | they issued something else under this number, or nothing | void |
//! | they could not be asked, or do not say exactly what they issued | unknown |

use keys::Compromise;
use sha2::{Digest as _, Sha256};

use super::{Check, Logged, Reason, StatusAnswer, Verdict, differs, refused};
use crate::Token;

/// What the log knows of something that a compromised key has signed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backing {
    /// It had committed to it before.
    Before,
    /// It had not.
    Void,
    /// It could not be asked.
    Untold,
}

/// The verdict that a compromise of the credential's key, of the PDF's, or of both leads to; `None` where there is none, or
/// where the log vouches for what is at hand.
pub(super) fn doubt(
    verdict: &Verdict,
    token: &Token,
    file_digest: Option<&[u8; 32]>,
    [credential, document]: [Option<Compromise>; 2],
    status: &StatusAnswer,
) -> Option<Verdict> {
    let positions = [credential, document].into_iter().flatten();
    let last_good = positions.map(|compromise| compromise.last_good_position).min()?;
    let backing = backing(token, file_digest, last_good, status);
    if backing == Backing::Before {
        return None;
    }
    let mut verdict = verdict.clone();
    if let StatusAnswer::Known(standing) = status {
        verdict.log = standing.log;
    }
    let found = match backing {
        Backing::Void => Check::Fail,
        _ => Check::NotChecked,
    };
    if credential.is_some() {
        verdict.checks.signature = found;
        // The record is proven by the credential, and by nothing else.
        verdict.checks.record = Check::NotChecked;
    }
    if document.is_some() {
        verdict.checks.document = found;
    }
    Some(match backing {
        Backing::Void => verdict.not_genuine(Reason::KeyCompromised),
        _ => refused(verdict, Reason::KeyDoubtful),
    })
}

fn backing(token: &Token, file_digest: Option<&[u8; 32]>, last_good: u64, status: &StatusAnswer) -> Backing {
    let standing = match status {
        StatusAnswer::Known(standing) => standing,
        StatusAnswer::NoSuchCertificate => return Backing::Void,
        StatusAnswer::Unavailable => return Backing::Untold,
    };
    let presented: [u8; 32] = Sha256::digest(token.bytes()).into();
    if differs(Some(&presented), standing.credential_digest.as_ref())
        || differs(file_digest, standing.pdf_digest.as_ref())
    {
        return Backing::Void;
    }
    let told = standing.credential_digest.is_some() && (file_digest.is_none() || standing.pdf_digest.is_some());
    match standing.log {
        Logged::Committed { position, size }
            if told && (1..=size).contains(&position) && token.claims().log_position == position =>
        {
            if position <= last_good {
                Backing::Before
            } else {
                Backing::Void
            }
        }
        _ => Backing::Untold,
    }
}
