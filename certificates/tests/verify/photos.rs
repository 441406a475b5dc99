//! Photos of the paper, made here: margin, rotation, blur, noise, and the JPEG that a chat program makes of it.

use certificates::read::{Advice, Limits, Read, SymbolSearch};
use certificates::{Evidence, Token, qr};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage, imageops};
use rxing::common::BitMatrix;

use crate::world::{HOST, Issuer, read, record};

/// A symbol on paper of this size, at this place, its modules this many pixels wide.
fn paper(text: &str, size: (u32, u32), at: (f32, f32), module: f32) -> GrayImage {
    let symbol = qr::encode(text).unwrap();
    let side = f32::from(symbol.side);
    let mut paper = GrayImage::from_pixel(size.0, size.1, Luma([235]));
    // Four samples a pixel each way: edges fall between pixels, as on a sensor.
    for (x, y, pixel) in paper.enumerate_pixels_mut() {
        let mut dark = 0;
        for sample in 0_u8..16 {
            let column = (x as f32 + f32::from(sample % 4) / 4.0 + 0.125 - at.0) / module;
            let row = (y as f32 + f32::from(sample / 4) / 4.0 + 0.125 - at.1) / module;
            if (0.0..side).contains(&column) && (0.0..side).contains(&row) {
                let index = row as usize * usize::from(symbol.side) + column as usize;
                dark += u16::from(symbol.dark[index]);
            }
        }
        pixel.0[0] = u8::try_from(235 - 200 * dark / 16).unwrap();
    }
    paper
}

/// Lines of grey strokes: what is printed around the symbol.
fn printed(mut paper: GrayImage, rows: std::ops::Range<u32>) -> GrayImage {
    let width = paper.width();
    for y in rows.filter(|y| y % 22 < 9) {
        for x in (width / 12..width - width / 12).filter(|x| (x * 7 + (y / 22) * 13) % 11 < 5) {
            paper.put_pixel(x, y, Luma([60]));
        }
    }
    paper
}

fn rotated(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (wide, high) = (
        (width * cosine.abs() + height * sine.abs()).ceil(),
        (width * sine.abs() + height * cosine.abs()).ceil(),
    );
    GrayImage::from_fn(wide as u32, high as u32, |x, y| {
        let (x, y) = (x as f32 - wide / 2.0, y as f32 - high / 2.0);
        let (x, y) = (
            cosine * x + sine * y + width / 2.0,
            cosine * y - sine * x + height / 2.0,
        );
        imageops::interpolate_bilinear(picture, x, y).unwrap_or(Luma([120]))
    })
}

/// Light from one side, a little blur, the sensor's noise.
fn taken(picture: &GrayImage) -> GrayImage {
    let mut picture = imageops::blur(picture, 0.7);
    let width = picture.width();
    let mut noise = 1_u32;
    for (x, _, pixel) in picture.enumerate_pixels_mut() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let light = 0.7 + 0.3 * x as f32 / width as f32;
        let value = f32::from(pixel.0[0]) * light + (noise >> 28) as f32 - 8.0;
        pixel.0[0] = value.clamp(0.0, 255.0) as u8;
    }
    picture
}

fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let colour = DynamicImage::ImageLuma8(picture.clone()).into_rgb8();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(&colour)
        .unwrap();
    bytes
}

