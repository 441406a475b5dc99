//! Deterministic CBOR (RFC 8949, section 4.2.1), of which a certificate needs seven kinds of value. The decoder takes only
//! what the encoder writes: shortest lengths, sorted keys, no key twice, nothing behind the end. So two different byte
//! strings never mean the same.

use std::cmp::Ordering;

/// A CBOR value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer; major types 0 and 1.
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
    /// A list.
    Array(Vec<Value>),
    /// Pairs; written in the order of their encoded keys.
    Map(Vec<(Value, Value)>),
    /// True or false.
    Bool(bool),
    /// A tagged value.
    Tag(u64, Box<Value>),
}

/// Why bytes are not deterministic CBOR of these kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end too early.
    #[error("the bytes end inside a value")]
    Short,
    /// Bytes follow the value.
    #[error("bytes follow the value")]
    Trailing,
    /// A length or number is not written in the shortest way, or a key is out of order or there twice.
    #[error("the value is not written in the one allowed way")]
    NotDeterministic,
    /// A kind of value that no certificate has: a float, an indefinite length, a simple value.
    #[error("a kind of value that is not used here")]
    Kind,
    /// Text is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// Values stand inside values too often.
    #[error("values are nested too deeply")]
    Depth,
}

/// Deepest nesting: a record has four levels.
const DEPTH_MAX: usize = 8;

impl Value {
    /// A map whose keys are numbers, as CWT and COSE have it.
    pub(crate) fn numbered(pairs: Vec<(i64, Self)>) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (Self::Int(key), value)).collect())
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value of an integer key.
    #[must_use]
    pub fn get(&self, key: i64) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(k, _)| *k == Self::Int(key)).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of a text key.
    #[must_use]
    pub fn get_text(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(k, _)| matches!(k, Self::Text(text) if text == key))
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if it is a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The bytes of this value.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Int(n) => match u64::try_from(*n) {
                Ok(n) => head(out, 0, n),
                // -1 - n: the bitwise complement.
                Err(_) => head(out, 1, u64::try_from(!*n).unwrap_or_default()),
            },
            Self::Bytes(bytes) => {
                head(out, 2, length(bytes.len()));
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, length(text.len()));
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(out, 4, length(items.len()));
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(pairs) => {
                head(out, 5, length(pairs.len()));
                let mut encoded: Vec<(Vec<u8>, &Self)> = pairs.iter().map(|(k, v)| (k.encode(), v)).collect();
                encoded.sort_by(|(a, _), (b, _)| a.cmp(b));
                for (key, value) in encoded {
                    out.extend_from_slice(&key);
                    value.write(out);
                }
            }
            Self::Bool(value) => out.push(if *value { 0xF5 } else { 0xF4 }),
            Self::Tag(tag, value) => {
                head(out, 6, *tag);
                value.write(out);
            }
        }
    }

    /// Reads one value and nothing else.
    ///
    /// # Errors
    /// [`CborError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut reader = Reader { rest: bytes };
        let value = reader.value(DEPTH_MAX)?;
        if reader.rest.is_empty() {
            Ok(value)
        } else {
            Err(CborError::Trailing)
        }
    }
}

fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn head(out: &mut Vec<u8>, major: u8, n: u64) {
    let major = major << 5;
    match n {
        0..=23 => out.push(major | n.to_be_bytes()[7]),
        24..=0xFF => out.extend_from_slice(&[major | 24, n.to_be_bytes()[7]]),
        0x100..=0xFFFF => {
            out.push(major | 25);
            out.extend_from_slice(&n.to_be_bytes()[6..]);
        }
        0x1_0000..=0xFFFF_FFFF => {
            out.push(major | 26);
            out.extend_from_slice(&n.to_be_bytes()[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&n.to_be_bytes());
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], CborError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CborError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<u64, CborError> {
        Ok(self.take(width)?.iter().fold(0, |n, byte| (n << 8) | u64::from(*byte)))
    }

    /// Major type and argument; the argument in its shortest form.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let first = self.take(1)?.first().copied().ok_or(CborError::Short)?;
        let (major, low) = (first >> 5, first & 31);
        let (argument, least) = match low {
            0..=23 => (u64::from(low), 0),
            24 => (self.number(1)?, 24),
            25 => (self.number(2)?, 0x100),
            26 => (self.number(4)?, 0x1_0000),
            27 => (self.number(8)?, 0x1_0000_0000),
            _ => return Err(CborError::Kind),
        };
        if major != 7 && argument < least {
            return Err(CborError::NotDeterministic);
        }
        Ok((major, argument))
    }

    fn value(&mut self, depth: usize) -> Result<Value, CborError> {
        let depth = depth.checked_sub(1).ok_or(CborError::Depth)?;
        let (major, n) = self.head()?;
        let signed = |n: u64| i64::try_from(n).map_err(|_| CborError::Kind);
        let size = || usize::try_from(n).map_err(|_| CborError::Short);
        Ok(match major {
            0 => Value::Int(signed(n)?),
            1 => Value::Int(!signed(n)?),
            2 => Value::Bytes(self.take(size()?)?.to_vec()),
            3 => Value::Text(
                std::str::from_utf8(self.take(size()?)?)
                    .map_err(|_| CborError::Utf8)?
                    .to_owned(),
            ),
            4 => {
                let mut items = Vec::new();
                for _ in 0..n {
                    items.push(self.value(depth)?);
                }
                Value::Array(items)
            }
            5 => {
                let mut pairs: Vec<(Value, Value)> = Vec::new();
                let mut before: Option<&[u8]> = None;
                for _ in 0..n {
                    let start = self.rest;
                    let key = self.value(depth)?;
                    let written = start.get(..start.len() - self.rest.len()).unwrap_or_default();
                    if before.is_some_and(|before| before.cmp(written) != Ordering::Less) {
                        return Err(CborError::NotDeterministic);
                    }
                    before = Some(written);
                    pairs.push((key, self.value(depth)?));
                }
                Value::Map(pairs)
            }
            6 => Value::Tag(n, Box::new(self.value(depth)?)),
            _ => match n {
                20 => Value::Bool(false),
                21 => Value::Bool(true),
                _ => return Err(CborError::Kind),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::Int),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
            ".{0,40}".prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::btree_map(any::<i16>(), inner.clone(), 0..6).prop_map(|map| {
                    Value::Map(map.into_iter().map(|(k, v)| (Value::Int(i64::from(k)), v)).collect())
                }),
                (any::<u64>(), inner).prop_map(|(tag, value)| Value::Tag(tag, Box::new(value))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_written_the_same(value in any_value()) {
            let bytes = value.encode();
            prop_assert_eq!(Value::decode(&bytes).unwrap().encode(), bytes);
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = Value::decode(&bytes) {
                prop_assert_eq!(value.encode(), bytes);
            }
        }
    }

    // RFC 8949, appendix A.
    #[test]
    fn the_standards_examples() {
        for (value, hex) in [
            (Value::Int(0), "00"),
            (Value::Int(23), "17"),
            (Value::Int(24), "1818"),
            (Value::Int(1000), "1903e8"),
            (Value::Int(1_000_000), "1a000f4240"),
            (Value::Int(1_000_000_000_000), "1b000000e8d4a51000"),
            (Value::Int(-1), "20"),
            (Value::Int(-1000), "3903e7"),
            (Value::text("IETF"), "6449455446"),
            (Value::Bytes(vec![1, 2, 3, 4]), "4401020304"),
            (Value::Bool(true), "f5"),
        ] {
            assert_eq!(data_encoding::HEXLOWER.encode(&value.encode()), hex);
        }
    }

    #[test]
    fn other_ways_of_writing_are_refused() {
        for (hex, error) in [
            ("1817", CborError::NotDeterministic),
            ("190018", CborError::NotDeterministic),
            ("a202000100", CborError::NotDeterministic),
            ("a201000100", CborError::NotDeterministic),
            ("9f01ff", CborError::Kind),
            ("f93c00", CborError::Kind),
            ("f6", CborError::Kind),
            ("6161ff", CborError::Trailing),
            ("6261", CborError::Short),
            ("61ff", CborError::Utf8),
            ("818181818181818100", CborError::Depth),
        ] {
            assert_eq!(
                Value::decode(&data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()),
                Err(error),
                "{hex}"
            );
        }
    }
}
