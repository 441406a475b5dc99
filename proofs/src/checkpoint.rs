//! The checkpoint: the signed tree head, as text (C2SP tlog-checkpoint inside a C2SP signed note, Ed25519).
//!
//! ```text
//! <origin>
//! <size>
//! <root, base64>
//!
//! — <origin> <base64(key hash (4) | signature (64))>
//! ```

use data_encoding::BASE64;
use keys::{PublicKey, SignError, Signer};

use crate::bundle::{decimal, hash_line};
use crate::hash::Hash;
use crate::note::{self, Note, NoteError, NoteKind, Signed, VerifierKey};

/// A tree head and the note that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The whole signed note.
    pub note: String,
}

/// No checkpoint was signed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SignCheckpointError {
    /// Only an Ed25519 key of purpose `checkpoint` signs tree heads.
    #[error("the key is not an Ed25519 key for checkpoints")]
    WrongKey,
    /// The origin cannot stand in a note: empty, or with white space or `+`.
    #[error("the log's origin cannot name a key")]
    Origin,
    /// The key did not sign.
    #[error("the checkpoint could not be signed")]
    Sign(#[source] SignError),
}

impl Checkpoint {
    fn body(origin: &str, size: u64, root: &Hash) -> String {
        format!("{origin}\n{size}\n{}\n", BASE64.encode(root))
    }

    /// Signs a tree head. The signature is checked once more, as everybody else will check it, before anybody sees it.
    pub fn sign(origin: &str, size: u64, root: Hash, signer: &dyn Signer) -> Result<Self, SignCheckpointError> {
        if !note::is_name(origin) {
            return Err(SignCheckpointError::Origin);
        }
        let body = Self::body(origin, size, &root);
        let mut note = format!("{body}\n");
        // While the log's key is changed over, the old one and the new one sign: each line names its key.
        let signers = || std::iter::once(signer).chain(signer.beside().iter().map(|other| &**other));
        for signer in signers() {
            if !note::may_sign(signer, NoteKind::Log) {
                return Err(SignCheckpointError::WrongKey);
            }
            note.push_str(&note::sign(origin, &body, signer).map_err(SignCheckpointError::Sign)?);
            note.push('\n');
        }
        let checkpoint = Self {
            origin: origin.to_owned(),
            size,
            root,
            note,
        };
        for signer in signers() {
            let (purpose, key) = (signer.purpose(), signer.key_id());
            checkpoint
                .verify(std::slice::from_ref(signer.public_key()))
                .map_err(|_| SignCheckpointError::Sign(SignError::Check { purpose, key }))?;
        }
        Ok(checkpoint)
    }

    /// Reads a note without judging its signatures.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let Note { text, .. } = Note::parse(note)?;
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let origin = lines.next().filter(|line| !line.is_empty())?;
            let size = decimal(lines.next()?)?;
            let root = hash_line(lines.next()?)?;
            // Extension lines are opaque, but never empty.
            lines.all(|line| !line.is_empty()).then(|| Self {
                origin: origin.to_owned(),
                size,
                root,
                note: note.to_owned(),
            })
        };
        read().ok_or(NoteError::Form)
    }

    /// The key among `keys` that has signed this checkpoint in the name of its origin. Lines of other keys (witnesses) are left
    /// aside, as the note's specification says; a line that names one of `keys` and does not hold spoils the note. That the
    /// origin is the log that was asked for is for the caller to check, or for [`Checkpoint::verify_log`].
    ///
    /// # Errors
    /// [`NoteError::Signature`].
    pub fn verify<'k>(&self, keys: &'k [PublicKey]) -> Result<&'k PublicKey, NoteError> {
        let named: Vec<VerifierKey> = keys
            .iter()
            .filter_map(|key| VerifierKey::try_new(&self.origin, NoteKind::Log, key.clone()).ok())
            .collect();
        let signed = Note::parse(&self.note)?.signed_by(&named)?;
        let by = signed.first().ok_or(NoteError::Signature)?;
        let key = keys.iter().find(|key| *key == by.key.public_key());
        key.ok_or(NoteError::Signature)
    }

    /// Checks that this is a checkpoint of this log, signed by its key.
    ///
    /// # Errors
    /// [`NoteError::Signature`] also when the origin is another log's.
    pub fn verify_log(&self, log: &VerifierKey) -> Result<(), NoteError> {
        if log.kind() != NoteKind::Log || log.name() != self.origin {
            return Err(NoteError::Signature);
        }
        let signed = Note::parse(&self.note)?.signed_by(std::slice::from_ref(log))?;
        signed.first().map(|_| ()).ok_or(NoteError::Signature)
    }

    /// The cosignatures of these witnesses that the checkpoint carries, each checked; one a witness.
    ///
    /// # Errors
    /// [`NoteError::Signature`] when a line names one of them and does not hold.
    pub fn cosignatures<'k>(&self, witnesses: &'k [VerifierKey]) -> Result<Vec<Signed<'k>>, NoteError> {
        let mut signed = Note::parse(&self.note)?.signed_by(witnesses)?;
        signed.retain(|signed| signed.key.kind() == NoteKind::Witness);
        Ok(signed)
    }

    /// The same with further signature lines behind those it has; lines that stand there already are left out.
    pub fn with_lines<'l>(&self, lines: impl IntoIterator<Item = &'l str>) -> Self {
        let mut checkpoint = self.clone();
        for line in lines {
            if !checkpoint.note.lines().any(|there| there == line) {
                checkpoint.note.push_str(line);
                checkpoint.note.push('\n');
            }
        }
        checkpoint
    }
}
