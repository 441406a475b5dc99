//! Numbers of ours, telephone numbers and amounts, anywhere in a sentence.

mod amount;
mod contact;
mod ours;
mod pieces;

use std::ops::Range;

use domain::ApplicationNumber;

pub(crate) use amount::amount;
pub(crate) use contact::{phone, pin};
pub(super) use ours::vehicle;
pub(crate) use ours::{Certificate, application, certificate};

use super::{
    dates::{self, Dated},
    written::Word,
};

/// What was found, and which words of the message say it.
type Found<T> = Option<(T, Range<usize>)>;

/// Every number and day that a message holds, and which words say it.
pub struct Figures {
    pub(super) application: Found<ApplicationNumber>,
    pub(super) certificate: Found<Certificate>,
    pub(super) vehicle: Found<String>,
    pub(super) phone: Found<String>,
    pub(super) pin: Found<String>,
    pub(super) dates: Vec<(Dated, Range<usize>)>,
    pub(super) amounts: Vec<(i64, Range<usize>)>,
}

impl Figures {
    /// What these words of this text hold.
    #[must_use]
    pub fn of(text: &str, words: &[Word]) -> Self {
        let mut pieces = pieces::pieces(text, words);
        let mut dates = dates::all(words);
        let application = ours::application_in(words, &pieces);
        let certificate = ours::certificate_in(&pieces);
        let vehicle = ours::vehicle_in(&pieces);
        // A digit belongs to one number only.
        for place in [place_of(&application), place_of(&certificate), place_of(&vehicle)]
            .into_iter()
            .flatten()
        {
            dates.retain(|(_, at)| at.end <= place.start || place.end <= at.start);
        }
        for (_, place) in dates
            .iter()
            .filter(|(day, _)| matches!(day, Dated::Day(_) | Dated::NoYear))
        {
            pieces::take(&mut pieces, place);
        }
        for place in [place_of(&application), place_of(&certificate), place_of(&vehicle)]
            .into_iter()
            .flatten()
        {
            pieces::take(&mut pieces, place);
        }
        let phone = contact::phone_in(&pieces);
        if let Some(place) = place_of(&phone) {
            pieces::take(&mut pieces, place);
        }
        let pin = contact::pin_in(&pieces);
        Self {
            application,
            certificate,
            vehicle,
            phone,
            pin,
            dates,
            amounts: amount::spans(text, words),
        }
    }

    /// What kinds of figures there are, in words.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        let kinds = [
            (self.application.is_some(), "an application number"),
            (self.certificate.is_some(), "a certificate number"),
            (self.vehicle.is_some(), "a vehicle"),
            (self.phone.is_some(), "a telephone"),
            (self.pin.is_some(), "a PIN code"),
            (self.days().next().is_some(), "a day"),
            (self.amounts.iter().any(|(value, _)| *value >= 1000), "thousands"),
        ];
        kinds.into_iter().filter_map(|(there, kind)| there.then_some(kind))
    }

    /// Where days stand.
    pub fn days(&self) -> impl Iterator<Item = &Range<usize>> {
        let days = self.dates.iter().filter(|(day, _)| matches!(day, Dated::Day(_)));
        days.map(|(_, place)| place)
    }

    /// The words of numbers that are neither days nor amounts.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &Range<usize>> {
        let places = [
            place_of(&self.application),
            place_of(&self.certificate),
            place_of(&self.vehicle),
            place_of(&self.phone),
            place_of(&self.pin),
        ];
        places.into_iter().flatten()
    }
}

const fn place_of<T>(found: &Found<T>) -> Option<&Range<usize>> {
    match found {
        Some((_, place)) => Some(place),
        None => None,
    }
}

