//! Signed notes (C2SP signed-note): a text and the lines of those who signed it. Who may sign is told by verifier keys
//! (`<name>+<key id, hex>+<base64(type | public key)>`), which other tools of the family read and write as well.
//!
//! Two kinds of signature are known here: a log's own (type 0x01, Ed25519 over the text) and a witness's cosignature (type
//! 0x04, C2SP tlog-cosignature: Ed25519 over `cosignature/v1`, the time and the text). Lines of any other kind are left aside,
//! as the specification wants.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use keys::{Algorithm, PublicKey, Purpose, SignError, Signer};
use sha2::{Digest, Sha256};

/// Bytes of a note, at most: a checkpoint has some 200, a cosignature 150 more.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Signature lines of a note, at most; the specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

/// The text is no note, or not one to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the form of a note or of a checkpoint.
    #[error("the text is not a checkpoint")]
    Form,
    /// None of the keys has signed it, or a signature does not hold.
    #[error("the checkpoint carries no valid signature of a known key")]
    Signature,
}

/// The text is no verifier key that this program can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key of a log or a witness (name+key id+base64)")]
pub struct VerifierKeyError;

/// What a key's signature on a note means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// The log's own signature.
    Log,
    /// A witness's cosignature with the time at which it was given.
    Witness,
}

impl NoteKind {
    /// The signature type of C2SP signed-note.
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// Whose signature on a note is believed: a name, what its signature means, and an Ed25519 key. As text, a C2SP vkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: NoteKind,
    key: PublicKey,
}

/// Whether a name can stand in a signature line: not empty, no white space, no `+`, no control character.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}

impl VerifierKey {
    /// Puts a verifier key together.
    ///
    /// # Errors
    /// The name cannot stand in a note, or the key is not Ed25519.
    pub fn try_new(name: &str, kind: NoteKind, key: PublicKey) -> Result<Self, VerifierKeyError> {
        if !is_name(name) || key.algorithm() != Algorithm::Ed25519 {
            return Err(VerifierKeyError);
        }
        Ok(Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// The name; of a log's key, the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signature means.
    pub const fn kind(&self) -> NoteKind {
        self.kind
    }

    /// The key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The first four bytes of SHA-256(name, 0x0A, type, key). They find a key and prove nothing.
    pub fn key_id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, &self.key.to_bytes())
    }

    /// Whether this line names this key.
    fn is_of(&self, line: &SignatureLine<'_>) -> bool {
        line.name == self.name && line.key_id == self.key_id()
    }
}

/// As [`VerifierKey::key_id`].
pub(crate) fn key_id(name: &str, kind: NoteKind, public_key: &[u8]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([b'\n', kind.byte()]);
    hash.update(public_key);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d]
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend(self.key.to_bytes());
        write!(
            f,
            "{}+{}+{}",
            self.name,
            HEXLOWER.encode(&self.key_id()),
            BASE64.encode(&key)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let (name, rest) = text.split_once('+').ok_or(VerifierKeyError)?;
        // Base64 has a `+` of its own: only the first two separate.
        let (id, key) = rest.split_once('+').ok_or(VerifierKeyError)?;
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| VerifierKeyError)?;
        let (kind, key) = match bytes.split_first() {
            Some((0x01, key)) => (NoteKind::Log, key),
            Some((0x04, key)) => (NoteKind::Witness, key),
            _ => return Err(VerifierKeyError),
        };
        let key = PublicKey::try_new(Algorithm::Ed25519, key).map_err(|_| VerifierKeyError)?;
        let read = Self::try_new(name, kind, key)?;
        if HEXLOWER.encode(&read.key_id()) == id {
            Ok(read)
        } else {
            Err(VerifierKeyError)
        }
    }
}

/// One `— name base64(key id | signature)` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine<'n> {
    /// The name of the key.
    pub name: &'n str,
    /// See [`VerifierKey::key_id`].
    pub key_id: [u8; 4],
    /// What comes behind the key id.
    pub signature: Vec<u8>,
    /// As it stands in the note, without its newline.
    pub line: &'n str,
}