fn png(picture: DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn token() -> Token {
    Issuer::new(1).token(&record())
}

fn is(read: &Read, token: &Token) -> bool {
    matches!(read, Read::Evidence(Evidence::Token(read)) if read == token)
}

#[test]
fn a_photo_is_read_however_it_is_held() {
    let token = token();
    let close = paper(&token.url(HOST), (700, 600), (120.0, 80.0), 6.3);
    let close = printed(close, 500..600);
    for degrees in [0.0, 3.0, 17.0, 45.0, 90.0, 133.0, 180.0, 270.0] {
        let photo = jpeg(&taken(&rotated(&close, degrees)), 75);
        assert!(is(&read(&photo), &token), "{degrees} degrees");
    }
}

/// The long edge has 1,600 pixels and the symbol 35 of 297 millimetres.
#[test]
fn a_photo_of_the_whole_page_is_read() {
    let token = token();
    let url = token.url(HOST);
    let module = 1600.0 * 35.0 / 297.0 / f32::from(qr::encode(&url).unwrap().side);
    let page = printed(paper(&url, (1130, 1600), (850.0, 1280.0), module), 100..1200);
    for degrees in [0.0, 4.0] {
        let photo = jpeg(&taken(&rotated(&page, degrees)), 75);
        assert!(is(&read(&photo), &token), "{degrees} degrees");
    }
}

#[test]
fn screenshots_are_read() {
    let token = token();
    let plain = paper(&token.url(HOST), (400, 400), (40.0, 40.0), 4.0);
    assert!(is(&read(&png(DynamicImage::ImageLuma8(plain.clone()))), &token));
    let mut inverted = plain.clone();
    imageops::invert(&mut inverted);
    assert!(is(&read(&png(DynamicImage::ImageLuma8(inverted))), &token), "inverted");
    // Black on nothing.
    let clear = RgbaImage::from_fn(400, 400, |x, y| Rgba([0, 0, 0, 235 - plain.get_pixel(x, y).0[0]]));
    assert!(is(&read(&png(DynamicImage::ImageRgba8(clear))), &token), "transparent");
}

#[test]
fn a_page_without_a_code_is_unreadable_and_another_code_is_not_ours() {
    let empty = printed(GrayImage::from_pixel(800, 600, Luma([230])), 50..550);
    assert!(matches!(
        read(&jpeg(&taken(&empty), 75)),
        Read::Unreadable(Advice::NoCode)
    ));
    let other = paper("HTTPS://SHOP.EXAMPLE/C/SUMMER", (400, 400), (60.0, 60.0), 6.0);
    assert!(matches!(read(&jpeg(&taken(&other), 75)), Read::NotOurs));
    let token = token();
    let url = token.url(HOST);
    let cut = paper(&url[..url.len() - 30], (600, 600), (60.0, 60.0), 6.0);
    assert!(matches!(
        read(&jpeg(&taken(&cut), 75)),
        Read::Unreadable(Advice::DamagedCode)
    ));
    // Too small to be read by anybody.
    let far = paper(&url, (300, 300), (100.0, 100.0), 0.9);
    assert!(matches!(
        read(&jpeg(&taken(&far), 75)),
        Read::Unreadable(Advice::NoCode)
    ));
}

#[test]
fn codes_of_two_certificates_are_not_guessed_between() {
    let (first, second) = (token(), Issuer::new(2).token(&record()));
    let left = paper(&first.url(HOST), (600, 600), (80.0, 80.0), 6.0);
    let right = paper(&second.url(HOST), (600, 600), (80.0, 80.0), 6.0);
    let both = |left: &GrayImage, right: &GrayImage| {
        let mut both = GrayImage::new(1200, 600);
        imageops::replace(&mut both, left, 0, 0);
        imageops::replace(&mut both, right, 600, 0);
        jpeg(&taken(&both), 75)
    };
    assert!(matches!(
        read(&both(&left, &right)),
        Read::Unreadable(Advice::SeveralCodes)
    ));
    // Somebody else's code beside ours, and ours twice, do not matter.
    let other = paper("HTTPS://SHOP.EXAMPLE/", (600, 600), (80.0, 80.0), 8.0);
    assert!(is(&read(&both(&left, &other)), &first));
    assert!(is(&read(&both(&left, &left)), &first));
}

#[test]
fn a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked() {
    let picture = png(DynamicImage::ImageLuma8(GrayImage::new(1000, 1000)));
    let with = |pixels_max| {
        certificates::read::upload(
            &picture,
            &Limits {
                pixels_max,
                ..Limits::default()
            },
        )
    };
    assert!(matches!(with(1_000_000), Read::Unreadable(Advice::NoCode)));
    assert!(matches!(with(999_999), Read::Unreadable(Advice::TooLarge)));
}

/// Both symbols of a page in one picture are one credential; the second symbol of another page is another.
#[test]
fn both_symbols_of_one_certificate_are_one_evidence() {
    let issuer = Issuer::new(1);
    let token = issuer.token(&record());
    let mut another = record();
    another.name.en = Some("Somebody Else".to_owned());
    let other = issuer.token(&another);
    let beside = |token: &Token, wallet: &Token| {
        let left = paper(&token.url(HOST), (560, 560), (50.0, 50.0), 7.0);
        let right = paper(&wallet.to_claim_169().unwrap(), (560, 560), (50.0, 50.0), 7.0);
        let mut both = GrayImage::new(1120, 560);
        imageops::replace(&mut both, &left, 0, 0);
        imageops::replace(&mut both, &right, 560, 0);
        read(&jpeg(&both, 85))
    };
    assert!(matches!(beside(&token, &token), Read::Evidence(Evidence::Token(found)) if found == token));
    assert!(matches!(beside(&token, &other), Read::Unreadable(Advice::SeveralCodes)));
    // Where only the one for wallets is in the picture, it is enough.
    let alone = paper(&token.to_claim_169().unwrap(), (560, 560), (50.0, 50.0), 7.0);
    assert!(matches!(read(&jpeg(&alone, 85)), Read::Evidence(Evidence::Token(found)) if found == token));
}

/// Twenty thousand finder patterns: tried in threes they would keep a core for minutes.
#[test]
fn a_sheet_of_finder_patterns_is_given_up() {
    let mut sheet = GrayImage::from_pixel(1400, 1400, Luma([255]));
    for (x, y, pixel) in sheet.enumerate_pixels_mut() {
        let (column, row) = (x % 16, y % 16);
        let ring = (column / 2).abs_diff(3).max((row / 2).abs_diff(3));
        if column < 14 && row < 14 && ring != 2 {
            pixel.0[0] = 0;
        }
    }
    let mut png = Vec::new();
    DynamicImage::ImageLuma8(sheet)
        .write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png)
        .unwrap();
    assert!(matches!(read(&png), Read::Unreadable(Advice::NoCode)));

    let mut search = SymbolSearch::default();
    let mut dark = BitMatrix::new(1400, 1400).unwrap();
    for y in (0..1390).step_by(16) {
        for x in (0..1390).step_by(16) {
            for (column, row) in (0..14_u32).flat_map(|column| (0..14_u32).map(move |row| (column, row))) {
                if (column / 2).abs_diff(3).max((row / 2).abs_diff(3)) != 2 {
                    dark.set(x + column, y + row);
                }
            }
        }
    }
    assert!(search.texts(&dark).is_empty());
    assert!(search.is_over(), "{search:?}");
    // Whatever comes after it in the same search is not looked at.
    let symbol = qr::encode("HTTPS://EXAMPLE.ORG/C/A").unwrap();
    let mut plain = BitMatrix::new(400, 400).unwrap();
    for (index, _) in symbol.dark.iter().enumerate().filter(|(_, dark)| **dark) {
        let side = usize::from(symbol.side);
        let (x, y) = (
            u32::try_from(index % side).unwrap(),
            u32::try_from(index / side).unwrap(),
        );
        for (across, down) in (0..8_u32).flat_map(|across| (0..8_u32).map(move |down| (across, down))) {
            plain.set(40 + 8 * x + across, 40 + 8 * y + down);
        }
    }
    assert_eq!(SymbolSearch::default().texts(&plain), ["HTTPS://EXAMPLE.ORG/C/A"]);
    assert!(search.texts(&plain).is_empty());
}
