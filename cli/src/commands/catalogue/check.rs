//! `praman catalogue lint`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::catalogue::{Catalogue, CatalogueError, Finding, lint};
use serde_json::json;

use crate::{Answer, say};

pub(crate) fn run(what: Option<&Path>, as_json: bool) -> anyhow::Result<Answer> {
    let (services, findings) = match what {
        None => {
            let catalogue = Catalogue::embedded()?;
            (catalogue.iter().count(), lint(catalogue))
        }
        Some(path) if path.is_dir() => folder(path)?,
        Some(path) => one(path)?,
    };
    if as_json {
        let list: Vec<_> = findings
            .iter()
            .map(|f| json!({"service": f.service, "check": f.check, "what": f.what}))
            .collect();
        say(json!({"services": services, "findings": list}));
    } else {
        for finding in &findings {
            say(format!("{} {}: {}", finding.service, finding.check, finding.what));
        }
        say(format!("{services} services, {} findings", findings.len()));
    }
    Ok(if findings.is_empty() { Answer::Yes } else { Answer::No })
}

/// A service's file: its code by its name, and its text.
fn read(path: &Path) -> anyhow::Result<(String, String)> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let code = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((code, text))
}

/// All files of a folder together. One that is not well formed is a finding, and the others are checked without it.
fn folder(path: &Path) -> anyhow::Result<(usize, Vec<Finding>)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)
        .with_context(|| path.display().to_string())?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("{} holds no services' files (.toml)", path.display());
    }
    let files: Vec<(String, String)> = files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let mut findings = vec![];
    let mut whole = vec![];
    for (code, text) in &files {
        match Catalogue::from_files([(code.as_str(), text.as_str())]) {
            Ok(_) => whole.push((code.as_str(), text.as_str())),
            Err(error) => findings.push(malformed(code, &error)),
        }
    }
    findings.extend(lint(&Catalogue::from_files(whole)?));
    Ok((files.len(), findings))
}

/// One file as it would be beside the services of this program; of these, what is wrong because of it.
fn one(path: &Path) -> anyhow::Result<(usize, Vec<Finding>)> {
    let (code, text) = read(path)?;
    let alone = match Catalogue::from_files([(code.as_str(), text.as_str())]) {
        Ok(alone) => alone,
        Err(error) => return Ok((1, vec![malformed(&code, &error)])),
    };
    let all = Catalogue::embedded()?.with(&alone);
    Ok((1, lint(&all)))
}

fn malformed(code: &str, error: &CatalogueError) -> Finding {
    let cause = std::error::Error::source(error).map(|cause| format!(": {}", cause.to_string().trim()));
    Finding {
        service: code.to_owned(),
        check: "file",
        what: format!("{error}{}", cause.unwrap_or_default()),
    }
}
