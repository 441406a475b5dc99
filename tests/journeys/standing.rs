//! How a certificate stands: put on hold and released, corrected by two officers, renewed, and held until a day that passes.
//! Every copy, the public list and the log say the same each time.

use anyhow::{Context, Result, ensure};
use certificates::{
    Token,
    status::{Status, StatusList},
};
use domain::{CertificateId, Language};
use harness::{Applicant, DEADLINE, Officer, World, certificate_number, credential_code, officers, praman, wait_for};
use keys::KeyDirectory;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const SUB_REGISTRAR: &str = "Sub-Registrar (Births and Deaths)";
pub(crate) const REGISTRAR: &str = "Registrar (Births and Deaths)";

/// One certificate, as its holder has it.
pub(crate) struct Copy {
    pub(crate) number: String,
    pub(crate) code: String,
    pub(crate) pdf: Vec<u8>,
}

impl Copy {
    pub(crate) fn of(caption: &str, pdf: Vec<u8>) -> Result<Self> {
        Ok(Self {
            number: certificate_number(caption).context("the caption names the number")?,
            code: credential_code(&pdf)?,
            pdf,
        })
    }

    /// Its place in the status lists, as its credential names it.
    pub(crate) fn place(&self) -> Result<u64> {
        let token = Token::parse(&self.code)?;
        token.claims().status_index.context("a place in the status lists")
    }

    /// The verdict of somebody who has no connection: by the published keys, with and without the list.
    async fn is_offline(&self, verdict: &str, world: &World) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let keys = get(world, "/.well-known/praman-keys.json").await?.bytes().await?;
        std::fs::write(folder.path().join("keys.json"), keys)?;
        let file = folder.path().join("certificate.pdf");
        std::fs::write(&file, &self.pdf)?;
        let said = async || -> Result<Value> {
            let (file, trust) = (file.to_string_lossy(), folder.path().to_string_lossy());
            let ended = praman(&["verify", &file, "--trust", &trust, "--json"]).await?;
            serde_json::from_str(&ended.stdout).with_context(|| ended.stderr.clone())
        };
        let without = said().await?;
        ensure!(without["verdict"] == "unknown", "without a list: {without}");
        std::fs::create_dir(folder.path().join("status"))?;
        let list = get(world, "/status/0").await?.bytes().await?;
        let kept = folder.path().join("status/0");
        std::fs::write(&kept, &list)?;
        let with = said().await?;
        ensure!(with["verdict"] == verdict, "{verdict} expected: {with}");
        let mut forged = list.to_vec();
        if let Some(last) = forged.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&kept, &forged)?;
        let with = said().await?;
        ensure!(with["verdict"] == "unknown", "with a forged list: {with}");
        Ok(())
    }

    /// The same verdict whichever way it is asked.
    pub(crate) async fn is(&self, verdict: &str, world: &World) -> Result<Value> {
        let verifier = world.verifier()?;
        let by_file = verifier.shows(self.pdf.clone(), "certificate.pdf").await?;
        let by_code = verifier.asks(&json!({ "token": self.code })).await?;
        let by_number = verifier.asks(&json!({ "number": self.number })).await?;
        for answer in [&by_file, &by_code, &by_number] {
            ensure!(answer["verdict"] == verdict, "{verdict} expected: {answer}");
        }
        Ok(by_file)
    }
}

pub(crate) async fn get(world: &World, path: &str) -> Result<reqwest::Response> {
    let url = format!("{}{path}", world.base());
    Ok(world.http().get(url).send().await?.error_for_status()?)
}

