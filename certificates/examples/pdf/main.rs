//! Writes the sample certificates into a folder: unsigned, signed by a demonstration key of P-256, and two signed with RSA, with
//! the lines that a reader must find in them and both authorities. Says how long one takes.
//!
//! `cargo run -p certificates --example pdf -- FOLDER [TIMES]`
#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "a measurement, not a fact")]

mod samples;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use certificates::pdf::{Intent, render, sign, text_lines};
use keys::{KeyStore, Purpose, RsaSigner, SeededEntropy};

const RSA_SIGNER: &[u8] = include_bytes!("../../../keys/tests/vectors/rsa/signer.pk8");
const RSA_AUTHORITY: &[u8] = include_bytes!("../../../keys/tests/vectors/rsa/authority.pk8");

fn pem(der: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap());
    let times: u32 = arguments.next().map_or(0, |times| times.parse().unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    let made_at: jiff::Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let keys = folder.join("keys.json");
    let _ = std::fs::remove_file(&keys);
    let store = KeyStore::create(
        &keys,
        "sample",
        &SeededEntropy::new(1),
        true,
        "2026-01-01T00:00:00Z".parse().unwrap(),
        "Sample Municipal Corporation",
    )
    .unwrap();
    let signer = store.signer(Purpose::Pdf).unwrap();
    let mut certificates = vec![store.directory().pdf_signing_certificate().to_vec()];
    certificates.extend(store.directory().pdf_authority().iter().cloned());
    std::fs::write(folder.join("authority.pem"), pem(certificates.last().unwrap())).unwrap();
    let rsa = RsaSigner::from_pkcs8(Purpose::Pdf, RSA_SIGNER).unwrap();
    let authority = RsaSigner::from_pkcs8(Purpose::Authority, RSA_AUTHORITY).unwrap();
    let begin = "2026-01-01T00:00:00Z".parse().unwrap();
    let made = keys::demo_certificates(
        &authority,
        keys::Signer::public_key(&rsa),
        "Sample Municipal Corporation",
        begin,
        &SeededEntropy::new(1),
    )
    .unwrap();
    let rsa_certificates = [made.signing, made.authority];
    std::fs::write(folder.join("authority.rsa.pem"), pem(&rsa_certificates[1])).unwrap();
    let intent = Intent {
        at: made_at,
        reason: "Issued by Sample Municipal Corporation / नमूना नगर निगम द्वारा जारी".to_owned(),
    };
    let mut out = std::io::stdout();
    for (name, page) in samples::all() {
        let unsigned = render(&page, made_at).unwrap();
        let signed = sign(&unsigned, &*signer, &certificates, &intent).unwrap();
        std::fs::write(folder.join(format!("{name}.unsigned.pdf")), &unsigned).unwrap();
        std::fs::write(folder.join(format!("{name}.pdf")), &signed.bytes).unwrap();
        let lines = serde_json::to_string(&text_lines(&page).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), &lines).unwrap();
        if matches!(name, "ordinary" | "card") {
            let signed = sign(&unsigned, &rsa, &rsa_certificates, &intent).unwrap();
            std::fs::write(folder.join(format!("{name}.rsa.pdf")), &signed.bytes).unwrap();
            std::fs::write(folder.join(format!("{name}.rsa.json")), &lines).unwrap();
        }
        std::fs::write(folder.join(format!("{name}.url")), &page.token_url).unwrap();
        writeln!(
            out,
            "{name}: {} bytes unsigned, {} signed",
            unsigned.len(),
            signed.bytes.len()
        )
        .unwrap();
    }
    if times > 0 {
        let page = samples::ordinary();
        let start = Instant::now();
        for _ in 0..times {
            render(&page, made_at).unwrap();
        }
        let rendered = start.elapsed() / times;
        let unsigned = render(&page, made_at).unwrap();
        let start = Instant::now();
        for _ in 0..times {
            sign(&unsigned, &*signer, &certificates, &intent).unwrap();
        }
        let signed = start.elapsed() / times;
        writeln!(out, "render {rendered:?}, sign {signed:?} on average of {times}").unwrap();
    }
}
