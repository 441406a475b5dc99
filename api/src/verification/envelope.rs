//! The same certificate as a W3C credential: handed out to whoever hands in the PDF, which says the same. Never by number or address:
//! it is a person's whole record. And who issued it, as others look that up.

use axum::{
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use certificates::vc::{self, ISSUER_PATH, Vc};
use data_encoding::BASE64URL_NOPAD;
use domain::{AnyEvent, certificate::Event};
use ledger::{Fault, Ledger};

use super::{
    handed::Handed,
    handlers::take,
    verifier::{Proof, Proven},
};
use crate::{guard::Peer, problem::Problem, state::App};

/// Where the PDF is exchanged.
pub(crate) const EXCHANGE: &str = "/api/v1/credential";
/// Who issued it.
pub(crate) const ISSUER: &str = ISSUER_PATH;

/// `POST /api/v1/credential`: the PDF in, the W3C credential out. Nothing is signed here: the signature was made with the certificate.
pub(super) async fn exchange(State(app): State<App>, peer: Peer, request: Request) -> Result<Response, Problem> {
    let Handed::File { bytes, .. } = Handed::read(request, &app).await? else {
        return Err(Problem::malformed());
    };
    take(&app, peer)?;
    let proof = match app.state.verifier.by_pdf(bytes).await? {
        Proven::Genuine(proof) => proof,
        Proven::No => return Err(Problem::credential_not_proven()),
    };
    let kept = kept(&app.state.ledger, &proof.certificate).await?;
    let (host, signature) = kept.ok_or_else(Problem::credential_none)?;
    let vc = again(&app, &proof, &host, &signature).ok_or_else(|| {
        tracing::error!(
            certificate = proof.certificate,
            "the kept signature does not fit the W3C credential"
        );
        Problem::internal()
    })?;
    Ok((
        [
            (header::CONTENT_TYPE, vc::MEDIA_TYPE),
            (header::CACHE_CONTROL, "no-store"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"certificate.vc.cose\"",
            ),
        ],
        vc.bytes().to_vec(),
    )
        .into_response())
}

fn again(app: &App, proof: &Proof, host: &str, signature: &str) -> Option<Vc> {
    let contents = vc::Contents {
        record: &proof.record,
        salt: &proof.salt,
        token: &proof.token,
        host,
    };
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    let vc = Vc::again(&contents, &signature).ok()?;
    vc.verify(&app.state.directory).ok().map(|()| vc)
}

/// The host that is printed on a certificate, and the signature; `None` for one that was issued before there was this form.
async fn kept(ledger: &Ledger, certificate: &str) -> Result<Option<(String, String)>, Fault> {
    let (mut printed, mut signature) = (None, None);
    for recorded in ledger.stream("certificate", certificate).await? {
        let corrupt = |_| Fault::Corrupt {
            position: recorded.position,
            what: "no event of a certificate".to_owned(),
        };
        match AnyEvent::decode(&recorded.aggregate_type, &recorded.body).map_err(corrupt)? {
            AnyEvent::Certificate(Event::Prepared { host, .. }) => printed = Some(host),
            AnyEvent::Certificate(Event::Issued { vc_signature, .. }) => signature = vc_signature,
            _ => {}
        }
    }
    Ok(printed.zip(signature))
}

/// `GET /.well-known/praman-issuer.json`.
pub(super) async fn issuer(State(app): State<App>) -> Response {
    let document = vc::issuer_document(&app.state.directory, &app.state.host);
    (
        [
            // application/cid is registered by the same Recommendation.
            (header::CONTENT_TYPE, "application/cid"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        document.to_string(),
    )
        .into_response()
}
