//! What an officer may not do, asked by forms that no page offered.

use anyhow::Result;
use domain::Language;
use harness::{Applicant, Form, Officer, World};

const SUB_REGISTRAR: &str = "Sub-Registrar (Births and Deaths)";
const REGISTRAR: &str = "Registrar (Births and Deaths)";
/// Holds both roles of the birth register.
const LINK: &str = "Link Officer (additional charge)";

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut mother = Applicant::new(world.citizen("919810000005", "Kiran"), Language::Hi);
    let number = mother.applies("birth_certificate").await?;
    let file = format!("/officer/files/{number}");
    let acts = format!("{file}/acts");

    let mut nobody = world.verifier()?;
    let page = nobody.opens(&file).await?;
    assert_ne!(
        page.url.path(),
        file,
        "somebody without a session is led to the entrance"
    );
    let mut stranger = world.officer_who_is("Tehsildar").await?;
    assert_eq!(stranger.opens(&file).await?.status, 403, "an officer of another office");

    let mut link = world.officer_who_is(LINK).await?;
    link.opens(&file).await?;
    let offered = link.form()?;
    let refused = sent(&mut link, &offered, "scrutiny", "approve").await?;
    assert_eq!(
        refused,
        (422, Some("application.not_last_stage".to_owned())),
        "approving at the first stage"
    );
    let refused = sent(&mut link, &offered, "decision", "approve").await?;
    assert_eq!(
        refused,
        (409, Some("application.other_stage".to_owned())),
        "skipping the first stage"
    );
    let mut registrar = world.officer_who_is(REGISTRAR).await?;
    registrar.opens(&file).await?;
    assert!(
        registrar.form().is_err(),
        "it is not the registrar's turn: {}",
        registrar.page().text()
    );
    let mut foreign = offered.clone();
    field(&mut foreign, "csrf", &csrf(&registrar)?);
    let refused = sent(&mut registrar, &foreign, "scrutiny", "forward").await?;
    assert_eq!(
        refused,
        (422, Some("application.not_your_stage".to_owned())),
        "the stage of another role"
    );
    link.opens(&file).await?;
    let mut forged = link.form()?;
    field(&mut forged, "csrf", "0000");
    assert_eq!(
        sent(&mut link, &forged, "scrutiny", "forward").await?.0,
        403,
        "a form without the session's word"
    );
    let mut unknown = link.form_again(&file).await?;
    field(&mut unknown, "act", "promote");
    assert_eq!(link.sends(&unknown).await?.status, 400, "an act that does not exist");

    let first = link.form_again(&file).await?;
    assert_eq!(sent(&mut link, &first, "scrutiny", "forward").await?, (200, None));
    let moved = mother.citizen.next().await?;
    assert!(moved.text().contains(&number), "{}", moved.text());
    assert_eq!(
        sent(&mut link, &first, "scrutiny", "forward").await?.0,
        200,
        "the same form twice does it once"
    );
    link.opens(&file).await?;
    assert!(link.form().is_err(), "four eyes: {}", link.page().text());
    let mut second = first.clone();
    field(&mut second, "command_id", "0190aaaa-0000-4000-8000-000000000001");
    let refused = sent(&mut link, &second, "decision", "approve").await?;
    assert_eq!(
        refused,
        (422, Some("application.same_officer".to_owned())),
        "the same officer twice"
    );

    registrar.acts(&number, "approve", &[]).await?;
    mother.citizen.receives_document().await?;
    for (stage, act) in [("scrutiny", "forward"), ("decision", "refuse")] {
        let mut late = second.clone();
        field(&mut late, "command_id", "0190aaaa-0000-4000-8000-000000000002");
        let refused = sent(&mut link, &late, stage, act).await?;
        assert_eq!(
            refused,
            (409, Some("application.already_decided".to_owned())),
            "{act} of what is decided"
        );
    }
    let missing = registrar.opens("/officer/files/APP-2026-999999").await?;
    assert_eq!(missing.status, 404, "{}", missing.text());
    assert_eq!(
        registrar.opens(&acts).await?.url.path(),
        file,
        "a reload leads back to the file"
    );
    let mut other = world.officer_who_is(SUB_REGISTRAR).await?;
    assert_eq!(
        other.opens(&format!("{file}/revoke")).await?.status,
        403,
        "only the role that decided cancels"
    );
    let history = world.auditor()?.history("application", &number).await?;
    let expected = ["submitted", "forwarded", "approved"];
    assert_eq!(
        history,
        expected.map(|event| format!("application.{event}")),
        "nothing else was stored"
    );
    Ok(())
}

/// Sends a form for a stage and an act, whatever the page offers; the status, and the code of the problem if there is one.
async fn sent(officer: &mut Officer, form: &Form, stage: &str, act: &str) -> Result<(u16, Option<String>)> {
    let mut form = form.clone();
    field(&mut form, "stage", stage);
    field(&mut form, "act", act);
    if act == "refuse" {
        field(&mut form, "reason", "other_area");
    }
    let page = officer.sends(&form).await?;
    let html = page.html();
    let code = html.split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
    let code = code.map(str::to_owned).find(|code| code.starts_with("application."));
    Ok((page.status.as_u16(), code))
}

fn field(form: &mut Form, name: &str, value: &str) {
    form.fields.retain(|(field, _)| field != name);
    form.fields.push((name.to_owned(), value.to_owned()));
}

fn csrf(officer: &Officer) -> Result<String> {
    let form = officer.page().form(|form| form.action == "/officer/sign-out")?;
    let word = form.fields.iter().find(|(name, _)| name == "csrf");
    Ok(word.map(|(_, word)| word.clone()).unwrap_or_default())
}

/// A fresh form for the file as it stands.
trait FormAgain {
    async fn form_again(&mut self, file: &str) -> Result<Form>;
}

impl FormAgain for Officer {
    async fn form_again(&mut self, file: &str) -> Result<Form> {
        self.opens(file).await?;
        self.form()
    }
}
