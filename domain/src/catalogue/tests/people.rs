use super::*;

fn listed(text: &str) -> Result<Vec<String>, FieldProblem> {
    Ok(Person::list(text)?.iter().map(Person::written).collect())
}

fn checked(text: &str, max: u8) -> Result<(), FieldProblem> {
    check(&FieldKind::People { max }, &Value::People(Person::list(text)?))
}

#[test]
fn a_list_is_read_as_people_write_it() {
    let two = vec!["Sita Devi, wife, 34".to_owned(), "Rahul, son, 12".to_owned()];
    for text in [
        "Sita Devi, wife, 34; Rahul, son, 12",
        "Sita Devi, wife, 34\nRahul, son, 12",
        "Sita Devi ,wife,34;\n Rahul , son , 12 ;",
        "1. Sita Devi, wife, 34\n2. Rahul, son, 12",
        "1) Sita Devi, wife, 34 years; 2) Rahul, son, 12 yrs.",
        "Sita Devi, wife, ३४ साल। Rahul, son, १२।",
        "Sita Devi, wife, 34 saal | Rahul, son, 12 sal",
    ] {
        assert_eq!(listed(text), Ok(two.clone()), "{text}");
    }
    assert_eq!(
        listed("सीता देवी, पत्नी, 34; राहुल कुमार, पुत्र, १२"),
        Ok(vec!["सीता देवी, पत्नी, 34".to_owned(), "राहुल कुमार, पुत्र, 12".to_owned()])
    );
    assert_eq!(
        listed("सीता देवी / Sita Devi, wife, 34"),
        Ok(vec!["Sita Devi / सीता देवी, wife, 34".to_owned()])
    );
    assert_eq!(listed("Guddi, daughter, 0"), Ok(vec!["Guddi, daughter, 0".to_owned()]));
}

#[test]
fn what_cannot_be_read_names_the_person() {
    for (text, problem) in [
        ("", FieldProblem::Empty),
        (" ; \n।", FieldProblem::Empty),
        ("Sita Devi", FieldProblem::PersonParts { row: 1 }),
        ("Sita Devi wife 34", FieldProblem::PersonParts { row: 1 }),
        ("Sita, wife, 34; Rahul, 12", FieldProblem::PersonParts { row: 2 }),
        ("Sita, wife, 34, Rahul, son, 12", FieldProblem::PersonParts { row: 1 }),
        ("Sita, wife, thirty", FieldProblem::PersonParts { row: 1 }),
        ("Sita, wife, 34 or so", FieldProblem::PersonParts { row: 1 }),
        ("Sita, wife, -3", FieldProblem::PersonParts { row: 1 }),
        ("Sita, , 34", FieldProblem::PersonParts { row: 1 }),
        (", wife, 34", FieldProblem::PersonParts { row: 1 }),
        ("1., wife, 34", FieldProblem::PersonParts { row: 1 }),
        ("Sita, wife, 300", FieldProblem::PersonAge { row: 1 }),
        ("Sita, wife, 99999999999", FieldProblem::PersonParts { row: 1 }),
        ("Sita / Gita, wife, 34", FieldProblem::PersonName { row: 1 }),
    ] {
        assert_eq!(Person::list(text), Err(problem), "{text}");
    }
}

#[test]
fn a_list_is_checked_person_by_person() {
    let of = |n: usize| vec!["Sita, sister, 34"; n].join(";");
    assert_eq!(checked(&of(3), 3), Ok(()));
    assert_eq!(checked(&of(4), 3), Err(FieldProblem::TooManyPeople { max: 3 }));
    assert_eq!(
        check(&FieldKind::People { max: 3 }, &Value::People(vec![])),
        Err(FieldProblem::Empty)
    );
    assert_eq!(checked("Sita, wife, 130", 3), Ok(()));
    assert_eq!(checked("Sita, wife, 131", 3), Err(FieldProblem::PersonAge { row: 1 }));
    assert_eq!(
        checked("Sita, wife, 34; R2D2, son, 3", 3),
        Err(FieldProblem::PersonName { row: 2 })
    );
    assert_eq!(
        checked("Sita, wife, 34; محمد, son, 3", 3),
        Err(FieldProblem::PersonName { row: 2 })
    );
    assert_eq!(
        checked("Sita, wife 2, 34", 3),
        Err(FieldProblem::PersonParts { row: 1 })
    );
    assert_eq!(checked("Sita, daughter-in-law, 34", 3), Ok(()));
    assert_eq!(checked("Sita, पुत्रवधू (विधवा), 34", 3), Ok(()));
    let long = |name: usize, relation: usize| format!("{}, {}, 1", "a".repeat(name), "b".repeat(relation));
    assert_eq!(checked(&long(60, 30), 1), Ok(()));
    assert_eq!(checked(&long(61, 30), 1), Err(FieldProblem::PersonName { row: 1 }));
    assert_eq!(checked(&long(60, 31), 1), Err(FieldProblem::PersonParts { row: 1 }));
    // All together fit into one field of a certificate: 600 characters.
    let many = |count: usize, name: usize| vec![long(name, 10); count].join(";");
    assert_eq!(checked(&many(12, 28), 12), Ok(()));
    assert_eq!(checked(&many(12, 60), 12), Err(FieldProblem::TooLong { max: 600 }));
}

#[test]
fn people_are_printed_without_inventing_a_script() {
    let shows = |list: &str, en: Option<&str>, hi: Option<&str>| {
        let printed = field(FieldKind::People { max: 12 }).printed(&Value::People(Person::list(list).unwrap()));
        assert_eq!((printed.en.as_deref(), printed.hi.as_deref()), (en, hi), "{list}");
    };
    shows(
        "Sita Devi, wife, 34; Rahul, son, 12",
        Some("1. Sita Devi, wife, 34; 2. Rahul, son, 12"),
        None,
    );
    shows("सीता देवी, पत्नी, 34", None, Some("1. सीता देवी, पत्नी, 34"));
    shows(
        "Sita / सीता, wife, 34",
        Some("1. Sita, wife, 34"),
        Some("1. सीता, wife, 34"),
    );
    shows("Sita, पत्नी, 34", None, Some("1. Sita, पत्नी, 34"));
    shows(
        "Sita, wife, 34; राहुल, पुत्र, 12",
        None,
        Some("1. Sita, wife, 34; 2. राहुल, पुत्र, 12"),
    );
}

#[test]
fn what_is_written_is_read_again() {
    for list in ["Sita Devi / सीता देवी, wife, 34; राहुल, पुत्र, 0", "A B, mother, 130"]
    {
        let people = Person::list(list).unwrap();
        let written: Vec<String> = people.iter().map(Person::written).collect();
        assert_eq!(Person::list(&written.join("\n")), Ok(people));
    }
}
