//! The database, and the only home of SQL: one file per table family.
//!
//! SQL is written once for SQLite and PostgreSQL: `$1` parameters, columns BIGINT, TEXT and bytes
//! only. What differs is `Database::write`, where writers wait for each other, and the folder
//! of migrations.

/// Documents: every version of every role.
pub mod documents;
/// Repositories and their revisions.
pub mod repositories;
/// Tokens, by their digests.
pub mod tokens;

use std::path::Path;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Executor as _, Row as _, Transaction};
use thiserror::Error;

use crate::limits::{DATABASE_CONNECTIONS, DATABASE_DEADLINE, SQLITE_OLDEST};

const VERSION: &str = "SELECT sqlite_version()";

/// Milliseconds that a statement waits for another writer.
const BUSY: &str = "PRAGMA busy_timeout = 10000";

/// `synchronous = FULL` in the write-ahead log: what was committed survives a power cut.
const JOURNAL: &str = "PRAGMA journal_mode = WAL";
const SYNCHRONOUS: &str = "PRAGMA synchronous = FULL";
const FOREIGN_KEYS: &str = "PRAGMA foreign_keys = ON";

/// SQLite's code of a full disk (`SQLITE_FULL`).
const FULL: &str = "13";

/// What went wrong with the database.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DbError {
    /// The database said no.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// The disk is full.
    #[error("the disk of the database is full")]
    Full,
    /// A migration failed.
    #[error("the database cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// This SQLite has a flaw that corrupts write-ahead logs.
    #[error("SQLite {found} is too old: {}.{}.{} is the oldest that runs", SQLITE_OLDEST.0, SQLITE_OLDEST.1, SQLITE_OLDEST.2)]
    TooOld {
        /// The version that was found.
        found: String,
    },
    /// The path of the file cannot be written as a URL.
    #[error("the path of the data directory must be UTF-8")]
    Path,
    /// A row holds what this version never writes.
    #[error("the table `{table}` holds a row that cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
    },
}

/// Results of the database.
pub type DbResult<T> = Result<T, DbError>;

/// A pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: AnyPool,
}

/// One transaction; dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Any>,
}

impl Database {
    /// Opens the SQLite file, makes it if need be, and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError::TooOld`], [`DbError::Migrate`], [`DbError::Path`], [`DbError::Sql`].
    pub async fn open(file: &Path) -> DbResult<Self> {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(DATABASE_CONNECTIONS)
            .acquire_timeout(DATABASE_DEADLINE)
            .after_connect(|connection, _| Box::pin(prepare_connection(connection)))
            .connect(&url(file)?)
            .await?;
        let version = pool.fetch_one(VERSION).await?;
        check_version(&version.try_get::<String, _>(0)?)?;
        sqlx::migrate!("migrations/sqlite").run(&pool).await?;
        Ok(Self { pool })
    }

    /// Begins a transaction that will write. Writers wait for each other here, before they read
    /// what they are about to change: SQLite has one writer; another database would lock the
    /// repository's row.
    ///
    /// # Errors
    /// [`DbError::Sql`] when the wait is too long.
    pub async fn write(&self) -> DbResult<Tx> {
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Tx { transaction })
    }

    /// Begins a transaction that only reads: everything it sees is of one moment.
    ///
    /// # Errors
    /// [`DbError::Sql`].
    pub async fn read(&self) -> DbResult<Tx> {
        let transaction = self.pool.begin().await?;
        Ok(Tx { transaction })
    }

    /// Closes every connection, the write-ahead log with them.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) const fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

impl Tx {
    /// Makes everything durable, at once.
    ///
    /// # Errors
    /// [`DbError::Full`], [`DbError::Sql`].
    pub async fn commit(self) -> DbResult<()> {
        self.transaction.commit().await.map_err(classify)
    }

    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// Tells a full disk from other failures.
pub(crate) fn classify(error: sqlx::Error) -> DbError {
    match error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
    {
        Some(code) if code == FULL => DbError::Full,
        _ => DbError::Sql(error),
    }
}

/// A number as the database keeps it. Versions and times are far below `i64::MAX`.
pub(crate) fn to_bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn from_bigint(number: i64, table: &'static str) -> DbResult<u64> {
    u64::try_from(number).map_err(|_| DbError::Corrupt { table })
}

async fn prepare_connection(connection: &mut AnyConnection) -> sqlx::Result<()> {
    for pragma in [BUSY, JOURNAL, SYNCHRONOUS, FOREIGN_KEYS] {
        connection.execute(pragma).await?;
    }
    Ok(())
}

fn check_version(found: &str) -> DbResult<()> {
    let mut parts = found.split('.').map(str::parse::<u32>);
    let mut next = || parts.next().and_then(Result::ok).unwrap_or(0);
    if (next(), next(), next()) < SQLITE_OLDEST {
        return Err(DbError::TooOld {
            found: found.to_owned(),
        });
    }
    Ok(())
}

/// The file as a URL; everything that could mean something in one is quoted.
fn url(file: &Path) -> DbResult<String> {
    let path = file.to_str().ok_or(DbError::Path)?;
    let segments = path
        .split('/')
        .map(|segment| sealift_metadata::name::Quoted(segment).to_string());
    Ok(format!(
        "sqlite://{}?mode=rwc",
        segments.collect::<Vec<_>>().join("/")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_prepares() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("a b?#%.db")).await.unwrap();
        let tables = [
            documents::STATEMENTS,
            repositories::STATEMENTS,
            tokens::STATEMENTS,
        ];
        let mut prepared = 0;
        for statement in tables.into_iter().flatten() {
            let mut connection = database.pool().acquire().await.unwrap();
            let result = connection
                .prepare(sqlx::SqlSafeStr::into_sql_str(*statement))
                .await;
            assert!(result.is_ok(), "{statement}: {:?}", result.err());
            prepared += 1;
        }
        assert!(prepared > 10, "{prepared}");
        assert!(dir.path().join("a b?#%.db").exists());
    }

    #[tokio::test]
    async fn what_is_committed_survives_a_power_cut_and_keys_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("x.db")).await.unwrap();
        for (pragma, wanted) in [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1)] {
            let row = database.pool().fetch_one(pragma).await.unwrap();
            assert_eq!(row.get::<i64, _>(0), wanted, "{pragma}");
        }
        let row = database
            .pool()
            .fetch_one("PRAGMA journal_mode")
            .await
            .unwrap();
        assert_eq!(row.get::<String, _>(0), "wal");
    }

    #[test]
    fn an_sqlite_that_corrupts_its_log_is_refused() {
        for (version, good) in [
            ("3.51.3", true),
            ("3.52.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.99", false),
            ("", false),
        ] {
            assert_eq!(check_version(version).is_ok(), good, "{version}");
        }
    }
}
