//! Serial lines (CMSDK APB UART).

use super::registers::Register;

/// STATE: the byte that was written last is still on its way.
const IS_SENDING: u32 = 1;
/// STATE: a byte came.
const HAS_BYTE: u32 = 1 << 1;
/// CTRL: send and receive.
const ENABLE: u32 = 0b11;

/// 25 MHz divided to about 115,200 bits a second; the emulator sends as fast as it can.
const DIVISOR: u32 = 217;

/// A serial line.
#[derive(Debug)]
pub struct Uart {
    data: Register,
    state: Register,
}

impl Uart {
    /// The line to the gateway.
    pub fn link() -> Self {
        Self::enable(0)
    }

    /// The line for people.
    pub fn console() -> Self {
        Self::enable(1)
    }

    fn enable(uart: usize) -> Self {
        Register::of_uart(uart, 0x10).write(DIVISOR);
        Register::of_uart(uart, 0x08).write(ENABLE);
        Self {
            data: Register::of_uart(uart, 0x00),
            state: Register::of_uart(uart, 0x04),
        }
    }

    /// Sends bytes, the last one of which may still be on its way afterwards.
    pub fn send(&mut self, bytes: &[u8]) {
        for byte in bytes {
            while self.state.read() & IS_SENDING != 0 {}
            self.data.write(u32::from(*byte));
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
        let has_byte = self.state.read() & HAS_BYTE != 0;
        has_byte.then(|| self.data.read().to_le_bytes()[0])
    }
}
