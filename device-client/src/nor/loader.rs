//! The boot loader's side: which slot to jump to, checked and recorded before the jump.

use embedded_storage::nor_flash::NorFlash;

use super::Board;
use crate::Result;
use crate::error::Error;
use crate::limits::SLOT_READ_ATTEMPTS;
use crate::nor::layout::Area;
use crate::slot::{SlotId, SlotRecord};

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
        for _ in 0..TURNS {
            let mut state = self.boot.clone();
            let selected = state.select();
            let is_right = match selected {
                Ok(id) => self.holds_image(id, state.slot(id)),
                Err(_) => true,
            };
            if let (Ok(id), false) = (selected, is_right) {
                state.reject(id);
            }
            if self.keep_boot(&state).is_err() {
                return self.boot_unrecorded();
            }
            if is_right {
                return selected;
            }
        }
        Err(Error::NothingToBoot)
    }

    /// What cannot be counted down must not be tried.
    fn boot_unrecorded(&mut self) -> Result<SlotId> {
        let mut state = self.boot.clone();
        if let Some((id, _, _)) = state.trial() {
            *state.slot_mut(id) = SlotRecord::EMPTY;
        }
        for _ in 0..TURNS {
            let id = state.select()?;
            if self.holds_image(id, state.slot(id)) {
                return Ok(id);
            }
            state.reject(id);
        }
        Err(Error::NothingToBoot)
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
