use super::*;

const SAMPLE: &str = include_str!("sample.toml");

fn read(files: &[(&str, &str)]) -> Catalogue {
    Catalogue::from_files(files.iter().copied()).unwrap()
}

/// The sample with one thing in it changed.
fn spoilt(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "the sample does not hold {from}");
    SAMPLE.replacen(from, to, 1)
}

/// Exactly this one check speaks, and it names the place.
fn finds(from: &str, to: &str, check: &str, what: &str) {
    let text = spoilt(from, to);
    let findings = lint(&read(&[("sample", &text)]));
    let found = findings.iter().any(|f| f.check == check && f.what.contains(what));
    assert!(found, "{from} -> {to}: {findings:?}");
    assert!(
        findings.iter().all(|f| f.check == check),
        "{from} -> {to}: {findings:?}"
    );
}

#[test]
fn the_catalogue_has_no_findings() {
    let findings = lint(Catalogue::embedded().unwrap());
    let list: Vec<String> = findings
        .iter()
        .map(|f| format!("{} {}: {}", f.service, f.check, f.what))
        .collect();
    assert!(findings.is_empty(), "{}", list.join("\n"));
}

#[test]
fn the_sample_has_no_findings() {
    assert_eq!(lint(&read(&[("sample", SAMPLE)])), []);
}

#[test]
fn a_text_must_be_there_tidy_and_in_its_script() {
    finds("hi = \"नमूना विभाग\"", "hi = \"\"", "empty", "department.hi");
    finds("en = \"Deciding\"", "en = \" \"", "empty", "stage decide.en");
    finds("en = \"Deciding\"", "en = \"Deciding \"", "tidy", "stage decide.en");
    finds("en = \"Deciding\"", "en = \"De  ciding\"", "tidy", "stage decide.en");
    finds(
        "en = \"Deciding\"",
        "en = \"Dec\\u202Eiding\"",
        "tidy",
        "stage decide.en",
    );
    // Composed U+095E and its decomposed form look the same and compare differently.
    finds("hi = \"फ़ोन\"", "hi = \"\\u095Eोन\"", "tidy", "field phone, label.hi");
    finds("hi = \"नमूना विभाग\"", "hi = \"Vibhag\"", "script", "department.hi");
    finds(
        "en = \"Sample Department\"",
        "en = \"विभाग\"",
        "script",
        "department.en",
    );
    finds("\"अक\"", "\"aka\"", "script", "aliases.hi");
    finds("\"ka\"", "\"क\"", "script", "aliases.hinglish");
    finds("\"aa\"", "\" aa\"", "tidy", "aliases.en");
}

#[test]
fn a_text_must_not_be_too_long() {
    let row = |n: usize| format!("en = \"{}\"", "a".repeat(n));
    for (from, max, what) in [
        ("en = \"Sample\"", 24, "short.en: 25 of 24"),
        (
            "en = \"A service that the tests spoil\"",
            72,
            "description.en: 73 of 72",
        ),
        ("en = \"Sample Department\"", 60, "department.en: 61 of 60"),
        ("en = \"Any paper.\"", 540, "document paper, help.en: 541 of 540"),
        ("en = \"Try again.\"", 600, "refusal no_reason.en: 601 of 600"),
    ] {
        assert_eq!(
            lint(&read(&[("sample", &spoilt(from, &row(max)))])),
            [],
            "{from} of {max}"
        );
        finds(from, &row(max + 1), "length", what);
    }
    // Options: 20 where three become buttons, 24 as rows of a list.
    finds("en = \"By bus\"", &row(21), "length", "option bus.en: 21 of 20");
    assert_eq!(lint(&read(&[("sample", &spoilt("en = \"By bus\"", &row(20)))])), []);
    // Question and example share one bubble.
    assert_eq!(
        lint(&read(&[("sample", &spoilt("en = \"Which PIN?\"", &row(594)))])),
        []
    );
    finds(
        "en = \"Which PIN?\"",
        &row(595),
        "length",
        "field pin: question and example together 601 of 600",
    );
    // A conjunct counts as its letters and signs: क्षि is four.
    let hindi = format!("hi = \"{}\"", "क्षि".repeat(6));
    assert_eq!(lint(&read(&[("sample", &spoilt("hi = \"नमूना\"", &hindi))])), []);
    let hindi = format!("hi = \"{}क\"", "क्षि".repeat(6));
    finds("hi = \"नमूना\"", &hindi, "length", "short.hi: 25 of 24");
}

