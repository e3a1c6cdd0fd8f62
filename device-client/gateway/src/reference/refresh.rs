//! The refresh (TUF 5.3 to 5.6): fetch, verify, keep, in the order of the specification.

use sealift_metadata::Verified;
use sealift_metadata::error::Role;
use sealift_metadata::limits::{FOREIGN_ROOT_BYTES, FOREIGN_TIMESTAMP_BYTES};
use sealift_metadata::received::Received;
use sealift_metadata::root::Root;
use sealift_metadata::snapshot::Snapshot;
use sealift_metadata::trusted::{Floors, RootStage, SnapshotStage, TargetsStage, TimestampStage};

use super::fetch::{cap, fetch, lay, versioned};
use super::{Client, Refused, Result, about};
use crate::limits::{REFERENCE_SNAPSHOT_BYTES, REFERENCE_TARGETS_BYTES};

/// A repository whose snapshot is trusted.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) stage: TargetsStage,
    snapshot: Vec<u8>,
}

impl Client {
    pub(super) fn ready(&self) -> Result<Ready> {
        let stage = self.walk_roots()?;
        let stage = self.take_timestamp(stage)?;
        let ready = self.take_snapshot(stage)?;
        let mut scratch = Vec::new();
        let snapshot = ready.open(&mut scratch)?;
        self.top_level(&ready, &snapshot)?;
        Ok(ready)
    }

    /// TUF 5.3.
    fn walk_roots(&self) -> Result<TimestampStage> {
        let trusted = self.root()?;
        let mut scratch = vec![0; trusted.len()];
        let mut stage = Received::lay_out(&trusted, &mut scratch)
            .and_then(|root| RootStage::begin(root, Floors::default(), self.now))
            .map_err(about("root.json"))?;
        while !stage.is_exhausted() {
            let name = format!("{}.root.json", stage.wanted());
            let Some(next) = self.fetch(&name, FOREIGN_ROOT_BYTES)? else {
                break;
            };
            let before = stage.root().clone();
            lay(&next, &mut scratch)
                .and_then(|root| stage.accept(root))
                .map_err(about(&name))?;
            if has_rotated_online(&before, stage.root()) {
                // TUF 5.3.11. Before the root is kept: after it, a cut between the two would leave
                // versions that nobody ever drops.
                self.kept.remove("timestamp")?;
                self.kept.remove("snapshot")?;
            }
            self.kept.write("root", &next)?;
        }
        stage.finish().map_err(about("root.json"))
    }

    /// TUF 5.4.
    fn take_timestamp(&self, mut stage: TimestampStage) -> Result<SnapshotStage> {
        let name = "timestamp.json";
        let kept = self.kept.read("timestamp")?.unwrap_or_default();
        let (mut scratch, mut other) = (Vec::new(), Vec::new());
        // One that is broken, or signed by keys that were replaced, raises no floor.
        let remembered = lay(&kept, &mut scratch).and_then(|kept| stage.remember(kept));
        let fetched = self.must_fetch(name, FOREIGN_TIMESTAMP_BYTES)?;
        let fresh = lay(&fetched, &mut other).map_err(about(name))?;
        let next = stage.clone().accept(fresh).map_err(about(name))?;
        if remembered.is_ok() && next.is_unchanged() {
            // TUF 5.4.3.1: the one that is kept stays.
            let mut scratch = Vec::new();
            let kept = lay(&kept, &mut scratch).map_err(about(name))?;
            return stage.accept(kept).map_err(about(name));
        }
        self.kept.write("timestamp", &fetched)?;
        Ok(next)
    }

    /// TUF 5.5.
    fn take_snapshot(&self, stage: SnapshotStage) -> Result<Ready> {
        let kept = self.kept.read("snapshot")?.unwrap_or_default();
        let (mut scratch, mut other) = (Vec::new(), Vec::new());
        let current = lay(&kept, &mut scratch).and_then(|kept| stage.clone().accept(kept, None));
        if let Ok((stage, _)) = current {
            return Ok(Ready {
                stage,
                snapshot: kept,
            });
        }
        let name = versioned(
            stage.consistent_snapshot(),
            stage.promised().version,
            "snapshot",
        );
        let cap = cap(stage.promised().length, REFERENCE_SNAPSHOT_BYTES);
        let fetched = self.must_fetch(&name, cap)?;
        let previous = lay(&kept, &mut scratch)
            .and_then(|kept| stage.recall(kept))
            .ok();
        let (stage, _) = lay(&fetched, &mut other)
            .and_then(|fresh| stage.accept(fresh, previous.as_ref()))
            .map_err(about(&name))?;
        self.kept.write("snapshot", &fetched)?;
        Ok(Ready {
            stage,
            snapshot: fetched,
        })
    }

    /// TUF 5.6.1 to 5.6.6.
    pub(super) fn top_level(
        &self,
        ready: &Ready,
        snapshot: &Verified<Snapshot<'_>>,
    ) -> Result<Vec<u8>> {
        self.take_role(ready, snapshot, "targets", |document| {
            ready.stage.accept(snapshot, document).map(drop)
        })
    }

    /// A targets role: the one that is kept if it is the one promised, or else the one that the
    /// repository has. Either is verified by `accept`, whoever verified it before.
    pub(super) fn take_role(
        &self,
        ready: &Ready,
        snapshot: &Verified<Snapshot<'_>>,
        role: &str,
        accept: impl Fn(Received<'_>) -> sealift_metadata::Result<()>,
    ) -> Result<Vec<u8>> {
        let mut scratch = Vec::new();
        let kept = self.kept.read(role)?.unwrap_or_default();
        if lay(&kept, &mut scratch).and_then(&accept).is_ok() {
            return Ok(kept);
        }
        let promised = ready.stage.promised(snapshot, role).map_err(about(role))?;
        let name = versioned(ready.stage.consistent_snapshot(), promised.version, role);
        let fetched = self.must_fetch(&name, cap(promised.length, REFERENCE_TARGETS_BYTES))?;
        lay(&fetched, &mut scratch)
            .and_then(accept)
            .map_err(about(&name))?;
        self.kept.write(role, &fetched)?;
        Ok(fetched)
    }

    fn must_fetch(&self, name: &str, cap: usize) -> Result<Vec<u8>> {
        let absent = || Refused::Fetch {
            address: name.to_owned(),
            reason: "not there".into(),
        };
        self.fetch(name, cap)?.ok_or_else(absent)
    }

    /// Fetches a document of at most `cap` bytes; `None` where there is none.
    fn fetch(&self, name: &str, cap: usize) -> Result<Option<Vec<u8>>> {
        fetch(&self.http, &self.metadata, name, cap)
    }
}

impl Ready {
    pub(super) fn open<'a>(&'a self, scratch: &'a mut Vec<u8>) -> Result<Verified<Snapshot<'a>>> {
        lay(&self.snapshot, scratch)
            .and_then(|document| Verified::reopen(document, self.stage.snapshot()))
            .map_err(about("snapshot.json"))
    }
}

fn has_rotated_online(old: &Root, new: &Root) -> bool {
    let online = [Role::Timestamp, Role::Snapshot];
    online
        .into_iter()
        .any(|role| !old.signers(role).same_keys(new.signers(role)))
}
