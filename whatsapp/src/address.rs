use serde::{Deserialize, Serialize};

/// Who a person is on WhatsApp. At least one part is present.
///
/// Since April 2026 a person has a business-scoped user id (`IN.` and up to 128 letters or digits) and may hide
/// the phone number; in the field the id has also been seen where the number belongs. It changes when the number
/// changes, so neither part is an identity: both are attributes of a citizen of ours.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// Digits with country code, without `+`.
    pub phone: Option<String>,
    /// Business-scoped user id.
    pub user_id: Option<String>,
}

impl Address {
    /// Reads what stood in `from`, `wa_id`, `to` or `user_id`, whichever of the two it is. `None` when neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(phone) = phone(text) {
            return Some(Self {
                phone: Some(phone),
                user_id: None,
            });
        }
        is_user_id(text).then(|| Self {
            phone: None,
            user_id: Some(text.to_owned()),
        })
    }

    /// Do both name the same person? One part in common is enough: not every message brings both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        same(&self.phone, &other.phone) || same(&self.user_id, &other.user_id)
    }

    /// Fills what is missing here from another reading of the same person.
    pub(crate) fn merge(self, other: Option<Self>) -> Self {
        let other = other.unwrap_or(Self {
            phone: None,
            user_id: None,
        });
        Self {
            phone: self.phone.or(other.phone),
            user_id: self.user_id.or(other.user_id),
        }
    }
}

/// E.164: at most fifteen digits. `+` may stand before.
fn phone(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    ((5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

/// `CC.` or `CC.ENT.`, then 1 to 128 letters or digits.
fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_in_common_is_the_same_person() {
        let address = |phone: Option<&str>, user_id: Option<&str>| Address {
            phone: phone.map(str::to_owned),
            user_id: user_id.map(str::to_owned),
        };
        let both = address(Some("919810012345"), Some("IN.1"));
        assert!(both.meets(&address(Some("919810012345"), None)) && both.meets(&address(None, Some("IN.1"))));
        assert!(address(Some("919810012345"), None).meets(&both));
        assert!(!both.meets(&address(Some("919810012346"), Some("IN.2"))));
        assert!(
            !address(Some("919810012345"), None).meets(&address(None, Some("IN.1"))),
            "nobody can tell"
        );
    }

    #[test]
    fn both_kinds_are_told_apart_and_anything_else_is_refused() {
        for (text, phone, user_id) in [
            ("919810012345", Some("919810012345"), None),
            ("+919810012345", Some("919810012345"), None),
            ("IN.1349ABCdef", None, Some("IN.1349ABCdef")),
            ("IN.ENT.77", None, Some("IN.ENT.77")),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.phone.as_deref(), phone, "{text}");
            assert_eq!(address.user_id.as_deref(), user_id, "{text}");
        }
        for text in [
            "",
            "PHONE_NUMBER",
            "12",
            "in.12",
            "IN.",
            "IN.a b",
            "1234567890123456",
            "IN.\u{0905}",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
