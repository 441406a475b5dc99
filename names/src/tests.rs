use proptest::prelude::*;

use super::*;

#[test]
fn inherent_vowels_are_spoken_where_hindi_speaks_them() {
    for (devanagari, latin) in [
        ("राम", "Ram"),
        ("रमेश", "Ramesh"),
        ("कमला", "Kamla"),
        ("सुरेश", "Suresh"),
        ("श्रीवास्तव", "Srivastava"),
        ("मोहम्मद", "Mohammad"),
        ("ज़ाकिर", "Zakir"),
        ("गुरप्रीत", "Gurpreet"),
        ("ओमप्रकाश", "Omprakash"),
        ("चंद्रिका", "Chandrika"),
        ("मनमोहन", "Manmohan"),
        ("सत्यव्रत", "Satyavrat"),
        ("प्रियम", "Priyam"),
        ("सुमित्रा देवी", "Sumitra Devi"),
        ("R.K. शर्मा", "R.K. Sharma"),
    ] {
        assert_eq!(to_latin(devanagari, Style::Name), latin, "{devanagari}");
    }
}

#[test]
fn choices_come_in_the_order_of_their_likelihood() {
    assert_eq!(to_devanagari("Ramesh Kumar", 1), ["रमेश कुमार"]);
    assert_eq!(to_devanagari("Gopesh", 1), ["गोपेश"]);
    assert!(to_devanagari("Rajat", 4).contains(&"रजत".to_owned()));
    assert!(
        to_devanagari("सीता", 3).is_empty() && to_devanagari("12", 3).is_empty() && to_devanagari("Ram", 0).is_empty()
    );
    assert_eq!(to_devanagari("Harkirat Bhardwaj", 99).len(), 10);
}

/// Keys are stored: a change of them is a change of the storage format.
#[test]
fn keys_stay_as_they_are() {
    let names = [
        "Ramesh Kumar Sharma",
        "शर्मा रमेश",
        "Shri Ramesh Sharma ji",
        "Mohd. Irfan Ansari",
        "मुहम्मद इरफ़ान अंसारी",
        "Smt Kamla Devi",
        "Kamal Singh",
        "R. K. Gupta",
        "R. K.",
        "Gurpreet Kaur",
        "ਗੁਰਪ੍ਰੀਤ ਕੌਰ",
        "Laxmi Pandey",
        "लक्ष्मी पाण्डेय",
        "Nizam-ud-din",
        "Devi",
        "Lalrinpuia",
        "Ravi s/o Mohan Lal",
        "عمران خان",
    ];
    let keys: Vec<String> = names
        .iter()
        .map(|name| format!("{name} -> {}", key(name).unwrap()))
        .collect();
    insta::assert_snapshot!(keys.join("\n"));
}

#[test]
fn near_names_are_told_apart_and_spellings_are_not() {
    for (a, b) in [
        ("Ramesh", "Rakesh"),
        ("Suresh Yadav", "Naresh Yadav"),
        ("Sunita", "Sunil"),
        ("Raj Kumar", "Raj Kumari"),
        ("Asha", "Usha"),
        ("Seema", "Hema"),
        ("Anil", "Anita"),
        ("Mohan", "Sohan"),
        ("Rajesh", "Rajeev"),
        ("Geeta", "Sita"),
        ("Aarav", "Arnav"),
        ("Rahul", "Rohit"),
        ("Imran", "Irfan"),
        ("Aslam", "Akram"),
        ("Ravinder Singh", "Ravinder Kaur"),
        ("R. K. Sharma", "Suresh Kumar Sharma"),
        ("Shri Kamal Verma", "Smt Kamla Verma"),
        ("Ramesh s/o Mohan", "Ramesh s/o Dinesh"),
    ] {
        assert!(same(a, b) < 0.5, "{a} / {b}: {}", same(a, b));
    }
    for (a, b) in [
        ("Seema", "Sima"),
        ("R. K. Sharma", "Raj Kumar Sharma"),
        ("आर. के. शर्मा", "Raj Kumar Sharma"),
        ("Ramkumar", "Ram Kumar"),
        ("Abdul Rahman", "Abdurrahman"),
        ("Pandey Rakesh", "राकेश पाण्डेय"),
        ("Lakshmi", "Laxmi"),
        ("सिंह", "सिंघ"),
        ("Ramesh s/o Mohan", "Ramesh s/o मोहन"),
        ("Deepak urf Sonu", "Sonu"),
        ("Ramesh", "Shri Ramesh Ji"),
    ] {
        assert!(same(a, b) > 0.5, "{a} / {b}: {}", same(a, b));
    }
}

#[test]
fn what_is_no_name_is_nobodys() {
    for nothing in ["", "  ", "12 34", "…", "।", "\u{94D}"] {
        assert_eq!(Name::read(nothing), Err(NameError::NoLetters), "{nothing:?}");
        assert_eq!(same(nothing, nothing), 0.0);
    }
}

#[test]
fn a_name_may_have_two_hundred_characters() {
    let longest = "अ".repeat(MAX_CHARS);
    assert!(Name::read(&longest).is_ok() && same(&longest, &longest) > 0.9);
    let longer = "अ".repeat(MAX_CHARS + 1);
    assert_eq!(Name::read(&longer), Err(NameError::TooLong));
    assert_eq!(same(&longer, &longer), 0.0);
    assert_eq!(to_devanagari(&"ab".repeat(MAX_CHARS / 2), 3).len(), 3);
    assert!(to_devanagari(&"a".repeat(MAX_CHARS + 1), 3).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_two_texts_are_compared(a in ".{0,40}", b in "[a-zA-Z. ऀ-ॿ\u{600}-\u{6FF}\u{980}-\u{D7F}-]{0,40}") {
        let p = same(&a, &b);
        prop_assert!((0.0..=1.0).contains(&p));
        prop_assert_eq!(p.to_bits(), same(&b, &a).to_bits());
        let _ = to_latin(&a, Style::Sentence);
        prop_assert!(!to_latin(&b, Style::Sentence).chars().any(script::is_devanagari));
        prop_assert!(to_devanagari(&b, 5).len() <= 5);
        if Name::read(&b).is_ok() {
            prop_assert!(same(&b, &b) > 0.99);
            let key = key(&b).unwrap();
            // The point ends it, and stands nowhere else: no key begins another.
            prop_assert_eq!(key.find('.'), Some(key.len() - 1));
        }
    }
}
