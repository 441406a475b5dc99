use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes an identifier that was drawn elsewhere: chance is a fact, not ours to make.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The identifier.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_id! {
    /// A person, whatever their phone number is today. Also the name of their data key.
    CitizenId
}
impl CertificateId {
    /// The identifier of the certificate that answers an application (UUID version 5, RFC 9562). Because it
    /// follows from the application, issuing twice meets the same stream and changes nothing.
    #[must_use]
    pub fn for_application(number: &ApplicationNumber) -> Self {
        const NAMESPACE: Uuid = Uuid::from_u128(0x7072_616d_616e_5000_8000_6365_7274_6966);
        Self(Uuid::new_v5(&NAMESPACE, number.to_string().as_bytes()))
    }

    /// The identifier of the certificate that answers an application as its `version`-th, counted from 1: a correction or a
    /// renewal is another certificate.
    #[must_use]
    pub fn for_version(number: &ApplicationNumber, version: u32) -> Self {
        let first = Self::for_application(number);
        if version <= 1 {
            return first;
        }
        Self(Uuid::new_v5(&first.0, version.to_string().as_bytes()))
    }
}

uuid_id! {
    /// A certificate in the ledger. It is not the number printed on it: numbers cannot be guessed, and the
    /// log, which is public, must not list them.
    CertificateId
}

/// An officer's service code, for example `SR-101`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficerId(String);

impl OfficerId {
    /// Takes the code as the department writes it.
    pub fn new(code: impl Into<String>) -> Self {
        Self(code.into())
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OfficerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a number of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It has another shape altogether.
    #[error("not a number of this kind")]
    Shape,
    /// The check character does not fit: one character is mistyped, or two were swapped.
    #[error("the check character does not fit")]
    Check,
}

/// `APP-2026-000123`: counted within a calendar year of IST, six digits or more, never reused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApplicationNumber {
    year: i16,
    count: u64,
}

impl ApplicationNumber {
    /// The `count`-th application of `year`; counting starts at 1.
    #[must_use]
    pub const fn new(year: i16, count: u64) -> Self {
        Self { year, count }
    }

    /// The year it was counted in.
    #[must_use]
    pub const fn year(&self) -> i16 {
        self.year
    }

    /// Its place within the year.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for ApplicationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "APP-{:04}-{:06}", self.year, self.count)
    }
}

impl FromStr for ApplicationNumber {
    type Err = NumberError;

    /// Reads the number as people type it: any case, spaces or dashes, the letter O for a zero,
    /// leading zeros left out.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '/'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let digits: String = plain
            .strip_prefix("APP")
            .ok_or(NumberError::Shape)?
            .chars()
            .map(|c| if c == 'O' { '0' } else { c })
            .collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !(5..=22).contains(&digits.len()) {
            return Err(NumberError::Shape);
        }
        let (year, count) = digits.split_at(4);
        let year: i16 = year.parse().map_err(|_| NumberError::Shape)?;
        let count: u64 = count.parse().map_err(|_| NumberError::Shape)?;
        if !(2000..=2999).contains(&year) || count == 0 {
            return Err(NumberError::Shape);
        }
        Ok(Self { year, count })
    }
}

impl TryFrom<String> for ApplicationNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<ApplicationNumber> for String {
    fn from(number: ApplicationNumber) -> Self {
        number.to_string()
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `DLBC-7K3M-9Q2X-H4TW`: `DL`, two letters for the service, then twelve Crockford characters, of which
/// eleven are random (55 bits) and the last is the ISO 7064 mod 37,36 check over all before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateNumber(String);

impl CertificateNumber {
    /// Builds a number from the service's two letters and random bytes.
    ///
    /// The check character of mod 37,36 can be one of I, L, O, U, which Crockford's alphabet leaves
    /// out because people misread them; those draws (about one in nine) are passed over, so the
    /// result is a function of `random` alone.
    ///
    /// # Errors
    /// [`NumberError::Shape`] when `letters` are not two capital letters.
    pub fn from_random(letters: &str, random: u64) -> Result<Self, NumberError> {
        if letters.len() != 2 || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(NumberError::Shape);
        }
        let mut draw = random;
        loop {
            let mut plain = format!("DL{letters}");
            for place in 0..11 {
                let index = usize::try_from((draw >> (5 * place)) & 31).unwrap_or(0);
                plain.push(char::from(CROCKFORD.get(index).copied().unwrap_or(b'0')));
            }
            let check = check_character(&plain);
            if CROCKFORD.contains(&check) {
                plain.push(char::from(check));
                return Ok(Self(plain));
            }
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        }
    }

    /// The sixteen characters without dashes.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.0
    }

