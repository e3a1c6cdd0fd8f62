//! One round of the machine: its fetches go over the line, its flash is the board's.

#[cfg(feature = "verify-at-boot")]
use sealift_device::Anchor;
use sealift_device::link::Reply;
use sealift_device::{
    Action, Board, Device, Event, EvidenceOp, FlashOp, Refusal, Report, Result, Updater,
};
#[cfg(feature = "verify-at-boot")]
use sealift_metadata::Digest;
use sealift_wearable_board::layout::{COMPONENT, FACTORY_ROOT, HARDWARE, PRODUCT};
use sealift_wearable_board::{Flash, Uart, watchdog};

use crate::line::Line;
use crate::number;

#[cfg(not(feature = "microbit"))]
use crate::unpack::Unpack as Encodings;
/// The encodings that there is memory for, beside `raw`.
#[cfg(feature = "microbit")]
use sealift_device::RawOnly as Encodings;

/// Bytes of the slot that are read at once.
const PIECE_BYTES: usize = if cfg!(feature = "microbit") { 128 } else { 256 };

/// What a failed fetch is called when nobody answers; a gateway's own reasons are below.
const DEAD_LINK: u16 = 1000;

/// The version of the factory's root, which a boot loader that checks signatures pins.
#[cfg(feature = "verify-at-boot")]
const PINNED_ROOT: u64 = 1;

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
    board.settle()?;
    poll(board, line, console, buffer)
}

#[inline(never)]
fn poll(
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
    buffer: &mut [u8],
) -> Result<bool> {
    // Taken by reference: a machine that is moved lies on the stack twice.
    match &mut machine(board, buffer, line) {
        Ok(machine) => {
            #[cfg(feature = "verify-at-boot")]
            machine.keep_evidence(
                sealift_metadata::name::Version::new(PINNED_ROOT)?,
                sealift_wearable_board::layout::EVIDENCE_BYTES,
            )?;
            drive(machine, board, line, console)
        }
        Err(error) => Err(*error),
    }
}

#[inline(never)]
fn machine<'b>(
    board: &Board<'_, Flash>,
    buffer: &'b mut [u8],
    line: &Line,
) -> Result<Updater<'b, Encodings>> {
    Updater::new(
        device(board),
        board.settled(),
        Encodings,
        buffer,
        line.now(),
    )
}

#[inline(never)]
fn drive(
    machine: &mut Updater<'_, Encodings>,
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
) -> Result<bool> {
    machine.begin(root(board))?;
    loop {
        match ask(machine, board, line, console) {
            Asked::Piece { max } => machine.handle(piece(line, max))?,
            Asked::Slot { op } => read(machine, board, &op)?,
            Asked::Evidence { op } => {
                let event = keep_evidence(board, op);
                machine.handle(event)?;
            }
            Asked::Done(event) => machine.handle(event)?,
            Asked::Over { reboots } => return Ok(reboots),
        }
    }
}

/// The root that was trusted last.
#[inline(never)]
fn root<'b>(board: &'b mut Board<'_, Flash>) -> &'b [u8] {
    match board.root() {
        Some(copy) => board.flash().mapped(copy.bytes),
        None => factory_root(board),
    }
}

/// The root of the factory ends where nothing was written.
fn factory_root<'b>(board: &'b Board<'_, Flash>) -> &'b [u8] {
    let area = board.flash().mapped(FACTORY_ROOT);
    let length = area.iter().take_while(|byte| **byte != ERASED).count();
    area.get(..length).unwrap_or_default()
}

/// What the boot loader will go by: the factory's root is the one that it pins.
#[cfg(feature = "verify-at-boot")]
#[inline(never)]
fn keep_evidence(board: &mut Board<'_, Flash>, op: EvidenceOp<'_>) -> Event<'static> {
    let anchor = Anchor {
        root: Digest::of(factory_root(board)),
        product: PRODUCT,
        component: COMPONENT,
        hardware: HARDWARE,
        floor: 0,
    };
    board.keep_evidence(op, &anchor)
}

