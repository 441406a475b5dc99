//! Photographs of many pages, in many ways: how many that can be read are refused, and how many that cannot be read are taken
//! without a word.
//!
//! `PRAMAN_TEST_PHOTOS=2 cargo test -p papers --test photos campaign -- --nocapture` prints the tables of docs/PAPERS.md;
//! without the variable a few of each kind are taken.

use domain::catalogue::Shows;
use image::{GrayImage, Luma, imageops, imageops::FilterType};
use papers::{Checked, Limits, check};

use crate::camera::{Chance, View, exposed, jpeg, photograph};
use crate::pages::{self, Page};

/// How a photograph is taken.
#[derive(Clone, Copy)]
struct Shot {
    /// The long side, in pixels.
    side: u32,
    /// How much longer than the page the frame's long side is.
    room: f32,
    tilt: f32,
    roll: f32,
    /// Standard deviation of the blur, in heights of small letters (of portraits and scenes: in hundredths of the side).
    blur: f32,
    /// How far the hand moved, in heights of small letters.
    moved: f32,
    light: f32,
    noise: f32,
    /// The share of the page over which a lamp is mirrored.
    glare: f32,
    quality: u8,
}

const PLAIN: Shot = Shot {
    side: 1600,
    room: 1.1,
    tilt: 8.0,
    roll: 6.0,
    blur: 0.05,
    moved: 0.0,
    light: 0.9,
    noise: 3.0,
    glare: 0.0,
    quality: 75,
};

/// The photograph, and how high the small letters are in it, in pixels.
fn taken(page: &Page, shot: &Shot, chance: &mut Chance) -> (Vec<u8>, f32) {
    let (width, height) = page.picture.dimensions();
    let frame = if width > height {
        (shot.side, shot.side * 3 / 4)
    } else {
        (shot.side * 3 / 4, shot.side)
    };
    let span = width.max(height) as f32 * shot.room;
    let centre = |length: u32, chance: &mut Chance| length as f32 * chance.between(0.47, 0.53);
    let view = View {
        centre: (centre(width, chance), centre(height, chance)),
        span,
        frame,
        roll: chance.between(-shot.roll, shot.roll),
        yaw: chance.between(-shot.tilt, shot.tilt),
        pitch: chance.between(-shot.tilt, shot.tilt),
    };
    let letters = page.letters * shot.side as f32 / span;
    let unit = if letters > 0.0 {
        letters
    } else {
        shot.side as f32 / 100.0
    };
    let mut photo = photograph(&page.picture, &view);
    if shot.moved > 0.0 {
        photo = moved(&photo, shot.moved * unit, chance.between(0.0, std::f32::consts::PI));
    }
    if shot.glare > 0.0 {
        glare(&mut photo, shot.glare, chance);
    }
    let photo = exposed(&photo, (shot.blur * unit).max(0.3), shot.light, shot.noise, chance);
    (jpeg(&photo, shot.quality), letters)
}

/// Smeared along a line.
fn moved(photo: &GrayImage, length: f32, angle: f32) -> GrayImage {
    let (steps, (sine, cosine)) = ((length as i32 * 2).max(2), angle.sin_cos());
    let (width, height) = photo.dimensions();
    let at = |x: f32, y: f32| {
        let x = x.clamp(0.0, width as f32 - 1.0) as u32;
        f32::from(photo.get_pixel(x, y.clamp(0.0, height as f32 - 1.0) as u32).0[0])
    };
    GrayImage::from_fn(width, height, |x, y| {
        let sum: f32 = (0..steps)
            .map(|step| {
                let along = (step as f32 / (steps - 1) as f32 - 0.5) * length;
                at(x as f32 + along * cosine + 0.5, y as f32 + along * sine + 0.5)
            })
            .sum();
        Luma([(sum / steps as f32) as u8])
    })
}

