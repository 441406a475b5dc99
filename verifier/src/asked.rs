//! A question as a page writes it, and the answer as JSON: what crosses the border of the WebAssembly module, and what the
//! tests hold equal on both sides of it.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::Kept;

/// What is asked of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What a QR code says, or what a person typed.
    pub text: String,
    /// Now, in milliseconds since 1970: the page's clock.
    pub now: i64,
    /// A day to ask about besides.
    pub on: Option<Date>,
}

/// The answer to an [`Asked`] in JSON, as JSON: an [`crate::Answer`], or `{"error": …}` where the question is none.
#[must_use]
pub fn asked(kept: &Kept, question: &[u8]) -> String {
    let answered = serde_json::from_slice::<Asked>(question)
        .map_err(|error| error.to_string())
        .and_then(|asked| {
            let now = Timestamp::from_millisecond(asked.now).map_err(|error| error.to_string())?;
            serde_json::to_string(&kept.check(&asked.text, now, asked.on)).map_err(|error| error.to_string())
        });
    answered.unwrap_or_else(|error| fault(&error))
}

/// `{"error": …}`.
pub(crate) fn fault(error: &str) -> String {
    serde_json::json!({ "error": error }).to_string()
}
