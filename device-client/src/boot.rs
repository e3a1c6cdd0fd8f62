//! What a boot loader decides: which slot runs, when a trial is over, what a confirmation means.
//!
//! There is no input or output here. A boot loader reads the [records](crate::records), calls
//! [`BootState::select_set`] with the parts that they hold, makes both durable **before** it jumps,
//! checks the bytes of the slot, and those of the parts' slots of the same letter, against their
//! records, and calls [`BootState::reject`] and then `select_set` again when any differ. What runs
//! calls [`BootState::confirm_set`]. [`BootState::select`] and [`BootState::confirm`] are the same
//! for devices that have one component and will never have another.

use heapless::Vec;

use crate::Result;
use crate::error::Error;
use crate::limits::REMEMBERED_FAILURES;
use crate::others::Part;
use crate::slot::{Cause, SlotId, SlotRecord, SlotState};

/// An image that failed and is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The image's sequence.
    pub sequence: u64,
    /// Why it failed.
    pub cause: Cause,
}

/// Everything that the boot records hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootState {
    /// The slot of the confirmed image.
    pub active: SlotId,
    /// Slot A.
    pub a: SlotRecord,
    /// Slot B.
    pub b: SlotRecord,
    /// The security floor: no image below it is booted or installed. Rises by confirmations.
    pub floor: u64,
    /// The latest failures, the oldest first.
    pub failures: Vec<Failure, REMEMBERED_FAILURES>,
}

impl BootState {
    /// A device whose records are erased: both slots are empty.
    pub const fn factory() -> Self {
        Self {
            active: SlotId::A,
            a: SlotRecord::EMPTY,
            b: SlotRecord::EMPTY,
            floor: 0,
            failures: Vec::new(),
        }
    }

    /// What is known of a slot.
    pub const fn slot(&self, id: SlotId) -> &SlotRecord {
        match id {
            SlotId::A => &self.a,
            SlotId::B => &self.b,
        }
    }

    /// What is known of a slot, to change it.
    pub const fn slot_mut(&mut self, id: SlotId) -> &mut SlotRecord {
        match id {
            SlotId::A => &mut self.a,
            SlotId::B => &mut self.b,
        }
    }

    /// The image that confirmed itself, if one did.
    pub fn installed(&self) -> Option<&SlotRecord> {
        Some(self.slot(self.active)).filter(|slot| slot.state == SlotState::Confirmed)
    }

    /// The slot that is on trial, the boots it has left, and whether it was booted.
    pub const fn trial(&self) -> Option<(SlotId, u8, bool)> {
        let id = self.active.other();
        match self.slot(id).state {
            SlotState::Trial { left, booted } => Some((id, left, booted)),
            _ => None,
        }
    }

    /// Whether the image of this sequence failed before.
    pub fn has_failed(&self, sequence: u64) -> bool {
        self.failures
            .iter()
            .any(|failure| failure.sequence == sequence)
    }

    /// Chooses the slot to boot. A trial is counted down; one without boots left has failed, and
    /// the confirmed slot is chosen again, never one below the floor.
    ///
    /// # Errors
    /// [`Error::NothingToBoot`]: recovery is up to the board.
    pub fn select(&mut self) -> Result<SlotId> {
        self.select_set(&[])
    }

    /// [`Self::select`] on a device of several components: no set is chosen of which any part is
    /// below its floor.
    ///
    /// # Errors
    /// As there.
    pub fn select_set(&mut self, parts: &[Part]) -> Result<SlotId> {
        if let Some((id, left, _)) = self.trial() {
            match left.checked_sub(1) {
                Some(left) if self.is_above_floor(id, parts) => {
                    self.slot_mut(id).state = SlotState::Trial { left, booted: true };
                    return Ok(id);
                }
                Some(_) => self.slot_mut(id).state = SlotState::Failed(Cause::BelowFloor),
                None => self.fail(id, Cause::NotConfirmed),
            }
        }
        let fallback = [self.active, self.active.other()]
            .into_iter()
            .find(|id| self.is_bootable(*id, parts))
            .ok_or(Error::NothingToBoot)?;
        self.active = fallback;
        Ok(fallback)
    }

    /// Notes that a boot loader must not boot what is in a slot: the bytes are not the ones of its
    /// record, or cannot be read, or nothing proves who signed them. An image that confirmed itself
    /// worked: its slot rotted, and it may be downloaded again.
    pub fn reject(&mut self, id: SlotId, cause: Cause) {
        let slot = self.slot_mut(id);
        if slot.state == SlotState::Confirmed {
            slot.state = SlotState::Failed(cause);
            slot.downloads = 0;
        } else {
            self.fail(id, cause);
        }
    }

    /// Confirms the trial that is running: its slot is the active one, and the floor rises to its
    /// own. The other slot stays to fall back to, unless the floor is above it now.
    ///
    /// # Errors
    /// [`Error::NothingToConfirm`] without a trial that was booted: nothing is marked good that
    /// never ran.
    pub fn confirm(&mut self) -> Result<SlotId> {
        self.confirm_set(&mut [])
    }

    /// [`Self::confirm`] on a device of several components: all of their floors rise at once.
    ///
    /// # Errors
    /// As there.
    pub fn confirm_set(&mut self, parts: &mut [Part]) -> Result<SlotId> {
        let Some((id, _, true)) = self.trial() else {
            return Err(Error::NothingToConfirm);
        };
        self.slot_mut(id).state = SlotState::Confirmed;
        self.floor = self.floor.max(self.slot(id).floor);
        self.active = id;
        for part in parts.iter_mut() {
            part.floor = part.floor.max(part.slot(id).floor);
            // Should its slot rot one day, it may be downloaded as often as a new one.
            part.slot_mut(id).downloads = 0;
        }
        let is_above = self.is_above_floor(id.other(), parts);
        let other = self.slot_mut(id.other());
        if other.state == SlotState::Confirmed && !is_above {
            other.state = SlotState::Failed(Cause::BelowFloor);
        }
        Ok(id)
    }

