//! Connections: HTTP/1.1 with a deadline for heads, a cap on their size and on their number.

/// A stream whose other end must keep taking.
mod patient;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::limits::{
    ACCEPT_PAUSE, HEAD_BYTES, HEAD_DEADLINE, HEADERS, READER_IDLE_DEADLINE, SHUTDOWN_DEADLINE,
};
use patient::Patient;

/// Serves connections, at most `most` at once, until `shutdown` is ready; then lets open requests
/// finish for [`SHUTDOWN_DEADLINE`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    shutdown: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(most));
    let graceful = GracefulShutdown::new();
    let accepting = async {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => start(stream, router.clone(), place, &graceful),
                Err(error) => {
                    tracing::warn!(event = "accept_failed", %error, "cannot accept: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    drop(listener);
    if timeout(SHUTDOWN_DEADLINE, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(event = "shutdown_forced", "connections were cut");
    }
}

fn start(
    stream: TcpStream,
    router: Router,
    place: OwnedSemaphorePermit,
    graceful: &GracefulShutdown,
) {
    // Small answers must not wait for more to send; a failure costs only time.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patient::new(stream, READER_IDLE_DEADLINE));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .max_headers(HEADERS)
        .max_header_size(HEAD_BYTES)
        .serve_connection(stream, TowerToHyperService::new(router));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        let result: Result<(), hyper::Error> = connection.await;
        if let Err(error) = result {
            tracing::debug!(event = "connection_failed", %error, "a connection ended: {error}");
        }
        drop(place);
    });
}
