use super::*;

mod names {
    use super::*;

    #[test]
    fn in_either_script_or_both() {
        for (en, hi) in [
            (Some("Asha Sharma"), None),
            (None, Some("आशा शर्मा")),
            (Some("Asha Sharma"), Some("आशा शर्मा")),
            (Some("Dr. A. P. D'Souza-Lal"), Some("डॉ॰ ए. डिसूज़ा")),
            (Some("D’Souza"), None),
            (Some("José Zoë Ñandi"), None),
            (Some("Śāradā"), None),
            (Some("X"), Some("ओ")),
        ] {
            assert_eq!(check(&FieldKind::Name, &name(en, hi)), Ok(()), "{en:?} {hi:?}");
        }
    }

    #[test]
    fn with_nukta_composed_or_not_and_with_joiners() {
        for hi in [
            "फ़रीदा",
            "\u{95E}रीदा",
            "ज़ाहिद ख़ान",
            "क्\u{200D}ष",
            "श्री\u{200C}मती",
            "पढ़े",
            "ऋषि",
            "अँशुमान",
            "दुःख",
        ] {
            assert_eq!(check(&FieldKind::Name, &name(None, Some(hi))), Ok(()), "{hi}");
        }
    }

    #[test]
    fn never_with_digits_other_scripts_or_in_the_wrong_place() {
        for (en, hi) in [
            (Some("Asha 2"), None),
            (None, Some("आशा २")),
            (None, Some("आशा 2")),
            (Some("आशा"), None),
            (None, Some("Asha")),
            (Some("Asha@home"), None),
            (Some("Asha, Sharma"), None),
            (Some("Asha\nSharma"), None),
            (Some("Asha\tSharma"), None),
            (Some("Asha 😀"), None),
            (Some("Asha\u{202E}amrahS"), None),
            (Some("Asha\u{200B}"), None),
            (Some("Аsha"), None), // a Cyrillic A
            (None, Some("आशा।")),
            (None, Some("ਆਸ਼ਾ")),
            (Some("..."), None),
            (Some("Asha"), Some("-")),
            (Some("A×B"), None),
        ] {
            assert_eq!(
                check(&FieldKind::Name, &name(en, hi)),
                Err(FieldProblem::Character),
                "{en:?} {hi:?}"
            );
        }
    }

    #[test]
    fn never_empty() {
        for (en, hi) in [
            (None, None),
            (Some(""), None),
            (Some("  "), None),
            (Some("Asha"), Some("")),
        ] {
            assert_eq!(
                check(&FieldKind::Name, &name(en, hi)),
                Err(FieldProblem::Empty),
                "{en:?} {hi:?}"
            );
        }
    }

    #[test]
    fn of_at_most_200_characters() {
        for unit in ["a", "आ"] {
            let of = |n: usize| {
                if unit == "a" {
                    name(Some(&unit.repeat(n)), None)
                } else {
                    name(None, Some(&unit.repeat(n)))
                }
            };
            assert_eq!(check(&FieldKind::Name, &of(200)), Ok(()));
            assert_eq!(
                check(&FieldKind::Name, &of(201)),
                Err(FieldProblem::TooLong { max: 200 })
            );
        }
    }
}

mod texts {
    use super::*;

    #[test]
    fn up_to_their_length_in_characters() {
        let kind = FieldKind::Text { max: 200 };
        for unit in ["a", "आ"] {
            assert_eq!(check(&kind, &text(unit.repeat(200))), Ok(()));
            assert_eq!(
                check(&kind, &text(unit.repeat(201))),
                Err(FieldProblem::TooLong { max: 200 })
            );
        }
        assert_eq!(check(&FieldKind::Address, &text("a".repeat(300))), Ok(()));
        assert_eq!(
            check(&FieldKind::Address, &text("a".repeat(301))),
            Err(FieldProblem::TooLong { max: 300 })
        );
    }

    #[test]
    fn with_something_in_them() {
        for empty in ["", " ", "\n", "\u{2003}"] {
            assert_eq!(
                check(&FieldKind::Text { max: 9 }, &text(empty)),
                Err(FieldProblem::Empty),
                "{empty:?}"
            );
        }
        assert_eq!(
            check(&FieldKind::Text { max: 9 }, &text("?!")),
            Err(FieldProblem::Character)
        );
        assert_eq!(check(&FieldKind::Text { max: 9 }, &text("3")), Ok(()));
    }

    #[test]
    fn on_one_line_an_address_on_five() {
        assert_eq!(
            check(&FieldKind::Text { max: 9 }, &text("a\nb")),
            Err(FieldProblem::Character)
        );
        assert_eq!(check(&FieldKind::Address, &text("a\nb\nc\nd\ne")), Ok(()));
        assert_eq!(
            check(&FieldKind::Address, &text("a\nb\nc\nd\ne\nf")),
            Err(FieldProblem::Character)
        );
    }

