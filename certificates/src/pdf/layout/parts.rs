//! The fixed parts of a page: warnings, head, title, statement, verification block, foot.

use domain::Language;

use super::super::face::Weight;
use super::super::shape::{Shaper, UNITS_PER_EM};
use super::super::text::words;
use super::super::{Page, PdfError};
use super::plan::Plan;
use super::{Align, Block, Colour, Drawing, Element, Kid, MM, Role, Style, Text};

pub(super) const LEFT: f64 = 18.0 * MM;
pub(super) const WIDE: f64 = 174.0 * MM;
const HEAD_TOP: f64 = 23.5 * MM;
const NUMBER: (f64, f64) = (138.0 * MM, 54.0 * MM);
const DEPARTMENT: (f64, f64) = (LEFT, 88.0 * MM);
/// The symbol for wallets stands in the head, as far from the QR code as the sheet allows: nobody has both in the finder by
/// chance. It is held close to a phone, so it may be small.
pub(super) const WALLET: (f64, f64, f64) = (111.5 * MM, 23.5 * MM, 21.5 * MM);
const VERIFY_WIDE: f64 = 128.0 * MM;
/// Each of the two days that stand large.
const DAYS_WIDE: f64 = 84.0 * MM;

pub(super) const fn style(
    weight: Weight,
    colour: Colour,
    language: Language,
    sizes: &'static [f64],
    lines: usize,
    lines_max: usize,
) -> Style {
    Style {
        weight,
        colour,
        language,
        sizes,
        lines,
        lines_max,
    }
}

pub(super) const SMALL_HI: Style = style(Weight::Regular, Colour::Ink2, Language::Hi, &[8.0], 1, 1);
pub(super) const SMALL_EN: Style = style(Weight::Regular, Colour::Ink2, Language::En, &[8.0], 1, 1);

/// Texts of one line that may share it: drawn one after the other, each in its language.
pub(super) fn row_of(
    shaper: &mut Shaper,
    role: Role,
    page: usize,
    (x, top): (f64, f64),
    blocks: &[&Block],
) -> Result<Element, PdfError> {
    let mut element = Element::new(role);
    let mut left = x;
    let baseline = blocks.iter().map(|block| block.ascent()).fold(0.0, f64::max);
    for block in blocks {
        element = element.with(block.span(shaper, page, (left, top + baseline - block.ascent(), 0.0), Align::Left)?);
        left += width(shaper, block)? + 6.0;
    }
    Ok(element)
}

pub(super) fn width(shaper: &mut Shaper, block: &Block) -> Result<f64, PdfError> {
    let mut widest = 0.0_f64;
    for line in &block.lines {
        widest = widest.max(shaper.width(block.weight, line)? * block.size / UNITS_PER_EM);
    }
    Ok(widest)
}

/// Sets a fixed pair of words; they are ours, so they fit.
pub(super) fn pair(
    shaper: &mut Shaper,
    (english, hindi): words::Pair,
    hi: Style,
    en: Style,
    wide: f64,
) -> Result<[Block; 2], PdfError> {
    Ok([
        Block::set(shaper, "fixed words", hindi, wide, hi)?,
        Block::set(shaper, "fixed words", english, wide, en)?,
    ])
}

/// A line in the warning colour, both languages, centred.
pub(super) fn warning(shaper: &mut Shaper, words: words::Pair, page: usize, top: f64) -> Result<Element, PdfError> {
    let hi = style(Weight::Bold, Colour::Warning, Language::Hi, &[9.0], 1, 1);
    let en = style(Weight::Bold, Colour::Warning, Language::En, &[9.0], 1, 1);
    let [hindi, english] = pair(shaper, words, hi, en, WIDE)?;
    let gap = 12.0;
    let total = width(shaper, &hindi)? + width(shaper, &english)? + gap;
    let x = LEFT + (WIDE - total) / 2.0;
    let down = hindi.ascent() - english.ascent();
    let english_at = (x, top + down, total);
    let hindi_at = (x + width(shaper, &english)? + gap, top, total);
    Ok(Element::new(Role::P)
        .with(english.span(shaper, page, english_at, Align::Left)?)
        .with(hindi.span(shaper, page, hindi_at, Align::Left)?))
}

