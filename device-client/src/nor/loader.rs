//! The boot loader's side: which slot to jump to, checked and recorded before the jump.

use embedded_storage::nor_flash::NorFlash;

use super::slots::record_mut;
use super::{Area, Board, Kept};
use crate::Result;
use crate::error::Error;
use crate::evidence::Anchor;
use crate::limits::SLOT_READ_ATTEMPTS;
use crate::slot::{Cause, SlotId, SlotRecord, SlotState};

/// A state changes a few times at most before a slot is found: a trial is given up, a slot is
/// rejected, and then the other one.
const TURNS: u8 = 6;

impl<F: NorFlash> Board<'_, F> {
    /// As [`Self::boot`], but no slot is jumped to of which the [evidence](crate::evidence) beside
    /// it does not prove that its image was signed. What the records say counts for nothing without
    /// it. `buffer` holds a root, or the window that a role passes through: 8 KiB.
    ///
    /// # Errors
    /// As there.
    pub fn boot_verified(&mut self, anchor: &Anchor<'_>, buffer: &mut [u8]) -> Result<SlotId> {
        self.choose(|board, id, record| {
            (0..SLOT_READ_ATTEMPTS)
                .any(|_| board.check_evidence(id, record, anchor, buffer).is_ok())
        })
    }
}

impl<F: NorFlash, K: Kept> Board<'_, F, K> {
    /// Chooses the slot to jump to. Its bytes are those of its record, and the choice is durable: a
    /// trial was counted down, a slot that holds other bytes was given up. Where there are several
    /// components, it is the letter of all of their slots, and the bytes of each were read: whoever
    /// does not start from its slot is brought to it by what is jumped to.
    ///
    /// A flash that can no longer be written boots what is confirmed, and no trial.
    ///
    /// # Errors
    /// [`Error::NothingToBoot`]: recovery is up to the board. What led there is recorded, so that a
    /// recovery that updates finds a slot to install into.
    pub fn boot(&mut self) -> Result<SlotId> {
        self.choose(|_, _, _| true)
    }

    fn choose(
        &mut self,
        mut is_proved: impl FnMut(&mut Self, SlotId, &SlotRecord) -> bool,
    ) -> Result<SlotId> {
        for _ in 0..TURNS {
            let mut state = self.boot.clone();
            let selected = select(&mut state);
            let fault = selected
                .ok()
                .and_then(|id| self.fault_of(id, &mut state, &mut is_proved));
            if let (Ok(id), Some(cause)) = (selected, fault) {
                state.split().0.reject(id, cause);
            }
            if self.keep_boot(&state).is_err() {
                return self.choose_unrecorded(is_proved);
            }
            if fault.is_none() {
                return selected;
            }
        }
        Err(Error::NothingToBoot)
    }

    /// What cannot be counted down must not be tried.
    fn choose_unrecorded(
        &mut self,
        mut is_proved: impl FnMut(&mut Self, SlotId, &SlotRecord) -> bool,
    ) -> Result<SlotId> {
        let mut state = self.boot.clone();
        let (boot, _) = state.split();
        if let Some((id, _, _)) = boot.trial() {
            *boot.slot_mut(id) = SlotRecord::EMPTY;
        }
        for _ in 0..TURNS {
            let id = select(&mut state)?;
            match self.fault_of(id, &mut state, &mut is_proved) {
                None => return Ok(id),
                Some(cause) => state.split().0.reject(id, cause),
            }
        }
        Err(Error::NothingToBoot)
    }

    /// Why the slots of a letter must not be jumped to.
    fn fault_of(
        &mut self,
        id: SlotId,
        state: &mut K,
        is_proved: &mut impl FnMut(&mut Self, SlotId, &SlotRecord) -> bool,
    ) -> Option<Cause> {
        let first = state.boot().slot(id);
        if !self.holds_image(self.layout.slot(id), first) {
            return Some(Cause::SlotDigest);
        }
        if !is_proved(self, id, first) {
            return Some(Cause::NoEvidence);
        }
        (K::IS_SET && !self.hold_parts(id, state)).then_some(Cause::SlotDigest)
    }

    /// Whether the slots of the other components hold the images of their records. One that no
    /// release brought yet has none.
    fn hold_parts(&mut self, id: SlotId, state: &mut K) -> bool {
        let layout = self.layout;
        (1..=layout.others.len()).all(|component| {
            let slot = (component, id);
            let (Some(area), Some(record)) =
                (self.slot_area(slot), record_mut(&layout, state, slot))
            else {
                return true;
            };
            record.state == SlotState::Empty || self.holds_image(area, record)
        })
    }

    /// Whether the slot holds the image of its record. One that cannot be read does not: the other
    /// may be good. A confirmed image is not given up for a read that failed once.
    fn holds_image(&mut self, slot: Area, record: &SlotRecord) -> bool {
        let length = u32::try_from(record.length).unwrap_or(u32::MAX);
        if length > slot.length {
            return false;
        }
        let image = Area { length, ..slot };
        (0..SLOT_READ_ATTEMPTS).any(|_| self.chip.digest(image) == Ok(record.sha256))
    }
}

fn select<K: Kept>(state: &mut K) -> Result<SlotId> {
    let (boot, parts) = state.split();
    boot.select_set(parts)
}