    /// The two letters that name the service.
    #[must_use]
    pub fn letters(&self) -> &str {
        self.0.get(2..4).unwrap_or("")
    }
}

/// ISO 7064 mod 37,36 over letters and digits: the hybrid system with the check character last.
fn check_character(plain: &str) -> u8 {
    let mut p: u32 = 36;
    for c in plain.chars() {
        let value = c.to_digit(36).unwrap_or(0);
        let mut s = (p + value) % 36;
        if s == 0 {
            s = 36;
        }
        p = (s * 2) % 37;
    }
    let check = (37 - p) % 36;
    char::from_digit(check, 36)
        .map(|c| c.to_ascii_uppercase())
        .and_then(|c| u8::try_from(c).ok())
        .unwrap_or(b'0')
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, c) in self.0.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

impl FromStr for CertificateNumber {
    type Err = NumberError;

    /// Reads the number as people type it: any case, with or without dashes and spaces, O for 0, I and L
    /// for 1 where a Crockford character stands.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let typed: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if typed.len() != 16 {
            return Err(NumberError::Shape);
        }
        let mut plain = String::with_capacity(16);
        for (place, &c) in typed.iter().enumerate() {
            let c = match (place, c) {
                (0..=3, c) if c.is_ascii_uppercase() => c,
                (4.., 'O') => '0',
                (4.., 'I' | 'L') => '1',
                (4.., c) if u8::try_from(c).is_ok_and(|b| CROCKFORD.contains(&b)) => c,
                _ => return Err(NumberError::Shape),
            };
            plain.push(c);
        }
        if !plain.starts_with("DL") {
            return Err(NumberError::Shape);
        }
        let (body, check) = plain.split_at(15);
        if check.bytes().next() != Some(check_character(body)) {
            return Err(NumberError::Check);
        }
        Ok(Self(plain))
    }
}

impl TryFrom<String> for CertificateNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<CertificateNumber> for String {
    fn from(number: CertificateNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_application_number_is_read_as_people_type_it() {
        let number = ApplicationNumber::new(2026, 123);
        assert_eq!(number.to_string(), "APP-2026-000123");
        for typed in ["app 2026 123", "APP-2O26-OOO123", "app2026000123", " APP/2026/000123 "] {
            assert_eq!(typed.parse(), Ok(number.clone()), "{typed}");
        }
        for wrong in [
            "",
            "APP",
            "APP-2026",
            "APP-2026-0",
            "APP-1026-5",
            "XPP-2026-000001",
            "APP-2026-12a",
        ] {
            assert_eq!(wrong.parse::<ApplicationNumber>(), Err(NumberError::Shape), "{wrong}");
        }
    }

    #[test]
    fn a_number_past_six_digits_keeps_all_of_them() {
        let number = ApplicationNumber::new(2026, 1_234_567);
        assert_eq!(number.to_string(), "APP-2026-1234567");
        assert_eq!(number.to_string().parse(), Ok(number));
    }

    // ISO 7064 gives A12425GABC1234002 with check character M as its mod 37,36 example (also used
    // by the Global Release Identifier standard).
    #[test]
    fn the_check_character_is_the_standards() {
        assert_eq!(check_character("A12425GABC1234002"), b'M');
    }

    // The standard promises every single substitution and nearly every transposition of neighbours.
    #[test]
    fn nearly_every_swap_of_neighbours_is_noticed() {
        let (mut tried, mut missed) = (0, 0);
        for random in (0..2_000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)) {
            let number = CertificateNumber::from_random("OB", random).unwrap();
            for place in 4..15 {
                let mut swapped: Vec<u8> = number.plain().bytes().collect();
                if swapped[place] == swapped[place + 1] {
                    continue;
                }
                swapped.swap(place, place + 1);
                tried += 1;
                let read = String::from_utf8(swapped).unwrap().parse::<CertificateNumber>();
                missed += i32::from(read.is_ok());
            }
        }
        assert!(missed * 50 < tried, "{missed} of {tried} swaps passed");
    }

    proptest! {
        #[test]
        fn every_drawn_number_reads_back(random: u64) {
            let number = CertificateNumber::from_random("BC", random).unwrap();
            prop_assert_eq!(number.to_string().len(), 19);
            prop_assert_eq!(number.to_string().to_lowercase().parse(), Ok(number));
        }

        #[test]
        fn one_wrong_character_is_noticed(random: u64, place in 4usize..16, other in 0usize..32) {
            let number = CertificateNumber::from_random("OB", random).unwrap();
            let mut wrong: Vec<u8> = number.plain().bytes().collect();
            prop_assume!(wrong[place] != CROCKFORD[other]);
            wrong[place] = CROCKFORD[other];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(wrong.parse::<CertificateNumber>(), Err(NumberError::Check));
        }
    }
}
