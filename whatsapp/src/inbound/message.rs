use assistant::said::{PaperProblem, Said};
use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{SkipReason, address, time, walk};
use crate::Address;

/// One message of one person to us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Meta's id (wamid): the same in every repeat, so the key against doing anything twice.
    pub id: String,
    /// Who wrote.
    pub from: Address,
    /// The name that the person chose to show; it proves nothing.
    pub profile_name: Option<String>,
    /// The name that the person goes by on WhatsApp; may change at will.
    pub username: Option<String>,
    /// When, by Meta's clock; the time of receipt where the message carries none.
    pub at: Timestamp,
    /// The message that this one answers.
    pub context: Option<Context>,
    /// What it is.
    pub kind: Kind,
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Its wamid.
    pub id: Option<String>,
    /// Whether this message was passed on from another chat.
    pub forwarded: bool,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Typed words.
    Text {
        /// As typed, without NUL.
        body: String,
    },
    /// A tap on a button, a row or a template's quick reply.
    Tap {
        /// The id that we gave. From outside: anybody can send any id.
        id: String,
        /// The label that was tapped.
        title: String,
    },
    /// A tap whose content Meta did not hand over (seen together with error 131000).
    EmptyTap,
    /// A form that was filled in natively.
    Flow {
        /// The answers; `None` when they are not a JSON object.
        response: Option<Value>,
    },
    /// A file.
    Media(Media),
    /// A place.
    Location {
        /// Degrees north.
        latitude: Option<f64>,
        /// Degrees east.
        longitude: Option<f64>,
    },
    /// Contact cards.
    Contacts {
        /// The phone numbers on them, as written.
        phones: Vec<String>,
    },
    /// A reaction to a message; no emoji means that it was taken back.
    Reaction {
        /// The message.
        message_id: Option<String>,
        /// The sign.
        emoji: Option<String>,
    },
    /// An order from a shop catalogue.
    Order,
    /// The chat was opened for the first time.
    Welcome,
    /// The person's number or identity changed.
    System(SystemChange),
    /// The person changed an earlier message. Nothing that was handed in changes by this.
    Edited {
        /// The earlier message.
        original: Option<String>,
    },
    /// The person took an earlier message back.
    Revoked {
        /// The earlier message.
        original: Option<String>,
    },
    /// Anything else, among it what Meta itself calls unsupported.
    Unsupported {
        /// Meta's name for it.
        name: String,
        /// Meta's error code, usually 131051.
        code: Option<i64>,
    },
}

/// A file that WhatsApp holds for us, for seven days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What it was sent as.
    pub kind: MediaKind,
    /// The id under which the Graph API gives it out.
    pub id: String,
    /// As announced, without parameters, lower case.
    pub media_type: Option<String>,
    /// SHA-256 of the bytes, lower-case hex (Meta sends base64 here and hex in the look-up).
    pub digest: Option<String>,
    /// Words under it.
    pub caption: Option<String>,
    /// The sender's file name without paths, control characters and direction marks.
    pub filename: Option<String>,
}

/// What a file was sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A photo.
    Image,
    /// A file of any type.
    Document,
    /// A recorded voice note or another sound.
    Audio,
    /// A film.
    Video,
    /// A sticker.
    Sticker,
}

/// A change of the person behind an address. Whoever writes next may be somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemChange {
    /// Meta's name: `user_changed_number`, `user_changed_user_id`, `customer_identity_changed` and older ones.
    pub name: String,
    /// The new address, where one was given.
    pub new: Option<Address>,
}

/// What the conversation has to do with a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Hand this to the assistant.
    Said(Said),
    /// Fetch the file first; then it is a paper, or a refused one.
    Fetch(Media),
    /// Fetch the sound first; then it is a voice note, or a refused one.
    Listen(Media),
    /// Nothing to answer.
    Silent,
}

