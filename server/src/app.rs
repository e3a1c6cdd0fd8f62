//! The server put together: what `serve` runs, and what tests run.

use std::future::Future;
use std::io;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use sealift_metadata::Time;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::data_dir::{DataDir, DataDirError, DirLock};
use crate::db::{Database, DbError, repositories, tokens};
use crate::http::request::RequestIds;
use crate::limits::RESIGN_INTERVAL;
use crate::name::{RepositoryName, TokenName};
use crate::online_keys::{OnlineKeys, OnlineKeysError};
use crate::publish::{Publisher, Sealer};
use crate::repository::Shelf;
use crate::token::Token;
use crate::{net, rng, router};

/// The repository that is made at the first start.
pub const FIRST_REPOSITORY: &str = "default";

/// The token that is made at the first start.
pub const FIRST_TOKEN: &str = "first";

/// Why the server does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data directory is refused.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The online keys are refused.
    #[error(transparent)]
    OnlineKeys(#[from] OnlineKeysError),
    /// The database cannot be opened.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The blob store cannot be opened.
    #[error("cannot use the blob store: {0}")]
    Blobs(#[source] io::Error),
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A name that is built in is not one.
    #[error(transparent)]
    Name(#[from] crate::name::InvalidName),
}

/// What handlers share.
#[derive(Debug)]
pub struct Services {
    /// The database.
    pub database: Database,
    /// The repositories.
    pub shelf: Arc<Shelf>,
    /// The blobs.
    pub blobs: Arc<Blobs>,
    /// Publishes changes.
    pub publisher: Arc<Publisher>,
    /// The clock.
    pub clock: Clock,
    /// Places for uploads.
    pub uploads: Semaphore,
    /// Length in bytes of the largest change that is taken.
    pub change_bytes_most: u64,
}

/// The services, as each handler gets them.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Services>);

impl Deref for Shared {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// A server that is ready to be given a listener.
#[derive(Debug)]
pub struct App {
    services: Arc<Services>,
    router: Router,
    connections_most: usize,
    first_token: Option<Token>,
    _lock: DirLock,
}

impl App {
    /// Opens everything in the data directory, and makes at the first start what is not there.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: &Config, clock: Clock) -> Result<Self, StartError> {
        let data = DataDir::open(&config.data)?;
        let lock = data.lock()?;
        let services = open(config, &data, clock.clone()).await?;
        services
            .blobs
            .remove_leftovers()
            .map_err(StartError::Blobs)?;
        let first_token = make_first(&services.database, clock.now(), config.token_days).await?;
        let ids = RequestIds::new(&rng::bits_256()?);
        let services = Arc::new(services);
        let router = router::build(Shared(Arc::clone(&services)), ids);
        let connections_most = usize::try_from(config.connections_most).unwrap_or(usize::MAX);
        Ok(Self {
            services,
            router,
            connections_most,
            first_token,
            _lock: lock,
        })
    }

    /// The token that was made just now, at the first start. It is shown once and kept nowhere.
    pub const fn first_token(&self) -> Option<&Token> {
        self.first_token.as_ref()
    }

    /// The services behind the endpoints.
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Serves until `shutdown` is ready, then lets open requests finish.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let resigning = tokio::spawn(keep_signed(Arc::clone(&self.services.publisher)));
        net::serve(listener, self.router, self.connections_most, shutdown).await;
        resigning.abort();
        // Aborted or done, it holds no transaction when this returns.
        let _ = resigning.await;
        self.services.database.close().await;
    }
}

/// Opens what the server and the commands beside it work with.
///
/// # Errors
/// See [`StartError`].
pub async fn open(config: &Config, data: &DataDir, clock: Clock) -> Result<Services, StartError> {
    let keys = OnlineKeys::open(&data.online_keys())?;
    let database = Database::open(&data.database()).await?;
    let blobs = Blobs::open(data.blobs(), config.blob_bytes_most).map_err(StartError::Blobs)?;
    let blobs = Arc::new(blobs);
    let shelf = Arc::new(Shelf::new(database.clone()));
    let publisher = Arc::new(Publisher {
        database: database.clone(),
        shelf: Arc::clone(&shelf),
        blobs: Arc::clone(&blobs),
        sealer: Sealer {
            keys,
            snapshot_seconds: config.snapshot_seconds,
            timestamp_seconds: config.timestamp_seconds,
            accepted: config.accept_clock.then(|| clock.now()),
        },
        clock: clock.clone(),
    });
    Ok(Services {
        database,
        shelf,
        blobs,
        publisher,
        clock,
        uploads: Semaphore::new(usize::try_from(config.uploads_most).unwrap_or(1)),
        change_bytes_most: config.change_bytes_most,
    })
}

/// Makes a first repository where there is none, and a first token where there never was one.
async fn make_first(
    database: &Database,
    now: Time,
    days: u64,
) -> Result<Option<Token>, StartError> {
    let has_repository = !repositories::names(database).await?.is_empty();
    let mut tx = database.write().await?;
    if !has_repository {
        let name = RepositoryName::new(FIRST_REPOSITORY)?;
        repositories::insert(&mut tx, &name, now).await?;
    }
    let mut first = None;
    if tokens::count(&mut tx).await? == 0 {
        let (token, name) = (Token::generate()?, TokenName::new(FIRST_TOKEN)?);
        let expires = now.plus(days.saturating_mul(86_400));
        tokens::insert(&mut tx, &token.digest(), &name, now, expires).await?;
        first = Some(token);
    }
    tx.commit().await?;
    Ok(first)
}

/// Signs again what expires, at start and then every minute.
async fn keep_signed(publisher: Arc<Publisher>) {
    let mut interval = interval(RESIGN_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = publisher.run_once().await {
            tracing::error!(event = "resign_failed", %error, "cannot look what expires: {error}");
        }
    }
}
