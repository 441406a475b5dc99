//! What it costs, how long it takes and holds, who may have it: figures with their sources, tests that can be computed.

use super::{
    ROWS, Report, SENTENCE,
    fields::{READ_ON, holdable},
};
use crate::{
    Language,
    catalogue::{
        Service,
        concern::CheckTest,
        eligibility::Bound,
        model::{FieldKind, Validity},
    },
};

impl Report<'_> {
    /// A figure without a source, or confirmed without a figure, would be a promise of ours.
    pub(super) fn figures(&mut self, service: &Service) {
        let (fee, limit) = (&service.fee, &service.time_limit);
        for (what, known, confirmed, source) in [
            ("fee", fee.rupees.is_some(), fee.confirmed, &fee.source),
            ("time_limit", limit.days.is_some(), limit.confirmed, &limit.source),
        ] {
            self.unless(!source.trim().is_empty(), "source", || format!("{what}: no source"));
            self.unless(known || !confirmed, "source", || {
                format!("{what}: confirmed, but no figure")
            });
        }
        if let Some(note) = &fee.note {
            self.text("fee.note", note, SENTENCE);
        }
        if let Some(each) = &fee.each {
            self.refers(service, "fee.each", &each.field, true, |kind| {
                matches!(kind, FieldKind::Choices { .. })
            });
            self.unless(each.rupees > 0, "range", || "fee.each: adds nothing".into());
            self.unless(fee.rupees.is_some(), "source", || {
                "fee.each: adds to a fee without a figure".into()
            });
        }
    }

    pub(super) fn eligibility(&mut self, service: &Service) {
        self.codes("eligibility", service.eligibility.iter().map(|rule| rule.code.as_str()));
        self.unless(service.eligibility.len() <= ROWS / 2, "count", || {
            format!(
                "{} rules of eligibility; one bubble tells at most {}",
                service.eligibility.len(),
                ROWS / 2
            )
        });
        for rule in &service.eligibility {
            let place = format!("eligibility {}", rule.code);
            self.text(&place, &rule.text, SENTENCE);
            self.unless(!rule.source.trim().is_empty(), "source", || {
                format!("{place}: no source")
            });
            let Some(test) = &rule.test else { continue };
            self.refers(service, &place, &test.field, false, |kind| match &test.bound {
                Bound::Age { .. } => matches!(kind, FieldKind::Date { .. }),
                Bound::Number { .. } => matches!(kind, FieldKind::Number { .. } | FieldKind::Money { .. }),
                Bound::Equals(equals) => holdable(kind, equals),
            });
            let in_order = match &test.bound {
                Bound::Age {
                    min: Some(min),
                    max: Some(max),
                } => min <= max,
                Bound::Number {
                    min: Some(min),
                    max: Some(max),
                } => min <= max,
                _ => true,
            };
            self.unless(in_order, "range", || {
                format!("{place}: nothing lies between its bounds")
            });
        }
    }

    /// What an officer would stop at: its words, its fields, its papers.
    pub(super) fn checks(&mut self, service: &Service) {
        self.codes("check", service.checks.iter().map(|check| check.code.as_str()));
        self.unless(service.checks.len() <= ROWS / 2, "count", || {
            format!(
                "{} checks; beside the answers there is room for {}",
                service.checks.len(),
                ROWS / 2
            )
        });
        for check in &service.checks {
            let place = format!("check {}", check.code);
            self.text(&place, &check.text, SENTENCE);
            self.unless(!check.source.trim().is_empty(), "source", || {
                format!("{place}: no source")
            });
            for field in check.test.fields() {
                self.refers(service, &place, field, false, |kind| match &check.test {
                    CheckTest::Span { .. } => matches!(kind, FieldKind::Date { .. }),
                    CheckTest::Sum { .. } => matches!(kind, FieldKind::Number { .. } | FieldKind::Money { .. }),
                });
            }
            if let CheckTest::Span {
                above: Some(above),
                below: Some(below),
                ..
            } = &check.test
            {
                self.unless(above + 1 < *below, "range", || {
                    format!("{place}: nothing lies between its bounds")
                });
            }
            if let Some(condition) = &check.only_if {
                self.condition(&place, condition, &service.fields);
            }
            if let Some(paper) = &check.unless_paper {
                let may_be_left_out = service.document(paper).is_some_and(|document| document.optional);
                self.unless(may_be_left_out, "reference", || {
                    format!("{place}: no document {paper} that may be left out")
                });
            }
        }
    }

    /// Whoever copies every example hands in a form that is taken and breaks no rule.
    pub(super) fn examples(&mut self, service: &Service) {
        // A rule or an example that is wrong in itself has been told of.
        if self
            .findings
            .iter()
            .any(|f| ["reference", "example", "range"].contains(&f.check))
        {
            return;
        }
        for language in [Language::En, Language::Hi] {
            let answers = service.example_answers(language);
            for rule in service.eligibility_problems(&answers, READ_ON) {
                self.find(
                    "eligibility",
                    format!("the examples in {} break the rule {}", language.code(), rule.code),
                );
            }
        }
    }

    pub(super) fn validity(&mut self, service: &Service) {
        let source = match &service.validity {
            Validity::Lifetime { source } | Validity::FinancialYear { source } | Validity::UntilReviewed { source } => {
                source
            }
            Validity::Months { months, source } => {
                self.unless(*months > 0, "range", || format!("validity: {months} months"));
                source
            }
            Validity::DrivingLicence { birth_field, source } => {
                self.refers(service, "validity.birth_field", birth_field, true, |kind| {
                    matches!(kind, FieldKind::Date { .. })
                });
                source
            }
        };
        self.unless(!source.trim().is_empty(), "source", || "validity: no source".into());
    }
}
