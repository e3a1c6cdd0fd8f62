//! The table `repositories`: names and revisions.

use sqlx::Row as _;

use super::{Database, DbResult, Tx, classify, to_bigint};
use crate::name::RepositoryName;
use sealift_metadata::Time;

const INSERT: &str = "INSERT INTO repositories (name, revision, created) VALUES ($1, 0, $2) \
     ON CONFLICT (name) DO NOTHING";
const REVISION: &str = "SELECT revision FROM repositories WHERE name = $1";
const ADVANCE: &str =
    "UPDATE repositories SET revision = revision + 1 WHERE name = $1 AND revision = $2";
const NAMES: &str = "SELECT name FROM repositories ORDER BY name";

/// Every statement, for the test that prepares them.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, REVISION, ADVANCE, NAMES];

/// Makes a repository; `false` when there is one of this name.
///
/// # Errors
/// See [`super::DbError`].
pub async fn insert(tx: &mut Tx, name: &RepositoryName, now: Time) -> DbResult<bool> {
    let result = sqlx::query(INSERT)
        .bind(name.as_str())
        .bind(to_bigint(now.seconds()))
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(result.rows_affected() == 1)
}

/// Raises the revision, if it is still `revision`; `false` when somebody else committed.
///
/// # Errors
/// See [`super::DbError`].
pub async fn advance(tx: &mut Tx, name: &RepositoryName, revision: i64) -> DbResult<bool> {
    let result = sqlx::query(ADVANCE)
        .bind(name.as_str())
        .bind(revision)
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(result.rows_affected() == 1)
}

/// The revision of a repository; `None` when there is no such repository.
///
/// # Errors
/// See [`super::DbError`].
pub async fn revision(tx: &mut Tx, name: &RepositoryName) -> DbResult<Option<i64>> {
    let row = sqlx::query(REVISION)
        .bind(name.as_str())
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The names of all repositories, in order.
///
/// # Errors
/// [`super::DbError::Corrupt`] for a name that is none, and the others.
pub async fn names(database: &Database) -> DbResult<Vec<RepositoryName>> {
    let rows = sqlx::query(NAMES).fetch_all(database.pool()).await?;
    rows.iter()
        .map(|row| {
            RepositoryName::new(row.try_get::<&str, _>(0)?).map_err(|_| super::DbError::Corrupt {
                table: "repositories",
            })
        })
        .collect()
}
