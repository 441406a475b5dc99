//! What engines outside the house said about one message. Each is asked once about it, however often its turn is tried; a turn that
//! was stored is known again by its message and not made from another answer.

use assistant::conversation::{Doubt, Opinion};

use super::Setup;

/// The answers so far.
#[derive(Default)]
pub(super) struct Asked {
    opinion: Option<(Doubt, Option<Opinion>)>,
}

impl Asked {
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
