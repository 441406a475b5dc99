//! A mother applies in Hindi; two officers decide; the certificate is checked in every way, and then cancelled.

use anyhow::{Context, Result, ensure};
use domain::Language;
use harness::{
    Applicant, DEADLINE, Verifier, World, certificate_number, credential_code, photo_of_code, service, wait_for,
};
use serde_json::{Value, json};

const SUB_REGISTRAR: &str = "Sub-Registrar (Births and Deaths)";
const REGISTRAR: &str = "Registrar (Births and Deaths)";

pub(crate) async fn journey(world: &World) -> Result<()> {
    let birth = service("birth_certificate")?;
    let mut mother = Applicant::new(world.citizen("919810000001", "Sunita"), Language::Hi)
        .answers("child_name", "आरोही शर्मा / Aarohi Sharma")
        .answers("sex", "female")
        .answers("mother_name", "सुनीता शर्मा")
        .answers("father_name", "skip");
    let menu = mother.greets().await?;
    assert!(menu.text().contains("आप क्या करना चाहेंगे?"), "{}", menu.text());
    mother.chooses(birth).await?;
    let confirm = mother.fills_in(birth).await?;
    for answer in [
        "आरोही शर्मा",
        "Aarohi Sharma",
        "लड़की (स्त्री)",
        "सुनीता शर्मा",
        "छोड़ा गया",
        "मिल गया",
    ] {
        assert!(
            confirm.text().contains(answer),
            "{answer} is not on the confirm screen: {}",
            confirm.text()
        );
    }
    let number = mother.submits().await?;
    let status = mother.citizen.says("मेरा आवेदन कहाँ तक पहुँचा?").await?;
    assert!(
        status.text().contains(&number) && status.text().contains("उप-रजिस्ट्रार"),
        "{}",
        status.text()
    );

    let mut first = world.officer_who_is(SUB_REGISTRAR).await?;
    let queue = first.opens("/officer/queue").await?;
    assert!(
        queue.text().contains(&number),
        "the file stands in the queue: {}",
        queue.text()
    );
    let page = first.opens(&format!("/officer/files/{number}")).await?;
    for shown in ["आरोही शर्मा", "Aarohi Sharma", "लोक सेवा अस्पताल"] {
        assert!(
            page.text().contains(shown),
            "{shown} is not in the file: {}",
            page.text()
        );
    }
    let papers = page
        .links()
        .into_iter()
        .filter(|link| link.path().contains("/papers/"))
        .count();
    assert_eq!(papers, 3, "the papers that were sent");
    let paper = first.opens(&format!("/officer/files/{number}/papers/1")).await?;
    assert_eq!(paper.headers["content-type"], "image/jpeg");
    assert!(paper.body.starts_with(&[0xFF, 0xD8, 0xFF]));
    first
        .acts(&number, "forward", &[("words", "अस्पताल के रिकॉर्ड से मिलाया")])
        .await?;
    let moved = mother.citizen.next().await?;
    assert!(
        moved.text().contains(&number) && moved.text().contains("रजिस्ट्रार निर्णय"),
        "{}",
        moved.text()
    );

    let mut second = world.officer_who_is(REGISTRAR).await?;
    second.acts(&number, "approve", &[]).await?;
    let (filename, pdf) = mother.citizen.receives_document().await?;
    assert!(pdf.starts_with(b"%PDF-") && filename.ends_with(".pdf"), "{filename}");
    let caption = mother.citizen.last()?.text().to_owned();
    assert!(
        caption.contains("प्रदर्शन – मान्य नहीं"),
        "a demonstration says so: {caption}"
    );
    let certificate = certificate_number(&caption).context("the caption names the number")?;
    assert!(certificate.starts_with("DLBC-"), "{certificate}");
    wait_for("the delivery to be recorded", DEADLINE, async || {
        let history = world.auditor()?.certificate_of(&number).await?;
        let expected = ["certificate.prepared", "certificate.issued", "certificate.delivered"];
        ensure!(
            expected.starts_with(&history.iter().map(String::as_str).collect::<Vec<_>>()),
            "{history:?}"
        );
        Ok((history == expected).then_some(()))
    })
    .await?;

    let checked = Certificate {
        number: certificate.clone(),
        code: credential_code(&pdf)?,
        pdf,
    };
    checked.is("valid", world).await.context("after the approval")?;
    crate::carried::proves_itself(world, &checked.pdf).await?;
    crate::carried::is_exchanged(world, &checked.pdf, "valid").await?;
    crate::digilocker::journey(world, &checked.pdf)
        .await
        .context("DigiLocker")?;
    let lines = [
        "<span lang=\"hi\">आरोही शर्मा</span>",
        "<span lang=\"en-IN\">Aarohi Sharma</span>",
        "<span lang=\"hi\">लड़की (स्त्री)</span>",
    ];
    crate::carried::is_read_as_a_page(world, &checked.pdf, &lines).await?;
    let mut school = Applicant::new(world.citizen("919810000002", "School"), Language::En);
    school.greets().await?;
    let told = school
        .citizen
        .uploads(checked.pdf.clone(), &filename, "application/pdf")
        .await?;
    assert!(
        told.text().starts_with("Valid:") && told.text().contains("Aarohi Sharma"),
        "{}",
        told.text()
    );
    let told = school.citizen.says(&certificate).await?;
    assert!(
        told.text().starts_with("Valid:") && !told.text().contains("Aarohi Sharma"),
        "masked: {}",
        told.text()
    );

    let again = mother.citizen.says("डाउनलोड").await?;
    assert!(again.document().is_some(), "{}", again.text());

    second.revokes(&number, "mistake").await?;
    let news = mother
        .citizen
        .waits_for("news of the cancellation", |bubble| bubble.text().contains("रद्द"))
        .await?;
    assert!(news.text().contains(&certificate), "{}", news.text());
    checked.is("revoked", world).await.context("after the cancellation")?;
    crate::carried::is_exchanged(world, &checked.pdf, "revoked").await?;
    crate::digilocker::nothing_comes(world, &checked.pdf).await?;
    let told = school
        .citizen
        .uploads(checked.pdf.clone(), &filename, "application/pdf")
        .await?;
    assert!(told.text().starts_with("Cancelled:"), "{}", told.text());
    let page = second.opens(&format!("/officer/files/{number}/revoke")).await?;
    assert!(
        !page.text().is_empty() && page.form(|form| form.has("reason")).is_err(),
        "once is enough: {}",
        page.text()
    );
    Ok(())
}

