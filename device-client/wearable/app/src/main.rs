//! An application that keeps itself up to date over a serial line: it confirms itself once its
//! self-test has passed, polls, installs into the other slot and reboots.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

/// The line to the gateway.
mod line;
/// One round of the machine.
mod round;
/// Images that travel packed.
#[cfg(not(feature = "microbit"))]
mod unpack;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use heapless::String;
use sealift_device::nor::{Board, Erased};
use sealift_device::slot::SlotId;
use sealift_device::{Error, Result};
use sealift_metadata::{Digest, spell};
use sealift_wearable_board::clock::Clock;
use sealift_wearable_board::layout::LAYOUT;
use sealift_wearable_board::{Flash, Stack, Uart, reset, watchdog};

use line::Line;

/// What the application calls itself.
const VERSION: &str = match option_env!("SEALIFT_WEARABLE_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// The slot that it was linked for.
const SLOT: &str = env!("SEALIFT_SLOT");

const RUNNING: SlotId = match SLOT.as_bytes() {
    b"a" => SlotId::A,
    b"b" => SlotId::B,
    _ => panic!("SEALIFT_SLOT is a or b"),
};

/// The machine's buffer, in bytes: the window that documents pass through, or a block table and a
/// block.
const BUFFER_BYTES: usize = if cfg!(feature = "microbit") { 4 } else { 8 } * 1024;

/// Seconds between two polls; a wearable would take hours.
const POLL_SECONDS: u64 = 2;

const _: () = assert!(LAYOUT.fits::<Flash>(Flash::BYTES).is_ok());

#[entry]
fn main() -> ! {
    let stack = Stack::paint();
    let mut console = Uart::console();
    console.say(&["app: ", VERSION, " runs in slot ", SLOT]);
    if cfg!(feature = "crash-at-boot") {
        crash();
    }
    let buffer = cortex_m::singleton!(BUFFER: [u8; BUFFER_BYTES] = [0; BUFFER_BYTES]);
    let frames = cortex_m::singleton!(FRAMES: [u8; line::BUFFER_BYTES] = [0; line::BUFFER_BYTES]);
    let core = cortex_m::Peripherals::take();
    let (Some(buffer), Some(frames), Some(core)) = (buffer, frames, core) else {
        reset()
    };
    let clock = Clock::start(core.SYST);
    let first = match confirm(&mut console) {
        Ok(first) => first,
        Err(error) => {
            // Nothing can be kept. A product would go on with its work, without updates.
            console.say(&["app: no updates (", &number(error.code()), ")"]);
            loop {
                watchdog::feed();
                clock.wait(1000);
            }
        }
    };
    let mut line = Line::new(Uart::link(), clock, frames, first);
    loop {
        line.ask_time();
        match update(&mut line, &mut console, buffer) {
            Ok(true) => {
                report_memory(stack, &mut console);
                reset()
            }
            Ok(false) => {}
            Err(error) => console.say(&["update: over (", &number(error.code()), ")"]),
        }
        report_memory(stack, &mut console);
        line.wait(POLL_SECONDS);
    }
}

/// Faults at its first boot, and hangs at the second.
fn crash() -> ! {
    let board = Board::open_fitting(Flash::new(), LAYOUT, Erased::Ones);
    let left = board.ok().and_then(|board| board.state().trial());
    match left {
        Some((_, 0, _)) => loop {
            cortex_m::asm::wfi();
        },
        _ => cortex_m::asm::udf(),
    }
}

fn report_memory(stack: Stack, console: &mut Uart) {
    let [variables, peak] = [stack.variables(), stack.peak()].map(|bytes| number(bytes as u64));
    console.say(&["memory: variables ", &variables, " stack ", &peak]);
}

/// Decimal digits.
fn number(value: impl Into<u64>) -> String<20> {
    spell::decimal(value.into())
}

/// Tests itself, and confirms a trial. Returns a number that is another one after each trial.
#[inline(never)]
fn confirm(console: &mut Uart) -> Result<u16> {
    let mut board = Board::open_fitting(Flash::new(), LAYOUT, Erased::Ones)?;
    if !self_test(&board) {
        console.say(&["app: the self-test failed"]);
        // What is on trial is not confirmed, and gives way once its tries are spent. A confirmed
        // image gives way to nothing: it goes on, and the next update may mend it.
        if board
            .state()
            .trial()
            .is_some_and(|(slot, ..)| slot == RUNNING)
        {
            reset()
        }
    }
    match board.confirm(RUNNING) {
        Ok(slot) => {
            console.say(&["app: confirmed slot ", slot.name()]);
        }
        Err(Error::NothingToConfirm) => {}
        Err(error) => return Err(error),
    }
    let sequence = board.state().installed().map_or(0, |slot| slot.sequence);
    Ok(u16::try_from(sequence & 0xff).unwrap_or(0) << 8)
}

/// What the application needs to be updated again: the slots are readable, and its arithmetic is
/// right. A product would test its radio and its sensors here, too.
fn self_test(board: &Board<'_, Flash>) -> bool {
    let empty = Digest::of(b"");
    let is_right = empty.as_bytes().starts_with(&[0xe3, 0xb0, 0xc4, 0x42]);
    is_right && !board.flash().mapped(LAYOUT.slots[0]).is_empty()
}

#[inline(never)]
fn update(line: &mut Line, console: &mut Uart, buffer: &mut [u8]) -> Result<bool> {
    match &mut Board::open_fitting(Flash::new(), LAYOUT, Erased::Ones) {
        Ok(board) => round::run(board, line, console, buffer),
        Err(error) => Err(*error),
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    reset()
}
