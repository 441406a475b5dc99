//! The way to a decision: who acts, what is recorded, and that it is never one person's alone.

use super::{LABEL, Report, fields::holdable};
use crate::catalogue::{
    Service, Stage,
    model::{Condition, FieldKind, StageKind},
};

impl Report<'_> {
    pub(super) fn way(&mut self, service: &Service) {
        self.codes("stage", service.stages.iter().map(|stage| stage.code.as_str()));
        let always =
            |stage: &&Stage| stage.kind == StageKind::Officer && stage.only_if.is_none() && stage.unless.is_none();
        let officers = service.stages.iter().filter(always).count();
        // One borrowed login must not suffice.
        self.unless(officers >= 2, "stages", || {
            format!("{officers} stages of officers; two are needed on every way")
        });
        let decides = service.stages.last().is_some_and(|last| always(&last));
        self.unless(decides, "stages", || {
            "the last stage must be an officer's, on every way".into()
        });
        for stage in &service.stages {
            self.stage(service, stage);
        }
    }

    fn stage(&mut self, service: &Service, stage: &Stage) {
        let place = format!("stage {}", stage.code);
        self.text(&place, &stage.title, LABEL);
        self.unless(super::words::is_code(&stage.role), "code", || {
            format!("{place}: role {}", stage.role)
        });
        for condition in [&stage.only_if, &stage.unless].into_iter().flatten() {
            self.condition(&place, condition, &service.fields);
        }
        let bare =
            stage.records.is_empty() && stage.passes_if.is_none() && stage.notice_days.is_none() && !stage.may_refuse;
        self.unless(stage.kind == StageKind::Officer || bare, "stages", || {
            format!("{place}: an automatic stage records, waits for and refuses nothing")
        });
        self.codes(
            &format!("{place}: record"),
            stage.records.iter().map(|field| field.code.as_str()),
        );
        for field in &stage.records {
            let place = format!("{place}, record {}", field.code);
            self.field(&place, field);
            self.unless(!field.optional && field.only_if.is_none(), "record", || {
                format!("{place}: what is recorded is recorded always")
            });
            let personal = matches!(
                field.kind,
                FieldKind::Name
                    | FieldKind::Text { .. }
                    | FieldKind::Address
                    | FieldKind::Pin
                    | FieldKind::Phone
                    | FieldKind::VehicleNumber
                    | FieldKind::LicenceNumber
                    | FieldKind::People { .. }
            );
            self.unless(!personal, "record", || {
                format!("{place}: records stand readable in the ledger and hold nothing about a person")
            });
        }
        if let Some(condition) = &stage.passes_if {
            self.condition(&place, condition, &stage.records);
        }
    }

    /// A condition refers to one of these fields, and to a value that it can have.
    pub(super) fn condition(&mut self, place: &str, condition: &Condition, fields: &[crate::catalogue::Field]) {
        let Condition { field, equals } = condition;
        match fields.iter().find(|other| other.code == *field) {
            None => self.find(
                "reference",
                format!("{place}: depends on {field}, which is not there before it"),
            ),
            Some(other) => self.unless(holdable(&other.kind, equals), "reference", || {
                format!("{place}: {field} can never be {equals}")
            }),
        }
    }
}
