//! The repository server: takes signed changes, signs what is online, and serves devices.
//!
//! [`App::build`] puts a server together, [`App::serve`] runs it, [`local::LocalServer`] runs one
//! inside another process. [`router`] is the table of URLs; [`publish`] is the way of a change.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

/// The one clock.
pub mod clock;
/// The configuration.
pub mod config;
/// Every cap and every deadline.
pub mod limits;
/// The one source of randomness.
pub mod rng;

/// The data directory.
pub mod data_dir;
/// Names of repositories and of tokens.
pub mod name;
/// The online keys.
pub mod online_keys;
/// Bearer tokens.
pub mod token;

/// The blob store.
pub mod blobs;
/// The database, and the only home of SQL.
pub mod db;
/// Publishing.
pub mod publish;
/// Repositories in memory.
pub mod repository;

/// Endpoints for people and CI.
pub mod api;
/// Whether the server answers.
pub mod health;
/// What every endpoint shares.
pub mod http;
/// Endpoints for devices.
pub mod tuf;

/// The server put together.
pub mod app;
/// A server inside this process.
pub mod local;
/// Connections.
pub mod net;
/// The only table of URLs.
pub mod router;

pub use app::App;
pub use clock::Clock;
pub use config::Config;
pub use local::LocalServer;

use std::future::Future;

use tokio::net::TcpListener;

/// Builds a server on the system's clock and serves `listener` until `shutdown` is ready.
///
/// # Errors
/// See [`app::StartError`].
pub async fn serve(
    config: &Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), app::StartError> {
    let app = App::build(config, Clock::System).await?;
    app.serve(listener, shutdown).await;
    Ok(())
}
