//! The only table of URLs.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, head, post};

use crate::app::Shared;
use crate::http::Problem;
use crate::http::request::{RequestIds, follow};
use crate::{api, health, tuf};

/// Every route. What changes something, or tells what is not public, takes a
/// [`Caller`](crate::http::caller::Caller) first.
pub fn build(shared: Shared, ids: RequestIds) -> Router {
    let public = Router::new()
        .route("/tuf/{repository}/metadata/{file}", get(tuf::metadata::get))
        .route("/tuf/{repository}/targets/{*file}", get(tuf::targets::get))
        .route("/healthz", get(health::get));

    let people = Router::new()
        .route(
            "/api/v1/repositories/{repository}",
            get(api::repositories::get),
        )
        .route(
            "/api/v1/repositories/{repository}/changes",
            post(api::changes::post),
        )
        .route(
            "/api/v1/repositories/{repository}/blobs/{sha256}",
            head(api::blobs::head).put(api::blobs::put),
        );

    public
        .merge(people)
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { method_not_allowed() })
        .layer(from_fn_with_state(ids, follow))
        .with_state(shared)
}

fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This cannot be done here",
    )
}