    #[test]
    fn of_what_a_page_can_show() {
        for fine in [
            "House 12/3-A, Gali #4 (near “Metro”), Delhi – 110032",
            "मकान 12, गली ३, दिल्ली।",
            "₹ 5 & 10%",
            "Café",
        ] {
            assert_eq!(check(&FieldKind::Address, &text(fine)), Ok(()), "{fine}");
        }
        for not in [
            "Delhi 😀",
            "دہلی",
            "ਦਿੱਲੀ",
            "Delhi\u{202E}",
            "a\u{0}b",
            "a\rb",
            "a\u{FEFF}b",
            "德里",
            "a\tb",
            "\u{1F1EE}\u{1F1F3} a",
        ] {
            assert_eq!(
                check(&FieldKind::Address, &text(not)),
                Err(FieldProblem::Character),
                "{not:?}"
            );
        }
    }
}

mod dates {
    use super::*;

    fn kind(past: bool, min_age: Option<u8>, max_age: Option<u8>) -> FieldKind {
        FieldKind::Date { past, min_age, max_age }
    }

    fn on(day: Date, kind: &FieldKind, today: Date) -> Result<(), FieldProblem> {
        field(kind.clone()).check(&Value::Date(day), today)
    }

    #[test]
    fn today_is_past_enough_and_tomorrow_is_not() {
        assert_eq!(on(TODAY, &kind(true, None, None), TODAY), Ok(()));
        assert_eq!(
            on(date(2026, 11, 23), &kind(true, None, None), TODAY),
            Err(FieldProblem::Future)
        );
        assert_eq!(on(date(2026, 11, 23), &kind(false, None, None), TODAY), Ok(()));
        // A legal age implies the past.
        assert_eq!(
            on(date(2026, 11, 23), &kind(false, Some(18), None), TODAY),
            Err(FieldProblem::Future)
        );
    }

    #[test]
    fn a_legal_age_is_reached_on_the_birthday() {
        let adult = kind(true, Some(18), None);
        assert_eq!(on(date(2008, 11, 22), &adult, TODAY), Ok(()));
        assert_eq!(
            on(date(2008, 11, 23), &adult, TODAY),
            Err(FieldProblem::TooYoung { years: 18 })
        );
        let groom = kind(true, Some(21), None);
        assert_eq!(on(date(2005, 11, 22), &groom, TODAY), Ok(()));
        assert_eq!(
            on(date(2005, 11, 23), &groom, TODAY),
            Err(FieldProblem::TooYoung { years: 21 })
        );
    }

    #[test]
    fn an_age_is_not_exceeded_before_the_next_birthday() {
        let limit = kind(true, None, Some(60));
        assert_eq!(on(date(1965, 11, 23), &limit, TODAY), Ok(()));
        assert_eq!(
            on(date(1965, 11, 22), &limit, TODAY),
            Err(FieldProblem::TooOld { years: 60 })
        );
        // Nobody has lived 131 years: a year mistyped.
        assert_eq!(on(date(1895, 11, 23), &kind(true, None, None), TODAY), Ok(()));
        assert_eq!(
            on(date(1895, 11, 22), &kind(true, None, None), TODAY),
            Err(FieldProblem::TooOld { years: 130 })
        );
    }

    #[test]
    fn a_leap_day_child_comes_of_age_on_28_february() {
        let adult = kind(true, Some(18), None);
        let leap = date(2008, 2, 29);
        assert_eq!(
            on(leap, &adult, date(2026, 2, 27)),
            Err(FieldProblem::TooYoung { years: 18 })
        );
        assert_eq!(on(leap, &adult, date(2026, 2, 28)), Ok(()));
        // In a leap year it is the 29th.
        assert_eq!(
            on(leap, &kind(true, Some(20), None), date(2028, 2, 28)),
            Err(FieldProblem::TooYoung { years: 20 })
        );
        assert_eq!(on(leap, &kind(true, Some(20), None), date(2028, 2, 29)), Ok(()));
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_trap() {
        for day in [Date::MIN, Date::MAX] {
            for today in [Date::MIN, TODAY, Date::MAX] {
                let _ = on(day, &kind(true, Some(255), Some(0)), today);
                let _ = Validity::Months {
                    months: u16::MAX,
                    source: String::new(),
                }
                .last_day(today, &Answers::new());
            }
        }
        assert_eq!(
            on(Date::MIN, &kind(true, None, None), TODAY),
            Err(FieldProblem::TooOld { years: 130 })
        );
    }

    #[test]
    fn in_words_in_both_languages() {
        assert_eq!(
            date_in_words(date(2026, 3, 31)),
            Bilingual::new("31 March 2026", "31 मार्च 2026")
        );
        assert_eq!(
            date_in_words(date(2024, 2, 29)),
            Bilingual::new("29 February 2024", "29 फ़रवरी 2024")
        );
        assert_eq!(
            date_in_words(date(2026, 1, 1)),
            Bilingual::new("1 January 2026", "1 जनवरी 2026")
        );
        let all: Vec<Bilingual> = (1..=12).map(|month| date_in_words(date(2026, month, 5))).collect();
        let distinct: std::collections::BTreeSet<&String> = all.iter().flat_map(|b| [&b.en, &b.hi]).collect();
        assert_eq!(distinct.len(), 24);
    }
}

mod choices_and_numbers {
    use super::*;

