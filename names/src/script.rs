//! Any script that a name may come in, as Latin letters or Devanagari.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, char::decompose_canonical};

/// The Brahmic blocks of Unicode that lie as Devanagari does, each beginning where ISCII had them: Bengali, Gurmukhi, Gujarati, Odia,
/// Tamil, Telugu, Kannada, Malayalam.
const PARALLEL: std::ops::RangeInclusive<u32> = 0x980..=0xD7F;

/// Lower case, Latin letters without marks, Brahmic scripts as Devanagari, Arabic letters as Latin consonants; the nukta as a
/// character of its own.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' => {}
            '\u{900}'..='\u{97F}' => decompose_canonical(c, |part| out.push(part)),
            // The nasal and the doubling sign of Gurmukhi, and letters of single scripts.
            'ੰ' => out.push('ं'),
            'ੱ' => {}
            'ৎ' => out.push_str("त्"),
            'ൺ' | 'ൻ' => out.push_str("न्"),
            'ർ' => out.push_str("र्"),
            'ൽ' | 'ൾ' => out.push_str("ल्"),
            'ৰ' => out.push('र'),
            'ৱ' => out.push('व'),
            c if PARALLEL.contains(&u32::from(c)) => {
                let parallel = 0x900 + (u32::from(c) & 0x7F);
                decompose_canonical(char::from_u32(parallel).unwrap_or(' '), |part| out.push(part));
            }
            '\u{600}'..='\u{6FF}' => {
                let begins = !out.ends_with(|last: char| last.is_alphabetic());
                let letters = match c {
                    'ی' | 'ي' if begins => "y",
                    'و' if begins => "v",
                    'ا' if !begins => "aa",
                    c => arabic(c),
                };
                // A short vowel may have been left out between two consonants.
                let bare = |last: char| last.is_ascii_alphabetic() && !"aeiou".contains(last);
                if out.ends_with(bare) && letters.starts_with(bare) && letters != "h" {
                    out.push('ə');
                }
                out.push_str(letters);
            }
            c if c.is_ascii() => out.push(c),
            // Letters with marks, and the few that do not come apart.
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            c => decompose_canonical(c, |part| {
                if !matches!(part, '\u{300}'..='\u{36F}') {
                    out.push(part);
                }
            }),
        }
    }
    Cow::Owned(out)
}

/// The letters of Urdu; short vowels are not written in it.
const fn arabic(c: char) -> &'static str {
    match c {
        'ا' | 'آ' | 'أ' | 'إ' | 'ع' => "a",
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ة' | 'ٹ' | 'ط' => "t",
        'ث' | 'س' | 'ص' => "s",
        'ج' => "j",
        'چ' => "ch",
        'ح' | 'ه' | 'ہ' | 'ۃ' | 'ھ' => "h",
        'خ' => "kh",
        'د' | 'ڈ' => "d",
        'ذ' | 'ز' | 'ض' | 'ظ' | 'ژ' => "z",
        'ر' | 'ڑ' => "r",
        'ش' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ق' | 'ک' | 'ك' => "k",
        'گ' => "g",
        'ل' => "l",
        'م' => "m",
        'ن' | 'ں' => "n",
        'و' | 'ؤ' => "o",
        'ی' | 'ي' | 'ئ' | 'ى' => "i",
        'ے' => "e",
        _ => "",
    }
}

/// Is this a letter or sign of Devanagari?
pub(crate) const fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{963}' | '\u{971}'..='\u{97F}')
}
