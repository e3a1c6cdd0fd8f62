//! Every access to registers and flash that the compiler cannot check. Addresses and offsets are
//! those of the nRF51 Series Reference Manual, version 3.0.
#![expect(unsafe_code, reason = "registers have addresses, and no owner")]

use core::ptr;

use super::Flash;

/// The peripherals that are used, by their base addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Block {
    Uart = 0x4000_2000,
    #[cfg(feature = "clock")]
    Timer = 0x4000_8000,
    Watchdog = 0x4001_0000,
    /// The controller of the flash.
    Nvmc = 0x4001_e000,
    Gpio = 0x5000_0000,
}

impl Block {
    /// The register at `offset` bytes.
    pub(crate) const fn at(self, offset: usize) -> Register {
        assert!(offset < 0x1000 && offset.is_multiple_of(4));
        Register(self as usize + offset)
    }
}

/// A register of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Register(usize);

impl Register {
    pub(crate) fn read(self) -> u32 {
        // SAFETY: only `Block::at` makes these: aligned addresses of a peripheral that always exists.
        // Reading one changes no memory.
        unsafe { ptr::read_volatile(self.0 as *const u32) }
    }

    pub(crate) fn write(self, value: u32) {
        // SAFETY: as above. These peripherals do no direct memory access; the controller of the flash
        // erases what its driver owns.
        unsafe { ptr::write_volatile(self.0 as *mut u32, value) }
    }
}

/// Bytes of flash, which begins at address 0.
pub(crate) const FLASH_BYTES: usize = 0x4_0000;

/// Writes one word of flash, whose controller has to be ready for it.
pub(crate) fn set_flash_word(at: usize, word: u32) {
    assert!(at.is_multiple_of(4) && at < FLASH_BYTES);
    // SAFETY: the address is aligned, and there is flash. Nothing of the running program lies there
    // but what its driver is not asked to change; slices of it live no longer than a borrow of the
    // driver, which is asked to write by `&mut`.
    unsafe { ptr::write_volatile(ptr::with_exposed_provenance_mut(at), word) }
}

/// A part of flash as it is mapped into memory; `None` beyond its end, and for the first page, where
/// address 0 is.
pub(crate) fn flash_slice(_borrow: &Flash, start: usize, length: usize) -> Option<&[u8]> {
    let end = start.checked_add(length)?;
    // SAFETY: the range lies within the flash, which is initialised and does not begin at address 0
    // here, and the driver, the only one that writes there, is borrowed for as long as the slice
    // lives.
    (start >= super::flash::PAGE_BYTES && end <= FLASH_BYTES).then(|| unsafe {
        core::slice::from_raw_parts(ptr::with_exposed_provenance(start), length)
    })
}

/// Leaves this program for the one whose vectors lie `at` bytes from the beginning of flash.
///
/// # Panics
/// When they lie beyond its end, or where no vectors may lie.
pub fn jump(at: u32) -> ! {
    let vectors = at as usize;
    assert!(vectors.is_multiple_of(1024) && vectors < FLASH_BYTES);
    // SAFETY: the table is aligned, and no interrupt is enabled by anybody. Whether its bytes are a
    // program was settled by their digest.
    unsafe { cortex_m::asm::bootload(ptr::with_exposed_provenance(vectors)) }
}
