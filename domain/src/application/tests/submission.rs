use super::*;

#[test]
fn the_way_follows_from_the_form() {
    given(vec![])
        .when(submit(false))
        .then_expect_events(vec![submitted(false)]);
    given(vec![])
        .when(submit(true))
        .then_expect_events(vec![submitted(true)]);
}

#[test]
fn a_number_is_taken_once() {
    for (state, events) in every_state().into_iter().skip(1) {
        let answer = fold(events).decide(submit(false));
        assert_eq!(answer, Err(Error::NumberTaken), "{state}");
    }
}

// Every service of the catalogue, from submission to approval by as many officers as it has stages.
#[test]
fn every_service_can_be_walked_to_its_end() {
    for service in Catalogue::embedded().unwrap().iter() {
        let answers = service
            .fields
            .iter()
            .filter(|field| !field.optional)
            .map(|field| (field.code.clone(), any_answer(field)))
            .collect();
        let papers = service.documents.iter().map(|document| paper(&document.code)).collect();
        let form = service.check(answers, papers, date(2026, 11, 22)).unwrap();
        let mut state = Application::default();
        let submit = Command::Submit {
            number: number(),
            citizen: citizen(),
            language: Language::En,
            form: Box::new(form),
            due: None,
            at: at(),
        };
        for event in state.decide(submit).unwrap() {
            state = state.evolve(event);
        }
        let mut day = at();
        while let Application::Open(open) = &state {
            let plan = open.current().unwrap().clone();
            let stage = service.stages.iter().find(|stage| stage.code == plan.code).unwrap();
            let by = officer(&format!("O-{}", plan.code), &plan.role);
            let record: StageRecord = stage
                .records
                .iter()
                .map(|field| match &plan.passes_if {
                    Some(condition) if condition.field == field.code => {
                        (field.code.clone(), satisfying(field, condition))
                    }
                    _ => (field.code.clone(), any_answer(field)),
                })
                .collect();
            assert_eq!(
                stage.check_record(&record, date(2026, 11, 22)),
                Ok(()),
                "{} {}",
                service.code,
                plan.code
            );
            day = day.checked_add(40 * 24.hours()).unwrap();
            let command = if plan.kind == StageKind::Automatic {
                Command::PassAutomatically {
                    stage: plan.code.clone(),
                    at: day,
                }
            } else if open.is_last() {
                Command::Approve {
                    stage: plan.code.clone(),
                    by,
                    record,
                    note: None,
                    at: day,
                }
            } else {
                Command::Forward {
                    stage: plan.code.clone(),
                    by,
                    record,
                    note: None,
                    at: day,
                }
            };
            let events = state.decide(command);
            let events = events.unwrap_or_else(|error| panic!("{} {}: {error}", service.code, plan.code));
            assert_eq!(events.len(), 1);
            for event in events {
                state = state.evolve(event);
            }
        }
        assert!(
            matches!(
                state,
                Application::Decided {
                    decision: Decision::Approved,
                    ..
                }
            ),
            "{}",
            service.code
        );
    }
}

fn any_answer(field: &crate::catalogue::Field) -> Value {
    use crate::catalogue::FieldKind;
    match &field.kind {
        FieldKind::Name => Value::Name(Name {
            en: Some(field.example.en.split(" / ").next().unwrap().to_owned()),
            hi: None,
        }),
        FieldKind::Text { .. } | FieldKind::Address => Value::Text(field.example.hi.clone()),
        FieldKind::Date { min_age: Some(_), .. } => Value::Date(date(1990, 2, 28)),
        FieldKind::Date { .. } => Value::Date(date(2026, 11, 1)),
        // The last one, so that the conditional questions of a service are asked in some of them.
        FieldKind::Choice { options } => Value::Choice(options.last().unwrap().code.clone()),
        FieldKind::Choices { options } => Value::Choices(options.iter().map(|o| o.code.clone()).collect()),
        FieldKind::Number { min, .. } => Value::Number(*min),
        FieldKind::Money { max } => Value::Number(*max),
        FieldKind::Pin => Value::Text("110001".into()),
        FieldKind::Phone => Value::Text("9000000000".into()),
        FieldKind::VehicleNumber => Value::Text("DL3CAB1234".into()),
        FieldKind::LicenceNumber => Value::Text("DL0420110149646".into()),
        FieldKind::People { .. } => Value::People(crate::catalogue::Person::list(&field.example.hi).unwrap()),
        FieldKind::YesNo => Value::Yes(true),
    }
}

fn satisfying(field: &crate::catalogue::Field, condition: &Condition) -> Value {
    match field.kind {
        crate::catalogue::FieldKind::YesNo => Value::Yes(condition.equals == "yes"),
        _ => Value::Choice(condition.equals.clone()),
    }
}
