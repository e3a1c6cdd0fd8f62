//! Repositories, digests and file names in paths. Paths are decoded once, and what they name is
//! looked up in tables: no part of a request's path ever becomes a path on the disk.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use sealift_metadata::Digest;

use super::Problem;
use crate::app::Shared;
use crate::repository::Repository;

/// The repository that `{repository}` names.
#[derive(Clone, Debug)]
pub struct InRepository(pub Arc<Repository>);

/// The digest that `{sha256}` gives.
#[derive(Clone, Copy, Debug)]
pub struct OfDigest(pub Digest);

/// The rest of the path, `{file}`, decoded once.
#[derive(Clone, Debug)]
pub struct File(pub String);

impl FromRequestParts<Shared> for InRepository {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let name = param(parts, shared, "repository").await?;
        let found = shared.shelf.find(&name).await?;
        found.map(Self).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown_repository",
                "There is no repository of this name",
            )
            .detail(
                "`sealift-server repo list` lists them, `sealift-server repo create` makes one.",
            )
        })
    }
}

impl FromRequestParts<Shared> for OfDigest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let text = param(parts, shared, "sha256").await?;
        Digest::parse(&text).map(Self).map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_digest",
                "The path does not name a digest",
            )
            .detail("A SHA-256 digest is written with 64 hexadecimal digits.")
        })
    }
}

impl FromRequestParts<Shared> for File {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        param(parts, shared, "file").await.map(Self)
    }
}

async fn param(parts: &mut Parts, shared: &Shared, wanted: &str) -> Result<String, Problem> {
    let params = RawPathParams::from_request_parts(parts, shared).await;
    let params = params.map_err(|_| Problem::not_found())?;
    let found = params.iter().find(|(name, _)| *name == wanted);
    found
        .map(|(_, value)| value.to_owned())
        .ok_or_else(Problem::not_found)
}
