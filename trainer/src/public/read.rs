//! The files of the two public sets, as their repositories hold them.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};

/// A message and what its set says is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) label: String,
}

pub(super) fn file(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// HINT3: `sentence,label` as CSV (RFC 4180), a header first.
pub(super) fn hint3(content: &str) -> Result<Vec<Said>> {
    let mut lines = csv(content)?.into_iter();
    let header = lines.next().unwrap_or_default();
    ensure!(header == ["sentence", "label"], "not the header of HINT3: {header:?}");
    lines
        .map(|line| match <[String; 2]>::try_from(line) {
            Ok([text, label]) => Ok(Said { text, label }),
            Err(line) => bail!("not a sentence and a label: {line:?}"),
        })
        .collect()
}

/// Hinglish-TOP: five columns parted by tabs, a header first. The Hinglish query, and the first intent of its parse.
pub(super) fn hinglish_top(content: &str) -> Result<Vec<Said>> {
    let mut lines = content.lines();
    let header = lines.next().unwrap_or_default();
    ensure!(
        header == "en_query\tcs_query\ten_parse\tcs_parse\tdomain",
        "not the header of Hinglish-TOP: {header:?}"
    );
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, text, _, parse, _] = columns.as_slice() else {
                bail!("not five columns: {line:?}");
            };
            let label = parse
                .strip_prefix("[IN:")
                .and_then(|rest| rest.split_whitespace().next())
                .with_context(|| format!("no intent in front: {parse:?}"))?;
            Ok(Said {
                text: (*text).to_owned(),
                label: label.to_owned(),
            })
        })
        .collect()
}

/// What HINT3 publishes of one system on one set, by threshold in tenths: in-scope accuracy and out-of-scope recall.
pub(super) fn results(content: &str) -> Result<BTreeMap<u8, [f32; 2]>> {
    let mut lines = content.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        let place = header.iter().position(|title| *title == name);
        place.with_context(|| format!("no column {name}"))
    };
    let wanted = [column("Threshold")?, column("Inscope Accuracy")?, column("OOS Recall")?];
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |place: usize| -> Result<f32> {
                let cell = cells.get(place).with_context(|| format!("too short: {line:?}"))?;
                cell.parse().with_context(|| format!("not a number: {cell:?}"))
            };
            let [threshold, accuracy, recall] = wanted;
            let threshold = number(threshold)?;
            let tenths = (1..10_u8).find(|tenths| (f32::from(*tenths) / 10.0 - threshold).abs() < 1e-3);
            let tenths = tenths.with_context(|| format!("not a threshold in tenths: {line:?}"))?;
            Ok((tenths, [number(accuracy)?, number(recall)?]))
        })
        .collect()
}

/// Fields parted by commas; within quotes a comma and a line's end belong to the field, and a doubled quote is one.
fn csv(content: &str) -> Result<Vec<Vec<String>>> {
    let (mut lines, mut line, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            (_, '"') => quoted = !quoted,
            (false, ',') => line.push(std::mem::take(&mut field)),
            (false, '\r') if chars.peek() == Some(&'\n') => {}
            (false, '\n') => {
                line.push(std::mem::take(&mut field));
                lines.push(std::mem::take(&mut line));
            }
            (_, c) => field.push(c),
        }
    }
    ensure!(!quoted, "a quote has no end");
    if !field.is_empty() || !line.is_empty() {
        line.push(field);
        lines.push(line);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, label: &str) -> Said {
        Said {
            text: text.to_owned(),
            label: label.to_owned(),
        }
    }

    #[test]
    fn hint3_with_quotes_commas_and_lines_within() {
        let content =
            "sentence,label\r\nkitne ka hai,PRICE\r\n\"haan, \"\"wala\"\"\nek aur\",NO_NODES_DETECTED\nlast,PRICE";
        assert_eq!(
            hint3(content).unwrap(),
            [
                said("kitne ka hai", "PRICE"),
                said("haan, \"wala\"\nek aur", "NO_NODES_DETECTED"),
                said("last", "PRICE")
            ]
        );
        for wrong in [
            "",
            "text,label\na,B\n",
            "sentence,label\na,b,C\n",
            "sentence,label\nalone\n",
            "sentence,label\n\"open,A\n",
        ] {
            assert!(hint3(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn hinglish_top_gives_the_outer_intent_of_the_hinglish_query() {
        let header = "en_query\tcs_query\ten_parse\tcs_parse\tdomain\n";
        let line = "stop it\tyeh \"gaana\" band karo\t[IN:X stop it ]\t[IN:STOP_MUSIC yeh [SL:A [IN:Y \"gaana\" ] ] band karo ]\tmusic\n";
        assert_eq!(
            hinglish_top(&format!("{header}{line}")).unwrap(),
            [said("yeh \"gaana\" band karo", "STOP_MUSIC")]
        );
        assert!(hinglish_top(line).is_err(), "a header is missing");
        for wrong in ["a\tb\tc\t[IN:D e ]\n", "a\tb\tc\tno parse\tmusic\n", "\n"] {
            assert!(hinglish_top(&format!("{header}{wrong}")).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn published_results_are_read_by_the_names_of_their_columns() {
        let content = "Threshold,Accuracy,Weighted F1,Inscope Accuracy,OOS Recall,MCC\n0.1,0.9,0.8,0.75,0.25,0.6\n0.3,0.9,0.8,0.5,1.0,0.6\n";
        let read = results(content).unwrap();
        assert_eq!(read, BTreeMap::from([(1, [0.75, 0.25]), (3, [0.5, 1.0])]));
        assert!(results("Threshold,Accuracy\n0.1,0.9\n").is_err());
        let header = "Threshold,Inscope Accuracy,OOS Recall\n";
        for wrong in ["0.15,0.1,0.1\n", "0.1,0.1\n", "0.1,a,0.1\n"] {
            assert!(results(&format!("{header}{wrong}")).is_err(), "{wrong:?}");
        }
    }
}
