//! What a proven certificate says, as lines to compare with the paper.

use certificates::{Claims, Record, Verdict};
use domain::{
    Bilingual,
    catalogue::{Catalogue, Printed, Service},
};

use super::answered::{Held, Line};

/// The particulars that a code may carry.
const LABELLED: [&str; 4] = ["name", "guardian", "born", "particular"];

/// The heading of a service's certificates.
pub(crate) fn title(catalogue: &Catalogue, service: &str) -> Bilingual {
    catalogue.get(service).map_or_else(
        || Bilingual::new("Certificate", "प्रमाण पत्र"),
        |service| service.certificate.title.clone(),
    )
}

/// The line of the person's name.
pub(super) fn name(value: Printed) -> Line {
    Line {
        code: "name".to_owned(),
        label: Bilingual::new("Name", "नाम"),
        value,
    }
}

/// What a verdict proved: the full record of a PDF, or the particulars in a code.
pub(super) fn proven(catalogue: &Catalogue, verdict: &Verdict) -> Option<Held> {
    let claims = verdict.claims.as_ref()?;
    let service = catalogue
        .iter()
        .find(|service| service.letters == claims.number.letters());
    let (code, title, lines) = match &verdict.record {
        Some(record) => (record.service.clone(), record.title.clone(), of_record(record, service)),
        None => {
            let code = service.map(|service| service.code.clone()).unwrap_or_default();
            let title = title(catalogue, &code);
            (code, title, of_claims(claims, service))
        }
    };
    Some(Held {
        number: claims.number.clone(),
        service: code,
        title,
        issued_on: claims.issued_on,
        expires_on: claims.expires_on,
        masked: false,
        lines,
    })
}

/// Every row of the paper. The person and the guardian keep their names of the interface, whatever the service calls them.
fn of_record(record: &Record, service: Option<&Service>) -> Vec<Line> {
    let layout = service.map(|service| &service.certificate);
    let line = |field: &certificates::RecordField| {
        let is = |wanted: Option<&String>| wanted == Some(&field.code);
        let code = if is(layout.map(|layout| &layout.holder)) {
            "name"
        } else if is(layout.and_then(|layout| layout.guardian.as_ref())) {
            "guardian"
        } else {
            &field.code
        };
        Line {
            code: code.to_owned(),
            label: field.label.clone(),
            value: field.value.clone(),
        }
    };
    record.fields.iter().map(line).collect()
}

/// What stands in the code, in the order of the paper.
fn of_claims(claims: &Claims, service: Option<&Service>) -> Vec<Line> {
    let labels = labels(service);
    let label = |code: &str| labels.iter().find(|(labelled, _)| *labelled == code);
    let lines = claims.printed().into_iter();
    lines
        .map(|(code, value)| Line {
            code: code.to_owned(),
            label: label(code).map_or_else(Bilingual::default, |(_, label)| label.clone()),
            value,
        })
        .collect()
}

/// What the particulars in a code are called on a service's paper, by their codes.
pub(crate) fn labels(service: Option<&Service>) -> [(&'static str, Bilingual); 4] {
    let layout = service.map(|service| &service.certificate);
    let label = |field: Option<&String>, en: &str, hi: &str| {
        service
            .and_then(|service| service.field(field?))
            .map_or_else(|| Bilingual::new(en, hi), |field| field.label.clone())
    };
    let known = |code| match code {
        "name" => label(layout.map(|layout| &layout.holder), "Name", "नाम"),
        "guardian" => label(
            layout.and_then(|layout| layout.guardian.as_ref()),
            "Parent or spouse",
            "माता-पिता या पति-पत्नी",
        ),
        "born" => label(
            layout.and_then(|layout| layout.birth.as_ref()),
            "Date of birth",
            "जन्म तिथि",
        ),
        _ => label(
            layout.and_then(|layout| layout.particular.as_ref()),
            "Particular",
            "विवरण",
        ),
    };
    LABELLED.map(|code| (code, known(code)))
}
