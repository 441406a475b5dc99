//! QR codes in a picture of black and white, step by step: whoever prints a sheet full of finder patterns must not keep a core
//! busy for minutes.

use rxing::common::{BitMatrix, DetectorRXingResult as _};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR};

/// Codes of one picture that are looked at.
const CODES_MAX: usize = 16;
/// Finder patterns of one picture: a certificate has six, and what is photographed around it some that are none.
const PATTERNS_MAX: usize = 120;
/// Symbols that are tried in one search: any three patterns may be one.
const TRIED_MAX: usize = 3000;

/// A search through several pictures of the same thing, bounded over all of them.
#[derive(Clone, Debug)]
pub struct SymbolSearch {
    left: usize,
}

impl Default for SymbolSearch {
    fn default() -> Self {
        Self { left: TRIED_MAX }
    }
}

impl SymbolSearch {
    /// Whether so much was tried that nothing more will be.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.left == 0
    }

    /// What the codes in a picture say, each text once; `dark` is set where it is black.
    pub fn texts(&mut self, dark: &BitMatrix) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        if self.is_over() {
            return texts;
        }
        let mut patterns = FindFinderPatterns(dark, true, 0);
        // To find them took its time as well.
        self.left = self.left.saturating_sub(patterns.len());
        // The small ones are noise first.
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
        patterns.truncate(PATTERNS_MAX);
        let sets = GenerateFinderPatternSets(&mut patterns);
        let mut codes = 0;
        for set in sets.into_iter().take(self.left) {
            self.left -= 1;
            let Ok(sampled) = SampleQR(dark, &set) else { continue };
            let Ok(code) = Decode(sampled.getBits()) else { continue };
            if !code.isValid() {
                continue;
            }
            codes += 1;
            let text = code.text();
            if !texts.contains(&text) {
                texts.push(text);
            }
            if codes == CODES_MAX {
                break;
            }
        }
        texts
    }
}
