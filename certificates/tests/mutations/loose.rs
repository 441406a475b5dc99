//! CBOR written in ways in which a certificate is never written.

use certificates::cbor::Value;

use crate::chance::Chance;

/// How a value is written otherwise; at least one deviation is made where the value has room for one.
pub(crate) struct Loose<'c> {
    pub(crate) chance: &'c mut Chance,
    /// One head in so many is written otherwise.
    pub(crate) rarely: usize,
}

impl Loose<'_> {
    pub(crate) fn write(&mut self, value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        self.value(value, &mut out);
        out
    }

    fn otherwise(&mut self) -> bool {
        self.chance.below(self.rarely) == 0
    }

    /// A head, sometimes longer than it need be.
    fn head(&mut self, out: &mut Vec<u8>, major: u8, n: u64) {
        let least = match n {
            0..=23 => 0,
            24..=0xFF => 1,
            0x100..=0xFFFF => 2,
            0x1_0000..=0xFFFF_FFFF => 3,
            _ => 4,
        };
        let form = if self.otherwise() {
            least + self.chance.below(5 - least)
        } else {
            least
        };
        let major = major << 5;
        let bytes = n.to_be_bytes();
        match form {
            0 => out.push(major | bytes[7]),
            1 => out.extend([major | 24, bytes[7]]),
            2 => {
                out.push(major | 25);
                out.extend(&bytes[6..]);
            }
            3 => {
                out.push(major | 26);
                out.extend(&bytes[4..]);
            }
            _ => {
                out.push(major | 27);
                out.extend(bytes);
            }
        }
    }

    fn string(&mut self, out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
        if !self.otherwise() {
            self.head(out, major, u64::try_from(bytes.len()).unwrap());
            out.extend(bytes);
            return;
        }
        // In pieces, of no stated length.
        out.push((major << 5) | 31);
        let cut = self.chance.below(bytes.len() + 1);
        for piece in [&bytes[..cut], &bytes[cut..]] {
            self.head(out, major, u64::try_from(piece.len()).unwrap());
            out.extend(piece);
        }
        out.push(0xFF);
    }

    fn value(&mut self, value: &Value, out: &mut Vec<u8>) {
        if self.otherwise() {
            match self.chance.below(6) {
                // A tag that changes nothing for a reader that skips tags.
                0 => self.head(out, 6, 55_799),
                1 => self.head(out, 6, 61),
                _ => {}
            }
        }
        match value {
            Value::Int(n) => match u64::try_from(*n) {
                Ok(n) if self.otherwise() => {
                    // As a bignum.
                    out.push(0xC2);
                    out.push(0x48);
                    out.extend(n.to_be_bytes());
                }
                Ok(n) if self.otherwise() => {
                    out.push(0xFB);
                    out.extend((n as f64).to_be_bytes());
                }
                Ok(n) => self.head(out, 0, n),
                Err(_) => self.head(out, 1, u64::try_from(!*n).unwrap()),
            },
            Value::Bytes(bytes) => self.string(out, 2, bytes),
            Value::Text(text) => self.string(out, 3, text.as_bytes()),
            Value::Array(items) => {
                let open = self.otherwise();
                if open {
                    out.push(0x9F);
                } else {
                    self.head(out, 4, u64::try_from(items.len()).unwrap());
                }
                for item in items {
                    self.value(item, out);
                }
                if open {
                    out.push(0xFF);
                }
            }
            Value::Map(pairs) => self.map(pairs, out),
            Value::Bool(value) => out.push(if *value { 0xF5 } else { 0xF4 }),
            Value::Tag(tag, value) => {
                self.head(out, 6, *tag);
                self.value(value, out);
            }
        }
    }

    fn map(&mut self, pairs: &[(Value, Value)], out: &mut Vec<u8>) {
        let mut pairs = pairs.to_vec();
        if self.otherwise() && !pairs.is_empty() {
            match self.chance.below(3) {
                0 => pairs.reverse(),
                1 => pairs.rotate_left(1),
                _ => {
                    // One key twice, with the same value or with another's.
                    let (key, _) = self.chance.pick(&pairs).clone();
                    let (_, other) = self.chance.pick(&pairs).clone();
                    let place = self.chance.below(pairs.len() + 1);
                    pairs.insert(place, (key, other));
                }
            }
        }
        let open = self.otherwise();
        if open {
            out.push(0xBF);
        } else {
            self.head(out, 5, u64::try_from(pairs.len()).unwrap());
        }
        for (key, value) in &pairs {
            self.value(key, out);
            self.value(value, out);
        }
        if open {
            out.push(0xFF);
        }
    }
}
