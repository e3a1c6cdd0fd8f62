//! What a wearable leaves its factory with: an application in slot A, a record of it, a root.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealift_device::nor::Board;
use sealift_device::slot::{SlotId, SlotRecord, SlotState};
use sealift_device::{BootState, Event, Record};
use sealift_metadata::Digest;

use super::Machine;
use crate::evidence::Evidence;
use crate::flash::Flash;

/// Writes the flash of a fresh device into a file.
///
/// # Errors
/// When something does not fit its area, or the file cannot be written.
pub fn write(machine: Machine, file: &Path, version: &str, app: &[u8], root: &[u8]) -> Result<()> {
    let mut flash = Flash::<4>::erased(machine.geometry(), 0);
    let slot = machine.geometry().layout.slots[0];
    ensure!(app.len() <= slot.length as usize, "the slot is too small");
    ensure!(
        root.len() < machine.factory_root().length as usize,
        "the root is too long"
    );
    flash.scribble(slot.start, app);
    flash.scribble(machine.factory_root().start, root);

    let mut board = Board::open(flash, machine.geometry().layout, machine.geometry().erased)?;
    board.stored()?;
    let state = BootState {
        a: SlotRecord {
            state: SlotState::Confirmed,
            sequence: 1,
            length: u64::try_from(app.len())?,
            sha256: Digest::of(app),
            version: version.try_into().ok().context("a short version")?,
            ..SlotRecord::EMPTY
        },
        ..BootState::factory()
    };
    let kept = board.persist(&Record::Boot(&state, &[]));
    ensure!(matches!(kept, Event::Done), "the record cannot be written");
    keep(machine, file, &board.release())
}

fn keep(machine: Machine, file: &Path, flash: &Flash<4>) -> Result<()> {
    let memory = File::create(file)?;
    memory.set_len(machine.file_bytes())?;
    memory.write_all_at(flash.peek(0..machine.geometry().capacity()), 0)?;
    Ok(())
}

/// Lays evidence beside a slot.
///
/// # Errors
/// When it does not fit, or the file cannot be written.
pub fn prove(machine: Machine, file: &Path, index: usize, evidence: &Evidence) -> Result<()> {
    let areas = machine
        .geometry()
        .layout
        .evidence
        .context("the board has areas")?;
    let area = areas.get(index).context("two slots")?;
    let bytes = evidence.bytes(0xff);
    ensure!(bytes.len() <= area.length as usize, "the area is too small");
    let memory = File::options().write(true).open(file)?;
    Ok(memory.write_all_at(&bytes, area.start.into())?)
}

/// Writes an image into a slot from outside, with a record that says nothing else: what somebody
/// does who has the flash in their hands.
///
/// # Errors
/// When the file cannot be read or written.
pub fn replace(machine: Machine, file: &Path, id: SlotId, image: &[u8]) -> Result<()> {
    let mut flash = read(machine, file)?;
    let slot = machine.geometry().layout.slot(id);
    flash.scribble(slot.start, image);
    let mut board = Board::open(flash, machine.geometry().layout, machine.geometry().erased)?;
    let mut state = board.state().clone();
    *state.slot_mut(id) = SlotRecord {
        state: SlotState::Confirmed,
        sequence: 99,
        length: u64::try_from(image.len())?,
        sha256: Digest::of(image),
        ..state.slot(id).clone()
    };
    state.active = id;
    let kept = board.persist(&Record::Boot(&state, &[]));
    ensure!(matches!(kept, Event::Done), "the record cannot be written");
    keep(machine, file, &board.release())
}

/// What the boot records in a file say.
///
/// # Errors
/// When they say nothing that is valid.
pub fn state(machine: Machine, file: &Path) -> Result<BootState> {
    let board = Board::open(
        read(machine, file)?,
        machine.geometry().layout,
        machine.geometry().erased,
    )?;
    Ok(board.state().clone())
}

fn read(machine: Machine, file: &Path) -> Result<Flash<4>> {
    let mut bytes = vec![0; machine.geometry().capacity() as usize];
    File::open(file)?.read_exact_at(&mut bytes, 0)?;
    let mut flash = Flash::<4>::erased(machine.geometry(), 0);
    flash.scribble(0, &bytes);
    Ok(flash)
}

/// The bytes of a slot in a file.
///
/// # Errors
/// When the file cannot be read.
pub fn slot(machine: Machine, file: &Path, index: usize, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let start = machine
        .geometry()
        .layout
        .slots
        .get(index)
        .context("two slots")?
        .start;
    File::open(file)?.read_exact_at(&mut bytes, start.into())?;
    Ok(bytes)
}
