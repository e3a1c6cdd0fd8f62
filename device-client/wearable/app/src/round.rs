//! One round of the machine: its fetches go over the line, its flash is the board's.

use core::fmt::Write as _;

use sealift_device::link::Reply;
use sealift_device::{
    Action, Board, Device, Event, Object, RawOnly, Refusal, Report, Result, Updater,
};
use sealift_wearable_board::layout::FACTORY_ROOT;
use sealift_wearable_board::{Flash, Uart};

use crate::line::Line;

/// Bytes of the slot that are read at once.
const PIECE_BYTES: usize = 256;

/// What a failed fetch is called when nobody answers; a gateway's own reasons are below.
const DEAD_LINK: u16 = 1000;

/// Boots that an image gets to confirm itself.
const TRIES: u8 = 2;

/// What erased flash reads as.
const ERASED: u8 = 0xff;

/// Polls once. `true` when an image waits for the reboot.
#[inline(never)]
pub(crate) fn run(
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
    buffer: &mut [u8],
) -> Result<bool> {
    // Taken by reference: a machine that is moved lies on the stack twice.
    match &mut machine(board, buffer, line) {
        Ok(machine) => drive(machine, board, line, console),
        Err(error) => Err(*error),
    }
}

#[inline(never)]
fn machine<'b>(
    board: &mut Board<'_, Flash>,
    buffer: &'b mut [u8],
    line: &Line,
) -> Result<Updater<'b, RawOnly>> {
    let stored = board.stored()?;
    Updater::new(device(board), stored, RawOnly, buffer, line.now())
}

#[inline(never)]
fn drive(
    machine: &mut Updater<'_, RawOnly>,
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
) -> Result<bool> {
    let kept = board.root();
    let root = board
        .flash()
        .mapped(kept.map_or(FACTORY_ROOT, |copy| copy.bytes));
    // The root of the factory ends where nothing was written.
    let length = root.iter().take_while(|byte| **byte != ERASED).count();
    machine.begin(&root[..length])?;
    let mut piece = [0; PIECE_BYTES];
    loop {
        let event = match machine.poll(line.now()) {
            Action::Fetch {
                object,
                offset,
                max,
            } => {
                fetch(machine, line, &object, offset, max)?;
                continue;
            }
            Action::Flash(op) => board.perform(&op, &mut piece),
            Action::Persist(record) => board.persist(&record),
            Action::Wait { seconds } => {
                line.wait(seconds);
                Event::Done
            }
            Action::Report(report) => {
                say(&report, console);
                Event::Done
            }
            Action::Reboot => return Ok(true),
            Action::Idle => return Ok(false),
        };
        machine.handle(event)?;
    }
}

#[inline(never)]
fn fetch(
    machine: &mut Updater<'_, RawOnly>,
    line: &mut Line,
    object: &Object,
    offset: u64,
    max: usize,
) -> Result<()> {
    machine.handle(match line.fetch(object, offset, max) {
        Some(Reply::Bytes { bytes, end }) => Event::Bytes {
            bytes,
            end: end || bytes.len() == max,
        },
        Some(Reply::Absent) => Event::Absent,
        Some(Reply::Failed(code)) => Event::Failed(code),
        Some(Reply::Time(_)) | None => Event::Failed(DEAD_LINK),
    })
}

fn say(report: &Report, console: &mut Uart) {
    // The line for people takes everything.
    let _ = match report {
        Report::UpToDate => writeln!(console, "update: up to date"),
        // The image that runs is on offer too, and the one for the other slot.
        Report::Skipped {
            refusal: Refusal::NotNewer | Refusal::Slot,
            ..
        } => Ok(()),
        Report::Skipped { refusal, .. } => {
            let (name, code) = (refusal.name(), refusal.code());
            writeln!(console, "update: skipped: {name} ({code})")
        }
        Report::Installing {
            sequence,
            from_block,
            ..
        } => writeln!(
            console,
            "update: installing {sequence} from block {from_block}"
        ),
        Report::Installed { sequence } => writeln!(console, "update: installed {sequence}"),
        _ => Ok(()),
    };
}

fn device(board: &Board<'_, Flash>) -> Device<'static> {
    Device {
        product: "watch",
        hardware: "rev-a",
        component: "app",
        channel: "stable",
        slot_bytes: board.slot_bytes(),
        erase_bytes: board.block_bytes(),
        tries: TRIES,
    }
}
