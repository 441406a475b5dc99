//! The module that reads codes in pictures.

use super::answer;
use crate::picture::texts;

/// [`texts`] as a list in JSON: the input is the picture.
#[unsafe(no_mangle)]
extern "C" fn picture(width: u32) -> usize {
    answer(|input| serde_json::json!(texts(input, width)).to_string())
}