/// Department, number, dates, title.
pub(super) struct Head {
    department: [Block; 2],
    number: Block,
    issued: [Block; 2],
    valid: [Block; 2],
    title: [Block; 2],
    plan: Plan,
}

impl Head {
    pub(super) fn set(page: &Page, plan: &Plan, shaper: &mut Shaper) -> Result<Self, PdfError> {
        let department_hi = style(
            Weight::Bold,
            Colour::Key,
            Language::Hi,
            &[13.0, 12.0, 11.0, 10.0, 8.5],
            1,
            2,
        );
        let department_en = style(Weight::Regular, Colour::Ink, Language::En, &[10.0, 9.0, 8.0, 7.0], 1, 2);
        let number = style(Weight::Bold, Colour::Ink, Language::En, &[11.5, 10.5, 9.5, 8.5], 1, 1);
        let [hindi, english] = plan.title_sizes;
        let title_hi = style(Weight::Bold, Colour::Ink, Language::Hi, hindi, 1, 2);
        let title_en = style(Weight::Regular, Colour::Ink, Language::En, english, 1, 2);
        let (weight, days, days_wide) = match plan.band {
            None => (Weight::Regular, &[9.0, 8.0][..], NUMBER.1),
            Some(_) => (Weight::Bold, &[12.0, 10.5, 9.0, 8.0][..], DAYS_WIDE),
        };
        let date_hi = style(weight, Colour::Ink, Language::Hi, days, 1, 2);
        let date_en = style(Weight::Regular, Colour::Ink, Language::En, days, 1, 2);
        let mut both = |field: &str, text: &domain::Bilingual, wide: f64, hi: Style, en: Style| {
            Ok::<_, PdfError>([
                Block::set(shaper, &format!("{field}.hi"), &text.hi, wide, hi)?,
                Block::set(shaper, &format!("{field}.en"), &text.en, wide, en)?,
            ])
        };
        let mut head = Self {
            department: both(
                "department",
                &page.department,
                DEPARTMENT.1,
                department_hi,
                department_en,
            )?,
            issued: both("issued_on", &page.issued_on, days_wide, date_hi, date_en)?,
            valid: both("valid_until", &page.valid_until, days_wide, date_hi, date_en)?,
            title: both("title", &page.title, WIDE, title_hi, title_en)?,
            number: Block::set(shaper, "number", &page.number, NUMBER.1, number)?,
            plan: *plan,
        };
        for block in &mut head.title {
            block.balance(shaper, WIDE)?;
        }
        if heights(&head.title) > plan.title.1 - plan.title.0 {
            return Err(PdfError::NoRoom {
                field: "title".to_owned(),
            });
        }
        Ok(head)
    }

