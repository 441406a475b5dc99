//! Grey pictures: decoded within bounds, shrunk, smoothed.

use std::io::Cursor;

use domain::PaperFinding;
use image::{ImageFormat, ImageReader};

use crate::Limits;

/// Scans of a progressive JPEG; cameras and programs write about ten. Each is worked through over the whole picture, however
/// little it says.
const SCANS_MAX: usize = 64;

/// A grey picture, row by row.
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Grey {
    /// A JPEG or PNG, on white where it is transparent. Its size is known before a pixel of it is taken in.
    pub(crate) fn decoded(bytes: &[u8], limits: &Limits) -> Result<Self, PaperFinding> {
        let reader = || {
            let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
            let reader = reader.map_err(|_| PaperFinding::Damaged)?;
            match reader.format() {
                Some(ImageFormat::Jpeg | ImageFormat::Png) => Ok(reader),
                _ => Err(PaperFinding::Damaged),
            }
        };
        let scans = bytes.windows(2).filter(|pair| pair == b"\xff\xda").count();
        if reader()?.format() == Some(ImageFormat::Jpeg) && scans > SCANS_MAX {
            return Err(PaperFinding::Damaged);
        }
        let (width, height) = reader()?.into_dimensions().map_err(|_| PaperFinding::Damaged)?;
        if u64::from(width) * u64::from(height) > limits.pixels_max {
            return Err(PaperFinding::TooLarge);
        }
        let mut reader = reader()?;
        let mut allowed = image::Limits::default();
        // Four channels of eight bits, or two of sixteen.
        allowed.max_alloc = Some(limits.pixels_max.saturating_mul(4));
        reader.limits(allowed);
        let picture = reader.decode().map_err(|error| match error {
            image::ImageError::Limits(_) => PaperFinding::TooLarge,
            _ => PaperFinding::Damaged,
        })?;
        let pixels = if picture.color().has_alpha() {
            let on_white = |pixel: &[u8]| match pixel {
                [grey, alpha] => {
                    let (grey, alpha) = (u16::from(*grey), u16::from(*alpha));
                    u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
                }
                _ => u8::MAX,
            };
            picture
                .into_luma_alpha8()
                .as_raw()
                .chunks_exact(2)
                .map(on_white)
                .collect()
        } else {
            picture.into_luma8().into_raw()
        };
        let side = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self {
            width: side(width),
            height: side(height),
            pixels,
        })
    }

    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y * self.width;
        self.pixels.get(start..start + self.width).unwrap_or_default()
    }

    /// Each pixel is the mean of the pixels of the larger picture that it covers. Never larger.
    pub(crate) fn shrunk(&self, longest: usize) -> Self {
        let side = self.width.max(self.height);
        if side <= longest {
            return Self {
                width: self.width,
                height: self.height,
                pixels: self.pixels.clone(),
            };
        }
        let scaled = |length: usize| (length * longest / side).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        let starts: Vec<usize> = (0..=width).map(|x| x * self.width / width).collect();
        let mut pixels = Vec::with_capacity(width * height);
        let mut columns = vec![0_u32; self.width];
        for y in 0..height {
            let (top, bottom) = (y * self.height / height, (y + 1) * self.height / height);
            columns.fill(0);
            for from in top..bottom {
                for (sum, &pixel) in columns.iter_mut().zip(self.row(from)) {
                    *sum += u32::from(pixel);
                }
            }
            let rows = (bottom - top) as u32;
            pixels.extend(starts.iter().zip(starts.iter().skip(1)).map(|(&left, &right)| {
                let sum: u32 = columns.get(left..right).unwrap_or_default().iter().sum();
                u8::try_from(sum / (rows * (right - left) as u32).max(1)).unwrap_or(u8::MAX)
            }));
        }
        Self { width, height, pixels }
    }

    /// Smoothed by one, two, one across and down: single pixels of noise lose three quarters of their height.
    pub(crate) fn smoothed(&self) -> Self {
        let mut pixels = self.pixels.clone();
        let third = |a: u8, b: u8, c: u8| ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) / 4) as u8;
        for (row, out) in self
            .pixels
            .chunks_exact(self.width)
            .zip(pixels.chunks_exact_mut(self.width))
        {
            for (of, out) in row.windows(3).zip(out.iter_mut().skip(1)) {
                if let [a, b, c] = of {
                    *out = third(*a, *b, *c);
                }
            }
        }
        let across = pixels.clone();
        let rows = |from: usize| across.chunks_exact(self.width).skip(from);
        for (((above, here), below), out) in rows(0)
            .zip(rows(1))
            .zip(rows(2))
            .zip(pixels.chunks_exact_mut(self.width).skip(1))
        {
            for (((a, b), c), out) in above.iter().zip(here).zip(below).zip(out.iter_mut()) {
                *out = third(*a, *b, *c);
            }
        }
        Self {
            width: self.width,
            height: self.height,
            pixels,
        }
    }
}