    #[test]
    fn one_of_the_options() {
        let kind = FieldKind::Choice { options: options() };
        assert_eq!(check(&kind, &Value::Choice("bus".into())), Ok(()));
        for wrong in ["", "Bus", "By bus", "car"] {
            assert_eq!(
                check(&kind, &Value::Choice(wrong.into())),
                Err(FieldProblem::NotAnOption),
                "{wrong}"
            );
        }
    }

    #[test]
    fn some_of_the_options_each_once() {
        let kind = FieldKind::Choices { options: options() };
        let of = |codes: &[&str]| Value::Choices(codes.iter().map(|c| (*c).to_owned()).collect());
        assert_eq!(check(&kind, &of(&["bus"])), Ok(()));
        assert_eq!(check(&kind, &of(&["bus", "foot"])), Ok(()));
        assert_eq!(check(&kind, &of(&[])), Err(FieldProblem::Empty));
        assert_eq!(check(&kind, &of(&["bus", "car"])), Err(FieldProblem::NotAnOption));
        assert_eq!(check(&kind, &of(&["bus", "bus"])), Err(FieldProblem::NotAnOption));
    }

    #[test]
    fn numbers_and_rupees_between_their_limits() {
        let kind = FieldKind::Number { min: 1, max: 20 };
        let range = Err(FieldProblem::Range { min: 1, max: 20 });
        for (n, answer) in [
            (0, range.clone()),
            (1, Ok(())),
            (20, Ok(())),
            (21, range.clone()),
            (i64::MIN, range.clone()),
            (i64::MAX, range),
        ] {
            assert_eq!(check(&kind, &Value::Number(n)), answer, "{n}");
        }
        let kind = FieldKind::Money { max: 800_000 };
        let range = Err(FieldProblem::Range { min: 0, max: 800_000 });
        for (n, answer) in [(-1, range.clone()), (0, Ok(())), (800_000, Ok(())), (800_001, range)] {
            assert_eq!(check(&kind, &Value::Number(n)), answer, "{n}");
        }
    }

    #[test]
    fn a_pin_of_delhi() {
        for fine in ["110001", "110096", "119999"] {
            assert_eq!(check(&FieldKind::Pin, &text(fine)), Ok(()), "{fine}");
        }
        for wrong in [
            "",
            "11000",
            "1100011",
            "201301",
            "120001",
            "11000a",
            "११०००१",
            "110 001",
            "-11001",
        ] {
            assert_eq!(check(&FieldKind::Pin, &text(wrong)), Err(FieldProblem::Pin), "{wrong}");
        }
    }

    #[test]
    fn a_mobile_number_of_india() {
        for fine in ["6000000000", "7000000000", "8000000000", "9999999999"] {
            assert_eq!(check(&FieldKind::Phone, &text(fine)), Ok(()), "{fine}");
        }
        for wrong in [
            "",
            "5999999999",
            "900000000",
            "90000000000",
            "+919000000000",
            "9000 00000",
            "९०००००००००",
            "900000000x",
        ] {
            assert_eq!(
                check(&FieldKind::Phone, &text(wrong)),
                Err(FieldProblem::Phone),
                "{wrong}"
            );
        }
    }

    #[test]
    fn every_kind_refuses_every_other_kind_of_value() {
        let kinds = [
            (FieldKind::Name, 0),
            (FieldKind::Text { max: 9 }, 1),
            (FieldKind::Address, 1),
            (FieldKind::Pin, 1),
            (FieldKind::Phone, 1),
            (
                FieldKind::Date {
                    past: true,
                    min_age: None,
                    max_age: None,
                },
                2,
            ),
            (FieldKind::Choice { options: options() }, 3),
            (FieldKind::Choices { options: options() }, 4),
            (FieldKind::Number { min: 0, max: 9 }, 5),
            (FieldKind::Money { max: 9 }, 5),
            (FieldKind::YesNo, 6),
            (FieldKind::VehicleNumber, 1),
            (FieldKind::LicenceNumber, 1),
            (FieldKind::People { max: 2 }, 7),
        ];
        let values = [
            name(Some("Asha"), None),
            text("Asha"),
            Value::Date(TODAY),
            Value::Choice("bus".into()),
            Value::Choices(vec!["bus".into()]),
            Value::Number(1),
            Value::Yes(true),
            Value::People(Person::list("Sita, wife, 34").unwrap()),
        ];
        for (kind, own) in &kinds {
            for (place, value) in values.iter().enumerate() {
                let answer = check(kind, value);
                assert_eq!(
                    answer == Err(FieldProblem::Kind),
                    place != *own,
                    "{kind:?} {value:?}: {answer:?}"
                );
            }
        }
    }
}
