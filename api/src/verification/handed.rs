//! What is handed in to be checked: JSON, a form, or a file by itself. Everything has a limit before it is taken apart.

use axum::{
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::header,
};
use jiff::civil::Date;
use serde::Deserialize;

use crate::{problem::Problem, state::App};

/// The largest photo or PDF.
const FILE_BYTES_MAX: usize = 10_000_000;
/// Room for a form without a file.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Room for a batch: a thousand addresses of 900 characters and what is around them.
const QUESTIONS_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Certificates of one request.
pub(super) const BATCH_MAX: usize = 1000;

/// What was handed in.
pub(super) enum Handed {
    One(Question),
    Many(Vec<Question>),
    File { bytes: Vec<u8>, on: Option<Date> },
    Nothing,
}

/// One question: of token and number exactly one is there, or the answer is a problem.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) token: Option<String>,
    pub(super) number: Option<String>,
    /// The day to which the question is "did it hold then?"
    pub(super) on: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    certificates: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Many(Batch),
    One(Question),
}

/// Files that may be sent by themselves, as what they are.
const FILES: [&str; 5] = [
    "application/pdf",
    "image/jpeg",
    "image/png",
    certificates::vc::MEDIA_TYPE,
    "application/octet-stream",
];

/// A form that may carry a file.
const FORM: &str = "multipart/form-data";

/// What a request says that its body is, without parameters.
fn kind(request: &Request) -> String {
    let named = request.headers().get(header::CONTENT_TYPE);
    let named = named.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = named.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

impl Handed {
    /// Whether a request brings a file, by what it says of itself.
    pub(super) fn is_file(request: &Request) -> bool {
        let kind = kind(request);
        kind == FORM || FILES.contains(&kind.as_str())
    }

    pub(super) async fn read(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = kind(&request);
        let is = |wanted: &str| kind == wanted;
        let _turn = if Self::is_file(&request) {
            // Nobody closes the semaphore.
            Some(app.uploads.acquire().await.map_err(|_| Problem::malformed())?)
        } else {
            None
        };
        if is("application/json") {
            let bytes = taken(request, QUESTIONS_BYTES_MAX).await?;
            return match serde_json::from_slice(&bytes) {
                Ok(Asked::One(question)) => Ok(Self::One(question)),
                Ok(Asked::Many(batch)) => Ok(Self::Many(batch.certificates)),
                Err(_) => Err(Problem::malformed()),
            };
        }
        if is("application/x-www-form-urlencoded") {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, FORM_BYTES_MAX)
                .await
                .map_err(|_| Problem::too_large())?;
            let fields = crate::fields::Fields::from_request(Request::from_parts(parts, body.into()), app).await?;
            return Ok(fields.given("number").map_or(Self::Nothing, Self::number));
        }
        if FILES.contains(&kind.as_str()) {
            let bytes = taken(request, FILE_BYTES_MAX).await?;
            return Ok(Self::file(bytes.into()));
        }
        if !is(FORM) {
            return Err(Problem::media_type());
        }
        let form = Multipart::from_request(request, app)
            .await
            .map_err(|_| Problem::malformed())?;
        Self::of_form(form).await
    }

    async fn of_form(mut form: Multipart) -> Result<Self, Problem> {
        let mut handed = Self::Nothing;
        let mut day = None;
        while let Some(field) = form.next_field().await.map_err(|error| unread(&error))? {
            match field.name() {
                Some("number") => {
                    let number = text(field).await?;
                    if !number.trim().is_empty() {
                        handed = Self::number(number);
                    }
                }
                Some("on") => {
                    let typed = text(field).await?;
                    day = Some(typed.trim().parse().map_err(|_| Problem::malformed())?);
                }
                Some("file") => {
                    let bytes = read(field, FILE_BYTES_MAX).await?;
                    // A browser sends an empty part for a file that was not chosen.
                    if !bytes.is_empty() {
                        handed = Self::file(bytes);
                    }
                }
                _ => {}
            }
        }
        match &mut handed {
            Self::One(question) => question.on = day,
            Self::File { on, .. } => *on = day,
            Self::Many(_) | Self::Nothing => {}
        }
        Ok(handed)
    }

    fn number(number: String) -> Self {
        Self::One(Question {
            number: Some(number),
            ..Question::default()
        })
    }

    const fn file(bytes: Vec<u8>) -> Self {
        Self::File { bytes, on: None }
    }
}

async fn taken(request: Request, most: usize) -> Result<axum::body::Bytes, Problem> {
    axum::body::to_bytes(request.into_body(), most)
        .await
        .map_err(|_| Problem::too_large())
}

async fn text(field: Field<'_>) -> Result<String, Problem> {
    let bytes = read(field, FORM_BYTES_MAX).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a field holds, if it is not too much.
async fn read(mut field: Field<'_>, max: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut length = 0_usize;
    while let Some(chunk) = field.chunk().await.map_err(|error| unread(&error))? {
        length = length.saturating_add(chunk.len());
        if length > max {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if length > max {
        Err(Problem::too_large())
    } else {
        Ok(bytes)
    }
}

fn unread(error: &MultipartError) -> Problem {
    Problem::of_status(error.status())
}
