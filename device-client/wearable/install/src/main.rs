//! Installs an image that is linked in, and counts: what `cargo xtask bench wearable` measures.
//!
//! From the first question of the installer to the reboot, against the hashes that nobody can do
//! without: of the encoding, of the image, and of the image as it is read back.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

/// Time in cycles.
mod timer;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use cortex_m_semihosting::hio;
use embedded_storage::nor_flash::NorFlash as _;
use sealift_device::decode::{Deflate, Inflate};
use sealift_device::nor::Erased;
use sealift_device::{Action, Board, Device, Error, Event, Object, Report, Result, Updater};
use sealift_metadata::digest::Hasher;
use sealift_metadata::{Time, spell};
use sealift_wearable_board::Flash;
use sealift_wearable_board::layout::LAYOUT;

use timer::Timer;

/// The caller's buffer, in bytes: a block table and a block, before and after it was decoded.
const BUFFER_BYTES: usize = 12 * 1024;

/// Bytes of a slot that are read at once.
const PIECE_BYTES: usize = 256;

/// Length of an address in bytes.
const ADDRESS_BYTES: usize = 384;

/// When the repository is fresh.
const NOW: Time = Time::from_seconds(1_800_000_000);

/// The files of a repository, by their addresses.
static FILES: &[(&str, &[u8])] = include!(env!("SEALIFT_FILES"));

/// The encoding of the only image.
static ENCODING: &[u8] = include_bytes!(env!("SEALIFT_ENCODING"));

#[entry]
fn main() -> ! {
    let buffer = cortex_m::singleton!(BUFFER: [u8; BUFFER_BYTES] = [0; BUFFER_BYTES]);
    let core = cortex_m::Peripherals::take();
    if let (Some(buffer), Some(core)) = (buffer, core) {
        let timer = Timer::start(core.SYST);
        match measure(&timer, buffer) {
            Ok(counted) => say_counted(&counted.map(spell::decimal)),
            Err(error) => say(&["error ", &spell::decimal(error.code().into())]),
        }
    }
    loop {
        cortex_m::asm::wfi();
    }
}

/// The lengths of the image and of its encoding, and the ticks of both.
fn measure(timer: &Timer, buffer: &mut [u8]) -> Result<[u64; 4]> {
    let mut flash = Flash::new();
    // It begins with zeros, which no flash does.
    let erased = flash.erase(0, Flash::BYTES);
    erased.map_err(|_| Error::Storage { code: 0 })?;
    let mut board = Board::open(flash, LAYOUT, Erased::Ones)?;
    let install = install(timer, &mut board, buffer)?;
    let (id, ..) = board.state().trial().ok_or(Error::NothingToBoot)?;
    let length = board.state().slot(id).length;
    let mut slot = LAYOUT.slot(id);
    slot.length = u32::try_from(length).unwrap_or(0);
    let image = board.flash().mapped(slot);
    let start = timer.ticks();
    for bytes in [ENCODING, image, image] {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        // Nobody may find that it is of no use.
        core::hint::black_box(hasher.finish());
    }
    let floor = timer.since(start);
    Ok([length, ENCODING.len() as u64, install.into(), floor.into()])
}

/// Runs a round, and counts from the moment that it has an image to install.
fn install(timer: &Timer, board: &mut Board<'_, Flash>, buffer: &mut [u8]) -> Result<u32> {
    let device = Device {
        product: "watch",
        hardware: "rev-a",
        component: "app",
        channel: "stable",
        slot_bytes: board.slot_bytes(),
        erase_bytes: board.block_bytes(),
        tries: 2,
    };
    let mut state = Inflate::default();
    let stored = board.stored()?;
    let mut machine = Updater::new(device, stored, Deflate::new(&mut state), buffer, NOW)?;
    machine.begin(file("metadata/1.root.json").unwrap_or_default())?;
    let mut piece = [0; PIECE_BYTES];
    let mut start = timer.ticks();
    loop {
        let event = match machine.poll(NOW) {
            Action::Fetch {
                object,
                offset,
                max,
            } => fetch(&object, offset, max),
            Action::Flash(op) => board.perform(&op, &mut piece),
            Action::Persist(record) => board.persist(&record),
            Action::Report(Report::Installing { .. }) => {
                start = timer.ticks();
                Event::Done
            }
            Action::Report(_) | Action::Wait { .. } | Action::Evidence(_) => Event::Done,
            Action::Reboot => return Ok(timer.since(start)),
            Action::Idle => return Err(Error::NothingToBoot),
        };
        machine.handle(event)?;
    }
}

fn fetch(object: &Object, offset: u64, max: usize) -> Event<'static> {
    let address = object.address::<ADDRESS_BYTES>();
    let Some(bytes) = address.and_then(|address| file(&address)) else {
        return Event::Absent;
    };
    let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
    let rest = rest.unwrap_or_default();
    let bytes = rest.get(..max).unwrap_or(rest);
    Event::Bytes { bytes, end: true }
}

fn file(address: &str) -> Option<&'static [u8]> {
    let found = FILES.iter().find(|(name, _)| *name == address);
    found.map(|(_, bytes)| *bytes)
}

fn say_counted([bytes, encoding, install, floor]: &[heapless::String<20>; 4]) {
    say(&[
        "bytes ",
        bytes,
        " encoding ",
        encoding,
        " install ",
        install,
        " floor ",
        floor,
    ]);
}

/// Tells whoever runs this.
fn say(texts: &[&str]) {
    let Ok(mut host) = hio::hstdout() else {
        return;
    };
    for text in texts.iter().chain(&["\n"]) {
        // Nobody is there to hear of a failure.
        let _ = host.write_all(text.as_bytes());
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::bkpt();
    }
}
