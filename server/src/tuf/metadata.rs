//! `/tuf/{repository}/metadata/{file}`

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response};

use crate::http::Problem;
use crate::http::content::{Content, IMMUTABLE, REVALIDATE};
use crate::http::path::{File, InRepository};
use crate::repository::TIMESTAMP;

/// `GET`: a metadata file, `N.<role>.json` or `timestamp.json`.
///
/// # Errors
/// `not_found`, `unknown_repository`; never to be cached: the next root may come any moment.
pub async fn get(
    InRepository(repository): InRepository,
    File(file): File,
    method: Method,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let state = repository.state();
    let document = state.file(&file).ok_or_else(Problem::not_found)?;
    let content = Content {
        length: u64::try_from(document.bytes.len()).unwrap_or(u64::MAX),
        sha256: document.sha256,
        kind: "application/json",
        cache: if document.role == TIMESTAMP {
            REVALIDATE
        } else {
            IMMUTABLE
        },
    };
    let plan = content.plan(&method, &headers);
    Ok(content.answer(plan, |start, length| {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        // The plan lies within the length.
        document.bytes.slice(start..end).into()
    }))
}
