//! TUF 5.6.

use super::Floors;
use super::checks::{check_expiry, expect_version};
use super::snapshot::Noted;
use crate::Result;
use crate::delegations::Delegation;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::name::{RoleName, Version};
use crate::received::Received;
use crate::snapshot::Snapshot;
use crate::stream::{Passed, Stream};
use crate::targets::Targets;
use crate::time::Time;
use crate::timestamp::FileMeta;
use crate::verify::{RoleKeys, Signers, Verified, verify_digested};

/// TUF 5.6: the targets roles.
#[derive(Clone, Debug)]
pub struct TargetsStage {
    pub(super) targets: RoleKeys,
    pub(super) consistent_snapshot: bool,
    pub(super) floors: Floors,
    pub(super) now: Time,
    pub(super) snapshot: Digest,
    pub(super) noted: Noted,
}

impl TargetsStage {
    /// The digest of the snapshot that was accepted.
    pub const fn snapshot(&self) -> &Digest {
        &self.snapshot
    }

    /// Whether names carry versions and digests (TUF 6).
    pub const fn consistent_snapshot(&self) -> bool {
        self.consistent_snapshot
    }

    /// The time against which expiry is checked.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// What must not fall from here on.
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Raises the floor of time, for a time that a signer vouched for (`built`).
    pub fn raise_time(&mut self, signed: Time) {
        self.floors.raise_time(signed);
    }

    /// What the snapshot promises of a targets role.
    ///
    /// # Errors
    /// [`Error::NotListed`]; [`Error::WrongDigest`] for another snapshot than the accepted one.
    pub fn promised(&self, snapshot: &Verified<Snapshot<'_>>, role: &str) -> Result<FileMeta> {
        if snapshot.digest() != self.snapshot {
            return Err(Error::wrong_digest(Role::Snapshot));
        }
        snapshot.find(role).ok_or(Error::NotListed)
    }

    /// Accepts the top-level targets role (TUF 5.6.2 to 5.6.5).
    ///
    /// # Errors
    /// [`Error::NotListed`], [`Error::WrongLength`], [`Error::WrongDigest`],
    /// [`Error::Threshold`], [`Error::WrongVersion`], [`Error::Expired`], or what is wrong with
    /// the bytes.
    pub fn accept<'a>(
        &self,
        snapshot: &Verified<Snapshot<'_>>,
        document: impl Into<Received<'a>>,
    ) -> Result<Verified<Targets<'a>>> {
        self.accept_role(snapshot, &RoleName::targets(), &self.targets, document)
    }

    /// Accepts a role that `delegation` hands paths to (TUF 5.6.7.2), with the checks of the
    /// top-level role.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub fn accept_delegated<'a>(
        &self,
        snapshot: &Verified<Snapshot<'_>>,
        delegation: &Delegation<'_>,
        document: impl Into<Received<'a>>,
    ) -> Result<Verified<Targets<'a>>> {
        self.accept_role(snapshot, &delegation.name, &delegation.keys()?, document)
    }

    /// Accepts a role of these keys: [`Self::accept_delegated`] for a role that a
    /// [search](crate::search::Search) asked for.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub fn accept_role<'a, 'k>(
        &self,
        snapshot: &Verified<Snapshot<'_>>,
        role: &RoleName,
        keys: impl Into<Signers<'k>>,
        document: impl Into<Received<'a>>,
    ) -> Result<Verified<Targets<'a>>> {
        let promised = self.promised(snapshot, role.as_str())?;
        let bytes = document.into();
        let digest = bytes.digest();
        promised.check(Role::Targets, bytes.sent(), digest)?;
        let targets = verify_digested::<Targets<'a>>(bytes, digest, keys.into())?;
        self.check_promise(&promised, targets.version, targets.expires)?;
        Ok(targets)
    }

    /// Remembers the version of an accepted role: no snapshot may ever promise a lower one.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`FOLLOWED_ROLES`](crate::limits::FOLLOWED_ROLES).
    pub fn follow(&mut self, role: &RoleName, accepted: &Verified<Targets<'_>>) -> Result<()> {
        self.floors.raise_role(role, accepted.version)
    }

    /// What the snapshot that passed by promised of a role, if it was noted; otherwise a second
    /// pass of the snapshot tells, [`Stream::again`].
    pub fn noted(&self, role: &str) -> Option<FileMeta> {
        self.noted.find(&self.floors, role)
    }

    /// Opens the top-level targets role, to be verified while it passes by.
    pub fn stream(&self) -> Stream {
        Stream::signed(Role::Targets, self.targets.clone(), true)
    }

    /// Opens a role of these keys, to be verified while it passes by. What it delegates to is not
    /// told with keys.
    pub fn stream_role(&self, keys: RoleKeys) -> Stream {
        Stream::signed(Role::Targets, keys, false)
    }

    /// Checks a role that passed by (TUF 5.6.2 to 5.6.5).
    ///
    /// # Errors
    /// As [`Self::accept`].
    #[inline(never)]
    pub fn examine(&self, promised: &FileMeta, role: &mut Stream) -> Result<Passed> {
        // TUF 5.6.2, 5.6.3
        let passed = role.finish(promised);
        if let Ok(passed) = &passed {
            self.check_promise(promised, passed.version, passed.expires)?;
        }
        passed
    }

    /// TUF 5.6.4 and 5.6.5.
    fn check_promise(&self, promised: &FileMeta, version: Version, expires: Time) -> Result<()> {
        expect_version(Role::Targets, promised.version, version)?;
        check_expiry(Role::Targets, expires, self.now)
    }
}