/// The token of a QR code: the address that it holds, or its bare text.
pub(crate) fn token(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| {
        let upper = word.to_ascii_uppercase();
        if let Some(at) = upper.find("/C/") {
            let tail = upper.get(at + 3..)?;
            let end = tail.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tail.len());
            return (end >= 20)
                .then(|| word.get(..at + 3 + end))
                .flatten()
                .map(str::to_owned);
        }
        let bare = upper.len() >= 60
            && upper
                .bytes()
                .all(|b| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7'));
        bare.then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use domain::CertificateNumber;

    use super::*;

    #[test]
    fn application_numbers_anywhere() {
        for text in [
            "APP-2026-000123",
            "mera status batao app 2026 000123 plz",
            "मेरा आवेदन APP-२०२६-०००१२३ कहाँ है",
            "app2026000123",
            "APP-2O26-OOO123?",
            "number: APP/2026/000123.",
            "aap2o26ooo123",
            "a p p do hazar chhabbis shunya shunya shunya ek do teen",
            "A.P.P. 2026 / 000 123",
            "App No 2026 - 123",
            "app 26 ka 000123",
            "एपीपी 2026 123",
            "ए पी पी २०२६ १२३ का क्या हुआ",
            "2026-000123",
        ] {
            assert_eq!(application(text), Some(ApplicationNumber::new(2026, 123)), "{text}");
        }
        for text in [
            "",
            "apply",
            "APP",
            "app 2026",
            "whatsapp 2026 000123",
            "application 5",
            "aap 2026 me doge",
            "2026-27",
            "15-08-2026 110001",
        ] {
            assert_eq!(application(text), None, "{text}");
        }
    }

    #[test]
    fn a_certificate_number_without_a_digit_is_one() {
        let mut without = 0;
        for draw in 0..2000_u64 {
            // The low bits alone would leave most places at 0.
            let number = CertificateNumber::from_random("BC", draw.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap();
            without += u32::from(!number.plain().bytes().any(|b| b.is_ascii_digit()));
            for text in [number.to_string(), number.plain().to_lowercase()] {
                assert_eq!(certificate(&text), Some(Certificate::Number(number.clone())), "{text}");
            }
        }
        assert!(without > 10, "{without}");
    }

    #[test]
    fn certificate_numbers_anywhere() {
        let number = CertificateNumber::from_random("BC", 42).unwrap();
        let written = number.to_string();
        for text in [
            written.clone(),
            format!("check {} please", written.to_lowercase()),
            format!("ye asli hai? {}", number.plain()),
            written.replace('-', " "),
        ] {
            assert_eq!(certificate(&text), Some(Certificate::Number(number.clone())), "{text}");
        }
        let wrong = format!("{}{}", &written[..18], if written.ends_with('7') { '8' } else { '7' });
        assert_eq!(certificate(&wrong), Some(Certificate::Mistyped(wrong.clone())));
        assert_eq!(
            certificate("verify 7k3m-9q2x-h4tw").map(|c| c.written()),
            Some("7K3M-9Q2X-H4TW".to_owned())
        );
        assert_eq!(
            certificate("डी एल बी सी 4 के 7 एम 2 एक्स 9 क्यू एच 3 टी डब्ल्यू").map(|c| c.written()),
            Some("DLBC-4K7M-2X9Q-H3TW".to_owned())
        );
        assert_eq!(
            certificate("licence no. DLDN-4F7K-2M9X-8QWT").map(|c| c.written()),
            Some("DLDN-4F7K-2M9X-8QWT".to_owned())
        );
        for text in [
            "",
            "dalal 2000 mang rahe hain",
            "dl ka paisa kat gya2 baar",
            "30th sept 2026",
            "aay 96000 ki jagah 9600 likh diya",
            "DL licence chahiye",
            "driving licence banwana",
            "2024 2025 2026",
            "APP-2026-000123",
        ] {
            assert_eq!(certificate(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_of_a_code() {
        let long = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".repeat(3);
        assert_eq!(
            token(&format!("see HTTPS://EXAMPLE.IN/C/{long} ok")),
            Some(format!("HTTPS://EXAMPLE.IN/C/{long}"))
        );
        assert_eq!(
            token(&format!("https://example.in/c/{long}?x=1")),
            Some(format!("https://example.in/c/{long}"))
        );
        assert_eq!(token(&long), Some(long));
        assert_eq!(token("https://example.in/c/short"), None);
        assert_eq!(token("hello"), None);
    }

    #[test]
    fn telephones_and_pins() {
        for text in [
            "9876543210",
            "+91 98765 43210",
            "098765-43210",
            "९८७६५४३२१०",
            "call 9876543210",
            "nau aath saat chhah paanch char teen do ek shunya",
            "नौ आठ सात छह पाँच चार तीन दो एक शून्य मेरा मोबाइल",
            "+91 9 8 7 6 5 4 3 2 1 0",
            "14/02/1984 9876543210",
            "98765.43210",
        ] {
            assert_eq!(phone(text), Some("9876543210".into()), "{text}");
        }
        for text in ["987654321", "1234567890", "98765432101"] {
            assert_eq!(phone(text), None, "{text}");
        }
        assert_eq!(pin("pin 110 001"), Some("110001".into()));
        assert_eq!(pin("११००९२"), Some("110092".into()));
        for text in [
            "one one double oh nine two",
            "ek ek zero zero nau do",
            "pin gyarah sunya sunya baanve",
            "House B-8 110092",
            "11 0 0 92",
            "Patparganj, Dilli-92",
            "110029 nahi 1I0092",
        ] {
            assert_eq!(pin(text), Some("110092".into()), "{text}");
        }
        for text in [
            "1100011",
            "1 1 2001",
            "9876543210",
            "APP-2026-110092",
            "Delhi 92",
            "011 23456789",
        ] {
            assert_eq!(pin(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_of_vehicles() {
        for (text, wanted) in [
            ("DL 3C AB 1234 ki rc", "DL3CAB1234"),
            ("dl3cab1234", "DL3CAB1234"),
            ("d l 3 c a b 1 2 3 4", "DL3CAB1234"),
            ("डीएल 3सी एबी 1234", "DL3CAB1234"),
            ("bike dl8sbm o451", "DL8SBM0451"),
            ("HR-26-DK-8337", "HR26DK8337"),
            ("22 BH 1234 AA", "22BH1234AA"),
        ] {
            assert_eq!(vehicle(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "on 12 Jan 2026",
            "ka 3 feb 2026 ko",
            "up 16 ko 2026 me",
            "be 14 Feb 2025",
            "DL 2026",
            "",
        ] {
            assert_eq!(vehicle(text), None, "{text}");
        }
    }

    #[test]
    fn amounts() {
        for (text, wanted) in [
            ("45", 45),
            ("1,43,248", 143_248),
            ("₹ 500/-", 500),
            ("Rs. 500", 500),
            ("2.5 lakh", 250_000),
            ("dhai lakh", 250_000),
            ("ढाई लाख", 250_000),
            ("5lakh", 500_000),
            ("das hazar rupaye", 10_000),
            ("१ लाख २० हज़ार", 120_000),
            ("3 lakh 20 hazar 5 sau", 320_500),
            ("शून्य", 0),
            ("-5", -5),
        ] {
            assert_eq!(amount(text), Some(wanted), "{text}");
        }
        for text in ["", "abc", "2.5", "10 20", "99999999999999999999"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
