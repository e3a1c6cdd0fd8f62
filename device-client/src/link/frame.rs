//! Messages in a stream of bytes.

use heapless::Vec;

use super::crc::Crc;

/// Length of the check in bytes.
pub(super) const CHECK_BYTES: usize = 4;

/// Longest part of a frame without a `00`, in bytes.
const PART_BYTES: usize = 254;

/// What stands before a part of [`PART_BYTES`], behind which no `00` is left out.
const FULL: u8 = 0xff;

/// Sends one message, which is given in parts, as a frame. `out` gets its bytes in some pieces.
pub fn send(message: &[&[u8]], out: impl FnMut(&[u8])) {
    let check = Crc::of(message).to_le_bytes();
    let mut sender = Sender {
        part: Vec::new(),
        out,
    };
    (sender.out)(&[0]);
    for byte in message.iter().copied().flatten().chain(&check) {
        sender.push(*byte);
    }
    sender.end_part();
    (sender.out)(&[0]);
}

struct Sender<F> {
    part: Vec<u8, PART_BYTES>,
    out: F,
}

impl<F: FnMut(&[u8])> Sender<F> {
    fn push(&mut self, byte: u8) {
        if self.part.is_full() {
            self.end_part();
        }
        if byte == 0 {
            self.end_part();
        } else {
            // There is room now.
            let _ = self.part.push(byte);
        }
    }

    fn end_part(&mut self) {
        let length = u8::try_from(self.part.len()).unwrap_or(u8::MAX);
        (self.out)(&[length.saturating_add(1)]);
        (self.out)(&self.part);
        self.part.clear();
    }
}

/// Finds messages in a stream of bytes. Whatever comes, it holds no more than its buffer.
#[derive(Debug)]
pub struct Receiver<'b> {
    buffer: &'b mut [u8],
    length: usize,
    /// Bytes that are left of a part.
    left: u8,
    /// Whether a `00` was left out behind the part.
    owes_zero: bool,
    /// Whether the frame is longer than the buffer.
    is_too_long: bool,
    /// Length of the message that was found last.
    found: usize,
}

impl<'b> Receiver<'b> {
    /// A receiver of messages of up to `buffer.len() - 4` bytes.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer,
            length: 0,
            left: 0,
            owes_zero: false,
            is_too_long: false,
            found: 0,
        }
    }

    /// The message that [`Self::take`] returned last. Later bytes overwrite it.
    pub fn message(&self) -> &[u8] {
        self.buffer.get(..self.found).unwrap_or_default()
    }

    /// Takes the next byte; returns the message when it was the last one of a frame that is whole.
    /// What is not whole is dropped without a word: whoever waits for it has a time-out.
    pub fn take(&mut self, byte: u8) -> Option<&[u8]> {
        if byte == 0 {
            return self.end();
        }
        if self.left > 0 {
            self.left = self.left.saturating_sub(1);
            self.keep(byte);
            return None;
        }
        if self.owes_zero {
            self.keep(0);
        }
        self.left = byte.saturating_sub(1);
        self.owes_zero = byte != FULL;
        None
    }

    fn keep(&mut self, byte: u8) {
        match self.buffer.get_mut(self.length) {
            Some(place) => *place = byte,
            None => self.is_too_long = true,
        }
        self.length = self.length.saturating_add(1);
    }

    fn end(&mut self) -> Option<&[u8]> {
        let is_whole = self.left == 0 && !self.is_too_long;
        let length = core::mem::take(&mut self.length);
        (self.left, self.owes_zero, self.is_too_long) = (0, false, false);
        let frame = self.buffer.get(..length).filter(|_| is_whole)?;
        let (message, check) = frame.split_last_chunk::<CHECK_BYTES>()?;
        if Crc::of(&[message]).to_le_bytes() != *check {
            return None;
        }
        self.found = message.len();
        Some(message)
    }
}
