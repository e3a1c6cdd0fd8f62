//! Signs the online roles again before they expire.

use std::sync::Arc;

use sealift_metadata::envelope::Envelope;
use sealift_metadata::error::Role;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::verify::Document as _;
use sealift_metadata::{Error, Time};

use super::seal::read_timestamp;
use super::{Committed, PublishError, Publisher, Refusal, Scope};
use crate::db::repositories;
use crate::repository::{Repository, SNAPSHOT, State, TARGETS, TIMESTAMP};

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resigned {
    /// Repositories that got a timestamp.
    pub signed: usize,
    /// Repositories that could not be signed; each was logged.
    pub failed: usize,
}

impl Publisher {
    /// Looks at every repository once and signs what has less than half of its life left. Doing
    /// it again at once does nothing. A failure stops no other repository.
    ///
    /// # Errors
    /// [`PublishError::Db`] when the repositories cannot be listed.
    pub async fn run_once(&self) -> Result<Resigned, PublishError> {
        let mut resigned = Resigned::default();
        for name in repositories::names(&self.database).await? {
            let result = match self.shelf.find(name.as_str()).await {
                Ok(Some(repository)) => self.resign(&repository).await,
                Ok(None) => Ok(false),
                Err(error) => Err(error.into()),
            };
            match result {
                Ok(signed) => resigned.signed += usize::from(signed),
                Err(error) => {
                    resigned.failed += 1;
                    tracing::error!(event = "resign_failed", repository = %name, %error,
                        "cannot sign the timestamp of `{name}`: {error}");
                }
            }
        }
        Ok(resigned)
    }

    async fn resign(&self, repository: &Repository) -> Result<bool, PublishError> {
        let _publishing = repository.publishing.lock().await;
        let before = repository.state();
        let now = self.sealer.now(&self.clock, &before)?;
        let Some(scope) = self.due(&before, now)? else {
            return Ok(false);
        };
        let mut after = State::clone(&before);
        self.sealer.seal(&mut after, now, scope)?;
        after.index().map_err(Refusal::of(TARGETS))?;
        let committed = self.keep(repository, &before, after, now).await?;
        let state: Arc<State> = repository.state();
        if committed == Committed::Done {
            tracing::info!(event = "resign", repository = %repository.name,
                timestamp = state.version(TIMESTAMP), snapshot = state.version(SNAPSHOT),
                "signed timestamp {} of `{}`", state.version(TIMESTAMP), repository.name);
        }
        Ok(committed == Committed::Done)
    }

    /// What has less than half of its life left; `None` also before the first timestamp.
    fn due(&self, state: &State, now: Time) -> Result<Option<Scope>, Refusal> {
        if !state.is_open() {
            return Ok(None);
        }
        let is_due = |expires: Time, life: u64| now.plus(life / 2) > expires;
        let snapshot = snapshot_expires(state).map_err(Refusal::of(SNAPSHOT))?;
        if is_due(snapshot, self.sealer.snapshot_seconds) {
            return Ok(Some(Scope::Both));
        }
        let timestamp = read_timestamp(state).map_err(Refusal::of(TIMESTAMP))?;
        let is_due = is_due(timestamp.expires, self.sealer.timestamp_seconds);
        Ok(is_due.then_some(Scope::Timestamp))
    }
}

fn snapshot_expires(state: &State) -> sealift_metadata::Result<Time> {
    let document = state.current(SNAPSHOT).ok_or(Error::Missing(SNAPSHOT))?;
    let envelope = Envelope::read(Role::Snapshot, &document.bytes)?;
    Ok(Snapshot::read(envelope.signed)?.expires)
}