/// What the published list says of a certificate, once it says that.
pub(crate) async fn listed(world: &World, index: u64, expected: Status) -> Result<()> {
    let directory = get(world, "/.well-known/praman-keys.json").await?.bytes().await?;
    let directory = KeyDirectory::from_json(&directory)?;
    wait_for("the status list to tell it", DEADLINE, async || {
        let answer = get(world, "/status/0").await?;
        ensure!(
            answer.headers()["content-type"] == "application/statuslist+cwt",
            "{:?}",
            answer.headers()
        );
        let bytes = answer.bytes().await?;
        let list = StatusList::open(&bytes, &directory)?;
        if list.status_of(index) != Some(expected) {
            return Ok(None);
        }
        // The list that is served is one that the log has.
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let mut auditor = world.auditor()?;
        let page = auditor.opens("/auditor/streams/status_list/0").await?;
        for link in page.links() {
            let is_event = link.path().starts_with("/auditor/events/");
            if is_event && auditor.opens(link.path()).await?.html().contains(&digest) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .await
}

async fn done(officer: &mut Officer, file: &str, act: &str, fields: &[(&str, &str)], told: &str) -> Result<()> {
    officer.does(file, act, fields, told).await
}

/// The other officer says no, and why: the first one reads it, and for the holder nothing has changed.
async fn is_declined(world: &World, file: &str, (one, other): (&mut Officer, &mut Officer), copy: &Copy) -> Result<()> {
    let why = "अस्पताल के रिकॉर्ड में अरोही ही लिखा है";
    for (words, code) in [("", "certificate.words_missing"), (why, "certificate.same_officer")] {
        let officer: &mut Officer = if words.is_empty() { &mut *other } else { &mut *one };
        let refused = done(officer, file, "decline", &[("words", words)], "decline").await;
        let error = refused.unwrap_err().to_string();
        ensure!(error.contains("422") && error.contains(code), "{error}");
    }
    done(other, file, "decline", &[("words", why)], "decline").await?;
    copy.is("valid", world).await.context("nothing has changed")?;
    let page = one.opens(&format!("/officer/files/{file}")).await?;
    ensure!(
        page.text().contains(why),
        "the first officer reads why: {}",
        page.text()
    );
    let page = other.opens(&format!("/officer/files/{file}/correction")).await?;
    ensure!(page.status == 404, "nothing waits any more: {}", page.text());
    Ok(())
}

pub(crate) async fn journey(world: &World) -> Result<()> {
    let mut mother = Applicant::new(world.citizen("919810000021", "Meena"), Language::Hi)
        .answers("child_name", "अरोही वर्मा / Arohi Verma");
    let file = mother.applies("birth_certificate").await?;
    world
        .officer_who_is(SUB_REGISTRAR)
        .await?
        .acts(&file, "forward", &[])
        .await?;
    mother.citizen.next().await?;
    let both = officers(world.base(), REGISTRAR).await?;
    let mut one = world.officer(&both[0]).await?;
    let mut other = world.officer(&both[1]).await?;
    one.acts(&file, "approve", &[]).await?;
    let (_, pdf) = mother.citizen.receives_document().await?;
    let first = Copy::of(mother.citizen.last()?.text(), pdf)?;
    let answer = first.is("valid", world).await?;
    let place = first.place()?;
    listed(world, place, Status::Valid).await?;

    // Put on hold, and released.
    let today = answer["certificate"]["issued"].as_str().context("a day")?.to_owned();
    let late = "2099-01-01";
    let error = done(
        &mut one,
        &file,
        "suspend",
        &[("reason", "inquiry"), ("until", late)],
        "suspend",
    )
    .await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("422") && error.contains("certificate.suspension_end"),
        "{error}"
    );
    let hold = [("reason", "inquiry"), ("until", today.as_str())];
    done(&mut one, &file, "suspend", &hold, "suspend").await?;
    let on_hold = first.is("suspended", world).await?;
    assert_eq!(on_hold["checks"]["status"]["result"], "fail", "{on_hold}");
    let told = mother.citizen.next().await?;
    assert!(
        told.text().contains(&first.number) && told.text().contains("रोक लगाई"),
        "{}",
        told.text()
    );
    listed(world, place, Status::Suspended).await?;
    one.opens(&format!("/officer/files/{file}/correct")).await?;
    let form = one.page().form(|form| form.has("record_child_name"));
    assert!(
        form.is_ok(),
        "the form is drawn, the rule decides: {}",
        one.page().text()
    );
    done(&mut other, &file, "reinstate", &[], "reinstate").await?;
    first.is("valid", world).await?;
    let told = mother.citizen.next().await?;
    assert!(told.text().contains("रोक हटा दी"), "{}", told.text());
    listed(world, place, Status::Valid).await?;

    // Corrected: one says what is wrong, the other one agrees.
    let mut stranger = world.officer_who_is(SUB_REGISTRAR).await?;
    let address = format!("/officer/files/{file}/correct");
    assert_eq!(
        stranger.opens(&address).await?.status,
        403,
        "only the role that decided"
    );
    let unchanged = done(&mut one, &file, "correct", &[("reason", "clerical_error")], "propose").await;
    let error = unchanged.unwrap_err().to_string();
    assert!(
        error.contains("422") && error.contains("certificate.nothing_to_correct"),
        "{error}"
    );
    let empty = [("reason", "clerical_error"), ("record_child_name", "")];
    let error = done(&mut one, &file, "correct", &empty, "propose").await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("422") && error.contains("application.record"), "{error}");
    let right = [
        ("reason", "clerical_error"),
        ("record_child_name", "Aarohi Verma / आरोही वर्मा"),
        ("words", "अस्पताल के रिकॉर्ड में आरोही"),
    ];
    done(&mut one, &file, "correct", &right, "propose").await?;
    first.is("valid", world).await.context("a proposal changes nothing")?;
    is_declined(world, &file, (&mut one, &mut other), &first).await?;
    done(&mut one, &file, "correct", &right, "propose").await?;
    let own = done(&mut one, &file, "correction", &[], "correct").await;
    let error = own.unwrap_err().to_string();
    assert!(
        error.contains("422") && error.contains("certificate.same_officer"),
        "{error}"
    );
    let page = other.opens(&format!("/officer/files/{file}/correction")).await?;
    assert!(
        page.text().contains("अरोही वर्मा") && page.text().contains("आरोही वर्मा"),
        "{}",
        page.text()
    );
    done(&mut other, &file, "correction", &[], "correct").await?;
    let (_, pdf) = mother.citizen.receives_document().await?;
    let caption = mother.citizen.last()?.text().to_owned();
    assert!(caption.contains(&first.number), "the old number is told: {caption}");
    let second = Copy::of(&caption, pdf)?;
    assert_ne!(second.number, first.number);
    let answer = second.is("valid", world).await?;
    assert!(answer.to_string().contains("आरोही वर्मा"), "{answer}");
    let old = first.is("superseded", world).await?;
    assert_eq!(old["newer"], json!(second.number), "{old}");
    let page = world
        .verifier()?
        .scans(&format!("HTTPS://HOST/C/{}", first.code))
        .await?;
    assert!(
        page.text().contains(&second.number),
        "the old copy's page points to the new one: {}",
        page.text()
    );
    let new_place = second.place()?;
    assert_ne!(new_place, place);
    listed(world, place, Status::Superseded).await?;
    listed(world, new_place, Status::Valid).await?;
    first.is_offline("superseded", world).await?;
    second.is_offline("valid", world).await?;
    // Nothing more can be done to the old one, and the new one is the one that the file shows.
    one.opens(&format!("/officer/files/{file}")).await?;
    assert!(one.page().text().contains(&second.number), "{}", one.page().text());

    let application = file.parse()?;
    let told = world.auditor()?.certificate_of(&file).await?;
    let story: Vec<&str> = told.iter().filter_map(|event| event.split('.').nth(1)).collect();
    let expected = [
        "prepared",
        "issued",
        "delivered",
        "suspended",
        "reinstated",
        "correction_proposed",
        "correction_declined",
        "correction_proposed",
        "replacement_ordered",
        "superseded",
    ];
    assert_eq!(story, expected);
    let id = CertificateId::for_version(&application, 2).to_string();
    let told = wait_for("the second to be delivered", DEADLINE, async || {
        let told = world.auditor()?.history("certificate", &id).await?;
        Ok((told.len() == 3).then_some(told))
    })
    .await?;
    let new = ["prepared", "issued", "delivered"];
    assert_eq!(told, new.map(|event| format!("certificate.{event}")));

    // A birth certificate has no end, so there is nothing to renew.
    let error = done(&mut one, &file, "renew", &[], "renew")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("422") && error.contains("certificate.no_end"), "{error}");

    // Held until a day that passes: nobody does anything, and it holds again.
    done(&mut one, &file, "suspend", &hold, "suspend").await?;
    second.is("suspended", world).await?;
    listed(world, new_place, Status::Suspended).await?;
    world.simulator_skips(24 * 3600).await?;
    second.is("valid", world).await.context("its last day is over")?;
    listed(world, new_place, Status::Valid).await?;
    first.is("superseded", world).await?;
    Ok(())
}
