use serde::{Deserialize, Serialize};

/// The two languages that every text of ours exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English, as written in India (`en-IN`).
    En,
    /// Hindi in Devanagari.
    #[default]
    Hi,
}

impl Language {
    /// The BCP 47 tag for `lang` attributes.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en-IN",
            Self::Hi => "hi",
        }
    }

    /// `en` or `hi`, as used in addresses and files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Hi => "hi",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Hi,
            Self::Hi => Self::En,
        }
    }
}

/// Longest question, answer, note or explanation, in characters. A chat bubble holds 1,024 (Cloud API).
pub(crate) const WORDS_MAX: usize = 600;

/// Words have more than [`WORDS_MAX`] characters.
pub(crate) struct WordsTooLong;

/// Words with something in them, within the limit; blank words are none.
pub(crate) fn checked_words(words: Option<String>) -> Result<Option<String>, WordsTooLong> {
    let Some(words) = words.map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()) else {
        return Ok(None);
    };
    if words.chars().count() > WORDS_MAX {
        return Err(WordsTooLong);
    }
    Ok(Some(words))
}

/// A text in both languages. Neither may be empty; the catalogue's lint refuses it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Hindi.
    pub hi: String,
}

impl Bilingual {
    /// Both texts.
    pub fn new(en: impl Into<String>, hi: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            hi: hi.into(),
        }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Hi => &self.hi,
        }
    }
}
