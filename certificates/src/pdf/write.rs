//! Pages by printpdf. It writes content streams, resources and the font dictionaries; the glyphs are ours, and so is the order
//! of everything, since its own names and dates come from a counter and a clock.

use std::collections::BTreeMap;

use domain::Language;
use printpdf::{
    Codepoint, Color, DictItem, ExternalStream, ExternalXObject, FontId, FontType, Line, LinePoint, Mm, Op, ParsedFont,
    PdfDocument, PdfFont, PdfFontHandle, PdfFontMetricsStub, PdfPage, PdfSaveOptions, Point, Pt, Rgb, TextItem,
    XObject, XObjectId, XObjectTransform,
};

use super::face::{Weight, face};
use super::layout::{Colour, Drawing, Element, Kid, Role, SHEET, Sheet, Text};
use super::ornament;
use super::shape::Shaper;
use super::word_font::{BuiltFont, WordFont};
use super::{PdfError, Qr};

/// Pixels on a module's side: readers that smooth pictures then blur an eighth of a module at most.
const PIXELS: usize = 4;
const REGULAR: &str = "F1";
const BOLD: &str = "F2";
const ORNAMENT: &str = "Wave";
const CODE: &str = "Code";
const WALLET: &str = "Wallet";

/// Pages without document-level objects, and the tree that names their content by number.
pub(super) struct Written {
    pub(super) document: lopdf::Document,
    pub(super) tree: Node,
    /// How many numbered pieces each page has.
    pub(super) marks: Vec<i64>,
}

/// An element whose content is numbered.
pub(super) struct Node {
    pub(super) role: Role,
    pub(super) language: Option<Language>,
    pub(super) kids: Vec<NodeKid>,
}

/// What a node holds.
pub(super) enum NodeKid {
    Node(Node),
    /// The piece of a page with this MCID.
    Mark {
        page: usize,
        mcid: i64,
    },
    LinkAnnotation,
}

/// Draws the sheet.
pub(super) fn write(sheet: &Sheet, qr: &Qr, wallet: Option<&Qr>, shaper: &mut Shaper) -> Result<Written, PdfError> {
    let mut writer = Writer {
        shaper,
        fonts: [
            WordFont::new(face(Weight::Regular)?),
            WordFont::new(face(Weight::Bold)?),
        ],
        pages: sheet.artifacts.iter().map(|_| Vec::new()).collect(),
        marks: vec![0; sheet.artifacts.len()],
    };
    for (page, drawings) in sheet.artifacts.iter().enumerate() {
        writer.artifacts(page, drawings)?;
    }
    let tree = writer.element(&sheet.document)?;
    let Writer {
        fonts, pages, marks, ..
    } = writer;

    let mut document = PdfDocument::new("");
    for (font, (id, name)) in fonts.iter().zip([
        (REGULAR, "NotoSansDevanagari-Regular"),
        (BOLD, "NotoSansDevanagari-Bold"),
    ]) {
        if !font.is_empty() {
            let font = parsed(font.build()?, name);
            document
                .resources
                .fonts
                .map
                .insert(FontId(id.to_owned()), PdfFont::new(font));
        }
    }
    let objects = &mut document.resources.xobjects.map;
    objects.insert(XObjectId(ORNAMENT.to_owned()), XObject::External(waves()));
    objects.insert(XObjectId(CODE.to_owned()), XObject::External(code(qr)));
    if let Some(wallet) = wallet {
        objects.insert(XObjectId(WALLET.to_owned()), XObject::External(code(wallet)));
    }
    let (width, height) = SHEET;
    document.pages = pages
        .into_iter()
        .map(|ops| {
            let mut page = PdfPage::new(Mm(210.0), Mm(297.0), ops);
            for bounds in [&mut page.media_box, &mut page.trim_box, &mut page.crop_box] {
                bounds.width = Pt(points(width));
                bounds.height = Pt(points(height));
            }
            page
        })
        .collect();

    let options = PdfSaveOptions {
        optimize: false,
        subset_fonts: false,
        secure: true,
        image_optimization: None,
    };
    let mut warnings = Vec::new();
    let document = document.to_lopdf_document(&options, &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(PdfError::Write(warning.msg.clone()));
    }
    Ok(Written { document, tree, marks })
}

