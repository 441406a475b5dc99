//! Witnesses (C2SP tlog-witness): others who have seen every step of a log and say so by their cosignature. With them even the
//! holder of the log's key cannot show two histories to two people.
//!
//! Here is what both sides need: the request as text, what a witness decides, and what it remembers. The network is in
//! `reactions` (asking) and `api` (being asked).

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::{BASE64, HEXLOWER};
use keys::{Entropy, SignError, Signer};

use crate::checkpoint::{Checkpoint, replace_file};
use crate::clock::Clock;
use crate::leaf::sha256;
use crate::note::{self, NOTE_BYTES_MAX, Note, NoteError, NoteKind, VerifierKey, VerifierKeyError, signature_lines};
use crate::proof::{PROOF_HASHES_MAX, decimal, hash_line, verify_consistency};
use crate::tree::{Hash, Tree};

/// Bytes of a request, at most: a checkpoint, and a proof of 63 hashes.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 4096;

/// The body of `POST /add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the witness is believed to have seen last; 0 when it has seen none.
    pub old: u64,
    /// That the checkpoint extends the tree of that size.
    pub proof: Vec<Hash>,
    /// What is to be cosigned.
    pub checkpoint: Checkpoint,
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{}", BASE64.encode(hash))?;
        }
        f.write_char('\n')?;
        f.write_str(&self.checkpoint.note)
    }
}

impl AddCheckpoint {
    /// Reads a request without judging it.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn parse(body: &str) -> Result<Self, Refusal> {
        let read = || {
            let (head, note) = body.split_once("\n\n").filter(|_| body.len() <= REQUEST_BYTES_MAX)?;
            let mut lines = head.split('\n');
            let old = decimal(lines.next()?.strip_prefix("old ")?)?;
            let proof: Vec<Hash> = lines.map(hash_line).collect::<Option<_>>()?;
            let checkpoint = Checkpoint::parse(note).ok()?;
            (proof.len() <= PROOF_HASHES_MAX).then_some(Self { old, proof, checkpoint })
        };
        read().ok_or(Refusal::Malformed)
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the form of a request. 400.
    #[error("the request cannot be read")]
    Malformed,
    /// The old size is above the checkpoint's. 400.
    #[error("the old size is above that of the checkpoint")]
    OldAboveNew,
    /// No log of this origin is watched here. 404.
    #[error("this log is not watched here")]
    UnknownLog,
    /// None of the log's keys has signed, or a signature does not hold. 403.
    #[error("the checkpoint is not signed by the log's key")]
    Signature,
    /// Another size was seen last; so also for whoever wants to go back. 409.
    #[error("the last size seen here is {size}")]
    Stale {
        /// Which.
        size: u64,
    },
    /// The checkpoint does not extend what was seen. If it is truly signed, the log shows two histories. 422.
    #[error("the checkpoint does not extend the one of size {size} that was seen here")]
    Inconsistent {
        /// What was seen.
        size: u64,
    },
}

impl Refusal {
    /// The HTTP status that the specification gives it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::OldAboveNew => 400,
            Self::Signature => 403,
            Self::UnknownLog => 404,
            Self::Stale { .. } => 409,
            Self::Inconsistent { .. } => 422,
        }
    }
}

/// What a witness that has seen `seen` of this log last answers to the request. `logs`: the keys of all logs it watches.
///
/// # Errors
/// [`Refusal`]; the checks are made in the order in which the specification lists them.
pub fn decide(request: &AddCheckpoint, logs: &[VerifierKey], seen: Option<&Checkpoint>) -> Result<(), Refusal> {
    let checkpoint = &request.checkpoint;
    let keys = keys_of(logs, &checkpoint.origin);
    if keys.is_empty() {
        return Err(Refusal::UnknownLog);
    }
    let note = Note::parse(&checkpoint.note).map_err(|_| Refusal::Malformed)?;
    let signed = note.signed_by(&keys).map_err(|_| Refusal::Signature)?;
    if signed.is_empty() {
        return Err(Refusal::Signature);
    }
    if request.old > checkpoint.size {
        return Err(Refusal::OldAboveNew);
    }
    let size = seen.map_or(0, |seen| seen.size);
    if request.old != size {
        return Err(Refusal::Stale { size });
    }
    let empty = Tree::default().root();
    let root = seen.map_or(empty, |seen| seen.root);
    let holds = (checkpoint.size > 0 || checkpoint.root == empty)
        && verify_consistency(size, &root, checkpoint.size, &checkpoint.root, &request.proof).is_ok();
    if holds {
        Ok(())
    } else {
        Err(Refusal::Inconsistent { size })
    }
}

