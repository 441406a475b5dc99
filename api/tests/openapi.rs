//! The published description of the interface, held to what is answered: each example is sent as it stands there, and the
//! answer must be the example's and of the form that is promised.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod issued;
mod server;

use axum::{
    body::Body,
    http::{Request, header},
};
use issued::issued;
use serde_json::Value;
use server::{Answer, Server};

/// Just so much of JSON Schema as the description uses; a word that is not known here fails.
struct Schemas<'d> {
    document: &'d Value,
}

impl Schemas<'_> {
    fn resolved<'v>(&'v self, mut schema: &'v Value) -> &'v Value {
        while let Some(reference) = schema.get("$ref") {
            let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
            schema = self.document.pointer(pointer).unwrap();
        }
        schema
    }

    /// What is wrong with a value, if anything is.
    fn fault(&self, schema: &Value, value: &Value, at: &str) -> Option<String> {
        let schema = self.resolved(schema).as_object().unwrap();
        for (word, rule) in schema {
            let wrong = match word.as_str() {
                "description" | "example" | "examples" | "default" | "contentMediaType" => None,
                "type" => (!is_type(rule, value)).then(|| format!("is not {rule}")),
                "enum" => (!rule.as_array().unwrap().contains(value)).then(|| "is none of the list".to_owned()),
                "const" => (rule != value).then(|| "is another".to_owned()),
                "format" => value.as_str().and_then(|text| malformed(rule.as_str().unwrap(), text)),
                "minimum" => {
                    (value.as_i64().is_some_and(|n| n < rule.as_i64().unwrap())).then(|| "is too small".to_owned())
                }
                "maximum" => {
                    (value.as_i64().is_some_and(|n| n > rule.as_i64().unwrap())).then(|| "is too large".to_owned())
                }
                "required" => rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|name| value.get(name.as_str().unwrap()).is_none())
                    .map(|name| format!("lacks {name}")),
                "properties" => value.as_object().and_then(|fields| {
                    fields.iter().find_map(|(name, field)| match rule.get(name) {
                        Some(schema) => self.fault(schema, field, &format!("{at}.{name}")),
                        // What the description does not tell of is not answered either.
                        None => Some(format!("has {name}, which is not described")),
                    })
                }),
                "additionalProperties" => (rule != &Value::Bool(false)).then(|| "is described too loosely".to_owned()),
                "minProperties" => {
                    (value.as_object().unwrap().len() < size(rule)).then(|| "has too few parts".to_owned())
                }
                "maxProperties" => {
                    (value.as_object().unwrap().len() > size(rule)).then(|| "has too many parts".to_owned())
                }
                "maxItems" => (value.as_array().unwrap().len() > size(rule)).then(|| "is too long".to_owned()),
                "items" => value.as_array().and_then(|items| {
                    let mut items = items.iter().enumerate();
                    items.find_map(|(place, item)| self.fault(rule, item, &format!("{at}[{place}]")))
                }),
                "oneOf" => {
                    let faults: Vec<_> = rule
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|one| self.fault(one, value, at))
                        .collect();
                    let fit = faults.iter().filter(|fault| fault.is_none()).count();
                    (fit != 1).then(|| format!("is {fit} of the forms: {faults:?}"))
                }
                other => panic!("the schema at {at} uses {other}, which this test does not know"),
            };
            if let Some(wrong) = wrong {
                return Some(format!("{at} {wrong}"));
            }
        }
        None
    }
}

fn size(rule: &Value) -> usize {
    usize::try_from(rule.as_u64().unwrap()).unwrap()
}

fn is_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("a type {other}"),
    };
    match rule {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

fn malformed(format: &str, text: &str) -> Option<String> {
    let fits = match format {
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uri" => text.contains(':'),
        "binary" => true,
        other => panic!("a format {other}"),
    };
    (!fits).then(|| format!("is no {format}"))
}

/// The answer is one of those that are described, and of its form. Gives the part of the description.
fn described<'d>(schemas: &'d Schemas<'_>, operation: &'d Value, name: &str, answer: &Answer) -> &'d Value {
    let status = answer.status.as_u16().to_string();
    let responses = &operation["responses"];
    let response = responses
        .get(&status)
        .unwrap_or_else(|| panic!("{name}: {status} is not described: {}", answer.text()));
    let response = schemas.resolved(response);
    let Some(contents) = response.get("content") else {
        return response;
    };
    let kind = answer.header("content-type").split(';').next().unwrap().to_owned();
    let content = contents
        .get(&kind)
        .unwrap_or_else(|| panic!("{name}: {kind} is not described for {status}"));
    if kind.ends_with("json") {
        let fault = schemas.fault(&content["schema"], &answer.json(), "answer");
        assert_eq!(fault, None, "{name}: {}", answer.text());
    }
    content
}