struct Writer<'a> {
    shaper: &'a mut Shaper,
    fonts: [WordFont; 2],
    pages: Vec<Vec<Op>>,
    marks: Vec<i64>,
}

impl Writer<'_> {
    fn artifacts(&mut self, page: usize, drawings: &[Drawing]) -> Result<(), PdfError> {
        let mut ops = vec![Op::BeginMarkedContent {
            tag: "Artifact".to_owned(),
        }];
        for drawing in drawings {
            self.drawing(drawing, &mut ops)?;
        }
        ops.push(Op::EndMarkedContent);
        self.page(page)?.extend(ops);
        Ok(())
    }

    fn page(&mut self, page: usize) -> Result<&mut Vec<Op>, PdfError> {
        self.pages
            .get_mut(page)
            .ok_or_else(|| PdfError::Write("content for a page that is not there".to_owned()))
    }

    fn element(&mut self, element: &Element) -> Result<Node, PdfError> {
        if let Some(runs) = runs_of(element) {
            let kid = self.runs(element.role, &runs)?;
            return Ok(Node {
                role: element.role,
                language: element.language,
                kids: vec![kid],
            });
        }
        let mut kids = Vec::new();
        for kid in &element.kids {
            kids.push(match kid {
                Kid::Element(element) => NodeKid::Node(self.element(element)?),
                Kid::Content { page, drawings } => self.content(element.role, *page, drawings)?,
                Kid::LinkAnnotation => NodeKid::LinkAnnotation,
            });
        }
        Ok(Node {
            role: element.role,
            language: element.language,
            kids,
        })
    }

    fn content(&mut self, role: Role, page: usize, drawings: &[Drawing]) -> Result<NodeKid, PdfError> {
        let (mcid, mut ops) = self.begin(role, page)?;
        for drawing in drawings {
            self.drawing(drawing, &mut ops)?;
        }
        ops.push(Op::EndMarkedContent);
        self.page(page)?.extend(ops);
        Ok(NodeKid::Mark { page, mcid })
    }

    /// One numbered piece whose runs name their languages themselves (ISO 32000-1, 14.9.2.2).
    fn runs(&mut self, role: Role, runs: &Runs<'_>) -> Result<NodeKid, PdfError> {
        let (mcid, mut ops) = self.begin(role, runs.page)?;
        for (language, drawings) in &runs.runs {
            let language = DictItem::String {
                data: language.tag().as_bytes().to_vec(),
                literal: true,
            };
            ops.push(Op::BeginMarkedContentWithProperties {
                tag: Role::Span.name().to_owned(),
                properties: DictItem::Dict {
                    map: BTreeMap::from([("Lang".to_owned(), language)]),
                },
            });
            for drawing in *drawings {
                self.drawing(drawing, &mut ops)?;
            }
            ops.push(Op::EndMarkedContent);
        }
        ops.push(Op::EndMarkedContent);
        self.page(runs.page)?.extend(ops);
        Ok(NodeKid::Mark { page: runs.page, mcid })
    }

    /// The next number of a page, and the beginning of its piece.
    fn begin(&mut self, role: Role, page: usize) -> Result<(i64, Vec<Op>), PdfError> {
        let next = self
            .marks
            .get_mut(page)
            .ok_or_else(|| PdfError::Write("content for a page that is not there".to_owned()))?;
        let mcid = *next;
        *next += 1;
        let begin = Op::BeginMarkedContentWithProperties {
            tag: role.name().to_owned(),
            properties: DictItem::Dict {
                map: BTreeMap::from([("MCID".to_owned(), DictItem::Int(mcid))]),
            },
        };
        Ok((mcid, vec![begin]))
    }

    fn drawing(&mut self, drawing: &Drawing, ops: &mut Vec<Op>) -> Result<(), PdfError> {
        let (_, height) = SHEET;
        match drawing {
            Drawing::Text(text) => self.text(text, ops)?,
            Drawing::Rule {
                x,
                y,
                length,
                thickness,
                colour,
            } => ops.extend(line([(*x, *y), (x + length, *y)], *thickness, *colour)),
            Drawing::Upright {
                x,
                y,
                length,
                thickness,
                colour,
            } => ops.extend(line([(*x, *y), (*x, y + length)], *thickness, *colour)),
            Drawing::Qr { x, y, side } | Drawing::Wallet { x, y, side } => {
                let code = match drawing {
                    Drawing::Wallet { .. } => WALLET,
                    _ => CODE,
                };
                ops.push(Op::SetFillColor {
                    col: rgb(Colour::Black),
                });
                ops.push(place(code, *x, height - y - side, Some(*side)));
            }
            Drawing::Ornament { x, y } => {
                ops.push(Op::SetOutlineColor { col: rgb(Colour::Pale) });
                ops.push(place(ORNAMENT, *x, height - y - ornament::HEIGHT, None));
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &Text, ops: &mut Vec<Op>) -> Result<(), PdfError> {
        let (_, height) = SHEET;
        let line = if text.continues {
            format!("{} ", text.text)
        } else {
            text.text.clone()
        };
        let groups = self.shaper.line(text.weight, &line)?;
        let [regular, bold] = &mut self.fonts;
        let (font, id) = match text.weight {
            Weight::Regular => (regular, REGULAR),
            Weight::Bold => (bold, BOLD),
        };
        let glyphs = groups
            .into_iter()
            .map(|group| {
                Ok(Codepoint {
                    gid: font.glyph(&group)?,
                    offset: 0.0,
                    cid: Some(group.text),
                })
            })
            .collect::<Result<Vec<_>, PdfError>>()?;
        ops.extend([
            Op::StartTextSection,
            Op::SetFillColor { col: rgb(text.colour) },
            Op::SetFont {
                font: PdfFontHandle::External(FontId(id.to_owned())),
                size: Pt(points(text.size)),
            },
            Op::SetTextCursor {
                pos: point(text.x, height - text.baseline),
            },
            Op::ShowText {
                items: vec![TextItem::GlyphIds(glyphs)],
            },
            Op::EndTextSection,
        ]);
        Ok(())
    }
}

/// Runs of text on one page, each in its language.
struct Runs<'a> {
    page: usize,
    runs: Vec<(Language, &'a [Drawing])>,
}

/// The runs of an element that holds nothing else: they need no elements of their own.
fn runs_of(element: &Element) -> Option<Runs<'_>> {
    let run = |kid| match kid {
        &Kid::Element(Element {
            role: Role::Span,
            language: Some(language),
            ref kids,
        }) => match kids.as_slice() {
            [Kid::Content { page, drawings }] => Some((*page, (language, drawings.as_slice()))),
            _ => None,
        },
        _ => None,
    };
    let found: Vec<_> = element.kids.iter().map(run).collect::<Option<_>>()?;
    let (page, _) = *found.first()?;
    let together = found.iter().all(|(other, _)| *other == page);
    together.then(|| Runs {
        page,
        runs: found.into_iter().map(|(_, run)| run).collect(),
    })
}

