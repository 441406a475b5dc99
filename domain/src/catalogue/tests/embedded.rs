use super::*;

#[test]
fn the_services_of_the_launch_are_there() {
    let catalogue = Catalogue::embedded().unwrap();
    let codes: Vec<&str> = catalogue.iter().map(|service| service.code.as_str()).collect();
    assert_eq!(codes.len(), 30, "{codes:?}");
    // Each event of a life has its own.
    for event in [
        LifeEvent::BirthAndDeath,
        LifeEvent::Family,
        LifeEvent::CasteAndIncome,
        LifeEvent::Home,
        LifeEvent::Support,
        LifeEvent::Vehicle,
        LifeEvent::Work,
    ] {
        assert!(catalogue.iter().any(|service| service.life_event == event), "{event:?}");
    }
}

#[test]
fn a_special_marriage_has_its_notice_and_its_third_witness() {
    let service = Catalogue::embedded().unwrap().get("marriage_registration").unwrap();
    let way = |act: &str| {
        let answers: Answers = [("act".to_owned(), Value::Choice(act.to_owned()))].into();
        let stages = service.stages.iter().filter(|stage| stage.applies(&answers));
        let third = service.field("witness_3_name").unwrap().applies(&answers);
        (stages.map(|stage| stage.code.as_str()).collect::<Vec<_>>(), third)
    };
    assert_eq!(
        way("special_marriage_act_1954"),
        (vec!["scrutiny", "public_notice", "decision"], true)
    );
    for act in ["hindu_marriage_act_1955", "compulsory_registration_order_2014"] {
        assert_eq!(way(act), (vec!["scrutiny", "hearing", "decision"], false), "{act}");
    }
}

#[test]
fn the_terms_of_the_licences_are_the_laws() {
    let catalogue = Catalogue::embedded().unwrap();
    let answers: Answers = [("date_of_birth".to_owned(), Value::Date(date(1990, 6, 1)))].into();
    let last = |code: &str| catalogue.get(code).unwrap().validity.last_day(TODAY, &answers);
    assert_eq!(last("learner_licence"), Some(date(2027, 5, 21)));
    assert_eq!(last("driving_licence"), Some(date(2036, 11, 21)));
    assert_eq!(last("birth_certificate"), None);
    assert_eq!(last("marriage_registration"), None);
}

// A figure that nobody confirmed must not be spoken as a promise.
#[test]
fn no_figure_claims_to_be_confirmed() {
    for service in Catalogue::embedded().unwrap().iter() {
        assert!(
            !service.fee.confirmed && !service.time_limit.confirmed,
            "{}",
            service.code
        );
    }
}