/// A mirrored lamp: white in its middle, fading outwards; `share` of the picture is burnt out.
fn glare(photo: &mut GrayImage, share: f32, chance: &mut Chance) {
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    let (x, y) = (width * chance.between(0.35, 0.65), height * chance.between(0.35, 0.65));
    let radius = (share * width * height / std::f32::consts::PI).sqrt();
    for (column, row, pixel) in photo.enumerate_pixels_mut() {
        let away = ((column as f32 - x).powi(2) + (row as f32 - y).powi(2)).sqrt();
        let lamp = 330.0 * (1.0 - ((away - radius) / (radius * 0.5)).clamp(0.0, 1.0));
        pixel.0[0] = (f32::from(pixel.0[0]) + lamp).min(255.0) as u8;
    }
}

/// As a chat program sends a photo on: at most 1,600 pixels a side.
fn sent(photo: &[u8], quality: u8) -> Vec<u8> {
    let photo = image::load_from_memory(photo).unwrap().into_luma8();
    let scale = (1600.0 / photo.width().max(photo.height()) as f32).min(1.0);
    let side = |length: u32| (length as f32 * scale) as u32;
    jpeg(
        &imageops::resize(&photo, side(photo.width()), side(photo.height()), FilterType::Triangle),
        quality,
    )
}

type Draw = fn(&mut Chance) -> Page;

/// What is written, and how large its frame may be so that the letters stay high enough to read.
const WRITTEN: [(&str, Draw); 6] = [
    ("page of 8 points", |chance| pages::text(8.0, chance)),
    ("page of 11 points", |chance| pages::text(11.0, chance)),
    ("form of 10 points", |chance| pages::form(10.0, chance)),
    ("form of 13 points", |chance| pages::form(13.0, chance)),
    ("card", pages::card),
    ("slip", pages::slip),
];

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// An eye can read it: to be taken.
    Read,
    /// An eye cannot: not to be taken without a note.
    Unread,
    /// Between the two: only counted.
    Between,
}

const WAYS: [(&str, Wanted, Shot); 18] = [
    ("good", Wanted::Read, PLAIN),
    ("quality 30", Wanted::Read, Shot { quality: 30, ..PLAIN }),
    ("quality 90", Wanted::Read, Shot { quality: 90, ..PLAIN }),
    ("tilted 20°", Wanted::Read, Shot { tilt: 20.0, ..PLAIN }),
    (
        "turned any way",
        Wanted::Read,
        Shot {
            roll: 180.0,
            room: 1.3,
            ..PLAIN
        },
    ),
    ("noisy", Wanted::Read, Shot { noise: 9.0, ..PLAIN }),
    (
        "dark",
        Wanted::Read,
        Shot {
            light: 0.35,
            noise: 4.0,
            ..PLAIN
        },
    ),
    (
        "from further off",
        Wanted::Read,
        Shot {
            room: 1.5,
            side: 2600,
            ..PLAIN
        },
    ),
    ("lamp over 10%", Wanted::Read, Shot { glare: 0.1, ..PLAIN }),
    ("blur 0.10", Wanted::Read, Shot { blur: 0.10, ..PLAIN }),
    ("blur 0.15", Wanted::Read, Shot { blur: 0.15, ..PLAIN }),
    ("blur 0.20", Wanted::Between, Shot { blur: 0.20, ..PLAIN }),
    ("blur 0.30", Wanted::Between, Shot { blur: 0.30, ..PLAIN }),
    ("blur 0.50", Wanted::Unread, Shot { blur: 0.5, ..PLAIN }),
    ("blur 0.75", Wanted::Unread, Shot { blur: 0.75, ..PLAIN }),
    ("blur 1.0", Wanted::Unread, Shot { blur: 1.0, ..PLAIN }),
    ("moved 2.0", Wanted::Unread, Shot { moved: 2.0, ..PLAIN }),
    (
        "pitch dark",
        Wanted::Unread,
        Shot {
            light: 0.06,
            noise: 4.0,
            ..PLAIN
        },
    ),
];

#[derive(Default, Clone, Copy)]
struct Count {
    taken: usize,
    noted: usize,
    refused: usize,
}

