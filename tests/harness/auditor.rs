//! Somebody who reads the log as it is shown to auditors.

use anyhow::{Result, ensure};
use domain::{ApplicationNumber, CertificateId};

use crate::session::{Page, Session};

/// A person at the auditor's pages.
#[derive(Debug, Clone)]
pub struct Auditor {
    session: Session,
}

impl Auditor {
    /// An auditor who comes to the server at `base`.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn new(base: &str) -> Result<Self> {
        Ok(Self {
            session: Session::new(base)?,
        })
    }

    /// Opens a page.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn opens(&mut self, address: &str) -> Result<Page> {
        self.session.open(address).await
    }

    /// The types of all events of a stream, in their order; none when there is no such stream.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub async fn history(&mut self, kind: &str, id: &str) -> Result<Vec<String>> {
        let page = self.opens(&format!("/auditor/streams/{kind}/{id}")).await?;
        if page.status == reqwest::StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        ensure!(page.status.is_success(), "{}: {}", page.url, page.status);
        let html = page.html();
        let types = html
            .split("<code class=\"small quiet\">")
            .skip(1)
            .filter_map(|rest| rest.split('<').next());
        Ok(types.map(str::to_owned).collect())
    }

    /// What happened to the certificate that answers an application.
    ///
    /// # Errors
    /// When the number is none, or the page cannot be read.
    pub async fn certificate_of(&mut self, application: &str) -> Result<Vec<String>> {
        let number: ApplicationNumber = application.parse()?;
        let id = CertificateId::for_application(&number);
        self.history("certificate", &id.to_string()).await
    }

    /// Presses "verify" and answers what the page says then.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn verifies(&mut self) -> Result<Page> {
        let page = self.opens("/auditor/verify").await?;
        let form = page.form(|form| form.action == "/auditor/verify")?;
        self.session.send(&page, &form, None).await
    }
}