#[test]
fn five_or_more_options_may_be_as_long_as_a_row() {
    let more = |n: usize| {
        format!(
            "{{ code = \"d\", label = {{ en = \"{}\", hi = \"ख\" }} }},\n    {{ code = \"train\"",
            "d".repeat(n)
        )
    };
    assert_eq!(lint(&read(&[("sample", &spoilt("{ code = \"train\"", &more(24)))])), []);
    finds("{ code = \"train\"", &more(25), "length", "option d.en: 25 of 24");
}

#[test]
fn codes_are_well_formed() {
    for wrong in ["Income", "in-come", "income_", "in__come", "1income", "आय", ""] {
        finds(
            "code = \"home\"",
            &format!("code = \"{wrong}\""),
            "code",
            &format!("field {wrong}"),
        );
    }
    finds("code = \"unknown\"", "code = \"Unknown\"", "code", "option Unknown");
    finds("code = \"paper\"", "code = \"a paper\"", "code", "document a paper");
}

#[test]
fn each_code_stands_once() {
    finds(
        "code = \"pin\"",
        "code = \"phone\"",
        "unique",
        "field phone stands twice",
    );
    finds(
        "code = \"first\"",
        "code = \"decide\"",
        "unique",
        "stage decide stands twice",
    );
    finds(
        "en = \"By bus\"",
        "en = \"by train\"",
        "unique",
        "two options read the same",
    );
    finds(
        "\"who\", \"born\"",
        "\"who\", \"who\", \"born\"",
        "unique",
        "certificate row who",
    );
    finds("\"aa\", \"ab\"", "\"aa\", \"aa\", \"ab\"", "unique", "aliases.en: aa");
    let twice = "[[document]]\ncode = \"paper\"\nlabel = { en = \"Paper\", hi = \"काग़ज़\" }\nhelp = { en = \"Any.\", hi = \"कोई।\" }\n\n[fee]";
    finds("[fee]", twice, "unique", "document paper");
    let twice = "[[refusal]]\ncode = \"no_reason\"\ntext = { en = \"No.\", hi = \"नहीं।\" }\n\n[validity]";
    finds("[validity]", twice, "unique", "refusal no_reason");
}

#[test]
fn letters_version_layout_and_roles_have_their_shapes() {
    finds("letters = \"SA\"", "letters = \"Sa\"", "letters", "Sa");
    finds("letters = \"SA\"", "letters = \"SAM\"", "letters", "SAM");
    finds("version = 1", "version = 0", "version", "1");
    finds("certificate/1", "certificate", "code", "layout certificate");
    finds("role = \"chief\"", "role = \"The Chief\"", "code", "role The Chief");
    finds(
        "near = [\"not_there_yet\"]",
        "near = [\"Not yet\"]",
        "code",
        "near service Not yet",
    );
    finds(
        "near = [\"not_there_yet\"]",
        "near = [\"sample\"]",
        "reference",
        "near itself",
    );
}

