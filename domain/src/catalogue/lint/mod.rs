//! What a service's file must hold beyond its shape, so that no citizen and no officer meets the mistake.
//!
//! Lengths are those of the WhatsApp Cloud API, counted in UTF-16 units: list row 24, its description 72, reply
//! button 20, one bubble of ours 600.

mod documents;
mod fields;
mod rules;
mod situations;
mod stages;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use super::{
    Catalogue, Service,
    model::{FieldKind, Layout},
};
use words::{is_code, repeated};

/// Something wrong in a service's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The service's code.
    pub service: String,
    /// Which check found it, for example `length`.
    pub check: &'static str,
    /// What is wrong, and where.
    pub what: String,
}

/// Collects the findings of one service.
struct Report<'a> {
    service: &'a str,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn find(&mut self, check: &'static str, what: impl Into<String>) {
        self.findings.push(Finding {
            service: self.service.to_owned(),
            check,
            what: what.into(),
        });
    }

    fn unless(&mut self, fine: bool, check: &'static str, what: impl FnOnce() -> String) {
        if !fine {
            self.find(check, what());
        }
    }

    /// Codes of one list: well formed, and none twice.
    fn codes<'b>(&mut self, what: &str, codes: impl Iterator<Item = &'b str>) {
        let codes: Vec<&str> = codes.collect();
        for code in &codes {
            self.unless(is_code(code), "code", || {
                format!("{what} {code}: not lower-case words joined by _")
            });
        }
        for code in repeated(&codes) {
            self.find("unique", format!("{what} {code} stands twice"));
        }
    }
}

/// A list row's title.
const ROW: usize = 24;
/// A list row's description.
const ROW_DESCRIPTION: usize = 72;
/// A reply button's title.
const BUTTON: usize = 20;
/// One bubble, of 1,024 that the channel would take: people read no more.
const BUBBLE: usize = 600;
/// A label on a screen and on paper.
const LABEL: usize = 60;
/// Rows of a list message, and of the table on a certificate.
const ROWS: usize = 10;
/// One sentence that is told beside others: a rule, a remark on the fee.
const SENTENCE: usize = 200;
/// Fewer other names than this, in any of the three ways of writing, and people will not be understood.
const ALIASES: usize = 8;

/// Checks every service: both languages present, lengths, references, limits. An empty answer is a clean catalogue.
#[must_use]
pub fn lint(catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings: Vec<Finding> = catalogue
        .iter()
        .flat_map(|service| check_service(service, catalogue))
        .collect();
    findings.extend(check_across(catalogue));
    findings
}

fn check_service(service: &Service, catalogue: &Catalogue) -> Vec<Finding> {
    let mut report = Report {
        service: &service.code,
        findings: vec![],
    };
    report.codes("service", std::iter::once(service.code.as_str()));
    let letters = service.letters.len() == 2 && service.letters.bytes().all(|b| b.is_ascii_uppercase());
    report.unless(letters, "letters", || {
        format!("{}: not two capital letters", service.letters)
    });
    report.unless(service.version > 0, "version", || "counting starts at 1".into());
    report.text("name", &service.name, LABEL);
    report.text("short", &service.short, ROW);
    report.text("description", &service.description, ROW_DESCRIPTION);
    report.text("department", &service.department, LABEL);
    report.text("office", &service.office, LABEL);
    report.form(service);
    report.documents(service, catalogue);
    report.way(service);

    report.codes("refusal", service.refusals.iter().map(|reason| reason.code.as_str()));
    report.unless((1..=ROWS).contains(&service.refusals.len()), "count", || {
        format!(
            "{} reasons for refusal; a list holds 1 to {ROWS}",
            service.refusals.len()
        )
    });
    for reason in &service.refusals {
        report.text(&format!("refusal {}", reason.code), &reason.text, BUBBLE);
    }

    report.figures(service);
    report.eligibility(service);
    report.checks(service);
    report.examples(service);
    report.validity(service);
    report.layout(service, &service.certificate);
    report.aliases(service);
    report.situations(service);
    report.codes("near service", service.near.iter().map(String::as_str));
    report.unless(!service.near.contains(&service.code), "reference", || {
        "the service is near itself".into()
    });
    report.findings
}

