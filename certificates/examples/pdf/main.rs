//! Writes the sample certificates, unsigned and signed by a demonstration key, into a folder, with the lines that a reader must
//! find in them, and says how long one takes.
//!
//! `cargo run -p certificates --example pdf -- FOLDER [TIMES]`
#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "a measurement, not a fact")]

mod samples;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use certificates::pdf::{Intent, render, sign, text_lines};
use keys::{KeyStore, Purpose, SeededEntropy};

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
    std::fs::write(folder.join("authority.der"), certificates.last().unwrap()).unwrap();
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
        std::fs::write(
            folder.join(format!("{name}.txt")),
            text_lines(&page).unwrap().join("\n"),
        )
        .unwrap();
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
