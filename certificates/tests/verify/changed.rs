//! Papers on which something was changed: the verdict names the field, and says nothing of what stands there now.

use certificates::pdf::{self, Page};
use certificates::{Check, Printed, Reason, Record, RecordField, Verdict, VerdictCode};
use domain::Bilingual;

use crate::world::{Issuer, attachments, issued_at, page, record, verdict_of};

const LAYOUTS: [&str; 5] = ["certificate/1", "licence/1", "card/1", "order/1", "receipt/1"];

fn field(code: &str, label: (&str, &str), en: Option<&str>, hi: Option<&str>) -> RecordField {
    RecordField {
        code: code.to_owned(),
        label: Bilingual::new(label.0, label.1),
        value: Printed {
            en: en.map(str::to_owned),
            hi: hi.map(str::to_owned),
        },
    }
}

/// With everything that a row may be: both values, one of them, none, and one that needs several lines.
fn full() -> Record {
    let long = "House 12, Third Lane, Behind the Old Grain Market, Near the Primary School, ";
    Record {
        fields: vec![
            field("name", ("Name", "नाम"), Some("Sample Applicant"), Some("नमूना आवेदक")),
            field(
                "father",
                ("Father's name", "पिता का नाम"),
                Some("Sample Applicant Senior"),
                None,
            ),
            field(
                "mother",
                ("Mother's name", "माता का नाम"),
                None,
                Some("श्रीमती क्षमा त्रिपाठी"),
            ),
            field(
                "address",
                ("Address", "पता"),
                Some(&format!("{long}{long}North West Delhi 110034")),
                Some("मकान 12, तीसरी गली, पुरानी अनाज मंडी के पीछे, प्राथमिक विद्यालय के पास, उत्तर पश्चिम दिल्ली 110034"),
            ),
            field("remark", ("Remark", "टिप्पणी"), None, None),
            field("district", ("District", "ज़िला"), Some("North West"), Some("उत्तर पश्चिम")),
        ],
        ..record()
    }
}

/// What the record says, on this page, with one thing done to it.
fn changed(issuer: &Issuer, layout: &str, change: impl FnOnce(&mut Page)) -> Vec<u8> {
    let (record, token) = (full(), issuer.token(&full()));
    let mut page = page(&record, &token, attachments(&token, &record));
    page.layout = layout.to_owned();
    change(&mut page);
    pdf::render(&page, issued_at()).unwrap()
}

fn codes(verdict: &Verdict) -> Vec<&str> {
    verdict.differs.iter().map(|field| field.code.as_str()).collect()
}

#[test]
fn what_was_not_changed_does_not_differ() {
    let issuer = Issuer::new(1);
    for layout in LAYOUTS {
        let unsigned = changed(&issuer, layout, |_| {});
        let verdict = verdict_of(&unsigned, &issuer.trust());
        assert_eq!(
            (verdict.code, verdict.reason),
            (VerdictCode::NotGenuine, Reason::DocumentUnsigned)
        );
        assert_eq!(codes(&verdict), [""; 0], "{layout}");
        let file = issuer.sign(&unsigned);
        let token = issuer.token(&full());
        let released = certificates::check_before_release(&file, &token, &issuer.trust(), issued_at(), None);
        assert_eq!(released, Ok(()), "{layout}");
    }
}

#[test]
fn the_field_that_was_changed_is_named() {
    let issuer = Issuer::new(1);
    let stranger = Issuer::new(3);
    for layout in LAYOUTS {
        for (place, code) in ["name", "father", "mother", "address", "remark", "district"]
            .iter()
            .enumerate()
        {
            let forged = changed(&issuer, layout, |page| {
                page.rows[place].hi = Some("कोई दूसरा".to_owned());
            });
            let verdict = verdict_of(&forged, &issuer.trust());
            assert_eq!(
                (verdict.code, codes(&verdict)),
                (VerdictCode::NotGenuine, vec![*code]),
                "{layout}"
            );
            assert!(verdict.claims.is_none() && verdict.record.is_none() && verdict.number.is_none());
            let label = &full().fields[place].label;
            assert_eq!(verdict.differs[0].label, *label, "the issuer's own word for it");
            assert!(!format!("{verdict:?}").contains("दूसरा"), "no word of the forger's");
        }
    }
    // Signed by somebody, and signed by nobody.
    let forged = changed(&issuer, "certificate/1", |page| {
        page.rows[0].en = Some("Another Person".to_owned())
    });
    let verdict = verdict_of(&stranger.sign(&forged), &issuer.trust());
    assert_eq!(
        (verdict.reason, codes(&verdict)),
        (Reason::DocumentSignerUnknown, vec!["name"])
    );
    assert_eq!(verdict.checks.document, Check::Fail);
}

#[test]
fn what_stands_around_the_rows_is_compared_as_well() {
    let issuer = Issuer::new(1);
    let other = || Bilingual::new("Something Else", "कुछ और ही");
    type Change = fn(&mut Page, Bilingual);
    let cases: [(&str, Change); 6] = [
        ("title", |page, other| page.title = other),
        ("issuer", |page, other| page.department = other),
        ("office", |page, other| page.office = other),
        ("officer", |page, other| page.officer = other),
        ("issued_on", |page, other| page.issued_on = other),
        ("expires_on", |page, other| page.valid_until = other),
    ];
    for (code, change) in cases {
        let forged = changed(&issuer, "certificate/1", |page| change(page, other()));
        assert_eq!(codes(&verdict_of(&forged, &issuer.trust())), [code]);
    }
    let forged = changed(&issuer, "certificate/1", |page| {
        page.number = "DLOB-0000-0000-0000".to_owned();
        page.short_code = page.number.clone();
    });
    assert_eq!(codes(&verdict_of(&forged, &issuer.trust())), ["number"]);
}

/// A page is not signed that does not say what the record says.
#[test]
fn nothing_leaves_that_prints_something_else() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&full());
    let forged = changed(&issuer, "certificate/1", |page| {
        page.rows[0].en = Some("Another Person".to_owned())
    });
    let released =
        certificates::check_before_release(&issuer.sign(&forged), &token, &issuer.trust(), issued_at(), None);
    assert_eq!(released, Err("printed_differs"));
}

/// Without a credential of ours there is nothing to compare with, and nothing to say.
#[test]
fn a_paper_of_somebody_else_is_not_compared() {
    let (issuer, stranger) = (Issuer::new(1), Issuer::new(3));
    let forged = changed(&stranger, "certificate/1", |page| {
        page.rows[0].en = Some("Another Person".to_owned())
    });
    let verdict = verdict_of(&forged, &issuer.trust());
    assert_eq!((verdict.code, codes(&verdict)), (VerdictCode::NotGenuine, vec![]));
}
