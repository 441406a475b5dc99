//! Personal data inside events. What a domain type marks as `{"$personal": subject, "value": …}` is stored as
//! `{"$personal": subject, "sealed": base64url(nonce | ciphertext)}` under the subject's own key, and read back as it was,
//! or as `{"$personal": subject, "erased": true}` once that key is destroyed.
//!
//! The associated data of each value is its place: stream, sequence, event type and JSON pointer. A value that is copied
//! to another place, by whoever can write to the database, does not open there.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use keys::{Entropy, Vault, VaultError, WrappedKey};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cache::SubjectInUse;

const MARK: &str = "$personal";
const MARK_QUOTED: &str = "\"$personal\"";

/// Where an event stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) aggregate_type: &'a str,
    pub(crate) aggregate_id: &'a str,
    pub(crate) sequence: u64,
    pub(crate) event_type: &'a str,
}

impl Place<'_> {
    /// Each part after its length, so that no two places have the same bytes.
    fn associated_data(&self, pointer: &str) -> Vec<u8> {
        let mut out = b"praman personal v1".to_vec();
        let sequence = self.sequence.to_be_bytes();
        for part in [
            self.aggregate_type.as_bytes(),
            self.aggregate_id.as_bytes(),
            &sequence,
            self.event_type.as_bytes(),
            pointer.as_bytes(),
        ] {
            out.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(part);
        }
        out
    }
}

/// A subject's key as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SubjectKey {
    Present(WrappedKey),
    Destroyed,
    /// It is there, and the store does not show it to this role.
    Withheld,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum PersonalError {
    #[error("a personal value at {pointer} is neither open, sealed nor erased, or names no subject")]
    Shape { pointer: String },
    #[error("the key of subject {subject} is missing")]
    NoKey { subject: Uuid },
    #[error("a personal value at {pointer} does not open")]
    Sealed {
        pointer: String,
        #[source]
        source: VaultError,
    },
    #[error("a personal value at {pointer} is no JSON")]
    Json {
        pointer: String,
        #[source]
        source: serde_json::Error,
    },
}

/// What an object with the mark holds.
enum Marked<'a> {
    Open(Uuid, &'a Value),
    Sealed(Uuid, &'a str),
    Erased,
}

fn marked<'a>(object: &'a Map<String, Value>, pointer: &str) -> Result<Option<Marked<'a>>, PersonalError> {
    let Some(subject) = object.get(MARK) else {
        return Ok(None);
    };
    let shape = || PersonalError::Shape {
        pointer: pointer.to_owned(),
    };
    let subject = subject
        .as_str()
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(shape)?;
    // A subject is written in one way only; otherwise one person could appear under two texts.
    if object.len() != 2 || object.get(MARK).and_then(Value::as_str) != Some(subject.to_string().as_str()) {
        return Err(shape());
    }
    match (object.get("value"), object.get("sealed"), object.get("erased")) {
        (Some(value), None, None) => Ok(Some(Marked::Open(subject, value))),
        (None, Some(Value::String(sealed)), None) => Ok(Some(Marked::Sealed(subject, sealed))),
        (None, None, Some(Value::Bool(true))) => Ok(Some(Marked::Erased)),
        _ => Err(shape()),
    }
}

/// Visits every marked object; `visit` may answer with what takes its place.
fn walk(
    value: &mut Value,
    pointer: &mut String,
    visit: &mut impl FnMut(Marked<'_>, &str) -> Result<Option<Value>, PersonalError>,
) -> Result<(), PersonalError> {
    let mut descend = |name: &str, inner: &mut Value| {
        let length = pointer.len();
        pointer.push('/');
        // RFC 6901.
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        let result = walk(inner, pointer, visit);
        pointer.truncate(length);
        result
    };
    match value {
        Value::Object(object) if object.contains_key(MARK) => {
            let replacement = match marked(object, pointer)? {
                Some(found) => visit(found, pointer)?,
                None => None,
            };
            if let Some(replacement) = replacement {
                *value = replacement;
            }
            Ok(())
        }
        Value::Object(object) => object.iter_mut().try_for_each(|(name, inner)| descend(name, inner)),
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, inner)| descend(&index.to_string(), inner)),
        _ => Ok(()),
    }
}

fn with_mark(subject: Uuid, name: &str, value: Value) -> Value {
    let mut object = Map::new();
    object.insert(MARK.to_owned(), Value::String(subject.to_string()));
    object.insert(name.to_owned(), value);
    Value::Object(object)
}

