//! What an officer would probably stop at, read out of a form before it is handed in. It advises and forbids nothing: what a service
//! does not take is refused by [`Service::check`], and an officer may know of an exception.

use jiff::{ToSpan as _, civil::Date};
use serde::Deserialize;

use super::{
    eligibility::{Bound, Eligibility},
    form::{Answers, Name, Value},
    model::{Condition, Document, Field, Service, age_on},
};
use crate::{Bilingual, Paper};

/// How much a concern weighs, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The office will probably refuse.
    Refused,
    /// The office will probably ask back.
    Asked,
    /// Good to know: a late fee, a name in one script.
    Told,
}

/// A relation between answers that a service's file names, with what the citizen is told where it holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CheckFile")]
pub struct Check {
    /// Stable code within the service.
    pub code: String,
    /// What it means and what to do: one or two whole sentences.
    pub text: Bilingual,
    /// How much it weighs.
    pub weight: Weight,
    /// Where the rule is from.
    pub source: String,
    /// Only where this holds for the form.
    pub only_if: Option<Condition>,
    /// Not where this document was sent.
    pub unless_paper: Option<String>,
    /// What makes it a concern.
    pub test: CheckTest,
}

/// What makes a [`Check`] a concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckTest {
    /// The time from one day to another is longer than `above` and shorter than `below`; each only where given.
    Span {
        /// A field with a date; the day of the application where none.
        from: Option<String>,
        /// The same.
        to: Option<String>,
        /// In completed years; otherwise in days. Negative where the second day comes first.
        years: bool,
        /// More than so many.
        above: Option<i32>,
        /// Less than so many.
        below: Option<i32>,
    },
    /// The sum of these numbers, so many times, is more than the number in `exceeds`.
    Sum {
        /// Fields with numbers or rupees; one that was not answered counts nothing.
        numbers: Vec<String>,
        /// How often.
        times: i64,
        /// The field that it is compared with.
        exceeds: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckFile {
    code: String,
    text: Bilingual,
    weight: Weight,
    source: String,
    only_if: Option<Condition>,
    unless_paper: Option<String>,
    from: Option<String>,
    to: Option<String>,
    above_days: Option<i32>,
    below_days: Option<i32>,
    above_years: Option<i32>,
    below_years: Option<i32>,
    numbers: Option<Vec<String>>,
    times: Option<i64>,
    exceeds: Option<String>,
}

impl TryFrom<CheckFile> for Check {
    type Error = String;

    fn try_from(file: CheckFile) -> Result<Self, String> {
        let code = &file.code;
        let days = file.above_days.is_some() || file.below_days.is_some();
        let years = file.above_years.is_some() || file.below_years.is_some();
        let dates = file.from.is_some() || file.to.is_some();
        let test = match (file.numbers, file.exceeds) {
            (Some(numbers), Some(exceeds)) if !dates && !days && !years && !numbers.is_empty() => CheckTest::Sum {
                numbers,
                times: file.times.unwrap_or(1),
                exceeds,
            },
            (None, None) if dates && days != years && file.times.is_none() => CheckTest::Span {
                from: file.from,
                to: file.to,
                years,
                above: file.above_days.or(file.above_years),
                below: file.below_days.or(file.below_years),
            },
            _ => return Err(format!("check {code}: neither one span of days or years nor one sum")),
        };
        Ok(Self {
            code: file.code,
            text: file.text,
            weight: file.weight,
            source: file.source,
            only_if: file.only_if,
            unless_paper: file.unless_paper,
            test,
        })
    }
}

impl CheckTest {
    /// The fields that it looks at.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::Span { from, to, .. } => from.iter().chain(to).map(String::as_str).collect(),
            Self::Sum { numbers, exceeds, .. } => numbers.iter().chain(Some(exceeds)).map(String::as_str).collect(),
        }
    }

    /// Is it a concern on the civil day `today`? What was not answered is none.
    fn holds(&self, answers: &Answers, today: Date) -> bool {
        match self {
            Self::Span {
                from,
                to,
                years,
                above,
                below,
            } => {
                let day = |field: &Option<String>| match field {
                    None => Some(today),
                    Some(code) => match answers.get(code) {
                        Some(Value::Date(date)) => Some(*date),
                        _ => None,
                    },
                };
                let (Some(from), Some(to)) = (day(from), day(to)) else {
                    return false;
                };
                let span = if *years {
                    age_on(from, to)
                } else {
                    days_between(from, to)
                };
                above.is_none_or(|above| span > above) && below.is_none_or(|below| span < below)
            }
            Self::Sum {
                numbers,
                times,
                exceeds,
            } => {
                let number = |code: &str| match answers.get(code) {
                    Some(Value::Number(n)) => Some(*n),
                    _ => None,
                };
                let sum = numbers
                    .iter()
                    .filter_map(|code| number(code))
                    .fold(0, i64::saturating_add);
                number(exceeds).is_some_and(|limit| sum.saturating_mul(*times) > limit)
            }
        }
    }
}

