use super::*;

#[test]
fn the_catalogue_has_no_findings() {
    let findings = lint(Catalogue::embedded().unwrap());
    let list: Vec<String> = findings
        .iter()
        .map(|f| format!("{} {}: {}", f.service, f.check, f.what))
        .collect();
    assert!(findings.is_empty(), "{}", list.join("\n"));
}
