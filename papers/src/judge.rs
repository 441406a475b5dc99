//! What the measures mean for a paper that was asked for.

use domain::{PaperFinding, catalogue::Shows};

use crate::Measures;

/// Fewer tiles of writing, and nothing can be read on it...
const WRITING_LEAST: usize = 4;
/// ...fewer than these, and it is doubtful.
const WRITING_ENOUGH: usize = 12;
/// Letters are read from a height of five pixels on. On a page of A4 with print of ten points, whose small letters are 1.9 mm
/// high, that is 2.6 pixels to the millimetre (67 dots an inch): 552 pixels across the page.
const SHORT_SIDE_PAGE: usize = 550;
/// On the smallest of the papers, a card 54 mm high with print of seven points (1.3 mm), it is 208 pixels.
const SHORT_SIDE_LEAST: usize = 200;
/// Print of a portrait for a card is 35 mm across: 150 dots an inch, and the half.
const PORTRAIT_SHORT_SIDE: usize = 300;
const PORTRAIT_SHORT_SIDE_LEAST: usize = 150;
/// Edges of so many pixels at 1,600, where nothing can be read: it is the focus.
const EDGE_BLURRED: f32 = 3.8;
/// The same of a picture in which nothing is to be read: doubtful, and of no use.
const SCENE_EDGE_SOFT: f32 = 6.0;
const SCENE_EDGE_BLURRED: f32 = 9.0;
/// Light of the ground.
const LIGHT_LEAST: f32 = 40.0;
const LIGHT_ENOUGH: f32 = 75.0;
/// Ink and paper.
const CONTRAST_ENOUGH: f32 = 0.2;
/// Burnt out.
const BURNT_MUCH: f32 = 0.2;
/// A picture of which so much is written is a page.
const WRITTEN_PAGE: f32 = 0.25;
const WRITTEN_PERHAPS: f32 = 0.12;
/// Less than this shows anything at all.
const SHOWN_LEAST: f32 = 0.01;

/// Why a picture is refused, and what is noted on one that is taken.
pub(crate) fn judged(measures: &Measures, shows: Shows) -> (Vec<PaperFinding>, Vec<PaperFinding>) {
    match shows {
        Shows::Writing => writing(measures),
        Shows::Portrait | Shows::Scene => scene(measures, shows),
    }
}

fn writing(measures: &Measures) -> (Vec<PaperFinding>, Vec<PaperFinding>) {
    if measures.short_side < SHORT_SIDE_LEAST {
        return (vec![PaperFinding::Small], vec![]);
    }
    if measures.writing < WRITING_LEAST {
        return (vec![why_unread(measures)], vec![]);
    }
    if measures.writing < WRITING_ENOUGH {
        return (vec![], vec![why_unread(measures)]);
    }
    let mut notes = vec![];
    if measures.light < LIGHT_ENOUGH {
        notes.push(PaperFinding::Dark);
    }
    if measures.contrast > 0.0 && measures.contrast < CONTRAST_ENOUGH {
        notes.push(PaperFinding::Faded);
    }
    if measures.burnt_share > BURNT_MUCH {
        notes.push(PaperFinding::Glare);
    }
    (vec![], notes)
}

/// The likeliest reason why hardly any writing is seen.
fn why_unread(measures: &Measures) -> PaperFinding {
    if measures.light < LIGHT_LEAST {
        PaperFinding::Dark
    } else if measures.burnt_share > BURNT_MUCH {
        PaperFinding::Glare
    } else if measures.shown_share < SHOWN_LEAST {
        PaperFinding::Blank
    } else if measures.short_side < SHORT_SIDE_PAGE {
        PaperFinding::Small
    } else if measures.edge > EDGE_BLURRED {
        PaperFinding::Blurred
    } else {
        PaperFinding::NoWriting
    }
}

fn scene(measures: &Measures, shows: Shows) -> (Vec<PaperFinding>, Vec<PaperFinding>) {
    let (mut refused, mut notes) = (vec![], vec![]);
    if measures.short_side < PORTRAIT_SHORT_SIDE_LEAST {
        refused.push(PaperFinding::Small);
    } else if measures.short_side < PORTRAIT_SHORT_SIDE {
        notes.push(PaperFinding::Small);
    }
    if measures.light < LIGHT_LEAST {
        refused.push(PaperFinding::Dark);
    } else if measures.shown_share < SHOWN_LEAST {
        refused.push(PaperFinding::Blank);
    } else if measures.edge > SCENE_EDGE_BLURRED {
        refused.push(PaperFinding::Blurred);
    } else if measures.edge > SCENE_EDGE_SOFT {
        notes.push(PaperFinding::Blurred);
    }
    if shows == Shows::Portrait {
        if measures.written_share > WRITTEN_PAGE {
            refused.push(PaperFinding::NotAPortrait);
        } else if measures.written_share > WRITTEN_PERHAPS {
            notes.push(PaperFinding::NotAPortrait);
        }
    }
    (refused, notes)
}
