//! What the page shows, made from what the simulator remembers.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

use super::words::{FAULTS, Lang, Words};
use crate::simulator::SimulatorConfig;
use crate::simulator::state::{Author, Call, CallKind, State, Stored};

/// Calls on the page.
const CALLS_SHOWN: usize = 60;

/// The whole page.
#[derive(askama::Template)]
#[template(path = "simulator.html")]
pub(super) struct Page {
    pub(super) words: &'static Words,
    pub(super) lang: &'static str,
    pub(super) lang_tag: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) now: String,
    pub(super) now_iso: String,
    pub(super) phones: Vec<Phone>,
    pub(super) calls: Vec<CallRow>,
    pub(super) armed: Vec<String>,
    pub(super) faults: Vec<(&'static str, &'static str)>,
    pub(super) business_number: String,
}

pub(super) struct Phone {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    pub(super) number: String,
    pub(super) typing: bool,
    pub(super) bubbles: Vec<Bubble>,
    pub(super) starters: [(&'static str, &'static str); 2],
}

pub(super) struct Bubble {
    pub(super) sequence: u64,
    pub(super) class: &'static str,
    pub(super) sender: &'static str,
    pub(super) pieces: Vec<Piece>,
    pub(super) lang: &'static str,
    pub(super) time: String,
    pub(super) iso: String,
    pub(super) progress: String,
    pub(super) file: Option<File>,
    pub(super) buttons: Vec<Choice>,
    pub(super) list: Option<List>,
    pub(super) from_peer: bool,
    pub(super) call: Option<u64>,
}

/// A part of a text: words, or a link.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) link: bool,
}

pub(super) struct File {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) size: String,
    pub(super) is_image: bool,
}

pub(super) struct Choice {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) lang: &'static str,
}

pub(super) struct List {
    pub(super) button: String,
    pub(super) lang: &'static str,
    pub(super) sections: Vec<(String, Vec<Choice>)>,
}

pub(super) struct CallRow {
    pub(super) sequence: u64,
    pub(super) time: String,
    pub(super) inward: bool,
    pub(super) label: String,
    pub(super) code: String,
    pub(super) good: bool,
    pub(super) milliseconds: u64,
    pub(super) bubble: Option<u64>,
    pub(super) headers: Vec<String>,
    pub(super) request: String,
    pub(super) raw: Option<String>,
    pub(super) response: String,
    pub(super) replayable: bool,
}

impl Page {
    pub(super) fn new(state: &State, config: &SimulatorConfig, lang: Lang, now: Timestamp) -> Self {
        let words = lang.words();
        let shown: Vec<&Call> = state.calls.iter().rev().take(CALLS_SHOWN).collect();
        let personas = [(&config.citizen, "citizen", 0_usize), (&config.verifier, "verifier", 1)];
        let phones = personas
            .into_iter()
            .zip(words.phones.into_iter().zip(words.hints))
            .map(|((persona, key, _), (title, hint))| {
                let index = state
                    .people
                    .iter()
                    .position(|person| person.phone.as_deref() == Some(&persona.phone));
                let typing = index
                    .and_then(|index| state.people.get(index))
                    .and_then(|person| person.typing_until)
                    .is_some_and(|until| until > now);
                let bubbles = state
                    .messages
                    .iter()
                    .filter(|message| Some(message.person) == index && arrived(message))
                    .map(|message| bubble(message, state, &shown, lang, now))
                    .collect();
                Phone {
                    key,
                    title,
                    hint,
                    number: format!("+{}", persona.phone),
                    typing,
                    bubbles,
                    starters: [("hi", "नमस्ते"), ("en", "Hi")],
                }
            })
            .collect();
        Self {
            words,
            lang: lang.code(),
            lang_tag: lang.tag(),
            other_lang: match lang {
                Lang::En => "hi",
                Lang::Hi => "en",
            },
            now: long_time(now, lang),
            now_iso: now.to_string(),
            phones,
            calls: shown.iter().map(|call| row(call, state, lang, now)).collect(),
            armed: state.faults.iter().map(|fault| lang.armed(fault)).collect(),
            faults: FAULTS
                .iter()
                .map(|choice| {
                    (
                        choice.key,
                        match lang {
                            Lang::En => choice.en,
                            Lang::Hi => choice.hi,
                        },
                    )
                })
                .collect(),
            business_number: format!("+{}", config.display_phone_number),
        }
    }
}

