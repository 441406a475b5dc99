//! A reply as a Cloud API message.
//!
//! The limits are Meta's (Cloud API reference, messages). They are counted in UTF-16 units, which is never less than
//! what Meta may count, and what is longer is refused: a label that is cut may say something else.
//! A [`Reply`] is plain text, so characters that WhatsApp would read as formatting are replaced ([`literal`]).

use std::collections::BTreeSet;

use assistant::reply::{Choice, DocumentRef, Reply, Section};
use serde_json::{Value, json};

use crate::Address;

/// Limits in UTF-16 units or pieces.
pub mod limit {
    /// Body of a text message.
    pub const TEXT: usize = 4096;
    /// Body of a message with buttons. Meta states 4096 for lists and clients 1024; both stay under this.
    pub const BODY: usize = 1024;
    /// Caption of a document.
    pub const CAPTION: usize = 1024;
    /// Buttons in a message.
    pub const BUTTONS: usize = 3;
    /// Title of a button, and of the button that opens a list.
    pub const BUTTON_TITLE: usize = 20;
    /// Id of a button.
    pub const BUTTON_ID: usize = 256;
    /// Sections of a list.
    pub const SECTIONS: usize = 10;
    /// Rows of a list, over all sections.
    pub const ROWS: usize = 10;
    /// Title of a section.
    pub const SECTION_TITLE: usize = 24;
    /// Title of a row.
    pub const ROW_TITLE: usize = 24;
    /// Id of a row.
    pub const ROW_ID: usize = 200;
    /// Description of a row.
    pub const ROW_DESCRIPTION: usize = 72;
    /// `biz_opaque_callback_data`.
    pub const CALLBACK: usize = 512;
    /// Name of a document, as this program sends it.
    pub const FILENAME: usize = 240;
}

/// Why a reply cannot be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// A text is empty, or longer than WhatsApp takes.
    #[error("{field} has {units} UTF-16 units; 1 to {max} are allowed")]
    Length {
        /// Which text.
        field: &'static str,
        /// Its length.
        units: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// Too few or too many pieces.
    #[error("{count} {field}; 1 to {max} are allowed")]
    Count {
        /// What is counted.
        field: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Two pieces share an id or a title.
    #[error("two choices have the same {field}")]
    Repeated {
        /// `id` or `title`.
        field: &'static str,
    },
    /// An id has a space at its start or end.
    #[error("an id has a space at its start or end")]
    SpaceAroundId,
    /// A list of several sections has one without a title.
    #[error("a section needs a title as soon as there is more than one")]
    SectionUntitled,
    /// A document was not uploaded first.
    #[error("a document is sent by its media id, and none was given")]
    DocumentNotUploaded,
    /// Neither phone number nor user id.
    #[error("the recipient has neither phone number nor user id")]
    NoRecipient,
}

/// A reply with everything that sending it needs.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// To whom.
    pub to: &'a Address,
    /// What.
    pub reply: &'a Reply,
    /// The wamid that this answers; shown as a quotation.
    pub reply_to: Option<&'a str>,
    /// The media id of the document, which was uploaded before.
    pub media_id: Option<&'a str>,
    /// Comes back in every status: the id of the outbox item.
    pub callback: Option<&'a str>,
}

/// The body of `POST /{phone_number_id}/messages`.
pub fn payload(outgoing: &Outgoing<'_>) -> Result<Value, OutboundError> {
    let mut message = json!({"messaging_product": "whatsapp", "recipient_type": "individual"});
    let (key, recipient) = match (&outgoing.to.phone, &outgoing.to.user_id) {
        (Some(phone), _) => ("to", phone),
        (None, Some(user_id)) => ("recipient", user_id),
        (None, None) => return Err(OutboundError::NoRecipient),
    };
    set(&mut message, key, json!(recipient));
    if let Some(wamid) = outgoing.reply_to {
        set(&mut message, "context", json!({"message_id": wamid}));
    }
    if let Some(callback) = outgoing.callback {
        within("biz_opaque_callback_data", callback, limit::CALLBACK)?;
        set(&mut message, "biz_opaque_callback_data", json!(callback));
    }
    let (kind, content) = content(outgoing.reply, outgoing.media_id)?;
    set(&mut message, "type", json!(kind));
    set(&mut message, kind, content);
    Ok(message)
}

/// The body that marks a message (and all before it) as read, and shows that an answer is being written. The sign
/// goes with our answer or after 25 seconds, and costs nothing.
pub fn read_receipt(message_id: &str, typing: bool) -> Value {
    let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": message_id});
    if typing {
        set(&mut body, "typing_indicator", json!({"type": "text"}));
    }
    body
}

