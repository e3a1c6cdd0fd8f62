//! TUF 5.2 and 5.3.

use super::checks::{check_cap, check_expiry, check_floor, expect_version};
use super::{Floors, TimestampStage};
use crate::Result;
use crate::digest::Digest;
use crate::error::{Error, Role};
use crate::limits::ROOT_ROTATIONS;
use crate::name::Version;
use crate::received::Received;
use crate::root::Root;
use crate::time::Time;
use crate::verify::{Signers, Verified, verify_successor, verify_with_own_keys};

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
        Ok(Self::of(root, floors, start))
    }

    /// Checks that the trusted root is one: signed by its own keys. On a device this is a step of
    /// its own, and [`Self::admit`] reads the root again, so that neither a stage nor a second root
    /// lies on the stack while signatures are checked.
    ///
    /// # Errors
    /// What is wrong with the root.
    #[inline(never)]
    pub fn examine<'a>(trusted_root: impl Into<Received<'a>>) -> Result<Digest> {
        let root = trusted_root.into();
        check_cap(root, root.root_cap(), "root")?;
        verify_successor(root, None, &mut None, own_keys)?;
        Ok(root.digest())
    }

    /// Goes on from a trusted root that was examined.
    ///
    /// # Errors
    /// [`Error::WrongDigest`](crate::Error::WrongDigest) for another one.
    #[inline(never)]
    pub fn admit<'a>(
        trusted_root: impl Into<Received<'a>>,
        examined: &Digest,
        floors: Floors,
        start: Time,
    ) -> Result<Self> {
        let root = Verified::reopen(trusted_root, examined)?;
        Ok(Self::of(root, floors, start))
    }

    /// Goes on from a trusted root that was examined and [opened again](Verified::reopen) by the
    /// caller.
    pub const fn of(root: Verified<Root>, floors: Floors, start: Time) -> Self {
        Self {
            root,
            floors,
            start,
            walked: 0,
        }
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
    #[inline(never)]
    pub fn accept<'a>(&mut self, document: impl Into<Received<'a>>) -> Result<()> {
        let bytes = document.into();
        check_cap(bytes, bytes.root_cap(), "root")?;
        // TUF 5.3.4: a threshold of the old keys, and one of the new.
        let before = Some(self.root.signers(Role::Root));
        let mut next = None;
        verify_successor(bytes, before, &mut next, own_keys)?;
        self.succeed(next.as_mut().ok_or(Error::missing("signed"))?)
    }

    /// Lets the next root change places with the current one.
    #[inline(never)]
    fn succeed(&mut self, next: &mut Verified<Root>) -> Result<()> {
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
        core::mem::swap(&mut self.root, next);
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

fn own_keys(root: &Root) -> Signers<'_> {
    root.signers(Role::Root)
}
