//! Which of the eight masks a symbol gets (ISO/IEC 18004, 7.8.3): the one with the fewest features that confuse a reader. A
//! line of modules is one machine word, so that a feature is looked for at all of its places at once.

use qrcode::canvas::{Canvas, MaskPattern};

const ALL: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The symbol's modules row by row, `true` dark, under the mask of the lowest penalty; of equals, the first. `side` is at most
/// 128 modules.
pub(super) fn best(canvas: &Canvas, side: usize) -> Vec<bool> {
    let masked = ALL.into_iter().map(|pattern| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(pattern);
        let colors = canvas.into_colors().into_iter();
        colors.map(|color| color == qrcode::Color::Dark).collect()
    });
    masked
        .min_by_key(|dark: &Vec<bool>| penalty(dark, side))
        .unwrap_or_default()
}

/// The penalty of a symbol, with the share of dark modules counted in steps of half a percent.
fn penalty(dark: &[bool], side: usize) -> u32 {
    let mut rows = vec![0_u128; side];
    let mut columns = vec![0_u128; side];
    for (y, (line, row)) in dark.chunks_exact(side).zip(&mut rows).enumerate() {
        for ((x, &dark), column) in line.iter().enumerate().zip(&mut columns) {
            *row |= u128::from(dark) << x;
            *column |= u128::from(dark) << y;
        }
    }
    let lines = rows.iter().chain(&columns);
    let along: u32 = lines
        .map(|&line| long_runs(line, side) + like_a_finder(line, side))
        .sum();
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let blocks: u32 = pairs.map(|(&above, &below)| blocks(above, below, side)).sum();
    along + blocks + imbalance(&rows, side)
}

/// At each place: whether the module is as dark as the next one of its line.
const fn as_the_next(line: u128, side: usize) -> u128 {
    !(line ^ (line >> 1)) & ((1 << (side - 1)) - 1)
}

/// Five modules alike in a row cost 3, each further one 1.
const fn long_runs(line: u128, side: usize) -> u32 {
    let alike = as_the_next(line, side);
    // A run of n modules is n - 1 equal pairs, and n - 4 places where four of them follow.
    let four = alike & (alike >> 1) & (alike >> 2) & (alike >> 3);
    let runs = four & !(four << 1);
    four.count_ones() + 2 * runs.count_ones()
}

/// Four modules alike in a square cost 3.
const fn blocks(above: u128, below: u128, side: usize) -> u32 {
    let alike = as_the_next(above, side) & as_the_next(below, side) & !(above ^ below);
    3 * alike.count_ones()
}

/// Dark and light as 1:1:3:1:1 beside four light modules, as a finder has them, costs 40. Outside of the symbol all is light.
const fn like_a_finder(line: u128, side: usize) -> u32 {
    let all = (1 << side) - 1;
    let light = !line;
    let middle = (line >> 2) & (line >> 3) & (line >> 4);
    let core = line & (light >> 1) & middle & (light >> 5) & (line >> 6) & all;
    let dark_before = (line << 1) | (line << 2) | (line << 3) | (line << 4);
    let dark_after = (line >> 7) | (line >> 8) | (line >> 9) | (line >> 10);
    40 * (core & !(dark_before & dark_after)).count_ones()
}

fn imbalance(rows: &[u128], side: usize) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let modules = u32::try_from(side * side).unwrap_or(u32::MAX);
    (dark * 200 / modules).abs_diff(100)
}
