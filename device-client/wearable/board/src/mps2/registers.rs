//! Every access to registers and flash that the compiler cannot check. Addresses are those of the
//! application note AN386 and of QEMU's board `mps2-an386`.
#![expect(unsafe_code, reason = "registers have addresses, and no owner")]

use core::ptr;

use super::Flash;

/// A register of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Register(usize);

impl Register {
    /// The register at `offset` bytes of a block of the CMSDK UARTs, 0 to 4.
    pub(crate) const fn of_uart(uart: usize, offset: usize) -> Self {
        assert!(uart < 5 && offset <= 0x10 && offset.is_multiple_of(4));
        Self(0x4000_4000 + uart * 0x1000 + offset)
    }

    /// The register at `offset` bytes of the CMSDK watchdog.
    pub(crate) const fn of_watchdog(offset: usize) -> Self {
        assert!(offset <= 0xc00 && offset.is_multiple_of(4));
        Self(0x4000_8000 + offset)
    }

    pub(crate) fn read(self) -> u32 {
        // SAFETY: only the functions above make these: aligned addresses of registers that always
        // exist. Reading one changes no memory.
        unsafe { ptr::read_volatile(self.0 as *const u32) }
    }

    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above. These devices do no direct memory access.
        unsafe { ptr::write_volatile(self.0 as *mut u32, value) }
    }
}

/// The RAM that plays flash.
const FLASH: usize = 0x2100_0000;

/// Its length in bytes, of 16 MiB that the board has there.
pub(crate) const FLASH_BYTES: usize = 0x7_8000;

/// One word of flash, `at` bytes from its beginning.
pub(crate) fn flash_word(at: usize) -> u32 {
    assert!(at.is_multiple_of(4) && at < FLASH_BYTES);
    // SAFETY: the address is aligned, and there is memory. It is volatile, because the boot loader
    // of the next start reads what was written, and because images lie there that are executed.
    unsafe { ptr::read_volatile((FLASH + at) as *const u32) }
}

/// Changes one word of flash.
pub(crate) fn set_flash_word(at: usize, word: u32) {
    assert!(at.is_multiple_of(4) && at < FLASH_BYTES);
    // SAFETY: as above. Nothing of the running program lies there but the slot that it runs from,
    // which its driver is not asked to change; slices of it live no longer than a borrow of the
    // driver, which is asked to write by `&mut`.
    unsafe { ptr::write_volatile((FLASH + at) as *mut u32, word) }
}

/// A part of flash as it is mapped into memory; `None` beyond its end.
pub(crate) fn flash_slice(_borrow: &Flash, start: usize, length: usize) -> Option<&[u8]> {
    let end = start.checked_add(length)?;
    // SAFETY: the range lies within the memory, which is initialised, and the driver, the only
    // one that writes there, is borrowed for as long as the slice lives.
    (end <= FLASH_BYTES)
        .then(|| unsafe { core::slice::from_raw_parts((FLASH + start) as *const u8, length) })
}

/// Leaves this program for the one whose vectors lie `at` bytes from the beginning of flash.
///
/// # Panics
/// When they lie beyond its end, or where no vectors may lie.
#[expect(clippy::cast_possible_truncation, reason = "an address has 32 bits")]
pub fn jump(at: u32) -> ! {
    let vectors = FLASH + at as usize;
    assert!(vectors.is_multiple_of(1024) && (at as usize) < FLASH_BYTES);
    // SAFETY: the registers of the core are taken by nobody else: this is where the program ends.
    let core = unsafe { cortex_m::Peripherals::steal() };
    // SAFETY: the table is aligned to more than its length. No interrupt is enabled before the
    // next program enables its own. Whether its bytes are a program was settled by their digest.
    unsafe {
        core.SCB.vtor.write(vectors as u32);
        cortex_m::asm::bootload(vectors as *const u32)
    }
}
