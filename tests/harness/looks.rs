//! Pictures of pages, and what is wrong with a page.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::browser::Browser;

/// The folder of pictures, `target/pictures`.
///
/// # Errors
/// When it cannot be made.
pub fn pictures() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let folder = target.join("pictures");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

impl Browser {
    /// What is wrong with the page that is open, by the name of its picture: its language, its width, requests to others, and
    /// what axe-core, as a script, finds.
    ///
    /// # Errors
    /// When the page cannot be looked at.
    pub async fn looked_over(&self, checker: Option<&str>, picture: &str, language: &str) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        let lang = self.looks("return document.documentElement.lang").await?;
        if !lang.as_str().is_some_and(|lang| lang.starts_with(language)) {
            problems.push(format!("{picture}: the page is in {lang}"));
        }
        let beyond = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        if self.looks(beyond).await?.as_f64().is_some_and(|pixels| pixels > 0.0) {
            problems.push(format!("{picture}: the page is wider than the window"));
        }
        let outside = "return performance.getEntriesByType('resource').map(entry => entry.name)\
        .filter(name => !name.startsWith(location.origin))";
        let outside = self.looks(outside).await?;
        if outside.as_array().is_some_and(|names| !names.is_empty()) {
            problems.push(format!("{picture}: asks others: {outside}"));
        }
        let Some(checker) = checker else { return Ok(problems) };
        let window = self.window();
        window.execute(checker, vec![]).await.context("load axe-core")?;
        let run = "const done = arguments[arguments.length - 1];\
        axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })\
            .then(found => done(found.passes.length < 10 ? `only ${found.passes.length} rules were tried`\
                : found.violations.map(violation => ({ id: violation.id, help: violation.help,\
                    nodes: violation.nodes.slice(0, 3).map(node => node.html.slice(0, 200)) }))),\
                error => done(String(error)));";
        let found = window.execute_async(run, vec![]).await.context("run axe-core")?;
        match found {
            Value::Array(found) => problems.extend(found.iter().map(|one| format!("{picture}: {one}"))),
            other => problems.push(format!("{picture}: axe-core says {other}")),
        }
        Ok(problems)
    }
}
