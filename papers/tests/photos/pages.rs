//! Pages to photograph, drawn here: letters in both scripts, a form, a card, and what is no paper at all.

use harfrust::{Buffer, Direction, Font, Script, ShapeOptions, ShaperFont, shape};
use image::{GrayImage, Luma, imageops};

use crate::camera::Chance;

const FACE: &[u8] = include_bytes!("../../../certificates/assets/fonts/NotoSansDevanagari-Regular.ttf");
/// Units of the face to an em.
const EM: f32 = 1000.0;
/// Height of a small letter of the face, in ems.
pub(crate) const X_HEIGHT: f32 = 0.536;

const LINES: [&str; 10] = [
    "This is to certify that the person named below was born in Delhi",
    "प्रमाणित किया जाता है कि नीचे लिखी सूचना मूल अभिलेख से ली गई है",
    "Registration number 2019 / 004518, Ward 27, Municipal Zone South",
    "पिता का नाम: रमेश कुमार वर्मा, माता का नाम: सुनीता देवी वर्मा",
    "Permanent address: H. No. 114, Gali 6, Laxmi Nagar, Delhi 110092",
    "जन्म का स्थान: राजकीय चिकित्सालय, शाहदरा, दिल्ली (पंजीकरण 1187)",
    "Date of registration 14/03/2019, entry at page 88 of the register",
    "यह प्रति किसी भी कार्यालय में मूल के साथ मिलाकर देखी जा सकती है",
    "Amount due Rs 1,284.00 before 21/11/2026, units used this month 164",
    "हस्ताक्षर और मुहर के बिना यह काग़ज़ मान्य नहीं माना जाएगा",
];

/// A flat page on which things are drawn.
pub(crate) struct Page {
    pub(crate) picture: GrayImage,
    /// Height of the small letters of its ordinary writing, in pixels; 0 where nothing is written.
    pub(crate) letters: f32,
}

struct Face {
    font: Font,
    offsets: Vec<usize>,
    outlines: &'static [u8],
}

fn be16(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))
}

fn signed(bytes: &[u8], at: usize) -> i16 {
    i16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn be32(bytes: &[u8], at: usize) -> usize {
    be16(bytes, at) << 16 | be16(bytes, at + 2)
}

fn table(tag: &[u8; 4]) -> &'static [u8] {
    let record = (0..be16(FACE, 4))
        .map(|index| 12 + index * 16)
        .find(|&at| &FACE[at..at + 4] == tag)
        .unwrap();
    let (start, length) = (be32(FACE, record + 8), be32(FACE, record + 12));
    &FACE[start..start + length]
}

type Point = (f32, f32);

impl Face {
    fn new() -> Self {
        let long = be16(table(b"head"), 50) != 0;
        let loca = table(b"loca");
        let offsets = (0..=be16(table(b"maxp"), 4))
            .map(|glyph| {
                if long {
                    be32(loca, glyph * 4)
                } else {
                    be16(loca, glyph * 2) * 2
                }
            })
            .collect();
        Self {
            font: Font::new(FACE, 0).unwrap(),
            offsets,
            outlines: table(b"glyf"),
        }
    }

