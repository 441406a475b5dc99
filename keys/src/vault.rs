//! Authenticated encryption of what is kept: AES-256-GCM-SIV (RFC 8452), which stays safe if a nonce should ever repeat.
//! A sealed value is `nonce (12) | ciphertext | tag (16)`.
//!
//! Every subject has a data key of its own; the store keeps it wrapped under the vault's master. Destroying the wrapped key
//! makes all that was sealed under it unreadable for good, copies included.

use std::sync::Arc;

use aes_gcm_siv::aead::{Aead as _, AeadInOut as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::entropy::Entropy;

const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;
/// Binds a wrapped key to its use, so that no other sealed value can pass for one.
const WRAP_CONTEXT: &[u8] = b"praman subject key v1";

/// A subject's data key as it is stored: sealed under the vault's master (60 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

/// The vault could not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The wrapped key is damaged or belongs to another vault.
    #[error("the wrapped key is damaged or was wrapped by another vault")]
    Unwrap,
    /// The sealed value is damaged, or was sealed under another key or for another place.
    #[error("the sealed value does not open under this key and context")]
    Open,
    /// More than the cipher takes in one piece (64 GiB).
    #[error("the value is too long to be sealed")]
    Seal,
}

/// The master key and the keys derived from it. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Derived>);

struct Derived {
    wrap: Aes256GcmSiv,
    row: Aes256GcmSiv,
    /// Keyed once; a clone takes each value.
    blind: Hmac<Sha256>,
}

/// A subject's data key, opened: for many values of one person. It lives in memory only; who holds one drops it when the key is
/// destroyed.
#[derive(Clone)]
pub struct SubjectCipher(Arc<Aes256GcmSiv>);

impl std::fmt::Debug for SubjectCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectCipher(..)")
    }
}

impl SubjectCipher {
    /// As [`Vault::seal`], with this key.
    ///
    /// # Errors
    /// [`VaultError::Seal`].
    pub fn seal(&self, entropy: &dyn Entropy, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(&self.0, entropy, aad, plain)
    }

    /// As [`Vault::open`], with this key.
    ///
    /// # Errors
    /// [`VaultError::Open`].
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&self.0, aad, sealed).ok_or(VaultError::Open)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

impl Vault {
    /// A vault with a fresh master that is kept nowhere: what it seals is lost with it. For tests and throw-away runs; a
    /// lasting one comes from a key store.
    pub fn ephemeral(entropy: &dyn Entropy) -> Self {
        let mut master = Zeroizing::new([0; 32]);
        entropy.fill(master.as_mut());
        Self::from_master(&master)
    }

    pub(crate) fn from_master(master: &[u8; 32]) -> Self {
        let cipher = |label| Aes256GcmSiv::new(&(*derive(master, label)).into());
        Self(Arc::new(Derived {
            wrap: cipher(b"praman vault v1 wrap"),
            row: cipher(b"praman vault v1 rows"),
            blind: keyed(&derive(master, b"praman vault v1 look")),
        }))
    }

    /// A fresh data key for one subject, wrapped.
    ///
    /// # Errors
    /// [`VaultError::Seal`], which 32 bytes cannot cause.
    pub fn new_subject_key(&self, entropy: &dyn Entropy) -> Result<WrappedKey, VaultError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        entropy.fill(key.as_mut());
        Ok(WrappedKey(seal(&self.0.wrap, entropy, WRAP_CONTEXT, key.as_ref())?))
    }

    /// Seals a subject's value. `aad` names the place it belongs to; it must be the same when opening.
    ///
    /// # Errors
    /// [`VaultError::Unwrap`] or [`VaultError::Seal`].
    pub fn seal(
        &self,
        key: &WrappedKey,
        entropy: &dyn Entropy,
        aad: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.subject(key)?.seal(entropy, aad, plain)
    }

    /// Opens a subject's key for many values.
    ///
    /// # Errors
    /// [`VaultError::Unwrap`].
    pub fn subject(&self, key: &WrappedKey) -> Result<SubjectCipher, VaultError> {
        let bytes = Zeroizing::new(open(&self.0.wrap, WRAP_CONTEXT, &key.0).ok_or(VaultError::Unwrap)?);
        let cipher = Aes256GcmSiv::new_from_slice(&bytes).map_err(|_| VaultError::Unwrap)?;
        Ok(SubjectCipher(Arc::new(cipher)))
    }

    /// Opens a subject's value.
    ///
    /// # Errors
    /// [`VaultError::Unwrap`] or [`VaultError::Open`].
    pub fn open(&self, key: &WrappedKey, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.subject(key)?.open(aad, sealed)
    }

    /// Seals a row or document at rest, under a key that belongs to no subject.
    ///
    /// # Errors
    /// [`VaultError::Seal`].
    pub fn seal_row(&self, entropy: &dyn Entropy, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal(&self.0.row, entropy, aad, plain)
    }

    /// Opens a row or document at rest.
    ///
    /// # Errors
    /// [`VaultError::Open`].
    pub fn open_row(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open(&self.0.row, aad, sealed).ok_or(VaultError::Open)
    }

    /// A keyed fingerprint (HMAC-SHA-256) of a value, for finding it again without storing it. Without the key a phone
    /// number could be recovered from its plain hash by trying all of them. `label` keeps different uses apart.
    pub fn blind(&self, label: &str, value: &[u8]) -> [u8; 32] {
        let length = u64::try_from(label.len()).unwrap_or(u64::MAX).to_be_bytes();
        finish(self.0.blind.clone(), &[&length, label.as_bytes(), value])
    }
}

