//! What is said back, before a channel gives it its own form.
//!
//! The limits named here are those of the narrowest channel (WhatsApp). A channel refuses what is longer;
//! it never shortens, because a shortened Hindi label may say something else.

use serde::{Deserialize, Serialize};

/// One bubble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Words alone.
    Text {
        /// At most 4096 UTF-16 units.
        body: String,
    },
    /// Words and up to three buttons.
    Buttons {
        /// At most 1024 UTF-16 units.
        body: String,
        /// One to three, each with a different id and title.
        choices: Vec<Choice>,
    },
    /// Words and a list that opens.
    List {
        /// At most 1024 UTF-16 units.
        body: String,
        /// Label of the button that opens the list, at most 20 UTF-16 units.
        button: String,
        /// One to ten sections with ten rows in all.
        sections: Vec<Section>,
    },
    /// A stored document with a caption.
    Document {
        /// At most 1024 UTF-16 units.
        caption: String,
        /// Which document.
        document: DocumentRef,
    },
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// At most 24 UTF-16 units; needed as soon as there is more than one section.
    pub title: Option<String>,
    /// The rows.
    pub choices: Vec<Choice>,
}

/// A button or a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Returned by the tap. Carries no meaning and no personal data.
    pub id: String,
    /// At most 20 UTF-16 units on a button, 24 in a row.
    pub title: String,
    /// At most 72 UTF-16 units; rows only.
    pub description: Option<String>,
}

/// Names a stored document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    /// SHA-256 of the bytes, lower-case hex.
    pub digest: String,
    /// The name that the person sees.
    pub filename: String,
    /// Media type, for example `application/pdf`.
    pub media_type: String,
}
