//! The table of fields: label, Hindi value, English value; rows that never break across pages.

use domain::Language;

use super::super::face::Weight;
use super::super::shape::Shaper;
use super::super::text::words;
use super::super::{Page, PdfError, Row};
use super::parts::{row_of, width};
use super::plan::TablePlan;
use super::{Align, Block, Colour, Drawing, Element, MM, Role, Style};

/// Columns: left edge and width.
const LABEL: (f64, f64) = (18.0 * MM, 51.0 * MM);
const HINDI: (f64, f64) = (72.0 * MM, 58.0 * MM);
const ENGLISH: (f64, f64) = (132.0 * MM, 60.0 * MM);
const BOTH: (f64, f64) = (72.0 * MM, 120.0 * MM);
const PADDING: f64 = 1.15 * MM;
/// The whole width, for values under their label.
const WHOLE: (f64, f64) = (18.0 * MM, 174.0 * MM);

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

/// Sizes of a sum, in both languages.
const TOTAL: &[f64] = &[14.0, 12.5, 11.0, 10.0];

/// A row whose lines are broken but not yet placed.
pub(super) struct SetRow {
    label: [Block; 2],
    values: Values,
    height: f64,
    place: Place,
}

enum Values {
    Two { hindi: Block, english: Block },
    One(Block),
}

/// How label and values stand to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Beside each other in columns.
    Columns,
    /// The values under the label, whose two languages share a line or not.
    Stacked { one_line: bool },
}

/// A row's place on its page.
pub(super) struct Placed {
    row: usize,
    top: f64,
    height: f64,
}

pub(super) fn set_rows(page: &Page, plan: &TablePlan, shaper: &mut Shaper) -> Result<Vec<SetRow>, PdfError> {
    let last = page.rows.len().saturating_sub(1);
    let rows = page.rows.iter().enumerate();
    rows.map(|(index, row)| {
        let total = plan.total && index == last;
        set_row(shaper, index, row, plan, total)
    })
    .collect()
}

fn set_row(shaper: &mut Shaper, index: usize, row: &Row, plan: &TablePlan, total: bool) -> Result<SetRow, PdfError> {
    let mut set = |name: &str, text: &str, (_, width): (f64, f64), style: Style| {
        Block::set(shaper, &format!("rows[{index}].{name}"), text, width, style)
    };
    let column = |column| if plan.stacked { WHOLE } else { column };
    let large = |style| {
        if total {
            Style {
                weight: Weight::Bold,
                sizes: TOTAL,
                ..style
            }
        } else {
            style
        }
    };
    let (value_hindi, value_english) = match plan.stacked {
        false => (large(VALUE_HINDI), large(VALUE_ENGLISH)),
        // Sentences: bold ones would tire the eye.
        true => (
            Style {
                weight: Weight::Regular,
                ..VALUE_HINDI
            },
            VALUE_ENGLISH,
        ),
    };
    let label = [
        set("label.hi", &row.label.hi, column(LABEL), LABEL_HINDI)?,
        set("label.en", &row.label.en, column(LABEL), LABEL_ENGLISH)?,
    ];
    let values = match (&row.hi, &row.en) {
        (Some(hindi), Some(english)) => Values::Two {
            hindi: set("hi", hindi, column(HINDI), value_hindi)?,
            english: set("en", english, column(ENGLISH), value_english)?,
        },
        (Some(hindi), None) => Values::One(set("hi", hindi, column(BOTH), value_hindi)?),
        (None, Some(english)) => Values::One(set("en", english, column(BOTH), value_english)?),
        (None, None) => {
            let (english, hindi) = words::NOT_RECORDED;
            let quiet = |style| Style {
                weight: Weight::Regular,
                colour: Colour::Ink2,
                ..style
            };
            Values::Two {
                hindi: set("hi", hindi, column(HINDI), quiet(VALUE_HINDI))?,
                english: set("en", english, column(ENGLISH), quiet(VALUE_ENGLISH))?,
            }
        }
    };
    let [label_hindi, label_english] = &label;
    let both = width(shaper, label_hindi)? + width(shaper, label_english)? + 6.0;
    let place = match plan.stacked {
        false => Place::Columns,
        true => Place::Stacked {
            one_line: both <= WHOLE.1 && label.iter().all(|block| block.lines.len() == 1),
        },
    };
    let value_height = match (&values, place) {
        (Values::One(block), _) => block.height(),
        (Values::Two { hindi, english }, Place::Columns) => {
            hindi.height().max(lowered(hindi, english) + english.height())
        }
        (Values::Two { hindi, english }, Place::Stacked { .. }) => hindi.height() + english.height(),
    };
    let label_height: f64 = label.iter().map(Block::height).sum();
    let height = match place {
        Place::Columns => label_height.max(value_height),
        Place::Stacked { one_line: true } => label_hindi.height() + value_height,
        Place::Stacked { one_line: false } => label_height + value_height,
    };
    Ok(SetRow {
        height: (height + 2.0 * PADDING).max(plan.row_min),
        label,
        values,
        place,
    })
}

