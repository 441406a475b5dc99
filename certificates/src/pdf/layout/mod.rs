//! Where everything stands: the cleaned page becomes drawings at fixed places and a tree that says what each of them is.
//! Lengths are PDF points from the top left of the sheet; the writer turns the axis.

mod card;
mod parts;
mod plan;
mod table;

use domain::Language;

use super::face::Weight;
use super::shape::{Shaper, UNITS_PER_EM};
use super::text::words;
use super::{PAGES_MAX, Page, PdfError};

use plan::Plan;
pub(super) use plan::names;

/// One millimetre in points.
pub(super) const MM: f64 = 72.0 / 25.4;
/// A4.
pub(super) const SHEET: (f64, f64) = (210.0 * MM, 297.0 * MM);

/// The colours of the page, as 8-bit sRGB. Contrast on white: ink 20, second ink 8.6, key 9.7, warning 7.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Ink,
    Ink2,
    Key,
    Warning,
    /// Decoration only.
    Hair,
    /// The ornament: the key colour at 45 %.
    Pale,
    Black,
}

impl Colour {
    pub(super) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Ink => [0x15, 0x02, 0x02],
            Self::Ink2 => [0x52, 0x4a, 0x48],
            Self::Key => [0x11, 0x4a, 0x5c],
            Self::Warning => [0xa1, 0x15, 0x22],
            Self::Hair => [0xd9, 0xd5, 0xd2],
            Self::Pale => [0x94, 0xae, 0xb6],
            Self::Black => [0, 0, 0],
        }
    }
}

/// Something drawn on one page.
#[derive(Clone, Debug)]
pub(super) enum Drawing {
    Text(Text),
    /// A horizontal line.
    Rule {
        x: f64,
        y: f64,
        length: f64,
        thickness: f64,
        colour: Colour,
    },
    /// A vertical line, downwards.
    Upright {
        x: f64,
        y: f64,
        length: f64,
        thickness: f64,
        colour: Colour,
    },
    /// The QR code, without its quiet zone.
    Qr {
        x: f64,
        y: f64,
        side: f64,
    },
    /// The symbol for wallets, the same.
    Wallet {
        x: f64,
        y: f64,
        side: f64,
    },
    /// The band of waves, its top left corner.
    Ornament {
        x: f64,
        y: f64,
    },
}

/// One line of text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) x: f64,
    pub(super) baseline: f64,
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
    pub(super) text: String,
    /// A space follows: the text goes on in another line.
    pub(super) continues: bool,
}

/// Standard structure types (ISO 32000-1, 14.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Document,
    H1,
    H2,
    P,
    Table,
    Row,
    Header,
    Cell {
        columns: u8,
    },
    Span,
    /// The QR code.
    Figure,
    /// The symbol for wallets.
    WalletFigure,
    Link,
}

/// A node of the structure tree.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) role: Role,
    pub(super) language: Option<Language>,
    pub(super) kids: Vec<Kid>,
}

/// What an element holds.
#[derive(Clone, Debug)]
pub(super) enum Kid {
    Element(Element),
    /// Drawings on one page that are this element's content.
    Content {
        page: usize,
        drawings: Vec<Drawing>,
    },
    /// The link annotation behind the QR code of the first page.
    LinkAnnotation,
}

impl Element {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            language: None,
            kids: Vec::new(),
        }
    }

    pub(super) fn with(mut self, kid: Element) -> Self {
        self.kids.push(Kid::Element(kid));
        self
    }

    /// The tree without runs that are all of their element: the element then names the language itself.
    fn without_lone_runs(mut self) -> Self {
        if let ([Kid::Element(only)], None) = (self.kids.as_slice(), self.language)
            && only.role == Role::Span
        {
            let only = only.clone();
            self.language = only.language;
            self.kids = only.kids;
        }
        self.kids = self
            .kids
            .into_iter()
            .map(|kid| match kid {
                Kid::Element(element) => Kid::Element(element.without_lone_runs()),
                other => other,
            })
            .collect();
        self
    }

    pub(super) fn span(language: Language, page: usize, drawings: Vec<Drawing>) -> Self {
        Self {
            role: Role::Span,
            language: Some(language),
            kids: vec![Kid::Content { page, drawings }],
        }
    }
}