    /// The closed outlines of a glyph as many short lines (the table `glyf` of OpenType).
    fn outlines(&self, glyph: usize, depth: usize) -> Vec<Vec<Point>> {
        let bytes = &self.outlines[self.offsets[glyph]..self.offsets[glyph + 1]];
        if bytes.is_empty() || depth > 4 {
            return vec![];
        }
        let contours = signed(bytes, 0);
        if contours < 0 {
            return self.composite(bytes, depth);
        }
        let ends: Vec<usize> = (0..contours as usize)
            .map(|index| be16(bytes, 10 + index * 2))
            .collect();
        let Some(points) = ends.last().map(|last| last + 1) else {
            return vec![];
        };
        let mut at = 10 + ends.len() * 2;
        at += 2 + be16(bytes, at);
        let mut flags = Vec::with_capacity(points);
        while flags.len() < points {
            let flag = bytes[at];
            at += 1;
            let mut times = 1;
            if flag & 8 != 0 {
                times += usize::from(bytes[at]);
                at += 1;
            }
            flags.extend(std::iter::repeat_n(flag, times));
        }
        let mut axis = |short: u8, same: u8| {
            let mut value = 0_i32;
            flags
                .iter()
                .map(|flag| {
                    if flag & short != 0 {
                        let step = i32::from(bytes[at]);
                        at += 1;
                        value += if flag & same != 0 { step } else { -step };
                    } else if flag & same == 0 {
                        value += i32::from(signed(bytes, at));
                        at += 2;
                    }
                    value as f32
                })
                .collect::<Vec<f32>>()
        };
        let (xs, ys) = (axis(2, 16), axis(4, 32));
        let mut first = 0;
        ends.iter()
            .map(|&end| {
                let contour: Vec<(Point, bool)> = (first..=end)
                    .map(|index| ((xs[index], ys[index]), flags[index] & 1 != 0))
                    .collect();
                first = end + 1;
                flattened(&contour)
            })
            .collect()
    }

    fn composite(&self, bytes: &[u8], depth: usize) -> Vec<Vec<Point>> {
        let (mut at, mut all) = (10, vec![]);
        loop {
            let flags = be16(bytes, at);
            let part = be16(bytes, at + 2);
            let (dx, dy) = if flags & 1 != 0 {
                at += 8;
                (f32::from(signed(bytes, at - 4)), f32::from(signed(bytes, at - 2)))
            } else {
                at += 6;
                (
                    f32::from(bytes[at - 2].cast_signed()),
                    f32::from(bytes[at - 1].cast_signed()),
                )
            };
            at += if flags & 8 != 0 {
                2
            } else if flags & 0x40 != 0 {
                4
            } else if flags & 0x80 != 0 {
                8
            } else {
                0
            };
            for contour in self.outlines(part, depth + 1) {
                all.push(contour.into_iter().map(|(x, y)| (x + dx, y + dy)).collect());
            }
            if flags & 0x20 == 0 {
                return all;
            }
        }
    }
}

/// A contour of points on and off the curve (quadratic), as points on it.
fn flattened(contour: &[(Point, bool)]) -> Vec<Point> {
    let middle = |a: Point, b: Point| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let count = contour.len();
    let start = contour.iter().position(|point| point.1).unwrap_or(0);
    let mut here = contour[start].0;
    let mut out = vec![here];
    let mut held: Option<Point> = None;
    for step in 1..=count {
        let (point, on) = contour[(start + step) % count];
        let curve = |from: Point, by: Point, to: Point, out: &mut Vec<Point>| {
            for part in 1..=4 {
                let t = part as f32 / 4.0;
                let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
                out.push((a * from.0 + b * by.0 + c * to.0, a * from.1 + b * by.1 + c * to.1));
            }
        };
        match (held, on) {
            (None, true) => out.push(point),
            (None, false) => {
                held = Some(point);
                continue;
            }
            (Some(by), true) => curve(here, by, point, &mut out),
            (Some(by), false) => {
                let to = middle(by, point);
                curve(here, by, to, &mut out);
                here = to;
                held = Some(point);
                continue;
            }
        }
        here = point;
        held = None;
    }
    out
}