#[test]
fn a_condition_refers_to_an_earlier_answer_that_can_be() {
    let bus = "field = \"way\", equals = \"bus\"";
    finds(
        bus,
        "field = \"ways\", equals = \"bus\"",
        "reference",
        "depends on ways",
    );
    finds(
        bus,
        "field = \"agreed\", equals = \"yes\"",
        "reference",
        "depends on agreed",
    );
    finds(
        bus,
        "field = \"remark\", equals = \"bus\"",
        "reference",
        "depends on remark",
    );
    finds(
        bus,
        "field = \"way\", equals = \"car\"",
        "reference",
        "way can never be car",
    );
    finds(
        bus,
        "field = \"born\", equals = \"yes\"",
        "reference",
        "born can never be yes",
    );
    finds(
        "equals = \"train\" }\ntitle",
        "equals = \"tram\" }\ntitle",
        "reference",
        "stage notice: way can never be tram",
    );
    finds(
        "field = \"passed\"",
        "field = \"way\"",
        "reference",
        "stage look: depends on way",
    );
    finds(
        "field = \"passed\"\nequals = \"yes\"",
        "field = \"passed\"\nequals = \"ja\"",
        "reference",
        "passed can never be ja",
    );
}

#[test]
fn what_is_printed_refers_to_fields_of_the_right_kind() {
    finds(
        "holder = \"who\"",
        "holder = \"home\"",
        "reference",
        "certificate.holder: home is of another kind",
    );
    finds(
        "guardian = \"who\"",
        "guardian = \"nobody\"",
        "reference",
        "certificate.guardian: no field nobody",
    );
    finds(
        "\nbirth = \"born\"",
        "\nbirth = \"way\"",
        "reference",
        "certificate.birth: way is of another kind",
    );
    finds(
        "particular = \"way\"",
        "particular = \"remark\"",
        "reference",
        "remark may be missing",
    );
    finds(
        "\"way\", \"remark\"]",
        "\"way\", \"remarks\"]",
        "reference",
        "certificate.rows: no field remarks",
    );
    finds(
        "\"born\", \"way\"",
        "\"born\"",
        "reference",
        "way is in the QR but not in the rows",
    );
    finds(
        "birth_field = \"born\"",
        "birth_field = \"who\"",
        "reference",
        "validity.birth_field: who",
    );
}

#[test]
fn lists_are_neither_empty_nor_too_long() {
    let rows: Vec<&str> = vec![
        "who", "born", "way", "groups", "remark", "home", "pin", "phone", "people", "income", "agreed",
    ];
    let of = |n: usize| format!("rows = {:?}", rows.iter().take(n).collect::<Vec<_>>());
    assert_eq!(
        lint(&read(&[(
            "sample",
            &spoilt("rows = [\"who\", \"born\", \"way\", \"remark\"]", &of(10))
        )])),
        []
    );
    finds(
        "rows = [\"who\", \"born\", \"way\", \"remark\"]",
        &of(11),
        "count",
        "11 rows",
    );
    finds("\"aa\", ", "", "count", "aliases.en: fewer than 8");
    // Ten rows and no more, for options and for reasons.
    let options = |n: usize| {
        let one = |i: usize| format!("    {{ code = \"o{i}\", label = {{ en = \"Way {i}\", hi = \"राह {i}\" }} }},\n");
        format!(
            "options = [\n{}    {{ code = \"a\"",
            (2..n).map(one).collect::<String>()
        )
    };
    let from = "options = [\n    { code = \"a\"";
    assert_eq!(lint(&read(&[("sample", &spoilt(from, &options(10)))])), []);
    finds(from, &options(11), "count", "field groups: 11 options");
    let reasons = |n: usize| {
        let one =
            |i: usize| format!("[[refusal]]\ncode = \"r{i}\"\ntext = {{ en = \"No {i}.\", hi = \"नहीं {i}।\" }}\n\n");
        format!("{}[validity]", (1..n).map(one).collect::<String>())
    };
    assert_eq!(lint(&read(&[("sample", &spoilt("[validity]", &reasons(10)))])), []);
    finds("[validity]", &reasons(11), "count", "11 reasons for refusal");
}

#[test]
fn limits_make_sense() {
    finds(
        "min_age = 18\nmax_age = 60",
        "min_age = 25\nmax_age = 25",
        "range",
        "ages from 25 to 25",
    );
    finds("max = 40\n", "max = 1001\n", "range", "at most 1001 characters");
    finds("min = 1\nmax = 20", "min = 4\nmax = 4", "range", "from 4 to 4");
    finds(
        "rule = \"driving_licence\"\nbirth_field = \"born\"",
        "rule = \"months\"\nmonths = 0",
        "range",
        "0 months",
    );
}

