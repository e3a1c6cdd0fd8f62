//! One round of the machine: its fetches go over the line, its flash is the board's.

use core::fmt::Write as _;

use heapless::String;
use sealift_device::limits::LINK_ADDRESS_BYTES;
use sealift_device::link::{Reply, Request};
use sealift_device::{
    Action, Board, Device, Event, Object, RawOnly, Refusal, Report, Result, Stored, Updater,
};
use sealift_wearable_board::layout::FACTORY_ROOT;
use sealift_wearable_board::{Flash, Uart};

use crate::line::{DATA_BYTES, Line};

/// Bytes of the slot that are read at once.
const PIECE_BYTES: usize = 256;

/// What a failed fetch is called when nobody answers; a gateway's own reasons are below.
const DEAD_LINK: u16 = 1000;

/// Boots that an image gets to confirm itself.
const TRIES: u8 = 2;

/// What erased flash reads as.
const ERASED: u8 = 0xff;

/// Polls once. `true` when an image waits for the reboot.
pub(crate) fn run(
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
    buffer: &mut [u8],
) -> Result<bool> {
    let stored = board.stored()?;
    // Taken by reference: a machine that is moved lies on the stack twice.
    match &mut machine(device(board), stored, buffer, line) {
        Ok(machine) => drive(machine, board, line, console),
        Err(error) => Err(*error),
    }
}

#[inline(never)]
fn machine<'b>(
    device: Device<'static>,
    stored: Stored,
    buffer: &'b mut [u8],
    line: &Line,
) -> Result<Updater<'b, RawOnly>> {
    Updater::new(device, stored, RawOnly, buffer, line.now())
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
    let mut address = String::<LINK_ADDRESS_BYTES>::new();
    if write!(address, "{object}").is_err() {
        return machine.handle(Event::Failed(DEAD_LINK));
    }
    let most = u16::try_from(max).map_or(DATA_BYTES, |max| max.min(DATA_BYTES));
    let request = Request::Bytes {
        address: &address,
        offset,
        max: most,
    };
    let answered = line.ask(request, |reply| {
        machine.handle(match reply {
            Reply::Bytes { bytes, end } => Event::Bytes {
                bytes,
                end: end || bytes.len() == max,
            },
            Reply::Absent => Event::Absent,
            Reply::Failed(code) => Event::Failed(code),
            Reply::Time(_) => Event::Failed(DEAD_LINK),
        })
    });
    answered.unwrap_or_else(|| machine.handle(Event::Failed(DEAD_LINK)))
}

fn say(report: &Report, console: &mut Uart) {
    // The line for people takes everything.
    let _ = match report {
        Report::UpToDate => writeln!(console, "update: up to date"),
        Report::Skipped {
            refusal: Refusal::NotNewer,
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