fn keys_of(logs: &[VerifierKey], origin: &str) -> Vec<VerifierKey> {
    let of_log = |key: &&VerifierKey| key.kind() == NoteKind::Log && key.name() == origin;
    logs.iter().filter(of_log).cloned().collect()
}

/// The line of this witness in its answer, checked against the checkpoint that it was asked to cosign. Lines of others are left
/// aside.
///
/// # Errors
/// [`NoteError`]: no such line, or one that does not hold.
pub fn cosignature_in(answer: &str, checkpoint: &Checkpoint, witness: &VerifierKey) -> Result<String, NoteError> {
    if answer.len() > NOTE_BYTES_MAX || witness.kind() != NoteKind::Witness {
        return Err(NoteError::Form);
    }
    let lines = signature_lines(answer)?;
    let of_witness = |line: &&note::SignatureLine<'_>| line.name == witness.name() && line.key_id == witness.key_id();
    let line = lines.iter().find(of_witness).ok_or(NoteError::Signature)?;
    let text = Note::parse(&checkpoint.note)?.text;
    let alone = format!("{text}\n{}\n", line.line);
    let signed = Note::parse(&alone)?.signed_by(std::slice::from_ref(witness))?.len();
    if signed == 1 {
        Ok(line.line.to_owned())
    } else {
        Err(NoteError::Signature)
    }
}

/// The witness cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Only an Ed25519 key of purpose `witness` cosigns.
    #[error("the key is not an Ed25519 key for witnesses")]
    WrongKey,
    /// The name cannot stand in a note.
    #[error("the witness's name cannot stand in a note")]
    Name(#[source] VerifierKeyError),
    /// Another process has this folder.
    #[error("another process uses {}", .folder.display())]
    InUse {
        /// Which.
        folder: PathBuf,
    },
    /// The folder could not be read or written. Nothing was cosigned.
    #[error("the folder {} could not be used", .folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What is remembered of a log is not what was written: the witness does not speak for this log any more until a person
    /// has found out why.
    #[error("what was remembered of {origin} does not hold")]
    Remembered {
        /// The log.
        origin: String,
    },
    /// The key did not sign.
    #[error("the checkpoint could not be cosigned")]
    Sign(#[source] SignError),
    /// The clock stands before 1970.
    #[error("the clock stands before 1970")]
    Clock,
}

/// A witness: watches logs and remembers the latest checkpoint of each, in a file a log. The files are its whole memory; each is
/// on the disk before the cosignature leaves, so that no crash makes it agree to two histories.
#[derive(Clone)]
pub struct Witness {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    key: VerifierKey,
    logs: Vec<VerifierKey>,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// One request at a time for each origin.
    turns: BTreeMap<String, Mutex<()>>,
    /// Held as long as this lives.
    _lock: File,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness")
            .field("key", &self.inner.key)
            .finish_non_exhaustive()
    }
}

