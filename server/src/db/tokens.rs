//! The table `tokens`: digests of tokens, never tokens.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Database, DbError, DbResult, Tx, classify, from_bigint, to_bigint};
use crate::name::TokenName;
use sealift_metadata::{Digest, Time};

const INSERT: &str = "INSERT INTO tokens (sha256, name, created, expires, revoked) \
     VALUES ($1, $2, $3, $4, 0) ON CONFLICT (name) DO NOTHING";
const BY_DIGEST: &str = "SELECT name, created, expires, revoked FROM tokens WHERE sha256 = $1";
const LIST: &str = "SELECT name, created, expires, revoked FROM tokens ORDER BY created, name";
const REVOKE: &str = "UPDATE tokens SET revoked = $2 WHERE name = $1 AND revoked = 0";
const COUNT: &str = "SELECT COUNT(*) FROM tokens";

/// Every statement, for the test that prepares them.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, BY_DIGEST, LIST, REVOKE, COUNT];

/// What is known of a token.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its name.
    pub name: TokenName,
    /// When it was made.
    pub created: Time,
    /// When it ends.
    pub expires: Time,
    /// When it was revoked, if it was.
    pub revoked: Option<Time>,
}

/// Keeps a token's digest; `false` when there is a token of this name.
///
/// # Errors
/// See [`DbError`].
pub async fn insert(
    tx: &mut Tx,
    digest: &Digest,
    name: &TokenName,
    created: Time,
    expires: Time,
) -> DbResult<bool> {
    let result = sqlx::query(INSERT)
        .bind(digest.as_bytes().to_vec())
        .bind(name.as_str())
        .bind(to_bigint(created.seconds()))
        .bind(to_bigint(expires.seconds()))
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(result.rows_affected() == 1)
}

/// The token of this digest.
///
/// # Errors
/// See [`DbError`].
pub async fn by_digest(database: &Database, digest: &Digest) -> DbResult<Option<TokenRow>> {
    let row = sqlx::query(BY_DIGEST)
        .bind(digest.as_bytes().to_vec())
        .fetch_optional(database.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All tokens, the oldest first.
///
/// # Errors
/// See [`DbError`].
pub async fn list(database: &Database) -> DbResult<Vec<TokenRow>> {
    let rows = sqlx::query(LIST).fetch_all(database.pool()).await?;
    rows.iter().map(read).collect()
}

/// Revokes the token of this name; `false` when there is none that is still good.
///
/// # Errors
/// See [`DbError`].
pub async fn revoke(tx: &mut Tx, name: &TokenName, now: Time) -> DbResult<bool> {
    let result = sqlx::query(REVOKE)
        .bind(name.as_str())
        .bind(to_bigint(now.seconds().max(1)))
        .execute(tx.connection())
        .await
        .map_err(classify)?;
    Ok(result.rows_affected() == 1)
}

/// How many tokens were ever made.
///
/// # Errors
/// See [`DbError`].
pub async fn count(tx: &mut Tx) -> DbResult<i64> {
    let row = sqlx::query(COUNT).fetch_one(tx.connection()).await?;
    Ok(row.try_get(0)?)
}

fn read(row: &AnyRow) -> DbResult<TokenRow> {
    let time = |index: usize| -> DbResult<Time> {
        from_bigint(row.try_get(index)?, "tokens").map(Time::from_seconds)
    };
    let revoked = time(3)?;
    Ok(TokenRow {
        name: TokenName::new(row.try_get::<&str, _>(0)?)
            .map_err(|_| DbError::Corrupt { table: "tokens" })?,
        created: time(1)?,
        expires: time(2)?,
        revoked: (revoked != Time::EPOCH).then_some(revoked),
    })
}
