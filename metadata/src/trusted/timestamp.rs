//! TUF 5.4.

use super::checks::{check_cap, check_expiry, check_floor};
use super::snapshot::Noted;
use super::{Floors, SnapshotStage};
use crate::Result;
use crate::error::{Error, Role};
use crate::received::Received;
use crate::root::Root;
use crate::time::Time;
use crate::timestamp::Timestamp;
use crate::verify::{Verified, verify_threshold};

/// TUF 5.4: the timestamp.
#[derive(Clone, Debug)]
pub struct TimestampStage {
    pub(super) root: Verified<Root>,
    pub(super) floors: Floors,
    pub(super) now: Time,
}

impl TimestampStage {
    /// Accepts the timestamp: [examines](Self::examine) and [admits](Self::admit) it.
    ///
    /// # Errors
    /// As [`Self::examine`].
    pub fn accept<'a>(self, document: impl Into<Received<'a>>) -> Result<SnapshotStage> {
        let timestamp = self.examine(document)?;
        Ok(self.admit(&timestamp))
    }

    /// Checks the timestamp (TUF 5.4.2 to 5.4.4). One of the version trusted before is fine: see
    /// [`SnapshotStage::is_unchanged`].
    ///
    /// # Errors
    /// [`Error::Threshold`], [`Error::Rollback`], [`Error::Expired`], or what is wrong with the
    /// bytes.
    #[inline(never)]
    pub fn examine<'a>(&self, document: impl Into<Received<'a>>) -> Result<Verified<Timestamp>> {
        let bytes = document.into();
        check_cap(bytes, bytes.timestamp_cap(), "timestamp")?;
        // TUF 5.4.2
        let signers = self.root.signers(Role::Timestamp);
        let timestamp = verify_threshold::<Timestamp>(bytes, signers)?;
        // TUF 5.4.3.1, 5.4.3.2
        check_floor(Role::Timestamp, self.floors.timestamp, timestamp.version)?;
        check_floor(
            Role::Snapshot,
            self.floors.snapshot,
            timestamp.snapshot.version,
        )?;
        // TUF 5.4.4
        check_expiry(Role::Timestamp, timestamp.expires, self.now)?;
        // Signed after it expires, or after the root does: a clock that went wrong. Believed, it
        // would make every document look expired for ever.
        let issued = timestamp.issued.unwrap_or_default();
        if issued >= timestamp.expires.min(self.root.expires) {
            return Err(Error::issued_in_future(issued));
        }
        Ok(timestamp)
    }

    /// Goes on from a timestamp that this stage examined.
    pub fn admit(self, timestamp: &Verified<Timestamp>) -> SnapshotStage {
        let mut floors = self.floors;
        let is_unchanged = floors.timestamp == timestamp.version.get();
        floors.timestamp = timestamp.version.get();
        floors.snapshot = timestamp.snapshot.version.get();
        floors.raise_time(timestamp.issued.unwrap_or_default());
        SnapshotStage {
            root: self.root,
            floors,
            now: self.now,
            promised: timestamp.snapshot,
            is_unchanged,
            noted: Noted::default(),
        }
    }

    /// Raises the floors to those of a timestamp that was kept from an earlier refresh, by a client
    /// that keeps documents instead of floors. It may have expired; it must be signed by the keys
    /// that are in force now.
    ///
    /// # Errors
    /// [`Error::Threshold`], or what is wrong with the bytes: then it raises nothing.
    pub fn remember<'a>(&mut self, kept: impl Into<Received<'a>>) -> Result<()> {
        let kept = verify_threshold::<Timestamp>(kept, self.root.signers(Role::Timestamp))?;
        self.floors.timestamp = self.floors.timestamp.max(kept.version.get());
        self.floors.snapshot = self.floors.snapshot.max(kept.snapshot.version.get());
        Ok(())
    }

    /// The root in force.
    pub const fn root(&self) -> &Verified<Root> {
        &self.root
    }

    /// What must not fall from here on.
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }
}
