//! Work on slots, and where a download goes on.

use embedded_storage::nor_flash::NorFlash;
use heapless::Vec;

use super::layout::{Area, Layout};
use super::{Board, Fault, Kept};
use crate::action::{Event, FlashOp};
use crate::limits::OTHERS;
use crate::others::{Component, Tag};
use crate::records::set::SetState;
use crate::slot::{SlotId, SlotRecord, SlotState};

/// A component's slot; the first component is 0.
pub(super) type Place = (usize, SlotId);

impl<F: NorFlash> Board<'_, F, SetState> {
    /// The components beside the first, in their order: what [`Others::new`](crate::Others::new)
    /// takes.
    ///
    /// # Errors
    /// [`Error::Identity`](crate::Error::Identity) where the layout names what is no component.
    pub fn components(&self) -> crate::Result<Vec<Component, OTHERS>> {
        let mut components = Vec::new();
        for other in self.layout.others {
            let component = Component::new(other.component, shorter(other.slots))?;
            // The layout was checked: there are not more.
            let _ = components.push(component);
        }
        Ok(components)
    }
}

impl<F: NorFlash, K: Kept> Board<'_, F, K> {
    /// The length of an image that fits both slots of the first component, in bytes: the
    /// `slot_bytes` of a [`Device`](crate::Device).
    pub fn slot_bytes(&self) -> u64 {
        shorter(self.layout.slots)
    }

    /// What blocks of an image must be a multiple of, in bytes: the `erase_bytes` of a
    /// [`Device`](crate::Device). Sectors may be longer: see [`Board::stored`].
    pub const fn block_bytes(&self) -> u32 {
        crate::limits::BLOCK_UNIT_BYTES
    }

    /// Does what the machine asks for, and says what to tell it. `piece` takes what is read; it holds
    /// 32 bytes or more.
    pub fn perform<'p>(&mut self, op: &FlashOp<'_>, piece: &'p mut [u8]) -> Event<'p> {
        let done = match *op {
            FlashOp::Read {
                component,
                slot,
                offset,
                length,
            } => match self.read_slot((component, slot), offset, length, piece) {
                Ok(bytes) => return Event::FlashBytes(bytes),
                Err(fault) => Err(fault),
            },
            FlashOp::Erase {
                component,
                slot,
                offset,
                length,
            } => self.erase_slot((component, slot), offset, length),
            FlashOp::Write {
                component,
                slot,
                offset,
                bytes,
            } => self.write_slot((component, slot), offset, bytes),
        };
        done.map_or_else(|fault| Event::Failed(fault.code()), |()| Event::Done)
    }

    fn read_slot<'p>(
        &mut self,
        slot: Place,
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
    fn erase_slot(&mut self, slot: Place, offset: u64, length: u64) -> Result<(), Fault> {
        self.check_idle(slot.1)?;
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

    fn write_slot(&mut self, slot: Place, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        self.check_idle(slot.1)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let range = self.part(slot, offset, length)?;
        let written = self.chip.write(range.start, bytes);
        if written.is_err() {
            self.step_back(slot);
        }
        written
    }

    /// A part of a slot.
    fn part(&self, slot: Place, offset: u64, length: u64) -> Result<Area, Fault> {
        let slot = self.slot_area(slot).ok_or(Fault::Range)?;
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
        let boot = self.boot.boot();
        let is_trial = boot.trial().is_some_and(|(id, ..)| id == slot);
        if is_trial || slot == boot.active {
            return Err(Fault::RunningSlot);
        }
        Ok(())
    }

    /// Where a slot lies; `None` of a component that there is not.
    pub(super) fn slot_area(&self, slot: Place) -> Option<Area> {
        let (component, id) = slot;
        if K::IS_SET {
            self.layout.slot_of(component, id)
        } else {
            Some(self.layout.slot(id))
        }
    }

    /// What could not be written is begun again with its sector. If that cannot be recorded
    /// either, there is nothing left to do but to say that the flash failed.
    fn step_back(&mut self, slot: Place) {
        let mut state = self.boot.clone();
        let Some(record) = record_mut(&self.layout, &mut state, slot) else {
            return;
        };
        if let SlotState::Receiving { block, size } = record.state {
            let block = self.sector_block(slot, block, size);
            record.state = SlotState::Receiving { block, size };
            let _ = self.keep_boot(&state);
        }
    }

    /// Lets a download go on where its next block begins a sector, or where the rest of the sector
    /// is blank: bytes that a cut left there can only be erased together with those before.
    pub(super) fn lower_progress(&mut self, state: &mut K) {
        let id = state.boot().active.other();
        let others = if K::IS_SET {
            self.layout.others.len()
        } else {
            0
        };
        for component in 0..=others {
            let layout = self.layout;
            if let Some(record) = record_mut(&layout, state, (component, id)) {
                self.lower_record((component, id), record);
            }
        }
    }

    fn lower_record(&mut self, slot: Place, record: &mut SlotRecord) {
        let SlotState::Receiving { block, size } = record.state else {
            return;
        };
        let offset = u64::from(block).saturating_mul(u64::from(size));
        if offset >= record.length || self.is_rest_blank(slot, offset) {
            return;
        }
        let block = self.sector_block(slot, block, size);
        record.state = SlotState::Receiving { block, size };
    }

    /// Whether nothing lies between an offset of a slot and the end of its sector.
    fn is_rest_blank(&mut self, slot: Place, offset: u64) -> bool {
        let Ok(at) = self.part(slot, offset, 0) else {
            return false;
        };
        let start = at.start;
        let sector = self.layout.sector::<F>(start);
        let length = sector.end().saturating_sub(start);
        sector.start == start || self.chip.is_blank(Area { start, length }) == Ok(true)
    }

    /// The last block up to `block` that begins a sector.
    fn sector_block(&self, slot: Place, block: u32, size: u32) -> u32 {
        let Some(slot) = self.slot_area(slot) else {
            return 0;
        };
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

/// What the records hold of a slot; `None` where they hold nothing.
pub(super) fn record_mut<'k, K: Kept>(
    layout: &Layout<'_>,
    state: &'k mut K,
    slot: Place,
) -> Option<&'k mut SlotRecord> {
    let (component, id) = slot;
    let (boot, parts) = state.split();
    if !K::IS_SET {
        return Some(boot.slot_mut(id));
    }
    let Some(place) = component.checked_sub(1) else {
        return Some(boot.slot_mut(id));
    };
    let tag = Tag::of(layout.others.get(place)?.component);
    let part = parts.iter_mut().find(|part| part.tag == tag)?;
    Some(part.slot_mut(id))
}

fn shorter(slots: [Area; 2]) -> u64 {
    let [a, b] = slots;
    u64::from(a.length.min(b.length))
}
