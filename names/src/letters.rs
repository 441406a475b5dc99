//! A word in Devanagari as consonants with their vowels, and which inherent vowels are not spoken.
//!
//! Hindi writes an *a* into every consonant and speaks it in some. The rule (Ohala 1983, "Aspects of Hindi phonology"): from
//! the end of a word, an inherent vowel between a vowel with one consonant and one consonant with a vowel is not spoken, nor at the end.

/// The vowel of a consonant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vowel {
    /// Written as none.
    Joined,
    /// The *a* that is not written.
    Inherent,
    /// The *a* that is neither written nor spoken.
    Dropped,
    /// A vowel that is written: its independent letter.
    Written(char),
}

/// A consonant with its vowel, or a vowel alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The consonant, and whether a nukta stands under it.
    pub(crate) consonant: Option<(char, bool)>,
    pub(crate) vowel: Vowel,
    /// An anusvara or chandrabindu follows.
    pub(crate) nasal: bool,
}

impl Letter {
    const fn is(&self, consonant: char) -> bool {
        matches!(self.consonant, Some((c, _)) if c == consonant)
    }

    fn is_spoken(&self) -> bool {
        matches!(self.vowel, Vowel::Inherent | Vowel::Written(_))
    }
}

/// The independent letter of a vowel sign.
const fn sign(c: char) -> Option<char> {
    Some(match c {
        'ा' => 'आ',
        'ि' => 'इ',
        'ी' => 'ई',
        'ु' => 'उ',
        'ू' => 'ऊ',
        'ृ' | 'ॄ' => 'ऋ',
        'ॅ' | 'ॆ' | 'े' => 'ए',
        'ै' => 'ऐ',
        'ॉ' | 'ॊ' | 'ो' => 'ओ',
        'ौ' => 'औ',
        _ => return None,
    })
}

const fn vowel(c: char) -> Option<char> {
    Some(match c {
        'अ' | 'आ' | 'इ' | 'ई' | 'उ' | 'ऊ' | 'ऋ' | 'ए' | 'ऐ' | 'ओ' | 'औ' => c,
        'ऍ' | 'ऎ' => 'ए',
        'ऑ' | 'ऒ' => 'ओ',
        'ॲ' => 'ऐ',
        _ => return None,
    })
}

/// The letters of a word of Devanagari (its nuktas apart); what is no letter is left out.
pub(crate) fn letters(word: &str) -> Vec<Letter> {
    let mut out: Vec<Letter> = Vec::new();
    for c in word.chars() {
        if let Some(vowel) = vowel(c) {
            let vowel = Vowel::Written(vowel);
            out.push(Letter {
                consonant: None,
                vowel,
                nasal: false,
            });
        } else if matches!(c, 'क'..='ह') {
            let consonant = Some((c, false));
            out.push(Letter {
                consonant,
                vowel: Vowel::Inherent,
                nasal: false,
            });
        } else if let Some(last) = out.last_mut() {
            match c {
                '\u{93C}' => {
                    if let Some((_, nukta)) = &mut last.consonant {
                        *nukta = true;
                    }
                }
                '\u{94D}' => last.vowel = Vowel::Joined,
                '\u{901}' | '\u{902}' => last.nasal = true,
                c => {
                    if let Some(vowel) = sign(c) {
                        last.vowel = Vowel::Written(vowel);
                    }
                }
            }
        }
    }
    out
}

/// The same as spoken.
pub(crate) fn spoken(word: &str) -> Vec<Letter> {
    let mut letters = letters(word);
    for place in (1..letters.len()).rev() {
        if drops(&letters, place)
            && let Some(letter) = letters.get_mut(place)
        {
            letter.vowel = Vowel::Dropped;
        }
    }
    letters
}

fn drops(letters: &[Letter], place: usize) -> bool {
    let at = |place: Option<usize>| place.and_then(|place| letters.get(place));
    let (Some(here), Some(before)) = (at(Some(place)), at(place.checked_sub(1))) else {
        return false;
    };
    if here.vowel != Vowel::Inherent || here.nasal {
        return false;
    }
    let Some(after) = at(Some(place + 1)) else {
        // At the end: not in "patra", "satya", "krishna"; but in "janm", "dharm", and in "priya" it stays for i before y.
        let first_of_pair = (before.vowel == Vowel::Joined).then_some(before);
        return match first_of_pair {
            Some(first) if first.is('र') => !here.is('य'),
            Some(_) => !matches!(here.consonant, Some(('य' | 'र' | 'ल' | 'व' | 'न' | 'ण' | 'ञ', _))),
            None => !(here.is('य') && matches!(before.vowel, Vowel::Written('इ' | 'ई'))),
        };
    };
    if !before.is_spoken() || after.consonant.is_none() {
        return false;
    }
    // "niyam", not "niym".
    if here.is('य') && matches!(before.vowel, Vowel::Written('इ' | 'ई')) {
        return false;
    }
    let ends = place + 2 == letters.len();
    // The feminine and abstract endings: "shrimati", "bhagwati", "anumati".
    if ends
        && after.is('त')
        && matches!(after.vowel, Vowel::Written('इ' | 'ई'))
        && matches!(here.consonant, Some(('म' | 'व' | 'प', _)))
    {
        return false;
    }
    match after.vowel {
        Vowel::Inherent | Vowel::Written(_) => true,
        // A second member of a compound that begins with pr: "Harpreet", "Omprakash".
        Vowel::Joined => after.is('प') && at(Some(place + 2)).is_some_and(|third| third.is('र')),
        Vowel::Dropped => false,
    }
}