/// The document of a reply, which has to be uploaded before the reply can be sent.
pub fn document(reply: &Reply) -> Option<&DocumentRef> {
    match reply {
        Reply::Document { document, .. } => Some(document),
        Reply::Text { .. } | Reply::Buttons { .. } | Reply::List { .. } => None,
    }
}

/// Checks a reply against every limit without sending it.
pub fn check(reply: &Reply) -> Result<(), OutboundError> {
    content(reply, Some("0")).map(|_| ())
}

/// Length as WhatsApp may count it.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text in which WhatsApp finds no formatting: `*`, `_`, `~` and the backtick become signs that look like them, and
/// so does `>` at the start of a line. Links stay as they are. Lengths do not change.
///
/// WhatsApp has no escape character; invisible characters between the marks work on some phones only.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, piece) in text.split_inclusive(char::is_whitespace).enumerate() {
        if piece.starts_with("https://") || piece.starts_with("http://") {
            out.push_str(piece);
            continue;
        }
        let starts_line = index == 0 || out.ends_with('\n');
        for (place, c) in piece.chars().enumerate() {
            out.push(match c {
                '>' if starts_line && place == 0 => '\u{203a}',
                other => plain(other),
            });
        }
    }
    out
}

/// Words of a person, made safe to repeat in a message of ours: no formatting, no line of their own, no link.
/// A name `*A*` stays readable as `∗A∗`; `evil.example` can be read but not tapped.
pub fn escape(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| chars.get(index)).copied();
    let alphanumeric = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    chars
        .iter()
        .enumerate()
        .map(|(index, &c)| {
            let before = index.checked_sub(1);
            match c {
                '\u{2028}' | '\u{2029}' => ' ',
                c if c.is_control() => ' ',
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
                '>' if index == 0 => '\u{203a}',
                // A dot between two words of two letters or more is how a domain looks; `R.K.` is a name.
                '.' if alphanumeric(at(before))
                    && alphanumeric(at(index.checked_sub(2)))
                    && alphanumeric(at(Some(index + 1)))
                    && alphanumeric(at(Some(index + 2))) =>
                {
                    '\u{2024}'
                }
                ':' if at(Some(index + 1)) == Some('/') => '\u{2236}',
                other => plain(other),
            }
        })
        .collect()
}

fn plain(c: char) -> char {
    match c {
        '*' => '\u{2217}',
        '_' => '\u{ff3f}',
        '~' => '\u{223c}',
        '`' => '\u{2019}',
        other => other,
    }
}

fn content(reply: &Reply, media_id: Option<&str>) -> Result<(&'static str, Value), OutboundError> {
    match reply {
        Reply::Text { body } => {
            within("the text", body, limit::TEXT)?;
            Ok(("text", json!({"body": literal(body), "preview_url": false})))
        }
        Reply::Buttons { body, choices } => {
            within("the body", body, limit::BODY)?;
            count("buttons", choices.len(), limit::BUTTONS)?;
            distinct(choices.iter())?;
            let mut titles = BTreeSet::new();
            let mut buttons = Vec::new();
            for choice in choices {
                within("a button's title", &choice.title, limit::BUTTON_TITLE)?;
                id(&choice.id, limit::BUTTON_ID)?;
                if !titles.insert(choice.title.as_str()) {
                    return Err(OutboundError::Repeated { field: "title" });
                }
                // A button shows no description; nothing is lost that the title does not say.
                buttons.push(json!({"type": "reply", "reply": {"id": choice.id, "title": choice.title}}));
            }
            Ok((
                "interactive",
                json!({"type": "button", "body": {"text": literal(body)}, "action": {"buttons": buttons}}),
            ))
        }
        Reply::List { body, button, sections } => {
            within("the body", body, limit::BODY)?;
            within("the list's button", button, limit::BUTTON_TITLE)?;
            Ok((
                "interactive",
                json!({"type": "list", "body": {"text": literal(body)},
                    "action": {"button": button, "sections": list(sections)?}}),
            ))
        }
        Reply::Document { caption, document } => {
            if !caption.is_empty() {
                within("the caption", caption, limit::CAPTION)?;
            }
            within("the file name", &document.filename, limit::FILENAME)?;
            let media_id = media_id.ok_or(OutboundError::DocumentNotUploaded)?;
            let mut content = json!({"id": media_id, "filename": document.filename});
            if !caption.is_empty() {
                set(&mut content, "caption", json!(literal(caption)));
            }
            Ok(("document", content))
        }
    }
}

