//! Bytes between two processes that share the vault's key: who is there is proven on both sides first, and each frame after that.
//!
//! ```text
//! leader -> follower   MAGIC (16) | nonce (32)
//! follower -> leader   MAGIC (16) | nonce (32) | epoch (8) | owner (16) | HMAC(key, "follower" | transcript) (32)
//! leader -> follower   HMAC(key, "leader" | transcript) (32)
//! then, either way     length (4) | payload (length) | HMAC(key of this direction, number (8) | length | payload) (32)
//! ```
//!
//! The transcript is both nonces, the epoch and the leader's id; the keys of the two directions are HMACs over it, so a frame
//! of one connection is nothing on another, nor under another epoch. Frames are numbered from 0 in each direction, so that none
//! can be repeated, left out or exchanged. HMAC is HMAC-SHA-256 (RFC 2104), numbers are big-endian. Nothing is encrypted: what
//! is personal is sealed already, and the rest is what the database is told as well.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keys::{Entropy, Vault};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use uuid::Uuid;

const MAGIC: &[u8; 16] = b"praman forward 1";
const PROOF: usize = 32;
/// A payload has at most this many bytes; a batch that needs more goes to the local writer.
pub(super) const FRAME_MAX: usize = 8 << 20;

/// Why a connection came to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the connection broke")]
    Io(#[from] std::io::Error),
    #[error("the other side speaks something else")]
    Foreign,
    #[error("the other side does not hold our key, or leads under another epoch")]
    Unproven,
    #[error("a frame is larger than {FRAME_MAX} bytes")]
    TooLarge,
    #[error("a frame is not what the other side sent")]
    Forged,
    #[error("a frame makes no sense")]
    Garbled,
}

type Nonce = [u8; 32];
type Code = Hmac<Sha256>;

/// What both sides agree upon before the first frame.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) epoch: u64,
    /// The leader's.
    pub(super) owner: Uuid,
}

fn code(key: &[u8; 32]) -> Code {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Code::new(&block.into())
}

/// The key that all processes of one installation derive for one log.
pub(super) fn shared_key(vault: &Vault, log_id: i32) -> [u8; 32] {
    vault.blind("praman forwarding v1", &log_id.to_be_bytes())
}

struct Transcript {
    code: Code,
    leader: Nonce,
    follower: Nonce,
    terms: Terms,
}

impl Transcript {
    fn over(&self, label: &[u8]) -> Code {
        self.code
            .clone()
            .chain_update(label)
            .chain_update(self.leader)
            .chain_update(self.follower)
            .chain_update(self.terms.epoch.to_be_bytes())
            .chain_update(self.terms.owner)
    }

    fn proof(&self, label: &[u8]) -> [u8; PROOF] {
        self.over(label).finalize().into_bytes().into()
    }

    fn session(&self, label: &[u8]) -> Sealer {
        Sealer {
            code: code(&self.proof(label)),
            number: 0,
        }
    }
}

/// The leader's side of the beginning. Answers with what opens the follower's frames and what seals ours.
pub(super) async fn welcome(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    key: &[u8; 32],
    entropy: &dyn Entropy,
    terms: Terms,
) -> Result<(Sealer, Sealer), FrameError> {
    let mut leader = Nonce::default();
    entropy.fill(&mut leader);
    stream.write_all(&[MAGIC.as_slice(), &leader].concat()).await?;
    let (mut magic, mut follower, mut proof) = ([0; 16], Nonce::default(), [0; PROOF]);
    stream.read_exact(&mut magic).await?;
    if &magic != MAGIC {
        return Err(FrameError::Foreign);
    }
    stream.read_exact(&mut follower).await?;
    let epoch = stream.read_u64().await?;
    let mut owner = [0; 16];
    stream.read_exact(&mut owner).await?;
    stream.read_exact(&mut proof).await?;
    let transcript = Transcript {
        code: code(key),
        leader,
        follower,
        terms,
    };
    // What the follower named is bound by its proof over what we hold.
    let named = epoch == terms.epoch && &owner == terms.owner.as_bytes();
    if transcript.over(b"follower").verify_slice(&proof).is_err() || !named {
        return Err(FrameError::Unproven);
    }
    stream.write_all(&transcript.proof(b"leader")).await?;
    Ok((transcript.session(b"to leader"), transcript.session(b"from leader")))
}

/// The follower's side of the beginning. Answers with what opens the leader's frames and what seals ours.
pub(super) async fn greet(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    key: &[u8; 32],
    entropy: &dyn Entropy,
    terms: Terms,
) -> Result<(Sealer, Sealer), FrameError> {
    let (mut magic, mut leader, mut proof) = ([0; 16], Nonce::default(), [0; PROOF]);
    stream.read_exact(&mut magic).await?;
    if &magic != MAGIC {
        return Err(FrameError::Foreign);
    }
    stream.read_exact(&mut leader).await?;
    let mut follower = Nonce::default();
    entropy.fill(&mut follower);
    let transcript = Transcript {
        code: code(key),
        leader,
        follower,
        terms,
    };
    let hello = [
        MAGIC.as_slice(),
        &follower,
        &terms.epoch.to_be_bytes(),
        terms.owner.as_bytes(),
        &transcript.proof(b"follower"),
    ];
    stream.write_all(&hello.concat()).await?;
    stream.read_exact(&mut proof).await?;
    if transcript.over(b"leader").verify_slice(&proof).is_err() {
        return Err(FrameError::Unproven);
    }
    Ok((transcript.session(b"from leader"), transcript.session(b"to leader")))
}

/// The key of one direction, and the number of its next frame.
pub(super) struct Sealer {
    code: Code,
    number: u64,
}

impl Sealer {
    fn next(&mut self, length: [u8; 4], payload: &[u8]) -> Code {
        let number = self.number;
        self.number += 1;
        self.code
            .clone()
            .chain_update(number.to_be_bytes())
            .chain_update(length)
            .chain_update(payload)
    }

    /// Adds a frame to what is to be sent. `false`, and nothing added: the payload is too large.
    pub(super) fn seal(&mut self, out: &mut Vec<u8>, payload: &[u8]) -> bool {
        let Ok(length) = u32::try_from(payload.len()) else {
            return false;
        };
        if payload.len() > FRAME_MAX {
            return false;
        }
        let length = length.to_be_bytes();
        let proof = self.next(length, payload).finalize().into_bytes();
        out.extend_from_slice(&length);
        out.extend_from_slice(payload);
        out.extend_from_slice(&proof);
        true
    }
}

/// Reads frames off a connection.
pub(super) struct Frames<R> {
    stream: BufReader<R>,
    sealer: Sealer,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(super) fn new(stream: R, sealer: Sealer) -> Self {
        Self {
            stream: BufReader::with_capacity(1 << 16, stream),
            sealer,
        }
    }

    /// The next payload. Not to be called again after it was dropped before its end.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, FrameError> {
        let length = self.stream.read_u32().await?;
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size > FRAME_MAX {
            return Err(FrameError::TooLarge);
        }
        let mut payload = Vec::new();
        // Grows as the bytes come: a length alone takes no memory.
        (&mut self.stream).take(length.into()).read_to_end(&mut payload).await?;
        let mut proof = [0; PROOF];
        self.stream.read_exact(&mut proof).await?;
        match self.sealer.next(length.to_be_bytes(), &payload).verify_slice(&proof) {
            Ok(()) => Ok(payload),
            Err(_) => Err(FrameError::Forged),
        }
    }
}
