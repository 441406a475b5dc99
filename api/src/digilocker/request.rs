//! What DigiLocker asks: first whether it is DigiLocker, over the raw bytes; then the XML, strictly.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp, civil::Date};
use roxmltree::{Document, Node, ParsingOptions};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::DigiLocker;

/// The root of a search.
pub(super) const PULL_URI: &str = "PullURIRequest";
/// The root of a fetch.
pub(super) const PULL_DOC: &str = "PullDocRequest";

/// A request of another time than now, by more than this, is not taken.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Elements, attributes and texts of a request: it has some twenty.
const NODES_MAX: u32 = 200;
/// Of one value.
const TEXT_CHARACTERS_MAX: usize = 200;

/// A request of DigiLocker's, whole and of now.
pub(super) struct Asked {
    /// As it was sent, to be sent back.
    pub(super) ts: String,
    /// When that is.
    pub(super) at: Timestamp,
    pub(super) txn: String,
    /// The account that asks.
    pub(super) locker: String,
    /// With the PDF, or its data alone.
    pub(super) pdf: bool,
    pub(super) wanted: Wanted,
}

/// What is wanted.
pub(super) enum Wanted {
    /// Somebody looks for theirs.
    Search {
        doc_type: String,
        number: String,
        name: String,
        born: Option<Date>,
    },
    /// Somebody opens what they found.
    Document { uri: String },
}

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not authenticated.
    Hmac,
    /// Another organisation.
    Organisation,
    /// Not the hash of key and time.
    Keyhash,
    /// Of another time.
    Time,
    /// It was there before.
    Again,
    /// Authenticated, and not of the form.
    Form,
}

impl Refused {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Organisation => "organisation",
            Self::Keyhash => "keyhash",
            Self::Time => "time",
            Self::Again => "again",
            Self::Form => "form",
        }
    }
}

/// Reads a request with this root.
pub(super) fn read(
    agreed: &DigiLocker,
    hmac: Option<&[u8]>,
    raw: &[u8],
    root: &'static str,
    now: Timestamp,
) -> Result<Asked, Refused> {
    if !authentic(&agreed.api_key, hmac, raw) {
        return Err(Refused::Hmac);
    }
    let text = std::str::from_utf8(raw).map_err(|_| Refused::Form)?;
    let options = ParsingOptions {
        // No DTD, and so no entities but those of XML itself.
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|_| Refused::Form)?;
    let request = document.root_element();
    if request.tag_name().name() != root {
        return Err(Refused::Form);
    }
    let attribute = |name: &str| request.attribute(name).ok_or(Refused::Form);
    let (ts, txn) = (attribute("ts")?, attribute("txn")?);
    let same = |one: &[u8], two: &[u8]| bool::from(one.ct_eq(two));
    if !same(attribute("orgId")?.as_bytes(), agreed.org_id.as_bytes()) {
        return Err(Refused::Organisation);
    }
    let mut hash = Sha256::new();
    hash.update(&agreed.api_key);
    hash.update(ts.as_bytes());
    let claimed = HEXLOWER_PERMISSIVE.decode(attribute("keyhash")?.as_bytes());
    if !claimed.is_ok_and(|claimed| same(&claimed, &hash.finalize())) {
        return Err(Refused::Keyhash);
    }
    let at: Timestamp = ts.parse().map_err(|_| Refused::Time)?;
    if now.duration_since(at).abs() > WINDOW {
        return Err(Refused::Time);
    }
    let plain = |text: &str| (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let details = only(&request, "DocDetails")?.ok_or(Refused::Form)?;
    let locker = needed(&details, "DigiLockerId")?;
    if !plain(txn) || !plain(&locker) {
        return Err(Refused::Form);
    }
    let pdf = match request.attribute("format") {
        None | Some("" | "xml") => false,
        Some("pdf" | "both") => true,
        Some(_) => return Err(Refused::Form),
    };
    let wanted = if root == PULL_URI {
        Wanted::Search {
            doc_type: needed(&details, "DocType")?,
            number: needed(&details, "UDF1")?,
            name: needed(&details, "FullName")?,
            born: match text_of(&details, "DOB")? {
                None => None,
                Some(text) => Some(Date::strptime("%d-%m-%Y", text).map_err(|_| Refused::Form)?),
            },
        }
    } else {
        Wanted::Document {
            uri: needed(&details, "URI")?,
        }
    };
    Ok(Asked {
        ts: ts.to_owned(),
        at,
        txn: txn.to_owned(),
        locker,
        pdf,
        wanted,
    })
}

/// Whether the header is the HMAC-SHA256 over the body under the key that both have: base64 of its 32 bytes, as the specification says, or
/// of their 64 hexadecimal digits, as requests in the field have it. Both prove the same.
fn authentic(api_key: &[u8], header: Option<&[u8]>, raw: &[u8]) -> bool {
    let Some(sent) = header.and_then(|header| BASE64.decode(header).ok()) else {
        return false;
    };
    let claimed = match sent.len() {
        64 => HEXLOWER_PERMISSIVE.decode(&sent).unwrap_or_default(),
        _ => sent,
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(api_key) else {
        return false;
    };
    mac.update(raw);
    // In constant time.
    mac.verify_slice(&claimed).is_ok()
}

/// The one child of this name; an error where there are several.
fn only<'a, 'input>(parent: &Node<'a, 'input>, name: &str) -> Result<Option<Node<'a, 'input>>, Refused> {
    let mut found = parent.children().filter(|node| node.tag_name().name() == name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(Refused::Form),
    }
}

/// The words of a child, if there are any and nothing else is in it.
fn text_of<'a>(parent: &Node<'a, '_>, name: &str) -> Result<Option<&'a str>, Refused> {
    let Some(node) = only(parent, name)? else {
        return Ok(None);
    };
    if node.children().any(|child| !child.is_text()) {
        return Err(Refused::Form);
    }
    let text = node.text().unwrap_or_default().trim();
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(Refused::Form);
    }
    Ok((!text.is_empty()).then_some(text))
}

fn needed(parent: &Node<'_, '_>, name: &str) -> Result<String, Refused> {
    text_of(parent, name)?.map(str::to_owned).ok_or(Refused::Form)
}
