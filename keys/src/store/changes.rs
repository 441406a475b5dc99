//! What is changed in a key file over its life.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;

use super::KeyStoreError;
use super::file::{KeyFile, SecretKey, TokenKey};
use crate::authority;
use crate::directory::{Compromise, KeyDirectory, PublicKeyEntry, certified_key};
use crate::entropy::Entropy;
use crate::identity::{Algorithm, KeyId, Purpose};
use crate::public::PublicKey;
use crate::signer::Signer as _;
use crate::software::{SoftwareSigner, draw_secret};

impl KeyFile {
    /// Draws a key and keeps it in the file; its signatures count from the given instant on.
    ///
    /// # Errors
    /// [`KeyStoreError::Kind`]: RSA keys are made in tokens alone, and each purpose has its algorithms.
    pub fn add(
        &mut self,
        purpose: Purpose,
        algorithm: Algorithm,
        from: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<KeyId, KeyStoreError> {
        if !fits(purpose, algorithm) || algorithm == Algorithm::Rsa2048 {
            return Err(KeyStoreError::Kind { purpose, algorithm });
        }
        loop {
            let secret = draw_secret(algorithm, entropy);
            let signer = SoftwareSigner::from_secret(purpose, algorithm, &secret)
                .ok_or(KeyStoreError::Seal("a drawn key is not usable"))?;
            let id = signer.key_id();
            // Names have 32 bits: once in a long while a fresh key has one that is taken.
            if self.entry(id).is_some() {
                continue;
            }
            self.secrets.keys.push(SecretKey {
                id,
                purpose,
                algorithm,
                secret: BASE64.encode(secret.as_ref()),
            });
            self.enter(purpose, signer.public_key().clone(), from)?;
            return Ok(id);
        }
    }

    /// Enters a key that was made in a token, where it stays; `object` is the token's own name of it.
    ///
    /// # Errors
    /// [`KeyStoreError::Kind`], [`KeyStoreError::Directory`].
    pub fn add_in_token(
        &mut self,
        purpose: Purpose,
        public_key: PublicKey,
        object: &[u8],
        from: Timestamp,
    ) -> Result<KeyId, KeyStoreError> {
        let (id, algorithm) = (public_key.id(), public_key.algorithm());
        if !fits(purpose, algorithm) {
            return Err(KeyStoreError::Kind { purpose, algorithm });
        }
        self.enter(purpose, public_key, from)?;
        self.head.token_keys.push(TokenKey {
            id,
            object: HEXLOWER.encode(object),
        });
        Ok(id)
    }

    /// Ends a key: what it signs for this instant or a later one no longer counts. Answers whether that was new.
    ///
    /// # Errors
    /// [`KeyStoreError::Unknown`]; [`KeyStoreError::Directory`] when it would end before it begins.
    pub fn retire(&mut self, key: KeyId, at: Timestamp) -> Result<bool, KeyStoreError> {
        let ended = self.entry(key).ok_or(KeyStoreError::Unknown(key))?.not_after;
        if ended.is_some() {
            return Ok(false);
        }
        self.change(key, |entry| entry.not_after = Some(at))?;
        Ok(true)
    }

    /// Marks a key as compromised. Answers whether that was new.
    ///
    /// # Errors
    /// [`KeyStoreError::Unknown`]; [`KeyStoreError::CompromisedEarlier`] when a mark is there already and reaches further back.
    pub fn compromise(&mut self, key: KeyId, compromise: Compromise) -> Result<bool, KeyStoreError> {
        let told = self.entry(key).ok_or(KeyStoreError::Unknown(key))?.compromised;
        if told == Some(compromise) {
            return Ok(false);
        }
        let later =
            |told: Compromise| compromise.since > told.since || compromise.last_good_position > told.last_good_position;
        if told.is_some_and(later) {
            return Err(KeyStoreError::CompromisedEarlier(key));
        }
        self.change(key, |entry| entry.compromised = Some(compromise))?;
        Ok(true)
    }

    /// Takes over what an authority has issued for a PDF key of this file: the key's own certificate, those between, and the
    /// authority's, which is trusted from now on beside the earlier ones. That they lead from one to the other is for the
    /// caller to check. Answers whether that was new.
    ///
    /// # Errors
    /// [`KeyStoreError::Unknown`] when the certificate is for none of the file's PDF keys.
    pub fn certify(
        &mut self,
        signing: &[u8],
        intermediates: &[Vec<u8>],
        authority: &[u8],
    ) -> Result<bool, KeyStoreError> {
        let key =
            certified_key(signing).ok_or(KeyStoreError::Seal("the certificate holds no key that is used here"))?;
        if self.head.directory.entry(Purpose::Pdf, key.id()).is_none() {
            return Err(KeyStoreError::Unknown(key.id()));
        }
        let between: Vec<String> = intermediates.iter().map(|der| BASE64.encode(der)).collect();
        let directory = &self.head.directory;
        let mut authorities = directory.pdf_authority().to_vec();
        if !authorities.iter().any(|known| known == authority) {
            authorities.push(authority.to_vec());
        }
        let same = directory.pdf_signing_certificate() == signing
            && authorities == directory.pdf_authority()
            && between == self.head.pdf_intermediates;
        if !same {
            self.head.directory = rebuilt(directory, directory.keys().to_vec(), authorities, signing.to_vec())?;
            self.head.pdf_intermediates = between;
        }
        Ok(!same)
    }

    /// A demonstration vouches for its own newest PDF key.
    ///
    /// # Errors
    /// [`KeyStoreError::Missing`] where there is no authority key, which only a demonstration has.
    pub fn certify_demonstration(&mut self, now: Timestamp, entropy: &dyn Entropy) -> Result<(), KeyStoreError> {
        let signers = self.signers()?;
        let newest = |purpose| {
            let found = signers.iter().rev().find(|signer| signer.purpose() == purpose);
            found.ok_or(KeyStoreError::Missing(purpose))
        };
        let (pdf, vouching) = (newest(Purpose::Pdf)?, newest(Purpose::Authority)?);
        let issuer = self.head.directory.issuer();
        let made = authority::demo_certificates(vouching, pdf.public_key(), issuer, now, entropy)
            .map_err(KeyStoreError::Authority)?;
        self.certify(&made.signing, &[], &made.authority)?;
        Ok(())
    }

    fn entry(&self, key: KeyId) -> Option<&PublicKeyEntry> {
        self.head.directory.keys().iter().find(|entry| entry.id() == key)
    }

    fn enter(&mut self, purpose: Purpose, public_key: PublicKey, from: Timestamp) -> Result<(), KeyStoreError> {
        let directory = &self.head.directory;
        let mut keys = directory.keys().to_vec();
        keys.push(PublicKeyEntry {
            purpose,
            public_key,
            not_before: from,
            not_after: None,
            demo: self.head.demo,
            compromised: None,
        });
        self.head.directory = with_keys(directory, keys)?;
        Ok(())
    }

    fn change(&mut self, key: KeyId, change: impl Fn(&mut PublicKeyEntry)) -> Result<(), KeyStoreError> {
        let directory = &self.head.directory;
        let mut keys = directory.keys().to_vec();
        keys.iter_mut().filter(|entry| entry.id() == key).for_each(change);
        self.head.directory = with_keys(directory, keys)?;
        Ok(())
    }
}

fn with_keys(directory: &KeyDirectory, keys: Vec<PublicKeyEntry>) -> Result<KeyDirectory, KeyStoreError> {
    let (authorities, signing) = (directory.pdf_authority(), directory.pdf_signing_certificate());
    rebuilt(directory, keys, authorities.to_vec(), signing.to_vec())
}

fn rebuilt(
    directory: &KeyDirectory,
    keys: Vec<PublicKeyEntry>,
    authorities: Vec<Vec<u8>>,
    signing: Vec<u8>,
) -> Result<KeyDirectory, KeyStoreError> {
    KeyDirectory::try_new(directory.issuer().to_owned(), keys, authorities, signing).map_err(KeyStoreError::Directory)
}

/// Which algorithm a key of this purpose may have: what the formats that it signs can hold.
const fn fits(purpose: Purpose, algorithm: Algorithm) -> bool {
    match purpose {
        Purpose::Pdf | Purpose::Authority => matches!(algorithm, Algorithm::P256 | Algorithm::Rsa2048),
        _ => matches!(algorithm, Algorithm::Ed25519),
    }
}
