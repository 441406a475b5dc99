//! What is measured of a picture: not how sharp its edges are, but whether letters are resolved in it.
//!
//! Sharpness alone says little: a page needs it much more than a card that fills the frame, and a tree has more edges than
//! either. The picture is looked at in several sizes, tile by tile. A tile shows *writing* where thin strokes of many directions
//! stand on an even ground. Blur joins letters to words and words to bands: bands have one direction and wide edges, in every
//! size of the picture. So one count answers for print of any size, and neither faces nor landscapes have such tiles.

use crate::grey::Grey;

/// Side of a tile in pixels: a few letters, or a line and its neighbour.
const TILE: usize = 48;
/// The longest sides in which a picture is looked at. A chat program's photo has 1,600. Each is half the one before, so that its
/// pixels are whole squares of four: uneven squares make a grain that looks like strokes.
const SIZES: [usize; 3] = [1600, 800, 400];
/// Larger than these, where the writing fills little of a large picture.
const LARGEST: usize = 3200;
/// So many tiles of writing and a larger size need not be looked at.
const PLENTY: usize = 24;

/// What a picture was judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// The shorter side of the picture, in pixels.
    pub short_side: usize,
    /// Tiles that show writing, in the size that shows most.
    pub writing: usize,
    /// The part of the tiles that show writing, in the size with the largest part; 0 to 1.
    pub written_share: f32,
    /// Width of the edges in the picture at 1,600 pixels, in pixels: a quarter of the tiles that show anything have sharper
    /// ones. 0 where nothing is shown.
    pub edge: f32,
    /// The part of the tiles that show anything at all; 0 to 1.
    pub shown_share: f32,
    /// How light the lightest tenth of the tiles is; 0 black to 255.
    pub light: f32,
    /// The part of the tiles that are burnt out, while the rest is not; 0 to 1.
    pub burnt_share: f32,
    /// How far ink and paper are apart where something is written, as a part of the paper's light; 0 to 1.
    pub contrast: f32,
}

impl Measures {
    pub(crate) fn of(picture: &Grey) -> Self {
        let mut measures = Self {
            short_side: picture.width.min(picture.height),
            ..Self::default()
        };
        let mut here = picture.shrunk(SIZES[0]);
        for (place, size) in SIZES.into_iter().enumerate() {
            here = here.shrunk(size);
            let tiles = tiles(&here);
            measures.count(&tiles);
            if place == 0 {
                measures.overall(&tiles);
            }
        }
        let longest = picture.width.max(picture.height);
        if measures.writing < PLENTY && longest > SIZES[0] + SIZES[0] / 4 {
            measures.count(&tiles(&picture.shrunk(LARGEST)));
        }
        measures
    }

    fn count(&mut self, tiles: &[Tile]) {
        let written = tiles.iter().filter(|tile| tile.is_written()).count();
        self.writing = self.writing.max(written);
        self.written_share = self.written_share.max(share(written, tiles.len()));
    }

    fn overall(&mut self, tiles: &[Tile]) {
        let of = |which: &dyn Fn(&&Tile) -> bool, what: fn(&Tile) -> f32| {
            let mut values: Vec<f32> = tiles.iter().filter(which).map(what).collect();
            values.sort_by(f32::total_cmp);
            values
        };
        let at = |values: &[f32], part: f32| {
            let place = (values.len() as f32 * part) as usize;
            values.get(place).copied().unwrap_or(0.0)
        };
        self.light = at(&of(&|_| true, |tile| tile.light), 0.9);
        self.edge = at(&of(&|tile| tile.shows(), |tile| tile.sharpest), 0.25);
        self.contrast = at(
            &of(&|tile| tile.is_written(), |tile| tile.contrast / tile.light.max(1.0)),
            0.5,
        );
        self.shown_share = share(tiles.iter().filter(|tile| tile.shows()).count(), tiles.len());
        // A scan is white all over; a mirrored lamp is white beside grey.
        let others = of(&|tile| !tile.is_burnt(), |tile| tile.light);
        if at(&others, 0.8) < 235.0 {
            self.burnt_share = share(tiles.len() - others.len(), tiles.len());
        }
    }
}