impl Role {
    /// The name of the standard structure type.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::P => "P",
            Self::Table => "Table",
            Self::Row => "TR",
            Self::Header => "TH",
            Self::Cell { .. } => "TD",
            Self::Span => "Span",
            Self::Figure | Self::WalletFigure => "Figure",
            Self::Link => "Link",
        }
    }
}

/// A straight line between two points, counted from the top of the sheet.
fn line(ends: [(f64, f64); 2], thickness: f64, colour: Colour) -> [Op; 3] {
    let (_, height) = SHEET;
    let ends = ends.map(|(x, y)| LinePoint {
        p: point(x, height - y),
        bezier: false,
    });
    [
        Op::SetOutlineColor { col: rgb(colour) },
        Op::SetOutlineThickness {
            pt: Pt(points(thickness)),
        },
        Op::DrawLine {
            line: Line {
                points: ends.to_vec(),
                is_closed: false,
            },
        },
    ]
}

/// Hundredths of a point: finer than print, and short in the file.
fn points(value: f64) -> f32 {
    ((value * 100.0).round() / 100.0) as f32
}

fn point(x: f64, y: f64) -> Point {
    Point {
        x: Pt(points(x)),
        y: Pt(points(y)),
    }
}

fn rgb(colour: Colour) -> Color {
    let [r, g, b] = colour
        .rgb()
        .map(|value| ((f64::from(value) / 255.0 * 10_000.0).round() / 10_000.0) as f32);
    Color::Rgb(Rgb {
        r,
        g,
        b,
        icc_profile: None,
    })
}

