//! The boot loader: chooses a slot, checks its bytes against their record, makes the choice durable,
//! and jumps. Where nothing may be booted it says so and stops: recovery is up to the board.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

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
            for text in ["boot: slot ", slot.name(), "\n"] {
                console.send(text.as_bytes());
            }
            jump(LAYOUT.slot(slot).start)
        }
        Err(error) => {
            for text in ["boot: nothing to boot: ", error.name(), "\n"] {
                console.send(text.as_bytes());
            }
            stop()
        }
    }
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
