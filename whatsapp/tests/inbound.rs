//! Webhook bodies: Meta's published examples, what clients have seen in the field, and what an attacker might send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use assistant::said::{PaperProblem, Said};
use jiff::Timestamp;
use serde_json::{Value, json};
use whatsapp::inbound::{
    BODY_BYTES_MAX, Delivery, InboundError, Kind, Meaning, MediaKind, Message, SkipReason, StatusState, parse,
};

const OURS: &str = "106540352242922";

fn received() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn example(name: &str) -> Delivery {
    let path = format!("{}/tests/payloads/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let raw = std::fs::read(path).unwrap();
    let body: Value = serde_json::from_slice(&raw).unwrap();
    let number = body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"]
        .as_str()
        .unwrap()
        .to_owned();
    parse(&raw, &number, received()).unwrap()
}

fn only(name: &str) -> Message {
    let delivery = example(name);
    assert_eq!(delivery.messages.len(), 1, "{name}: {:?}", delivery.skipped);
    delivery.messages.into_iter().next().unwrap()
}

fn body(value: Value) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
        {"field": "messages", "value": merged(value)}]}]})
}

fn merged(mut value: Value) -> Value {
    value["messaging_product"] = json!("whatsapp");
    if value.get("metadata").is_none() {
        value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": OURS});
    }
    value
}

fn read(value: Value) -> Delivery {
    parse(body(value).to_string().as_bytes(), OURS, received()).unwrap()
}

fn text(id: &str, words: &str) -> Value {
    json!({"from": "919810012345", "id": id, "timestamp": "1760000000", "type": "text", "text": {"body": words}})
}

#[test]
fn metas_examples_mean_what_they_say() {
    let message = only("meta-openapi__text-message");
    assert_eq!(
        message.id,
        "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
    );
    assert_eq!(message.from.phone.as_deref(), Some("16505551234"));
    assert_eq!(message.profile_name.as_deref(), Some("Sheena Nelson"));
    assert_eq!(message.at, "2025-06-08T20:59:43Z".parse().unwrap());
    assert_eq!(
        message.kind.meaning(),
        Meaning::Said(Said::Text("Does it come in another color?".into()))
    );

    let tap = only("meta-openapi__interactive-button-reply-message");
    assert_eq!(
        tap.context.as_ref().unwrap().id.as_deref(),
        Some("wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA")
    );
    for (name, id, title) in [
        (
            "meta-openapi__interactive-button-reply-message",
            "cancel-button",
            "Cancel",
        ),
        (
            "meta-openapi__interactive-list-reply-message",
            "priority_express",
            "Priority Mail Express",
        ),
        ("meta-openapi__button-message", "Unsubscribe", "Unsubscribe"),
        (
            "meta-postman__received-callback-from-a-quick-reply-button-click",
            "No-Button-Payload",
            "No",
        ),
    ] {
        assert_eq!(
            only(name).kind.meaning(),
            Meaning::Said(Said::Chose {
                id: id.into(),
                title: title.into()
            }),
            "{name}"
        );
    }

    let Kind::Media(photo) = only("meta-openapi__image-message").kind else {
        panic!()
    };
    assert_eq!((photo.kind, photo.id.as_str()), (MediaKind::Image, "1003383421387256"));
    assert_eq!(
        photo.digest.as_deref(),
        Some("49f227634806293b0995459bc310b593e1400f41591efcf07e9bced335f41942")
    );
    assert_eq!(Kind::Media(photo.clone()).meaning(), Meaning::Fetch(photo));

    for (name, expected) in [
        ("meta-openapi__location-message", Said::Location),
        ("meta-openapi__contact-sharing-message", Said::Contact),
        ("meta-openapi__reaction-message", Said::Reaction),
        ("meta-openapi__order-message", Said::Unsupported),
        ("meta-openapi__unsupported-message", Said::Unsupported),
        ("meta-postman__received-unknown-messages", Said::Unsupported),
        (
            "meta-openapi__text-message-from-click-to-whatsapp-ad",
            Said::Text("Hello! Can I get more info on this?".into()),
        ),
    ] {
        assert_eq!(only(name).kind.meaning(), Meaning::Said(expected), "{name}");
    }
    let Kind::Unsupported { code, .. } = only("meta-openapi__unsupported-message").kind else {
        panic!()
    };
    assert_eq!(code, Some(131_051));

    let changed = only("meta-openapi__system-message");
    let Kind::System(change) = &changed.kind else { panic!() };
    assert_eq!(change.name, "user_changed_number");
    assert_eq!(change.new.as_ref().unwrap().phone.as_deref(), Some("12195555358"));
    assert_eq!(changed.kind.meaning(), Meaning::Silent);
}

