//! Papers that people photograph, and codes that they scan.

use std::io::Cursor;

use anyhow::{Context, Result};
use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage, imageops};

/// A photographed page, JPEG, different for each `name`.
///
/// # Errors
/// When it cannot be encoded.
pub fn paper(name: &str) -> Result<Vec<u8>> {
    let ink = name
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let page = RgbImage::from_fn(480, 640, |x, y| {
        // Lines of words whose lengths come from the name.
        let line = y / 32;
        let words = (ink.rotate_left(line) ^ line.wrapping_mul(2_654_435_761)) % 240;
        let written = y > 64 && y % 32 < 8 && (48..160 + words).contains(&x) && x % 56 > 6;
        Rgb(if written { [58, 60, 72] } else { [236, 232, 223] })
    });
    let mut bytes = Cursor::new(Vec::new());
    page.write_to(&mut bytes, ImageFormat::Jpeg)?;
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