/// Nobody asked for it.
#[cfg(not(feature = "verify-at-boot"))]
const fn keep_evidence(_: &mut Board<'_, Flash>, _: EvidenceOp<'_>) -> Event<'static> {
    Event::Failed(0)
}

/// What came of a question of the machine, without the addresses and records that it was asked
/// with: those would lie on the stack while the answer is verified.
enum Asked<'m> {
    /// A reply came over the line, or none.
    Piece { max: usize },
    /// A part of the slot is to be read.
    Slot { op: FlashOp<'static> },
    /// The evidence of the slot is to be worked on.
    Evidence { op: EvidenceOp<'m> },
    /// It was done.
    Done(Event<'static>),
    /// The round is over.
    Over { reboots: bool },
}

#[inline(never)]
fn ask<'m>(
    machine: &'m mut Updater<'_, Encodings>,
    board: &mut Board<'_, Flash>,
    line: &mut Line,
    console: &mut Uart,
) -> Asked<'m> {
    watchdog::feed();
    Asked::Done(match machine.poll(line.now()) {
        Action::Fetch {
            object,
            offset,
            max,
        } => {
            if !line.fetch(&object, offset, max) {
                return Asked::Done(Event::Failed(DEAD_LINK));
            }
            return Asked::Piece { max };
        }
        Action::Flash(FlashOp::Read {
            component,
            slot,
            offset,
            length,
        }) => {
            let op = FlashOp::Read {
                component,
                slot,
                offset,
                length,
            };
            return Asked::Slot { op };
        }
        Action::Flash(op) => board.perform(&op, &mut []),
        Action::Evidence(op) => return Asked::Evidence { op },
        Action::Persist(record) => board.persist(&record),
        Action::Wait { seconds } => {
            line.wait(seconds);
            Event::Done
        }
        Action::Report(report) => {
            say(&report, console);
            Event::Done
        }
        Action::Reboot => return Asked::Over { reboots: true },
        Action::Idle => return Asked::Over { reboots: false },
    })
}

/// What the line's reply means to the machine, which asked for `max` bytes.
fn piece(line: &Line, max: usize) -> Event<'_> {
    match line.reply() {
        Some(Reply::Bytes { bytes, end }) => Event::Bytes {
            bytes,
            end: end || bytes.len() == max,
        },
        Some(Reply::Absent) => Event::Absent,
        Some(Reply::Failed(code)) => Event::Failed(code),
        Some(Reply::Time(_)) | None => Event::Failed(DEAD_LINK),
    }
}

#[inline(never)]
fn read(
    machine: &mut Updater<'_, Encodings>,
    board: &mut Board<'_, Flash>,
    op: &FlashOp<'_>,
) -> Result<()> {
    let mut bytes = [0; PIECE_BYTES];
    machine.handle(board.perform(op, &mut bytes))
}

fn say(report: &Report, console: &mut Uart) {
    match report {
        Report::UpToDate => console.say(&["update: up to date"]),
        // The image that runs is on offer too, and the one for the other slot.
        Report::Skipped {
            refusal: Refusal::NotNewer | Refusal::Slot,
            ..
        } => {}
        Report::Skipped { refusal, .. } => {
            console.say(&["update: skipped (", &number(refusal.code()), ")"]);
        }
        Report::Installing {
            sequence,
            from_block,
            ..
        } => {
            let [sequence, block] = [*sequence, u64::from(*from_block)].map(number);
            console.say(&["update: installing ", &sequence, " from block ", &block]);
        }
        Report::Installed { sequence } => {
            console.say(&["update: installed ", &number(*sequence)]);
        }
        _ => {}
    }
}

fn device(board: &Board<'_, Flash>) -> Device<'static> {
    Device {
        product: PRODUCT,
        hardware: HARDWARE,
        component: COMPONENT,
        channel: "stable",
        slot_bytes: board.slot_bytes(),
        erase_bytes: board.block_bytes(),
        tries: TRIES,
    }
}