impl Count {
    fn add(&mut self, checked: &Checked) {
        match (checked.refused.is_empty(), checked.notes.is_empty()) {
            (false, _) => self.refused += 1,
            (true, false) => self.noted += 1,
            (true, true) => self.taken += 1,
        }
    }

    fn all(self) -> usize {
        self.taken + self.noted + self.refused
    }
}

fn each() -> usize {
    std::env::var("PRAMAN_TEST_PHOTOS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
}

fn judged(bytes: &[u8], shows: Shows) -> Checked {
    check(bytes, shows, &Limits::default())
}

#[test]
fn what_can_be_read_is_taken_and_what_cannot_is_not_taken_silently() {
    let mut chance = Chance::new(20_260);
    let (mut read, mut unread) = (Count::default(), Count::default());
    println!("| | {} |", WRITTEN.map(|(name, _)| name).join(" | "));
    for (way, wanted, shot) in WAYS {
        let mut line = vec![];
        for (name, draw) in WRITTEN {
            let mut count = Count::default();
            for _ in 0..each() {
                let (photo, letters) = taken(&draw(&mut chance), &shot, &mut chance);
                let photo = sent(&photo, 75);
                let checked = judged(&photo, Shows::Writing);
                count.add(&checked);
                match wanted {
                    Wanted::Read => read.add(&checked),
                    Wanted::Unread => unread.add(&checked),
                    Wanted::Between => {}
                }
                if std::env::var_os("PRAMAN_TEST_PHOTOS_TOLD").is_some() {
                    println!(
                        "{way} {name} letters {letters:.1} {:?} {:?} {:?}",
                        checked.refused, checked.notes, checked.measures
                    );
                }
            }
            line.push(format!("{}/{}/{}", count.taken, count.noted, count.refused));
        }
        println!("| {way} | {} |", line.join(" | "));
    }
    println!(
        "readable: {} taken, {} noted, {} refused of {}",
        read.taken,
        read.noted,
        read.refused,
        read.all()
    );
    println!(
        "not readable: {} taken, {} noted, {} refused of {}",
        unread.taken,
        unread.noted,
        unread.refused,
        unread.all()
    );
    assert!(
        read.refused * 100 <= read.all(),
        "more than one of a hundred readable photographs was refused"
    );
    assert!(
        unread.taken * 20 <= unread.all(),
        "more than one of twenty unreadable photographs was taken without a note"
    );
}

/// What is no page of writing.
const OTHERS: [(&str, Draw, Shows, bool); 8] = [
    ("blank page as paper", pages::blank, Shows::Writing, false),
    ("portrait as paper", pages::portrait, Shows::Writing, false),
    ("landscape as paper", pages::landscape, Shows::Writing, false),
    ("portrait as portrait", pages::portrait, Shows::Portrait, true),
    ("landscape as scene", pages::landscape, Shows::Scene, true),
    (
        "page as portrait",
        |chance| pages::text(11.0, chance),
        Shows::Portrait,
        false,
    ),
    ("card as portrait", pages::card, Shows::Portrait, false),
    ("card as scene", pages::card, Shows::Scene, true),
];

#[test]
fn the_wrong_kind_of_picture_is_noticed() {
    let mut chance = Chance::new(31);
    let (mut right, mut wrong) = (Count::default(), Count::default());
    for (name, draw, shows, is_right) in OTHERS {
        let mut count = Count::default();
        for _ in 0..each() * 3 {
            let (photo, _) = taken(&draw(&mut chance), &PLAIN, &mut chance);
            let checked = judged(&photo, shows);
            if std::env::var_os("PRAMAN_TEST_PHOTOS_TOLD").is_some() {
                println!(
                    "{name} {:?} {:?} {:?}",
                    checked.refused, checked.notes, checked.measures
                );
            }
            count.add(&checked);
            if is_right {
                right.add(&checked)
            } else {
                wrong.add(&checked)
            }
        }
        println!("| {name} | {}/{}/{} |", count.taken, count.noted, count.refused);
    }
    assert!(right.refused * 100 <= right.all());
    assert!(wrong.taken * 20 <= wrong.all());
}