/// Whole days from one day to another; every two dates are less than eight million days apart.
fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// One thing at which an officer would probably stop.
#[derive(Clone, Debug, PartialEq)]
pub enum Concern<'s> {
    /// The answers break a rule of eligibility.
    Rule {
        /// The rule.
        rule: &'s Eligibility,
        /// Too young by less than a year: the first day on which the age is reached.
        from: Option<Date>,
    },
    /// A rule of eligibility is kept, but only just.
    NearLimit {
        /// The rule.
        rule: &'s Eligibility,
        /// The question.
        field: &'s Field,
        /// The bound that the answer is near to.
        limit: i64,
    },
    /// A relation that the service's file names.
    Check(&'s Check),
    /// Something happened before the person was born.
    BeforeBirth {
        /// The question whose day lies before the birth.
        field: &'s Field,
        /// The question about the birth.
        birth: &'s Field,
    },
    /// Two people of the form have the same name.
    SameName {
        /// The one asked about first.
        one: &'s Field,
        /// The other.
        other: &'s Field,
    },
    /// The certificate's name stands in one script only.
    OneScript {
        /// The question.
        field: &'s Field,
        /// The script that is there is Devanagari.
        hindi: bool,
    },
    /// An address that must lie in Delhi has a PIN of elsewhere.
    OutsideDelhi {
        /// The question.
        field: &'s Field,
        /// The PIN, six digits.
        pin: String,
    },
    /// One file was sent for papers that no one paper can be.
    SamePaper {
        /// For which.
        documents: Vec<&'s Document>,
    },
    /// A paper was sent that these answers do not ask for; it is not handed in.
    NeedlessPaper {
        /// Which.
        document: &'s Document,
    },
}

/// How near is near: within so many hundredths of the limit.
const NEAR_PERCENT: i64 = 5;

impl Concern<'_> {
    /// Every `code()`.
    pub const CODES: [&'static str; 9] = [
        "check.rule",
        "check.near_limit",
        "check.catalogue",
        "check.before_birth",
        "check.same_name",
        "check.one_script",
        "check.outside_delhi",
        "check.same_paper",
        "check.needless_paper",
    ];

    /// The stable key of this kind of concern.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rule { .. } => "check.rule",
            Self::NearLimit { .. } => "check.near_limit",
            Self::Check(_) => "check.catalogue",
            Self::BeforeBirth { .. } => "check.before_birth",
            Self::SameName { .. } => "check.same_name",
            Self::OneScript { .. } => "check.one_script",
            Self::OutsideDelhi { .. } => "check.outside_delhi",
            Self::SamePaper { .. } => "check.same_paper",
            Self::NeedlessPaper { .. } => "check.needless_paper",
        }
    }

    /// How much it weighs.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        match self {
            Self::Rule { .. } | Self::BeforeBirth { .. } | Self::OutsideDelhi { .. } => Weight::Refused,
            Self::Check(check) => check.weight,
            Self::SameName { .. } | Self::SamePaper { .. } => Weight::Asked,
            Self::NearLimit { .. } | Self::OneScript { .. } | Self::NeedlessPaper { .. } => Weight::Told,
        }
    }

    /// The codes of the fields and documents where it can be mended.
    #[must_use]
    pub fn places(&self) -> Vec<&str> {
        match self {
            Self::Rule { rule, .. } => rule.test.iter().map(|test| test.field.as_str()).collect(),
            Self::NearLimit { field, .. } | Self::OneScript { field, .. } | Self::OutsideDelhi { field, .. } => {
                vec![&field.code]
            }
            Self::Check(check) => {
                let mut places = check.test.fields();
                places.extend(check.unless_paper.as_deref());
                places
            }
            Self::BeforeBirth { field, birth } => vec![&field.code, &birth.code],
            Self::SameName { one, other } => vec![&one.code, &other.code],
            Self::SamePaper { documents } => documents.iter().map(|document| document.code.as_str()).collect(),
            Self::NeedlessPaper { document } => vec![&document.code],
        }
    }
}

