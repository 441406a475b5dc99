//! The same credential for wallets: base45 (RFC 9285) over zlib (RFC 1950), as MOSIP's Claim 169 writes it. It is a second
//! envelope and not a second credential: the bytes within, and so the signature, are those of the address.

use std::io::{Read as _, Write as _};

use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};

use super::{CredentialError, TOKEN_BYTES_MAX, Token};

/// A text may have at most so many characters: 512 bytes that do not compress, in base45.
pub const CLAIM_169_CHARACTERS_MAX: usize = 800;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

impl Token {
    /// The text of a symbol for wallets. Two of them may differ and hold the same credential, because compression is free
    /// in how it writes.
    ///
    /// # Errors
    /// [`CredentialError::Text`]: memory cannot be written, which does not happen.
    pub fn to_claim_169(&self) -> Result<String, CredentialError> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        let written = zlib.write_all(self.bytes()).and_then(|()| zlib.finish());
        written.map(|bytes| encode(&bytes)).map_err(|_| CredentialError::Text)
    }

    /// Reads the text of a symbol for wallets, every character of it: blanks count.
    ///
    /// # Errors
    /// [`CredentialError`]; what unpacks to more than [`TOKEN_BYTES_MAX`] is given up there, however much it would be.
    pub fn from_claim_169(text: &str) -> Result<Self, CredentialError> {
        if text.len() > CLAIM_169_CHARACTERS_MAX {
            return Err(CredentialError::TooLong);
        }
        let packed = decode(text).ok_or(CredentialError::Text)?;
        Self::from_bytes(&unpacked(&packed)?)
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, CredentialError> {
    let mut bytes = Vec::new();
    let mut zlib = ZlibDecoder::new(packed);
    let most = u64::try_from(TOKEN_BYTES_MAX).unwrap_or(u64::MAX);
    (&mut zlib)
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| CredentialError::Text)?;
    if bytes.len() > TOKEN_BYTES_MAX {
        return Err(CredentialError::TooLong);
    }
    // Nothing may follow: what nobody reads must not be there.
    if zlib.total_in() == u64::try_from(packed.len()).unwrap_or(u64::MAX) {
        Ok(bytes)
    } else {
        Err(CredentialError::Text)
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for pair in bytes.chunks(2) {
        let mut n = pair.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
        for _ in 0..=pair.len() {
            text.extend(ALPHABET.get(n % 45).map(|letter| char::from(*letter)));
            n /= 45;
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(3) {
        let mut n = 0_usize;
        for letter in group.iter().rev() {
            n = n * 45 + ALPHABET.iter().position(|known| known == letter)?;
        }
        match group.len() {
            3 => bytes.extend(u16::try_from(n).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(n).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9285, section 4.
    #[test]
    fn the_standards_examples() {
        for (bytes, text) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("FGW"), Some(vec![0xFF, 0xFF]));
        // One more than two bytes can hold, one more than one byte can hold, one letter alone, small letters, others.
        assert_eq!(decode("U5"), Some(vec![0xFF]));
        for text in ["GGW", "V5", "::", ":::", "A", "BB8A", "bb8", "BB8\n", "é8", "BB="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    fn packed(bytes: &[u8]) -> String {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(bytes).unwrap();
        encode(&zlib.finish().unwrap())
    }

    #[test]
    fn what_unpacks_to_too_much_is_given_up_at_the_limit() {
        // Zeros are no credential, and so much the reader looks at; of one more it looks at none.
        let read = |count: usize| Token::from_claim_169(&packed(&vec![0; count]));
        assert!(matches!(read(TOKEN_BYTES_MAX), Err(CredentialError::Cbor(_))));
        assert_eq!(read(TOKEN_BYTES_MAX + 1), Err(CredentialError::TooLong));
        // The largest that the letters allow: half a megabyte in 800 letters.
        let bomb = packed(&vec![0; 480_000]);
        assert!(bomb.len() <= CLAIM_169_CHARACTERS_MAX, "{}", bomb.len());
        assert_eq!(Token::from_claim_169(&bomb), Err(CredentialError::TooLong));
    }

    #[test]
    fn the_letters_have_a_limit_that_every_credential_keeps() {
        let longest = |count: usize| Token::from_claim_169(&"0".repeat(count));
        assert_eq!(longest(CLAIM_169_CHARACTERS_MAX + 1), Err(CredentialError::TooLong));
        assert_ne!(longest(CLAIM_169_CHARACTERS_MAX), Err(CredentialError::TooLong));
        // Bytes that no compression shortens.
        let noise: Vec<u8> = (0..TOKEN_BYTES_MAX)
            .scan(7_u32, |state, _| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some(state.to_be_bytes()[0])
            })
            .collect();
        assert!(
            packed(&noise).len() <= CLAIM_169_CHARACTERS_MAX,
            "{}",
            packed(&noise).len()
        );
    }

    #[test]
    fn nothing_may_follow_the_packed_bytes() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(b"x").unwrap();
        let mut bytes = zlib.finish().unwrap();
        assert_eq!(unpacked(&bytes), Ok(b"x".to_vec()));
        bytes.push(0);
        assert_eq!(unpacked(&bytes), Err(CredentialError::Text));
        bytes.truncate(bytes.len() - 2);
        assert_eq!(unpacked(&bytes), Err(CredentialError::Text), "the checksum is cut");
    }
}
