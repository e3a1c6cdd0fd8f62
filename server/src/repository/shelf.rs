//! All repositories. A miss reads through to the database before it is a 404, so that one made
//! by a command beside the running server is found.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::sync::Mutex;

use super::State;
use crate::db::{Database, DbError, documents, repositories};
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
}

impl Shelf {
    /// An empty shelf.
    pub fn new(database: Database) -> Self {
        Self {
            database,
            repositories: ArcSwap::default(),
            bringing: Mutex::new(()),
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
        let Some(state) = self.load(&name).await? else {
            return Ok(None);
        };
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
