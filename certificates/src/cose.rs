//! COSE_Sign1 (RFC 9052) in the one form that ours has: an Ed25519 key named in the protected header, the type of the content and
//! of the whole where there is one (RFC 9596), nothing unprotected, nothing detached.

use keys::{KeyId, SignError, Signer};

use crate::cbor::{CborError, Value};

/// Ed25519.
const SIGNATURE_BYTES: usize = 64;

// Header parameters, the algorithm, and the tag (RFC 9052; typ: RFC 9596).
const ALG: i64 = 1;
const CONTENT: i64 = 3;
const KID: i64 = 4;
const TYP: i64 = 16;
const EDDSA: i64 = -8;
const SIGN1: u64 = 18;

/// Why bytes are no message of this form.
#[derive(Debug)]
pub(crate) enum FormError {
    /// Not written in the one allowed way.
    Cbor(CborError),
    /// This part is missing or of the wrong kind.
    Part(&'static str),
}

impl From<CborError> for FormError {
    fn from(error: CborError) -> Self {
        Self::Cbor(error)
    }
}

/// What kind of message it is. It stands under the signature, so that none is taken for one of another kind.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The media type of the payload.
    pub(crate) content: Option<&'static str>,
    /// The media type of the whole.
    pub(crate) typ: Option<&'static str>,
}

impl Kind {
    /// The credential of the symbol, where each byte counts: it names no type, and nothing else of ours is without one.
    pub(crate) const BARE: Self = Self {
        content: None,
        typ: None,
    };
}

/// A message whose form was checked and whose signature was not.
pub(crate) struct Sign1 {
    /// The key's name as it stands there: [`short`] where it is four bytes.
    pub(crate) kid: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    /// What the signature is over.
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Sign1 {
    /// Reads a message of this kind.
    pub(crate) fn read(bytes: &[u8], kind: Kind) -> Result<Self, FormError> {
        let part = FormError::Part;
        let Value::Tag(SIGN1, message) = Value::decode(bytes)? else {
            return Err(part("tag"));
        };
        let Value::Array(parts) = *message else {
            return Err(part("structure"));
        };
        let [
            Value::Bytes(head),
            Value::Map(unprotected),
            Value::Bytes(payload),
            Value::Bytes(signature),
        ] = parts.as_slice()
        else {
            return Err(part("structure"));
        };
        if !unprotected.is_empty() || signature.len() != SIGNATURE_BYTES {
            return Err(part("structure"));
        }
        let Value::Map(header) = Value::decode(head)? else {
            return Err(part("header"));
        };
        let mut header = header.into_iter().peekable();
        if header.next() != Some((Value::Int(ALG), Value::Int(EDDSA))) {
            return Err(part("header"));
        }
        named(header.next_if(|_| kind.content.is_some()), CONTENT, kind.content)?;
        let Some((Value::Int(KID), Value::Bytes(kid))) = header.next() else {
            return Err(part("header"));
        };
        named(header.next(), TYP, kind.typ)?;
        if header.next().is_some() {
            return Err(part("header"));
        }
        Ok(Self {
            kid,
            signed: to_be_signed(head, payload),
            payload: payload.clone(),
            signature: signature.clone(),
        })
    }
}

/// Whether a part of the header is the type that is wanted there, or absent where none is.
fn named(found: Option<(Value, Value)>, label: i64, wanted: Option<&str>) -> Result<(), FormError> {
    match (found, wanted) {
        (None, None) => Ok(()),
        (Some((Value::Int(key), Value::Text(text))), Some(wanted)) if key == label => {
            if text == wanted {
                Ok(())
            } else {
                Err(FormError::Part("type"))
            }
        }
        _ => Err(FormError::Part("header")),
    }
}

/// A key's name of four bytes.
pub(crate) fn short(kid: &[u8]) -> Result<KeyId, FormError> {
    let kid: [u8; 4] = kid.try_into().map_err(|_| FormError::Part("key"))?;
    Ok(kid.into())
}

/// Signs a message; the same bytes for the same payload, name of the key, kind and key.
pub(crate) fn sign1(signer: &dyn Signer, kid: &[u8], kind: Kind, payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let head = protected(kid, kind);
    let signature = signer.sign(&to_be_signed(&head, &payload))?;
    Ok(assemble(head, payload, signature))
}

/// The message that [`sign1`] made, with a signature that was kept.
#[cfg(feature = "papers")]
pub(crate) fn again(kid: &[u8], kind: Kind, payload: Vec<u8>, signature: Vec<u8>) -> Vec<u8> {
    assemble(protected(kid, kind), payload, signature)
}

/// How many bytes a bare message has whose payload has so many.
pub(crate) fn signed_len(payload: Vec<u8>) -> usize {
    assemble(protected(&[0; 4], Kind::BARE), payload, vec![0; SIGNATURE_BYTES]).len()
}

fn protected(kid: &[u8], kind: Kind) -> Vec<u8> {
    let mut header = vec![(ALG, Value::Int(EDDSA)), (KID, Value::Bytes(kid.to_vec()))];
    header.extend(kind.content.map(|content| (CONTENT, Value::text(content))));
    header.extend(kind.typ.map(|typ| (TYP, Value::text(typ))));
    Value::numbered(header).encode()
}

fn assemble(head: Vec<u8>, payload: Vec<u8>, signature: Vec<u8>) -> Vec<u8> {
    let parts = vec![
        Value::Bytes(head),
        Value::Map(vec![]),
        Value::Bytes(payload),
        Value::Bytes(signature),
    ];
    Value::Tag(SIGN1, Box::new(Value::Array(parts))).encode()
}

/// `Sig_structure` of RFC 9052, section 4.4.
pub(crate) fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    Value::Array(vec![
        Value::text("Signature1"),
        Value::Bytes(protected.to_vec()),
        Value::Bytes(vec![]),
        Value::Bytes(payload.to_vec()),
    ])
    .encode()
}
