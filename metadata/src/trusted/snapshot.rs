//! TUF 5.5.

use super::checks::{check_expiry, check_floor, expect_version};
use super::{Floors, TargetsStage};
use crate::Result;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::limits::FOLLOWED_ROLES;
use crate::received::Received;
use crate::root::Root;
use crate::snapshot::Snapshot;
use crate::stream::{Passed, Stream};
use crate::time::Time;
use crate::timestamp::FileMeta;
use crate::verify::{Verified, verify_digested, verify_threshold};

/// TUF 5.5: the snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotStage {
    pub(super) root: Verified<Root>,
    pub(super) floors: Floors,
    pub(super) now: Time,
    pub(super) promised: FileMeta,
    pub(super) is_unchanged: bool,
    pub(super) noted: Noted,
}

impl SnapshotStage {
    /// A snapshot that was kept from an earlier refresh, to compare the next one with. It may have
    /// expired; it must be signed by the keys that are in force now.
    ///
    /// # Errors
    /// [`Error::Threshold`], or what is wrong with the bytes.
    pub fn recall<'a>(&self, kept: impl Into<Received<'a>>) -> Result<Verified<Snapshot<'a>>> {
        verify_threshold(kept, self.root.signers(Role::Snapshot))
    }

    /// What the timestamp promised of the snapshot.
    pub const fn promised(&self) -> FileMeta {
        self.promised
    }

    /// Whether the timestamp is of the version trusted before: nothing is newer (TUF 5.4.3.1).
    pub const fn is_unchanged(&self) -> bool {
        self.is_unchanged
    }

    /// Whether names carry versions and digests (TUF 6).
    pub fn consistent_snapshot(&self) -> bool {
        self.root.consistent_snapshot
    }

    /// What must not fall from here on.
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Accepts the snapshot (TUF 5.5.2 to 5.5.6). Besides the roles that the floors name, every
    /// role that `previous` listed must still be listed.
    ///
    /// # Errors
    /// [`Error::WrongLength`], [`Error::WrongDigest`], [`Error::Threshold`],
    /// [`Error::WrongVersion`], [`Error::RoleVanished`], [`Error::Rollback`],
    /// [`Error::Expired`], or what is wrong with the bytes.
    pub fn accept<'a>(
        self,
        document: impl Into<Received<'a>>,
        previous: Option<&Verified<Snapshot<'_>>>,
    ) -> Result<(TargetsStage, Verified<Snapshot<'a>>)> {
        let bytes = document.into();
        // TUF 5.5.2
        let digest = bytes.digest();
        self.promised.check(Role::Snapshot, bytes.sent(), digest)?;
        // TUF 5.5.3
        let snapshot =
            verify_digested::<Snapshot<'a>>(bytes, digest, self.root.signers(Role::Snapshot))?;
        // TUF 5.5.4
        expect_version(Role::Snapshot, self.promised.version, snapshot.version)?;
        // TUF 5.5.5
        if let Some(previous) = previous {
            snapshot.check_follows(previous)?;
        }
        for (role, floor) in &self.floors.roles {
            snapshot.check_floor(role.as_str(), *floor)?;
        }
        // TUF 5.5.6
        check_expiry(Role::Snapshot, snapshot.expires, self.now)?;
        let stage = self.into_targets(snapshot.digest());
        Ok((stage, snapshot))
    }

    /// Opens the snapshot, to be verified while it passes by. What was noted of another one before
    /// is forgotten.
    pub fn stream(&mut self) -> Stream {
        self.noted = Noted::default();
        let keys = self.root.signers(Role::Snapshot).into();
        Stream::signed(Role::Snapshot, keys, false)
    }

    /// Takes note of a role that passes by, if it will matter.
    pub fn note(&mut self, role: &str, meta: FileMeta) {
        self.noted.take(&self.floors, role, meta);
    }

    /// Checks a snapshot that passed by (TUF 5.5.2 to 5.5.6), all of whose roles were
    /// [noted](Self::note).
    ///
    /// # Errors
    /// As [`Self::accept`].
    #[inline(never)]
    pub fn examine(&self, snapshot: &mut Stream) -> Result<Passed> {
        // TUF 5.5.2, 5.5.3
        let passed = snapshot.finish(&self.promised);
        if let Ok(passed) = &passed {
            self.check(passed)?;
        }
        passed
    }

    fn check(&self, passed: &Passed) -> Result<()> {
        // TUF 5.5.4
        expect_version(Role::Snapshot, self.promised.version, passed.version)?;
        // TUF 5.5.5
        for ((_, floor), noted) in self.floors.roles.iter().zip(&self.noted.roles) {
            let offered = noted.ok_or(Error::RoleVanished)?.version;
            check_floor(Role::Targets, *floor, offered)?;
        }
        // TUF 5.5.6
        check_expiry(Role::Snapshot, passed.expires, self.now)
    }

    /// Goes on from a snapshot that this stage examined.
    pub fn admit(self, snapshot: &Passed) -> TargetsStage {
        self.into_targets(snapshot.digest)
    }

    fn into_targets(self, snapshot: Digest) -> TargetsStage {
        TargetsStage {
            targets: self.root.signers(Role::Targets).into(),
            consistent_snapshot: self.root.consistent_snapshot,
            floors: self.floors,
            now: self.now,
            snapshot,
            noted: self.noted,
        }
    }
}

/// What a snapshot that passed by promised of the roles that matter: the top-level one, and those
/// in the floors.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    targets: Option<FileMeta>,
    roles: [Option<FileMeta>; FOLLOWED_ROLES],
}

impl Noted {
    fn take(&mut self, floors: &Floors, role: &str, meta: FileMeta) {
        if role == Role::Targets.name() {
            self.targets = Some(meta);
        }
        let followed = floors.roles.iter().zip(&mut self.roles);
        for ((name, _), noted) in followed {
            if name.as_str() == role {
                *noted = Some(meta);
            }
        }
    }

    pub(super) fn find(&self, floors: &Floors, role: &str) -> Option<FileMeta> {
        if role == Role::Targets.name() {
            return self.targets;
        }
        let mut followed = floors.roles.iter().zip(&self.roles);
        let found = followed.find(|((name, _), _)| name.as_str() == role);
        found.and_then(|(_, noted)| *noted)
    }
}
