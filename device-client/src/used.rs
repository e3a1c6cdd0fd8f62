//! Which roles a walk rests on, and so which versions are worth remembering.

use sealift_metadata::name::{RoleName, Version};
use sealift_metadata::trusted::Floors;

/// The roles that a walk accepted: a bit for each place in [`Floors::roles`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used(u32);

impl Used {
    /// Remembers the version of an accepted role: no snapshot may ever promise a lower one. Where
    /// there is no room, a role of earlier walks makes way: names of roles may change for ever.
    #[inline(never)]
    pub(crate) fn follow(&mut self, floors: &mut Floors, role: &RoleName, version: Version) {
        let version = version.get();
        let mut places = floors.roles.iter_mut().zip(0..);
        if let Some(((_, floor), place)) = places.find(|((name, _), _)| name == role) {
            *floor = version.max(*floor);
            self.add(place);
            return;
        }
        let mut place = u32::try_from(floors.roles.len()).unwrap_or(u32::MAX);
        if let Err(followed) = floors.roles.push((role.clone(), version)) {
            let mut places = floors.roles.iter_mut().zip(0..);
            // A walk accepts three roles: one of the places is of an earlier one.
            let Some((other, free)) = places.find(|(_, place)| !self.has(*place)) else {
                return;
            };
            *other = followed;
            place = free;
        }
        self.add(place);
    }

    /// Forgets the roles that no part of a whole walk rests on any more.
    pub(crate) fn keep_only(&mut self, floors: &mut Floors) {
        let mut place = 0_u32;
        floors.roles.retain(|_| {
            let is_used = self.has(place);
            place = place.saturating_add(1);
            is_used
        });
        *self = Self::default();
    }

    fn has(self, place: u32) -> bool {
        self.0.checked_shr(place).unwrap_or_default() & 1 == 1
    }

    fn add(&mut self, place: u32) {
        self.0 |= 1_u32.checked_shl(place).unwrap_or_default();
    }
}