/// How far the English block must move down so that both first baselines agree.
fn lowered(hindi: &Block, english: &Block) -> f64 {
    (hindi.ascent() - english.ascent()).max(0.0)
}

/// Spreads the rows over pages. A row higher than a page is an error.
pub(super) fn paginate(rows: &[SetRow], plan: &TablePlan, statement_bottom: f64) -> Result<Vec<Vec<Placed>>, PdfError> {
    let mut pages = vec![Vec::new()];
    let mut top = plan.top.max(statement_bottom + 3.0 * MM);
    for (index, row) in rows.iter().enumerate() {
        if top + row.height > plan.bottom {
            top = plan.later;
            if top + row.height > plan.bottom {
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
pub(super) fn end(pages: &[Vec<Placed>], plan: &TablePlan, statement_bottom: f64) -> Option<(usize, f64)> {
    let page = pages.len().checked_sub(1)?;
    let bottom = pages
        .last()?
        .last()
        .map_or(plan.top.max(statement_bottom), |row| row.top + row.height);
    let top = bottom + 1.5 * MM;
    (top + 5.0 * MM <= plan.bottom).then_some((page, top))
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
        let (header, values_top) = self.header(shaper, page, top)?;
        let mut row = Element::new(Role::Row).with(header);
        match &self.values {
            Values::Two { hindi, english } => {
                let (hindi_at, english_at) = match self.place {
                    Place::Columns => (
                        (HINDI.0, top, HINDI.1),
                        (ENGLISH.0, top + lowered(hindi, english), ENGLISH.1),
                    ),
                    Place::Stacked { .. } => (
                        (WHOLE.0, values_top, WHOLE.1),
                        (WHOLE.0, values_top + hindi.height(), WHOLE.1),
                    ),
                };
                let cell = |kid| Element::new(Role::Cell { columns: 1 }).with(kid);
                row = row.with(cell(hindi.span(shaper, page, hindi_at, Align::Left)?));
                row = row.with(cell(english.span(shaper, page, english_at, Align::Left)?));
            }
            Values::One(block) => {
                let at = match self.place {
                    Place::Columns => (BOTH.0, top, BOTH.1),
                    Place::Stacked { .. } => (WHOLE.0, values_top, WHOLE.1),
                };
                let cell = Element::new(Role::Cell { columns: 2 });
                row = row.with(cell.with(block.span(shaper, page, at, Align::Left)?));
            }
        }
        Ok(row)
    }

    /// The label, and where it ends.
    fn header(&self, shaper: &mut Shaper, page: usize, top: f64) -> Result<(Element, f64), PdfError> {
        if self.place == (Place::Stacked { one_line: true }) {
            let [hindi, english] = &self.label;
            let element = row_of(shaper, Role::Header, page, (WHOLE.0, top), &[hindi, english])?;
            return Ok((element, top + hindi.height()));
        }
        let (left, wide) = if self.place == Place::Columns { LABEL } else { WHOLE };
        let mut header = Element::new(Role::Header);
        let mut y = top;
        for block in &self.label {
            header = header.with(block.span(shaper, page, (left, y, wide), Align::Left)?);
            y += block.height();
        }
        Ok((header, y))
    }
}

/// The lines under the rows: fine ones, and a strong one above and below a sum.
pub(super) fn rules(rows: &[Placed], count: usize, plan: &TablePlan) -> Vec<Drawing> {
    rows.iter()
        .map(|placed| {
            let strong = plan.total && placed.row + 2 >= count;
            Drawing::Rule {
                x: LABEL.0,
                y: placed.top + placed.height,
                length: WHOLE.1,
                thickness: if strong { 0.4 } else { 0.14 } * MM,
                colour: if strong { Colour::Key } else { Colour::Hair },
            }
        })
        .collect()
}