/// Adds the subjects whose open values stand in this event. A value that comes already sealed is refused: it was sealed for
/// another place and would never open here.
pub(crate) fn subjects_to_seal(body: &Value, subjects: &mut BTreeSet<Uuid>) -> Result<(), PersonalError> {
    match body {
        Value::Object(object) if object.contains_key(MARK) => {
            // Where it stands is of interest only if it is wrong.
            match marked(object, "some place")? {
                Some(Marked::Open(subject, _)) => {
                    subjects.insert(subject);
                    Ok(())
                }
                Some(Marked::Sealed(..)) => Err(PersonalError::Shape {
                    pointer: "some place".to_owned(),
                }),
                Some(Marked::Erased) | None => Ok(()),
            }
        }
        Value::Object(object) => object.values().try_for_each(|inner| subjects_to_seal(inner, subjects)),
        Value::Array(items) => items.iter().try_for_each(|inner| subjects_to_seal(inner, subjects)),
        _ => Ok(()),
    }
}

/// Whether the event holds a marked object.
pub(crate) fn is_marked(body: &Value) -> bool {
    match body {
        Value::Object(object) => object.contains_key(MARK) || object.values().any(is_marked),
        Value::Array(items) => items.iter().any(is_marked),
        _ => false,
    }
}

/// Marks every personal value as erased, open and sealed ones alike.
pub(crate) fn erase(body: &mut Value) -> Result<(), PersonalError> {
    walk(body, &mut String::new(), &mut |found, _| match found {
        Marked::Open(subject, _) | Marked::Sealed(subject, _) => {
            Ok(Some(with_mark(subject, "erased", Value::Bool(true))))
        }
        Marked::Erased => Ok(None),
    })
}

/// Seals every open value. `keys` must hold the key of each of [`subjects_to_seal`].
pub(crate) fn seal(
    body: &mut Value,
    place: &Place<'_>,
    keys: &BTreeMap<Uuid, SubjectInUse>,
    entropy: &dyn Entropy,
) -> Result<(), PersonalError> {
    walk(body, &mut String::new(), &mut |found, pointer| {
        let Marked::Open(subject, value) = found else {
            return Ok(None);
        };
        let key = keys.get(&subject).ok_or(PersonalError::NoKey { subject })?;
        let json = |source| PersonalError::Json {
            pointer: pointer.to_owned(),
            source,
        };
        let plain = serde_json::to_vec(value).map_err(json)?;
        let sealed = key
            .cipher
            .seal(entropy, &place.associated_data(pointer), &plain)
            .map_err(|source| PersonalError::Sealed {
                pointer: pointer.to_owned(),
                source,
            })?;
        Ok(Some(with_mark(
            subject,
            "sealed",
            Value::String(BASE64URL_NOPAD.encode(&sealed)),
        )))
    })
}

/// Whether stored bytes can hold a marked object at all. Most events do not, and are read without being parsed.
pub(crate) fn may_hold(body: &[u8]) -> bool {
    match std::str::from_utf8(body) {
        // Searched in steps of 16 bytes, where `windows` compares at each.
        Ok(text) => text.contains(MARK_QUOTED),
        Err(_) => body
            .windows(MARK_QUOTED.len())
            .any(|window| window == MARK_QUOTED.as_bytes()),
    }
}

/// The subjects whose sealed values stand in this event.
pub(crate) fn subjects_to_open(body: &Value) -> Result<BTreeSet<Uuid>, PersonalError> {
    let mut subjects = BTreeSet::new();
    let mut copy = body.clone();
    walk(&mut copy, &mut String::new(), &mut |found, _| {
        if let Marked::Sealed(subject, _) = found {
            subjects.insert(subject);
        }
        Ok(None)
    })?;
    Ok(subjects)
}

