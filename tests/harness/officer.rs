//! An officer at the console: a session with a name.

use anyhow::{Context, Result, ensure};

use crate::forms::Form;
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

    /// The form on the open page by which an officer acts.
    ///
    /// # Errors
    /// When the page has none: it is not this officer's turn.
    pub fn form(&self) -> Result<Form> {
        self.page
            .form(|form| form.has("act") && form.has("command_id"))
            .with_context(|| format!("{} may not act on {}: {}", self.login, self.page.url, self.page.text()))
    }

    /// Sends a form as it is; what the server answers is the open page.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn sends(&mut self, form: &Form) -> Result<&Page> {
        self.page = self.session.send(&self.page, form, None).await?;
        Ok(&self.page)
    }

    /// Opens a file, acts as `act` says with these fields, and confirms where that is asked.
    ///
    /// # Errors
    /// When the officer may not act there, or the act is not carried out: the error shows the page.
    pub async fn acts(&mut self, file: &str, act: &str, fields: &[(&str, &str)]) -> Result<()> {
        self.opens(&format!("/officer/files/{file}")).await?;
        let mut form = self.form()?;
        form.fill("act", act)?;
        for (name, value) in fields {
            form.fill(name, value)?;
        }
        self.sends(&form).await?;
        if let Ok(confirm) = self.page.form(|form| form.has("confirmed")) {
            self.sends(&confirm).await?;
        }
        self.was_done(act)
    }

    /// Cancels the certificate that answers an application.
    ///
    /// # Errors
    /// When the officer may not, or the register refuses: the error shows the page.
    pub async fn revokes(&mut self, file: &str, reason: &str) -> Result<()> {
        self.opens(&format!("/officer/files/{file}/revoke")).await?;
        let mut form = self.page.form(|form| form.has("reason"))?;
        form.fill("reason", reason)?;
        self.sends(&form).await?;
        let confirm = self.page.form(|form| form.has("confirmed"))?;
        self.sends(&confirm).await?;
        self.was_done("revoke")
    }

    /// Acts on the certificate that answers an application: opens the act's page, fills it in, sends it and confirms it.
    /// `told` is what the file then says was done.
    ///
    /// # Errors
    /// When the officer may not, or the rule says no: the error shows the page.
    pub async fn does(&mut self, file: &str, act: &str, fields: &[(&str, &str)], told: &str) -> Result<()> {
        self.opens(&format!("/officer/files/{file}/{act}")).await?;
        let mut form = self.page.form(|form| form.has("command_id"))?;
        for (name, value) in fields {
            form.fill(name, value)?;
        }
        self.sends(&form).await?;
        if let Ok(confirm) = self.page.form(|form| form.has("confirmed")) {
            self.sends(&confirm).await?;
        }
        self.was_done(told)
    }

    fn was_done(&self, act: &str) -> Result<()> {
        ensure!(
            self.page.status.is_success() && self.page.url.query() == Some(&format!("done={act}")),
            "{}: {act} was not done: {} {}: {}",
            self.login,
            self.page.status,
            self.page.url,
            self.page.text()
        );
        Ok(())
    }
}

/// The officers that the demonstration offers at its entrance, whose English designation is `designation`.
///
/// # Errors
/// When there is nobody, or the server does not answer.
pub async fn officers(base: &str, designation: &str) -> Result<Vec<String>> {
    let page = Session::new(base)?.open("/officer/sign-in?lang=en").await?;
    let html = page.html();
    let offered = html.split("name=\"officer\" value=\"").skip(1);
    let wanted = format!("</b>{designation}<br>");
    let found: Vec<String> = offered
        .filter(|rest| {
            rest.split("</label>")
                .next()
                .is_some_and(|label| label.contains(&wanted))
        })
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    ensure!(!found.is_empty(), "nobody is {designation} among: {}", page.text());
    Ok(found)
}