#[test]
fn no_example_breaks_the_reader_and_each_is_accounted_for() {
    let folder = format!("{}/tests/payloads", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".json") else {
            continue;
        };
        let delivery = example(name);
        let parts = delivery.messages.len() + delivery.statuses.len() + delivery.skipped.len();
        assert_eq!(parts, 1, "{name}: {delivery:?}");
        seen += 1;
    }
    assert_eq!(seen, 38);
}

#[test]
fn statuses_of_every_kind() {
    let failed = example("meta-postman__status-message-failed");
    assert_eq!(failed.statuses[0].state, StatusState::Failed);
    assert_eq!(failed.statuses[0].errors[0].code, 131_014);
    assert_eq!(
        failed.statuses[0].at,
        received(),
        "a time that is no time gives way to ours"
    );
    let payment = example("meta-postman__status-transaction-status-order-details-message");
    assert_eq!(payment.skipped[0].reason, SkipReason::OtherStatus);

    let delivery = read(json!({"statuses": [
        {"id": "wamid.A", "status": "delivered", "timestamp": 1760000000, "recipient_user_id": "IN.55",
         "biz_opaque_callback_data": "turn-7/0", "pricing": {"pricing_model": "PMP", "type": "regular", "billable": true}},
        {"id": "wamid.B", "status": "warming", "timestamp": "1"},
        {"status": "read"},
        17,
        {"id": "wamid.C", "status": "played", "timestamp": "1760000000", "recipient_id": "919810012345"},
        {"id": "wamid.D", "status": "read", "recipient_type": "group"},
    ]}));
    assert_eq!(delivery.statuses.len(), 2);
    assert_eq!(delivery.statuses[0].callback.as_deref(), Some("turn-7/0"));
    assert_eq!(
        delivery.statuses[0].recipient.as_ref().unwrap().user_id.as_deref(),
        Some("IN.55")
    );
    assert_eq!(delivery.statuses[0].pricing.as_ref().unwrap()["pricing_model"], "PMP");
    assert_eq!(delivery.statuses[1].state, StatusState::Read);
    let reasons: Vec<_> = delivery.skipped.iter().map(|skipped| &skipped.reason).collect();
    assert_eq!(
        reasons,
        [
            &SkipReason::OtherStatus,
            &SkipReason::NoId,
            &SkipReason::NoId,
            &SkipReason::Group
        ]
    );
}

#[test]
fn a_sender_may_be_known_in_any_of_the_ways_seen_in_the_field() {
    let message = |extra: Value| {
        let mut message = json!({"id": "wamid.A", "timestamp": "1760000000", "type": "text", "text": {"body": "a"}});
        for (key, value) in extra.as_object().unwrap() {
            message[key] = value.clone();
        }
        message
    };
    let id = "IN.1349";
    for (contacts, sender, phone, user_id) in [
        (
            json!([{"wa_id": "919810012345", "user_id": id}]),
            json!({"from": "919810012345"}),
            Some("919810012345"),
            Some(id),
        ),
        (
            json!([{"user_id": id, "profile": {"username": "asha"}}]),
            json!({"from_user_id": id}),
            None,
            Some(id),
        ),
        (json!([{"wa_id": id}]), json!({"from": id}), None, Some(id)),
        (json!([{"user_id": id}]), json!({}), None, Some(id)),
        (json!(null), json!({"from": "919810012345"}), Some("919810012345"), None),
        (
            json!({"odd": true}),
            json!({"from": 919810012345_u64}),
            Some("919810012345"),
            None,
        ),
        (
            json!([{"wa_id": "911111111111", "user_id": "IN.2"}]),
            json!({"from": "919810012345"}),
            Some("919810012345"),
            None,
        ),
    ] {
        let mut value = json!({"messages": [message(sender.clone())]});
        if !contacts.is_null() {
            value["contacts"] = contacts;
        }
        let delivery = read(value);
        let from = &delivery
            .messages
            .first()
            .unwrap_or_else(|| panic!("{sender}: {delivery:?}"))
            .from;
        assert_eq!(
            (from.phone.as_deref(), from.user_id.as_deref()),
            (phone, user_id),
            "{sender}"
        );
    }
    for (contacts, sender) in [
        (json!([]), json!({})),
        (json!([]), json!({"from": "somebody"})),
        (
            json!([{"wa_id": "911111111111"}, {"wa_id": "912222222222"}]),
            json!({"from": {"a": 1}}),
        ),
    ] {
        let delivery = read(json!({"contacts": contacts, "messages": [message(sender)]}));
        assert_eq!(delivery.skipped[0].reason, SkipReason::NoSender);
        assert_eq!(delivery.skipped[0].id.as_deref(), Some("wamid.A"));
    }
}

