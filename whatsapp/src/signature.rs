//! Is this from Meta? The signature over a webhook's raw bytes, and the handshake that registers the address.
//!
//! Meta posts JSON as ASCII with `\uXXXX`, and signs those bytes. They are checked before anything is parsed:
//! a check over re-serialised JSON works in English and fails on the first Hindi message.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Name of the header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// Why a webhook was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No secret, or an empty one, was configured.
    #[error("no usable app secret is configured")]
    NoSecret,
    /// The header is absent.
    #[error("the webhook carries no signature")]
    Missing,
    /// Not `sha256=` and 64 hex digits. The old `sha1=` form ends here.
    #[error("the webhook's signature is not of the form sha256=<64 hex digits>")]
    Malformed,
    /// Well formed, made with another secret or over other bytes.
    #[error("the webhook's signature does not match")]
    Mismatch,
}

/// The app secrets that are accepted: one, or the old and the new one during a rotation.
#[derive(Clone)]
pub struct AppSecrets(Vec<Vec<u8>>);

impl std::fmt::Debug for AppSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppSecrets({})", self.0.len())
    }
}

impl AppSecrets {
    /// Takes the secrets; refuses an empty list and an empty secret.
    pub fn try_new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, SignatureError> {
        let secrets: Vec<Vec<u8>> = secrets.into_iter().map(|secret| secret.as_ref().to_vec()).collect();
        if secrets.is_empty() || secrets.iter().any(Vec::is_empty) {
            return Err(SignatureError::NoSecret);
        }
        Ok(Self(secrets))
    }

    /// Checks the value of [`SIGNATURE_HEADER`] against the raw body. Every secret is tried, each in constant time.
    pub fn verify(&self, header: Option<&[u8]>, raw: &[u8]) -> Result<(), SignatureError> {
        let header = header.ok_or(SignatureError::Missing)?;
        let hex = header.strip_prefix(b"sha256=").ok_or(SignatureError::Malformed)?;
        let claimed = HEXLOWER_PERMISSIVE.decode(hex).map_err(|_| SignatureError::Malformed)?;
        if claimed.len() != 32 {
            return Err(SignatureError::Malformed);
        }
        let mut matches = Choice::from(0);
        for secret in &self.0 {
            let expected = mac(secret, raw).ok_or(SignatureError::NoSecret)?;
            matches |= expected.as_slice().ct_eq(claimed.as_slice());
        }
        if bool::from(matches) {
            Ok(())
        } else {
            Err(SignatureError::Mismatch)
        }
    }
}

/// The header's value for a body: `sha256=` and 64 lower-case hex digits.
pub fn sign(secret: &[u8], raw: &[u8]) -> Result<String, SignatureError> {
    let tag = mac(secret, raw).ok_or(SignatureError::NoSecret)?;
    Ok(format!("sha256={}", HEXLOWER.encode(&tag)))
}

fn mac(secret: &[u8], raw: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).ok()?;
    mac.update(raw);
    Some(mac.finalize().into_bytes().to_vec())
}

/// The query of `GET /webhooks/whatsapp` with which Meta checks that the address is ours.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HandshakeQuery {
    /// Must be `subscribe`.
    #[serde(rename = "hub.mode")]
    pub mode: Option<String>,
    /// The token that was typed into Meta's settings.
    #[serde(rename = "hub.verify_token")]
    pub verify_token: Option<String>,
    /// To be sent back alone, as text.
    #[serde(rename = "hub.challenge")]
    pub challenge: Option<String>,
}

/// The handshake failed; answer 403 without saying why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook handshake was refused")]
pub struct HandshakeRefused;

/// Returns the challenge to answer with (200, `text/plain`), or refuses.
///
/// The challenge is echoed to whoever knows the token, so it is held to letters, digits, `-` and `_`.
pub fn handshake(query: &HandshakeQuery, verify_token: &str) -> Result<String, HandshakeRefused> {
    let given = query.verify_token.as_deref().unwrap_or_default();
    // Digests have one length whatever the token's, so the comparison tells nothing about it.
    let same = Sha256::digest(given.as_bytes())
        .as_slice()
        .ct_eq(Sha256::digest(verify_token.as_bytes()).as_slice());
    let challenge = query.challenge.as_deref().unwrap_or_default();
    let plain = (1..=256).contains(&challenge.len())
        && challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if bool::from(same) && !verify_token.is_empty() && query.mode.as_deref() == Some("subscribe") && plain {
        Ok(challenge.to_owned())
    } else {
        Err(HandshakeRefused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_tag_is_that_of_the_rfc() {
        assert_eq!(
            sign(b"Jefe", b"what do ya want for nothing?").unwrap(),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_is_missing_old_short_or_foreign_is_refused() {
        let secrets = AppSecrets::try_new(["new", "old"]).unwrap();
        let body = br#"{"text":"\u0928\u092e\u0938\u094d\u0924\u0947"}"#;
        let good = sign(b"new", body).unwrap();
        let upper = good.to_uppercase().replace("SHA256", "sha256");
        let foreign = sign(b"other", body).unwrap();
        let sha1 = "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let short = good.get(..70).unwrap();
        let long = format!("{good}00");
        let not_hex = good.replace(|c: char| c.is_ascii_digit(), "g");
        for (header, expected) in [
            (Some(good.as_str()), Ok(())),
            (Some(upper.as_str()), Ok(())),
            (Some(&sign(b"old", body).unwrap()), Ok(())),
            (None, Err(SignatureError::Missing)),
            (Some(""), Err(SignatureError::Malformed)),
            (Some(sha1), Err(SignatureError::Malformed)),
            (Some("sha256="), Err(SignatureError::Malformed)),
            (Some(short), Err(SignatureError::Malformed)),
            (Some(long.as_str()), Err(SignatureError::Malformed)),
            (Some(not_hex.as_str()), Err(SignatureError::Malformed)),
            (Some(foreign.as_str()), Err(SignatureError::Mismatch)),
        ] {
            assert_eq!(secrets.verify(header.map(str::as_bytes), body), expected, "{header:?}");
        }
        let mut changed = body.to_vec();
        changed.push(b' ');
        assert_eq!(
            secrets.verify(Some(good.as_bytes()), &changed),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn an_empty_secret_is_never_accepted() {
        assert!(AppSecrets::try_new::<&str>([]).is_err());
        assert!(AppSecrets::try_new(["good", ""]).is_err());
    }

    #[test]
    fn the_handshake_gives_the_challenge_to_the_right_token_only() {
        let query = |mode: &str, token: &str, challenge: &str| HandshakeQuery {
            mode: Some(mode.into()),
            verify_token: Some(token.into()),
            challenge: Some(challenge.into()),
        };
        assert_eq!(
            handshake(&query("subscribe", "token", "1158201444"), "token"),
            Ok("1158201444".into())
        );
        for refused in [
            query("subscribe", "Token", "1"),
            query("subscribe", "", "1"),
            query("unsubscribe", "token", "1"),
            query("subscribe", "token", ""),
            query("subscribe", "token", "<script>"),
            HandshakeQuery::default(),
        ] {
            assert_eq!(handshake(&refused, "token"), Err(HandshakeRefused));
        }
        assert_eq!(handshake(&query("subscribe", "", "1"), ""), Err(HandshakeRefused));
    }
}
