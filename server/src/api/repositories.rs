//! `/api/v1/repositories/{repository}`

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::http::caller::Caller;
use crate::http::path::InRepository;
use crate::repository::{Repository, SNAPSHOT, State, TIMESTAMP};

/// `GET`: which version of each role is current.
pub async fn get(_caller: Caller, InRepository(repository): InRepository) -> Response {
    describe(&repository, &repository.state())
}

/// `{"repository":…,"roles":{"root":1,…},"snapshot":N,"timestamp":N}`; 0 stands for a snapshot or
/// timestamp that is not there yet.
pub(super) fn describe(repository: &Repository, state: &State) -> Response {
    let offline = state
        .currents()
        .filter(|it| it.role != SNAPSHOT && it.role != TIMESTAMP);
    let roles: Map<String, Value> = offline
        .map(|document| (document.role.clone(), document.version.into()))
        .collect();
    let body = json!({
        "repository": repository.name.as_str(),
        "roles": roles,
        "snapshot": state.version(SNAPSHOT),
        "timestamp": state.version(TIMESTAMP),
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body.to_string()).into_response()
}
