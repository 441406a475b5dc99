//! A name of which only so much is shown that its holder is recognised by somebody who knows it.

use unicode_segmentation::UnicodeSegmentation as _;

/// The first letter of each part, then always three dots: the length of a name is not told either.
pub(super) fn masked(name: &str) -> String {
    name.split_whitespace()
        .filter_map(|part| part.graphemes(true).next())
        .map(|first| format!("{first}•••"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_letter_is_a_letter_with_its_signs() {
        assert_eq!(masked("Sunita Devi"), "S••• D•••");
        assert_eq!(masked("सुनीता देवी"), "सु••• दे•••");
        assert_eq!(masked("क्षमा"), "क्ष•••");
        assert_eq!(masked("  "), "");
    }
}