#[test]
fn an_example_would_be_accepted() {
    for (from, to, what) in [
        ("hi = \"आशा\"", "hi = \"आशा 2\"", "field who, example.hi"),
        ("hi = \"आशा\"", "hi = \"आशा / आशी\"", "field who, example.hi"),
        ("en = \"29/02/2000\"", "en = \"29/02/2001\"", "field born, example.en"),
        ("en = \"29/02/2000\"", "en = \"1 March 2000\"", "field born, example.en"),
        ("en = \"29/02/2000\"", "en = \"02/01/2008\"", "field born, example.en"),
        (
            "example = { en = \"On foot\"",
            "example = { en = \"foot\"",
            "field way, example.en",
        ),
        ("en = \"A+, Not known\"", "en = \"A+, B+\"", "field groups, example.en"),
        ("en = \"A+, Not known\"", "en = \"A+, A+\"", "field groups, example.en"),
        ("hi = \"110001\"", "hi = \"201301\"", "field pin, example.hi"),
        ("en = \"9000000000\"", "en = \"5000000000\"", "field phone, example.en"),
        ("en = \"4\"", "en = \"21\"", "field people, example.en"),
        ("en = \"2,40,000\"", "en = \"10,00,001\"", "field income, example.en"),
        ("hi = \"हाँ\"", "hi = \"Yes\"", "field agreed, example.hi"),
        ("en = \"No\"", "en = \"not\"", "stage look, record passed, example.en"),
    ] {
        finds(from, to, "example", what);
    }
    finds(
        "en = \"House 1, Delhi\"",
        "en = \"House 1,  Delhi\"",
        "tidy",
        "field home, example.en",
    );
}

#[test]
fn the_way_to_a_decision_is_never_one_persons_alone() {
    // The conditional stage does not count, the automatic one neither.
    finds(
        "role = \"clerk\"\nmay_refuse = true",
        "role = \"clerk\"\nunless = { field = \"way\", equals = \"foot\" }",
        "stages",
        "1 stages of officers",
    );
    finds(
        "role = \"chief\"\nmay_refuse = true",
        "role = \"chief\"\nonly_if = { field = \"way\", equals = \"foot\" }",
        "stages",
        "the last stage",
    );
    finds(
        "kind = \"automatic\"",
        "kind = \"automatic\"\nmay_refuse = true",
        "stages",
        "stage first: an automatic stage",
    );
    finds(
        "kind = \"automatic\"",
        "kind = \"automatic\"\nnotice_days = 3",
        "stages",
        "stage first: an automatic stage",
    );
}

#[test]
fn a_record_holds_nothing_about_a_person_and_is_never_left_out() {
    finds(
        "code = \"passed\"\nkind = \"yes_no\"",
        "code = \"passed\"\nkind = \"yes_no\"\noptional = true",
        "record",
        "is recorded always",
    );
    let finding = "[[stage.record]]\ncode = \"finding\"\nkind = \"text\"\nmax = 100\nlabel = { en = \"Finding\", hi = \"निष्कर्ष\" }\nask = { en = \"What?\", hi = \"क्या?\" }\nexample = { en = \"A lot\", hi = \"बहुत\" }\n\n[stage.passes_if]";
    finds(
        "[stage.passes_if]",
        finding,
        "record",
        "record finding: records stand readable",
    );
}

#[test]
fn a_figure_has_a_source() {
    finds("source = \"An order\"", "source = \" \"", "source", "fee: no source");
    finds(
        "source = \"Not known\"",
        "source = \"\"",
        "source",
        "time_limit: no source",
    );
    finds("source = \"A law\"", "source = \"\"", "source", "validity: no source");
    finds("rupees = 10\n", "", "source", "fee: confirmed, but no figure");
}

