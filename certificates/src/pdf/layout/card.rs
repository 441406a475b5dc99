//! The card: front and back beside each other at the foot of the sheet, to be cut out and folded. The front says who holds
//! what, in as many rows as fit, in the order of the catalogue; the sheet above says everything. The back has the QR code.

use domain::Language;

use super::super::face::Weight;
use super::super::shape::Shaper;
use super::super::text::words;
use super::super::{Page, PdfError, Row};
use super::parts::{LEFT, SMALL_EN, SMALL_HI, Verify, code_element, pair, row_of, signed, style, width};
use super::plan::Plan;
use super::{Align, Block, Colour, Drawing, Element, MM, Role, Style};

/// ISO/IEC 7810, ID-1.
const CARD: (f64, f64) = (85.6 * MM, 54.0 * MM);
const TOP: f64 = 219.0 * MM;
const FOLD: f64 = LEFT + CARD.0;
const MARGIN: f64 = 3.0 * MM;
const FRONT: (f64, f64) = (LEFT + MARGIN, CARD.0 - 2.0 * MARGIN);
/// Beside the QR code.
const BACK: (f64, f64) = (FOLD + MARGIN, 41.0 * MM);
const BOTTOM: f64 = TOP + CARD.1 - 2.0 * MM;

const TINY_HI: Style = style(Weight::Regular, Colour::Ink2, Language::Hi, &[5.5], 1, 3);
const TINY_EN: Style = style(Weight::Regular, Colour::Ink2, Language::En, &[5.5], 1, 3);

/// The cut line around both sides and the fold between them.
pub(super) fn frame() -> Vec<Drawing> {
    let (thickness, colour) = (0.14 * MM, Colour::Ink2);
    let across = [TOP, TOP + CARD.1].map(|y| Drawing::Rule {
        x: LEFT,
        y,
        length: 2.0 * CARD.0,
        thickness,
        colour,
    });
    let down = [LEFT, FOLD, FOLD + CARD.0].map(|x| Drawing::Upright {
        x,
        y: TOP,
        length: CARD.1,
        thickness,
        colour,
    });
    across.into_iter().chain(down).collect()
}

/// Issuer and instruction, front, back, the line about the signature.
pub(super) fn elements(
    page: &Page,
    plan: &Plan,
    verify: &Verify,
    shaper: &mut Shaper,
) -> Result<Vec<Element>, PdfError> {
    let mut elements = Vec::new();
    let mut y = plan.verify_top + 1.6 * MM;
    elements.extend(verify.issuer(shaper, 0, &mut y)?);
    if y > TOP - 5.0 * MM {
        return Err(PdfError::NoRoom {
            field: "office".to_owned(),
        });
    }
    let [hindi, english] = pair(shaper, words::CUT, SMALL_HI, SMALL_EN, FRONT.1)?;
    let at = (LEFT, TOP - 4.6 * MM);
    elements.push(row_of(shaper, Role::P, 0, at, &[&hindi, &english])?);
    elements.extend(front(page, shaper)?);
    elements.extend(back(page, plan, verify, shaper)?);
    elements.push(signed(shaper, 0, plan.signed_top)?);
    Ok(elements)
}

/// Paragraphs of one column, one under the other.
struct Column<'a> {
    shaper: &'a mut Shaper,
    at: (f64, f64),
    y: f64,
    elements: Vec<Element>,
}

impl Column<'_> {
    /// Two texts, on one line if they fit.
    fn both(&mut self, hindi: &Block, english: &Block) -> Result<(), PdfError> {
        let (x, wide) = self.at;
        let single = hindi.lines.len() == 1 && english.lines.len() == 1;
        if single && width(self.shaper, hindi)? + width(self.shaper, english)? + 6.0 <= wide {
            let element = row_of(self.shaper, Role::P, 0, (x, self.y), &[hindi, english])?;
            self.elements.push(element);
            self.y += hindi.height().max(english.height());
            return Ok(());
        }
        let mut element = Element::new(Role::P);
        for block in [hindi, english] {
            element = element.with(block.span(self.shaper, 0, (x, self.y, wide), Align::Left)?);
            self.y += block.height();
        }
        self.elements.push(element);
        Ok(())
    }

    fn texts(&mut self, field: &str, (en, hi): (&str, &str), hindi: Style, english: Style) -> Result<(), PdfError> {
        let wide = self.at.1;
        let hindi = Block::set(self.shaper, &format!("{field}.hi"), hi, wide, hindi)?;
        let english = Block::set(self.shaper, &format!("{field}.en"), en, wide, english)?;
        self.both(&hindi, &english)
    }

    /// A card that was cut out has lost the sheet's warning, so each side has its own.
    fn demonstration(&mut self, page: &Page) -> Result<(), PdfError> {
        if !page.demo {
            return Ok(());
        }
        let hi = style(Weight::Bold, Colour::Warning, Language::Hi, &[7.0], 1, 2);
        let en = style(Weight::Bold, Colour::Warning, Language::En, &[7.0], 1, 2);
        self.texts("fixed words", words::DEMONSTRATION, hi, en)
    }

    fn text(&mut self, field: &str, text: &str, style: Style) -> Result<(), PdfError> {
        let (x, wide) = self.at;
        let block = Block::set(self.shaper, field, text, wide, style)?;
        let span = block.span(self.shaper, 0, (x, self.y, wide), Align::Left)?;
        self.elements.push(Element::new(Role::P).with(span));
        self.y += block.height();
        Ok(())
    }
}

