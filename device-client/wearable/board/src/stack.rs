//! How deep the stack became, and what a fault does.
#![expect(unsafe_code, reason = "memory that nobody owns")]

use core::ptr;

use cortex_m_rt::exception;

/// What is painted over memory that the stack did not reach yet.
const PAINT: u32 = 0xa5a5_a5a5;

/// Words below the stack pointer that are in use while memory is painted.
const IN_USE_WORDS: usize = 64;

unsafe extern "C" {
    /// Where the stack begins; it grows down from here. Defined by the linker script.
    static mut _stack_start: u32;
    /// How far it may grow. Defined by the linker script.
    static mut _stack_end: u32;
    /// Where variables end. Defined by the linker script.
    static mut __sheap: u32;
}

/// How deep the stack became.
#[derive(Clone, Copy, Debug)]
pub struct Stack;

impl Stack {
    /// Paints what is unused so far.
    pub fn paint() -> Self {
        let mut word = &raw mut _stack_end;
        let end = (cortex_m::register::msp::read() as usize) - 4 * IN_USE_WORDS;
        while (word as usize) < end {
            // SAFETY: up to the stack pointer there is RAM that nobody uses.
            unsafe {
                ptr::write_volatile(word, PAINT);
                word = word.add(1);
            }
        }
        Self
    }

    /// The most that was used since the start, in bytes.
    pub fn peak(self) -> usize {
        let mut word = &raw const _stack_end;
        let start = &raw const _stack_start;
        // SAFETY: as above; reading stops where the stack begins at the latest.
        while word < start && unsafe { ptr::read_volatile(word) } == PAINT {
            // SAFETY: it stays within RAM.
            word = unsafe { word.add(1) };
        }
        (start as usize).saturating_sub(word as usize)
    }

    /// Bytes of variables, which lie behind the stack.
    pub fn variables(self) -> usize {
        (&raw const __sheap as usize).saturating_sub(&raw const _stack_start as usize)
    }
}

/// A fault ends the program: whoever does not come to its confirmation is given up after its tries.
// SAFETY: it returns to nowhere and touches nothing of what faulted.
#[exception]
unsafe fn HardFault(_frame: &cortex_m_rt::ExceptionFrame) -> ! {
    super::reset()
}
