//! Which roles a walk rests on, and so which versions are worth remembering.

use heapless::Vec;
use sealift_metadata::limits::FOLLOWED_ROLES;
use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::trusted::Floors;

/// The roles that a walk accepted, in order.
#[derive(Debug, Default)]
pub(crate) struct Used(Vec<RoleName, FOLLOWED_ROLES>);

impl Used {
    /// Remembers the version of an accepted role: no snapshot may ever promise a lower one. Where
    /// there is no room, a role of earlier walks makes way: names of roles may change for ever.
    pub(crate) fn follow(&mut self, floors: &mut Floors, role: &RoleName, version: Version) {
        if !self.0.contains(role) {
            // A walk accepts three roles.
            let _ = self.0.push(role.clone());
        }
        let version = version.get();
        if let Some((_, floor)) = floors.roles.iter_mut().find(|(name, _)| name == role) {
            *floor = version.max(*floor);
            return;
        }
        let followed = (role.clone(), version);
        if let Err(followed) = floors.roles.push(followed)
            && let Some(other) = floors.roles.iter_mut().find(|(name, _)| !self.has(name))
        {
            *other = followed;
        }
    }

    /// Forgets the roles that no part of a whole walk rests on any more.
    pub(crate) fn keep_only(&self, floors: &mut Floors) {
        floors.roles.retain(|(name, _)| self.has(name));
    }

    fn has(&self, role: &RoleName) -> bool {
        self.0.contains(role)
    }
}