impl Service {
    /// Reads a form as an officer would on the civil day `today`: what would probably be refused or asked about, the gravest first, and
    /// otherwise in the order of the file. `same` says whether two names, in any scripts, name the same person.
    #[must_use]
    pub fn concerns(
        &self,
        answers: &Answers,
        papers: &[Paper],
        today: Date,
        same: &dyn Fn(&Name, &Name) -> bool,
    ) -> Vec<Concern<'_>> {
        let mut found: Vec<Concern<'_>> = self
            .eligibility_problems(answers, today)
            .into_iter()
            .map(|rule| Concern::Rule {
                rule,
                from: rule.soon(answers, today),
            })
            .collect();
        found.extend(
            self.eligibility
                .iter()
                .filter_map(|rule| self.near_limit(rule, answers)),
        );
        found.extend(self.checks.iter().filter_map(|check| {
            let there = |code: &String| papers.iter().any(|paper| paper.document == *code);
            let concerns = check.test.holds(answers, today)
                && check.only_if.as_ref().is_none_or(|condition| condition.holds(answers))
                && !check.unless_paper.as_ref().is_some_and(there);
            concerns.then_some(Concern::Check(check))
        }));
        found.extend(self.before_birth(answers));
        found.extend(self.same_names(answers, same));
        found.extend(self.addresses(answers));
        found.extend(self.one_script(answers));
        found.extend(self.papers(answers, papers));
        // Stable: what weighs the same stays in its order.
        found.sort_by_key(Concern::weight);
        found
    }

    fn near_limit<'s>(&'s self, rule: &'s Eligibility, answers: &Answers) -> Option<Concern<'s>> {
        let test = rule.test.as_ref()?;
        let (Bound::Number { min, max }, Some(Value::Number(n))) = (&test.bound, answers.get(&test.field)) else {
            return None;
        };
        let near = |limit: &i64| {
            n.abs_diff(*limit).saturating_mul(100) <= limit.unsigned_abs().saturating_mul(NEAR_PERCENT.unsigned_abs())
        };
        let limit = [min, max].into_iter().flatten().find(|limit| near(limit))?;
        let kept = min.is_none_or(|min| *n >= min) && max.is_none_or(|max| *n <= max);
        kept.then_some(Concern::NearLimit {
            rule,
            field: self.field(&test.field)?,
            limit: *limit,
        })
    }

    /// Days that lie before the birth of the person whom the certificate is about.
    fn before_birth<'s>(&'s self, answers: &Answers) -> Vec<Concern<'s>> {
        let birth = self.certificate.birth.as_ref().and_then(|code| self.field(code));
        let Some((birth, Some(Value::Date(born)))) = birth.map(|field| (field, answers.get(&field.code))) else {
            return vec![];
        };
        self.fields
            .iter()
            .filter(|field| matches!(answers.get(&field.code), Some(Value::Date(date)) if date < born))
            .map(|field| Concern::BeforeBirth { field, birth })
            .collect()
    }

    fn same_names<'s>(&'s self, answers: &Answers, same: &dyn Fn(&Name, &Name) -> bool) -> Vec<Concern<'s>> {
        let names: Vec<(&Field, &Name)> = self
            .fields
            .iter()
            .filter_map(|field| match answers.get(&field.code) {
                Some(Value::Name(name)) if !field.may_repeat => Some((field, name)),
                _ => None,
            })
            .collect();
        let mut found = vec![];
        for (place, (one, name)) in names.iter().enumerate() {
            for (other, other_name) in names.iter().skip(place + 1) {
                if same(name, other_name) {
                    found.push(Concern::SameName { one, other });
                }
            }
        }
        found
    }

    fn addresses<'s>(&'s self, answers: &Answers) -> Vec<Concern<'s>> {
        self.fields
            .iter()
            .filter(|field| field.in_delhi)
            .filter_map(|field| {
                let Some(Value::Text(address)) = answers.get(&field.code) else {
                    return None;
                };
                let pin = pin_in(address).filter(|pin| !pin.starts_with("11"))?;
                Some(Concern::OutsideDelhi { field, pin })
            })
            .collect()
    }

    fn one_script<'s>(&'s self, answers: &Answers) -> Option<Concern<'s>> {
        let field = self.field(&self.certificate.holder)?;
        match answers.get(&field.code)? {
            Value::Name(name) if name.en.is_some() != name.hi.is_some() => Some(Concern::OneScript {
                field,
                hindi: name.hi.is_some(),
            }),
            _ => None,
        }
    }

    fn papers<'s>(&'s self, answers: &Answers, papers: &[Paper]) -> Vec<Concern<'s>> {
        let mut found = vec![];
        let sent: Vec<(&Document, &Paper)> = papers
            .iter()
            .filter_map(|paper| Some((self.document(&paper.document)?, paper)))
            .collect();
        for (document, _) in sent.iter().filter(|(document, _)| !document.applies(answers)) {
            found.push(Concern::NeedlessPaper { document });
        }
        let wanted: Vec<_> = sent
            .into_iter()
            .filter(|(document, _)| document.applies(answers))
            .collect();
        let mut seen: Vec<&str> = vec![];
        for (_, paper) in &wanted {
            if seen.contains(&paper.digest.as_str()) {
                continue;
            }
            seen.push(&paper.digest);
            let alike: Vec<&Document> = wanted
                .iter()
                .filter(|(_, other)| other.digest == paper.digest)
                .map(|(document, _)| *document)
                .collect();
            // One voter card may prove identity and address; a photograph is no bill.
            let no_one_paper = alike.iter().enumerate().any(|(place, one)| {
                alike
                    .iter()
                    .skip(place + 1)
                    .any(|other| one.code != other.code && !one.accepts.iter().any(|kind| other.accepts.contains(kind)))
            });
            if no_one_paper {
                found.push(Concern::SamePaper { documents: alike });
            }
        }
        found
    }
}

