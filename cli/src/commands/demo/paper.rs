//! The papers that a citizen of the demonstration photographs.

use domain::catalogue::{Document, Shows};
use image::{ImageFormat, RgbImage};

/// A photographed paper that stands for the document with this code, another one for each: lines of what looks like letters.
/// Where a person is to be shown, a head before a wall.
pub(super) fn paper(document: &Document) -> anyhow::Result<Vec<u8>> {
    const CELL: u32 = 3;
    let mut state = document
        .code
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let mut chance = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let mut page = RgbImage::from_pixel(720, 960, image::Rgb([236, 232, 224]));
    if document.shows == Shows::Portrait {
        for (x, y, pixel) in page.enumerate_pixels_mut() {
            let (dx, dy) = (x.abs_diff(360), y.abs_diff(400));
            let grey = match dx * dx + dy * dy * 3 / 5 {
                ..26_000 => 150,
                26_000..40_000 => 45,
                _ => 215,
            };
            *pixel = image::Rgb([grey, grey, grey]);
        }
    } else {
        for y in (80..880).step_by(34) {
            let end = 360 + chance(280);
            let mut x = 60;
            while x < end {
                // Letters in a grid of four by six, each with an upright stroke, and a gap after some.
                for cell in 0..24 {
                    let (column, row) = (cell % 4, cell / 4);
                    if column == 0 || chance(3) == 0 {
                        for dot in 0..CELL * CELL {
                            let (dx, dy) = (column * CELL + dot % CELL, row * CELL + dot / CELL);
                            page.put_pixel(x + dx, y + dy, image::Rgb([60, 60, 70]));
                        }
                    }
                }
                x += if chance(5) == 0 { 27 } else { 15 };
            }
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    page.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
