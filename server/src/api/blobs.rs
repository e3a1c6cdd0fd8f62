//! `/api/v1/repositories/{repository}/blobs/{sha256}`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::app::Shared;
use crate::blobs::UploadError;
use crate::http::Problem;
use crate::http::body::Incoming;
use crate::http::caller::Caller;
use crate::http::path::{InRepository, OfDigest};

/// `PUT`: takes a blob as it streams in. 201 when it is durable, 200 when it was there already.
///
/// # Errors
/// `unauthorized`, `unknown_repository`, `invalid_digest`, `too_large`, `busy`,
/// `truncated_body`, `body_timeout`, `digest_mismatch`, `storage_full`.
pub async fn put(
    caller: Caller,
    InRepository(repository): InRepository,
    OfDigest(wanted): OfDigest,
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let mut incoming = Incoming::new(&headers, body, shared.blobs.bytes_most())?;
    let blobs = Arc::clone(&shared.blobs);
    let settled = tokio::task::spawn_blocking(move || blobs.settled(&wanted)).await;
    let settled = settled.map_err(|error| Problem::internal(&error))?;
    if settled.map_err(UploadError::from)?.is_some() {
        // Who waits for a go-ahead has sent nothing that would have to be read.
        if !headers.contains_key(EXPECT) {
            incoming.forget().await?;
        }
        return Ok(StatusCode::OK);
    }
    let _place = shared.uploads.try_acquire().map_err(|_| Problem::busy())?;
    let mut upload = shared.blobs.begin().await?;
    while let Some(piece) = incoming.next().await? {
        upload.write(&piece).await?;
    }
    let length = upload.length();
    shared.blobs.complete(upload, &wanted).await?;
    tracing::info!(event = "upload_complete", repository = %repository.name,
        token.name = %caller.token, sha256 = %wanted, bytes = length,
        "stored a blob of {length} bytes");
    Ok(StatusCode::CREATED)
}

/// `HEAD`: 200 when the blob is there, 404 when it is not.
///
/// # Errors
/// `unauthorized`, `unknown_repository`, `invalid_digest`, `not_found`.
pub async fn head(
    _caller: Caller,
    InRepository(_): InRepository,
    OfDigest(wanted): OfDigest,
    State(shared): State<Shared>,
) -> Result<Response, Problem> {
    let length = shared.blobs.length(&wanted);
    let length = length.ok_or_else(Problem::not_found)?;
    Ok([(CONTENT_LENGTH, length)].into_response())
}