fn share(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

/// One square of the picture.
struct Tile {
    /// The light of its ground: nine tenths of it are darker.
    light: f32,
    /// From its darkest thirtieth to the ground.
    contrast: f32,
    /// Width of its edges in pixels, contrast over steepest slope, in the direction with the steepest edges...
    sharpest: f32,
    /// ...and in the direction with the flattest: a hand that moved blurs in one direction only.
    flattest: f32,
    /// How much all slopes have one direction: 0 not at all, 1 altogether (the coherence of the structure tensor).
    one_way: f32,
    /// The part that is nearer to the darkest than to the ground.
    ink: f32,
    /// The part that is within a quarter of the contrast of the ground.
    ground: f32,
}

impl Tile {
    /// Something is there, beyond noise and a shadow's slope.
    fn shows(&self) -> bool {
        self.contrast > (self.light * 0.12).max(12.0)
    }

    /// The bounds were chosen on the photographs of `tests/photos`: between letters an eye can read and letters it cannot.
    fn is_written(&self) -> bool {
        self.shows()
            && self.ground > 0.5
            && (0.02..0.4).contains(&self.ink)
            && self.one_way < 0.6
            && self.flattest < 6.0
    }

    fn is_burnt(&self) -> bool {
        self.light > 251.0 && self.contrast < 5.0
    }
}

/// The tiles of a picture, row by row. What is left at the right and below is less than a tile.
fn tiles(picture: &Grey) -> Vec<Tile> {
    if picture.width < TILE + 2 || picture.height < TILE + 2 {
        return vec![];
    }
    let picture = picture.smoothed();
    let (across, down) = ((picture.width - 2) / TILE, (picture.height - 2) / TILE);
    let mut tiles = Vec::with_capacity(across * down);
    for row in 0..down {
        let mut counts: Vec<Counts> = (0..across).map(|_| Counts::new()).collect();
        for y in row * TILE..(row + 1) * TILE {
            let (above, here, below) = (picture.row(y), picture.row(y + 1), picture.row(y + 2));
            for (tile, counts) in counts.iter_mut().enumerate() {
                let part = tile * TILE..(tile + 1) * TILE + 2;
                if let (Some(above), Some(here), Some(below)) =
                    (above.get(part.clone()), here.get(part.clone()), below.get(part))
                {
                    counts.add(above, here, below);
                }
            }
        }
        tiles.extend(counts.iter().map(Counts::tile));
    }
    tiles
}

/// Slopes are counted in half grey levels a pixel.
const SLOPES: usize = 256;

struct Counts {
    grey: [u16; 256],
    /// Steepness across, down, and along the two diagonals.
    slopes: [[u16; SLOPES]; 4],
    xx: i64,
    yy: i64,
    xy: i64,
}

impl Counts {
    const fn new() -> Self {
        Self {
            grey: [0; 256],
            slopes: [[0; SLOPES]; 4],
            xx: 0,
            yy: 0,
            xy: 0,
        }
    }

    /// One row of a tile, with a pixel more on every side.
    fn add(&mut self, above: &[u8], here: &[u8], below: &[u8]) {
        let rows = above.windows(3).zip(here.windows(3)).zip(below.windows(3));
        let (mut xx, mut yy, mut xy) = (0_i32, 0_i32, 0_i32);
        for ((above, here), below) in rows {
            let ([a, b, c], [d, e, f], [g, h, i]) = (above, here, below) else {
                continue;
            };
            let step = |from: u8, to: u8| i32::from(to) - i32::from(from);
            let (x, y) = (step(*d, *f), step(*b, *h));
            xx += x * x;
            yy += y * y;
            xy += x * y;
            // A diagonal's neighbours lie √2 further apart.
            let along = |step: i32| (step.unsigned_abs() * 181 / 256) as usize;
            let steep = [
                x.unsigned_abs() as usize,
                y.unsigned_abs() as usize,
                along(step(*a, *i)),
                along(step(*c, *g)),
            ];
            for (slopes, steep) in self.slopes.iter_mut().zip(steep) {
                if let Some(count) = slopes.get_mut(steep) {
                    *count += 1;
                }
            }
            if let Some(count) = self.grey.get_mut(usize::from(*e)) {
                *count += 1;
            }
        }
        self.xx += i64::from(xx);
        self.yy += i64::from(yy);
        self.xy += i64::from(xy);
    }

    fn tile(&self) -> Tile {
        let all = (TILE * TILE) as f32;
        let (dark, light) = (percentile(&self.grey, 0.03), percentile(&self.grey, 0.9));
        let contrast = light - dark;
        let steep = self.slopes.map(|slopes| (percentile(&slopes, 0.98) / 2.0).max(0.5));
        let between = |from: f32, to: f32| {
            let counts = self.grey.get(from.max(0.0) as usize..to as usize).unwrap_or_default();
            counts.iter().map(|&count| u32::from(count)).sum::<u32>() as f32 / all
        };
        let (xx, yy, xy) = (self.xx as f32, self.yy as f32, self.xy as f32);
        Tile {
            light,
            contrast,
            sharpest: contrast / steep.into_iter().fold(0.5, f32::max),
            flattest: contrast / steep.into_iter().fold(f32::MAX, f32::min),
            one_way: ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt() / (xx + yy + 1.0),
            ink: between(0.0, light - 0.5 * contrast),
            ground: between(light - 0.25 * contrast, 256.0),
        }
    }
}

/// The value below which this part of what was counted lies.
fn percentile(counts: &[u16], part: f32) -> f32 {
    let all: u32 = counts.iter().map(|&count| u32::from(count)).sum();
    let wanted = (all as f32 * part) as u32;
    let mut sum = 0;
    let place = counts.iter().position(|&count| {
        sum += u32::from(count);
        sum > wanted
    });
    place.unwrap_or(counts.len()) as f32
}
