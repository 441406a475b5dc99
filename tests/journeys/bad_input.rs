//! What nobody expects to be sent: each has a clear answer in the person's language, and nothing is lost by it.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World, paper, service};
use serde_json::{Value, json};

pub(crate) async fn journey(world: &World) -> Result<()> {
    in_the_chat(world).await?;
    at_the_interface(world).await
}

async fn in_the_chat(world: &World) -> Result<()> {
    let birth = service("birth_certificate")?;
    let mut father = Applicant::new(world.citizen("919810000006", "Deepak"), Language::En);
    father.greets().await?;
    father.chooses(birth).await?;
    father.fills_in_until(birth, "sex").await?;
    let day = &birth.field("date_of_birth").unwrap().ask.en;
    let phone = &mut father.citizen;
    let mut wrong = Vec::new();
    for (said, answer) in [
        ("31/02/2025", "The calendar has no such day."),
        ("15/08/2199", "That day has not come yet."),
        ("soon", "I could not read a date in it."),
    ] {
        wrong.push((answer, phone.says(said).await?));
    }
    // The third time a person is offered; going on asks again.
    phone.taps("Try again").await?;
    let media = phone.attach(paper("too early")?, "early.jpg", "image/jpeg").await?;
    assert!(!media.is_empty());
    wrong.push(("papers one by one after the questions", phone.next().await?));
    for (kind, message, answer) in [
        ("text", json!({ "body": "   " }), "Your message was empty."),
        (
            "sticker",
            json!({ "id": "1", "mime_type": "image/webp", "animated": false }),
            "Nice sticker!",
        ),
        (
            "audio",
            json!({ "id": "2", "mime_type": "audio/ogg; codecs=opus", "voice": true }),
            "voice note could not be taken",
        ),
        ("location", json!({ "latitude": 28.6, "longitude": 77.2 }), "location"),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "A", "first_name": "A" } }]),
            "contact card",
        ),
        ("unsupported", json!({ "type": "poll" }), "this kind of message"),
    ] {
        phone.send(json!({ "type": kind, kind: message })).await?;
        wrong.push((answer, phone.next().await?));
    }
    for (answer, bubble) in wrong {
        assert!(bubble.text().contains(answer), "{answer}: {}", bubble.text());
        assert!(
            bubble.text().contains(day.as_str()),
            "the question comes again: {}",
            bubble.text()
        );
    }
    let next = phone.says("15 August 2025").await?;
    assert!(
        next.text()
            .contains(birth.field("place_of_birth").unwrap().ask.en.as_str()),
        "{}",
        next.text()
    );

    father.fills_in_until(birth, "informant").await?;
    let report = birth.document("birth_report").unwrap();
    let phone = &mut father.citizen;
    let mut huge = vec![0xFF, 0xD8, 0xFF, 0xE0];
    huge.resize(11 * 1024 * 1024, 0);
    for (bytes, name, kind, answer) in [
        (
            b"MZ\x90\0 this program cannot be run".to_vec(),
            "report.pdf",
            "application/pdf",
            "This kind of file cannot be used.",
        ),
        (
            b"<svg onload='alert(1)'/>".to_vec(),
            "report.jpg",
            "image/jpeg",
            "This kind of file cannot be used.",
        ),
        (huge, "huge.jpg", "image/jpeg", "The file is too large."),
        (Vec::new(), "empty.pdf", "application/pdf", "The file is empty."),
    ] {
        let bubble = phone.uploads(bytes, name, kind).await?;
        assert!(bubble.text().contains(answer), "{name}: {}", bubble.text());
        assert!(
            bubble.text().contains(report.label.en.as_str()),
            "the paper is asked for again: {}",
            bubble.text()
        );
    }
    let bubble = phone.says("here it is").await?;
    assert!(
        bubble.text().contains("not words") || bubble.text().contains("seems difficult"),
        "{}",
        bubble.text()
    );
    let confirm = father.fills_in(birth).await?;
    assert!(
        confirm.text().contains("15 August 2025"),
        "nothing was lost: {}",
        confirm.text()
    );
    father.submits().await?;

    let stranger = father.citizen.says("status of APP-2026-000001").await?;
    assert!(
        stranger
            .text()
            .contains("There is no application APP-2026-000001 from this phone"),
        "{}",
        stranger.text()
    );
    let unknown = father.citizen.says("DLBC-7K3M-9Q2X-H4TW").await?;
    assert!(
        unknown.text().contains("Number"),
        "a number that nobody has is no verdict: {}",
        unknown.text()
    );
    assert!(
        !unknown.text().starts_with("Valid") && !unknown.text().starts_with("Not genuine"),
        "{}",
        unknown.text()
    );
    let elsewhere = father.citizen.says("what is the weather in Mumbai?").await?;
    assert!(!elsewhere.text().is_empty());
    Ok(())
}

async fn at_the_interface(world: &World) -> Result<()> {
    let verify = format!("{}/api/v1/verify", world.base());
    let post = || world.http().post(&verify);
    let json_body = |body: &str| post().header("content-type", "application/json").body(body.to_owned());
    let file = |bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("file");
        post().multipart(reqwest::multipart::Form::new().part("file", part))
    };
    for (what, request, status, code) in [
        (
            "an unknown field",
            json_body(r#"{"colour":"red"}"#),
            400,
            "request.malformed",
        ),
        (
            "both at once",
            json_body(r#"{"token":"A","number":"B"}"#),
            400,
            "request.malformed",
        ),
        ("no JSON", json_body("{"), 400, "request.malformed"),
        ("nothing", json_body("{}"), 400, "request.malformed"),
        (
            "another kind",
            post().header("content-type", "text/plain").body("hello"),
            415,
            "request.media_type",
        ),
        ("a huge file", file(vec![0; 11 * 1024 * 1024]), 413, "request.too_large"),
        (
            "a file of another kind",
            file(b"MZ\x90\0".to_vec()),
            415,
            "request.media_type",
        ),
        (
            "a mistyped number",
            json_body(r#"{"number":"DLBC-7K3M-9Q2X-H4TX"}"#),
            422,
            "certificate.number_mistyped",
        ),
        (
            "no number at all",
            json_body(r#"{"number":"42"}"#),
            400,
            "request.malformed",
        ),
    ] {
        let answer = request.send().await?;
        assert_eq!(answer.status(), status, "{what}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{what}");
        let problem: Value = answer.json().await?;
        assert_eq!(problem["code"], code, "{what}: {problem}");
    }
    let answer = world.verifier()?.asks(&json!({ "token": "not a credential" })).await?;
    assert_eq!(answer["verdict"], "unreadable", "{answer}");
    let answer = world.verifier()?.shows(paper("no code on it")?, "photo.jpg").await?;
    assert_eq!(
        answer["verdict"], "unreadable",
        "a photo without a code is not called false: {answer}"
    );
    let page = world.verifier()?.opens("/verify?number=DLBC-0000-0000-0000").await?;
    assert!(page.status == 422 || page.status == 404, "{}", page.status);
    assert_eq!(world.verifier()?.opens("/nothing/here").await?.status, 404);
    Ok(())
}
