//! Writes certificates of generated records, in all layouts in turn, with the lines that a reader must find in each.
//! `tests/outside/campaign.py` puts them before other programs.
//!
//! `cargo run -p certificates --example campaign -- FOLDER COUNT`
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an example stops where it fails"
)]

#[path = "../pdf/samples.rs"]
#[expect(dead_code, reason = "only the ordinary page is taken")]
mod samples;

mod records;

use std::io::Write as _;
use std::path::PathBuf;

use certificates::pdf::{Page, Row, layouts, render, text_lines};
use domain::Bilingual;

/// The seed of the records.
const SEED: u64 = 20_261_123;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap());
    let count: usize = arguments.next().unwrap().parse().unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let layouts: Vec<&str> = layouts().collect();
    let (mut lines, mut characters, mut bytes) = (0, 0, 0);
    for (index, sample) in records::Generator::new(SEED).take(count).enumerate() {
        let mut page = Page {
            layout: layouts[index % layouts.len()].to_owned(),
            rows: Vec::new(),
            ..samples::ordinary()
        };
        for (number, (en, hi)) in sample.values.into_iter().enumerate() {
            page.rows.push(Row {
                label: Bilingual::new(format!("Field {number}"), format!("क्षेत्र {number}")),
                en,
                hi: Some(hi),
            });
        }
        let made = render(&page, "2026-11-22T10:00:00Z".parse().unwrap()).unwrap();
        let expected = text_lines(&page).unwrap();
        lines += expected.len();
        characters += expected.iter().map(|line| line.chars().count()).sum::<usize>();
        bytes += made.len();
        std::fs::write(folder.join(format!("{index:05}.pdf")), &made).unwrap();
        let list = serde_json::to_string(&expected).unwrap();
        std::fs::write(folder.join(format!("{index:05}.json")), list).unwrap();
    }
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{count} certificates, {lines} lines of {characters} characters, {bytes} bytes"
    )
    .unwrap();
}
