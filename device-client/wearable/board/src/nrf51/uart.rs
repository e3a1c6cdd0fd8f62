//! The one serial line (nRF51 Series Reference Manual, 29), which leads to the gateway. People listen
//! through the debugger, with the feature `semihosting`: without a debugger it is a fault.

use super::registers::Block;

/// Pins of the micro:bit's interface chip.
const TRANSMIT_PIN: u32 = 24;
const RECEIVE_PIN: u32 = 25;

/// 115,200 bits a second.
const RATE: u32 = 0x01d7_e000;

const STARTRX: usize = 0x000;
const STARTTX: usize = 0x008;
const RXDRDY: usize = 0x108;
const TXDRDY: usize = 0x11c;

/// A serial line.
#[derive(Debug)]
pub struct Uart {
    is_link: bool,
}

impl Uart {
    /// The line to the gateway.
    pub fn link() -> Self {
        // OUTSET, DIRSET: a line at rest is high.
        Block::Gpio.at(0x508).write(1 << TRANSMIT_PIN);
        Block::Gpio.at(0x518).write(1 << TRANSMIT_PIN);
        for (offset, value) in [
            (0x50c, TRANSMIT_PIN),
            (0x514, RECEIVE_PIN),
            (0x524, RATE),
            // ENABLE
            (0x500, 4),
            (RXDRDY, 0),
            (STARTTX, 1),
            (STARTRX, 1),
        ] {
            Block::Uart.at(offset).write(value);
        }
        Self { is_link: true }
    }

    /// The line for people.
    pub const fn console() -> Self {
        Self { is_link: false }
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        if !self.is_link {
            tell(bytes);
            return;
        }
        for byte in bytes {
            Block::Uart.at(TXDRDY).write(0);
            Block::Uart.at(0x51c).write(u32::from(*byte));
            while Block::Uart.at(TXDRDY).read() == 0 {}
        }
    }

    /// Says a line, given in parts: the formatting of `core` would take more flash than all that
    /// is said.
    pub fn say(&mut self, parts: &[&str]) {
        for part in parts {
            self.send(part.as_bytes());
        }
        self.send(b"\n");
    }

    /// The next byte, if one came.
    pub fn receive(&mut self) -> Option<u8> {
        if !self.is_link || Block::Uart.at(RXDRDY).read() == 0 {
            return None;
        }
        // Before the byte is taken: the next one may come at once.
        Block::Uart.at(RXDRDY).write(0);
        Some(Block::Uart.at(0x518).read().to_le_bytes()[0])
    }
}

#[cfg(feature = "semihosting")]
fn tell(bytes: &[u8]) {
    if let Ok(mut host) = cortex_m_semihosting::hio::hstdout() {
        // Nobody is there to hear of a failure.
        let _ = host.write_all(bytes);
    }
}

#[cfg(not(feature = "semihosting"))]
const fn tell(_: &[u8]) {}
