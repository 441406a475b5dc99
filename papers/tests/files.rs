//! Files that strangers send: spoiled, locked, cut off, too large, or not what they begin as. None of them costs more than it may,
//! and none of them brings anything down.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

use std::io::{Cursor, Write as _};

use domain::{PaperFinding, catalogue::Shows};
use flate2::{Compression, write::ZlibEncoder};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use papers::{Checked, Contents, Limits, check};
use proptest::prelude::*;

fn looked(bytes: &[u8]) -> Checked {
    check(bytes, Shows::Writing, &Limits::default())
}

fn refused(bytes: &[u8]) -> Vec<PaperFinding> {
    looked(bytes).refused
}

/// Lines of what looks like letters: an upright stroke each, and every third cell of a small grid.
fn page(width: u32, height: u32, ink: u8, paper: u8) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let (column, row) = (x % 15 / 3, y % 34 / 3);
        let letter = x / 15 * 7 + y / 34 * 13;
        let inside = x > 40 && x < width - 60 && y > 60 && y < height - 40 && column < 4 && row < 6 && letter % 6 != 0;
        let dark = column == 0 || (letter + column * 5 + row * 11 + column * row) % 3 == 0;
        Luma([if inside && dark { ink } else { paper }])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: GrayImage) -> Vec<u8> {
    encoded(&DynamicImage::ImageLuma8(picture), ImageFormat::Jpeg)
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF of these objects; a stream is given with its dictionary.
fn pdf(objects: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    for (index, (dictionary, stream)) in objects.iter().enumerate() {
        bytes.extend(format!("{} 0 obj\n{dictionary}\n", index + 1).bytes());
        if let Some(stream) = stream {
            bytes.extend(b"stream\n");
            bytes.extend(*stream);
            bytes.extend(b"\nendstream\n");
        }
        bytes.extend(b"endobj\n");
    }
    bytes.extend(b"trailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n");
    bytes
}

const PAGE: (&str, Option<&[u8]>) = ("<</Type/Page/Contents 2 0 R>>", None);

/// Pages with one photograph each.
fn scan(photos: &[Vec<u8>]) -> Vec<u8> {
    let heads: Vec<String> = photos
        .iter()
        .map(|photo| {
            format!(
                "<</Type/XObject/Subtype/Image/Filter/DCTDecode/Length {}>>",
                photo.len()
            )
        })
        .collect();
    let mut objects = vec![];
    for (photo, head) in photos.iter().zip(&heads) {
        objects.push(("<< /Type /Page /Parent 1 0 R >>", None));
        objects.push((head.as_str(), Some(photo.as_slice())));
        objects.push(("<</Length 24>>", Some(&b"q 595 0 0 842 0 0 cm /I Do Q"[..])));
    }
    pdf(&objects)
}

#[test]
fn a_page_is_taken_as_jpeg_png_and_in_a_pdf() {
    let picture = page(900, 1200, 50, 235);
    let photo = jpeg(picture.clone());
    let checked = looked(&photo);
    assert_eq!((&checked.refused, &checked.notes), (&vec![], &vec![]), "{checked:?}");
    assert_eq!(
        checked.contents,
        Some(Contents::Picture {
            width: 900,
            height: 1200
        })
    );
    assert_eq!(
        refused(&encoded(&DynamicImage::ImageLuma8(picture.clone()), ImageFormat::Png)),
        []
    );
    // Ink on nothing is ink on white.
    let clear = RgbaImage::from_fn(900, 1200, |x, y| {
        let ink = picture.get_pixel(x, y).0[0] < 100;
        Rgba([40, 40, 40, if ink { 255 } else { 0 }])
    });
    assert_eq!(
        refused(&encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)),
        []
    );
    let checked = looked(&scan(&[photo.clone(), photo]));
    assert_eq!((&checked.refused, &checked.notes), (&vec![], &vec![]), "{checked:?}");
    assert_eq!(checked.contents, Some(Contents::Pages { count: 2 }));
}

#[test]
fn a_scan_is_looked_at_like_the_photographs_that_it_is_made_of() {
    let good = jpeg(page(900, 1200, 50, 235));
    let blurred = jpeg(image::imageops::blur(&page(900, 1200, 50, 235), 14.0));
    assert_eq!(refused(&scan(std::slice::from_ref(&blurred))), [PaperFinding::Blurred]);
    // One page of two: it may be the back.
    let checked = looked(&scan(&[good, blurred]));
    assert_eq!((checked.refused, checked.notes), (vec![], vec![PaperFinding::Blurred]));
    // A mark beside set letters is no scan.
    let small = jpeg(page(400, 300, 50, 235));
    let head = format!("<</Subtype/Image/Filter/DCTDecode/Length {}>>", small.len());
    let bill = pdf(&[
        PAGE,
        ("<</Length 30>>", Some(b"BT /F 12 Tf (Electricity) Tj ET")),
        (&head, Some(&small)),
    ]);
    assert_eq!(refused(&bill), []);
}

