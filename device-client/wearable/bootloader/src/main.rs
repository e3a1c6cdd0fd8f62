//! The boot loader: chooses a slot, checks its bytes against their record, makes the choice durable,
//! and jumps. Where nothing may be booted it says so and stops: recovery is up to the board. With
//! `verify-at-boot` it believes no record: a chain of signatures has to lead to the slot's image.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

/// What it goes by where it checks signatures.
#[cfg(feature = "verify-at-boot")]
mod verify;

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use sealift_device::Error;
use sealift_device::nor::{Board, Erased};
use sealift_device::slot::SlotId;
use sealift_wearable_board::layout::LAYOUT;
use sealift_wearable_board::{Flash, Uart, jump, watchdog};

const _: () = assert!(LAYOUT.fits::<Flash>(Flash::BYTES).is_ok());

#[entry]
fn main() -> ! {
    let mut console = Uart::console();
    match select() {
        Ok(slot) => {
            console.send(b"boot: slot ");
            console.send(slot.name().as_bytes());
            console.send(b"\n");
            // An image that hangs before it can feed it is given up as well.
            watchdog::start();
            jump(LAYOUT.slot(slot).start)
        }
        Err(Error::BootRecords) => stop(&mut console, b"the records are damaged"),
        Err(_) => stop(&mut console, b"no slot holds an image"),
    }
}

/// Says why and stops. The names or numbers of all facts would take a twentieth of the boot loader.
fn stop(console: &mut Uart, why: &[u8]) -> ! {
    console.send(b"boot: nothing to boot: ");
    console.send(why);
    console.send(b"\n");
    halt()
}

fn select() -> Result<SlotId, Error> {
    let mut board = Board::open_fitting(Flash::new(), LAYOUT, Erased::Ones)?;
    #[cfg(feature = "verify-at-boot")]
    return verify::boot(&mut board);
    #[cfg(not(feature = "verify-at-boot"))]
    board.boot()
}

fn halt() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    halt()
}
