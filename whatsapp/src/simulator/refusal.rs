//! Meta's refusals, and the checks that a message has to pass before it is taken over.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::outbound::{limit, units};

/// A refusal in Meta's words and codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: i64,
    pub(super) subcode: Option<i64>,
    pub(super) kind: &'static str,
    pub(super) message: String,
    pub(super) details: Option<String>,
}

impl Refusal {
    pub(super) fn new(http: u16, code: i64, message: impl Into<String>) -> Self {
        Self {
            http,
            code,
            subcode: None,
            kind: "OAuthException",
            message: message.into(),
            details: None,
        }
    }

    /// (#100): a parameter of the call itself.
    pub(super) fn parameter(message: impl AsRef<str>) -> Self {
        Self::new(400, 100, format!("(#100) {}", message.as_ref()))
    }

    /// 131009: a value inside a message.
    pub(super) fn value(details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::new(400, 131_009, "(#131009) Parameter value is not valid")
        }
    }

    /// 131008: something that has to be there is not.
    fn missing(details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::new(400, 131_008, "(#131008) Required parameter is missing")
        }
    }

    pub(super) fn token() -> Self {
        Self::new(401, 190, "Invalid OAuth access token - Cannot parse access token")
    }

    pub(super) fn object(id: &str) -> Self {
        Self {
            subcode: Some(33),
            kind: "GraphMethodException",
            ..Self::new(
                400,
                100,
                format!(
                    "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
                ),
            )
        }
    }

    /// The words that Meta uses for a code; used for faults that are asked for.
    pub(super) fn of_code(http: Option<u16>, code: i64) -> Self {
        let (usual, title) = match code {
            0 => (401, "AuthException"),
            4 => (400, "Application request limit reached"),
            10 => (403, "Permission denied"),
            190 => (401, "Access token has expired"),
            368 => (403, "Temporarily blocked for policies violations"),
            80_007 => (400, "Rate limit issues"),
            130_429 => (429, "Rate limit hit"),
            131_000 => (500, "Something went wrong"),
            131_016 => (503, "Service unavailable"),
            131_026 => (400, "Message undeliverable"),
            131_031 => (403, "Account has been locked"),
            131_047 => (400, "Re-engagement message"),
            131_052 => (400, "Media download error"),
            131_053 => (400, "Media upload error"),
            131_056 => (400, "(Business Account, Consumer Account) pair rate limit hit"),
            131_057 => (500, "Account in maintenance mode"),
            _ => (400, "Request failed"),
        };
        Self {
            details: Some(title.to_owned()),
            ..Self::new(http.unwrap_or(usual), code, format!("(#{code}) {title}"))
        }
    }

    pub(super) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": trace,
        });
        if let Some(object) = error.as_object_mut() {
            if let Some(subcode) = self.subcode {
                object.insert("error_subcode".to_owned(), json!(subcode));
            }
            if let Some(details) = &self.details {
                object.insert(
                    "error_data".to_owned(),
                    json!({"messaging_product": "whatsapp", "details": details}),
                );
            }
        }
        json!({ "error": error })
    }
}

