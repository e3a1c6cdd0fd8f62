//! The components of a set, one after the other: the first one last, for it is the one that says
//! whether the set may run.

use core::mem::swap;

use super::{At, Install, count};
use crate::Result;
use crate::action::Report;
use crate::core_state::{Ask, Core, Turn};
use crate::decode::Decode;
use crate::error::Error;
use crate::others::Others;
use crate::select::Choice;
use crate::slot::{SlotRecord, SlotState};

impl Install {
    /// Looks whether an earlier round worked on this set. What the slots of this letter hold may
    /// run until the first part of it is recorded.
    pub(super) fn open_set<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let slot = core.boot.slot(core.boot.active.other());
        self.is_new = !is_begun(slot, &self.choice.record);
        self.next_part(core)
    }

    /// Goes on with the next component, and after the last of them with the first.
    pub(super) fn next_part<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        let others = core.decode.others_mut().ok_or(Error::UnexpectedEvent)?;
        others.current = others.current.saturating_add(1);
        if others.current > others.components().len() {
            others.current = 0;
        }
        self.change_places(core)?;
        core.arena.release(0);
        self.block = resume(core, &mut self.choice);
        self.attempts = 0;
        if !is_part(core) {
            return self.open(core);
        }
        let report = Report::Installing {
            path: self.choice.path.clone(),
            sequence: self.choice.record.sequence,
            from_block: self.block.min(count(&self.choice)?),
        };
        self.at(core, At::Part, Ask::Report(report))
    }

    /// A component is whole: the next one's turn.
    pub(super) fn end_part<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<Turn> {
        self.change_places(core)?;
        self.next_part(core)
    }

    /// Takes up the choice of the component that is worked on, and leaves its own in its place; or
    /// puts both back.
    fn change_places<D: Decode>(&mut self, core: &mut Core<'_, D>) -> Result<()> {
        let others = core.decode.others_mut().ok_or(Error::UnexpectedEvent)?;
        let Some(place) = others.current.checked_sub(1) else {
            return Ok(());
        };
        let pick = others.picks.get_mut(place).and_then(Option::as_mut);
        let (_, choice) = pick.ok_or(Error::UnexpectedEvent)?;
        swap(&mut self.choice, choice);
        Ok(())
    }
}

/// Before anything of a part is recorded or erased, the first component says that the slots of this
/// letter hold no set that could run. Says whether that is news.
pub(super) fn open_first<D: Decode>(core: &mut Core<'_, D>) -> bool {
    let place = core.decode.others().map(|others| others.current);
    let Some(place) = place.and_then(|current| current.checked_sub(1)) else {
        return false;
    };
    // While a part is worked on, the first one's choice lies in its place.
    let others = core.decode.others();
    let pick = others.and_then(|others| others.picks.get(place)?.as_ref());
    let Some((_, first)) = pick else {
        return false;
    };
    let id = core.boot.active.other();
    if is_begun(core.boot.slot(id), &first.record) {
        return false;
    }
    let state = SlotState::Receiving {
        block: 0,
        size: first.blocks.size,
    };
    *core.boot.slot_mut(id) = SlotRecord {
        state,
        ..first.record.clone()
    };
    true
}

/// Whether a slot was begun with this image.
fn is_begun(slot: &SlotRecord, record: &SlotRecord) -> bool {
    let is_begun = matches!(slot.state, SlotState::Receiving { .. } | SlotState::Staged);
    is_begun && slot.is_same_image(record)
}

/// The slot that is worked on.
pub(super) fn slot<'c, D: Decode>(core: &'c mut Core<'_, D>) -> &'c mut SlotRecord {
    let id = core.boot.active.other();
    match core.decode.others_mut().and_then(Others::part_mut) {
        Some(part) => part.slot_mut(id),
        None => core.boot.slot_mut(id),
    }
}

/// The block that comes next, where an earlier round came to; one behind all where the slot is
/// whole.
pub(super) fn resume<D: Decode>(core: &mut Core<'_, D>, choice: &mut Choice) -> u32 {
    let is_part = is_part(core);
    let slot = slot(core);
    let is_same = if is_part {
        // The bytes of an earlier release will do.
        slot.holds_same(&choice.record)
    } else {
        slot.is_same_image(&choice.record)
    };
    if !is_same {
        return 0;
    }
    if slot.is_same_image(&choice.record) {
        choice.record.downloads = slot.downloads;
    }
    let size = choice.blocks.size;
    match slot.state {
        SlotState::Receiving { block, size: of } if of == size => block,
        SlotState::Staged => u32::MAX,
        _ => 0,
    }
}

/// Whether the device has several components.
pub(super) fn is_set<D: Decode>(core: &Core<'_, D>) -> bool {
    core.decode.others().is_some()
}

/// Whether another component than the first is worked on.
pub(super) fn is_part<D: Decode>(core: &Core<'_, D>) -> bool {
    core.decode
        .others()
        .is_some_and(|others| others.current > 0)
}