/// What must not be said of two services.
fn check_across(catalogue: &Catalogue) -> Vec<Finding> {
    let mut seen: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut findings = vec![];
    for service in catalogue.iter() {
        let mut said = vec![
            ("letters", service.letters.clone()),
            ("short", service.short.en.to_lowercase()),
            ("short", service.short.hi.clone()),
        ];
        let aliases = &service.aliases;
        said.extend(
            [&aliases.en, &aliases.hi, &aliases.hinglish]
                .into_iter()
                .flatten()
                .map(|a| ("alias", a.to_lowercase())),
        );
        let situations = &service.situations;
        said.extend(
            [&situations.en, &situations.hi, &situations.hinglish]
                .into_iter()
                .flatten()
                .map(|told| ("situation", told.to_lowercase())),
        );
        for (what, text) in said {
            if let Some(other) = seen
                .insert((what, text.clone()), &service.code)
                .filter(|other| **other != service.code)
            {
                findings.push(Finding {
                    service: service.code.clone(),
                    check: "unique",
                    what: format!("{what} {text} belongs to {other} as well"),
                });
            }
        }
    }
    findings
}

impl Report<'_> {
    fn layout(&mut self, service: &Service, layout: &Layout) {
        self.text("certificate.title", &layout.title, LABEL);
        self.text("certificate.statement", &layout.statement, BUBBLE);
        let versioned = layout
            .layout
            .split_once('/')
            .is_some_and(|(name, version)| is_code(name) && version.parse::<u32>().is_ok_and(|version| version > 0));
        self.unless(versioned, "code", || {
            format!("layout {}: not a name, a slash and a version", layout.layout)
        });

        let name = |kind: &FieldKind| matches!(kind, FieldKind::Name);
        let date = |kind: &FieldKind| matches!(kind, FieldKind::Date { .. });
        self.refers(service, "certificate.holder", &layout.holder, true, name);
        if let Some(field) = &layout.guardian {
            self.refers(service, "certificate.guardian", field, false, name);
        }
        if let Some(field) = &layout.birth {
            self.refers(service, "certificate.birth", field, true, date);
        }
        if let Some(field) = &layout.particular {
            // A household does not fit into the QR code.
            self.refers(service, "certificate.particular", field, true, |kind| {
                !matches!(kind, FieldKind::People { .. })
            });
        }
        for field in &layout.rows {
            self.refers(service, "certificate.rows", field, false, |_| true);
        }
        self.codes("certificate row", layout.rows.iter().map(String::as_str));
        self.unless((1..=ROWS).contains(&layout.rows.len()), "count", || {
            format!("{} rows on the certificate; it holds 1 to {ROWS}", layout.rows.len())
        });
        // What the code in the QR carries stands printed beside it.
        let carried = [
            Some(&layout.holder),
            layout.guardian.as_ref(),
            layout.birth.as_ref(),
            layout.particular.as_ref(),
        ];
        for field in carried.into_iter().flatten() {
            self.unless(layout.rows.contains(field), "reference", || {
                format!("{field} is in the QR but not in the rows")
            });
        }
    }

    fn refers(&mut self, service: &Service, what: &str, code: &str, always: bool, fits: impl Fn(&FieldKind) -> bool) {
        let Some(field) = service.field(code) else {
            return self.find("reference", format!("{what}: no field {code}"));
        };
        self.unless(fits(&field.kind), "reference", || {
            format!("{what}: {code} is of another kind")
        });
        self.unless(
            !always || (!field.optional && field.only_if.is_none()),
            "reference",
            || format!("{what}: {code} may be missing"),
        );
    }

    fn aliases(&mut self, service: &Service) {
        for (what, list, devanagari) in [
            ("aliases.en", &service.aliases.en, false),
            ("aliases.hi", &service.aliases.hi, true),
            ("aliases.hinglish", &service.aliases.hinglish, false),
        ] {
            self.unless(list.len() >= ALIASES, "count", || {
                format!("{what}: fewer than {ALIASES}")
            });
            for alias in repeated(&list.iter().map(String::as_str).collect::<Vec<_>>()) {
                self.find("unique", format!("{what}: {alias} stands twice"));
            }
            for alias in list {
                self.unless(words::is_tidy(alias), "tidy", || format!("{what}: {alias:?}"));
                self.unless(words::is_in_script(alias, devanagari), "script", || {
                    format!("{what}: {alias}")
                });
            }
        }
    }
}