impl Eligibility {
    /// Too young, but of age within a year: from when.
    fn soon(&self, answers: &Answers, today: Date) -> Option<Date> {
        let test = self.test.as_ref()?;
        let (Bound::Age { min: Some(min), .. }, Some(Value::Date(birth))) = (&test.bound, answers.get(&test.field))
        else {
            return None;
        };
        let from = birth.saturating_add(i32::from(*min).years());
        (today < from && from <= today.saturating_add(1.year())).then_some(from)
    }
}

/// The last six digits together in an address, whichever script they stand in, that can be a PIN: it does not begin with 0.
fn pin_in(address: &str) -> Option<String> {
    let digit = |c: char| {
        c.to_digit(10)
            .or_else(|| u32::from(c).checked_sub(0x966).filter(|n| *n < 10))
    };
    let plain: String = address
        .chars()
        .map(|c| {
            digit(c)
                .and_then(|n| char::from_digit(n, 10))
                .unwrap_or(if c.is_alphanumeric() { 'x' } else { ' ' })
        })
        .collect();
    // "110 001" is how many write it.
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let whole = |word: &str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()) && !word.starts_with('0');
    let joined = words
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if a.len() == 3 && b.len() == 3 => Some(format!("{a}{b}")),
            _ => None,
        })
        .rfind(|word| whole(word));
    words
        .iter()
        .rev()
        .find(|word| whole(word))
        .map(|word| (*word).to_owned())
        .or(joined)
}
