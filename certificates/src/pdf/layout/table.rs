//! The table of fields: label, Hindi value, English value; rows that never break across pages.

use domain::Language;

use super::super::face::Weight;
use super::super::shape::Shaper;
use super::super::text::words;
use super::super::{Page, PdfError};
use super::{Align, Block, Colour, Drawing, Element, MM, Role, Style};

/// Columns: left edge and width.
const LABEL: (f64, f64) = (18.0 * MM, 51.0 * MM);
const HINDI: (f64, f64) = (72.0 * MM, 58.0 * MM);
const ENGLISH: (f64, f64) = (132.0 * MM, 60.0 * MM);
const BOTH: (f64, f64) = (72.0 * MM, 120.0 * MM);
/// The table ends above the verification block.
const BOTTOM: f64 = 209.0 * MM;
/// Where the table starts when the statement is short, and on every later page.
const TOP: f64 = 96.0 * MM;
const TOP_LATER: f64 = 82.0 * MM;
const PADDING: f64 = 1.15 * MM;
const ROW_MIN: f64 = 10.7 * MM;

const LABEL_HINDI: Style = Style {
    weight: Weight::Regular,
    colour: Colour::Ink2,
    language: Language::Hi,
    sizes: &[9.5, 8.5],
    lines: 2,
    lines_max: 6,
};
const LABEL_ENGLISH: Style = Style {
    weight: Weight::Regular,
    colour: Colour::Ink2,
    language: Language::En,
    sizes: &[8.5, 8.0],
    lines: 2,
    lines_max: 6,
};
const VALUE_HINDI: Style = Style {
    weight: Weight::Bold,
    colour: Colour::Ink,
    language: Language::Hi,
    sizes: &[11.5, 10.5, 9.5],
    lines: 2,
    lines_max: 24,
};
const VALUE_ENGLISH: Style = Style {
    weight: Weight::Regular,
    colour: Colour::Ink,
    language: Language::En,
    sizes: &[10.5, 10.0, 9.0],
    lines: 2,
    lines_max: 24,
};

/// A row whose lines are broken but not yet placed.
pub(super) struct SetRow {
    label: [Block; 2],
    values: Values,
    height: f64,
}

enum Values {
    Two { hindi: Block, english: Block },
    One(Vec<Block>),
}

/// A row's place on its page.
pub(super) struct Placed {
    row: usize,
    top: f64,
    height: f64,
}

pub(super) fn set_rows(page: &Page, shaper: &mut Shaper) -> Result<Vec<SetRow>, PdfError> {
    page.rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let mut set = |name: &str, text: &str, (_, width): (f64, f64), style: Style| {
                Block::set(shaper, &format!("rows[{index}].{name}"), text, width, style)
            };
            let label = [
                set("label.hi", &row.label.hi, LABEL, LABEL_HINDI)?,
                set("label.en", &row.label.en, LABEL, LABEL_ENGLISH)?,
            ];
            let values = match (&row.hi, &row.en) {
                (Some(hindi), Some(english)) => Values::Two {
                    hindi: set("hi", hindi, HINDI, VALUE_HINDI)?,
                    english: set("en", english, ENGLISH, VALUE_ENGLISH)?,
                },
                (Some(hindi), None) => Values::One(vec![set("hi", hindi, BOTH, VALUE_HINDI)?]),
                (None, Some(english)) => Values::One(vec![set("en", english, BOTH, VALUE_ENGLISH)?]),
                (None, None) => {
                    let (english, hindi) = words::NOT_RECORDED;
                    let quiet = |style| Style {
                        weight: Weight::Regular,
                        colour: Colour::Ink2,
                        ..style
                    };
                    Values::Two {
                        hindi: set("hi", hindi, HINDI, quiet(VALUE_HINDI))?,
                        english: set("en", english, ENGLISH, quiet(VALUE_ENGLISH))?,
                    }
                }
            };
            let value_height = match &values {
                Values::Two { hindi, english } => hindi.height().max(lowered(hindi, english) + english.height()),
                Values::One(blocks) => blocks.iter().map(Block::height).sum(),
            };
            let label_height: f64 = label.iter().map(Block::height).sum();
            Ok(SetRow {
                height: (label_height.max(value_height) + 2.0 * PADDING).max(ROW_MIN),
                label,
                values,
            })
        })
        .collect()
}

