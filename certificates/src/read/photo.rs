//! QR codes in photos and scans. Each attempt shows the reader the same picture in another way; the first that finds a
//! credential ends the search.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, imageops};
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::{Binarizer, BinaryBitmap, Luma8LuminanceSource};

use super::{Advice, Evidence, Limits, Read, SymbolSearch, code};
use crate::Token;

/// Longest side of the picture that is tried first. A chat program's photo has 1,600.
const SIDE_FIRST: u32 = 2000;
/// Longest side that is ever searched: nine megapixels at most.
const SIDE_MAX: u32 = 3600;

/// One way of looking.
struct Attempt {
    /// Size against the picture of the first attempt.
    scale: f32,
    /// An unsharp mask: the blur that it undoes, in pixels, and how strongly.
    sharpen: Option<(f32, f32)>,
    invert: bool,
    /// One threshold for the whole picture, in place of one for each neighbourhood.
    global: bool,
}

const PLAIN: Attempt = Attempt {
    scale: 1.0,
    sharpen: None,
    invert: false,
    global: false,
};
/// What a chat program's shrinking takes away.
const CRISP: Option<(f32, f32)> = Some((1.5, 1.0));

/// The cheap first; then for what is out of focus, larger for small codes, smaller for noisy ones. The strengths were tried on the
/// photos of `tests/verify/campaign.rs`: 14 of 40 that are out of focus were read without the second and the fifth, 26 with them.
const ATTEMPTS: [Attempt; 10] = [
    PLAIN,
    Attempt {
        scale: 0.5,
        sharpen: Some((2.0, 8.0)),
        ..PLAIN
    },
    Attempt { global: true, ..PLAIN },
    Attempt {
        scale: 1.5,
        sharpen: CRISP,
        ..PLAIN
    },
    Attempt {
        sharpen: Some((3.0, 8.0)),
        ..PLAIN
    },
    Attempt { scale: 0.7, ..PLAIN },
    Attempt {
        scale: 2.0,
        sharpen: CRISP,
        ..PLAIN
    },
    Attempt { scale: 0.45, ..PLAIN },
    Attempt {
        sharpen: CRISP,
        global: true,
        ..PLAIN
    },
    Attempt { invert: true, ..PLAIN },
];

/// Finds the credential in a picture.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Read {
    let picture = match decode(bytes, limits) {
        Ok(picture) => picture,
        Err(advice) => return Read::Unreadable(advice),
    };
    let first = scaled(&picture, ratio(&picture, SIDE_FIRST).min(1.0));
    let mut found = Found::default();
    for attempt in &ATTEMPTS {
        if found.look(shown(&first, attempt), attempt.global) {
            return found.answer();
        }
    }
    // What a large picture lost on its way to the first size.
    if picture.width().max(picture.height()) > SIDE_FIRST {
        found.look(scaled(&picture, ratio(&picture, SIDE_MAX).min(1.0)).into_luma8(), false);
    }
    found.answer()
}

/// Grey, on white where the picture is transparent.
fn decode(bytes: &[u8], limits: &Limits) -> Result<DynamicImage, Advice> {
    let reader = || {
        let reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|_| Advice::DamagedFile)?;
        match reader.format() {
            Some(ImageFormat::Jpeg | ImageFormat::Png) => Ok(reader),
            _ => Err(Advice::WrongType),
        }
    };
    let (width, height) = reader()?.into_dimensions().map_err(|_| Advice::DamagedFile)?;
    if u64::from(width) * u64::from(height) > limits.pixels_max {
        return Err(Advice::TooLarge);
    }
    let mut reader = reader()?;
    let mut allowed = image::Limits::default();
    // Eight bytes a pixel: four channels of sixteen bits.
    allowed.max_alloc = Some(limits.pixels_max.saturating_mul(8));
    reader.limits(allowed);
    let picture = reader.decode().map_err(|_| Advice::DamagedFile)?;
    if !picture.color().has_alpha() {
        return Ok(picture.into_luma8().into());
    }
    let pixels = picture.into_luma_alpha8();
    let on_white = GrayImage::from_fn(width, height, |x, y| {
        let [grey, alpha] = pixels.get_pixel(x, y).0;
        let (grey, alpha) = (u32::from(grey), u32::from(alpha));
        image::Luma([u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)])
    });
    Ok(on_white.into())
}

/// What to multiply a picture's size with so that its longest side is `side`.
fn ratio(picture: &DynamicImage, side: u32) -> f32 {
    side as f32 / picture.width().max(picture.height()).max(1) as f32
}

fn scaled(picture: &DynamicImage, scale: f32) -> DynamicImage {
    let side = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    picture.resize_exact(side(picture.width()), side(picture.height()), FilterType::Triangle)
}

fn shown(first: &DynamicImage, attempt: &Attempt) -> GrayImage {
    let mut picture = scaled(first, attempt.scale.min(ratio(first, SIDE_MAX)));
    if attempt.invert {
        picture.invert();
    }
    let mut picture = picture.into_luma8();
    if let Some((blur, strength)) = attempt.sharpen {
        let blurred = imageops::fast_blur(&picture, blur);
        for (sharp, blurred) in picture.iter_mut().zip(blurred.iter()) {
            let (here, around) = (f32::from(*sharp), f32::from(*blurred));
            // Out of range is black or white: a cast saturates.
            *sharp = (here + strength * (here - around)) as u8;
        }
    }
    picture
}

/// What the attempts have seen so far.
#[derive(Default)]
struct Found {
    search: SymbolSearch,
    tokens: Vec<Token>,
    damaged: bool,
    other: bool,
}

impl Found {
    /// One attempt; whether the search can end.
    fn look(&mut self, picture: GrayImage, global: bool) -> bool {
        let (width, height) = picture.dimensions();
        let Ok(source) = Luma8LuminanceSource::new(picture.into_raw(), width, height) else {
            return false;
        };
        let texts = if global {
            self.texts(GlobalHistogramBinarizer::new(source))
        } else {
            self.texts(HybridBinarizer::new(source))
        };
        for text in texts {
            match code(&text) {
                Read::Evidence(Evidence::Token(token)) if !self.tokens.contains(&token) => self.tokens.push(token),
                Read::Unreadable(_) => self.damaged = true,
                Read::NotOurs => self.other = true,
                _ => {}
            }
        }
        !self.tokens.is_empty() || self.search.is_over()
    }

    fn texts<B: Binarizer>(&mut self, binarizer: B) -> Vec<String> {
        self.search.texts(BinaryBitmap::new(binarizer).get_black_matrix())
    }

    fn answer(mut self) -> Read {
        match (self.tokens.pop(), self.tokens.is_empty()) {
            (Some(token), true) => Read::Evidence(Evidence::Token(token)),
            (Some(_), false) => Read::Unreadable(Advice::SeveralCodes),
            (None, _) if self.damaged => Read::Unreadable(Advice::DamagedCode),
            (None, _) if self.other => Read::NotOurs,
            (None, _) => Read::Unreadable(Advice::NoCode),
        }
    }
}
