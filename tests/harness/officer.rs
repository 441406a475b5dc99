//! An officer at the console, and the auditor at the history: a session with a name.

use anyhow::{Context, Result, ensure};

use crate::session::{Page, Session};

/// A person who has signed in at the console.
#[derive(Debug, Clone)]
pub struct Officer {
    session: Session,
    login: String,
    page: Page,
}

impl Officer {
    /// Signs in with `login` and `password` by the form that `entrance` shows.
    ///
    /// # Errors
    /// When there is no such form, or the console refuses.
    pub async fn signs_in(base: &str, entrance: &str, login: &str, password: &str) -> Result<Self> {
        let mut session = Session::new(base)?;
        let page = session.open(entrance).await?;
        let mut form = page
            .form(|form| form.has("password"))
            .with_context(|| format!("sign in as {login}"))?;
        form.fill("login", login)?.fill("password", password)?;
        let page = session.send(&page, &form, None).await?;
        ensure!(
            page.status.is_success(),
            "{login} is refused with {}: {}",
            page.status,
            page.text()
        );
        ensure!(
            page.form(|form| form.has("password")).is_err(),
            "{login} is asked again: {}",
            page.text()
        );
        Ok(Self {
            session,
            login: login.to_owned(),
            page,
        })
    }

    /// The page that is open.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Opens an address of the console.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn opens(&mut self, address: &str) -> Result<&Page> {
        self.page = self
            .session
            .open(address)
            .await
            .with_context(|| format!("{} opens {address}", self.login))?;
        Ok(&self.page)
    }

    /// Fills in the form of the open page that has the button `label`, and presses it.
    ///
    /// # Errors
    /// When the page has no such form or field, or the server does not answer. What the server answers is the open page.
    pub async fn presses(&mut self, label: &str, fields: &[(&str, &str)]) -> Result<&Page> {
        let mut form = self.page.form_with_button(label).with_context(|| self.login.clone())?;
        for (name, value) in fields {
            form.fill(name, value)
                .with_context(|| format!("{} before {label}", self.login))?;
        }
        self.page = self.session.send(&self.page, &form, Some(label)).await?;
        Ok(&self.page)
    }
}
