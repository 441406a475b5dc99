//! What is printed: the record, from an application's answers.

use certificates::{Record, RecordField};
use domain::{
    ByOfficer, CertificateNumber,
    catalogue::{Answers, Printed, Service, Validity},
};
use jiff::civil::Date;

use super::IssuanceError;

/// The record of a certificate.
pub(super) fn record(
    service: &Service,
    answers: &Answers,
    number: &CertificateNumber,
    issued_on: Date,
    expires_on: Option<Date>,
    by: &ByOfficer,
    demo: bool,
) -> Result<Record, IssuanceError> {
    let layout = &service.certificate;
    let mut fields = Vec::with_capacity(layout.rows.len());
    for code in &layout.rows {
        let field = service.field(code).ok_or_else(|| IssuanceError::Answer(code.clone()))?;
        let value = match answers.get(code) {
            Some(value) => field.printed(value),
            // A question that was not asked, or an optional one that was skipped, leaves no row.
            None if field.optional || !field.applies(answers) => continue,
            None => return Err(IssuanceError::Answer(code.clone())),
        };
        fields.push(RecordField {
            code: code.clone(),
            label: field.label.clone(),
            value,
        });
    }
    Ok(Record {
        number: number.clone(),
        service: service.code.clone(),
        title: layout.title.clone(),
        statement: layout.statement.clone(),
        name: printed(service, answers, &layout.holder).ok_or_else(|| IssuanceError::Answer(layout.holder.clone()))?,
        guardian: layout
            .guardian
            .as_deref()
            .and_then(|code| printed(service, answers, code)),
        born: layout.birth.as_deref().and_then(|code| match answers.get(code) {
            Some(domain::catalogue::Value::Date(date)) => Some(*date),
            _ => None,
        }),
        particular: layout
            .particular
            .as_deref()
            .and_then(|code| printed(service, answers, code)),
        fields,
        issued_on,
        expires_on,
        issuer: service.department.clone(),
        office: by.office.clone(),
        officer: by.designation.clone(),
        layout: match service.validity {
            Validity::UntilReviewed { .. } => certificates::pdf::reviewed(&layout.layout),
            _ => layout.layout.clone(),
        },
        demo,
    })
}

fn printed(service: &Service, answers: &Answers, code: &str) -> Option<Printed> {
    Some(service.field(code)?.printed(answers.get(code)?))
}
