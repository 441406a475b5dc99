//! A band of interlaced waves above and below the text. It is there for dignity and secures nothing.

/// Size of the band in points: 174 mm by 7 mm.
pub(super) const WIDTH: f64 = 174.0 * super::layout::MM;
/// See [`WIDTH`].
pub(super) const HEIGHT: f64 = 7.0 * super::layout::MM;

const PERIODS: u32 = 12;
const STRANDS: u32 = 8;
const STROKE: f64 = 0.14 * super::layout::MM;

/// The first quarter of a sine as one Bezier curve, in units of a radian and of the amplitude. The error is below 0.0008.
const CONTROL_1: (f64, f64) = (0.512_286_623, 0.512_286_623);
const CONTROL_2: (f64, f64) = (1.002_313_686, 1.0);
const QUARTER: f64 = std::f64::consts::FRAC_PI_2;

/// The content stream of the band, for a box from (0, 0) to (WIDTH, HEIGHT). The colour is the caller's.
pub(super) fn content() -> Vec<u8> {
    let mut out = format!("{} w\n", number(STROKE));
    let period = WIDTH / f64::from(PERIODS);
    for (stretch, amplitude, strands) in [(1.0, 0.46, STRANDS), (2.0, 0.33, STRANDS / 2)] {
        let length = period * stretch;
        for strand in 0..strands {
            let shift = length * f64::from(strand) / f64::from(strands);
            wave(&mut out, shift - length, length, HEIGHT * amplitude);
        }
    }
    out.into_bytes()
}

/// One wave that starts at `from` and ends beyond the box, which clips it.
fn wave(out: &mut String, from: f64, length: f64, amplitude: f64) {
    let unit = length / (4.0 * QUARTER);
    let middle = HEIGHT / 2.0;
    let point = |x: f64, y: f64| format!("{} {}", number(x), number(middle + y * amplitude));
    let mut x = from;
    out.push_str(&format!("{} m\n", point(x, 0.0)));
    let mut sign = 1.0;
    while x < WIDTH {
        let rise = [CONTROL_1, CONTROL_2, (QUARTER, 1.0)];
        let fall = [
            (QUARTER - CONTROL_2.0, 1.0),
            (QUARTER - CONTROL_1.0, CONTROL_1.1),
            (QUARTER, 0.0),
        ];
        for curve in [rise, fall] {
            let points: Vec<String> = curve
                .iter()
                .map(|(dx, dy)| point(x + dx * unit, sign * dy))
                .collect();
            out.push_str(&points.join(" "));
            out.push_str(" c\n");
            x += QUARTER * unit;
        }
        sign = -sign;
    }
    out.push_str("S\n");
}

/// Two decimals of a point are finer than any printer.
fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}
