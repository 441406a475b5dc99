//! COSE_Sign1 (RFC 9052) in the one form that ours has: an Ed25519 key named in the protected header, a type where there is one
//! (RFC 9596), nothing unprotected, nothing detached.

use keys::{KeyId, SignError, Signer};

use crate::cbor::{CborError, Value};

/// Ed25519.
const SIGNATURE_BYTES: usize = 64;

// Header parameters, the algorithm, and the tag (RFC 9052; typ: RFC 9596).
const ALG: i64 = 1;
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

/// A message whose form was checked and whose signature was not.
pub(crate) struct Sign1 {
    pub(crate) kid: KeyId,
    pub(crate) payload: Vec<u8>,
    /// What the signature is over.
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Sign1 {
    /// Reads a message with this type, or without any.
    pub(crate) fn read(bytes: &[u8], typ: Option<&str>) -> Result<Self, FormError> {
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
        let [
            (Value::Int(ALG), Value::Int(EDDSA)),
            (Value::Int(KID), Value::Bytes(kid)),
            rest @ ..,
        ] = header.as_slice()
        else {
            return Err(part("header"));
        };
        let kid: [u8; 4] = kid.as_slice().try_into().map_err(|_| part("key"))?;
        match (typ, rest) {
            (None, []) => {}
            (Some(typ), [(Value::Int(TYP), Value::Text(found))]) if found == typ => {}
            (Some(_), [(Value::Int(TYP), Value::Text(_))]) => return Err(part("type")),
            _ => return Err(part("header")),
        }
        Ok(Self {
            kid: kid.into(),
            signed: to_be_signed(head, payload),
            payload: payload.clone(),
            signature: signature.clone(),
        })
    }
}

/// Signs a message; the same bytes for the same payload, type and key.
pub(crate) fn sign1(signer: &dyn Signer, typ: Option<&str>, payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let head = protected(signer.key_id(), typ);
    let signature = signer.sign(&to_be_signed(&head, &payload))?;
    Ok(assemble(head, payload, signature))
}

/// How many bytes a message without a type has whose payload has so many.
pub(crate) fn signed_len(payload: Vec<u8>) -> usize {
    assemble(protected(KeyId::from([0; 4]), None), payload, vec![0; SIGNATURE_BYTES]).len()
}

fn protected(kid: KeyId, typ: Option<&str>) -> Vec<u8> {
    let mut header = vec![(ALG, Value::Int(EDDSA)), (KID, Value::Bytes(kid.to_bytes().to_vec()))];
    header.extend(typ.map(|typ| (TYP, Value::text(typ))));
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
