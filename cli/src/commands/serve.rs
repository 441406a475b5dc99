//! `praman serve`: everything at one address.

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::{Answer, say, service::Service, settings::Settings};

pub(crate) async fn run(settings: Settings) -> anyhow::Result<Answer> {
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("the address {} cannot be listened at", settings.listen))?;
    let address = listener.local_addr()?;
    let service = Service::start(&settings, address).await?;
    say(format!("Praman serves at http://{address}/"));
    if let Some(banner) = service.banner() {
        say(banner);
    }
    service.serve(listener, stop()).await?;
    Ok(Answer::Yes)
}

/// Resolves when the process is asked to stop.
pub(crate) async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