fn front(page: &Page, shaper: &mut Shaper) -> Result<Vec<Element>, PdfError> {
    let hi = |weight, colour, sizes| style(weight, colour, Language::Hi, sizes, 1, 2);
    let en = |weight, colour, sizes| style(weight, colour, Language::En, sizes, 1, 2);
    let mut column = Column {
        shaper,
        at: FRONT,
        y: TOP + 2.0 * MM,
        elements: Vec::new(),
    };
    let department = (page.department.en.as_str(), page.department.hi.as_str());
    column.texts(
        "department",
        department,
        hi(Weight::Bold, Colour::Key, &[7.5, 6.5, 6.0]),
        en(Weight::Regular, Colour::Ink, &[6.5, 6.0, 5.5]),
    )?;
    column.texts(
        "title",
        (&page.title.en, &page.title.hi),
        hi(Weight::Bold, Colour::Ink, &[9.5, 8.0, 7.0]),
        en(Weight::Regular, Colour::Ink, &[8.0, 7.0, 6.0]),
    )?;
    let number = style(Weight::Bold, Colour::Ink, Language::En, &[9.0, 8.0, 7.0], 1, 2);
    column.text("number", &page.number, number)?;
    column.demonstration(page)?;
    // The end of its time stands at the foot, whatever comes between.
    let mut foot = Column {
        shaper: &mut *column.shaper,
        at: FRONT,
        y: 0.0,
        elements: Vec::new(),
    };
    let days = |foot: &mut Column| {
        foot.texts("valid_until", words::VALID, TINY_HI, TINY_EN)?;
        foot.texts(
            "valid_until",
            (&page.valid_until.en, &page.valid_until.hi),
            hi(Weight::Bold, Colour::Ink, &[7.0, 6.0]),
            en(Weight::Regular, Colour::Ink, &[7.0, 6.0]),
        )
    };
    days(&mut foot)?;
    let end = BOTTOM - foot.y;
    if column.y > end {
        return Err(PdfError::NoRoom {
            field: "title".to_owned(),
        });
    }
    for (index, row) in page.rows.iter().enumerate() {
        let (y, count) = (column.y, column.elements.len());
        row_on_card(&mut column, index, row)?;
        if column.y > end {
            column.y = y;
            column.elements.truncate(count);
            break;
        }
    }
    column.y = end;
    days(&mut column)?;
    Ok(column.elements)
}

fn row_on_card(column: &mut Column, index: usize, row: &Row) -> Result<(), PdfError> {
    let field = format!("rows[{index}]");
    let hindi = style(Weight::Bold, Colour::Ink, Language::Hi, &[7.5, 6.5, 6.0], 1, 24);
    let english = style(Weight::Regular, Colour::Ink, Language::En, &[7.0, 6.5, 6.0], 1, 24);
    match (&row.hi, &row.en) {
        (None, None) => Ok(()),
        (hi, en) => {
            column.texts(&field, (&row.label.en, &row.label.hi), TINY_HI, TINY_EN)?;
            match (hi, en) {
                (Some(hi), Some(en)) => column.texts(&field, (en, hi), hindi, english),
                (Some(hi), None) => column.text(&field, hi, hindi),
                (None, Some(en)) => column.text(&field, en, english),
                (None, None) => Ok(()),
            }
        }
    }
}

fn back(page: &Page, plan: &Plan, verify: &Verify, shaper: &mut Shaper) -> Result<Vec<Element>, PdfError> {
    let hi = style(Weight::Regular, Colour::Ink, Language::Hi, &[6.5, 6.0], 2, 3);
    let en = style(Weight::Regular, Colour::Ink2, Language::En, &[6.5, 6.0], 2, 3);
    let mut column = Column {
        shaper,
        at: BACK,
        y: TOP + 2.5 * MM,
        elements: Vec::new(),
    };
    let heading_hi = style(Weight::Bold, Colour::Key, Language::Hi, &[8.5], 1, 2);
    let heading_en = style(Weight::Regular, Colour::Key, Language::En, &[7.5], 1, 2);
    column.texts("fixed words", words::VERIFY, heading_hi, heading_en)?;
    if let Some(heading) = column.elements.last_mut() {
        heading.role = Role::H2;
    }
    column.y += 0.8 * MM;
    column.texts("fixed words", words::SCAN, hi, en)?;
    column.texts("fixed words", words::ADDRESS, hi, en)?;
    let host = style(Weight::Bold, Colour::Key, Language::En, &[8.5, 7.5, 6.5, 6.0], 1, 3);
    column.text("host", &page.host, host)?;
    if let Some(number) = &page.whatsapp {
        column.y += 0.8 * MM;
        column.texts("fixed words", words::WHATSAPP, hi, en)?;
        column.text("whatsapp", number, host)?;
    }
    column.y += 0.8 * MM;
    column.demonstration(page)?;
    if column.y > BOTTOM {
        return Err(PdfError::NoRoom {
            field: "host".to_owned(),
        });
    }
    let mut elements = column.elements;
    elements.push(code_element(0, plan.qr));
    elements.push(verify.code(shaper, 0)?);
    Ok(elements)
}
