//! The third party of the demonstration, who asks over the API; and the files that outside verifiers work on.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context as _, ensure};
use certificates::{
    Record,
    status::{Status, StatusList},
    vc::ISSUER_PATH,
};
use data_encoding::BASE64URL_NOPAD;
use domain::{CertificateId, certificate::Event};
use image::{ImageFormat, Luma};
use keys::KeyDirectory;
use ledger::Ledger;
use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use super::citizen::Citizen;
use crate::say;

/// A certificate as its holder has it.
pub(super) struct Received {
    pub(super) id: CertificateId,
    pub(super) number: String,
    pub(super) token_url: String,
    pub(super) pdf: Vec<u8>,
    /// The same as a W3C credential.
    pub(super) vc: Vec<u8>,
    pub(super) path: PathBuf,
}

/// Somebody who verifies.
pub(super) struct Proof {
    http: Client,
    address: SocketAddr,
    out: PathBuf,
}

impl Proof {
    pub(super) fn new(
        http: Client,
        address: SocketAddr,
        out: PathBuf,
        directory: &KeyDirectory,
    ) -> anyhow::Result<Self> {
        std::fs::write(out.join("keys.json"), directory.to_json()?)?;
        let authority: String = directory.pdf_authority().iter().map(|der| pem(der)).collect();
        std::fs::write(out.join("authority.pem"), authority)?;
        Ok(Self { http, address, out })
    }

    /// Waits for the certificate to arrive on the phone and keeps it, with what an outside verifier compares it to.
    pub(super) async fn receive(
        &mut self,
        citizen: &mut Citizen,
        ledger: &Ledger,
        application: &str,
    ) -> anyhow::Result<Received> {
        let bubble = citizen.next().await?;
        let media = bubble.document().context("the message carries no document")?;
        let pdf = self.download(media).await?;
        let id = CertificateId::for_application(&application.parse()?);
        // Delivery is recorded when the phone has told; the numbers of the next steps depend on it.
        let mut head = ledger.watch();
        while !ledger
            .stream("certificate", &id.to_string())
            .await?
            .iter()
            .any(|e| e.event_type == "certificate.delivered")
        {
            head.changed().await?;
        }
        let (number, token, host) = issued(ledger, &id).await?;
        let token_url = token.url(&host);
        let path = self.out.join(format!("{number}.pdf"));
        std::fs::write(&path, &pdf)?;
        let lines = reactions::printed_lines(ledger, &id.to_string())
            .await?
            .context("no lines on the certificate")?;
        let facts = json!({"number": number, "token_url": token_url, "token": token.code(), "lines": lines});
        std::fs::write(
            self.out.join(format!("{number}.json")),
            serde_json::to_vec_pretty(&facts)?,
        )?;
        let vc = self.exchange(&pdf).await?;
        std::fs::write(self.out.join(format!("{number}.vc.cose")), &vc)?;
        Ok(Received {
            id,
            vc,
            number,
            token_url,
            pdf,
            path,
        })
    }

