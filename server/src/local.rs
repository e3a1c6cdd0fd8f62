//! A server inside this process, on a port of its own: for tests and demos. It has a thread of its
//! own, so that callers need not be async.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::app::{App, Services, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::publish::{PublishError, Resigned};
use crate::token::Token;

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct LocalServer {
    address: SocketAddr,
    token: Option<Token>,
    services: Arc<Services>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    runtime: tokio::runtime::Handle,
}

/// Why there is no server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LocalError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no port or no thread for it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl LocalServer {
    /// Starts a server on a free port of 127.0.0.1, whatever the configuration says of that.
    ///
    /// # Errors
    /// See [`LocalError`].
    pub fn start(config: &Config, clock: Clock) -> Result<Self, LocalError> {
        let runtime = Runtime::new()?;
        let app = runtime.block_on(App::build(config, clock))?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let token = app.first_token().cloned();
        let services = Arc::clone(app.services());
        let (stop, stopped) = oneshot::channel();
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new()
            .name("sealift-server".to_owned())
            .spawn(move || {
                runtime.block_on(app.serve(listener, async {
                    // A sender that is gone means the same as one that says so.
                    let _ = stopped.await;
                }));
            })?;
        Ok(Self {
            address,
            token,
            services,
            stop: Some(stop),
            thread: Some(thread),
            runtime: handle,
        })
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL it listens on, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token of the first start; `None` at every later one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(Token::expose)
    }

    /// The public online keys, as `online-key show` prints them.
    pub fn online_keys(&self) -> String {
        self.services.publisher.sealer.keys.shown()
    }

    /// Looks once what expires, as the server does every minute.
    ///
    /// # Errors
    /// See [`PublishError`].
    pub fn resign(&self) -> Result<Resigned, PublishError> {
        self.runtime.block_on(self.services.publisher.run_once())
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that panicked has said so.
            let _ = thread.join();
        }
    }
}
