//! The description of what programs may call: kept by hand beside the code, held to the routes by a test.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Where it is served.
pub(crate) const PATH: &str = "/api/v1/openapi.json";

const DOCUMENT: &str = include_str!("../openapi.json");

/// `GET /api/v1/openapi.json`.
pub(crate) async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::{log, problem::Problem, trying, verification, webhook};

    #[test]
    fn it_describes_what_programs_may_call() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let described: BTreeSet<&str> = document["paths"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let served = BTreeSet::from([
            verification::API,
            verification::EXCHANGE,
            verification::KEYS,
            verification::ISSUER,
            trying::UNDERSTAND,
            trying::CONVERSE,
            webhook::PATH,
            PATH,
            log::CHECKPOINT,
            "/log/tile/{path}",
            log::PROOF,
            crate::status_lists::LIST,
            crate::statistics::PATH,
            "/livez",
            "/readyz",
            "/metrics",
        ]);
        assert_eq!(described, served);
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        let known: BTreeSet<&str> = Problem::all().iter().map(|problem| problem.code).collect();
        let said = document["components"]["schemas"]["Problem"]["properties"]["code"]["examples"]
            .as_array()
            .unwrap();
        assert!(said.iter().all(|code| known.contains(code.as_str().unwrap())));
        let verdicts = document["components"]["schemas"]["Answer"]["properties"]["verdict"]["enum"]
            .as_array()
            .unwrap();
        let ours: Vec<&str> = certificates::VerdictCode::ALL
            .iter()
            .map(|answer| answer.code())
            .collect();
        assert_eq!(verdicts.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>(), ours);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn walk(value: &Value, document: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    }
                    fields.values().for_each(|field| walk(field, document));
                }
                Value::Array(items) => items.iter().for_each(|item| walk(item, document)),
                _ => {}
            }
        }
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        walk(&document, &document);
    }
}