/// Draws an object at a place; a picture is a unit square and needs its size.
fn place(name: &str, x: f64, y: f64, side: Option<f64>) -> Op {
    let scale = side.map(points);
    Op::UseXobject {
        id: XObjectId(name.to_owned()),
        transform: XObjectTransform {
            translate_x: Some(Pt(points(x))),
            translate_y: Some(Pt(points(y))),
            scale_x: scale,
            scale_y: scale,
            ..XObjectTransform::default()
        },
    }
}

fn parsed(font: BuiltFont, name: &str) -> ParsedFont {
    let units_per_em = 1000;
    let [x_min, y_min, x_max, y_max] = font.bounds;
    ParsedFont {
        original_bytes: font.bytes,
        font_index: 0,
        font_name: Some(format!("{}+{name}", font.tag)),
        codepoint_to_glyph: BTreeMap::new(),
        glyph_widths: font.widths,
        units_per_em,
        font_metrics: printpdf::FontMetrics {
            ascent: font.ascent,
            descent: font.descent,
        },
        font_type: FontType::TrueType,
        pdf_font_metrics: PdfFontMetricsStub {
            units_per_em,
            x_min,
            y_min,
            x_max,
            y_max,
            caret_slope_rise: 1,
            caret_slope_run: 0,
            us_weight_class: font.weight_class,
        },
    }
}

fn name(text: &str) -> DictItem {
    DictItem::Name(text.as_bytes().to_vec())
}

fn waves() -> ExternalXObject {
    let corner = |value: f64| DictItem::Real(points(value));
    ExternalXObject {
        stream: ExternalStream {
            dict: BTreeMap::from([
                ("Type".to_owned(), name("XObject")),
                ("Subtype".to_owned(), name("Form")),
                (
                    "BBox".to_owned(),
                    DictItem::Array(vec![
                        corner(0.0),
                        corner(0.0),
                        corner(ornament::WIDTH),
                        corner(ornament::HEIGHT),
                    ]),
                ),
                ("Resources".to_owned(), DictItem::Dict { map: BTreeMap::new() }),
            ]),
            content: ornament::content(),
            compress: true,
        },
        width: None,
        height: None,
        dpi: None,
    }
}

/// The QR code as a stencil of one bit a pixel: what is 0 is painted.
fn code(qr: &Qr) -> ExternalXObject {
    let side = usize::from(qr.side);
    let mut content = Vec::with_capacity(side * side * PIXELS);
    for row in qr.dark.chunks(side.max(1)) {
        // Four pixels a module are half a byte of one bit each; what fills the last byte is not painted.
        let half = |dark: Option<&bool>| if dark == Some(&true) { 0x0 } else { 0xf };
        let line: Vec<u8> = row
            .chunks(2)
            .map(|pair| half(pair.first()) << 4 | half(pair.get(1)))
            .collect();
        for _ in 0..PIXELS {
            content.extend(&line);
        }
    }
    let pixels = i64::from(qr.side) * 4;
    ExternalXObject {
        stream: ExternalStream {
            dict: BTreeMap::from([
                ("Type".to_owned(), name("XObject")),
                ("Subtype".to_owned(), name("Image")),
                ("Width".to_owned(), DictItem::Int(pixels)),
                ("Height".to_owned(), DictItem::Int(pixels)),
                ("ImageMask".to_owned(), DictItem::Bool(true)),
                ("BitsPerComponent".to_owned(), DictItem::Int(1)),
            ]),
            content,
            compress: true,
        },
        width: None,
        height: None,
        dpi: None,
    }
}
