//! A camera and a table to lay the page on: what a telephone makes of it, and what a chat program makes of that. The same number gives
//! the same photo.

use std::process::Command;

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageReader, Luma, imageops, imageops::FilterType};

/// Dots an inch of the page before it is photographed.
const PAGE_DPI: u32 = 300;

/// The first page of a PDF as a printer would lay it on paper. `None` without poppler.
pub(crate) fn printed(pdf: &[u8]) -> Option<GrayImage> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    std::fs::write(&path, pdf).unwrap();
    let drawn = Command::new("pdftoppm")
        .args(["-r", &PAGE_DPI.to_string(), "-gray", "-png", "-singlefile"])
        .args([&path, &folder.path().join("page")])
        .status();
    let missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    if drawn.as_ref().is_err_and(missing) {
        assert!(
            std::env::var_os("PRAMAN_TEST_EVERYTHING").is_none(),
            "pdftoppm (poppler-utils) is missing"
        );
        return None;
    }
    assert!(drawn.unwrap().success());
    let page = ImageReader::open(folder.path().join("page.png")).unwrap();
    Some(page.decode().unwrap().into_luma8())
}

/// splitmix64 (Steele, Lea, Flood 2014).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.next() >> 40) as f32 / (1_u32 << 24) as f32)
    }

    /// About normal, with this standard deviation.
    fn normal(&mut self, deviation: f32) -> f32 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xffff).sum();
        // Four uniform numbers: their sum has a standard deviation of 65,536 / √3.
        (sum as f32 - 131_070.0) / 37_837.0 * deviation
    }
}

/// How the paper lies before the lens.
pub(crate) struct View {
    /// Centre of what is looked at, in pixels of the page.
    pub(crate) centre: (f32, f32),
    /// How many pixels of the page fill the long side of the frame.
    pub(crate) span: f32,
    /// Width and height of the photo.
    pub(crate) frame: (u32, u32),
    /// Degrees: about the line of sight, sideways, backwards.
    pub(crate) roll: f32,
    pub(crate) yaw: f32,
    pub(crate) pitch: f32,
}

type Matrix = [[f32; 3]; 3];

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|row| std::array::from_fn(|column| (0..3).map(|k| a[row][k] * b[k][column]).sum()))
}

/// Up to a factor, which does not matter to a projection.
fn inverse(m: &Matrix) -> Matrix {
    let minor = |row: usize, column: usize| {
        let (r, c) = ([(row + 1) % 3, (row + 2) % 3], [(column + 1) % 3, (column + 2) % 3]);
        m[r[0]][c[0]] * m[r[1]][c[1]] - m[r[0]][c[1]] * m[r[1]][c[0]]
    };
    std::array::from_fn(|row| std::array::from_fn(|column| minor(column, row)))
}

/// The photo.
pub(crate) fn photograph(page: &GrayImage, view: &View) -> GrayImage {
    let (wide, high) = view.frame;
    let long = wide.max(high) as f32;
    // Smaller first, over areas, so that no line of the page falls between two samples.
    let zoom = long / view.span;
    let shrink = (1.25 * zoom).min(1.0);
    let side = |length: u32| (length as f32 * shrink) as u32;
    let page = imageops::resize(page, side(page.width()), side(page.height()), FilterType::Triangle);
    let (roll, yaw, pitch) = (view.roll.to_radians(), view.yaw.to_radians(), view.pitch.to_radians());
    let about_z = [
        [roll.cos(), -roll.sin(), 0.0],
        [roll.sin(), roll.cos(), 0.0],
        [0.0, 0.0, 1.0],
    ];
    let about_y = [
        [yaw.cos(), 0.0, yaw.sin()],
        [0.0, 1.0, 0.0],
        [-yaw.sin(), 0.0, yaw.cos()],
    ];
    let about_x = [
        [1.0, 0.0, 0.0],
        [0.0, pitch.cos(), -pitch.sin()],
        [0.0, pitch.sin(), pitch.cos()],
    ];
    let turned = product(&about_x, &product(&about_y, &about_z));
    // A telephone's lens sees about 65 degrees along the long side: the distance is 0.8 of what it sees.
    let (focus, distance) = (0.8 * long, 0.8 * view.span * shrink);
    let plane = [
        [turned[0][0], turned[0][1], 0.0],
        [turned[1][0], turned[1][1], 0.0],
        [turned[2][0], turned[2][1], distance],
    ];
    let lens = [
        [focus, 0.0, wide as f32 / 2.0],
        [0.0, focus, high as f32 / 2.0],
        [0.0, 0.0, 1.0],
    ];
    let back = inverse(&product(&lens, &plane));
    let centre = (view.centre.0 * shrink, view.centre.1 * shrink);
    let (right, bottom) = (page.width() - 1, page.height() - 1);
    let (stride, grey) = (page.width() as usize, page.as_raw());
    let mut photo = GrayImage::new(wide, high);
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let [u, v, w] = back.map(|row| row[0] * x + row[1] * y + row[2]);
        let (u, v) = (u / w + centre.0 - 0.5, v / w + centre.1 - 0.5);
        pixel.0[0] = if u < 0.0 || v < 0.0 || u >= right as f32 || v >= bottom as f32 {
            TABLE
        } else {
            let (column, row) = (u as usize, v as usize);
            let (du, dv) = (u - column as f32, v - row as f32);
            let at = row * stride + column;
            let [a, b, c, d] = [at, at + 1, at + stride, at + stride + 1].map(|at| f32::from(grey[at]));
            ((a * (1.0 - du) + b * du) * (1.0 - dv) + (c * (1.0 - du) + d * du) * dv) as u8
        };
    }
    photo
}