#[test]
fn pages_are_counted_wherever_they_stand() {
    let text: (&str, Option<&[u8]>) = ("<<>>", Some(b"BT (Text) Tj ET"));
    let pages = |count: usize| pdf(&[vec![text], vec![PAGE; count]].concat());
    assert_eq!(looked(&pages(20)).contents, Some(Contents::Pages { count: 20 }));
    assert_eq!(refused(&pages(20)), []);
    assert_eq!(refused(&pages(21)), [PaperFinding::TooManyPages]);
    assert_eq!(refused(&pages(0)), [PaperFinding::NoPages]);
    // As newer programs write it: objects in a compressed list.
    let list = deflated(b"3 0 4 30 <</Type/Pages/Count 2>> <</Type/Page/Contents 9 0 R>> << /Type /Page >>");
    let content = deflated(b"BT /F 9 Tf (A bill) Tj ET");
    let folded = pdf(&[
        ("<</Type/ObjStm/N 3/First 10/Filter/FlateDecode>>", Some(&list)),
        ("<</Filter/FlateDecode>>", Some(&content)),
    ]);
    let checked = looked(&folded);
    assert_eq!(
        (checked.contents, checked.refused),
        (Some(Contents::Pages { count: 2 }), vec![])
    );
}

#[test]
fn pages_without_a_mark_are_blank() {
    let nothing = pdf(&[PAGE, ("<</Length 6>>", Some(b"q n Q "))]);
    assert_eq!(refused(&nothing), [PaperFinding::Blank]);
    let drawn = pdf(&[PAGE, ("<</Length 20>>", Some(b"0 0 100 100 re f"))]);
    assert_eq!(refused(&drawn), []);
    // What cannot be looked into is not called blank.
    let other = pdf(&[PAGE, ("<</Filter/LZWDecode>>", Some(b"\x80\x0b"))]);
    assert_eq!(refused(&other), []);
    // Words laid unseen over a picture are no letters to look at.
    let blurred = jpeg(image::imageops::blur(&page(900, 1200, 50, 235), 14.0));
    let head = format!("<</Subtype/Image/Filter/DCTDecode/Length {}>>", blurred.len());
    let read = pdf(&[
        PAGE,
        ("<<>>", Some(b"BT 3 Tr (read) Tj ET /I Do")),
        (&head, Some(&blurred)),
    ]);
    assert_eq!(refused(&read), [PaperFinding::Blurred]);
}

#[test]
fn what_cannot_be_opened_is_said_to_be_so() {
    let photo = jpeg(page(900, 1200, 50, 235));
    let png = encoded(&DynamicImage::ImageLuma8(page(300, 300, 50, 235)), ImageFormat::Png);
    for (name, bytes) in [
        ("nothing", vec![]),
        ("words", b"this is no picture".to_vec()),
        ("a jpeg's head", photo[..200].to_vec()),
        ("a png's head", b"\x89PNG\r\n\x1a\nand no more".to_vec()),
        ("a png cut off", png[..png.len() / 2].to_vec()),
        ("a pdf's head", b"%PDF-1.7\n1 0 obj\n<</Type/Page>>\nendobj\n".to_vec()),
        ("a gif", b"GIF89a\x01\x00\x01\x00\x80\x00\x00".to_vec()),
    ] {
        assert_eq!(refused(&bytes), [PaperFinding::Damaged], "{name}");
    }
    let locked = pdf(&[PAGE, ("<</Filter/Standard/V 2>>", None)]);
    let locked = String::from_utf8(locked)
        .unwrap()
        .replace("<</Root 1 0 R>>", "<</Root 1 0 R/Encrypt 2 0 R>>");
    assert_eq!(refused(locked.as_bytes()), [PaperFinding::Encrypted]);
    for finding in [PaperFinding::Damaged, PaperFinding::Encrypted, PaperFinding::TooLarge] {
        assert!(finding.is_of_the_file());
    }
}

/// A PNG that says it has this size, and holds nothing.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let small = encoded(&DynamicImage::ImageLuma8(GrayImage::new(1, 1)), ImageFormat::Png);
    let mut bytes = small;
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

#[test]
fn a_small_file_with_a_large_picture_is_not_taken_in() {
    assert_eq!(refused(&png_of(60_000, 60_000)), [PaperFinding::TooLarge]);
    assert_eq!(refused(&png_of(8_000, 5_001)), [PaperFinding::TooLarge]);
    // Within the bound it is looked at, and found to hold nothing.
    assert_eq!(refused(&png_of(8_000, 5_000)), [PaperFinding::Damaged]);
    let few = Limits {
        pixels_max: 900 * 1200 - 1,
        ..Limits::default()
    };
    let photo = jpeg(page(900, 1200, 50, 235));
    assert_eq!(check(&photo, Shows::Writing, &few).refused, [PaperFinding::TooLarge]);
    let enough = Limits {
        pixels_max: 900 * 1200,
        ..Limits::default()
    };
    assert_eq!(check(&photo, Shows::Writing, &enough).refused, []);
    let short = Limits {
        bytes_max: photo.len() - 1,
        ..Limits::default()
    };
    assert_eq!(check(&photo, Shows::Writing, &short).refused, [PaperFinding::TooLarge]);
    let exact = Limits {
        bytes_max: photo.len(),
        ..Limits::default()
    };
    assert_eq!(check(&photo, Shows::Writing, &exact).refused, []);
}