/// What failed never came to the phone; it is among the calls.
fn arrived(message: &Stored) -> bool {
    message.author != Author::Business || message.progress.word() != "failed"
}

fn bubble(message: &Stored, state: &State, shown: &[&Call], lang: Lang, now: Timestamp) -> Bubble {
    let words = lang.words();
    let (class, sender) = match message.author {
        Author::Person => ("mine", words.you),
        Author::Business => ("theirs", words.office),
        Author::Peer(0) => ("peer", words.from_other[0]),
        Author::Peer(_) => ("peer", words.from_other[1]),
    };
    let from_peer = matches!(message.author, Author::Peer(_));
    let text = text_of(&message.content);
    Bubble {
        sequence: message.sequence,
        class,
        sender,
        lang: lang_of(&text),
        pieces: pieces(&text),
        time: short_time(message.at, lang, now),
        iso: message.at.to_string(),
        progress: if from_peer {
            String::new()
        } else {
            lang.progress(message.progress)
        },
        file: file_of(&message.content, state, words),
        buttons: choices_at(&message.content, "/interactive/action/buttons", "/reply"),
        list: list_of(&message.content),
        from_peer,
        call: shown
            .iter()
            .rev()
            .find(|call| call.message_id.as_deref() == Some(&message.id))
            .map(|call| call.sequence),
    }
}

/// The words of a message of either side.
pub(super) fn text_of(content: &Value) -> String {
    let at = |place: &str| content.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let kind = at("/type");
    let text = match kind {
        "text" | "" => at("/text/body").to_owned(),
        "interactive" => {
            let parts = [
                at("/interactive/header/text"),
                at("/interactive/body/text"),
                at("/interactive/footer/text"),
                at("/interactive/button_reply/title"),
                at("/interactive/list_reply/title"),
            ];
            parts
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n")
        }
        "button" => at("/button/text").to_owned(),
        "reaction" => at("/reaction/emoji").to_owned(),
        "location" => ["latitude", "longitude"]
            .map(|key| {
                content
                    .pointer(&format!("/location/{key}"))
                    .map(Value::to_string)
                    .unwrap_or_default()
            })
            .join(", "),
        "document" | "image" | "video" | "audio" => at(&format!("/{kind}/caption")).to_owned(),
        _ => String::new(),
    };
    let has_file = content.pointer(&format!("/{kind}/id")).is_some();
    if text.is_empty() && !has_file {
        return format!("[{kind}]");
    }
    text
}

fn file_of(content: &Value, state: &State, words: &Words) -> Option<File> {
    let (id, name) = media_of(content)?;
    let media = state.media.get(&id)?;
    let is_image = matches!(media.media_type.as_str(), "image/jpeg" | "image/png" | "image/webp");
    Some(File {
        name: name.or_else(|| media.filename.clone()).unwrap_or_else(|| {
            if is_image {
                words.photo.to_owned()
            } else {
                media.media_type.clone()
            }
        }),
        size: size(media.bytes.len()),
        is_image,
        id,
    })
}

/// The media id and file name of a message.
pub(super) fn media_of(content: &Value) -> Option<(String, Option<String>)> {
    let kind = content.get("type").and_then(Value::as_str)?;
    let part = content.get(kind)?;
    let part = if kind == "interactive" {
        part.pointer("/header/document")?
    } else {
        part
    };
    let text = |key: &str| part.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((text("id")?, text("filename")))
}

fn choices_at(content: &Value, place: &str, inner: &str) -> Vec<Choice> {
    content
        .pointer(place)
        .and_then(Value::as_array)
        .map(|items| items.iter().filter_map(|item| choice(item.pointer(inner)?)).collect())
        .unwrap_or_default()
}

fn choice(value: &Value) -> Option<Choice> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let title = text("title");
    Some(Choice {
        id: value.get("id")?.as_str()?.to_owned(),
        lang: lang_of(&title),
        title,
        description: text("description"),
    })
}

