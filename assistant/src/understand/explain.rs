//! Why a message was read so, for somebody who wants to see it. Nothing here is on the way of a message: it reads one message many
//! times, once without each of its words.

use std::ops::Range;

use super::{
    Context, Intent, Meaning, Understander,
    normal::with_plain_digits,
    numbers, spoken, tokens,
    written::{self, Word},
};

/// How a message was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What it means.
    pub meaning: Meaning,
    /// Read from the table of fixed words, bare names and bare numbers: no word was weighed.
    pub by_table: bool,
    /// Below this confidence it asks back.
    pub ask_below: f32,
    /// From this score on the message counts as nothing of ours.
    pub out_of_scope_from: f32,
    /// The words, in order; none when [`Explanation::by_table`]. At most [`WEIGHED_MAX`].
    pub words: Vec<Weighed>,
    /// Where the particulars stand, in order, apart from each other. One that stands nowhere as it was read is left out.
    pub marks: Vec<Mark>,
}

/// How much surer the reading is because one word stands there: the log-odds of the chosen class in its head with the whole message,
/// less those without the word. Above 0 it spoke for it, below 0 against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Where the word stands, in bytes.
    pub place: Range<usize>,
    /// For the intent.
    pub intent: f32,
    /// For the service, or for there being none.
    pub service: f32,
}

/// A particular, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// In bytes.
    pub place: Range<usize>,
    /// The slot's name.
    pub slot: String,
}

/// So many words are weighed, from the first one on.
pub const WEIGHED_MAX: usize = 40;
/// So many words a particular has at most.
const SPAN_MAX: usize = 8;

impl Understander {
    /// What the message means, and why.
    #[must_use]
    pub fn explain(&self, text: &str, context: &Context) -> Explanation {
        let meaning = self.understand(text, context);
        let all = self.words(text);
        let by_table = all.is_empty() || self.read_in_tables(&all, &meaning.slots, context).is_some();
        let mut words = written::words(text);
        words.truncate(WEIGHED_MAX);
        Explanation {
            by_table,
            ask_below: self.model.ask_below,
            out_of_scope_from: self.model.out_of_scope_from,
            words: if by_table {
                Vec::new()
            } else {
                self.weighed(text, &words, &meaning)
            },
            marks: self.marks(text, &words, &meaning),
            meaning,
        }
    }

    fn weighed(&self, text: &str, words: &[Word], meaning: &Meaning) -> Vec<Weighed> {
        let whole = self.odds(text, meaning);
        let mut without = String::with_capacity(text.len());
        let weighed = words.iter().map(|word| {
            without.clear();
            without.push_str(text.get(..word.start).unwrap_or_default());
            without.push_str(text.get(word.end..).unwrap_or_default());
            let odds = self.odds(&without, meaning);
            Weighed {
                place: word.start..word.end,
                intent: whole.0 - odds.0,
                service: whole.1 - odds.1,
            }
        });
        weighed.collect()
    }

    /// The log-odds of what was chosen, as each head by itself gives them. A service that the model does not know has none.
    fn odds(&self, text: &str, meaning: &Meaning) -> (f32, f32) {
        let scores = self.model.scores(&self.features(text));
        let intent = Intent::ALL.iter().position(|intent| *intent == meaning.intent);
        let services = self.model.services();
        let service = match &meaning.service {
            Some(code) => services.iter().position(|known| known == code),
            None => Some(services.len()),
        };
        let of = |class: Option<usize>, shares: &[f32]| {
            class.and_then(|class| shares.get(class)).map_or(0.0, |share| {
                let share = share.clamp(1e-4, 1.0 - 1e-4);
                (share / (1.0 - share)).ln()
            })
        };
        (of(intent, &scores.intents), of(service, &scores.services))
    }

    fn marks(&self, text: &str, words: &[Word], meaning: &Meaning) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        // The longest first: a day in a date may look like an age.
        let mut slots: Vec<_> = meaning.slots.iter().collect();
        slots.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (slot, value) in slots {
            let free = |place: &Range<usize>| {
                let apart = |mark: &Mark| mark.place.end <= place.start || place.end <= mark.place.start;
                marks.iter().all(apart)
            };
            if let Some(place) = self.place_of(text, words, (slot, value), free) {
                marks.push(Mark {
                    place,
                    slot: slot.clone(),
                });
            }
        }
        marks.sort_by_key(|mark| mark.place.start);
        marks
    }

    /// The shortest run of words that says the value by itself: as it stands there, or else as the grammars read it.
    fn place_of(
        &self,
        text: &str,
        words: &[Word],
        (slot, value): (&str, &str),
        free: impl Fn(&Range<usize>) -> bool,
    ) -> Option<Range<usize>> {
        let written = squeezed(value);
        let says = |piece: &str, read: bool| {
            if read {
                self.reads(piece, slot, value)
            } else {
                squeezed(piece) == written
            }
        };
        [false, true].into_iter().find_map(|read| {
            (1..=SPAN_MAX.min(words.len())).find_map(|length| {
                words.windows(length).find_map(|run| {
                    let place = run.first()?.start..run.last()?.end;
                    let piece = text.get(place.clone())?;
                    (free(&place) && says(piece, read)).then_some(place)
                })
            })
        })
    }

    /// Does this piece of a message say the value?
    fn reads(&self, piece: &str, slot: &str, value: &str) -> bool {
        let words = tokens(piece);
        let number = match slot {
            "age" => spoken::number(&words).map(|years| format!("{:.0}", years.trunc())),
            "annual_income" => numbers::amount(piece).map(|rupees| rupees.to_string()),
            _ => None,
        };
        let monthly = || {
            slot == "annual_income"
                && numbers::amount(piece)
                    .and_then(|rupees| rupees.checked_mul(12))
                    .map(|rupees| rupees.to_string())
                    == Some(value.to_owned())
        };
        let asked = Context {
            awaiting: Some(slot.to_owned()),
            ..Context::default()
        };
        number.as_deref() == Some(value)
            || monthly()
            || self.understand(piece, &asked).slots.values().any(|said| said == value)
    }
}

