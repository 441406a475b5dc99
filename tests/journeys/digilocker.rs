//! DigiLocker, as its servers ask: for the right person, once, and as long as the certificate holds.

use anyhow::{Context, Result, ensure};
use certificates::{Record, read_attachment};
use data_encoding::{BASE64, HEXLOWER};
use harness::{World, attachments};
use hmac::{Hmac, KeyInit, Mac};
use ledger::{Clock as _, SystemClock};
use sha2::{Digest, Sha256};

/// What office and DigiLocker have agreed on.
pub(crate) const AGREED: [(&str, &str); 4] = [
    ("PRAMAN_DIGILOCKER_ORG_ID", "digilocker.example"),
    ("PRAMAN_DIGILOCKER_ISSUER_ID", "in.gov.example"),
    ("PRAMAN_DIGILOCKER_API_KEY", KEY),
    ("PRAMAN_DIGILOCKER_DOC_TYPES", "birth_certificate=BTHCR"),
];
const KEY: &str = "a key that both of them have";

/// A request: signed now, or as it was signed before.
struct Pull {
    path: &'static str,
    body: String,
    hmac: String,
}

impl Pull {
    fn new(root: &str, txn: &str, details: &str) -> Self {
        let ts = SystemClock.now().to_string();
        let keyhash = HEXLOWER.encode(&Sha256::digest(format!("{KEY}{ts}")));
        let body = format!(
            "<{root} ver=\"3.0\" ts=\"{ts}\" txn=\"{txn}\" orgId=\"digilocker.example\" keyhash=\"{keyhash}\" format=\"both\">\
             <DocDetails><DigiLockerId>account-1</DigiLockerId>{details}</DocDetails></{root}>"
        );
        let path = if root == "PullDocRequest" { "pulldoc" } else { "pulluri" };
        Self {
            path,
            hmac: sign(KEY, &body),
            body,
        }
    }

    async fn send(&self, world: &World) -> Result<(u16, String)> {
        let request = world.http().post(format!("{}/digilocker/{}", world.base(), self.path));
        let request = request
            .header("content-type", "application/xml")
            .header("x-digilocker-hmac", &self.hmac);
        let answer = request.body(self.body.clone()).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}

fn sign(key: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        mac.update(body.as_bytes());
        mac.finalize().into_bytes()
    });
    mac.map_or_else(|_| String::new(), |mac| BASE64.encode(&mac))
}

fn element<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = answer.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside)
}

/// The search of a holder, for the certificate in a file.
fn search(pdf: &[u8], name: Option<&str>) -> Result<String> {
    let files = attachments(pdf)?;
    let attached = files
        .iter()
        .find(|(name, _)| name == "record.cbor")
        .context("no record")?;
    let record = Record::decode(&read_attachment(&attached.1)?.0)?;
    let held = record.name.en.clone().context("a name in Latin letters")?;
    let born = record.born.context("a date of birth")?.strftime("%d-%m-%Y");
    Ok(format!(
        "<DocType>BTHCR</DocType><FullName>{}</FullName><DOB>{born}</DOB><UDF1>{}</UDF1>",
        name.unwrap_or(&held),
        record.number
    ))
}

/// The file comes, byte for byte, to the right person; whatever is wrong brings nothing.
pub(crate) async fn journey(world: &World, pdf: &[u8]) -> Result<()> {
    let found = Pull::new("PullURIRequest", "journey-1", &search(pdf, None)?);
    let (status, answer) = found.send(world).await?;
    ensure!(status == 200 && answer.contains("Status=\"1\""), "{status}: {answer}");
    let content = element(&answer, "DocContent").context("no file")?;
    ensure!(BASE64.decode(content.as_bytes())? == pdf, "another file");
    let uri = element(&answer, "URI").context("no address")?.to_owned();

    let again = found.send(world).await?;
    ensure!(again.0 == 401 && again.1.contains("digilocker.refused"), "{again:?}");
    let forged = Pull {
        hmac: sign("another key than both of them have", &found.body),
        ..Pull::new("PullURIRequest", "journey-2", &search(pdf, None)?)
    };
    ensure!(forged.send(world).await?.0 == 401);
    let other = Pull::new("PullURIRequest", "journey-3", &search(pdf, Some("Somebody Else"))?);
    let (status, answer) = other.send(world).await?;
    ensure!(
        status == 200 && answer.contains("Status=\"0\"") && !answer.contains("Content"),
        "{answer}"
    );
    let opened = Pull::new("PullDocRequest", "journey-4", &format!("<URI>{uri}</URI>"));
    let (_, answer) = opened.send(world).await?;
    let content = element(&answer, "DocContent").context("no file")?;
    ensure!(BASE64.decode(content.as_bytes())? == pdf, "another file");
    Ok(())
}

/// Nothing comes any more.
pub(crate) async fn nothing_comes(world: &World, pdf: &[u8]) -> Result<()> {
    let search = Pull::new("PullURIRequest", "journey-5", &search(pdf, None)?);
    let (status, answer) = search.send(world).await?;
    ensure!(
        status == 200 && answer.contains("Status=\"0\"") && !answer.contains("Content"),
        "{answer}"
    );
    Ok(())
}