    pub(super) fn elements(&self, shaper: &mut Shaper, page: usize, demo: bool) -> Result<Vec<Element>, PdfError> {
        let mut elements = Vec::new();
        let mut department = Element::new(Role::P);
        let mut y = HEAD_TOP;
        for block in &self.department {
            department = department.with(block.span(shaper, page, (DEPARTMENT.0, y, DEPARTMENT.1), Align::Left)?);
            y += block.height();
        }
        elements.push(department);

        let mut y = HEAD_TOP;
        let caption = |shaper: &mut Shaper, words, y: &mut f64| {
            let [hindi, english] = pair(shaper, words, SMALL_HI, SMALL_EN, NUMBER.1)?;
            let element = row_of(shaper, Role::P, page, (NUMBER.0, *y), &[&hindi, &english])?;
            *y += hindi.height();
            Ok::<_, PdfError>(element)
        };
        elements.push(caption(shaper, self.plan.number, &mut y)?);
        let number = self.number.span(shaper, page, (NUMBER.0, y, NUMBER.1), Align::Left)?;
        elements.push(Element::new(Role::P).with(number));
        y += self.number.height() + 1.2 * MM;
        let days = [(words::ISSUED, &self.issued), (words::VALID, &self.valid)];
        if self.plan.band.is_none() {
            for (words, blocks) in days {
                elements.push(caption(shaper, words, &mut y)?);
                elements.push(self.day(shaper, page, blocks, (NUMBER.0, &mut y, NUMBER.1))?);
                y += 0.6 * MM;
            }
        }
        if y > self.plan.title.0 {
            return Err(PdfError::NoRoom {
                field: "valid_until".to_owned(),
            });
        }
        if demo {
            elements.push(left_warning(shaper, page, self.plan.title.0 - 9.4 * MM)?);
        }

        let mut title = Element::new(Role::H1);
        let (from, until) = self.plan.title;
        let mut y = from + (until - from - heights(&self.title)) / 2.0;
        for block in &self.title {
            title = title.with(block.span(shaper, page, (LEFT, y, WIDE), Align::Centre)?);
            y += block.height();
        }
        elements.push(title);
        if let Some(top) = self.plan.band {
            for ((words, blocks), left) in days.into_iter().zip([LEFT, LEFT + WIDE / 2.0]) {
                let [hindi, english] = pair(shaper, words, SMALL_HI, SMALL_EN, DAYS_WIDE)?;
                elements.push(row_of(shaper, Role::P, page, (left, top), &[&hindi, &english])?);
                let mut y = top + hindi.height();
                elements.push(self.day(shaper, page, blocks, (left, &mut y, DAYS_WIDE))?);
                if y > self.plan.statement_top {
                    return Err(PdfError::NoRoom {
                        field: "valid_until".to_owned(),
                    });
                }
            }
        }
        Ok(elements)
    }

    /// A day in both languages: on one line if they fit, else one under the other.
    fn day(
        &self,
        shaper: &mut Shaper,
        page: usize,
        blocks: &[Block; 2],
        (x, y, wide): (f64, &mut f64, f64),
    ) -> Result<Element, PdfError> {
        let [hindi, english] = blocks;
        let one_line = hindi.lines.len() == 1
            && english.lines.len() == 1
            && width(shaper, hindi)? + width(shaper, english)? + 6.0 <= wide;
        if one_line {
            let element = row_of(shaper, Role::P, page, (x, *y), &[hindi, english])?;
            *y += hindi.height();
            return Ok(element);
        }
        let mut element = Element::new(Role::P);
        for block in blocks {
            element = element.with(block.span(shaper, page, (x, *y, wide), Align::Left)?);
            *y += block.height();
        }
        Ok(element)
    }
}

/// The symbol for wallets and what it is, under the title rule's height.
pub(super) fn wallet(shaper: &mut Shaper) -> Result<[Element; 2], PdfError> {
    const TINY: &[f64] = &[6.5];
    let (x, y, side) = WALLET;
    let hi = style(Weight::Regular, Colour::Ink2, Language::Hi, TINY, 1, 1);
    let en = style(Weight::Regular, Colour::Ink2, Language::En, TINY, 1, 1);
    // Wider than the symbol, and centred under it.
    let wide = 34.0 * MM;
    let left = x + (side - wide) / 2.0;
    let mut label = Element::new(Role::P);
    let mut top = y + side + 1.3 * MM;
    for block in pair(shaper, words::WALLET, hi, en, wide)? {
        label = label.with(block.span(shaper, 0, (left, top, wide), Align::Centre)?);
        top += block.height();
    }
    let mut figure = Element::new(Role::WalletFigure);
    figure.kids.push(Kid::Content {
        page: 0,
        drawings: vec![Drawing::Wallet { x, y, side }],
    });
    Ok([label, figure])
}