#[test]
fn a_broken_neighbour_hides_nobody() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let mut raw = body(json!({"messages": [
        text("wamid.1", "first"),
        17,
        {"id": {"a": 1}, "from": "919810012345", "type": "text"},
        "DEEP",
        {"id": "wamid.2", "from": "919810012345", "timestamp": true, "type": 7, "text": []},
        {"id": "wamid.3", "from": "919810012345", "type": "image", "image": {"id": "../../me?x=1"}},
        {"id": "wamid.4", "from": "919810012345", "group_id": "g", "type": "text", "text": {"body": "x"}},
        text("wamid.5", "SURROGATE"),
        text("wamid.6", "last"),
    ]}))
    .to_string()
    .replace("\"DEEP\"", &format!("{{\"id\":\"wamid.X\",\"text\":{deep}}}"))
    .replace("SURROGATE", r"a\ud800b\u0000c\ud83d\ude00")
    .into_bytes();
    let delivery = parse(&raw, OURS, received()).unwrap();
    let ids: Vec<_> = delivery.messages.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids, ["wamid.1", "wamid.2", "wamid.3", "wamid.5", "wamid.6"]);
    assert!(matches!(delivery.messages[1].kind, Kind::Unsupported { .. }));
    assert!(
        matches!(delivery.messages[2].kind, Kind::Unsupported { .. }),
        "an id that is no id is not fetched"
    );
    assert_eq!(
        delivery.messages[3].kind,
        Kind::Text {
            body: "abc\u{1f600}".into()
        }
    );
    let reasons: Vec<_> = delivery.skipped.iter().map(|skipped| skipped.reason.clone()).collect();
    assert_eq!(
        reasons,
        [
            SkipReason::Malformed,
            SkipReason::NoId,
            SkipReason::Malformed,
            SkipReason::Group
        ]
    );

    raw.pop();
    assert_eq!(
        parse(&raw, OURS, received()),
        Err(InboundError::NotJson),
        "cut off in transit"
    );
}

#[test]
fn values_that_are_not_ours_are_dropped_and_said_so() {
    let delivery = read(json!({"metadata": {"phone_number_id": "999"}, "messages": [text("wamid.1", "a")]}));
    assert!(delivery.messages.is_empty());
    assert_eq!(delivery.skipped[0].reason, SkipReason::OtherNumber);
    let delivery = read(json!({"metadata": 5, "messages": [text("wamid.1", "a")]}));
    assert_eq!(delivery.skipped[0].reason, SkipReason::OtherNumber);

    for (raw, reason) in [
        (json!({"object": "page", "entry": []}), SkipReason::OtherObject),
        (json!({}), SkipReason::OtherObject),
        (
            json!({"object": "whatsapp_business_account", "entry": {}}),
            SkipReason::Malformed,
        ),
        (
            json!({"object": "whatsapp_business_account", "entry": [3]}),
            SkipReason::Malformed,
        ),
        (
            json!({"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "flows", "value": {}}]}]}),
            SkipReason::OtherField("flows".into()),
        ),
        (
            json!({"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": []}]}]}),
            SkipReason::Malformed,
        ),
    ] {
        let delivery = parse(raw.to_string().as_bytes(), OURS, received()).unwrap();
        assert_eq!(delivery.skipped[0].reason, reason, "{raw}");
        assert_eq!(delivery.skipped.len(), 1);
    }
    let empty = json!({"object": "whatsapp_business_account"});
    assert_eq!(
        parse(empty.to_string().as_bytes(), OURS, received()),
        Ok(Delivery::default())
    );
    for raw in [&b""[..], b"[]", b"hello", b"\xff\xfe", b"{\"object\":"] {
        assert_eq!(parse(raw, OURS, received()), Err(InboundError::NotJson));
    }
}