pub(crate) fn seal(
    cipher: &Aes256GcmSiv,
    entropy: &dyn Entropy,
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_LENGTH];
    entropy.fill(&mut nonce);
    // Built in place: nonce, text, tag.
    let mut sealed = Vec::with_capacity(NONCE_LENGTH + plain.len() + TAG_LENGTH);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let text = sealed.get_mut(NONCE_LENGTH..).unwrap_or_default();
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(nonce), aad, text.into())
        .map_err(|_| VaultError::Seal)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

pub(crate) fn open(cipher: &Aes256GcmSiv, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    cipher
        .decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad })
        .ok()
}

/// HKDF-Expand (RFC 5869) for one block: the master is uniformly random, so the extract step has nothing to add.
fn derive(master: &[u8; 32], info: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(mac(master, &[info, &[1]]))
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    finish(keyed(key), parts)
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    // `new` takes a block of the hash; a shorter key is padded with zeros (RFC 2104).
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new(&block.into());
    block.zeroize();
    mac
}

fn finish(mut mac: Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        // RFC 4231, test case 1, whose key is 20 bytes; zero padding up to 32 does not change HMAC.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            data_encoding::HEXLOWER.encode(&mac(&key, &[b"Hi ", b"There"])),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn what_is_sealed_opens_only_with_its_key_and_place() {
        let entropy = SeededEntropy::new(3);
        let vault = Vault::ephemeral(&entropy);
        let (asha, ravi) = (
            vault.new_subject_key(&entropy).unwrap(),
            vault.new_subject_key(&entropy).unwrap(),
        );
        assert_eq!(asha.0.len(), 60);
        let sealed = vault.seal(&asha, &entropy, b"place", b"secret").unwrap();
        assert_eq!(vault.open(&asha, b"place", &sealed).unwrap(), b"secret");
        assert_eq!(vault.open(&ravi, b"place", &sealed), Err(VaultError::Open));
        assert_eq!(vault.open(&asha, b"other", &sealed), Err(VaultError::Open));
        assert_eq!(vault.open_row(b"place", &sealed), Err(VaultError::Open));
        let other = Vault::ephemeral(&entropy);
        assert_eq!(other.open(&asha, b"place", &sealed), Err(VaultError::Unwrap));
        for index in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[index] ^= 1;
            assert_eq!(vault.open(&asha, b"place", &bad), Err(VaultError::Open));
            assert_eq!(vault.open(&asha, b"place", &sealed[..index]), Err(VaultError::Open));
        }
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        let entropy = SeededEntropy::new(4);
        let vault = Vault::ephemeral(&entropy);
        let (a, b) = (
            vault.seal_row(&entropy, b"k", b"v").unwrap(),
            vault.seal_row(&entropy, b"k", b"v").unwrap(),
        );
        assert_ne!(a, b);
        assert_eq!(vault.open_row(b"k", &a).unwrap(), vault.open_row(b"k", &b).unwrap());
    }

    #[test]
    fn a_sealed_value_cannot_pass_for_a_wrapped_key() {
        let entropy = SeededEntropy::new(5);
        let vault = Vault::ephemeral(&entropy);
        let row = vault.seal_row(&entropy, b"praman subject key v1", &[0; 32]).unwrap();
        assert_eq!(
            vault.seal(&WrappedKey(row), &entropy, b"", b"x"),
            Err(VaultError::Unwrap)
        );
    }

    #[test]
    fn fingerprints_depend_on_label_value_and_vault() {
        let entropy = SeededEntropy::new(6);
        let vault = Vault::ephemeral(&entropy);
        let print = vault.blind("phone", b"911234567890");
        assert_eq!(print, vault.clone().blind("phone", b"911234567890"));
        assert_ne!(print, vault.blind("phon", b"e911234567890"));
        assert_ne!(print, Vault::ephemeral(&entropy).blind("phone", b"911234567890"));
    }
}