/// The laid-out document.
pub(super) struct Sheet {
    /// For each page what carries no meaning of its own: rules, ornament, and on later pages the repeated head.
    pub(super) artifacts: Vec<Vec<Drawing>>,
    pub(super) document: Element,
    /// Where the QR code of the first page stands: x, y, side.
    pub(super) qr: (f64, f64, f64),
    /// Where the symbol for wallets stands on the first page: x, y, side.
    pub(super) wallet: (f64, f64, f64),
}

impl Sheet {
    /// All lines of text that carry meaning, in reading order.
    pub(super) fn text_lines(&self) -> Vec<String> {
        fn collect(element: &Element, lines: &mut Vec<String>) {
            for kid in &element.kids {
                match kid {
                    Kid::Element(element) => collect(element, lines),
                    Kid::Content { drawings, .. } => {
                        lines.extend(drawings.iter().filter_map(|drawing| match drawing {
                            Drawing::Text(text) => Some(text.text.clone()),
                            _ => None,
                        }))
                    }
                    Kid::LinkAnnotation => {}
                }
            }
        }
        let mut lines = Vec::new();
        collect(&self.document, &mut lines);
        lines
    }
}

/// Lines that belong together, in one face and size.
#[derive(Clone, Debug)]
pub(super) struct Block {
    lines: Vec<String>,
    size: f64,
    weight: Weight,
    language: Language,
    colour: Colour,
}

/// How the text of a block is set.
#[derive(Clone, Copy)]
struct Style {
    weight: Weight,
    colour: Colour,
    language: Language,
    /// Sizes to try, the largest first.
    sizes: &'static [f64],
    /// Lines that are accepted at any but the last size.
    lines: usize,
    /// Lines that are accepted at the last size.
    lines_max: usize,
}

/// Where lines stand within their width.
#[derive(Clone, Copy)]
enum Align {
    Left,
    Centre,
}

impl Block {
    /// Sets a text: at the largest size at which it needs few enough lines.
    fn set(shaper: &mut Shaper, field: &str, text: &str, width: f64, style: Style) -> Result<Self, PdfError> {
        let mut smallest = None;
        for &size in style.sizes {
            let lines = shaper.wrap(style.weight, text, width / size * UNITS_PER_EM)?;
            let enough = lines.len() <= style.lines;
            smallest = Some((size, lines));
            if enough {
                break;
            }
        }
        let (size, lines) = smallest
            .filter(|(_, lines)| lines.len() <= style.lines_max)
            .ok_or_else(|| PdfError::NoRoom {
                field: field.to_owned(),
            })?;
        Ok(Self {
            lines,
            size,
            weight: style.weight,
            language: style.language,
            colour: style.colour,
        })
    }

    /// Evens the lengths of the lines without needing more of them.
    fn balance(&mut self, shaper: &mut Shaper, width: f64) -> Result<(), PdfError> {
        let count = self.lines.len();
        let units = |points: f64| points / self.size * UNITS_PER_EM;
        let (mut narrow, mut wide) = (0.0, width);
        for _ in 0..10 {
            let middle = f64::midpoint(narrow, wide);
            let lines = shaper.wrap(self.weight, &self.lines.join(" "), units(middle))?;
            if lines.len() <= count {
                self.lines = lines;
                wide = middle;
            } else {
                narrow = middle;
            }
        }
        Ok(())
    }

    /// Distance between baselines. Devanagari carries marks above and below the letters.
    fn leading(&self) -> f64 {
        self.size
            * match self.language {
                Language::Hi => 1.38,
                Language::En => 1.25,
            }
    }

    fn height(&self) -> f64 {
        self.leading() * f64::from(u32::try_from(self.lines.len()).unwrap_or(u32::MAX))
    }

    /// The first baseline below the top of the block.
    fn ascent(&self) -> f64 {
        self.leading() * 0.74
    }