/// A server with one certificate, the description, and the address in the certificate's code.
async fn prepared() -> (Server, Value, String) {
    let server = Server::start(true).await;
    let (_, token) = issued(&server, 1, Some("2029-11-21")).await;
    server.keep_list(0, vec![1]).await;
    let document = server.get("/api/v1/openapi.json").await.json();
    let token = token.url(server::HOST);
    (server, document, token)
}

#[tokio::test]
async fn every_example_is_answered_as_it_says() {
    let (server, document, token) = prepared().await;
    // With these the examples are made anew when an answer has changed.
    let nobody = domain::CertificateNumber::from_random("BC", 42).unwrap();
    println!("token {token}\nnobody {nobody}");
    let schemas = Schemas { document: &document };
    let (mut sent, mut differ) = (0, vec![]);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(contents) = operation.pointer("/requestBody/content") else {
                continue;
            };
            for (kind, content) in contents.as_object().unwrap() {
                let Some(examples) = content.get("examples") else {
                    continue;
                };
                for (name, example) in examples.as_object().unwrap() {
                    let body = &example["value"];
                    let fault = schemas.fault(&content["schema"], body, "question");
                    assert_eq!(fault, None, "{name}");
                    let request = Request::builder()
                        .method(method.to_uppercase().as_str())
                        .uri(path)
                        .header(header::CONTENT_TYPE, kind)
                        .body(Body::from(body.to_string()))
                        .unwrap();
                    let answer = server.send(request).await;
                    println!("example {name} {} {}", answer.status.as_u16(), answer.text());
                    let told = described(&schemas, operation, name, &answer);
                    if told["examples"][name]["value"] != answer.json() {
                        differ.push(name);
                    }
                    sent += 1;
                }
            }
        }
    }
    assert!(differ.is_empty(), "answered otherwise than the example: {differ:?}");
    assert!(sent >= 8, "{sent} examples");
}

#[tokio::test]
async fn what_can_be_got_is_as_described() {
    let (server, document, _) = prepared().await;
    let schemas = Schemas { document: &document };
    let mut got = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get") else { continue };
        let mut path = path.clone();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "path" {
                let example = match &parameter["example"] {
                    Value::String(text) => text.clone(),
                    Value::Null => panic!("{path}: a part of a path has an example"),
                    number => number.to_string(),
                };
                path = path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example);
            }
        }
        let answer = server.get(&path).await;
        described(&schemas, operation, &path, &answer);
        got += 1;
    }
    assert!(got >= 9, "{got} addresses");
}

#[tokio::test]
async fn a_conversation_is_answered_as_described() {
    let (server, document, _) = prepared().await;
    let schemas = Schemas { document: &document };
    let path = "/api/v1/converse";
    let operation = &document["paths"][path]["post"];
    for body in [
        r#"{"session":"s","text":"birth certificate chahiye"}"#,
        r#"{"session":"s","text":"Aarav, 14/08/2026, pin 110059, 9810012345"}"#,
        r#"{"session":"s","advance_minutes":5}"#,
        r#"{"session":"s"}"#,
    ] {
        let request = Request::builder().method("POST").uri(path);
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        let answer = server.send(request.unwrap()).await;
        described(&schemas, operation, body, &answer);
    }
}

/// The test would see a form that is not kept.
#[test]
fn a_form_that_is_not_kept_is_seen() {
    let document =
        serde_json::json!({ "components": { "schemas": { "Day": { "type": "string", "format": "date" } } } });
    let schemas = Schemas { document: &document };
    let schema = serde_json::json!({
        "type": "object", "required": ["day"], "additionalProperties": false,
        "properties": {
            "day": { "$ref": "#/components/schemas/Day" },
            "list": { "type": "array", "maxItems": 1, "items": { "enum": ["a", "b"] } },
            "either": { "oneOf": [{ "type": "null" }, { "const": 1 }] },
        },
    });
    let fault = |value: Value| schemas.fault(&schema, &value, "it");
    assert_eq!(
        fault(serde_json::json!({ "day": "2026-11-22", "list": ["a"], "either": null })),
        None
    );
    for wrong in [
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!({ "day": 1 }),
        serde_json::json!({ "day": "22.11.2026" }),
        serde_json::json!({ "day": "2026-11-22", "more": 1 }),
        serde_json::json!({ "day": "2026-11-22", "list": ["c"] }),
        serde_json::json!({ "day": "2026-11-22", "list": ["a", "a"] }),
        serde_json::json!({ "day": "2026-11-22", "either": 2 }),
    ] {
        assert!(fault(wrong.clone()).is_some(), "{wrong}");
    }
}