/// Says that nothing follows: the room below a short table must not invite additions.
pub(super) fn end_of_entries(shaper: &mut Shaper, page: usize, top: f64) -> Result<Element, PdfError> {
    let [hindi, english] = pair(shaper, words::END, SMALL_HI, SMALL_EN, WIDE)?;
    let total = width(shaper, &hindi)? + width(shaper, &english)? + 6.0;
    row_of(
        shaper,
        Role::P,
        page,
        (LEFT + (WIDE - total) / 2.0, top),
        &[&hindi, &english],
    )
}

/// The demonstration's second warning, under the department.
fn left_warning(shaper: &mut Shaper, page: usize, top: f64) -> Result<Element, PdfError> {
    let hi = style(Weight::Bold, Colour::Warning, Language::Hi, &[9.5], 1, 1);
    let en = style(Weight::Bold, Colour::Warning, Language::En, &[9.5], 1, 1);
    let [hindi, english] = pair(shaper, words::DEMONSTRATION, hi, en, DEPARTMENT.1)?;
    row_of(shaper, Role::P, page, (LEFT, top), &[&english, &hindi])
}

fn heights(blocks: &[Block]) -> f64 {
    blocks.iter().map(Block::height).sum()
}

/// The sentence that certifies.
pub(super) struct Statement {
    blocks: [Block; 2],
    top: f64,
}

impl Statement {
    pub(super) fn set(page: &Page, plan: &Plan, shaper: &mut Shaper) -> Result<Self, PdfError> {
        let sizes = plan.statement_sizes;
        let hi = style(Weight::Regular, Colour::Ink, Language::Hi, sizes, 2, 6);
        let en = style(Weight::Regular, Colour::Ink, Language::En, sizes, 2, 6);
        Ok(Self {
            top: plan.statement_top,
            blocks: [
                Block::set(shaper, "statement.hi", &page.statement.hi, WIDE, hi)?,
                Block::set(shaper, "statement.en", &page.statement.en, WIDE, en)?,
            ],
        })
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + heights(&self.blocks)
    }

    pub(super) fn element(&self, shaper: &mut Shaper) -> Result<Element, PdfError> {
        let mut element = Element::new(Role::P);
        let mut y = self.top;
        for block in &self.blocks {
            element = element.with(block.span(shaper, 0, (LEFT, y, WIDE), Align::Left)?);
            y += block.height();
        }
        Ok(element)
    }
}

/// How to verify, the QR code, who issued.
pub(super) struct Verify {
    host: Block,
    whatsapp: Option<Block>,
    issuer: [Block; 2],
    short_code: Block,
    plan: Plan,
}

impl Verify {
    pub(super) fn set(page: &Page, plan: &Plan, shaper: &mut Shaper) -> Result<Self, PdfError> {
        let host = style(Weight::Bold, Colour::Key, Language::En, &[11.5, 10.5, 9.5, 8.5], 1, 2);
        let number = style(Weight::Bold, Colour::Key, Language::En, &[9.5], 1, 1);
        let issuer_hi = style(Weight::Bold, Colour::Ink, Language::Hi, &[10.0, 9.0, 8.5], 1, 3);
        let issuer_en = style(Weight::Regular, Colour::Ink, Language::En, &[9.0, 8.5], 1, 3);
        let code = style(Weight::Bold, Colour::Ink, Language::En, &[10.0, 9.0, 8.0, 7.0], 1, 2);
        let whatsapp = match &page.whatsapp {
            Some(text) => Some(Block::set(shaper, "whatsapp", text, VERIFY_WIDE, number)?),
            None => None,
        };
        let hindi = format!("{}, {}", page.officer.hi, page.office.hi);
        let english = format!("{}, {}", page.officer.en, page.office.en);
        Ok(Self {
            host: Block::set(shaper, "host", &page.host, VERIFY_WIDE, host)?,
            whatsapp,
            issuer: [
                Block::set(shaper, "office.hi", &hindi, VERIFY_WIDE, issuer_hi)?,
                Block::set(shaper, "office.en", &english, VERIFY_WIDE, issuer_en)?,
            ],
            short_code: Block::set(shaper, "short_code", &page.short_code, plan.qr.2 + 6.0 * MM, code)?,
            plan: *plan,
        })
    }

