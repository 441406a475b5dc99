//! Golden transcripts: one conversation in Hindi, one in English, one in Hindi with Latin letters.

use domain::{Language, catalogue::FieldKind};

use crate::harness::{ASSISTANT, Person};

#[test]
fn in_english() {
    let mut person = Person::new();
    person
        .says("Hello")
        .taps("English")
        .taps("Apply")
        .taps("Birth and death")
        .taps("Birth certificate")
        .taps("I agree")
        .says("Aarav Sharma / आरव शर्मा")
        .says("what documents are needed?")
        .says("boy")
        .says("31/02/2025")
        .says("15 Aug 2026");
    person.fills_in(Language::En);
    person
        .says("change 1")
        .says("Aarav Kumar Sharma")
        .taps("Submit")
        .taps("My applications")
        .says("thanks");
    insta::assert_snapshot!("english", person.transcript);
}

#[test]
fn in_hindi() {
    let mut person = Person::new();
    person
        .says("नमस्ते")
        .taps("हिन्दी")
        .says("मुझे ओबीसी प्रमाण पत्र बनवाना है")
        .taps("मैं सहमत हूँ");
    // One wrong answer where a date is asked, if the form asks for one.
    let service = ASSISTANT.catalogue().get("caste_obc").unwrap();
    assert!(service.fields.iter().any(|field| matches!(field.kind, FieldKind::Name)));
    person
        .says("मेरा नाम सुनीता देवी है")
        .says("मदद")
        .says("बाद में")
        .says("नमस्ते")
        .taps("जारी रखें");
    person.fills_in(Language::Hi);
    person
        .taps("बदलें")
        .says("1")
        .taps("यही रखें")
        .says("जमा करें")
        .says("मेरा आवेदन कहाँ तक पहुँचा");
    insta::assert_snapshot!("hindi", person.transcript);
}

#[test]
fn in_hinglish() {
    let mut person = Person::new();
    person
        .says("bhai learning licence banwana hai")
        .says("kitne paise lagenge")
        .says("haan")
        .says("haan")
        .says("kitne paise lagenge?");
    person.fills_in(Language::Hi);
    person
        .says("sab sahi hai")
        .says("status batao")
        .says("aavedan wapas lena hai")
        .says("nahi")
        .says("shukriya");
    insta::assert_snapshot!("hinglish", person.transcript);
}
