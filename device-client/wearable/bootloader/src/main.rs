//! The boot loader: chooses a slot, checks its bytes against their record, makes the choice durable,
//! and jumps. Where nothing may be booted it says so and stops: recovery is up to the board.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

/// Copying and filling of memory, small.
mod memory;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use sealift_device::Error;
use sealift_device::nor::{Board, Erased};
use sealift_device::slot::SlotId;
use sealift_wearable_board::layout::LAYOUT;
use sealift_wearable_board::{Flash, Uart, jump};

#[entry]
fn main() -> ! {
    let mut console = Uart::console();
    match select() {
        Ok(slot) => {
            console.send(b"boot: slot ");
            console.send(slot.name().as_bytes());
            console.send(b"\n");
            jump(LAYOUT.slot(slot).start)
        }
        Err(error) => {
            console.send(b"boot: nothing to boot (");
            console.send(&digits(error.code()));
            console.send(b")\n");
            stop()
        }
    }
}

/// The number of a fact. Their names would take a tenth of the boot loader.
fn digits(code: u16) -> [u8; 3] {
    [100, 10, 1].map(|unit| b'0' + (code / unit % 10).to_le_bytes()[0])
}

fn select() -> Result<SlotId, Error> {
    Board::open(Flash::new(), LAYOUT, Erased::Ones)?.boot()
}

fn stop() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    stop()
}
