//! Endpoints for people and CI: `/api/v1/…`, all behind a token.

/// Blobs: upload, and whether one is there.
pub mod blobs;
/// Changes: publish.
pub mod changes;
/// Repositories: which versions are current.
pub mod repositories;