/// Letters and digits alone, in one case.
fn squeezed(text: &str) -> String {
    let plain = with_plain_digits(text);
    plain
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '/' | '.'))
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::catalogue::Catalogue;
    use proptest::prelude::*;

    use super::*;

    fn reader() -> Understander {
        Understander::new(Catalogue::embedded().unwrap()).unwrap()
    }

    fn marked(reader: &Understander, text: &str) -> Vec<(String, String)> {
        let explained = reader.explain(text, &Context::default());
        let told = explained.marks.iter();
        told.map(|mark| (mark.slot.clone(), text[mark.place.clone()].to_owned()))
            .collect()
    }

    #[test]
    fn particulars_are_found_where_they_stand() {
        let reader = reader();
        let text = "PIN 110059 hai, phone 98101 23456, gaadi DL 8C AB 1234";
        let found = marked(&reader, text);
        for (slot, words) in [
            ("pin", "110059"),
            ("phone", "98101 23456"),
            ("vehicle_number", "DL 8C AB 1234"),
        ] {
            assert!(
                found.contains(&(slot.to_owned(), words.to_owned())),
                "{slot}: {found:?}"
            );
        }
        let found = marked(&reader, "मेरा पिन ११००५९ है और आवेदन APP-2026-000123");
        assert!(found.contains(&("pin".to_owned(), "११००५९".to_owned())), "{found:?}");
        assert!(
            found.contains(&("application_number".to_owned(), "APP-2026-000123".to_owned())),
            "{found:?}"
        );
        // The day of the month was taken for an age; the date has the place.
        let found = marked(&reader, "naam Imran Ali, 12/4/2006 ka janm hai");
        assert!(found.contains(&("dob".to_owned(), "12/4/2006".to_owned())), "{found:?}");
        let found = marked(&reader, "beti ka janm 14 august 2019 ko hua");
        assert!(
            found.contains(&("dob".to_owned(), "14 august 2019".to_owned())),
            "{found:?}"
        );
    }

    #[test]
    fn a_word_that_names_the_service_speaks_for_it() {
        let reader = reader();
        let text = "mujhe apne bete ke liye janam praman patra kal tak banwana hai bhaiya";
        let explained = reader.explain(text, &Context::default());
        assert_eq!(explained.meaning.service.as_deref(), Some("birth_certificate"));
        assert!(!explained.by_table);
        let of = |word: &str| {
            explained
                .words
                .iter()
                .find(|w| text[w.place.clone()] == *word)
                .unwrap()
                .service
        };
        assert!(of("janam") > 1.0 && of("janam") > of("bhaiya"), "{explained:?}");
    }

    #[test]
    fn what_stands_in_a_table_was_not_weighed() {
        let reader = reader();
        for text in ["namaste", "APP-2026-000123", "janam praman patra", ""] {
            let explained = reader.explain(text, &Context::default());
            assert!(explained.by_table && explained.words.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_long_message_is_weighed_to_its_bound() {
        let reader = reader();
        let of = |count: usize| {
            let text = "kachcha makaan ".repeat(count / 2);
            reader.explain(&text, &Context::default()).words.len()
        };
        assert_eq!((of(WEIGHED_MAX), of(WEIGHED_MAX + 2)), (WEIGHED_MAX, WEIGHED_MAX));
        assert_eq!(of(WEIGHED_MAX - 2), WEIGHED_MAX - 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn places_lie_in_the_text_in_order(text in "([a-zअ-ह0-9 .,/-]|[ािी्]|\u{200D}|😀){0,60}") {
            let explained = reader().explain(&text, &Context::default());
            for (places, what) in [
                (explained.words.iter().map(|w| w.place.clone()).collect::<Vec<_>>(), "word"),
                (explained.marks.iter().map(|m| m.place.clone()).collect(), "mark"),
            ] {
                let mut end = 0;
                for place in places {
                    prop_assert!(place.start >= end, "{what} {place:?}");
                    prop_assert!(text.get(place.clone()).is_some_and(|piece| !piece.is_empty()), "{what} {place:?}");
                    end = place.end;
                }
            }
            prop_assert!(explained.words.iter().all(|w| w.intent.is_finite() && w.service.is_finite()));
        }
    }
}