fn list(sections: &[Section]) -> Result<Vec<Value>, OutboundError> {
    count("sections", sections.len(), limit::SECTIONS)?;
    let rows = sections.iter().map(|section| section.choices.len()).sum();
    count("rows", rows, limit::ROWS)?;
    distinct(sections.iter().flat_map(|section| &section.choices))?;
    let mut out = Vec::new();
    for section in sections {
        count("rows in a section", section.choices.len(), limit::ROWS)?;
        let mut rows = Vec::new();
        for choice in &section.choices {
            id(&choice.id, limit::ROW_ID)?;
            within("a row's title", &choice.title, limit::ROW_TITLE)?;
            let mut row = json!({"id": choice.id, "title": choice.title});
            if let Some(description) = &choice.description {
                within("a row's description", description, limit::ROW_DESCRIPTION)?;
                set(&mut row, "description", json!(description));
            }
            rows.push(row);
        }
        let mut value = json!({"rows": rows});
        match &section.title {
            Some(title) => {
                within("a section's title", title, limit::SECTION_TITLE)?;
                set(&mut value, "title", json!(title));
            }
            None if sections.len() > 1 => return Err(OutboundError::SectionUntitled),
            None => {}
        }
        out.push(value);
    }
    Ok(out)
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn within(field: &'static str, text: &str, max: usize) -> Result<(), OutboundError> {
    let units = units(text);
    if units > max || text.trim().is_empty() {
        return Err(OutboundError::Length { field, units, max });
    }
    Ok(())
}

fn count(field: &'static str, count: usize, max: usize) -> Result<(), OutboundError> {
    if (1..=max).contains(&count) {
        Ok(())
    } else {
        Err(OutboundError::Count { field, count, max })
    }
}

fn id(id: &str, max: usize) -> Result<(), OutboundError> {
    within("an id", id, max)?;
    if id.trim() == id {
        Ok(())
    } else {
        Err(OutboundError::SpaceAroundId)
    }
}

fn distinct<'a>(choices: impl Iterator<Item = &'a Choice>) -> Result<(), OutboundError> {
    let mut ids = BTreeSet::new();
    for choice in choices {
        if !ids.insert(choice.id.as_str()) {
            return Err(OutboundError::Repeated { field: "id" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(id: &str, title: &str) -> Choice {
        Choice {
            id: id.into(),
            title: title.into(),
            description: None,
        }
    }

    fn somebody() -> Address {
        Address::parse("919810012345").unwrap()
    }

    fn built(reply: &Reply) -> Result<Value, OutboundError> {
        payload(&Outgoing {
            to: &somebody(),
            reply,
            reply_to: Some("wamid.X"),
            media_id: Some("42"),
            callback: Some("item-1"),
        })
    }

    #[test]
    fn a_text_is_what_meta_wants() {
        let body = "\u{0928}\u{092e}\u{0938}\u{094d}\u{0924}\u{0947}";
        assert_eq!(
            built(&Reply::Text { body: body.into() }).unwrap(),
            json!({
                "messaging_product": "whatsapp", "recipient_type": "individual", "to": "919810012345",
                "context": {"message_id": "wamid.X"}, "biz_opaque_callback_data": "item-1",
                "type": "text", "text": {"body": body, "preview_url": false}
            })
        );
    }

    #[test]
    fn a_person_without_a_number_is_reached_by_user_id() {
        let reply = Reply::Text { body: "a".into() };
        let to = Address::parse("IN.12").unwrap();
        let out = Outgoing {
            to: &to,
            reply: &reply,
            reply_to: None,
            media_id: None,
            callback: None,
        };
        let built = payload(&out).unwrap();
        assert_eq!(built.get("recipient"), Some(&json!("IN.12")));
        assert_eq!(built.get("to"), None);
        let nobody = Address {
            phone: None,
            user_id: None,
        };
        assert_eq!(
            payload(&Outgoing { to: &nobody, ..out }),
            Err(OutboundError::NoRecipient)
        );
    }

    #[test]
    fn limits_hold_at_their_edge_in_utf16_units() {
        // One matra or conjunct part is one unit; an emoji is two.
        let twenty = "\u{0915}".repeat(20);
        let ten_emoji = "\u{1f600}".repeat(10);
        let buttons = |title: &str| Reply::Buttons {
            body: "b".into(),
            choices: vec![choice("1", title)],
        };
        assert!(built(&buttons(&twenty)).is_ok());
        assert!(built(&buttons(&ten_emoji)).is_ok());
        for long in [
            "\u{0915}".repeat(21),
            "\u{1f600}".repeat(11),
            String::new(),
            "  ".into(),
        ] {
            assert!(matches!(
                built(&buttons(&long)),
                Err(OutboundError::Length {
                    field: "a button's title",
                    max: 20,
                    ..
                })
            ));
        }
        assert!(
            built(&Reply::Text {
                body: "\u{1f600}".repeat(2048)
            })
            .is_ok()
        );
        assert_eq!(
            built(&Reply::Text {
                body: "\u{1f600}".repeat(2049)
            }),
            Err(OutboundError::Length {
                field: "the text",
                units: 4098,
                max: 4096
            })
        );
    }

    #[test]
    fn what_a_list_or_buttons_may_not_be_is_refused() {
        let row = |n: usize| choice(&format!("r{n}"), &format!("Row {n}"));
        let section = |title: Option<&str>, rows: std::ops::Range<usize>| Section {
            title: title.map(Into::into),
            choices: rows.map(row).collect(),
        };
        let list = |sections| Reply::List {
            body: "b".into(),
            button: "Open".into(),
            sections,
        };
        let buttons = |choices| Reply::Buttons {
            body: "b".into(),
            choices,
        };
        let spaced = Choice {
            id: " x".into(),
            ..row(0)
        };
        let described = Choice {
            description: Some("d".repeat(73)),
            ..row(0)
        };
        assert!(built(&list(vec![section(None, 0..10)])).is_ok());
        assert!(built(&list(vec![section(Some("A"), 0..5), section(Some("B"), 5..10)])).is_ok());
        for (reply, expected) in [
            (
                list(vec![section(Some("A"), 0..6), section(Some("B"), 6..11)]),
                OutboundError::Count {
                    field: "rows",
                    count: 11,
                    max: 10,
                },
            ),
            (
                list(vec![]),
                OutboundError::Count {
                    field: "sections",
                    count: 0,
                    max: 10,
                },
            ),
            (
                list(vec![section(Some("A"), 0..2), section(None, 2..3)]),
                OutboundError::SectionUntitled,
            ),
            (
                list(vec![section(None, 0..2), section(Some("A"), 1..3)]),
                OutboundError::Repeated { field: "id" },
            ),
            (
                list(vec![Section {
                    title: None,
                    choices: vec![described],
                }]),
                OutboundError::Length {
                    field: "a row's description",
                    units: 73,
                    max: 72,
                },
            ),
            (
                buttons((0..4).map(row).collect()),
                OutboundError::Count {
                    field: "buttons",
                    count: 4,
                    max: 3,
                },
            ),
            (
                buttons(vec![choice("1", "Yes"), choice("2", "Yes")]),
                OutboundError::Repeated { field: "title" },
            ),
            (buttons(vec![spaced]), OutboundError::SpaceAroundId),
        ] {
            assert_eq!(built(&reply), Err(expected));
        }
    }

    #[test]
    fn a_document_needs_its_upload() {
        let reply = Reply::Document {
            caption: "Ready".into(),
            document: DocumentRef {
                digest: "00".into(),
                filename: "income.pdf".into(),
                media_type: "application/pdf".into(),
            },
        };
        assert_eq!(
            built(&reply).unwrap().get("document"),
            Some(&json!({"id": "42", "filename": "income.pdf", "caption": "Ready"}))
        );
        let to = somebody();
        assert_eq!(
            payload(&Outgoing {
                to: &to,
                reply: &reply,
                reply_to: None,
                media_id: None,
                callback: None
            }),
            Err(OutboundError::DocumentNotUploaded)
        );
        assert_eq!(check(&reply), Ok(()));
    }

    #[test]
    fn peoples_words_carry_no_formatting_and_no_link() {
        for (given, expected) in [
            ("*Asha*", "\u{2217}Asha\u{2217}"),
            ("a_b~c`d", "a\u{ff3f}b\u{223c}c\u{2019}d"),
            (
                "Asha\n\nYour application is approved",
                "Asha  Your application is approved",
            ),
            ("https://evil.example/x", "https\u{2236}//evil\u{2024}example/x"),
            ("R.K. Sharma", "R.K. Sharma"),
            ("> quote", "\u{203a} quote"),
            ("\u{0906}\u{0936}\u{093e}", "\u{0906}\u{0936}\u{093e}"),
        ] {
            assert_eq!(escape(given), expected);
            assert_eq!(units(&escape(given)), units(given));
        }
    }

    #[test]
    fn our_own_links_stay_whole() {
        assert_eq!(
            literal("See https://praman.example/C/A_B~C *now*\n> 1"),
            "See https://praman.example/C/A_B~C \u{2217}now\u{2217}\n\u{203a} 1"
        );
    }
}
