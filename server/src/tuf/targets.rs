//! `/tuf/{repository}/targets/{file}`

use std::io::{self, SeekFrom};
use std::path::Path;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response};
use thiserror::Error;
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::app::Shared;
use crate::http::Problem;
use crate::http::content::{Content, IMMUTABLE, Plan};
use crate::http::path::{File, InRepository};
use crate::limits::READ_BYTES;
use crate::repository::Served;

/// A blob that is promised is not whole on the disk.
#[derive(Debug, Error)]
#[error("a blob has {found} bytes on the disk, not {}", wanted.length)]
struct Damaged {
    wanted: Served,
    found: u64,
}

/// `GET`: a target file, `<dir>/<sha256>.<name>`. Its bytes are not hashed again: the device does
/// that, and nothing that the server could say would spare it.
///
/// # Errors
/// `not_found`, `unknown_repository`.
pub async fn get(
    InRepository(repository): InRepository,
    File(file): File,
    State(shared): State<Shared>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let served = repository.state().target(&file);
    let served = served.ok_or_else(Problem::not_found)?;
    let content = Content {
        length: served.length,
        sha256: served.sha256,
        kind: "application/octet-stream",
        cache: IMMUTABLE,
    };
    let plan = content.plan(&method, &headers);
    let part = match plan {
        Plan::Whole => Some((0, served.length)),
        Plan::Part { start, length } => Some((start, length)),
        _ => None,
    };
    let body = match part.filter(|_| method == Method::GET) {
        Some((start, length)) => {
            let path = shared.blobs.path(&served.sha256);
            let opened = open(&path, served, start, length).await;
            opened.map_err(|error| Problem::internal(&error))?
        }
        None => Body::empty(),
    };
    Ok(content.answer(plan, |_, _| body))
}

/// A part of a blob as a stream of [`READ_BYTES`], however long it is.
async fn open(path: &Path, wanted: Served, start: u64, length: u64) -> io::Result<Body> {
    let mut file = fs::File::open(path).await?;
    let found = file.metadata().await?.len();
    if found != wanted.length {
        return Err(io::Error::other(Damaged { wanted, found }));
    }
    file.seek(SeekFrom::Start(start)).await?;
    let part = ReaderStream::with_capacity(file.take(length), READ_BYTES);
    Ok(Body::from_stream(part))
}
