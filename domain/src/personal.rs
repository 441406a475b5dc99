use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::CitizenId;

/// Something about a person, marked so that the ledger encrypts it under that person's data key
/// before it is hashed and stored.
///
/// In JSON it is `{"$personal": "<citizen>", "value": …}`. The ledger replaces `value` by `sealed`
/// (ciphertext) in what it stores, puts the value back on reading, and answers `"erased": true` once
/// the person's key has been destroyed. A reader without keys (stock postgres-es, for one) meets
/// `Sealed`; rules must cope with all three.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    /// Readable.
    Open {
        /// Whose it is.
        subject: CitizenId,
        /// What it is.
        value: T,
    },
    /// Ciphertext, read without keys.
    Sealed {
        /// Whose it is.
        subject: CitizenId,
        /// base64url of nonce and ciphertext.
        sealed: String,
    },
    /// Gone: the person's data key has been destroyed.
    Erased {
        /// Whose it was.
        subject: CitizenId,
    },
}

impl<T> Personal<T> {
    /// Marks `value` as belonging to `subject`.
    pub const fn new(subject: CitizenId, value: T) -> Self {
        Self::Open { subject, value }
    }

    /// Whose it is.
    pub const fn subject(&self) -> CitizenId {
        match self {
            Self::Open { subject, .. } | Self::Sealed { subject, .. } | Self::Erased { subject } => *subject,
        }
    }

    /// The value, while it can be read.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Open { value, .. } => Some(value),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }

    /// The value, while it can be read.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Open { value, .. } => Some(value),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }
}

// Personal data must not reach a log by way of `{:?}`.
impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { .. } => f.write_str("Personal(open)"),
            Self::Sealed { .. } => f.write_str("Personal(sealed)"),
            Self::Erased { .. } => f.write_str("Personal(erased)"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<T> {
    #[serde(rename = "$personal")]
    subject: CitizenId,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    value: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
}

const fn none<T>() -> Option<T> {
    None
}

impl<T: Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut wire: Wire<&T> = Wire {
            subject: self.subject(),
            value: None,
            sealed: None,
            erased: false,
        };
        match self {
            Self::Open { value, .. } => wire.value = Some(value),
            Self::Sealed { sealed, .. } => wire.sealed = Some(sealed.clone()),
            Self::Erased { .. } => wire.erased = true,
        }
        wire.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::<T>::deserialize(deserializer)?;
        let subject = wire.subject;
        match (wire.value, wire.sealed, wire.erased) {
            (Some(value), None, false) => Ok(Self::Open { subject, value }),
            (None, Some(sealed), false) => Ok(Self::Sealed { subject, sealed }),
            (None, None, true) => Ok(Self::Erased { subject }),
            _ => Err(serde::de::Error::custom(
                "personal data is exactly one of value, sealed, erased",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn someone() -> CitizenId {
        CitizenId::new(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn each_form_survives_json() {
        for form in [
            Personal::new(someone(), "Asha".to_owned()),
            Personal::Sealed {
                subject: someone(),
                sealed: "abc".into(),
            },
            Personal::Erased { subject: someone() },
        ] {
            let json = serde_json::to_string(&form).unwrap();
            assert_eq!(serde_json::from_str::<Personal<String>>(&json).unwrap(), form);
        }
    }

    #[test]
    fn two_forms_at_once_are_refused() {
        let json = format!(
            r#"{{"$personal":"{}","value":"x","erased":true}}"#,
            uuid::Uuid::from_u128(7)
        );
        assert!(serde_json::from_str::<Personal<String>>(&json).is_err());
    }

    #[test]
    fn debug_shows_nothing() {
        assert!(!format!("{:?}", Personal::new(someone(), "Asha".to_owned())).contains("Asha"));
    }
}