/// Ink over paper: each pixel is asked at four heights, and along each with the exact share.
fn fill(page: &mut GrayImage, contours: &[Vec<Point>], ink: u8) {
    const ROWS: usize = 4;
    let (width, height) = page.dimensions();
    let ys = contours.iter().flatten().map(|point| point.1);
    let top = ys.clone().fold(f32::MAX, f32::min).max(0.0) as u32;
    let bottom = (ys.fold(f32::MIN, f32::max).max(0.0) as u32 + 1).min(height);
    let mut cover = vec![0.0_f32; width as usize];
    for y in top..bottom {
        cover.fill(0.0);
        for row in 0..ROWS {
            let level = y as f32 + (row as f32 + 0.5) / ROWS as f32;
            let mut crossings: Vec<(f32, i32)> = vec![];
            for contour in contours {
                for (index, &a) in contour.iter().enumerate() {
                    let b = contour[(index + 1) % contour.len()];
                    if (a.1 <= level) != (b.1 <= level) {
                        let x = a.0 + (level - a.1) / (b.1 - a.1) * (b.0 - a.0);
                        crossings.push((x, if a.1 < b.1 { 1 } else { -1 }));
                    }
                }
            }
            crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossings.windows(2) {
                winding += pair[0].1;
                if winding == 0 {
                    continue;
                }
                let (from, to) = (pair[0].0.max(0.0), pair[1].0.min(width as f32));
                for x in from as usize..to.max(from).ceil() as usize {
                    let part = (to.min(x as f32 + 1.0) - from.max(x as f32)).clamp(0.0, 1.0);
                    if let Some(cover) = cover.get_mut(x) {
                        *cover += part / ROWS as f32;
                    }
                }
            }
        }
        for (x, cover) in cover.iter().enumerate().filter(|(_, cover)| **cover > 0.0) {
            let pixel = page.get_pixel_mut(x as u32, y);
            let share = cover.min(1.0);
            pixel.0[0] = (f32::from(pixel.0[0]) * (1.0 - share) + f32::from(ink) * share) as u8;
        }
    }
}

/// Writes; `size` is the em in pixels. Where the writing ends.
fn write(face: &Face, page: &mut GrayImage, text: &str, (x, y): Point, size: f32, ink: u8) -> f32 {
    let scale = size / EM;
    let mut pen = x;
    for word in text.split_inclusive(' ') {
        let devanagari = word.chars().any(|letter| ('\u{900}'..='\u{97f}').contains(&letter));
        let mut buffer = Buffer::new();
        buffer.push_str(word);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(Some(if devanagari { Script::DEVANAGARI } else { Script::LATIN }));
        shape(&ShaperFont::new(&face.font), &mut buffer, ShapeOptions::new()).unwrap();
        for (info, place) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            let origin = (pen + place.x_offset as f32 * scale, y - place.y_offset as f32 * scale);
            let at = |(x, y): Point| (origin.0 + x * scale, origin.1 - y * scale);
            let outlines = face.outlines(info.glyph_id as usize, 0);
            let outlines: Vec<Vec<Point>> = outlines
                .into_iter()
                .map(|line| line.into_iter().map(at).collect())
                .collect();
            if !outlines.is_empty() {
                fill(page, &outlines, ink);
            }
            pen += place.x_advance as f32 * scale;
        }
    }
    pen
}

fn rule(page: &mut GrayImage, (x, y): (u32, u32), (w, h): (u32, u32), ink: u8) {
    let (width, height) = page.dimensions();
    for row in y..(y + h).min(height) {
        for column in x..(x + w).min(width) {
            page.put_pixel(column, row, Luma([ink]));
        }
    }
}

fn line(chance: &mut Chance) -> &'static str {
    LINES[(chance.between(0.0, LINES.len() as f32) as usize).min(LINES.len() - 1)]
}

fn sheet(width: u32, height: u32, paper: u8) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([paper]))
}

/// A page of A4 at 200 dots an inch with a heading and paragraphs; `points`: the size of its letters.
pub(crate) fn text(points: f32, chance: &mut Chance) -> Page {
    let face = Face::new();
    let (em, ink) = (points / 72.0 * 200.0, chance.between(20.0, 70.0) as u8);
    let mut picture = sheet(1654, 2339, chance.between(225.0, 252.0) as u8);
    write(
        &face,
        &mut picture,
        "प्रमाण पत्र / Certificate",
        (480.0, 260.0),
        em * 1.6,
        ink,
    );
    let mut y = 400.0;
    let last = chance.between(1200.0, 2150.0);
    while y < last {
        let mut x = 170.0;
        while x < 1000.0 {
            let text = line(chance);
            x = write(&face, &mut picture, &format!("{text} "), (x, y), em, ink);
        }
        y += em * if chance.between(0.0, 1.0) < 0.15 { 2.6 } else { 1.5 };
    }
    // What ran over the edge of the page is white again.
    rule(&mut picture, (1540, 300), (114, 1900), 240);
    Page {
        picture,
        letters: em * X_HEIGHT,
    }
}

