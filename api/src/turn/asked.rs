//! What engines outside the house said about one message. Each is asked once about it, however often its turn is tried; a turn that
//! was stored is known again by its message and not made from another answer.

use assistant::conversation::{Doubt, Opinion};
use domain::Language;

use super::Setup;

/// The answers so far.
#[derive(Default)]
pub(super) struct Asked {
    opinion: Option<(Doubt, Option<Opinion>)>,
    words: Option<Option<String>>,
}

impl Asked {
    /// The words of the voice note that the message brought, where somebody listens.
    pub(super) async fn words(&mut self, setup: &Setup, sound: &[u8], language: Language) -> Option<String> {
        let engine = setup.speech.as_ref()?;
        if self.words.is_none() {
            self.words = Some(engine.words(sound, language).await);
        }
        self.words.clone().flatten()
    }

    /// A second opinion, where somebody may be asked for one. A message that is in doubt for another reason when it is tried again is not
    /// asked about again.
    pub(super) async fn opinion(&mut self, setup: &Setup, doubt: Doubt) -> Option<Opinion> {
        let engine = setup.second_opinion.as_ref()?;
        if let Some((about, opinion)) = &self.opinion {
            return (*about == doubt).then(|| opinion.clone()).flatten();
        }
        let opinion = engine.on(&doubt).await;
        self.opinion = Some((doubt, opinion.clone()));
        opinion
    }
}
