//! The client workflow (TUF 5.3 to 5.6), one type per stage. No input or output, no clock.
//!
//! A stage is made by the one before it and holds what it needs; documents come in as bytes. What
//! must never fall again is in the [floors](crate::trusted::Floors): after each accepted document,
//! persist the document and the stage's floors before going on (TUF 5.3.8, 5.4.5, 5.5.7, 5.6.6). A
//! refused document changes nothing.

use heapless::Vec;

use crate::Result;
use crate::delegations::Delegation;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::limits::{FOLLOWED_ROLES, ROOT_ROTATIONS};
use crate::name::{RoleName, Version};
use crate::received::Received;
use crate::root::Root;
use crate::snapshot::Snapshot;
use crate::targets::Targets;
use crate::time::Time;
use crate::timestamp::{FileMeta, Timestamp};
use crate::verify::{
    Signers, Verified, verify_digested, verify_successor, verify_threshold, verify_with_own_keys,
};

/// What was trusted before and must not fall. All zero on a device that knows only its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floors {
    /// Version of the root.
    pub root: u64,
    /// Version of the timestamp.
    pub timestamp: u64,
    /// Version of the snapshot that the timestamp promised.
    pub snapshot: u64,
    /// Versions of the targets roles that this device follows.
    pub roles: Vec<(RoleName, u64), FOLLOWED_ROLES>,
    /// A time that has passed, known from signatures alone.
    pub time: Time,
}

impl Floors {
    /// Raises the floor of time, for a time that a signer vouched for.
    pub fn raise_time(&mut self, signed: Time) {
        self.time = self.time.max(signed);
    }

    fn raise_role(&mut self, role: &RoleName, version: Version) -> Result<()> {
        if let Some((_, floor)) = self.roles.iter_mut().find(|(name, _)| name == role) {
            *floor = version.get().max(*floor);
            return Ok(());
        }
        let new = (role.clone(), version.get());
        self.roles
            .push(new)
            .map_err(|_| Error::TooLarge("followed roles"))
    }

    /// Forgets what keys that are now replaced may have signed (TUF 5.3.11): an attacker who had
    /// them could have raised the versions beyond reach.
    fn forget_online(&mut self, timestamp_rotated: bool) {
        self.timestamp = 0;
        self.snapshot = 0;
        self.roles.clear();
        if timestamp_rotated {
            self.time = Time::EPOCH;
        }
    }
}

/// TUF 5.2 and 5.3: the root is trusted, and its successors are walked one by one.
#[derive(Clone, Debug)]
pub struct RootStage {
    root: Verified<Root>,
    floors: Floors,
    start: Time,
    walked: u32,
}

impl RootStage {
    /// Fixes the start time (TUF 5.1) and loads the trusted root (TUF 5.2), whose own expiry
    /// does not matter.
    ///
    /// # Errors
    /// What is wrong with the root.
    pub fn begin<'a>(
        trusted_root: impl Into<Received<'a>>,
        floors: Floors,
        start: Time,
    ) -> Result<Self> {
        let trusted_root = trusted_root.into();
        check_cap(trusted_root, trusted_root.root_cap(), "root")?;
        let root = verify_with_own_keys(trusted_root, own_keys)?;
        Ok(Self {
            root,
            floors,
            start,
            walked: 0,
        })
    }

    /// The version to ask for next (TUF 5.3.2).
    pub fn wanted(&self) -> Version {
        self.root.version.next()
    }

    /// Whether this refresh walked as many roots as one may ([`ROOT_ROTATIONS`]).
    pub const fn is_exhausted(&self) -> bool {
        self.walked >= ROOT_ROTATIONS
    }

    /// The root trusted so far.
    pub const fn root(&self) -> &Verified<Root> {
        &self.root
    }

    /// What must not fall from here on.
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Accepts the next root (TUF 5.3.3 to 5.3.7). Its expiry does not matter yet.
    ///
    /// # Errors
    /// [`Error::Threshold`] under the old or the new keys, [`Error::WrongVersion`], or what is
    /// wrong with the bytes.
    pub fn accept<'a>(&mut self, document: impl Into<Received<'a>>) -> Result<()> {
        let bytes = document.into();
        check_cap(bytes, bytes.root_cap(), "root")?;
        // TUF 5.3.4: a threshold of the old keys, and one of the new.
        let next = verify_successor(bytes, self.root.signers(Role::Root), own_keys)?;
        // TUF 5.3.5: exactly N+1.
        expect_version(Role::Root, self.wanted(), next.version)?;
        // TUF 5.3.11, done at once so that it cannot be lost between two runs; not for a rotation
        // that this device lived through before, when it walks again from the pinned root.
        let is_news = next.version.get() > self.floors.root;
        let is_rotated = |role| !self.root.signers(role).same_keys(next.signers(role));
        let timestamp_rotated = is_rotated(Role::Timestamp);
        let rotated = timestamp_rotated || is_rotated(Role::Snapshot);
        if is_news && rotated {
            self.floors.forget_online(timestamp_rotated);
        }
        self.floors.root = self.floors.root.max(next.version.get());
        self.walked = self.walked.saturating_add(1);
        self.root = next;
        Ok(())
    }

    /// Ends the walk: there is no newer root (TUF 5.3.3, 5.3.10).
    ///
    /// # Errors
    /// [`Error::Expired`], and [`Error::Rollback`] when the root is older than one trusted before.
    pub fn finish(mut self) -> Result<TimestampStage> {
        check_floor(Role::Root, self.floors.root, self.root.version)?;
        let now = self.start.max(self.floors.time);
        check_expiry(Role::Root, self.root.expires, now)?;
        self.floors.root = self.root.version.get();
        Ok(TimestampStage {
            root: self.root,
            floors: self.floors,
            now,
        })
    }
}

