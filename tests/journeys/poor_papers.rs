//! A mother with a poor camera: told what is wrong while she can still take the picture again, never stopped for ever, and the
//! officer knows.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, World, blurred_paper, paper, service};

pub(crate) async fn journey(world: &World) -> Result<()> {
    let birth = service("birth_certificate")?;
    let report = birth.document("birth_report").unwrap().label.en.as_str();
    let mut mother = Applicant::new(world.citizen("919810000032", "Kavita"), Language::En);
    mother.greets().await?;
    mother.chooses(birth).await?;
    mother.fills_in_until(birth, "informant").await?;
    let phone = &mut mother.citizen;
    let mut cut = paper("a page of which half arrived")?;
    cut.truncate(300);
    for (bytes, answer) in [
        (blurred_paper("the first")?, "too blurred to read"),
        (cut, "cannot be opened"),
        (blurred_paper("the second")?, "give this picture as it is"),
    ] {
        let told = phone.uploads(bytes, "report.jpg", "image/jpeg").await?;
        assert!(told.text().contains(answer), "{answer}: {}", told.text());
        assert!(told.text().contains(report), "the place is kept: {}", told.text());
    }
    let next = phone.taps("Use this picture").await?;
    assert!(next.text().contains("a note for the officer"), "{}", next.text());
    let parent = birth.document("parent_id").unwrap().label.en.as_str();
    assert!(next.text().contains(parent), "{}", next.text());
    mother.fills_in(birth).await?;
    let number = mother.submits().await?;

    let mut officer = world.officer_who_is("Sub-Registrar (Births and Deaths)").await?;
    let page = officer.opens(&format!("/officer/files/{number}")).await?;
    let noted = page.text().matches("धुँधली; कई कोशिशों के बाद जैसी थी वैसी ही दी गई").count();
    assert_eq!(noted, 1, "on the one paper and on no other: {}", page.text());
    assert_eq!(page.text().matches("ध्यान दें:").count(), 1, "{}", page.text());
    let first = officer.opens(&format!("/officer/files/{number}/papers/1")).await?;
    assert_eq!(
        first.body,
        blurred_paper("the second")?,
        "the picture that was kept is the one that is shown"
    );
    Ok(())
}