/// Checks a message. `has_media` says whether a media id of that use is known.
pub(super) fn check(message: &Value, has_media: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    if message.get("recipient_type").is_some_and(|kind| kind != "individual") {
        return Err(Refusal::parameter("Param recipient_type must be one of {INDIVIDUAL}"));
    }
    if let Some(callback) = message.get("biz_opaque_callback_data") {
        let callback = callback
            .as_str()
            .ok_or_else(|| Refusal::parameter("Param biz_opaque_callback_data must be a string"))?;
        if units(callback) > limit::CALLBACK {
            return Err(Refusal::parameter(
                "Param biz_opaque_callback_data must be at most 512 characters long.",
            ));
        }
    }
    let kind = match message.get("type") {
        None => "text",
        Some(kind) => kind.as_str().unwrap_or_default(),
    };
    let part = message.get(kind).unwrap_or(&Value::Null);
    let known = [
        "text",
        "interactive",
        "document",
        "image",
        "audio",
        "video",
        "sticker",
        "reaction",
        "contacts",
        "location",
        "template",
    ];
    if !known.contains(&kind) {
        return Err(Refusal::parameter(
            "Param type must be one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO}",
        ));
    }
    if part.is_null() {
        return Err(Refusal::parameter(format!("The parameter {kind} is required.")));
    }
    match kind {
        "text" => text(part),
        "interactive" => interactive(part, has_media),
        "document" | "image" | "audio" | "video" | "sticker" => media(kind, part, has_media),
        "reaction" => required(part, "message_id", "reaction", 512).map(|_| ()),
        "location" => ["latitude", "longitude"]
            .iter()
            .all(|key| part.get(key).is_some_and(|v| v.is_number() || v.is_string()))
            .then_some(())
            .ok_or_else(|| Refusal::missing("location needs latitude and longitude")),
        "contacts" => part
            .as_array()
            .is_some_and(|cards| !cards.is_empty())
            .then_some(())
            .ok_or_else(|| Refusal::missing("contacts must be a non-empty array")),
        _ => Err(Refusal {
            details: Some("template name does not exist in the translation".to_owned()),
            ..Refusal::new(
                404,
                132_001,
                "(#132001) Template name does not exist in the translation",
            )
        }),
    }
}

fn text(part: &Value) -> Result<(), Refusal> {
    let body = part
        .get("body")
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::parameter("The parameter text['body'] is required."))?;
    if body.trim().is_empty() {
        return Err(Refusal::parameter("The parameter text['body'] is required."));
    }
    if units(body) > limit::TEXT {
        return Err(Refusal::parameter(
            "Param text['body'] must be at most 4096 characters long.",
        ));
    }
    Ok(())
}

fn media(kind: &str, part: &Value, has_media: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    let id = part.get("id").and_then(Value::as_str);
    let link = part.get("link").and_then(Value::as_str);
    match (id, link) {
        (Some(id), None) if has_media(id) => {}
        (Some(_), None) => {
            return Err(Refusal::parameter(format!(
                "Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
            )));
        }
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => {}
        (None, Some(_)) => {
            return Err(Refusal::parameter(format!("Param {kind}['link'] is not a valid URI.")));
        }
        _ => {
            return Err(Refusal::parameter(format!(
                "Exactly one of {kind}['id'] and {kind}['link'] is required."
            )));
        }
    }
    if let Some(caption) = part.get("caption") {
        if matches!(kind, "audio" | "sticker") {
            return Err(Refusal::parameter(format!(
                "Unexpected key \"caption\" on param \"{kind}\"."
            )));
        }
        length(caption, "caption", limit::CAPTION)?;
    }
    if let Some(filename) = part.get("filename") {
        if kind != "document" {
            return Err(Refusal::parameter(format!(
                "Unexpected key \"filename\" on param \"{kind}\"."
            )));
        }
        length(filename, "filename", limit::FILENAME)?;
    }
    Ok(())
}

fn interactive(part: &Value, has_media: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    let action = part
        .get("action")
        .filter(|action| action.is_object())
        .ok_or_else(|| Refusal::parameter("The parameter interactive['action'] is required."))?;
    let body = part
        .pointer("/body/text")
        .ok_or_else(|| Refusal::parameter("The parameter interactive['body']['text'] is required."))?;
    // Meta's reference says 4096 for lists and 1024 elsewhere.
    length(
        body,
        "Body text",
        if kind == "list" { limit::TEXT } else { limit::BODY },
    )?;
    if let Some(footer) = part.pointer("/footer/text") {
        length(footer, "Footer text", 60)?;
    }
    if let Some(header) = part.get("header") {
        self::header(header, kind, has_media)?;
    }
    match kind {
        "button" => buttons(action),
        "list" => list(action),
        "cta_url" => {
            required(action, "name", "action", 256)?;
            let parameters = action.get("parameters").unwrap_or(&Value::Null);
            required(parameters, "display_text", "parameters", limit::BUTTON_TITLE)?;
            required(parameters, "url", "parameters", 2000).map(|_| ())
        }
        "location_request_message" if action.get("name") == Some(&json!("send_location")) => Ok(()),
        "request_contact_info" if action.get("name") == Some(&json!("request_contact_info")) => Ok(()),
        "flow" => Err(Refusal::value(
            "Flow does not exist for this WhatsApp Business Account.",
        )),
        _ => Err(Refusal::value(
            "interactive['type'] must be one of {button, list, cta_url, flow, location_request_message, request_contact_info} with the action that belongs to it",
        )),
    }
}