/// Brown wood, in grey.
const TABLE: u8 = 96;

/// What the sensor makes of the light: blur in pixels, brightness, and noise in grey levels.
pub(crate) fn exposed(photo: &GrayImage, blur: f32, light: f32, noise: f32, chance: &mut Chance) -> GrayImage {
    let mut photo = imageops::blur(photo, blur);
    let (across, down) = (chance.between(-0.25, 0.25), chance.between(-0.25, 0.25));
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        let fall = 1.0 + across * (x as f32 / width - 0.5) + down * (y as f32 / height - 0.5);
        let value = f32::from(pixel.0[0]) * light * fall + chance.normal(noise);
        pixel.0[0] = value.clamp(0.0, 255.0) as u8;
    }
    photo
}

/// A copy of the page by an old machine: hard contrast, specks, a little out of focus.
pub(crate) fn copied(page: &GrayImage, chance: &mut Chance) -> GrayImage {
    let mut page = imageops::blur(page, 1.6);
    let middle = chance.between(105.0, 150.0);
    for pixel in page.pixels_mut() {
        let value = (f32::from(pixel.0[0]) - middle) * 3.0 + 128.0;
        pixel.0[0] = value.clamp(20.0, 245.0) as u8;
    }
    for _ in 0..3000 {
        let (x, y) = (
            chance.between(0.0, page.width() as f32 - 4.0) as u32,
            chance.between(0.0, page.height() as f32 - 4.0) as u32,
        );
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1)] {
            page.put_pixel(x + dx, y + dy, Luma([40]));
        }
    }
    page
}

/// A fold across the place, and a drop of tea at its edge. `side`: of the symbol, in pixels.
pub(crate) fn worn(page: &GrayImage, (x, y): (f32, f32), side: f32, chance: &mut Chance) -> GrayImage {
    let mut page = page.clone();
    let (slope, offset) = (chance.between(-0.4, 0.4), chance.between(-0.3, 0.3) * side);
    let angle = chance.between(0.0, std::f32::consts::TAU);
    let (drop_x, drop_y) = (x + angle.cos() * side * 0.45, y + angle.sin() * side * 0.45);
    for (column, row, pixel) in page.enumerate_pixels_mut() {
        let (dx, dy) = (column as f32 - x, row as f32 - y);
        if dx.abs() > side || dy.abs() > side {
            continue;
        }
        let mut value = f32::from(pixel.0[0]);
        let from_fold = (dy - slope * dx - offset).abs();
        if from_fold < 4.0 {
            value = value * 0.3 + 225.0 * 0.7;
        }
        let from_drop = ((column as f32 - drop_x).powi(2) + (row as f32 - drop_y).powi(2)).sqrt();
        if from_drop < side * 0.22 {
            value *= 0.62;
        }
        pixel.0[0] = value as u8;
    }
    page
}

pub(crate) fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let colour = image::DynamicImage::ImageLuma8(picture.clone()).into_rgb8();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&colour)
        .unwrap();
    bytes
}

/// Sent on by a chat program that makes the long side 1,280 pixels.
pub(crate) fn forwarded(photo: &[u8]) -> Vec<u8> {
    let photo = image::load_from_memory(photo).unwrap().into_luma8();
    let scale = 1280.0 / photo.height().max(photo.width()) as f32;
    let side = |length: u32| (length as f32 * scale) as u32;
    let smaller = imageops::resize(&photo, side(photo.width()), side(photo.height()), FilterType::Triangle);
    jpeg(&smaller, 70)
}