/// Opens every sealed value whose key exists, and marks those whose key was destroyed. What this role may not open stays sealed.
pub(crate) fn open(
    body: &mut Value,
    place: &Place<'_>,
    keys: &BTreeMap<Uuid, SubjectKey>,
    vault: &Vault,
) -> Result<(), PersonalError> {
    walk(body, &mut String::new(), &mut |found, pointer| {
        let Marked::Sealed(subject, sealed) = found else {
            return Ok(None);
        };
        match keys.get(&subject) {
            // A key that is missing without a tombstone is a loss, not an erasure; the two must never look alike.
            None => Err(PersonalError::NoKey { subject }),
            Some(SubjectKey::Withheld) => Ok(None),
            Some(SubjectKey::Destroyed) => Ok(Some(with_mark(subject, "erased", Value::Bool(true)))),
            Some(SubjectKey::Present(key)) => {
                let bytes = BASE64URL_NOPAD
                    .decode(sealed.as_bytes())
                    .map_err(|_| PersonalError::Shape {
                        pointer: pointer.to_owned(),
                    })?;
                let plain = vault
                    .open(key, &place.associated_data(pointer), &bytes)
                    .map_err(|source| PersonalError::Sealed {
                        pointer: pointer.to_owned(),
                        source,
                    })?;
                let value = serde_json::from_slice(&plain).map_err(|source| PersonalError::Json {
                    pointer: pointer.to_owned(),
                    source,
                })?;
                Ok(Some(with_mark(subject, "value", value)))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use keys::SeededEntropy;
    use serde_json::json;

    use super::*;

    const PLACE: Place<'_> = Place {
        aggregate_type: "a",
        aggregate_id: "1",
        sequence: 1,
        event_type: "e",
    };

    #[test]
    fn a_value_opens_at_its_place_and_nowhere_else() {
        let entropy = SeededEntropy::new(1);
        let vault = Vault::ephemeral(&entropy);
        let subject = entropy.uuid_v4();
        let key = vault.new_subject_key(&entropy).unwrap();
        let in_use = SubjectInUse {
            wrapped: key.clone(),
            cipher: vault.subject(&key).unwrap(),
        };
        let keys = BTreeMap::from([(subject, in_use)]);
        let to_seal = |body: &Value| {
            let mut subjects = BTreeSet::new();
            subjects_to_seal(body, &mut subjects).map(|()| subjects)
        };
        let plain = json!({"form": [{"a/b~c": {"$personal": subject, "value": {"name": "Aarav"}}}, 7], "n": 1});
        assert_eq!(to_seal(&plain).unwrap(), BTreeSet::from([subject]));
        let mut stored = plain.clone();
        seal(&mut stored, &PLACE, &keys, &entropy).unwrap();
        let text = stored.to_string();
        assert!(may_hold(text.as_bytes()) && !text.contains("Aarav"));
        assert!(to_seal(&stored).is_err(), "sealed values are not taken a second time");

        let present = BTreeMap::from([(subject, SubjectKey::Present(key))]);
        let mut opened = stored.clone();
        open(&mut opened, &PLACE, &present, &vault).unwrap();
        assert_eq!(opened, plain);
        for elsewhere in [
            Place {
                aggregate_type: "b",
                ..PLACE
            },
            Place {
                aggregate_id: "2",
                ..PLACE
            },
            Place { sequence: 2, ..PLACE },
            Place {
                event_type: "f",
                ..PLACE
            },
        ] {
            assert!(open(&mut stored.clone(), &elsewhere, &present, &vault).is_err());
        }
        let mut moved = json!({"form": [7, stored["form"][0]]});
        assert!(open(&mut moved, &PLACE, &present, &vault).is_err(), "another pointer");

        assert!(matches!(
            open(&mut stored.clone(), &PLACE, &BTreeMap::new(), &vault),
            Err(PersonalError::NoKey { .. })
        ));
        let mut withheld = stored.clone();
        open(
            &mut withheld,
            &PLACE,
            &BTreeMap::from([(subject, SubjectKey::Withheld)]),
            &vault,
        )
        .unwrap();
        assert_eq!(withheld, stored, "neither opened nor called erased");
        open(
            &mut stored,
            &PLACE,
            &BTreeMap::from([(subject, SubjectKey::Destroyed)]),
            &vault,
        )
        .unwrap();
        assert_eq!(
            stored["form"][0]["a/b~c"],
            json!({"$personal": subject, "erased": true})
        );
        assert!(
            to_seal(&stored).unwrap().is_empty(),
            "an erased value may be recorded again as it is"
        );
    }

    #[test]
    fn what_is_marked_wrongly_is_refused() {
        let id = "0192f6a0-0000-7000-8000-000000000001";
        for wrong in [
            json!({"$personal": "nobody", "value": 1}),
            json!({"$personal": 7, "value": 1}),
            json!({"$personal": id}),
            json!({"$personal": id, "value": 1, "note": "in the open"}),
            json!({"$personal": id, "erased": false}),
            json!({"$personal": id.to_uppercase(), "value": 1}),
            json!([{"$personal": id, "sealed": 5}]),
        ] {
            assert!(subjects_to_seal(&wrong, &mut BTreeSet::new()).is_err(), "{wrong}");
        }
    }
}
