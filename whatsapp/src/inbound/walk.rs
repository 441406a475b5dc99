//! Reading JSON that may be odd in any place, piece by piece.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// Bytes as text that JSON can hold: broken UTF-8 replaced, escapes of lone surrogates (which stand for no
/// character and which a parser refuses together with everything around them) left out.
pub(super) fn scrub(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains("\\u") {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let keep = match unit(escape) {
            // `\\`, `\"`, `\n` and the like: both characters, so that the second is not taken for a start.
            None => escape.chars().take(2).map(char::len_utf8).sum(),
            Some(0xD800..=0xDBFF) => match escape.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => 12,
                _ => 0,
            },
            Some(0xDC00..=0xDFFF) => 0,
            Some(_) => 6,
        };
        out.push_str(escape.get(..keep).unwrap_or_default());
        let skip = if keep == 0 { 6 } else { keep };
        rest = escape.get(skip..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The UTF-16 unit of an escape `\uXXXX` at the start.
fn unit(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(hex, 16).ok()
}

/// The members of an object, unparsed. `None` when it is something else.
pub(super) fn members(raw: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw).ok()
}

/// The items of an array, unparsed. `None` when it is something else.
pub(super) fn items(raw: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw).ok()
}

/// A string or a number, as text without NUL. Empty counts as absent.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    let text = match value.get(key)? {
        Value::String(text) => text.replace('\0', ""),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A number, or a string that holds one.
pub(super) fn number(value: &Value, key: &str) -> Option<i64> {
    match value.get(key)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A decimal number, or a string that holds one.
pub(super) fn decimal(value: &Value, key: &str) -> Option<f64> {
    match value.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_go_and_everything_else_stays() {
        for (given, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a\ud83db""#, r#""ab""#),
            (r#""a\ude00b""#, r#""ab""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\"\\\u0928\/""#, r#""\"\\\u0928\/""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\"#, r#""\"#),
            ("\"\\\u{0928}\\ud800\"", "\"\\\u{0928}\""),
        ] {
            assert_eq!(scrub(given.as_bytes()), expected, "{given}");
        }
        assert_eq!(scrub(b"\"\xff\""), "\"\u{fffd}\"");
    }
}