/// TUF 5.4: the timestamp.
#[derive(Clone, Debug)]
pub struct TimestampStage {
    root: Verified<Root>,
    floors: Floors,
    now: Time,
}

impl TimestampStage {
    /// Accepts the timestamp (TUF 5.4.2 to 5.4.4). One of the version trusted before is fine: see
    /// [`SnapshotStage::is_unchanged`].
    ///
    /// # Errors
    /// [`Error::Threshold`], [`Error::Rollback`], [`Error::Expired`], or what is wrong with the
    /// bytes.
    pub fn accept<'a>(self, document: impl Into<Received<'a>>) -> Result<SnapshotStage> {
        let bytes = document.into();
        check_cap(bytes, bytes.timestamp_cap(), "timestamp")?;
        // TUF 5.4.2
        let timestamp = verify_threshold::<Timestamp>(bytes, self.root.signers(Role::Timestamp))?;
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
            return Err(Error::IssuedInFuture { at: issued });
        }
        let mut floors = self.floors;
        let is_unchanged = floors.timestamp == timestamp.version.get();
        floors.timestamp = timestamp.version.get();
        floors.snapshot = timestamp.snapshot.version.get();
        floors.raise_time(issued);
        let promised = timestamp.snapshot;
        Ok(SnapshotStage {
            root: self.root,
            floors,
            now: self.now,
            promised,
            is_unchanged,
        })
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

/// TUF 5.5: the snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotStage {
    root: Verified<Root>,
    floors: Floors,
    now: Time,
    promised: FileMeta,
    is_unchanged: bool,
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
        let stage = TargetsStage {
            root: self.root,
            floors: self.floors,
            now: self.now,
            snapshot: snapshot.digest(),
        };
        Ok((stage, snapshot))
    }
}

/// TUF 5.6: the targets roles.
#[derive(Clone, Debug)]
pub struct TargetsStage {
    root: Verified<Root>,
    floors: Floors,
    now: Time,
    snapshot: Digest,
}

impl TargetsStage {
    /// The digest of the snapshot that was accepted.
    pub const fn snapshot(&self) -> &Digest {
        &self.snapshot
    }

    /// Whether names carry versions and digests (TUF 6).
    pub fn consistent_snapshot(&self) -> bool {
        self.root.consistent_snapshot
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
            return Err(Error::WrongDigest(Role::Snapshot));
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
        self.accept_role(
            snapshot,
            &RoleName::targets(),
            self.root.signers(Role::Targets),
            document,
        )
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
        self.check_promise(promised, &targets)?;
        Ok(targets)
    }

    /// Remembers the version of an accepted role: no snapshot may ever promise a lower one.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`FOLLOWED_ROLES`].
    pub fn follow(&mut self, role: &RoleName, accepted: &Verified<Targets<'_>>) -> Result<()> {
        self.floors.raise_role(role, accepted.version)
    }

    /// TUF 5.6.4 and 5.6.5.
    fn check_promise(&self, promised: FileMeta, targets: &Targets<'_>) -> Result<()> {
        expect_version(Role::Targets, promised.version, targets.version)?;
        check_expiry(Role::Targets, targets.expires, self.now)
    }
}

fn own_keys(root: &Root) -> Signers<'_> {
    root.signers(Role::Root)
}

fn check_cap(document: Received<'_>, cap: usize, what: &'static str) -> Result<()> {
    if document.sent().len() > cap {
        Err(Error::TooLarge(what))
    } else {
        Ok(())
    }
}

fn check_floor(role: Role, floor: u64, offered: Version) -> Result<()> {
    let offered = offered.get();
    if offered < floor {
        Err(Error::Rollback {
            role,
            floor,
            offered,
        })
    } else {
        Ok(())
    }
}

fn expect_version(role: Role, promised: Version, offered: Version) -> Result<()> {
    let (promised, offered) = (promised.get(), offered.get());
    if offered != promised {
        return Err(Error::WrongVersion {
            role,
            promised,
            offered,
        });
    }
    Ok(())
}

fn check_expiry(role: Role, at: Time, now: Time) -> Result<()> {
    if at <= now {
        Err(Error::Expired { role, at })
    } else {
        Ok(())
    }
}
