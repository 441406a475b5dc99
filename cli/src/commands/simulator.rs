//! `praman simulator`: the Cloud API simulator alone, for any business.

use std::{net::SocketAddr, sync::Arc};

use clap::Args;
use ledger::{Clock as _, SystemClock};
use tokio::net::TcpListener;
use whatsapp::simulator::{Simulator, SimulatorConfig};

use crate::{Answer, say};

#[derive(Args)]
pub(crate) struct Options {
    /// The address to listen at.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Where the business takes its webhooks.
    #[arg(long)]
    webhook: Option<String>,
    /// Signs the webhooks.
    #[arg(
        long,
        default_value = "demonstration-secret",
        env = "PRAMAN_WHATSAPP_APP_SECRET",
        hide_env_values = true
    )]
    app_secret: String,
    /// For the handshake with the webhook.
    #[arg(
        long,
        default_value = "demonstration-verify",
        env = "PRAMAN_WHATSAPP_VERIFY_TOKEN",
        hide_env_values = true
    )]
    verify_token: String,
    /// The token that the business must bring.
    #[arg(
        long,
        default_value = "demonstration-token",
        env = "PRAMAN_WHATSAPP_ACCESS_TOKEN",
        hide_env_values = true
    )]
    token: String,
    /// The business number, as the Graph API names it.
    #[arg(long, default_value = crate::service::DEMO_PHONE_ID, env = "PRAMAN_WHATSAPP_PHONE_NUMBER_ID")]
    phone_id: String,
    /// For its ids.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<Answer> {
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let config = SimulatorConfig {
        webhook_url: options.webhook,
        public_url: Some(format!("http://{address}/simulator")),
        seed: options.seed,
        ..SimulatorConfig::new(
            options.phone_id,
            options.token,
            options.app_secret,
            options.verify_token,
            Arc::new(|| SystemClock.now()),
        )
    };
    let simulator = Simulator::start(config)?;
    say(format!("The simulator listens at http://{address}/simulator"));
    axum::serve(listener, simulator.standalone())
        .with_graceful_shutdown(super::serve::stop())
        .await?;
    Ok(Answer::Yes)
}
