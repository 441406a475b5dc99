//! How long a look at one paper takes, on one core, and the same for the parts of a large picture: 12 megapixels as a camera makes
//! them, what a chat program sends on, and a picture on which nothing is written, which is looked at once more.
//!
//! ```text
//! cargo run --release -p papers --example time
//! ```
#![expect(clippy::print_stdout, reason = "a program that says what it measured")]
#![expect(clippy::disallowed_methods, reason = "a measurement, not a fact")]

use std::io::Cursor;
use std::time::Instant;

use domain::catalogue::Shows;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};
use papers::{Limits, check};

const TIMES: u32 = 20;

/// Lines of what looks like letters, with the noise of a sensor.
fn page(width: u32, height: u32, letters: bool) -> RgbImage {
    let (mut state, scale) = (1_u32, width / 900 + 1);
    RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 28) as u8;
        let (x, y) = (x / scale, y / scale);
        let (column, row) = (x % 15 / 3, y % 34 / 3);
        let dark = column == 0 || (x / 15 * 7 + y / 34 * 13 + column * 5 + row * 11 + column * row) % 3 == 0;
        let grey = if letters && column < 4 && row < 6 && dark {
            50
        } else {
            220
        };
        Rgb([grey + noise, grey + noise, grey])
    })
}

fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = vec![];
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(picture)?;
    Ok(bytes)
}

fn main() -> Result<(), image::ImageError> {
    let camera = page(4000, 3000, true);
    let mut png = Cursor::new(vec![]);
    page(1600, 1200, true).write_to(&mut png, ImageFormat::Png)?;
    for (name, bytes) in [
        ("12 megapixels, written", jpeg(&camera)?),
        ("12 megapixels, nothing on it", jpeg(&page(4000, 3000, false))?),
        ("1,600 pixels, written", jpeg(&page(1600, 1200, true))?),
        ("1,600 pixels, PNG", png.into_inner()),
    ] {
        let mut spent = vec![];
        for _ in 0..TIMES {
            let begun = Instant::now();
            let checked = check(&bytes, Shows::Writing, &Limits::default());
            spent.push(begun.elapsed());
            std::hint::black_box(checked);
        }
        spent.sort();
        let (least, middle) = (spent.first().copied(), spent.get(spent.len() / 2).copied());
        println!(
            "{name}: {} KB, middle {:.0} ms, least {:.0} ms",
            bytes.len() / 1000,
            middle.unwrap_or_default().as_secs_f64() * 1000.0,
            least.unwrap_or_default().as_secs_f64() * 1000.0
        );
    }
    Ok(())
}
