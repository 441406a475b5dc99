//! A band of interlaced waves above and below the text. It is there for dignity and secures nothing.

/// Size of the band in points: 174 mm by 7 mm.
pub(super) const WIDTH: f64 = 174.0 * super::layout::MM;
/// See [`WIDTH`].
pub(super) const HEIGHT: f64 = 7.0 * super::layout::MM;

const PERIODS: u32 = 12;
const STRANDS: u32 = 8;
const STROKE: f64 = 0.14 * super::layout::MM;

/// Half a wave as one Bezier curve, in radians and amplitudes: it starts with the slope of a sine and rises to 1.
const HALF: f64 = std::f64::consts::PI;
const CONTROL: f64 = 4.0 / 3.0;

/// The content stream of the band, for a box from (0, 0) to (WIDTH, HEIGHT). The colour is the caller's.
pub(super) fn content() -> Vec<u8> {
    let mut out = format!("{} w\n", number(STROKE));
    let period = WIDTH / f64::from(PERIODS);
    for (stretch, amplitude, strands) in [(1.0, 0.46, STRANDS), (2.0, 0.33, STRANDS / 2)] {
        let length = period * stretch;
        // The same words for each strand, moved on each time: they take little room once they are packed.
        let mut strand = String::new();
        wave(&mut strand, -length, length, HEIGHT * amplitude);
        let step = number(length / f64::from(strands));
        out.push_str("q\n");
        for _ in 0..strands {
            out.push_str(&format!("{strand}1 0 0 1 {step} 0 cm\n"));
        }
        out.push_str("Q\n");
    }
    out.into_bytes()
}

/// One wave that starts at `from` and ends beyond the box, which clips it, wherever within a length it is moved.
fn wave(out: &mut String, from: f64, length: f64, amplitude: f64) {
    let unit = length / (2.0 * HALF);
    let middle = HEIGHT / 2.0;
    let point = |x: f64, y: f64| format!("{} {}", number(x), number(middle + y * amplitude));
    let mut x = from;
    out.push_str(&format!("{} m\n", point(x, 0.0)));
    let mut sign = 1.0;
    while x < WIDTH {
        let end = x + HALF * unit;
        let rise = point(x + CONTROL * unit, sign * CONTROL);
        let fall = point(end - CONTROL * unit, sign * CONTROL);
        out.push_str(&format!("{rise} {fall} {} c\n", point(end, 0.0)));
        x = end;
        sign = -sign;
    }
    out.push_str("S\n");
}

/// Two decimals of a point are finer than any printer.
fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}
