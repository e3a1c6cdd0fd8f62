//! Request ids, the access log, and the headers of every answer.
//!
//! Never logged: tokens and `Authorization` headers, bodies, private keys, query strings. What a
//! caller sends stands in JSON fields, where control characters are escaped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// The header that carries a request's id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives requests ids that no caller chooses: a random beginning for each start of the server,
/// and a number.
#[derive(Clone, Debug)]
pub struct RequestIds {
    start: Arc<str>,
    last: Arc<AtomicU64>,
}

impl RequestIds {
    /// Ids that begin with some of `random`.
    pub fn new(random: &[u8; 32]) -> Self {
        let start = random.first_chunk::<8>().map(hex::encode);
        Self {
            start: start.unwrap_or_default().into(),
            last: Arc::default(),
        }
    }

    fn next(&self) -> String {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        format!("{}{number:08x}", self.start)
    }
}

/// Runs a request under its id, logs how it ended, and sets the headers of every answer.
pub async fn follow(State(ids): State<RequestIds>, request: Request, next: Next) -> Response {
    let id = ids.next();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let begin = Instant::now();
    let span = tracing::info_span!("request", request.id = id, %method, route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        // Polls are many and say little; what changes something is always seen.
        if route.starts_with("/api/") {
            tracing::info!(
                event = "request",
                status,
                micros,
                "{method} {route}: {status}"
            );
        } else {
            tracing::debug!(
                event = "request",
                status,
                micros,
                "{method} {route}: {status}"
            );
        }
    });
    let headers = response.headers_mut();
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(X_REQUEST_ID, id);
    }
    response
}