/// A form: boxes with rules, printed labels, and answers; little on much paper.
pub(crate) fn form(points: f32, chance: &mut Chance) -> Page {
    let face = Face::new();
    let em = points / 72.0 * 200.0;
    let mut picture = sheet(1654, 2339, chance.between(225.0, 250.0) as u8);
    write(
        &face,
        &mut picture,
        "आवेदन प्रपत्र / Application form",
        (420.0, 220.0),
        em * 1.4,
        40,
    );
    let rows = chance.between(5.0, 14.0) as u32;
    for row in 0..rows {
        let y = 320 + row * 130;
        rule(&mut picture, (150, y), (1350, 3), 60);
        rule(&mut picture, (700, y), (3, 130), 60);
        let text: String = line(chance).chars().take(22).collect();
        write(&face, &mut picture, &text, (170.0, y as f32 + 80.0), em, 50);
        let text: String = line(chance).chars().take(chance.between(6.0, 26.0) as usize).collect();
        write(&face, &mut picture, &text, (730.0, y as f32 + 80.0), em, 35);
    }
    rule(&mut picture, (150, 320 + rows * 130), (1353, 3), 60);
    Page {
        picture,
        letters: em * X_HEIGHT,
    }
}

/// A card of 85.6 by 54 mm at 500 dots an inch: tinted ground with a pattern, a small portrait, a few lines of seven points.
pub(crate) fn card(chance: &mut Chance) -> Page {
    let face = Face::new();
    let ground = chance.between(190.0, 235.0);
    let mut picture = GrayImage::from_fn(1685, 1063, |x, y| {
        let wave = ((x as f32 / 45.0).sin() + (y as f32 / 60.0 + x as f32 / 200.0).cos()) * 6.0;
        Luma([(ground + wave) as u8])
    });
    let em = 7.0 / 72.0 * 500.0;
    write(
        &face,
        &mut picture,
        "भारत / IDENTITY CARD",
        (420.0, 150.0),
        em * 1.5,
        40,
    );
    let portrait = imageops::resize(&head(chance), 330, 420, imageops::FilterType::Triangle);
    imageops::replace(&mut picture, &portrait, 80, 260);
    for row in 0..6 {
        let text: String = line(chance).chars().take(34).collect();
        write(
            &face,
            &mut picture,
            &text,
            (470.0, 320.0 + row as f32 * em * 2.1),
            em,
            45,
        );
    }
    write(&face, &mut picture, "DL 0420 1187 4518", (470.0, 980.0), em * 1.6, 35);
    Page {
        picture,
        letters: em * X_HEIGHT,
    }
}

/// A strip of a bill from a small printer: large letters, few of them.
pub(crate) fn slip(chance: &mut Chance) -> Page {
    let face = Face::new();
    let em = 34.0;
    let mut picture = sheet(760, 1300, chance.between(205.0, 240.0) as u8);
    for row in 0..14 {
        let text: String = line(chance).chars().take(chance.between(12.0, 30.0) as usize).collect();
        write(&face, &mut picture, &text, (60.0, 110.0 + row as f32 * 78.0), em, 75);
    }
    Page {
        picture,
        letters: em * X_HEIGHT,
    }
}

/// Nothing on it.
pub(crate) fn blank(chance: &mut Chance) -> Page {
    Page {
        picture: sheet(1654, 2339, chance.between(215.0, 250.0) as u8),
        letters: 0.0,
    }
}

