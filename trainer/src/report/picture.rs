//! Which intent is taken for which, as a picture.

use std::fmt::{Error, Write as _};

use assistant::understand::Intent;

use crate::{
    corpus::name_of,
    measure::{Outcome, Share},
};

/// Width and height of a cell.
const CELL: usize = 34;
/// Where the first cell is.
const LEFT: usize = 196;
const TOP: usize = 212;
/// Shares above have their number in the cell.
const TOLD: f32 = 0.02;

/// Rows are what was meant, columns what was understood; shades are shares of the row.
pub(super) fn confusion(outcomes: &[Outcome]) -> Result<String, Error> {
    let side = CELL * Intent::ALL.len();
    let (width, height) = (LEFT + side + 44, TOP + side + 24);
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"Grid: \
         of the test lines of each intent, the share that is read as each intent\">\n\
         <style>\n\
         \x20 .page {{ fill: #ffffff }} .text {{ fill: #1c2430 }} .faint {{ fill: #5a6675 }} .line {{ stroke: #d5dbe3 }}\n\
         \x20 .right {{ fill: #58c79d }} .wrong {{ fill: #f08a7d }}\n\
         \x20 text {{ font: 12px system-ui, sans-serif }} .title {{ font-weight: 600; font-size: 17px }} .small {{ font-size: 11.5px }}\n\
         \x20 @media (prefers-color-scheme: dark) {{\n\
         \x20   .page {{ fill: #12171e }} .text {{ fill: #e6ebf2 }} .faint {{ fill: #a3afbe }} .line {{ stroke: #2a333f }}\n\
         \x20   .right {{ fill: #147a5a }} .wrong {{ fill: #a8443a }}\n\
         \x20 }}\n\
         </style>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"text title\" x=\"24\" y=\"34\">Which intent is read as which</text>\n\
         <text class=\"faint small\" x=\"24\" y=\"54\">{} test lines. Rows: what was meant, with the number of lines. Columns: what was understood. Numbers: \
         hundredths of the row, where above {:.0}.</text>",
        outcomes.len(),
        100.0 * TOLD,
    )?;
    for (place, intent) in Intent::ALL.into_iter().enumerate() {
        let (x, y) = (LEFT + CELL * place, TOP + CELL * place);
        let (middle, base) = (x + CELL / 2 + 4, TOP - 8);
        let name = name_of(intent);
        let lines = outcomes.iter().filter(|o| o.line.intent == intent).count();
        writeln!(
            out,
            "<text class=\"text\" transform=\"translate({middle} {base}) rotate(-60)\">{name}</text>"
        )?;
        let label = (LEFT - 8, y + CELL / 2 + 4);
        writeln!(
            out,
            "<text class=\"text\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{name} ({lines})</text>",
            label.0, label.1
        )?;
    }
    for (row, meant) in Intent::ALL.into_iter().enumerate() {
        for (column, found) in Intent::ALL.into_iter().enumerate() {
            let share = Share::count(outcomes.iter().filter(|o| o.line.intent == meant), |o| {
                o.meaning.intent == found
            });
            let (x, y) = (LEFT + CELL * column, TOP + CELL * row);
            if share.hits > 0 {
                let class = if row == column { "right" } else { "wrong" };
                // By the root: a share of a twentieth can still be seen.
                let shade = share.value().sqrt();
                writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" fill-opacity=\"{shade:.3}\"/>"
                )?;
            }
            if share.value() > TOLD {
                let (x, y) = (x + CELL / 2, y + CELL / 2 + 4);
                writeln!(
                    out,
                    "<text class=\"text\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{:.0}</text>",
                    100.0 * share.value()
                )?;
            }
        }
    }
    for place in 0..=Intent::ALL.len() {
        let at = CELL * place;
        writeln!(
            out,
            "<path class=\"line\" d=\"M{LEFT} {}h{side}M{} {TOP}v{side}\" stroke-width=\"1\"/>",
            TOP + at,
            LEFT + at
        )?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}
