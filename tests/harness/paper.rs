//! Papers that people photograph, and codes that they scan.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage, imageops};

/// Numbers that follow from a name.
fn chance(name: &str) -> impl FnMut(u32) -> u32 {
    let mut state = name
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    move |below| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below.max(1)
    }
}

/// A photographed page, JPEG, different for each `name`: lines of what looks like letters, on grey paper.
///
/// # Errors
/// When it cannot be encoded.
pub fn paper(name: &str) -> Result<Vec<u8>> {
    jpeg(&page(name))
}

/// The same page, far out of focus.
///
/// # Errors
/// When it cannot be encoded.
pub fn blurred_paper(name: &str) -> Result<Vec<u8>> {
    jpeg(&imageops::blur(&page(name), 14.0))
}

fn page(name: &str) -> RgbImage {
    const CELL: u32 = 3;
    let mut chance = chance(name);
    let mut page = RgbImage::from_pixel(720, 960, Rgb([236, 232, 223]));
    for line in 0..24 {
        let (mut x, y) = (60, 80 + line * 34);
        let end = 360 + chance(280);
        while x < end {
            for _ in 0..3 + chance(5) {
                // A letter: an upright stroke, and some more in a grid of four by six.
                for cell in 0..24 {
                    let (column, row) = (cell % 4, cell / 4);
                    if column == 0 || chance(3) == 0 {
                        for dot in 0..CELL * CELL {
                            let at = (x + column * CELL + dot % CELL, y + row * CELL + dot / CELL);
                            page.put_pixel(at.0, at.1, Rgb([58, 60, 72]));
                        }
                    }
                }
                x += 15;
            }
            x += 12;
        }
    }
    page
}

/// A photograph of a person, JPEG, different for each `name`: a head before a wall.
///
/// # Errors
/// When it cannot be encoded.
pub fn portrait(name: &str) -> Result<Vec<u8>> {
    let mut chance = chance(name);
    let (skin, wall) = (110 + chance(70), 190 + chance(50));
    let face = RgbImage::from_fn(480, 600, |x, y| {
        let inside = |cx: u32, cy: u32, rx: u32, ry: u32| {
            let part = |from: u32, to: u32, radius: u32| (f64::from(from.abs_diff(to)) / f64::from(radius)).powi(2);
            part(x, cx, rx) + part(y, cy, ry) < 1.0
        };
        let grey = if inside(195, 240, 18, 8) || inside(285, 240, 18, 8) {
            30
        } else if inside(240, 320, 40, 10) {
            skin / 2
        } else if inside(240, 250, 105, 135) {
            skin - x / 12
        } else if inside(240, 215, 125, 140) {
            40
        } else if inside(240, 600, 220, 170) {
            75
        } else {
            wall - y / 20
        };
        let grey = u8::try_from(grey).unwrap_or(u8::MAX);
        Rgb([grey, grey, grey])
    });
    jpeg(&face)
}

fn jpeg(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

/// A photo of the printed code that holds `text`: grey, turned by three degrees, JPEG.
///
/// # Errors
/// When the text does not fit into a code, or the photo cannot be encoded.
pub fn photo_of_code(text: &str) -> Result<Vec<u8>> {
    photo_of_codes(&[text])
}

/// The same of several codes beside each other, as a certificate has two.
///
/// # Errors
/// As [`photo_of_code`].
pub fn photo_of_codes(texts: &[&str]) -> Result<Vec<u8>> {
    let codes = texts.iter().map(|text| turned(text)).collect::<Result<Vec<_>>>()?;
    let width = codes.iter().map(GrayImage::width).sum();
    let height = codes.iter().map(GrayImage::height).max().unwrap_or(0);
    let mut photo = GrayImage::from_pixel(width, height, Luma([214]));
    let mut left = 0;
    for code in &codes {
        imageops::replace(&mut photo, code, left, 0);
        left += i64::from(code.width());
    }
    let mut bytes = Cursor::new(Vec::new());
    photo.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

/// A code, grey and not quite straight.
fn turned(text: &str) -> Result<GrayImage> {
    const MODULE: f64 = 7.0;
    let code = certificates::qr::encode(text)?;
    let side = i64::from(code.side);
    let dark = |x: i64, y: i64| {
        let inside = (0..side).contains(&x) && (0..side).contains(&y);
        let place = usize::try_from(y * side + x).ok().filter(|_| inside);
        place.and_then(|place| code.dark.get(place)).copied().unwrap_or(false)
    };
    let size = u32::try_from((side + 20) * 7).context("a code of a printable size")?;
    let (sine, cosine) = 0.05_f64.sin_cos();
    let middle = f64::from(size) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the picture has a few hundred pixels a side"
    )]
    Ok(GrayImage::from_fn(size, size, |x, y| {
        let (x, y) = (f64::from(x) - middle, f64::from(y) - middle);
        let module = |t: f64| (t / MODULE + f64::from(code.side) / 2.0).floor() as i64;
        let is_dark = dark(module(cosine * x + sine * y), module(cosine * y - sine * x));
        Luma([if is_dark { 48 } else { 214 }])
    }))
}

/// What the PDF carries beside its page: the files attached to it, by name.
///
/// # Errors
/// When it is no PDF, or an attachment cannot be read.
pub fn attachments(pdf: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let document = lopdf::Document::load_mem(pdf)?;
    let mut found = Vec::new();
    for object in document.objects.values() {
        let Ok(specification) = object.as_dict() else { continue };
        if specification.get(b"Type").and_then(lopdf::Object::as_name).ok() != Some(b"Filespec".as_slice()) {
            continue;
        }
        let name = specification.get(b"UF").or_else(|_| specification.get(b"F"))?;
        let name = lopdf::decode_text_string(name)?;
        let stream = specification.get(b"EF")?.as_dict()?.get(b"F")?.as_reference()?;
        let stream = document.get_object(stream)?.as_stream()?;
        let bytes = if stream.is_compressed() {
            stream.decompressed_content()?
        } else {
            stream.content.clone()
        };
        found.push((name, bytes));
    }
    Ok(found)
}

/// The credential that the printed code of a PDF carries, as it stands in the code's address.
///
/// # Errors
/// When the PDF carries none.
pub fn credential_code(pdf: &[u8]) -> Result<String> {
    let attached = attachments(pdf)?;
    let (_, bytes) = attached
        .iter()
        .find(|(name, _)| name == "certificate.cose")
        .with_context(|| {
            let names: Vec<&String> = attached.iter().map(|(name, _)| name).collect();
            format!("no credential among {names:?}")
        })?;
    Ok(certificates::Token::from_bytes(bytes)?.code())
}
