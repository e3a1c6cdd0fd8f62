//! The table `documents`: every version of every role, as it was published.

use sqlx::Row as _;

use super::{DbResult, Tx, classify, from_bigint, to_bigint};
use crate::limits::KEPT_VERSIONS;
use crate::name::RepositoryName;
use sealift_metadata::Time;

const INSERT: &str = "INSERT INTO documents (repository, role, version, document, committed) \
     VALUES ($1, $2, $3, $4, $5)";

/// Every root, and the latest versions of the other roles, in order.
const READABLE: &str = "SELECT role, version, document FROM ( \
       SELECT role, version, document, \
         ROW_NUMBER() OVER (PARTITION BY role ORDER BY version DESC) AS place \
       FROM documents WHERE repository = $1 \
     ) AS placed WHERE role = 'root' OR place <= $2 ORDER BY role, version";

/// Timestamps and snapshots are made again and again; those that nobody asks for any more go.
const PRUNE: &str = "DELETE FROM documents WHERE repository = $1 AND role = $2 AND version NOT IN ( \
       SELECT version FROM documents WHERE repository = $1 AND role = $2 \
       ORDER BY version DESC LIMIT $3)";

/// Every statement, for the test that prepares them.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, READABLE, PRUNE];

/// One version of a role.
#[derive(Clone, Debug)]
pub struct DocumentRow {
    /// The role.
    pub role: String,
    /// The version.
    pub version: u64,
    /// The bytes.
    pub document: Vec<u8>,
}

/// Adds a version of a role.
///
/// # Errors
/// See [`super::DbError`].
pub async fn insert(
    tx: &mut Tx,
    repository: &RepositoryName,
    role: &str,
    version: u64,
    document: &[u8],
    now: Time,
) -> DbResult<()> {
    sqlx::query(INSERT)
        .bind(repository.as_str())
        .bind(role.to_owned())
        .bind(to_bigint(version))
        .bind(document.to_vec())
        .bind(to_bigint(now.seconds()))
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(())
}

/// Removes all but the latest `kept` versions of a role.
///
/// # Errors
/// See [`super::DbError`].
pub async fn prune(
    tx: &mut Tx,
    repository: &RepositoryName,
    role: &str,
    kept: i64,
) -> DbResult<()> {
    sqlx::query(PRUNE)
        .bind(repository.as_str())
        .bind(role.to_owned())
        .bind(kept)
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(())
}

/// What readers may ask for, ordered by role and version.
///
/// # Errors
/// [`super::DbError::Corrupt`] for a version that is none, and the others.
pub async fn readable(tx: &mut Tx, repository: &RepositoryName) -> DbResult<Vec<DocumentRow>> {
    let rows = sqlx::query(READABLE)
        .bind(repository.as_str())
        .bind(KEPT_VERSIONS)
        .fetch_all(tx.connection())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DocumentRow {
                role: row.try_get(0)?,
                version: from_bigint(row.try_get(1)?, "documents")?,
                document: row.try_get(2)?,
            })
        })
        .collect()
}
