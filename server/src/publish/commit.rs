//! Makes a state durable, in one transaction.

use std::sync::Arc;

use sealift_metadata::Time;

use crate::db::{Database, DbError, documents, repositories};
use crate::limits::KEPT_VERSIONS;
use crate::name::RepositoryName;
use crate::repository::{SNAPSHOT, State, TIMESTAMP};

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Committed {
    /// Everything is durable.
    Done,
    /// Somebody else committed to the repository since `before` was read; nothing was written.
    Lost,
}

/// Writes what `after` has and `before` has not.
///
/// # Errors
/// See [`DbError`]. Unless the commit itself failed, nothing was written.
pub(super) async fn commit(
    database: &Database,
    name: &RepositoryName,
    before: &State,
    after: &State,
    now: Time,
) -> Result<Committed, DbError> {
    let mut tx = database.write().await?;
    if !repositories::advance(&mut tx, name, before.revision).await? {
        return Ok(Committed::Lost);
    }
    let is_fresh = |document: &&Arc<_>| {
        let document: &crate::repository::Document = document;
        before.version(&document.role) != document.version
    };
    for document in after.currents().filter(is_fresh) {
        let (role, bytes) = (&document.role, &document.bytes);
        documents::insert(&mut tx, name, role, document.version, bytes, now).await?;
    }
    documents::prune(&mut tx, name, TIMESTAMP, 1).await?;
    documents::prune(&mut tx, name, SNAPSHOT, KEPT_VERSIONS).await?;
    tx.commit().await?;
    Ok(Committed::Done)
}
