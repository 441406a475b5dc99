//! A man applies in English for an OBC certificate; an officer wants a paper again, another visits, the magistrate refuses.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World, paper, service};

pub(crate) async fn journey(world: &World) -> Result<()> {
    let obc = service("caste_obc")?;
    let mut man = Applicant::new(world.citizen("919810000003", "Ramesh"), Language::En)
        .answers("in_delhi_1993", "yes")
        .answers("parent_constitutional_post", "no")
        .answers("parent_senior_service", "no")
        .answers("large_irrigated_land", "no")
        .answers("residence_before_1993", "photo");
    let number = man.applies("caste_obc").await?;

    let mut assistant = world.officer_who_is("Dealing Assistant").await?;
    let question = "The income of which year is this? Please send the page with the date.";
    assistant
        .acts(&number, "ask", &[("words", question), ("paper", "income_proof")])
        .await?;
    let asked = man.citizen.next().await?;
    for part in [&number, question, &obc.document("income_proof").unwrap().label.en] {
        assert!(asked.text().contains(part), "{part}: {}", asked.text());
    }
    let page = assistant.opens(&format!("/officer/files/{number}")).await?;
    assert!(
        page.text().contains("waiting for the citizen") || page.text().contains("नागरिक के जवाब"),
        "{}",
        page.text()
    );
    assert!(assistant.form().is_err(), "nobody acts while the citizen is asked");

    let what = man
        .citizen
        .uploads(paper("the page with the date")?, "income.jpg", "image/jpeg")
        .await?;
    assert!(
        what.text().contains(&number),
        "a paper out of the blue: {}",
        what.text()
    );
    let sent = man.citizen.taps("Answer the office").await?;
    assert!(
        sent.text().contains("Your answer has gone to the office"),
        "{}",
        sent.text()
    );
    let page = assistant.opens(&format!("/officer/files/{number}")).await?;
    let papers = page
        .links()
        .into_iter()
        .filter(|link| link.path().contains("/papers/"))
        .count();
    assert_eq!(
        papers,
        8,
        "seven at first and the one that was asked for: {}",
        page.text()
    );

    assistant.acts(&number, "forward", &[]).await?;
    man.citizen.next().await?;
    let mut visitor = world.officer_who_is("Field Verification Officer").await?;
    let visit = [
        ("record_visit_date", "2025-06-02"),
        ("record_residence", "confirmed"),
        ("record_finding", "confirmed"),
    ];
    visitor.acts(&number, "forward", &visit).await?;
    man.citizen.next().await?;
    world
        .officer_who_is("Tehsildar")
        .await?
        .acts(&number, "forward", &[])
        .await?;
    man.citizen.next().await?;
    let mut magistrate = world.officer_who_is("Sub-Divisional Magistrate").await?;
    let words = "Your father has been a Group A officer since 2001.";
    magistrate
        .acts(&number, "refuse", &[("reason", "creamy_layer"), ("words", words)])
        .await?;
    let told = man.citizen.next().await?;
    for part in [&number, words, &obc.refusal("creamy_layer").unwrap().text.en] {
        assert!(told.text().contains(part), "{part}: {}", told.text());
    }
    let status = man.citizen.says("status of my application").await?;
    assert!(status.text().contains("Refused"), "{}", status.text());
    assert_eq!(
        world.auditor()?.certificate_of(&number).await?,
        [""; 0],
        "no certificate follows a refusal"
    );
    let history = world.auditor()?.history("application", &number).await?;
    let expected = [
        "submitted",
        "asked",
        "answered",
        "forwarded",
        "forwarded",
        "forwarded",
        "refused",
    ];
    assert_eq!(history, expected.map(|event| format!("application.{event}")));
    Ok(())
}
