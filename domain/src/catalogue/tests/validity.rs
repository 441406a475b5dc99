use super::*;

fn last(rule: &Validity, issued: Date, born: Option<Date>) -> Option<Date> {
    let answers = born.map(|born| ("born".to_owned(), Value::Date(born)));
    rule.last_day(issued, &answers.into_iter().collect())
}

#[test]
fn a_lifetime_has_no_last_day() {
    assert_eq!(last(&Validity::Lifetime { source: String::new() }, TODAY, None), None);
}

#[test]
fn months_end_on_the_day_before_or_with_the_month() {
    let half = Validity::Months {
        months: 6,
        source: String::new(),
    };
    for (issued, end) in [
        (date(2026, 11, 22), date(2027, 5, 21)),
        (date(2026, 1, 1), date(2026, 6, 30)),
        (date(2026, 8, 28), date(2027, 2, 27)),
        (date(2026, 8, 29), date(2027, 2, 28)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 28)),
        (date(2027, 8, 30), date(2028, 2, 29)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 4, 30), date(2026, 10, 29)),
    ] {
        assert_eq!(last(&half, issued, None), Some(end), "{issued}");
    }
    let year = Validity::Months {
        months: 12,
        source: String::new(),
    };
    assert_eq!(last(&year, date(2024, 2, 29), None), Some(date(2025, 2, 28)));
    assert_eq!(last(&year, date(2026, 1, 1), None), Some(date(2026, 12, 31)));
}

// Motor Vehicles Act 1988, section 14(2)(b): both sides of each age, on the birthday and the day before it.
#[test]
fn a_driving_licence_by_the_age_on_the_day_of_issue() {
    let rule = Validity::DrivingLicence {
        birth_field: "born".into(),
        source: String::new(),
    };
    let issued = date(2026, 11, 22);
    let ten_years = date(2036, 11, 21);
    let five_years = date(2031, 11, 21);
    for (born, end) in [
        (date(2008, 11, 22), date(2048, 11, 21)), // 18 today
        (date(1997, 11, 22), date(2037, 11, 21)), // 29 today
        (date(1996, 11, 23), date(2036, 11, 22)), // 30 tomorrow
        (date(1996, 11, 22), ten_years),          // 30 today
        (date(1977, 11, 22), ten_years),          // 49 today
        (date(1976, 11, 23), ten_years),          // 50 tomorrow
        (date(1976, 11, 22), date(2036, 11, 21)), // 50 today: until 60
        (date(1972, 11, 22), date(2032, 11, 21)), // 54 today
        (date(1971, 11, 23), date(2031, 11, 22)), // 55 tomorrow
        (date(1971, 11, 22), five_years),         // 55 today
        (date(1930, 1, 1), five_years),
    ] {
        assert_eq!(last(&rule, issued, Some(born)), Some(end), "{born}");
    }
    // Nobody's birth: the shortest term, never a longer one.
    assert_eq!(last(&rule, issued, None), Some(five_years));
}

#[test]
fn a_financial_year_ends_with_march() {
    let rule = Validity::FinancialYear { source: String::new() };
    for (issued, end) in [
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 11, 22), date(2027, 3, 31)),
        (date(2026, 12, 31), date(2027, 3, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 3, 31), date(2027, 3, 31)),
    ] {
        assert_eq!(last(&rule, issued, None), Some(end), "{issued}");
    }
}

#[test]
fn what_is_reviewed_has_no_last_day_of_its_own() {
    let rule = Validity::UntilReviewed { source: String::new() };
    assert_eq!(last(&rule, TODAY, None), None);
}

#[test]
fn a_driving_licence_of_a_leap_day_child() {
    let rule = Validity::DrivingLicence {
        birth_field: "born".into(),
        source: String::new(),
    };
    assert_eq!(last(&rule, TODAY, Some(date(2000, 2, 29))), Some(date(2040, 2, 28)));
    // Issued on a leap day for ten years.
    assert_eq!(
        last(&rule, date(2028, 2, 29), Some(date(1990, 1, 1))),
        Some(date(2038, 2, 28))
    );
}
