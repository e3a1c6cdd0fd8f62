//! `serve`

use std::io;

use anyhow::Context as _;
use sealift_server::{App, Clock};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{print, read_config};
use crate::cli::Serve;

/// Runs the server until SIGTERM or SIGINT.
///
/// # Errors
/// Why it does not start.
pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    let listen = args.listen.map(|listen| ("listen", listen.to_string()));
    let flags: Vec<_> = listen.into_iter().collect();
    let (mut config, _) = read_config(&args.place, &flags)?;
    config.accept_clock = args.accept_clock;
    log_to_stderr(&config.log)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let app = App::build(&config, Clock::System).await?;
    if let Some(token) = app.first_token() {
        print(token.expose())?;
        tracing::warn!(
            event = "first_token",
            "the first token was printed to standard output; it is shown this once"
        );
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(event = "sys_startup", %address, version, "listening on {address}");
    app.serve(listener, async move {
        let signal = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(event = "sys_shutdown", signal, "stopping on {signal}");
    })
    .await;
    tracing::info!(event = "sys_stopped", "stopped");
    Ok(())
}

fn log_to_stderr(filter: &str) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(filter).with_context(|| format!("the setting `log`: {filter}"))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    Ok(())
}