    /// Keeps the first status list, once it tells of a revoked certificate, with what it must say of each.
    pub(super) async fn keep_list(
        &self,
        directory: &KeyDirectory,
        held: &Received,
        revoked: &Received,
    ) -> anyhow::Result<()> {
        let place = |of: &Received| -> anyhow::Result<u64> {
            let token = certificates::Token::parse(&of.token_url)?;
            token.claims().status_index.context("no place in the status lists")
        };
        let (held_at, revoked_at) = (place(held)?, place(revoked)?);
        let list = loop {
            let request = self.http.get(format!("http://{}/status/0", self.address));
            let bytes = request.send().await?.error_for_status()?.bytes().await?;
            let list = StatusList::open(&bytes, directory)?;
            if list.status_of(revoked_at) == Some(Status::Invalid) {
                ensure!(
                    list.status_of(held_at) == Some(Status::Valid),
                    "the list tells of the wrong certificate"
                );
                break bytes;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        say(format!("   by the status list of {} bytes: revoked", list.len()));
        let folder = self.out.join("status");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("0"), &list)?;
        let expected = json!({ (held.number.clone()): 0, (revoked.number.clone()): 1 });
        Ok(std::fs::write(
            folder.join("expected.json"),
            serde_json::to_vec_pretty(&expected)?,
        )?)
    }

    /// Hands in the PDF for the W3C credential, and keeps the issuer's document with it.
    async fn exchange(&self, pdf: &[u8]) -> anyhow::Result<Vec<u8>> {
        let issuer = self.http.get(format!("http://{}{ISSUER_PATH}", self.address));
        let issuer = issuer.send().await?.error_for_status()?.bytes().await?;
        std::fs::write(self.out.join("issuer.cid"), issuer)?;
        let asked = self.http.post(format!("http://{}/api/v1/credential", self.address));
        let asked = asked.header("content-type", "application/pdf").body(pdf.to_vec());
        Ok(asked.send().await?.error_for_status()?.bytes().await?.to_vec())
    }

    /// As the phone does it: the address of the file first, then the file.
    async fn download(&self, media: &str) -> anyhow::Result<Vec<u8>> {
        let address = format!("http://{}/simulator/v26.0/{media}", self.address);
        let look_up = self.http.get(address).bearer_auth(crate::service::DEMO_TOKEN);
        let info: Value = look_up.send().await?.error_for_status()?.json().await?;
        let url = info
            .get("url")
            .and_then(Value::as_str)
            .context("the simulator gave no address")?;
        let file = self
            .http
            .get(url)
            .bearer_auth(crate::service::DEMO_TOKEN)
            .send()
            .await?
            .error_for_status()?;
        Ok(file.bytes().await?.to_vec())
    }

    pub(super) async fn by_token(&self, url: &str) -> anyhow::Result<Value> {
        self.ask(self.verify().json(&json!({"token": url}))).await
    }

    pub(super) async fn by_number(&self, number: &str) -> anyhow::Result<Value> {
        self.ask(self.verify().json(&json!({"number": number}))).await
    }

    pub(super) async fn by_file(&self, bytes: Vec<u8>, filename: &str) -> anyhow::Result<Value> {
        let part = Part::bytes(bytes).file_name(filename.to_owned());
        self.ask(self.verify().multipart(Form::new().part("file", part))).await
    }

    fn verify(&self) -> reqwest::RequestBuilder {
        self.http.post(format!("http://{}/api/v1/verify", self.address))
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    /// Tells a verdict, which must be the expected one.
    pub(super) fn expect(&self, how: &str, answer: Value, expected: &str) -> anyhow::Result<()> {
        let text = |key| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let verdict = text("verdict");
        say(format!("   {how}: {verdict} ({})", text("reason")));
        ensure!(verdict == expected, "{how}: {verdict} instead of {expected}");
        Ok(())
    }
}

/// Number, credential and host of an issued certificate, from its events.
async fn issued(ledger: &Ledger, id: &CertificateId) -> anyhow::Result<(String, certificates::Token, String)> {
    let (mut number, mut host, mut token) = (None, None, None);
    for recorded in ledger.stream("certificate", &id.to_string()).await? {
        match serde_json::from_slice(&recorded.body)? {
            Event::Prepared {
                record, host: printed, ..
            } => {
                let record = record.into_value().context("the record is erased")?;
                let record = Record::decode(&BASE64URL_NOPAD.decode(record.as_bytes())?)?;
                number = Some(record.number.to_string());
                host = Some(printed);
            }
            Event::Issued { credential, .. } => {
                let credential = credential.into_value().context("the credential is erased")?;
                token = Some(certificates::Token::from_bytes(
                    &BASE64URL_NOPAD.decode(credential.as_bytes())?,
                )?);
            }
            _ => {}
        }
    }
    Ok((
        number.context("no number")?,
        token.context("not issued")?,
        host.context("no host")?,
    ))
}

fn pem(der: &[u8]) -> String {
    let base64 = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// What a phone's camera makes of the printed QR code: turned a little, grey, and compressed.
pub(super) fn photo(url: &str) -> anyhow::Result<Vec<u8>> {
    let qr = certificates::qr::encode(url)?;
    let side = i64::from(qr.side);
    let dark = |x: i64, y: i64| {
        let place = (0..side)
            .contains(&x)
            .then_some(())
            .and((0..side).contains(&y).then_some(y * side + x));
        place
            .and_then(|p| qr.dark.get(usize::try_from(p).ok()?))
            .copied()
            .unwrap_or(false)
    };
    // 0.05 radians, about three degrees; 7 pixels a module.
    let (sine, cosine) = 0.05_f64.sin_cos();
    let size = u32::try_from((side + 20) * 7)?;
    let middle = f64::from(size) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the picture has a few hundred pixels a side"
    )]
    let photo = image::GrayImage::from_fn(size, size, |x, y| {
        let (dx, dy) = (f64::from(x) - middle, f64::from(y) - middle);
        let (u, v) = (cosine * dx + sine * dy, cosine * dy - sine * dx);
        let module = |t: f64| (t / 7.0 + f64::from(qr.side) / 2.0).floor() as i64;
        let shade = if dark(module(u), module(v)) { 48 } else { 214 };
        Luma([shade])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
