//! The fields of a posted form, in their order. A name may come more than once: boxes that were ticked.

use axum::{
    extract::{FromRequest, Request, rejection::FormRejection},
    http::StatusCode,
    response::IntoResponse,
};

use crate::problem::Problem;

/// A form as it was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A form that was not sent but filled in by us.
    pub(crate) const fn filled(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value under a name, without blanks around it; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// Something other than blanks under a name.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        Some(self.get(name))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// Every value under a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.trim())
    }

    /// All of them.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        axum::Form::<Vec<(String, String)>>::from_request(request, state)
            .await
            .map(|axum::Form(fields)| Self(fields))
            .map_err(|rejection: FormRejection| match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::media_type(),
                _ => Problem::malformed(),
            })
    }
}