/// Each scan of a progressive JPEG is a walk over the whole picture, for twenty bytes.
#[test]
fn a_jpeg_of_endless_scans_is_not_decoded() {
    let photo = jpeg(page(900, 1200, 50, 235));
    let at = photo.windows(2).position(|pair| pair == b"\xff\xda").unwrap();
    let scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00".repeat(64);
    let bytes = [&photo[..at], &scan, &photo[at..]].concat();
    assert_eq!(refused(&bytes), [PaperFinding::Damaged]);
}

/// Ten megabytes of zeros in ten kilobytes: unfolded as far as the budget goes, then let be.
#[test]
fn a_pdf_that_unfolds_without_end_is_let_be() {
    let bomb = deflated(&vec![b' '; 10 << 20]);
    let content = ("<</Filter/FlateDecode>>", Some(bomb.as_slice()));
    let bytes = pdf(&[vec![PAGE], vec![content; 50]].concat());
    let checked = looked(&bytes);
    assert_eq!(checked.contents, Some(Contents::Pages { count: 1 }));
    assert_eq!(checked.refused, []);
    let many = pdf(&[vec![PAGE], vec![("<<>>", Some(&b""[..])); 5_000]].concat());
    assert_eq!(looked(&many).refused, []);
}

#[test]
fn a_picture_too_small_for_print_is_refused_on_the_right_side_of_the_bound() {
    assert_eq!(refused(&jpeg(page(199, 600, 50, 235))), [PaperFinding::Small]);
    assert_ne!(refused(&jpeg(page(200, 600, 50, 235))), [PaperFinding::Small]);
    let portrait = |side| {
        let face = GrayImage::from_fn(side, side, |x, y| {
            let (dx, dy) = (x.abs_diff(side / 2), y.abs_diff(side / 2));
            Luma([if dx * dx + dy * dy < side * side / 9 { 90 } else { 220 }])
        });
        check(&jpeg(face), Shows::Portrait, &Limits::default())
    };
    assert_eq!(portrait(149).refused, [PaperFinding::Small]);
    assert_eq!(
        (portrait(150).refused, portrait(150).notes),
        (vec![], vec![PaperFinding::Small])
    );
    assert_eq!((portrait(300).refused, portrait(300).notes), (vec![], vec![]));
}

#[test]
fn light_decides_as_well() {
    assert_eq!(refused(&jpeg(page(900, 1200, 14, 20))), [PaperFinding::Dark]);
    assert_eq!(looked(&jpeg(page(900, 1200, 15, 60))).notes, [PaperFinding::Dark]);
    assert_eq!(looked(&jpeg(page(900, 1200, 195, 235))).notes, [PaperFinding::Faded]);
    assert_eq!(refused(&jpeg(page(900, 1200, 230, 235))), [PaperFinding::Blank]);
    assert_eq!(
        refused(&jpeg(GrayImage::from_pixel(900, 1200, Luma([240])))),
        [PaperFinding::Blank]
    );
}

#[test]
fn a_page_is_no_portrait() {
    let photo = jpeg(page(900, 1200, 50, 235));
    assert_eq!(
        check(&photo, Shows::Portrait, &Limits::default()).refused,
        [PaperFinding::NotAPortrait]
    );
    assert_eq!(check(&photo, Shows::Scene, &Limits::default()).refused, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_bring_it_down(
        head in 0..5_usize,
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        shows in prop_oneof![Just(Shows::Writing), Just(Shows::Portrait), Just(Shows::Scene)],
    ) {
        let head: &[u8] = [&b""[..], b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n1 0 obj<</Type/Page>>stream\n"][head];
        let tail: &[u8] = if head.starts_with(b"%PDF") { b"\n%%EOF" } else { b"" };
        let checked = check(&[head, &bytes, tail].concat(), shows, &Limits::default());
        prop_assert!(checked.contents.is_some() || !checked.refused.is_empty());
    }

    #[test]
    fn a_good_file_with_spoiled_bytes_brings_nothing_down(
        kind in 0..3_usize,
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let picture = page(220, 260, 50, 235);
        let mut bytes = match kind {
            0 => jpeg(picture),
            1 => encoded(&DynamicImage::ImageLuma8(picture), ImageFormat::Png),
            _ => scan(&[jpeg(picture)]),
        };
        for (place, byte) in spoils {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let checked = looked(&bytes);
        prop_assert!(checked.contents.is_some() || !checked.refused.is_empty());
    }
}
