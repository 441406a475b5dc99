//! An event's body as an auditor may see it: what is personal stays closed. The ledger hands bodies out opened, for the
//! rooms that work with them; here every such value is closed again before anything is shown.

use serde_json::{Map, Value};

const PERSONAL: &str = "$personal";

/// The body, indented, with every personal value closed. A body that is no JSON is told so and not shown.
pub(super) fn shown(body: &[u8]) -> Option<String> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    close(&mut body);
    serde_json::to_string_pretty(&body).ok()
}

fn close(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key(PERSONAL) => *fields = closed(fields),
        Value::Object(fields) => fields.values_mut().for_each(close),
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whose it is, and whether it is sealed or gone: nothing else is carried over.
fn closed(fields: &Map<String, Value>) -> Map<String, Value> {
    let subject = fields
        .get(PERSONAL)
        .filter(|subject| subject.is_string())
        .cloned()
        .unwrap_or(Value::Null);
    let gone = fields.get("erased") == Some(&Value::Bool(true));
    let state = if gone { "erased" } else { "sealed" };
    Map::from_iter([(PERSONAL.to_owned(), subject), (state.to_owned(), Value::Bool(true))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_personal_is_shown_however_deep() {
        let body = serde_json::json!({
            "submitted": {
                "number": "APP-2026-000001",
                "answers": { "$personal": "6f1c6a52", "value": { "name": "Asha", "list": ["Asha"] } },
                "more": [{ "deep": { "$personal": "6f1c6a52", "value": "Asha", "else": "Asha" } }],
                "gone": { "$personal": "6f1c6a52", "erased": true },
                "odd": { "$personal": { "name": "Asha" }, "value": 1 },
            }
        });
        let shown = shown(body.to_string().as_bytes()).unwrap();
        assert!(!shown.contains("Asha"), "{shown}");
        assert!(
            shown.contains("APP-2026-000001")
                && shown.contains("\"sealed\": true")
                && shown.contains("\"erased\": true")
        );
    }

    #[test]
    fn what_is_no_json_is_not_shown() {
        assert_eq!(shown(b"\xff Asha"), None);
    }
}
