//! What must never fall again.

use heapless::Vec;

use crate::Result;
use crate::error::Error;
use crate::limits::FOLLOWED_ROLES;
use crate::name::{RoleName, Version};
use crate::time::Time;

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

    pub(super) fn raise_role(&mut self, role: &RoleName, version: Version) -> Result<()> {
        if let Some((_, floor)) = self.roles.iter_mut().find(|(name, _)| name == role) {
            *floor = version.get().max(*floor);
            return Ok(());
        }
        let new = (role.clone(), version.get());
        self.roles
            .push(new)
            .map_err(|_| Error::too_large("followed roles"))
    }

    /// Forgets what keys that are now replaced may have signed (TUF 5.3.11): an attacker who had
    /// them could have raised the versions beyond reach.
    pub(super) fn forget_online(&mut self, timestamp_rotated: bool) {
        self.timestamp = 0;
        self.snapshot = 0;
        self.roles.clear();
        if timestamp_rotated {
            self.time = Time::EPOCH;
        }
    }
}