/// Soft random light and shade, as of walls, leaves or cloth: `finest` is the size of the smallest spots, in pixels.
fn clouds(width: u32, height: u32, finest: u32, chance: &mut Chance) -> GrayImage {
    let mut sum = vec![0.0_f32; (width * height) as usize];
    let (mut spot, mut weight) = (width / 2, 1.0);
    while spot >= finest.max(1) {
        let small = GrayImage::from_fn(width / spot + 2, height / spot + 2, |_, _| {
            Luma([chance.between(0.0, 255.0) as u8])
        });
        let large = imageops::resize(&small, width, height, imageops::FilterType::CatmullRom);
        for (sum, value) in sum.iter_mut().zip(large.iter()) {
            *sum += (f32::from(*value) - 127.0) * weight;
        }
        (spot, weight) = (spot / 2, weight * 0.6);
    }
    GrayImage::from_fn(width, height, |x, y| {
        Luma([(127.0 + sum[(y * width + x) as usize] * 0.55).clamp(0.0, 255.0) as u8])
    })
}

/// A head before a plain wall: skin, hair, eyes, mouth, shoulders, with the fine texture that skin and cloth have.
pub(crate) fn head(chance: &mut Chance) -> GrayImage {
    let (w, h) = (900, 1150);
    let (wall, skin, hair) = (
        chance.between(150.0, 240.0),
        chance.between(90.0, 190.0),
        chance.between(20.0, 70.0),
    );
    let (cx, cy) = (w as f32 * chance.between(0.45, 0.55), h as f32 * 0.42);
    let texture = clouds(w, h, 2, chance);
    GrayImage::from_fn(w, h, |x, y| {
        let (fx, fy) = (x as f32, y as f32);
        let inside =
            |ox: f32, oy: f32, rx: f32, ry: f32| ((fx - cx - ox) / rx).powi(2) + ((fy - cy - oy) / ry).powi(2) < 1.0;
        let side = 1.0 - (fx - cx).abs() / 900.0;
        let base = if inside(-90.0, -20.0, 38.0, 16.0) || inside(90.0, -20.0, 38.0, 16.0) {
            if inside(-90.0, -20.0, 15.0, 15.0) || inside(90.0, -20.0, 15.0, 15.0) {
                25.0
            } else {
                215.0
            }
        } else if inside(0.0, 150.0, 75.0, 22.0) || inside(-90.0, -65.0, 60.0, 10.0) || inside(90.0, -65.0, 60.0, 10.0)
        {
            skin * 0.5
        } else if inside(0.0, -130.0, 230.0, 170.0) && !inside(0.0, 20.0, 195.0, 230.0) {
            hair
        } else if inside(0.0, 0.0, 210.0, 270.0) {
            skin * side
        } else if inside(0.0, 620.0, 420.0, 330.0) {
            120.0 - 60.0 * (((fx + fy) / 14.0).sin() * 0.1)
        } else {
            wall
        };
        let grain = (f32::from(texture.get_pixel(x, y).0[0]) - 127.0) * 0.12;
        Luma([(base + grain).clamp(0.0, 255.0) as u8])
    })
}

/// A person's photograph for a form.
pub(crate) fn portrait(chance: &mut Chance) -> Page {
    Page {
        picture: head(chance),
        letters: 0.0,
    }
}

/// Sky, hills, trees and a fence.
pub(crate) fn landscape(chance: &mut Chance) -> Page {
    let (w, h) = (1600, 1200);
    let texture = clouds(w, h, 1, chance);
    let shift = chance.between(0.0, 90.0);
    let picture = GrayImage::from_fn(w, h, |x, y| {
        let (fx, fy) = (x as f32 + shift, y as f32);
        let hill = 520.0 + 120.0 * (fx / 230.0).sin() + 40.0 * (fx / 61.0).cos();
        let grain = f32::from(texture.get_pixel(x, y).0[0]) - 127.0;
        let value = if fy < hill {
            205.0 + 0.25 * grain - fy / 20.0
        } else if fy > 900.0 && fx % 90.0 < 14.0 {
            70.0 + 0.2 * grain
        } else {
            105.0 + 0.9 * grain
        };
        Luma([value.clamp(0.0, 255.0) as u8])
    });
    Page { picture, letters: 0.0 }
}
