//! The sRGB colour space as an ICC profile (version 4.3), written from the numbers of IEC 61966-2-1, so that the output intent
//! of PDF/A needs no file of somebody else's.

/// The profile: a display profile of three primaries and the parametric curve of sRGB.
pub(super) fn srgb() -> Vec<u8> {
    // Primaries adapted to D50 by the Bradford matrix, in millionths, as the ICC registry gives them for sRGB.
    let red = xyz([436_066, 222_488, 13_916]);
    let green = xyz([385_147, 716_873, 97_076]);
    let blue = xyz([143_066, 60_608, 714_096]);
    let white = xyz([964_203, 1_000_000, 824_905]);
    let adaptation = fixed_list(
        b"sf32",
        &[
            1_047_882, 22_919, -50_217, 29_587, 990_479, -17_059, -9_232, 15_076, 751_678,
        ],
    );
    // y = ((x + 0.055) / 1.055) ^ 2.4 from 0.04045 on, x / 12.92 below: parametric curve of type 3.
    let mut curve = b"para\0\0\0\0\0\x03\0\0".to_vec();
    for value in [2_400_000, 947_867, 52_133, 77_399, 40_450] {
        curve.extend(fixed(value));
    }
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("sRGB IEC61966-2.1")),
        (b"cprt", text("No copyright: numbers of IEC 61966-2-1")),
        (b"wtpt", white),
        (b"chad", adaptation),
        (b"rXYZ", red),
        (b"gXYZ", green),
        (b"bXYZ", blue),
        (b"rTRC", curve.clone()),
        (b"gTRC", curve.clone()),
        (b"bTRC", curve),
    ];

    let mut directory = size(tags.len()).to_vec();
    let mut data: Vec<u8> = Vec::new();
    let mut written: Vec<(usize, Vec<u8>)> = Vec::new();
    let start = 128 + 4 + tags.len() * 12;
    for (tag, element) in tags {
        let length = size(element.len());
        let known = written.iter().find(|(_, bytes)| *bytes == element).map(|(at, _)| *at);
        let at = known.unwrap_or_else(|| {
            let at = start + data.len();
            data.extend(&element);
            data.resize(data.len().next_multiple_of(4), 0);
            written.push((at, element));
            at
        });
        directory.extend(tag);
        directory.extend(size(at));
        directory.extend(length);
    }

    let mut profile = size(start + data.len()).to_vec();
    profile.extend([0; 4]); // no preferred module
    profile.extend([4, 0x30, 0, 0]);
    profile.extend(b"mntrRGB XYZ ");
    for value in [2026_u16, 1, 1, 0, 0, 0] {
        profile.extend(value.to_be_bytes());
    }
    profile.extend(b"acsp");
    profile.extend([0; 4]); // no platform
    profile.extend([0; 12]); // flags, manufacturer, model
    profile.extend([0; 8]); // attributes
    profile.extend([0; 4]); // perceptual
    for value in [964_203, 1_000_000, 824_905] {
        profile.extend(fixed(value));
    }
    profile.resize(128, 0); // no creator, no identifier
    profile.extend(directory);
    profile.extend(data);
    profile
}

fn size(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// `s15Fixed16Number` of a number in millionths, rounded half up.
fn fixed(millionths: i64) -> [u8; 4] {
    let scaled = (millionths * 65_536 + 500_000).div_euclid(1_000_000);
    i32::try_from(scaled).unwrap_or(i32::MAX).to_be_bytes()
}

fn fixed_list(kind: &[u8; 4], values: &[i64]) -> Vec<u8> {
    let mut element = kind.to_vec();
    element.extend([0; 4]);
    for &value in values {
        element.extend(fixed(value));
    }
    element
}

fn xyz(values: [i64; 3]) -> Vec<u8> {
    fixed_list(b"XYZ ", &values)
}

/// `multiLocalizedUnicodeType` with one record for en-US.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut element = b"mluc\0\0\0\0".to_vec();
    element.extend(size(1));
    element.extend(size(12));
    element.extend(b"enUS");
    element.extend(size(units.len()));
    element.extend(size(28));
    element.extend(units);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_numbers_are_those_of_the_specification() {
        // ICC.1:2022, table 4: D50 is 0.9642, 1.0, 0.8249 as 0000F6D6h, 00010000h, 0000D32Dh.
        assert_eq!(fixed(964_203), [0, 0, 0xf6, 0xd6]);
        assert_eq!(fixed(1_000_000), [0, 1, 0, 0]);
        assert_eq!(fixed(824_905), [0, 0, 0xd3, 0x2d]);
        assert_eq!(fixed(-500_000), [0xff, 0xff, 0x80, 0]);
    }

    #[test]
    fn the_primaries_sum_to_the_white_point() {
        for (parts, white) in [
            ([436_066, 385_147, 143_066], 964_203_i64),
            ([222_488, 716_873, 60_608], 1_000_000),
            ([13_916, 97_076, 714_096], 824_905),
        ] {
            assert!((parts.iter().sum::<i64>() - white).abs() < 300);
        }
    }

    #[test]
    fn the_header_names_its_length_and_every_tag_lies_inside() {
        let profile = srgb();
        assert_eq!(profile[..4], size(profile.len()));
        assert_eq!(&profile[36..40], b"acsp");
        for record in profile[132..132 + 120].chunks(12) {
            let at = u32::from_be_bytes(record[4..8].try_into().unwrap()) as usize;
            let length = u32::from_be_bytes(record[8..12].try_into().unwrap()) as usize;
            assert!(at.is_multiple_of(4) && at + length <= profile.len());
        }
    }
}
