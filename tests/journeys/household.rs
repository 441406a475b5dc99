//! A ration card in Hindi: a household in one answer, an inspector's visit, and a card without a last day that is no card for a lifetime.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World};
use serde_json::json;

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut head = Applicant::new(world.citizen("919810000077", "Kamla"), Language::Hi)
        .answers("members", "1. रमेश कुमार, पति, ४४ साल\n2. राहुल कुमार, पुत्र, १२");
    let number = head.applies("ration_card").await?;
    let mut assistant = world.officer_who_is("Dealing Assistant").await?;
    let page = assistant.opens(&format!("/officer/files/{number}")).await?;
    let household = "1. रमेश कुमार, पति, 44; 2. राहुल कुमार, पुत्र, 12";
    assert!(page.text().contains(household), "{}", page.text());
    let papers = ["इनमें से कोई एक", "Any one of"];
    assert!(
        papers.iter().any(|words| page.text().contains(words)),
        "{}",
        page.text()
    );
    assistant.acts(&number, "forward", &[]).await?;
    head.citizen.next().await?;
    let visit = [
        ("record_visit_date", "2025-06-02"),
        ("record_residence", "confirmed"),
        ("record_family_as_stated", "as_stated"),
    ];
    world
        .officer_who_is("Food Supply Inspector")
        .await?
        .acts(&number, "forward", &visit)
        .await?;
    head.citizen.next().await?;
    world
        .officer_who_is("Food Supply Officer")
        .await?
        .acts(&number, "approve", &[])
        .await?;
    let (_, pdf) = head.citizen.receives_document().await?;
    let answer = world.verifier()?.shows(pdf.clone(), "card.pdf").await?;
    assert_eq!(
        (&answer["verdict"], &answer["certificate"]["expires"]),
        (&json!("valid"), &json!(null))
    );
    let lines = ["अगली समीक्षा तक", "Until reviewed", household];
    crate::carried::is_read_as_a_page(world, &pdf, &lines).await
}
