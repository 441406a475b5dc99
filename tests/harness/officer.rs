//! An officer at the console: a session with a name.

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
    /// Chooses `officer` (an id such as `DEMO-101`) at the demonstration's entrance, which asks for no password.
    ///
    /// # Errors
    /// When that officer is not offered, or the console refuses.
    pub async fn signs_in(base: &str, officer: &str) -> Result<Self> {
        let mut session = Session::new(base)?;
        let page = session.open("/officer/sign-in").await?;
        let mut form = page
            .form(|form| form.has("officer"))
            .with_context(|| format!("sign in as {officer}"))?;
        form.fill("officer", officer)?;
        let page = session.send(&page, &form, None).await?;
        ensure!(
            page.status.is_success(),
            "{officer} is refused with {}: {}",
            page.status,
            page.text()
        );
        ensure!(
            !session.cookies().is_empty(),
            "{officer} got no session: {}",
            page.text()
        );
        Ok(Self {
            session,
            login: officer.to_owned(),
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