impl Witness {
    /// A witness of this name that remembers in this folder (made where there is none; one process at a time).
    ///
    /// # Errors
    /// [`WitnessError`], also when something is remembered that this witness has not written.
    pub fn open(
        folder: &Path,
        name: &str,
        logs: Vec<VerifierKey>,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, WitnessError> {
        let failed = |source| WitnessError::Folder {
            folder: folder.to_owned(),
            source,
        };
        if !note::may_sign(&*signer, NoteKind::Witness) {
            return Err(WitnessError::WrongKey);
        }
        let key =
            VerifierKey::try_new(name, NoteKind::Witness, signer.public_key().clone()).map_err(WitnessError::Name)?;
        std::fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        lock.try_lock().map_err(|_| WitnessError::InUse {
            folder: folder.to_owned(),
        })?;
        let turns = logs
            .iter()
            .map(|log| (log.name().to_owned(), Mutex::default()))
            .collect();
        let witness = Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                key,
                logs,
                signer,
                clock,
                entropy,
                turns,
                _lock: lock,
            }),
        };
        for origin in witness.inner.turns.keys() {
            witness.inner.remembered(origin)?;
        }
        Ok(witness)
    }

    /// How its cosignatures are known.
    pub fn key(&self) -> &VerifierKey {
        &self.inner.key
    }

    /// Answers a request: the cosignature's line with its newline, remembered before it is given. Waits for the disk, so a
    /// server calls it where it may block; once begun it is never left half done.
    ///
    /// # Errors
    /// [`WitnessError`]: nothing was cosigned. Within: [`Refusal`].
    pub fn add_checkpoint(&self, body: &str) -> Result<Result<String, Refusal>, WitnessError> {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.inner.add(&request)
    }

    /// The latest checkpoint seen of the log whose origin has this SHA-256 (lower-case hexadecimal), with the log's signature
    /// and this witness's.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn checkpoint(&self, hash: &str) -> Result<Option<Checkpoint>, WitnessError> {
        let origin = self.inner.turns.keys().find(|origin| origin_hash(origin) == hash);
        origin.map_or(Ok(None), |origin| self.inner.remembered(origin))
    }
}

/// SHA-256 of a log's origin in lower-case hexadecimal: how it is called in a witness's addresses.
pub fn origin_hash(origin: &str) -> String {
    HEXLOWER.encode(&sha256(origin.as_bytes()))
}

impl Inner {
    fn file(&self, origin: &str) -> PathBuf {
        self.folder.join(format!("{}.checkpoint", origin_hash(origin)))
    }

    fn failed(&self, source: std::io::Error) -> WitnessError {
        WitnessError::Folder {
            folder: self.folder.clone(),
            source,
        }
    }

    /// What is remembered of a log: believed only under the log's key and our own.
    fn remembered(&self, origin: &str) -> Result<Option<Checkpoint>, WitnessError> {
        let damaged = || WitnessError::Remembered {
            origin: origin.to_owned(),
        };
        let note = match std::fs::read(self.file(origin)) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| damaged())?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        let checkpoint = Checkpoint::parse(&note).map_err(|_| damaged())?;
        let cosigned = checkpoint.cosignatures(std::slice::from_ref(&self.key));
        let ours = cosigned.is_ok_and(|signed| signed.len() == 1) && checkpoint.origin == origin;
        ours.then_some(Some(checkpoint)).ok_or_else(damaged)
    }

    fn add(&self, request: &AddCheckpoint) -> Result<Result<String, Refusal>, WitnessError> {
        let origin = &request.checkpoint.origin;
        let Some(turn) = self.turns.get(origin) else {
            return Ok(Err(Refusal::UnknownLog));
        };
        let _alone = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = self.remembered(origin)?;
        if let Err(refusal) = decide(request, &self.logs, seen.as_ref()) {
            if matches!(refusal, Refusal::Inconsistent { .. }) {
                // Signed by the log and not an extension: perhaps a mistake in the proof, perhaps a second history.
                let (note, size) = (&request.checkpoint.note, request.checkpoint.size);
                tracing::error!(origin, size, note, "a signed checkpoint does not extend what was seen");
            }
            return Ok(Err(refusal));
        }
        let keys = keys_of(&self.logs, origin);
        let malformed = |_| WitnessError::Remembered { origin: origin.clone() };
        let note = Note::parse(&request.checkpoint.note).map_err(malformed)?;
        let line = note::cosign(self.key.name(), note.text, self.clock.now(), &*self.signer)
            .map_err(WitnessError::Sign)?
            .ok_or(WitnessError::Clock)?;
        // Remembered with what was checked, and nothing that a stranger added.
        let of_log = |line: &&note::SignatureLine<'_>| {
            keys.iter()
                .any(|key| key.name() == line.name && key.key_id() == line.key_id)
        };
        let mut kept = format!("{}\n", note.text);
        for signature in note.signatures.iter().filter(of_log) {
            kept.push_str(signature.line);
            kept.push('\n');
        }
        kept.push_str(&line);
        kept.push('\n');
        let mut chance = [0; 8];
        self.entropy.fill(&mut chance);
        replace_file(&self.file(origin), kept.as_bytes(), chance).map_err(|error| self.failed(error))?;
        Ok(Ok(format!("{line}\n")))
    }
}
