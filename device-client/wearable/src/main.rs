//! A refresh, the channel and the image on a Cortex-M4, from a repository that is linked in: what
//! `cargo xtask size` measures.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::hio;
use sealift_device::floor_log::Log;
use sealift_device::{Action, BootState, Device, Event, FindOnly, Object, Report, Stored, Updater};
use sealift_metadata::{Time, spell};
// Its short vector table, and its small copying.
use sealift_wearable_board as _;

/// The caller's buffer, in bytes.
const BUFFER_BYTES: usize = 8 * 1024;

/// Bytes that the link carries at once.
const PIECE_BYTES: usize = 244;

/// Length of an address in bytes.
const ADDRESS_BYTES: usize = 384;

/// When the repository is fresh.
const NOW: Time = Time::from_seconds(1_800_000_000);

/// The files of a repository, by their addresses.
static FILES: &[(&str, &[u8])] = include!(env!("SEALIFT_FILES"));

#[entry]
fn main() -> ! {
    let buffer = cortex_m::singleton!(BUFFER: [u8; BUFFER_BYTES] = [0; BUFFER_BYTES]);
    let outcome = buffer.map_or(0, |buffer| update(buffer));
    say(outcome);
    loop {
        cortex_m::asm::wfi();
    }
}

/// Tells whoever runs this how it went.
fn say(outcome: u64) {
    let Ok(mut host) = hio::hstdout() else {
        return;
    };
    let outcome = spell::decimal(outcome);
    let buffer = spell::decimal(BUFFER_BYTES as u64);
    for text in ["outcome ", &outcome, " buffer ", &buffer, "\n"] {
        // Nobody is there to hear of a failure.
        let _ = host.write_all(text.as_bytes());
    }
}

/// Polls once. Returns the sequence of the image that it would install, or 1000 and the number of
/// the error.
fn update(buffer: &mut [u8]) -> u64 {
    // Taken by reference: a machine that is moved lies on the stack twice.
    let outcome = match &mut machine(buffer) {
        Ok(machine) => run(machine),
        Err(error) => Err(*error),
    };
    outcome.unwrap_or_else(|error| 1000 + u64::from(error.code()))
}

/// A machine with what a device from the factory kept.
#[inline(never)]
fn machine(buffer: &mut [u8]) -> sealift_device::Result<Updater<'_, FindOnly>> {
    let stored = Stored {
        log: Log::default(),
        boot: BootState::factory(),
    };
    Updater::new(device(), stored, FindOnly, buffer, NOW)
}

#[inline(never)]
fn run(machine: &mut Updater<'_, FindOnly>) -> sealift_device::Result<u64> {
    machine.begin(file("metadata/1.root.json").unwrap_or_default())?;
    loop {
        match ask(machine) {
            Step::Fetch(None) => machine.handle(Event::Absent)?,
            Step::Fetch(Some((bytes, end))) => machine.handle(Event::Bytes { bytes, end })?,
            Step::Found(sequence) => return Ok(sequence),
            Step::Over => return Ok(0),
            Step::Nothing => machine.handle(Event::Done)?,
        }
    }
}

/// What the machine wants, without the addresses and records that it is told with: those would lie
/// on the stack while the answer is verified.
enum Step {
    /// A piece of an object, and whether it is the last one.
    Fetch(Option<(&'static [u8], bool)>),
    /// There is an image of this sequence.
    Found(u64),
    /// The round is over.
    Over,
    /// Nothing that matters here.
    Nothing,
}

#[inline(never)]
fn ask(machine: &mut Updater<'_, FindOnly>) -> Step {
    match machine.poll(NOW) {
        Action::Fetch {
            object,
            offset,
            max,
        } => Step::Fetch(piece(&object, offset, max)),
        Action::Report(Report::Found { sequence, .. }) => Step::Found(sequence),
        Action::Idle | Action::Reboot => Step::Over,
        _ => Step::Nothing,
    }
}

/// The next piece of an object, and whether it is the last one.
fn piece(object: &Object, offset: u64, max: usize) -> Option<(&'static [u8], bool)> {
    let bytes = file(&object.address::<ADDRESS_BYTES>()?)?;
    let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
    let rest = rest.unwrap_or_default();
    let piece = rest.get(..rest.len().min(max).min(PIECE_BYTES))?;
    let end = piece.len() == rest.len() || piece.len() == max;
    Some((piece, end))
}

fn file(address: &str) -> Option<&'static [u8]> {
    let found = FILES.iter().find(|(name, _)| *name == address);
    found.map(|(_, bytes)| *bytes)
}

const fn device() -> Device<'static> {
    Device {
        product: "watch",
        hardware: "rev-a",
        component: "app",
        channel: "stable",
        slot_bytes: 128 * 1024,
        erase_bytes: 1024,
        tries: 2,
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::bkpt();
    }
}
