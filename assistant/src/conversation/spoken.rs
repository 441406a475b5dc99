//! A voice note in the words that an engine has heard: read as if they were typed, and bound to less.
//!
//! An engine may mishear, and a recording may be anybody's. So the words are shown back, and a turn that would hand something in, take
//! it back, agree, answer the office, ask to be forgotten or throw an unfinished form away is undone: that wants a tap or a written word.

use super::{
    Effect, HandoffReason,
    dialogue::{Dialogue, Mark},
};
use crate::{
    reply::Reply,
    said::Said,
    understand::{Candidate, Intent},
    words::{Text, shortened},
};

/// So much of what was heard is shown back, in UTF-16 units.
const SHOWN_MAX: usize = 300;

impl Dialogue<'_> {
    pub(super) fn hear_spoken(&mut self, words: &str) -> Option<Reply> {
        let shown = shortened(words, SHOWN_MAX);
        let before = self.mark();
        self.first_say(Text::Heard, &[("words", &shown)]);
        let reply = self.hear(&Said::Text(words.to_owned()));
        if self.may_follow_from_a_voice(&before) {
            return reply;
        }
        let erasure = |effect: &Effect| {
            matches!(
                effect,
                Effect::Handoff {
                    reason: HandoffReason::Erasure
                }
            )
        };
        let erases = self.effects.iter().any(erasure);
        self.back_to_mark(before);
        self.first_say(Text::Heard, &[("words", &shown)]);
        self.first_say(Text::VoiceTap, &[]);
        if erases {
            return self.clarify(&[Candidate {
                intent: Intent::EraseMyData,
                service: None,
                confidence: 1.0,
            }]);
        }
        self.again()
    }

    fn may_follow_from_a_voice(&self, before: &Mark) -> bool {
        let leads = |effect: &Effect| match effect {
            Effect::ChooseLanguage(_) | Effect::SendCertificate { .. } | Effect::Verify(_) => true,
            Effect::Handoff { reason } => *reason != HandoffReason::Erasure,
            Effect::GiveConsent { .. } | Effect::Submit { .. } | Effect::Answer { .. } | Effect::Withdraw { .. } => {
                false
            }
        };
        // One answer may be corrected; a form with several does not become an empty one.
        let kept = before.state.drafts.iter().all(|draft| {
            let given = draft.answers.len() + draft.papers.len();
            let after = self.state.draft(&draft.service);
            after.is_some_and(|after| given <= 1 || after.answers.len() + after.papers.len() > 0)
        });
        self.effects.iter().all(leads) && kept
    }
}