/// A certificate as somebody has it who was shown it.
struct Certificate {
    number: String,
    code: String,
    pdf: Vec<u8>,
}

impl Certificate {
    /// Every way of checking it gives this verdict.
    async fn is(&self, verdict: &str, world: &World) -> Result<()> {
        let mut verifier = world.verifier()?;
        let symbol = format!("HTTPS://EXAMPLE.INVALID/C/{}", self.code);
        let by_code = verifier.asks(&json!({ "token": symbol })).await?;
        self.says(&by_code, verdict, "qr", Some("Aarohi Sharma"))?;
        let by_file = verifier.shows(self.pdf.clone(), "certificate.pdf").await?;
        self.says(&by_file, verdict, "pdf", Some("Aarohi Sharma"))?;
        assert_eq!(by_file["checks"]["record"], "pass", "{by_file}");
        let by_photo = verifier.shows(photo_of_code(&symbol)?, "photo.jpg").await?;
        self.says(&by_photo, verdict, "qr", Some("Aarohi Sharma"))?;
        let by_number = verifier.asks(&json!({ "number": self.number })).await?;
        self.says(&by_number, verdict, "number", None)?;
        self.on_pages(verdict, &mut verifier, &symbol).await
    }

    fn says(&self, answer: &Value, verdict: &str, source: &str, name: Option<&str>) -> Result<()> {
        ensure!(
            answer["verdict"] == verdict && answer["source"] == source,
            "by {source}: {answer}"
        );
        ensure!(
            answer["certificate"]["number"] == self.number.as_str(),
            "by {source}: {answer}"
        );
        match name {
            Some(name) => ensure!(answer["certificate"]["name"] == name, "by {source}: {answer}"),
            None => ensure!(
                answer["certificate"]["masked"] == true && !answer.to_string().contains("Aarohi"),
                "a number tells no name: {answer}"
            ),
        }
        Ok(())
    }

    async fn on_pages(&self, verdict: &str, verifier: &mut Verifier, symbol: &str) -> Result<()> {
        let words = if verdict == "valid" {
            ["Valid", "मान्य"]
        } else {
            ["Cancelled", "रद्द"]
        };
        let page = verifier.scans(symbol).await?;
        ensure!(
            page.status.is_success() && words.iter().all(|word| page.text().contains(word)),
            "{}",
            page.text()
        );
        ensure!(
            page.text().contains("Aarohi Sharma"),
            "the code shows the name: {}",
            page.text()
        );
        let page = verifier.opens("/verify").await?;
        let form = page.form(|form| form.files.iter().any(|file| file == "file"))?;
        let files = [("file", "certificate.pdf", "application/pdf", self.pdf.clone())];
        let shown = verifier.session().send_with_files(&page, &form, None, &files).await?;
        ensure!(words.iter().all(|word| shown.text().contains(word)), "{}", shown.text());
        let mut form = page.form(|form| form.has("number"))?;
        form.fill("number", &self.number)?;
        let shown = verifier.session().send(&page, &form, None).await?;
        ensure!(words.iter().all(|word| shown.text().contains(word)), "{}", shown.text());
        Ok(())
    }
}
