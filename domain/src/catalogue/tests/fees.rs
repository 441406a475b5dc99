use super::*;

fn fee(rupees: Option<u32>, each: Option<u32>) -> Fee {
    Fee {
        rupees,
        each: each.map(|rupees| FeeEach {
            field: "classes".into(),
            rupees,
        }),
        note: None,
        confirmed: false,
        source: String::new(),
    }
}

#[test]
fn every_choice_after_the_first_adds_its_part() {
    let answers = |count: usize| -> Answers {
        let chosen = (0..count).map(|n| format!("c{n}")).collect();
        [("classes".to_owned(), Value::Choices(chosen))].into()
    };
    let learner = fee(Some(200), Some(150));
    for (count, rupees) in [(0, 200), (1, 200), (2, 350), (4, 650)] {
        assert_eq!(learner.rupees(&answers(count)), Some(rupees), "{count}");
    }
    assert_eq!(learner.rupees(&Answers::new()), Some(200));
    assert_eq!(fee(Some(200), None).rupees(&answers(4)), Some(200));
    assert_eq!(fee(None, Some(150)).rupees(&answers(4)), None);
    assert_eq!(fee(Some(u32::MAX), Some(u32::MAX)).rupees(&answers(4)), Some(u32::MAX));
}
