//! `/api/v1/repositories/{repository}/changes`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tracing::Instrument as _;

use super::repositories::describe;
use crate::app::Shared;
use crate::http::Problem;
use crate::http::body::Incoming;
use crate::http::caller::Caller;
use crate::http::path::InRepository;
use crate::publish::{Change, PublishError, Refusal};
use crate::repository::{Repository, SNAPSHOT, State as RepositoryState, TIMESTAMP};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    documents: Vec<OfferedDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferedDocument {
    role: String,
    document: String,
}

/// `POST`: publishes a change, all of it or nothing. 200 with what is current then.
///
/// # Errors
/// `unauthorized`, `unknown_repository`, `too_large`, `truncated_body`, `body_timeout`,
/// `malformed_request`, `clock_untrusted`, `busy`, `storage_full`, and every code of
/// [`Refusal`].
pub async fn post(
    caller: Caller,
    InRepository(repository): InRepository,
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let incoming = Incoming::new(&headers, body, shared.change_bytes_most)?;
    let offer: Offer =
        serde_json::from_slice(&incoming.whole().await?).map_err(|error| malformed(&error))?;
    let documents = offer.documents.into_iter();
    let documents = documents.map(|it| (it.role, it.document.into_bytes()));
    let change = Change::parse(documents.collect());
    let change = change.inspect_err(|refusal| log_refused(&caller, &repository, refusal));
    let change = change.map_err(|refusal| Problem::from(&refusal))?;
    // A caller who goes away does not stop what has begun.
    let publishing = async move {
        let outcome = shared.publisher.publish(&repository, &change).await;
        log(&caller, &repository, &outcome);
        outcome.map(|state| describe(&repository, &state))
    };
    let outcome = tokio::spawn(publishing.in_current_span()).await;
    let outcome = outcome.map_err(|error| Problem::internal(&error))?;
    Ok(outcome?)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_request",
        "The body is not what this endpoint takes",
    )
    .detail(error.to_string())
    .field("line", error.line())
    .field("column", error.column())
}

fn log(
    caller: &Caller,
    repository: &Repository,
    outcome: &Result<Arc<RepositoryState>, PublishError>,
) {
    match outcome {
        Ok(state) => tracing::info!(event = "publish_complete", repository = %repository.name,
            token.name = %caller.token, snapshot = state.version(SNAPSHOT),
            timestamp = state.version(TIMESTAMP), "`{}` is at {state}", repository.name),
        Err(PublishError::Refused(refusal)) => log_refused(caller, repository, refusal),
        // Logged where it becomes an answer.
        Err(_) => {}
    }
}

fn log_refused(caller: &Caller, repository: &Repository, refusal: &Refusal) {
    tracing::warn!(event = "publish_refused", repository = %repository.name,
        token.name = %caller.token, code = refusal.code(), %refusal,
        "refused a change of `{}`: {refusal}", repository.name);
}