fn header(header: &Value, kind: &str, has_media: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    match header.get("type").and_then(Value::as_str) {
        Some("text") => length(header.get("text").unwrap_or(&Value::Null), "Header text", 60),
        Some(media_kind @ ("image" | "video" | "document")) if kind != "list" && kind != "flow" => {
            media(media_kind, header.get(media_kind).unwrap_or(&Value::Null), has_media)
        }
        _ => Err(Refusal::value("Header type is not supported for this message")),
    }
}

fn buttons(action: &Value) -> Result<(), Refusal> {
    let buttons = action
        .get("buttons")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if !(1..=limit::BUTTONS).contains(&buttons.len()) {
        return Err(Refusal::value(
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3",
        ));
    }
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in buttons {
        if button.get("type") != Some(&json!("reply")) {
            return Err(Refusal::value("Button type must be reply"));
        }
        let reply = button.get("reply").unwrap_or(&Value::Null);
        let title = required(reply, "title", "Button", limit::BUTTON_TITLE)?;
        let id = identifier(reply, "Button", limit::BUTTON_ID)?;
        if !titles.insert(title) {
            return Err(Refusal::value("Duplicated title among buttons"));
        }
        if !ids.insert(id) {
            return Err(Refusal::value("Duplicated id among buttons"));
        }
    }
    Ok(())
}

fn list(action: &Value) -> Result<(), Refusal> {
    required(action, "button", "Button", limit::BUTTON_TITLE)?;
    let sections = action
        .get("sections")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if !(1..=limit::SECTIONS).contains(&sections.len()) {
        return Err(Refusal::value(
            "Invalid sections count. Min allowed sections: 1, Max allowed sections: 10",
        ));
    }
    let mut ids = BTreeSet::new();
    for section in sections {
        match section.get("title") {
            Some(title) => length(title, "Section title", limit::SECTION_TITLE)?,
            None if sections.len() > 1 => {
                return Err(Refusal::missing(
                    "Section title is required when there is more than one section",
                ));
            }
            None => {}
        }
        let rows = section
            .get("rows")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        if rows.is_empty() {
            return Err(Refusal::value("A section has no rows"));
        }
        for row in rows {
            required(row, "title", "Row", limit::ROW_TITLE)?;
            if let Some(description) = row.get("description") {
                length(description, "Row description", limit::ROW_DESCRIPTION)?;
            }
            if !ids.insert(identifier(row, "Row", limit::ROW_ID)?) {
                return Err(Refusal::value("Duplicated row id among rows"));
            }
        }
    }
    if ids.len() > limit::ROWS {
        return Err(Refusal::value("Total row count exceed max allowed count: 10"));
    }
    Ok(())
}

fn length(value: &Value, name: &str, max: usize) -> Result<(), Refusal> {
    let ok = value
        .as_str()
        .is_some_and(|text| !text.trim().is_empty() && units(text) <= max);
    ok.then_some(())
        .ok_or_else(|| Refusal::value(format!("{name} length invalid. Min length: 1, Max length: {max}")))
}

fn required<'a>(part: &'a Value, key: &str, name: &str, max: usize) -> Result<&'a str, Refusal> {
    let value = part
        .get(key)
        .ok_or_else(|| Refusal::missing(format!("{name} {key} is required")))?;
    length(value, &format!("{name} {key}"), max)?;
    Ok(value.as_str().unwrap_or_default())
}