#[test]
fn the_aadhaar_number_is_never_asked() {
    finds(
        "en = \"Which number?\"",
        "en = \"Which Aadhaar number?\"",
        "aadhaar",
        "field phone",
    );
}

#[test]
fn a_paper_is_known_and_its_bubble_fits() {
    finds(
        "\"voter_card\", \"passport\"",
        "\"voter_card\", \"voter_id\"",
        "reference",
        "no paper voter_id",
    );
    finds(
        "\"voter_card\", \"passport\"",
        "\"passport\", \"passport\"",
        "unique",
        "document ticket: paper passport",
    );
    finds(
        "only_if = { field = \"way\", equals = \"train\" }\naccepts",
        "only_if = { field = \"way\", equals = \"tram\" }\naccepts",
        "reference",
        "document ticket: way can never be tram",
    );
    // Label 6, "voter card, passport" 20, the frame 90: 484 are left for the help.
    let help = |n: usize| format!("en = \"{}\"", "a".repeat(n));
    let at_most = 600 - documents::FRAME - 6 - 20;
    let clean = lint(&read(&[(
        "sample",
        &spoilt("en = \"The whole page.\"", &help(at_most)),
    )]));
    assert_eq!(clean, []);
    finds(
        "en = \"The whole page.\"",
        &help(at_most + 1),
        "length",
        "document ticket.en: its bubble has 601",
    );
}

#[test]
fn every_label_of_a_paper_is_tidy_and_in_its_script() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut report = Report {
        service: "papers",
        findings: vec![],
    };
    let papers: toml::Table = toml::from_str(include_str!("../../../papers.toml")).unwrap();
    assert!(papers.len() >= 40);
    for code in papers.keys() {
        report.text(code, catalogue.paper(code).unwrap(), LABEL);
        report.codes("paper", std::iter::once(code.as_str()));
    }
    assert_eq!(report.findings, []);
}

#[test]
fn a_rule_of_eligibility_can_be_computed_from_the_form() {
    let income = "field = \"income\"\nmax = 300000";
    finds(
        income,
        "field = \"incomes\"\nmax = 300000",
        "reference",
        "eligibility poor: no field incomes",
    );
    finds(
        income,
        "field = \"way\"\nmax = 300000",
        "reference",
        "eligibility poor: way is of another kind",
    );
    finds(
        income,
        "field = \"income\"\nmin_age = 18",
        "reference",
        "income is of another kind",
    );
    finds(
        income,
        "field = \"way\"\nequals = \"tram\"",
        "reference",
        "way is of another kind",
    );
    finds(
        income,
        "field = \"income\"\nmin = 5\nmax = 4",
        "range",
        "eligibility poor",
    );
    finds(
        "min_age = 21\nmax_age = 50",
        "min_age = 51\nmax_age = 50",
        "range",
        "eligibility of_age",
    );
    finds("code = \"poor\"", "code = \"of_age\"", "unique", "eligibility of_age");
    finds("source = \"A rule\"", "source = \" \"", "source", "eligibility poor");
    let text = |n: usize| format!("en = \"{}\"", "a".repeat(n));
    assert_eq!(
        lint(&read(&[(
            "sample",
            &spoilt("en = \"Your income is low.\"", &text(200))
        )])),
        []
    );
    finds(
        "en = \"Your income is low.\"",
        &text(201),
        "length",
        "eligibility poor.en: 201 of 200",
    );
}

#[test]
fn whoever_copies_the_examples_breaks_no_rule() {
    finds(
        "max = 300000",
        "max = 200000",
        "eligibility",
        "the examples in hi break the rule poor",
    );
    finds("min_age = 21", "min_age = 26", "eligibility", "of_age");
}

