//! Papers that were looked at and cannot be read: said at once, while they can be taken again. Nobody is held up for ever by a
//! poor camera: the second time the picture may be kept as it is, with a note for the officer.

use domain::{ApplicationNumber, PaperFinding};

use super::{
    dialogue::Dialogue,
    state::{Act, Mode, Place, Unusable, Wanted},
};
use crate::{
    reply::Reply,
    said::{Paper, Said},
    words::{Text, paper_finding},
};

/// From so many unusable pictures on, the last may be kept.
const TIMES_UNTIL_KEPT: u8 = 2;

impl Dialogue<'_> {
    /// Counts it; answers whether it may be kept.
    fn count_unusable(&mut self, wanted: Wanted, paper: &Paper) -> bool {
        let before = self.state.unusable.take().filter(|before| before.wanted == wanted);
        let times = before.map_or(0, |before| before.times).saturating_add(1);
        let may_be_kept = times >= TIMES_UNTIL_KEPT;
        self.state.unusable = Some(Unusable {
            wanted,
            times,
            last: may_be_kept.then(|| paper.clone()),
        });
        may_be_kept
    }

    /// In a form: what is wrong, how to do better, and the same question again.
    pub(super) fn unusable_paper(
        &mut self,
        code: &str,
        place: &Place,
        finding: PaperFinding,
        paper: &Paper,
    ) -> Option<Reply> {
        self.first_say(paper_finding(finding), &[]);
        if finding.is_of_the_file() {
            return self.repeat();
        }
        let wanted = Wanted::Place {
            service: code.to_owned(),
            place: place.clone(),
        };
        if self.count_unusable(wanted, paper) {
            self.first_say(Text::PaperMayBeKept, &[]);
        }
        self.ask()
    }

    /// The button that keeps the last picture, once there is one to keep.
    pub(super) fn keep_offer(&self, code: &str, place: &Place) -> Option<(Act, Text)> {
        let unusable = self.state.unusable.as_ref()?;
        let here = matches!(&unusable.wanted, Wanted::Place { service, place: p } if service == code && p == place);
        let paper = unusable.last.clone().filter(|_| here)?;
        let act = Act::KeepPaper {
            service: code.to_owned(),
            place: place.clone(),
            paper,
        };
        Some((act, Text::ButtonKeepPaper))
    }

    pub(super) fn keep_paper(&mut self, code: &str, place: &Place, paper: &Paper) -> Option<Reply> {
        self.take_paper(code, place, &as_it_is(paper))
    }

    /// To the office: asked for again once, then sent as it is if that is wished.
    pub(super) fn unusable_answer(
        &mut self,
        number: &ApplicationNumber,
        finding: PaperFinding,
        paper: &Paper,
    ) -> Option<Reply> {
        self.first_say(paper_finding(finding), &[]);
        let wanted = Wanted::Answer {
            application: number.clone(),
        };
        if finding.is_of_the_file() || !self.count_unusable(wanted, paper) {
            return self.ask_answer(number);
        }
        self.state.mode = Mode::AnswerWhat {
            application: number.clone(),
            said: Said::Paper(as_it_is(paper)),
        };
        let body = self.label(Text::PaperMayBeKept);
        self.buttons(
            &body,
            vec![
                (Act::SendAnswer(number.clone()), Text::ButtonKeepPaper),
                (Act::Answer(number.clone()), Text::ButtonAgain),
                (Act::DropAnswer, Text::ButtonNotNow),
            ],
        )
    }

    /// What is noted on a paper that was taken.
    pub(super) fn say_noted(&mut self, notes: &[PaperFinding]) {
        match notes.first() {
            None => {}
            Some(_) if notes.contains(&PaperFinding::KeptAllTheSame) => self.first_say(Text::PaperKept, &[]),
            Some(PaperFinding::SameFile) => self.first_say(Text::PaperSameFile, &[]),
            Some(_) => self.first_say(Text::PaperNoted, &[]),
        }
    }
}

/// The same picture, taken with what was found as notes.
fn as_it_is(paper: &Paper) -> Paper {
    let mut paper = paper.clone();
    paper.notes.append(&mut paper.refused);
    if !paper.notes.contains(&PaperFinding::KeptAllTheSame) {
        paper.notes.push(PaperFinding::KeptAllTheSame);
    }
    paper
}
