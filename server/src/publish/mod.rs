//! Publishing: parse → compare → seal → gate → commit → show.
//!
//! Snapshot and timestamp are signed before the gate, because both judges read what devices will
//! read; nothing of it leaves this module unless both agree and the database has it.

/// A change: documents that somebody offers.
mod change;
/// Makes a state durable.
mod commit;
/// Makes a repository together with its first root.
mod create;
/// The second judge.
mod foreign;
/// Why a change was refused.
mod refusal;
/// Signs the online roles again before they expire.
mod resign;
/// The rules of Sealift beyond TUF.
mod rules;
/// Signs snapshot and timestamp.
mod seal;
/// Our verifier, walking to the last role.
mod walk;

pub use change::Change;
pub use refusal::Refusal;
pub use resign::Resigned;
pub use seal::{ClockError, Scope, Sealer};

use std::collections::BTreeSet;
use std::sync::Arc;

use sealift_metadata::Time;
use thiserror::Error;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::db::{Database, DbError};
use crate::repository::{Document, LoadError, Repository, Shelf, State, TARGETS};
use commit::{Committed, commit};

/// Times that a publication starts over because somebody else committed first.
const ATTEMPTS: u32 = 3;

/// Why nothing was published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The change is at fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The clock cannot be believed.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The repository cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Others kept committing first.
    #[error("others kept publishing to `{repository}`")]
    Busy {
        /// The repository.
        repository: String,
    },
    /// The task that judges went away.
    #[error("the publication was interrupted")]
    Interrupted,
}

/// Everything that publishing needs.
#[derive(Debug)]
pub struct Publisher {
    /// The database.
    pub database: Database,
    /// The repositories.
    pub shelf: Arc<Shelf>,
    /// The blobs.
    pub blobs: Arc<Blobs>,
    /// The online keys.
    pub sealer: Sealer,
    /// The clock.
    pub clock: Clock,
}

impl Publisher {
    /// Publishes a change, all of it or nothing. Returns what readers see then; a change that is
    /// published already changes nothing and is no error.
    ///
    /// # Errors
    /// See [`PublishError`].
    pub async fn publish(
        self: &Arc<Self>,
        repository: &Repository,
        change: &Change,
    ) -> Result<Arc<State>, PublishError> {
        let _publishing = repository.publishing.lock().await;
        for _ in 0..ATTEMPTS {
            let before = repository.state();
            let fresh = change.compare(&before)?;
            if fresh.is_empty() {
                return Ok(before);
            }
            let now = self.sealer.now(&self.clock, &before)?;
            let after = self.gate(Arc::clone(&before), fresh, now).await?;
            if self.keep(repository, &before, after, now).await? == Committed::Done {
                return Ok(repository.state());
            }
        }
        Err(PublishError::Busy {
            repository: repository.name.to_string(),
        })
    }

    /// Composes the state that readers would see, and has both judges read it. Off the threads
    /// that serve readers: signatures take time.
    async fn gate(
        self: &Arc<Self>,
        before: Arc<State>,
        fresh: Vec<Document>,
        now: Time,
    ) -> Result<State, PublishError> {
        let publisher = Arc::clone(self);
        let runtime = tokio::runtime::Handle::current();
        let judged = tokio::task::spawn_blocking(move || {
            let changed = fresh.iter().map(|it| it.role.clone()).collect();
            let mut after = publisher.compose(&before, fresh, now)?;
            runtime.block_on(publisher.judge(&before, &after, &changed, now))?;
            after.index().map_err(Refusal::of(TARGETS))?;
            Ok::<_, Refusal>(after)
        });
        let judged = judged.await.map_err(|_| PublishError::Interrupted)?;
        Ok(judged?)
    }

    fn compose(&self, before: &State, fresh: Vec<Document>, now: Time) -> Result<State, Refusal> {
        let mut after = before.clone();
        for document in fresh {
            after.put(document);
        }
        if let Some(root) = after.current(crate::repository::ROOT) {
            self.sealer.keyids(&root.bytes)?;
        }
        if after.current(TARGETS).is_some() {
            self.sealer.seal(&mut after, now, Scope::Both)?;
        }
        Ok(after)
    }

    async fn judge(
        &self,
        before: &State,
        after: &State,
        changed: &BTreeSet<String>,
        now: Time,
    ) -> Result<(), Refusal> {
        let walked = walk::walk(before, after, now)?;
        let rules = rules::Rules {
            before,
            after,
            changed,
            blobs: &self.blobs,
            now,
            keys: &self.sealer.keys,
        };
        rules.check(&walked)?;
        foreign::judge(before, after, changed, &walked).await
    }

    /// Commits, then shows: readers see nothing that a power cut could take back.
    async fn keep(
        &self,
        repository: &Repository,
        before: &State,
        mut after: State,
        now: Time,
    ) -> Result<Committed, PublishError> {
        after.revision = before.revision.saturating_add(1);
        let committed = commit(&self.database, &repository.name, before, &after, now).await;
        if let Ok(Committed::Done) = committed {
            repository.show(after);
            return Ok(Committed::Done);
        }
        // Somebody else was first, or the outcome is unknown: what the database says holds.
        let reloaded = self.reload(repository).await;
        let committed = committed?;
        reloaded.map(|()| committed)
    }

    async fn reload(&self, repository: &Repository) -> Result<(), PublishError> {
        if let Some(state) = self.shelf.load(&repository.name).await? {
            repository.show(state);
        }
        Ok(())
    }
}