    fn draw(&self, shaper: &mut Shaper, x: f64, top: f64, width: f64, align: Align) -> Result<Vec<Drawing>, PdfError> {
        let mut baseline = top + self.ascent();
        let mut drawings = Vec::new();
        let last = self.lines.len().saturating_sub(1);
        for (index, line) in self.lines.iter().enumerate() {
            let wide = shaper.width(self.weight, line)? * self.size / UNITS_PER_EM;
            let x = match align {
                Align::Left => x,
                Align::Centre => x + (width - wide) / 2.0,
            };
            drawings.push(Drawing::Text(Text {
                x,
                baseline,
                size: self.size,
                weight: self.weight,
                colour: self.colour,
                text: line.clone(),
                continues: index < last,
            }));
            baseline += self.leading();
        }
        Ok(drawings)
    }

    /// The block as a tagged run of its language.
    fn span(
        &self,
        shaper: &mut Shaper,
        page: usize,
        (x, top, width): (f64, f64, f64),
        align: Align,
    ) -> Result<Element, PdfError> {
        Ok(Element::span(
            self.language,
            page,
            self.draw(shaper, x, top, width, align)?,
        ))
    }
}

/// Lays the whole document out.
pub(super) fn lay_out(page: &Page, shaper: &mut Shaper) -> Result<Sheet, PdfError> {
    let plan = &Plan::of(&page.layout)?;
    let head = parts::Head::set(page, plan, shaper)?;
    let statement = parts::Statement::set(page, plan, shaper)?;
    let rows = table::set_rows(page, &plan.table, shaper)?;
    let pages = table::paginate(&rows, &plan.table, statement.bottom())?;
    if pages.len() > PAGES_MAX {
        return Err(PdfError::TooMany {
            what: "pages",
            max: PAGES_MAX,
        });
    }

    let mut document = Element::new(Role::Document);
    if page.demo {
        document = document.with(parts::warning(shaper, words::SPECIMEN, 0, 7.0 * MM)?);
    }
    for element in head.elements(shaper, 0, page.demo)? {
        document = document.with(element);
    }
    if page.wallet.is_some() {
        for element in parts::wallet(shaper)? {
            document = document.with(element);
        }
    }
    document = document.with(statement.element(shaper)?);
    document = document.with(table::element(shaper, &rows, &pages)?);
    if let Some((page, top)) = table::end(&pages, &plan.table, statement.bottom()) {
        document = document.with(parts::end_of_entries(shaper, page, top)?);
    }
    let verify = parts::Verify::set(page, plan, shaper)?;
    let ending = if plan.card {
        card::elements(page, plan, &verify, shaper)?
    } else {
        verify.elements(shaper, 0)?
    };
    for element in ending {
        document = document.with(element);
    }
    document = document.with(parts::layout_line(page, plan, shaper)?);

    let mut artifacts = Vec::new();
    for (index, rows_here) in pages.iter().enumerate() {
        let mut drawings = parts::frame(plan);
        drawings.extend(table::rules(rows_here, rows.len(), &plan.table));
        if plan.card && index == 0 {
            drawings.extend(card::frame());
        }
        if index > 0 {
            if page.demo {
                drawings.extend(flatten(&parts::warning(shaper, words::SPECIMEN, index, 7.0 * MM)?));
            }
            for element in head.elements(shaper, index, page.demo)? {
                drawings.extend(flatten(&element));
            }
            if !plan.card {
                for element in verify.elements(shaper, index)? {
                    drawings.extend(flatten(&element));
                }
            }
        }
        drawings.extend(parts::page_number(shaper, plan, index + 1, pages.len())?);
        artifacts.push(drawings);
    }
    Ok(Sheet {
        artifacts,
        document: document.without_lone_runs(),
        qr: plan.qr,
        wallet: parts::WALLET,
    })
}

/// The drawings of an element, for repeating them as an artifact.
fn flatten(element: &Element) -> Vec<Drawing> {
    element
        .kids
        .iter()
        .flat_map(|kid| match kid {
            Kid::Element(element) => flatten(element),
            Kid::Content { drawings, .. } => drawings.clone(),
            Kid::LinkAnnotation => Vec::new(),
        })
        .collect()
}
