//! All repositories. A miss reads through to the database before it is a 404, so that one made
//! by a command beside the running server is found.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::sync::{Mutex, Semaphore};

use super::State;
use crate::db::{Database, DbError, documents, repositories};
use crate::limits::REPOSITORY_READS;
use crate::name::RepositoryName;

/// One repository: what readers see, and the place where publishers wait for each other.
#[derive(Debug)]
pub struct Repository {
    /// Its name.
    pub name: RepositoryName,
    /// Held while something is published.
    pub publishing: Mutex<()>,
    state: ArcSwap<State>,
}

impl Repository {
    /// What readers see at this moment: all of it old, or all of it new.
    pub fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// Shows readers another state. Only called once it is durable.
    pub fn show(&self, state: State) {
        self.state.store(Arc::new(state));
    }
}

/// Why a repository cannot be shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A document in the database cannot be read.
    #[error("a document of `{repository}` in the database cannot be read: {source}")]
    Corrupt {
        /// The repository.
        repository: RepositoryName,
        /// What is wrong with it.
        source: sealift_metadata::Error,
    },
}

/// All repositories that were asked for so far.
#[derive(Debug)]
pub struct Shelf {
    database: Database,
    repositories: ArcSwap<HashMap<String, Arc<Repository>>>,
    /// Held while a repository is brought in, so that there is never a second one of its name.
    bringing: Mutex<()>,
    /// Places for those who read from the database: anybody may ask for any name.
    reads: Semaphore,
}

impl Shelf {
    /// An empty shelf.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            repositories: ArcSwap::default(),
            bringing: Mutex::new(()),
            reads: Semaphore::new(REPOSITORY_READS),
        }
    }

    /// The repository of this name; `None` when there is none, in the database either.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn find(&self, name: &str) -> Result<Option<Arc<Repository>>, LoadError> {
        if let Some(repository) = self.repositories.load().get(name) {
            return Ok(Some(Arc::clone(repository)));
        }
        match RepositoryName::new(name) {
            Ok(name) => self.bring(name).await,
            Err(_) => Ok(None),
        }
    }

    /// Reads a repository's state from the database; `None` when there is no such repository.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, name: &RepositoryName) -> Result<Option<State>, LoadError> {
        let mut tx = self.database.read().await?;
        let Some(revision) = repositories::revision(&mut tx, name).await? else {
            // Ended here, not behind the caller's back: the connection is free when this returns.
            tx.commit().await?;
            return Ok(None);
        };
        let rows = documents::readable(&mut tx, name).await?;
        let state = State::of_rows(revision, rows).map_err(|source| LoadError::Corrupt {
            repository: name.clone(),
            source,
        })?;
        Ok(Some(state))
    }

    async fn bring(&self, name: RepositoryName) -> Result<Option<Arc<Repository>>, LoadError> {
        // Never closed, so that there is always a place in the end.
        let reading = self.reads.acquire().await;
        let Some(state) = self.load(&name).await? else {
            return Ok(None);
        };
        drop(reading);
        // Whoever comes second takes what the first one brought: nothing is published to a
        // repository before it stands here, so that both loaded the same.
        let _bringing = self.bringing.lock().await;
        if let Some(repository) = self.repositories.load().get(name.as_str()) {
            return Ok(Some(Arc::clone(repository)));
        }
        let repository = Arc::new(Repository {
            name: name.clone(),
            publishing: Mutex::new(()),
            state: ArcSwap::from_pointee(state),
        });
        let mut repositories = HashMap::clone(&self.repositories.load());
        repositories.insert(name.as_str().to_owned(), Arc::clone(&repository));
        self.repositories.store(Arc::new(repositories));
        Ok(Some(repository))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::limits::DATABASE_CONNECTIONS;

    #[tokio::test]
    async fn names_that_nobody_knows_do_not_stand_before_a_publisher() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(&dir.path().join("test.db")).await.unwrap();
        let shelf = Arc::new(Shelf::new(database.clone()));
        let mut taken = Vec::new();
        for _ in 0..DATABASE_CONNECTIONS {
            taken.push(database.read().await.unwrap());
        }
        let answered = Arc::new(AtomicU32::new(0));
        for stranger in 0..200 {
            let (shelf, answered) = (Arc::clone(&shelf), Arc::clone(&answered));
            tokio::spawn(async move {
                let found = shelf.find(&format!("unknown-{stranger}")).await;
                assert!(found.unwrap().is_none());
                answered.fetch_add(1, Ordering::SeqCst);
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        // The pool serves who came first.
        drop(taken.pop());
        let publisher = database.write().await.unwrap();
        let before = answered.load(Ordering::SeqCst);
        assert!(before < 20, "{before} strangers went first");
        drop(publisher);
    }
}