#[test]
fn a_batch_keeps_all_its_parts() {
    let change = |id: &str| {
        json!({"field": "messages", "value": merged(json!({"messages": [text(id, "a")],
            "statuses": [{"id": "wamid.S", "status": "sent", "timestamp": "1760000000"}]}))})
    };
    let raw = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "1", "changes": [change("wamid.1"), change("wamid.2")]},
        {"id": "2", "changes": [change("wamid.3")]}]});
    let delivery = parse(raw.to_string().as_bytes(), OURS, received()).unwrap();
    assert_eq!((delivery.messages.len(), delivery.statuses.len()), (3, 3));
}

#[test]
fn the_rest_of_the_kinds() {
    let kind = |name: &str, part: Value| {
        let delivery = read(json!({"errors": [{"code": 131000}],
            "messages": [{"from": "919810012345", "id": "wamid.1", "type": name, name: part}]}));
        assert_eq!(delivery.skipped[0].reason, SkipReason::Error(131_000));
        delivery.messages[0].kind.clone()
    };
    let said = |kind: Kind| match kind.meaning() {
        Meaning::Said(said) => said,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("interactive", json!({})), Kind::EmptyTap);
    assert_eq!(
        said(Kind::EmptyTap),
        Said::Chose {
            id: String::new(),
            title: String::new()
        }
    );
    assert_eq!(
        kind(
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"response_json": "{\"a\":1}"}})
        ),
        Kind::Flow {
            response: Some(json!({"a": 1}))
        }
    );
    assert_eq!(
        kind(
            "interactive",
            json!({"type": "nfm_reply", "nfm_reply": {"response_json": "[1"}})
        ),
        Kind::Flow { response: None }
    );
    let note = kind(
        "audio",
        json!({"id": "7", "mime_type": "audio/ogg; codecs=opus", "voice": true}),
    );
    assert!(matches!(note.meaning(), Meaning::Listen(media) if media.id == "7"));
    assert_eq!(said(kind("sticker", json!({"id": "7"}))), Said::Sticker);
    assert_eq!(
        said(kind("video", json!({"id": "7"}))),
        Said::PaperRefused(PaperProblem::WrongType)
    );
    assert_eq!(
        said(kind(
            "document",
            json!({"id": "7", "mime_type": "application/zip", "filename": "a.pdf"})
        )),
        Said::PaperRefused(PaperProblem::WrongType)
    );
    let Kind::Media(pdf) = kind(
        "document",
        json!({"id": "7", "mime_type": "Application/PDF; x=1", "filename": "../a.pdf"}),
    ) else {
        panic!()
    };
    assert_eq!(pdf.media_type.as_deref(), Some("application/pdf"));
    assert_eq!(pdf.filename.as_deref(), Some("a.pdf"));
    assert_eq!(said(kind("request_welcome", json!({}))), Said::Text("Hi".into()));
    assert_eq!(
        kind("edit", json!({"original_message_id": "wamid.0"})).meaning(),
        Meaning::Silent
    );
    assert_eq!(
        kind("revoke", json!({"original_message_id": "wamid.0"})).meaning(),
        Meaning::Silent
    );
    assert_eq!(said(kind("poll_of_the_future", json!({}))), Said::Unsupported);
    assert!(matches!(kind("text", json!({})), Kind::Unsupported { .. }));
}

#[test]
fn size_is_bounded_and_four_megabytes_are_read() {
    let long = "a".repeat(BODY_BYTES_MAX - 2000);
    let delivery = read(json!({"messages": [text("wamid.1", &long), text("wamid.2", "b")]}));
    assert_eq!(delivery.messages.len(), 2);
    let over = vec![b' '; BODY_BYTES_MAX + 1];
    assert_eq!(
        parse(&over, OURS, received()),
        Err(InboundError::TooLarge {
            bytes: BODY_BYTES_MAX + 1
        })
    );
}

proptest::proptest! {
    /// Whatever is cut out of or written into a good body, the reader neither panics nor hangs.
    #[test]
    fn no_damage_breaks_the_reader(at in 0_usize..600, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..12), cut in 0_usize..40) {
        let mut raw = body(json!({"contacts": [{"wa_id": "919810012345", "profile": {"name": "\u{0906}"}}],
            "messages": [text("wamid.1", "first"), text("wamid.2", "\\ud800")]})).to_string().into_bytes();
        let at = at.min(raw.len());
        let end = (at + cut).min(raw.len());
        raw.splice(at..end, bytes);
        if let Ok(delivery) = parse(&raw, OURS, received()) {
            proptest::prop_assert!(delivery.messages.len() <= 2);
        }
    }
}