fn identifier<'a>(part: &'a Value, name: &str, max: usize) -> Result<&'a str, Refusal> {
    let id = required(part, "id", name, max)?;
    if id.trim() == id {
        Ok(id)
    } else {
        Err(Refusal::value(format!("{name} id has leading or trailing spaces")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(message: Value) -> Option<(i64, String)> {
        check(&message, &|id| id == "42")
            .err()
            .map(|refusal| (refusal.code, refusal.details.unwrap_or(refusal.message)))
    }

    fn buttons(count: usize, title: &str) -> Value {
        let buttons: Vec<_> = (0..count)
            .map(|n| json!({"type": "reply", "reply": {"id": n.to_string(), "title": format!("{title}{n}")}}))
            .collect();
        json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "b"}, "action": {"buttons": buttons}}})
    }

    fn rows(count: usize) -> Value {
        let rows: Vec<_> = (0..count).map(|n| json!({"id": n.to_string(), "title": "r"})).collect();
        json!({"type": "interactive", "interactive": {"type": "list", "body": {"text": "b"},
            "action": {"button": "Open", "sections": [{"rows": rows}]}}})
    }

    #[test]
    fn what_meta_takes_is_taken() {
        for message in [
            json!({"text": {"body": "a"}}),
            json!({"type": "text", "text": {"body": "\u{0915}".repeat(4096)}}),
            buttons(3, "Yes"),
            buttons(1, &"\u{0915}".repeat(19)),
            rows(10),
            json!({"type": "document", "document": {"id": "42", "filename": "a.pdf", "caption": "c"}}),
            json!({"type": "image", "image": {"link": "https://example.org/a.png"}}),
            json!({"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": "b"},
                "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.org"}}}}),
        ] {
            assert_eq!(code(message.clone()), None, "{message}");
        }
    }

    #[test]
    fn what_meta_refuses_is_refused_with_its_code() {
        let long = |n: usize| "x".repeat(n);
        let mut twice = buttons(2, "Yes");
        twice["interactive"]["action"]["buttons"][1]["reply"]["title"] = json!("Yes0");
        let mut footer = rows(1);
        footer["interactive"]["footer"] = json!({"text": long(61)});
        let mut untitled = rows(2);
        untitled["interactive"]["action"]["sections"] =
            json!([{"rows": [{"id": "1", "title": "a"}]}, {"rows": [{"id": "2", "title": "b"}]}]);
        for (message, expected, words) in [
            (json!({"type": "text", "text": {"body": long(4097)}}), 100, "4096"),
            (json!({"type": "text", "text": {"body": ""}}), 100, "required"),
            (json!({"type": "text"}), 100, "required"),
            (json!({"type": "poll", "poll": {}}), 100, "type"),
            (
                json!({"type": "text", "text": {"body": "a"}, "biz_opaque_callback_data": long(513)}),
                100,
                "512",
            ),
            (buttons(4, "a"), 131_009, "buttons count"),
            (buttons(1, &long(20)), 131_009, "Max length: 20"),
            (twice, 131_009, "Duplicated"),
            (rows(11), 131_009, "max allowed count: 10"),
            (footer, 131_009, "Footer"),
            (untitled, 131_008, "Section title"),
            (
                json!({"type": "document", "document": {"id": "43"}}),
                100,
                "media attachment",
            ),
            (
                json!({"type": "document", "document": {"id": "42", "caption": long(1025)}}),
                131_009,
                "1024",
            ),
            (
                json!({"type": "image", "image": {"id": "42", "filename": "x"}}),
                100,
                "filename",
            ),
            (
                json!({"type": "template", "template": {"name": "x", "language": {"code": "hi"}}}),
                132_001,
                "does not exist",
            ),
        ] {
            let (code, details) = code(message.clone()).unwrap_or_else(|| panic!("taken: {message}"));
            assert_eq!(code, expected, "{message}: {details}");
            assert!(details.contains(words), "{details}");
        }
    }

    #[test]
    fn the_error_body_is_metas() {
        let refusal = Refusal::value("Button title length invalid");
        assert_eq!(
            refusal.body("T"),
            json!({"error": {"message": "(#131009) Parameter value is not valid", "type": "OAuthException",
                "code": 131_009, "fbtrace_id": "T",
                "error_data": {"messaging_product": "whatsapp", "details": "Button title length invalid"}}})
        );
        assert_eq!(Refusal::object("7").body("T")["error"]["error_subcode"], 33);
    }
}