impl Kind {
    /// What the conversation has to do with it.
    pub fn meaning(&self) -> Meaning {
        Meaning::Said(match self {
            Self::Text { body } => Said::Text(body.clone()),
            Self::Tap { id, title } => Said::Chose {
                id: id.clone(),
                title: title.clone(),
            },
            // An id that nobody was offered: the assistant answers as to any button that is out of date.
            Self::EmptyTap => Said::Chose {
                id: String::new(),
                title: String::new(),
            },
            // Opening the chat is a greeting.
            Self::Welcome => Said::Text("Hi".to_owned()),
            Self::Media(media) => match media.kind {
                MediaKind::Audio => return Meaning::Listen(media.clone()),
                MediaKind::Sticker => Said::Sticker,
                MediaKind::Video => Said::PaperRefused(PaperProblem::WrongType),
                MediaKind::Image => return Meaning::Fetch(media.clone()),
                MediaKind::Document => match media.media_type.as_deref() {
                    // Phones that do not know a type say octet-stream; the bytes decide.
                    None | Some("application/pdf" | "image/jpeg" | "image/png" | "application/octet-stream") => {
                        return Meaning::Fetch(media.clone());
                    }
                    Some(_) => Said::PaperRefused(PaperProblem::WrongType),
                },
            },
            Self::Location { .. } => Said::Location,
            Self::Contacts { .. } => Said::Contact,
            Self::Reaction { .. } => Said::Reaction,
            Self::Flow { .. } | Self::Order | Self::Unsupported { .. } => Said::Unsupported,
            Self::System(_) | Self::Edited { .. } | Self::Revoked { .. } => return Meaning::Silent,
        })
    }
}

pub(super) fn read(message: &Value, contacts: &[Value], received_at: Timestamp) -> Result<Message, SkipReason> {
    if !message.is_object() {
        return Err(SkipReason::Malformed);
    }
    let id = walk::text(message, "id")
        .filter(|id| id.len() <= 512)
        .ok_or(SkipReason::NoId)?;
    if walk::text(message, "group_id").is_some() {
        return Err(SkipReason::Group);
    }
    let sender = address(message, "from", "from_user_id");
    let contact = contact(sender.as_ref(), contacts);
    let card = contact.and_then(|contact| address(contact, "wa_id", "user_id"));
    let from = match sender {
        Some(sender) => sender.merge(card),
        None => card.ok_or(SkipReason::NoSender)?,
    };
    let profile = contact.and_then(|contact| contact.get("profile"));
    Ok(Message {
        id,
        from,
        profile_name: profile.and_then(|profile| walk::text(profile, "name")),
        username: profile.and_then(|profile| walk::text(profile, "username")),
        at: time(message, received_at),
        context: message
            .get("context")
            .filter(|context| context.is_object())
            .map(|context| Context {
                id: walk::text(context, "id"),
                forwarded: ["forwarded", "frequently_forwarded"]
                    .iter()
                    .any(|key| context.get(key).and_then(Value::as_bool) == Some(true)),
            }),
        kind: kind(message),
    })
}

/// The card of the sender. A message without a sender belongs to the only card there is, if there is only one.
fn contact<'a>(sender: Option<&Address>, contacts: &'a [Value]) -> Option<&'a Value> {
    let Some(sender) = sender else {
        return match contacts {
            [only] => Some(only),
            _ => None,
        };
    };
    contacts.iter().find(|contact| {
        address(contact, "wa_id", "user_id").is_some_and(|card| {
            (card.phone.is_some() && card.phone == sender.phone)
                || (card.user_id.is_some() && card.user_id == sender.user_id)
        })
    })
}

fn kind(message: &Value) -> Kind {
    let name = walk::text(message, "type").unwrap_or_default();
    let part = message.get(name.as_str()).unwrap_or(&Value::Null);
    let known = match name.as_str() {
        "text" => walk::text(part, "body").map(|body| Kind::Text { body }),
        "interactive" => Some(interactive(part)),
        "button" => walk::text(part, "payload")
            .or_else(|| walk::text(part, "text"))
            .map(|id| Kind::Tap {
                id,
                title: walk::text(part, "text").unwrap_or_default(),
            }),
        "image" => media(part, MediaKind::Image),
        "document" => media(part, MediaKind::Document),
        "audio" | "voice" => media(part, MediaKind::Audio),
        "video" => media(part, MediaKind::Video),
        "sticker" => media(part, MediaKind::Sticker),
        "location" => Some(Kind::Location {
            latitude: walk::decimal(part, "latitude"),
            longitude: walk::decimal(part, "longitude"),
        }),
        "contacts" => Some(Kind::Contacts {
            phones: part
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|card| card.get("phones").and_then(Value::as_array))
                .flatten()
                .filter_map(|phone| walk::text(phone, "wa_id").or_else(|| walk::text(phone, "phone")))
                .collect(),
        }),
        "reaction" => Some(Kind::Reaction {
            message_id: walk::text(part, "message_id"),
            emoji: walk::text(part, "emoji"),
        }),
        "order" => Some(Kind::Order),
        "request_welcome" => Some(Kind::Welcome),
        "system" => Some(Kind::System(SystemChange {
            name: walk::text(part, "type").unwrap_or_default(),
            new: address(part, "wa_id", "user_id").or_else(|| address(part, "new_wa_id", "new_user_id")),
        })),
        "edit" => Some(Kind::Edited {
            original: walk::text(part, "original_message_id"),
        }),
        "revoke" => Some(Kind::Revoked {
            original: walk::text(part, "original_message_id"),
        }),
        _ => None,
    };
    known.unwrap_or_else(|| Kind::Unsupported {
        code: message
            .get("errors")
            .and_then(|errors| errors.get(0))
            .and_then(|error| walk::number(error, "code")),
        name,
    })
}

