//! Our own files: their address holds the hash of their content, so a browser may keep them for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

struct Own {
    name: &'static str,
    media_type: &'static str,
    content: &'static [u8],
    path: String,
}

static FILES: LazyLock<Vec<Own>> = LazyLock::new(|| {
    const CONTENT: [(&str, &str, &[u8]); 8] = [
        (
            "praman.css",
            "text/css; charset=utf-8",
            include_bytes!("../../assets/praman.css"),
        ),
        ("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
        (
            "verify.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/verify.js"),
        ),
        (
            "assistant.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/assistant.js"),
        ),
        (
            "officer.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/officer.js"),
        ),
        (
            "offline.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/offline.js"),
        ),
        ("verifier.wasm", "application/wasm", verifier::CHECKING_MODULE),
        ("reader.wasm", "application/wasm", verifier::READING_MODULE),
    ];
    CONTENT
        .into_iter()
        .map(|(name, media_type, content)| {
            let hash = HEXLOWER.encode(&Sha256::digest(content));
            let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
            let path = format!("/static/{stem}.{}.{ending}", hash.get(..16).unwrap_or_default());
            Own {
                name,
                media_type,
                content,
                path,
            }
        })
        .collect()
});

/// The address of a file of ours.
#[must_use]
pub fn path_of(name: &str) -> String {
    FILES
        .iter()
        .find(|file| file.name == name)
        .map(|file| file.path.clone())
        .unwrap_or_default()
}

/// `GET /static/{name}`.
pub async fn file_route(Path(name): Path<String>) -> Response {
    let wanted = format!("/static/{name}");
    match FILES.iter().find(|file| file.path == wanted) {
        Some(file) => (
            [
                (header::CONTENT_TYPE, file.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            file.content,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
