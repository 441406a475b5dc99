//! The ways to spoil a credential.

use certificates::{TOKEN_BYTES_MAX, Token, cbor::Value};
use keys::Purpose;
use sha2::{Digest as _, Sha256};

use crate::chance::Chance;
use crate::issuer::{HOST, World};
use crate::loose::Loose;

/// What is handed to the verifier.
#[derive(Debug)]
pub(crate) enum Spoiled {
    Bytes(Vec<u8>),
    Text(String),
}

impl Spoiled {
    /// The same for the same only.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        match self {
            Self::Bytes(bytes) => Sha256::digest(bytes).into(),
            Self::Text(text) => Sha256::digest(text.trim()).into(),
        }
    }
}

pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// From the world, the how-manieth of its kind, and chance.
    pub(crate) make: fn(&World, u64, &mut Chance) -> Spoiled,
}

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "one byte is another",
        make: byte,
    },
    Kind {
        name: "two bytes are others",
        make: two_bytes,
    },
    Kind {
        name: "cut, lengthened, or a byte in or out",
        make: length,
    },
    Kind {
        name: "another key's name, or another key's signature",
        make: key,
    },
    Kind {
        name: "another algorithm or header",
        make: header,
    },
    Kind {
        name: "parts of two credentials",
        make: spliced,
    },
    Kind {
        name: "another value, signature kept",
        make: changed_value,
    },
    Kind {
        name: "the same value written otherwise",
        make: rewritten,
    },
    Kind {
        name: "written otherwise and signed so",
        make: rewritten_and_signed,
    },
    Kind {
        name: "other letters",
        make: letters,
    },
    Kind {
        name: "several spoils at once",
        make: havoc,
    },
];

/// The parts of a credential.
struct Parts {
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

fn parts(token: &Token) -> Parts {
    let Value::Tag(18, sign1) = Value::decode(token.bytes()).unwrap() else {
        panic!("no COSE_Sign1");
    };
    let Value::Array(items) = *sign1 else {
        panic!("no array")
    };
    let bytes = |place: usize| items[place].as_bytes().unwrap().to_vec();
    Parts {
        protected: bytes(0),
        payload: bytes(2),
        signature: bytes(3),
    }
}

impl Parts {
    fn value(&self) -> Value {
        Value::Tag(
            18,
            Box::new(Value::Array(vec![
                Value::Bytes(self.protected.clone()),
                Value::Map(vec![]),
                Value::Bytes(self.payload.clone()),
                Value::Bytes(self.signature.clone()),
            ])),
        )
    }