impl<'n> SignatureLine<'n> {
    fn parse(line: &'n str) -> Result<Self, NoteError> {
        let named = line.strip_prefix("\u{2014} ").ok_or(NoteError::Form)?;
        let (name, signature) = named.split_once(' ').ok_or(NoteError::Form)?;
        let bytes = BASE64.decode(signature.as_bytes()).map_err(|_| NoteError::Form)?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Form)?;
        if !is_name(name) || signature.is_empty() {
            return Err(NoteError::Form);
        }
        Ok(Self {
            name,
            key_id: *key_id,
            signature: signature.to_vec(),
            line,
        })
    }
}

/// A note, taken apart and not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'n> {
    /// With its final newline.
    pub text: &'n str,
    /// At least one.
    pub signatures: Vec<SignatureLine<'n>>,
}

impl<'n> Note<'n> {
    /// Takes a note apart.
    ///
    /// # Errors
    /// [`NoteError::Form`].
    pub fn parse(note: &'n str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX || note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Form);
        }
        // The last empty line separates, so that no text can pass for signatures.
        let end = note.rfind("\n\n").ok_or(NoteError::Form)?;
        let (text, rest) = note.split_at(end + 1);
        let lines = rest.strip_prefix('\n').ok_or(NoteError::Form)?;
        Ok(Self {
            text,
            signatures: signature_lines(lines)?,
        })
    }

    /// The signatures of these keys on this note, each checked: key, and time where it is a cosignature. A line that names one
    /// of the keys and does not hold spoils the note; lines of others are left aside. A key that signed twice comes once.
    pub fn signed_by<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Signed<'k>>, NoteError> {
        let mut found: Vec<Signed<'k>> = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|key| key.is_of(line)) else {
                continue;
            };
            let at = check(self.text, key, &line.signature).ok_or(NoteError::Signature)?;
            if found.iter().all(|signed| signed.key != key) {
                found.push(Signed { key, at });
            }
        }
        Ok(found)
    }
}

/// Signature lines, each ended by a newline: at least one.
pub fn signature_lines(text: &str) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    let lines = text.strip_suffix('\n').ok_or(NoteError::Form)?;
    if lines.split('\n').count() > SIGNATURES_MAX {
        return Err(NoteError::Form);
    }
    lines.split('\n').map(SignatureLine::parse).collect()
}

/// A signature that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'k> {
    /// Whose.
    pub key: &'k VerifierKey,
    /// When a witness gave it; `None` for a log's own.
    pub at: Option<Timestamp>,
}

/// Whether the signature is this key's on this text; with the time for a cosignature.
fn check(text: &str, key: &VerifierKey, signature: &[u8]) -> Option<Option<Timestamp>> {
    match key.kind {
        NoteKind::Log => {
            key.key.verify(text.as_bytes(), signature).ok()?;
            Some(None)
        }
        NoteKind::Witness => {
            let (time, signature) = signature.split_first_chunk::<8>()?;
            let seconds = i64::try_from(u64::from_be_bytes(*time)).ok()?;
            let at = Timestamp::from_second(seconds).ok()?;
            key.key.verify(cosigned(text, seconds).as_bytes(), signature).ok()?;
            Some(Some(at))
        }
    }
}