fn list_of(content: &Value) -> Option<List> {
    let action = content.pointer("/interactive/action")?;
    let button = action.get("button")?.as_str()?.to_owned();
    let sections = action.get("sections")?.as_array()?;
    Some(List {
        lang: lang_of(&button),
        button,
        sections: sections
            .iter()
            .map(|section| {
                let title = section.get("title").and_then(Value::as_str).unwrap_or_default();
                (title.to_owned(), choices_at(section, "/rows", ""))
            })
            .collect(),
    })
}

fn row(call: &Call, state: &State, lang: Lang, now: Timestamp) -> CallRow {
    let words = lang.words();
    let inward = call.kind != CallKind::Graph;
    let pretty = readable(&call.request);
    let changed = pretty != call.request;
    CallRow {
        sequence: call.sequence,
        time: short_time(call.at, lang, now),
        inward,
        label: call.label.clone(),
        code: call
            .http
            .map_or_else(|| words.no_answer.to_owned(), |code| code.to_string()),
        good: call.http == Some(200),
        milliseconds: call.milliseconds,
        bubble: call.message_id.as_ref().and_then(|id| {
            let message = state.messages.iter().find(|message| message.id == *id)?;
            let on_page = message.person < 2 && arrived(message);
            on_page.then_some(message.sequence)
        }),
        headers: call
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect(),
        raw: (inward && changed).then(|| call.request.clone()),
        request: pretty,
        response: readable(&call.response),
        replayable: matches!(call.kind, CallKind::Webhook { .. }),
    }
}

fn readable(text: &str) -> String {
    serde_json::from_str::<Value>(text)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| text.to_owned())
}

/// The language of a text, by its script.
pub(super) fn lang_of(text: &str) -> &'static str {
    if text.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c)) {
        "hi"
    } else {
        "en-IN"
    }
}

/// Splits at links with `http` or `https`.
fn pieces(text: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        let link = (word.starts_with("https://") || word.starts_with("http://")) && word.len() > 9;
        if link {
            let end = word.trim_end_matches(['.', ',', ')', '।']).len();
            let (address, rest) = part.split_at(end);
            out.push(Piece {
                text: address.to_owned(),
                link: true,
            });
            out.push(Piece {
                text: rest.to_owned(),
                link: false,
            });
        } else if let Some(Piece { text, link: false }) = out.last_mut() {
            text.push_str(part);
        } else {
            out.push(Piece {
                text: part.to_owned(),
                link: false,
            });
        }
    }
    out
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{} MB", bytes.div_ceil(1_048_576)),
    }
}

fn zoned(at: Timestamp) -> jiff::Zoned {
    // India has one time, and no summer time.
    let offset = Offset::from_seconds(19_800).unwrap_or(Offset::UTC);
    at.to_zoned(TimeZone::fixed(offset))
}

fn short_time(at: Timestamp, lang: Lang, now: Timestamp) -> String {
    let (at, today) = (zoned(at), zoned(now));
    let clock = format!("{:02}:{:02}", at.hour(), at.minute());
    if at.date() == today.date() {
        clock
    } else {
        format!("{} {} {clock}", at.day(), lang.month(at.month()))
    }
}

fn long_time(at: Timestamp, lang: Lang) -> String {
    let at = zoned(at);
    format!(
        "{} {} {}, {:02}:{:02}",
        at.day(),
        lang.month(at.month()),
        at.year(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_end_before_the_full_stop() {
        let parts: Vec<_> = pieces("See https://a.example/C/X. Then go")
            .into_iter()
            .map(|piece| (piece.text, piece.link))
            .collect();
        assert_eq!(
            parts,
            [
                ("See ".into(), false),
                ("https://a.example/C/X".into(), true),
                (". Then go".into(), false)
            ]
        );
    }

    #[test]
    fn times_are_indian() {
        let at = "2026-11-22T20:00:00Z".parse().unwrap();
        assert_eq!(short_time(at, Lang::En, at), "01:30");
        let later = "2026-11-24T20:00:00Z".parse().unwrap();
        assert_eq!(short_time(at, Lang::En, later), "23 November 01:30");
        assert_eq!(long_time(at, Lang::Hi), "23 नवंबर 2026, 01:30");
    }
}