#[test]
fn what_a_fee_adds_counts_choices() {
    let each = "each = { field = \"groups\", rupees = 5 }";
    finds(
        each,
        "each = { field = \"way\", rupees = 5 }",
        "reference",
        "fee.each: way",
    );
    finds(each, "each = { field = \"groups\", rupees = 0 }", "range", "fee.each");
    finds(
        "rupees = 10\nconfirmed = true",
        "confirmed = false",
        "source",
        "fee.each",
    );
    finds(
        "en = \"More when it is late.\"",
        &format!("en = \"{}\"", "a".repeat(201)),
        "length",
        "fee.note.en",
    );
}

#[test]
fn a_list_of_people_is_short_enough_for_the_page() {
    finds(
        "particular = \"way\"\nrows = [\"who\", ",
        "particular = \"family\"\nrows = [\"who\", \"family\", ",
        "reference",
        "certificate.particular: family is of another kind",
    );
    finds("max = 3\n", "max = 13\n", "range", "at most 13 people");
    assert_eq!(lint(&read(&[("sample", &spoilt("max = 3\n", "max = 12\n"))])), []);
    finds(
        "Sita Devi, wife, 34; Rahul, son, 12",
        "Sita Devi, 34",
        "example",
        "field family, example.en",
    );
    finds(
        "en = \"DL 3C AB 1234\"",
        "en = \"DL 3C\"",
        "example",
        "field vehicle, example.en",
    );
    finds(
        "en = \"DL-0420110149646\"",
        "en = \"none\"",
        "example",
        "field licence, example.en",
    );
}

#[test]
fn situations_are_told_without_the_services_name() {
    finds("\"sa\", ", "", "count", "situations.en: 4");
    finds("\"सक\"", "\"sak\"", "script", "situations.hi");
    finds("\"ta\", \"tb\"", "\"ta\", \"ta\"", "unique", "situations.hinglish: ta");
    finds("\"sa\"", "\"sa  x\"", "tidy", "situations.en");
    finds("\"sa\"", "\"I need AA, now\"", "situation", "(aa)");
    finds("\"सक\"", "\"मुझे अक चाहिए\"", "situation", "(अक)");
    // A part of another word is no name.
    assert_eq!(lint(&read(&[("sample", &spoilt("\"sa\"", "\"a baab\""))])), []);
    let more = |n: usize| (0..n).map(|i| format!("\"s{i}\", ")).collect::<String>() + "\"sa\"";
    assert_eq!(lint(&read(&[("sample", &spoilt("\"sa\"", &more(7)))])), []);
    finds("\"sa\"", &more(8), "count", "situations.en: 13");
}

#[test]
fn two_services_do_not_share_letters_names_or_aliases() {
    let other = SAMPLE.replace("code = \"sample\"", "code = \"other\"");
    let findings = lint(&read(&[("sample", SAMPLE), ("other", &other)]));
    for what in [
        "letters SA belongs to other",
        "short sample belongs to other",
        "short नमूना belongs",
        "alias अक belongs",
        "alias kh belongs",
        "situation ta belongs",
    ] {
        assert!(
            findings.iter().any(|f| f.check == "unique" && f.what.contains(what)),
            "{what}: {findings:?}"
        );
    }
    assert!(findings.iter().all(|f| f.service == "sample" && f.check == "unique"));
}

#[test]
fn a_misspelt_word_in_a_file_is_an_error() {
    for (from, to) in [
        ("past = true", "passed = true"),
        ("kind = \"pin\"", "kind = \"pincode\""),
        ("kind = \"pin\"", "kind = \"pin\"\nmax = 6"),
        ("kind = \"phone\"", "kind = \"phone\"\noptinal = true"),
        ("max = 40\n", ""),
        ("max = 40\n", "max = -1\n"),
        ("notice_days = 30", "notice_day = 30"),
        ("[fee]", "[fees]"),
    ] {
        let text = spoilt(from, to);
        let error = Catalogue::from_files([("sample", text.as_str())]).unwrap_err();
        assert!(
            matches!(error, super::super::CatalogueError::File { .. }),
            "{from} -> {to}"
        );
    }
    let error = Catalogue::from_files([("simple", SAMPLE)]).unwrap_err();
    assert!(matches!(error, super::super::CatalogueError::Name { .. }));
}