    pub(super) fn elements(&self, shaper: &mut Shaper, page: usize) -> Result<Vec<Element>, PdfError> {
        let heading_hi = style(Weight::Bold, Colour::Key, Language::Hi, &[11.0], 1, 1);
        let heading_en = style(Weight::Regular, Colour::Key, Language::En, &[10.0], 1, 1);
        let hi = style(Weight::Regular, Colour::Ink, Language::Hi, &[9.0], 1, 2);
        let en = style(Weight::Regular, Colour::Ink2, Language::En, &[8.5], 1, 2);
        let mut down = Down {
            page,
            y: self.plan.verify_top + 2.0 * MM,
            elements: Vec::new(),
        };
        down.pair(shaper, Role::H2, words::VERIFY, heading_hi, heading_en)?;
        down.y += 0.6 * MM;
        down.pair(shaper, Role::P, words::SCAN, hi, en)?;
        down.pair(shaper, Role::P, words::ADDRESS, hi, en)?;
        down.block(shaper, &self.host)?;
        down.pair(shaper, Role::P, words::NO_CAMERA, hi, en)?;
        if let Some(number) = &self.whatsapp {
            let [hindi, english] = pair(shaper, words::WHATSAPP, hi, en, VERIFY_WIDE)?;
            let used = width(shaper, &hindi)? + width(shaper, &english)? + width(shaper, number)? + 12.0;
            if used <= VERIFY_WIDE {
                let blocks = [&hindi, &english, number];
                let element = row_of(shaper, Role::P, page, (LEFT, down.y), &blocks)?;
                down.elements.push(element);
                down.y += hindi.height();
            } else {
                down.pair(shaper, Role::P, words::WHATSAPP, hi, en)?;
                down.block(shaper, number)?;
            }
        }

        down.elements.push(code_element(page, self.plan.qr));
        down.elements.push(self.code(shaper, page)?);

        down.y += 1.8 * MM;
        let issuer = self.issuer(shaper, page, &mut down.y)?;
        down.elements.extend(issuer);
        if down.y > self.plan.signed_top {
            return Err(PdfError::NoRoom {
                field: "office".to_owned(),
            });
        }
        down.elements.push(signed(shaper, page, self.plan.signed_top)?);
        Ok(down.elements)
    }

    /// The code in letters under the symbol.
    pub(super) fn code(&self, shaper: &mut Shaper, page: usize) -> Result<Element, PdfError> {
        let (x, y, side) = self.plan.qr;
        let at = (x - 3.0 * MM, y + side + 4.2 * MM, side + 6.0 * MM);
        let code = self.short_code.span(shaper, page, at, Align::Centre)?;
        Ok(Element::new(Role::P).with(code))
    }

    /// Who issued it.
    pub(super) fn issuer(&self, shaper: &mut Shaper, page: usize, y: &mut f64) -> Result<[Element; 2], PdfError> {
        let [hindi, english] = pair(shaper, words::ISSUED_BY, SMALL_HI, SMALL_EN, VERIFY_WIDE)?;
        let caption = row_of(shaper, Role::P, page, (LEFT, *y), &[&hindi, &english])?;
        *y += hindi.height();
        let mut issuer = Element::new(Role::P);
        for block in &self.issuer {
            issuer = issuer.with(block.span(shaper, page, (LEFT, *y, VERIFY_WIDE), Align::Left)?);
            *y += block.height();
        }
        Ok([caption, issuer])
    }
}

/// The QR code, as a picture with words of its own inside a link.
pub(super) fn code_element(page: usize, (x, y, side): (f64, f64, f64)) -> Element {
    let figure = Element {
        role: Role::Figure,
        language: None,
        kids: vec![Kid::Content {
            page,
            drawings: vec![Drawing::Qr { x, y, side }],
        }],
    };
    let mut link = Element::new(Role::Link).with(figure);
    link.kids.push(Kid::LinkAnnotation);
    Element::new(Role::P).with(link)
}

