//! What an officer would probably stop at, said to the citizen: what, why, and what to do.

use domain::{
    Bilingual, Language,
    catalogue::{Concern, Weight, date_in_words},
};

use super::{Text, fill};

/// The heading above concerns of this weight.
pub(crate) const fn heading(weight: Weight) -> Text {
    match weight {
        Weight::Refused => Text::LikelyRefused,
        Weight::Asked => Text::LikelyAsked,
        Weight::Told => Text::GoodToKnow,
    }
}

/// One concern in one or two sentences.
pub(crate) fn concern(concern: &Concern<'_>, language: Language) -> String {
    let say = |text: Text, values: &[(&str, &str)]| fill(text.get(language), values);
    let pick = |text: &Bilingual| text.get(language).to_owned();
    match concern {
        Concern::Rule { rule, from } => {
            let mut said = pick(&rule.text);
            if let Some(from) = from {
                said = format!(
                    "{said} {}",
                    say(Text::ConcernFrom, &[("date", date_in_words(*from).get(language))])
                );
            }
            if !rule.confirmed {
                said = format!("{said} {}", say(Text::ConcernUnconfirmed, &[]));
            }
            said
        }
        Concern::NearLimit { field, limit, .. } => say(
            Text::ConcernNearLimit,
            &[("label", &pick(&field.label)), ("limit", &limit.to_string())],
        ),
        Concern::Check(check) => pick(&check.text),
        Concern::BeforeBirth { field, birth } => say(
            Text::ConcernBeforeBirth,
            &[("label", &pick(&field.label)), ("birth", &pick(&birth.label))],
        ),
        Concern::SameName { one, other } => say(
            Text::ConcernSameName,
            &[("one", &pick(&one.label)), ("other", &pick(&other.label))],
        ),
        Concern::OneScript { hindi: true, .. } => say(Text::ConcernOnlyHindi, &[]),
        Concern::OneScript { hindi: false, .. } => say(Text::ConcernOnlyEnglish, &[]),
        Concern::OutsideDelhi { field, pin } => say(
            Text::ConcernOutsideDelhi,
            &[("label", &pick(&field.label)), ("pin", pin)],
        ),
        Concern::SamePaper { documents } => {
            let labels: Vec<String> = documents.iter().map(|document| pick(&document.label)).collect();
            say(Text::ConcernSamePaper, &[("papers", &labels.join(", "))])
        }
        Concern::NeedlessPaper { document } => say(Text::ConcernNeedlessPaper, &[("label", &pick(&document.label))]),
    }
}
