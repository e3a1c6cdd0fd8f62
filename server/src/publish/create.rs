//! Makes a repository together with its first root.

use std::sync::Arc;

use super::{Change, PublishError, Publisher};
use crate::db::{documents, repositories};
use crate::name::RepositoryName;
use crate::repository::{ROOT, State};

impl Publisher {
    /// Makes a repository with a first root that both judges accept; `false` when there is a
    /// repository of this name.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing was made then.
    pub async fn create(
        self: &Arc<Self>,
        name: &RepositoryName,
        root: Vec<u8>,
    ) -> Result<bool, PublishError> {
        let nothing = Arc::new(State::default());
        let change = Change::parse(vec![(ROOT.to_owned(), root)])?;
        let fresh = change.compare(&nothing)?;
        let now = self.clock.now();
        let state = self.gate(nothing, fresh, now).await?;
        let mut tx = self.database.write().await?;
        if !repositories::insert(&mut tx, name, now).await? {
            return Ok(false);
        }
        repositories::advance(&mut tx, name, 0).await?;
        for document in state.currents() {
            let (role, bytes) = (&document.role, &document.bytes);
            documents::insert(&mut tx, name, role, document.version, bytes, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
