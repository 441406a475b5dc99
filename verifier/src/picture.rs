//! QR codes in a picture: for a page whose browser cannot read them itself. What a code says goes through [`crate::Kept::check`]
//! like anything typed.

use certificates::read::SymbolSearch;
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::{Binarizer, BinaryBitmap, Luma8LuminanceSource};

/// Pixels of a picture: the page draws it smaller than this.
const PIXELS_MAX: usize = 16_000_000;

/// What the codes in a grey picture say: a byte a pixel, row by row. Nothing for a picture that is not `width` wide, or too large.
#[must_use]
pub fn texts(grey: Vec<u8>, width: u32) -> Vec<String> {
    let pixels = grey.len();
    let height = u32::try_from(pixels).ok().and_then(|pixels| pixels.checked_div(width));
    let Some(height) = height.filter(|height| {
        usize::try_from(u64::from(width) * u64::from(*height)) == Ok(pixels) && (1..=PIXELS_MAX).contains(&pixels)
    }) else {
        return vec![];
    };
    // A threshold for each neighbourhood first, then one for the whole picture.
    let near = found(grey.clone(), width, height, HybridBinarizer::new);
    if near.is_empty() {
        found(grey, width, height, GlobalHistogramBinarizer::new)
    } else {
        near
    }
}

fn found<B: Binarizer>(
    grey: Vec<u8>,
    width: u32,
    height: u32,
    binarizer: impl FnOnce(Luma8LuminanceSource) -> B,
) -> Vec<String> {
    let Ok(source) = Luma8LuminanceSource::new(grey, width, height) else {
        return vec![];
    };
    SymbolSearch::default().texts(BinaryBitmap::new(binarizer(source)).get_black_matrix())
}