    /// Marks a slot as failed and remembers its image.
    pub(crate) fn fail(&mut self, id: SlotId, cause: Cause) {
        let slot = self.slot_mut(id);
        slot.state = SlotState::Failed(cause);
        let sequence = slot.sequence;
        self.failures.retain(|failure| failure.sequence != sequence);
        if self.failures.is_full() {
            self.failures.remove(0);
        }
        // There is room now.
        let _ = self.failures.push(Failure { sequence, cause });
    }

    fn is_bootable(&self, id: SlotId, parts: &[Part]) -> bool {
        self.slot(id).state == SlotState::Confirmed && self.is_above_floor(id, parts)
    }

    fn is_above_floor(&self, id: SlotId, parts: &[Part]) -> bool {
        self.slot(id).floor >= self.floor && parts.iter().all(|part| part.runs(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(sequence: u64, floor: u64, state: SlotState) -> SlotRecord {
        SlotRecord {
            state,
            sequence,
            floor,
            ..SlotRecord::EMPTY
        }
    }

    fn with_trial(old_floor: u64, new_floor: u64, tries: u8) -> BootState {
        let mut state = BootState::factory();
        state.a = image(1, old_floor, SlotState::Confirmed);
        let trial = SlotState::Trial {
            left: tries,
            booted: false,
        };
        state.b = image(2, new_floor, trial);
        state.floor = old_floor;
        state
    }

    #[test]
    fn an_image_that_never_confirms_is_given_up_after_its_tries() {
        let mut state = with_trial(0, 1, 2);
        assert_eq!(state.select(), Ok(SlotId::B));
        assert_eq!(state.select(), Ok(SlotId::B));
        for _ in 0..3 {
            assert_eq!(state.select(), Ok(SlotId::A));
        }
        assert_eq!(state.b.state, SlotState::Failed(Cause::NotConfirmed));
        assert!(state.has_failed(2));
        assert_eq!(state.floor, 0, "an unconfirmed image raises no floor");
        assert_eq!(state.confirm(), Err(Error::NothingToConfirm));
    }

    #[test]
    fn ordinary_boots_of_a_confirmed_image_spend_nothing() {
        let mut state = with_trial(0, 0, 3);
        state.select().unwrap();
        assert_eq!(state.confirm(), Ok(SlotId::B));
        let confirmed = state.clone();
        for _ in 0..10 {
            assert_eq!(state.select(), Ok(SlotId::B));
        }
        assert_eq!(state, confirmed);
    }

    #[test]
    fn a_confirmation_needs_a_boot_and_raises_the_floor() {
        let mut state = with_trial(1, 2, 3);
        assert_eq!(state.confirm(), Err(Error::NothingToConfirm));
        assert_eq!(state.floor, 1);
        state.select().unwrap();
        assert_eq!(state.confirm(), Ok(SlotId::B));
        assert_eq!(state.floor, 2);
        assert_eq!(state.a.state, SlotState::Failed(Cause::BelowFloor));
    }

    #[test]
    fn a_slot_below_the_floor_is_recovery_and_no_fallback() {
        let mut state = with_trial(1, 2, 3);
        state.select().unwrap();
        state.confirm().unwrap();
        state.a.state = SlotState::Confirmed;
        state.reject(SlotId::B, Cause::SlotDigest);
        assert_eq!(state.select(), Err(Error::NothingToBoot));
    }

    #[test]
    fn a_trial_below_the_floor_is_never_booted() {
        let mut state = with_trial(2, 1, 3);
        assert_eq!(state.select(), Ok(SlotId::A));
        assert_eq!(state.b.state, SlotState::Failed(Cause::BelowFloor));
    }

    #[test]
    fn a_confirmed_slot_with_foreign_bytes_makes_way_for_the_other() {
        let mut state = with_trial(1, 1, 3);
        state.select().unwrap();
        state.confirm().unwrap();
        state.reject(SlotId::B, Cause::SlotDigest);
        assert_eq!(state.select(), Ok(SlotId::A));
        assert_eq!(state.active, SlotId::A);
        assert_eq!(state.b.state, SlotState::Failed(Cause::SlotDigest));
    }

    #[test]
    fn bit_rot_of_a_confirmed_slot_does_not_ban_its_image() {
        let mut state = with_trial(1, 1, 3);
        state.select().unwrap();
        state.confirm().unwrap();
        state.reject(SlotId::B, Cause::SlotDigest);
        assert!(!state.has_failed(2), "it worked once, and may come again");

        let mut state = with_trial(1, 1, 3);
        state.select().unwrap();
        state.reject(SlotId::B, Cause::SlotDigest);
        assert!(state.has_failed(2), "a trial that rotted never worked");
    }

    #[test]
    fn nothing_is_booted_from_empty_slots() {
        assert_eq!(BootState::factory().select(), Err(Error::NothingToBoot));
    }

    #[test]
    fn the_oldest_failure_is_forgotten_first() {
        let mut state = BootState::factory();
        for sequence in 1..=6 {
            state.a.sequence = sequence;
            state.fail(SlotId::A, Cause::NotConfirmed);
        }
        assert!(!state.has_failed(2));
        assert!((3..=6).all(|sequence| state.has_failed(sequence)));
    }
}
