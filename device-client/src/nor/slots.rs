//! Work on slots, and where a download goes on.

use embedded_storage::nor_flash::NorFlash;

use super::layout::Area;
use super::{Board, Fault};
use crate::action::{Event, FlashOp};
use crate::boot::BootState;
use crate::slot::{SlotId, SlotState};

impl<F: NorFlash> Board<'_, F> {
    /// The length of an image that fits both slots, in bytes: the `slot_bytes` of a
    /// [`Device`](crate::Device).
    pub fn slot_bytes(&self) -> u64 {
        let [a, b] = self.layout.slots;
        u64::from(a.length.min(b.length))
    }

    /// What blocks of an image must be a multiple of, in bytes: the `erase_bytes` of a
    /// [`Device`](crate::Device). Sectors may be longer: see [`Board::stored`].
    pub const fn block_bytes(&self) -> u32 {
        crate::limits::BLOCK_UNIT_BYTES
    }

    /// Does what the machine asks for, and says what to tell it. There is one component: of several,
    /// [`Board::persist`] refuses the first record. `piece` takes what is read; it
    /// holds 32 bytes or more.
    pub fn perform<'p>(&mut self, op: &FlashOp<'_>, piece: &'p mut [u8]) -> Event<'p> {
        let done = match *op {
            FlashOp::Read {
                slot,
                offset,
                length,
                ..
            } => match self.read_slot(slot, offset, length, piece) {
                Ok(bytes) => return Event::FlashBytes(bytes),
                Err(fault) => Err(fault),
            },
            FlashOp::Erase {
                slot,
                offset,
                length,
                ..
            } => self.erase_slot(slot, offset, length),
            FlashOp::Write {
                slot,
                offset,
                bytes,
                ..
            } => self.write_slot(slot, offset, bytes),
        };
        done.map_or_else(|fault| Event::Failed(fault.code()), |()| Event::Done)
    }

    fn read_slot<'p>(
        &mut self,
        slot: SlotId,
        offset: u64,
        length: u64,
        piece: &'p mut [u8],
    ) -> Result<&'p [u8], Fault> {
        let area = self.part(slot, offset, length)?;
        let unit = F::READ_SIZE.max(1);
        let room = piece
            .len()
            .saturating_sub(piece.len().checked_rem(unit).unwrap_or(0));
        let wanted = usize::try_from(area.length).unwrap_or(usize::MAX).min(room);
        self.chip.read_some(area.start, wanted, piece)
    }

    /// Erases the sectors that begin in the range. One that began before it was erased for the
    /// bytes before.
    fn erase_slot(&mut self, slot: SlotId, offset: u64, length: u64) -> Result<(), Fault> {
        self.check_idle(slot)?;
        let range = self.part(slot, offset, length)?;
        let layout = self.layout;
        let first = layout.sector::<F>(range.start);
        let start = if first.start == range.start {
            first.start
        } else {
            first.end()
        };
        let last = layout.sector::<F>(range.end().saturating_sub(1));
        if start >= range.end() {
            return Ok(());
        }
        self.chip.erase(start, last.end())
    }

    fn write_slot(&mut self, slot: SlotId, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.check_idle(slot)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let range = self.part(slot, offset, length)?;
        let written = self.chip.write(range.start, bytes);
        if written.is_err() {
            self.step_back(slot);
        }
        written
    }

    /// A part of a slot.
    fn part(&self, slot: SlotId, offset: u64, length: u64) -> Result<Area, Fault> {
        let slot = self.layout.slot(slot);
        let end = offset.saturating_add(length);
        if end > u64::from(slot.length) {
            return Err(Fault::Range);
        }
        let narrow = |value| u32::try_from(value).map_err(|_| Fault::Range);
        Ok(Area {
            start: slot.start.saturating_add(narrow(offset)?),
            length: narrow(length)?,
        })
    }

    /// The slot that is running stays as it is, whatever is asked for.
    pub(super) fn check_idle(&self, slot: SlotId) -> Result<(), Fault> {
        let is_trial = self.boot.trial().is_some_and(|(id, ..)| id == slot);
        if is_trial || slot == self.boot.active {
            return Err(Fault::RunningSlot);
        }
        Ok(())
    }

    /// What could not be written is begun again with its sector. If that cannot be recorded
    /// either, there is nothing left to do but to say that the flash failed.
    fn step_back(&mut self, slot: SlotId) {
        let mut state = self.boot.clone();
        if let SlotState::Receiving { block, size } = state.slot(slot).state {
            let block = self.sector_block(slot, block, size);
            state.slot_mut(slot).state = SlotState::Receiving { block, size };
            let _ = self.keep_boot(&state);
        }
    }

    /// Lets a download go on where its next block begins a sector, or where the rest of the sector
    /// is blank: bytes that a cut left there can only be erased together with those before.
    pub(super) fn lower_progress(&mut self, state: &mut BootState) {
        let id = state.active.other();
        let record = state.slot_mut(id);
        let SlotState::Receiving { block, size } = record.state else {
            return;
        };
        let offset = u64::from(block).saturating_mul(u64::from(size));
        if offset >= record.length || self.is_rest_blank(id, offset) {
            return;
        }
        let block = self.sector_block(id, block, size);
        state.slot_mut(id).state = SlotState::Receiving { block, size };
    }

    /// Whether nothing lies between an offset of a slot and the end of its sector.
    fn is_rest_blank(&mut self, id: SlotId, offset: u64) -> bool {
        let Ok(at) = self.part(id, offset, 0) else {
            return false;
        };
        let start = at.start;
        let sector = self.layout.sector::<F>(start);
        let length = sector.end().saturating_sub(start);
        sector.start == start || self.chip.is_blank(Area { start, length }) == Ok(true)
    }

    /// The last block up to `block` that begins a sector.
    fn sector_block(&self, id: SlotId, block: u32, size: u32) -> u32 {
        let slot = self.layout.slot(id);
        let mut block = block;
        loop {
            let at = slot.start.saturating_add(block.saturating_mul(size));
            let sector = self.layout.sector::<F>(at);
            if block == 0 || sector.start == at {
                return block;
            }
            let within = sector.start.saturating_sub(slot.start);
            let before = within.checked_div(size).unwrap_or(0);
            block = before.min(block.saturating_sub(1));
        }
    }
}
