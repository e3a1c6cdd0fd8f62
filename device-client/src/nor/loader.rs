//! The boot loader's side: which slot to jump to, checked and recorded before the jump.

use embedded_storage::nor_flash::NorFlash;

use super::Board;
use crate::Result;
use crate::error::Error;
use crate::evidence::Anchor;
use crate::limits::SLOT_READ_ATTEMPTS;
use crate::nor::layout::Area;
use crate::slot::{Cause, SlotId, SlotRecord};

/// A state changes a few times at most before a slot is found: a trial is given up, a slot is
/// rejected, and then the other one.
const TURNS: u8 = 6;

impl<F: NorFlash> Board<'_, F> {
    /// Chooses the slot to jump to. Its bytes are those of its record, and the choice is durable: a
    /// trial was counted down, a slot that holds other bytes was given up.
    ///
    /// A flash that can no longer be written boots what is confirmed, and no trial.
    ///
    /// # Errors
    /// [`Error::NothingToBoot`]: recovery is up to the board. What led there is recorded, so that a
    /// recovery that updates finds a slot to install into.
    pub fn boot(&mut self) -> Result<SlotId> {
        self.choose(|_, _, _| true)
    }

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

    fn choose(
        &mut self,
        mut is_proved: impl FnMut(&mut Self, SlotId, &SlotRecord) -> bool,
    ) -> Result<SlotId> {
        for _ in 0..TURNS {
            let mut state = self.boot.clone();
            let selected = state.select();
            let fault = selected
                .ok()
                .and_then(|id| self.fault_of(id, state.slot(id), &mut is_proved));
            if let (Ok(id), Some(cause)) = (selected, fault) {
                state.reject(id, cause);
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
        if let Some((id, _, _)) = state.trial() {
            *state.slot_mut(id) = SlotRecord::EMPTY;
        }
        for _ in 0..TURNS {
            let id = state.select()?;
            match self.fault_of(id, state.slot(id), &mut is_proved) {
                None => return Ok(id),
                Some(cause) => state.reject(id, cause),
            }
        }
        Err(Error::NothingToBoot)
    }

    /// Why a slot must not be jumped to.
    fn fault_of(
        &mut self,
        id: SlotId,
        record: &SlotRecord,
        is_proved: &mut impl FnMut(&mut Self, SlotId, &SlotRecord) -> bool,
    ) -> Option<Cause> {
        if !self.holds_image(id, record) {
            return Some(Cause::SlotDigest);
        }
        (!is_proved(self, id, record)).then_some(Cause::NoEvidence)
    }

    /// Whether the slot holds the image of its record. One that cannot be read does not: the other
    /// may be good. A confirmed image is not given up for a read that failed once.
    fn holds_image(&mut self, id: SlotId, record: &SlotRecord) -> bool {
        let slot = self.layout.slot(id);
        let length = u32::try_from(record.length).unwrap_or(u32::MAX);
        if length > slot.length {
            return false;
        }
        let image = Area { length, ..slot };
        (0..SLOT_READ_ATTEMPTS).any(|_| self.chip.digest(image) == Ok(record.sha256))
    }
}