/// The line about the signature.
pub(super) fn signed(shaper: &mut Shaper, page: usize, top: f64) -> Result<Element, PdfError> {
    let [hindi, english] = pair(shaper, words::SIGNED, SMALL_HI, SMALL_EN, WIDE)?;
    row_of(shaper, Role::P, page, (LEFT, top), &[&hindi, &english])
}

/// Paragraphs one under the other, in the left part of the verification block.
struct Down {
    page: usize,
    y: f64,
    elements: Vec<Element>,
}

impl Down {
    /// Both languages on one line if they fit, else one under the other.
    fn pair(
        &mut self,
        shaper: &mut Shaper,
        role: Role,
        words: words::Pair,
        hi: Style,
        en: Style,
    ) -> Result<(), PdfError> {
        let [hindi, english] = pair(shaper, words, hi, en, VERIFY_WIDE)?;
        if width(shaper, &hindi)? + width(shaper, &english)? + 6.0 <= VERIFY_WIDE {
            let element = row_of(shaper, role, self.page, (LEFT, self.y), &[&hindi, &english])?;
            self.elements.push(element);
            self.y += hindi.height();
            return Ok(());
        }
        let mut element = Element::new(role);
        for block in [hindi, english] {
            element = element.with(block.span(shaper, self.page, (LEFT, self.y, VERIFY_WIDE), Align::Left)?);
            self.y += block.height();
        }
        self.elements.push(element);
        Ok(())
    }

    fn block(&mut self, shaper: &mut Shaper, block: &Block) -> Result<(), PdfError> {
        let span = block.span(shaper, self.page, (LEFT, self.y, VERIFY_WIDE), Align::Left)?;
        self.elements.push(Element::new(Role::P).with(span));
        self.y += block.height();
        Ok(())
    }
}

/// The layout's name, at the foot of the first page.
pub(super) fn layout_line(page: &Page, plan: &Plan, shaper: &mut Shaper) -> Result<Element, PdfError> {
    let foot = style(Weight::Regular, Colour::Ink2, Language::En, &[7.5], 1, 1);
    let block = Block::set(shaper, "layout", &page.layout, 120.0 * MM, foot)?;
    let span = block.span(shaper, 0, (LEFT, plan.foot, WIDE), Align::Left)?;
    Ok(Element::new(Role::P).with(span))
}

/// "Page n of m", at the right of the foot.
pub(super) fn page_number(
    shaper: &mut Shaper,
    plan: &Plan,
    page: usize,
    pages: usize,
) -> Result<Vec<Drawing>, PdfError> {
    let (english, hindi) = words::PAGE;
    let text = format!("{hindi} / {english} {page} / {pages}");
    let wide = shaper.width(Weight::Regular, &text)? * 7.5 / UNITS_PER_EM;
    Ok(vec![Drawing::Text(Text {
        x: LEFT + WIDE - wide,
        baseline: plan.foot + 7.0,
        size: 7.5,
        weight: Weight::Regular,
        colour: Colour::Ink2,
        text,
        continues: false,
    })])
}

/// Ornament and rules, the same on every page.
pub(super) fn frame(plan: &Plan) -> Vec<Drawing> {
    let rule = |y: f64, colour| Drawing::Rule {
        x: LEFT,
        y,
        length: WIDE,
        thickness: 0.4 * MM,
        colour,
    };
    let mut drawings = vec![
        Drawing::Ornament { x: LEFT, y: 14.0 * MM },
        Drawing::Ornament { x: LEFT, y: 285.0 * MM },
        rule(plan.title.0, Colour::Key),
        rule(plan.title.1, Colour::Key),
        rule(plan.verify_top, Colour::Key),
    ];
    drawings.extend(plan.band.map(|_| rule(plan.statement_top - 1.5 * MM, Colour::Hair)));
    drawings
}
