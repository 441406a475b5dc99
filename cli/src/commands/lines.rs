//! `praman understand`, `praman converse` and `praman match-names`: JSON lines in, JSON lines out.

use std::io::{BufRead, BufReader, Read, Write};

use assistant::{Assistant, jsonl};
use domain::catalogue::Catalogue;
use ledger::{Clock as _, SystemClock};
use names::{Name, NameError};
use serde::{Deserialize, Serialize};

use crate::Answer;

/// Says what sentences mean.
pub(crate) fn understand() -> anyhow::Result<Answer> {
    let assistant = Assistant::new(Catalogue::embedded()?)?;
    each_line(|line| jsonl::understand(assistant.understander(), line))
}

/// Holds conversations.
pub(crate) fn converse() -> anyhow::Result<Answer> {
    let assistant = Assistant::new(Catalogue::embedded()?)?;
    let mut sessions = jsonl::Sessions::new(&assistant, SystemClock.now());
    each_line(|line| sessions.converse(line))
}

fn each_line(mut answer: impl FnMut(&str) -> Result<String, jsonl::LineError>) -> anyhow::Result<Answer> {
    let mut bad = false;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            // A line that is none of ours gets an answer that says so; those behind it are heard all the same.
            let told = answer(&line).unwrap_or_else(|error| {
                bad = true;
                serde_json::json!({ "error": error.to_string() }).to_string()
            });
            writeln!(out, "{told}")?;
            // Whoever talks through a pipe waits for the answer before they go on.
            out.flush()?;
        }
    }
    Ok(if bad { Answer::No } else { Answer::Yes })
}

/// Says how probable it is that two spellings are of one name.
pub(crate) fn match_names() -> anyhow::Result<Answer> {
    matched(std::io::stdin().lock(), std::io::stdout().lock())
}

/// Two names of [`names::MAX_CHARS`] characters of four bytes each, escaped as six, fit many times.
const LONGEST_LINE: u64 = 64 * 1024;

#[derive(Deserialize)]
struct TwoNames {
    a: String,
    b: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Matched {
    Same { same: f64 },
    Refused { error: String },
}

/// One answer a line, whatever the line is: a line that cannot be read is answered with `error`, and the next is read. A text
/// without letters is nobody's name: 0.
fn matched(input: impl Read, mut out: impl Write) -> anyhow::Result<Answer> {
    let mut input = BufReader::new(input);
    let mut all = Answer::Yes;
    loop {
        let mut line = Vec::new();
        input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(all);
        }
        let whole = line.ends_with(b"\n") || line.len() < usize::try_from(LONGEST_LINE)?;
        if !whole {
            // The rest belongs to the line that was too long.
            input.skip_until(b'\n')?;
        } else if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = if whole {
            answered(&line)
        } else {
            Err(format!("the line is longer than {LONGEST_LINE} bytes"))
        };
        let answer = match answer {
            Ok(same) => Matched::Same { same },
            Err(error) => {
                all = Answer::CouldNotTell;
                Matched::Refused { error }
            }
        };
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        out.flush()?;
    }
}

fn answered(line: &[u8]) -> Result<f64, String> {
    let TwoNames { a, b } = serde_json::from_slice(line)
        .map_err(|error| format!("the line is not {{\"a\": name, \"b\": name}}: {error}"))?;
    match (Name::read(&a), Name::read(&b)) {
        (Ok(a), Ok(b)) => Ok((a.same(&b) * 10_000.0).round() / 10_000.0),
        (Err(error @ NameError::TooLong), _) => Err(format!("a: {error}")),
        (_, Err(error @ NameError::TooLong)) => Err(format!("b: {error}")),
        _ => Ok(0.0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answers(input: &[u8]) -> (Vec<Value>, Answer) {
        let mut out = Vec::new();
        let answer = matched(input, &mut out).unwrap();
        let lines = String::from_utf8(out).unwrap();
        (
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            answer,
        )
    }

    #[test]
    fn every_line_gets_its_answer() {
        let input = json!({"a": "Ramesh Sharma", "b": "रमेश शर्मा"}).to_string()
            + "\n\n"
            + &json!({"a": "Ramesh Sharma", "b": "Rakesh Sharma", "id": 7}).to_string()
            + "\n"
            + &json!({"a": "", "b": "12"}).to_string();
        let (lines, answer) = answers(input.as_bytes());
        assert_eq!(answer, Answer::Yes);
        assert_eq!(lines.len(), 3);
        assert!(lines[0]["same"].as_f64().unwrap() > 0.9);
        assert!(lines[1]["same"].as_f64().unwrap() < 0.2);
        assert_eq!(lines[2]["same"], 0.0);
    }

    #[test]
    fn a_bad_line_is_said_and_does_not_stop_the_rest() {
        let long = json!({"a": "x".repeat(names::MAX_CHARS + 1), "b": "y"}).to_string();
        let fits = json!({"a": "x".repeat(names::MAX_CHARS), "b": "y"}).to_string();
        let endless = "z".repeat(70_000);
        let good = r#"{"a":"Sunita","b":"Suneeta"}"#;
        let mut input = format!("no json\n{{\"a\":1}}\n[]\n{long}\n{fits}\n{endless}\n").into_bytes();
        input.extend(b"\xff\xfe\n");
        input.extend(good.as_bytes());
        let (lines, answer) = answers(&input);
        assert_eq!(answer, Answer::CouldNotTell);
        let kinds: Vec<bool> = lines.iter().map(|line| line["error"].is_string()).collect();
        assert_eq!(kinds, [true, true, true, true, false, true, true, false]);
        assert!(
            lines[3]["error"]
                .as_str()
                .unwrap()
                .contains("longer than 200 characters")
        );
        assert!(lines[7]["same"].as_f64().unwrap() > 0.9);
    }
}
