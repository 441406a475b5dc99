//! What a proven certificate says, as lines to compare with the paper.

use certificates::{Claims, Record, Verdict};
use domain::{
    Bilingual,
    catalogue::{Catalogue, Printed, Service, date_in_words},
};

use super::answered::{Held, Line};

/// The heading of a service's certificates.
pub(super) fn title(catalogue: &Catalogue, service: &str) -> Bilingual {
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
    let layout = service.map(|service| &service.certificate);
    let label = |field: Option<&String>, en: &str, hi: &str| {
        service
            .and_then(|service| service.field(field?))
            .map_or_else(|| Bilingual::new(en, hi), |field| field.label.clone())
    };
    let mut person = in_its_script(claims.name.clone());
    if let Some(second) = &claims.second_name {
        let second = in_its_script(second.clone());
        person = Printed {
            en: person.en.or(second.en),
            hi: person.hi.or(second.hi),
        };
    }
    let holder = label(layout.map(|layout| &layout.holder), "Name", "नाम");
    let mut lines = vec![Line {
        code: "name".to_owned(),
        label: holder,
        value: person,
    }];
    let mut add = |code: &str, label: Bilingual, value: Printed| {
        lines.push(Line {
            code: code.to_owned(),
            label,
            value,
        });
    };
    if let Some(guardian) = &claims.guardian {
        let field = layout.and_then(|layout| layout.guardian.as_ref());
        add(
            "guardian",
            label(field, "Parent or spouse", "माता-पिता या पति-पत्नी"),
            in_its_script(guardian.clone()),
        );
    }
    if let Some(born) = claims.born {
        let field = layout.and_then(|layout| layout.birth.as_ref());
        let words = date_in_words(born);
        add(
            "born",
            label(field, "Date of birth", "जन्म तिथि"),
            Printed {
                en: Some(words.en),
                hi: Some(words.hi),
            },
        );
    }
    if let Some(particular) = &claims.particular {
        let field = layout.and_then(|layout| layout.particular.as_ref());
        add(
            "particular",
            label(field, "Particular", "विवरण"),
            in_its_script(particular.clone()),
        );
    }
    lines
}

fn in_its_script(text: String) -> Printed {
    if text.chars().any(|c| ('\u{900}'..='\u{97F}').contains(&c)) {
        Printed {
            en: None,
            hi: Some(text),
        }
    } else {
        Printed {
            en: Some(text),
            hi: None,
        }
    }
}
