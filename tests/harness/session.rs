//! A person at a web page without a script: cookies are kept, redirects followed, forms sent as a browser sends them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::multipart::{Form as Multipart, Part};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url, redirect};

use crate::forms::{Form, forms, text_of};

/// More redirects than this are a circle.
const REDIRECTS_MAX: usize = 10;

/// A page as it was received.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where it came from, after all redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers, names in lower case; of several with one name the last.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Page {
    /// The body as text.
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The words of the page, without its tags.
    pub fn text(&self) -> String {
        text_of(&self.html())
    }

    /// The one form that `wanted` accepts.
    ///
    /// # Errors
    /// When there is none, or more than one; the error lists what the page offers.
    pub fn form(&self, wanted: impl Fn(&Form) -> bool) -> Result<Form> {
        let all = forms(&self.html()).with_context(|| format!("the forms of {}", self.url))?;
        let mut found: Vec<Form> = all.iter().filter(|form| wanted(form)).cloned().collect();
        match (found.pop(), found.len()) {
            (Some(form), 0) => Ok(form),
            (_, more) => bail!("{} forms fit on {} ({}), among {all:#?}", more, self.url, self.status),
        }
    }

    /// The form that has the button `label` (or a button that sends that value).
    ///
    /// # Errors
    /// As [`Page::form`].
    pub fn form_with_button(&self, label: &str) -> Result<Form> {
        self.form(|form| form.button(label).is_ok())
            .with_context(|| format!("a form with the button {label}"))
    }

    /// The addresses of all links, resolved, in their order.
    pub fn links(&self) -> Vec<Url> {
        let html = self.html();
        let written = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        written
            .filter_map(|link| self.url.join(&link.replace("&amp;", "&")).ok())
            .collect()
    }
}

/// One person's visit: a client with a jar of its own.
#[derive(Debug, Clone)]
pub struct Session {
    http: Client,
    base: Url,
    cookies: BTreeMap<String, String>,
}

impl Session {
    /// A visit to the server at `base` by somebody who has not been there before.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn new(base: &str) -> Result<Self> {
        Self::begin(base, Client::builder())
    }

    /// The same, with connections from this address of the machine.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn from_address(base: &str, own: IpAddr) -> Result<Self> {
        Self::begin(base, Client::builder().local_address(own))
    }

    fn begin(base: &str, client: ClientBuilder) -> Result<Self> {
        let http = client.redirect(redirect::Policy::none()).build()?;
        let base = Url::parse(base).with_context(|| format!("{base} is no URL"))?;
        Ok(Self {
            http,
            base,
            cookies: BTreeMap::new(),
        })
    }

    /// The cookies that the server has set, by name.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Opens an address, relative to the server.
    ///
    /// # Errors
    /// When the server does not answer. A status that is no success is a page like any other.
    pub async fn open(&mut self, address: &str) -> Result<Page> {
        let url = self.base.join(address)?;
        self.follow(url, |http, url| http.request(Method::GET, url)).await
    }

    /// Sends `form`, which stands on `page`, by the button `label` (`None`: by the enter key).
    ///
    /// # Errors
    /// When there is no such button, or the server does not answer.
    pub async fn send(&mut self, page: &Page, form: &Form, label: Option<&str>) -> Result<Page> {
        self.send_with_files(page, form, label, &[]).await
    }

    /// As [`Session::send`], with files: `(field, file name, media type, bytes)`.
    ///
    /// # Errors
    /// As [`Session::send`], and when the form has no such file field.
    pub async fn send_with_files(
        &mut self,
        page: &Page,
        form: &Form,
        label: Option<&str>,
        files: &[(&str, &str, &str, Vec<u8>)],
    ) -> Result<Page> {
        let button = label.map(|label| form.button(label)).transpose()?;
        let mut fields = form.fields.clone();
        fields.extend(button.and_then(|button| button.field.clone()));
        let action = button
            .and_then(|button| button.action.as_deref())
            .unwrap_or(&form.action);
        let mut url = if action.is_empty() {
            page.url.clone()
        } else {
            page.url.join(action)?
        };
        if let Some((field, ..)) = files
            .iter()
            .find(|(field, ..)| !form.files.iter().any(|offered| offered == field))
        {
            bail!("the form {} has no file field {field}", form.action);
        }
        if !form.post {
            url.set_query(Some(&urlencoded(&fields)?));
            return self.follow(url, |http, url| http.request(Method::GET, url)).await;
        }
        let origin = self.base.origin().ascii_serialization();
        if form.multipart {
            let mut body = Multipart::new();
            for (name, value) in fields {
                body = body.text(name, value);
            }
            for (field, name, media_type, bytes) in files {
                let part = Part::bytes(bytes.clone())
                    .file_name((*name).to_owned())
                    .mime_str(media_type)?;
                body = body.part((*field).to_owned(), part);
            }
            let mut body = Some(body);
            return self
                .follow(url, |http, url| {
                    let post = http
                        .request(Method::POST, url)
                        .header(ORIGIN, &origin)
                        .header("sec-fetch-site", "same-origin");
                    match body.take() {
                        Some(body) => post.multipart(body),
                        None => post,
                    }
                })
                .await;
        }
        let body = urlencoded(&fields)?;
        self.follow(url, |http, url| {
            http.request(Method::POST, url)
                .header(ORIGIN, &origin)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone())
        })
        .await
    }

    async fn follow(&mut self, mut url: Url, request: impl FnOnce(&Client, Url) -> RequestBuilder) -> Result<Page> {
        let mut answer = self
            .ask(request(&self.http, url.clone()))
            .await
            .with_context(|| format!("open {url}"))?;
        for _ in 0..REDIRECTS_MAX {
            let Some(next) = redirected(&answer, &url)? else {
                let headers = answer.headers().iter().map(|(name, value)| {
                    (
                        name.as_str().to_owned(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                });
                let (status, headers) = (answer.status(), headers.collect());
                return Ok(Page {
                    url,
                    status,
                    headers,
                    body: answer.bytes().await?.to_vec(),
                });
            };
            url = next;
            answer = self
                .ask(self.http.get(url.clone()))
                .await
                .with_context(|| format!("follow to {url}"))?;
        }
        bail!("redirected in a circle, at last to {url}")
    }

    async fn ask(&mut self, request: RequestBuilder) -> Result<Response> {
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = if jar.is_empty() {
            request
        } else {
            request.header(COOKIE, jar.join("; "))
        };
        let answer = request.send().await?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().context("a cookie of plain letters")?;
            let (name, value) = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .context("a cookie has a name")?;
            let ended = cookie.to_lowercase().contains("max-age=0");
            if ended || value.is_empty() {
                self.cookies.remove(name.trim());
            } else {
                self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Ok(answer)
    }
}

fn redirected(answer: &Response, from: &Url) -> Result<Option<Url>> {
    let seen_by_get = [StatusCode::SEE_OTHER, StatusCode::FOUND, StatusCode::MOVED_PERMANENTLY];
    if !seen_by_get.contains(&answer.status()) {
        return Ok(None);
    }
    let to = answer.headers().get(LOCATION).context("a redirect says where to")?;
    Ok(Some(from.join(to.to_str()?)?))
}

/// `fields` as `application/x-www-form-urlencoded`.
fn urlencoded(fields: &[(String, String)]) -> Result<String> {
    // The query writer of the URL type is that very encoding.
    let mut url = Url::parse("form:")?;
    url.query_pairs_mut().extend_pairs(fields);
    Ok(url.query().unwrap_or_default().to_owned())
}