/// How far the English block must move down so that both first baselines agree.
fn lowered(hindi: &Block, english: &Block) -> f64 {
    (hindi.ascent() - english.ascent()).max(0.0)
}

/// Spreads the rows over pages. A row higher than a page is an error.
pub(super) fn paginate(rows: &[SetRow], statement_bottom: f64) -> Result<Vec<Vec<Placed>>, PdfError> {
    let mut pages = vec![Vec::new()];
    let mut top = TOP.max(statement_bottom + 3.0 * MM);
    for (index, row) in rows.iter().enumerate() {
        if top + row.height > BOTTOM {
            top = TOP_LATER;
            if top + row.height > BOTTOM {
                return Err(PdfError::NoRoom {
                    field: format!("rows[{index}]"),
                });
            }
            pages.push(Vec::new());
        }
        if let Some(page) = pages.last_mut() {
            page.push(Placed {
                row: index,
                top,
                height: row.height,
            });
        }
        top += row.height;
    }
    Ok(pages)
}

/// Page and height at which the entries end, if there is room to say so.
pub(super) fn end(pages: &[Vec<Placed>], statement_bottom: f64) -> Option<(usize, f64)> {
    let page = pages.len().checked_sub(1)?;
    let bottom = pages
        .last()?
        .last()
        .map_or(TOP.max(statement_bottom), |row| row.top + row.height);
    let top = bottom + 1.5 * MM;
    (top + 5.0 * MM <= BOTTOM).then_some((page, top))
}

pub(super) fn element(shaper: &mut Shaper, rows: &[SetRow], pages: &[Vec<Placed>]) -> Result<Element, PdfError> {
    let mut table = Element::new(Role::Table);
    for (page, placed_rows) in pages.iter().enumerate() {
        for placed in placed_rows {
            if let Some(row) = rows.get(placed.row) {
                table = table.with(row.element(shaper, page, placed.top)?);
            }
        }
    }
    Ok(table)
}

impl SetRow {
    fn element(&self, shaper: &mut Shaper, page: usize, row_top: f64) -> Result<Element, PdfError> {
        let top = row_top + PADDING;
        let mut header = Element::new(Role::Header);
        let mut y = top;
        for block in &self.label {
            header = header.with(block.span(shaper, page, (LABEL.0, y, LABEL.1), Align::Left)?);
            y += block.height();
        }
        let mut row = Element::new(Role::Row).with(header);
        match &self.values {
            Values::Two { hindi, english } => {
                let down = lowered(hindi, english);
                let cell = |kid| Element::new(Role::Cell { columns: 1 }).with(kid);
                row = row.with(cell(hindi.span(shaper, page, (HINDI.0, top, HINDI.1), Align::Left)?));
                row = row.with(cell(english.span(
                    shaper,
                    page,
                    (ENGLISH.0, top + down, ENGLISH.1),
                    Align::Left,
                )?));
            }
            Values::One(blocks) => {
                let mut cell = Element::new(Role::Cell { columns: 2 });
                let mut y = top;
                for block in blocks {
                    cell = cell.with(block.span(shaper, page, (BOTH.0, y, BOTH.1), Align::Left)?);
                    y += block.height();
                }
                row = row.with(cell);
            }
        }
        Ok(row)
    }
}

/// The fine lines under the rows.
pub(super) fn rules(rows: &[Placed]) -> Vec<Drawing> {
    rows.iter()
        .map(|placed| Drawing::Rule {
            x: LABEL.0,
            y: placed.top + placed.height,
            length: 174.0 * MM,
            thickness: 0.14 * MM,
            colour: Colour::Hair,
        })
        .collect()
}