    fn handed(&self) -> Spoiled {
        Spoiled::Bytes(self.value().encode())
    }
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap()
}

/// Every place of one credential with each of the 255 other values, then of the next.
fn byte(world: &World, turn: u64, _: &mut Chance) -> Spoiled {
    let mut turn = turn;
    for token in world.tokens.iter().cycle() {
        let places = u64::try_from(token.bytes().len()).unwrap();
        if turn < places * 255 {
            let mut bytes = token.bytes().to_vec();
            let place = size(turn % places);
            bytes[place] ^= u8::try_from(1 + turn / places).unwrap();
            return Spoiled::Bytes(bytes);
        }
        turn -= places * 255;
    }
    unreachable!("the credentials are taken round and round")
}

fn two_bytes(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let token = &world.tokens[size(turn) % world.tokens.len()];
    let mut bytes = token.bytes().to_vec();
    let first = size(turn / 16) % bytes.len();
    let second = chance.below(bytes.len());
    bytes[first] ^= 1 << chance.below(8);
    bytes[second] ^= chance.byte();
    Spoiled::Bytes(bytes)
}

fn length(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let token = &world.tokens[size(turn / 6) % world.tokens.len()];
    let mut bytes = token.bytes().to_vec();
    let place = size(turn / 96) % bytes.len();
    match turn % 6 {
        0 => bytes.truncate(place),
        1 => drop(bytes.drain(..=place)),
        2 => bytes.insert(place, chance.byte()),
        3 => drop(bytes.remove(place)),
        4 => {
            let more = 1 + chance.below(8);
            bytes.extend(if chance.below(2) == 0 {
                vec![0; more]
            } else {
                chance.bytes(more)
            });
        }
        // Up to the limit and beyond it.
        _ => {
            let whole = TOKEN_BYTES_MAX - 8 + place % 16;
            let more = whole.saturating_sub(bytes.len());
            bytes.extend(chance.bytes(more.max(1)));
        }
    }
    Spoiled::Bytes(bytes)
}

/// The header that credentials have, with this key's name.
fn head(kid: &[u8]) -> Vec<u8> {
    Value::Map(vec![
        (Value::Int(1), Value::Int(-8)),
        (Value::Int(4), Value::Bytes(kid.to_vec())),
    ])
    .encode()
}

const PURPOSES: [Purpose; 2] = [Purpose::Checkpoint, Purpose::Pdf];

fn key(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let place = size(turn / 5) % world.tokens.len();
    let mut parts = parts(&world.tokens[place]);
    let own = usize::from(place >= world.tokens.len() / 2);
    let kid = |store: usize, purpose| {
        world.stores[store]
            .signer(purpose)
            .unwrap()
            .key_id()
            .to_bytes()
            .to_vec()
    };
    match turn % 5 {
        // Another key's name over this signature: of the other issuer, of a stranger, of another purpose, of nobody.
        0 => {
            parts.protected = match chance.below(4) {
                0 => head(&kid(1 - own, Purpose::Credential)),
                1 => head(&kid(2, Purpose::Credential)),
                2 => head(&kid(own, *chance.pick(&PURPOSES))),
                _ => head(&chance.bytes(4)),
            }
        }
        // Signed by a stranger, in this key's name.
        1 => parts.signature = world.sign(2, Purpose::Credential, &parts.protected, &parts.payload),
        // Signed by the other issuer, in this key's name.
        2 => parts.signature = world.sign(1 - own, Purpose::Credential, &parts.protected, &parts.payload),
        // Signed by a key of the same issuer that is for something else: in its own name or in the credential key's.
        3 => {
            let purpose = *chance.pick(&PURPOSES);
            if chance.below(2) == 0 {
                parts.protected = head(&kid(own, purpose));
            }
            parts.signature = world.sign(own, purpose, &parts.protected, &parts.payload);
        }
        // Signed by the right key, but over another structure.
        _ => {
            let (context, more): (&str, &[u8]) = *chance.pick(&[
                ("Signature", b"".as_slice()),
                ("MAC0", b""),
                ("CounterSignature", b""),
                ("Signature1", b"more"),
                ("signature1", b""),
            ]);
            parts.signature = world.sign_as(
                own,
                Purpose::Credential,
                context,
                &parts.protected,
                more,
                &parts.payload,
            );
        }
    }
    // So that no turn is like another.
    if turn >= 80 && chance.below(4) != 0 {
        let place = chance.below(parts.signature.len());
        parts.signature[place] ^= chance.byte() | 1;
    }
    parts.handed()
}

/// Another header, kept or signed by the right key: the algorithm is the key's, never the credential's word.
fn header(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let place = size(turn) % world.tokens.len();
    let token = &world.tokens[place];
    let own = usize::from(place >= world.tokens.len() / 2);
    let mut parts = parts(token);
    let kid = Value::Bytes(token.key_id().to_bytes().to_vec());
    let int = Value::Int;
    let mut pairs = vec![(int(1), int(-8)), (int(4), kid.clone())];
    let mut unprotected = vec![];
    match chance.below(9) {
        0 => {
            pairs[0].1 = int(*chance.pick(&[
                -7,
                -19,
                -35,
                -36,
                -37,
                -257,
                -39,
                0,
                1,
                4,
                5,
                6,
                8,
                -9,
                i64::MIN,
                i64::MAX,
            ]))
        }
        1 => pairs[0].1 = Value::text(*chance.pick(&["EdDSA", "none", "", "Ed25519", "ES256", "HS256"])),
        2 => drop(pairs.remove(0)),
        3 => drop(pairs.remove(1)),
        4 => pairs.push((int(2), Value::Array(vec![int(4)]))),
        5 => pairs.push((int(i64::from(chance.byte())), Value::Bytes(chance.bytes(4)))),
        6 => unprotected.push((int(4), kid)),
        7 => {
            unprotected.append(&mut pairs);
        }
        _ => {
            let long = chance.below(12);
            pairs[1].1 = Value::Bytes(chance.bytes(long));
        }
    }
    parts.protected = if pairs.is_empty() && chance.below(2) == 0 {
        vec![]
    } else {
        Value::Map(pairs).encode()
    };
    if chance.below(2) == 0 {
        parts.signature = world.sign(own, Purpose::Credential, &parts.protected, &parts.payload);
    }
    let Value::Tag(_, sign1) = parts.value() else {
        unreachable!()
    };
    let Value::Array(mut items) = *sign1 else {
        unreachable!()
    };
    let untouched = parts.protected == head(&token.key_id().to_bytes()) && unprotected.is_empty();
    items[1] = Value::Map(unprotected);
    // Other messages of COSE, and none: Sign, Mac0, Encrypt0, CWT around it.
    let sign1 = Value::Array(items);
    let value = match chance.below(8) {
        0 => sign1,
        1 => Value::Tag(
            *chance.pick(&[16, 17, 19, 96, 97, 98, 61, 0, u64::MAX]),
            Box::new(sign1),
        ),
        2 => Value::Tag(61, Box::new(Value::Tag(18, Box::new(sign1)))),
        _ if untouched => Value::Array(vec![sign1]),
        _ => Value::Tag(18, Box::new(sign1)),
    };
    Spoiled::Bytes(value.encode())
}

fn spliced(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let count = world.tokens.len();
    let (a, b) = (size(turn) % count, (size(turn) + 1 + chance.below(count - 1)) % count);
    let (first, second) = (parts(&world.tokens[a]), parts(&world.tokens[b]));
    let mut mixed = Parts {
        protected: chance.pick(&[&first, &second]).protected.clone(),
        payload: first.payload.clone(),
        signature: second.signature.clone(),
    };
    if chance.below(2) == 0 {
        // The halves of two signatures, or one over twice the same half.
        let cut = 1 + chance.below(63);
        mixed.signature = [&first.signature[..cut], &second.signature[cut..]].concat();
    }
    if chance.below(3) == 0 {
        // One claim of the other: its number, its position, its digest, its last day.
        let (Value::Map(mut own), Value::Map(other)) = (
            Value::decode(&first.payload).unwrap(),
            Value::decode(&second.payload).unwrap(),
        ) else {
            panic!("claims are a map");
        };
        let (key, value) = chance.pick(&other).clone();
        own.retain(|(known, _)| *known != key);
        own.push((key, value));
        mixed.payload = Value::Map(own).encode();
        mixed.signature = first.signature;
        mixed.protected = first.protected;
    }
    mixed.handed()
}

/// One value of the claims, changed as a forger would.
fn changed_value(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let mut parts = parts(&world.tokens[size(turn) % world.tokens.len()]);
    let mut claims = Value::decode(&parts.payload).unwrap();
    {
        let Value::Map(pairs) = &mut claims else {
            panic!("claims are a map")
        };
        let place = chance.below(pairs.len() + 1);
        if place == pairs.len() {
            pairs.push((Value::Int(i64::from(chance.byte())), Value::Int(1)));
        } else if let Value::Map(person) = &mut pairs[place].1 {
            let place = chance.below(person.len());
            if chance.below(5) == 0 {
                person.remove(place);
            } else {
                other(&mut person[place].1, chance);
            }
        } else if chance.below(5) == 0 {
            pairs.remove(place);
        } else {
            other(&mut pairs[place].1, chance);
        }
    }
    parts.payload = claims.encode();
    parts.handed()
}

fn other(value: &mut Value, chance: &mut Chance) {
    match value {
        Value::Int(n) => *n = n.wrapping_add(i64::from(chance.byte()) * 86_400 + i64::from(chance.byte()) + 1),
        Value::Bytes(bytes) => {
            let place = chance.below(bytes.len());
            bytes[place] ^= chance.byte() | 1;
        }
        Value::Text(text) => {
            let place = text.char_indices().map(|(at, _)| at).nth(chance.below(4)).unwrap_or(0);
            text.insert(place, char::from(b'a' + chance.byte() % 26));
        }
        other => *other = Value::Bool(true),
    }
}

/// The signature covers header and claims as they stand, not what is around them: so all of these have a right signature.
fn rewritten(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let parts = parts(&world.tokens[size(turn) % world.tokens.len()]);
    let rarely = 1 + size(turn) % 6;
    Spoiled::Bytes(Loose { chance, rarely }.write(&parts.value()))
}

/// As if the issuer itself wrote otherwise: the signature is right, the form is not.
fn rewritten_and_signed(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let place = size(turn) % world.tokens.len();
    let own = usize::from(place >= world.tokens.len() / 2);
    let mut parts = parts(&world.tokens[place]);
    let mut loose = Loose {
        chance,
        rarely: 1 + size(turn) % 8,
    };
    let claims = Value::decode(&parts.payload).unwrap();
    let written = loose.write(&claims);
    if written == parts.payload {
        let header = Value::decode(&parts.protected).unwrap();
        parts.protected = loose.write(&header);
    }
    parts.payload = written;
    parts.signature = world.sign(own, Purpose::Credential, &parts.protected, &parts.payload);
    parts.handed()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn letters(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let token = &world.tokens[size(turn / 12) % world.tokens.len()];
    let mut code = token.code();
    let place = size(turn / 192) % code.len();
    match turn % 12 {
        0 => {
            let letter = char::from(*chance.pick(BASE32));
            code.replace_range(place..=place, letter.encode_utf8(&mut [0; 4]));
        }
        1 => {
            let letter = *chance.pick(&[
                '0', '1', '8', '9', '=', '-', ' ', '\n', '%', 'É', '\u{131}', '２', '\u{200b}', 'ſ',
            ]);
            code.insert(place, letter);
        }
        2 => code.extend(std::iter::repeat_n('=', 1 + chance.below(8))),
        3 => code.truncate(place),
        4 => drop(code.remove(place)),
        // Bits behind the last byte.
        5 => {
            let last = code.pop().unwrap();
            let at = BASE32.iter().position(|letter| char::from(*letter) == last).unwrap();
            code.push(char::from(BASE32[(at + 1 + chance.below(31)) % 32]));
        }
        6 => code.push(char::from(*chance.pick(BASE32))),
        // Another alphabet for the same bytes.
        7 => code = data_encoding::BASE32HEX_NOPAD.encode(token.bytes()),
        8 => {
            code = match chance.below(3) {
                0 => data_encoding::BASE64URL_NOPAD.encode(token.bytes()),
                1 => data_encoding::BASE64.encode(token.bytes()),
                _ => data_encoding::HEXUPPER.encode(token.bytes()),
            }
        }
        // Another door, or no door.
        9 => {
            let door = *chance.pick(&["/D/", "/C", "/C/C/", "/CC/", "/c%2F", "/C\\", "/C//", "/C/./"]);
            code = format!("HTTPS://{}{door}{code}", HOST.to_ascii_uppercase());
        }
        10 => {
            let scheme = *chance.pick(&["FTP://", "JAVASCRIPT:", "HTTPS:/", "//", "", "DATA:,", "HTTPS;//"]);
            code = format!("{scheme}{}/C/{code}", HOST.to_ascii_uppercase());
        }
        _ => {
            let half = code.split_off(place);
            code = format!("{half}{code}");
        }
    }
    if turn >= 192 * 400 || matches!(turn % 12, 2 | 7..=10) && turn >= 192 {
        // Those few are told apart by one more letter.
        let place = code
            .char_indices()
            .map(|(at, _)| at)
            .nth(chance.below(code.chars().count()))
            .unwrap_or(0);
        code.insert(place, char::from(*chance.pick(BASE32)));
    }
    Spoiled::Text(code)
}

fn havoc(world: &World, turn: u64, chance: &mut Chance) -> Spoiled {
    let mut bytes = world.tokens[size(turn) % world.tokens.len()].bytes().to_vec();
    for _ in 0..2 + chance.below(8) {
        let place = chance.below(bytes.len());
        match chance.below(6) {
            0 => bytes[place] = chance.byte(),
            1 => bytes[place] ^= 1 << chance.below(8),
            2 => bytes.insert(place, chance.byte()),
            3 if bytes.len() > 1 => drop(bytes.remove(place)),
            4 => {
                let other = chance.below(bytes.len());
                bytes.swap(place, other);
            }
            _ => {
                let end = (place + chance.below(16)).min(bytes.len());
                bytes[place..end].reverse();
            }
        }
    }
    Spoiled::Bytes(bytes)
}