/// What a witness signs: C2SP tlog-cosignature, "Ed25519 signed message".
fn cosigned(text: &str, seconds: i64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// The line, without newline, with which a log signs this text.
pub fn sign(name: &str, text: &str, signer: &dyn Signer) -> Result<String, SignError> {
    let signature = signer.sign(text.as_bytes())?;
    Ok(line(
        name,
        NoteKind::Log,
        &signer.public_key().to_bytes(),
        &[],
        &signature,
    ))
}

/// The line, without newline, with which a witness cosigns this text. `None` for a time before 1970.
pub fn cosign(name: &str, text: &str, at: Timestamp, signer: &dyn Signer) -> Result<Option<String>, SignError> {
    let seconds = at.as_second();
    let Ok(time) = u64::try_from(seconds) else {
        return Ok(None);
    };
    let signature = signer.sign(cosigned(text, seconds).as_bytes())?;
    let key = signer.public_key().to_bytes();
    Ok(Some(line(
        name,
        NoteKind::Witness,
        &key,
        &time.to_be_bytes(),
        &signature,
    )))
}

fn line(name: &str, kind: NoteKind, key: &[u8], time: &[u8], signature: &[u8]) -> String {
    let mut bytes = key_id(name, kind, key).to_vec();
    bytes.extend(time);
    bytes.extend(signature);
    format!("\u{2014} {name} {}", BASE64.encode(&bytes))
}

/// Whether this key may sign notes of this kind.
pub fn may_sign(signer: &dyn Signer, kind: NoteKind) -> bool {
    let purpose = match kind {
        NoteKind::Log => Purpose::Checkpoint,
        NoteKind::Witness => Purpose::Witness,
    };
    signer.purpose() == purpose && signer.algorithm() == Algorithm::Ed25519
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification.
    const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_holds() {
        let key: VerifierKey = VKEY.parse().unwrap();
        assert_eq!(key.to_string(), VKEY);
        let keys = [key];
        let note = Note::parse(NOTE).unwrap();
        assert_eq!(note.signed_by(&keys).unwrap().len(), 1);
        let changed = NOTE.replace("example message", "exemplary message");
        assert_eq!(
            Note::parse(&changed).unwrap().signed_by(&keys),
            Err(NoteError::Signature)
        );
    }

    #[test]
    fn a_line_with_the_same_name_or_the_same_id_is_another_key() {
        let keys = [VKEY.parse::<VerifierKey>().unwrap()];
        let (text, line) = NOTE.split_once("\n\n").unwrap();
        let other_name = line.replace("example.com/foo", "example.com/bar");
        let note = format!("{text}\n\n{other_name}");
        assert_eq!(Note::parse(&note).unwrap().signed_by(&keys).unwrap(), []);
        // A collision of name and id is told by the signature, beside a good line as well.
        let junk = format!(
            "\u{2014} example.com/foo {}\n",
            BASE64.encode(&[&keys[0].key_id()[..], &[7; 64]].concat())
        );
        let note = format!("{text}\n\n{line}{junk}");
        assert_eq!(Note::parse(&note).unwrap().signed_by(&keys), Err(NoteError::Signature));
        let note = format!("{text}\n\n{line}{line}");
        assert_eq!(
            Note::parse(&note).unwrap().signed_by(&keys).unwrap().len(),
            1,
            "twice is once"
        );
    }

    #[test]
    fn what_is_no_note_is_refused() {
        let (text, line) = NOTE.split_once("\n\n").unwrap();
        let many = |count: usize| format!("{text}\n\n{}", line.repeat(count));
        assert!(Note::parse(&many(SIGNATURES_MAX)).is_ok());
        for bad in [
            String::new(),
            text.to_owned(),
            format!("{text}\n\n"),
            format!("{text}\n\n{}", line.trim_end()),
            format!("{text}\n\n{line}\n"),
            format!("{text}\r\n\n{line}"),
            format!("{text}\n\n- example.com/foo AAAA\n"),
            format!("{text}\n\n\u{2014} example.com/foo AAAAAA==\n"),
            format!("{text}\n\n\u{2014} example.com/foo !\n"),
            many(SIGNATURES_MAX + 1),
            format!("{}\n\n{line}", "x".repeat(NOTE_BYTES_MAX)),
        ] {
            assert_eq!(Note::parse(&bad), Err(NoteError::Form), "{bad:.60?}");
        }
        for bad in [
            "",
            "example.com/foo",
            "example.com/foo+530d903a",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
        ] {
            assert_eq!(bad.parse::<VerifierKey>(), Err(VerifierKeyError), "{bad}");
        }
    }
}