fn interactive(part: &Value) -> Kind {
    for key in ["button_reply", "list_reply"] {
        if let Some(reply) = part.get(key)
            && let Some(id) = walk::text(reply, "id")
        {
            return Kind::Tap {
                id,
                title: walk::text(reply, "title").unwrap_or_default(),
            };
        }
    }
    if let Some(reply) = part.get("nfm_reply") {
        return Kind::Flow {
            response: walk::text(reply, "response_json")
                .and_then(|text| serde_json::from_str(&text).ok())
                .filter(Value::is_object),
        };
    }
    Kind::EmptyTap
}

fn media(part: &Value, kind: MediaKind) -> Option<Kind> {
    // The id becomes part of a path, so it is held to what Meta uses.
    let id = walk::text(part, "id").filter(|id| {
        id.len() <= 128
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })?;
    Some(Kind::Media(Media {
        kind,
        id,
        media_type: walk::text(part, "mime_type")
            .map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()),
        digest: walk::text(part, "sha256").and_then(|text| digest(&text)),
        caption: walk::text(part, "caption"),
        filename: walk::text(part, "filename").and_then(|name| clean_filename(&name)),
    }))
}

/// Base64 (webhooks) or hex (look-ups, old examples) of 32 bytes, as lower-case hex.
fn digest(text: &str) -> Option<String> {
    let bytes = HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()
        .filter(|bytes| bytes.len() == 32)
        .or_else(|| BASE64.decode(text.as_bytes()).ok())
        .filter(|bytes| bytes.len() == 32)?;
    Some(HEXLOWER.encode(&bytes))
}

/// A name that is shown and stored but never opened: no folders, no control characters, no marks that make
/// `fdp.exe` read as `exe.pdf`.
fn clean_filename(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| {
            !c.is_control()
                && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        })
        .take(120)
        .collect();
    let clean = clean.trim().trim_matches('.').to_owned();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_what_could_deceive() {
        for (given, expected) in [
            ("../../etc/passwd", Some("passwd")),
            ("C:\\papers\\Aadhaar card.pdf", Some("Aadhaar card.pdf")),
            ("bill\u{202e}fdp.exe", Some("billfdp.exe")),
            (
                "\u{0906}\u{0927}\u{093e}\u{0930}.pdf",
                Some("\u{0906}\u{0927}\u{093e}\u{0930}.pdf"),
            ),
            ("..", None),
            ("\n", None),
        ] {
            assert_eq!(clean_filename(given).as_deref(), expected, "{given:?}");
        }
    }

    #[test]
    fn both_forms_of_a_digest_are_one() {
        let hex = "49f22763480629313b49459bc30b5be3e1400f415916fcf0bf35";
        assert_eq!(digest(hex), None, "26 bytes are no SHA-256");
        let full = "81d3bd8a8db4868c9520ed47186e8b7c5789e61ff79f7f834be6950b808a90d3";
        assert_eq!(digest(full).as_deref(), Some(full));
        let base64 = BASE64.encode(&HEXLOWER.decode(full.as_bytes()).unwrap());
        assert_eq!(digest(&base64).as_deref(), Some(full));
        assert_eq!(digest("SfInY0gGKTsJ"), None);
    }
}
